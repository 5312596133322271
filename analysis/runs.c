/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "analysis/rows.h"
#include "analysis/summary.h"

enum {
  R_INSTANCE,
  R_SOLVER,
  R_SEED,
  R_OBJECTIVE,
  R_BOUND,
  R_GAP_BOUND,
  R_GAP_BEST,
  R_TIME_BEST,
  R_TIME,
  R_MEMORY,
  R_END,
  R_CLAIM,
  R_VERDICT,
  R_WHY
};

static int set_objective(struct rms_table *table, size_t column, double value, double step)
{
  char text[64];
  if (isnan(value)) return rms_table_set(table, column, NAN, "-");
  rms_objective_text(text, sizeof text, value, step);
  return rms_table_set(table, column, value, "%s", text);
}

static int runs_row(struct rms_table *table, const struct rms_result *r)
{
  int status;
  double mib = (double)r->run->peak_memory / (1 << 20);
  RMS_TRY(rms_table_row(table));
  RMS_TRY(rms_table_set(table, R_INSTANCE, NAN, "%s", r->run->instance));
  RMS_TRY(rms_table_set(table, R_SOLVER, NAN, "%s", rms_label_of(r)));
  RMS_TRY(
      rms_table_set(table, R_SEED, (double)r->run->seed, "%llu", (unsigned long long)r->run->seed));
  RMS_TRY(set_objective(table, R_OBJECTIVE, r->objective, r->run->objective_step));
  RMS_TRY(set_objective(table, R_BOUND, r->run->bound, 0));
  RMS_TRY(rms_set_percent(table, R_GAP_BOUND, r->gap_bound));
  RMS_TRY(rms_set_percent(table, R_GAP_BEST, r->gap_best));
  RMS_TRY(rms_set_seconds(table, R_TIME_BEST, r->time_best));
  RMS_TRY(rms_set_seconds(table, R_TIME, r->time));
  RMS_TRY(rms_table_set(table, R_MEMORY, mib, "%.1f", mib));
  RMS_TRY(rms_table_set(table, R_END, NAN, "%s", r->end));
  RMS_TRY(rms_table_set(table, R_CLAIM, NAN, "%s", rms_claim_text(r->run->claim)));
  RMS_TRY(rms_table_set(table, R_VERDICT, NAN, "%s", r->verdict));
  RMS_TRY(rms_table_set(table, R_WHY, NAN, "%s", r->run->why ? r->run->why : ""));
out:
  return status;
}

int rms_runs_table(struct rms_table **result, const struct rms_comparison *cmp, const char *group)
{
  const struct rms_objective objective = rms_objective_of(cmp, group);
  const struct rms_table_column columns[] = {
      [R_INSTANCE] = {"instance", "instance", "", true},
      [R_SOLVER] = {"solver", "solver", "", true},
      [R_SEED] = {"seed", "seed", "", false},
      [R_OBJECTIVE] = {objective.name, "objective", objective.unit, false},
      [R_BOUND] = {"its bound", "bound", objective.unit, false},
      [R_GAP_BOUND] = {"gap to bound", "gap_bound", "%", false},
      [R_GAP_BEST] = {"gap to best", "gap_best", "%", false},
      [R_TIME_BEST] = {"time to best", "time_best", "s", false},
      [R_TIME] = {"total time", "time", "s", false},
      [R_MEMORY] = {"memory", "peak_memory", "MiB", false},
      [R_END] = {"end", "end", "", true},
      [R_CLAIM] = {"claim", "claim", "", true},
      [R_VERDICT] = {"verdict", "verdict", "", true},
      [R_WHY] = {"why", "why", "", true},
  };
  int status;
  struct rms_table *table = NULL;
  RMS_TRY(rms_table_new(&table, group && *group ? group : "all runs"));
  RMS_TRY(rms_table_columns(table, columns, sizeof columns / sizeof *columns));
  for (size_t i = 0; i < cmp->n_results; i++)
    if (rms_in_group(&cmp->results[i], group)) RMS_TRY(runs_row(table, &cmp->results[i]));
  RMS_TRY(rms_limit_note(table, cmp, group));
  *result = table;
  return RMS_OK;
out:
  rms_table_free(table);
  return status;
}
