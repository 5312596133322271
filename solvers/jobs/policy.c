/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solvers/jobs/policy.h"

#include <math.h>
#include <stdlib.h>

int rms_policy_supports(const struct rms_instance *inst)
{
  return rms_jobs_of(inst) != NULL;
}

static bool runs_somewhere(const struct rms_jobs *inst, size_t j)
{
  for (size_t k = 0; k < inst->cluster.n_kinds; k++)
    if (rms_jobs_speed(inst, j, k) > 0) return true;
  return false;
}

struct polled {
  const struct rms_host *host;
  uint64_t before;
};

static int poll(void *ctx, uint64_t events)
{
  const struct polled *const p = ctx;
  return p->host->should_stop(p->host->ctx, p->before + events);
}

int rms_policy_simulate(const struct rms_jobs *inst, const struct rms_policy *policy, void *self,
                        const struct rms_host *host, uint64_t *work, struct rms_timeline *timeline)
{
  struct polled polled = {.host = host, .before = *work};
  struct rms_sim_result result = {0};
  struct rms_error err = {0};
  const int status = rms_simulate(inst, policy, self, poll, &polled, timeline, &result, &err);
  *work += result.events;
  if (status < 0 && err.text[0]) host->log(host->ctx, 2, "%s", err.text);
  return status;
}

int rms_policy_objectives(const struct rms_jobs *inst, const struct rms_timeline *timeline,
                          double *mean_jct, double *makespan)
{
  int64_t *const last = calloc(inst->n_jobs, sizeof *last);
  double sum = 0;
  int64_t whole = 0, end = 0;
  if (!last) return RMS_E_NOMEM;
  for (size_t i = 0; i < timeline->n_runs; i++) {
    const struct rms_timeline_run *const run = &timeline->runs[i];
    if (run->stop_us > last[run->job]) last[run->job] = run->stop_us;
  }
  for (size_t j = 0; j < inst->n_jobs; j++) {
    whole += last[j] - inst->jobs[j].arrival_us;
    if (last[j] > end) end = last[j];
    if (whole < INT64_MAX / 2) continue;
    sum += (double)whole;
    whole = 0;
  }
  *mean_jct = (sum + (double)whole) / (double)inst->n_jobs / (double)RMS_JOBS_SECOND;
  *makespan = (double)(end - inst->jobs[0].arrival_us) / (double)RMS_JOBS_SECOND;
  free(last);
  return RMS_OK;
}

int rms_policy_report(const struct rms_jobs *inst, const struct rms_timeline *timeline,
                      const struct rms_host *host, uint64_t work)
{
  struct rms_text bytes = {0};
  double mean_jct = 0, makespan = 0;
  int status = rms_policy_objectives(inst, timeline, &mean_jct, &makespan);
  if (status == RMS_OK) status = rms_timeline_encode(timeline, &bytes);
  if (status == RMS_OK) {
    const struct rms_incumbent incumbent = {.size = sizeof incumbent,
                                            .objective = {mean_jct, makespan},
                                            .bound = NAN,
                                            .evaluations = 1,
                                            .work = work,
                                            .solution = bytes.data,
                                            .solution_bytes = bytes.length};
    if (host->report(host->ctx, &incumbent)) status = RMS_STOPPED;
  }
  rms_text_fini(&bytes);
  return status;
}

int rms_policy_solve(const struct rms_jobs *inst, const struct rms_policy *policy, void *self,
                     const struct rms_host *host)
{
  struct rms_timeline timeline = {0};
  uint64_t work = 0;
  for (size_t j = 0; j < inst->n_jobs; j++)
    if (!runs_somewhere(inst, j)) return RMS_INFEASIBLE;
  if (host->should_stop(host->ctx, 0)) return RMS_STOPPED;
  int status = rms_policy_simulate(inst, policy, self, host, &work, &timeline);
  if (status == RMS_SIM_STOPPED)
    status = RMS_STOPPED;
  else if (status == RMS_OK) {
    status = rms_policy_report(inst, &timeline, host, work);
    if (status == RMS_OK) status = RMS_FEASIBLE;
  }
  rms_timeline_fini(&timeline);
  return status;
}
