/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mixes.h - what MISO measured (Li et al., SoCC 2022; figures from its repository): the training
 * speed of 32 variants (model and batch) on each slice of an A100 40 GB, and 2,800 mixes of them
 * that ran together under MPS at three levels. Predictors learn from the mixes; a simulated MPS
 * phase replays them, so that a policy sees what was measured and not what is true. */
#ifndef RMS_JOBS_MIXES_H
#define RMS_JOBS_MIXES_H

#include <stddef.h>
#include <stdint.h>

#include "instances/base/error.h"
#include "instances/base/memory.h"

enum {
  RMS_MPS_LEVELS = 3,    /* 100 %, 50 %, 14 % of the threads */
  RMS_MPS_SCALE = 10000, /* the largest time of a job over the levels */
  RMS_MIX_JOBS_MAX = 7,
  RMS_SLICE_SIZES = 5, /* 7g 4g 3g 2g 1g, in this order everywhere */
  RMS_TARGETS = 3,     /* 7g 4g 3g: what is learned */
  RMS_VARIANTS_MAX = 64,
  RMS_MIXES_MAX = 100000
};

struct rms_mps_row { /* one job: mean times of an iteration, 1..RMS_MPS_SCALE, the largest is that
                      */
  uint16_t time[RMS_MPS_LEVELS];
};

struct rms_mix {
  uint8_t n; /* 1..7 jobs */
  uint8_t variant[RMS_MIX_JOBS_MAX];
  struct rms_mps_row row[RMS_MIX_JOBS_MAX];
};

struct rms_variant {
  const char *model;
  int batch;
  double speed[RMS_SLICE_SIZES]; /* relative to 7g; 0: does not fit */
  double iteration;              /* seconds on 7g */
  double memory_mib;             /* on 7g */
  double time[RMS_TARGETS];      /* of an iteration, over the largest of the three */
};

struct rms_mixes {
  struct rms_arena *arena;
  size_t n_variants, n;
  const struct rms_variant *variants;
  const struct rms_mix *mixes;
};

/* The tables inside the project (instances/profiles/miso-speeds.csv, miso-mixes.csv).
 *   result [out] free with rms_mixes_free; untouched on error
 * Cost: linear. */
int rms_mixes_builtin(struct rms_mixes **result, struct rms_error *err);

struct rms_mixes_source { /* both tables in memory; borrowed */
  const char *speeds, *mixes;
  size_t n_speeds, n_mixes;
  const char *speeds_origin, *mixes_origin; /* for errors */
};
/* Errors: RMS_E_FORMAT (file, line, reason), RMS_E_LIMIT, RMS_E_NOMEM. */
int rms_mixes_parse(struct rms_mixes **result, const struct rms_mixes_source *source,
                    struct rms_error *err);
void rms_mixes_free(struct rms_mixes *mixes); /* accepts NULL */

/* Index of a variant, or -1. */
int rms_mixes_variant(const struct rms_mixes *mixes, const char *model, int batch);

/* Deal the mixes into `folds` folds (>= 1), those of each number of jobs evenly, at random: a pure
 * function of table and seed. fold [out] one per mix, 0..folds-1. A mix is in one fold with every
 * order of its jobs. RMS_E_NOMEM. */
int rms_mixes_deal(const struct rms_mixes *mixes, uint64_t seed, int folds, uint8_t *fold);

/* The fold that simulated measurements replay and that shipped models were not trained on. */
enum { RMS_MEASURE_FOLDS = 5, RMS_MEASURE_FOLD = 0, RMS_MEASURE_SEED = 1 };

struct rms_replay; /* the measured rows of that fold, by variant and number of jobs */
int rms_replay_new(struct rms_replay **result, const struct rms_mixes *mixes);
void rms_replay_free(struct rms_replay *replay); /* accepts NULL */

/* What an MPS phase would have shown of n (1..7) variants that run together.
 *   variant [in]  indices
 *   draw    [in]  random bits; the same bits give the same rows
 *   rows    [out] one per job
 * The measured mix with as many jobs that shares most variants with the wanted ones gives them its
 * rows (drawn among equals); then the next one for those that are left, and so on; where no mix of
 * that size holds a variant, the nearest size does. Cost: linear in the fold, times n. */
void rms_replay_measure(const struct rms_replay *replay, const int *variant, int n, uint64_t draw,
                        struct rms_mps_row *rows);

#endif
