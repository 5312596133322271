/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "instances/option.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "instances/base/text.h"

static int bad_value(const struct rms_option *option, const char *value, const char *right,
                     struct rms_error *err)
{
  return rms_error_set(err, RMS_E_PARAM, "%s=%.80s: must be %s", option->key, value, right);
}

static int set_int(const struct rms_option *option, const char *value, struct rms_option_value *to,
                   struct rms_error *err)
{
  char right[80];
  int64_t got;
  if (rms_parse_int(value, &got) < 0 || (double)got < option->lo || (double)got > option->hi) {
    snprintf(right, sizeof right, "a whole number in [%.0f, %.0f]", option->lo, option->hi);
    return bad_value(option, value, right, err);
  }
  to->whole = got;
  snprintf(to->text, sizeof to->text, "%" PRId64, got);
  return RMS_OK;
}

static int set_real(const struct rms_option *option, const char *value, struct rms_option_value *to,
                    struct rms_error *err)
{
  char right[80];
  double got;
  if (rms_parse_double(value, &got) < 0 || !(got >= option->lo && got <= option->hi)) {
    snprintf(right, sizeof right, "a number in [%g, %g]", option->lo, option->hi);
    return bad_value(option, value, right, err);
  }
  got += 0.0; /* no negative zero */
  to->real = got;
  for (int digits = 0; digits <= 26;
       digits++) { /* the shortest text that reads back, 50 rather than 5e+01 */
    double again;
    snprintf(to->text, sizeof to->text, digits < 10 ? "%.*f" : "%.*g",
             digits < 10 ? digits : digits - 9, got);
    if (rms_parse_double(to->text, &again) == RMS_OK && again == got) break;
  }
  return RMS_OK;
}

static int set_bool(const struct rms_option *option, const char *value, struct rms_option_value *to,
                    struct rms_error *err)
{
  bool got;
  if (rms_parse_bool(value, &got) < 0) return bad_value(option, value, "yes or no", err);
  to->whole = got;
  snprintf(to->text, sizeof to->text, "%s", got ? "yes" : "no");
  return RMS_OK;
}

static const char *nearest_text(const char *word, const char *const *list)
{
  const char *best = list[0];
  for (size_t i = 1; list[i]; i++)
    if (rms_text_distance(word, list[i]) < rms_text_distance(word, best)) best = list[i];
  return best;
}

static int set_choice(const struct rms_option *option, const char *value,
                      struct rms_option_value *to, struct rms_error *err)
{
  const char *const *list = option->choices;
  for (int c = 0; list[c]; c++) {
    if (strcmp(list[c], value) != 0) continue;
    to->whole = c;
    snprintf(to->text, sizeof to->text, "%s", value);
    return RMS_OK;
  }
  return rms_error_set(err, RMS_E_UNKNOWN, "%s=%.80s: no such %s, the nearest is \"%s\"",
                       option->key, value, option->key, nearest_text(value, list));
}

static int set_text(const struct rms_option *option, const char *value, struct rms_option_value *to,
                    struct rms_error *err)
{
  if (strlen(value) >= sizeof to->text) return bad_value(option, value, "at most 511 bytes", err);
  for (const char *c = value; *c; c++)
    if ((unsigned char)*c < 0x20 || *c == 0x7f || *c == ',')
      return bad_value(option, value, "text without commas and control characters", err);
  snprintf(to->text, sizeof to->text, "%s", value);
  return RMS_OK;
}

int rms_option_read(const struct rms_option *option, const char *text,
                    struct rms_option_value *value, struct rms_error *err)
{
  static int (*const readers[])(const struct rms_option *, const char *, struct rms_option_value *,
                                struct rms_error *) = {
      [RMS_OPTION_INT] = set_int,       [RMS_OPTION_REAL] = set_real, [RMS_OPTION_BOOL] = set_bool,
      [RMS_OPTION_CHOICE] = set_choice, [RMS_OPTION_TEXT] = set_text,
  };
  return readers[option->kind](option, text, value, err);
}

int rms_option_find(const struct rms_option *options, size_t n, const char *key)
{
  for (size_t i = 0; i < n; i++)
    if (strcmp(options[i].key, key) == 0) return (int)i;
  return -1;
}

const char *rms_option_nearest(const struct rms_option *options, size_t n, const char *more,
                               const char *key)
{
  const char *best = more ? more : options[0].key;
  for (size_t i = 0; i < n; i++)
    if (rms_text_distance(key, options[i].key) < rms_text_distance(key, best))
      best = options[i].key;
  return best;
}
