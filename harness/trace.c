/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/trace.h"

#include <math.h>
#include <stdbool.h>

static const double first_improvement = 1e-3, first_spacing = 0.05;

static bool differs(double a, double b, double step)
{
  if (isnan(a) || isnan(b)) return isnan(a) != isnan(b);
  return fabs(a - b) > step * fmax(fabs(a), fabs(b));
}

/* Must `point` stay, given that the kept point before it is `before`? */
static bool is_needed(const struct rms_trace *trace, const struct rms_trace_point *before,
                      const struct rms_trace_point *point)
{
  return differs(before->objective, point->objective, trace->improvement) ||
         differs(before->bound, point->bound, trace->improvement) ||
         (double)point->work > (double)before->work * (1 + trace->spacing);
}

static void append(struct rms_trace *trace, const struct rms_trace_point *point)
{
  const uint32_t n = trace->n;

  /* The last point is kept only for being the last: the next one may take its place. */
  if (n >= 2 && !is_needed(trace, &trace->point[n - 2], &trace->point[n - 1])) {
    trace->point[n - 1] = *point;
  } else {
    trace->point[n] = *point;
    trace->n = n + 1;
  }
}

/* Thin in place. A process that dies in here leaves a prefix of the thinned points, then old ones
 * again, which the filter drops. */
static void thin(struct rms_trace *trace)
{
  const uint32_t n = trace->n;

  trace->improvement *= 2;
  trace->spacing *= 2;
  trace->n = 0;
  for (uint32_t i = 0; i < n; i++) {
    const struct rms_trace_point point = trace->point[i];
    append(trace, &point);
  }
}

void rms_trace_add(struct rms_trace *trace, const struct rms_trace_point *point)
{
  if (!(trace->improvement > 0)) {
    trace->improvement = first_improvement;
    trace->spacing = first_spacing;
  }
  if (trace->n >= RMS_TRACE_MAX) {
    do thin(trace);
    while (trace->n > RMS_TRACE_MAX / 2);
  }
  append(trace, point);
}

static bool is_sane(const struct rms_trace_point *point)
{
  return isfinite(point->t) && point->t >= 0 && isfinite(point->cpu) && point->cpu >= 0 &&
         !isinf(point->objective) && !isinf(point->bound) &&
         !(isnan(point->objective) && isnan(point->bound));
}

static bool follows(const struct rms_trace_point *before, const struct rms_trace_point *point)
{
  const bool has_objective = !isnan(point->objective), has_bound = !isnan(point->bound);

  if (point->work < before->work || point->evaluations < before->evaluations ||
      point->t < before->t || point->cpu < before->cpu) {
    return false;
  }
  if ((!has_objective && !isnan(before->objective)) || (!has_bound && !isnan(before->bound)))
    return false;
  return !(point->objective > before->objective) && !(point->bound < before->bound);
}

size_t rms_trace_filter(const struct rms_trace_point *points, size_t n,
                        struct rms_trace_point *kept)
{
  size_t n_kept = 0;

  for (size_t i = 0; i < n; i++) {
    const struct rms_trace_point point = points[i];
    if (is_sane(&point) && (!n_kept || follows(&kept[n_kept - 1], &point))) kept[n_kept++] = point;
  }
  return n_kept;
}
