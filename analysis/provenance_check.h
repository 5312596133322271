/* SPDX-License-Identifier: GPL-3.0-or-later */
/* provenance_check.h - may these runs stand in one table? Not when they are of different builds of
 * the program or under different limits, and under a time limit not when they are of different
 * hosts: their times say nothing of each other. (Results of work-limited runs do not depend on the
 * host.) What was retried with other limits takes the place of what it replaces and is told apart.
 */
#ifndef RMS_PROVENANCE_CHECK_H
#define RMS_PROVENANCE_CHECK_H

#include "analysis/launch_notes.h"

/* Add what differs, such as "builds 'v1' and 'v2'; time limits 10 s, 20 s and others"; nothing when
 * nothing does.
 *   notes [in] of the records that the runs are of
 *   runs  [in] n runs, in any order
 * RMS_E_NOMEM. Cost: O(n log launches). */
int rms_runs_mixture(const struct rms_launch_notes *notes, const struct rms_run *const *runs,
                     size_t n, struct rms_text *text);

/* RMS_OK when all runs may stand in one table; otherwise RMS_E_USAGE with what differs and how to
 * have the table all the same. RMS_E_FORMAT: a launch line; RMS_E_NOMEM. */
int rms_records_one_origin(const struct rms_records *records, struct rms_error *err);

/* All records of a run folder, to be shown: rms_records_load, and then
 * RMS_E_IO when there is no such folder or no run has finished, RMS_E_USAGE as above unless
 * `may_mix`.
 *   result [out] free with rms_records_free; untouched on error */
int rms_records_load_shown(struct rms_records **result, const char *run_folder, bool may_mix,
                           struct rms_error *err);

#endif
