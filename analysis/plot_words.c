/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The words around the frame of a figure. */
#include <string.h>

#include "analysis/plot_parts.h"
#include "instances/base/svg.h"

enum { LEGEND_ROW = 20, NOTE_ROW = 16 };

void rms_plot_add_label(struct rms_plot_sheet *sheet, struct rms_plot_label label,
                        const char *string)
{
  rms_text_printf(sheet->text, "<text x=\"%.1f\" y=\"%.1f\" font-size=\"%d\" fill=\"%s\"%s>",
                  label.x, label.y, label.size, label.fill ? label.fill : "#222",
                  label.rest ? label.rest : "");
  rms_svg_fitting(sheet->text, string, label.size, label.room);
  rms_text_add(sheet->text, "</text>\n");
}

/* Pixels for the note of a legend entry, and for its name, which may be cut. */
static int note_room(const struct rms_plot_series *s)
{
  const int width = *s->note ? rms_svg_width(s->note, RMS_PLOT_SMALL) + 8 : 0;
  return width < RMS_PLOT_WIDTH / 3 ? width : RMS_PLOT_WIDTH / 3;
}

static int name_room(const struct rms_plot_series *s)
{
  const int width = rms_svg_width(s->name, 13),
            most = RMS_PLOT_WIDTH - 2 * RMS_PLOT_MARGIN - 60 - note_room(s);
  return width < most ? width : most;
}

double rms_plot_add_legend(struct rms_plot_sheet *sheet, double y)
{
  const struct rms_plot *plot = sheet->plot;
  int longest = 60;
  for (size_t i = 0; i < plot->n_series; i++) {
    const int width = name_room(&plot->series[i]) + note_room(&plot->series[i]);
    if (width > longest) longest = width;
  }
  const int column = 34 + longest + 18, fit = (RMS_PLOT_WIDTH - 2 * RMS_PLOT_MARGIN) / column;
  const int columns = fit < 1 ? 1 : fit;
  for (size_t i = 0; i < plot->n_series; i++) {
    const struct rms_plot_series *const s = &plot->series[i];
    const double x = RMS_PLOT_MARGIN + (double)((int)i % columns * column);
    const int name = name_room(s);
    if (i && (int)i % columns == 0) y += LEGEND_ROW;
    rms_plot_add_swatch(sheet, s, x, y - 4);
    rms_plot_add_label(
        sheet, (struct rms_plot_label){.x = x + 34, .y = y, .size = 13, .room = name + 1}, s->name);
    rms_plot_add_label(sheet,
                       (struct rms_plot_label){.x = x + 34 + name + 8,
                                               .y = y,
                                               .size = RMS_PLOT_SMALL,
                                               .room = note_room(s),
                                               .fill = "#555"},
                       s->note);
  }
  return y + (plot->n_series ? LEGEND_ROW + 6 : 0);
}

static double add_words(struct rms_plot_sheet *sheet, double y, const char *note)
{
  rms_plot_add_label(sheet,
                     (struct rms_plot_label){.x = RMS_PLOT_MARGIN,
                                             .y = y,
                                             .size = RMS_PLOT_SMALL,
                                             .room = RMS_PLOT_WIDTH - 2 * RMS_PLOT_MARGIN,
                                             .fill = "#555"},
                     note);
  return y + NOTE_ROW;
}

double rms_plot_add_note(struct rms_plot_sheet *sheet, double y, const char *note)
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
      if (fits && rms_svg_width(line, RMS_PLOT_SMALL) > RMS_PLOT_WIDTH - 2 * RMS_PLOT_MARGIN) break;
      fits = end;
    }
    if (!fits) return add_words(sheet, y, note);
    line[fits] = 0;
    memcpy(line, note, fits);
    y = add_words(sheet, y, line);
    note += fits + strspn(note + fits, " ");
  }
  return y;
}

double rms_plot_add_head(struct rms_plot_sheet *sheet)
{
  double y = RMS_PLOT_MARGIN + 14;
  rms_plot_add_label(sheet,
                     (struct rms_plot_label){.x = RMS_PLOT_MARGIN,
                                             .y = y,
                                             .size = 18,
                                             .room = RMS_PLOT_WIDTH - 2 * RMS_PLOT_MARGIN,
                                             .rest = " font-weight=\"bold\""},
                     sheet->plot->title);
  if (!*sheet->plot->subtitle) return y + 14;
  y += 20;
  rms_plot_add_label(sheet,
                     (struct rms_plot_label){.x = RMS_PLOT_MARGIN,
                                             .y = y,
                                             .size = 13,
                                             .room = RMS_PLOT_WIDTH - 2 * RMS_PLOT_MARGIN,
                                             .fill = "#555"},
                     sheet->plot->subtitle);
  return y + 14;
}
