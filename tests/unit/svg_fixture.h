/* SPDX-License-Identifier: GPL-3.0-or-later */
/* svg_fixture.h - is a text a picture? For tests that include cmocka. */
#ifndef RMS_TEST_SVG_FIXTURE_H
#define RMS_TEST_SVG_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static inline size_t count_of(const char *text, const char *what)
{
  size_t n = 0;
  for (; (text = strstr(text, what)); text++) n++;
  return n;
}

static inline void is_svg(const char *text)
{
  static const char *const tags[] = {"g", "text", "title", "svg", "defs", "pattern", "clipPath"};
  assert_int_equal(strncmp(text, "<svg ", 5), 0);
  for (size_t i = 0; i < sizeof tags / sizeof *tags; i++) {
    char open[16], open_with[16], close[16];
    snprintf(open, sizeof open, "<%s>", tags[i]);
    snprintf(open_with, sizeof open_with, "<%s ", tags[i]);
    snprintf(close, sizeof close, "</%s>", tags[i]);
    assert_int_equal(count_of(text, open) + count_of(text, open_with), count_of(text, close));
  }
  for (const char *amp = text; (amp = strchr(amp, '&')); amp++)
    assert_true(!strncmp(amp, "&amp;", 5) || !strncmp(amp, "&lt;", 4) || !strncmp(amp, "&gt;", 4) ||
                !strncmp(amp, "&quot;", 6));
  assert_int_equal(count_of(text, "nan"), 0);
  assert_int_equal(count_of(text, "width=\"-"), 0);
}

#endif
