/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solvers/serve/model.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "instances/base/memory.h"
#include "solvers/serve/gcd.h"

#define INTEGER_MAX                                                                                \
  4503599627370496.0 /* 2^52: integers up to here and their halves are doubles                     \
                      */
#define SLICES_MAX   (RMS_SERVE_MACHINES_TOTAL_MAX * RMS_UNITS_MAX)
#define CUT_SIDE_MAX 10000000 /* a rounding cut with a larger right side cuts nothing off */

enum { NO_COLUMN = -1 };

struct build {
  struct rms_model *model;
  const struct rms_serve *inst;
  const struct rms_model_options *options;
  double machines_max; /* no optimum has more machines: each serves with a slice that is needed */
  int64_t *slices_column; /* [n_services * n_kinds] */
  int64_t *total_column;  /* [n_kinds] */
  int64_t *excess_column; /* [n_pools] */
  int64_t *more_column;   /* [n_shortages * n_kinds] */
};

static int64_t ceil_div(int64_t a, int64_t b)
{
  return a / b + (a % b != 0);
}

/* ---- appending ---------------------------------------------------------------------------------
 */

static int add_column(struct build *b, struct rms_column column, struct rms_column_data data,
                      int64_t *index)
{
  struct rms_model *const m = b->model;
  if (m->n_columns >= RMS_MODEL_ENTRIES_MAX || data.upper > INTEGER_MAX ||
      data.cost * data.upper > INTEGER_MAX)
    return RMS_E_UNSUPPORTED;
  size_t capacity = m->columns_capacity;
  int status = rms_grow(&m->columns, &capacity, m->n_columns + 1, sizeof *m->columns);
  if (status < 0) return status;
  status = rms_grow(&m->data, &m->columns_capacity, m->n_columns + 1, sizeof *m->data);
  if (status < 0) return status;
  m->columns[m->n_columns] = column;
  m->data[m->n_columns] = data;
  *index = (int64_t)m->n_columns++;
  return RMS_OK;
}

/* Open a row; entries that are put next belong to it. */
static int add_row(struct build *b, double lower, double upper)
{
  struct rms_model *const m = b->model;
  const int status = rms_grow(&m->rows, &m->rows_capacity, m->n_rows + 1, sizeof *m->rows);
  if (status < 0) return status;
  m->rows[m->n_rows++] = (struct rms_row){.first = m->n_entries, .lower = lower, .upper = upper};
  return RMS_OK;
}

/* A column that does not exist is left out. */
static int put(struct build *b, int64_t column, double value)
{
  struct rms_model *const m = b->model;
  if (column == NO_COLUMN) return RMS_OK;
  if (m->n_entries >= RMS_MODEL_ENTRIES_MAX) return RMS_E_UNSUPPORTED;
  const int status =
      rms_grow(&m->entries, &m->entries_capacity, m->n_entries + 1, sizeof *m->entries);
  if (status < 0) return status;
  m->entries[m->n_entries++] = (struct rms_entry){.column = (uint32_t)column, .value = value};
  m->rows[m->n_rows - 1].n++;
  return RMS_OK;
}

static int64_t *new_indices(struct build *b, size_t n)
{
  int64_t *const indices = rms_arena_alloc(b->model->arena, n, sizeof *indices);
  if (indices)
    for (size_t i = 0; i < n; i++) indices[i] = NO_COLUMN;
  return indices;
}

/* ---- pools with forms --------------------------------------------------------------------------
 */

static bool is_alone(const struct rms_serve *inst, size_t p)
{
  for (size_t q = 0; q < inst->n_pools; q++)
    if (q != p && inst->pools[q].machine == inst->pools[p].machine) return false;
  return true;
}

static const char *derive_forms(struct build *b, size_t p, int *status)
{
  static const char *const why[] = {[RMS_FORMS_DERIVED] = "",
                                    [RMS_FORMS_TOO_LARGE] = "too many partitions to derive forms",
                                    [RMS_FORMS_GAP] = "the forms are not enough"};
  const struct rms_serve *const inst = b->inst;
  struct rms_model_pool *const pool = &b->model->pools[p];
  const size_t n_cuts = b->model->reduction.pools[p].n;
  if (!is_alone(inst, p)) return "shares its machine type with another pool";
  for (size_t k = 0; k < inst->n_kinds; k++) {
    if (!b->model->reduction.is_live[k] || inst->kinds[k].machine != inst->pools[p].machine)
      continue;
    if (pool->n_dimensions == RMS_FORMS_DIMENSIONS_MAX) return "too many kinds to derive forms";
    pool->kind_of[pool->n_dimensions++] = (uint16_t)k;
  }
  uint8_t(*const cuts)[RMS_FORMS_DIMENSIONS_MAX] =
      rms_arena_alloc(b->model->arena, n_cuts, sizeof *cuts);
  if (!cuts) {
    *status = RMS_E_NOMEM;
    return "";
  }
  for (size_t c = 0; c < n_cuts; c++)
    for (size_t d = 0; d < pool->n_dimensions; d++)
      cuts[c][d] =
          inst->pools[p].cuts[b->model->reduction.pools[p].cuts[c]].count[pool->kind_of[d]];
  enum rms_forms_kind kind = RMS_FORMS_TOO_LARGE;
  *status = rms_forms_derive(b->model->arena, pool->n_dimensions, n_cuts,
                             (const uint8_t(*)[RMS_FORMS_DIMENSIONS_MAX])cuts, &pool->forms, &kind);
  pool->has_forms = *status == RMS_OK && kind == RMS_FORMS_DERIVED;
  return why[kind];
}

static int fill_pools(struct build *b)
{
  struct rms_model *const m = b->model;
  m->pools = rms_arena_alloc(m->arena, b->inst->n_pools, sizeof *m->pools);
  if (!m->pools) return RMS_E_NOMEM;
  for (size_t p = 0; p < b->inst->n_pools; p++) {
    int status = RMS_OK;
    m->pools[p].n_cuts = b->model->reduction.pools[p].n;
    m->pools[p].cut_of = b->model->reduction.pools[p].cuts;
    if (!b->options->use_forms || m->pools[p].n_cuts == 0) continue;
    const char *const why = derive_forms(b, p, &status);
    if (status < 0) return status;
    m->n_with_forms += m->pools[p].has_forms;
    if (!m->pools[p].has_forms)
      snprintf(m->note, sizeof m->note, "pool \"%s\" has the compact model: %s",
               b->inst->pools[p].name, why);
  }
  return RMS_OK;
}

/* ---- columns -----------------------------------------------------------------------------------
 */

static double stock_of(const struct build *b, size_t p)
{
  const int64_t count = b->inst->pools[p].count;
  if (count < 0 || b->model->is_elastic) return b->machines_max;
  return fmin((double)count, b->machines_max);
}

static int add_pool_columns(struct build *b, size_t p)
{
  struct rms_model_pool *const pool = &b->model->pools[p];
  const struct rms_column_data data = {
      .cost = b->model->is_elastic ? 0 : (double)(b->inst->pools[p].cost / b->model->unit),
      .upper = stock_of(b, p)};
  int64_t column = 0;
  int status = RMS_OK;
  pool->first_column = b->model->n_columns;
  if (pool->has_forms)
    return add_column(b, (struct rms_column){RMS_COLUMN_MACHINES, (uint32_t)p, 0}, data, &column);
  for (size_t c = 0; status == RMS_OK && c < pool->n_cuts; c++)
    status = add_column(b, (struct rms_column){RMS_COLUMN_CUT, (uint32_t)p, pool->cut_of[c]}, data,
                        &column);
  return status;
}

static int add_excess_column(struct build *b, size_t p)
{
  if (!b->model->is_elastic || b->inst->pools[p].count < 0) return RMS_OK;
  return add_column(b, (struct rms_column){RMS_COLUMN_EXCESS, (uint32_t)p, 0},
                    (struct rms_column_data){.cost = 1, .upper = b->machines_max},
                    &b->excess_column[p]);
}

static int add_total_columns(struct build *b, size_t p)
{
  const struct rms_model_pool *const pool = &b->model->pools[p];
  int status = RMS_OK;
  for (size_t d = 0; pool->has_forms && status == RMS_OK && d < pool->n_dimensions; d++)
    status = add_column(
        b, (struct rms_column){RMS_COLUMN_TOTAL, pool->kind_of[d], 0},
        (struct rms_column_data){.upper = fmin(b->machines_max * RMS_UNITS_MAX, INTEGER_MAX)},
        &b->total_column[pool->kind_of[d]]);
  return status;
}

static int add_service_columns(struct build *b, size_t s)
{
  const size_t n = b->inst->n_kinds;
  size_t n_live = 0;
  for (size_t k = 0; k < n; k++) n_live += b->model->reduction.has_slices[s * n + k];
  for (size_t k = 0; k < n; k++) {
    if (!b->model->reduction.has_slices[s * n + k]) continue;
    const int64_t enough = ceil_div(b->inst->services[s].demand, rms_serve_rate(b->inst, s, k));
    const double upper = (double)enough;
    const int status =
        add_column(b, (struct rms_column){RMS_COLUMN_SLICES, (uint32_t)s, (uint32_t)k},
                   (struct rms_column_data){.lower = n_live == 1 ? upper : 0, .upper = upper},
                   &b->slices_column[s * n + k]);
    if (status < 0) return status;
  }
  return RMS_OK;
}

static int add_more_columns(struct build *b, size_t i)
{
  const size_t n = b->inst->n_kinds;
  const size_t s = b->options->shortages[i].service;
  int status = RMS_OK;
  for (size_t k = 0; status == RMS_OK && k < n; k++)
    if (b->slices_column[s * n + k] != NO_COLUMN)
      status = add_column(b, (struct rms_column){RMS_COLUMN_MORE, (uint32_t)i, (uint32_t)k},
                          (struct rms_column_data){.upper = 1}, &b->more_column[i * n + k]);
  return status;
}

static int add_columns(struct build *b)
{
  int status = RMS_OK;
  const struct rms_serve *const inst = b->inst;
  b->slices_column = new_indices(b, inst->n_services * inst->n_kinds);
  b->total_column = new_indices(b, inst->n_kinds);
  b->excess_column = new_indices(b, inst->n_pools);
  b->more_column = new_indices(b, b->options->n_shortages * inst->n_kinds);
  if (!b->slices_column || !b->total_column || !b->excess_column || !b->more_column)
    return RMS_E_NOMEM;
  for (size_t p = 0; p < inst->n_pools; p++) {
    RMS_TRY(add_pool_columns(b, p));
    RMS_TRY(add_excess_column(b, p));
    RMS_TRY(add_total_columns(b, p));
  }
  for (size_t s = 0; s < inst->n_services; s++) RMS_TRY(add_service_columns(b, s));
  for (size_t i = 0; i < b->options->n_shortages; i++) RMS_TRY(add_more_columns(b, i));
out:
  return status;
}

/* ---- rows --------------------------------------------------------------------------------------
 */

/* Places of kind k >= slices of kind k. */
static int add_kind_row(struct build *b, size_t k)
{
  int status = RMS_OK;
  const struct rms_serve *const inst = b->inst;
  RMS_TRY(add_row(b, 0, INFINITY));
  RMS_TRY(put(b, b->total_column[k], 1));
  for (size_t p = 0; p < inst->n_pools; p++) {
    const struct rms_model_pool *const pool = &b->model->pools[p];
    if (pool->has_forms || inst->pools[p].machine != inst->kinds[k].machine) continue;
    for (size_t c = 0; c < pool->n_cuts; c++) {
      const uint8_t count = inst->pools[p].cuts[pool->cut_of[c]].count[k];
      if (count) RMS_TRY(put(b, (int64_t)(pool->first_column + c), count));
    }
  }
  for (size_t s = 0; s < inst->n_services; s++)
    RMS_TRY(put(b, b->slices_column[s * inst->n_kinds + k], -1));
out:
  return status;
}

static int add_form_rows(struct build *b, size_t p)
{
  int status = RMS_OK;
  const struct rms_model_pool *const pool = &b->model->pools[p];
  if (!pool->has_forms) return RMS_OK;
  for (size_t f = 0; f < pool->forms.n_forms; f++) {
    RMS_TRY(add_row(b, 0, INFINITY));
    RMS_TRY(put(b, (int64_t)pool->first_column, pool->forms.divisor[f]));
    for (size_t d = 0; d < pool->n_dimensions; d++)
      if (pool->forms.weight[f][d])
        RMS_TRY(put(b, b->total_column[pool->kind_of[d]], -pool->forms.weight[f][d]));
  }
out:
  return status;
}

static int add_stock_row(struct build *b, size_t p)
{
  int status = RMS_OK;
  const struct rms_model_pool *const pool = &b->model->pools[p];
  const size_t n = pool->has_forms ? 1 : pool->n_cuts;
  if (b->inst->pools[p].count < 0 || n == 0 || (n == 1 && !b->model->is_elastic)) return RMS_OK;
  RMS_TRY(add_row(b, -INFINITY, (double)b->inst->pools[p].count));
  for (size_t c = 0; c < n; c++) RMS_TRY(put(b, (int64_t)(pool->first_column + c), 1));
  RMS_TRY(put(b, b->excess_column[p], -1));
out:
  return status;
}

static int add_service_row(struct build *b, size_t s)
{
  int status = RMS_OK;
  const size_t n = b->inst->n_kinds;
  const int64_t demand = b->inst->services[s].demand;
  RMS_TRY(add_row(b, 1, INFINITY));
  for (size_t k = 0; k < n; k++) {
    const int64_t rate = rms_serve_rate(b->inst, s, k);
    RMS_TRY(put(b, b->slices_column[s * n + k], rate < demand ? (double)rate / (double)demand : 1));
  }
out:
  return status;
}

/* The rounding cut of service s for d. */
static int add_rounding_cut(struct build *b, size_t s, int64_t d)
{
  int status = RMS_OK;
  const size_t n = b->inst->n_kinds;
  const int64_t side = ceil_div(b->inst->services[s].demand, d);
  if (side > CUT_SIDE_MAX) return RMS_OK;
  RMS_TRY(add_row(b, (double)side, INFINITY));
  for (size_t k = 0; k < n; k++) {
    if (b->slices_column[s * n + k] == NO_COLUMN) continue;
    const int64_t value = ceil_div(rms_serve_rate(b->inst, s, k), d);
    RMS_TRY(put(b, b->slices_column[s * n + k], (double)(value < side ? value : side)));
  }
out:
  return status;
}

/* One cut for each rate; all rates from the demand on give the same one. */
static int add_rounding_cuts(struct build *b, size_t s)
{
  const size_t n = b->inst->n_kinds;
  const int64_t demand = b->inst->services[s].demand;
  bool has_unit = false;
  for (size_t k = 0; k < n; k++) {
    if (b->slices_column[s * n + k] == NO_COLUMN) continue;
    int64_t d = rms_serve_rate(b->inst, s, k);
    if (d > demand) d = demand;
    bool is_new = d < demand || !has_unit;
    for (size_t o = 0; is_new && d < demand && o < k; o++)
      if (b->slices_column[s * n + o] != NO_COLUMN && rms_serve_rate(b->inst, s, o) == d)
        is_new = false;
    if (!is_new) continue;
    has_unit |= d == demand;
    const int status = add_rounding_cut(b, s, d);
    if (status < 0) return status;
  }
  return RMS_OK;
}

/* Some kind has one slice more than the shortage: sum of more >= 1, x_k >= (slices_k + 1) more_k.
 */
static int add_shortage_rows(struct build *b, size_t i)
{
  int status = RMS_OK;
  const size_t n = b->inst->n_kinds;
  const struct rms_shortage *const shortage = &b->options->shortages[i];
  RMS_TRY(add_row(b, 1, INFINITY));
  for (size_t k = 0; k < n; k++) RMS_TRY(put(b, b->more_column[i * n + k], 1));
  for (size_t k = 0; k < n; k++) {
    if (b->more_column[i * n + k] == NO_COLUMN) continue;
    RMS_TRY(add_row(b, 0, INFINITY));
    RMS_TRY(put(b, b->slices_column[shortage->service * n + k], 1));
    RMS_TRY(put(b, b->more_column[i * n + k], -(double)(shortage->slices[k] + 1)));
  }
out:
  return status;
}

static int add_rows(struct build *b)
{
  int status = RMS_OK;
  for (size_t k = 0; k < b->inst->n_kinds; k++)
    if (b->model->reduction.is_live[k]) RMS_TRY(add_kind_row(b, k));
  for (size_t p = 0; p < b->inst->n_pools; p++) {
    RMS_TRY(add_form_rows(b, p));
    RMS_TRY(add_stock_row(b, p));
  }
  for (size_t s = 0; s < b->inst->n_services; s++) {
    RMS_TRY(add_service_row(b, s));
    if (b->options->use_cuts) RMS_TRY(add_rounding_cuts(b, s));
  }
  for (size_t i = 0; i < b->options->n_shortages; i++) RMS_TRY(add_shortage_rows(b, i));
out:
  return status;
}

/* ---- the whole ---------------------------------------------------------------------------------
 */

static int bound_machines(struct build *b)
{
  const size_t n = b->inst->n_kinds;
  for (size_t s = 0; s < b->inst->n_services; s++) {
    int64_t most = 0;
    for (size_t k = 0; k < n; k++) {
      if (!b->model->reduction.has_slices[s * n + k]) continue;
      const int64_t enough = ceil_div(b->inst->services[s].demand, rms_serve_rate(b->inst, s, k));
      if (enough > most) most = enough;
    }
    b->machines_max += (double)most;
  }
  if (b->machines_max > SLICES_MAX) return RMS_E_UNSUPPORTED;
  b->machines_max = fmin(b->machines_max, (double)RMS_SERVE_MACHINES_TOTAL_MAX);
  return RMS_OK;
}

/* The caller's array may grow while the model is in use. */
static int copy_shortages(struct rms_model *m, const struct rms_model_options *options)
{
  const size_t n = options->n_shortages;
  struct rms_shortage *const copy = rms_arena_alloc(m->arena, n, sizeof *copy);
  if (!copy) return RMS_E_NOMEM;
  for (size_t i = 0; i < n; i++) copy[i] = options->shortages[i];
  m->shortages = copy;
  return RMS_OK;
}

int rms_model_build(struct rms_model **result, const struct rms_serve *inst,
                    const struct rms_model_options *options)
{
  int status = RMS_OK;
  size_t n = 0;
  if (!rms_size_mul(inst->n_services, inst->n_kinds, &n) || n > RMS_MODEL_ENTRIES_MAX)
    return RMS_E_UNSUPPORTED;
  struct rms_model *m = calloc(1, sizeof *m);
  if (!m) return RMS_E_NOMEM;
  struct build b = {.model = m, .inst = inst, .options = options};
  m->inst = inst;
  m->is_elastic = options->is_elastic;
  m->arena = rms_arena_new();
  if (!m->arena) RMS_TRY(RMS_E_NOMEM);
  RMS_TRY(copy_shortages(m, options));
  for (size_t p = 0; p < inst->n_pools; p++) m->unit = rms_gcd(inst->pools[p].cost, m->unit);
  RMS_TRY(rms_model_reduce(&m->reduction, inst, m->arena));
  RMS_TRY(bound_machines(&b));
  RMS_TRY(fill_pools(&b));
  RMS_TRY(add_columns(&b));
  RMS_TRY(add_rows(&b));
  *result = m;
  m = NULL;
out:
  rms_model_free(m);
  return status;
}

void rms_model_free(struct rms_model *model)
{
  if (!model) return;
  free(model->entries);
  free(model->rows);
  free(model->data);
  free(model->columns);
  rms_arena_free(model->arena);
  free(model);
}
