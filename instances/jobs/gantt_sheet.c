/* SPDX-License-Identifier: GPL-3.0-or-later */
/* gantt_sheet.c - words and boxes on the sheet of a Gantt picture. */
#include "instances/jobs/gantt_sheet.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "instances/base/svg.h"

double rms_gantt_x(const struct rms_gantt_sheet *s, int64_t t)
{
  if (t < s->view.from_us) t = s->view.from_us;
  if (t > s->view.to_us) t = s->view.to_us;
  return RMS_GANTT_LEFT +
         (RMS_GANTT_WIDTH - RMS_GANTT_LEFT - RMS_GANTT_RIGHT) *
             ((double)(t - s->view.from_us) / (double)(s->view.to_us - s->view.from_us));
}

void rms_gantt_write(struct rms_gantt_sheet *s, struct rms_gantt_label label, const char *fmt, ...)
{
  char string[512];
  va_list list;
  va_start(list, fmt);
  vsnprintf(string, sizeof string, fmt, list);
  va_end(list);
  rms_text_printf(s->text, "<text x=\"%.1f\" y=\"%.1f\" font-size=\"%d\" fill=\"%s\"", label.x,
                  label.y, label.size, label.fill ? label.fill : "#222");
  if (label.weight) rms_text_printf(s->text, " font-weight=\"%s\"", label.weight);
  if (label.anchor) rms_text_printf(s->text, " text-anchor=\"%s\"", label.anchor);
  rms_text_add(s->text, ">");
  rms_svg_fitting(s->text, string, label.size,
                  label.room ? label.room : RMS_GANTT_WIDTH - 2 * RMS_GANTT_MARGIN);
  rms_text_add(s->text, "</text>\n");
}

void rms_gantt_heading(struct rms_gantt_sheet *s, double height, const char *name, const char *kind)
{
  const struct rms_gantt_label label = {.x = RMS_GANTT_LEFT - 8,
                                        .y = s->y + height / 2,
                                        .room = RMS_GANTT_LEFT - 20,
                                        .anchor = "end"};
  struct rms_gantt_label first = label, second = label;
  first.size = 12;
  first.weight = "bold";
  second.y += 14;
  second.size = 10;
  second.fill = "#555";
  rms_gantt_write(s, first, "%s", name);
  rms_gantt_write(s, second, "%s", kind);
}

void rms_gantt_box(struct rms_gantt_sheet *s, double x, double y, double width, double height,
                   const char *rest)
{
  rms_text_printf(s->text, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" %s/>\n", x,
                  y, width, height, rest);
}

void rms_gantt_stretch(struct rms_gantt_sheet *s, const int64_t span[2], double y, double height,
                       const char *rest)
{
  if (span[1] <= span[0] || span[1] <= s->view.from_us || span[0] >= s->view.to_us) return;
  const double x = rms_gantt_x(s, span[0]);
  rms_gantt_box(s, x, y, fmax(rms_gantt_x(s, span[1]) - x, 0.3), height, rest);
}
