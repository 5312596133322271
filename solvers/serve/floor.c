/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solvers/serve/floor.h"

#include <glpk.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "solvers/serve/prices.h"
#include "solvers/serve/watch.h"

enum { STEPS = 200, NODES = 100000, DENOMINATOR = 840000000 };

enum rms_floor_kind rms_floor_kind_of(const char *text)
{
  return text[0] == 'n' ? RMS_FLOOR_NONE : text[0] == 'f' ? RMS_FLOOR_FREE : RMS_FLOOR_PRICE;
}

static int64_t unit_of(const struct rms_serve *inst)
{
  int64_t unit = 0;
  for (size_t p = 0; p < inst->n_pools; p++) {
    int64_t a = inst->pools[p].cost, b = unit;
    while (b != 0) {
      const int64_t rest = a % b;
      a = b;
      b = rest;
    }
    unit = a;
  }
  return unit == 0 ? 1 : unit;
}

/* The least reachable cost that is not below the bound; far too large ones prove nothing. */
static int64_t round_up(const struct rms_serve *inst, double bound)
{
  const int64_t unit = unit_of(inst);
  if (!(bound > 0) || bound > 1e15) return 0;
  return (int64_t)ceil(bound / (double)unit * (1 - 1e-12)) * unit;
}

static void find_free(struct rms_floor *floor, const struct rms_serve *inst)
{
  double w[RMS_SERVE_KINDS_MAX];
  for (int by_memory = 0; by_memory < 2; by_memory++) {
    struct rms_dual_prices prices;
    rms_dual_uniform(inst, by_memory, w);
    rms_dual_repair(inst, w, RMS_DUAL_FREE, &prices);
    const double bound = rms_dual_value(inst, &prices, NULL);
    if (!isfinite(bound) || (floor->is_known && bound <= floor->bound)) continue;
    *floor = (struct rms_floor){
        .is_known = true, .bound = bound, .least = round_up(inst, bound), .prices = prices};
  }
}

/* ---- prices: the climb runs under a host that keeps its plans to itself ---- */

static int keep_quiet(void *ctx, const struct rms_incumbent *inc)
{
  (void)ctx;
  (void)inc;
  return 0;
}

static void take_point(struct rms_floor *floor, const struct rms_prices *p)
{
  const double bound = nextafter((double)p->bound / (double)p->options.denominator, 0);
  if (p->n_steps == 0 || (floor->is_known && bound <= floor->bound)) return;
  const struct rms_price_point *point = &p->steps[p->best_step].point;
  *floor = (struct rms_floor){.is_known = true,
                              .bound = bound,
                              .least = rms_prices_ceiling(p),
                              .prices = {.denominator = p->options.denominator}};
  memcpy(floor->prices.kind, point->w, p->inst->n_kinds * sizeof *point->w);
  memcpy(floor->prices.stock, point->u, p->inst->n_pools * sizeof *point->u);
}

static int find_price(struct rms_floor *floor, const struct rms_serve *inst,
                      const struct rms_host *host, uint64_t work)
{
  struct rms_watch watch = {.host = host, .work = work};
  struct rms_host quiet = *host;
  struct rms_arena *arena = rms_arena_new();
  struct rms_prices *p = arena ? rms_arena_alloc(arena, 1, sizeof *p) : NULL;
  if (p == NULL) {
    rms_arena_free(arena);
    return RMS_E_NOMEM;
  }
  quiet.ctx = &watch;
  quiet.report = keep_quiet;
  quiet.should_stop = rms_watch_stop;
  *p = (struct rms_prices){.arena = arena,
                           .inst = inst,
                           .host = &quiet,
                           .options = {.denominator = DENOMINATOR, .steps = STEPS, .nodes = NODES},
                           .gap = INFINITY,
                           .told = -INFINITY};
  glp_term_out(GLP_OFF);
  int status = rms_prices_prepare(p);
  if (status >= 0) status = rms_prices_climb(p);
  if (status >= 0) take_point(floor, p);
  rms_prices_finish(p);
  return status < 0 ? status : RMS_OK;
}

int rms_floor_find(struct rms_floor *floor, const struct rms_serve *inst,
                   const struct rms_host *host, uint64_t work, enum rms_floor_kind kind)
{
  *floor = (struct rms_floor){0};
  if (kind == RMS_FLOOR_NONE) return RMS_OK;
  find_free(floor, inst);
  if (kind == RMS_FLOOR_FREE || inst->n_services == 0 || inst->n_kinds > RMS_COVER_KINDS_MAX ||
      !rms_prices_fits(inst))
    return RMS_OK;
  return find_price(floor, inst, host, work);
}

int rms_floor_report(const struct rms_floor *floor, const struct rms_host *host, uint64_t work,
                     uint64_t evaluations)
{
  const struct rms_incumbent event = {
      .size = sizeof event, .bound = floor->bound, .evaluations = evaluations, .work = work};
  return host->report(host->ctx, &event);
}

int64_t rms_floor_of(const struct rms_floor *floor, const struct rms_serve *inst,
                     const int64_t *need)
{
  return floor->is_known ? round_up(inst, rms_dual_value(inst, &floor->prices, need)) : 0;
}

double rms_floor_share(const struct rms_floor *floor, const struct rms_serve *inst, size_t s)
{
  double least = -1;
  if (!floor->is_known) return -1;
  for (size_t k = 0; k < inst->n_kinds; k++) {
    const int64_t rate = rms_serve_rate(inst, s, k);
    if (rate == 0) continue;
    const double share = (double)inst->services[s].demand / (double)rate *
                         ((double)floor->prices.kind[k] / (double)floor->prices.denominator);
    if (least < 0 || share < least) least = share;
  }
  return least;
}

int rms_floor_certify(const struct rms_floor *floor, const struct rms_serve *inst,
                      struct rms_serve_plan *plan)
{
  struct rms_serve_certificate *c = &plan->certificate;
  if (!floor->is_known) return RMS_OK;
  free(c->prices);
  free(c->stock_prices);
  *c = (struct rms_serve_certificate){.n_kinds = inst->n_kinds, .n_pools = inst->n_pools};
  c->prices = calloc(inst->n_kinds + 1, sizeof *c->prices);
  c->stock_prices = calloc(inst->n_pools + 1, sizeof *c->stock_prices);
  if (c->prices == NULL || c->stock_prices == NULL) return RMS_E_NOMEM;
  memcpy(c->prices, floor->prices.kind, inst->n_kinds * sizeof *c->prices);
  for (size_t p = 0; p < inst->n_pools; p++)
    c->stock_prices[p] = inst->pools[p].count < 0 ? 0 : floor->prices.stock[p];
  c->is_present = true;
  c->denominator = floor->prices.denominator;
  return RMS_OK;
}
