/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which services are worth being in the core. */
#include <math.h>
#include <stdlib.h>

#include "solvers/serve/prices_core.h"

struct ordering {
  const struct rms_prices *p;
  const struct rms_core_goal *goal;
  bool is_tight[RMS_CORE_TESTS_MAX]; /* at the steps' weighted mean the test has hardly any room */
};

#define TIGHT 1e-3 /* of the limit */

static rms_wide price_of(const struct rms_core_goal *goal, size_t width, const uint32_t *y)
{
  rms_wide sum = 0;
  for (size_t k = 0; k < width; k++) sum += (rms_wide)goal->price[k] * y[k];
  return sum;
}

/* The steps whose patterns are looked at: those with weight, and the best one. */
static bool is_active(const struct rms_prices *p, size_t j)
{
  return p->steps[j].slices && (p->steps[j].weight > 0 || j == p->best_step);
}

/* Cheapest pattern that an active step has for the service; NULL: there is none. */
static const uint32_t *cheapest_pattern(const struct rms_prices *p,
                                        const struct rms_core_goal *goal, size_t s)
{
  const size_t width = p->inst->n_kinds;
  const uint32_t *best = NULL;
  rms_wide least = 0;
  for (size_t j = 0; j < p->n_steps; j++) {
    if (!is_active(p, j)) continue;
    const uint32_t *y = p->steps[j].slices + s * width;
    const rms_wide price = price_of(goal, width, y);
    if (best && price >= least) continue;
    best = y;
    least = price;
  }
  return best;
}

static void find_tight(struct ordering *o)
{
  const struct rms_prices *p = o->p;
  for (size_t t = 0; t < o->goal->n_keys; t++) {
    const struct rms_core_test *test = &o->goal->tests[t];
    double sum = 0, weights = 0;
    for (size_t j = 0; j < p->n_steps; j++) {
      weights += p->steps[j].weight;
      for (size_t i = 0; p->steps[j].weight > 0 && i < o->goal->n_dimensions; i++)
        sum += p->steps[j].weight * (double)test->coefficient[i] *
               (double)p->steps[j].total[o->goal->kind_of[i]];
    }
    o->is_tight[t] = weights <= 0 || sum >= weights * (double)test->limit * (1 - TIGHT);
  }
}

/* How far two patterns are apart in the tests that bind, in shares of their limits. */
static double distance(const struct ordering *o, const uint32_t *a, const uint32_t *b)
{
  double sum = 0;
  for (size_t t = 0; t < o->goal->n_keys; t++) {
    const struct rms_core_test *test = &o->goal->tests[t];
    double shift = 0;
    for (size_t i = 0; o->is_tight[t] && i < o->goal->n_dimensions; i++) {
      const size_t k = o->goal->kind_of[i];
      shift += (double)test->coefficient[i] * ((double)a[k] - (double)b[k]);
    }
    sum += fabs(shift) / fmax(1, (double)test->limit);
  }
  return sum;
}

static struct rms_core_candidate judge_service(const struct ordering *o, size_t s)
{
  const struct rms_prices *p = o->p;
  const size_t width = p->inst->n_kinds;
  const uint32_t *best = cheapest_pattern(p, o->goal, s);
  struct rms_core_candidate c = {.service = s, .extra = INFINITY};
  if (!best) return c;
  const rms_wide least = price_of(o->goal, width, best);
  for (size_t j = 0; j < p->n_steps; j++) {
    if (!is_active(p, j)) continue;
    const uint32_t *y = p->steps[j].slices + s * width;
    const double far = distance(o, y, best);
    if (far > 0) c.extra = fmin(c.extra, (double)(price_of(o->goal, width, y) - least) / far);
  }
  return c;
}

static int compare_candidates(const void *left, const void *right)
{
  const struct rms_core_candidate *a = left, *b = right;
  if (a->extra != b->extra) return a->extra < b->extra ? -1 : 1;
  return (a->service > b->service) - (a->service < b->service);
}

int rms_core_order(const struct rms_prices *p, const struct rms_core_goal *goal,
                   struct rms_core_candidate **result)
{
  struct ordering ordering = {.p = p, .goal = goal};
  size_t n = p->inst->n_services;
  struct rms_core_candidate *order = malloc(n * sizeof *order);
  if (!order) return RMS_E_NOMEM;
  find_tight(&ordering);
  for (size_t s = 0; s < n; s++) order[s] = judge_service(&ordering, s);
  qsort(order, n, sizeof *order, compare_candidates);
  *result = order;
  return RMS_OK;
}

/* What a service pays above its least. */
static rms_wide extra_of(const struct rms_prices *p, const struct rms_core_goal *goal, size_t s,
                         const uint32_t *best)
{
  const size_t width = p->inst->n_kinds;
  rms_wide extra = -price_of(goal, width, best);
  for (size_t k = 0; k < width; k++) extra += (rms_wide)goal->price[k] * p->slices[s * width + k];
  return extra;
}

void rms_core_settle(struct rms_prices *p, const struct rms_core_goal *goal,
                     const struct rms_core_candidate *order, size_t size)
{
  const size_t width = p->inst->n_kinds;
  rms_wide sum = 0;
  for (size_t i = size; i < p->inst->n_services; i++) {
    const uint32_t *best = cheapest_pattern(p, goal, order[i].service);
    if (best) sum += extra_of(p, goal, order[i].service, best);
  }
  if (2 * sum < goal->slack) return;
  for (size_t i = size; i < p->inst->n_services; i++) {
    const uint32_t *best = cheapest_pattern(p, goal, order[i].service);
    if (!best || extra_of(p, goal, order[i].service, best) <= 0) continue;
    for (size_t k = 0; k < width; k++) p->slices[order[i].service * width + k] = best[k];
  }
}
