/* SPDX-License-Identifier: GPL-3.0-or-later */
/* summary.h - the tables of a run, built from a comparison: of the runs of one group, or (NULL) of
 * all. *result is freed by rms_table_free. All: RMS_E_NOMEM. */
#ifndef RMS_SUMMARY_H
#define RMS_SUMMARY_H

#include "analysis/compare.h"
#include "analysis/table.h"

/* One row per solver (label) over the instances of a group (NULL: all): n/N, the objective under
 * its family's name, gap to the best proven bound, gap to the best found, time to best, total time,
 * status. Missing solutions enter the mean gaps as 1 and are counted in n/N: no average over
 * survivors. */
int rms_summary_table(struct rms_table **result, const struct rms_comparison *cmp,
                      const char *group);

/* One row per solver, one column per instance of a group (at most RMS_TABLE_COLUMNS_MAX - 1; a note
 * says how many were left out): the objective, "*" where it is proved optimal, the end or verdict
 * where there is none; two last rows: best found and best proven bound. */
int rms_matrix_table(struct rms_table **result, const struct rms_comparison *cmp,
                     const char *group);

/* One row per solver: share proved, and the shifted geometric mean of the time to proof, runs that
 * prove nothing counted as their limit, with its ratio to that of the best one; wall and processor
 * time. */
int rms_proof_table(struct rms_table **result, const struct rms_comparison *cmp, const char *group);

/* One row per solver, paired with the solver labelled `against` over the same instances, seeds and
 * repeats: how often it is better, equal, worse, median ratio and relative difference of the means
 * of the objective, and Wilcoxon's two-sided p. Pairs in which one has no verified solution are
 * counted apart. RMS_E_USAGE when no run has that label. */
int rms_pairs_table(struct rms_table **result, const struct rms_comparison *cmp, const char *group,
                    const char *against, struct rms_error *err);

/* One row per run, with everything. */
int rms_runs_table(struct rms_table **result, const struct rms_comparison *cmp, const char *group);

enum { RMS_TIMES_MAX = 12 };

/* One row per solver, and for each of the times (CPU seconds of the solver's process, from its
 * trace): how many runs say anything about it, how many had a proven optimum by then, median and
 * worst gap to the best proven bound.
 *   times [in] at most RMS_TIMES_MAX */
int rms_anytime_table(struct rms_table **result, const struct rms_comparison *cmp,
                      const char *group, const double *times, size_t n_times);

#endif
