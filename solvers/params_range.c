/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solvers/params_range.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
int rms_interval_parse(const struct rms_param *param, struct rms_interval *result)
{
  const char *text = param->range;
  struct rms_interval r = {-INFINITY, INFINITY, true, true};
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

bool rms_interval_has(const struct rms_interval *r, double value)
{
  return (r->lo_open ? value > r->lo : value >= r->lo) &&
         (r->hi_open ? value < r->hi : value <= r->hi);
}

/* Next word of "a|b|c": returns its start and length, NULL at the end. */
const char *rms_words_next(const char **cursor, size_t *n)
{
  const char *word = *cursor;
  if (!word) return NULL;
  *n = strcspn(word, "|");
  *cursor = word[*n] ? word + *n + 1 : NULL;
  return word;
}

bool rms_words_have(const char *range, const char *value)
{
  size_t n;
  const char *cursor = range;
  for (const char *word; (word = rms_words_next(&cursor, &n));)
    if (strlen(value) == n && memcmp(word, value, n) == 0) return true;
  return false;
}

/* Shortest text that reads back to the same double. */
void rms_param_print_real(double value, char text[RMS_PARAM_TEXT])
{
  if (value == 0) value = 0; /* no "-0" */
  for (int digits = 1; digits <= 17; digits++) {
    snprintf(text, RMS_PARAM_TEXT, "%.*g", digits, value);
    if (strtod(text, NULL) == value) return; // NOLINT: equality is meant
  }
}

/* "name", "name=x", "name!=x", "name>x", "name<=x", ...: the length of the name, 0: not legal. */
size_t rms_condition_name(const char *when)
{
  size_t n = strcspn(when, "=!<>");
  size_t op = strspn(when + n, "=!<>");
  static const char *const operators[] = {"=", "!=", "<", ">", "<=", ">="};
  for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
    if (op == strlen(operators[i]) && strncmp(when + n, operators[i], op) == 0)
      return when[n + op] ? n : 0;
  return 0;
}
