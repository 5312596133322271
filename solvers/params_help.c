/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a parameter table says to people and to tuners. */
#include <math.h>
#include <string.h>

#include "solvers/params_range.h"

enum { DOC_WIDTH = 76 };

static const char *const type_names[] = {[RMS_P_BOOL] = "bool",
                                         [RMS_P_INT] = "integer",
                                         [RMS_P_REAL] = "number",
                                         [RMS_P_ENUM] = "word",
                                         [RMS_P_STRING] = "text"};

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

/* "a | b | c", below the name when they are many. */
static void add_words(struct rms_text *text, const struct rms_param *param)
{
  struct rms_text words = {0};
  const char *cursor = param->range;
  size_t n;
  for (const char *word; (word = rms_words_next(&cursor, &n));) {
    rms_text_bytes(&words, word, n);
    if (cursor) rms_text_add(&words, " | ");
  }
  if (words.failed) text->failed = true;
  const bool is_long = words.length + strlen(param->name) + strlen(param->dflt) + 6 > DOC_WIDTH;
  if (words.data && is_long) {
    rms_text_add(text, "\n");
    add_wrapped(text, "      ", words.data);
    text->length -= !text->failed; /* the caller ends the line */
  } else if (words.data) {
    rms_text_printf(text, "   %s", words.data);
  }
  rms_text_fini(&words);
}

static void help_one(struct rms_text *text, const struct rms_param *param)
{
  rms_text_printf(text, "  %s=%s", param->name, param->dflt);
  switch (param->type) {
  case RMS_P_BOOL: rms_text_add(text, "   yes | no"); break;
  case RMS_P_ENUM: add_words(text, param); break;
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
  struct rms_interval r;
  char lo[RMS_PARAM_TEXT], hi[RMS_PARAM_TEXT];
  const char *cursor = param->range;
  size_t n;
  if (param->type == RMS_P_BOOL) {
    rms_text_add(text, "(no, yes)");
  } else if (param->type == RMS_P_ENUM) {
    rms_text_add(text, "(");
    for (const char *word; (word = rms_words_next(&cursor, &n));) {
      rms_text_bytes(text, word, n);
      rms_text_add(text, cursor ? ", " : ")");
    }
  } else if (rms_interval_parse(param, &r) == RMS_OK) {
    /* irace's ranges are closed and its reals have 4 decimals: an excluded end moves inwards. */
    double step = param->type == RMS_P_INT ? 1 : fmax(1e-4, (r.hi - r.lo) * 1e-4);
    rms_param_print_real(r.lo_open ? r.lo + step : r.lo, lo);
    rms_param_print_real(r.hi_open ? r.hi - step : r.hi, hi);
    rms_text_printf(text, "(%s, %s)", lo, hi);
  }
}

/* R's notation of a condition: == for =, and words quoted. */
static void irace_condition(struct rms_text *text, const char *when)
{
  size_t name = rms_condition_name(when), op = strspn(when + name, "=!<>");
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
    struct rms_interval r = {0};
    bool is_number = param->type == RMS_P_INT || param->type == RMS_P_REAL;
    bool is_bounded =
        !is_number || (rms_interval_parse(param, &r) == RMS_OK && isfinite(r.lo) && isfinite(r.hi));
    if (param->type == RMS_P_STRING || !is_bounded) {
      rms_text_printf(text, "# %s: not tuned, it has no finite range\n", param->name);
      continue;
    }
    add_r_name(text, param->name, strlen(param->name));
    rms_text_printf(text, " \"%s=\" %c%s ", param->name, types[param->type],
                    param->scale && *param->scale ? ",log" : "");
    irace_domain(text, param);
    /* The number of islands is no parameter of the solver: a tuner cannot test it. */
    if (param->when && strncmp(param->when, "islands", rms_condition_name(param->when)) != 0)
      irace_condition(text, param->when);
    rms_text_add(text, "\n");
  }
}
