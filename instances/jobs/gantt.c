/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a Gantt picture shows, and the short one for a terminal. */
#include "instances/jobs/gantt.h"

#include <stdlib.h>
#include <string.h>

static uint32_t least(size_t a, size_t b)
{
  return (uint32_t)(a < b ? a : b);
}

/* When so many runs and cuts of the first machines have begun; INT64_MAX: never so many. Both lists
 * are in the order of time. */
static int64_t time_of_event(const struct rms_timeline *t, uint32_t n_machines, size_t most)
{
  size_t c = 0, n = 0;
  for (size_t r = 0; r < t->n_runs || c < t->n_cuts;) {
    const bool is_cut =
        r == t->n_runs || (c < t->n_cuts && t->cuts[c].begin_us <= t->runs[r].begin_us);
    const uint32_t machine = is_cut ? t->cuts[c].machine : t->runs[r].machine;
    const int64_t begin = is_cut ? t->cuts[c++].begin_us : t->runs[r++].begin_us;
    if (machine < n_machines && n++ == most) return begin;
  }
  return INT64_MAX;
}

struct rms_gantt_view rms_gantt_view(const struct rms_jobs *inst,
                                     const struct rms_jobs_measured *measured)
{
  const struct rms_timeline *const t = &measured->timeline;
  struct rms_gantt_view view = {.n_machines = least(inst->cluster.n_machines, RMS_GANTT_MACHINES),
                                .from_us = inst->jobs[0].arrival_us};
  const int64_t full = time_of_event(t, view.n_machines, RMS_GANTT_EVENTS);
  for (size_t j = 0; j < inst->n_jobs; j++)
    if (measured->audit.completion_us[j] > view.to_us)
      view.to_us = measured->audit.completion_us[j];
  if (full < view.to_us) view.to_us = full;
  if (view.to_us <= view.from_us) view.to_us = view.from_us + 1;
  for (size_t r = 0; r < t->n_runs; r++)
    view.n_runs += t->runs[r].machine < view.n_machines && t->runs[r].begin_us < view.to_us;
  return view;
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
