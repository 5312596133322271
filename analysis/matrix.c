/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "analysis/rows.h"
#include "analysis/stats.h"
#include "analysis/summary.h"

static int set_objective(struct rms_table *table, size_t column, const struct rms_case *c,
                         double value, const char *before, const char *after)
{
  char text[64];
  rms_objective_text(text, sizeof text, value, c->first->objective_step);
  return rms_table_set(table, column, *before ? NAN : value, "%s%s%s", before, text, after);
}

/* The runs of one label in one case: how a person reads them in a single cell. */
static int matrix_cell(struct rms_table *table, size_t column, const struct rms_comparison *cmp,
                       const struct rms_case *c, const char *label, double *scratch)
{
  size_t n = 0, solved = 0, wrong = 0;
  const struct rms_result *last = NULL;
  for (size_t k = c->begin; k < c->end; k++) {
    const struct rms_result *r = &cmp->results[k];
    if (strcmp(rms_label_of(r), label) != 0) continue;
    n++;
    if (!last || r->is_wrong) last = r;
    wrong += r->is_wrong;
    if (!isnan(r->objective)) scratch[solved++] = r->objective;
  }
  if (n == 0) return rms_table_set(table, column, NAN, " ");
  if (wrong) return rms_table_set(table, column, NAN, "%s", last->verdict);
  if (solved < n && n > 1) return rms_table_set(table, column, NAN, "%zu/%zu", solved, n);
  if (solved == 0 && !isnan(last->bound))
    return set_objective(table, column, c, last->bound, ">=", "");
  if (solved == 0)
    return rms_table_set(table, column, NAN, "%s",
                         last->run->claim == RMS_CLAIM_INFEASIBLE ? "infeasible" : last->end);
  double median = rms_quantile(scratch, solved, 0.5);
  return set_objective(table, column, c, median, "", c->is_proved && median == c->best ? "*" : "");
}

static int matrix_footer(struct rms_table *table, const struct rms_case *const *cases, size_t n,
                         bool bound)
{
  int status;
  RMS_TRY(rms_table_row(table));
  RMS_TRY(rms_table_set(table, 0, NAN, bound ? "proven bound" : "best found"));
  for (size_t i = 0; i < n; i++) {
    double value = bound ? cases[i]->bound : cases[i]->best;
    if (isnan(value))
      RMS_TRY(rms_table_set(table, i + 1, NAN, "-"));
    else
      RMS_TRY(set_objective(table, i + 1, cases[i], value, "", ""));
  }
out:
  return status;
}

/* "parvagpu-s1-p3" in a table of "parvagpu..." is read as "s1-p3": drop what all share, up to a
 * dash. */
static size_t common_prefix(const struct rms_case *const *cases, size_t n)
{
  size_t length = 0;
  if (n < 2) return 0;
  for (size_t i = 0; cases[0]->first->instance[i]; i++) {
    for (size_t k = 1; k < n; k++)
      if (strncmp(cases[0]->first->instance, cases[k]->first->instance, i + 1) != 0) return length;
    if (cases[0]->first->instance[i] == '-') length = i + 1;
  }
  return length;
}

static int matrix_fill(struct rms_table *table, const struct rms_comparison *cmp, const char *group,
                       const struct rms_case *const *cases, size_t n)
{
  int status;
  size_t n_rows = 0, prefix = common_prefix(cases, n);
  struct rms_row *rows = NULL;
  double *scratch = rms_arena_alloc(table->arena, cmp->n_results, sizeof *scratch);
  if (!scratch) return RMS_E_NOMEM;
  RMS_TRY(rms_table_column(table, "solver", "solver", "", true));
  for (size_t i = 0; i < n; i++)
    RMS_TRY(rms_table_column(table, cases[i]->first->instance + prefix, cases[i]->first->instance,
                             "", false));
  RMS_TRY(rms_rows_new(&rows, &n_rows, table->arena, cmp, group));
  for (size_t i = 0; i < n_rows; i++) {
    RMS_TRY(rms_table_row(table));
    RMS_TRY(rms_table_set(table, 0, NAN, "%s", rows[i].label));
    for (size_t k = 0; k < n; k++)
      RMS_TRY(matrix_cell(table, k + 1, cmp, cases[k], rows[i].label, scratch));
  }
  RMS_TRY(matrix_footer(table, cases, n, false));
  RMS_TRY(matrix_footer(table, cases, n, true));
  if (prefix)
    RMS_TRY(rms_table_note(table, "Instances without the beginning that they share, \"%.*s\".",
                           (int)prefix, cases[0]->first->instance));
out:
  return status;
}

int rms_matrix_table(struct rms_table **result, const struct rms_comparison *cmp, const char *group)
{
  int status;
  struct rms_table *table = NULL;
  const struct rms_case *cases[RMS_TABLE_COLUMNS_MAX - 1];
  size_t n = 0, left_out = 0;
  const struct rms_objective objective = rms_objective_of(cmp, group);
  RMS_TRY(rms_table_new(&table, group && *group ? group : "all instances"));
  for (size_t i = 0; i < cmp->n_cases; i++) {
    if (!rms_in_group(&cmp->results[cmp->cases[i].begin], group)) continue;
    if (n < RMS_TABLE_COLUMNS_MAX - 1)
      cases[n++] = &cmp->cases[i];
    else
      left_out++;
  }
  RMS_TRY(matrix_fill(table, cmp, group, cases, n));
  RMS_TRY(rms_table_note(table,
                         "%s%s%s of the verified plan, median over seeds; * proved optimal; "
                         ">= a bound, no plan.",
                         objective.name, *objective.unit ? ", " : "", objective.unit));
  if (left_out)
    RMS_TRY(rms_table_note(table, "%zu more instances left out here; they are in the summary.",
                           left_out));
  RMS_TRY(rms_limit_note(table, cmp, group));
  *result = table;
  return RMS_OK;
out:
  rms_table_free(table);
  return status;
}
