/* SPDX-License-Identifier: GPL-3.0-or-later */
/* axis.h - the range of an axis, where its ticks stand, and what they say. */
#ifndef RMS_AXIS_H
#define RMS_AXIS_H

#include <stdbool.h>

enum { RMS_TICKS_MAX = 96, RMS_TICK_TEXT = 24 };

struct rms_tick {
  double at;
  char text[RMS_TICK_TEXT]; /* "": a small tick without a number */
};

struct rms_scale { /* an axis on its way to pixels */
  bool is_log;
  double lo, hi; /* lo < hi, finite; lo > 0 when is_log */
  int n_ticks;
  struct rms_tick ticks[RMS_TICKS_MAX]; /* ascending, within [lo, hi] */
};

/* Fill *scale so that it shows [lo, hi]: an end that is fixed stays, the other is moved out to a
 * round number; a range of one value is widened. About `wanted` ticks carry numbers. On a log axis
 * these are powers of ten where there are at least two of them, 1-2-5 steps otherwise.
 *   lo, hi   finite, lo <= hi; lo > 0 when is_log
 *   percent  numbers are shown times 100 */
void rms_scale_init(struct rms_scale *scale, bool is_log, const double range[2],
                    const bool is_fixed[2], int wanted, bool percent);

/* Where x stands, 0 at lo and 1 at hi; outside of [0, 1] beyond the ends. */
double rms_scale_place(const struct rms_scale *scale, double x);

/* "0.001", "250", "10,000", "10⁻⁷": a tick's number. `step` is the distance of the ticks (0: a
 * number of its own). */
void rms_tick_text(char text[RMS_TICK_TEXT], double value, double step);

#endif
