/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Comparison of runs and the tables made from it, on hand-made records. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <math.h>

#include "analysis/provenance_check.h"
#include "analysis/stats.h"
#include "analysis/summary.h"
#include "instances/base/json.h"
#include "ledger.h"
#include "run_fixture.h"

static const struct rms_result *find(const struct rms_comparison *cmp, uint64_t id)
{
  for (size_t i = 0; i < cmp->n_results; i++)
    if (cmp->results[i].run->job.low == id) return &cmp->results[i];
  fail_msg("run %llu is missing", (unsigned long long)id);
  return NULL;
}

static void gap_is_paver_with_maximum(void **state)
{
  (void)state;
  assert_true(rms_gap(10, 8) == 0.2 && rms_gap(8, 10) == 0.2);
  assert_true(rms_gap(0, 0) == 0 && rms_gap(-1, 1) == 1);
  assert_true(isnan(rms_gap(NAN, 1)));
  double t[] = {3, 1, 2};
  assert_true(rms_quantile(t, 3, 0.5) == 2);
  assert_true(fabs(rms_shifted_geometric_mean(t, 3, 0) - cbrt(6)) < 1e-12);
  assert_true(isnan(rms_mean(t, 0)) && isnan(rms_maximum(t, 0)) && isnan(rms_quantile(t, 0, 0.5)));
}

static void bounds_round_up_and_prove(void **state)
{
  (void)state;
  struct rms_run runs[] = {make_run(1, "a", "greedy", 10, NAN),
                           make_run(2, "a", "bound", NAN, 9.02)};
  runs[1].proves_bounds = true;
  struct rms_records records;
  struct rms_comparison *cmp = compare(&records, runs, 2);
  assert_int_equal(cmp->n_cases, 1);
  assert_true(cmp->cases[0].best == 10 && cmp->cases[0].bound == 10 && cmp->cases[0].is_proved);
  assert_string_equal(find(cmp, 1)->verdict, "verified_optimal");
  assert_true(find(cmp, 1)->gap_bound == 0);
  rms_comparison_free(cmp);
}

static void bounds_of_heuristics_prove_nothing(void **state)
{
  (void)state;
  struct rms_run runs[] = {make_run(1, "a", "x", 10, 10)};
  struct rms_records records;
  struct rms_comparison *cmp = compare(&records, runs, 1);
  assert_true(isnan(cmp->cases[0].bound) && !cmp->cases[0].is_proved);
  assert_string_equal(find(cmp, 1)->verdict, "verified_feasible");
  rms_comparison_free(cmp);
}

static void refuted_claims_are_wrong(void **state)
{
  (void)state;
  struct rms_run runs[] = {make_run(1, "a", "greedy", 10, NAN), make_run(2, "a", "liar", NAN, 11),
                           make_run(3, "a", "says-no", NAN, NAN),
                           make_run(4, "a", "says-best", 12, NAN)};
  runs[1].proves_bounds = true;
  runs[2].claim = RMS_CLAIM_INFEASIBLE;
  runs[3].claim = RMS_CLAIM_OPTIMAL;
  struct rms_records records;
  struct rms_comparison *cmp = compare(&records, runs, 4);
  assert_string_equal(find(cmp, 2)->verdict, "wrong_bound");
  assert_string_equal(find(cmp, 3)->verdict, "wrong_infeasibility");
  assert_string_equal(find(cmp, 4)->verdict, "wrong_bound");
  assert_true(find(cmp, 2)->is_wrong && find(cmp, 3)->is_wrong && find(cmp, 4)->is_wrong);
  assert_false(find(cmp, 1)->is_wrong);
  assert_true(isnan(cmp->cases[0].bound));
  rms_comparison_free(cmp);
}

static void no_mean_over_survivors(void **state)
{
  (void)state;
  struct rms_run runs[] = {make_run(1, "a", "x", 10, NAN), make_run(2, "b", "x", NAN, NAN),
                           make_run(3, "a", "y", 10, NAN), make_run(4, "b", "y", 20, NAN)};
  runs[1].end = RMS_END_SIGNAL;
  runs[1].end_detail = "SEGV";
  struct rms_records records;
  struct rms_table *table = NULL;
  struct rms_text text = {0};
  struct rms_comparison *cmp = compare(&records, runs, 4);
  assert_int_equal(rms_summary_table(&table, cmp, NULL), 0);
  assert_int_equal(rms_table_render(table, RMS_TABLE_TEXT, &text), 0);
  assert_non_null(strstr(text.data, "1/2"));
  assert_non_null(strstr(text.data, "signal:SEGV"));
  assert_non_null(strstr(text.data, "50.00")); /* mean of 0 and the penalty */
  assert_true(strstr(text.data, "\ny ") < strstr(text.data, "\nx "));
  rms_text_fini(&text);
  rms_table_free(table);
  rms_comparison_free(cmp);
}

typedef int table_fn(struct rms_table **, const struct rms_comparison *, const char *);

static void heads_with(table_fn *make, const struct rms_comparison *cmp, const char *heading)
{
  struct rms_table *table = NULL;
  struct rms_text text = {0};
  assert_int_equal(make(&table, cmp, NULL), 0);
  assert_int_equal(rms_table_render(table, RMS_TABLE_TEXT, &text), 0);
  if (!strstr(text.data, heading)) fail_msg("no '%s' in\n%s", heading, text.data);
  rms_text_fini(&text);
  rms_table_free(table);
}

/* Headings are the family's; two families in one table have no name in common. */
static void objectives_have_the_name_of_their_family(void **state)
{
  (void)state;
  static const struct {
    const char *families[2], *summary, *runs, *matrix;
  } rows[] = {
      {{"serve", "serve"}, "machines (cost) [mean]", "machines (cost) ", "machines (cost) of the"},
      {{"jobs", "jobs"}, "mean JCT [s]", "mean JCT [s]  its bound [s]", "mean JCT, s of the"},
      {{"serve", "jobs"}, "objective [mean]", "objective  its bound ", "objective of the"}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct rms_run runs[] = {make_run(1, "a", "x", 10, NAN), make_run(2, "b", "x", 12, NAN)};
    struct rms_records records;
    for (size_t k = 0; k < 2; k++) runs[k].family = rows[i].families[k];
    struct rms_comparison *cmp = compare(&records, runs, 2);
    heads_with(rms_summary_table, cmp, rows[i].summary);
    heads_with(rms_runs_table, cmp, rows[i].runs);
    heads_with(rms_matrix_table, cmp, rows[i].matrix);
    rms_comparison_free(cmp);
  }
}

/* After 1 s: 12 and 10 of an optimum of 10; after 5 s both; the third run ends too early to say
 * anything about 5 s, the fourth has no CPU times, the fifth no plan. */
static void gaps_at_times(void **state)
{
  (void)state;
  const struct rms_trace_point late[] = {{.objective = 12, .bound = NAN, .cpu = 0.5},
                                         {.objective = 10, .bound = NAN, .cpu = 3}};
  const struct rms_trace_point early[] = {{.objective = 10, .bound = 10, .cpu = 0.5}};
  const struct rms_trace_point old[] = {{.objective = 10, .bound = NAN, .cpu = NAN}};
  struct rms_run runs[] = {make_run(1, "a", "x", 10, NAN),  make_run(2, "b", "x", 10, NAN),
                           make_run(3, "c", "x", 10, NAN),  make_run(4, "d", "x", 10, NAN),
                           make_run(5, "e", "x", NAN, NAN), make_run(6, "a", "p", 10, 10),
                           make_run(7, "b", "p", 10, 10),   make_run(8, "c", "p", 10, 10),
                           make_run(9, "d", "p", 10, 10),   make_run(10, "e", "p", 10, 10)};
  const struct rms_trace_point *const traces[] = {late, early, early, old};
  for (size_t i = 0; i < 10; i++) {
    runs[i].limit_cpu = runs[i].limit_time = i == 2 ? 2 : 60;
    runs[i].proves_bounds = i >= 5;
    runs[i].trace = i < 4 ? traces[i] : early;
    runs[i].n_trace = i == 0 ? 2 : i == 4 ? 0 : 1;
  }
  struct rms_records records;
  struct rms_table *table = NULL;
  struct rms_text text = {0};
  struct rms_comparison *cmp = compare(&records, runs, 10);
  const double times[] = {1, 5};
  assert_int_equal(rms_anytime_table(&table, cmp, NULL, times, 2), 0);
  assert_int_equal(rms_table_render(table, RMS_TABLE_CSV, &text), 0);
  assert_non_null(strstr(text.data, "p,5,5,5,0,0,5,5,0,0\n"));
  /* gaps after 1 s: 2/12, 0, 0, 1; after 5 s: 0, 0, 1 */
  assert_non_null(strstr(text.data, "x,5,4,2,8.33333333333333"));
  assert_non_null(strstr(text.data, ",100,3,2,0,100\n"));
  rms_text_fini(&text);
  rms_table_free(table);
  rms_comparison_free(cmp);
}

static void sets_and_cells_are_groups(void **state)
{
  (void)state;
  struct rms_run runs[] = {make_run(1, "a", "x", 10, NAN), make_run(2, "b", "x", 9, NAN),
                           make_run(3, "c", "x", 9, NAN)};
  runs[0].reference = "serve:set=s,index=0";
  runs[1].reference = "serve:set=s,index=1";
  runs[1].group = "h";
  struct rms_records records = {.n_runs = 3, .runs = runs};
  struct rms_comparison *sets = NULL, *cells = NULL;
  assert_int_equal(rms_compare(&sets, &records, false, RMS_BY_SET), 0);
  assert_int_equal(sets->n_groups, 2);
  assert_string_equal(sets->groups[0], "g"); /* the file keeps its own */
  assert_string_equal(sets->groups[1], "s");
  assert_int_equal(rms_compare(&cells, &records, false, RMS_BY_CELL), 0);
  assert_int_equal(cells->n_groups, 2);
  assert_string_equal(cells->groups[1], "h");
  rms_comparison_free(cells);
  rms_comparison_free(sets);
}

static void modes_never_mix(void **state)
{
  (void)state;
  struct rms_run runs[] = {make_run(1, "a", "x", 10, NAN), make_run(2, "a", "x", 9, NAN)};
  runs[1].is_work_limited = true;
  struct rms_records records;
  struct rms_comparison *cmp = compare(&records, runs, 2);
  assert_int_equal(cmp->n_results, 1);
  assert_true(cmp->cases[0].best == 10);
  rms_comparison_free(cmp);
}

/* What the refusal says; "" when the runs may stand in one table. */
static const char *refusal(const struct rms_records *records, struct rms_error *err)
{
  *err = (struct rms_error){0};
  const int status = rms_records_one_origin(records, err);
  assert_int_equal(status, err->text[0] ? RMS_E_USAGE : RMS_OK);
  if (status) assert_non_null(strstr(err->text, "--mix allows it"));
  return err->text;
}

static void hosts_do_not_mix(void **state)
{
  (void)state;
  struct rms_run runs[] = {make_run(1, "a", "x", 10, NAN), make_run(2, "b", "x", 9, NAN)};
  struct rms_records records = {.n_runs = 2, .runs = runs};
  struct rms_error err;
  assert_string_equal(refusal(&records, &err), "");
  runs[1].host = "other";
  assert_non_null(strstr(refusal(&records, &err), "time-limited runs of hosts 'h' and 'other'"));
  runs[0].is_work_limited = runs[1].is_work_limited = true;
  assert_string_equal(refusal(&records, &err), "");
}

static void builds_do_not_mix(void **state)
{
  (void)state;
  struct rms_run runs[] = {make_run(1, "a", "x", 10, NAN), make_run(2, "b", "x", 9, NAN),
                           make_run(3, "c", "x", 9, NAN)};
  const char *launches[] = {
      "{\"launch\": \"L1\", \"build\": {\"source\": \"v1\", \"kind\": \"release\"}}",
      "{\"launch\": \"L2\", \"build\": {\"source\": \"v2\", \"kind\": \"release\"}}",
      "{\"launch\": \"L3\", \"build\": {\"source\": \"v2\", \"kind\": \"asan\"}}"};
  struct rms_records records = {.n_runs = 3, .runs = runs, .n_launches = 3, .launches = launches};
  struct rms_error err;
  for (int i = 0; i < 3; i++) runs[i].launch = "L1";
  assert_string_equal(refusal(&records, &err), ""); /* launches that left no run do not count */
  runs[2].launch = "L2";
  assert_non_null(strstr(refusal(&records, &err), "builds 'v1 release' and 'v2 release' do"));
  runs[1].launch = "L3";
  assert_non_null(strstr(refusal(&records, &err), "'v1 release', 'v2 asan' and others"));
}

static void limits_do_not_mix(void **state)
{
  (void)state;
  struct rms_run runs[] = {make_run(1, "a", "x", 10, NAN), make_run(2, "b", "x", 9, NAN)};
  struct rms_records records = {.n_runs = 2, .runs = runs};
  struct rms_error err;
  for (int i = 0; i < 2; i++) {
    runs[i].limit_time = 10 * (i + 1);
    runs[i].limit_work = UINT64_MAX;
    runs[i].limit_memory = UINT64_C(1) << (20 + i);
  }
  assert_non_null(strstr(refusal(&records, &err),
                         "time limits 10 s and 20 s; memory limits 1 MiB and 2 MiB do not"));
  runs[1].is_retry = true; /* which was asked for, job by job */
  assert_string_equal(refusal(&records, &err), "");
  runs[1].is_retry = false;
  runs[1].is_work_limited = true; /* another table anyway */
  assert_string_equal(refusal(&records, &err), "");
  runs[0].is_work_limited = true; /* where the time is a safety net */
  runs[0].limit_memory = runs[1].limit_memory;
  assert_string_equal(refusal(&records, &err), "");
  runs[0].limit_work = 5;
  assert_non_null(strstr(refusal(&records, &err), "work limits 5 and none"));
}

static const char *note_of(const struct rms_table *table, const char *words)
{
  for (size_t i = 0; i < table->n_notes; i++)
    if (strstr(table->notes[i], words)) return table->notes[i];
  return NULL;
}

/* What launches warn of stands below the tables of their runs, once for each host. */
static void warnings_stand_below_what_they_affect(void **state)
{
  (void)state;
  struct rms_run runs[] = {make_run(1, "a", "x", 10, NAN), make_run(2, "b", "x", 9, NAN),
                           make_run(3, "c", "x", 9, NAN)};
  const char *launches[] = {
      "{\"launch\": \"L1\", \"rank\": 0, \"machine\": {\"host\": \"n1\"}, \"warnings\": [\"hot\"]}",
      "{\"launch\": \"L1\", \"rank\": 1, \"machine\": {\"host\": \"n1\"}, \"warnings\": [\"hot\", "
      "\"slow\"]}",
      "{\"launch\": \"L2\", \"rank\": 0, \"machine\": {\"host\": \"n2\"}, \"warnings\": "
      "[\"wet\"]}"};
  const char *closings[] = {
      "{\"type\": \"closed\", \"launch\": \"L1\", \"rank\": 1, \"machine\": {\"host\": \"n1\"}, "
      "\"warnings\": [\"swap\"]}"};
  static const char *const notes[] = {"n1: hot.", "n1: slow.", "n1: swap.", "n2: wet."};
  for (int k = 0; k < 3; k++) { /* 0: two ranks, 1: the other launch, 2: under a work limit */
    struct rms_records records;
    struct rms_table *table = NULL;
    runs[0].launch = runs[1].launch = "L1";
    runs[1].rank = 1;
    runs[2].launch = "L2";
    runs[2].group = "alone";
    for (int i = 0; i < 3; i++) runs[i].is_work_limited = k == 2;
    records = (struct rms_records){.n_runs = 3,
                                   .runs = runs,
                                   .n_launches = 3,
                                   .launches = launches,
                                   .n_closings = 1,
                                   .closings = closings};
    struct rms_comparison *cmp = NULL;
    assert_int_equal(rms_compare(&cmp, &records, k == 2, RMS_BY_SET), 0);
    assert_int_equal(rms_summary_table(&table, cmp, k == 1 ? "alone" : "g"), 0);
    for (size_t i = 0; i < 4; i++)
      assert_int_equal(note_of(table, notes[i]) != NULL, k == 0 ? i < 3 : k == 1 && i == 3);
    rms_table_free(table);
    rms_comparison_free(cmp);
  }
}

static void what_is_mixed_is_noted_below_its_table(void **state)
{
  (void)state;
  struct rms_run runs[] = {make_run(1, "a", "x", 10, NAN), make_run(2, "b", "x", 9, NAN),
                           make_run(3, "c", "x", 9, NAN)};
  struct rms_records records;
  runs[1].host = "other";
  runs[1].memory_mechanism = "cgroup";
  runs[0].memory_mechanism = "rlimit_as";
  runs[0].is_retry = true;
  runs[2].group = "alone";
  for (int k = 0; k < 2; k++) {
    struct rms_comparison *cmp = compare(&records, runs, 3);
    struct rms_table *table = NULL;
    assert_int_equal(rms_summary_table(&table, cmp, k ? "alone" : "g"), 0);
    assert_int_equal(
        note_of(table, "Mixed on request: time-limited runs of hosts 'h' and 'other'.") != NULL,
        !k);
    assert_int_equal(note_of(table, "1 of 2 runs have other limits") != NULL, !k);
    assert_int_equal(note_of(table, "limited by rlimit_as in 1 of 2 runs, by cgroup") != NULL, !k);
    rms_table_free(table);
    rms_comparison_free(cmp);
  }
}

static struct rms_table *awkward_table(void)
{
  struct rms_table *table = NULL;
  assert_int_equal(rms_table_new(&table, "T_1 & more"), 0);
  assert_int_equal(rms_table_column(table, "name", "name", "", true), 0);
  assert_int_equal(rms_table_column(table, "gap", "gap", "%", false), 0);
  assert_int_equal(rms_table_row(table), 0);
  assert_int_equal(rms_table_set(table, 0, NAN, "%s", "a,\"b\"\n\xff_50%"), 0);
  assert_int_equal(rms_table_set(table, 1, 1.0 / 3, "%.2f", 1.0 / 3), 0);
  assert_int_equal(rms_table_row(table), 0);
  assert_int_equal(rms_table_set(table, 0, NAN, "%s", "none"), 0);
  assert_int_equal(rms_table_note(table, "note"), 0);
  return table;
}

static void proofs_are_counted_and_the_rest_pays_its_limit(void **state)
{
  (void)state;
  struct rms_run runs[] = {make_run(1, "a", "quick", 10, 10), make_run(2, "b", "quick", 10, 10),
                           make_run(3, "a", "slow", 10, 10), make_run(4, "b", "slow", 11, 9)};
  for (size_t i = 0; i < 4; i++) {
    runs[i].proves_bounds = true;
    runs[i].claim = i < 3 ? RMS_CLAIM_OPTIMAL : RMS_CLAIM_FEASIBLE;
    runs[i].wall = i < 2 ? 0.99 : 3.99;
    runs[i].cpu_user = 0.09;
    runs[i].limit_time = 15.99;
  }
  struct rms_records records;
  struct rms_comparison *cmp = compare(&records, runs, 4);
  struct rms_table *table = NULL;
  assert_int_equal(rms_proof_table(&table, cmp, NULL), 0);
  assert_int_equal(table->n_rows, 2);
  const struct rms_table_cell *const quick = table->cells, *const slow = quick + table->n_columns;
  assert_string_equal(quick[0].text, "quick");
  assert_true(quick[1].value == 2 && slow[1].value == 1 && slow[2].value == 2);
  assert_true(fabs(quick[4].value - 0.99) < 1e-9);
  /* sqrt(4 x 16) - 0.01: the second run counts as its limit of 15.99 s. */
  assert_true(fabs(slow[4].value - 7.99) < 1e-9 && fabs(slow[5].value - 7.99 / 0.99) < 1e-9);
  assert_true(fabs(quick[6].value - 0.09) < 1e-9);
  assert_true(fabs(slow[6].value - (sqrt(0.1 * 16) - 0.01)) < 1e-9);
  rms_table_free(table);
  assert_int_equal(rms_proof_table(&table, cmp, "none"), 0);
  assert_int_equal(table->n_rows, 0);
  rms_table_free(table);
  rms_comparison_free(cmp);
}

static void a_cell_of_markdown_stays_one(void **state)
{
  (void)state;
  struct rms_table *table = NULL;
  struct rms_text text = {0};
  assert_int_equal(rms_table_new(&table, "T"), 0);
  assert_int_equal(rms_table_column(table, "name", "name", "", true), 0);
  assert_int_equal(rms_table_row(table), 0);
  assert_int_equal(rms_table_set(table, 0, NAN, "%s", "a|b<i>\nc"), 0);
  assert_int_equal(rms_table_render(table, RMS_TABLE_MARKDOWN, &text), 0);
  assert_string_equal(text.data, "**T**\n\n| name         |\n| ------------ |\n"
                                 "| a\\|b&lt;i> c |\n\n");
  rms_text_fini(&text);
  rms_table_free(table);
}

static void five_renderings_of_one_model(void **state)
{
  (void)state;
  struct rms_table *table = awkward_table();
  struct rms_text text = {0};
  assert_int_equal(rms_table_render(table, RMS_TABLE_CSV, &text), 0);
  assert_string_equal(text.data, "name,gap\n\"a,\"\"b\"\"\n\xff_50%\",0.3333333333333333\nnone,\n");
  rms_text_clear(&text);
  assert_int_equal(rms_table_render(table, RMS_TABLE_LATEX, &text), 0);
  assert_non_null(strstr(text.data, "\\_50\\%"));
  assert_non_null(strstr(text.data, "gap [\\%]"));
  rms_text_clear(&text);
  assert_int_equal(rms_table_render(table, RMS_TABLE_JSON, &text), 0);
  struct rms_document *doc = NULL;
  struct rms_error err = {0};
  assert_int_equal(rms_document_parse(&doc, text.data, text.length, "table", &err), 0);
  struct rms_node root = rms_document_root(doc), rows, first, gap;
  double value = 0;
  assert_int_equal(rms_node_get(&root, "rows", &rows, &err), 0);
  first = rms_node_item(&rows, 0);
  assert_int_equal(rms_node_get(&first, "gap", &gap, &err), 0);
  assert_int_equal(rms_node_double(&gap, 0, 1, &value, &err), 0);
  assert_true(value == 1.0 / 3);
  rms_document_free(doc);
  rms_text_fini(&text);
  rms_table_free(table);
}

static void failing_allocations_leave_nothing(void **state)
{
  (void)state;
  struct rms_run runs[] = {make_run(1, "a", "x", 10, NAN), make_run(2, "b", "y", 9, 9)};
  struct rms_records records = {.n_runs = 2, .runs = runs};
  int status = RMS_E_NOMEM;
  for (long n = 1; status < 0 && n < 1000; n++) {
    long before = rms_ledger_live();
    struct rms_comparison *cmp = NULL;
    struct rms_table *table = NULL;
    struct rms_text text = {0};
    rms_ledger_fail_at(n);
    status = rms_compare(&cmp, &records, false, RMS_BY_SET);
    if (status >= 0) status = rms_matrix_table(&table, cmp, NULL);
    if (status >= 0) status = rms_table_render(table, RMS_TABLE_JSON, &text);
    rms_ledger_fail_at(0);
    rms_text_fini(&text);
    rms_table_free(table);
    rms_comparison_free(cmp);
    assert_int_equal(rms_ledger_live(), before);
    assert_true(status == 0 || status == RMS_E_NOMEM);
  }
  assert_int_equal(status, 0);
}

/* Known answers: n positive differences give 2 / 2^n; the table of Wilcoxon (1945), n = 8, W = 3:
 * 0.0391; ties and zeros worked out by hand; the normal distribution beyond 60. */
static void wilcoxon_has_known_answers(void **state)
{
  (void)state;
  double all[10], mixed[] = {1, 2, -3, 4, 5, 6, 7, 8}, tied[] = {1, -1, 0, 1, 1}, none[] = {0, 0};
  double many[200], nan[] = {1, NAN};
  for (int i = 0; i < 10; i++) all[i] = i + 1;
  assert_float_equal(rms_wilcoxon(all, 10), 2.0 / 1024, 1e-12);
  assert_float_equal(rms_wilcoxon(mixed, 8), 2 * 5.0 / 256, 1e-12);
  assert_float_equal(rms_wilcoxon(tied, 5), 2 * 5.0 / 16, 1e-12);
  assert_float_equal(rms_wilcoxon(none, 2), 1, 0);
  for (int i = 0; i < 200; i++) many[i] = i % 2 ? i + 1 : -i - 1;
  assert_true(rms_wilcoxon(many, 200) > 0.8);
  for (int i = 0; i < 200; i++) many[i] = i % 10 ? i + 1 : -i - 1;
  assert_true(rms_wilcoxon(many, 200) < 1e-20);
  assert_true(isnan(rms_wilcoxon(nan, 2)));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(gap_is_paver_with_maximum),
      cmocka_unit_test(bounds_round_up_and_prove),
      cmocka_unit_test(bounds_of_heuristics_prove_nothing),
      cmocka_unit_test(refuted_claims_are_wrong),
      cmocka_unit_test(no_mean_over_survivors),
      cmocka_unit_test(modes_never_mix),
      cmocka_unit_test(gaps_at_times),
      cmocka_unit_test(sets_and_cells_are_groups),
      cmocka_unit_test(hosts_do_not_mix),
      cmocka_unit_test(builds_do_not_mix),
      cmocka_unit_test(limits_do_not_mix),
      cmocka_unit_test(what_is_mixed_is_noted_below_its_table),
      cmocka_unit_test(warnings_stand_below_what_they_affect),
      cmocka_unit_test(proofs_are_counted_and_the_rest_pays_its_limit),
      cmocka_unit_test(objectives_have_the_name_of_their_family),
      cmocka_unit_test(wilcoxon_has_known_answers),
      cmocka_unit_test(a_cell_of_markdown_stays_one),
      cmocka_unit_test(five_renderings_of_one_model),
      cmocka_unit_test(failing_allocations_leave_nothing),
  };
  return cmocka_run_group_tests_name("analysis", tests, NULL, NULL);
}
