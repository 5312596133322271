/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Solver `template`: in each round, give every service whole machines of a pool and a cut that are
 * drawn at random, and keep the cheapest plan. It is meant to be read and replaced: it solves
 * badly, but it shows each thing that a solver has to do.
 *
 *   declare parameters   one table; help, checks and tuning files follow from it
 *   open                 read the values, allocate; nothing that lasts long
 *   solve                work in rounds; ask should_stop, draw from random, report improvements
 *   close                free
 *
 * Everything below is private to this file but the one const object at its end. */
#include <math.h>
#include <stdlib.h>

#include "instances/serve/plan.h"
#include "solvers/params.h"
#include "solvers/solver.h"

/* 1. Parameters. Users write template:rounds=500,greed=0.9. The values arrive in open() as text, in
 * the order of this table, already checked against it. */
static const struct rms_param params[] = {{.name = "rounds",
                                           .type = RMS_P_INT,
                                           .dflt = "1000",
                                           .range = "[1,1e9]",
                                           .scale = "log",
                                           .unit = "1",
                                           .doc = "Plans to try."},
                                          {.name = "greed",
                                           .type = RMS_P_REAL,
                                           .dflt = "0.8",
                                           .range = "[0,1]",
                                           .unit = "1",
                                           .doc = "Chance to take the best cut for a service "
                                                  "instead of a random one."},
                                          {.name = NULL}};

/* 2. The state of one use. No global variables: two of them may live side by side. */
struct search {
  const struct rms_serve *inst; /* borrowed until close() */
  int64_t rounds;
  double greed;
  struct rms_serve_plan plan; /* of this round */
  int64_t used[RMS_SERVE_POOLS_MAX];
  struct rms_text bytes; /* the plan as the host takes it */
  uint64_t draws;        /* the random generator's whole state is an index */
};

/* 3. What it can solve. Pure and quick; 0 for anything that it does not know. */
static int supports(const struct rms_instance *inst)
{
  return rms_serve_of(inst) != NULL;
}

/* 4. close() accepts NULL and a search that was opened but never run. */
static void close_search(void *self)
{
  struct search *search = self;
  if (!search) return;
  rms_serve_plan_fini(&search->plan);
  rms_text_fini(&search->bytes);
  free(search);
}

/* 5. open() leaves *self alone when it fails. Every allocation is checked. */
static int open_search(void **self, const struct rms_instance *inst, const char *const *values)
{
  struct search *search = calloc(1, sizeof *search);
  if (!search) return RMS_E_NOMEM;
  search->inst = rms_serve_of(inst);
  search->rounds = rms_value_int(params, values, "rounds");
  search->greed = rms_value_real(params, values, "greed");
  *self = search;
  return RMS_OK;
}

/* 6. Random numbers come from the host: number `index` of a stream is always the same for the same
 * seed, whatever the machine, the rank or the time. Never rand(), never the clock. */
static double draw_unit(struct search *search, const struct rms_host *host)
{
  return (double)(host->random(host->ctx, 0, search->draws++) >> 11) * 0x1p-53;
}

static size_t draw_below(struct search *search, const struct rms_host *host, size_t n)
{
  return (size_t)(draw_unit(search, host) * (double)n);
}

/* Requests per second (in micros, integers: what decides is exact) that service s gets from one
 * machine of the pool when it is cut that way and all of its slices work for s. */
static int64_t machine_rate(const struct rms_serve *inst, const struct rms_serve_cut *cut, size_t s)
{
  int64_t rate = 0;
  for (size_t k = 0; k < inst->n_kinds; k++) rate += cut->count[k] * rms_serve_rate(inst, s, k);
  return rate;
}

static const struct rms_serve_cut *best_cut(const struct rms_serve *inst, uint32_t pool, size_t s)
{
  const struct rms_serve_pool *p = &inst->pools[pool];
  const struct rms_serve_cut *best = &p->cuts[0];
  for (size_t c = 1; c < p->n_cuts; c++)
    if (machine_rate(inst, &p->cuts[c], s) > machine_rate(inst, best, s)) best = &p->cuts[c];
  return best;
}

/* Add `count` machines that work for service s alone. */
static int add_machines(struct search *search, uint32_t pool, const struct rms_serve_cut *cut,
                        int64_t count, size_t s)
{
  struct rms_serve_slice slices[RMS_UNITS_MAX];
  const struct rms_partition *partition = cut->partition;
  for (size_t i = 0; i < partition->n_slices; i++)
    slices[i] = (struct rms_serve_slice){
        .profile = partition->layout[i].profile,
        .start = partition->layout[i].start,
        .service =
            rms_serve_rate(search->inst, s, cut->kind_of[i]) > 0 ? (uint32_t)s : RMS_SERVE_IDLE};
  search->used[pool] += count;
  return rms_serve_plan_add(&search->plan, pool, count, slices, partition->n_slices);
}

/* Serve s from pools in turn, beginning at a random one. 1: its demand is met, 0: the machines do
 * not suffice, negative: a status. */
static int place(struct search *search, const struct rms_host *host, size_t s)
{
  const struct rms_serve *inst = search->inst;
  int64_t left = inst->services[s].demand;
  const size_t first = draw_below(search, host, inst->n_pools);
  for (size_t i = 0; i < inst->n_pools && left > 0; i++) {
    const uint32_t p = (uint32_t)((first + i) % inst->n_pools);
    const struct rms_serve_pool *pool = &inst->pools[p];
    if (pool->n_cuts == 0) continue;
    const struct rms_serve_cut *cut = draw_unit(search, host) < search->greed
                                          ? best_cut(inst, p, s)
                                          : &pool->cuts[draw_below(search, host, pool->n_cuts)];
    const int64_t rate = machine_rate(inst, cut, s);
    const int64_t room = pool->count < 0 ? INT64_MAX : pool->count - search->used[p];
    if (rate <= 0 || room <= 0) continue;
    int64_t count = left / rate + (left % rate > 0);
    if (count > room) count = room;
    const int status = add_machines(search, p, cut, count, s);
    if (status < 0) return status;
    left = count > left / rate ? 0 : left - count * rate;
  }
  return left <= 0;
}

/* One plan, at random. As place(). */
static int make_plan(struct search *search, const struct rms_host *host)
{
  rms_serve_plan_clear(&search->plan);
  for (size_t p = 0; p < search->inst->n_pools; p++) search->used[p] = 0;
  for (size_t s = 0; s < search->inst->n_services; s++) {
    const int placed = place(search, host, s);
    if (placed <= 0) return placed;
  }
  return 1;
}

/* 7. Report an improvement: the encoded plan, its objective, the work done. The host copies it and
 * has it checked, so that an error here is found and not believed. */
static int report(struct search *search, const struct rms_host *host, int64_t cost, uint64_t round,
                  bool *stop)
{
  rms_text_clear(&search->bytes);
  const int status = rms_serve_plan_encode(&search->plan, &search->bytes);
  if (status < 0) return status;
  const struct rms_incumbent incumbent = {.size = sizeof incumbent,
                                          .objective = {(double)cost},
                                          .bound = NAN, /* it proves nothing */
                                          .evaluations = round,
                                          .work = round,
                                          .solution = search->bytes.data,
                                          .solution_bytes = search->bytes.length};
  *stop = host->report(host->ctx, &incumbent) != 0;
  return RMS_OK;
}

/* 8. solve(): one round is one unit of work. It ends when the host says stop (RMS_STOPPED) or by
 * its own rule (RMS_FEASIBLE: whether a plan was found is seen from the reports). */
static int solve_search(void *self, const struct rms_host *host)
{
  struct search *search = self;
  int64_t best = INT64_MAX;
  bool stop = false;
  search->draws = 0;
  for (uint64_t round = 1; round <= (uint64_t)search->rounds; round++) {
    if (host->should_stop(host->ctx, round - 1)) return RMS_STOPPED;
    const int made = make_plan(search, host);
    if (made < 0) return made;
    const int64_t cost = rms_serve_plan_cost(search->inst, &search->plan);
    if (made == 0 || cost >= best) continue;
    best = cost;
    const int status = report(search, host, cost, round, &stop);
    if (status < 0) return status;
    if (stop) return RMS_STOPPED;
  }
  return RMS_FEASIBLE;
}

/* 9. The object. Flags are promises that `rms check-solver template` holds it to. */
extern const struct rms_solver rms_solver_template;
const struct rms_solver rms_solver_template = {
    .abi = RMS_SOLVER_ABI,
    .size = sizeof(struct rms_solver),
    .name = "template",
    .version = "0.1",
    .doc = "Whole machines at random, the cheapest of many plans.",
    .family = "serve",
    .flags = RMS_ANYTIME | RMS_DETERMINISTIC | RMS_RANDOMISED,
    .params = params,
    .supports = supports,
    .open = open_search,
    .solve = solve_search,
    .close = close_search};

/* 10. A shared object of its own is found through this one symbol. (To build the solver into the
 * program instead, put this file into solvers/serve/ and add a line to solvers/registry.c.) */
#ifdef RMS_PLUGIN
extern rms_solver_entry_fn rms_solver_entry;
const struct rms_solver *rms_solver_entry(void)
{
  return &rms_solver_template;
}
#endif
