/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Solver `optsta` of family `jobs`: the best static partition in hindsight, found by simulating the
 * trace under each. Pools with several machine models are improved one after the other until none
 * gets better; with one pool that is a search over all of its partitions. */
#include <math.h>
#include <stdlib.h>

#include "solvers/jobs/fixed.h"
#include "solvers/params.h"

static const struct rms_param params[] = {
    {.name = "promote",
     .type = RMS_P_BOOL,
     .dflt = "yes",
     .unit = "1",
     .doc = "An idle slice that nobody waits for is taken by the job on the machine's smallest."},
    {.name = "all",
     .type = RMS_P_BOOL,
     .dflt = "no",
     .unit = "1",
     .doc = "Try partitions to which a slice could be added, too."},
    {.name = NULL}};

struct optsta {
  const struct rms_jobs *inst;
  bool promotes, takes_all;
  struct rms_fixed_plan best;
  double best_jct;
  uint64_t work;
};

/* Simulate a plan and report it when it is the best so far. 0, RMS_STOPPED, or a status. */
static int try_plan(struct optsta *o, const struct rms_fixed_plan *plan,
                    const struct rms_host *host)
{
  struct rms_timeline timeline = {0};
  double jct = 0, makespan = 0;
  int status = RMS_OK;
  if (host->should_stop(host->ctx, o->work)) return RMS_STOPPED;
  status = rms_fixed_simulate(o->inst, plan, host, &o->work, &timeline);
  if (status == RMS_SIM_STOPPED) status = RMS_STOPPED;
  if (status == RMS_OK) status = rms_policy_objectives(o->inst, &timeline, &jct, &makespan);
  if (status == RMS_OK && jct < o->best_jct) {
    o->best_jct = jct;
    o->best = *plan;
    status = rms_policy_report(o->inst, &timeline, host, o->work);
  }
  rms_timeline_fini(&timeline);
  return status;
}

/* All partitions of one pool, the others as they are. */
static int improve_pool(struct optsta *o, size_t p, const struct rms_fixed_plan *from,
                        const struct rms_host *host)
{
  const struct rms_jobs_pool *const pool = &o->inst->cluster.pools[p];
  for (size_t i = 0; i < pool->n_cuts; i++) {
    struct rms_fixed_plan plan = *from;
    if (!pool->cuts[i].is_maximal && !o->takes_all) continue;
    plan.cut[p] = &pool->cuts[i];
    if (!rms_fixed_suits(o->inst, &plan)) continue;
    const int status = try_plan(o, &plan, host);
    if (status != RMS_OK) return status;
  }
  return RMS_OK;
}

static int solve_optsta(void *self, const struct rms_host *host)
{
  struct optsta *const o = self;
  const struct rms_cluster *const c = &o->inst->cluster;
  struct rms_error why = {0};
  double before;
  if (rms_family_jobs.is_hopeless(&o->inst->base, &why)) return RMS_INFEASIBLE;
  o->best_jct = INFINITY;
  o->work = 0;
  o->best = (struct rms_fixed_plan){.promotes = o->promotes};
  for (size_t p = 0; p < c->n_pools; p++) o->best.cut[p] = &c->pools[p].cuts[c->pools[p].whole];
  do {
    before = o->best_jct;
    for (size_t p = 0; p < c->n_pools; p++) {
      const struct rms_fixed_plan from = o->best;
      const int status = improve_pool(o, p, &from, host);
      if (status != RMS_OK) return status;
    }
  } while (c->n_pools > 1 && o->best_jct < before);
  return isinf(o->best_jct) ? RMS_UNSUPPORTED : RMS_FEASIBLE;
}

static int open_optsta(void **self, const struct rms_instance *inst, const char *const *values)
{
  struct optsta *const o = calloc(1, sizeof *o);
  if (!o) return RMS_E_NOMEM;
  o->inst = rms_jobs_of(inst);
  o->promotes = rms_value_bool(params, values, "promote");
  o->takes_all = rms_value_bool(params, values, "all");
  *self = o;
  return RMS_OK;
}

static void close_optsta(void *self)
{
  free(self);
}

extern const struct rms_solver rms_solver_jobs_optsta;
const struct rms_solver rms_solver_jobs_optsta = {
    .abi = RMS_SOLVER_ABI,
    .size = sizeof(struct rms_solver),
    .name = "optsta",
    .version = "1",
    .doc = "The best static partition in hindsight, by simulating the trace under each.",
    .citation = "MISO, SoCC 2022, baseline OptSta",
    .family = "jobs",
    .flags = RMS_ANYTIME | RMS_DETERMINISTIC,
    .params = params,
    .supports = rms_policy_supports,
    .open = open_optsta,
    .solve = solve_optsta,
    .close = close_optsta};
