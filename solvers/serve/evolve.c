/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solvers/serve/evolve.h"

#include <inttypes.h>
#include <stdlib.h>

#include "solvers/serve/evolve_state.h"
#include "solvers/serve/greedy.h"

enum { REPACK_SIZE = 6 };

void rms_evolve_close(void *self)
{
  struct rms_evolve *ga = self;
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

static int new_individuals(struct rms_evolve *ga)
{
  const size_t n = ga->setup.population + ga->setup.children;
  struct rms_individual *all = rms_arena_alloc(ga->arena, n, sizeof *all);
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
  struct rms_evolve *ga = calloc(1, sizeof *ga);
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

bool rms_evolve_is_closed(const struct rms_evolve *ga)
{
  return ga->has_best && ga->floor.is_known && ga->best.cost <= ga->floor.least;
}

int rms_evolve_report(struct rms_evolve *ga)
{
  return rms_deployment_report(ga->host, &ga->best, ga->map, &ga->floor, ga->work, ga->evaluations);
}

int rms_evolve_offer(struct rms_evolve *ga, const struct rms_deployment *plan)
{
  if (ga->has_best && plan->cost >= ga->best.cost) return 0;
  const int status = rms_deployment_copy(&ga->best, ga->map, plan);
  if (status < 0) return status;
  ga->has_best = true;
  ga->idle = 0;
  return rms_evolve_report(ga);
}

int rms_evolve_tick(struct rms_evolve *ga)
{
  ga->watch.work = ++ga->work;
  ga->evaluations++;
  return ga->host->should_stop(ga->host->ctx, ga->work);
}

struct rms_poll rms_evolve_poll(struct rms_evolve *ga)
{
  return (struct rms_poll){.stop = rms_watch_stop, .ctx = &ga->watch};
}

/* ---- the loop ---- */

static int breed_round(struct rms_evolve *ga)
{
  size_t n = ga->n;
  ga->idle++;
  for (size_t i = 0; i < ga->setup.children; i++) {
    int status = rms_evolve_breed(ga, ga->all[n]);
    if (status == 2) continue;
    if (status == 0) status = rms_evolve_offer(ga, &ga->all[n++]->plan);
    if (status != 0) return status;
    if (rms_evolve_is_closed(ga)) return 0;
  }
  rms_evolve_select(ga, n);
  ga->rounds++;
  const int status = rms_evolve_repack(ga);
  return status != 0 ? status : rms_evolve_reslice(ga);
}

static int evolve(struct rms_evolve *ga)
{
  int status = rms_evolve_find_floor(ga);
  if (status == 0 && !rms_evolve_is_closed(ga)) status = rms_evolve_begin_population(ga);
  if (status == 0 && !rms_evolve_is_closed(ga)) status = rms_evolve_begin_reslice(ga);
  while (status == 0 && !rms_evolve_is_closed(ga)) {
    if (ga->host->should_stop(ga->host->ctx, ga->work)) return RMS_STOPPED;
    if (ga->setup.idle > 0 && ga->idle >= ga->setup.idle) return RMS_FEASIBLE;
    if (ga->setup.rounds > 0 && ga->rounds >= ga->setup.rounds) return RMS_FEASIBLE;
    status = ga->n > 0 ? breed_round(ga) : rms_evolve_begin_slow(ga);
    if (status == 0 && ga->rounds > 0 && ga->rounds % ga->setup.interval == 0)
      status = rms_evolve_migrate(ga);
  }
  if (status < 0) return status;
  if (!rms_evolve_is_closed(ga)) return RMS_STOPPED;
  status = rms_evolve_part(ga);
  return status < 0 ? status : RMS_OPTIMAL;
}

int rms_evolve_solve(void *self, const struct rms_host *host)
{
  struct rms_evolve *ga = self;
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
  const int status = rms_evolve_begin_fast(ga);
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
