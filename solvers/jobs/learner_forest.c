/* SPDX-License-Identifier: GPL-3.0-or-later */
/* learner_forest.c - random forest (Breiman 2001): the mean of trees, each grown on a bootstrap
 * sample with a third of the features tried at each split. */
#include <math.h>
#include <stdlib.h>

#include "solvers/jobs/tree.h"

enum { TREES = 40, DEPTH = 9, LEAST = 8, TRIED = 6, STREAM = 11 };

static void make_goals(const struct rms_examples *examples, double (*goal)[RMS_TARGETS])
{
  for (size_t i = 0; i < examples->n; i++)
    for (int t = 0; t < RMS_TARGETS; t++) goal[i][t] = RMS_TREE_UNIT * examples->list[i].time[t];
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
  make_goals(examples, goal);
  trees->divisor = (int32_t)trees->n;
  const struct rms_growth growth = {.binned = binned,
                                    .goal = (const double(*)[RMS_TARGETS])goal,
                                    .rate = 1,
                                    .depth = DEPTH,
                                    .least = LEAST,
                                    .n_features = TRIED,
                                    .rng = &rng};
  for (size_t i = 0; i < trees->n; i++) {
    for (size_t k = 0; k < examples->n; k++) chosen[k] = (uint32_t)rms_rng_below(&rng, examples->n);
    RMS_TRY(rms_tree_grow(&trees->trees[i], &growth, chosen, examples->n));
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

const struct rms_learner rms_learner_forest = {
    .name = "forest",
    .doc = "Random forest: the mean of 40 trees of depth 9 on bootstrap samples.",
    .train = train,
    .predict = rms_trees_predict,
    .write = rms_trees_write,
    .parse = rms_trees_parse,
    .free_model = rms_trees_free};
