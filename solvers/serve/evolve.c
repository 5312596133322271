/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solvers/serve/evolve.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "solvers/serve/greedy.h"
#include "solvers/serve/letter.h"
#include "solvers/serve/repack.h"
#include "solvers/serve/reslice.h"
#include "solvers/serve/watch.h"

enum { CHILD_STREAM = 2, START_STREAM = 3, LOCAL_STREAM = 4, TOTALS_STREAM = 5, WEIGHTS = 3 };
enum { REPACK_SIZE = 6, REPACK_NODES = 60, REPACK_MACHINES = 6 };

struct individual {
  struct rms_deployment plan;
  double surplus;
  uint64_t hash;
};

struct evolve {
  const struct rms_serve *inst;
  struct rms_evolve_setup setup;
  struct rms_arena *arena;
  struct rms_walk_map *map;
  struct rms_slow *slow;
  struct rms_completer *fast, *refill; /* the rule of the first plan; capped, for refills */
  struct rms_completion state;
  struct rms_walk walk;
  struct rms_repack *repack;   /* NULL: no local search */
  struct rms_arena *lists;     /* of one solve */
  struct rms_reslice *reslice; /* NULL: no search in slice totals */
  int64_t *slack;
  uint32_t *order; /* [n_services] of a random greedy run */
  size_t most;     /* machines of a plan that is searched on */

  /* one solve */
  const struct rms_host *host;
  struct rms_floor floor;
  struct rms_watch watch;
  size_t n; /* individuals alive, best first */
  struct individual *all[2 * RMS_POPULATION_MAX];
  struct rms_deployment best, tail;
  struct rms_serve_plan scratch;
  struct rms_letter letter;
  bool has_best;
  uint64_t work, evaluations, bred, tried, rounds, idle;
};

void rms_evolve_close(void *self)
{
  struct evolve *ga = self;
  if (ga == NULL) return;
  for (size_t i = 0; i < 2 * RMS_POPULATION_MAX; i++)
    if (ga->all[i] != NULL) rms_deployment_fini(&ga->all[i]->plan);
  rms_deployment_fini(&ga->best);
  rms_deployment_fini(&ga->tail);
  rms_serve_plan_fini(&ga->scratch);
  rms_letter_fini(&ga->letter);
  rms_arena_free(ga->lists);
  rms_slow_close(ga->slow);
  rms_completer_close(ga->fast);
  rms_completer_close(ga->refill);
  rms_completion_fini(&ga->state);
  rms_arena_free(ga->arena);
  free(ga);
}

static int new_individuals(struct evolve *ga)
{
  const size_t n = ga->setup.population + ga->setup.children;
  struct individual *all = rms_arena_alloc(ga->arena, n, sizeof *all);
  if (all == NULL) return RMS_E_NOMEM;
  for (size_t i = 0; i < n; i++) ga->all[i] = &all[i];
  return RMS_OK;
}

int rms_evolve_open(void **self, const struct rms_instance *inst,
                    const struct rms_evolve_setup *setup)
{
  int status = RMS_OK;
  const struct rms_rule_setup capped = {.rule = RMS_RULE_CAPPED, .weight = setup->slow.menu.weight};
  struct rms_slow_setup slow = setup->slow;
  struct evolve *ga = calloc(1, sizeof *ga);
  if (ga == NULL) return RMS_E_NOMEM;
  ga->inst = rms_serve_of(inst);
  ga->setup = *setup;
  slow.memory = setup->slow.memory / 2;
  ga->arena = rms_arena_new();
  if (ga->arena == NULL) RMS_TRY(RMS_E_NOMEM);
  RMS_TRY(rms_walk_map_new(&ga->map, ga->arena, ga->inst));
  RMS_TRY(rms_walk_init(&ga->walk, ga->arena, ga->map));
  if (setup->local > 0) RMS_TRY(rms_repack_new(&ga->repack, ga->arena, ga->map, REPACK_SIZE));
  ga->slack = rms_arena_alloc(ga->arena, ga->inst->n_services, sizeof *ga->slack);
  ga->order = rms_arena_alloc(ga->arena, ga->inst->n_services, sizeof *ga->order);
  if (ga->slack == NULL || ga->order == NULL) RMS_TRY(RMS_E_NOMEM);
  RMS_TRY(new_individuals(ga));
  RMS_TRY(rms_completion_init(&ga->state, ga->inst));
  status = rms_completer_open(&ga->fast, ga->inst, &setup->fast);
  if (status == RMS_E_LIMIT) status = rms_completer_open(&ga->fast, ga->inst, &capped);
  RMS_TRY(status);
  RMS_TRY(rms_completer_open(&ga->refill, ga->inst, &capped));
  RMS_TRY(rms_slow_open(&ga->slow, ga->map, &slow));
  ga->most = setup->slow.memory / 2 /
             ((setup->population + setup->children + 4) * ga->map->width * sizeof(uint32_t));
  *self = ga;
  ga = NULL;
out:
  rms_evolve_close(ga);
  return status;
}

/* ---- the best so far ---- */

static bool is_closed(const struct evolve *ga)
{
  return ga->has_best && ga->floor.is_known && ga->best.cost <= ga->floor.least;
}

static int report_best(struct evolve *ga)
{
  return rms_deployment_report(ga->host, &ga->best, ga->map, &ga->floor, ga->work, ga->evaluations);
}

static int offer(struct evolve *ga, const struct rms_deployment *plan)
{
  if (ga->has_best && plan->cost >= ga->best.cost) return 0;
  const int status = rms_deployment_copy(&ga->best, ga->map, plan);
  if (status < 0) return status;
  ga->has_best = true;
  ga->idle = 0;
  return report_best(ga);
}

/* Count a completion; nonzero: stop. */
static int tick(struct evolve *ga)
{
  ga->watch.work = ++ga->work;
  ga->evaluations++;
  return ga->host->should_stop(ga->host->ctx, ga->work);
}

static struct rms_poll poll_of(struct evolve *ga)
{
  return (struct rms_poll){.stop = rms_watch_stop, .ctx = &ga->watch};
}

/* Drop what is redundant, weigh. */
static void weigh(struct evolve *ga, struct individual *one, size_t first)
{
  rms_deployment_slack(&one->plan, ga->map, ga->slack);
  rms_deployment_drop(&one->plan, ga->map, ga->slack, first);
  one->surplus = rms_deployment_surplus(ga->map, ga->slack);
  one->hash = rms_deployment_hash(&one->plan, ga->map);
}

/* ---- crossover ---- */

/* Every machine of `one` with probability 1/2; then those of `other` that serve nobody who has
 * enough already. */
static int cross(struct evolve *ga, struct rms_deployment *child, const struct individual *one,
                 const struct individual *other, struct rms_draws *draws)
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

static int erase(struct evolve *ga, struct rms_deployment *child, const struct individual *one,
                 struct rms_draws *draws)
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
static void mutate(const struct evolve *ga, struct rms_deployment *child, struct rms_draws *draws)
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
static int refill_fast(struct evolve *ga)
{
  struct rms_poll poll = poll_of(ga);
  ga->tail.n = 0;
  ga->tail.cost = 0;
  const int end =
      rms_deployment_complete(&ga->tail, &ga->walk, ga->refill, &ga->state, &ga->scratch, &poll);
  if (end < 0) return end;
  if (end == RMS_COMPLETE_STOPPED || tick(ga)) return 1;
  return end == RMS_COMPLETE_STUCK ? 2 : 0;
}

static int refill_slow(struct evolve *ga, const struct rms_deployment *child,
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
    if (tick(ga)) return 1;
    if (status == RMS_SLOW_BETTER && rms_slow_best(ga->slow, &genes, &n) <= floor) break;
  }
  const int64_t best = rms_slow_best(ga->slow, &genes, &n);
  if (best > greedy || best == INT64_MAX) return fast;
  ga->tail.n = 0;
  ga->tail.cost = 0;
  return rms_deployment_add(&ga->tail, ga->map, genes, n);
}

static int refill(struct evolve *ga, const struct rms_deployment *child, struct rms_draws *draws)
{
  const enum rms_refill how = ga->setup.refill;
  const bool is_slow =
      how == RMS_REFILL_SLOW || (how == RMS_REFILL_MIXED && rms_draws_below(draws, 2) == 0);
  return is_slow ? refill_slow(ga, child, draws) : refill_fast(ga);
}

/* ---- a round ---- */

static const struct individual *choose_parent(const struct evolve *ga, struct rms_draws *draws)
{
  const uint32_t a = rms_draws_below(draws, ga->n), b = rms_draws_below(draws, ga->n);
  return ga->all[a < b ? a : b];
}

/* 0: `child` is a complete plan, 1: stopped, 2: it could not be completed; negative: a status. */
static int breed(struct evolve *ga, struct individual *child)
{
  struct rms_draws draws;
  rms_draws_begin(&draws, ga->host, CHILD_STREAM, ga->bred++);
  const struct individual *one = choose_parent(ga, &draws), *other = choose_parent(ga, &draws);
  const bool has_two = rms_draws_below(&draws, 1 << 20) < ga->setup.two_parents * (1 << 20);
  int status =
      has_two ? cross(ga, &child->plan, one, other, &draws) : erase(ga, &child->plan, one, &draws);
  if (status == 0) status = refill(ga, &child->plan, &draws);
  if (status == 0) status = rms_deployment_add(&child->plan, ga->map, ga->tail.genes, ga->tail.n);
  if (status != 0) return status;
  for (size_t i = 0; i < ga->setup.mutations; i++) mutate(ga, &child->plan, &draws);
  weigh(ga, child, rms_draws_below(&draws, child->plan.n + 1));
  return 0;
}

/* Cheaper first, then more surplus; the hash makes it a total order. */
static int compare_individuals(const void *a, const void *b)
{
  const struct individual *x = *(struct individual *const *)a, *y = *(struct individual *const *)b;
  if (x->plan.cost != y->plan.cost) return x->plan.cost < y->plan.cost ? -1 : 1;
  if (x->surplus > y->surplus || x->surplus < y->surplus) return x->surplus > y->surplus ? -1 : 1;
  return (x->hash > y->hash) - (x->hash < y->hash);
}

/* Of the first n, the best `population` different ones survive; the others are memory. */
static void select_survivors(struct evolve *ga, size_t n)
{
  qsort(ga->all, n, sizeof ga->all[0], compare_individuals);
  ga->n = n > 0;
  for (size_t i = 1; i < n && ga->n < ga->setup.population; i++) {
    if (ga->all[i]->hash == ga->all[ga->n - 1]->hash) continue;
    struct individual *swap = ga->all[ga->n];
    ga->all[ga->n++] = ga->all[i];
    ga->all[i] = swap;
  }
}

/* ---- local search ---- */

/* Take a few machines out of a survivor and complete it for less. `child` is scratch and, when 0
 * is returned, the better plan; 1: stopped, 2: not found, negative: a status. */
static int repack_one(struct evolve *ga, struct individual *child)
{
  struct rms_draws draws;
  rms_draws_begin(&draws, ga->host, LOCAL_STREAM, ga->tried++);
  const struct individual *one = choose_parent(ga, &draws);
  int status = rms_deployment_copy(&child->plan, ga->map, &one->plan);
  if (status < 0) return status;
  size_t n = 2 + rms_draws_below(&draws, REPACK_MACHINES - 1);
  if (n > child->plan.n) n = child->plan.n;
  for (size_t i = 0; i < n; i++)
    rms_deployment_remove(&child->plan, ga->map, rms_draws_below(&draws, child->plan.n));
  rms_deployment_walk(&child->plan, &ga->walk);
  const int found = rms_repack_try(ga->repack, &ga->walk, one->plan.cost - child->plan.cost,
                                   &ga->floor, REPACK_NODES, &draws, &ga->tail);
  if (found < 0) return found;
  if (tick(ga)) return 1;
  if (found == 0) return 2;
  status = rms_deployment_add(&child->plan, ga->map, ga->tail.genes, ga->tail.n);
  if (status >= 0) weigh(ga, child, 0);
  return status;
}

static int repack_round(struct evolve *ga)
{
  for (size_t i = 0; i < ga->setup.local && !is_closed(ga); i++) {
    int status = repack_one(ga, ga->all[ga->n]);
    if (status == 2) continue;
    if (status == 0) status = offer(ga, &ga->all[ga->n]->plan);
    if (status != 0) return status;
    select_survivors(ga, ga->n + 1);
  }
  return 0;
}

/* The tries of a round go on where the one before ended; they begin at a survivor, and what has
 * become cheaper than that joins the survivors. */
static int reslice_round(struct evolve *ga)
{
  struct rms_draws draws;
  if (ga->reslice == NULL || ga->n == 0) return 0;
  rms_draws_begin(&draws, ga->host, TOTALS_STREAM, ga->rounds);
  const struct individual *one = choose_parent(ga, &draws);
  int64_t below = one->plan.cost;
  rms_reslice_load(ga->reslice, &one->plan, &draws);
  for (uint64_t i = 0; i < ga->setup.totals && !is_closed(ga); i++) {
    const int64_t cost = rms_reslice_search(ga->reslice, ga->floor.least, below, &draws);
    if (tick(ga)) return 1;
    if (cost >= below) continue;
    struct individual *child = ga->all[ga->n];
    int status = rms_reslice_plan(ga->reslice, &child->plan, ga->most);
    if (status == RMS_E_LIMIT) return 0; /* the stock is too short for this plan */
    if (status >= 0) weigh(ga, child, 0);
    if (status >= 0) status = offer(ga, &child->plan);
    if (status != 0) return status;
    select_survivors(ga, ga->n + 1);
    below = cost;
  }
  return 0;
}

/* 0: go on, 1: stop, negative: a status. */
static int breed_round(struct evolve *ga)
{
  size_t n = ga->n;
  ga->idle++;
  for (size_t i = 0; i < ga->setup.children; i++) {
    int status = breed(ga, ga->all[n]);
    if (status == 2) continue;
    if (status == 0) status = offer(ga, &ga->all[n++]->plan);
    if (status != 0) return status;
    if (is_closed(ga)) return 0;
  }
  select_survivors(ga, n);
  ga->rounds++;
  const int status = repack_round(ga);
  return status != 0 ? status : reslice_round(ga);
}

/* ---- islands ---- */

static int take_migrant(struct evolve *ga, const struct rms_deployment *plan)
{
  if (plan->n > ga->most || !rms_deployment_walk(plan, &ga->walk)) return 0;
  struct individual *one = ga->all[ga->n];
  const int status = rms_deployment_copy(&one->plan, ga->map, plan);
  if (status < 0) return status;
  weigh(ga, one, 0);
  const int said = offer(ga, &one->plan);
  select_survivors(ga, ga->n + 1);
  return said;
}

static uint32_t columns_of(uint32_t islands)
{
  uint32_t columns = 1;
  while ((columns + 1) * (columns + 1) <= islands) columns++;
  return columns;
}

/* How many ring steps carry the news, and whose letters count. */
static uint32_t steps_of(const struct evolve *ga)
{
  const uint32_t islands = ga->host->islands;
  const enum rms_topology topology = ga->setup.topology;
  if (topology == RMS_TOPOLOGY_NONE) return 0;
  if (topology == RMS_TOPOLOGY_RING) return 1;
  return topology == RMS_TOPOLOGY_FULL ? islands : columns_of(islands);
}

static bool is_neighbour(const struct evolve *ga, uint32_t distance)
{
  if (distance == ga->host->islands) return false; /* our own came round */
  return ga->setup.topology != RMS_TOPOLOGY_TORUS || distance == 1 ||
         distance == columns_of(ga->host->islands);
}

static int take_letter(void *ctx, uint32_t distance, const void *bytes, size_t n)
{
  struct evolve *ga = ctx;
  if (!is_neighbour(ga, distance)) return 0;
  int status = rms_letter_read(&ga->letter, ga->map, bytes, n);
  if (status == RMS_E_FORMAT) return 0;
  for (size_t i = 0; status == 0 && i < ga->letter.n_plans; i++)
    status = take_migrant(ga, &ga->letter.plans[i]);
  return status;
}

static int migrate(struct evolve *ga)
{
  struct rms_text bytes = {0};
  struct rms_deployment *plans[RMS_LETTER_PLANS];
  size_t n = 0;
  for (; n < ga->n && n < ga->setup.migrants; n++) plans[n] = &ga->all[n]->plan;
  int status = rms_letter_write(&bytes, ga->map, NULL, 0, plans, n);
  if (status >= 0)
    status = rms_letter_pass(ga->host, ga->work, &bytes, steps_of(ga), take_letter, ga);
  rms_text_fini(&bytes);
  return status;
}

/* ---- the beginning ---- */

/* The fast algorithm from nothing. 0: a plan, 1: stopped, 2: stuck; LIMIT: too large to go on. */
static int begin_fast(struct evolve *ga)
{
  struct rms_poll poll = poll_of(ga);
  struct rms_serve_plan plan = {0};
  rms_completion_reset(&ga->state);
  int status = rms_complete(ga->fast, &ga->state, &plan, &poll);
  if (status == RMS_COMPLETE_DONE) {
    status = rms_plan_join(&plan);
    ga->evaluations = ga->work = ga->watch.work = 1;
    if (status == 0) status = rms_serve_report(ga->host, ga->inst, &plan, NAN, 0);
    if (status == 0) status = rms_deployment_of(&ga->best, ga->map, &plan, ga->most);
    ga->has_best = status == 0;
  } else if (status > 0) {
    status = status == RMS_COMPLETE_STOPPED ? 1 : 2;
  }
  rms_serve_plan_fini(&plan);
  return status;
}

static int find_floor(struct evolve *ga)
{
  const int status = rms_floor_find(&ga->floor, ga->inst, ga->host, ga->work, ga->setup.bound);
  if (status < 0 || !ga->floor.is_known) return status;
  for (size_t s = 0; ga->setup.has_prices && s < ga->inst->n_services; s++) {
    const double share = rms_floor_share(&ga->floor, ga->inst, s);
    if (share > 0) ga->map->share[s] = share;
  }
  if (is_closed(ga)) return report_best(ga);
  return rms_floor_report(&ga->floor, ga->host, ga->work, ga->evaluations);
}

static void shuffle_order(struct evolve *ga, struct rms_draws *draws)
{
  for (size_t s = 0; s < ga->inst->n_services; s++) {
    const size_t at = rms_draws_below(draws, s + 1);
    ga->order[s] = ga->order[at];
    ga->order[at] = (uint32_t)s;
  }
}

/* A greedy run with another weight, ties broken at random; the literal rule too when asked. */
static int begin_one(struct evolve *ga, size_t i, struct individual *one)
{
  struct rms_draws draws;
  struct rms_completer *completer = NULL;
  struct rms_poll poll = poll_of(ga);
  rms_draws_begin(&draws, ga->host, START_STREAM, i);
  shuffle_order(ga, &draws);
  const bool is_endgame = ga->setup.has_many_starts && i / WEIGHTS % 2 == 1;
  const struct rms_rule_setup rule = {.rule = is_endgame ? RMS_RULE_ENDGAME : RMS_RULE_CAPPED,
                                      .q = 2,
                                      .weight = (enum rms_weight)(i % WEIGHTS),
                                      .order = ga->order};
  int status = rms_completer_open(&completer, ga->inst, &rule);
  if (status < 0) return status == RMS_E_LIMIT ? 2 : status;
  one->plan.n = 0;
  one->plan.cost = 0;
  rms_walk_reset(&ga->walk);
  status =
      rms_deployment_complete(&one->plan, &ga->walk, completer, &ga->state, &ga->scratch, &poll);
  rms_completer_close(completer);
  if (status < 0) return status;
  if (tick(ga)) return 1;
  if (status == RMS_COMPLETE_DONE) weigh(ga, one, rms_draws_below(&draws, one->plan.n + 1));
  return status == RMS_COMPLETE_DONE ? 0 : status == RMS_COMPLETE_STOPPED ? 1 : 2;
}

static int begin_population(struct evolve *ga)
{
  size_t n = 0;
  if (ga->has_best) {
    const int status = rms_deployment_copy(&ga->all[n]->plan, ga->map, &ga->best);
    if (status < 0) return status;
    weigh(ga, ga->all[n], 0);
    const int said = offer(ga, &ga->all[n++]->plan);
    if (said != 0) return said;
  }
  for (size_t i = 0; i + 1 < ga->setup.population && !is_closed(ga); i++) {
    int status = begin_one(ga, i, ga->all[n]);
    if (status == 2) continue;
    if (status == 0) status = offer(ga, &ga->all[n++]->plan);
    if (status != 0) return status;
  }
  select_survivors(ga, n);
  ga->idle = 0;
  return 0;
}

/* Nobody is alive: the slow algorithm on the whole instance is what is left. */
static int begin_slow(struct evolve *ga)
{
  struct rms_draws draws;
  rms_draws_begin(&draws, ga->host, CHILD_STREAM, ga->bred++);
  struct individual *one = ga->all[0];
  one->plan.n = 0;
  one->plan.cost = 0;
  rms_walk_reset(&ga->walk);
  int status = refill_slow(ga, &one->plan, &draws);
  ga->idle++;
  if (status == 2) return 0;
  if (status == 0) status = rms_deployment_add(&one->plan, ga->map, ga->tail.genes, ga->tail.n);
  if (status != 0) return status;
  weigh(ga, one, 0);
  ga->n = 1;
  return offer(ga, &one->plan);
}

/* Before the first round, and so before the tree search has anything to say. */
static int begin_reslice(struct evolve *ga)
{
  if (ga->setup.totals == 0 || ga->n == 0) return 0;
  const struct rms_poll poll = poll_of(ga);
  const int status = rms_reslice_new(&ga->reslice, ga->lists, ga->map, &ga->floor, ga->best.cost,
                                     ga->setup.slow.memory / 4, &poll);
  return status < 0 ? status : reslice_round(ga);
}

/* ---- the loop ---- */

static int evolve(struct evolve *ga)
{
  int status = find_floor(ga);
  if (status == 0 && !is_closed(ga)) status = begin_population(ga);
  if (status == 0 && !is_closed(ga)) status = begin_reslice(ga);
  while (status == 0 && !is_closed(ga)) {
    if (ga->host->should_stop(ga->host->ctx, ga->work)) return RMS_STOPPED;
    if (ga->setup.idle > 0 && ga->idle >= ga->setup.idle) return RMS_FEASIBLE;
    if (ga->setup.rounds > 0 && ga->rounds >= ga->setup.rounds) return RMS_FEASIBLE;
    status = ga->n > 0 ? breed_round(ga) : begin_slow(ga);
    if (status == 0 && ga->rounds > 0 && ga->rounds % ga->setup.interval == 0) status = migrate(ga);
  }
  if (status < 0) return status;
  return is_closed(ga) ? RMS_OPTIMAL : RMS_STOPPED;
}

int rms_evolve_solve(void *self, const struct rms_host *host)
{
  struct evolve *ga = self;
  if (rms_serve_log_unservable(host, ga->inst)) return RMS_INFEASIBLE;
  ga->host = host;
  ga->watch = (struct rms_watch){.host = host};
  ga->has_best = false;
  ga->n = 0;
  ga->work = ga->evaluations = ga->bred = ga->tried = ga->rounds = ga->idle = 0;
  ga->floor = (struct rms_floor){0};
  rms_slow_forget(ga->slow);
  rms_arena_free(ga->lists);
  ga->reslice = NULL;
  ga->lists = rms_arena_new();
  if (ga->lists == NULL) return RMS_E_NOMEM;
  const int status = begin_fast(ga);
  if (status == RMS_E_LIMIT) {
    host->log(host->ctx, 1, "the plan has too many machines to evolve: the first one stands");
    return RMS_FEASIBLE;
  }
  if (status < 0) return status;
  if (status == 1) return RMS_STOPPED;
  if (ga->inst->n_services == 0) return RMS_FEASIBLE;
  const int outcome = evolve(ga);
  host->log(host->ctx, 0, "%" PRIu64 " completions, %" PRIu64 " children, %" PRIu64 " rounds",
            ga->work, ga->bred, ga->rounds);
  return outcome;
}
