/* SPDX-License-Identifier: GPL-3.0-or-later */
/* draw_jobs.h - the jobs of a generated instance: published jobs and run times, arrival processes.
 */
#ifndef RMS_JOBS_DRAW_JOBS_H
#define RMS_JOBS_DRAW_JOBS_H

#include "instances/jobs/jobs.h"
#include "instances/jobs/mixes.h"
#include "instances/jobs/recipe.h"

/* Fill jobs[0..n-1] (n: option jobs) in the order of arrival; types are numbered as the variants of
 * `mixes`. A pure function of the recipe. Arrivals with `load`: the gap is such that the work
 * drawn, divided by (n x gap x machines), is the load. key [in] of the random numbers: (seed, hash
 * of the options without seed and index) RMS_E_NOMEM, RMS_E_FORMAT (a figure table). Cost: linear.
 */
int rms_jobs_draw(const struct rms_jobs_recipe *recipe, uint64_t key, const struct rms_mixes *mixes,
                  struct rms_job *jobs, struct rms_error *err);

#endif
