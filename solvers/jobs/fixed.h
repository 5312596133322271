/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fixed.h - machines that keep one cut from the first to the last moment (MISO's static partition):
 * of the waiting jobs, in the order of arrival, each takes the largest idle slice there is if it
 * fits it, else it is passed over; an idle slice that nobody waits for is taken by the job on the
 * smallest slice of the same machine. */
#ifndef RMS_SOLVERS_JOBS_FIXED_H
#define RMS_SOLVERS_JOBS_FIXED_H

#include "solvers/jobs/policy.h"

struct rms_fixed_plan {
  const struct rms_jobs_cut *cut[RMS_JOBS_POOLS_MAX]; /* of each pool's machines */
  bool promotes;                                      /* jobs move up to larger idle slices */
};

/* Does every job fit a slice of some pool's cut? */
bool rms_fixed_suits(const struct rms_jobs *inst, const struct rms_fixed_plan *plan);

/* As rms_policy_simulate; RMS_E_INSTANCE when a job fits no slice. */
int rms_fixed_simulate(const struct rms_jobs *inst, const struct rms_fixed_plan *plan,
                       const struct rms_host *host, uint64_t *work, struct rms_timeline *timeline);

#endif
