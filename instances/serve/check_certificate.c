/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Verifies a proof of a lower bound, from the machine data and the throughputs alone. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "instances/serve/check.h"
#include "instances/serve/check_search.h"
#include "instances/serve/cover.h"

enum { KNAPSACK_NODES = 200000 };
#define ALL_KNAPSACK_NODES INT64_C(200000000)

struct verifier {
  const struct rms_serve *inst;
  const struct rms_serve_certificate *c;
  struct rms_serve_proof *proof;
};

/* Always false, for `return refuse(...)`. */
__attribute__((format(printf, 2, 3))) static bool refuse(struct rms_serve_proof *proof,
                                                         const char *fmt, ...)
{
  va_list args;
  va_start(args, fmt);
  vsnprintf(proof->why, sizeof proof->why, fmt, args);
  va_end(args);
  proof->is_valid = false;
  proof->bound = 0;
  proof->bound_units = 0;
  return false;
}

static bool check_form(struct verifier *v)
{
  const struct rms_serve_certificate *const c = v->c;
  if (c->denominator < 0) return refuse(v->proof, "certificate: the denominator is negative");
  if (c->n_kinds != v->inst->n_kinds || c->n_pools != v->inst->n_pools)
    return refuse(v->proof, "certificate: %zu prices and %zu stock prices, must be %zu and %zu",
                  c->n_kinds, c->n_pools, v->inst->n_kinds, v->inst->n_pools);
  for (size_t k = 0; k < c->n_kinds; k++)
    if (c->prices[k] < 0) return refuse(v->proof, "certificate: price %zu is negative", k);
  for (size_t p = 0; p < c->n_pools; p++) {
    if (c->stock_prices[p] < 0)
      return refuse(v->proof, "certificate: the stock price of pool \"%s\" is negative",
                    v->inst->pools[p].name);
    if (c->stock_prices[p] > 0 && v->inst->pools[p].count < 0)
      return refuse(v->proof, "certificate: pool \"%s\" has a stock price but no limit",
                    v->inst->pools[p].name);
  }
  return true;
}

/* ---- the bound of the prices -------------------------------------------------------------------
 */

/* w . n <= D cost + u for every legal layout of every pool. */
static int check_prices(struct verifier *v)
{
  rms_wide dearest[RMS_SERVE_POOLS_MAX];
  for (size_t p = 0; p < v->inst->n_pools; p++) {
    const struct rms_serve_pool *const pool = &v->inst->pools[p];
    size_t q = 0;
    while (v->inst->pools[q].rules != pool->rules) q++; /* rules belong to one machine */
    const int status = q < p ? RMS_OK : rms_serve_dearest(v->inst, pool, v->c->prices, &dearest[p]);
    if (status == RMS_E_NOMEM) return status;
    if (status < 0) {
      refuse(v->proof, "certificate: machine \"%s\" has more than %d layouts, too many to verify",
             v->inst->machines[pool->machine]->name, RMS_SERVE_LAYOUTS_MAX);
      return RMS_OK;
    }
    if (q < p) dearest[p] = dearest[q];
    const rms_wide limit = (rms_wide)v->c->denominator * pool->cost + v->c->stock_prices[p];
    if (dearest[p] <= limit) continue;
    refuse(v->proof, "certificate: a legal cut of pool \"%s\" is priced above the machine's cost",
           pool->name);
    return RMS_OK;
  }
  return RMS_OK;
}

/* ---- the bound ---------------------------------------------------------------------------------
 */

static bool add_covers(struct verifier *v, struct rms_cover *cover, rms_wide *sum)
{
  const size_t n_kinds = v->inst->n_kinds;
  int64_t nodes_left = ALL_KNAPSACK_NODES;
  v->proof->is_exact = true;
  for (size_t s = 0; s < v->inst->n_services; s++) {
    /* Near ties of price per rate make single knapsacks long: each may take its share of what is
     * left, KNAPSACK_NODES at least. */
    int64_t limit = nodes_left / (int64_t)(v->inst->n_services - s);
    if (limit < KNAPSACK_NODES) limit = nodes_left < KNAPSACK_NODES ? nodes_left : KNAPSACK_NODES;
    const struct rms_cover_result r =
        rms_cover_least(cover, v->c->prices, v->inst->throughput + s * n_kinds, n_kinds,
                        v->inst->services[s].demand, limit);
    if (!r.is_coverable) {
      v->proof->proves_infeasibility = true;
      return refuse(v->proof, "service \"%s\" runs on no slice", v->inst->services[s].name);
    }
    if (!r.is_exact) v->proof->is_exact = false;
    nodes_left -= r.nodes < nodes_left ? r.nodes : nodes_left;
    if (__builtin_add_overflow(*sum, r.least, sum))
      return refuse(v->proof, "certificate: its numbers are too large");
  }
  return true;
}

/* Which stocks are too short, in words. `worth`: of what the services need. When one pool alone is
 * short, its machines are worth the cost and the stock price each: that says how many are needed.
 */
static void tell_short_stocks(struct verifier *v, rms_wide worth)
{
  struct rms_serve_proof *const proof = v->proof;
  const size_t size = sizeof proof->why;
  size_t n = 0, n_short = 0, n_listed = 0, last = 0;
  for (size_t p = 0; p < v->inst->n_pools; p++)
    if (v->inst->pools[p].count > 0 && (v->c->stock_prices[p] > 0 || v->c->denominator > 0)) {
      n_short++;
      last = p;
    }
  if (n_short == 1) {
    const struct rms_serve_pool *const pool = &v->inst->pools[last];
    const rms_wide each = (rms_wide)v->c->denominator * pool->cost + v->c->stock_prices[last];
    const rms_wide need = rms_wide_ceil(worth, each);
    snprintf(proof->why, size,
             "the stock of pool \"%s\" is too short: %" PRId64 " machines are there, %" PRId64
             " or more are needed",
             pool->name, pool->count, need < INT64_MAX ? (int64_t)need : INT64_MAX);
    return;
  }
  n = (size_t)snprintf(proof->why, size, "the stocks are too short together");
  for (size_t p = 0; p < v->inst->n_pools && n < size; p++)
    if (v->inst->pools[p].count >= 0 && (v->c->stock_prices[p] > 0 || v->c->denominator > 0))
      n +=
          (size_t)snprintf(proof->why + n, size - n, "%s %" PRId64 " of pool \"%s\"",
                           n_listed++ ? "," : ":", v->inst->pools[p].count, v->inst->pools[p].name);
}

/* Every cost of a plan is a multiple of this. */
static int64_t divisor_of_costs(const struct rms_serve *inst)
{
  int64_t g = 0;
  for (size_t p = 0; p < inst->n_pools; p++) {
    int64_t rest = inst->pools[p].cost;
    while (rest) {
      const int64_t r = g % rest;
      g = rest;
      rest = r;
    }
  }
  return g > 0 ? g : 1;
}

/* `worth`: least value of the slices that meet all demands; `sum`: less what the stock is worth. */
static void set_bound(struct verifier *v, rms_wide worth, rms_wide sum)
{
  struct rms_serve_proof *const proof = v->proof;
  const rms_wide d = v->c->denominator;
  if (d == 0) {
    proof->proves_infeasibility = sum > 0;
    if (sum <= 0)
      refuse(proof, "certificate: its denominator is 0 and it proves nothing");
    else
      proof->is_valid = true;
    if (sum > 0) tell_short_stocks(v, worth);
    return;
  }
  const int64_t unit = divisor_of_costs(v->inst);
  const rms_wide bound = sum > 0 ? rms_wide_ceil(rms_wide_ceil(sum, d), unit) * unit : 0;
  rms_wide affordable = 0; /* no plan can cost more than all machines together */
  bool is_limited = true;
  for (size_t p = 0; p < v->inst->n_pools; p++) {
    is_limited = is_limited && v->inst->pools[p].count >= 0;
    affordable += (rms_wide)v->inst->pools[p].cost * v->inst->pools[p].count;
  }
  proof->is_valid = true;
  proof->bound_units = bound > INT64_MAX ? INT64_MAX : (int64_t)bound;
  proof->bound = (double)proof->bound_units;
  proof->proves_infeasibility = is_limited && bound > affordable;
  if (proof->proves_infeasibility) tell_short_stocks(v, worth);
}

static int verify(struct verifier *v, struct rms_cover *cover)
{
  if (!check_form(v)) return RMS_OK;
  v->proof->is_valid = true;
  const int status = check_prices(v);
  if (status < 0 || !v->proof->is_valid) return status;
  v->proof->is_valid = false;
  rms_wide sum = 0;
  if (!add_covers(v, cover, &sum)) return RMS_OK;
  const rms_wide worth = sum;
  for (size_t p = 0; p < v->inst->n_pools; p++)
    if (v->c->stock_prices[p]) sum -= (rms_wide)v->c->stock_prices[p] * v->inst->pools[p].count;
  set_bound(v, worth, sum);
  if (!v->proof->is_valid || !v->c->search.target) return RMS_OK;
  return rms_serve_search_verify(v->inst, v->c, v->proof);
}

int rms_serve_certificate_verify(const struct rms_serve *inst,
                                 const struct rms_serve_certificate *c,
                                 struct rms_serve_proof *proof)
{
  struct verifier v = {.inst = inst, .c = c, .proof = proof};
  *proof = (struct rms_serve_proof){.bound = 0};
  if (!c->is_present) {
    refuse(proof, "there is no certificate");
    return RMS_OK;
  }
  struct rms_cover *const cover = malloc(sizeof *cover);
  if (!cover) return RMS_E_NOMEM;
  const int status = verify(&v, cover);
  free(cover);
  return status;
}
