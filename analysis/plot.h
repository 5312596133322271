/* SPDX-License-Identifier: GPL-3.0-or-later */
/* plot.h - one model of a figure, two renderings: SVG for people, CSV of the same points for other
 * programs. A figure is two axes, series of points (lines, steps, bands), a legend, and lines of
 * text below it, so that it can be read alone. Equal figures give equal bytes.
 *
 *   RMS_TRY(rms_plot_new(&plot, "Time to proof"));
 *   plot->x = (struct rms_plot_axis){.label = "services", .is_log = true, .lo = NAN, .hi = NAN};
 *   plot->y = (struct rms_plot_axis){.label = "time", .unit = "s", .is_log = true, ...};
 *   RMS_TRY(rms_plot_series(plot, "prices", "20/20", RMS_PLOT_LINE));
 *   RMS_TRY(rms_plot_point(plot, &(struct rms_plot_point){.x = 5, .y = 1e-3, .lo = NAN, .hi =
 * NAN})); RMS_TRY(rms_plot_svg(plot, &text)); */
#ifndef RMS_PLOT_H
#define RMS_PLOT_H

#include <stdbool.h>
#include <stddef.h>

#include "instances/base/memory.h"
#include "instances/base/text.h"

enum { RMS_PLOT_SERIES_MAX = 64, RMS_PLOT_NOTES_MAX = 16, RMS_PLOT_POINTS_MAX = 1 << 20 };

struct rms_plot_axis {
  const char *label, *unit; /* borrowed; unit NULL: none. "%" shows shares 0..1 as 0..100 */
  bool is_log;              /* values that are not positive are left out, and counted in a note */
  double lo, hi;            /* the range shown; NAN: from the points */
};

enum rms_plot_style {
  RMS_PLOT_LINE,   /* marks at the points, a line through them, a band from lo to hi */
  RMS_PLOT_STEP,   /* y holds until the next point: distribution functions, curves over time */
  RMS_PLOT_POINTS, /* marks alone, a whisker from lo to hi */
};

struct rms_plot_point {
  double x, y;
  double lo, hi; /* spread of y; NAN: none */
  bool is_open;  /* hollow mark: the value is a limit, or rests on few runs; the notes say which */
};

struct rms_plot_series {
  const char *name, *note; /* legend; note: "" or what stands after the name, such as 49/50 */
  enum rms_plot_style style;
  size_t look; /* number of its colour, dash and mark; its own number unless set */
  size_t n, capacity;
  struct rms_plot_point *points; /* malloc'ed, in drawing order */
};

struct rms_plot { /* the texts are owned by the arena, but for those of the axes */
  struct rms_arena *arena;
  const char *title, *subtitle; /* subtitle: "" or a line below the title; may be set */
  struct rms_plot_axis x, y;
  size_t n_series, n_notes;
  struct rms_plot_series series[RMS_PLOT_SERIES_MAX];
  const char *notes[RMS_PLOT_NOTES_MAX];
};

/* A new figure with linear axes without labels. *result is freed by rms_plot_free. RMS_E_NOMEM. */
int rms_plot_new(struct rms_plot **result, const char *title);
void rms_plot_free(struct rms_plot *plot); /* accepts NULL */

/* Start a series; its points follow. Texts are copied. RMS_E_LIMIT beyond RMS_PLOT_SERIES_MAX. */
int rms_plot_series(struct rms_plot *plot, const char *name, const char *note,
                    enum rms_plot_style style);

/* Add a point to the last series. NAN and infinite x or y are refused with RMS_E_PARAM; RMS_E_LIMIT
 * beyond RMS_PLOT_POINTS_MAX. */
int rms_plot_point(struct rms_plot *plot, const struct rms_plot_point *point);

/* A line below the figure. RMS_E_LIMIT beyond RMS_PLOT_NOTES_MAX. */
__attribute__((format(printf, 2, 3))) int rms_plot_note(struct rms_plot *plot, const char *fmt,
                                                        ...);

/* Render. A figure without any point that can be shown says so in its frame. RMS_E_NOMEM. */
int rms_plot_svg(const struct rms_plot *plot, struct rms_text *text);

/* series,x,y,lo,hi,is_open with a heading; after it the notes as lines that begin with '#'.
 * RMS_E_NOMEM. */
int rms_plot_csv(const struct rms_plot *plot, struct rms_text *text);

#endif
