/* SPDX-License-Identifier: GPL-3.0-or-later */
/* goals.c - rates and latency objectives of scenarios, from a table or from the original matrices.
 */
#include <stdlib.h>
#include <string.h>

#include "instances/base/csv.h"
#include "instances/base/embedded.h"
#include "instances/serve/profile.h"

static const char builtin_name[] = "instances/profiles/parvagpu-slo.csv";
#define RATE_MAX 1e9
#define SLO_MAX  1e9

struct reader {
  struct rms_arena *arena;
  struct rms_goal *goals; /* malloc'ed */
  size_t n, capacity;
};

static int add_goal(struct reader *r, const struct rms_csv *csv, struct rms_goal goal,
                    struct rms_error *err)
{
  if (r->n == RMS_FIGURES_ROWS_MAX)
    return rms_error_set(err, RMS_E_LIMIT, "%s:%zu: more than %zu goals", csv->origin, csv->line,
                         RMS_FIGURES_ROWS_MAX);
  if (rms_grow(&r->goals, &r->capacity, r->n + 1, sizeof *r->goals) < 0 ||
      !(goal.model = rms_arena_text(r->arena, goal.model)))
    return rms_error_set(err, RMS_E_NOMEM, "out of memory");
  r->goals[r->n++] = goal;
  return RMS_OK;
}

static int compare_goals(const void *va, const void *vb)
{
  const struct rms_goal *a = va, *b = vb;
  if (a->scenario != b->scenario) return a->scenario < b->scenario ? -1 : 1;
  return strcmp(a->model, b->model);
}

/* Sort, refuse twins, hand over. The arena goes to the result. */
static int finish(struct rms_goals **result, struct reader *r, const char *origin,
                  struct rms_error *err)
{
  if (r->n == 0) return rms_error_set(err, RMS_E_FORMAT, "%s: no goals", origin);
  qsort(r->goals, r->n, sizeof *r->goals, compare_goals);
  for (size_t i = 1; i < r->n; i++)
    if (compare_goals(&r->goals[i - 1], &r->goals[i]) == 0)
      return rms_error_set(err, RMS_E_FORMAT, "%s: scenario %d, model %s is given twice", origin,
                           (int)r->goals[i].scenario, r->goals[i].model);
  struct rms_goals *goals = rms_arena_alloc(r->arena, 1, sizeof *goals);
  struct rms_goal *list = rms_arena_alloc(r->arena, r->n, sizeof *list);
  if (!goals || !list) return rms_error_set(err, RMS_E_NOMEM, "out of memory");
  memcpy(list, r->goals, r->n * sizeof *list);
  *goals = (struct rms_goals){.arena = r->arena, .n = r->n, .goals = list};
  *result = goals;
  r->arena = NULL;
  return RMS_OK;
}

static int check_header(const struct rms_csv *csv, struct rms_error *err)
{
  static const char *const names[2][4] = {
      {"scenario", "model", "rate", "slo_ms"},
      {"scenario", "model", "request_rate_per_s", "slo_latency_ms"},
  };
  for (size_t k = 0; k < 2; k++) {
    size_t same = 0;
    while (same < 4 && same < csv->n && strcmp(names[k][same], csv->field[same]) == 0) same++;
    if (same == 4 && csv->n == 4) return RMS_OK;
  }
  return rms_csv_error(csv, err, "the header must be \"scenario,model,rate,slo_ms\"");
}

int rms_goals_parse(struct rms_goals **result, const char *bytes, size_t n, const char *origin,
                    struct rms_error *err)
{
  int status = RMS_OK;
  struct reader r = {.arena = rms_arena_new()};
  struct rms_csv csv;
  bool found;
  if (!r.arena) return rms_error_set(err, RMS_E_NOMEM, "out of memory");
  if (n > RMS_FIGURES_FILE_MAX) RMS_TRY(rms_error_set(err, RMS_E_LIMIT, "%s: too large", origin));
  rms_csv_open(&csv, bytes, n, origin);
  RMS_TRY(rms_csv_next(&csv, &found, err));
  if (!found) RMS_TRY(rms_error_set(err, RMS_E_FORMAT, "%s: no header line", origin));
  RMS_TRY(check_header(&csv, err));
  for (;;) {
    struct rms_goal goal = {0};
    RMS_TRY(rms_csv_next(&csv, &found, err));
    if (!found) break;
    if (csv.n != 4) RMS_TRY(rms_csv_error(&csv, err, "%zu fields, must be 4", csv.n));
    RMS_TRY(rms_csv_int(&csv, 0, "scenario", 1, RMS_GOALS_SCENARIOS_MAX, &goal.scenario, err));
    goal.model = csv.field[1];
    RMS_TRY(rms_csv_double(&csv, 2, "rate", 1e-6, RATE_MAX, &goal.rate, err));
    RMS_TRY(rms_csv_double(&csv, 3, "slo_ms", 1e-6, SLO_MAX, &goal.slo_ms, err));
    RMS_TRY(add_goal(&r, &csv, goal, err));
  }
  RMS_TRY(finish(result, &r, origin, err));
out:
  free(r.goals);
  rms_arena_free(r.arena);
  return status;
}

static bool is_absent(const char *field)
{
  return strcmp(field, "N/A") == 0;
}

/* One scenario: the same row of both files. */
static int read_rows(struct reader *r, const struct rms_figures *figures,
                     const struct rms_csv *rates, const struct rms_csv *latencies, int64_t scenario,
                     struct rms_error *err)
{
  int status = RMS_OK;
  const struct rms_csv *both[2] = {rates, latencies};
  for (size_t k = 0; k < 2; k++)
    if (both[k]->n != figures->n_models)
      RMS_TRY(rms_csv_error(both[k], err, "%zu columns, must be one for each of the %zu models",
                            both[k]->n, figures->n_models));
  for (size_t i = 0; i < figures->n_models; i++) {
    struct rms_goal goal = {.scenario = scenario, .model = figures->models[i]};
    if (is_absent(rates->field[i]) != is_absent(latencies->field[i]))
      RMS_TRY(
          rms_csv_error(latencies, err, "column %zu is N/A in one of the two files only", i + 1));
    if (is_absent(rates->field[i])) continue;
    RMS_TRY(rms_csv_double(rates, i, goal.model, 1e-6, RATE_MAX, &goal.rate, err));
    RMS_TRY(rms_csv_double(latencies, i, goal.model, 1e-6, SLO_MAX, &goal.slo_ms, err));
    RMS_TRY(add_goal(r, rates, goal, err));
  }
out:
  return status;
}

int rms_goals_matrices(struct rms_goals **result, const struct rms_figures *figures,
                       const struct rms_figures_source *rates,
                       const struct rms_figures_source *latencies, struct rms_error *err)
{
  int status = RMS_OK;
  struct reader r = {.arena = rms_arena_new()};
  struct rms_csv a, b;
  bool has_a, has_b;
  if (!r.arena) return rms_error_set(err, RMS_E_NOMEM, "out of memory");
  rms_csv_open(&a, rates->bytes, rates->n, rates->origin);
  rms_csv_open(&b, latencies->bytes, latencies->n, latencies->origin);
  for (int64_t scenario = 1;; scenario++) {
    RMS_TRY(rms_csv_next(&a, &has_a, err));
    RMS_TRY(rms_csv_next(&b, &has_b, err));
    if (has_a != has_b)
      RMS_TRY(rms_csv_error(has_a ? &b : &a, err, "the file ends, the other one has a row %d",
                            (int)scenario));
    if (!has_a) break;
    if (scenario > RMS_GOALS_SCENARIOS_MAX)
      RMS_TRY(rms_error_set(err, RMS_E_LIMIT, "%s: too many rows", rates->origin));
    RMS_TRY(read_rows(&r, figures, &a, &b, scenario, err));
  }
  RMS_TRY(finish(result, &r, rates->origin, err));
out:
  free(r.goals);
  rms_arena_free(r.arena);
  return status;
}

void rms_goals_free(struct rms_goals *goals)
{
  if (goals) rms_arena_free(goals->arena);
}

int rms_goals_builtin(struct rms_goals **result, struct rms_error *err)
{
  const struct rms_embedded *file = rms_embedded_find(builtin_name);
  if (!file) return rms_error_set(err, RMS_E_INTERNAL, "%s is not built in", builtin_name);
  return rms_goals_parse(result, (const char *)file->bytes, file->size, builtin_name, err);
}
