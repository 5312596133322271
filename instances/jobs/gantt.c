/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a Gantt picture shows, and the short one for a terminal. */
#include "instances/jobs/gantt.h"

#include <stdlib.h>
#include <string.h>

static uint32_t least(size_t a, size_t b)
{
  return (uint32_t)(a < b ? a : b);
}

static bool is_seen(const struct rms_gantt_view *view, uint32_t machine)
{
  return machine >= view->first && machine - view->first < view->n_machines;
}

/* When, from the view's beginning on, so many runs and cuts of its machines have begun; INT64_MAX:
 * never so many. Both lists are in the order of time. */
static int64_t time_of_event(const struct rms_timeline *t, const struct rms_gantt_view *view,
                             size_t most)
{
  size_t c = 0, n = 0;
  for (size_t r = 0; r < t->n_runs || c < t->n_cuts;) {
    const bool is_cut =
        r == t->n_runs || (c < t->n_cuts && t->cuts[c].begin_us <= t->runs[r].begin_us);
    const uint32_t machine = is_cut ? t->cuts[c].machine : t->runs[r].machine;
    const int64_t begin = is_cut ? t->cuts[c++].begin_us : t->runs[r++].begin_us;
    if (begin > view->from_us && is_seen(view, machine) && n++ == most) return begin;
  }
  return INT64_MAX;
}

static int64_t last_completion(const struct rms_jobs *inst, const struct rms_jobs_audit *audit)
{
  int64_t last = 0;
  for (size_t j = 0; j < inst->n_jobs; j++)
    if (audit->completion_us[j] > last) last = audit->completion_us[j];
  return last;
}

/* Seconds within [lo, hi] us. */
static int64_t within(double seconds, int64_t lo, int64_t hi)
{
  const double us = seconds * (double)RMS_JOBS_SECOND;
  return us <= (double)lo ? lo : us >= (double)hi ? hi : (int64_t)us;
}

int rms_gantt_view(const struct rms_jobs *inst, const struct rms_jobs_measured *measured,
                   const struct rms_view *wanted, struct rms_gantt_view *view,
                   struct rms_error *err)
{
  const struct rms_timeline *const t = &measured->timeline;
  const size_t n = inst->cluster.n_machines;
  const int64_t begin = inst->jobs[0].arrival_us, end = last_completion(inst, &measured->audit);
  const struct rms_view none = {.machine = 0}, *const w = wanted ? wanted : &none;
  struct rms_gantt_view v = {.from_us = begin, .to_us = end, .solver = w->solver ? w->solver : ""};
  if (w->machine < 0 || w->machine >= (int64_t)n)
    return rms_error_set(err, RMS_E_PARAM, "machine %lld: the cluster has machines 0 to %zu",
                         (long long)w->machine, n - 1);
  if (w->is_part) {
    v.first = (uint32_t)w->machine;
    v.from_us = within(w->from, begin, end);
    v.to_us = within(w->to, begin, end);
  }
  if (v.to_us <= v.from_us)
    return rms_error_set(err, RMS_E_PARAM,
                         "nothing is in the window: the timeline goes from %.6g s to %.6g s",
                         (double)begin / 1e6, (double)end / 1e6);
  v.n_machines = least(n - v.first, RMS_GANTT_MACHINES);
  const int64_t full = time_of_event(t, &v, RMS_GANTT_EVENTS);
  if (full < v.to_us) v.to_us = full;
  for (size_t r = 0; r < t->n_runs; r++)
    v.n_runs += is_seen(&v, t->runs[r].machine) && t->runs[r].begin_us < v.to_us &&
                measured->audit.spans[r].end_us > v.from_us;
  *view = v;
  return RMS_OK;
}

/* ---- text --------------------------------------------------------------------------------------
 */

struct grid {
  int64_t from;
  double step; /* us a column */
  size_t columns;
  char *cells; /* [machines][columns] */
};

/* First column whose middle is not before t. */
static size_t column_from(const struct grid *g, int64_t t)
{
  const double at = (double)(t - g->from) / g->step - 0.5;
  const size_t column = at <= 0 ? 0 : (size_t)at + ((double)(size_t)at < at);
  return column < g->columns ? column : g->columns;
}

/* '.' to '1' .. '9' on slices, 'a' .. under MPS. */
static void add_holder(char *cell, bool is_mps)
{
  if (*cell == '.')
    *cell = is_mps ? 'a' : '1';
  else if (*cell != '9' && *cell != 'z' && *cell != '|')
    ++*cell;
}

static void fill_grid(const struct grid *g, const struct rms_jobs_measured *d, uint32_t n_machines)
{
  const struct rms_timeline *const t = &d->timeline;
  memset(g->cells, '.', n_machines * g->columns);
  for (size_t r = 0; r < t->n_runs; r++) {
    if (t->runs[r].machine >= n_machines) continue;
    char *const row = g->cells + t->runs[r].machine * g->columns;
    const size_t end = column_from(g, d->audit.spans[r].end_us);
    for (size_t i = column_from(g, t->runs[r].begin_us); i < end; i++)
      add_holder(&row[i], t->runs[r].start == RMS_TIMELINE_MPS);
  }
  for (size_t c = 0; c < t->n_cuts; c++) {
    if (t->cuts[c].machine >= n_machines) continue;
    char *const row = g->cells + t->cuts[c].machine * g->columns;
    const size_t end = column_from(g, d->audit.ready_us[c]);
    for (size_t i = column_from(g, t->cuts[c].begin_us); i < end; i++) row[i] = '|';
  }
}

int rms_gantt_text(const struct rms_jobs *inst, const struct rms_jobs_measured *measured,
                   size_t columns, struct rms_text *text)
{
  const uint32_t n = least(inst->cluster.n_machines, RMS_GANTT_TEXT_MACHINES);
  const struct grid g = {.from = inst->jobs[0].arrival_us,
                         .step =
                             measured->metrics.makespan * (double)RMS_JOBS_SECOND / (double)columns,
                         .columns = columns,
                         .cells = malloc(n * columns)};
  if (!g.cells) return RMS_E_NOMEM;
  fill_grid(&g, measured, n);
  rms_text_add(text, "\njobs on each machine (1..7 on slices, a..g under MPS, | being cut)\n");
  for (uint32_t m = 0; m < n; m++) {
    rms_text_printf(text, "  %-9u|", m);
    rms_text_bytes(text, g.cells + m * columns, columns);
    rms_text_add(text, "|\n");
  }
  if (n < inst->cluster.n_machines)
    rms_text_printf(text, "  %zu more machines are not shown\n", inst->cluster.n_machines - n);
  free(g.cells);
  return rms_text_status(text);
}
