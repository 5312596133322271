/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solvers/params.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "solvers/params_range.h"

static const char *const type_names[] = {[RMS_P_BOOL] = "bool",
                                         [RMS_P_INT] = "integer",
                                         [RMS_P_REAL] = "number",
                                         [RMS_P_ENUM] = "word",
                                         [RMS_P_STRING] = "text"};

size_t rms_params_count(const struct rms_param *params)
{
  size_t n = 0;
  if (params)
    while (params[n].name) n++;
  return n;
}

int rms_params_index(const struct rms_param *params, const char *name)
{
  for (size_t i = 0, n = rms_params_count(params); i < n; i++)
    if (strcmp(params[i].name, name) == 0) return (int)i;
  return -1;
}

static int check_words(const struct rms_param *param, struct rms_error *err)
{
  size_t n, seen = 0;
  const char *cursor = param->range;
  for (const char *word; (word = rms_words_next(&cursor, &n)); seen++) {
    bool good = n > 0 && n < RMS_PARAM_TEXT;
    for (size_t i = 0; i < n; i++)
      good = good && (isalnum((unsigned char)word[i]) || strchr("_-.+", word[i]));
    size_t m;
    const char *rest = cursor;
    for (const char *other; good && (other = rms_words_next(&rest, &m));)
      if (m == n && memcmp(word, other, n) == 0) good = false;
    if (!good)
      return rms_error_set(err, RMS_E_PARAM,
                           "parameter \"%s\": range \"%s\": word %zu is empty, a repeat, or not of "
                           "letters, digits and _-.+",
                           param->name, param->range, seen + 1);
  }
  if (!seen)
    return rms_error_set(err, RMS_E_PARAM,
                         "parameter \"%s\": an enum needs a range such as \"a|b|c\"", param->name);
  return RMS_OK;
}

/* ---- one value ---- */

static int bad_value(const struct rms_param *param, const char *value, struct rms_error *err)
{
  const char *noun = type_names[param->type];
  const char *a = param->type == RMS_P_INT ? "an" : "a";
  if (param->type == RMS_P_BOOL)
    return rms_error_set(err, RMS_E_PARAM, "parameter \"%s\": is \"%s\", must be yes or no",
                         param->name, value);
  if (param->type == RMS_P_ENUM)
    return rms_error_set(err, RMS_E_PARAM, "parameter \"%s\": is \"%s\", must be one of %s",
                         param->name, value, param->range ? param->range : "(nothing)");
  return rms_error_set(err, RMS_E_PARAM, "parameter \"%s\": is \"%s\", must be %s %s%s%s",
                       param->name, value, a, noun, param->range ? " in " : "",
                       param->range ? param->range : "");
}

static int canonical_int(const struct rms_param *param, const char *value,
                         char text[RMS_PARAM_TEXT], struct rms_error *err)
{
  struct rms_interval r;
  int64_t whole;
  if (rms_parse_int(value, &whole) < 0) return bad_value(param, value, err);
  if (rms_interval_parse(param, &r) < 0 || !rms_interval_has(&r, (double)whole))
    return bad_value(param, value, err);
  snprintf(text, RMS_PARAM_TEXT, "%lld", (long long)whole);
  return RMS_OK;
}

static int canonical_real(const struct rms_param *param, const char *value,
                          char text[RMS_PARAM_TEXT], struct rms_error *err)
{
  struct rms_interval r;
  double real;
  if (rms_parse_double(value, &real) < 0) return bad_value(param, value, err);
  if (rms_interval_parse(param, &r) < 0 || !rms_interval_has(&r, real))
    return bad_value(param, value, err);
  rms_param_print_real(real, text);
  return RMS_OK;
}

static int canonical_string(const struct rms_param *param, const char *value,
                            char text[RMS_PARAM_TEXT], struct rms_error *err)
{
  for (const char *c = value; *c; c++)
    if (*c == ',' || iscntrl((unsigned char)*c))
      return rms_error_set(
          err, RMS_E_PARAM,
          "parameter \"%s\": is \"%s\", must be without commas and control characters", param->name,
          value);
  snprintf(text, RMS_PARAM_TEXT, "%s", value);
  return RMS_OK;
}

/* Check `value` and write the one text that stands for it. */
static int canonical(const struct rms_param *param, const char *value, char text[RMS_PARAM_TEXT],
                     struct rms_error *err)
{
  bool yes;
  if (strlen(value) >= RMS_PARAM_TEXT)
    return rms_error_set(err, RMS_E_PARAM,
                         "parameter \"%s\": value has %zu bytes, must have at most %d", param->name,
                         strlen(value), RMS_PARAM_TEXT - 1);
  switch (param->type) {
  case RMS_P_BOOL:
    if (rms_parse_bool(value, &yes) < 0) return bad_value(param, value, err);
    snprintf(text, RMS_PARAM_TEXT, "%s", yes ? "yes" : "no");
    return RMS_OK;
  case RMS_P_INT: return canonical_int(param, value, text, err);
  case RMS_P_REAL: return canonical_real(param, value, text, err);
  case RMS_P_ENUM:
    if (!param->range || !rms_words_have(param->range, value)) return bad_value(param, value, err);
    snprintf(text, RMS_PARAM_TEXT, "%s", value);
    return RMS_OK;
  case RMS_P_STRING: return canonical_string(param, value, text, err);
  }
  return rms_error_set(err, RMS_E_PARAM, "parameter \"%s\": type %d is none", param->name,
                       (int)param->type);
}

int rms_param_check(const struct rms_param *param, const char *value, struct rms_error *err)
{
  char text[RMS_PARAM_TEXT];
  return canonical(param, value, text, err);
}

/* ---- the table ---- */

static bool name_is_legal(const char *name)
{
  size_t n = strlen(name);
  return n >= 1 && n <= RMS_PARAM_NAME_MAX && name[0] >= 'a' && name[0] <= 'z' &&
         strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-") == n;
}

static int check_when(const struct rms_param *params, const struct rms_param *param,
                      struct rms_error *err)
{
  char name[RMS_PARAM_NAME_MAX + 1];
  if (!param->when) return RMS_OK;
  size_t n = rms_condition_name(param->when);
  if (n == 0 || n > RMS_PARAM_NAME_MAX)
    return rms_error_set(
        err, RMS_E_PARAM,
        "parameter \"%s\": condition \"%s\" must be a name, one of = != < > <= >=, and a value",
        param->name, param->when);
  memcpy(name, param->when, n);
  name[n] = '\0';
  /* The number of islands is a setting of the job, not of the solver. */
  if (strcmp(name, "islands") != 0 && rms_params_index(params, name) < 0)
    return rms_error_set(err, RMS_E_PARAM, "parameter \"%s\": condition on unknown \"%s\"",
                         param->name, name);
  return RMS_OK;
}

static int check_range(const struct rms_param *param, struct rms_error *err)
{
  struct rms_interval r = {0};
  switch (param->type) {
  case RMS_P_ENUM: return check_words(param, err);
  case RMS_P_BOOL:
  case RMS_P_STRING:
    if (param->range)
      return rms_error_set(err, RMS_E_PARAM, "parameter \"%s\": a %s has no range", param->name,
                           type_names[param->type]);
    break;
  case RMS_P_INT:
  case RMS_P_REAL:
    if (rms_interval_parse(param, &r) < 0)
      return rms_error_set(err, RMS_E_PARAM,
                           "parameter \"%s\": range \"%s\" must be like \"[2,1e6]\" or \"(0,1]\"",
                           param->name, param->range);
  }
  if (!param->scale || !*param->scale) return RMS_OK;
  if (strcmp(param->scale, "log") != 0)
    return rms_error_set(err, RMS_E_PARAM,
                         "parameter \"%s\": scale is \"%s\", must be \"\" or \"log\"", param->name,
                         param->scale);
  if ((param->type != RMS_P_INT && param->type != RMS_P_REAL) || !(r.lo >= 0) ||
      !(r.lo > 0 || r.lo_open))
    return rms_error_set(err, RMS_E_PARAM,
                         "parameter \"%s\": scale \"log\" needs a number whose range is above 0",
                         param->name);
  return RMS_OK;
}

static int check_doc(const struct rms_param *param, struct rms_error *err)
{
  size_t n = param->doc ? strlen(param->doc) : 0;
  bool good = n >= 2 && param->doc[n - 1] == '.';
  for (size_t i = 0; i < n; i++) good = good && !iscntrl((unsigned char)param->doc[i]);
  if (good) return RMS_OK;
  return rms_error_set(err, RMS_E_PARAM,
                       "parameter \"%s\": doc must be one sentence with a full stop", param->name);
}

static int check_param(const struct rms_param *params, size_t i, struct rms_error *err)
{
  const struct rms_param *param = &params[i];
  if (!name_is_legal(param->name))
    return rms_error_set(
        err, RMS_E_PARAM,
        "parameter \"%.80s\": a name is a small letter, then small letters, digits, "
        "_ and -, at most %d",
        param->name, RMS_PARAM_NAME_MAX);
  if (rms_params_index(params, param->name) != (int)i)
    return rms_error_set(err, RMS_E_PARAM, "parameter \"%s\": declared twice", param->name);
  if ((int)param->type < RMS_P_BOOL || (int)param->type > RMS_P_STRING)
    return rms_error_set(err, RMS_E_PARAM, "parameter \"%s\": type %d is none", param->name,
                         (int)param->type);
  int status = check_range(param, err);
  if (status == RMS_OK) status = check_when(params, param, err);
  if (status == RMS_OK) status = check_doc(param, err);
  if (status < 0) return status;
  if (!param->dflt)
    return rms_error_set(err, RMS_E_PARAM, "parameter \"%s\": has no default", param->name);
  status = rms_param_check(param, param->dflt, err);
  return status < 0 ? rms_error_where(err, "default") : RMS_OK;
}

int rms_params_check(const struct rms_param *params, struct rms_error *err)
{
  size_t n = rms_params_count(params);
  if (n > RMS_PARAMS_MAX)
    return rms_error_set(err, RMS_E_PARAM, "%zu parameters, at most %d are possible", n,
                         RMS_PARAMS_MAX);
  for (size_t i = 0; i < n; i++) {
    int status = check_param(params, i, err);
    if (status < 0) return status;
  }
  return RMS_OK;
}

/* ---- all values ---- */

static int unknown_name(const struct rms_param *params, const char *name, struct rms_error *err)
{
  const char *nearest = NULL;
  size_t best = SIZE_MAX;
  for (size_t i = 0, n = rms_params_count(params); i < n; i++) {
    size_t distance = rms_text_distance(name, params[i].name);
    if (distance < best) best = distance, nearest = params[i].name;
  }
  if (!nearest)
    return rms_error_set(err, RMS_E_PARAM,
                         "parameter \"%s\": there is none, this solver has no parameters", name);
  return rms_error_set(err, RMS_E_PARAM,
                       "parameter \"%s\": there is none of that name, nearest is \"%s\"", name,
                       nearest);
}

/* Apply one "key=value" of `n` bytes. */
static int apply(struct rms_values *values, const struct rms_param *params,
                 bool given[RMS_PARAMS_MAX], const char *item, size_t n, struct rms_error *err)
{
  char copy[RMS_PARAM_NAME_MAX + RMS_PARAM_TEXT + 2];
  if (n >= sizeof copy)
    return rms_error_set(err, RMS_E_PARAM,
                         "setting \"%.40s...\" has %zu bytes, at most %zu are possible", item, n,
                         sizeof copy - 1);
  memcpy(copy, item, n);
  copy[n] = '\0';
  char *equals = strchr(copy, '=');
  if (!equals || equals == copy)
    return rms_error_set(err, RMS_E_PARAM, "setting \"%s\" must be key=value (separated by commas)",
                         copy);
  *equals = '\0';
  int i = rms_params_index(params, copy);
  if (i < 0) return unknown_name(params, copy, err);
  if (given[i]) return rms_error_set(err, RMS_E_PARAM, "parameter \"%s\": given twice", copy);
  given[i] = true;
  return canonical(&params[i], equals + 1, values->text[i], err);
}

int rms_values_parse(struct rms_values *values, const struct rms_param *params,
                     const char *assignments, struct rms_error *err)
{
  struct rms_values result = {.n = rms_params_count(params)};
  bool given[RMS_PARAMS_MAX] = {false};
  int status = RMS_OK;

  if (result.n > RMS_PARAMS_MAX)
    return rms_error_set(err, RMS_E_PARAM, "%zu parameters, at most %d are possible", result.n,
                         RMS_PARAMS_MAX);
  for (size_t i = 0; i < result.n; i++)
    if ((status = canonical(&params[i], params[i].dflt, result.text[i], err)) < 0) return status;
  for (const char *item = assignments ? assignments : ""; *item;) {
    size_t n = strcspn(item, ",");
    if ((status = apply(&result, params, given, item, n, err)) < 0) return status;
    if (item[n] == ',' && !item[n + 1])
      return rms_error_set(err, RMS_E_PARAM, "setting after the last comma of \"%.80s\" is missing",
                           assignments);
    item += n + (item[n] == ',');
  }
  *values = result;
  rms_values_link(values);
  return RMS_OK;
}

void rms_values_link(struct rms_values *values)
{
  for (size_t i = 0; i < values->n; i++) values->list[i] = values->text[i];
}

void rms_values_text(struct rms_text *text, const struct rms_param *params,
                     const struct rms_values *values)
{
  size_t order[RMS_PARAMS_MAX];
  for (size_t i = 0; i < values->n;
       i++) { /* insertion sort: names are unique, the order is total */
    size_t at = i;
    for (; at > 0 && strcmp(params[order[at - 1]].name, params[i].name) > 0; at--)
      order[at] = order[at - 1];
    order[at] = i;
  }
  for (size_t i = 0; i < values->n; i++)
    rms_text_printf(text, "%s%s=%s", i ? "," : "", params[order[i]].name, values->text[order[i]]);
}

/* ---- typed reading ---- */

static const char *value_of(const struct rms_param *params, const char *const *values,
                            const char *name, enum rms_param_type type)
{
  int i = rms_params_index(params, name);
  assert(i >= 0 && params[i].type == type);
  (void)type;
  return values[i];
}

int64_t rms_value_int(const struct rms_param *params, const char *const *values, const char *name)
{
  int64_t result = 0;
  int status = rms_parse_int(value_of(params, values, name, RMS_P_INT), &result);
  assert(status == RMS_OK);
  (void)status;
  return result;
}

double rms_value_real(const struct rms_param *params, const char *const *values, const char *name)
{
  double result = 0;
  int status = rms_parse_double(value_of(params, values, name, RMS_P_REAL), &result);
  assert(status == RMS_OK);
  (void)status;
  return result;
}

bool rms_value_bool(const struct rms_param *params, const char *const *values, const char *name)
{
  bool result = false;
  int status = rms_parse_bool(value_of(params, values, name, RMS_P_BOOL), &result);
  assert(status == RMS_OK);
  (void)status;
  return result;
}

const char *rms_value_text(const struct rms_param *params, const char *const *values,
                           const char *name)
{
  int i = rms_params_index(params, name);
  assert(i >= 0 && (params[i].type == RMS_P_ENUM || params[i].type == RMS_P_STRING));
  return values[i];
}
