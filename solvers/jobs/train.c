/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solvers/jobs/train.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "solvers/jobs/learner.h"

static const struct rms_learner *const learners[] = {&rms_learner_mean, &rms_learner_ridge,
                                                     &rms_learner_forest, &rms_learner_boost,
                                                     &rms_learner_neural};
enum { LEARNERS = sizeof learners / sizeof *learners };

const char *rms_learner_name(size_t i)
{
  return i < LEARNERS ? learners[i]->name : NULL;
}

const char *rms_learner_doc(size_t i)
{
  return i < LEARNERS ? learners[i]->doc : NULL;
}

const struct rms_learner *rms_learner_find(const char *name)
{
  for (size_t i = 0; i < LEARNERS; i++)
    if (!strcmp(learners[i]->name, name)) return learners[i];
  return NULL;
}

/* ---- examples ---- */

static bool is_used(const struct rms_lesson *lesson, size_t mix, int job)
{
  return !lesson->is_used || lesson->is_used[mix * RMS_MIX_JOBS_MAX + (size_t)job];
}

static void add_mix(struct rms_examples *examples, size_t m, size_t *n_mixes)
{
  const struct rms_mixes *mixes = examples->lesson->mixes;
  const struct rms_mix *mix = &mixes->mixes[m];
  const size_t before = examples->n;
  for (int j = 0; j < mix->n; j++) {
    if (!is_used(examples->lesson, m, j)) continue;
    struct rms_example *example = &examples->list[examples->n++];
    *example = (struct rms_example){.mix = (uint32_t)m, .job = (uint8_t)j};
    rms_features(mix->row, mix->n, j, example->feature);
    memcpy(example->time, mixes->variants[mix->variant[j]].time, sizeof example->time);
  }
  *n_mixes += examples->n > before;
}

/* ---- regression of 2g and 1g ---- */

/* Least squares s = a s4 + b s3 + c over the variants that are `known` and fit, by the normal
 * equations with Cramer's rule. */
static int fit_small(const struct rms_mixes *mixes, int k, const bool *known, double coefficient[3],
                     struct rms_error *err)
{
  double gram[3][3] = {{0}}, right[3] = {0};
  for (size_t v = 0; v < mixes->n_variants; v++) {
    const double *speed = mixes->variants[v].speed;
    const double term[3] = {speed[1], speed[2], 1};
    if (!known[v] || speed[3 + k] == 0) continue;
    for (int i = 0; i < 3; i++) {
      for (int j = 0; j < 3; j++) gram[i][j] += term[i] * term[j];
      right[i] += term[i] * speed[3 + k];
    }
  }
  const double minor[3] = {gram[1][1] * gram[2][2] - gram[1][2] * gram[2][1],
                           gram[1][2] * gram[2][0] - gram[1][0] * gram[2][2],
                           gram[1][0] * gram[2][1] - gram[1][1] * gram[2][0]};
  const double det = gram[0][0] * minor[0] + gram[0][1] * minor[1] + gram[0][2] * minor[2];
  if (!(fabs(det) > 1e-9))
    return rms_error_set(err, RMS_E_PARAM, "too few variants run on %dg for its regression", 2 - k);
  for (int c = 0; c < 3; c++) {
    double m[3][3];
    memcpy(m, gram, sizeof m);
    for (int i = 0; i < 3; i++) m[i][c] = right[i];
    coefficient[c] = (m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1]) -
                      m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0]) +
                      m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0])) /
                     det;
  }
  return RMS_OK;
}

int rms_small_errors(const struct rms_mixes *mixes, int k, struct rms_error_sum *left_out,
                     struct rms_error *err)
{
  bool known[RMS_VARIANTS_MAX];
  for (size_t v = 0; v < RMS_VARIANTS_MAX; v++) known[v] = true;
  *left_out = (struct rms_error_sum){0};
  for (size_t v = 0; v < mixes->n_variants; v++) {
    const double *speed = mixes->variants[v].speed;
    double coefficient[3];
    if (speed[3 + k] == 0) continue;
    known[v] = false;
    const int status = fit_small(mixes, k, known, coefficient, err);
    known[v] = true;
    if (status) return status;
    left_out->sum += fabs(rms_predict_small(coefficient, speed[1], speed[2]) - speed[3 + k]);
    left_out->n++;
  }
  return RMS_OK;
}

/* ---- training ---- */

int rms_train(struct rms_predictor **result, const char *name, const struct rms_lesson *lesson,
              struct rms_error *err)
{
  int status = RMS_OK;
  const struct rms_mixes *mixes = lesson->mixes;
  struct rms_examples examples = {.lesson = lesson};
  bool known[RMS_VARIANTS_MAX] = {false};
  struct rms_predictor *p = calloc(1, sizeof *p);
  examples.list = malloc(mixes->n * RMS_MIX_JOBS_MAX * sizeof *examples.list);
  if (!p || !examples.list) RMS_TRY(rms_error_set(err, RMS_E_NOMEM, "out of memory"));
  p->learner = rms_learner_find(name);
  if (!p->learner)
    RMS_TRY(rms_error_set(err, RMS_E_UNKNOWN,
                          "no model \"%.64s\": mean, ridge, forest, boost and neural are known",
                          name));
  for (size_t m = 0; m < mixes->n; m++) add_mix(&examples, m, &p->n_mixes);
  if (examples.n == 0 || !(lesson->effort > 0 && lesson->effort <= 10))
    RMS_TRY(rms_error_set(err, RMS_E_PARAM, "no examples, or effort outside (0, 10]"));
  p->n_examples = examples.n;
  p->seed = lesson->seed;
  snprintf(p->note, sizeof p->note, "%s", lesson->note ? lesson->note : "");
  for (size_t i = 0; i < examples.n; i++)
    known[mixes->mixes[examples.list[i].mix].variant[examples.list[i].job]] = true;
  for (int k = 0; k < 2; k++) RMS_TRY(fit_small(mixes, k, known, p->small[k], err));
  RMS_TRY(p->learner->train(&p->model, &examples, err));
  *result = p;
  p = NULL;
out:
  free(examples.list);
  rms_predictor_free(p);
  return status;
}
