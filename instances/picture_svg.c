/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "instances/base/svg.h"
#include "instances/picture.h"

/* Pixels. */
enum {
  WIDTH = 960,
  MARGIN = 24,
  UNIT_MAX = 112,
  GAP = 8,   /* between rows */
  HEAD = 46, /* heading and axis */
  LEGEND_ROW = 22,
  LINE = 20,
  TEXT_ROW = 17 /* inside a slice */
};

static const char *const hatches[] = {NULL, "stripes", "dots", "bars"};
enum { N_HATCHES = sizeof hatches / sizeof *hatches };

struct sheet {
  const struct rms_picture *picture;
  struct rms_text *text;
  bool has_names, has_shares;
  int gutter, box, y;
};

struct label {
  int x, y, size, room;
  const char *fill, *weight, *anchor;
};

static void add_label(struct sheet *sheet, struct label label, const char *string)
{
  rms_text_printf(sheet->text, "<text x=\"%d\" y=\"%d\" font-size=\"%d\" fill=\"%s\"", label.x,
                  label.y, label.size, label.fill ? label.fill : "#222");
  if (label.weight) rms_text_printf(sheet->text, " font-weight=\"%s\"", label.weight);
  if (label.anchor) rms_text_printf(sheet->text, " text-anchor=\"%s\"", label.anchor);
  rms_text_add(sheet->text, ">");
  rms_svg_fitting(sheet->text, string, label.size, label.room);
  rms_text_add(sheet->text, "</text>\n");
}

static void add_rect(struct sheet *sheet, int x, int y, int width, int height, const char *rest)
{
  rms_text_printf(sheet->text, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" %s/>\n", x, y,
                  width, height, rest);
}

static void add_swatch(struct sheet *sheet, int x, int y, int width, int height, int series)
{
  const char *hatch = series < 0 ? NULL : hatches[series / RMS_SVG_COLOURS % N_HATCHES];
  rms_text_printf(sheet->text,
                  "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"3\" fill=\"%s\" "
                  "stroke=\"#333\"%s/>\n",
                  x, y, width, height, series < 0 ? "#fff" : rms_svg_colour((size_t)series).back,
                  series < 0 ? " stroke-dasharray=\"3 3\"" : "");
  if (hatch)
    rms_text_printf(
        sheet->text,
        "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"3\" fill=\"url(#%s)\"/>\n", x, y,
        width, height, hatch);
}

static int x_of(const struct sheet *sheet, const struct rms_machine *machine, int unit)
{
  int x0 = MARGIN + sheet->gutter, width = WIDTH - MARGIN - x0;
  if (width > UNIT_MAX * machine->memory_units) width = UNIT_MAX * machine->memory_units;
  return x0 + unit * (width / machine->memory_units); /* equal slices have equal room for names */
}

static const char *series_name(const struct rms_picture *picture,
                               const struct rms_picture_slice *slice)
{
  return slice->series >= 0 ? picture->series[slice->series].name : "idle";
}

/* The used share as a bar along the lower edge, with its number. */
static void add_share(struct sheet *sheet, int left, int width, int y, double share,
                      const char *fore)
{
  char digits[8];
  snprintf(digits, sizeof digits, "%d%%", rms_picture_percent(share));
  int room = width - 16, bar = room - rms_svg_width("100%", 11) - 4;
  if (bar >= 16) {
    add_rect(sheet, left + 8, y - 8, bar, 7, "fill=\"#fff\" stroke=\"#333\" stroke-width=\"0.5\"");
    add_rect(sheet, left + 8, y - 8, bar * rms_picture_percent(share) / 100, 7, "fill=\"#333\"");
  }
  add_label(
      sheet,
      (struct label){
          .x = left + width - 8, .y = y, .size = 11, .room = room, .fill = fore, .anchor = "end"},
      digits);
}

static void add_slice(struct sheet *sheet, const struct rms_machine *machine,
                      const struct rms_picture_slice *slice)
{
  if (slice->at.profile >= machine->n_profiles || slice->at.start >= machine->memory_units) return;
  const struct rms_profile *profile = &machine->profiles[slice->at.profile];
  int end = slice->at.start + profile->memory;
  int left = x_of(sheet, machine, slice->at.start) + 1;
  int width =
      x_of(sheet, machine, end < machine->memory_units ? end : machine->memory_units) - 1 - left;
  const char *name = series_name(sheet->picture, slice);
  const char *fore = slice->series < 0 ? "#555" : rms_svg_colour((size_t)slice->series).fore;
  int y = sheet->y + 19;

  rms_text_add(sheet->text, "<g><title>");
  rms_svg_escape(sheet->text, profile->name, strlen(profile->name));
  rms_text_printf(sheet->text, " at %d: ", slice->at.start);
  rms_svg_escape(sheet->text, name, strlen(name));
  if (!isnan(slice->share))
    rms_text_printf(sheet->text, ", %d%% used", rms_picture_percent(slice->share));
  rms_text_add(sheet->text, "</title>\n");
  add_swatch(sheet, left, sheet->y, width, sheet->box, slice->series);
  struct label label = {
      .x = left + 8, .y = y, .size = 13, .room = width - 14, .fill = fore, .weight = "bold"};
  add_label(sheet, label, profile->name);
  if (sheet->has_names) {
    label.y = y += TEXT_ROW;
    label.size = 12;
    label.weight = NULL;
    add_label(sheet, label, name);
  }
  if (sheet->has_shares && !isnan(slice->share))
    add_share(sheet, left, width, y + TEXT_ROW, slice->share, fore);
  rms_text_add(sheet->text, "</g>\n");
}

static const char *title_of(const struct rms_picture_row *row)
{
  return row->title ? row->title : row->machine->name;
}

static void add_heading(struct sheet *sheet, const struct rms_picture_row *row)
{
  add_label(sheet,
            (struct label){.x = MARGIN,
                           .y = sheet->y + 18,
                           .size = 15,
                           .room = WIDTH - 2 * MARGIN,
                           .weight = "bold"},
            title_of(row));
  int last = -WIDTH;
  for (int u = 0; u <= row->machine->memory_units; u++) {
    int x = x_of(sheet, row->machine, u);
    rms_text_printf(sheet->text,
                    "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" stroke=\"#777\"/>\n", x,
                    sheet->y + HEAD - 8, x, sheet->y + HEAD - 4);
    if (x - last < 20) continue;
    rms_text_printf(
        sheet->text,
        "<text x=\"%d\" y=\"%d\" font-size=\"11\" fill=\"#555\" text-anchor=\"middle\">%d</text>\n",
        x, sheet->y + HEAD - 11, u);
    last = x;
  }
  sheet->y += HEAD;
}

/* A dotted line where nothing stands. */
static void add_free(struct sheet *sheet, const struct rms_picture_row *row)
{
  uint64_t used = rms_picture_units(row);
  for (int u = 0, end; u < row->machine->memory_units; u = end) {
    for (end = u + 1; end < row->machine->memory_units && (used >> end & 1) == (used >> u & 1);)
      end++;
    if (used >> u & 1) continue;
    rms_text_printf(
        sheet->text,
        "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" stroke=\"#999\" stroke-width=\"2.5\" "
        "stroke-linecap=\"round\" stroke-dasharray=\"0 9\"/>\n",
        x_of(sheet, row->machine, u) + 8, sheet->y + sheet->box / 2,
        x_of(sheet, row->machine, end) - 4, sheet->y + sheet->box / 2);
  }
}

static void add_row(struct sheet *sheet, const struct rms_picture_row *row)
{
  int left = x_of(sheet, row->machine, 0);
  if (row->label)
    add_label(sheet,
              (struct label){.x = left - 10,
                             .y = sheet->y + 19,
                             .size = 13,
                             .room = sheet->gutter - 10,
                             .anchor = "end"},
              row->label);
  if (!row->n_slices)
    add_rect(sheet, left, sheet->y, x_of(sheet, row->machine, row->machine->memory_units) - left,
             sheet->box, "rx=\"3\" fill=\"none\" stroke=\"#999\"");
  add_free(sheet, row);
  for (size_t i = 0; i < row->n_slices; i++) add_slice(sheet, row->machine, &row->slices[i]);
  sheet->y += sheet->box + GAP;
}

static void add_legend(struct sheet *sheet)
{
  const struct rms_picture *picture = sheet->picture;
  bool is_cut = picture->n_legend && picture->n_legend < picture->n_series;
  size_t n_series = is_cut ? picture->n_legend : picture->n_series;
  int name = 60, note = 0;
  for (size_t i = 0; i < n_series; i++) {
    int width = rms_svg_width(picture->series[i].name, 13);
    if (width > name) name = width;
    width = picture->series[i].note ? rms_svg_width(picture->series[i].note, 12) + 16 : 0;
    if (width > note) note = width;
  }
  if (name > 320) name = 320;
  if (note > WIDTH - 2 * MARGIN - name - 48) note = WIDTH - 2 * MARGIN - name - 48;
  int column = 22 + name + 16 + note;
  int columns = (WIDTH - 2 * MARGIN) / column;
  if (columns < 1) columns = 1;
  for (size_t i = 0; i < n_series; i++) {
    int x = MARGIN + (int)(i % (size_t)columns) * column;
    if (i && i % (size_t)columns == 0) sheet->y += LEGEND_ROW;
    add_swatch(sheet, x, sheet->y, 15, 15, (int)i);
    add_label(sheet, (struct label){.x = x + 22, .y = sheet->y + 12, .size = 13, .room = name + 8},
              picture->series[i].name);
    if (picture->series[i].note)
      add_label(sheet,
                (struct label){.x = x + 22 + name + 10,
                               .y = sheet->y + 12,
                               .size = 12,
                               .room = note - 6,
                               .fill = "#555"},
                picture->series[i].note);
  }
  if (n_series) sheet->y += LEGEND_ROW + GAP;
}

static void measure(struct sheet *sheet)
{
  const struct rms_picture *picture = sheet->picture;
  for (size_t r = 0; r < picture->n_rows; r++) {
    const struct rms_picture_row *row = &picture->rows[r];
    int width = row->label ? rms_svg_width(row->label, 13) + 14 : 0;
    if (width > sheet->gutter) sheet->gutter = width < 160 ? width : 160;
    for (size_t i = 0; i < row->n_slices; i++) {
      const struct rms_picture_slice *slice = &row->slices[i];
      sheet->has_shares |= !isnan(slice->share);
      sheet->has_names |=
          slice->at.profile < row->machine->n_profiles &&
          strcmp(series_name(picture, slice), row->machine->profiles[slice->at.profile].name) != 0;
    }
  }
  sheet->box = 28 + (sheet->has_names + sheet->has_shares) * TEXT_ROW;
}

static void add_body(struct sheet *sheet)
{
  const struct rms_picture *picture = sheet->picture;
  const struct rms_picture_row *above = NULL;
  struct label label = {.x = MARGIN, .size = 20, .room = WIDTH - 2 * MARGIN, .weight = "bold"};
  sheet->y = MARGIN - 8;
  if (picture->title) {
    label.y = sheet->y += 24;
    add_label(sheet, label, picture->title);
  }
  if (picture->subtitle) {
    label.y = sheet->y += 20;
    label.size = 13;
    label.weight = NULL;
    label.fill = "#555";
    add_label(sheet, label, picture->subtitle);
  }
  sheet->y += 12;
  for (size_t r = 0; r < picture->n_rows; r++) {
    const struct rms_picture_row *row = &picture->rows[r];
    if (row->machine->memory_units < 1) continue;
    if (!above || above->machine != row->machine || strcmp(title_of(above), title_of(row)) != 0)
      add_heading(sheet, row);
    add_row(sheet, row);
    above = row;
  }
  sheet->y += GAP;
  add_legend(sheet);
  for (size_t i = 0; i < picture->n_lines; i++) {
    sheet->y += LINE;
    add_label(
        sheet,
        (struct label){.x = MARGIN, .y = sheet->y - 6, .size = 13, .room = WIDTH - 2 * MARGIN},
        picture->lines[i]);
  }
}

static const char patterns[] =
    "<defs>\n"
    "<pattern id=\"stripes\" width=\"8\" height=\"8\" patternUnits=\"userSpaceOnUse\" "
    "patternTransform=\"rotate(45)\"><rect width=\"3\" height=\"8\" fill=\"#fff\" "
    "fill-opacity=\"0.28\"/></pattern>\n"
    "<pattern id=\"dots\" width=\"8\" height=\"8\" patternUnits=\"userSpaceOnUse\">"
    "<circle cx=\"4\" cy=\"4\" r=\"2\" fill=\"#fff\" fill-opacity=\"0.35\"/></pattern>\n"
    "<pattern id=\"bars\" width=\"8\" height=\"8\" patternUnits=\"userSpaceOnUse\">"
    "<rect width=\"8\" height=\"3\" fill=\"#fff\" fill-opacity=\"0.28\"/></pattern>\n"
    "</defs>\n";

int rms_picture_svg(const struct rms_picture *picture, struct rms_text *text)
{
  int status = RMS_OK;
  struct rms_text body = {0};
  struct sheet sheet = {.picture = picture, .text = &body};
  measure(&sheet);
  add_body(&sheet);
  RMS_TRY(rms_text_status(&body));
  int height = sheet.y + MARGIN;
  rms_text_printf(
      text,
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" "
      "font-family=\"" RMS_SVG_FONT "\">\n",
      WIDTH, height, WIDTH, height);
  rms_text_add(text, patterns);
  rms_text_printf(text, "<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>\n", WIDTH, height);
  rms_text_bytes(text, body.data ? body.data : "", body.length);
  rms_text_add(text, "</svg>\n");
  RMS_TRY(rms_text_status(text));
out:
  rms_text_fini(&body);
  return status;
}
