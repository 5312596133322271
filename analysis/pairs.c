/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Is a solver better than another one, instance by instance? */
#include <math.h>
#include <string.h>

#include "analysis/rows.h"
#include "analysis/stats.h"
#include "analysis/summary.h"

enum { C_SOLVER, C_PAIRS, C_ALONE, C_BETTER, C_EQUAL, C_WORSE, C_RATIO, C_CHANGE, C_P };

struct pairs {
  size_t n, n_alone, n_better, n_equal, n_worse;
  double *difference, *ratio; /* [results of the comparison] */
  double sum, sum_against;
};

static int add_columns(struct rms_table *table)
{
  static const struct rms_table_column columns[] = {
      [C_SOLVER] = {"solver", "solver", "", true},
      [C_PAIRS] = {"pairs", "n_pairs", "", false},
      [C_ALONE] = {"without", "n_unpaired", "", false},
      [C_BETTER] = {"better", "n_better", "", false},
      [C_EQUAL] = {"equal", "n_equal", "", false},
      [C_WORSE] = {"worse", "n_worse", "", false},
      [C_RATIO] = {"median ratio", "ratio_median", "", false},
      [C_CHANGE] = {"mean differs by", "mean_change", "%", false},
      [C_P] = {"p (Wilcoxon)", "p_wilcoxon", "", false}};
  return rms_table_columns(table, columns, sizeof columns / sizeof *columns);
}

/* The run of `label` on this case with the same seed and repeat; NULL: none. */
static const struct rms_result *find_partner(const struct rms_comparison *cmp,
                                             const struct rms_case *c, const char *label,
                                             const struct rms_run *run)
{
  for (size_t i = c->begin; i < c->end; i++) {
    const struct rms_result *r = &cmp->results[i];
    if (!strcmp(rms_label_of(r), label) && r->run->seed == run->seed &&
        r->run->repeat == run->repeat)
      return r;
  }
  return NULL;
}

static void add_pair(struct pairs *p, double mine, double theirs)
{
  if (isnan(mine) || isnan(theirs)) {
    p->n_alone++;
    return;
  }
  p->difference[p->n] = mine - theirs;
  p->ratio[p->n++] = mine / theirs;
  p->n_better += mine < theirs;
  p->n_equal += mine == theirs;
  p->n_worse += mine > theirs;
  p->sum += mine;
  p->sum_against += theirs;
}

static void pair_up(struct pairs *p, const struct rms_comparison *cmp, const char *group,
                    const char *label, const char *against)
{
  const struct rms_range range = rms_cases_of(cmp, group);
  for (size_t i = range.begin; i < range.end; i++) {
    const struct rms_case *c = &cmp->cases[i];
    for (size_t j = c->begin; j < c->end; j++) {
      const struct rms_result *r = &cmp->results[j];
      if (strcmp(rms_label_of(r), label) != 0) continue;
      const struct rms_result *partner = find_partner(cmp, c, against, r->run);
      if (partner) add_pair(p, r->objective, partner->objective);
    }
  }
}

static int add_row(struct rms_table *table, const char *label, struct pairs *p)
{
  int status;
  const double ratio = rms_quantile(p->ratio, p->n, 0.5);
  const double change = p->sum / p->sum_against - 1;
  const double level = rms_wilcoxon(p->difference, p->n);
  RMS_TRY(rms_table_row(table));
  RMS_TRY(rms_table_set(table, C_SOLVER, NAN, "%s", label));
  RMS_TRY(rms_table_set(table, C_PAIRS, (double)p->n, "%zu", p->n));
  RMS_TRY(rms_table_set(table, C_ALONE, (double)p->n_alone, "%zu", p->n_alone));
  RMS_TRY(rms_table_set(table, C_BETTER, (double)p->n_better, "%zu", p->n_better));
  RMS_TRY(rms_table_set(table, C_EQUAL, (double)p->n_equal, "%zu", p->n_equal));
  RMS_TRY(rms_table_set(table, C_WORSE, (double)p->n_worse, "%zu", p->n_worse));
  if (!p->n) return RMS_OK;
  RMS_TRY(rms_table_set(table, C_RATIO, ratio, "%.4f", ratio));
  RMS_TRY(rms_table_set(table, C_CHANGE, 100 * change, "%+.2f", 100 * change));
  RMS_TRY(rms_table_set(table, C_P, level, "%.3g", level));
out:
  return status;
}

static bool has_label(const struct rms_comparison *cmp, const char *label)
{
  for (size_t i = 0; i < cmp->n_labels; i++)
    if (!strcmp(cmp->labels[i], label)) return true;
  return false;
}

int rms_pairs_table(struct rms_table **result, const struct rms_comparison *cmp, const char *group,
                    const char *against, struct rms_error *err)
{
  int status;
  struct rms_table *table = NULL;
  if (!has_label(cmp, against))
    return rms_error_set(err, RMS_E_USAGE, "--against %.60s: no run has this label", against);
  RMS_TRY(rms_table_new(&table, group && *group ? group : "all instances"));
  RMS_TRY(add_columns(table));
  struct pairs p = {.difference =
                        rms_arena_alloc(table->arena, cmp->n_results, sizeof *p.difference),
                    .ratio = rms_arena_alloc(table->arena, cmp->n_results, sizeof *p.ratio)};
  if (!p.difference || !p.ratio) RMS_TRY(RMS_E_NOMEM);
  for (size_t i = 0; i < cmp->n_labels; i++) {
    struct pairs row = {.difference = p.difference, .ratio = p.ratio};
    if (!strcmp(cmp->labels[i], against)) continue;
    pair_up(&row, cmp, group, cmp->labels[i], against);
    if (row.n || row.n_alone) RMS_TRY(add_row(table, cmp->labels[i], &row));
  }
  RMS_TRY(rms_table_note(table,
                         "each solver against %s on the same instances, seeds and repeats; less is "
                         "better; p: two-sided, not corrected for the number of rows",
                         against));
  RMS_TRY(rms_limit_note(table, cmp, group));
  *result = table;
  return RMS_OK;
out:
  rms_table_free(table);
  return status;
}
