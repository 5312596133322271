/* SPDX-License-Identifier: GPL-3.0-or-later */
/* metrics.h - what a timeline is worth, beyond its objectives: computed from an audited timeline,
 * in seconds where no unit is said. */
#ifndef RMS_JOBS_METRICS_H
#define RMS_JOBS_METRICS_H

#include "instances/jobs/check.h"

/* name, unit, meaning */
#define RMS_JOBS_METRICS(X)                                                                        \
  X(jct_mean, "s", "completion - arrival, mean over the jobs")                                     \
  X(jct_median, "s", "median")                                                                     \
  X(jct_p95, "s", "95th percentile (nearest rank)")                                                \
  X(jct_p99, "s", "99th percentile (nearest rank)")                                                \
  X(jct_max, "s", "largest")                                                                       \
  X(slowdown_mean, "", "completion time over the time on a whole idle machine, mean")              \
  X(queue_mean, "s", "first run - arrival, mean")                                                  \
  X(makespan, "s", "last completion - first arrival")                                              \
  X(stp_mean, "machines", "work done a second, mean over the makespan; 1: a whole machine's")      \
  X(utilisation, "", "compute units held by jobs, part of all, over the makespan")                 \
  X(busy, "", "part of the machine-seconds of the makespan in which a machine has a job")          \
  X(runs, "", "stretches that a job holds a slice")                                                \
  X(migrations, "", "runs beyond the first of a job")                                              \
  X(cuts, "", "times that a machine was cut, after the first")                                     \
  X(lost_restoring, "s", "slices held by jobs that are being restored, in all")                    \
  X(lost_saving, "s", "slices held by jobs that are being saved, in all")                          \
  X(lost_cutting, "s", "machines being cut, in all")                                               \
  X(under_mps, "s", "machines with jobs under MPS, in all")

struct rms_jobs_metrics {
#define RMS_JOBS_METRIC_FIELD(name, unit, doc) double name;
  RMS_JOBS_METRICS(RMS_JOBS_METRIC_FIELD)
#undef RMS_JOBS_METRIC_FIELD
};

/*   audit [in] of this timeline, feasible
 * RMS_E_NOMEM. Cost: O(n log n) in jobs, linear in runs and cuts. */
int rms_jobs_measure(const struct rms_jobs *inst, const struct rms_timeline *timeline,
                     const struct rms_jobs_audit *audit, struct rms_jobs_metrics *metrics);

/* Means over n equal parts of the makespan (each array [n], zeroed by the function).
 *   stp     [out] work done a second, in whole machines
 *   waiting [out] jobs that have arrived and hold nothing
 *   running [out] jobs that hold a slice
 * Cost: linear in runs and the parts that they span. RMS_E_NOMEM. */
int rms_jobs_over_time(const struct rms_jobs *inst, const struct rms_timeline *timeline,
                       const struct rms_jobs_audit *audit, size_t n, double *stp, double *waiting,
                       double *running);

/* A timeline with all that follows from it. Zero-initialise. */
struct rms_jobs_measured {
  struct rms_timeline timeline;
  struct rms_jobs_audit audit;
  struct rms_jobs_metrics metrics;
};
/* Decode, audit, measure. RMS_E_FORMAT, RMS_E_INSTANCE: the timeline is wrong; RMS_E_NOMEM. */
int rms_jobs_measure_bytes(const struct rms_jobs *inst, const void *bytes, size_t n,
                           struct rms_jobs_measured *measured, struct rms_error *err);
void rms_jobs_measured_fini(struct rms_jobs_measured *measured); /* accepts a zeroed one */

/* The family's callbacks: a flat JSON object; lines for a terminal. Nothing for a wrong timeline.
 */
int rms_jobs_write_metrics(const struct rms_instance *inst, const void *bytes, size_t n,
                           struct rms_text *text);
int rms_jobs_draw_text(const struct rms_instance *inst, const void *bytes, size_t n, bool colour,
                       int columns, struct rms_text *text, struct rms_error *err);

#endif
