/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/plot.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "analysis/table.h"

int rms_plot_new(struct rms_plot **result, const char *title)
{
  struct rms_arena *arena = rms_arena_new();
  struct rms_plot *plot = arena ? rms_arena_alloc(arena, 1, sizeof *plot) : NULL;
  if (!plot || !(plot->title = rms_arena_text(arena, title))) {
    rms_arena_free(arena);
    return RMS_E_NOMEM;
  }
  plot->arena = arena;
  plot->subtitle = "";
  plot->x = plot->y = (struct rms_plot_axis){.label = "", .lo = NAN, .hi = NAN};
  *result = plot;
  return RMS_OK;
}

void rms_plot_free(struct rms_plot *plot)
{
  if (!plot) return;
  for (size_t i = 0; i < plot->n_series; i++) free(plot->series[i].points);
  rms_arena_free(plot->arena);
}

int rms_plot_series(struct rms_plot *plot, const char *name, const char *note,
                    enum rms_plot_style style)
{
  if (plot->n_series == RMS_PLOT_SERIES_MAX) return RMS_E_LIMIT;
  struct rms_plot_series series = {.name = rms_arena_text(plot->arena, name),
                                   .note = rms_arena_text(plot->arena, note),
                                   .style = style,
                                   .look = plot->n_series};
  if (!series.name || !series.note) return RMS_E_NOMEM;
  plot->series[plot->n_series++] = series;
  return RMS_OK;
}

int rms_plot_point(struct rms_plot *plot, const struct rms_plot_point *point)
{
  struct rms_plot_series *s = plot->n_series ? &plot->series[plot->n_series - 1] : NULL;
  if (!s || !isfinite(point->x) || !isfinite(point->y) || isinf(point->lo) || isinf(point->hi))
    return RMS_E_PARAM;
  if (s->n == RMS_PLOT_POINTS_MAX) return RMS_E_LIMIT;
  const int status = rms_grow(&s->points, &s->capacity, s->n + 1, sizeof *s->points);
  if (status < 0) return status;
  s->points[s->n++] = *point;
  return RMS_OK;
}

int rms_plot_note(struct rms_plot *plot, const char *fmt, ...)
{
  char buffer[1024];
  va_list args;
  if (plot->n_notes == RMS_PLOT_NOTES_MAX) return RMS_E_LIMIT;
  va_start(args, fmt);
  vsnprintf(buffer, sizeof buffer, fmt, args);
  va_end(args);
  const char *note = rms_arena_text(plot->arena, buffer);
  if (!note) return RMS_E_NOMEM;
  plot->notes[plot->n_notes++] = note;
  return RMS_OK;
}

static void csv_number(struct rms_text *text, double value)
{
  rms_text_add(text, ",");
  if (!isnan(value)) rms_text_double(text, value);
}

int rms_plot_csv(const struct rms_plot *plot, struct rms_text *text)
{
  rms_text_add(text, "series,x,y,lo,hi,is_open\n");
  for (size_t i = 0; i < plot->n_series; i++)
    for (size_t k = 0; k < plot->series[i].n; k++) {
      const struct rms_plot_point *p = &plot->series[i].points[k];
      rms_table_csv_text(text, plot->series[i].name);
      csv_number(text, p->x);
      csv_number(text, p->y);
      csv_number(text, p->lo);
      csv_number(text, p->hi);
      rms_text_add(text, p->is_open ? ",1\n" : ",0\n");
    }
  for (size_t i = 0; i < plot->n_notes; i++) rms_text_printf(text, "# %s\n", plot->notes[i]);
  return rms_text_status(text);
}
