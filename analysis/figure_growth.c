/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a measure grows with a number of the instance. */
#include "analysis/figure_parts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/stats.h"

enum { EXACT_X_MAX = 40 };

static int read_growth(void *ctx, struct rms_sample *sample, struct rms_error *err)
{
  const struct rms_figure *figure = ctx;
  double x = NAN;
  const int status = figure->x_of(figure->ctx, sample->result->run, &x, err);
  if (status < 0) return status;
  sample->x = x;
  sample->is_reached = figure->measure->read(sample->result, &sample->value);
  return x > 0;
}

static int compare_x(const void *left, const void *right)
{
  const struct rms_sample *a = left, *b = right;
  if (a->x != b->x) return a->x < b->x ? -1 : 1;
  if (a->value != b->value) return a->value < b->value ? -1 : 1;
  return (a->is_reached < b->is_reached) - (a->is_reached > b->is_reached);
}

static size_t distinct(const struct rms_line *line)
{
  size_t n = 0;
  for (size_t i = 0; i < line->n; i++) n += i == 0 || line->samples[i].x != line->samples[i - 1].x;
  return n;
}

/* Many different values of x become quarters of a decade. */
static bool put_in_bins(struct rms_lines *lines)
{
  size_t most = 0;
  for (size_t i = 0; i < lines->n; i++) {
    struct rms_line *line = &lines->lines[i];
    qsort(line->samples, line->n, sizeof *line->samples, compare_x);
    const size_t n = distinct(line);
    most = n > most ? n : most;
  }
  if (most <= EXACT_X_MAX) return false;
  for (size_t i = 0; i < lines->n; i++) {
    struct rms_line *line = &lines->lines[i];
    for (size_t k = 0; k < line->n; k++)
      line->samples[k].x = pow(10, (floor(4 * log10(line->samples[k].x)) + 0.5) / 4);
    qsort(line->samples, line->n, sizeof *line->samples, compare_x);
  }
  return true;
}

/* One point for n samples of one x; `values` is scratch. */
static int growth_point(struct rms_plot *plot, const struct rms_sample *samples, size_t n,
                        bool has_range, double *values)
{
  size_t n_reached = 0;
  for (size_t i = 0; i < n; i++) {
    values[i] = fmax(samples[i].value, RMS_FIGURE_TIME_LEAST);
    n_reached += samples[i].is_reached;
  }
  return rms_plot_point(
      plot, &(struct rms_plot_point){.x = samples[0].x,
                                     .y = rms_quantile(values, n, 0.5),
                                     .lo = rms_quantile(values, n, has_range ? 0 : 0.25),
                                     .hi = rms_quantile(values, n, has_range ? 1 : 0.75),
                                     .is_open = 2 * n_reached <= n});
}

static int growth_line(struct rms_plot *plot, const struct rms_line *line, bool has_range)
{
  int status;
  double *const values = rms_arena_alloc(plot->arena, line->n, sizeof *values);
  if (!values) return RMS_E_NOMEM;
  RMS_TRY(rms_figure_series(plot, line, "", RMS_PLOT_LINE));
  for (size_t i = 0, end; i < line->n; i = end) {
    for (end = i + 1; end < line->n && line->samples[end].x == line->samples[i].x;) end++;
    RMS_TRY(growth_point(plot, line->samples + i, end - i, has_range, values));
  }
out:
  return status;
}

static int growth_notes(struct rms_plot *plot, const struct rms_lines *lines,
                        const struct rms_figure *figure, bool is_binned)
{
  int status;
  RMS_TRY(rms_plot_note(plot,
                        "Median with %s; n/N: runs that got there. A run that did not counts as "
                        "its limit, and a hollow mark is a median of such runs.",
                        figure->has_range ? "least and greatest" : "quartiles"));
  if (is_binned)
    RMS_TRY(rms_plot_note(plot, "%s in bins of a quarter of a decade.", figure->x_name));
  RMS_TRY(rms_figure_left_out(plot, lines));
out:
  return status;
}

int rms_figure_growth(struct rms_plot **result, const struct rms_comparison *cmp,
                      const struct rms_figure *figure, struct rms_error *err)
{
  int status;
  char title[160];
  struct rms_plot *plot = NULL;
  struct rms_lines lines;
  if (figure->measure->has_no_limit)
    return rms_error_set(err, RMS_E_USAGE,
                         "no growth of the %s: a run without a plan has none that could count",
                         figure->measure->name);
  snprintf(title, sizeof title, "Growth of %s with %s", figure->measure->label, figure->x_name);
  RMS_TRY(rms_plot_new(&plot, title));
  struct rms_figure copy = *figure;
  RMS_TRY(rms_lines_new(&lines, plot->arena, cmp, figure, read_growth, &copy, err));
  const bool is_binned = put_in_bins(&lines);
  plot->x = (struct rms_plot_axis){.label = figure->x_name, .is_log = true, .lo = NAN, .hi = NAN};
  plot->y = (struct rms_plot_axis){.label = figure->measure->label,
                                   .unit = figure->measure->unit,
                                   .is_log = true,
                                   .lo = NAN,
                                   .hi = NAN};
  for (size_t i = 0; i < rms_figure_lines(&lines); i++)
    if (lines.lines[i].n_reached) RMS_TRY(growth_line(plot, &lines.lines[i], figure->has_range));
  RMS_TRY(rms_figure_nobody(plot, &lines));
  RMS_TRY(growth_notes(plot, &lines, figure, is_binned));
  *result = plot;
  return RMS_OK;
out:
  rms_plot_free(plot);
  return status;
}
