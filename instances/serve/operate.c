/* SPDX-License-Identifier: GPL-3.0-or-later */
/* operate.c - the operating point of a model on a slice size within a latency rule. */
#include <math.h>

#include "instances/serve/profile.h"

/* First row of (model, gpcs) or the place where it would be. */
static size_t find_rows(const struct rms_figures *figures, size_t model, int gpcs)
{
  size_t lo = 0, hi = figures->n_rows;
  while (lo < hi) {
    const size_t middle = lo + (hi - lo) / 2;
    const struct rms_figure *row = &figures->rows[middle];
    if (row->model < model || (row->model == model && row->gpcs < gpcs))
      lo = middle + 1;
    else
      hi = middle;
  }
  return lo;
}

static bool is_within(const struct rms_figure *row, double limit_ms, double speed,
                      const struct rms_figures_rule *rule)
{
  if (row->flag && !rule->has_flagged) return false;
  if (rule->procs_max > 0 && row->processes > rule->procs_max) return false;
  if (rule->batch_max > 0 && row->batch > rule->batch_max) return false;
  const double latency = 1000.0 * row->batch / (rms_micro_to_double(row->rate) * speed);
  return rule->is_inclusive ? latency <= limit_ms : latency < limit_ms;
}

/* Is there a row with as many processes whose batch is so large that this one fits into less
 * memory? */
static bool has_memory(const struct rms_figure *rows, size_t n, const struct rms_figure *row,
                       double memory)
{
  if (memory >= 1) return true;
  int32_t largest = 0;
  for (size_t i = 0; i < n; i++)
    if (rows[i].processes == row->processes && rows[i].batch > largest) largest = rows[i].batch;
  return row->batch <= memory * largest;
}

static bool is_better(const struct rms_figure *a, const struct rms_figure *b)
{
  const int64_t total_a = a->rate * a->processes, total_b = b->rate * b->processes;
  if (total_a != total_b) return total_a > total_b;
  if (a->processes != b->processes) return a->processes < b->processes;
  return a->batch < b->batch;
}

int64_t rms_figures_rate(const struct rms_figures *figures, size_t model, int gpcs, double slo_ms,
                         const struct rms_figures_rule *rule, struct rms_serve_point *point)
{
  const double factor = rule->lat_factor > 0 ? rule->lat_factor : 1;
  const double speed = rule->speed > 0 ? rule->speed : 1;
  const double memory = rule->memory > 0 ? rule->memory : 1;
  const double limit_ms = factor * (rule->is_truncated ? floor(slo_ms) : slo_ms);
  const size_t first = find_rows(figures, model, gpcs);
  const struct rms_figure *rows = figures->rows + first, *best = NULL;
  size_t n = 0;
  while (first + n < figures->n_rows && rows[n].model == model && rows[n].gpcs == gpcs) n++;
  for (size_t i = 0; i < n; i++) {
    if (best && !is_better(&rows[i], best)) continue;
    if (is_within(&rows[i], limit_ms, speed, rule) && has_memory(rows, n, &rows[i], memory))
      best = &rows[i];
  }
  if (!best) return 0;
  if (point) *point = (struct rms_serve_point){.batch = best->batch, .processes = best->processes};
  const int64_t total = best->rate * best->processes;
  if (rule->speed <= 0 || rule->speed == 1) return total;
  return (int64_t)floor((double)total * speed / 1000) *
         1000; /* synthetic figures have three decimals */
}
