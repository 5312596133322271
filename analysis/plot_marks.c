/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What stands in the frame of a figure: bands, curves, marks; and where. */
#include <math.h>
#include <stdio.h>

#include "analysis/plot_parts.h"

/* Colours that the colour-blind tell apart (Okabe and Ito 2008), without the yellow, which is lost
 * on white; then dashes. Marks tell neighbours apart without any colour. */
static const char *const colours[] = {"#0072B2", "#D55E00", "#009E73", "#CC79A7",
                                      "#E69F00", "#56B4E9", "#222222"};
static const char *const dashes[] = {"", "7 4", "2 3", "9 3 2 3"};
enum { N_COLOURS = sizeof colours / sizeof *colours, N_DASHES = sizeof dashes / sizeof *dashes };

bool rms_plot_is_shown(const struct rms_plot *plot, const struct rms_plot_point *p)
{
  return !(plot->x.is_log && p->x <= 0) && !(plot->y.is_log && p->y <= 0);
}

double rms_plot_spread(const struct rms_plot_axis *axis, double value, double instead)
{
  return isnan(value) || (axis->is_log && value <= 0) ? instead : value;
}

double rms_plot_x(const struct rms_plot_sheet *sheet, double x)
{
  return RMS_PLOT_LEFT +
         (RMS_PLOT_WIDTH - RMS_PLOT_LEFT - RMS_PLOT_RIGHT) * rms_scale_place(&sheet->x, x);
}

double rms_plot_y(const struct rms_plot_sheet *sheet, double y)
{
  return sheet->top + RMS_PLOT_HEIGHT * (1 - rms_scale_place(&sheet->y, y));
}

void rms_plot_add_line(struct rms_plot_sheet *sheet, const double from[2], const double to[2],
                       const char *stroke)
{
  rms_text_printf(sheet->text,
                  "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\"/>\n",
                  from[0], from[1], to[0], to[1], stroke);
}

static void add_mark(struct rms_plot_sheet *sheet, size_t look, const double at[2], bool is_open)
{
  static const char *const shapes[] = {
      "M-3.6 0a3.6 3.6 0 1 0 7.2 0a3.6 3.6 0 1 0-7.2 0z",
      "M-3.3-3.3h6.6v6.6h-6.6z",
      "M0-4.4L4.2 3.2H-4.2z",
      "M0-4.6L4.2 0L0 4.6L-4.2 0z",
      "M0 4.4L4.2-3.2H-4.2z",
      "M-4.2-1.3h2.9v-2.9h2.6v2.9h2.9v2.6h-2.9v2.9h-2.6v-2.9h-2.9z"};
  const char *const colour = colours[look % N_COLOURS];
  rms_text_printf(sheet->text,
                  "<path transform=\"translate(%.1f %.1f)\" d=\"%s\" fill=\"%s\" stroke=\"%s\" "
                  "stroke-width=\"1.4\"/>\n",
                  at[0], at[1], shapes[look % (sizeof shapes / sizeof *shapes)],
                  is_open ? "#fff" : colour, colour);
}

static void line_style(char *text, size_t size, size_t look)
{
  const char *const dash = dashes[look / N_COLOURS % N_DASHES];
  snprintf(text, size, "fill=\"none\" stroke=\"%s\" stroke-width=\"2\"%s%s%s",
           colours[look % N_COLOURS], *dash ? " stroke-dasharray=\"" : "", dash, *dash ? "\"" : "");
}

struct pen { /* leaves out what cannot be seen: points within a tenth of a pixel */
  struct rms_text *text;
  double x, y;
  bool is_down;
};

static void move_pen(struct pen *pen, double x, double y)
{
  x = round(10 * x) / 10;
  y = round(10 * y) / 10;
  if (pen->is_down && x == pen->x && y == pen->y) return;
  rms_text_printf(pen->text, "%s%.1f %.1f", pen->is_down ? "L" : "M", x, y);
  *pen = (struct pen){.text = pen->text, .x = x, .y = y, .is_down = true};
}

static void add_curve(struct rms_plot_sheet *sheet, size_t i)
{
  const struct rms_plot_series *s = &sheet->plot->series[i];
  char style[96];
  struct pen pen = {.text = sheet->text};
  double before = NAN;
  rms_text_add(sheet->text, "<path d=\"");
  for (size_t k = 0; k < s->n; k++) {
    if (!rms_plot_is_shown(sheet->plot, &s->points[k])) continue;
    const double x = rms_plot_x(sheet, s->points[k].x), y = rms_plot_y(sheet, s->points[k].y);
    if (s->style == RMS_PLOT_STEP && pen.is_down) move_pen(&pen, x, before);
    move_pen(&pen, x, y);
    before = y;
  }
  if (!pen.is_down) rms_text_add(sheet->text, "M0 0");
  line_style(style, sizeof style, s->look);
  rms_text_printf(sheet->text, "\" %s stroke-linejoin=\"round\"/>\n", style);
}

static bool has_spread(const struct rms_plot_series *s)
{
  for (size_t k = 0; k < s->n; k++)
    if (!isnan(s->points[k].lo) && !isnan(s->points[k].hi)) return true;
  return false;
}

static void band_edge(struct rms_plot_sheet *sheet, struct pen *pen,
                      const struct rms_plot_series *s, bool is_low)
{
  double before = NAN;
  for (size_t j = 0; j < s->n; j++) {
    const struct rms_plot_point *p = &s->points[is_low ? s->n - 1 - j : j];
    if (!rms_plot_is_shown(sheet->plot, p)) continue;
    const double x = rms_plot_x(sheet, p->x);
    const double y =
        rms_plot_y(sheet, rms_plot_spread(&sheet->plot->y, is_low ? p->lo : p->hi, p->y));
    if (s->style == RMS_PLOT_STEP && !isnan(before))
      move_pen(pen, is_low ? pen->x : x, is_low ? y : before);
    move_pen(pen, x, y);
    before = y;
  }
}

static void add_band(struct rms_plot_sheet *sheet, size_t i)
{
  const struct rms_plot_series *s = &sheet->plot->series[i];
  struct pen pen = {.text = sheet->text};
  if (s->style == RMS_PLOT_POINTS || !has_spread(s)) return;
  rms_text_add(sheet->text, "<path d=\"");
  band_edge(sheet, &pen, s, false);
  band_edge(sheet, &pen, s, true);
  rms_text_printf(sheet->text, "%s\" fill=\"%s\" fill-opacity=\"0.14\" stroke=\"none\"/>\n",
                  pen.is_down ? "z" : "M0 0", colours[s->look % N_COLOURS]);
}

static void add_marks(struct rms_plot_sheet *sheet, size_t i)
{
  const struct rms_plot_series *s = &sheet->plot->series[i];
  if (s->style == RMS_PLOT_STEP) return;
  for (size_t k = 0; k < s->n; k++) {
    const struct rms_plot_point *p = &s->points[k];
    if (!rms_plot_is_shown(sheet->plot, p)) continue;
    const double at[2] = {rms_plot_x(sheet, p->x), rms_plot_y(sheet, p->y)};
    if (s->style == RMS_PLOT_POINTS && !isnan(p->lo) && !isnan(p->hi))
      rms_plot_add_line(
          sheet,
          (double[]){at[0], rms_plot_y(sheet, rms_plot_spread(&sheet->plot->y, p->lo, p->y))},
          (double[]){at[0], rms_plot_y(sheet, rms_plot_spread(&sheet->plot->y, p->hi, p->y))},
          colours[s->look % N_COLOURS]);
    add_mark(sheet, s->look, at, p->is_open);
  }
}

void rms_plot_add_series(struct rms_plot_sheet *sheet)
{
  const size_t n = sheet->plot->n_series;
  rms_text_printf(sheet->text,
                  "<clipPath id=\"frame\"><rect x=\"%d\" y=\"%.1f\" width=\"%d\" height=\"%d\"/>"
                  "</clipPath>\n<g clip-path=\"url(#frame)\">\n",
                  RMS_PLOT_LEFT - 5, sheet->top - 5,
                  RMS_PLOT_WIDTH - RMS_PLOT_LEFT - RMS_PLOT_RIGHT + 10, RMS_PLOT_HEIGHT + 10);
  for (size_t i = n; i-- > 0;) add_band(sheet, i);
  for (size_t i = n; i-- > 0;)
    if (sheet->plot->series[i].style != RMS_PLOT_POINTS) add_curve(sheet, i);
  for (size_t i = n; i-- > 0;) add_marks(sheet, i);
  rms_text_add(sheet->text, "</g>\n");
}

void rms_plot_add_swatch(struct rms_plot_sheet *sheet, const struct rms_plot_series *s, double x,
                         double y)
{
  char style[96];
  line_style(style, sizeof style, s->look);
  if (s->style != RMS_PLOT_POINTS)
    rms_text_printf(sheet->text, "<path d=\"M%.1f %.1fh26\" %s/>\n", x, y, style);
  if (s->style != RMS_PLOT_STEP) add_mark(sheet, s->look, (double[]){x + 13, y}, false);
}
