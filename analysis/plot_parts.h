/* SPDX-License-Identifier: GPL-3.0-or-later */
/* plot_parts.h - the parts of a figure as SVG: frame and axes (plot_svg.c), what stands in the
 * frame (plot_marks.c), the words around it (plot_words.c). Lengths are pixels, y goes down.
 * Failures (out of memory) stay in the sheet's text. Private to analysis/plot_*.c. */
#ifndef RMS_PLOT_PARTS_H
#define RMS_PLOT_PARTS_H

#include "analysis/axis.h"
#include "analysis/plot.h"

enum {
  RMS_PLOT_WIDTH = 860,
  RMS_PLOT_LEFT = 92, /* of the frame, and right of it */
  RMS_PLOT_RIGHT = 28,
  RMS_PLOT_HEIGHT = 380, /* of the frame */
  RMS_PLOT_MARGIN = 18,
  RMS_PLOT_SMALL = 12 /* letters */
};

struct rms_plot_sheet { /* borrows plot and text */
  const struct rms_plot *plot;
  struct rms_text *text;
  struct rms_scale x, y;
  double top; /* of the frame */
};

/* Can the point be shown? Not one that is not positive on a log axis. */
bool rms_plot_is_shown(const struct rms_plot *plot, const struct rms_plot_point *p);

/* An end of a point's spread; `instead` where there is none, or none that can be shown. */
double rms_plot_spread(const struct rms_plot_axis *axis, double value, double instead);

/* Where a value stands on the sheet, whose scales are set. */
double rms_plot_x(const struct rms_plot_sheet *sheet, double x);
double rms_plot_y(const struct rms_plot_sheet *sheet, double y);

/* A thin straight line. */
void rms_plot_add_line(struct rms_plot_sheet *sheet, const double from[2], const double to[2],
                       const char *stroke);

/* All series in the frame: bands first, then curves, then marks; the first series on top, for it is
 * usually ours. */
void rms_plot_add_series(struct rms_plot_sheet *sheet);
/* What the series looks like, for the legend: 26 pixels from x on, its middle at y. */
void rms_plot_add_swatch(struct rms_plot_sheet *sheet, const struct rms_plot_series *s, double x,
                         double y);

struct rms_plot_label {
  double x, y; /* of the line on which letters stand */
  int size, room;
  const char *fill, *rest; /* NULL: dark; further attributes, NULL: none */
};

/* One line of words; what does not fit into label.room loses its middle. */
void rms_plot_add_label(struct rms_plot_sheet *sheet, struct rms_plot_label label,
                        const char *string);

/* Title and subtitle at the top; the legend, as many columns as the longest entry leaves room for;
 * a note, broken at blanks. All return where the next thing may stand. */
double rms_plot_add_head(struct rms_plot_sheet *sheet);
double rms_plot_add_legend(struct rms_plot_sheet *sheet, double y);
double rms_plot_add_note(struct rms_plot_sheet *sheet, double y, const char *note);

#endif
