/* SPDX-License-Identifier: GPL-3.0-or-later */
/* model_columns.h - the model of model.h as libraries with a C interface take it: the matrix by
 * columns, bounds and costs as arrays. */
#ifndef RMS_SERVE_MODEL_COLUMNS_H
#define RMS_SERVE_MODEL_COLUMNS_H

#include "solvers/serve/model.h"

struct rms_model_columns { /* malloc'ed; of n_columns, n_rows and n_entries of the model */
  int *start;              /* [n_columns + 1] */
  int *row;                /* [n_entries] */
  double *value;           /* [n_entries] */
  double *lower, *upper, *cost;
  double *row_lower, *row_upper;
};

/* 0 or RMS_E_NOMEM, with nothing left behind. Free with rms_model_columns_fini. Cost: linear. */
int rms_model_columns_init(struct rms_model_columns *columns, const struct rms_model *model);
void rms_model_columns_fini(struct rms_model_columns *columns); /* accepts a zeroed one */

#endif
