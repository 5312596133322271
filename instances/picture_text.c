/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "instances/picture.h"

enum { UP = 1, DOWN = 2, LEFT = 4, RIGHT = 8, UNIT_WIDTH_MAX = 14, LABEL_MAX = 14 };

struct cell {
  uint32_t letter; /* 0: a border or nothing */
  uint8_t border;  /* directions that lines leave to */
  int16_t series;  /* background, -1: none */
};

struct canvas {
  int width, height;
  struct cell *cells;
};

/* By the directions of `border`. */
static const char *const borders[16] = {" ", "╵", "╷", "│", "╴", "┘", "┐", "┤",
                                        "╶", "└", "┌", "├", "─", "┴", "┬", "┼"};

/* 256-colour codes near the palette of the SVG, all of them light enough for black letters but one.
 */
static const struct {
  int back, fore;
} palette[8] = {{214, 16}, {117, 16}, {36, 16},  {227, 16},
                {25, 231}, {202, 16}, {175, 16}, {250, 16}};

/* ---- text with one cell per code point ---------------------------------------------------------
 */

static uint32_t next_letter(const char **text)
{
  const unsigned char *byte = (const unsigned char *)*text;
  uint32_t letter = *byte++;
  int more = letter >= 0xF0 ? 3 : letter >= 0xE0 ? 2 : letter >= 0xC0 ? 1 : 0;
  if (more) letter &= 0x3FU >> more;
  for (; more && (*byte & 0xC0) == 0x80; more--) letter = letter << 6 | (*byte++ & 0x3F);
  *text = (const char *)byte;
  return letter;
}

static void add_letter(struct rms_text *text, uint32_t letter)
{
  char bytes[4];
  size_t n = 0;
  if (letter < 0x80)
    bytes[n++] = (char)letter;
  else if (letter < 0x800)
    bytes[n++] = (char)(0xC0 | letter >> 6);
  else if (letter < 0x10000)
    bytes[n++] = (char)(0xE0 | letter >> 12);
  else
    bytes[n++] = (char)(0xF0 | letter >> 18);
  if (letter >= 0x10000) bytes[n++] = (char)(0x80 | (letter >> 12 & 0x3F));
  if (letter >= 0x800) bytes[n++] = (char)(0x80 | (letter >> 6 & 0x3F));
  if (letter >= 0x80) bytes[n++] = (char)(0x80 | (letter & 0x3F));
  rms_text_bytes(text, bytes, n);
}

static int letters_of(const char *text)
{
  int n = 0;
  while (*text) {
    next_letter(&text);
    n++;
  }
  return n;
}

/* At most `width` letters, the last of them an ellipsis when there are more. */
static void add_cut(struct rms_text *text, const char *string, int width)
{
  int n = letters_of(string);
  for (int i = 0; i < n && i < width; i++) {
    uint32_t letter = next_letter(&string);
    add_letter(text, n > width && i == width - 1 ? 0x2026 : letter);
  }
}

static void add_line(struct rms_text *text, const char *string, int width)
{
  add_cut(text, string, width);
  rms_text_add(text, "\n");
}

/* ---- canvas ------------------------------------------------------------------------------------
 */

static struct cell *cell_at(struct canvas *canvas, int x, int y)
{
  return &canvas->cells[y * canvas->width + x];
}

static void draw_box(struct canvas *canvas, int left, int right)
{
  int bottom = canvas->height - 1;
  for (int x = left; x <= right; x++) {
    uint8_t sides = (uint8_t)((x > left ? LEFT : 0) | (x < right ? RIGHT : 0));
    cell_at(canvas, x, 0)->border |= sides;
    cell_at(canvas, x, bottom)->border |= sides;
  }
  for (int y = 0; y <= bottom; y++) {
    uint8_t sides = (uint8_t)((y > 0 ? UP : 0) | (y < bottom ? DOWN : 0));
    cell_at(canvas, left, y)->border |= sides;
    cell_at(canvas, right, y)->border |= sides;
  }
}

/* A label between two borders, after a blank unless that would cut it. What is too long loses its
 * middle: names often differ at their ends. */
static void write_label(struct canvas *canvas, int left, int right, int y, const char *label)
{
  int room = right - left - 1, n = letters_of(label);
  int x = left + 1;
  if (n < room || (n > room && room >= 8)) {
    x++;
    room--;
  }
  int gap = n > room ? room / 2 : n, drop = n - room; /* what is dropped begins at letter `gap` */
  for (int i = 0; i < n; i++) {
    uint32_t letter = next_letter(&label);
    if (i > gap && i <= gap + drop) continue;
    if (x < right) cell_at(canvas, x++, y)->letter = i == gap ? 0x2026 : letter;
  }
}

static void fill(struct canvas *canvas, int left, int right, int series)
{
  for (int y = 1; y < canvas->height - 1; y++)
    for (int x = left + 1; x < right; x++) cell_at(canvas, x, y)->series = (int16_t)series;
}

static void emit(const struct canvas *canvas, int y, bool colour, struct rms_text *text)
{
  int series = -1;
  int last = canvas->width - 1; /* no blanks at the end of a line */
  const struct cell *cells = canvas->cells + (ptrdiff_t)y * canvas->width;
  while (last >= 0 && !cells[last].letter && !cells[last].border && cells[last].series < 0) last--;
  for (int x = 0; x <= last; x++) {
    if (colour && cells[x].series != series) {
      series = cells[x].series;
      if (series < 0)
        rms_text_add(text, "\033[0m");
      else
        rms_text_printf(text, "\033[48;5;%d;38;5;%dm", palette[series % 8].back,
                        palette[series % 8].fore);
    }
    if (cells[x].letter)
      add_letter(text, cells[x].letter);
    else
      rms_text_add(text, borders[cells[x].border]);
  }
  if (series >= 0) rms_text_add(text, "\033[0m");
}

/* ---- rows --------------------------------------------------------------------------------------
 */

struct frame { /* how rows share the width */
  const struct rms_picture *picture;
  bool colour, has_names, has_shares;
  int columns, gutter;
};

static int x_of(const struct frame *frame, const struct rms_machine *machine, int unit)
{
  int width = frame->columns - frame->gutter - 1, units = machine->memory_units;
  int per_unit = width / units;
  if (per_unit >= UNIT_WIDTH_MAX) return unit * UNIT_WIDTH_MAX;
  return per_unit >= 1 ? unit * per_unit : unit * width / units;
}

static const char *title_of(const struct rms_picture_row *row)
{
  return row->title ? row->title : row->machine->name;
}

static const char *series_name(const struct frame *frame, const struct rms_picture_slice *slice)
{
  return slice->series >= 0 ? frame->picture->series[slice->series].name : "idle";
}

static void draw_slice(struct canvas *canvas, const struct frame *frame,
                       const struct rms_machine *machine, const struct rms_picture_slice *slice)
{
  if (slice->at.profile >= machine->n_profiles || slice->at.start >= machine->memory_units) return;
  const struct rms_profile *profile = &machine->profiles[slice->at.profile];
  int end = slice->at.start + profile->memory;
  int left = x_of(frame, machine, slice->at.start);
  int right = x_of(frame, machine, end < machine->memory_units ? end : machine->memory_units);
  int y = 1;

  draw_box(canvas, left, right);
  if (frame->colour && slice->series >= 0) fill(canvas, left, right, slice->series);
  write_label(canvas, left, right, y++, profile->name);
  if (frame->has_names) write_label(canvas, left, right, y++, series_name(frame, slice));
  if (frame->has_shares && !isnan(slice->share)) {
    char share[8];
    snprintf(share, sizeof share, "%d%%",
             slice->share < 1 ? slice->share > 0 ? (int)(slice->share * 100) : 0 : 100);
    write_label(canvas, left, right, y, share);
  }
}

static void mark_free_units(struct canvas *canvas, const struct frame *frame,
                            const struct rms_picture_row *row)
{
  uint64_t used = rms_picture_units(row);
  for (int u = 0; u < row->machine->memory_units; u++) {
    if (used >> u & 1) continue;
    for (int x = x_of(frame, row->machine, u) + 1; x < x_of(frame, row->machine, u + 1); x++)
      cell_at(canvas, x, 1)->letter = 0xB7;
  }
}

static int draw_row(const struct frame *frame, const struct rms_picture_row *row,
                    struct rms_text *text)
{
  struct canvas canvas = {.width = x_of(frame, row->machine, row->machine->memory_units) + 1,
                          .height = 3 + frame->has_names + frame->has_shares};
  canvas.cells = calloc((size_t)canvas.width * (size_t)canvas.height, sizeof *canvas.cells);
  if (!canvas.cells) return RMS_E_NOMEM;
  for (int i = 0; i < canvas.width * canvas.height; i++) canvas.cells[i].series = -1;
  if (!row->n_slices) draw_box(&canvas, 0, canvas.width - 1);
  mark_free_units(&canvas, frame, row);
  for (size_t i = 0; i < row->n_slices; i++)
    draw_slice(&canvas, frame, row->machine, &row->slices[i]);
  for (int y = 0; y < canvas.height; y++) {
    const char *label = y == 1 && row->label ? row->label : "";
    int n = letters_of(label), room = frame->gutter - 1;
    if (frame->gutter) {
      rms_text_printf(text, "%*s", n < room ? room - n : 0, "");
      add_cut(text, label, room);
      rms_text_add(text, " ");
    }
    emit(&canvas, y, frame->colour, text);
    while (text->length && text->data[text->length - 1] == ' ') text->data[--text->length] = '\0';
    rms_text_add(text, "\n");
  }
  free(canvas.cells);
  return RMS_OK;
}

/* The units' numbers above the borders at which they begin, as many as there is room for. */
static void draw_axis(const struct frame *frame, const struct rms_machine *machine,
                      struct rms_text *text)
{
  int at = 0;
  rms_text_printf(text, "%*s", frame->gutter, "");
  for (int u = 0; u <= machine->memory_units; u++) {
    int x = x_of(frame, machine, u), width = u >= 10 ? 2 : 1;
    if (u && x < at + 1) continue;
    if (x + width > frame->columns - frame->gutter) break;
    rms_text_printf(text, "%*s%d", x - at, "", u);
    at = x + width;
  }
  rms_text_add(text, "\n");
}

static size_t legend_of(const struct rms_picture *picture)
{
  bool is_cut = picture->n_legend && picture->n_legend < picture->n_series;
  return is_cut ? picture->n_legend : picture->n_series;
}

static void draw_legend(const struct frame *frame, struct rms_text *text)
{
  size_t n_series = legend_of(frame->picture);
  int width = 0;
  for (size_t i = 0; i < n_series; i++) {
    int n = letters_of(frame->picture->series[i].name);
    if (n > width) width = n;
  }
  if (width > frame->columns / 2) width = frame->columns / 2;
  for (size_t i = 0; i < n_series; i++) {
    const struct rms_picture_series *series = &frame->picture->series[i];
    if (frame->colour) rms_text_printf(text, "\033[48;5;%dm  \033[0m ", palette[i % 8].back);
    int n = letters_of(series->name);
    if (!series->note) {
      add_line(text, series->name, frame->columns - 3);
      continue;
    }
    add_cut(text, series->name, width);
    rms_text_printf(text, "%*s  ", n < width ? width - n : 0, "");
    add_line(text, series->note, frame->columns - width - (frame->colour ? 5 : 2));
  }
}

static struct frame frame_of(const struct rms_picture *picture,
                             const struct rms_picture_style *style)
{
  struct frame frame = {.picture = picture, .colour = style->colour, .columns = style->columns};
  if (frame.columns < RMS_PICTURE_COLUMNS_MIN) frame.columns = RMS_PICTURE_COLUMNS_MIN;
  if (frame.columns > RMS_PICTURE_COLUMNS_MAX) frame.columns = RMS_PICTURE_COLUMNS_MAX;
  for (size_t r = 0; r < picture->n_rows; r++) {
    const struct rms_picture_row *row = &picture->rows[r];
    int n = row->label ? letters_of(row->label) + 1 : 0;
    if (n > frame.gutter) frame.gutter = n < LABEL_MAX ? n : LABEL_MAX;
    for (size_t i = 0; i < row->n_slices; i++) {
      const struct rms_picture_slice *slice = &row->slices[i];
      frame.has_shares |= !isnan(slice->share);
      frame.has_names |=
          slice->at.profile < row->machine->n_profiles &&
          strcmp(series_name(&frame, slice), row->machine->profiles[slice->at.profile].name) != 0;
    }
  }
  return frame;
}

int rms_picture_text(const struct rms_picture *picture, const struct rms_picture_style *style,
                     struct rms_text *text)
{
  int status = RMS_OK;
  struct rms_text made = {0};
  struct frame frame = frame_of(picture, style);
  const struct rms_picture_row *above = NULL;

  if (picture->title) add_line(&made, picture->title, frame.columns);
  if (picture->subtitle) add_line(&made, picture->subtitle, frame.columns);
  for (size_t r = 0; r < picture->n_rows; r++) {
    const struct rms_picture_row *row = &picture->rows[r];
    if (row->machine->memory_units < 1) continue;
    if (!above || above->machine != row->machine || strcmp(title_of(above), title_of(row)) != 0) {
      rms_text_add(&made, "\n");
      add_line(&made, title_of(row), frame.columns);
      draw_axis(&frame, row->machine, &made);
    }
    RMS_TRY(draw_row(&frame, row, &made));
    above = row;
  }
  if (picture->n_series) rms_text_add(&made, "\n");
  draw_legend(&frame, &made);
  if (picture->n_lines) rms_text_add(&made, "\n");
  for (size_t i = 0; i < picture->n_lines; i++) add_line(&made, picture->lines[i], frame.columns);
  RMS_TRY(rms_text_status(&made));
  if (style->ascii) rms_picture_ascii(&made);
  rms_text_bytes(text, made.data ? made.data : "", made.length);
  RMS_TRY(rms_text_status(text));
out:
  rms_text_fini(&made);
  return status;
}
