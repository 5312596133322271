/* SPDX-License-Identifier: GPL-3.0-or-later */
/* train.h - make predictors from measured mixes, and measure their errors by cross-validation.
 * Deterministic: the same table, model and seed give the same bytes. */
#ifndef RMS_JOBS_TRAIN_H
#define RMS_JOBS_TRAIN_H

#include "solvers/jobs/predict.h"

/* The kinds of models: the i-th name and sentence, NULL past the end. */
const char *rms_learner_name(size_t i);
const char *rms_learner_doc(size_t i);

struct rms_lesson { /* what to learn from; borrowed */
  const struct rms_mixes *mixes;
  const uint8_t *is_used; /* [n mixes][RMS_MIX_JOBS_MAX]: the job is an example; a mix none of whose
                             jobs is one is not seen at all. NULL: all are */
  uint64_t seed;
  double effort;    /* of the iterative models: 1 as shipped; less is quicker, for tests */
  const char *note; /* what was held out, for the file; NULL: nothing */
};

/* Train a model of the kind `name` (rms_learner_name).
 *   result [out] free with rms_predictor_free
 * RMS_E_UNKNOWN, RMS_E_PARAM (no examples), RMS_E_NOMEM. Cost: seconds to a minute at effort 1. */
int rms_train(struct rms_predictor **result, const char *name, const struct rms_lesson *lesson,
              struct rms_error *err);

/* ---- errors by cross-validation ---- */

enum rms_split {
  RMS_SPLIT_MIX,  /* folds of mixes: jobs like those of the training set, new company */
  RMS_SPLIT_MODEL /* one fold for each model: jobs of a model that was never seen */
};

struct rms_error_sum { /* mean = sum / n */
  double sum;
  size_t n;
};
struct rms_errors { /* absolute errors over held-out jobs */
  struct rms_error_sum time[RMS_TARGETS][RMS_MIX_JOBS_MAX + 1];      /* by number of jobs, 0: all */
  struct rms_error_sum speed[RMS_SLICE_SIZES][RMS_MIX_JOBS_MAX + 1]; /* of slices that fit */
};

/* Train on all folds but one and predict that one.
 *   folds  [in] of a split by mix; a split by model has one per model
 *   errors [out] of this fold alone
 * RMS_E_PARAM when there is no such fold. */
struct rms_trial {
  const struct rms_mixes *mixes;
  const char *name; /* rms_learner_name */
  enum rms_split split;
  int folds;
  uint64_t seed;
  double effort;
};
int rms_trial_folds(const struct rms_trial *trial);
/* The model that a fold of a split by model holds out; NULL for a split by mix. */
const char *rms_trial_model(const struct rms_trial *trial, int fold);
int rms_trial_run(const struct rms_trial *trial, int fold, struct rms_errors *errors,
                  struct rms_error *err);
void rms_errors_add(struct rms_errors *sum, const struct rms_errors *other);
double rms_error_mean(struct rms_error_sum sum); /* NAN when there is none */

/* Regression of speeds on 2g and 1g alone, from true speeds on 4g and 3g, each variant left out in
 * turn: mean absolute error. k: 0 2g, 1 1g. */
int rms_small_errors(const struct rms_mixes *mixes, int k, struct rms_error_sum *left_out,
                     struct rms_error *err);

#endif
