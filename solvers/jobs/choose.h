/* SPDX-License-Identifier: GPL-3.0-or-later */
/* choose.h - how to cut one machine for the jobs on it, and which slice each gets: exhaustive over
 * legal cuts and distinct assignments (MISO's optimizer, SoCC 2022, whose code enumerates all
 * orders). Whatever is to be maximised is a sum of one value for each job and kind of slice:
 *   speed                 system throughput (STP)
 *   - 1 / speed           mean slow-down, minimised
 *   weight x either       jobs that matter more */
#ifndef RMS_JOBS_CHOOSE_H
#define RMS_JOBS_CHOOSE_H

#include <math.h>

#include "instances/jobs/jobs.h"
#include "instances/jobs/simulate.h"

enum { RMS_CHOOSE_JOBS_MAX = 8 };
#define RMS_CHOOSE_NEVER (-INFINITY) /* the value of a slice that does not suit a job */

enum rms_choose_cuts {
  RMS_CHOOSE_MAXIMAL, /* cuts to which no slice can be added, one job on each slice */
  RMS_CHOOSE_ANY      /* all cuts with as many slices as jobs: part of the machine may stay idle */
};

struct rms_choice {
  const struct rms_jobs_cut *cut;     /* of the pool; n_slices = number of jobs */
  uint16_t kind[RMS_CHOOSE_JOBS_MAX]; /* of the slice of each job */
  double value;
};

/* Best cut with exactly n slices and best assignment. Ties: the first cut of the pool, the first
 * kinds.
 *   value  [in]  [n], by kind of the cluster; RMS_CHOOSE_NEVER: not there
 *   choice [out] untouched when there is none
 * Returns false when no cut of exactly n slices suits all jobs, or n is 0 or above
 * RMS_CHOOSE_JOBS_MAX. Cost: cuts of n slices x distinct assignments (at most 24 on a machine of
 * seven slices), cut short by bounds. */
bool rms_choose(const struct rms_jobs_pool *pool, enum rms_choose_cuts cuts,
                const double (*value)[RMS_JOBS_KINDS_MAX], size_t n, struct rms_choice *choice);

/* The arrangement of a choice: slices of the cut's layout, each with a job; jobs keep the slices
 * that they have in `now` where kinds and layout allow it.
 *   jobs [in] [n], as given to rms_choose
 *   now  [in] what is in force; NULL: nothing
 *   to   [out] complete */
void rms_choice_arrange(const struct rms_choice *choice, const uint32_t *jobs, size_t n,
                        const struct rms_arrangement *now, struct rms_arrangement *to);

#endif
