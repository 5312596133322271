/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mean gap to the best proven bound over time. */
#include "analysis/figure_parts.h"

#include <math.h>

#include "analysis/stats.h"

enum { GRID = 240 };

static int read_gap(void *ctx, struct rms_sample *sample, struct rms_error *err)
{
  (void)err;
  (void)ctx;
  if (isnan(sample->c->bound) || isnan(sample->c->best)) return 0;
  sample->value = isnan(sample->result->gap_bound) ? 1 : sample->result->gap_bound;
  sample->is_reached = !isnan(sample->result->objective);
  return 1;
}

/* Gap of a run at time t, from the incumbents that it had reported by then. */
static double gap_at(const struct rms_sample *sample, double t, bool by_work)
{
  const struct rms_run *run = sample->result->run;
  double objective = NAN;
  if (!sample->is_reached) return 1;
  for (size_t i = 0; i < run->n_trace && rms_figure_clock(&run->trace[i], by_work) <= t; i++)
    objective = run->trace[i].objective;
  /* What was verified is never worse than what a trace says. */
  const double gap = rms_gap(fmax(objective, sample->result->objective), sample->c->bound);
  return isnan(objective) ? 1 : gap;
}

static void gap_ends(const struct rms_lines *lines, bool by_work, double ends[2])
{
  ends[0] = INFINITY;
  ends[1] = -INFINITY;
  for (size_t i = 0; i < lines->n; i++)
    for (size_t k = 0; k < lines->lines[i].n; k++) {
      const struct rms_run *run = lines->lines[i].samples[k].result->run;
      if (!run->n_trace) continue;
      ends[0] = fmin(ends[0], rms_figure_clock(&run->trace[0], by_work));
      ends[1] = fmax(ends[1], rms_figure_clock(&run->trace[run->n_trace - 1], by_work));
    }
  if (ends[0] > ends[1]) ends[0] = ends[1] = 1;
}

static int gap_line(struct rms_plot *plot, const struct rms_line *line, bool by_work,
                    const double ends[2])
{
  int status;
  RMS_TRY(rms_figure_series(plot, line, " with a plan", RMS_PLOT_STEP));
  for (int i = 0; i <= GRID; i++) {
    const double t =
        ends[0] * pow(ends[1] / ends[0], (double)i / GRID) * (i == GRID ? 1 + 1e-12 : 1);
    double sum = 0;
    for (size_t k = 0; k < line->n; k++) sum += gap_at(&line->samples[k], t, by_work);
    RMS_TRY(rms_figure_point(plot, t, sum / (double)line->n));
  }
out:
  return status;
}

int rms_figure_gap(struct rms_plot **result, const struct rms_comparison *cmp,
                   const struct rms_figure *figure, struct rms_error *err)
{
  int status;
  double ends[2];
  struct rms_plot *plot = NULL;
  struct rms_lines lines;
  RMS_TRY(rms_plot_new(&plot, "Mean gap to the best proven bound"));
  RMS_TRY(rms_lines_new(&lines, plot->arena, cmp, figure, read_gap, NULL, err));
  plot->x = rms_figure_clock_axis(figure->by_work);
  plot->y = (struct rms_plot_axis){.label = "mean gap", .unit = "%", .lo = 0, .hi = NAN};
  gap_ends(&lines, figure->by_work, ends);
  for (size_t i = 0; i < rms_figure_lines(&lines); i++)
    if (lines.lines[i].n_reached) RMS_TRY(gap_line(plot, &lines.lines[i], figure->by_work, ends));
  RMS_TRY(rms_figure_nobody(plot, &lines));
  RMS_TRY(rms_plot_note(plot, "gap = |c - b| / max(|c|, |b|), b the best proven bound of all "
                              "solvers here; a run counts as 100 %% until it has a plan. Instances "
                              "without a plan or a proven bound are left out."));
  RMS_TRY(rms_figure_left_out(plot, &lines));
  *result = plot;
  return RMS_OK;
out:
  rms_plot_free(plot);
  return status;
}
