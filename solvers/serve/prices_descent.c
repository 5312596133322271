/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mend a rounded plan: one service at a time changes to another cheap pattern, always the change
 * after which the slices exceed the machines least; the one that changed rests for a while, and
 * forms that stay violated weigh more and more (breakout). What the dynamic programme of the core
 * search cannot hold in its levels, many services with many patterns each, is easy here; it proves
 * nothing. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "solvers/serve/prices.h"

enum { PATTERNS_MAX = 640, ALL_PATTERNS_MAX = 40000, LIST_NODES = 20000, PARTS = 8, REST = 5 };

struct descent {
  struct rms_prices *p;
  const struct rms_core_goal *goal;
  size_t n_keys;
  size_t *first;     /* [n_services + 1] into patterns */
  int64_t *patterns; /* [n * n_kinds] the one that the service has comes first */
  double *size;      /* [n * n_keys] what a pattern takes of every form, in shares of its limit */
  size_t *chosen;    /* [n_services] */
  int *rests_until;  /* [n_services] */
  double over[RMS_CORE_TESTS_MAX], weight[RMS_CORE_TESTS_MAX];
};

/* ---- patterns ---- */

/* The cheapest ones, as many as a part of the slack gives within `most`. */
static size_t list_cheapest(const struct descent *d, size_t s, size_t most, int64_t *covers)
{
  const struct rms_prices *p = d->p;
  const size_t width = p->inst->n_kinds;
  const struct rms_cover_prices prices = {
      .n_kinds = width, .price = d->goal->price, .is_open = p->is_open, .node_limit = LIST_NODES};
  const int64_t *rate = p->inst->throughput + s * width;
  int64_t y[RMS_SERVE_KINDS_MAX];
  rms_wide values[PATTERNS_MAX], least, part = d->goal->slack;
  size_t n = 0;
  rms_cover_solve(&prices, rate, p->inst->services[s].demand, y, &least);
  for (int i = 0; i < PARTS; i++, part /= 3)
    if (rms_cover_list(&prices, rate, p->inst->services[s].demand, least + part, most, covers,
                       values, &n))
      break;
  return n;
}

/* The pattern that the service has, those of the active steps, the cheapest ones. */
static size_t list_patterns(const struct descent *d, size_t s, size_t most, int64_t *patterns)
{
  const struct rms_prices *p = d->p;
  const size_t width = p->inst->n_kinds;
  size_t n = 1;
  memcpy(patterns, p->slices + s * width, width * sizeof *patterns);
  for (size_t j = p->n_steps; j-- > 0 && n < most / 4;) {
    if (!p->steps[j].slices || p->steps[j].weight < 1e-9) continue;
    for (size_t k = 0; k < width; k++) patterns[n * width + k] = p->steps[j].slices[s * width + k];
    n++;
  }
  return n + list_cheapest(d, s, most - n, patterns + n * width);
}

static void measure(struct descent *d, size_t from, size_t to)
{
  const struct rms_core_goal *goal = d->goal;
  const size_t width = d->p->inst->n_kinds;
  for (size_t c = from; c < to; c++)
    for (size_t t = 0; t < d->n_keys; t++) {
      double sum = 0;
      for (size_t i = 0; i < goal->n_dimensions; i++)
        sum += (double)goal->tests[t].coefficient[i] *
               (double)d->patterns[c * width + goal->kind_of[i]];
      d->size[c * d->n_keys + t] = sum / fmax(1, (double)goal->tests[t].limit);
    }
}

static int prepare(struct descent *d, struct rms_arena *arena)
{
  const size_t n = d->p->inst->n_services, width = d->p->inst->n_kinds;
  size_t most = ALL_PATTERNS_MAX / n;
  if (most > PATTERNS_MAX) most = PATTERNS_MAX;
  if (most < 12) most = 12;
  d->first = rms_arena_alloc(arena, n + 1, sizeof *d->first);
  d->patterns = rms_arena_alloc(arena, n * most * width, sizeof *d->patterns);
  d->size = rms_arena_alloc(arena, n * most * d->n_keys, sizeof *d->size);
  d->chosen = rms_arena_alloc(arena, n, sizeof *d->chosen);
  d->rests_until = rms_arena_alloc(arena, n, sizeof *d->rests_until);
  if (!d->first || !d->patterns || !d->size || !d->chosen || !d->rests_until) return RMS_E_NOMEM;
  for (size_t t = 0; t < d->n_keys; t++) {
    d->over[t] = d->goal->tests[t].limit > 0 ? -1 : 0; /* sizes are shares of the limit */
    d->weight[t] = 1;
  }
  for (size_t s = 0; s < n && !rms_prices_tick(d->p, 100); s++) {
    d->first[s + 1] = d->first[s] + list_patterns(d, s, most, d->patterns + d->first[s] * width);
    measure(d, d->first[s], d->first[s + 1]);
    d->chosen[s] = d->first[s];
    for (size_t t = 0; t < d->n_keys; t++) d->over[t] += d->size[d->chosen[s] * d->n_keys + t];
  }
  return RMS_OK;
}

/* ---- moves ---- */

#define TOLERANCE 1e-12

static double badness(const struct descent *d, const double *over)
{
  double sum = 0;
  for (size_t t = 0; t < d->n_keys; t++)
    if (over[t] > TOLERANCE) sum += d->weight[t] * over[t];
  return sum;
}

/* Badness when pattern `to` takes the place of `from`; `least` and above: not better. */
static double badness_after(const struct descent *d, size_t from, size_t to, double least)
{
  const double *old = d->size + from * d->n_keys, *new = d->size + to * d->n_keys;
  double sum = 0;
  for (size_t t = 0; t < d->n_keys && sum < least; t++) {
    const double over = d->over[t] - old[t] + new[t];
    if (over > TOLERANCE) sum += d->weight[t] * over;
  }
  return sum;
}

static void move(struct descent *d, size_t s, size_t to)
{
  for (size_t t = 0; t < d->n_keys; t++)
    d->over[t] += d->size[to * d->n_keys + t] - d->size[d->chosen[s] * d->n_keys + t];
  d->chosen[s] = to;
}

/* The best change of one service that does not rest. False: there is none. */
static bool step(struct descent *d, int now)
{
  const size_t n = d->p->inst->n_services;
  const double before = badness(d, d->over);
  double least = INFINITY;
  size_t service = n, pattern = 0;
  for (size_t s = 0; s < n; s++) {
    if (d->rests_until[s] > now) continue;
    for (size_t c = d->first[s]; c < d->first[s + 1]; c++) {
      if (c == d->chosen[s]) continue;
      const double here = badness_after(d, d->chosen[s], c, least);
      if (here >= least) continue;
      least = here;
      service = s;
      pattern = c;
    }
  }
  if (service == n) return false;
  if (least >= before)
    for (size_t t = 0; t < d->n_keys; t++)
      if (d->over[t] > TOLERANCE) d->weight[t] *= 1.3;
  move(d, service, pattern);
  d->rests_until[service] = now + 1 + (int)(n < REST ? n / 2 : REST);
  return true;
}

/* In integers; the floating-point sums only guided. */
static int offer(struct descent *d)
{
  struct rms_prices *p = d->p;
  const size_t width = p->inst->n_kinds;
  int64_t total[RMS_SERVE_KINDS_MAX] = {0};
  const int64_t before = p->has_plan ? p->cost : INT64_MAX;
  for (size_t s = 0; s < p->inst->n_services; s++)
    for (size_t k = 0; k < width; k++) {
      p->slices[s * width + k] = d->patterns[d->chosen[s] * width + k];
      total[k] += p->slices[s * width + k];
    }
  const int status = rms_prices_offer(p, p->slices, total);
  if (status < 0) return status;
  return p->has_plan && p->cost < before ? RMS_CORE_FOUND : RMS_CORE_CUT_SHORT;
}

int rms_prices_descend(struct rms_prices *p, const struct rms_core_goal *goal, int steps)
{
  struct descent d = {.p = p, .goal = goal, .n_keys = goal->n_keys};
  struct rms_arena *arena = rms_arena_new();
  int end = arena ? prepare(&d, arena) : RMS_E_NOMEM;
  const size_t n = p->inst->n_services;
  if (end == RMS_OK) end = RMS_CORE_CUT_SHORT;
  for (int i = 0; i < steps && end == RMS_CORE_CUT_SHORT && !p->is_stopped; i++) {
    if (badness(&d, d.over) <= 0) end = offer(&d);
    if (end != RMS_CORE_CUT_SHORT || !step(&d, i)) break;
    rms_prices_tick(p, 1 + d.first[n] / 64);
  }
  rms_arena_free(arena);
  return end;
}
