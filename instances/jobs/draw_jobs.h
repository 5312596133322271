/* SPDX-License-Identifier: GPL-3.0-or-later */
/* draw_jobs.h - the jobs of a generated instance: published jobs and run times, arrival processes.
 */
#ifndef RMS_JOBS_DRAW_JOBS_H
#define RMS_JOBS_DRAW_JOBS_H

#include "instances/jobs/jobs.h"
#include "instances/jobs/mixes.h"
#include "instances/jobs/recipe.h"

/* Types and works of jobs[0..n-1] (n: option jobs); types are numbered as the variants of `mixes`.
 * A pure function of the recipe.
 *   key [in] of the random numbers: (seed, hash of the options without seed and index)
 * RMS_E_NOMEM, RMS_E_FORMAT (a figure table). Cost: linear. */
int rms_jobs_draw(const struct rms_jobs_recipe *recipe, uint64_t key, const struct rms_mixes *mixes,
                  struct rms_job *jobs, struct rms_error *err);

/* Their arrivals, ascending, `gap` seconds apart in the mean. RMS_E_LIMIT: one would be too late.
 */
int rms_jobs_draw_arrivals(const struct rms_jobs_recipe *recipe, uint64_t key, double gap,
                           struct rms_job *jobs, struct rms_error *err);

#endif
