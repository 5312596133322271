/* SPDX-License-Identifier: GPL-3.0-or-later */
/* learner_forest.c - random forest (Breiman 2001): the mean of trees, each grown on a bootstrap
 * sample with a third of the features tried at each split. */
#include "solvers/jobs/tree.h"

static void take_mean(struct rms_trees *trees, const struct rms_examples *examples)
{
  (void)examples;
  trees->divisor = (int32_t)trees->n;
}

static size_t draw_bootstrap(struct rms_rng *rng, size_t n, uint32_t *chosen)
{
  for (size_t k = 0; k < n; k++) chosen[k] = (uint32_t)rms_rng_below(rng, n);
  return n;
}

static int train(void **result, const struct rms_examples *examples, struct rms_error *err)
{
  static const struct rms_trees_plan plan = {.trees = 40,
                                             .depth = 9,
                                             .least = 8,
                                             .tried = 6,
                                             .rate = 1,
                                             .stream = 11,
                                             .begin = take_mean,
                                             .draw = draw_bootstrap};
  return rms_trees_train(result, examples, &plan, err);
}

const struct rms_learner rms_learner_forest = {
    .name = "forest",
    .doc = "Random forest: the mean of 40 trees of depth 9 on bootstrap samples.",
    .train = train,
    .predict = rms_trees_predict,
    .write = rms_trees_write,
    .parse = rms_trees_parse,
    .free_model = rms_trees_free};
