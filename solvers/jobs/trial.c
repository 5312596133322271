/* SPDX-License-Identifier: GPL-3.0-or-later */
/* trial.c - errors of predictors by cross-validation. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "solvers/jobs/train.h"

/* Number of the variant's model among the models, in the order in which they first appear. */
static int model_of(const struct rms_mixes *mixes, size_t variant)
{
  int number = 0;
  for (size_t v = 0; v <= variant; v++) {
    size_t u = 0;
    while (strcmp(mixes->variants[u].model, mixes->variants[v].model) != 0) u++;
    if (!strcmp(mixes->variants[v].model, mixes->variants[variant].model)) return number;
    number += u == v;
  }
  return number;
}

int rms_trial_folds(const struct rms_trial *trial)
{
  int most = 0;
  if (trial->split == RMS_SPLIT_MIX) return trial->folds;
  for (size_t v = 0; v < trial->mixes->n_variants; v++) {
    const int m = model_of(trial->mixes, v);
    if (m >= most) most = m + 1;
  }
  return most;
}

const char *rms_trial_model(const struct rms_trial *trial, int fold)
{
  for (size_t v = 0; trial->split == RMS_SPLIT_MODEL && v < trial->mixes->n_variants; v++)
    if (model_of(trial->mixes, v) == fold) return trial->mixes->variants[v].model;
  return NULL;
}

static void mark_held_out(const struct rms_trial *trial, int fold, const uint8_t *fold_of,
                          uint8_t *is_used)
{
  const struct rms_mixes *mixes = trial->mixes;
  for (size_t i = 0; i < mixes->n; i++)
    for (int j = 0; j < mixes->mixes[i].n; j++)
      is_used[i * RMS_MIX_JOBS_MAX + (size_t)j] =
          trial->split == RMS_SPLIT_MIX ? fold_of[i] != fold
                                        : model_of(mixes, mixes->mixes[i].variant[j]) != fold;
}

static void add_error(struct rms_error_sum *sums, int n, double error)
{
  const int place[2] = {0, n};
  for (int k = 0; k < 2; k++) {
    sums[place[k]].sum += fabs(error);
    sums[place[k]].n++;
  }
}

static void measure_mix(const struct rms_predictor *p, const struct rms_mixes *mixes, size_t i,
                        const uint8_t *is_used, struct rms_errors *errors)
{
  const struct rms_mix *mix = &mixes->mixes[i];
  double time[RMS_MIX_JOBS_MAX][RMS_TARGETS], speed[RMS_MIX_JOBS_MAX][RMS_SLICE_SIZES];
  rms_predict_times(p, mix->row, mix->n, time);
  rms_predict_speeds(p, mix->row, mix->n, speed);
  for (int j = 0; j < mix->n; j++) {
    const struct rms_variant *truth = &mixes->variants[mix->variant[j]];
    if (is_used[i * RMS_MIX_JOBS_MAX + (size_t)j]) continue;
    for (int t = 0; t < RMS_TARGETS; t++)
      add_error(errors->time[t], mix->n, time[j][t] - truth->time[t]);
    for (int s = 0; s < RMS_SLICE_SIZES; s++)
      if (truth->speed[s] > 0) add_error(errors->speed[s], mix->n, speed[j][s] - truth->speed[s]);
  }
}

int rms_trial_run(const struct rms_trial *trial, int fold, struct rms_errors *errors,
                  struct rms_error *err)
{
  int status = RMS_OK;
  const struct rms_mixes *mixes = trial->mixes;
  struct rms_predictor *p = NULL;
  uint8_t *fold_of = malloc(mixes->n);
  uint8_t *is_used = calloc(mixes->n, RMS_MIX_JOBS_MAX);
  if (fold < 0 || fold >= rms_trial_folds(trial))
    RMS_TRY(rms_error_set(err, RMS_E_PARAM, "there is no fold %d", fold));
  if (!fold_of || !is_used || rms_mixes_deal(mixes, trial->seed, trial->folds, fold_of) < 0)
    RMS_TRY(rms_error_set(err, RMS_E_NOMEM, "out of memory"));
  mark_held_out(trial, fold, fold_of, is_used);
  const struct rms_lesson lesson = {
      .mixes = mixes, .is_used = is_used, .seed = trial->seed, .effort = trial->effort};
  RMS_TRY(rms_train(&p, trial->name, &lesson, err));
  memset(errors, 0, sizeof *errors);
  for (size_t i = 0; i < mixes->n; i++) measure_mix(p, mixes, i, is_used, errors);
out:
  rms_predictor_free(p);
  free(is_used);
  free(fold_of);
  return status;
}

static void add_sums(struct rms_error_sum *a, const struct rms_error_sum *b)
{
  for (int n = 0; n <= RMS_MIX_JOBS_MAX; n++) {
    a[n].sum += b[n].sum;
    a[n].n += b[n].n;
  }
}

void rms_errors_add(struct rms_errors *sum, const struct rms_errors *other)
{
  for (int t = 0; t < RMS_TARGETS; t++) add_sums(sum->time[t], other->time[t]);
  for (int s = 0; s < RMS_SLICE_SIZES; s++) add_sums(sum->speed[s], other->speed[s]);
}

double rms_error_mean(struct rms_error_sum sum)
{
  return sum.n ? sum.sum / (double)sum.n : NAN;
}
