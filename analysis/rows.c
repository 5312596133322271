/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/rows.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/caveats.h"
#include "analysis/stats.h"

/* The first case whose group is not before it (with `after`: is behind it). */
static size_t group_edge(const struct rms_comparison *cmp, const char *group, bool after)
{
  size_t lo = 0, hi = cmp->n_cases;
  while (lo < hi) {
    const size_t middle = (lo + hi) / 2;
    const int order = strcmp(cmp->results[cmp->cases[middle].begin].group, group);
    if (order < 0 || (after && order == 0))
      lo = middle + 1;
    else
      hi = middle;
  }
  return lo;
}

struct rms_range rms_cases_of(const struct rms_comparison *cmp, const char *group)
{
  if (!group) return (struct rms_range){0, cmp->n_cases};
  return (struct rms_range){group_edge(cmp, group, false), group_edge(cmp, group, true)};
}

const char *rms_label_of(const struct rms_result *r)
{
  return r->run->label ? r->run->label : r->run->solver;
}

size_t rms_label_index(const struct rms_comparison *cmp, const char *label)
{
  size_t lo = 0, hi = cmp->n_labels;
  while (lo + 1 < hi) {
    const size_t middle = (lo + hi) / 2;
    if (strcmp(cmp->labels[middle], label) <= 0)
      lo = middle;
    else
      hi = middle;
  }
  return lo;
}

struct samples { /* scratch, each [n_results] */
  double *gap_bound, *gap_best, *bound_gap, *time_best, *time, *objective;
};

static int samples_new(struct samples *s, struct rms_arena *arena, size_t n)
{
  double **const all[] = {&s->gap_bound, &s->gap_best, &s->bound_gap,
                          &s->time_best, &s->time,     &s->objective};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++)
    if (!(*all[i] = rms_arena_alloc(arena, n, sizeof(double)))) return RMS_E_NOMEM;
  return RMS_OK;
}

static void add_run(struct rms_row *row, struct samples *s, const struct rms_case *c,
                    const struct rms_result *r)
{
  size_t i = row->n++;
  bool solved = !isnan(r->objective);
  s->time[i] = r->time;
  s->gap_bound[i] = solved ? r->gap_bound : 1;
  s->gap_best[i] = solved ? r->gap_best : 1;
  if (solved) {
    s->objective[row->n_solved] = r->objective;
    s->time_best[row->n_solved++] = r->time_best;
  }
  if (!isnan(r->bound) && !isnan(c->best))
    s->bound_gap[row->n_bounds++] = rms_gap(r->bound, c->best);
  row->n_proved += !strcmp(r->verdict, "verified_optimal");
  row->n_wrong += r->is_wrong;
  bool abnormal = strcmp(r->end, "exit") != 0;
  row->n_abnormal += abnormal;
  if (r->is_wrong)
    row->worst = r->verdict;
  else if (abnormal && !row->worst)
    row->worst = r->end;
}

static void finish_row(struct rms_row *row, struct samples *s)
{
  row->gap_bound = rms_mean(s->gap_bound, row->n);
  row->gap_bound_max = rms_maximum(s->gap_bound, row->n);
  row->gap_best = rms_mean(s->gap_best, row->n);
  row->gap_best_max = rms_maximum(s->gap_best, row->n);
  row->objective = rms_mean(s->objective, row->n_solved);
  row->bound_gap = rms_mean(s->bound_gap, row->n_bounds);
  row->time_best = rms_quantile(s->time_best, row->n_solved, 0.5);
  row->time = rms_quantile(s->time, row->n, 0.5);
}

static void fill_row(struct rms_row *row, struct samples *s, const struct rms_comparison *cmp,
                     const char *group)
{
  const struct rms_range range = rms_cases_of(cmp, group);
  for (size_t i = range.begin; i < range.end; i++)
    for (size_t k = cmp->cases[i].begin; k < cmp->cases[i].end; k++)
      if (!strcmp(rms_label_of(&cmp->results[k]), row->label))
        add_run(row, s, &cmp->cases[i], &cmp->results[k]);
  finish_row(row, s);
}

/* Best first: more solved, then smaller gap, then name; rows without any solution (bounds) last. */
static int compare_rows(const void *left, const void *right)
{
  const struct rms_row *a = left, *b = right;
  if (a->n_solved != b->n_solved) return a->n_solved < b->n_solved ? 1 : -1;
  if (a->n_solved && a->gap_best != b->gap_best) return a->gap_best < b->gap_best ? -1 : 1;
  return strcmp(a->label, b->label);
}

int rms_rows_new(struct rms_row **result, size_t *n, struct rms_arena *arena,
                 const struct rms_comparison *cmp, const char *group)
{
  struct samples s;
  int status = samples_new(&s, arena, cmp->n_results);
  struct rms_row *rows = rms_arena_alloc(arena, cmp->n_labels, sizeof *rows);
  if (status < 0 || !rows) return RMS_E_NOMEM;
  *n = 0;
  for (size_t i = 0; i < cmp->n_labels; i++) {
    rows[*n] = (struct rms_row){.label = cmp->labels[i]};
    fill_row(&rows[*n], &s, cmp, group);
    if (rows[*n].n) ++*n;
  }
  qsort(rows, *n, sizeof *rows, compare_rows);
  *result = rows;
  return RMS_OK;
}

struct rms_objective rms_objective_of(const struct rms_comparison *cmp, const char *group)
{
  const char *family = NULL;
  for (size_t i = 0; i < cmp->n_results; i++) {
    const struct rms_result *r = &cmp->results[i];
    if (!rms_in_group(r, group)) continue;
    if (family && strcmp(family, r->run->family) != 0) return rms_family_objective("");
    family = r->run->family;
  }
  return rms_family_objective(family ? family : "");
}

void rms_objective_text(char *text, size_t size, double value, double step)
{
  const double most = fabs(value) > 1 ? floor(log10(fabs(value))) : 0;
  if (step > 0 || most > 14)
    snprintf(text, size, "%.15g", value);
  else
    snprintf(text, size, "%.*f", most < 5 ? 5 - (int)most : 0, value);
}

int rms_set_percent(struct rms_table *table, size_t column, double share)
{
  if (isnan(share)) return rms_table_set(table, column, NAN, "-");
  return rms_table_set(table, column, 100 * share, "%.2f", 100 * share);
}

void rms_seconds_text(char *text, size_t size, double t)
{
  const int small = t >= 1e-6 ? 1 - (int)floor(log10(t)) : 6;
  snprintf(text, size, "%.*f", t >= 10 ? 1 : t >= 0.01 ? 3 : small < 6 ? small : 6, t);
}

int rms_set_seconds(struct rms_table *table, size_t column, double t)
{
  char text[64];
  if (isnan(t)) return rms_table_set(table, column, NAN, "-");
  rms_seconds_text(text, sizeof text, t);
  return rms_table_set(table, column, t, "%s", text);
}

int rms_limit_note(struct rms_table *table, const struct rms_comparison *cmp, const char *group)
{
  bool work = cmp->n_results && cmp->results[0].run->is_work_limited;
  int status = rms_table_note(
      table, work ? "Work-limited runs: plans and bounds are reproducible, times are not claims."
                  : "Time-limited runs on the machine named in the records.");
  return status < 0 ? status : rms_caveats(table, cmp, group);
}
