/* SPDX-License-Identifier: GPL-3.0-or-later */
/* trace.h - a bounded trace of incumbents and bounds. All improvements above 0.1 % are kept and the
 * rest is thinned to logarithmic spacing in work; the first and the last point stay always. When
 * RMS_TRACE_MAX points are not enough, both steps are doubled and the trace is thinned again. A
 * pure function of (work, objective, bound), never of time: deterministic in a work-limited run. */
#ifndef RMS_TRACE_H
#define RMS_TRACE_H

#include "harness/record.h"

struct rms_trace { /* zero-initialise */
  uint32_t n;
  double improvement, spacing; /* relative steps in force; 0: the first ones */
  struct rms_trace_point point[RMS_TRACE_MAX];
};

/* Append the state after an event. At every time the kept curve is within twice the step
 * `improvement` of the true one. Cost: O(1) amortised. */
void rms_trace_add(struct rms_trace *trace, const struct rms_trace_point *point);

/* Copy the points that continue the ones before them: finite times and numbers, nothing decreasing
 * but the objective, which never increases. Returns the number of points.
 *   points [in]  n points that a dying process may have left behind
 *   kept   [out] room for n; may be `points` */
size_t rms_trace_filter(const struct rms_trace_point *points, size_t n,
                        struct rms_trace_point *kept);

#endif
