/* SPDX-License-Identifier: GPL-3.0-or-later */
/* learner_ridge.c - linear model with a small penalty, by the normal equations: features of the job
 * and of its company, and products of the first seven of them. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "solvers/jobs/learner.h"

enum { CROSSED = 7, TERMS = 1 + RMS_FEATURES + CROSSED * (CROSSED + 1) / 2 };
#define PENALTY         1e-3 /* of each squared coefficient but the constant's, per example */
#define COEFFICIENT_MAX 1e6

struct ridge {
  double coefficient[RMS_TARGETS][TERMS];
};

static void make_terms(const int32_t feature[RMS_FEATURES], double term[TERMS])
{
  static const double unit[RMS_FEATURES] = {
      RMS_MPS_SCALE, RMS_MPS_SCALE, RMS_MPS_SCALE, RMS_MIX_JOBS_MAX, RMS_MPS_SCALE, RMS_MPS_SCALE,
      RMS_MPS_SCALE, RMS_MPS_SCALE, RMS_MPS_SCALE, RMS_MPS_SCALE,    RMS_MPS_SCALE, RMS_MPS_SCALE,
      RMS_MPS_SCALE, 10000,         10000};
  size_t n = 0;
  term[n++] = 1;
  for (size_t i = 0; i < RMS_FEATURES; i++) term[n++] = feature[i] / unit[i];
  for (size_t i = 0; i < CROSSED; i++)
    for (size_t k = i; k < CROSSED; k++) term[n++] = term[1 + i] * term[1 + k];
}

struct normal { /* gram x = right, one right side for each target */
  double gram[TERMS][TERMS], right[RMS_TARGETS][TERMS];
};

static void add_example(const struct rms_example *example, struct normal *eq)
{
  double term[TERMS];
  make_terms(example->feature, term);
  for (size_t i = 0; i < TERMS; i++) {
    for (size_t k = 0; k <= i; k++) eq->gram[i][k] += term[i] * term[k];
    for (size_t t = 0; t < RMS_TARGETS; t++) eq->right[t][i] += term[i] * example->time[t];
  }
}

/* Cholesky factor in place of the lower half. By hand because GSL's goes through whichever BLAS is
 * installed, and the last digits with it. */
static int factorise(struct normal *eq, struct rms_error *err)
{
  for (size_t j = 0; j < TERMS; j++) {
    for (size_t i = j; i < TERMS; i++) {
      double sum = eq->gram[i][j];
      for (size_t k = 0; k < j; k++) sum -= eq->gram[i][k] * eq->gram[j][k];
      if (i == j && !(sum > 0))
        return rms_error_set(err, RMS_E_INTERNAL, "the normal equations have no solution");
      eq->gram[i][j] = i == j ? sqrt(sum) : sum / eq->gram[j][j];
    }
  }
  return RMS_OK;
}

static void substitute(const struct normal *eq, const double *right, double *x)
{
  for (size_t i = 0; i < TERMS; i++) {
    x[i] = right[i];
    for (size_t k = 0; k < i; k++) x[i] -= eq->gram[i][k] * x[k];
    x[i] /= eq->gram[i][i];
  }
  for (size_t i = TERMS; i-- > 0;) {
    for (size_t k = i + 1; k < TERMS; k++) x[i] -= eq->gram[k][i] * x[k];
    x[i] /= eq->gram[i][i];
  }
}

static int is_bounded(const struct ridge *ridge)
{
  for (size_t t = 0; t < RMS_TARGETS; t++)
    for (size_t i = 0; i < TERMS; i++)
      if (!(fabs(ridge->coefficient[t][i]) <= COEFFICIENT_MAX)) return 0;
  return 1;
}

static int train(void **result, const struct rms_examples *examples, struct rms_error *err)
{
  int status = RMS_OK;
  struct ridge *ridge = calloc(1, sizeof *ridge);
  struct normal *eq = calloc(1, sizeof *eq);
  if (!ridge || !eq) RMS_TRY(rms_error_set(err, RMS_E_NOMEM, "out of memory"));
  for (size_t i = 0; i < examples->n; i++) add_example(&examples->list[i], eq);
  for (size_t i = 1; i < TERMS; i++) eq->gram[i][i] += PENALTY * (double)examples->n;
  RMS_TRY(factorise(eq, err));
  for (size_t t = 0; t < RMS_TARGETS; t++) substitute(eq, eq->right[t], ridge->coefficient[t]);
  if (!is_bounded(ridge))
    RMS_TRY(rms_error_set(err, RMS_E_INTERNAL, "a coefficient has no bounds"));
  *result = ridge;
  ridge = NULL;
out:
  free(eq);
  free(ridge);
  return status;
}

static void predict(const void *model, const struct rms_mps_row *rows, int n,
                    double (*time)[RMS_TARGETS])
{
  const struct ridge *ridge = model;
  for (int j = 0; j < n; j++) {
    int32_t feature[RMS_FEATURES];
    double term[TERMS];
    rms_features(rows, n, j, feature);
    make_terms(feature, term);
    for (size_t t = 0; t < RMS_TARGETS; t++) {
      double sum = 0;
      for (size_t i = 0; i < TERMS; i++) sum += ridge->coefficient[t][i] * term[i];
      time[j][t] = sum;
    }
  }
}

static const char *const names[RMS_TARGETS] = {"7g", "4g", "3g"};

static int write_model(const void *model, struct rms_text *text)
{
  const struct ridge *ridge = model;
  for (size_t t = 0; t < RMS_TARGETS; t++) {
    rms_text_printf(text, "%s\"%s\": [", t ? ",\n    " : "{ ", names[t]);
    for (size_t i = 0; i < TERMS; i++) {
      if (i) rms_text_add(text, ", ");
      rms_text_double(text, ridge->coefficient[t][i]);
    }
    rms_text_add(text, "]");
  }
  rms_text_add(text, " }");
  return rms_text_status(text);
}

static int parse(void **result, const struct rms_node *node, struct rms_error *err)
{
  static const char *const fields[] = {"7g", "4g", "3g", NULL};
  int status = RMS_OK;
  struct ridge *ridge = calloc(1, sizeof *ridge);
  if (!ridge) RMS_TRY(rms_error_set(err, RMS_E_NOMEM, "out of memory"));
  RMS_TRY(rms_node_fields(node, fields, err));
  for (size_t t = 0; t < RMS_TARGETS; t++)
    RMS_TRY(
        rms_learner_numbers(node, names[t], TERMS, COEFFICIENT_MAX, ridge->coefficient[t], err));
  *result = ridge;
  ridge = NULL;
out:
  free(ridge);
  return status;
}

const struct rms_learner rms_learner_ridge = {.name = "ridge",
                                              .doc = "Ridge regression on features of the job and "
                                                     "its company, and their products.",
                                              .train = train,
                                              .predict = predict,
                                              .write = write_model,
                                              .parse = parse,
                                              .free_model = free};
