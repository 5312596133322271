/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/summary.h"

#include <math.h>

#include "analysis/rows.h"

enum {
  S_SOLVER,
  S_N,
  S_TOTAL,
  S_OPTIMAL,
  S_OBJECTIVE,
  S_GAP_BOUND,
  S_GAP_BOUND_MAX,
  S_GAP_BEST,
  S_GAP_BEST_MAX,
  S_OWN_BOUND,
  S_TIME_BEST,
  S_TIME,
  S_STATUS
};

static int summary_columns(struct rms_table *table, struct rms_objective objective)
{
  const struct rms_table_column columns[] = {
      [S_SOLVER] = {"solver", "solver", "", true},
      [S_N] = {"solved", "n_solved", "", false},
      [S_TOTAL] = {"of", "n_runs", "", false},
      [S_OPTIMAL] = {"optimal", "n_optimal", "", false},
      [S_OBJECTIVE] = {objective.name, "objective_mean", *objective.unit ? objective.unit : "mean",
                       false},
      [S_GAP_BOUND] = {"gap to bound", "gap_bound_mean", "%", false},
      [S_GAP_BOUND_MAX] = {"max", "gap_bound_max", "%", false},
      [S_GAP_BEST] = {"gap to best", "gap_best_mean", "%", false},
      [S_GAP_BEST_MAX] = {"max", "gap_best_max", "%", false},
      [S_OWN_BOUND] = {"own bound off", "own_bound_gap_mean", "%", false},
      [S_TIME_BEST] = {"time to best", "time_best_median", "s", false},
      [S_TIME] = {"total time", "time_median", "s", false},
      [S_STATUS] = {"status", "status", "", true},
  };
  return rms_table_columns(table, columns, sizeof columns / sizeof *columns);
}

static int set_status(struct rms_table *table, const struct rms_row *row)
{
  if (row->n_wrong)
    return rms_table_set(table, S_STATUS, NAN, "%zu WRONG: %s", row->n_wrong, row->worst);
  if (row->n_abnormal)
    return rms_table_set(table, S_STATUS, NAN, "%zu %s", row->n_abnormal, row->worst);
  if (row->n_solved == 0)
    return rms_table_set(table, S_STATUS, NAN, row->n_bounds ? "bound only" : "no plan");
  return rms_table_set(table, S_STATUS, NAN, row->n_solved < row->n ? "some without a plan" : "ok");
}

static int summary_row(struct rms_table *table, const struct rms_row *row)
{
  int status;
  bool any = row->n_solved > 0, all = row->n_solved == row->n;
  RMS_TRY(rms_table_row(table));
  RMS_TRY(rms_table_set(table, S_SOLVER, NAN, "%s", row->label));
  RMS_TRY(rms_table_set(table, S_N, (double)row->n_solved, "%zu", row->n_solved));
  RMS_TRY(rms_table_set(table, S_TOTAL, (double)row->n, "%zu", row->n));
  RMS_TRY(rms_table_set(table, S_OPTIMAL, (double)row->n_proved, "%zu", row->n_proved));
  if (all)
    RMS_TRY(rms_table_set(table, S_OBJECTIVE, row->objective, "%.1f", row->objective));
  else
    RMS_TRY(rms_table_set(table, S_OBJECTIVE, NAN, "%zu/%zu", row->n_solved, row->n));
  RMS_TRY(rms_set_percent(table, S_GAP_BOUND, any ? row->gap_bound : NAN));
  RMS_TRY(rms_set_percent(table, S_GAP_BOUND_MAX, any ? row->gap_bound_max : NAN));
  RMS_TRY(rms_set_percent(table, S_GAP_BEST, any ? row->gap_best : NAN));
  RMS_TRY(rms_set_percent(table, S_GAP_BEST_MAX, any ? row->gap_best_max : NAN));
  RMS_TRY(rms_set_percent(table, S_OWN_BOUND, row->bound_gap));
  RMS_TRY(rms_set_seconds(table, S_TIME_BEST, row->time_best));
  RMS_TRY(rms_set_seconds(table, S_TIME, row->time));
  RMS_TRY(set_status(table, row));
out:
  return status;
}

int rms_summary_table(struct rms_table **result, const struct rms_comparison *cmp,
                      const char *group)
{
  int status;
  struct rms_table *table = NULL;
  struct rms_row *rows = NULL;
  size_t n = 0, n_cases = 0, n_proved = 0;

  RMS_TRY(rms_table_new(&table, group && *group ? group : "all instances"));
  RMS_TRY(summary_columns(table, rms_objective_of(cmp, group)));
  RMS_TRY(rms_rows_new(&rows, &n, table->arena, cmp, group));
  for (size_t i = 0; i < n; i++) RMS_TRY(summary_row(table, &rows[i]));
  for (size_t i = 0; i < cmp->n_cases; i++)
    if (rms_in_group(&cmp->results[cmp->cases[i].begin], group)) {
      n_cases++;
      n_proved += cmp->cases[i].is_proved;
    }
  RMS_TRY(rms_table_note(table, "%zu instances, %zu solved to proven optimality by somebody.",
                         n_cases, n_proved));
  RMS_TRY(rms_table_note(
      table, "gap = |c - c*| / max(|c|, |c*|); a run without a verified plan enters the gaps as "
             "100 %% and is missing in 'solved'; a mean over survivors is never shown."));
  RMS_TRY(rms_limit_note(table, cmp, group));
  *result = table;
  return RMS_OK;
out:
  rms_table_free(table);
  return status;
}
