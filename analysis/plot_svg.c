/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "analysis/plot_parts.h"
#include "instances/base/svg.h"

enum { X_TICKS = 8, Y_TICKS = 6 };

struct range {
  double x[2], y[2];
  size_t n, n_left_out;
};

static void stretch(double range[2], double value)
{
  range[0] = fmin(range[0], value);
  range[1] = fmax(range[1], value);
}

static struct range range_of(const struct rms_plot *plot)
{
  struct range r = {.x = {INFINITY, -INFINITY}, .y = {INFINITY, -INFINITY}};
  for (size_t i = 0; i < plot->n_series; i++)
    for (size_t k = 0; k < plot->series[i].n; k++) {
      const struct rms_plot_point *p = &plot->series[i].points[k];
      if (!rms_plot_is_shown(plot, p)) {
        r.n_left_out++;
        continue;
      }
      r.n++;
      stretch(r.x, p->x);
      stretch(r.y, p->y);
      stretch(r.y, rms_plot_spread(&plot->y, p->lo, p->y));
      stretch(r.y, rms_plot_spread(&plot->y, p->hi, p->y));
    }
  return r;
}

static void init_scale(struct rms_scale *scale, const struct rms_plot_axis *axis, double range[2],
                       int wanted)
{
  const bool is_fixed[2] = {!isnan(axis->lo), !isnan(axis->hi)};
  if (range[0] > range[1]) range[0] = range[1] = 1;
  if (is_fixed[0]) range[0] = axis->lo;
  if (is_fixed[1]) range[1] = axis->hi;
  if (range[0] > range[1]) range[is_fixed[0] ? 1 : 0] = range[is_fixed[0] ? 0 : 1];
  rms_scale_init(scale, axis->is_log, range, is_fixed, wanted,
                 axis->unit && !strcmp(axis->unit, "%"));
}

/* Where the middle of a label below the axis is: it ends inside the picture. */
static double middle_of(const char *text, double at)
{
  const double last = RMS_PLOT_WIDTH - 4 - rms_svg_width(text, RMS_PLOT_SMALL) / 2.0;
  return at < last ? at : last;
}

static void add_ticks(struct rms_plot_sheet *sheet)
{
  const double bottom = sheet->top + RMS_PLOT_HEIGHT;
  for (int i = 0; i < sheet->x.n_ticks; i++) {
    const struct rms_tick *tick = &sheet->x.ticks[i];
    const double at = rms_plot_x(sheet, tick->at);
    const bool is_small = !*tick->text;
    rms_plot_add_line(sheet, (double[]){at, is_small ? bottom : sheet->top},
                      (double[]){at, bottom + (is_small ? 3 : 6)}, is_small ? "#999" : "#ddd");
    rms_plot_add_label(sheet,
                       (struct rms_plot_label){.x = middle_of(tick->text, at),
                                               .y = bottom + 20,
                                               .size = RMS_PLOT_SMALL,
                                               .room = 90,
                                               .rest = " text-anchor=\"middle\""},
                       tick->text);
  }
  for (int i = 0; i < sheet->y.n_ticks; i++) {
    const struct rms_tick *tick = &sheet->y.ticks[i];
    const double at = rms_plot_y(sheet, tick->at);
    const bool is_small = !*tick->text;
    rms_plot_add_line(sheet, (double[]){RMS_PLOT_LEFT - (is_small ? 3 : 6), at},
                      (double[]){is_small ? RMS_PLOT_LEFT : RMS_PLOT_WIDTH - RMS_PLOT_RIGHT, at},
                      is_small ? "#999" : "#ddd");
    rms_plot_add_label(sheet,
                       (struct rms_plot_label){.x = RMS_PLOT_LEFT - 9,
                                               .y = at + 4,
                                               .size = RMS_PLOT_SMALL,
                                               .room = RMS_PLOT_LEFT - 34,
                                               .rest = " text-anchor=\"end\""},
                       tick->text);
  }
}

static void axis_title(char *text, size_t size, const struct rms_plot_axis *axis)
{
  const bool has_unit = axis->unit && *axis->unit;
  snprintf(text, size, "%s%s%s%s", axis->label, has_unit ? " [" : "", has_unit ? axis->unit : "",
           has_unit ? "]" : "");
}

static void add_axes(struct rms_plot_sheet *sheet)
{
  char title[160], rest[96];
  const double bottom = sheet->top + RMS_PLOT_HEIGHT, middle = sheet->top + RMS_PLOT_HEIGHT / 2.0;
  add_ticks(sheet);
  rms_text_printf(sheet->text,
                  "<rect x=\"%d\" y=\"%.1f\" width=\"%d\" height=\"%d\" fill=\"none\" "
                  "stroke=\"#555\"/>\n",
                  RMS_PLOT_LEFT, sheet->top, RMS_PLOT_WIDTH - RMS_PLOT_LEFT - RMS_PLOT_RIGHT,
                  RMS_PLOT_HEIGHT);
  axis_title(title, sizeof title, &sheet->plot->x);
  rms_plot_add_label(
      sheet,
      (struct rms_plot_label){.x = (RMS_PLOT_LEFT + RMS_PLOT_WIDTH - RMS_PLOT_RIGHT) / 2.0,
                              .y = bottom + 42,
                              .size = 14,
                              .room = RMS_PLOT_WIDTH - RMS_PLOT_LEFT - RMS_PLOT_RIGHT,
                              .rest = " text-anchor=\"middle\""},
      title);
  axis_title(title, sizeof title, &sheet->plot->y);
  snprintf(rest, sizeof rest, " text-anchor=\"middle\" transform=\"rotate(-90 22 %.1f)\"", middle);
  rms_plot_add_label(sheet,
                     (struct rms_plot_label){
                         .x = 22, .y = middle, .size = 14, .room = RMS_PLOT_HEIGHT, .rest = rest},
                     title);
}

static double add_body(struct rms_plot_sheet *sheet)
{
  struct range range = range_of(sheet->plot);
  char note[96];
  sheet->top = rms_plot_add_head(sheet);
  init_scale(&sheet->x, &sheet->plot->x, range.x, X_TICKS);
  init_scale(&sheet->y, &sheet->plot->y, range.y, Y_TICKS);
  add_axes(sheet);
  if (range.n)
    rms_plot_add_series(sheet);
  else
    rms_plot_add_label(
        sheet,
        (struct rms_plot_label){
            .x = RMS_PLOT_LEFT + 20, .y = sheet->top + 40, .size = 14, .room = RMS_PLOT_WIDTH / 2},
        "nothing to show");
  double y = rms_plot_add_legend(sheet, sheet->top + RMS_PLOT_HEIGHT + 72);
  if (range.n_left_out) {
    snprintf(note, sizeof note, "%zu points that are not positive are left out on a log axis.",
             range.n_left_out);
    y = rms_plot_add_note(sheet, y, note);
  }
  for (size_t i = 0; i < sheet->plot->n_notes; i++)
    y = rms_plot_add_note(sheet, y, sheet->plot->notes[i]);
  return y;
}

int rms_plot_svg(const struct rms_plot *plot, struct rms_text *text)
{
  int status = RMS_OK;
  struct rms_text body = {0};
  struct rms_plot_sheet sheet = {.plot = plot, .text = &body};
  const int height = (int)ceil(add_body(&sheet)) + 2;
  RMS_TRY(rms_text_status(&body));
  rms_text_printf(text,
                  "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
                  "viewBox=\"0 0 %d %d\" font-family=\"" RMS_SVG_FONT "\">\n<title>",
                  RMS_PLOT_WIDTH, height, RMS_PLOT_WIDTH, height);
  rms_svg_escape(text, plot->title, strlen(plot->title));
  rms_text_printf(text, "</title>\n<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>\n",
                  RMS_PLOT_WIDTH, height);
  rms_text_bytes(text, body.data ? body.data : "", body.length);
  rms_text_add(text, "</svg>\n");
  RMS_TRY(rms_text_status(text));
out:
  rms_text_fini(&body);
  return status;
}
