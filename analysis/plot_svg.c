/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "analysis/axis.h"
#include "analysis/plot.h"
#include "instances/base/svg.h"

/* Pixels. */
enum {
  WIDTH = 860,
  LEFT = 92,
  RIGHT = 28,
  HEIGHT = 380, /* of the frame */
  MARGIN = 18,
  LEGEND_ROW = 20,
  NOTE_ROW = 16,
  SMALL = 12,
  X_TICKS = 8,
  Y_TICKS = 6
};

/* Colours that the colour-blind tell apart (Okabe and Ito 2008), without the yellow, which is lost
 * on white; then dashes. Marks tell neighbours apart without any colour. */
static const char *const colours[] = {"#0072B2", "#D55E00", "#009E73", "#CC79A7",
                                      "#E69F00", "#56B4E9", "#222222"};
static const char *const dashes[] = {"", "7 4", "2 3", "9 3 2 3"};
enum { N_COLOURS = sizeof colours / sizeof *colours, N_DASHES = sizeof dashes / sizeof *dashes };

struct sheet {
  const struct rms_plot *plot;
  struct rms_text *text;
  struct rms_scale x, y;
  double top; /* of the frame */
};

static bool is_shown(const struct rms_plot *plot, const struct rms_plot_point *p)
{
  return !(plot->x.is_log && p->x <= 0) && !(plot->y.is_log && p->y <= 0);
}

static double spread(const struct rms_plot_axis *axis, double value, double instead)
{
  return isnan(value) || (axis->is_log && value <= 0) ? instead : value;
}

static double x_of(const struct sheet *sheet, double x)
{
  return LEFT + (WIDTH - LEFT - RIGHT) * rms_scale_place(&sheet->x, x);
}

static double y_of(const struct sheet *sheet, double y)
{
  return sheet->top + HEIGHT * (1 - rms_scale_place(&sheet->y, y));
}

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
      if (!is_shown(plot, p)) {
        r.n_left_out++;
        continue;
      }
      r.n++;
      stretch(r.x, p->x);
      stretch(r.y, p->y);
      stretch(r.y, spread(&plot->y, p->lo, p->y));
      stretch(r.y, spread(&plot->y, p->hi, p->y));
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

struct label {
  double x, y;
  int size, room;
  const char *fill, *rest;
};

static void add_label(struct sheet *sheet, struct label label, const char *string)
{
  rms_text_printf(sheet->text, "<text x=\"%.1f\" y=\"%.1f\" font-size=\"%d\" fill=\"%s\"%s>",
                  label.x, label.y, label.size, label.fill ? label.fill : "#222",
                  label.rest ? label.rest : "");
  rms_svg_fitting(sheet->text, string, label.size, label.room);
  rms_text_add(sheet->text, "</text>\n");
}

static void add_line(struct sheet *sheet, const double from[2], const double to[2],
                     const char *stroke)
{
  rms_text_printf(sheet->text,
                  "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\"/>\n",
                  from[0], from[1], to[0], to[1], stroke);
}

/* Where the middle of a label below the axis is: it ends inside the picture. */
static double middle_of(const char *text, double at)
{
  const double last = WIDTH - 4 - rms_svg_width(text, SMALL) / 2.0;
  return at < last ? at : last;
}

static void add_ticks(struct sheet *sheet)
{
  const double bottom = sheet->top + HEIGHT;
  for (int i = 0; i < sheet->x.n_ticks; i++) {
    const struct rms_tick *tick = &sheet->x.ticks[i];
    const double at = x_of(sheet, tick->at);
    const bool is_small = !*tick->text;
    add_line(sheet, (double[]){at, is_small ? bottom : sheet->top},
             (double[]){at, bottom + (is_small ? 3 : 6)}, is_small ? "#999" : "#ddd");
    add_label(sheet,
              (struct label){.x = middle_of(tick->text, at),
                             .y = bottom + 20,
                             .size = SMALL,
                             .room = 90,
                             .rest = " text-anchor=\"middle\""},
              tick->text);
  }
  for (int i = 0; i < sheet->y.n_ticks; i++) {
    const struct rms_tick *tick = &sheet->y.ticks[i];
    const double at = y_of(sheet, tick->at);
    const bool is_small = !*tick->text;
    add_line(sheet, (double[]){LEFT - (is_small ? 3 : 6), at},
             (double[]){is_small ? LEFT : WIDTH - RIGHT, at}, is_small ? "#999" : "#ddd");
    add_label(sheet,
              (struct label){.x = LEFT - 9,
                             .y = at + 4,
                             .size = SMALL,
                             .room = LEFT - 34,
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

static void add_axes(struct sheet *sheet)
{
  char title[160], rest[96];
  const double bottom = sheet->top + HEIGHT, middle = sheet->top + HEIGHT / 2.0;
  add_ticks(sheet);
  rms_text_printf(sheet->text,
                  "<rect x=\"%d\" y=\"%.1f\" width=\"%d\" height=\"%d\" fill=\"none\" "
                  "stroke=\"#555\"/>\n",
                  LEFT, sheet->top, WIDTH - LEFT - RIGHT, HEIGHT);
  axis_title(title, sizeof title, &sheet->plot->x);
  add_label(sheet,
            (struct label){.x = (LEFT + WIDTH - RIGHT) / 2.0,
                           .y = bottom + 42,
                           .size = 14,
                           .room = WIDTH - LEFT - RIGHT,
                           .rest = " text-anchor=\"middle\""},
            title);
  axis_title(title, sizeof title, &sheet->plot->y);
  snprintf(rest, sizeof rest, " text-anchor=\"middle\" transform=\"rotate(-90 22 %.1f)\"", middle);
  add_label(sheet, (struct label){.x = 22, .y = middle, .size = 14, .room = HEIGHT, .rest = rest},
            title);
}

static void add_mark(struct sheet *sheet, size_t look, const double at[2], bool is_open)
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

static void add_curve(struct sheet *sheet, size_t i)
{
  const struct rms_plot_series *s = &sheet->plot->series[i];
  char style[96];
  struct pen pen = {.text = sheet->text};
  double before = NAN;
  rms_text_add(sheet->text, "<path d=\"");
  for (size_t k = 0; k < s->n; k++) {
    if (!is_shown(sheet->plot, &s->points[k])) continue;
    const double x = x_of(sheet, s->points[k].x), y = y_of(sheet, s->points[k].y);
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

static void band_edge(struct sheet *sheet, struct pen *pen, const struct rms_plot_series *s,
                      bool is_low)
{
  double before = NAN;
  for (size_t j = 0; j < s->n; j++) {
    const struct rms_plot_point *p = &s->points[is_low ? s->n - 1 - j : j];
    if (!is_shown(sheet->plot, p)) continue;
    const double x = x_of(sheet, p->x);
    const double y = y_of(sheet, spread(&sheet->plot->y, is_low ? p->lo : p->hi, p->y));
    if (s->style == RMS_PLOT_STEP && !isnan(before))
      move_pen(pen, is_low ? pen->x : x, is_low ? y : before);
    move_pen(pen, x, y);
    before = y;
  }
}

static void add_band(struct sheet *sheet, size_t i)
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

static void add_marks(struct sheet *sheet, size_t i)
{
  const struct rms_plot_series *s = &sheet->plot->series[i];
  if (s->style == RMS_PLOT_STEP) return;
  for (size_t k = 0; k < s->n; k++) {
    const struct rms_plot_point *p = &s->points[k];
    if (!is_shown(sheet->plot, p)) continue;
    const double at[2] = {x_of(sheet, p->x), y_of(sheet, p->y)};
    if (s->style == RMS_PLOT_POINTS && !isnan(p->lo) && !isnan(p->hi))
      add_line(sheet, (double[]){at[0], y_of(sheet, spread(&sheet->plot->y, p->lo, p->y))},
               (double[]){at[0], y_of(sheet, spread(&sheet->plot->y, p->hi, p->y))},
               colours[s->look % N_COLOURS]);
    add_mark(sheet, s->look, at, p->is_open);
  }
}

/* Bands first, then curves, then marks; the first series on top, for it is usually ours. */
static void add_series(struct sheet *sheet)
{
  const size_t n = sheet->plot->n_series;
  rms_text_printf(sheet->text,
                  "<clipPath id=\"frame\"><rect x=\"%d\" y=\"%.1f\" width=\"%d\" height=\"%d\"/>"
                  "</clipPath>\n<g clip-path=\"url(#frame)\">\n",
                  LEFT - 5, sheet->top - 5, WIDTH - LEFT - RIGHT + 10, HEIGHT + 10);
  for (size_t i = n; i-- > 0;) add_band(sheet, i);
  for (size_t i = n; i-- > 0;)
    if (sheet->plot->series[i].style != RMS_PLOT_POINTS) add_curve(sheet, i);
  for (size_t i = n; i-- > 0;) add_marks(sheet, i);
  rms_text_add(sheet->text, "</g>\n");
}

static void add_swatch(struct sheet *sheet, const struct rms_plot_series *s, double x, double y)
{
  char style[96];
  line_style(style, sizeof style, s->look);
  if (s->style != RMS_PLOT_POINTS)
    rms_text_printf(sheet->text, "<path d=\"M%.1f %.1fh26\" %s/>\n", x, y, style);
  if (s->style != RMS_PLOT_STEP) add_mark(sheet, s->look, (double[]){x + 13, y}, false);
}

/* Pixels for the note of a legend entry, and for its name, which may be cut. */
static int note_room(const struct rms_plot_series *s)
{
  const int width = *s->note ? rms_svg_width(s->note, SMALL) + 8 : 0;
  return width < WIDTH / 3 ? width : WIDTH / 3;
}

static int name_room(const struct rms_plot_series *s)
{
  const int width = rms_svg_width(s->name, 13), most = WIDTH - 2 * MARGIN - 60 - note_room(s);
  return width < most ? width : most;
}

/* As many columns as the longest entry leaves room for. */
static double add_legend(struct sheet *sheet, double y)
{
  const struct rms_plot *plot = sheet->plot;
  int longest = 60;
  for (size_t i = 0; i < plot->n_series; i++) {
    const int width = name_room(&plot->series[i]) + note_room(&plot->series[i]);
    if (width > longest) longest = width;
  }
  const int column = 34 + longest + 18, fit = (WIDTH - 2 * MARGIN) / column;
  const int columns = fit < 1 ? 1 : fit;
  for (size_t i = 0; i < plot->n_series; i++) {
    const struct rms_plot_series *const s = &plot->series[i];
    const double x = MARGIN + (double)((int)i % columns * column);
    const int name = name_room(s);
    if (i && (int)i % columns == 0) y += LEGEND_ROW;
    add_swatch(sheet, s, x, y - 4);
    add_label(sheet, (struct label){.x = x + 34, .y = y, .size = 13, .room = name + 1}, s->name);
    add_label(
        sheet,
        (struct label){
            .x = x + 34 + name + 8, .y = y, .size = SMALL, .room = note_room(s), .fill = "#555"},
        s->note);
  }
  return y + (plot->n_series ? LEGEND_ROW + 6 : 0);
}

static double add_note(struct sheet *sheet, double y, const char *note)
{
  add_label(sheet,
            (struct label){
                .x = MARGIN, .y = y, .size = SMALL, .room = WIDTH - 2 * MARGIN, .fill = "#555"},
            note);
  return y + NOTE_ROW;
}

/* A note that is wider than the sheet goes on in the next line, broken at a blank. */
static double add_notes(struct sheet *sheet, double y, const char *note)
{
  char line[1024];
  while (*note) {
    size_t end = 0, fits = 0;
    while (note[end]) {
      end += strspn(note + end, " ");
      end += strcspn(note + end, " ");
      if (end >= sizeof line) break;
      memcpy(line, note, end);
      line[end] = 0;
      if (fits && rms_svg_width(line, SMALL) > WIDTH - 2 * MARGIN) break;
      fits = end;
    }
    if (!fits) return add_note(sheet, y, note);
    line[fits] = 0;
    memcpy(line, note, fits);
    y = add_note(sheet, y, line);
    note += fits + strspn(note + fits, " ");
  }
  return y;
}

static double add_head(struct sheet *sheet)
{
  double y = MARGIN + 14;
  add_label(sheet,
            (struct label){.x = MARGIN,
                           .y = y,
                           .size = 18,
                           .room = WIDTH - 2 * MARGIN,
                           .rest = " font-weight=\"bold\""},
            sheet->plot->title);
  if (!*sheet->plot->subtitle) return y + 14;
  y += 20;
  add_label(
      sheet,
      (struct label){.x = MARGIN, .y = y, .size = 13, .room = WIDTH - 2 * MARGIN, .fill = "#555"},
      sheet->plot->subtitle);
  return y + 14;
}

static double add_body(struct sheet *sheet)
{
  struct range range = range_of(sheet->plot);
  char note[96];
  sheet->top = add_head(sheet);
  init_scale(&sheet->x, &sheet->plot->x, range.x, X_TICKS);
  init_scale(&sheet->y, &sheet->plot->y, range.y, Y_TICKS);
  add_axes(sheet);
  if (range.n)
    add_series(sheet);
  else
    add_label(sheet,
              (struct label){.x = LEFT + 20, .y = sheet->top + 40, .size = 14, .room = WIDTH / 2},
              "nothing to show");
  double y = add_legend(sheet, sheet->top + HEIGHT + 72);
  if (range.n_left_out) {
    snprintf(note, sizeof note, "%zu points that are not positive are left out on a log axis.",
             range.n_left_out);
    y = add_note(sheet, y, note);
  }
  for (size_t i = 0; i < sheet->plot->n_notes; i++) y = add_notes(sheet, y, sheet->plot->notes[i]);
  return y;
}

int rms_plot_svg(const struct rms_plot *plot, struct rms_text *text)
{
  int status = RMS_OK;
  struct rms_text body = {0};
  struct sheet sheet = {.plot = plot, .text = &body};
  const int height = (int)ceil(add_body(&sheet)) + 2;
  RMS_TRY(rms_text_status(&body));
  rms_text_printf(text,
                  "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
                  "viewBox=\"0 0 %d %d\" font-family=\"" RMS_SVG_FONT "\">\n<title>",
                  WIDTH, height, WIDTH, height);
  rms_svg_escape(text, plot->title, strlen(plot->title));
  rms_text_printf(text, "</title>\n<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>\n", WIDTH,
                  height);
  rms_text_bytes(text, body.data ? body.data : "", body.length);
  rms_text_add(text, "</svg>\n");
  RMS_TRY(rms_text_status(text));
out:
  rms_text_fini(&body);
  return status;
}
