/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>

#include "solvers/serve/evolve_state.h"

void rms_evolve_weigh(struct rms_evolve *ga, struct rms_individual *one, size_t first)
{
  rms_deployment_slack(&one->plan, ga->map, ga->slack);
  rms_deployment_drop(&one->plan, ga->map, ga->slack, first);
  one->surplus = rms_deployment_surplus(ga->map, ga->slack);
  one->hash = rms_deployment_hash(&one->plan, ga->map);
}

/* ---- crossover ---- */

/* Every machine of `one` with probability 1/2; then those of `other` that serve nobody who has
 * enough already. */
static int cross(struct rms_evolve *ga, struct rms_deployment *child,
                 const struct rms_individual *one, const struct rms_individual *other,
                 struct rms_draws *draws)
{
  const size_t width = ga->map->width;
  int status = rms_deployment_copy(child, ga->map, &one->plan);
  for (size_t i = child->n; status >= 0 && i-- > 0;)
    if (rms_draws_below(draws, 2)) rms_deployment_remove(child, ga->map, i);
  rms_deployment_walk(child, &ga->walk);
  const size_t n = other->plan.n, first = n > 0 ? rms_draws_below(draws, n) : 0;
  for (size_t j = 0; status >= 0 && j < n; j++) {
    const uint32_t *gene = other->plan.genes + (first + j) % n * width;
    const struct rms_walk_cut *cut = &ga->map->cuts[gene[0]];
    bool is_useful = ga->walk.left[cut->pool] > 0;
    for (size_t k = 0; k < cut->n_slices && is_useful; k++)
      is_useful = gene[1 + k] == RMS_SERVE_IDLE || ga->walk.need[gene[1 + k]] > 0;
    if (!is_useful || !rms_walk_apply(&ga->walk, gene)) continue;
    status = rms_deployment_add(child, ga->map, gene, 1);
  }
  return status;
}

static int erase(struct rms_evolve *ga, struct rms_deployment *child,
                 const struct rms_individual *one, struct rms_draws *draws)
{
  const int status = rms_deployment_copy(child, ga->map, &one->plan);
  size_t n = (size_t)ceil(ga->setup.erase * (double)child->n);
  if (n > child->n) n = child->n;
  if (ga->setup.is_varied && n > 1) n = 1 + rms_draws_below(draws, n);
  for (size_t i = 0; status >= 0 && i < n; i++)
    rms_deployment_remove(child, ga->map, rms_draws_below(draws, child->n));
  rms_deployment_walk(child, &ga->walk);
  return status;
}

/* Services of two slices of one kind, on two machines, change places: nothing is gained or lost.
 * A few tries; no such pair, no mutation. */
static void mutate(const struct rms_evolve *ga, struct rms_deployment *child,
                   struct rms_draws *draws)
{
  enum { TRIES = 8 };
  const struct rms_walk_map *map = ga->map;
  for (int try = 0; try < TRIES && child->n > 1; try++) {
    uint32_t *a = child->genes + rms_draws_below(draws, child->n) * map->width;
    uint32_t *b = child->genes + rms_draws_below(draws, child->n) * map->width;
    const struct rms_walk_cut *x = &map->cuts[a[0]], *y = &map->cuts[b[0]];
    if (a == b || x->n_slices == 0 || y->n_slices == 0) continue;
    const size_t i = rms_draws_below(draws, x->n_slices);
    const size_t first = rms_draws_below(draws, y->n_slices);
    for (size_t k = 0; k < y->n_slices; k++) {
      const size_t j = (first + k) % y->n_slices;
      if (y->kind[j] != x->kind[i] || a[1 + i] == b[1 + j]) continue;
      const uint32_t swap = a[1 + i];
      a[1 + i] = b[1 + j];
      b[1 + j] = swap;
      return;
    }
  }
}

/* ---- refill ---- */

/* Complete from ga->walk into ga->tail. 0, 1: stopped, 2: stuck, RMS_E_NOMEM. */
static int refill_fast(struct rms_evolve *ga)
{
  struct rms_poll poll = rms_evolve_poll(ga);
  ga->tail.n = 0;
  ga->tail.cost = 0;
  const int end =
      rms_deployment_complete(&ga->tail, &ga->walk, ga->refill, &ga->state, &ga->scratch, &poll);
  if (end < 0) return end;
  if (end == RMS_COMPLETE_STOPPED || rms_evolve_tick(ga)) return 1;
  return end == RMS_COMPLETE_STUCK ? 2 : 0;
}

int rms_evolve_refill_slow(struct rms_evolve *ga, const struct rms_deployment *child,
                           struct rms_draws *draws)
{
  const struct rms_slow_watch watch = {.stop = rms_watch_stop, .ctx = &ga->watch};
  const int64_t floor = rms_floor_of(&ga->floor, ga->inst, ga->walk.need);
  const int fast = refill_fast(ga);
  if (fast < 0 || fast == 1) return fast;
  const int64_t greedy = fast == 0 ? ga->tail.cost : INT64_MAX;
  const uint32_t *genes = NULL;
  size_t n = 0;
  rms_deployment_walk(child, &ga->walk);
  rms_slow_begin(ga->slow, &ga->walk, greedy, floor);
  for (uint64_t i = 0; i < ga->setup.rollouts && greedy > floor; i++) {
    const int status = rms_slow_rollout(ga->slow, draws, &watch);
    if (status < 0) return status;
    if (rms_evolve_tick(ga)) return 1;
    if (status == RMS_SLOW_BETTER && rms_slow_best(ga->slow, &genes, &n) <= floor) break;
  }
  const int64_t best = rms_slow_best(ga->slow, &genes, &n);
  if (best > greedy || best == INT64_MAX) return fast;
  ga->tail.n = 0;
  ga->tail.cost = 0;
  return rms_deployment_add(&ga->tail, ga->map, genes, n);
}

static int refill(struct rms_evolve *ga, const struct rms_deployment *child,
                  struct rms_draws *draws)
{
  const enum rms_refill how = ga->setup.refill;
  const bool is_slow =
      how == RMS_REFILL_SLOW || (how == RMS_REFILL_MIXED && rms_draws_below(draws, 2) == 0);
  return is_slow ? rms_evolve_refill_slow(ga, child, draws) : refill_fast(ga);
}

/* ---- a round ---- */

const struct rms_individual *rms_evolve_parent(const struct rms_evolve *ga, struct rms_draws *draws)
{
  const uint32_t a = rms_draws_below(draws, ga->n), b = rms_draws_below(draws, ga->n);
  return ga->all[a < b ? a : b];
}

int rms_evolve_breed(struct rms_evolve *ga, struct rms_individual *child)
{
  struct rms_draws draws;
  rms_draws_begin(&draws, ga->host, RMS_EVOLVE_CHILDREN, ga->bred++);
  const struct rms_individual *one = rms_evolve_parent(ga, &draws),
                              *other = rms_evolve_parent(ga, &draws);
  const bool has_two = rms_draws_below(&draws, 1 << 20) < ga->setup.two_parents * (1 << 20);
  int status =
      has_two ? cross(ga, &child->plan, one, other, &draws) : erase(ga, &child->plan, one, &draws);
  if (status == 0) status = refill(ga, &child->plan, &draws);
  if (status == 0) status = rms_deployment_add(&child->plan, ga->map, ga->tail.genes, ga->tail.n);
  if (status != 0) return status;
  for (size_t i = 0; i < ga->setup.mutations; i++) mutate(ga, &child->plan, &draws);
  rms_evolve_weigh(ga, child, rms_draws_below(&draws, child->plan.n + 1));
  return 0;
}

/* Cheaper first, then more surplus; the hash makes it a total order. */
static int compare_individuals(const void *a, const void *b)
{
  const struct rms_individual *x = *(struct rms_individual *const *)a,
                              *y = *(struct rms_individual *const *)b;
  if (x->plan.cost != y->plan.cost) return x->plan.cost < y->plan.cost ? -1 : 1;
  if (x->surplus > y->surplus || x->surplus < y->surplus) return x->surplus > y->surplus ? -1 : 1;
  return (x->hash > y->hash) - (x->hash < y->hash);
}

void rms_evolve_select(struct rms_evolve *ga, size_t n)
{
  qsort(ga->all, n, sizeof ga->all[0], compare_individuals);
  ga->n = n > 0;
  for (size_t i = 1; i < n && ga->n < ga->setup.population; i++) {
    if (ga->all[i]->hash == ga->all[ga->n - 1]->hash) continue;
    struct rms_individual *swap = ga->all[ga->n];
    ga->all[ga->n++] = ga->all[i];
    ga->all[i] = swap;
  }
}
