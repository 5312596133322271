/* SPDX-License-Identifier: GPL-3.0-or-later */
/* learner_boost.c - gradient boosting (Friedman 2001): each tree is grown on what the sum of those
 * before leaves over, on half of the examples, and added at a small rate. */
#include <math.h>
#include <stdlib.h>

#include "solvers/jobs/tree.h"

enum { TREES = 200, DEPTH = 5, LEAST = 10, TRIED = 8, STREAM = 12 };
#define RATE 0.1

static void set_base(struct rms_trees *trees, const struct rms_examples *examples,
                     double (*goal)[RMS_TARGETS])
{
  for (int t = 0; t < RMS_TARGETS; t++) {
    double sum = 0;
    for (size_t i = 0; i < examples->n; i++) sum += RMS_TREE_UNIT * examples->list[i].time[t];
    trees->base[t] = (int32_t)lround(sum / (double)examples->n);
    for (size_t i = 0; i < examples->n; i++)
      goal[i][t] = RMS_TREE_UNIT * examples->list[i].time[t] - trees->base[t];
  }
}

static size_t draw_half(struct rms_rng *rng, size_t n, uint32_t *chosen)
{
  size_t drawn = 0;
  for (size_t i = 0; i < n; i++)
    if (rms_rng_bits(rng) & 1) chosen[drawn++] = (uint32_t)i;
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
  int status = RMS_OK;
  const double wanted = ceil(TREES * examples->lesson->effort);
  struct rms_trees *trees = NULL;
  struct rms_binned *binned = NULL;
  double(*goal)[RMS_TARGETS] = malloc(examples->n * sizeof *goal);
  uint32_t *chosen = malloc(examples->n * sizeof *chosen);
  struct rms_rng rng = rms_learner_rng(examples->lesson, STREAM);
  RMS_TRY(goal && chosen ? RMS_OK : RMS_E_NOMEM);
  RMS_TRY(rms_trees_new(&trees, (size_t)wanted));
  RMS_TRY(rms_binned_new(&binned, examples));
  set_base(trees, examples, goal);
  const struct rms_growth growth = {.binned = binned,
                                    .goal = (const double(*)[RMS_TARGETS])goal,
                                    .rate = RATE,
                                    .depth = DEPTH,
                                    .least = LEAST,
                                    .n_features = TRIED,
                                    .rng = &rng};
  for (size_t i = 0; i < trees->n; i++) {
    const size_t n = draw_half(&rng, examples->n, chosen);
    if (n == 0) chosen[0] = 0;
    RMS_TRY(rms_tree_grow(&trees->trees[i], &growth, chosen, n ? n : 1));
    subtract(&trees->trees[i], examples, goal);
  }
  *result = trees;
  trees = NULL;
out:
  if (status) rms_error_set(err, status, "%s", rms_status_text(status));
  rms_binned_free(binned);
  rms_trees_free(trees);
  free(chosen);
  free(goal);
  return status;
}

const struct rms_learner rms_learner_boost = {
    .name = "boost",
    .doc = "Gradient boosting: 200 trees of depth 5, each on half of the examples.",
    .train = train,
    .predict = rms_trees_predict,
    .write = rms_trees_write,
    .parse = rms_trees_parse,
    .free_model = rms_trees_free};
