/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "instances/picture.h"
#include "instances/serve/draw.h"
#include "instances/serve/plan.h"
#include "ledger.h"
#include "placement_fixture.h"
#include "svg_fixture.h"

#define INSTANCE "tests/golden/show_instance.json"
#define PLAN     "tests/golden/show_plan.json"

static size_t letters_of(const char *line, size_t n)
{
  size_t letters = 0;
  for (size_t i = 0; i < n; i++) letters += (line[i] & 0xC0) != 0x80;
  return letters;
}

/* No line is wider, none ends in a blank. */
static void is_within(const char *text, size_t columns)
{
  for (size_t n; *text; text += n + (text[n] == '\n')) {
    n = strcspn(text, "\n");
    if (letters_of(text, n) > columns) fail_msg("%zu columns: %.*s", columns, (int)n, text);
    assert_false(n && text[n - 1] == ' ');
  }
}

static void is_ascii(const char *text)
{
  for (; *text; text++)
    if ((unsigned char)*text >= 0x7f || ((unsigned char)*text < ' ' && *text != '\n'))
      fail_msg("byte %d", (unsigned char)*text);
}

static void test_a_picture_in_full(void **state)
{
  (void)state;
  static const char expected[] = "two & one\n"
                                 "\n"
                                 "a30-24gb\n"
                                 "    0        1        2        3        4\n"
                                 "    +-----------------+        +--------+\n"
                                 "3 x | 2g.12gb         |........| 1g.6gb |\n"
                                 "    | <ranker>        |        | idle   |\n"
                                 "    | 49%             |        |        |\n"
                                 "    +-----------------+        +--------+\n"
                                 "\n"
                                 "<ranker>  demand 1\n"
                                 "\n"
                                 "the end\n";
  struct rms_machine *machine = machine_of("a30-24gb");
  const struct rms_picture_slice slices[] = {
      {{(uint16_t)rms_machine_profile(machine, "2g"), 0}, 0, 0.4999},
      {{(uint16_t)rms_machine_profile(machine, "1g"), 3}, RMS_PICTURE_IDLE, NAN}};
  const struct rms_picture_row row = {
      .machine = machine, .label = "3 ×", .n_slices = 2, .slices = slices};
  const struct rms_picture_series series = {"<ranker>", "demand 1"};
  const char *line = "the end";
  const struct rms_picture picture = {.title = "two & one",
                                      .n_rows = 1,
                                      .rows = &row,
                                      .n_series = 1,
                                      .series = &series,
                                      .n_lines = 1,
                                      .lines = &line};
  struct rms_picture_style style = {.ascii = true, .columns = 42};
  struct rms_text text = {0};
  assert_int_equal(rms_picture_text(&picture, &style, &text), 0);
  assert_string_equal(text.data, expected);

  rms_text_clear(&text);
  style.colour = true;
  assert_int_equal(rms_picture_text(&picture, &style, &text), 0);
  assert_int_equal(count_of(text.data, "\033[48;5;214"), 4); /* three lines and the legend */
  assert_int_equal(count_of(text.data, "\033[0m"), 4);

  rms_text_clear(&text);
  assert_int_equal(rms_picture_svg(&picture, &text), 0);
  is_svg(text.data);
  assert_non_null(strstr(text.data, "two &amp; one"));
  assert_non_null(strstr(text.data, "<title>2g.12gb at 0: &lt;ranker&gt;, 49% used</title>"));
  rms_text_fini(&text);
  rms_machine_free(machine);
}

static void test_all_machines_at_all_widths(void **state)
{
  (void)state;
  static const int columns[] = {-5, 1, 40, 41, 57, 80, 100, 132, 200, 100000};
  const char *name;
  for (size_t i = 0; (name = i ? rms_machine_builtin_name(i - 1) : "tests/golden/fpga.json"); i++) {
    struct rms_machine *machine = machine_of(name);
    struct rms_arena *arena = rms_arena_new();
    struct rms_picture picture = {0};
    struct rms_text text = {0};
    const struct rms_rules *rules = &machine->rules[machine->default_rules];
    assert_int_equal(rms_picture_of_machine(&picture, arena, machine, rules, UINT32_MAX, NULL), 0);
    assert_int_equal(picture.n_rows > 0, machine->is_usable);
    for (size_t k = 0; k < sizeof columns / sizeof *columns; k++) {
      const struct rms_picture_style style = {.ascii = k & 1, .columns = columns[k]};
      rms_text_clear(&text);
      assert_int_equal(rms_picture_text(&picture, &style, &text), 0);
      is_within(text.data, columns[k] < 40 ? 40 : columns[k] > 200 ? 200 : (size_t)columns[k]);
      if (k & 1) is_ascii(text.data);
    }
    rms_text_clear(&text);
    assert_int_equal(rms_picture_svg(&picture, &text), 0);
    is_svg(text.data);
    rms_text_fini(&text);
    rms_arena_free(arena);
    rms_machine_free(machine);
  }
}

static void test_slices_off_the_axis(void **state)
{
  (void)state;
  struct rms_machine *machine = machine_of("a100-80gb");
  const struct rms_picture_slice slices[] = {{{99, 0}, 0, 2},   {{6, 3}, 0, -1},
                                             {{0, 8}, 0, 0},    {{0, UINT16_MAX}, 0, 0.5},
                                             {{6, 63}, 0, 0.5}, {{0, 7}, 0, INFINITY}};
  const struct rms_picture_row row = {.machine = machine, .n_slices = 6, .slices = slices};
  const struct rms_picture_series series = {"", NULL};
  const struct rms_picture picture = {.n_rows = 1, .rows = &row, .n_series = 1, .series = &series};
  const struct rms_picture_style style = {.columns = 80, .colour = true};
  struct rms_text text = {0};
  assert_int_equal(rms_picture_text(&picture, &style, &text), 0);
  rms_text_clear(&text);
  assert_int_equal(rms_picture_svg(&picture, &text), 0);
  is_svg(text.data);
  rms_text_fini(&text);
  rms_machine_free(machine);
}

/* ---- plans --------------------------------------------------------------------------------------
 */

static struct rms_instance *open_instance(void)
{
  struct rms_instance *inst = NULL;
  struct rms_error err = {0};
  if (rms_instance_open(&inst, INSTANCE, &err)) fail_msg("%s", err.text);
  return inst;
}

static void test_a_plan(void **state)
{
  (void)state;
  struct rms_instance *inst = open_instance();
  struct rms_text text = {0};
  struct rms_claim claim;
  void *bytes = NULL;
  size_t n = 0;
  assert_int_equal(inst->family->plan_read(inst, PLAN, &bytes, &n, &claim, NULL), 0);
  assert_int_equal(inst->family->draw_text(inst, bytes, n, false, 100, &text, NULL), 0);
  is_within(text.data, 100);
  assert_non_null(strstr(text.data, "2 × │ 4g.40gb"));
  assert_non_null(
      strstr(text.data, "total: 4 machines in 3 groups, cost 5; 13 slices, 2 of them idle"));
  /* 660 of 2 x 351.2; 41.5 of 2 x 9.5 + 40; 1200 of 6 x 210 */
  assert_non_null(strstr(text.data, "uses 660 of 702.4 (93.96%)"));
  assert_non_null(strstr(text.data, "uses 41.5 of 59 (70.34%)"));
  assert_non_null(strstr(text.data, "uses 1200 of 1260 (95.24%)"));
  rms_text_clear(&text);
  assert_int_equal(inst->family->draw_svg(inst, bytes, n, NULL, &text, NULL), 0);
  is_svg(text.data);
  assert_int_equal(count_of(text.data, "<g>"), 3 + 5 + 2);
  rms_text_clear(&text);
  assert_int_equal(inst->family->draw_text(inst, NULL, 0, false, 60, &text, NULL), 0);
  is_within(text.data, 60);
  assert_non_null(strstr(text.data, "instance: 3 services, 2 pools"));
  rms_text_fini(&text);
  free(bytes);
  rms_instance_free(inst);
}

static void test_a_long_plan_is_cut(void **state)
{
  (void)state;
  struct rms_instance *inst = open_instance();
  struct rms_serve_plan plan = {0};
  struct rms_text bytes = {0}, text = {0};
  for (int g = 0; g < RMS_SERVE_DRAW_TEXT_GROUPS + 7; g++) {
    const struct rms_serve_slice slice = {.profile = 0, .start = (uint16_t)(g % 7), .service = 0};
    assert_int_equal(rms_serve_plan_add(&plan, 0, 10 + g, &slice, 1), 0);
  }
  assert_int_equal(rms_serve_plan_encode(&plan, &bytes), 0);
  assert_int_equal(rms_serve_draw_text(inst, bytes.data, bytes.length, false, 80, &text, NULL), 0);
  assert_int_equal(count_of(text.data, "│ 1g.10gb"), RMS_SERVE_DRAW_TEXT_GROUPS);
  assert_non_null(
      strstr(text.data, "7 more groups of 231 machines in all are not drawn")); /* 30..36 */
  rms_text_fini(&text);
  rms_text_fini(&bytes);
  rms_serve_plan_fini(&plan);
  rms_instance_free(inst);
}

static void test_hostile_plans_are_refused(void **state)
{
  (void)state;
  static const struct {
    uint32_t pool;
    int64_t count;
    struct rms_serve_slice slice;
  } hostile[] = {
      {2, 1, {0, 0, 0}}, {UINT32_MAX, 1, {0, 0, 0}}, {0, 1, {7, 0, 0}}, {0, 1, {0, 0, 3}}};
  struct rms_instance *inst = open_instance();
  for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
    struct rms_serve_plan plan = {0};
    struct rms_text bytes = {0}, text = {0};
    struct rms_error err = {0};
    assert_int_equal(
        rms_serve_plan_add(&plan, hostile[i].pool, hostile[i].count, &hostile[i].slice, 1), 0);
    assert_int_equal(rms_serve_plan_encode(&plan, &bytes), 0);
    assert_int_equal(rms_serve_draw_text(inst, bytes.data, bytes.length, false, 80, &text, &err),
                     RMS_E_FORMAT);
    assert_non_null(strstr(err.text, "group 0"));
    assert_int_equal(rms_serve_draw_svg(inst, bytes.data, bytes.length / 2, NULL, &text, &err),
                     RMS_E_FORMAT);
    assert_int_equal(text.length, 0);
    rms_text_fini(&text);
    rms_text_fini(&bytes);
    rms_serve_plan_fini(&plan);
  }
  rms_instance_free(inst);
}

static void test_failing_allocations(void **state)
{
  (void)state;
  struct rms_instance *inst = open_instance();
  struct rms_claim claim;
  void *bytes = NULL;
  size_t n = 0;
  assert_int_equal(inst->family->plan_read(inst, PLAN, &bytes, &n, &claim, NULL), 0);
  for (int which = 0; which < 3; which++) {
    for (long k = 1;; k++) {
      struct rms_text text = {0};
      struct rms_error err = {0};
      long live = rms_ledger_live();
      rms_ledger_fail_at(k);
      int status = which == 2
                       ? rms_serve_draw_svg(inst, bytes, n, NULL, &text, &err)
                       : rms_serve_draw_text(inst, which ? bytes : NULL, n, true, 80, &text, &err);
      bool failed = rms_ledger_has_failed();
      rms_ledger_fail_at(0);
      rms_text_fini(&text);
      assert_int_equal(rms_ledger_live(), live);
      if (failed) {
        assert_int_equal(status, RMS_E_NOMEM);
        assert_int_equal(err.status, RMS_E_NOMEM);
        continue;
      }
      assert_int_equal(status, 0);
      break;
    }
  }
  free(bytes);
  rms_instance_free(inst);
  assert_int_equal(rms_ledger_live(), 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_a_picture_in_full),   cmocka_unit_test(test_all_machines_at_all_widths),
      cmocka_unit_test(test_slices_off_the_axis), cmocka_unit_test(test_a_plan),
      cmocka_unit_test(test_a_long_plan_is_cut),  cmocka_unit_test(test_hostile_plans_are_refused),
      cmocka_unit_test(test_failing_allocations),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
