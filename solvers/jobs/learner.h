/* SPDX-License-Identifier: GPL-3.0-or-later */
/* learner.h - one kind of model behind predict.h and train.h: a const table of callbacks. */
#ifndef RMS_JOBS_LEARNER_H
#define RMS_JOBS_LEARNER_H

#include "instances/base/json.h"
#include "instances/base/rng.h"
#include "solvers/jobs/train.h"

enum { RMS_FEATURES = 15 };

struct rms_example { /* one job of one mix */
  uint32_t mix;
  uint8_t job;
  int32_t feature[RMS_FEATURES];
  double time[RMS_TARGETS];
};

struct rms_examples {
  const struct rms_lesson *lesson;
  size_t n;
  struct rms_example *list; /* in the order of the mixes */
};

struct rms_learner {
  const char *name, *doc;
  int (*train)(void **model, const struct rms_examples *examples, struct rms_error *err);
  /* Rows in canonical order. Cost: microseconds. */
  void (*predict)(const void *model, const struct rms_mps_row *rows, int n,
                  double (*time)[RMS_TARGETS]);
  int (*write)(const void *model, struct rms_text *text); /* a JSON object */
  int (*parse)(void **model, const struct rms_node *node, struct rms_error *err);
  void (*free_model)(void *model); /* accepts NULL */
};

extern const struct rms_learner rms_learner_mean, rms_learner_ridge, rms_learner_forest,
    rms_learner_boost, rms_learner_neural;
const struct rms_learner *rms_learner_find(const char *name); /* NULL: none */

/* Whole numbers that do not depend on the order of the other rows: times of row `own` at the three
 * levels, number of jobs, of the other jobs mean, least and largest at each level (one job alone:
 * RMS_MPS_SCALE), two ratios of its own times in 1e-3. */
void rms_features(const struct rms_mps_row *rows, int n, int own, int32_t feature[RMS_FEATURES]);

/* Jobs of a mix in canonical order: by times; order[k] is the place of the k-th. */
void rms_mix_order(const struct rms_mps_row *rows, int n, uint8_t order[RMS_MIX_JOBS_MAX]);

/* A seeded sequence for training; streams keep the kinds apart. */
struct rms_rng rms_learner_rng(const struct rms_lesson *lesson, uint32_t stream);

/* An array of numbers in a model file: exactly n, each finite and at most `most` in size. */
int rms_learner_numbers(const struct rms_node *node, const char *name, size_t n, double most,
                        double *value, struct rms_error *err);

/* What a predictor is made of (predict.c and train.c only). */
struct rms_predictor {
  const struct rms_learner *learner;
  void *model;
  uint64_t seed;
  size_t n_mixes, n_examples;
  char note[128];
  double small[2][3]; /* 2g, 1g: a s4 + b s3 + c */
};

#endif
