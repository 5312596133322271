/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers from text, and fixed point. Decimal digits are handled as integers, so that what the user
 * wrote is what is computed with. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "instances/base/text.h"

struct decimal { /* (-1)^is_negative * digits * 10^exponent */
  bool is_negative;
  uint64_t digits;
  int exponent;
};

static bool is_digit(char c)
{
  return c >= '0' && c <= '9';
}

/* "e-12" or nothing, to the end of the string. */
static int scan_exponent(const char *s, int *exponent)
{
  if (!*s) return RMS_OK;
  if (*s != 'e' && *s != 'E') return RMS_E_FORMAT;
  s++;
  const bool is_negative = *s == '-';
  if (*s == '-' || *s == '+') s++;
  if (!is_digit(*s)) return RMS_E_FORMAT;
  int value = 0;
  for (; is_digit(*s); s++)
    if (value < 100000) value = value * 10 + (*s - '0');
  if (*s) return RMS_E_FORMAT;
  *exponent += is_negative ? -value : value;
  return RMS_OK;
}

/* [+-]digits[.digits][e[+-]digits], at most 19 significant digits. */
static int scan_decimal(const char *s, struct decimal *result)
{
  struct decimal d = {.is_negative = *s == '-'};
  if (*s == '-' || *s == '+') s++;
  bool is_fraction = false, has_digit = false;
  int zeros = 0; /* not yet multiplied in: trailing ones cost no digits */
  for (; is_digit(*s) || (*s == '.' && !is_fraction); s++) {
    if (*s == '.') {
      is_fraction = true;
      continue;
    }
    has_digit = true;
    if (is_fraction) d.exponent--;
    if (*s == '0') {
      zeros += d.digits != 0;
      if (zeros > 100000 || d.exponent < -100000) return RMS_E_FORMAT;
      continue;
    }
    for (zeros++; zeros; zeros--) {
      if (d.digits > (UINT64_MAX - 9) / 10) return RMS_E_FORMAT;
      d.digits *= 10;
    }
    d.digits += (uint64_t)(*s - '0');
  }
  d.exponent += zeros;
  if (!has_digit || scan_exponent(s, &d.exponent)) return RMS_E_FORMAT;
  *result = d;
  return RMS_OK;
}

int rms_parse_double(const char *string, double *value)
{
  if (!*string || string[strspn(string, "0123456789+-.eE")]) return RMS_E_FORMAT;
  char *end;
  const double result = strtod(string, &end);
  if (end == string || *end || !isfinite(result)) return RMS_E_FORMAT;
  *value = result;
  return RMS_OK;
}

int rms_parse_int(const char *string, int64_t *value)
{
  struct decimal d;
  if (scan_decimal(string, &d)) return RMS_E_FORMAT;
  if (!d.digits) d.exponent = 0;
  for (; d.exponent < 0; d.exponent++) {
    if (d.digits % 10) return RMS_E_FORMAT;
    d.digits /= 10;
  }
  for (; d.exponent > 0; d.exponent--) {
    if (d.digits > UINT64_MAX / 10) return RMS_E_FORMAT;
    d.digits *= 10;
  }
  if (d.digits > (uint64_t)INT64_MAX + d.is_negative) return RMS_E_FORMAT;
  *value = !d.is_negative ? (int64_t)d.digits : d.digits ? -(int64_t)(d.digits - 1) - 1 : 0;
  return RMS_OK;
}

int rms_parse_bool(const char *string, bool *value)
{
  static const struct {
    const char *text;
    bool value;
  } words[] = {{"yes", true}, {"no", false}, {"true", true}, {"false", false},
               {"1", true},   {"0", false},  {"on", true},   {"off", false}};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
    if (strcmp(string, words[i].text)) continue;
    *value = words[i].value;
    return RMS_OK;
  }
  return RMS_E_FORMAT;
}

struct unit {
  const char *name;
  double factor;
};

/* NUMBER or NUMBERUNIT; a number that ends in 'e' is none, so the unit begins at the first letter
 * that does not continue a number. */
static int parse_with_unit(const char *string, const struct unit *units, size_t n_units,
                           double *value)
{
  char number[64];
  size_t n = strspn(string, "0123456789+-.");
  if ((string[n] == 'e' || string[n] == 'E') && string[n + 1])
    n += 1 + strspn(string + n + 1, "0123456789+-");
  if (n >= sizeof number) return RMS_E_FORMAT;
  memcpy(number, string, n);
  number[n] = 0;
  double result, factor = -1;
  if (rms_parse_double(number, &result) || result < 0) return RMS_E_FORMAT;
  for (size_t i = 0; i < n_units; i++)
    if (!strcmp(string + n, units[i].name)) factor = units[i].factor;
  if (factor < 0 || !isfinite(result * factor)) return RMS_E_FORMAT;
  *value = result * factor;
  return RMS_OK;
}

int rms_parse_seconds(const char *string, double *value)
{
  static const struct unit units[] = {{"", 1},   {"s", 1},    {"ms", 1e-3}, {"us", 1e-6},
                                      {"m", 60}, {"min", 60}, {"h", 3600},  {"d", 86400}};
  return parse_with_unit(string, units, sizeof units / sizeof *units, value);
}

int rms_parse_bytes(const char *string, uint64_t *value)
{
  static const struct unit units[] = {
      {"", 1},     {"B", 1},    {"KiB", 0x1p10}, {"MiB", 0x1p20}, {"GiB", 0x1p30}, {"TiB", 0x1p40},
      {"kB", 1e3}, {"KB", 1e3}, {"MB", 1e6},     {"GB", 1e9},     {"TB", 1e12}};
  int64_t exact;
  if (!rms_parse_int(string, &exact) && exact >= 0) {
    *value = (uint64_t)exact;
    return RMS_OK;
  }
  double bytes;
  if (parse_with_unit(string, units, sizeof units / sizeof *units, &bytes)) return RMS_E_FORMAT;
  if (bytes > 0x1p53 || bytes != floor(bytes)) return RMS_E_FORMAT;
  *value = (uint64_t)bytes;
  return RMS_OK;
}

/* digits * 10^exponent / 10^-6 as an integer; the caller has bounded the value. */
static int64_t to_micro(struct decimal d, enum rms_round direction)
{
  uint64_t micro = d.digits;
  int exponent = d.exponent + 6;
  for (; exponent > 0 && micro; exponent--) micro *= 10;
  bool is_exact = true;
  for (; exponent < 0 && micro; exponent++) {
    is_exact = is_exact && micro % 10 == 0;
    micro /= 10;
  }
  return (int64_t)micro + (!is_exact && direction == RMS_ROUND_UP);
}

int rms_micro_from_double(double value, enum rms_round direction, int64_t *micro)
{
  if (!(value >= 0 && value <= 1e12)) return RMS_E_PARAM;
  /* At most one decimal of up to 15 digits reads back to a double, and a quotient of two exact
   * doubles is the double nearest to it: when m / 1e6 is the value, m is what the text would give.
   */
  const int64_t m = value < 1e9 ? (int64_t)(value * 1e6 + 0.5) : 0;
  if (m && (double)m / 1e6 == value) {
    *micro = m;
    return RMS_OK;
  }
  char text[40];
  for (int precision = 15; precision <= 17; precision++) {
    snprintf(text, sizeof text, "%.*g", precision, value);
    if (strtod(text, NULL) == value) break;
  }
  struct decimal d;
  if (scan_decimal(text, &d)) return RMS_E_PARAM;
  *micro = to_micro(d, direction);
  return RMS_OK;
}

double rms_micro_to_double(int64_t micro)
{
  /* The double nearest to the exact quotient: by division while micro is exact as a double (below
   * 2^53), else through the decimal text. */
  if (micro > -(INT64_C(1) << 53) && micro < INT64_C(1) << 53) return (double)micro / 1e6;
  char text[40];
  snprintf(text, sizeof text, "%llde-6", (long long)micro);
  return strtod(text, NULL);
}

void rms_text_micro(struct rms_text *text, int64_t micro)
{
  const bool is_negative = micro < 0;
  const uint64_t size = is_negative ? (uint64_t)(-(micro + 1)) + 1 : (uint64_t)micro;
  rms_text_printf(text, "%s%llu", is_negative ? "-" : "",
                  (unsigned long long)(size / (uint64_t)RMS_MICRO));
  uint64_t rest = size % (uint64_t)RMS_MICRO;
  if (!rest) return;
  int width = 6;
  for (; rest % 10 == 0; rest /= 10) width--;
  rms_text_printf(text, ".%0*llu", width, (unsigned long long)rest);
}
