/* SPDX-License-Identifier: GPL-3.0-or-later */
/* figure_parts.h - what the figures have in common. Private to analysis/figure*.c. */
#ifndef RMS_FIGURE_PARTS_H
#define RMS_FIGURE_PARTS_H

#include "analysis/lines.h"

/* The shortest time that an axis shows. */
#define RMS_FIGURE_TIME_LEAST 1e-6

/* Start the series of a line, with "n/N" and `what` as its note; add a point without spread. Errors
 * as of rms_plot_series and rms_plot_point. */
int rms_figure_series(struct rms_plot *plot, const struct rms_line *line, const char *what,
                      enum rms_plot_style style);
int rms_figure_point(struct rms_plot *plot, double x, double y);

/* So many lines are drawn. */
size_t rms_figure_lines(const struct rms_lines *lines);
/* Notes: how many are not; which of those drawn have no curve, for none of their runs got there.
 * RMS_E_NOMEM, RMS_E_LIMIT. */
int rms_figure_left_out(struct rms_plot *plot, const struct rms_lines *lines);
int rms_figure_nobody(struct rms_plot *plot, const struct rms_lines *lines);

/* When a point of a trace was reached (s, or units of work), and the axis of that clock. */
double rms_figure_clock(const struct rms_trace_point *point, bool by_work);
struct rms_plot_axis rms_figure_clock_axis(bool by_work);

#endif
