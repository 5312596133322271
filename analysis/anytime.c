/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "analysis/caveats.h"
#include "analysis/rows.h"
#include "analysis/stats.h"
#include "analysis/summary.h"

enum { COLUMNS_PER_TIME = 4 }; /* runs, at the optimum, median gap, worst gap */

struct moment { /* one solver at one time; shares */
  size_t n, n_optimal;
  double median, worst;
};

/* Its limits let the run go on until t, and no other limit (wall time on a busy machine) ended it
 * before. A run that ended by itself before t stands as it ended. */
static bool covers(const struct rms_run *run, double t)
{
  if (run->limit_cpu < t || run->limit_time < t) return false;
  return !(run->wall >= run->limit_time && run->cpu_user + run->cpu_system < t);
}

/* What the run had after t CPU seconds: INFINITY: nothing; NAN: its record has no CPU times. A run
 * without a verified plan has nothing at any time. */
static double objective_at(const struct rms_result *r, double t)
{
  double objective = INFINITY;
  if (isnan(r->objective)) return INFINITY;
  for (size_t i = 0; i < r->run->n_trace; i++) {
    const struct rms_trace_point *point = &r->run->trace[i];
    if (isnan(point->cpu)) return NAN;
    if (point->cpu <= t && point->objective < objective) objective = point->objective;
  }
  return objective < r->objective ? r->objective : objective; /* no claim beats the checker */
}

static void add_run(struct moment *moment, double *gaps, const struct rms_case *c,
                    const struct rms_result *r, double t)
{
  const double objective = objective_at(r, t);
  if (!covers(r->run, t) || isnan(objective)) return;
  gaps[moment->n++] = isinf(objective) ? 1 : rms_gap(objective, c->bound);
  if (c->is_proved && objective <= c->best) moment->n_optimal++;
}

static size_t gather(struct moment *moment, double *gaps, const struct rms_comparison *cmp,
                     const char *group, const char *label, double t)
{
  size_t n_runs = 0;
  *moment = (struct moment){0};
  const struct rms_range range = rms_cases_of(cmp, group);
  for (size_t i = range.begin; i < range.end; i++)
    for (size_t k = cmp->cases[i].begin; k < cmp->cases[i].end; k++) {
      const struct rms_result *r = &cmp->results[k];
      if (strcmp(rms_label_of(r), label) != 0) continue;
      add_run(moment, gaps, &cmp->cases[i], r, t);
      n_runs++;
    }
  moment->median = rms_quantile(gaps, moment->n, 0.5);
  moment->worst = rms_maximum(gaps, moment->n);
  return n_runs;
}

static int add_columns(struct rms_table *table, const double *times, size_t n_times)
{
  static const struct rms_table_column columns[COLUMNS_PER_TIME] = {
      {"n", "n", "", false},
      {"optimal", "n_optimal", "", false},
      {"median", "gap_median", "%", false},
      {"worst", "gap_worst", "%", false}};
  int status = rms_table_column(table, "solver", "solver", "", true);
  if (status >= 0) status = rms_table_column(table, "runs", "n_runs", "", false);
  for (size_t i = 0; i < n_times; i++)
    for (size_t k = 0; k < COLUMNS_PER_TIME && status >= 0; k++) {
      char name[64], key[64];
      snprintf(name, sizeof name, "%gs: %s", times[i], columns[k].name);
      snprintf(key, sizeof key, "%s_%g", columns[k].key, times[i]);
      status = rms_table_column(table, name, key, columns[k].unit, false);
    }
  return status;
}

static int set_moment(struct rms_table *table, size_t column, const struct moment *moment)
{
  int status;
  RMS_TRY(rms_table_set(table, column, (double)moment->n, "%zu", moment->n));
  if (moment->n == 0) goto out;
  RMS_TRY(rms_table_set(table, column + 1, (double)moment->n_optimal, "%zu", moment->n_optimal));
  RMS_TRY(rms_set_percent(table, column + 2, moment->median));
  RMS_TRY(rms_set_percent(table, column + 3, moment->worst));
out:
  return status;
}

static int add_row(struct rms_table *table, const struct rms_comparison *cmp, const char *group,
                   const char *label, const double *times, size_t n_times, double *gaps)
{
  struct moment moment;
  int status;
  const size_t n_runs = gather(&moment, gaps, cmp, group, label, 0);
  if (n_runs == 0) return RMS_OK;
  RMS_TRY(rms_table_row(table));
  RMS_TRY(rms_table_set(table, 0, NAN, "%s", label));
  RMS_TRY(rms_table_set(table, 1, (double)n_runs, "%zu", n_runs));
  for (size_t i = 0; i < n_times; i++) {
    gather(&moment, gaps, cmp, group, label, times[i]);
    RMS_TRY(set_moment(table, 2 + COLUMNS_PER_TIME * i, &moment));
  }
out:
  return status;
}

static int add_notes(struct rms_table *table, const struct rms_comparison *cmp, const char *group)
{
  size_t n_cases = 0, n_proved = 0;
  int status;
  for (size_t i = 0; i < cmp->n_cases; i++)
    if (rms_in_group(&cmp->results[cmp->cases[i].begin], group)) {
      n_cases++;
      n_proved += cmp->cases[i].is_proved;
    }
  RMS_TRY(rms_table_note(table,
                         "Gaps to the best proven bound; %zu of %zu instances have a proven "
                         "optimum, and the bound is that.",
                         n_proved, n_cases));
  RMS_TRY(rms_table_note(
      table, "Seconds of CPU of the solver's process. n: runs whose limits reach that far; a run "
             "that ended by itself stands as it ended, one without a plan counts as 100 %%."));
  RMS_TRY(rms_caveats(table, cmp, group));
out:
  return status;
}

int rms_anytime_table(struct rms_table **result, const struct rms_comparison *cmp,
                      const char *group, const double *times, size_t n_times)
{
  struct rms_table *table = NULL;
  int status;
  RMS_TRY(rms_table_new(&table, group && *group ? group : "all instances"));
  double *gaps = rms_arena_alloc(table->arena, cmp->n_results, sizeof *gaps);
  if (!gaps) RMS_TRY(RMS_E_NOMEM);
  RMS_TRY(add_columns(table, times, n_times));
  for (size_t i = 0; i < cmp->n_labels; i++)
    RMS_TRY(add_row(table, cmp, group, cmp->labels[i], times, n_times, gaps));
  RMS_TRY(add_notes(table, cmp, group));
  *result = table;
  return RMS_OK;
out:
  rms_table_free(table);
  return status;
}
