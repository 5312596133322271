/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solvers/serve/evolve_state.h"

enum { REPACK_NODES = 60, REPACK_MACHINES = 6 };

/* Take a few machines out of a survivor and complete it for less. `child` is scratch and, when 0
 * is returned, the better plan; 1: stopped, 2: not found, negative: a status. */
static int repack_one(struct rms_evolve *ga, struct rms_individual *child)
{
  struct rms_draws draws;
  rms_draws_begin(&draws, ga->host, RMS_EVOLVE_LOCAL, ga->tried++);
  const struct rms_individual *one = rms_evolve_parent(ga, &draws);
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
  if (rms_evolve_tick(ga)) return 1;
  if (found == 0) return 2;
  status = rms_deployment_add(&child->plan, ga->map, ga->tail.genes, ga->tail.n);
  if (status >= 0) rms_evolve_weigh(ga, child, 0);
  return status;
}

int rms_evolve_repack(struct rms_evolve *ga)
{
  for (size_t i = 0; i < ga->setup.local && !rms_evolve_is_closed(ga); i++) {
    int status = repack_one(ga, ga->all[ga->n]);
    if (status == 2) continue;
    if (status == 0) status = rms_evolve_offer(ga, &ga->all[ga->n]->plan);
    if (status != 0) return status;
    rms_evolve_select(ga, ga->n + 1);
  }
  return 0;
}

/* The tries of a round go on where the one before ended; they begin at a survivor, and what has
 * become cheaper than that joins the survivors. */
int rms_evolve_reslice(struct rms_evolve *ga)
{
  struct rms_draws draws;
  if (ga->reslice == NULL || ga->n == 0) return 0;
  rms_draws_begin(&draws, ga->host, RMS_EVOLVE_TOTALS, ga->rounds);
  const struct rms_individual *one = rms_evolve_parent(ga, &draws);
  int64_t below = one->plan.cost;
  rms_reslice_load(ga->reslice, &one->plan, &draws);
  for (uint64_t i = 0; i < ga->setup.totals && !rms_evolve_is_closed(ga); i++) {
    const int64_t cost = rms_reslice_search(ga->reslice, ga->floor.least, below, &draws);
    if (rms_evolve_tick(ga)) return 1;
    if (cost >= below) continue;
    struct rms_individual *child = ga->all[ga->n];
    int status = rms_reslice_plan(ga->reslice, &child->plan, ga->most);
    if (status == RMS_E_LIMIT) return 0; /* the stock is too short for this plan */
    if (status >= 0) rms_evolve_weigh(ga, child, 0);
    if (status >= 0) status = rms_evolve_offer(ga, &child->plan);
    if (status != 0) return status;
    rms_evolve_select(ga, ga->n + 1);
    below = cost;
  }
  return 0;
}

int rms_evolve_begin_reslice(struct rms_evolve *ga)
{
  if (ga->setup.totals == 0 || ga->n == 0) return 0;
  const struct rms_poll poll = rms_evolve_poll(ga);
  const int status = rms_reslice_new(&ga->reslice, ga->lists, ga->map, &ga->floor, ga->best.cost,
                                     ga->setup.slow.memory / 4, &poll);
  return status < 0 ? status : rms_evolve_reslice(ga);
}
