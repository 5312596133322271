/* SPDX-License-Identifier: GPL-3.0-or-later */
/* check.h - the judge of family `jobs`: from the instance and a timeline alone, in exact integers,
 * without the simulator, the cuts of the builder or anything of a policy. */
#ifndef RMS_JOBS_CHECK_H
#define RMS_JOBS_CHECK_H

#include "instances/jobs/timeline.h"

struct rms_jobs_span {           /* what follows for one run of the timeline */
  int64_t works_from_us, end_us; /* see timeline.h */
  int64_t work;                  /* units done in it */
  int32_t last_speed;            /* in its last microsecond at work */
  bool is_last;                  /* the job is complete at its stop */
};

/* Everything that can be recomputed from a timeline. Free with rms_jobs_audit_fini. */
struct rms_jobs_audit {
  bool is_feasible; /* false: `why` is the first violation found, the numbers mean nothing */
  char why[256];
  struct rms_jobs_span *spans; /* [n_runs], as the runs of the timeline */
  int64_t *ready_us;           /* [n_cuts] when what the cut made can be used */
  int64_t *completion_us;      /* [n_jobs] */
  double mean_jct, makespan;   /* s; makespan: last completion - first arrival */
};

/*   timeline [in] borrowed; may be hostile, but for the counts of its own arrays
 * Checked: layouts, no cut before the former one is ready, every run within the life of its slice,
 * one run a slice (under MPS: number, memory, known speeds), no run before the job arrives or while
 * it is still held elsewhere, overheads, and that each job is complete exactly at the end of its
 * last run: not a microsecond earlier, not later.
 * Returns 0 or RMS_E_NOMEM. Cost: O(n log n) in cuts and runs. */
int rms_jobs_audit(const struct rms_jobs *inst, const struct rms_timeline *timeline,
                   struct rms_jobs_audit *audit);
void rms_jobs_audit_fini(struct rms_jobs_audit *audit); /* accepts a zeroed one */

/* The family's check. Objectives: mean completion time, makespan. */
int rms_jobs_check(const struct rms_instance *inst, const void *bytes, size_t n,
                   const struct rms_claim *claim, struct rms_verdict *verdict);

/* A job that runs on no slice of any pool: named in *why. */
bool rms_jobs_is_hopeless(const struct rms_instance *inst, struct rms_error *why);

#endif
