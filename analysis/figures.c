/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/figures.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/lines.h"
#include "analysis/stats.h"

/* The shortest time that an axis shows. */
#define TIME_LEAST 1e-6

static int start_series(struct rms_plot *plot, const struct rms_line *line, const char *what,
                        enum rms_plot_style style)
{
  char note[64];
  snprintf(note, sizeof note, "%zu/%zu%s", line->n_reached, line->n, what);
  const int status = rms_plot_series(plot, line->label, note, style);
  if (status == RMS_OK) plot->series[plot->n_series - 1].look = line->look;
  return status;
}

static int add_point(struct rms_plot *plot, double x, double y)
{
  return rms_plot_point(plot, &(struct rms_plot_point){.x = x, .y = y, .lo = NAN, .hi = NAN});
}

static size_t series_of(const struct rms_lines *lines)
{
  const size_t most = lines->n_most ? lines->n_most : RMS_PLOT_SERIES_MAX;
  return lines->n < most ? lines->n : most;
}

static int note_left_out(struct rms_plot *plot, const struct rms_lines *lines)
{
  const size_t shown = series_of(lines);
  if (shown == lines->n) return RMS_OK;
  return rms_plot_note(plot, "%zu of %zu solvers are left out.", lines->n - shown, lines->n);
}

/* ---- growth ------------------------------------------------------------------------------------
 */

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
    values[i] = fmax(samples[i].value, TIME_LEAST);
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
  RMS_TRY(start_series(plot, line, "", RMS_PLOT_LINE));
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
  RMS_TRY(note_left_out(plot, lines));
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
  for (size_t i = 0; i < series_of(&lines); i++)
    RMS_TRY(growth_line(plot, &lines.lines[i], figure->has_range));
  RMS_TRY(growth_notes(plot, &lines, figure, is_binned));
  *result = plot;
  return RMS_OK;
out:
  rms_plot_free(plot);
  return status;
}

/* ---- distribution functions --------------------------------------------------------------------
 */

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
      ends[0] = fmin(ends[0], fmax(lines->lines[i].samples[k].value, TIME_LEAST));
      ends[1] = fmax(ends[1], fmax(lines->lines[i].samples[k].value, TIME_LEAST));
    }
  if (ends[0] > ends[1]) ends[0] = ends[1] = 1;
}

/* Share of the samples at or below x, from one end of the axis to the other. */
static int distribution(struct rms_plot *plot, struct rms_line *line, const char *what,
                        const double ends[2])
{
  int status;
  qsort(line->samples, line->n, sizeof *line->samples, compare_values);
  RMS_TRY(start_series(plot, line, what, RMS_PLOT_STEP));
  RMS_TRY(add_point(plot, ends[0], 0));
  for (size_t i = 0; i < line->n_reached; i++)
    RMS_TRY(add_point(plot, fmax(line->samples[i].value, TIME_LEAST),
                      (double)(i + 1) / (double)line->n));
  RMS_TRY(add_point(plot, ends[1], (double)line->n_reached / (double)line->n));
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
  for (size_t i = 0; i < series_of(lines); i++)
    RMS_TRY(distribution(plot, &lines->lines[i], what, ends));
  RMS_TRY(note_left_out(plot, lines));
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
      if (all[end]->is_reached) least = fmin(least, fmax(all[end]->value, TIME_LEAST));
    for (size_t k = i; k < end; k++) all[k]->value = fmax(all[k]->value, TIME_LEAST) / least;
  }
  return RMS_OK;
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
           figure->is_relative ? " / that of the quickest on the instance" : "");
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
  RMS_TRY(distributions(plot, &lines, "",
                        figure->is_relative || strcmp(measure->unit, "s") ? NAN : lines.limit));
  RMS_TRY(rms_plot_note(plot, "n/N: runs that got there, of all runs; the others keep the curve "
                              "below 100 %%."));
  *result = plot;
  return RMS_OK;
out:
  rms_plot_free(plot);
  return status;
}

/* ---- target ------------------------------------------------------------------------------------
 */

static double clock_of(const struct rms_trace_point *point, bool by_work)
{
  return fmax(by_work ? (double)point->work : point->t, by_work ? 1 : TIME_LEAST);
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
      sample->value = clock_of(&run->trace[i], figure->by_work);
    }
  return 1;
}

static struct rms_plot_axis clock_axis(bool by_work)
{
  return (struct rms_plot_axis){.label = by_work ? "work units" : "time since the solver began",
                                .unit = by_work ? NULL : "s",
                                .is_log = true,
                                .lo = NAN,
                                .hi = NAN};
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
  plot->x = clock_axis(figure->by_work);
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

/* ---- gap ---------------------------------------------------------------------------------------
 */

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
  for (size_t i = 0; i < run->n_trace && clock_of(&run->trace[i], by_work) <= t; i++)
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
      ends[0] = fmin(ends[0], clock_of(&run->trace[0], by_work));
      ends[1] = fmax(ends[1], clock_of(&run->trace[run->n_trace - 1], by_work));
    }
  if (ends[0] > ends[1]) ends[0] = ends[1] = 1;
}

static int gap_line(struct rms_plot *plot, const struct rms_line *line, bool by_work,
                    const double ends[2])
{
  int status;
  RMS_TRY(start_series(plot, line, " with a plan", RMS_PLOT_STEP));
  for (int i = 0; i <= GRID; i++) {
    const double t =
        ends[0] * pow(ends[1] / ends[0], (double)i / GRID) * (i == GRID ? 1 + 1e-12 : 1);
    double sum = 0;
    for (size_t k = 0; k < line->n; k++) sum += gap_at(&line->samples[k], t, by_work);
    RMS_TRY(add_point(plot, t, sum / (double)line->n));
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
  plot->x = clock_axis(figure->by_work);
  plot->y = (struct rms_plot_axis){.label = "mean gap", .unit = "%", .lo = 0, .hi = NAN};
  gap_ends(&lines, figure->by_work, ends);
  for (size_t i = 0; i < series_of(&lines); i++)
    RMS_TRY(gap_line(plot, &lines.lines[i], figure->by_work, ends));
  RMS_TRY(rms_plot_note(plot, "gap = |c - b| / max(|c|, |b|), b the best proven bound of all "
                              "solvers here; a run counts as 100 %% until it has a plan. Instances "
                              "without a plan or a proven bound are left out."));
  RMS_TRY(note_left_out(plot, &lines));
  *result = plot;
  return RMS_OK;
out:
  rms_plot_free(plot);
  return status;
}

int rms_figure_subtitle(struct rms_plot *plot, const struct rms_comparison *cmp, const char *group)
{
  int status;
  struct rms_text text = {0};
  const bool is_work = cmp->n_results && cmp->results[0].run->is_work_limited;
  rms_text_printf(&text, "%s; %s", group ? group : "all instances",
                  is_work ? "work-limited runs: times are not claims" : "time-limited runs");
  RMS_TRY(rms_text_status(&text));
  if (!(plot->subtitle = rms_arena_text(plot->arena, text.data))) status = RMS_E_NOMEM;
out:
  rms_text_fini(&text);
  return status;
}

int rms_figure_find(const char *kind, rms_figure_fn **make, struct rms_error *err)
{
  static const struct {
    const char *name;
    rms_figure_fn *make;
  } kinds[] = {{"growth", rms_figure_growth},
               {"cumulative", rms_figure_cumulative},
               {"target", rms_figure_target},
               {"gap", rms_figure_gap}};
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
    if (!strcmp(kinds[i].name, kind)) {
      *make = kinds[i].make;
      return RMS_OK;
    }
  return rms_error_set(err, RMS_E_USAGE, "kind '%.40s' is none of: growth cumulative target gap",
                       kind);
}
