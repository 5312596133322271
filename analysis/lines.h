/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lines.h - runs sorted into the lines of a figure: one line a solver, one sample a run. Private to
 * the figures. */
#ifndef RMS_LINES_H
#define RMS_LINES_H

#include "analysis/figures.h"

struct rms_sample { /* one run; borrowed from the comparison */
  const struct rms_result *result;
  const struct rms_case *c;
  double x, value;
  bool is_reached; /* else value is what the run was charged */
};

struct rms_line {
  const char *label;
  size_t n, n_reached;
  size_t look; /* rank of the label: a solver looks the same in all figures of its run */
  struct rms_sample *samples; /* in the order of the cases */
  double median;              /* of the values */
};

struct rms_lines {
  size_t n, n_samples;
  size_t n_most;          /* of the figure: so many are drawn; 0: as many as a plot holds */
  struct rms_line *lines; /* more reached first, then the smaller median, then by name */
  double limit; /* longest time limit of the runs (work, time_limited or not); NAN: none */
};

/* How a sample is read: fills x, value and is_reached; returns 1, 0 to leave the run out, or a
 * status. */
typedef int rms_sample_fn(void *ctx, struct rms_sample *sample, struct rms_error *err);

/* The lines of the runs that the figure asks for, in `arena`. RMS_E_USAGE when there is none. */
int rms_lines_new(struct rms_lines *lines, struct rms_arena *arena,
                  const struct rms_comparison *cmp, const struct rms_figure *figure,
                  rms_sample_fn *read, void *ctx, struct rms_error *err);

#endif
