/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which columns the model can do without, whatever the numbers are. */
#include "solvers/serve/model.h"

/* Does some cut of the pool hold what `cut` holds, with one slice of k given for one of j? */
static bool has_exchange(const struct rms_serve *inst, const struct rms_serve_pool *pool,
                         const struct rms_serve_cut *cut, size_t k, size_t j)
{
  for (size_t c = 0; c < pool->n_cuts; c++) {
    size_t l = 0;
    while (l < inst->n_kinds && pool->cuts[c].count[l] >= cut->count[l] - (l == k) + (l == j)) l++;
    if (l == inst->n_kinds) return true;
  }
  return false;
}

bool rms_kind_fits(const struct rms_serve *inst, size_t k, size_t j)
{
  if (inst->kinds[k].machine != inst->kinds[j].machine) return false;
  for (size_t p = 0; p < inst->n_pools; p++) {
    const struct rms_serve_pool *const pool = &inst->pools[p];
    if (pool->machine != inst->kinds[k].machine) continue;
    for (size_t c = 0; c < pool->n_cuts; c++)
      if (pool->cuts[c].count[k] > 0 && !has_exchange(inst, pool, &pool->cuts[c], k, j))
        return false;
  }
  return true;
}

static int64_t useful_rate(const struct rms_serve *inst, size_t s, size_t k)
{
  const int64_t rate = rms_serve_rate(inst, s, k), demand = inst->services[s].demand;
  return rate < demand ? rate : demand;
}

/* Is every slice of k as well a slice of some j? Ties are kept by the lower index; the relation is
 * transitive, so what beats k in the end is kept. */
static bool is_beaten(const struct rms_serve *inst, const bool *fits, size_t s, size_t k)
{
  const size_t n = inst->n_kinds;
  const int64_t rate = useful_rate(inst, s, k);
  for (size_t j = 0; j < n; j++) {
    if (j == k || !fits[k * n + j] || useful_rate(inst, s, j) < rate) continue;
    const bool is_tie = fits[j * n + k] && useful_rate(inst, s, j) == rate;
    if (!is_tie || j < k) return true;
  }
  return false;
}

static bool holds(const struct rms_serve *inst, const bool *is_live, const uint8_t *more,
                  const uint8_t *less)
{
  for (size_t k = 0; k < inst->n_kinds; k++)
    if (is_live[k] && more[k] < less[k]) return false;
  return true;
}

static bool is_empty(const struct rms_serve *inst, const bool *is_live, const uint8_t *count)
{
  for (size_t k = 0; k < inst->n_kinds; k++)
    if (is_live[k] && count[k] > 0) return false;
  return true;
}

static int reduce_cuts(struct rms_reduction *reduction, const struct rms_serve *inst, size_t p,
                       struct rms_arena *arena)
{
  const struct rms_serve_pool *const pool = &inst->pools[p];
  const bool *const live = reduction->is_live;
  uint32_t *const cuts = rms_arena_alloc(arena, pool->n_cuts, sizeof *cuts);
  if (!cuts) return RMS_E_NOMEM;
  size_t n = 0;
  for (size_t c = 0; c < pool->n_cuts; c++) {
    const uint8_t *const count = pool->cuts[c].count;
    bool is_needed = !is_empty(inst, live, count);
    for (size_t o = 0; is_needed && o < pool->n_cuts; o++) {
      const uint8_t *const other = pool->cuts[o].count;
      if (o != c && holds(inst, live, other, count) && (o < c || !holds(inst, live, count, other)))
        is_needed = false;
    }
    if (is_needed) cuts[n++] = (uint32_t)c;
  }
  reduction->pools[p].n = n;
  reduction->pools[p].cuts = cuts;
  return RMS_OK;
}

int rms_model_reduce(struct rms_reduction *reduction, const struct rms_serve *inst,
                     struct rms_arena *arena)
{
  const size_t n = inst->n_kinds;
  bool *const fits = rms_arena_alloc(arena, n * n, sizeof *fits);
  reduction->has_slices = rms_arena_alloc(arena, inst->n_services * n, sizeof(bool));
  reduction->is_live = rms_arena_alloc(arena, n, sizeof(bool));
  if (!fits || !reduction->has_slices || !reduction->is_live) return RMS_E_NOMEM;
  for (size_t k = 0; k < n; k++)
    for (size_t j = 0; j < n; j++) fits[k * n + j] = rms_kind_fits(inst, k, j);
  for (size_t s = 0; s < inst->n_services; s++)
    for (size_t k = 0; k < n; k++)
      if (rms_serve_rate(inst, s, k) > 0 && !is_beaten(inst, fits, s, k)) {
        reduction->has_slices[s * n + k] = true;
        reduction->is_live[k] = true;
      }
  for (size_t p = 0; p < inst->n_pools; p++) {
    const int status = reduce_cuts(reduction, inst, p, arena);
    if (status < 0) return status;
  }
  return RMS_OK;
}
