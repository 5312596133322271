/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "instances/base/text.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "instances/base/memory.h"

void rms_text_fini(struct rms_text *text)
{
  free(text->data);
  *text = (struct rms_text){0};
}

void rms_text_clear(struct rms_text *text)
{
  text->length = 0;
  text->failed = false;
  if (text->data) text->data[0] = 0;
}

/* Room for n more bytes and the 0. */
static bool reserve(struct rms_text *text, size_t n)
{
  if (text->failed) return false;
  if (n > SIZE_MAX - text->length - 1 ||
      rms_grow(&text->data, &text->capacity, text->length + n + 1, 1) < 0)
    text->failed = true;
  return !text->failed;
}

void rms_text_bytes(struct rms_text *text, const char *bytes, size_t n)
{
  if (!reserve(text, n)) return;
  if (n) memcpy(text->data + text->length, bytes, n);
  text->length += n;
  text->data[text->length] = 0;
}

void rms_text_add(struct rms_text *text, const char *string)
{
  rms_text_bytes(text, string, strlen(string));
}

void rms_text_printf(struct rms_text *text, const char *fmt, ...)
{
  enum { USUAL = 120 };
  va_list args;
  if (!reserve(text, USUAL)) return;
  const size_t room = text->capacity - text->length;
  va_start(args, fmt);
  const int n = vsnprintf(text->data + text->length, room, fmt, args);
  va_end(args);
  if (n >= 0 && (size_t)n < room) {
    text->length += (size_t)n;
    return;
  }
  text->data[text->length] = 0;
  if (n < 0) text->failed = true;
  if (n < 0 || !reserve(text, (size_t)n)) return;
  va_start(args, fmt);
  vsnprintf(text->data + text->length, (size_t)n + 1, fmt, args);
  va_end(args);
  text->length += (size_t)n;
}

void rms_text_uint(struct rms_text *text, uint64_t value)
{
  char digits[20];
  size_t at = sizeof digits;
  do {
    digits[--at] = (char)('0' + value % 10);
    value /= 10;
  } while (value);
  rms_text_bytes(text, digits + at, sizeof digits - at);
}

static void add_escape(struct rms_text *text, unsigned char c)
{
  static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";
  const char *at = strchr(from, c);
  if (c && at)
    rms_text_bytes(text, (const char[]){'\\', to[at - from]}, 2);
  else
    rms_text_printf(text, "\\u%04x", c);
}

void rms_text_json(struct rms_text *text, const char *string)
{
  if (!string) {
    rms_text_add(text, "null");
    return;
  }
  rms_text_add(text, "\"");
  size_t left = strlen(string);
  while (left) {
    size_t plain = 0; /* bytes of ASCII that need no thought */
    while (plain < left && string[plain] >= 0x20 && string[plain] < 0x7f && string[plain] != '"' &&
           string[plain] != '\\')
      plain++;
    rms_text_bytes(text, string, plain);
    string += plain;
    left -= plain;
    if (!left) break;
    const unsigned char c = (unsigned char)*string;
    size_t length = rms_utf8_length(string, left);
    if (!length) {
      rms_text_add(text, "\xef\xbf\xbd");
      length = 1;
    } else if (c < 0x20 || c == '"' || c == '\\' || c == 0x7f) {
      add_escape(text, c);
    } else {
      rms_text_bytes(text, string, length);
    }
    string += length;
    left -= length;
  }
  rms_text_add(text, "\"");
}

void rms_text_double(struct rms_text *text, double value)
{
  char digits[32] = "null";
  const double largest = 1e15; /* from there on %.15g writes an exponent */
  if (fabs(value) < largest && trunc(value) == value && !(value == 0 && signbit(value))) {
    if (value < 0) rms_text_add(text, "-");
    rms_text_uint(text, (uint64_t)fabs(value));
    return;
  }
  for (int precision = 15; isfinite(value) && precision <= 17; precision++) {
    snprintf(digits, sizeof digits, "%.*g", precision, value);
    if (strtod(digits, NULL) == value) break;
  }
  rms_text_add(text, digits);
}

int rms_text_status(const struct rms_text *text)
{
  return text->failed ? RMS_E_NOMEM : RMS_OK;
}

size_t rms_utf8_length(const char *bytes, size_t n)
{
  static const struct {
    unsigned char lo, hi, second_lo, second_hi;
    size_t length;
  } rows[] = {
      {0x00, 0x7f, 0, 0, 1},       {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
      {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
      {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4}};
  if (!n) return 0;
  const unsigned char *b = (const unsigned char *)bytes;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    if (b[0] < rows[i].lo || b[0] > rows[i].hi) continue;
    if (rows[i].length > n) return 0;
    if (rows[i].length > 1 && (b[1] < rows[i].second_lo || b[1] > rows[i].second_hi)) return 0;
    for (size_t k = 2; k < rows[i].length; k++)
      if ((b[k] & 0xc0) != 0x80) return 0;
    return rows[i].length;
  }
  return 0;
}

bool rms_utf8_is_plain(const char *bytes, size_t n)
{
  while (n) {
    const size_t length = rms_utf8_length(bytes, n);
    const unsigned char first = (unsigned char)bytes[0];
    if (!length || first < 0x20 || first == 0x7f) return false;
    if (first == 0xc2 && (unsigned char)bytes[1] < 0xa0) return false;
    bytes += length;
    n -= length;
  }
  return true;
}

size_t rms_text_distance(const char *a, const char *b)
{
  enum { MAX = 64 };
  const size_t m = strnlen(a, MAX), n = strnlen(b, MAX);
  size_t row[MAX + 1];
  for (size_t j = 0; j <= n; j++) row[j] = j;
  for (size_t i = 1; i <= m; i++) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= n; j++) {
      size_t best = diagonal + (a[i - 1] != b[j - 1]);
      if (row[j] + 1 < best) best = row[j] + 1;
      if (row[j - 1] + 1 < best) best = row[j - 1] + 1;
      diagonal = row[j];
      row[j] = best;
    }
  }
  return row[n];
}
