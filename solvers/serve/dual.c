/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solvers/serve/dual.h"

#include <math.h>

__extension__ typedef __int128 wide;

/* Costs take 46 bits over the denominator and prices 55, so that a limited pool may make a price
 * 512 times the highest cost, the worth of a cut (64 slices) fits 61 bits, and a need times a price
 * 115. */
enum { COST_BITS = 46, PRICE_BITS = 55 };
#define PRICE_MAX (INT64_C(1) << PRICE_BITS)
#define TERM_MAX  ((wide)1 << 104) /* of one service; 2^21 services stay below 2^125 */

void rms_dual_kinds(const struct rms_serve *inst, bool *is_cut)
{
  for (size_t k = 0; k < inst->n_kinds; k++) is_cut[k] = false;
  for (size_t p = 0; p < inst->n_pools; p++)
    for (size_t c = 0; inst->pools[p].count != 0 && c < inst->pools[p].n_cuts; c++)
      for (size_t k = 0; k < inst->n_kinds; k++)
        if (inst->pools[p].cuts[c].count[k] > 0) is_cut[k] = true;
}

static int64_t denominator_of(const struct rms_serve *inst)
{
  int64_t most = 1;
  for (size_t p = 0; p < inst->n_pools; p++)
    if (inst->pools[p].cost > most) most = inst->pools[p].cost;
  return INT64_C(1) << (COST_BITS - ilogb((double)most) - 1);
}

static int64_t worth(const struct rms_serve *inst, const struct rms_serve_cut *cut,
                     const struct rms_dual_prices *prices)
{
  int64_t sum = 0;
  for (size_t k = 0; k < inst->n_kinds; k++) sum += cut->count[k] * prices->kind[k];
  return sum;
}

static int64_t dearest_cut(const struct rms_serve *inst, const struct rms_serve_pool *pool,
                           const struct rms_dual_prices *prices)
{
  int64_t most = 0;
  for (size_t c = 0; c < pool->n_cuts; c++) {
    const int64_t value = worth(inst, &pool->cuts[c], prices);
    if (value > most) most = value;
  }
  return most;
}

/* Rounding down keeps every cut within the limit: each slice is worth at most its exact share. */
static void scale_machine(const struct rms_serve *inst, uint16_t machine, int64_t limit,
                          int64_t most, struct rms_dual_prices *prices)
{
  for (size_t k = 0; k < inst->n_kinds; k++)
    if (inst->kinds[k].machine == machine)
      prices->kind[k] = (int64_t)((wide)prices->kind[k] * limit / most);
}

/* A pool without machines may have any stock price: it costs nothing. */
static bool has_stock_price(const struct rms_serve_pool *pool, enum rms_dual_use use)
{
  return pool->count == 0 || (pool->count > 0 && use != RMS_DUAL_FREE);
}

void rms_dual_repair(const struct rms_serve *inst, const double *w, enum rms_dual_use use,
                     struct rms_dual_prices *prices)
{
  bool is_cut[RMS_SERVE_KINDS_MAX];
  rms_dual_kinds(inst, is_cut);
  *prices = (struct rms_dual_prices){.denominator = denominator_of(inst)};
  for (size_t k = 0; k < inst->n_kinds; k++) {
    const double exact = w[k] * (double)prices->denominator;
    const bool is_high = !is_cut[k] || exact >= (double)PRICE_MAX;
    prices->kind[k] = is_high ? PRICE_MAX : exact > 0 ? (int64_t)exact : 0;
  }
  for (size_t p = 0; p < inst->n_pools; p++) {
    const struct rms_serve_pool *pool = &inst->pools[p];
    if (has_stock_price(pool, use)) continue;
    const int64_t limit = use == RMS_DUAL_RAY ? 0 : pool->cost * prices->denominator;
    const int64_t most = dearest_cut(inst, pool, prices);
    if (most > limit) scale_machine(inst, pool->machine, limit, most, prices);
  }
  for (size_t p = 0; p < inst->n_pools; p++) {
    const struct rms_serve_pool *pool = &inst->pools[p];
    if (!has_stock_price(pool, use)) continue;
    const int64_t limit = use == RMS_DUAL_RAY ? 0 : pool->cost * prices->denominator;
    const int64_t most = dearest_cut(inst, pool, prices);
    prices->stock[p] = most > limit ? most - limit : 0;
  }
}

static double round_down(wide total, int64_t denominator)
{
  double value = (double)total; /* to nearest: at most one step too high */
  if ((wide)value > total) value = nextafter(value, 0);
  return value / (double)denominator; /* a power of two: exact */
}

double rms_dual_value(const struct rms_serve *inst, const struct rms_dual_prices *prices,
                      const int64_t *need)
{
  bool is_cut[RMS_SERVE_KINDS_MAX];
  rms_dual_kinds(inst, is_cut);
  wide total = 0;
  for (size_t s = 0; s < inst->n_services; s++) {
    const int64_t missing = need == NULL ? inst->services[s].demand : need[s];
    wide least = -1;
    for (size_t k = 0; k < inst->n_kinds; k++) {
      const int64_t rate = rms_serve_rate(inst, s, k);
      if (rate == 0 || !is_cut[k]) continue;
      const wide price = (wide)missing * prices->kind[k] / rate;
      if (least < 0 || price < least) least = price;
    }
    if (least < 0 && missing > 0) return INFINITY;
    if (least > 0) total += least < TERM_MAX ? least : TERM_MAX;
  }
  for (size_t p = 0; p < inst->n_pools; p++)
    if (prices->stock[p] > 0) total -= (wide)prices->stock[p] * inst->pools[p].count;
  return total <= 0 ? 0 : round_down(total, prices->denominator);
}

static int units_of(const struct rms_serve *inst, size_t kind, bool by_memory)
{
  const struct rms_profile *profile =
      &inst->machines[inst->kinds[kind].machine]->profiles[inst->kinds[kind].profile];
  return by_memory ? profile->memory : profile->compute;
}

void rms_dual_uniform(const struct rms_serve *inst, bool by_memory, double *w)
{
  double per_unit[RMS_SERVE_MACHINES_MAX];
  for (size_t m = 0; m < inst->n_machines; m++) per_unit[m] = INFINITY;
  for (size_t p = 0; p < inst->n_pools; p++) {
    const struct rms_serve_pool *pool = &inst->pools[p];
    int most = 0;
    for (size_t c = 0; pool->count != 0 && c < pool->n_cuts; c++) {
      int units = 0;
      for (size_t k = 0; k < inst->n_kinds; k++)
        units += pool->cuts[c].count[k] * units_of(inst, k, by_memory);
      if (units > most) most = units;
    }
    if (most > 0)
      per_unit[pool->machine] = fmin(per_unit[pool->machine], (double)pool->cost / most);
  }
  for (size_t k = 0; k < inst->n_kinds; k++) {
    const double price = per_unit[inst->kinds[k].machine];
    w[k] = isfinite(price) ? price * units_of(inst, k, by_memory) : 0;
  }
}
