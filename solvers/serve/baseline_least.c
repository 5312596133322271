/* SPDX-License-Identifier: GPL-3.0-or-later */
/* baseline_least.c - the least number of pooled mixed machines is an integer program: an exact
 * solver gets the instance in which nothing but the mix is legal. */
#include <stdlib.h>

#include "solvers/serve/greedy.h"
#include "solvers/serve/narrow.h"

struct least { /* one solve by another solver */
  struct rms_baseline_run *run;
  struct rms_narrow narrow;
  int64_t best; /* machines of the best plan so far; 0: none */
};

/* A plan of the exact solver: beside the whole machines of those that fell back it is one of ours.
 */
static int adopt_plan(void *ctx, const struct rms_serve_plan *plan, uint64_t work)
{
  struct least *least = ctx;
  struct rms_baseline_run run = *least->run;
  const struct rms_serve_plan *fixed = &least->run->plan;
  const int64_t machines = rms_serve_plan_machines(plan, 0);
  int status = RMS_OK;
  if (least->best > 0 && machines >= least->best) return RMS_OK; /* told again, with a proof */
  least->best = machines;
  run.plan = (struct rms_serve_plan){0};
  run.work = work;
  for (size_t g = 0; g < fixed->n_groups; g++)
    RMS_TRY(rms_serve_plan_add(&run.plan, 0, fixed->groups[g].count,
                               fixed->slices + fixed->groups[g].first, fixed->groups[g].n_slices));
  RMS_TRY(rms_narrow_widen(&least->narrow, plan, &run.plan));
  if (rms_baseline_count(&run, machines)) status = rms_baseline_conclude(&run);
out:
  rms_serve_plan_fini(&run.plan);
  return status;
}

static int solve_rest(struct rms_baseline_run *run, bool *is_in, size_t n_in)
{
  const struct rms_baseline *baseline = run->baseline;
  struct least *least = calloc(1, sizeof *least);
  if (least == NULL) return RMS_E_NOMEM;
  least->run = run;
  int status = rms_narrow_init(&least->narrow, baseline->inst, &baseline->pattern, is_in);
  if (status == RMS_OK && n_in == 0) {
    status = rms_baseline_conclude(run);
    if (status >= 0) status = RMS_FEASIBLE;
  } else if (status == RMS_OK) {
    status = rms_narrow_solve(&least->narrow, baseline->exact, run->host, adopt_plan, least);
  }
  rms_narrow_fini(&least->narrow);
  free(least);
  return status;
}

int rms_baseline_solve_least(void *self, const struct rms_host *host)
{
  int status = RMS_OK;
  const struct rms_baseline *baseline = self;
  const struct rms_serve *inst = baseline->inst;
  struct rms_baseline_run run = {.baseline = baseline, .host = host};
  size_t n_in = 0;
  if (rms_serve_log_unservable(host, inst)) return RMS_INFEASIBLE;
  bool *is_in = calloc(inst->n_services + 1, sizeof *is_in);
  if (is_in == NULL) return RMS_E_NOMEM;
  for (size_t s = 0; s < inst->n_services; s++) {
    is_in[s] = rms_baseline_rate(inst, &baseline->pattern, s) > 0;
    n_in += is_in[s];
    if (!is_in[s]) RMS_TRY(rms_baseline_fall_back(&run, s));
  }
  rms_baseline_log(&run);
  if (run.hopeless > 0 || run.is_huge) {
    RMS_TRY(rms_baseline_conclude(&run));
    status = RMS_FEASIBLE;
    goto out;
  }
  RMS_TRY(solve_rest(&run, is_in, n_in));
  host->log(host->ctx, 1, "the number of machines is%s proved to be the least for this mix",
            status == RMS_OPTIMAL ? "" : " not");
  if (status == RMS_OPTIMAL) status = RMS_FEASIBLE; /* for the mix, not for the instance */
out:
  free(is_in);
  rms_serve_plan_fini(&run.plan);
  return status;
}
