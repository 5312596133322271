/* SPDX-License-Identifier: GPL-3.0-or-later */
/* gantt_curves.c - the axis of time, and curves over it. */
#include <math.h>
#include <stdlib.h>

#include "instances/jobs/gantt_sheet.h"

enum {
  PANEL = 90,  /* pixels of a curve */
  PARTS = 400, /* of the window, in the curves */
  PARTS_MAX = 200000,
  TICKS = 10
};

void rms_gantt_axis(struct rms_gantt_sheet *s, double top)
{
  static const struct {
    const char *name;
    double seconds;
  } units[] = {{"d", 86400}, {"h", 3600}, {"min", 60}, {"s", 1}};
  static const double leads[] = {1, 2, 5, 10};
  const double from = (double)s->view.from_us / 1e6, to = (double)s->view.to_us / 1e6;
  size_t u = 0, k = 0;
  while (u < 3 && to - from < 3 * units[u].seconds) u++;
  const double least = (to - from) / units[u].seconds / TICKS, power = pow(10, floor(log10(least)));
  while (k < 3 && leads[k] * power < least) k++;
  const double step = leads[k] * power;
  for (double i = ceil(from / units[u].seconds / step); i * step * units[u].seconds <= to; i++) {
    const double x = rms_gantt_x(s, (int64_t)(i * step * units[u].seconds * 1e6));
    rms_text_printf(s->text,
                    "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"#777\" "
                    "stroke-width=\"0.6\" stroke-dasharray=\"2 4\"/>\n",
                    x, top, x, s->y + 4);
    rms_gantt_write(s,
                    (struct rms_gantt_label){
                        .x = x, .y = s->y + 16, .size = 11, .fill = "#555", .anchor = "middle"},
                    "%.10g", i * step);
  }
  rms_gantt_write(
      s,
      (struct rms_gantt_label){
          .x = RMS_GANTT_WIDTH - RMS_GANTT_MARGIN, .y = s->y + 16, .size = 12, .anchor = "end"},
      "%s", units[u].name);
  s->y += 32;
}

static void add_curve(struct rms_gantt_sheet *s, const char *name, const char *unit,
                      const double *parts, const double *x, size_t n)
{
  double most = 0;
  for (size_t i = 0; i < n; i++) most = fmax(most, parts[i]);
  rms_gantt_box(s, RMS_GANTT_LEFT, s->y, RMS_GANTT_WIDTH - RMS_GANTT_LEFT - RMS_GANTT_RIGHT, PANEL,
                "fill=\"#fff\" stroke=\"#333\"");
  rms_gantt_heading(s, PANEL, name, unit);
  rms_gantt_write(s,
                  (struct rms_gantt_label){
                      .x = RMS_GANTT_WIDTH - RMS_GANTT_RIGHT + 5, .y = s->y + 10, .size = 11},
                  "%.3g", most);
  rms_gantt_write(s,
                  (struct rms_gantt_label){
                      .x = RMS_GANTT_WIDTH - RMS_GANTT_RIGHT + 5, .y = s->y + PANEL, .size = 11},
                  "0");
  rms_text_printf(s->text,
                  "<path fill=\"#0072B2\" fill-opacity=\"0.25\" stroke=\"#0072B2\" "
                  "d=\"M%.1f %.1f",
                  x[0], s->y + PANEL);
  for (size_t i = 0; i < n; i++)
    rms_text_printf(s->text, "V%.1fH%.1f",
                    s->y + PANEL - (PANEL - 4) * (most > 0 ? parts[i] / most : 0), x[i + 1]);
  rms_text_printf(s->text, "V%.1fZ\"/>\n", s->y + PANEL);
  s->y += PANEL + RMS_GANTT_GAP;
}

int rms_gantt_curves(struct rms_gantt_sheet *s)
{
  const double makespan = s->m->metrics.makespan * 1e6;
  const double window = (double)(s->view.to_us - s->view.from_us);
  const size_t n = (size_t)fmin(ceil(PARTS * fmax(1, makespan / window)), PARTS_MAX);
  double *const parts = malloc((4 * n + 1) * sizeof *parts), *const x = parts + 3 * n;
  size_t seen = 0;
  int status = parts ? RMS_OK : RMS_E_NOMEM;
  RMS_TRY(status);
  RMS_TRY(rms_jobs_over_time(s->inst, &s->m->timeline, &s->m->audit, n, parts, parts + n,
                             parts + 2 * n));
  const double step = makespan / (double)n;
  const int64_t begin = s->inst->jobs[0].arrival_us;
  const size_t first = (size_t)((double)(s->view.from_us - begin) / step);
  while (first + seen < n && step * (double)(first + seen) < (double)(s->view.to_us - begin))
    seen++;
  for (size_t i = 0; i <= seen; i++)
    x[i] = rms_gantt_x(s, begin + (int64_t)(step * (double)(first + i)));
  add_curve(s, "STP", "machines' work", parts + first, x, seen);
  add_curve(s, "waiting", "jobs", parts + n + first, x, seen);
out:
  free(parts);
  return status;
}
