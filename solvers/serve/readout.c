/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solvers/serve/readout.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "instances/serve/wide.h"

int rms_readout_new(struct rms_readout **result, const struct rms_serve *inst)
{
  size_t n = 0;
  if (!rms_size_mul(inst->n_services, inst->n_kinds, &n) || n > RMS_MODEL_ENTRIES_MAX)
    return RMS_E_UNSUPPORTED;
  struct rms_arena *const arena = rms_arena_new();
  struct rms_readout *const r = arena ? rms_arena_alloc(arena, 1, sizeof *r) : NULL;
  if (!r) goto fail;
  r->arena = arena;
  r->inst = inst;
  for (size_t p = 0; p < inst->n_pools; p++)
    r->first_cut[p + 1] = r->first_cut[p] + inst->pools[p].n_cuts;
  r->times = rms_arena_alloc(arena, r->first_cut[inst->n_pools], sizeof *r->times);
  r->slices = rms_arena_alloc(arena, n, sizeof *r->slices);
  r->idle = rms_arena_alloc(arena, inst->n_kinds, sizeof *r->idle);
  r->weight = rms_arena_alloc(arena, inst->n_kinds, sizeof *r->weight);
  r->is_short = rms_arena_alloc(arena, inst->n_services, sizeof *r->is_short);
  if (!r->times || !r->slices || !r->idle || !r->weight || !r->is_short) goto fail;
  for (size_t k = 0; k < inst->n_kinds; k++) {
    r->weight[k] = INFINITY;
    const struct rms_machine *const machine = inst->machines[inst->kinds[k].machine];
    const double share =
        (double)machine->profiles[inst->kinds[k].profile].memory / machine->memory_units;
    for (size_t p = 0; p < inst->n_pools; p++)
      if (inst->pools[p].machine == inst->kinds[k].machine)
        r->weight[k] = fmin(r->weight[k], share * (double)inst->pools[p].cost);
  }
  *result = r;
  return RMS_OK;
fail:
  rms_arena_free(arena);
  return RMS_E_NOMEM;
}

void rms_readout_free(struct rms_readout *readout)
{
  if (readout) rms_arena_free(readout->arena);
}

/* ---- slices ------------------------------------------------------------------------------------
 */

/* What service s still needs; 0 or less: nothing. */
static rms_wide deficit_of(const struct rms_readout *r, size_t s)
{
  rms_wide sum = 0;
  for (size_t k = 0; k < r->inst->n_kinds; k++)
    sum += (rms_wide)rms_serve_rate(r->inst, s, k) * r->slices[s * r->inst->n_kinds + k];
  return r->inst->services[s].demand - sum;
}

/* The kind that covers the rest at the least weight, for as much of the rest as one slice covers.
 */
static size_t pick_kind(const struct rms_readout *r, const struct rms_model *model, size_t s,
                        int64_t deficit, bool is_idle_only)
{
  const size_t n = r->inst->n_kinds;
  size_t best = n;
  double best_density = 0;
  for (size_t k = 0; k < n; k++) {
    const int64_t rate = rms_serve_rate(r->inst, s, k);
    if (rate == 0 || !model->reduction.is_live[k]) continue;
    if (is_idle_only ? r->idle[k] <= 0 : !model->reduction.has_slices[s * n + k]) continue;
    const double density = (double)(rate < deficit ? rate : deficit) / r->weight[k];
    if (best == n || density > best_density) {
      best = k;
      best_density = density;
    }
  }
  return best;
}

static bool cover_service(struct rms_readout *r, const struct rms_model *model, size_t s)
{
  const size_t n = r->inst->n_kinds;
  rms_wide deficit = deficit_of(r, s);
  while (deficit > 0) {
    size_t k = pick_kind(r, model, s, (int64_t)deficit, true);
    const bool is_idle = k < n;
    if (!is_idle) k = pick_kind(r, model, s, (int64_t)deficit, false);
    if (k == n) return false;
    const int64_t rate = rms_serve_rate(r->inst, s, k);
    int64_t add = (int64_t)(deficit / rate);
    if (add < 1) add = 1;
    if (is_idle && add > r->idle[k]) add = r->idle[k];
    r->slices[s * n + k] += add;
    r->idle[k] -= add;
    deficit -= (rms_wide)rate * add;
  }
  return true;
}

/* Give back slices that the service does not need, the heaviest first. */
static void trim_service(struct rms_readout *r, size_t s)
{
  const size_t n = r->inst->n_kinds;
  rms_wide surplus = -deficit_of(r, s);
  for (;;) {
    size_t best = n;
    for (size_t k = 0; k < n; k++)
      if (r->slices[s * n + k] > 0 && rms_serve_rate(r->inst, s, k) <= surplus &&
          (best == n || r->weight[k] > r->weight[best]))
        best = k;
    if (best == n) return;
    const int64_t rate = rms_serve_rate(r->inst, s, best);
    int64_t drop = r->slices[s * n + best];
    if (rate > 0 && drop > surplus / rate) drop = (int64_t)(surplus / rate);
    r->slices[s * n + best] -= drop;
    r->idle[best] += drop;
    surplus -= (rms_wide)rate * drop;
  }
}

/* ---- machines ----------------------------------------------------------------------------------
 */

static int64_t machines_of(const struct rms_readout *r, size_t p)
{
  int64_t sum = 0;
  for (size_t c = r->first_cut[p]; c < r->first_cut[p + 1]; c++) sum += r->times[c];
  return sum;
}

static int64_t stock_left(const struct rms_readout *r, size_t p)
{
  const int64_t count = r->inst->pools[p].count;
  return (count < 0 ? RMS_SERVE_MACHINES_TOTAL_MAX : count) - machines_of(r, p);
}

/* Change the number of machines of one cut, and the idle places with it. */
static void add_machines(struct rms_readout *r, size_t p, size_t c, int64_t n)
{
  r->times[r->first_cut[p] + c] += n;
  for (size_t k = 0; k < r->inst->n_kinds; k++)
    r->idle[k] += n * r->inst->pools[p].cuts[c].count[k];
}

/* Cut a pool with forms anew, as few machines as its slices need. */
static bool cut_pool(struct rms_readout *r, const struct rms_model *model, size_t p)
{
  const struct rms_model_pool *const pool = &model->pools[p];
  int64_t total[RMS_FORMS_DIMENSIONS_MAX];
  for (size_t c = 0; c < r->inst->pools[p].n_cuts; c++)
    add_machines(r, p, c, -r->times[r->first_cut[p] + c]);
  for (size_t d = 0; d < pool->n_dimensions; d++) total[d] = -r->idle[pool->kind_of[d]];
  int64_t times[RMS_FORMS_CUTS_MAX];
  if (!rms_forms_cut(&pool->forms, total, times)) return false;
  for (size_t c = 0; c < pool->n_cuts; c++) add_machines(r, p, pool->cut_of[c], times[c]);
  return stock_left(r, p) >= 0;
}

struct offer {
  size_t pool, cut;
  double value;
};

/* The cut that gives most of what is missing, by weight and cost. */
static struct offer best_offer(const struct rms_readout *r, const struct rms_model *model)
{
  struct offer best = {.value = 0};
  for (size_t p = 0; p < r->inst->n_pools; p++) {
    const struct rms_model_pool *const pool = &model->pools[p];
    if (pool->has_forms || stock_left(r, p) <= 0) continue;
    for (size_t i = 0; i < pool->n_cuts; i++) {
      const uint8_t *const count = r->inst->pools[p].cuts[pool->cut_of[i]].count;
      double value = 0;
      for (size_t k = 0; k < r->inst->n_kinds; k++)
        if (r->idle[k] < 0 && count[k])
          value += r->weight[k] * (double)(count[k] < -r->idle[k] ? count[k] : -r->idle[k]);
      value /= (double)r->inst->pools[p].cost;
      if (value > best.value) best = (struct offer){p, pool->cut_of[i], value};
    }
  }
  return best;
}

/* Machines of one cut that all of them serve in full. */
static int64_t useful_times(const struct rms_readout *r, struct offer offer)
{
  const uint8_t *const count = r->inst->pools[offer.pool].cuts[offer.cut].count;
  int64_t times = INT64_MAX;
  for (size_t k = 0; k < r->inst->n_kinds; k++)
    if (count[k] && r->idle[k] < 0 && -r->idle[k] / count[k] < times)
      times = -r->idle[k] / count[k];
  if (times < 1) times = 1;
  const int64_t left = stock_left(r, offer.pool);
  return times < left ? times : left;
}

static bool is_missing_places(const struct rms_readout *r)
{
  for (size_t k = 0; k < r->inst->n_kinds; k++)
    if (r->idle[k] < 0) return true;
  return false;
}

static bool add_places(struct rms_readout *r, const struct rms_model *model)
{
  for (size_t p = 0; p < r->inst->n_pools; p++)
    if (model->pools[p].has_forms && !cut_pool(r, model, p)) return false;
  while (is_missing_places(r)) {
    const struct offer offer = best_offer(r, model);
    if (!(offer.value > 0)) return false;
    add_machines(r, offer.pool, offer.cut, useful_times(r, offer));
  }
  return true;
}

/* Give back machines whose places are idle elsewhere. */
static void drop_machines(struct rms_readout *r)
{
  for (size_t p = 0; p < r->inst->n_pools; p++)
    for (size_t c = 0; c < r->inst->pools[p].n_cuts; c++) {
      const uint8_t *const count = r->inst->pools[p].cuts[c].count;
      int64_t drop = r->times[r->first_cut[p] + c];
      for (size_t k = 0; k < r->inst->n_kinds; k++)
        if (count[k] && r->idle[k] / count[k] < drop) drop = r->idle[k] / count[k];
      if (drop > 0) add_machines(r, p, c, -drop);
    }
}

/* ---- the whole ---------------------------------------------------------------------------------
 */

static int64_t integer_of(double value, bool is_relaxed)
{
  const double rounded = is_relaxed ? floor(value + 1e-6) : floor(value + 0.5);
  return rounded > 0 ? (int64_t)fmin(rounded, 1e15) : 0;
}

static void take_values(struct rms_readout *r, const struct rms_model *model, const double *values,
                        bool is_relaxed)
{
  const size_t n = r->inst->n_kinds;
  memset(r->times, 0, r->first_cut[r->inst->n_pools] * sizeof *r->times);
  memset(r->slices, 0, r->inst->n_services * n * sizeof *r->slices);
  memset(r->idle, 0, n * sizeof *r->idle);
  for (size_t j = 0; j < model->n_columns; j++) {
    const struct rms_column *const column = &model->columns[j];
    if (column->kind == RMS_COLUMN_SLICES) {
      const int64_t slices = integer_of(values[j], is_relaxed);
      r->slices[column->a * n + column->b] = slices;
      r->idle[column->b] -= slices;
    } else if (column->kind == RMS_COLUMN_CUT) {
      add_machines(r, column->a, column->b, integer_of(values[j], is_relaxed));
    }
  }
}

/* Pools with forms have no machines yet: their idle places are not known, and all count as none. */
bool rms_readout_take(struct rms_readout *r, const struct rms_model *model, const double *values,
                      bool is_relaxed)
{
  take_values(r, model, values, is_relaxed);
  for (size_t p = 0; p < r->inst->n_pools; p++)
    if (model->pools[p].has_forms && !cut_pool(r, model, p) && stock_left(r, p) >= 0) return false;
  r->n_short = 0;
  for (size_t s = 0; s < r->inst->n_services; s++) {
    r->is_short[s] = deficit_of(r, s) > 0;
    r->n_short += r->is_short[s];
  }
  for (size_t s = 0; s < r->inst->n_services; s++) {
    if (!cover_service(r, model, s)) return false;
    trim_service(r, s);
  }
  if (!add_places(r, model)) return false;
  drop_machines(r);
  for (size_t p = 0; p < r->inst->n_pools; p++)
    if (stock_left(r, p) < 0) return false;
  return true;
}

int64_t rms_readout_cost(const struct rms_readout *r)
{
  int64_t cost = 0;
  for (size_t p = 0; p < r->inst->n_pools; p++) cost += r->inst->pools[p].cost * machines_of(r, p);
  return cost;
}

static double value_of(const struct rms_readout *r, const struct rms_column *column)
{
  const size_t n = r->inst->n_kinds;
  int64_t value = 0;
  switch (column->kind) {
  case RMS_COLUMN_CUT: value = r->times[r->first_cut[column->a] + column->b]; break;
  case RMS_COLUMN_MACHINES: value = machines_of(r, column->a); break;
  case RMS_COLUMN_TOTAL:
    for (size_t s = 0; s < r->inst->n_services; s++) value += r->slices[s * n + column->a];
    break;
  case RMS_COLUMN_SLICES: value = r->slices[column->a * n + column->b]; break;
  case RMS_COLUMN_EXCESS: break; /* a plan keeps to the stock */
  case RMS_COLUMN_MORE: break;   /* needs the shortage, see below */
  }
  return (double)value;
}

void rms_readout_fill(const struct rms_readout *readout, const struct rms_model *model,
                      double *values)
{
  for (size_t j = 0; j < model->n_columns; j++) {
    const struct rms_column *const column = &model->columns[j];
    values[j] = value_of(readout, column);
    if (column->kind == RMS_COLUMN_MORE) {
      const struct rms_shortage *const shortage = &model->shortages[column->a];
      values[j] = readout->slices[shortage->service * readout->inst->n_kinds + column->b] >
                  shortage->slices[column->b];
    }
  }
}
