/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/stats.h"

/* Relative slack within which a floating-point bound may exceed an objective that it equals. */
#define BOUND_TOLERANCE 1e-9

static double rounded_bound(const struct rms_run *run, double bound)
{
  double step = run->objective_step;
  if (isnan(bound) || !(step > 0)) return bound;
  return ceil(bound / step - BOUND_TOLERANCE * fmax(1, fabs(bound / step))) * step;
}

static int compare_text(const char *a, const char *b)
{
  return strcmp(a ? a : "", b ? b : "");
}

/* "set=NAME,..." of a generator's text names the set; a file has none and keeps its own group. */
static const char *group_of(struct rms_arena *arena, const struct rms_run *run,
                            enum rms_grouping grouping)
{
  const char *group = run->group ? run->group : "";
  const char *set = run->reference ? strstr(run->reference, ":set=") : NULL;
  if (grouping == RMS_BY_CELL || !set) return group;
  set += strlen(":set=");
  return rms_arena_copy(arena, set, strcspn(set, ","));
}

static int compare_case(const struct rms_run *a, const struct rms_run *b)
{
  int order = compare_text(a->group, b->group);
  if (!order) order = compare_text(a->instance, b->instance);
  if (!order) order = rms_hash_compare(a->instance_hash, b->instance_hash);
  return order ? order : compare_text(a->reference, b->reference);
}

static int compare_results(const void *left, const void *right)
{
  const struct rms_result *x = left, *y = right;
  const struct rms_run *a = x->run, *b = y->run;
  int order = compare_text(x->group, y->group);
  if (!order) order = compare_case(a, b);
  if (!order) order = compare_text(a->label, b->label);
  if (!order) order = (a->seed > b->seed) - (a->seed < b->seed);
  if (!order) order = (a->repeat > b->repeat) - (a->repeat < b->repeat);
  return order ? order : rms_hash_compare(a->job, b->job);
}

static double time_of_best(const struct rms_run *run)
{
  double t = NAN, best = INFINITY;
  for (size_t i = 0; i < run->n_trace; i++)
    if (run->trace[i].objective < best) {
      best = run->trace[i].objective;
      t = run->trace[i].t;
    }
  return t;
}

static char *end_text(struct rms_arena *arena, const struct rms_run *run)
{
  char text[128];
  const char *end = rms_end_text(run->end), *detail = run->end_detail ? run->end_detail : "";
  size_t used = 0;
  const char *const parts[] = {end, *detail ? ":" : "", detail};
  for (size_t i = 0; i < 3; i++)
    for (const char *c = parts[i]; *c && used < sizeof text; c++) text[used++] = *c;
  return rms_arena_copy(arena, text, used);
}

static bool is_bad(const char *verdict)
{
  static const char *const bad[] = {"wrong_infeasibility", "infeasible_solution", "wrong_objective",
                                    "wrong_bound", "better_than_known"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    if (!strcmp(verdict, bad[i])) return true;
  return false;
}

static void judge_case(struct rms_case *c, struct rms_result *results)
{
  c->best = c->bound = NAN;
  bool says_infeasible = false;
  for (size_t i = c->begin; i < c->end; i++) c->best = fmin(c->best, results[i].objective);
  for (size_t i = c->begin; i < c->end; i++) {
    struct rms_result *r = &results[i];
    double slack = BOUND_TOLERANCE * fmax(1, fabs(c->best));
    if (r->run->claim == RMS_CLAIM_INFEASIBLE) {
      if (!isnan(c->best))
        r->verdict = "wrong_infeasibility";
      else if (r->run->proves_bounds)
        says_infeasible = true;
    }
    if (!is_bad(r->verdict) && r->run->proves_bounds && r->bound > c->best + slack)
      r->verdict = "wrong_bound";
    if (is_bad(r->verdict)) continue;
    double proven = r->run->proves_bounds ? r->bound : NAN;
    c->bound = fmax(c->bound, fmax(proven, rounded_bound(r->run, r->run->verified_bound)));
  }
  c->is_proved = !isnan(c->best) && c->bound >= c->best - BOUND_TOLERANCE * fmax(1, fabs(c->best));
  c->is_infeasible = says_infeasible && isnan(c->best);
}

static void judge_results(const struct rms_case *c, struct rms_result *results)
{
  for (size_t i = c->begin; i < c->end; i++) {
    struct rms_result *r = &results[i];
    r->gap_best = rms_gap(r->objective, c->best);
    r->gap_bound = rms_gap(r->objective, c->bound);
    if (c->is_proved && r->objective == c->best && !strcmp(r->verdict, "verified_feasible"))
      r->verdict = "verified_optimal";
    /* "optimal" is refuted by anyone's better solution. */
    if (r->run->claim == RMS_CLAIM_OPTIMAL && r->objective > c->best && !is_bad(r->verdict))
      r->verdict = "wrong_bound";
    r->is_wrong = is_bad(r->verdict);
  }
}

static int fill_results(struct rms_comparison *cmp, const struct rms_records *records,
                        bool work_limited, enum rms_grouping grouping)
{
  for (size_t i = 0; i < records->n_runs; i++) {
    const struct rms_run *run = &records->runs[i];
    if (run->is_work_limited != work_limited || run->end == RMS_END_LOST) continue;
    struct rms_result *r = &cmp->results[cmp->n_results++];
    *r = (struct rms_result){.run = run,
                             .group = group_of(cmp->arena, run, grouping),
                             .objective = run->objective[0],
                             .bound = rounded_bound(run, run->bound),
                             .gap_bound = NAN,
                             .gap_best = NAN,
                             .time_best = isnan(run->objective[0]) ? NAN : time_of_best(run),
                             .time = run->wall,
                             .verdict = run->verdict ? run->verdict : "none",
                             .end = end_text(cmp->arena, run)};
    if (!r->end || !r->group) return RMS_E_NOMEM;
  }
  qsort(cmp->results, cmp->n_results, sizeof *cmp->results, compare_results);
  return RMS_OK;
}

static void fill_cases(struct rms_comparison *cmp)
{
  for (size_t i = 0; i < cmp->n_results; i++) {
    const struct rms_run *run = cmp->results[i].run;
    if (i == 0 || compare_case(cmp->cases[cmp->n_cases - 1].first, run) != 0)
      cmp->cases[cmp->n_cases++] = (struct rms_case){.first = run, .begin = i};
    cmp->cases[cmp->n_cases - 1].end = i + 1;
  }
  for (size_t i = 0; i < cmp->n_cases; i++) {
    judge_case(&cmp->cases[i], cmp->results);
    judge_results(&cmp->cases[i], cmp->results);
  }
}

static int compare_names(const void *a, const void *b)
{
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static size_t sort_unique(const char **names, size_t n)
{
  size_t kept = 0;
  qsort(names, n, sizeof *names, compare_names);
  for (size_t i = 0; i < n; i++)
    if (kept == 0 || strcmp(names[kept - 1], names[i]) != 0) names[kept++] = names[i];
  return kept;
}

static void fill_names(struct rms_comparison *cmp)
{
  for (size_t i = 0; i < cmp->n_results; i++) {
    const struct rms_run *run = cmp->results[i].run;
    cmp->labels[i] = run->label ? run->label : run->solver;
    cmp->groups[i] = cmp->results[i].group;
  }
  cmp->n_labels = sort_unique(cmp->labels, cmp->n_results);
  cmp->n_groups = sort_unique(cmp->groups, cmp->n_results);
}

int rms_compare(struct rms_comparison **result, const struct rms_records *records,
                bool work_limited, enum rms_grouping grouping)
{
  int status = RMS_E_NOMEM;
  struct rms_arena *arena = rms_arena_new();
  struct rms_comparison *cmp = arena ? rms_arena_alloc(arena, 1, sizeof *cmp) : NULL;
  if (!cmp) goto out;
  cmp->arena = arena;
  cmp->records = records;
  cmp->cases = rms_arena_alloc(arena, records->n_runs, sizeof *cmp->cases);
  cmp->results = rms_arena_alloc(arena, records->n_runs, sizeof *cmp->results);
  cmp->labels = rms_arena_alloc(arena, records->n_runs, sizeof *cmp->labels);
  cmp->groups = rms_arena_alloc(arena, records->n_runs, sizeof *cmp->groups);
  if (!cmp->cases || !cmp->results || !cmp->labels || !cmp->groups) goto out;
  RMS_TRY(rms_launch_notes_read(&cmp->notes, arena, records));
  RMS_TRY(fill_results(cmp, records, work_limited, grouping));
  fill_cases(cmp);
  fill_names(cmp);
  *result = cmp;
  return RMS_OK;
out:
  rms_arena_free(arena);
  return status;
}

bool rms_result_is_proof(const struct rms_result *result)
{
  const struct rms_run *run = result->run;
  if (result->is_wrong || run->end != RMS_END_EXIT) return false;
  if (run->claim == RMS_CLAIM_INFEASIBLE) return run->proves_bounds;
  return run->claim == RMS_CLAIM_OPTIMAL && !isnan(result->objective) &&
         (run->proves_bounds || rounded_bound(run, run->verified_bound) >= result->objective);
}

bool rms_in_group(const struct rms_result *result, const char *group)
{
  return !group || !strcmp(result->group, group);
}

void rms_comparison_free(struct rms_comparison *comparison)
{
  if (comparison) rms_arena_free(comparison->arena);
}
