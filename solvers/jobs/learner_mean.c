/* SPDX-License-Identifier: GPL-3.0-or-later */
/* learner_mean.c - the trivial predictor: the mean of the training set, whatever was measured. */
#include <stdlib.h>
#include <string.h>

#include "solvers/jobs/learner.h"

static int train(void **result, const struct rms_examples *examples, struct rms_error *err)
{
  double *mean = calloc(RMS_TARGETS, sizeof *mean);
  if (!mean) return rms_error_set(err, RMS_E_NOMEM, "out of memory");
  for (int t = 0; t < RMS_TARGETS; t++) {
    for (size_t i = 0; i < examples->n; i++) mean[t] += examples->list[i].time[t];
    mean[t] /= (double)examples->n;
  }
  *result = mean;
  return RMS_OK;
}

static void predict(const void *model, const struct rms_mps_row *rows, int n,
                    double (*time)[RMS_TARGETS])
{
  (void)rows;
  for (int j = 0; j < n; j++) memcpy(time[j], model, sizeof time[j]);
}

static int write_model(const void *model, struct rms_text *text)
{
  const double *mean = model;
  rms_text_add(text, "{ \"mean\": [");
  for (int t = 0; t < RMS_TARGETS; t++) {
    if (t) rms_text_add(text, ", ");
    rms_text_double(text, mean[t]);
  }
  rms_text_add(text, "] }");
  return rms_text_status(text);
}

static int parse(void **result, const struct rms_node *node, struct rms_error *err)
{
  static const char *const fields[] = {"mean", NULL};
  double mean[RMS_TARGETS];
  int status = rms_node_fields(node, fields, err);
  if (!status) status = rms_learner_numbers(node, "mean", RMS_TARGETS, 10, mean, err);
  if (status) return status;
  double *copy = malloc(sizeof mean);
  if (!copy) return rms_error_set(err, RMS_E_NOMEM, "out of memory");
  memcpy(copy, mean, sizeof mean);
  *result = copy;
  return RMS_OK;
}

const struct rms_learner rms_learner_mean = {.name = "mean",
                                             .doc = "The mean of the training set; measures "
                                                    "nothing, to compare with.",
                                             .train = train,
                                             .predict = predict,
                                             .write = write_model,
                                             .parse = parse,
                                             .free_model = free};
