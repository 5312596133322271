/* SPDX-License-Identifier: GPL-3.0-or-later */
/* model.h - `serve` as an integer program in plain arrays, for any solver library. Every column is
 * an integer, the objective is minimised.
 *
 *   compact   machines per partition y[pool,cut] and slices x[service,kind]:
 *             sum over pools of the machine, cuts: n_kind y - sum over services x >= 0, each kind
 *             (exact, not a relaxation: slices of one kind are interchangeable and isolated)
 *   forms     one column N[pool] and the linear forms of forms.h instead of y, wherever the
 * round-up property was derived for the pool; other pools as in `compact` both      sum over kinds
 * min(rate, demand) x / demand >= 1, each service pool's machines <= its stock; objective: cost of
 * the machines / unit cuts      sum over kinds ceil(rate_k / d) x_k >= ceil(demand / d), d = each
 * rate of the service (valid for integers, computed in integers) elastic   machines <= stock +
 * excess; objective: excess. Infeasibility without any doubt about tolerances: the stock is short
 * if and only if the least excess is 1 or more.
 *
 * Left out, because an optimum without it exists: a service's slices of kind k when every place of
 * k can hold a kind j that gives the service at least as much; kinds that then nobody uses; cuts
 * that hold no more of the rest than another cut of their pool. */
#ifndef RMS_SERVE_MODEL_H
#define RMS_SERVE_MODEL_H

#include "instances/serve/serve.h"
#include "solvers/serve/forms.h"

enum rms_column_kind {
  RMS_COLUMN_CUT,      /* a: pool, b: cut of the pool */
  RMS_COLUMN_MACHINES, /* a: pool */
  RMS_COLUMN_TOTAL,    /* a: kind; its slices, in pools with forms */
  RMS_COLUMN_SLICES,   /* a: service, b: kind */
  RMS_COLUMN_EXCESS,   /* a: pool */
  RMS_COLUMN_MORE      /* a: index of a shortage, b: kind; 0 or 1 */
};

struct rms_column {
  enum rms_column_kind kind;
  uint32_t a, b;
};

struct rms_column_data {     /* integers */
  double cost, lower, upper; /* upper is finite */
};

struct rms_row { /* entries first .. first + n */
  size_t first, n;
  double lower, upper; /* one side may be infinite */
};

struct rms_entry {
  uint32_t column;
  double value;
};

/* Slices that a library took for enough and that are not, by exact arithmetic: any plan has more of
 * some kind. Found in read-out, given back to the model. */
struct rms_shortage {
  uint32_t service;
  int64_t *slices; /* [n_kinds] */
};

struct rms_model_options {
  bool use_forms, use_cuts, is_elastic;
  size_t n_shortages;
  const struct rms_shortage *shortages; /* copied, but for the slices */
};

/* Which columns are worth having; everything in `arena`. */
struct rms_reduction {
  bool *has_slices; /* [n_services * n_kinds] */
  bool *is_live;    /* [n_kinds]: some service has slices of it */
  struct {
    size_t n;
    uint32_t *cuts; /* ascending */
  } pools[RMS_SERVE_POOLS_MAX];
};

struct rms_model_pool {
  bool has_forms;
  struct rms_forms forms;
  size_t n_dimensions;
  uint16_t kind_of[RMS_FORMS_DIMENSIONS_MAX]; /* kind of each dimension of the forms */
  size_t n_cuts;                              /* that are worth having; those of the forms, too */
  const uint32_t *cut_of;                     /* [n_cuts] index among the pool's cuts */
  size_t first_column; /* CUT columns (one per live cut), or the MACHINES column */
};

struct rms_model { /* arrays of columns and rows are malloc'ed, the rest lives in the arena */
  struct rms_arena *arena;
  size_t columns_capacity, rows_capacity, entries_capacity;
  const struct rms_serve *inst;
  bool is_elastic;
  int64_t unit; /* greatest common divisor of the costs: objective of the plan = unit * objective
                   here */
  size_t n_columns, n_rows, n_entries;
  struct rms_column *columns;
  struct rms_column_data *data; /* [n_columns] */
  struct rms_row *rows;         /* [n_rows] */
  struct rms_entry *entries;    /* [n_entries], row after row */
  struct rms_reduction reduction;
  struct rms_model_pool *pools;         /* [n_pools] */
  const struct rms_shortage *shortages; /* of the options */
  size_t n_with_forms;                  /* pools */
  char note[160];                       /* which pools have forms and why others have not */
};

/* RMS_E_UNSUPPORTED when the numbers do not fit a double's integers or a library's int (more than
 * RMS_MODEL_ENTRIES_MAX coefficients); RMS_E_NOMEM. A service that no kind can run: its row cannot
 * be met, the caller asks is_hopeless first. */
#define RMS_MODEL_ENTRIES_MAX ((size_t)50000000)
int rms_model_build(struct rms_model **result, const struct rms_serve *inst,
                    const struct rms_model_options *options);
void rms_model_free(struct rms_model *model); /* accepts NULL */

/* Fill a reduction. 0 or RMS_E_NOMEM. Cost: services x kinds^2, kinds^2 x cuts^2 x kinds. */
int rms_model_reduce(struct rms_reduction *reduction, const struct rms_serve *inst,
                     struct rms_arena *arena);

/* May a place of kind k always hold kind j, in every pool of their machine? */
bool rms_kind_fits(const struct rms_serve *inst, size_t k, size_t j);

#endif
