/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "instances/base/rng.h"
#include "ledger_fixture.h"
#include "solvers/params.h"

static const struct rms_param table[] = {
    {"population", RMS_P_INT, "64", "[2,1e6]", "log", NULL, "1", "Plans that live at a time."},
    {"rate", RMS_P_REAL, "0.10", "(0,1]", "", NULL, "1", "Chance of a mutation."},
    {"kind", RMS_P_ENUM, "b", "a|b|two-words", NULL, NULL, NULL, "Which of the three it is."},
    {"elitist", RMS_P_BOOL, "true", NULL, NULL, NULL, NULL, "Keep the best one."},
    {"note", RMS_P_STRING, "", NULL, NULL, "kind=a", NULL, "Any words."},
    {"free", RMS_P_REAL, "-3", NULL, NULL, "population>=4", "s", "A number without a range."},
    {"at_least", RMS_P_INT, "5", "(0,inf)", NULL, NULL, NULL, "A number without an upper end."},
    {.name = NULL}};

static void parse(struct rms_values *values, const char *text)
{
  struct rms_error err = {0};
  if (rms_values_parse(values, table, text, &err) < 0) fail_msg("\"%s\": %s", text, err.text);
}

static void expect_error(const char *text, const char *words)
{
  struct rms_error err = {0};
  struct rms_values values = {.n = 12345};
  assert_int_equal(rms_values_parse(&values, table, text, &err), RMS_E_PARAM);
  assert_int_equal(err.status, RMS_E_PARAM);
  assert_int_equal(values.n, 12345); /* untouched */
  if (!strstr(err.text, words)) fail_msg("\"%s\" says \"%s\", not \"%s\"", text, err.text, words);
}

static void defaults_are_filled_in(void **state)
{
  (void)state;
  struct rms_values values;
  parse(&values, NULL);
  assert_int_equal(values.n, 7);
  assert_string_equal(values.list[0], "64");
  assert_string_equal(values.list[1], "0.1"); /* canonical, not as written in the table */
  assert_string_equal(values.list[3], "yes");
  assert_string_equal(values.list[4], "");
  assert_ptr_equal(values.list[6], values.text[6]);
  parse(&values, "");
  assert_string_equal(values.list[0], "64");
  assert_int_equal(rms_values_parse(&values, NULL, "", NULL), RMS_OK);
  assert_int_equal(values.n, 0);
}

static void equal_settings_have_equal_text(void **state)
{
  (void)state;
  static const char *const same[][2] = {{"population=1000000", "population=1e6"},
                                        {"rate=0.5", "rate=5e-1"},
                                        {"rate=0.25", "rate=2.50e-1"},
                                        {"free=0", "free=-0"},
                                        {"elitist=no", "elitist=0"},
                                        {"elitist=on", "elitist=true"},
                                        {"rate=1,kind=a", "kind=a,rate=1.0"}};
  for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
    struct rms_values a, b;
    struct rms_error err = {0};
    parse(&a, same[i][0]);
    if (rms_values_parse(&b, table, same[i][1], &err) < 0)
      continue; /* a spelling that is refused */
    for (size_t k = 0; k < a.n; k++) assert_string_equal(a.list[k], b.list[k]);
  }
}

static void bad_values_name_the_parameter(void **state)
{
  (void)state;
  expect_error("population=1", "parameter \"population\": is \"1\", must be an integer in [2,1e6]");
  expect_error("population=1000001", "\"population\"");
  expect_error("population=", "\"population\"");
  expect_error("population=2.5", "\"population\"");
  expect_error("population= 4", "\"population\"");
  expect_error("population=4 ", "\"population\"");
  expect_error("population=0x10", "\"population\"");
  expect_error("population=99999999999999999999", "\"population\"");
  expect_error("rate=0", "parameter \"rate\": is \"0\", must be a number in (0,1]");
  expect_error("rate=1.0000001", "\"rate\"");
  expect_error("rate=nan", "\"rate\"");
  expect_error("rate=inf", "\"rate\"");
  expect_error("rate=many", "\"rate\"");
  expect_error("kind=c", "must be one of a|b|two-words");
  expect_error("kind=", "\"kind\"");
  expect_error("kind=a|b", "\"kind\"");
  expect_error("kind=two", "\"kind\"");
  expect_error("elitist=maybe", "must be yes or no");
  expect_error("at_least=0", "\"at_least\"");
  expect_error("note=a\tb", "\"note\"");
  expect_error("populatoin=4", "nearest is \"population\"");
  expect_error("rate=1,rate=1", "given twice");
  expect_error("rate", "must be key=value");
  expect_error("=4", "must be key=value");
  expect_error("rate=1,", "after the last comma");
  expect_error(",rate=1", "must be key=value");
  char longer[400] = "note=";
  memset(longer + 5, 'x', sizeof longer - 6);
  longer[sizeof longer - 1] = '\0';
  expect_error(longer, "bytes");
  longer[5 + RMS_PARAM_TEXT] = '\0';
  expect_error(longer, "\"note\"");
  longer[5 + RMS_PARAM_TEXT - 1] = '\0';
  struct rms_values values;
  parse(&values, longer);
  assert_int_equal(strlen(values.list[4]), RMS_PARAM_TEXT - 1);
  assert_int_equal(rms_values_parse(&values, NULL, "a=1", NULL), RMS_E_PARAM);
}

static void print_is_the_inverse_of_read(void **state)
{
  (void)state;
  struct rms_rng rng = {.key = {7, 7}, .purpose = RMS_PURPOSE_ANALYSIS};
  static const char *const words[] = {"a", "b", "two-words"};
  for (int round = 0; round < 2000; round++) {
    char text[512];
    struct rms_text first = {0}, second = {0};
    struct rms_values a, b;
    snprintf(text, sizeof text, "rate=%.17g,free=%.17g,population=%d,elitist=%s,note=x=%d;,kind=%s",
             rms_rng_unit(&rng), rms_rng_normal(&rng, 0, 1e9), 2 + (int)rms_rng_below(&rng, 1000),
             rms_rng_below(&rng, 2) ? "yes" : "off", round, words[rms_rng_below(&rng, 3)]);
    parse(&a, text);
    rms_values_text(&first, table, &a);
    parse(&b, first.data);
    rms_values_text(&second, table, &b);
    assert_string_equal(first.data, second.data);
    for (size_t i = 0; i < a.n; i++) assert_string_equal(a.list[i], b.list[i]);
    rms_text_fini(&first);
    rms_text_fini(&second);
  }
}

static void text_is_sorted_and_complete(void **state)
{
  (void)state;
  struct rms_values values, copy;
  struct rms_text text = {0};
  parse(&values, "rate=1,population=7");
  rms_values_text(&text, table, &values);
  assert_string_equal(text.data, "at_least=5,elitist=yes,free=-3,kind=b,note=,population=7,rate=1");
  rms_text_fini(&text);
  copy = values;
  rms_values_link(&copy);
  assert_ptr_equal(copy.list[0], copy.text[0]);
}

static void values_are_read_by_type(void **state)
{
  (void)state;
  struct rms_values values;
  parse(&values, "rate=0.125,population=1e6,elitist=no,kind=two-words,note=hm");
  assert_int_equal(rms_value_int(table, values.list, "population"), 1000000);
  assert_true(rms_value_real(table, values.list, "rate") == 0.125);
  assert_false(rms_value_bool(table, values.list, "elitist"));
  assert_string_equal(rms_value_text(table, values.list, "kind"), "two-words");
  assert_string_equal(rms_value_text(table, values.list, "note"), "hm");
  assert_int_equal(rms_params_index(table, "note"), 4);
  assert_int_equal(rms_params_index(table, "no"), -1);
  assert_int_equal(rms_params_count(table), 7);
  assert_int_equal(rms_params_count(NULL), 0);
}

#define DOC "A sentence."
static void illegal_tables_are_refused(void **state)
{
  (void)state;
  static const struct {
    struct rms_param param;
    const char *words;
  } cases[] = {
      {{"Big", RMS_P_INT, "1", NULL, "", NULL, "1", DOC}, "small letter"},
      {{"", RMS_P_INT, "1", NULL, "", NULL, "1", DOC}, "small letter"},
      {{"a", (enum rms_param_type)9, "1", NULL, "", NULL, "1", DOC}, "type 9"},
      {{"a", RMS_P_INT, NULL, NULL, "", NULL, "1", DOC}, "no default"},
      {{"a", RMS_P_INT, "5", "[6,7]", "", NULL, "1", DOC}, "default: "},
      {{"a", RMS_P_INT, "6", "[6;7]", "", NULL, "1", DOC}, "range"},
      {{"a", RMS_P_INT, "6", "[6,7", "", NULL, "1", DOC}, "range"},
      {{"a", RMS_P_INT, "6", "[7,6]", "", NULL, "1", DOC}, "range"},
      {{"a", RMS_P_INT, "6", "(6,6]", "", NULL, "1", DOC}, "range"},
      {{"a", RMS_P_INT, "6", "[6, 7]", "", NULL, "1", DOC}, "range"},
      {{"a", RMS_P_INT, "6", "[6,7.5]", "", NULL, "1", DOC}, "range"},
      {{"a", RMS_P_INT, "6", "[6,inf]", "", NULL, "1", DOC}, "range"},
      {{"a", RMS_P_INT, "6", "[,7]", "", NULL, "1", DOC}, "range"},
      {{"a", RMS_P_REAL, "6", "[nan,7]", "", NULL, "1", DOC}, "range"},
      {{"a", RMS_P_ENUM, "x", NULL, "", NULL, "1", DOC}, "needs a range"},
      {{"a", RMS_P_ENUM, "x", "x|x", "", NULL, "1", DOC}, "word 1"},
      {{"a", RMS_P_ENUM, "x", "x||y", "", NULL, "1", DOC}, "word 2"},
      {{"a", RMS_P_BOOL, "yes", "yes|no", "", NULL, "1", DOC}, "no range"},
      {{"a", RMS_P_INT, "6", "[0,7]", "log", NULL, "1", DOC}, "log"},
      {{"a", RMS_P_INT, "6", "[1,7]", "lin", NULL, "1", DOC}, "scale"},
      {{"a", RMS_P_INT, "6", NULL, "", "b=1", "1", DOC}, "unknown \"b\""},
      {{"a", RMS_P_INT, "6", NULL, "", "a", "1", DOC}, "condition"},
      {{"a", RMS_P_INT, "6", NULL, "", "a=", "1", DOC}, "condition"},
      {{"a", RMS_P_INT, "6", NULL, "", "a=<1", "1", DOC}, "condition"},
      {{"a", RMS_P_INT, "6", NULL, "", NULL, "1", NULL}, "doc"},
      {{"a", RMS_P_INT, "6", NULL, "", NULL, "1", "No full stop"}, "doc"},
      {{"a", RMS_P_INT, "6", NULL, "", NULL, "1", "Two\nlines."}, "doc"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct rms_param params[2] = {cases[i].param};
    struct rms_error err = {0};
    if (rms_params_check(params, &err) != RMS_E_PARAM || !strstr(err.text, cases[i].words))
      fail_msg("case %zu: \"%s\", not \"%s\"", i, err.text, cases[i].words);
  }
  struct rms_error err = {0};
  const struct rms_param twice[3] = {table[3], table[3]};
  assert_int_equal(rms_params_check(twice, &err), RMS_E_PARAM);
  assert_non_null(strstr(err.text, "declared twice"));
  struct rms_param many[RMS_PARAMS_MAX + 2] = {{0}};
  for (size_t i = 0; i <= RMS_PARAMS_MAX; i++) many[i] = table[3];
  assert_int_equal(rms_params_check(many, &err), RMS_E_PARAM);
  assert_int_equal(rms_params_check(table, NULL), RMS_OK);
  assert_int_equal(rms_params_check(NULL, NULL), RMS_OK);
}

static void help_and_tuner_file(void **state)
{
  (void)state;
  struct rms_text text = {0};
  rms_params_help(&text, table);
  assert_non_null(strstr(text.data, "  population=64   integer in [2,1e6], log scale\n"
                                    "      Plans that live at a time.\n"));
  assert_non_null(strstr(text.data, "  elitist=true   yes | no\n"));
  assert_non_null(strstr(text.data, "  free=-3   number s, when population>=4\n"));
  rms_text_clear(&text);
  rms_params_irace(&text, table);
  assert_string_equal(text.data, "# name switch type range [| condition]\n"
                                 "population \"population=\" i,log (2, 1e+06)\n"
                                 "rate \"rate=\" r (0.0001, 1)\n"
                                 "kind \"kind=\" c (a, b, two-words)\n"
                                 "elitist \"elitist=\" c (no, yes)\n"
                                 "# note: not tuned, it has no finite range\n"
                                 "# free: not tuned, it has no finite range\n"
                                 "# at_least: not tuned, it has no finite range\n");
  rms_text_clear(&text);
  const struct rms_param pair[3] = {table[2],
                                    {"in-b", RMS_P_INT, "1", "[0,9)", NULL, "kind=b", NULL, DOC}};
  rms_params_irace(&text, pair);
  assert_non_null(strstr(text.data, "in_b \"in-b=\" i (0, 8) | kind == \"b\"\n"));
  rms_text_fini(&text);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(defaults_are_filled_in),
      cmocka_unit_test(equal_settings_have_equal_text),
      cmocka_unit_test(bad_values_name_the_parameter),
      cmocka_unit_test(print_is_the_inverse_of_read),
      cmocka_unit_test(text_is_sorted_and_complete),
      cmocka_unit_test(values_are_read_by_type),
      cmocka_unit_test(illegal_tables_are_refused),
      cmocka_unit_test(help_and_tuner_file),
      cmocka_unit_test(nothing_is_left_behind),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
