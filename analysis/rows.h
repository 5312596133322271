/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rows.h - one solver over a group of instances, and cells that all tables share. */
#ifndef RMS_ROWS_H
#define RMS_ROWS_H

#include "analysis/compare.h"
#include "analysis/table.h"
#include "instances/family.h"

struct rms_row { /* one solver over a group; shares, not percent; s; NAN where there is nothing */
  const char *label; /* borrowed from the comparison, as `worst` */
  size_t n, n_solved, n_proved, n_wrong, n_abnormal, n_bounds;
  double objective, gap_bound, gap_bound_max, gap_best, gap_best_max, bound_gap;
  double time_best, time;
  const char *worst; /* worst verdict that is wrong, or the first abnormal end */
};

/* The rows of a group (NULL: all), best first: more solved, then smaller mean gap to the best, then
 * name; solvers without any plan (bounds) last. Allocated in `arena`. RMS_E_NOMEM. */
int rms_rows_new(struct rms_row **result, size_t *n, struct rms_arena *arena,
                 const struct rms_comparison *cmp, const char *group);

/* The cases of a group (NULL: all) follow each other. Cost: O(log cases). */
struct rms_range {
  size_t begin, end;
};
struct rms_range rms_cases_of(const struct rms_comparison *cmp, const char *group);
/* The row of tables that the run belongs to; borrowed from the run. */
const char *rms_label_of(const struct rms_result *r);
/* Which of cmp->labels it is. Cost: O(log labels). */
size_t rms_label_index(const struct rms_comparison *cmp, const char *label);

/* What the objective of a group's runs (NULL: all) is called: "objective" where their families
 * differ. */
struct rms_objective rms_objective_of(const struct rms_comparison *cmp, const char *group);

/* Numbers for people, into text[size], cut to it.
 * An objective: a multiple of `step` (machines) as it is; without a step six digits,
 * with their zeros, so that columns line up. */
void rms_objective_text(char *text, size_t size, double value, double step);

/* Seconds: two digits that count, down to a microsecond. */
void rms_seconds_text(char *text, size_t size, double t);

/* Cells of the last row: a share as percent, seconds with a fitting number of digits; "-" for NAN.
 * RMS_E_NOMEM. */
int rms_set_percent(struct rms_table *table, size_t column, double share);
int rms_set_seconds(struct rms_table *table, size_t column, double t);

/* Notes: under which kind of limit the runs of a group (NULL: all) were made, and their caveats
 * (caveats.h). RMS_E_NOMEM, RMS_E_LIMIT. */
int rms_limit_note(struct rms_table *table, const struct rms_comparison *cmp, const char *group);

#endif
