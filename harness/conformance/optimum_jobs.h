/* SPDX-License-Identifier: GPL-3.0-or-later */
/* optimum_jobs.h - least mean completion time of a tiny instance of `jobs` by plain enumeration.
 * Where a cut, and saving a job, each take a day, no speeds under MPS are known, and all jobs can
 * be done within a day, a best timeline cuts each machine once, at the beginning, and never stops
 * a job: all legal cuts (found with the judge of layouts), all slices and orders of jobs are
 * tried. Shares no code with simulator, policies or the cuts of the builder. Cost exponential: at
 * most 4 jobs, 2 machines. */
#ifndef RMS_CONFORMANCE_OPTIMUM_JOBS_H
#define RMS_CONFORMANCE_OPTIMUM_JOBS_H

#include "instances/family.h"

/* *is_feasible false: a job runs nowhere. RMS_E_LIMIT: the instance is not of that sort. */
int rms_kit_optimum_jobs(const struct rms_instance *inst, bool *is_feasible,
                         double objective[RMS_OBJECTIVES], struct rms_error *err);

#endif
