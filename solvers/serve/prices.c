/* SPDX-License-Identifier: GPL-3.0-or-later */
/* prices.c - solver `prices`: the dual bound, a plan from every step, and a core search that closes
 * the rest or proves that nothing is there. Method: see prices.h; the bound is the Dantzig-Wolfe
 * bound over services, the gap to it is closed by reduced-cost enumeration. */
#include "solvers/serve/prices.h"

#include <glpk.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "solvers/params.h"

static const struct rms_param params[] = {
    {.name = "denominator",
     .type = RMS_P_INT,
     .dflt = "840000000",
     .range = "[840,1e12]",
     .scale = "log",
     .unit = "1",
     .doc = "Prices are integers over this, or a decimal multiple where many machines need it; a "
            "multiple of the small slice counts keeps them exact."},
    {.name = "steps",
     .type = RMS_P_INT,
     .dflt = "400",
     .range = "[1,1e6]",
     .scale = "log",
     .unit = "1",
     .doc = "Largest number of price steps."},
    {.name = "nodes",
     .type = RMS_P_INT,
     .dflt = "20000",
     .range = "[1,1e9]",
     .scale = "log",
     .unit = "1",
     .doc = "Nodes of one service's knapsack, after which a safe lower value is taken; fifty times "
            "as many with several pools, which have more kinds of slices, and one time for every "
            "thousand services, at most fifty."},
    {.name = "candidates",
     .type = RMS_P_INT,
     .dflt = "20000",
     .range = "[1,1e6]",
     .scale = "log",
     .unit = "1",
     .doc = "Patterns of one service in the core search."},
    {.name = "beam",
     .type = RMS_P_INT,
     .dflt = "65536",
     .range = "[64,1e7]",
     .scale = "log",
     .unit = "1",
     .doc = "States of one level of the core search, fewer for large cores."},
    {.name = "memory",
     .type = RMS_P_INT,
     .dflt = "1073741824",
     .range = "[1,1e12]",
     .scale = "log",
     .unit = "bytes",
     .doc = "Most memory for the slices of remembered price steps."},
    {.name = "core",
     .type = RMS_P_BOOL,
     .dflt = "yes",
     .scale = "",
     .unit = "1",
     .doc = "Search the core when rounding does not reach the bound."},
    {.name = "fallback",
     .type = RMS_P_BOOL,
     .dflt = "yes",
     .scale = "",
     .unit = "1",
     .doc = "Leave small instances that the core search does not close to branch and cut."},
    {.name = "warm",
     .type = RMS_P_STRING,
     .dflt = "",
     .scale = "",
     .unit = "1",
     .doc = "Plan file of an earlier solve, whose prices the search begins with."},
    {0}};

/* Above this many (service, kind) pairs branch and cut would not help. */
enum { FALLBACK_PAIRS = 400 };

struct solver {
  const struct rms_serve *inst;
  struct rms_prices_options options;
};

/* ---- closing the gap ---- */

static const double prices_of_error[] = {1e5, 1e8, 1e2};
enum { N_PRICES = sizeof prices_of_error / sizeof *prices_of_error, N_ROUNDINGS = 2 * N_PRICES };

static void round_plan(struct rms_prices *p, size_t i, int64_t *total)
{
  if (i < N_PRICES)
    rms_prices_round(p, prices_of_error[i], total);
  else
    rms_prices_round_plain(p, prices_of_error[i - N_PRICES], total);
}

static int offer_rounded(struct rms_prices *p)
{
  int64_t total[RMS_SERVE_KINDS_MAX];
  int status = RMS_OK;
  for (size_t i = 0; i < N_ROUNDINGS && !rms_prices_is_closed(p) && !p->is_stopped; i++) {
    round_plan(p, i, total);
    RMS_TRY(rms_prices_offer(p, p->slices, total));
  }
out:
  return status;
}

/* Of p->slices. */
static uint64_t hash_slices(const struct rms_prices *p)
{
  uint64_t h = 1469598103934665603u;
  for (size_t i = 0; i < p->inst->n_services * p->inst->n_kinds; i++)
    h = (h ^ (uint64_t)p->slices[i]) * 1099511628211u;
  return h;
}

/* A core search from the roundings `from`, ..., `to` - 1, each plan once. An rms_core_end or a
 * negative status. */
static int search_rounded(struct rms_prices *p, const struct rms_core_goal *goal, int effort,
                          size_t from, size_t to)
{
  int64_t total[RMS_SERVE_KINDS_MAX];
  uint64_t hash[N_ROUNDINGS];
  int end = RMS_CORE_CUT_SHORT;
  for (size_t i = 0; i < to && end == RMS_CORE_CUT_SHORT && !p->is_stopped; i++) {
    size_t same = 0;
    round_plan(p, i, total);
    hash[i] = hash_slices(p);
    while (hash[same] != hash[i]) same++;
    if (same == i && i >= from) end = rms_prices_core(p, goal, effort);
  }
  return end;
}

/* Everyone at once, where a rounding does not matter much. Forms that the best prices do not need
 * come in when a plan breaks them. */
struct everyone {
  bool is_key[RMS_CORE_TESTS_MAX];
};

/* An rms_core_end or a negative status. */
static int search_everyone(struct rms_prices *p, int64_t target, struct everyone *all, int effort,
                           struct rms_core_goal *goal)
{
  enum { BRIEF_TRANSITIONS = 1000000 };
  int end;
  do {
    if (!rms_prices_goal(p, target, goal) || !rms_prices_refine(p, target, all->is_key, goal))
      return RMS_CORE_CUT_SHORT;
    if (effort < RMS_CORE_ALL) goal->transitions = BRIEF_TRANSITIONS;
    end = search_rounded(p, goal, effort, 0, 1);
    if (end != RMS_CORE_FOUND || p->cost <= target) return end;
  } while (rms_prices_break(p, target, all->is_key) && !p->is_stopped);
  return RMS_CORE_CUT_SHORT;
}

/* Around the roundings. */
static int search_near(struct rms_prices *p, int64_t target, int effort, size_t from, size_t to,
                       struct rms_core_goal *goal)
{
  if (!rms_prices_goal(p, target, goal)) return RMS_CORE_CUT_SHORT;
  return search_rounded(p, goal, effort, from, to);
}

/* Around the roundings among near patterns first: that takes a millisecond or two and nearly always
 * finds a plan where there is one. Everyone at once takes a few dozen evaluations of L: with few
 * services that is less than any wider search. An rms_core_end or a negative status; *goal: what
 * was looked for at last. */
static int search_target(struct rms_prices *p, int64_t target, struct rms_core_goal *goal)
{
  enum { FEW_SERVICES = 200, STEPS = 9 };
  const bool are_few = p->inst->n_services <= FEW_SERVICES;
  struct everyone all = {{false}};
  int end = RMS_CORE_CUT_SHORT;
  for (int step = 0; step < STEPS && end == RMS_CORE_CUT_SHORT && !p->is_stopped; step++) {
    if (step == 0) end = search_near(p, target, RMS_CORE_NEAR, 0, N_ROUNDINGS, goal);
    if (step == 1 && are_few) end = search_everyone(p, target, &all, RMS_CORE_EVERYONE, goal);
    if (step == 2 && are_few) end = search_everyone(p, target, &all, RMS_CORE_PATIENT, goal);
    if (step == 3) end = search_near(p, target, RMS_CORE_QUICK, 0, 1, goal);
    if (step == 4 && !are_few) end = search_everyone(p, target, &all, RMS_CORE_PATIENT, goal);
    if (step == 5) end = search_near(p, target, RMS_CORE_QUICK, 1, N_ROUNDINGS, goal);
    if (step == 6) end = search_everyone(p, target, &all, RMS_CORE_ALL, goal);
    if (step == 7) end = search_near(p, target, RMS_CORE_AROUND, 0, N_ROUNDINGS, goal);
    if (step == 8) end = search_near(p, target, RMS_CORE_THOROUGH, 0, N_ROUNDINGS, goal);
  }
  return end;
}

/* Targets from the bound upwards: found, proved impossible, or left open and the next one tried. */
static int search_targets(struct rms_prices *p)
{
  bool is_open = false;
  for (int64_t target = p->proved; !p->is_stopped && !rms_prices_is_closed(p); target += p->unit) {
    if (p->has_plan && target >= p->cost) break;
    struct rms_core_goal goal;
    int end = search_target(p, target, &goal);
    if (end < 0) return end;
    if (end == RMS_CORE_FOUND) break;
    if (end == RMS_CORE_NONE && !is_open) {
      p->proved = target + p->unit;
      end = rms_prices_prove(p, &goal);
      if (end < 0) return end;
      rms_prices_tell_bound(p);
    } else {
      is_open = true;
    }
    /* Far above the bound the rounded plan stands: do not crawl. */
    if (is_open && target > p->proved + 3 * p->unit) break;
  }
  return RMS_OK;
}

static bool is_open(const struct rms_prices *p, int status)
{
  return status >= 0 && !p->is_stopped && !rms_prices_is_closed(p);
}

/* Numbers of machines from the bound upwards, quickly and then thoroughly; where that leaves a gap,
 * plans from an integer program, which is also what finds a first one in scarce stock. */
static int search_pools(struct rms_prices *p)
{
  struct rms_counts *counts = NULL;
  int status =
      p->options.has_core && p->has_forms && p->n_steps > 0 ? rms_counts_new(p, &counts) : RMS_OK;
  if (counts) status = rms_counts_search(counts, 0);
  const bool had_plan = p->has_plan;
  if (is_open(p, status) && !had_plan) status = rms_prices_mip(p);
  if (is_open(p, status) && counts) status = rms_counts_search(counts, 1);
  if (is_open(p, status) && had_plan) status = rms_prices_mip(p);
  rms_counts_free(counts);
  return status;
}

static int close_gap(struct rms_prices *p)
{
  int status = RMS_OK;
  if (rms_prices_is_closed(p) || p->is_stopped) return status;
  status = offer_rounded(p);
  if (status >= 0 && !p->is_single) status = search_pools(p);
  if (status >= 0 && p->is_single && p->options.has_core) status = search_targets(p);
  return status;
}

/* ---- the solver ---- */

/* All pools are limited and the bound is above the cost of everything in stock. */
static bool is_stock_short(const struct rms_prices *p)
{
  rms_wide all = 0;
  for (size_t q = 0; q < p->inst->n_pools; q++) {
    const struct rms_serve_pool *pool = &p->inst->pools[q];
    if (pool->count < 0) return false;
    all += (rms_wide)pool->count * pool->cost;
  }
  return (rms_wide)p->proved > all;
}

/* Rounding prices to integers costs about (machines / denominator) machines, and the slack that the
 * core search has to find a plan in may be small: large instances get a finer denominator. */
#define ROUNDING_LOSS   1e-5
#define DENOMINATOR_MAX INT64_C(1000000000000)

static void refine_denominator(struct rms_prices *p)
{
  const struct rms_serve *inst = p->inst;
  double machines = 0;
  for (size_t s = 0; s < inst->n_services; s++) {
    double least = INFINITY;
    for (size_t k = 0; k < inst->n_kinds; k++) {
      const struct rms_machine *machine = inst->machines[inst->kinds[k].machine];
      const struct rms_profile *profile = &machine->profiles[inst->kinds[k].profile];
      const int64_t rate = rms_serve_rate(inst, s, k);
      if (rate && p->is_open[k])
        least = fmin(least, (double)inst->services[s].demand / (double)rate * profile->memory /
                                machine->memory_units);
    }
    machines += isfinite(least) ? least : 0;
  }
  while (p->options.denominator <= DENOMINATOR_MAX / 10 / inst->pools[0].cost &&
         machines > ROUNDING_LOSS * (double)p->options.denominator)
    p->options.denominator *= 10;
}

/* The bound's own proof says so. */
static int report_short(struct rms_prices *p)
{
  rms_serve_plan_clear(&p->plan);
  int status = rms_prices_certify(p, &p->steps[p->best_step].point, p->options.denominator,
                                  &p->plan.certificate);
  return status < 0 ? status : rms_prices_report_none(p);
}

/* Patience with one knapsack. Where services are many, one is a smaller share of the time, and one
 * that gives up weakens the bound of all. */
static int64_t times_nodes(const struct rms_prices *p)
{
  enum { MOST = 50, FEW_SERVICES = 1000 };
  const int64_t times = (int64_t)(p->inst->n_services / FEW_SERVICES);
  return !p->is_single || times > MOST ? MOST : times < 1 ? 1 : times;
}

static int run(struct rms_prices *p)
{
  int status = rms_prices_prepare(p);
  if (status >= 0 && p->is_single) refine_denominator(p);
  p->options.nodes *= times_nodes(p);
  if (p->inst->n_services == 0) {
    status = rms_prices_offer_nothing(p);
    return status < 0 ? status : RMS_OPTIMAL;
  }
  if (status >= 0) status = rms_prices_warm_read(p);
  if (status >= 0) status = rms_prices_climb(p);
  if (status >= 0) status = rms_prices_renew(p);
  if (status < 0) return status;
  if (!p->has_plan && !p->is_stopped && (!p->is_single || is_stock_short(p)))
    status = rms_prices_ray(p);
  if (status < 0 || status == RMS_INFEASIBLE) return status;
  status = close_gap(p);
  if (status < 0) return status;
  if (rms_prices_is_closed(p)) return RMS_OPTIMAL;
  if (p->is_stopped) return RMS_STOPPED;
  if (is_stock_short(p)) return p->search.target > 0 ? report_short(p) : RMS_INFEASIBLE;
  if (!p->options.has_fallback || p->inst->n_services * p->inst->n_kinds > FALLBACK_PAIRS)
    return RMS_FEASIBLE;
  return rms_prices_fallback(p);
}

void rms_prices_finish(struct rms_prices *p)
{
  for (size_t j = 0; j < p->n_steps; j++) {
    free(p->steps[j].slices);
    free(p->steps[j].total);
  }
  free(p->steps);
  rms_serve_plan_fini(&p->plan);
  rms_text_fini(&p->bytes);
  free(p->search.vectors);
  rms_arena_free(p->arena);
}

bool rms_prices_fits(const struct rms_serve *inst)
{
  for (size_t s = 0; s < inst->n_services; s++)
    for (size_t k = 0; k < inst->n_kinds; k++) {
      int64_t rate = rms_serve_rate(inst, s, k);
      if (rate && inst->services[s].demand / rate >= UINT32_MAX - 1) return false;
    }
  return true;
}

static int solve_prices(void *self, const struct rms_host *host)
{
  struct solver *solver = self;
  struct rms_error why = {0};
  struct rms_prices *p;
  struct rms_arena *arena;
  if (solver->inst->base.family->is_hopeless(&solver->inst->base, &why)) {
    host->log(host->ctx, 1, "%s", why.text);
    return RMS_INFEASIBLE;
  }
  if (!rms_prices_fits(solver->inst)) return RMS_UNSUPPORTED;
  glp_term_out(GLP_OFF);
  arena = rms_arena_new();
  p = arena ? rms_arena_alloc(arena, 1, sizeof *p) : NULL;
  if (!p) {
    rms_arena_free(arena);
    return RMS_E_NOMEM;
  }
  p->arena = arena;
  p->inst = solver->inst;
  p->host = host;
  p->options = solver->options;
  p->gap = INFINITY;
  p->told = -INFINITY;
  int outcome = run(p);
  rms_prices_finish(p);
  return outcome;
}

static int supports(const struct rms_instance *inst)
{
  const struct rms_serve *serve = rms_serve_of(inst);
  return serve && serve->n_kinds <= RMS_COVER_KINDS_MAX;
}

static int open_prices(void **self, const struct rms_instance *inst, const char *const *values)
{
  struct solver *solver = calloc(1, sizeof *solver);
  if (!solver) return RMS_E_NOMEM;
  solver->inst = rms_serve_of(inst);
  solver->options = (struct rms_prices_options){
      .denominator = rms_value_int(params, values, "denominator"),
      .steps = rms_value_int(params, values, "steps"),
      .nodes = rms_value_int(params, values, "nodes"),
      .candidates = rms_value_int(params, values, "candidates"),
      .beam = rms_value_int(params, values, "beam"),
      .memory = rms_value_int(params, values, "memory"),
      .has_core = rms_value_bool(params, values, "core"),
      .has_fallback = rms_value_bool(params, values, "fallback"),
  };
  snprintf(solver->options.warm, sizeof solver->options.warm, "%s",
           rms_value_text(params, values, "warm"));
  *self = solver;
  return RMS_OK;
}

static void close_prices(void *self)
{
  free(self);
}

const struct rms_solver rms_solver_serve_prices = {
    .abi = RMS_SOLVER_ABI,
    .size = sizeof(struct rms_solver),
    .name = "prices",
    .version = "1.2",
    .doc = "Exact: prices of slices bound the cost from below in integers, a core search closes "
           "the gap.",
    .citation = NULL,
    .family = "serve",
    .flags = RMS_EXACT | RMS_ANYTIME | RMS_DETERMINISTIC | RMS_FOREIGN_ALLOC,
    .params = params,
    .supports = supports,
    .open = open_prices,
    .solve = solve_prices,
    .close = close_prices};
