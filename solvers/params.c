/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solvers/params.h"

#include <assert.h>
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_MAX_BYTES = 63, DOC_WIDTH = 76 };

struct interval { /* of an int or a real parameter */
  double lo, hi;
  bool lo_open, hi_open;
};

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

/* ---- ranges ---- */

static int parse_bound(const char *text, size_t n, enum rms_param_type type, double *value)
{
  char copy[32];
  if (n == 0 || n >= sizeof copy) return RMS_E_FORMAT;
  memcpy(copy, text, n);
  copy[n] = '\0';
  if (strcmp(copy, "inf") == 0 || strcmp(copy, "-inf") == 0) {
    *value = copy[0] == '-' ? -INFINITY : INFINITY;
    return RMS_OK;
  }
  int64_t whole;
  if (type == RMS_P_INT && rms_parse_int(copy, &whole) < 0) return RMS_E_FORMAT;
  return rms_parse_double(copy, value);
}

/* "[lo,hi]", "(" and ")" exclude the end; no blanks; not empty. An infinite end is excluded. */
static int parse_interval(const struct rms_param *param, struct interval *result)
{
  const char *text = param->range;
  struct interval r = {-INFINITY, INFINITY, true, true};
  if (!text) {
    *result = r;
    return RMS_OK;
  }
  const char *comma = strchr(text, ',');
  size_t n = strlen(text);
  if (!comma || n < 5 || !strchr("[(", text[0]) || !strchr("])", text[n - 1])) return RMS_E_FORMAT;
  r.lo_open = text[0] == '(';
  r.hi_open = text[n - 1] == ')';
  if (parse_bound(text + 1, (size_t)(comma - text) - 1, param->type, &r.lo) < 0 ||
      parse_bound(comma + 1, (size_t)(text + n - 1 - comma) - 1, param->type, &r.hi) < 0)
    return RMS_E_FORMAT;
  if ((isinf(r.lo) && !(r.lo < 0 && r.lo_open)) || (isinf(r.hi) && !(r.hi > 0 && r.hi_open)))
    return RMS_E_FORMAT;
  if (r.lo > r.hi || (r.lo >= r.hi && (r.lo_open || r.hi_open))) return RMS_E_FORMAT;
  *result = r;
  return RMS_OK;
}

static bool interval_has(const struct interval *r, double value)
{
  return (r->lo_open ? value > r->lo : value >= r->lo) &&
         (r->hi_open ? value < r->hi : value <= r->hi);
}

/* Next word of "a|b|c": returns its start and length, NULL at the end. */
static const char *next_word(const char **cursor, size_t *n)
{
  const char *word = *cursor;
  if (!word) return NULL;
  *n = strcspn(word, "|");
  *cursor = word[*n] ? word + *n + 1 : NULL;
  return word;
}

static bool word_is_listed(const char *range, const char *value)
{
  size_t n;
  const char *cursor = range;
  for (const char *word; (word = next_word(&cursor, &n));)
    if (strlen(value) == n && memcmp(word, value, n) == 0) return true;
  return false;
}

static int check_words(const struct rms_param *param, struct rms_error *err)
{
  size_t n, seen = 0;
  const char *cursor = param->range;
  for (const char *word; (word = next_word(&cursor, &n)); seen++) {
    bool good = n > 0 && n < RMS_PARAM_TEXT;
    for (size_t i = 0; i < n; i++)
      good = good && (isalnum((unsigned char)word[i]) || strchr("_-.+", word[i]));
    size_t m;
    const char *rest = cursor;
    for (const char *other; good && (other = next_word(&rest, &m));)
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

/* Shortest text that reads back to the same double. */
static void print_real(double value, char text[RMS_PARAM_TEXT])
{
  if (value == 0) value = 0; /* no "-0" */
  for (int digits = 1; digits <= 17; digits++) {
    snprintf(text, RMS_PARAM_TEXT, "%.*g", digits, value);
    if (strtod(text, NULL) == value) return; // NOLINT: equality is meant
  }
}

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
  struct interval r;
  int64_t whole;
  if (rms_parse_int(value, &whole) < 0) return bad_value(param, value, err);
  if (parse_interval(param, &r) < 0 || !interval_has(&r, (double)whole))
    return bad_value(param, value, err);
  snprintf(text, RMS_PARAM_TEXT, "%lld", (long long)whole);
  return RMS_OK;
}

static int canonical_real(const struct rms_param *param, const char *value,
                          char text[RMS_PARAM_TEXT], struct rms_error *err)
{
  struct interval r;
  double real;
  if (rms_parse_double(value, &real) < 0) return bad_value(param, value, err);
  if (parse_interval(param, &r) < 0 || !interval_has(&r, real)) return bad_value(param, value, err);
  print_real(real, text);
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
    if (!param->range || !word_is_listed(param->range, value)) return bad_value(param, value, err);
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
  return n >= 1 && n <= NAME_MAX_BYTES && name[0] >= 'a' && name[0] <= 'z' &&
         strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-") == n;
}

/* "name", "name=x", "name!=x", "name>x", "name<=x", ...: the length of the name, 0: not legal. */
static size_t condition_name(const char *when)
{
  size_t n = strcspn(when, "=!<>");
  size_t op = strspn(when + n, "=!<>");
  static const char *const operators[] = {"=", "!=", "<", ">", "<=", ">="};
  for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
    if (op == strlen(operators[i]) && strncmp(when + n, operators[i], op) == 0)
      return when[n + op] ? n : 0;
  return 0;
}

static int check_when(const struct rms_param *params, const struct rms_param *param,
                      struct rms_error *err)
{
  char name[NAME_MAX_BYTES + 1];
  if (!param->when) return RMS_OK;
  size_t n = condition_name(param->when);
  if (n == 0 || n > NAME_MAX_BYTES)
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
  struct interval r = {0};
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
    if (parse_interval(param, &r) < 0)
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
        param->name, NAME_MAX_BYTES);
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
  char copy[NAME_MAX_BYTES + RMS_PARAM_TEXT + 2];
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

/* ---- for people and tuners ---- */

static void add_wrapped(struct rms_text *text, const char *indent, const char *words)
{
  size_t column = 0;
  while (*words) {
    size_t n = strcspn(words, " ");
    if (column && column + 1 + n > DOC_WIDTH) {
      rms_text_add(text, "\n");
      column = 0;
    }
    rms_text_add(text, column ? " " : indent);
    rms_text_bytes(text, words, n);
    column += (column ? 1 : strlen(indent)) + n;
    words += n + strspn(words + n, " ");
  }
  rms_text_add(text, "\n");
}

static void help_one(struct rms_text *text, const struct rms_param *param)
{
  rms_text_printf(text, "  %s=%s", param->name, param->dflt);
  switch (param->type) {
  case RMS_P_BOOL: rms_text_add(text, "   yes | no"); break;
  case RMS_P_ENUM: rms_text_printf(text, "   %s", param->range); break;
  default:
    rms_text_printf(text, "   %s%s%s", type_names[param->type], param->range ? " in " : "",
                    param->range ? param->range : "");
  }
  if (param->unit && *param->unit && strcmp(param->unit, "1") != 0)
    rms_text_printf(text, " %s", param->unit);
  if (param->scale && *param->scale) rms_text_printf(text, ", %s scale", param->scale);
  if (param->when) rms_text_printf(text, ", when %s", param->when);
  rms_text_add(text, "\n");
  add_wrapped(text, "      ", param->doc);
}

void rms_params_help(struct rms_text *text, const struct rms_param *params)
{
  for (size_t i = 0, n = rms_params_count(params); i < n; i++) help_one(text, &params[i]);
}

/* irace's names are those of R: no '-'. The switch keeps our own name. */
static void add_r_name(struct rms_text *text, const char *name, size_t n)
{
  for (size_t i = 0; i < n; i++) rms_text_bytes(text, name[i] == '-' ? "_" : &name[i], 1);
}

static void irace_domain(struct rms_text *text, const struct rms_param *param)
{
  struct interval r;
  char lo[RMS_PARAM_TEXT], hi[RMS_PARAM_TEXT];
  const char *cursor = param->range;
  size_t n;
  if (param->type == RMS_P_BOOL) {
    rms_text_add(text, "(no, yes)");
  } else if (param->type == RMS_P_ENUM) {
    rms_text_add(text, "(");
    for (const char *word; (word = next_word(&cursor, &n));) {
      rms_text_bytes(text, word, n);
      rms_text_add(text, cursor ? ", " : ")");
    }
  } else if (parse_interval(param, &r) == RMS_OK) {
    /* irace's ranges are closed and its reals have 4 decimals: an excluded end moves inwards. */
    double step = param->type == RMS_P_INT ? 1 : fmax(1e-4, (r.hi - r.lo) * 1e-4);
    print_real(r.lo_open ? r.lo + step : r.lo, lo);
    print_real(r.hi_open ? r.hi - step : r.hi, hi);
    rms_text_printf(text, "(%s, %s)", lo, hi);
  }
}

/* R's notation of a condition: == for =, and words quoted. */
static void irace_condition(struct rms_text *text, const char *when)
{
  size_t name = condition_name(when), op = strspn(when + name, "=!<>");
  double number;
  rms_text_add(text, " | ");
  add_r_name(text, when, name);
  rms_text_add(text, " ");
  if (op == 1 && when[name] == '=') rms_text_add(text, "=");
  rms_text_bytes(text, when + name, op);
  bool is_number = rms_parse_double(when + name + op, &number) == RMS_OK;
  rms_text_printf(text, is_number ? " %s" : " \"%s\"", when + name + op);
}

void rms_params_irace(struct rms_text *text, const struct rms_param *params)
{
  static const char types[] = {[RMS_P_BOOL] = 'c',
                               [RMS_P_INT] = 'i',
                               [RMS_P_REAL] = 'r',
                               [RMS_P_ENUM] = 'c',
                               [RMS_P_STRING] = 's'};
  rms_text_add(text, "# name switch type range [| condition]\n");
  for (size_t i = 0, n = rms_params_count(params); i < n; i++) {
    const struct rms_param *param = &params[i];
    struct interval r = {0};
    bool is_number = param->type == RMS_P_INT || param->type == RMS_P_REAL;
    bool is_bounded =
        !is_number || (parse_interval(param, &r) == RMS_OK && isfinite(r.lo) && isfinite(r.hi));
    if (param->type == RMS_P_STRING || !is_bounded) {
      rms_text_printf(text, "# %s: not tuned, it has no finite range\n", param->name);
      continue;
    }
    add_r_name(text, param->name, strlen(param->name));
    rms_text_printf(text, " \"%s=\" %c%s ", param->name, types[param->type],
                    param->scale && *param->scale ? ",log" : "");
    irace_domain(text, param);
    /* The number of islands is no parameter of the solver: a tuner cannot test it. */
    if (param->when && strncmp(param->when, "islands", condition_name(param->when)) != 0)
      irace_condition(text, param->when);
    rms_text_add(text, "\n");
  }
}
