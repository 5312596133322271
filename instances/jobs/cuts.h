/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cuts.h - all ways to cut a machine of a pool: part of the builder of `jobs`. */
#ifndef RMS_JOBS_CUTS_H
#define RMS_JOBS_CUTS_H

#include "instances/jobs/jobs.h"

/* Fill pool->cuts, n_cuts and whole: every non-empty legal multiset of the profiles of `mask`,
 * which must be kinds of `cluster`; sub-multisets of the maximal partitions. RMS_E_LIMIT above
 * RMS_JOBS_CUTS_MAX, RMS_E_NOMEM. Cost: O(sub-multisets^2). */
int rms_jobs_cuts(struct rms_arena *arena, const struct rms_cluster *cluster,
                  struct rms_jobs_pool *pool, uint32_t mask, struct rms_error *err);

#endif
