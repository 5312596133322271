/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs counted by verdict and by end; the solvers with their parameters. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/faults.h"
#include "analysis/rows.h"

enum {
  V_SOLVER,
  V_RUNS,
  V_WRONG,
  V_UNVERIFIABLE,
  V_NONE,
  V_FEASIBLE,
  V_OPTIMAL,
  V_EXIT,
  V_DIED,
  V_TIME,
  V_OTHER,
  V_COLUMNS
};

struct tally {
  const char *label;
  size_t n[V_COLUMNS];
};

static int verdict_column(const struct rms_result *r)
{
  if (r->is_wrong) return V_WRONG;
  if (!strcmp(r->verdict, "unverifiable")) return V_UNVERIFIABLE;
  if (!strcmp(r->verdict, "verified_optimal")) return V_OPTIMAL;
  return strcmp(r->verdict, "verified_feasible") ? V_NONE : V_FEASIBLE;
}

static int end_column(const struct rms_result *r)
{
  switch (r->run->end) {
  case RMS_END_EXIT: return strcmp(r->end, "exit") ? V_DIED : V_EXIT;
  case RMS_END_SIGNAL:
  case RMS_END_MEMORY:
  case RMS_END_START_FAILED: return V_DIED;
  case RMS_END_TIMEOUT_WALL:
  case RMS_END_TIMEOUT_CPU: return V_TIME;
  default: return V_OTHER;
  }
}

static void count(struct tally *tally, const struct rms_result *r)
{
  tally->n[V_RUNS]++;
  tally->n[verdict_column(r)]++;
  tally->n[end_column(r)]++;
}

static int compare_tallies(const void *left, const void *right)
{
  static const int order[] = {V_WRONG, V_UNVERIFIABLE, V_DIED, V_TIME};
  const struct tally *a = left, *b = right;
  for (size_t i = 0; i < sizeof order / sizeof *order; i++)
    if (a->n[order[i]] != b->n[order[i]]) return a->n[order[i]] > b->n[order[i]] ? -1 : 1;
  return strcmp(a->label, b->label);
}

static int add_tally(struct rms_table *table, const struct tally *tally)
{
  int status;
  RMS_TRY(rms_table_row(table));
  RMS_TRY(rms_table_set(table, V_SOLVER, NAN, "%s", tally->label));
  for (size_t c = V_RUNS; c < V_COLUMNS; c++)
    RMS_TRY(rms_table_set(table, c, (double)tally->n[c], "%zu", tally->n[c]));
out:
  return status;
}

static int add_columns(struct rms_table *table)
{
  static const struct rms_table_column columns[] = {
      [V_SOLVER] = {"solver", "solver", "", true},
      [V_RUNS] = {"runs", "n_runs", "", false},
      [V_WRONG] = {"wrong", "n_wrong", "", false},
      [V_UNVERIFIABLE] = {"unverifiable", "n_unverifiable", "", false},
      [V_NONE] = {"no plan", "n_none", "", false},
      [V_FEASIBLE] = {"verified", "n_feasible", "", false},
      [V_OPTIMAL] = {"optimal", "n_optimal", "", false},
      [V_EXIT] = {"end: in order", "n_exit", "", false},
      [V_DIED] = {"end: died", "n_died", "", false},
      [V_TIME] = {"end: out of time", "n_timeout", "", false},
      [V_OTHER] = {"end: other", "n_other", "", false},
  };
  return rms_table_columns(table, columns, sizeof columns / sizeof *columns);
}

int rms_verdicts_table(struct rms_table **result, const struct rms_comparison *cmp,
                       const char *group)
{
  int status;
  struct rms_table *table = NULL;
  struct tally all = {.label = "all"};
  RMS_TRY(rms_table_new(&table, group && *group ? group : "all instances"));
  RMS_TRY(add_columns(table));
  struct tally *const tallies = rms_arena_alloc(table->arena, cmp->n_labels, sizeof *tallies);
  if (!tallies) RMS_TRY(RMS_E_NOMEM);
  for (size_t i = 0; i < cmp->n_labels; i++) tallies[i].label = cmp->labels[i];
  for (size_t i = 0; i < cmp->n_results; i++) {
    if (!rms_in_group(&cmp->results[i], group)) continue;
    count(&tallies[rms_label_index(cmp, rms_label_of(&cmp->results[i]))], &cmp->results[i]);
    count(&all, &cmp->results[i]);
  }
  qsort(tallies, cmp->n_labels, sizeof *tallies, compare_tallies);
  for (size_t i = 0; i < cmp->n_labels; i++)
    if (tallies[i].n[V_RUNS]) RMS_TRY(add_tally(table, &tallies[i]));
  RMS_TRY(add_tally(table, &all));
  RMS_TRY(rms_table_note(
      table, "Each run is counted by what the checker found (wrong, unverifiable, no plan, "
             "verified, optimal) and by how its process ended: in order, died (signal, memory, "
             "failed start, exit code), out of time, other (unsupported, cancelled)."));
  RMS_TRY(rms_limit_note(table, cmp, group));
  *result = table;
  return RMS_OK;
out:
  rms_table_free(table);
  return status;
}

/* ---- solvers -----------------------------------------------------------------------------------
 */

enum { L_LABEL, L_SOLVER, L_VERSION, L_PROVES, L_PARAMS, L_RUNS };

static int add_solver(struct rms_table *table, const struct rms_run *run, const char *label,
                      size_t n)
{
  int status;
  RMS_TRY(rms_table_row(table));
  RMS_TRY(rms_table_set(table, L_LABEL, NAN, "%s", label));
  RMS_TRY(rms_table_set(table, L_SOLVER, NAN, "%s", run->solver));
  RMS_TRY(rms_table_set(table, L_VERSION, NAN, "%s", run->version ? run->version : ""));
  RMS_TRY(rms_table_set(table, L_PROVES, NAN, "%s", run->proves_bounds ? "yes" : "no"));
  RMS_TRY(rms_table_set(table, L_PARAMS, NAN, "%s", run->params ? run->params : ""));
  RMS_TRY(rms_table_set(table, L_RUNS, (double)n, "%zu", n));
out:
  return status;
}

int rms_solvers_table(struct rms_table **result, const struct rms_comparison *cmp,
                      const char *group)
{
  static const struct rms_table_column columns[] = {
      [L_LABEL] = {"label", "label", "", true},
      [L_SOLVER] = {"solver", "solver", "", true},
      [L_VERSION] = {"version", "version", "", true},
      [L_PROVES] = {"proves bounds", "proves_bounds", "", true},
      [L_PARAMS] = {"all parameters", "params", "", true},
      [L_RUNS] = {"runs", "n_runs", "", false},
  };
  int status;
  struct rms_table *table = NULL;
  RMS_TRY(rms_table_new(&table, group && *group ? group : "all instances"));
  RMS_TRY(rms_table_columns(table, columns, sizeof columns / sizeof *columns));
  size_t *const n = rms_arena_alloc(table->arena, cmp->n_labels, sizeof *n);
  const struct rms_run **run = rms_arena_alloc(table->arena, cmp->n_labels, sizeof *run);
  if (!n || !run) RMS_TRY(RMS_E_NOMEM);
  for (size_t i = 0; i < cmp->n_results; i++) {
    if (!rms_in_group(&cmp->results[i], group)) continue;
    const size_t k = rms_label_index(cmp, rms_label_of(&cmp->results[i]));
    n[k]++;
    run[k] = cmp->results[i].run;
  }
  for (size_t i = 0; i < cmp->n_labels; i++)
    if (n[i]) RMS_TRY(add_solver(table, run[i], cmp->labels[i], n[i]));
  *result = table;
  return RMS_OK;
out:
  rms_table_free(table);
  return status;
}
