/* SPDX-License-Identifier: GPL-3.0-or-later */
/* picture.h - layouts drawn as terminal text and as SVG. One description serves both, and pictures
 * of a machine (its partitions) and of a plan (its groups) alike: rows of one machine each, on
 * which slices stand; a slice belongs to a series, which has a colour and a line of the legend. */
#ifndef RMS_PICTURE_H
#define RMS_PICTURE_H

#include "instances/machine.h"
#include "instances/placement.h"

enum { RMS_PICTURE_IDLE = -1, RMS_PICTURE_COLUMNS_MIN = 40, RMS_PICTURE_COLUMNS_MAX = 200 };

struct rms_picture_slice {
  struct rms_placed at;
  int series;   /* index, or RMS_PICTURE_IDLE */
  double share; /* used part of the slice, clamped to 0..1; NAN: not shown */
};

struct rms_picture_row {
  const struct rms_machine *machine;
  const char
      *title; /* a heading and the axis are drawn where it changes; NULL: the machine's name */
  const char *label; /* left of the row: "3", "12 x"; may be NULL */
  size_t n_slices;
  const struct rms_picture_slice *slices;
};

struct rms_picture_series {
  const char *name, *note; /* note: right of the name in the legend, may be NULL */
};

struct rms_picture {            /* everything is borrowed */
  const char *title, *subtitle; /* may be NULL */
  size_t n_rows, n_series;
  const struct rms_picture_row *rows;
  const struct rms_picture_series *series;
  size_t n_legend; /* series that the legend shows, from the first on; 0: all */
  size_t n_lines;  /* of the text below: totals, what was left out */
  const char *const *lines;
};

struct rms_picture_style {
  bool colour; /* terminal colours (256) */
  bool ascii;  /* + - | instead of box drawing characters */
  int columns; /* width of the terminal; clamped to RMS_PICTURE_COLUMNS_MIN .. _MAX */
};

/* Draw at the end of `text`. A slice that is narrower than its label shows a part of it, cut by an
 * ellipsis; the width is never exceeded. Slices are drawn where they say they are, legal or not, as
 * far as they lie on the axis.
 * Returns 0 or RMS_E_NOMEM.  Cost: linear in the size of the picture. */
int rms_picture_text(const struct rms_picture *picture, const struct rms_picture_style *style,
                     struct rms_text *text);

/* The same as one self-contained SVG document (no scripts, fonts or links). Colours are those of
 * Okabe and Ito, told apart by colour-blind people; series beyond eight are hatched. Full names are
 * titles of the shapes (shown by browsers under the pointer). */
int rms_picture_svg(const struct rms_picture *picture, struct rms_text *text);

/* The picture of all partitions of a machine, one series for each profile that occurs.
 *   arena  [in]  owns what *picture points to
 * Errors: those of rms_partitions. */
int rms_picture_of_machine(struct rms_picture *picture, struct rms_arena *arena,
                           const struct rms_machine *machine, const struct rms_rules *rules,
                           uint32_t mask, struct rms_error *err);

/* Units of the axis on which a slice of the row stands, as bits. */
uint64_t rms_picture_units(const struct rms_picture_row *row);

/* A share as whole per cent, rounded down, within 0..100. */
int rms_picture_percent(double share);

/* Replace the box drawing and other non-ASCII characters that these pictures use by ASCII ones;
 * other characters are kept. */
void rms_picture_ascii(struct rms_text *text);

#endif
