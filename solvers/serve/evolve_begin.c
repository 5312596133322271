/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "solvers/serve/evolve_state.h"
#include "solvers/serve/greedy.h"

enum { WEIGHTS = 3 };

int rms_evolve_begin_fast(struct rms_evolve *ga)
{
  struct rms_poll poll = rms_evolve_poll(ga);
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

int rms_evolve_find_floor(struct rms_evolve *ga)
{
  const int status = rms_floor_find(&ga->floor, ga->inst, ga->host, ga->work, ga->setup.bound);
  if (status < 0 || !ga->floor.is_known) return status;
  for (size_t s = 0; ga->setup.has_prices && s < ga->inst->n_services; s++) {
    const double share = rms_floor_share(&ga->floor, ga->inst, s);
    if (share > 0) ga->map->share[s] = share;
  }
  if (rms_evolve_is_closed(ga)) return rms_evolve_report(ga);
  return rms_floor_report(&ga->floor, ga->host, ga->work, ga->evaluations);
}

static void shuffle_order(struct rms_evolve *ga, struct rms_draws *draws)
{
  for (size_t s = 0; s < ga->inst->n_services; s++) {
    const size_t at = rms_draws_below(draws, s + 1);
    ga->order[s] = ga->order[at];
    ga->order[at] = (uint32_t)s;
  }
}

/* A greedy run with another weight, ties broken at random; the literal rule too when asked. */
static int begin_one(struct rms_evolve *ga, size_t i, struct rms_individual *one)
{
  struct rms_draws draws;
  struct rms_completer *completer = NULL;
  struct rms_poll poll = rms_evolve_poll(ga);
  rms_draws_begin(&draws, ga->host, RMS_EVOLVE_STARTS, i);
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
  if (rms_evolve_tick(ga)) return 1;
  if (status == RMS_COMPLETE_DONE)
    rms_evolve_weigh(ga, one, rms_draws_below(&draws, one->plan.n + 1));
  return status == RMS_COMPLETE_DONE ? 0 : status == RMS_COMPLETE_STOPPED ? 1 : 2;
}

int rms_evolve_begin_population(struct rms_evolve *ga)
{
  size_t n = 0;
  if (ga->has_best) {
    const int status = rms_deployment_copy(&ga->all[n]->plan, ga->map, &ga->best);
    if (status < 0) return status;
    rms_evolve_weigh(ga, ga->all[n], 0);
    const int said = rms_evolve_offer(ga, &ga->all[n++]->plan);
    if (said != 0) return said;
  }
  for (size_t i = 0; i + 1 < ga->setup.population && !rms_evolve_is_closed(ga); i++) {
    int status = begin_one(ga, i, ga->all[n]);
    if (status == 2) continue;
    if (status == 0) status = rms_evolve_offer(ga, &ga->all[n++]->plan);
    if (status != 0) return status;
  }
  rms_evolve_select(ga, n);
  ga->idle = 0;
  return 0;
}

int rms_evolve_begin_slow(struct rms_evolve *ga)
{
  struct rms_draws draws;
  rms_draws_begin(&draws, ga->host, RMS_EVOLVE_CHILDREN, ga->bred++);
  struct rms_individual *one = ga->all[0];
  one->plan.n = 0;
  one->plan.cost = 0;
  rms_walk_reset(&ga->walk);
  int status = rms_evolve_refill_slow(ga, &one->plan, &draws);
  ga->idle++;
  if (status == 2) return 0;
  if (status == 0) status = rms_deployment_add(&one->plan, ga->map, ga->tail.genes, ga->tail.n);
  if (status != 0) return status;
  rms_evolve_weigh(ga, one, 0);
  ga->n = 1;
  return rms_evolve_offer(ga, &one->plan);
}
