/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Settings "key=value,..." and whole parameter tables from hostile bytes: what is accepted must
 * print to a text that reads back to itself; what is refused must say why. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "solvers/params.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct rms_param table[] = {
    {"population", RMS_P_INT, "64", "[2,1e6]", "log", NULL, "1", "Plans that live at a time."},
    {"rate", RMS_P_REAL, "0.10", "(0,1]", "", NULL, "1", "Chance of a mutation."},
    {"kind", RMS_P_ENUM, "b", "a|b|two-words", NULL, NULL, NULL, "Which of the three it is."},
    {"on", RMS_P_BOOL, "true", NULL, NULL, NULL, NULL, "Keep the best one."},
    {"note", RMS_P_STRING, "", NULL, NULL, "kind=a", NULL, "Any words."},
    {"free", RMS_P_REAL, "-3", NULL, NULL, NULL, "s", "A number without a range."},
    {.name = NULL}};

static void check(int is_good)
{
  if (!is_good) abort();
}

static void settings(const struct rms_param *params, const char *text)
{
  static struct rms_values first, second;
  struct rms_error err = {0};
  struct rms_text one = {0}, two = {0};
  if (rms_values_parse(&first, params, text, &err) < 0) {
    check(err.status == RMS_E_PARAM && err.text[0]);
    return;
  }
  rms_values_text(&one, params, &first);
  if (first.n > 0 && !rms_text_status(&one)) {
    check(rms_values_parse(&second, params, one.data, &err) == RMS_OK);
    rms_values_text(&two, params, &second);
    check(strcmp(one.data, two.data) == 0);
  }
  rms_text_fini(&one);
  rms_text_fini(&two);
}

/* Input: lines "name", type digit, default, range, scale, when, settings. */
static void tables(char *text)
{
  char *part[7];
  for (int i = 0; i < 7; i++) {
    part[i] = text;
    if (text) text = strchr(text, '\n');
    if (text) *text++ = '\0';
  }
  if (!part[6]) return;
  struct rms_param params[2] = {{part[0], (enum rms_param_type)(part[1][0] - '0'), part[2],
                                 *part[3] ? part[3] : NULL, part[4], *part[5] ? part[5] : NULL, "1",
                                 "Any."}};
  struct rms_error err = {0};
  if (rms_params_check(params, &err) < 0) {
    check(err.text[0] != '\0');
    return;
  }
  struct rms_text out = {0};
  rms_params_help(&out, params);
  rms_params_irace(&out, params);
  rms_text_fini(&out);
  settings(params, "");
  settings(params, part[6]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  if (size > 4096) return 0;
  char *text = malloc(size + 1);
  if (!text) return 0;
  memcpy(text, data, size);
  text[size] = '\0';
  settings(table, text);
  tables(text);
  free(text);
  return 0;
}
