/* SPDX-License-Identifier: GPL-3.0-or-later */
/* learner_boost.c - gradient boosting (Friedman 2001): each tree is grown on what the sum of those
 * before leaves over, on half of the examples, and added at a small rate. */
#include <math.h>

#include "solvers/jobs/tree.h"

static void set_base(struct rms_trees *trees, const struct rms_examples *examples)
{
  for (int t = 0; t < RMS_TARGETS; t++) {
    double sum = 0;
    for (size_t i = 0; i < examples->n; i++) sum += RMS_TREE_UNIT * examples->list[i].time[t];
    trees->base[t] = (int32_t)lround(sum / (double)examples->n);
  }
}

static size_t draw_half(struct rms_rng *rng, size_t n, uint32_t *chosen)
{
  size_t drawn = 0;
  for (size_t i = 0; i < n; i++)
    if (rms_rng_bits(rng) & 1) chosen[drawn++] = (uint32_t)i;
  if (drawn == 0) chosen[drawn++] = 0;
  return drawn;
}

static void subtract(const struct rms_tree *tree, const struct rms_examples *examples,
                     double (*goal)[RMS_TARGETS])
{
  for (size_t i = 0; i < examples->n; i++) {
    const int32_t *leaf = rms_tree_leaf(tree, examples->list[i].feature);
    for (int t = 0; t < RMS_TARGETS; t++) goal[i][t] -= leaf[t];
  }
}

static int train(void **result, const struct rms_examples *examples, struct rms_error *err)
{
  static const struct rms_trees_plan plan = {.trees = 200,
                                             .depth = 5,
                                             .least = 10,
                                             .tried = 8,
                                             .rate = 0.1,
                                             .stream = 12,
                                             .begin = set_base,
                                             .draw = draw_half,
                                             .next = subtract};
  return rms_trees_train(result, examples, &plan, err);
}

const struct rms_learner rms_learner_boost = {
    .name = "boost",
    .doc = "Gradient boosting: 200 trees of depth 5, each on half of the examples.",
    .train = train,
    .predict = rms_trees_predict,
    .write = rms_trees_write,
    .parse = rms_trees_parse,
    .free_model = rms_trees_free};
