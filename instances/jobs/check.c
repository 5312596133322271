/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "instances/jobs/check.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "instances/jobs/judge.h"

bool rms_judge_wrong(struct rms_judge *judge, const char *fmt, ...)
{
  va_list args;
  if (judge->is_wrong) return false;
  judge->is_wrong = true;
  va_start(args, fmt);
  vsnprintf(judge->audit->why, sizeof judge->audit->why, fmt, args);
  va_end(args);
  return false;
}

/* ---- form --------------------------------------------------------------------------------------
 */

#define TIME_MAX (INT64_C(1) << 61) /* sums of times stay in range */

static bool check_form(struct rms_judge *judge)
{
  const struct rms_timeline *const t = judge->timeline;
  const size_t n_machines = judge->inst->cluster.n_machines;
  int64_t before = 0;
  for (size_t i = 0; i < t->n_cuts; i++) {
    if (t->cuts[i].machine >= n_machines)
      return rms_judge_wrong(judge, "cut %zu: machine %u does not exist", i, t->cuts[i].machine);
    if (t->cuts[i].begin_us < before || t->cuts[i].begin_us > TIME_MAX)
      return rms_judge_wrong(judge, "cut %zu: cuts must be in the order of time", i);
    before = t->cuts[i].begin_us;
  }
  before = 0;
  for (size_t i = 0; i < t->n_runs; i++) {
    const struct rms_timeline_run *const run = &t->runs[i];
    if (run->machine >= n_machines || run->job >= judge->inst->n_jobs)
      return rms_judge_wrong(judge, "run %zu: job %u or machine %u does not exist", i, run->job,
                             run->machine);
    if (run->begin_us < before || run->stop_us > TIME_MAX)
      return rms_judge_wrong(judge, "run %zu: runs must be in the order of time", i);
    if (run->stop_us <= run->begin_us)
      return rms_judge_wrong(judge, "run %zu of job %u stops before it begins", i, run->job);
    before = run->begin_us;
  }
  return true;
}

/* ---- groups: counting sort by owner ------------------------------------------------------------
 */

static uint32_t machine_of_cut(const struct rms_timeline *t, size_t i)
{
  return t->cuts[i].machine;
}
static uint32_t machine_of_run(const struct rms_timeline *t, size_t i)
{
  return t->runs[i].machine;
}
static uint32_t job_of_run(const struct rms_timeline *t, size_t i)
{
  return t->runs[i].job;
}

static int make_groups(struct rms_judge_groups *groups, const struct rms_timeline *t, size_t n,
                       size_t n_owners, uint32_t (*owner)(const struct rms_timeline *, size_t))
{
  groups->first = calloc(n_owners + 2, sizeof *groups->first);
  groups->list = calloc(n + 1, sizeof *groups->list);
  if (!groups->first || !groups->list) return RMS_E_NOMEM;
  for (size_t i = 0; i < n; i++) groups->first[owner(t, i) + 2]++;
  for (size_t o = 0; o < n_owners; o++) groups->first[o + 2] += groups->first[o + 1];
  for (size_t i = 0; i < n; i++) groups->list[groups->first[owner(t, i) + 1]++] = i;
  return RMS_OK;
}

static void free_groups(struct rms_judge_groups *groups)
{
  free(groups->list);
  free(groups->first);
}

/* ---- jobs --------------------------------------------------------------------------------------
 */

static bool wrong_job(struct rms_judge *judge, size_t j, const char *what)
{
  return rms_judge_wrong(judge, "job %zu %s", j, what);
}

/* When it is restored, works, is saved: from the times of its runs alone. */
static bool time_job(struct rms_judge *judge, size_t j)
{
  const struct rms_job *const job = &judge->inst->jobs[j];
  const struct rms_jobs_type *const type = &judge->inst->types[job->type];
  const size_t first = judge->of_job.first[j], end = judge->of_job.first[j + 1];
  int64_t free_from = job->arrival_us;
  bool has_worked = false;
  if (first == end) return wrong_job(judge, j, "never runs");
  for (size_t i = first; i < end; i++) {
    const size_t r = judge->of_job.list[i];
    const struct rms_timeline_run *const run = &judge->timeline->runs[r];
    struct rms_jobs_span *const span = &judge->audit->spans[r];
    if (run->begin_us < free_from)
      return wrong_job(judge, j,
                       i == first ? "runs before it arrives" : "runs while it is held elsewhere");
    span->is_last = i + 1 == end;
    span->works_from_us = run->begin_us + (has_worked ? type->restart_us : 0);
    const bool works = run->stop_us > span->works_from_us;
    span->end_us = run->stop_us + (works && !span->is_last ? type->checkpoint_us : 0);
    has_worked = has_worked || works;
    free_from = span->end_us;
  }
  return true;
}

/* Complete at its last stop, and at no microsecond before. */
static bool finish_job(struct rms_judge *judge, size_t j)
{
  const int64_t work = judge->inst->jobs[j].work;
  rms_judge_wide done = 0;
  const struct rms_jobs_span *span = NULL;
  size_t r = 0;
  for (size_t i = judge->of_job.first[j]; i < judge->of_job.first[j + 1]; i++) {
    if (done >= work) return wrong_job(judge, j, "runs on after it is complete");
    r = judge->of_job.list[i];
    span = &judge->audit->spans[r];
    done += span->work;
  }
  if (done < work) return wrong_job(judge, j, "is not complete at the end of its last run");
  if (span->last_speed == 0 || done - span->last_speed >= work)
    return wrong_job(judge, j, "holds its slice after it is complete");
  judge->audit->completion_us[j] = judge->timeline->runs[r].stop_us;
  return true;
}

static void sum_up(struct rms_judge *judge)
{
  const struct rms_jobs *const inst = judge->inst;
  rms_judge_wide sum = 0;
  int64_t last = 0;
  for (size_t j = 0; j < inst->n_jobs; j++) {
    const int64_t completion = judge->audit->completion_us[j];
    sum += completion - inst->jobs[j].arrival_us;
    if (completion > last) last = completion;
  }
  judge->audit->mean_jct = (double)sum / (double)inst->n_jobs / (double)RMS_JOBS_SECOND;
  judge->audit->makespan = (double)(last - inst->jobs[0].arrival_us) / (double)RMS_JOBS_SECOND;
}

static void judge_timeline(struct rms_judge *judge)
{
  const struct rms_jobs *const inst = judge->inst;
  for (size_t j = 0; j < inst->n_jobs; j++)
    if (!time_job(judge, j)) return;
  for (size_t m = 0; m < inst->cluster.n_machines; m++)
    if (!rms_judge_machine(judge, m)) return;
  for (size_t j = 0; j < inst->n_jobs; j++)
    if (!finish_job(judge, j)) return;
  sum_up(judge);
}

/* ---- the whole ---------------------------------------------------------------------------------
 */

static int make_arrays(struct rms_judge *judge)
{
  const struct rms_timeline *const t = judge->timeline;
  const size_t n_machines = judge->inst->cluster.n_machines;
  struct rms_jobs_audit *const a = judge->audit;
  a->spans = calloc(t->n_runs + 1, sizeof *a->spans);
  a->ready_us = calloc(t->n_cuts + 1, sizeof *a->ready_us);
  a->completion_us = calloc(judge->inst->n_jobs + 1, sizeof *a->completion_us);
  if (!a->spans || !a->ready_us || !a->completion_us) return RMS_E_NOMEM;
  int status = make_groups(&judge->cuts, t, t->n_cuts, n_machines, machine_of_cut);
  if (status == RMS_OK)
    status = make_groups(&judge->runs, t, t->n_runs, n_machines, machine_of_run);
  if (status == RMS_OK)
    status = make_groups(&judge->of_job, t, t->n_runs, judge->inst->n_jobs, job_of_run);
  return status;
}

int rms_jobs_audit(const struct rms_jobs *inst, const struct rms_timeline *timeline,
                   struct rms_jobs_audit *audit)
{
  int status = RMS_OK;
  struct rms_judge judge = {.inst = inst, .timeline = timeline, .audit = audit};
  *audit = (struct rms_jobs_audit){.mean_jct = NAN, .makespan = NAN};
  memset(judge.kind_of, -1, sizeof judge.kind_of);
  for (size_t k = 0; k < inst->cluster.n_kinds; k++)
    judge.kind_of[inst->cluster.kinds[k].model][inst->cluster.kinds[k].profile] = (int16_t)k;
  if (check_form(&judge)) {
    status = make_arrays(&judge);
    if (status == RMS_OK) judge_timeline(&judge);
  }
  audit->is_feasible = status == RMS_OK && !judge.is_wrong;
  free_groups(&judge.of_job);
  free_groups(&judge.runs);
  free_groups(&judge.cuts);
  if (status < 0) rms_jobs_audit_fini(audit);
  return status;
}

void rms_jobs_audit_fini(struct rms_jobs_audit *audit)
{
  free(audit->completion_us);
  free(audit->ready_us);
  free(audit->spans);
  audit->completion_us = audit->ready_us = NULL;
  audit->spans = NULL;
}

/* ---- verdicts ----------------------------------------------------------------------------------
 */

static void judge_infeasibility(const struct rms_jobs *inst, bool is_feasible,
                                struct rms_verdict *verdict)
{
  struct rms_error why = {0};
  if (is_feasible)
    rms_verdict_set(verdict, RMS_VERDICT_WRONG_INFEASIBILITY,
                    "no solution is claimed to exist, but this timeline is one");
  else if (rms_jobs_is_hopeless(&inst->base, &why))
    rms_verdict_set(verdict, RMS_VERDICT_VERIFIED_OPTIMAL, "infeasible, proved: %.200s", why.text);
  else
    rms_verdict_set(verdict, RMS_VERDICT_UNVERIFIABLE,
                    "no solution is claimed to exist; nothing proves it");
}

static bool differ(double claimed, double true_value)
{
  return !(fabs(claimed - true_value) <= 1e-9 * fmax(1, fabs(true_value)));
}

static void judge_claim(const struct rms_jobs_audit *audit, const struct rms_claim *claim,
                        struct rms_verdict *verdict)
{
  if (!audit->is_feasible)
    rms_verdict_set(verdict, RMS_VERDICT_INFEASIBLE_SOLUTION, "%s", audit->why);
  else if (claim && differ(claim->objective[0], audit->mean_jct))
    rms_verdict_set(verdict, RMS_VERDICT_WRONG_OBJECTIVE,
                    "mean completion time %.17g s is claimed, it is %.17g s", claim->objective[0],
                    audit->mean_jct);
  else if (claim && differ(claim->objective[1], audit->makespan))
    rms_verdict_set(verdict, RMS_VERDICT_WRONG_OBJECTIVE,
                    "makespan %.17g s is claimed, it is %.17g s", claim->objective[1],
                    audit->makespan);
  else if (claim && claim->bound > audit->mean_jct * (1 + 1e-9))
    rms_verdict_set(verdict, RMS_VERDICT_WRONG_BOUND,
                    "bound %.17g is claimed, but this timeline has %.17g", claim->bound,
                    audit->mean_jct);
  else
    rms_verdict_set(verdict, RMS_VERDICT_VERIFIED_FEASIBLE, "%s", "");
}

int rms_jobs_check(const struct rms_instance *base, const void *bytes, size_t n,
                   const struct rms_claim *claim, struct rms_verdict *verdict)
{
  const struct rms_jobs *const inst = rms_jobs_of(base);
  struct rms_timeline timeline = {0};
  struct rms_jobs_audit audit = {.is_feasible = false};
  struct rms_error err = {0};

  *verdict = (struct rms_verdict){.kind = RMS_VERDICT_NONE, .bound = NAN};
  if (!inst) return RMS_E_PARAM;
  if (n == 0) {
    rms_verdict_set(verdict, RMS_VERDICT_NONE, "there is no timeline");
    if (rms_claim_is_infeasible(claim)) judge_infeasibility(inst, false, verdict);
    return RMS_OK;
  }
  int status = rms_timeline_decode(&timeline, bytes, n, &err);
  if (status == RMS_E_FORMAT) {
    rms_verdict_set(verdict, RMS_VERDICT_INFEASIBLE_SOLUTION, "%.250s", err.text);
    status = RMS_OK;
  } else if (status == RMS_OK) {
    status = rms_jobs_audit(inst, &timeline, &audit);
    verdict->objective[0] = audit.mean_jct;
    verdict->objective[1] = audit.makespan;
    if (status == RMS_OK && rms_claim_is_infeasible(claim))
      judge_infeasibility(inst, audit.is_feasible, verdict);
    else if (status == RMS_OK)
      judge_claim(&audit, claim, verdict);
  }
  rms_jobs_audit_fini(&audit);
  rms_timeline_fini(&timeline);
  return status;
}

/* ---- hopeless instances ------------------------------------------------------------------------
 */

static bool runs_somewhere(const struct rms_jobs *inst, size_t j)
{
  for (size_t k = 0; k < inst->cluster.n_kinds; k++)
    if (rms_jobs_speed(inst, j, k) > 0) return true;
  return false;
}

bool rms_jobs_is_hopeless(const struct rms_instance *base, struct rms_error *why)
{
  const struct rms_jobs *const inst = rms_jobs_of(base);
  if (!inst) return false;
  for (size_t j = 0; j < inst->n_jobs; j++) {
    if (runs_somewhere(inst, j)) continue;
    rms_error_set(why, RMS_E_INSTANCE, "job %zu (%s) runs on no slice of any pool", j,
                  inst->types[inst->jobs[j].type].name);
    return true;
  }
  return false;
}
