/* SPDX-License-Identifier: GPL-3.0-or-later */
/* HTML, the tables of facts and faults, and whole reports of hand-made runs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <math.h>

#include "analysis/facts.h"
#include "analysis/faults.h"
#include "analysis/html.h"
#include "analysis/report.h"
#include "html_fixture.h"
#include "ledger.h"
#include "run_fixture.h"

static const char hostile[] =
    "<script>alert('1')</script>\"><img src=x onerror=\"x()\"> & \xff\x01";

/* ---- HTML --------------------------------------------------------------------------------------
 */

static void nothing_gets_in_unescaped(void **state)
{
  (void)state;
  struct rms_text text = {0};
  rms_html_text(&text, "a<b>&\"c'\n\x01\xff\xc3\xa4\xf0\x9f\x98\x80\x7f");
  assert_string_equal(text.data, "a&lt;b&gt;&amp;&quot;c&#39; \xef\xbf\xbd\xef\xbf\xbd"
                                 "\xc3\xa4\xf0\x9f\x98\x80\xef\xbf\xbd");
  rms_text_clear(&text);
  rms_html_element(&text, "p class=\"note\"", "<b>");
  assert_string_equal(text.data, "<p class=\"note\">&lt;b&gt;</p>\n");
  rms_text_clear(&text);
  rms_html_text(&text, "\xe2\x82"); /* cut in the middle of a character */
  assert_string_equal(text.data, "\xef\xbf\xbd\xef\xbf\xbd");
  rms_text_fini(&text);
}

static struct rms_table *table_of(const char *name, size_t rows)
{
  struct rms_table *table = NULL;
  assert_int_equal(rms_table_new(&table, name), 0);
  assert_int_equal(rms_table_column(table, name, name, "", true), 0);
  assert_int_equal(rms_table_column(table, "gap", "gap_mean", "%", false), 0);
  for (size_t i = 0; i < rows; i++) {
    assert_int_equal(rms_table_row(table), 0);
    assert_int_equal(rms_table_set(table, 0, NAN, "%s", name), 0);
    assert_int_equal(rms_table_set(table, 1, 0.25, "%.2f", 0.25), 0);
  }
  assert_int_equal(rms_table_note(table, "%s", name), 0);
  return table;
}

static void a_table_has_caption_heads_and_scopes(void **state)
{
  (void)state;
  struct rms_text text = {0};
  struct rms_table *table = table_of("x", 1);
  assert_int_equal(rms_table_render(table, RMS_TABLE_HTML, &text), 0);
  assert_string_equal(
      text.data,
      "<table>\n<caption>x</caption>\n<thead><tr><th scope=\"col\" title=\"x\">x</th>"
      "<th scope=\"col\" class=\"n\" title=\"gap_mean\">gap [%]</th></tr></thead>\n<tbody>\n"
      "<tr><th scope=\"row\">x</th><td class=\"n\">0.25</td></tr>\n</tbody>\n</table>\n"
      "<ul class=\"notes\">\n<li>x</li>\n</ul>\n");
  rms_table_free(table);
  rms_text_clear(&text);
  table = table_of(hostile, 7);
  rms_html_table(&text, table, hostile, 5);
  rms_html_notes(&text, table);
  is_html(text.data);
  are_entities(text.data);
  assert_null(strstr(text.data, "<script"));
  assert_null(strstr(text.data, "<img"));
  assert_int_equal(count_of(text.data, "<tr>"), 7); /* head, 5, and the one that counts the rest */
  assert_non_null(strstr(text.data, "and 2 more rows"));
  rms_table_free(table);
  rms_text_fini(&text);
}

static void pictures_keep_their_ids_apart(void **state)
{
  (void)state;
  static const char svg[] = "<svg xmlns=\"s\"><clipPath id=\"a\"/><g clip-path=\"url(#a)\"><text>"
                            "url(#a) id=\"a\"</text></g></svg>";
  struct rms_text text = {0};
  rms_html_svg(&text, svg, "f1-", "\"<");
  assert_string_equal(text.data,
                      "<svg role=\"img\" aria-label=\"&quot;&lt;\" xmlns=\"s\"><clipPath "
                      "id=\"f1-a\"/><g clip-path=\"url(#f1-a)\"><text>url(#a) id=\"a\"</text></g>"
                      "</svg>");
  rms_text_fini(&text);
}

/* ---- commands ----------------------------------------------------------------------------------
 */

static void words_of_a_shell(void **state)
{
  (void)state;
  struct rms_text text = {0};
  const char *const words[][2] = {
      {"a-b_c.json", "a-b_c.json"}, {"", "''"},           {"a b", "'a b'"},
      {"it's", "'it'\\''s'"},       {"$(rm)", "'$(rm)'"}, {"ga:islands=4,x=1", "ga:islands=4,x=1"}};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
    rms_text_clear(&text);
    rms_shell_word(&text, words[i][0]);
    assert_string_equal(text.data, words[i][1]);
  }
  rms_text_fini(&text);
}

static void a_command_names_everything_that_decides(void **state)
{
  (void)state;
  struct rms_text text = {0};
  struct rms_run run = make_run(1, "my file.json", "ga:islands=2", 10, NAN);
  run.seed = 7;
  run.repeat = 3;
  run.limit_time = 2.5;
  run.limit_cpu = 8;
  run.limit_memory = 1024;
  rms_reproduce_command(&run, &text);
  assert_string_equal(text.data, "rms solve 'my file.json' -s ga:islands=2 --seed 7 --repeat 3 "
                                 "--time 2.5 --memory 1024");
  run.is_work_limited = true;
  run.limit_work = 99;
  run.limit_cpu = 1;
  rms_text_clear(&text);
  rms_reproduce_command(&run, &text);
  assert_string_equal(text.data, "rms solve 'my file.json' -s ga:islands=2 --seed 7 --repeat 3 "
                                 "--work 99 --time 2.5 --cpu 1 --memory 1024");
  rms_text_fini(&text);
}

/* ---- faults ------------------------------------------------------------------------------------
 */

static struct rms_run ended(uint64_t id, const char *solver, enum rms_end end, const char *detail)
{
  struct rms_run run = make_run(id, "a", solver, NAN, NAN);
  run.end = end;
  run.end_detail = detail;
  return run;
}

static const char *cell(const struct rms_table *table, size_t row, const char *key)
{
  for (size_t c = 0; c < table->n_columns; c++)
    if (!strcmp(table->columns[c].key, key)) return table->cells[row * table->n_columns + c].text;
  fail();
  return NULL;
}

static void faults_come_worst_first_with_a_reason(void **state)
{
  (void)state;
  struct rms_run runs[] = {
      make_run(1, "a", "good", 10, NAN),         ended(2, "late", RMS_END_TIMEOUT_WALL, "killed"),
      ended(3, "crash", RMS_END_SIGNAL, "SEGV"), ended(4, "code", RMS_END_EXIT, "exit 12"),
      make_run(5, "a", "denies", NAN, NAN),      make_run(6, "a", "big", NAN, NAN),
      ended(7, "other", RMS_END_UNSUPPORTED, "")};
  runs[1].limit_time = 1;
  runs[4].claim = RMS_CLAIM_INFEASIBLE;
  runs[5].verdict = "unverifiable";
  runs[5].why = "too large";
  struct rms_records records;
  struct rms_comparison *cmp = compare(&records, runs, 7);
  struct rms_table *table = NULL;
  static const char *const expected[][2] = {
      {"denies", "says that there is no plan; the best verified one has 10"},
      {"big", "too large"},
      {"code", "exit 12 after 1 s"},
      {"crash", "killed by signal SEGV after 1 s"},
      {"late", "did not stop at its limit of 1 s, killed after 1 s"}};
  assert_int_equal(rms_faults_table(&table, cmp, NULL, 0), 0);
  assert_int_equal(table->n_rows, 5);
  for (size_t i = 0; i < 5; i++) {
    assert_string_equal(cell(table, i, "solver"), expected[i][0]);
    assert_string_equal(cell(table, i, "why"), expected[i][1]);
  }
  rms_table_free(table);
  assert_int_equal(rms_faults_table(&table, cmp, NULL, 2), 0);
  assert_int_equal(table->n_rows, 2);
  assert_string_equal(table->notes[0], "The first 2 of 5 are shown.");
  rms_table_free(table);

  assert_int_equal(rms_verdicts_table(&table, cmp, NULL), 0);
  assert_int_equal(table->n_rows, 8);
  assert_string_equal(cell(table, 0, "solver"), "denies");
  assert_string_equal(cell(table, 7, "solver"), "all");
  static const char *const sums[][2] = {
      {"n_runs", "7"}, {"n_wrong", "1"},    {"n_unverifiable", "1"},
      {"n_none", "4"}, {"n_feasible", "1"}, {"n_exit", "3"},
      {"n_died", "2"}, {"n_timeout", "1"},  {"n_other", "1"}};
  for (size_t i = 0; i < sizeof sums / sizeof *sums; i++)
    assert_string_equal(cell(table, 7, sums[i][0]), sums[i][1]);
  rms_table_free(table);
  rms_comparison_free(cmp);
}

/* ---- facts -------------------------------------------------------------------------------------
 */

static bool warns(const struct rms_table *table, const char *what)
{
  for (size_t i = 0; i < table->n_notes; i++)
    if (strstr(table->notes[i], what)) return true;
  return false;
}

static struct rms_table *facts_of(struct rms_run *runs, size_t n, const char **launches,
                                  size_t n_launches)
{
  struct rms_table *table = NULL;
  struct rms_error err = {0};
  const struct rms_records records = {
      .n_runs = n, .runs = runs, .n_launches = n_launches, .launches = launches};
  assert_int_equal(rms_facts_table(&table, &records, &err), 0);
  return table;
}

static void facts_and_their_warnings(void **state)
{
  (void)state;
  struct rms_run run = make_run(1, "a", "x", 10, NAN), two[2] = {run, run};
  const char *calm[] = {
      "{\"launch\":\"l\",\"ranks\":1,\"build\":{\"source\":\"v1\",\"kind\":"
      "\"release\"},\"machine\":{\"host\":\"h\",\"cores\":2,\"load\":\"0.1 1 1\"},"
      "\"sweep\":{\"name\":\"s\",\"jobs\":1,\"seed\":5},\"command\":[\"rms\","
      "\"run\"]}"};
  struct rms_table *table = facts_of(&run, 1, calm, 1);
  assert_int_equal(table->n_notes, 0);
  assert_string_equal(table->cells[1].text, "s");
  rms_table_free(table);

  const char *rough[] = {
      "{\"launch\":\"a\",\"build\":{\"source\":\"v1-dirty\",\"kind\":\"debug\"},\"machine\":{"
      "\"host\":\"h\",\"cores\":1,\"load\":\"3.5 1 1\",\"governor\":\"powersave\",\"no_turbo\":"
      "\"0\"},\"sweep\":{\"jobs\":9}}",
      "{\"launch\":\"a\",\"build\":{\"source\":\"v1-dirty\",\"kind\":\"debug\"},\"machine\":{"
      "\"host\":\"h\"}}",
      "{\"launch\":\"b\",\"build\":{\"source\":\"v2\"},\"machine\":{\"host\":\"g\"}}"};
  two[0].wall = 0.001;
  two[0].launch = "a";
  two[1].launch = "b";
  table = facts_of(two, 2, rough, 3);
  assert_true(warns(table, "7 of 9 jobs have no record"));
  assert_true(warns(table, "builds 'v1-dirty debug' and 'v2 '"));
  assert_true(warns(table, "no commit holds"));
  assert_true(warns(table, "of kind debug"));
  assert_true(warns(table, "load 3.50 on 1 cores"));
  assert_true(warns(table, "governor powersave"));
  assert_true(warns(table, "turbo"));
  assert_true(warns(table, "2 ranks shared the 1 cores of h"));
  assert_true(warns(table, "1 of 2 runs took less than 10 ms"));
  rms_table_free(table);
  run.is_work_limited = true; /* nothing is claimed of times */
  table = facts_of(&run, 1, rough, 3);
  assert_false(warns(table, "load"));
  assert_true(warns(table, "no commit holds"));
  rms_table_free(table);
}

/* ---- whole reports -----------------------------------------------------------------------------
 */

static void write(struct rms_text *text, struct rms_run *runs, size_t n)
{
  struct rms_error err = {0};
  const struct rms_records records = {.n_runs = n, .runs = runs};
  const struct rms_report report = {.folder = hostile, .records = &records};
  assert_int_equal(rms_report_write(&report, text, &err), 0);
  is_page(text->data);
}

static void hostile_names_are_only_names(void **state)
{
  (void)state;
  struct rms_text text = {0};
  struct rms_run runs[4];
  for (size_t i = 0; i < 4; i++) {
    runs[i] = make_run(i + 1, hostile, i % 2 ? hostile : "miso", 10 + (double)i, NAN);
    runs[i].group = hostile;
    runs[i].why = hostile;
    runs[i].params = hostile;
    runs[i].version = hostile;
    runs[i].host = hostile;
    runs[i].repeat = (int64_t)i / 2;
  }
  runs[0].end = RMS_END_SIGNAL;
  runs[0].end_detail = hostile;
  runs[1].verdict = "wrong_objective";
  runs[2].family = runs[3].family = hostile;
  write(&text, runs, 4);
  assert_null(strstr(text.data, "<script>alert"));
  assert_null(strstr(text.data, "<img"));
  assert_non_null(strstr(text.data, "&lt;script&gt;alert"));
  rms_text_fini(&text);
}

static void both_kinds_of_limits_have_parts_of_their_own(void **state)
{
  (void)state;
  struct rms_text text = {0};
  struct rms_run runs[] = {make_run(1, "a", "x", 10, NAN), make_run(2, "a", "y", 9, NAN)};
  runs[0].is_work_limited = true;
  write(&text, runs, 2);
  assert_int_equal(count_of(text.data, "<h2 id=\"results"), 2);
  assert_non_null(strstr(text.data, "Results (work-limited runs)"));
  assert_non_null(strstr(text.data, "Results (time-limited runs)"));
  rms_text_fini(&text);
}

/* A run with nothing but a name: every part has its sentence. */
static void what_cannot_be_shown_is_said(void **state)
{
  (void)state;
  struct rms_text text = {0};
  struct rms_run run = make_run(1, "a", "x", NAN, NAN);
  run.end = RMS_END_UNSUPPORTED;
  write(&text, &run, 1);
  static const char *const said[] = {
      "Nothing went wrong",     "No table of proofs", "No table of pairs", "No table over time",
      "No performance profile", "No gap over time",   "No time to target", "No picture"};
  for (size_t i = 0; i < sizeof said / sizeof *said; i++)
    assert_int_equal(count_of(text.data, said[i]), 1);
  rms_text_fini(&text);
}

static void reports_stay_small(void **state)
{
  (void)state;
  enum { GROUPS = 60, INSTANCES = 40, SOLVERS = 5, N = GROUPS * INSTANCES * SOLVERS };
  static char groups[GROUPS][16], names[INSTANCES][16], solvers[SOLVERS][16];
  struct rms_run *const runs = calloc(N, sizeof *runs);
  struct rms_text text = {0};
  assert_non_null(runs);
  for (size_t i = 0; i < N; i++) {
    const size_t g = i / (INSTANCES * SOLVERS), k = i / SOLVERS % INSTANCES, s = i % SOLVERS;
    snprintf(groups[g], sizeof groups[g], "group-%zu", g);
    snprintf(names[k], sizeof names[k], "instance-%zu", k);
    snprintf(solvers[s], sizeof solvers[s], "solver-%zu", s);
    runs[i] = make_run(i + 1, names[k], solvers[s], 10 + (double)(i * 7 % 11), 10);
    runs[i].group = groups[g];
    runs[i].end = i % 3 ? RMS_END_EXIT : RMS_END_SIGNAL;
  }
  write(&text, runs, N);
  assert_true(text.length < 2 << 20);
  assert_non_null(strstr(text.data, "20 more groups are left out here"));
  rms_text_fini(&text);
  free(runs);
}

static void failing_allocations_leave_nothing(void **state)
{
  (void)state;
  struct rms_run runs[] = {make_run(1, "a", "x", 10, NAN), make_run(2, "a", "miso", 9, 9)};
  struct rms_records records = {.n_runs = 2, .runs = runs};
  const struct rms_report report = {.folder = "f", .records = &records};
  struct rms_text whole = {0};
  int status = rms_report_write(&report, &whole, NULL);
  assert_int_equal(status, 0);
  for (long n = 1; n < 100000; n += n < 50 ? 1 : 13) {
    const long before = rms_ledger_live();
    struct rms_text text = {0};
    struct rms_error err = {0};
    rms_ledger_fail_at(n);
    status = rms_report_write(&report, &text, &err);
    const int has_failed = rms_ledger_has_failed();
    rms_ledger_fail_at(0);
    assert_true(status == RMS_E_NOMEM || status == RMS_OK);
    if (status == RMS_OK) assert_string_equal(text.data, whole.data); /* never a page with holes */
    rms_text_fini(&text);
    assert_int_equal(rms_ledger_live(), before);
    if (!has_failed) break;
  }
  assert_int_equal(status, 0);
  rms_text_fini(&whole);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(nothing_gets_in_unescaped),
      cmocka_unit_test(a_table_has_caption_heads_and_scopes),
      cmocka_unit_test(pictures_keep_their_ids_apart),
      cmocka_unit_test(words_of_a_shell),
      cmocka_unit_test(a_command_names_everything_that_decides),
      cmocka_unit_test(faults_come_worst_first_with_a_reason),
      cmocka_unit_test(facts_and_their_warnings),
      cmocka_unit_test(hostile_names_are_only_names),
      cmocka_unit_test(both_kinds_of_limits_have_parts_of_their_own),
      cmocka_unit_test(what_cannot_be_shown_is_said),
      cmocka_unit_test(reports_stay_small),
      cmocka_unit_test(failing_allocations_leave_nothing),
  };
  return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
