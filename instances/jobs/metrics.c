/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "instances/jobs/metrics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static double seconds(int64_t us)
{
  return (double)us / (double)RMS_JOBS_SECOND;
}

static int cmp_double(const void *a, const void *b)
{
  const double x = *(const double *)a, y = *(const double *)b;
  return x < y ? -1 : x > y;
}

static double nearest_rank(const double *sorted, size_t n, double part)
{
  const size_t rank = (size_t)ceil(part * (double)n);
  return sorted[rank ? rank - 1 : 0];
}

/* ---- of the jobs -------------------------------------------------------------------------------
 */

static int measure_jobs(const struct rms_jobs *inst, const struct rms_jobs_audit *audit,
                        struct rms_jobs_metrics *m)
{
  const size_t n = inst->n_jobs;
  double *const jct = malloc(n * sizeof *jct);
  double work = 0;
  if (!jct) return RMS_E_NOMEM;
  for (size_t j = 0; j < n; j++) {
    const double alone = (double)inst->jobs[j].work / 1e12;
    jct[j] = seconds(audit->completion_us[j] - inst->jobs[j].arrival_us);
    m->slowdown_mean += jct[j] / alone / (double)n;
    work += alone;
  }
  qsort(jct, n, sizeof *jct, cmp_double);
  m->jct_mean = audit->mean_jct;
  m->jct_median = nearest_rank(jct, n, 0.5);
  m->jct_p95 = nearest_rank(jct, n, 0.95);
  m->jct_p99 = nearest_rank(jct, n, 0.99);
  m->jct_max = jct[n - 1];
  m->makespan = audit->makespan;
  m->stp_mean = work / audit->makespan;
  free(jct);
  return RMS_OK;
}

/* ---- of the machines ---------------------------------------------------------------------------
 * Runs are in the order of time, so that the union of their intervals is found in one pass. */

struct usage {
  int64_t busy_until, mps_until;
};

static double extend(int64_t *until, int64_t from, int64_t to)
{
  const int64_t start = from > *until ? from : *until;
  if (to <= start) return 0;
  *until = to;
  return seconds(to - start);
}

static int profile_at(const struct rms_timeline *t, const struct rms_timeline_cut *cut,
                      uint16_t start)
{
  for (size_t i = 0; i < cut->n_slices; i++)
    if (t->slices[cut->first + i].start == start) return t->slices[cut->first + i].profile;
  return -1;
}

struct tally {
  const struct rms_jobs *inst;
  const struct rms_timeline *timeline;
  const struct rms_jobs_audit *audit;
  struct rms_jobs_metrics *m;
  struct usage *usage;      /* [machines] */
  size_t *cut;              /* [machines] in force; SIZE_MAX: none yet */
  double held, busy, units; /* compute units x s, machine x s, compute units of all machines */
};

static void tally_run(struct tally *y, size_t r)
{
  const struct rms_timeline_run *const run = &y->timeline->runs[r];
  const struct rms_jobs_span *const span = &y->audit->spans[r];
  const struct rms_jobs_pool *const pool = rms_cluster_pool(&y->inst->cluster, run->machine);
  const struct rms_machine *const model = y->inst->cluster.models[pool->model];
  struct usage *const u = &y->usage[run->machine];
  const int64_t works = span->works_from_us < run->stop_us ? span->works_from_us : run->stop_us;
  y->m->lost_restoring += seconds(works - run->begin_us);
  y->m->lost_saving += seconds(span->end_us - run->stop_us);
  y->busy += extend(&u->busy_until, run->begin_us, span->end_us);
  if (run->start == RMS_TIMELINE_MPS) {
    const double mps = extend(&u->mps_until, run->begin_us, span->end_us);
    y->m->under_mps += mps;
    y->held += mps * model->compute_units;
    return;
  }
  const int profile = profile_at(y->timeline, &y->timeline->cuts[y->cut[run->machine]], run->start);
  if (profile >= 0)
    y->held += seconds(span->end_us - run->begin_us) * model->profiles[profile].compute;
}

static void tally_cut(struct tally *y, size_t c)
{
  const struct rms_timeline_cut *const cut = &y->timeline->cuts[c];
  size_t *const before = &y->cut[cut->machine];
  const bool is_level =
      *before != SIZE_MAX && cut->level >= 0 && y->timeline->cuts[*before].level >= 0;
  if (*before != SIZE_MAX && !is_level) y->m->cuts++;
  y->m->lost_cutting += seconds(y->audit->ready_us[c] - cut->begin_us);
  *before = c;
}

static void tally_all(struct tally *y)
{
  const struct rms_timeline *const t = y->timeline;
  size_t c = 0;
  for (size_t r = 0; r < t->n_runs; r++) {
    while (c < t->n_cuts && t->cuts[c].begin_us <= t->runs[r].begin_us) tally_cut(y, c++);
    tally_run(y, r);
  }
  while (c < t->n_cuts) tally_cut(y, c++);
}

static int measure_machines(const struct rms_jobs *inst, const struct rms_timeline *timeline,
                            const struct rms_jobs_audit *audit, struct rms_jobs_metrics *m)
{
  const size_t n = inst->cluster.n_machines;
  struct tally y = {.inst = inst, .timeline = timeline, .audit = audit, .m = m};
  y.usage = calloc(n, sizeof *y.usage);
  y.cut = malloc(n * sizeof *y.cut);
  if (y.usage && y.cut) {
    memset(y.cut, -1, n * sizeof *y.cut);
    for (size_t p = 0; p < inst->cluster.n_pools; p++)
      y.units += (double)inst->cluster.pools[p].count *
                 inst->cluster.models[inst->cluster.pools[p].model]->compute_units;
    tally_all(&y);
    m->utilisation = y.held / y.units / m->makespan;
    m->busy = y.busy / (double)n / m->makespan;
    m->runs = (double)timeline->n_runs;
    m->migrations = (double)(timeline->n_runs - inst->n_jobs);
  }
  const int status = y.usage && y.cut ? RMS_OK : RMS_E_NOMEM;
  free(y.cut);
  free(y.usage);
  return status;
}

/* First runs come in the order of the list. */
static int measure_queue(const struct rms_jobs *inst, const struct rms_timeline *timeline,
                         struct rms_jobs_metrics *m)
{
  bool *const has_run = calloc(inst->n_jobs, sizeof *has_run);
  if (!has_run) return RMS_E_NOMEM;
  for (size_t r = 0; r < timeline->n_runs; r++) {
    const struct rms_timeline_run *const run = &timeline->runs[r];
    if (has_run[run->job]) continue;
    has_run[run->job] = true;
    m->queue_mean +=
        seconds(run->begin_us - inst->jobs[run->job].arrival_us) / (double)inst->n_jobs;
  }
  free(has_run);
  return RMS_OK;
}

int rms_jobs_measure(const struct rms_jobs *inst, const struct rms_timeline *timeline,
                     const struct rms_jobs_audit *audit, struct rms_jobs_metrics *metrics)
{
  int status = RMS_OK;
  struct rms_jobs_metrics m = {.jct_mean = 0};
  RMS_TRY(measure_jobs(inst, audit, &m));
  RMS_TRY(measure_machines(inst, timeline, audit, &m));
  RMS_TRY(measure_queue(inst, timeline, &m));
  *metrics = m;
out:
  return status;
}

/* ---- over time ---------------------------------------------------------------------------------
 */

struct axis {
  int64_t from;
  double step; /* us */
  size_t n;
};

/* Add `rate` over [from, to) to the means of the parts. */
static void spread(const struct axis *axis, double *parts, int64_t from, int64_t to, double rate)
{
  const double a = (double)(from - axis->from) / axis->step;
  const double b = (double)(to - axis->from) / axis->step;
  for (size_t i = (size_t)fmax(a, 0); i < axis->n && (double)i < b; i++) {
    const double lo = fmax(a, (double)i), hi = fmin(b, (double)i + 1);
    if (hi > lo) parts[i] += rate * (hi - lo);
  }
}

int rms_jobs_over_time(const struct rms_jobs *inst, const struct rms_timeline *timeline,
                       const struct rms_jobs_audit *audit, size_t n, double *stp, double *waiting,
                       double *running)
{
  int64_t *const free_from = malloc(inst->n_jobs * sizeof *free_from);
  const struct axis axis = {.from = inst->jobs[0].arrival_us,
                            .step = audit->makespan * (double)RMS_JOBS_SECOND / (double)n,
                            .n = n};
  if (!free_from) return RMS_E_NOMEM;
  for (size_t i = 0; i < n; i++) stp[i] = waiting[i] = running[i] = 0;
  for (size_t j = 0; j < inst->n_jobs; j++) free_from[j] = inst->jobs[j].arrival_us;
  for (size_t r = 0; r < timeline->n_runs; r++) {
    const struct rms_timeline_run *const run = &timeline->runs[r];
    const struct rms_jobs_span *const span = &audit->spans[r];
    const double worked = (double)(run->stop_us - span->works_from_us);
    spread(&axis, waiting, free_from[run->job], run->begin_us, 1);
    spread(&axis, running, run->begin_us, span->end_us, 1);
    if (worked > 0)
      spread(&axis, stp, span->works_from_us, run->stop_us,
             (double)span->work / RMS_JOBS_FULL / worked);
    free_from[run->job] = span->end_us;
  }
  free(free_from);
  return RMS_OK;
}

/* ---- from bytes ---- */

void rms_jobs_measured_fini(struct rms_jobs_measured *d)
{
  rms_jobs_audit_fini(&d->audit);
  rms_timeline_fini(&d->timeline);
}

int rms_jobs_measure_bytes(const struct rms_jobs *inst, const void *bytes, size_t n,
                           struct rms_jobs_measured *d, struct rms_error *err)
{
  int status = RMS_OK;
  RMS_TRY(rms_timeline_decode(&d->timeline, bytes, n, err));
  RMS_TRY(rms_jobs_audit(inst, &d->timeline, &d->audit));
  if (!d->audit.is_feasible)
    RMS_TRY(rms_error_set(err, RMS_E_INSTANCE, "the plan is wrong: %s", d->audit.why));
  RMS_TRY(rms_jobs_measure(inst, &d->timeline, &d->audit, &d->metrics));
out:
  if (status == RMS_E_NOMEM) rms_error_set(err, status, "out of memory");
  return status;
}
