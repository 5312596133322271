/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/figure_parts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

int rms_figure_series(struct rms_plot *plot, const struct rms_line *line, const char *what,
                      enum rms_plot_style style)
{
  char note[64];
  snprintf(note, sizeof note, "%zu/%zu%s", line->n_reached, line->n, what);
  const int status = rms_plot_series(plot, line->label, note, style);
  if (status == RMS_OK) plot->series[plot->n_series - 1].look = line->look;
  return status;
}

int rms_figure_point(struct rms_plot *plot, double x, double y)
{
  return rms_plot_point(plot, &(struct rms_plot_point){.x = x, .y = y, .lo = NAN, .hi = NAN});
}

size_t rms_figure_lines(const struct rms_lines *lines)
{
  const size_t most = lines->n_most ? lines->n_most : RMS_PLOT_SERIES_MAX;
  return lines->n < most ? lines->n : most;
}

int rms_figure_left_out(struct rms_plot *plot, const struct rms_lines *lines)
{
  const size_t shown = rms_figure_lines(lines);
  if (shown == lines->n) return RMS_OK;
  return rms_plot_note(plot, "%zu of %zu solvers are left out.", lines->n - shown, lines->n);
}

/* Curves along the edge of the frame show nothing and hide others: names instead. */
int rms_figure_nobody(struct rms_plot *plot, const struct rms_lines *lines)
{
  struct rms_text text = {0};
  int status = RMS_OK;
  for (size_t i = 0; i < rms_figure_lines(lines); i++)
    if (!lines->lines[i].n_reached)
      rms_text_printf(&text, "%s%s 0/%zu", text.length ? ", " : "", lines->lines[i].label,
                      lines->lines[i].n);
  RMS_TRY(rms_text_status(&text));
  if (text.length) RMS_TRY(rms_plot_note(plot, "Without a curve: %s.", text.data));
out:
  rms_text_fini(&text);
  return status;
}

double rms_figure_clock(const struct rms_trace_point *point, bool by_work)
{
  return fmax(by_work ? (double)point->work : point->t, by_work ? 1 : RMS_FIGURE_TIME_LEAST);
}

struct rms_plot_axis rms_figure_clock_axis(bool by_work)
{
  return (struct rms_plot_axis){.label = by_work ? "work, in units of each solver's own"
                                                 : "time since the solver began",
                                .unit = by_work ? NULL : "s",
                                .is_log = true,
                                .lo = NAN,
                                .hi = NAN};
}
