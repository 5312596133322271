/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Share of the runs that got there: within a measure, or by a time. */
#include "analysis/figure_parts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int compare_values(const void *left, const void *right)
{
  const struct rms_sample *a = left, *b = right;
  if (a->is_reached != b->is_reached) return a->is_reached ? -1 : 1;
  return (a->value > b->value) - (a->value < b->value);
}

static void ends_of(const struct rms_lines *lines, double ends[2])
{
  ends[0] = INFINITY;
  ends[1] = -INFINITY;
  for (size_t i = 0; i < lines->n; i++)
    for (size_t k = 0; k < lines->lines[i].n; k++) {
      if (!lines->lines[i].samples[k].is_reached) continue;
      ends[0] = fmin(ends[0], fmax(lines->lines[i].samples[k].value, RMS_FIGURE_TIME_LEAST));
      ends[1] = fmax(ends[1], fmax(lines->lines[i].samples[k].value, RMS_FIGURE_TIME_LEAST));
    }
  if (ends[0] > ends[1]) ends[0] = ends[1] = 1;
}

/* Share of the samples at or below x, from one end of the axis to the other. */
static int distribution(struct rms_plot *plot, struct rms_line *line, const char *what,
                        const double ends[2])
{
  int status;
  qsort(line->samples, line->n, sizeof *line->samples, compare_values);
  RMS_TRY(rms_figure_series(plot, line, what, RMS_PLOT_STEP));
  RMS_TRY(rms_figure_point(plot, ends[0], 0));
  for (size_t i = 0; i < line->n_reached; i++)
    RMS_TRY(rms_figure_point(plot, fmax(line->samples[i].value, RMS_FIGURE_TIME_LEAST),
                             (double)(i + 1) / (double)line->n));
  RMS_TRY(rms_figure_point(plot, ends[1], (double)line->n_reached / (double)line->n));
out:
  return status;
}

static int distributions(struct rms_plot *plot, struct rms_lines *lines, const char *what,
                         double limit)
{
  int status;
  double ends[2];
  ends_of(lines, ends);
  if (limit > ends[1]) ends[1] = limit;
  plot->y = (struct rms_plot_axis){.label = "share of runs", .unit = "%", .lo = 0, .hi = 1};
  for (size_t i = 0; i < rms_figure_lines(lines); i++)
    if (lines->lines[i].n_reached) RMS_TRY(distribution(plot, &lines->lines[i], what, ends));
  RMS_TRY(rms_figure_nobody(plot, lines));
  RMS_TRY(rms_figure_left_out(plot, lines));
out:
  return status;
}

static int read_measure(void *ctx, struct rms_sample *sample, struct rms_error *err)
{
  (void)err;
  const struct rms_measure *const *measure = ctx;
  sample->is_reached = (*measure)->read(sample->result, &sample->value);
  return 1;
}

/* Samples of one case follow each other in the comparison, so a case is known by its address. */
static int compare_cases(const void *left, const void *right)
{
  const struct rms_sample *const *a = left, *const *b = right;
  return ((*a)->c > (*b)->c) - ((*a)->c < (*b)->c);
}

static int divide_by_quickest(struct rms_lines *lines, struct rms_arena *arena)
{
  struct rms_sample **all = rms_arena_alloc(arena, lines->n_samples, sizeof *all);
  size_t n = 0;
  if (!all) return RMS_E_NOMEM;
  for (size_t i = 0; i < lines->n; i++)
    for (size_t k = 0; k < lines->lines[i].n; k++) all[n++] = &lines->lines[i].samples[k];
  qsort(all, n, sizeof *all, compare_cases);
  for (size_t i = 0, end; i < n; i = end) {
    double least = INFINITY;
    for (end = i; end < n && all[end]->c == all[i]->c; end++)
      if (all[end]->is_reached) least = fmin(least, fmax(all[end]->value, RMS_FIGURE_TIME_LEAST));
    for (size_t k = i; k < end; k++)
      all[k]->value = fmax(all[k]->value, RMS_FIGURE_TIME_LEAST) / least;
  }
  return RMS_OK;
}

/* Curves that begin together hide each other: how often each is first. The samples are sorted. */
static int note_firsts(struct rms_plot *plot, const struct rms_lines *lines)
{
  struct rms_text text = {0};
  int status = RMS_OK;
  for (size_t i = 0; i < rms_figure_lines(lines); i++) {
    const struct rms_line *const line = &lines->lines[i];
    size_t n = 0;
    while (n < line->n_reached && line->samples[n].value <= 1 + 1e-9) n++;
    if (n) rms_text_printf(&text, "%s%s %zu/%zu", text.length ? ", " : "", line->label, n, line->n);
  }
  RMS_TRY(rms_text_status(&text));
  if (text.length) RMS_TRY(rms_plot_note(plot, "Nobody is better (ratio 1): %s.", text.data));
out:
  rms_text_fini(&text);
  return status;
}

int rms_figure_cumulative(struct rms_plot **result, const struct rms_comparison *cmp,
                          const struct rms_figure *figure, struct rms_error *err)
{
  int status;
  char title[160], label[160];
  struct rms_plot *plot = NULL;
  struct rms_lines lines;
  const struct rms_measure *measure = figure->measure;
  snprintf(title, sizeof title, "%s %s",
           figure->is_relative ? "Performance profile:" : "Share of runs by", measure->label);
  snprintf(label, sizeof label, "%s%s", measure->label,
           !figure->is_relative    ? ""
           : measure->has_no_limit ? " / that of the best on the instance"
                                   : " / that of the quickest on the instance");
  RMS_TRY(rms_plot_new(&plot, title));
  RMS_TRY(rms_lines_new(&lines, plot->arena, cmp, figure, read_measure, &measure, err));
  if (figure->is_relative) RMS_TRY(divide_by_quickest(&lines, plot->arena));
  const char *const kept = rms_arena_text(plot->arena, label);
  if (!kept) RMS_TRY(RMS_E_NOMEM);
  plot->x = (struct rms_plot_axis){.label = kept,
                                   .unit = figure->is_relative ? NULL : measure->unit,
                                   .is_log = true,
                                   .lo = figure->is_relative ? 1 : NAN,
                                   .hi = NAN};
  const bool has_limit = !figure->is_relative && measure->unit && !strcmp(measure->unit, "s");
  RMS_TRY(distributions(plot, &lines, "", has_limit ? lines.limit : NAN));
  if (figure->is_relative) RMS_TRY(note_firsts(plot, &lines));
  RMS_TRY(rms_plot_note(plot, "n/N: runs that got there, of all runs; the others keep the curve "
                              "below 100 %%."));
  *result = plot;
  return RMS_OK;
out:
  rms_plot_free(plot);
  return status;
}

static int read_target(void *ctx, struct rms_sample *sample, struct rms_error *err)
{
  (void)err;
  const struct rms_figure *figure = ctx;
  const struct rms_run *run = sample->result->run;
  if (isnan(sample->c->best)) return 0;
  const double target = sample->c->best + (figure->gap + 1e-9) * fmax(1e-9, fabs(sample->c->best));
  /* An incumbent counts when the run's answer was verified: a trace is what the solver said. */
  sample->is_reached = false;
  sample->value = figure->by_work ? (double)run->work : run->wall;
  if (!(sample->result->objective <= target)) return 1;
  for (size_t i = 0; i < run->n_trace && !sample->is_reached; i++)
    if (run->trace[i].objective <= target) {
      sample->is_reached = true;
      sample->value = rms_figure_clock(&run->trace[i], figure->by_work);
    }
  return 1;
}

int rms_figure_target(struct rms_plot **result, const struct rms_comparison *cmp,
                      const struct rms_figure *figure, struct rms_error *err)
{
  int status;
  char title[160];
  struct rms_plot *plot = NULL;
  struct rms_lines lines;
  if (figure->gap > 0)
    snprintf(title, sizeof title, "Time to within %g %% of the best known plan", 100 * figure->gap);
  else
    snprintf(title, sizeof title, "Time to the best known plan");
  RMS_TRY(rms_plot_new(&plot, title));
  struct rms_figure copy = *figure;
  RMS_TRY(rms_lines_new(&lines, plot->arena, cmp, figure, read_target, &copy, err));
  plot->x = rms_figure_clock_axis(figure->by_work);
  RMS_TRY(distributions(plot, &lines, " reached", figure->by_work ? NAN : lines.limit));
  RMS_TRY(rms_plot_note(plot, "The best known plan of an instance is the best verified one of all "
                              "solvers here; instances without a plan are left out. n/N: runs that "
                              "reached the target, of all runs."));
  *result = plot;
  return RMS_OK;
out:
  rms_plot_free(plot);
  return status;
}
