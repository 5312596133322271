/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "instances/base/svg.h"

#include <string.h>

struct rms_svg_colour rms_svg_colour(size_t i)
{
  static const struct rms_svg_colour palette[RMS_SVG_COLOURS] = {
      {"#E69F00", "#000"}, {"#56B4E9", "#000"}, {"#009E73", "#000"}, {"#F0E442", "#000"},
      {"#0072B2", "#fff"}, {"#D55E00", "#000"}, {"#CC79A7", "#000"}, {"#BBBBBB", "#000"}};
  return palette[i % RMS_SVG_COLOURS];
}

void rms_svg_escape(struct rms_text *text, const char *string, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    switch (string[i]) {
    case '&': rms_text_add(text, "&amp;"); break;
    case '<': rms_text_add(text, "&lt;"); break;
    case '>': rms_text_add(text, "&gt;"); break;
    case '"': rms_text_add(text, "&quot;"); break;
    default: rms_text_bytes(text, (unsigned char)string[i] < ' ' ? "?" : string + i, 1);
    }
  }
}

int rms_svg_width(const char *string, int size)
{
  int tenths = 0;
  for (const char *c = string; *c; c++) {
    if ((*c & 0xC0) == 0x80) continue;
    tenths += strchr("ilj.,:;|!'()[] ", *c) ? 4
              : strchr("mwMW@%", *c)        ? 9
              : *c >= 'A' && *c <= 'Z'      ? 7
                                            : 6;
  }
  return (tenths * size + 9) / 10;
}

static size_t letters_of(const char *string)
{
  size_t n = 0;
  for (; *string; string++) n += (*string & 0xC0) != 0x80;
  return n;
}

/* Bytes of the first n letters. */
static size_t skip_letters(const char *string, int n)
{
  size_t at = 0;
  for (int i = 0; i < n && string[at]; i++)
    for (at++; (string[at] & 0xC0) == 0x80;) at++;
  return at;
}

void rms_svg_fitting(struct rms_text *text, const char *string, int size, int room)
{
  size_t n = strlen(string);
  if (rms_svg_width(string, size) <= room) {
    rms_svg_escape(text, string, n);
    return;
  }
  int letters = room * 10 / (6 * size + 5) - 1;
  size_t head = skip_letters(string, (letters + 1) / 2), tail = 0;
  int left = (int)letters_of(string) - letters / 2;
  if (letters > 0) rms_svg_escape(text, string, head);
  if (letters >= 0) rms_text_add(text, "…");
  if (letters > 1) {
    tail = skip_letters(string, left);
    rms_svg_escape(text, string + tail, n - tail);
  }
}
