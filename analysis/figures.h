/* SPDX-License-Identifier: GPL-3.0-or-later */
/* figures.h - the figures of a run, built from a comparison; one line a solver (label). */
#ifndef RMS_FIGURES_H
#define RMS_FIGURES_H

#include "analysis/compare.h"
#include "analysis/measure.h"
#include "analysis/plot.h"

enum { RMS_FIGURE_SOLVERS_MAX = 32 };

/* The number that a run's instance has on the horizontal axis. Called once per instance, in their
 * order. */
typedef int rms_number_fn(void *ctx, const struct rms_run *run, double *value,
                          struct rms_error *err);

struct rms_figure {  /* what is asked for; all borrowed */
  const char *group; /* NULL: all */
  size_t n_solvers;  /* globs of labels; 0: all */
  const char *solvers[RMS_FIGURE_SOLVERS_MAX];
  const struct rms_measure *measure; /* of growth and cumulative */
  const char *x_name;                /* of growth */
  rms_number_fn *x_of;
  void *ctx;
  bool is_relative; /* cumulative: ratio to the quickest on the instance (Dolan and More 2002) */
  bool has_range;   /* growth: the band goes from the least to the greatest, not over quartiles */
  bool by_work;     /* target, gap: work units in place of seconds */
  size_t n_most;    /* lines drawn, the best ones; 0: RMS_PLOT_SERIES_MAX */
  double gap;       /* target: share above the best verified objective that still counts */
};

/* Make a figure from the runs of a comparison.
 *   result [out] freed by rms_plot_free; untouched on error
 * RMS_E_USAGE: no such group or solver, nothing to draw; what x_of returns; RMS_E_NOMEM. Cost:
 * O(points log points). */
typedef int rms_figure_fn(struct rms_plot **result, const struct rms_comparison *cmp,
                          const struct rms_figure *figure, struct rms_error *err);

/* Growth: the median of the measure over x, log-log, with a band. Runs that did not get there count
 * as their limit (marks are hollow where they are the median) and are named n/N in the legend. */
rms_figure_fn rms_figure_growth;
/* Cumulative: share of the runs that got there within x; never over survivors. */
rms_figure_fn rms_figure_cumulative;
/* Target: share of the runs whose incumbent reached the target by time t (Aiex et al. 2007). */
rms_figure_fn rms_figure_target;
/* Gap: mean gap to the best proven bound at time t; a run without a plan counts as 100 %. */
rms_figure_fn rms_figure_gap;

/* The group and the kind of limit as the line below the title. RMS_E_NOMEM. */
int rms_figure_subtitle(struct rms_plot *plot, const struct rms_comparison *cmp, const char *group);

/* "growth", "cumulative", "target", "gap".
 *   make [out] one of the functions above
 * RMS_E_USAGE with the list. */
int rms_figure_find(const char *kind, rms_figure_fn **make, struct rms_error *err);

#endif
