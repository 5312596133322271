/* SPDX-License-Identifier: GPL-3.0-or-later */
/* svg.h - words in SVG pictures. The fonts of viewers differ: letters are taken as wide as those of
 * a wide sans-serif, and what might not fit is cut. */
#ifndef RMS_BASE_SVG_H
#define RMS_BASE_SVG_H

#include "instances/base/text.h"

/* The sans-serif that every picture asks for. */
#define RMS_SVG_FONT "Helvetica, Arial, 'DejaVu Sans', sans-serif"

/* Colours of Okabe and Ito, told apart by colour-blind people, with one for text that stands on
 * each.
 */
enum { RMS_SVG_COLOURS = 8 };
struct rms_svg_colour {
  const char *back, *fore;
};
struct rms_svg_colour rms_svg_colour(size_t i); /* beyond the last one they begin again */

/* Add n bytes of `string` with the characters that XML keeps for itself escaped; control characters
 * become '?'. */
void rms_svg_escape(struct rms_text *text, const char *string, size_t n);

/* Pixels that the string takes at most at this font size. */
int rms_svg_width(const char *string, int size);

/* Add `string`, escaped, so that it takes at most `room` pixels: what is too long loses its middle,
 * for names often differ at their ends. */
void rms_svg_fitting(struct rms_text *text, const char *string, int size, int room);

#endif
