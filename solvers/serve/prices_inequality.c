/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which numbers of machines of a given cost the inequalities leave. What is decided here in
 * floating point is rounded towards keeping a point; what is kept is tested in integers. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "solvers/serve/prices_counts.h"

int rms_counts_add(struct rms_counts *c, size_t step, rms_wide value)
{
  int status = rms_grow(&c->vectors, &c->vectors_capacity, c->n_vectors + 1, sizeof *c->vectors);
  if (status < 0) return status;
  struct rms_counts_vector *v = &c->vectors[c->n_vectors++];
  v->step = step;
  v->value = value;
  v->is_joint = false;
  for (size_t i = 0; i < c->n_pools; i++)
    v->worth[i] = rms_prices_dearest(c->p, c->pools[i], c->p->steps[step].point.w);
  return RMS_OK;
}

rms_wide rms_counts_worth(const struct rms_counts *c, const struct rms_counts_vector *v,
                          const int64_t *n)
{
  rms_wide sum = 0;
  for (size_t i = 0; i < c->n_pools; i++) sum += v->worth[i] * n[i];
  return sum;
}

static bool may_refute(const struct rms_counts *c, size_t j)
{
  return !c->is_used || c->is_used[j];
}

double rms_counts_room_under(const struct rms_counts_vector *v, const struct rms_counts *c,
                             const int64_t *n)
{
  const rms_wide worth = rms_counts_worth(c, v, n);
  return worth > 0 ? (double)(worth - v->value) / (double)worth : v->value > 0 ? -1 : INFINITY;
}

double rms_counts_room(const struct rms_counts *c, const int64_t *n, size_t *tightest)
{
  double room = INFINITY;
  for (size_t j = 0; j < c->n_vectors; j++) {
    if (!may_refute(c, j)) continue;
    const double here = rms_counts_room_under(&c->vectors[j], c, n);
    if (here < room) *tightest = j;
    if (here < 0) return here;
    room = fmin(room, here);
  }
  return room;
}

size_t rms_counts_tests(const struct rms_counts *c, const int64_t *n, size_t most, size_t *tests)
{
  double room[RMS_CORE_TESTS_MAX];
  size_t used = 0;
  for (size_t j = 0; j < c->n_vectors; j++) {
    const double here = rms_counts_room_under(&c->vectors[j], c, n);
    size_t at = used < most ? used : most;
    for (; at > 0 && room[at - 1] > here; at--)
      if (at < most) {
        room[at] = room[at - 1];
        tests[at] = tests[at - 1];
      }
    if (at == most) continue;
    room[at] = here;
    tests[at] = j;
    if (used < most) used++;
  }
  return used;
}

/* ---- all points of one cost ---- */

struct range {
  double least, most;
};

/* Machines of the last pool but one that the inequalities leave, when the last pool takes the rest
 * of the cost. */
static struct range range_of(const struct rms_counts *c, const int64_t *n, double rest)
{
  const size_t i = c->n_pools - 2;
  const struct rms_serve_pool *last = &c->p->inst->pools[c->pools[i + 1]];
  const double price = (double)c->p->inst->pools[c->pools[i]].cost, price_last = (double)last->cost;
  struct range r = {0, rest / price};
  if (last->count >= 0) r.least = fmax(0, (rest - price_last * (double)last->count) / price);
  for (size_t j = 0; j < c->n_vectors; j++) {
    const struct rms_counts_vector *v = &c->vectors[j];
    const double per_last = (double)v->worth[i + 1] / price_last;
    const double slope = (double)v->worth[i] - per_last * price;
    double need = (double)v->value - per_last * rest;
    if (!may_refute(c, j)) continue;
    for (size_t h = 0; h < i; h++) need -= (double)v->worth[h] * (double)n[h];
    const double blur = 1e-9 * (double)v->value;
    if (slope > 1e-6 * price * per_last) r.least = fmax(r.least, (need - blur) / slope);
    if (slope < -1e-6 * price * per_last) r.most = fmin(r.most, (need - blur) / slope);
  }
  return (struct range){fmax(0, floor(r.least - 1e-6)), ceil(r.most + 1e-6)};
}

static int64_t most_of(const struct rms_counts *c, size_t i, int64_t rest)
{
  const struct rms_serve_pool *pool = &c->p->inst->pools[c->pools[i]];
  const int64_t most = rest / pool->cost;
  return pool->count >= 0 && pool->count < most ? pool->count : most;
}

/* Could the pools from i on, for the rest of the cost, be worth what is missing? */
static bool is_possible(const struct rms_counts *c, const int64_t *n, size_t i, int64_t rest)
{
  for (size_t j = 0; j < c->n_vectors; j++) {
    const struct rms_counts_vector *v = &c->vectors[j];
    double need = (double)v->value * (1 - 1e-9), best = 0;
    if (!may_refute(c, j)) continue;
    for (size_t h = 0; h < i; h++) need -= (double)v->worth[h] * (double)n[h];
    for (size_t h = i; h < c->n_pools; h++)
      best = fmax(best, (double)v->worth[h] / (double)c->p->inst->pools[c->pools[h]].cost);
    if (best * (double)rest < need) return false;
  }
  return true;
}

/* Pools i.. cost `rest` exactly. Depth: pools. False: enough. */
static bool visit_from(struct rms_counts *c, int64_t *n, size_t i, int64_t rest,
                       bool (*visit)(struct rms_counts *c, const int64_t *n))
{
  const int64_t cost = c->p->inst->pools[c->pools[i]].cost;
  int64_t first = 0, last = most_of(c, i, rest);
  bool goes_on = true;
  if (i + 1 == c->n_pools) {
    n[i] = rest / cost;
    return rest % cost || n[i] > last || visit(c, n);
  }
  if (rms_prices_tick(c->p, 1)) return false;
  if (!is_possible(c, n, i, rest)) return true;
  if (i + 2 == c->n_pools) {
    const struct range r = range_of(c, n, (double)rest);
    if (r.least > (double)first) first = (int64_t)fmin(r.least, 1e15);
    if (r.most < (double)last) last = (int64_t)fmax(r.most, -1);
  }
  for (int64_t m = first; m <= last && goes_on; m++) {
    n[i] = m;
    goes_on = visit_from(c, n, i + 1, rest - m * cost, visit);
  }
  return goes_on;
}

void rms_counts_visit(struct rms_counts *c, int64_t cost,
                      bool (*visit)(struct rms_counts *c, const int64_t *n))
{
  int64_t n[RMS_SERVE_POOLS_MAX] = {0};
  if (c->n_pools) visit_from(c, n, 0, cost, visit);
}
