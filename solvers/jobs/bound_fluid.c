/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bound_fluid.c - parameters and life of the bound that bound_fluid.h proves. */
#include "solvers/jobs/bound_fluid.h"

#include <math.h>
#include <stdlib.h>

#include "solvers/jobs/policy.h"
#include "solvers/params.h"

static const struct rms_param params[] = {
    {.name = "passes",
     .type = RMS_P_INT,
     .dflt = "20",
     .range = "[0,1000]",
     .scale = "",
     .unit = "1",
     .doc = "Most passes over the classes of jobs that improve the bound; 0: the best common part "
            "only."},
    {.name = "segments",
     .type = RMS_P_INT,
     .dflt = "20",
     .range = "[1,256]",
     .scale = "log",
     .unit = "1",
     .doc = "Parts of the time with a toll of their own."},
    {.name = "steps",
     .type = RMS_P_INT,
     .dflt = "100",
     .range = "[0,1e6]",
     .scale = "",
     .unit = "1",
     .doc = "Steps that improve the tolls; 0: no tolls."},
    {0}};

int rms_bound_tell(struct rms_bound_fluid *b, double mean)
{
  if (mean <= b->best) return 0;
  b->best = mean;
  const struct rms_incumbent news = {.size = sizeof news, .bound = mean, .work = b->work};
  return b->host->report(b->host->ctx, &news) ? RMS_STOPPED : 0;
}

/* ---- life ---- */

static void close_bound(void *self)
{
  struct rms_bound_fluid *b = self;
  if (!b) return;
  free(b->heap);
  rms_fluid_fini(&b->fluid);
  free(b);
}

static int open_bound(void **self, const struct rms_instance *inst, const char *const *values)
{
  int status = RMS_OK;
  const struct rms_jobs *jobs = rms_jobs_of(inst);
  struct rms_bound_fluid *b = calloc(1, sizeof *b);
  RMS_TRY(b ? RMS_OK : RMS_E_NOMEM);
  b->inst = jobs;
  b->passes = rms_value_int(params, values, "passes");
  b->segments = rms_value_int(params, values, "segments");
  b->steps = rms_value_int(params, values, "steps");
  b->heap = calloc(jobs->n_jobs, sizeof *b->heap);
  RMS_TRY(b->heap ? RMS_OK : RMS_E_NOMEM);
  *self = b;
  b = NULL;
out:
  close_bound(b);
  return status;
}

static int solve_bound(void *self, const struct rms_host *host)
{
  struct rms_bound_fluid *b = self;
  b->host = host;
  b->work = 0;
  b->best = 0;
  if (host->should_stop(host->ctx, 0)) return RMS_STOPPED;
  rms_fluid_fini(&b->fluid);
  int status = rms_fluid_init(&b->fluid, b->inst);
  for (size_t j = 0; status == 0 && j < b->inst->n_jobs; j++)
    if (isinf(b->fluid.tasks[j].alone)) return RMS_INFEASIBLE;
  if (status == 0) status = rms_bound_search_parts(b);
  if (status == 0) status = rms_bound_search_tolls(b);
  return status == 0 ? RMS_FEASIBLE : status;
}

const struct rms_solver rms_solver_jobs_bound_fluid = {
    .abi = RMS_SOLVER_ABI,
    .size = sizeof(struct rms_solver),
    .name = "bound-fluid",
    .version = "1.0",
    .doc = "Lower bound on the mean completion time of any policy: shortest remaining work on the "
           "cluster as one fluid machine, mixed with each job's time alone.",
    .citation = "after Schrage, Operations Research 16, 1968; Turek et al., SPAA 1994",
    .family = "jobs",
    .flags = RMS_BOUND | RMS_ANYTIME | RMS_DETERMINISTIC | RMS_FOREIGN_ALLOC,
    .params = params,
    .supports = rms_policy_supports,
    .open = open_bound,
    .solve = solve_bound,
    .close = close_bound};
