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

int rms_option_unknown(const struct rms_option *options, size_t n, const char *key,
                       struct rms_error *err)
{
  return rms_error_set(err, RMS_E_UNKNOWN, "unknown option \"%.60s\", the nearest is \"%s\"", key,
                       rms_option_nearest(options, n, "set", key));
}

int rms_option_twice(const char *key, struct rms_error *err)
{
  return rms_error_set(err, RMS_E_FORMAT, "option \"%s\" is given twice", key);
}

/* ---- texts -------------------------------------------------------------------------------------
 */

static int copy_word(char *to, size_t size, const char *key, const char *value,
                     struct rms_error *err)
{
  if (to[0]) return rms_option_twice(key, err);
  if (!value[0] || strlen(value) >= size)
    return rms_error_set(err, RMS_E_PARAM, "%s: must have 1 to %zu bytes", key, size - 1);
  snprintf(to, size, "%s", value);
  return RMS_OK;
}

static int read_count(int64_t *count, const char *value, struct rms_error *err)
{
  if (*count) return rms_option_twice("count", err);
  if (rms_parse_int(value, count) < 0 || *count < 1 || *count > 1000000)
    return rms_error_set(err, RMS_E_PARAM, "count=%.40s: must be a whole number in [1, 1000000]",
                         value);
  return RMS_OK;
}

/* *is_other [out] no key of the source */
static int assign(struct rms_option_source *source, const char *key, const char *value,
                  bool expands, bool *is_other, struct rms_error *err)
{
  const bool is_count = strcmp(key, "count") == 0, is_cell = strcmp(key, "cell") == 0;
  *is_other = false;
  if ((is_count || is_cell) && !expands)
    return rms_error_set(err, RMS_E_FORMAT, "%s: a single instance has an index, no %s", key, key);
  if (strcmp(key, "set") == 0) return copy_word(source->set, sizeof source->set, key, value, err);
  if (is_cell) return copy_word(source->cell, sizeof source->cell, key, value, err);
  if (is_count) return read_count(&source->count, value, err);
  *is_other = true;
  return RMS_OK;
}

int rms_option_parse(struct rms_option_source *source, const char *text, bool expands,
                     rms_option_take_fn *take, void *ctx, struct rms_error *err)
{
  int status = RMS_OK;
  char copy[RMS_OPTION_SPEC_MAX];
  const size_t n = strlen(text);
  if (n >= sizeof copy)
    return rms_error_set(err, RMS_E_LIMIT, "the text has %zu bytes, at most %zu are allowed", n,
                         sizeof copy - 1);
  memcpy(copy, text, n + 1);
  for (char *rest = n ? copy : NULL, *item; (item = strsep(&rest, ","));) {
    char *equals = strchr(item, '=');
    bool is_other = false;
    if (!equals || equals == item)
      RMS_TRY(rms_error_set(err, RMS_E_FORMAT, "\"%.60s\" must be key=value", item));
    *equals = 0;
    RMS_TRY(assign(source, item, equals + 1, expands, &is_other, err));
    if (is_other) RMS_TRY(take(ctx, item, equals + 1, err));
  }
  if (source->cell[0] && !source->set[0])
    RMS_TRY(rms_error_set(err, RMS_E_FORMAT, "cell=... needs a set"));
out:
  return status;
}
