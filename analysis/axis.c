/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/axis.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Decades below which a log axis has the ticks of a linear one. */
#define NARROW 0.75

/* Powers of ten from here on are written as such. */
enum { PLAIN_LEAST = -5, PLAIN_MOST = 6 };

static void power_text(char text[RMS_TICK_TEXT], int exponent)
{
  static const char *const digits[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
  const int size = exponent < 0 ? -exponent : exponent;
  snprintf(text, RMS_TICK_TEXT, "10%s%s%s%s", exponent < 0 ? "⁻" : "",
           size >= 100 ? digits[size / 100 % 10] : "", size >= 10 ? digits[size / 10 % 10] : "",
           digits[size % 10]);
}

/* Commas between groups of three digits of the whole part. */
static void group_digits(char text[RMS_TICK_TEXT])
{
  const size_t begin = text[0] == '-', whole = strcspn(text + begin, ".");
  if (whole < 4) return;
  for (size_t left = whole; left > 3;) {
    left -= 3;
    char *const at = text + begin + left;
    const size_t rest = strlen(at) + 1;
    if (at + rest + 1 > text + RMS_TICK_TEXT) return;
    memmove(at + 1, at, rest);
    *at = ',';
  }
}

void rms_tick_text(char text[RMS_TICK_TEXT], double value, double step)
{
  const double size = fabs(step > 0 ? step : value);
  const int exponent = size > 0 ? (int)floor(log10(size) + 1e-9) : 0;
  if (fabs(value) >= 1e9 || (value != 0 && exponent < -6)) {
    snprintf(text, RMS_TICK_TEXT, "%.4g", value);
    return;
  }
  snprintf(text, RMS_TICK_TEXT, "%.*f", exponent < 0 ? -exponent : 0, value);
  group_digits(text);
}

/* 1, 2 or 5 times a power of ten, the least that is not below x. */
static double round_up(double x)
{
  const double power = pow(10, floor(log10(x) + 1e-9));
  const double lead = x / power;
  return power * (lead <= 1 + 1e-9 ? 1 : lead <= 2 + 1e-9 ? 2 : lead <= 5 + 1e-9 ? 5 : 10);
}

static void add_tick(struct rms_scale *s, double at)
{
  const double slack = 1e-9 * (s->is_log ? at : s->hi - s->lo);
  if (s->n_ticks == RMS_TICKS_MAX || at < s->lo - slack || at > s->hi + slack) return;
  s->ticks[s->n_ticks++] = (struct rms_tick){.at = at};
}

static void linear_ticks(struct rms_scale *s, double step, bool percent)
{
  const double first = ceil(s->lo / step - 1e-9), last = floor(s->hi / step + 1e-9);
  for (double i = first; i <= last && s->n_ticks < RMS_TICKS_MAX; i++) {
    const double at = i == 0 ? 0 : i * step; /* no minus zero */
    add_tick(s, at);
    rms_tick_text(s->ticks[s->n_ticks - 1].text, (percent ? 100 : 1) * at,
                  (percent ? 100 : 1) * step);
  }
}

static void decade_text(char text[RMS_TICK_TEXT], int exponent, double lead, bool percent)
{
  const int shown = exponent + (percent ? 2 : 0);
  if (shown < PLAIN_LEAST || shown > PLAIN_MOST)
    power_text(text, shown);
  else
    rms_tick_text(text, lead * pow(10, shown), pow(10, shown));
}

/* Powers of ten, every `stride`-th with its number; 2 to 9 between them while there is room; with
 * stride 0 the numbers 2 and 5 as well. */
static void log_ticks(struct rms_scale *s, int stride, bool percent)
{
  const int first = (int)floor(log10(s->lo) + 1e-9), last = (int)ceil(log10(s->hi) - 1e-9);
  for (int e = first; e <= last; e++)
    for (int lead = 1; lead <= 9; lead++) {
      if (lead > 1 && last - first > 8) break;
      const int before = s->n_ticks;
      add_tick(s, lead * pow(10, e));
      const bool has_text =
          stride ? lead == 1 && (e - first) % stride == 0 : lead == 1 || lead == 2 || lead == 5;
      if (s->n_ticks > before && has_text) decade_text(s->ticks[before].text, e, lead, percent);
    }
}

static void widen(struct rms_scale *s, const bool is_fixed[2])
{
  if (s->lo < s->hi) return;
  const double lo = s->lo;
  if (!is_fixed[0] || is_fixed[1]) s->lo = s->is_log ? lo / 2 : lo - fmax(1, fabs(lo)) / 2;
  if (!is_fixed[1] || is_fixed[0]) s->hi = s->is_log ? lo * 2 : lo + fmax(1, fabs(lo)) / 2;
}

static void init_log(struct rms_scale *s, const bool is_fixed[2], int wanted, bool percent)
{
  if (!is_fixed[0]) s->lo = 1 / round_up(1 / s->lo);
  if (!is_fixed[1]) s->hi = round_up(s->hi);
  const double shown = log10(s->hi / s->lo);
  if (shown < NARROW) {
    linear_ticks(s, round_up((s->hi - s->lo) / wanted), percent);
    return;
  }
  log_ticks(s, shown >= 2 - 1e-9 ? (int)ceil(shown / wanted) : 0, percent);
}

static void init_linear(struct rms_scale *s, const bool is_fixed[2], int wanted, bool percent)
{
  const double step = round_up((s->hi - s->lo) / wanted);
  if (!is_fixed[0]) s->lo = floor(s->lo / step + 1e-9) * step;
  if (!is_fixed[1]) s->hi = ceil(s->hi / step - 1e-9) * step;
  linear_ticks(s, step, percent);
}

void rms_scale_init(struct rms_scale *scale, bool is_log, const double range[2],
                    const bool is_fixed[2], int wanted, bool percent)
{
  *scale = (struct rms_scale){.is_log = is_log, .lo = range[0], .hi = range[1]};
  widen(scale, is_fixed);
  (is_log ? init_log : init_linear)(scale, is_fixed, wanted, percent);
}

double rms_scale_place(const struct rms_scale *scale, double x)
{
  if (scale->is_log) return log(x / scale->lo) / log(scale->hi / scale->lo);
  return (x - scale->lo) / (scale->hi - scale->lo);
}
