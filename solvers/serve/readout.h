/* SPDX-License-Identifier: GPL-3.0-or-later */
/* readout.h - from a library's floating-point values to machines and slices that are right in exact
 * integer arithmetic, or to nothing. */
#ifndef RMS_SERVE_READOUT_H
#define RMS_SERVE_READOUT_H

#include "solvers/serve/model.h"

struct rms_readout { /* counts and working memory; all in one arena */
  struct rms_arena *arena;
  const struct rms_serve *inst;
  size_t first_cut[RMS_SERVE_POOLS_MAX + 1]; /* into times */
  int64_t *times;  /* [first_cut[pool] + cut] machines of the pool that are cut so */
  int64_t *slices; /* [service * n_kinds + kind] */
  int64_t *idle;   /* [n_kinds] places without a slice; negative: missing */
  double *weight;  /* [n_kinds] what a place costs, roughly */
  bool *is_short;  /* [n_services] the values themselves did not meet the demand */
  size_t n_short;
};

/* 0 or RMS_E_NOMEM, RMS_E_UNSUPPORTED (too many services x kinds). */
int rms_readout_new(struct rms_readout **result, const struct rms_serve *inst);
void rms_readout_free(struct rms_readout *readout); /* accepts NULL */

/* Take over values of the model's columns, rounded to the nearest integer or (is_relaxed) down,
 * complete what is missing (idle places first, then more machines within the stock), and leave out
 * what is not needed.
 *   values  [in] [model->n_columns]
 * True: times and slices are a plan, exactly. False: they are not, the stock does not allow it.
 * is_short and n_short tell which services the rounded values left short before completion. */
bool rms_readout_take(struct rms_readout *readout, const struct rms_model *model,
                      const double *values, bool is_relaxed);

int64_t rms_readout_cost(const struct rms_readout *readout);

/* The plan as values of the model's columns.
 *   values [out] [model->n_columns] */
void rms_readout_fill(const struct rms_readout *readout, const struct rms_model *model,
                      double *values);

#endif
