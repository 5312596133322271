/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Figure tables: the built-in one, its three layouts, operating points, hostile input. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "instances/base/file.h"
#include "instances/base/text.h"
#include "instances/serve/profile.h"
#include "ledger.h"

static struct rms_figures *open_builtin(void)
{
  struct rms_figures *figures = NULL;
  struct rms_error err = {0};
  if (rms_figures_builtin(&figures, &err) < 0) fail_msg("%s", err.text);
  return figures;
}

static int parse(struct rms_figures **figures, const char *text, const char *origin,
                 struct rms_error *err)
{
  const struct rms_figures_source source = {text, strlen(text), origin};
  return rms_figures_parse(figures, &source, 1, err);
}

static void test_builtin_counts(void **state)
{
  (void)state;
  static const char *const models[] = {"bert",        "densenet121", "densenet169", "densenet201",
                                       "inceptionv3", "mobilenetv2", "resnet101",   "resnet152",
                                       "resnet50",    "vgg16",       "vgg19"};
  struct rms_figures *f = open_builtin();
  assert_int_equal(f->n_models, 11);
  for (size_t i = 0; i < 11; i++) {
    assert_string_equal(f->models[i], models[i]);
    assert_int_equal(rms_figures_model(f, models[i]), (int)i);
  }
  assert_int_equal(rms_figures_model(f, "resnet51"), -1);
  assert_int_equal(f->n_rows, 1747);
  assert_int_equal(f->n_flagged, 12);
  rms_figures_free(f);
  assert_int_equal(rms_ledger_live(), 0);
}

/* Each looked up by hand in the source's table. */
static const struct {
  const char *model;
  int gpcs, procs_max, batch_max;
  double slo_ms, lat_factor;
  bool has_flagged;
  int64_t rate;
  int batch, processes;
} spots[] = {
    {"bert", 1, 1, 0, 6434, 1, false, 135144000, 128, 1},
    {"bert", 7, 1, 0, 6434, 1, false, 322346000, 256, 1},
    {"bert", 1, 1, 0, 69, 0.45, false, 85926000, 2, 1}, /* 23.3 ms fits 31.05, 42.0 does not */
    {"bert", 1, 3, 0, 69, 0.45, false, 119751000, 1, 3},
    {"bert", 3, 3, 0, 6434, 1, false, 442128000, 128, 3},
    {"bert", 3, 3, 0, 6434, 1, true, 545010000, 256, 3}, /* the repeated row wins when taken */
    {"bert", 3, 3, 128, 6434, 0.45, true, 442128000, 128, 3},
    {"resnet50", 1, 1, 0, 204.5, 1, false, 412097000, 32, 1},
    {"resnet50", 2, 4, 0, 204.5, 1, false, 819840000, 32, 2},
    {"resnet50", 2, 4, 0, 204.5, 1, true, 1086376000, 32, 4},
    {"densenet169", 3, 1, 0, 400, 1, false, 849868000, 64, 1},
    {"densenet169", 3, 1, 0, 400, 1, true, 1460726000, 128, 1}, /* the outlier */
    {"inceptionv3", 7, 3, 0, 418.5, 1, false, 3795537000, 128, 3},
    {"vgg19", 1, 1, 0, 133.5, 1, false, 217457000, 16, 1},
    {"vgg19", 1, 1, 0, 133.5, 0.45, false, 204227000, 8, 1}, /* 73.6 ms > 60.1 ms */
};

static void test_spots(void **state)
{
  (void)state;
  struct rms_figures *f = open_builtin();
  for (size_t i = 0; i < sizeof spots / sizeof *spots; i++) {
    const struct rms_figures_rule rule = {.lat_factor = spots[i].lat_factor,
                                          .procs_max = spots[i].procs_max,
                                          .batch_max = spots[i].batch_max,
                                          .has_flagged = spots[i].has_flagged};
    struct rms_serve_point point = {0};
    const int model = rms_figures_model(f, spots[i].model);
    assert_true(model >= 0);
    assert_int_equal(
        rms_figures_rate(f, (size_t)model, spots[i].gpcs, spots[i].slo_ms, &rule, &point),
        spots[i].rate);
    assert_int_equal(point.batch, spots[i].batch);
    assert_int_equal(point.processes, spots[i].processes);
  }
  rms_figures_free(f);
}

/* Flagged rows are never chosen by default, whatever the limits. */
static void test_flagged_stay_out(void **state)
{
  (void)state;
  struct rms_figures *f = open_builtin();
  size_t n_changed = 0;
  for (size_t i = 0; i < f->n_rows; i++) {
    const struct rms_figure *row = &f->rows[i];
    if (!row->flag) continue;
    const struct rms_figures_rule tight = {.procs_max = row->processes, .batch_max = row->batch};
    struct rms_figures_rule all = tight;
    struct rms_serve_point point = {0}, with = {0};
    all.has_flagged = true;
    const int64_t without = rms_figures_rate(f, row->model, row->gpcs, INFINITY, &tight, &point);
    assert_false(point.batch == row->batch && point.processes == row->processes);
    n_changed += rms_figures_rate(f, row->model, row->gpcs, INFINITY, &all, &with) > without;
  }
  assert_true(n_changed >= 6);
  rms_figures_free(f);
}

static const char small[] =
    "# comment\n\nmodel,gpcs,batch,processes,throughput_per_process,flag\n"
    "b,1,8,1,100,\nb,1,4,1,99.5,\na,1,1,1,10,\na,1,1,2,9.5,\nb,2,8,1,150,outlier\n";

static void test_rule(void **state)
{
  (void)state;
  struct rms_figures *f = NULL;
  assert_int_equal(parse(&f, small, "small.csv", NULL), RMS_OK);
  struct rms_figures_rule rule = {0};
  struct rms_serve_point point;
  assert_int_equal(rms_figures_rate(f, 1, 1, INFINITY, &rule, &point), 100000000);
  /* 8 requests at 100 a second last exactly 80 ms: strictly less is asked for */
  assert_int_equal(rms_figures_rate(f, 1, 1, 80, &rule, &point), 99500000);
  rule.is_inclusive = true;
  assert_int_equal(rms_figures_rate(f, 1, 1, 80, &rule, &point), 100000000);
  rule.is_inclusive = false;
  assert_int_equal(rms_figures_rate(f, 1, 1, 80.5, &rule, &point), 100000000);
  rule.is_truncated = true; /* 80.5 -> 80 */
  assert_int_equal(rms_figures_rate(f, 1, 1, 80.5, &rule, &point), 99500000);
  rule = (struct rms_figures_rule){.lat_factor = 0.5};
  assert_int_equal(rms_figures_rate(f, 1, 1, 160, &rule, &point), 99500000);
  assert_int_equal(rms_figures_rate(f, 1, 1, 80, &rule, NULL), 0);
  rule = (struct rms_figures_rule){.procs_max = 2};
  assert_int_equal(rms_figures_rate(f, 0, 1, INFINITY, &rule, &point), 19000000);
  assert_int_equal(point.processes, 2);
  rule.procs_max = 1;
  assert_int_equal(rms_figures_rate(f, 0, 1, INFINITY, &rule, &point), 10000000);
  assert_int_equal(rms_figures_rate(f, 0, 2, INFINITY, &rule, NULL), 0); /* not measured */
  assert_int_equal(rms_figures_rate(f, 1, 2, INFINITY, &rule, NULL), 0); /* flagged only */
  /* another machine: twice as fast, half the memory */
  rule = (struct rms_figures_rule){.speed = 2, .memory = 0.5};
  assert_int_equal(rms_figures_rate(f, 1, 1, INFINITY, &rule, &point), 199000000);
  assert_int_equal(point.batch, 4);
  rule.memory = 0.4;
  assert_int_equal(rms_figures_rate(f, 1, 1, INFINITY, &rule, NULL), 0);
  rms_figures_free(f);
}

static bool is_same(const struct rms_figures *a, const struct rms_figures *b)
{
  if (a->n_models != b->n_models || a->n_rows != b->n_rows) return false;
  for (size_t i = 0; i < a->n_models; i++)
    if (strcmp(a->models[i], b->models[i]) != 0) return false;
  for (size_t i = 0; i < a->n_rows; i++) {
    const struct rms_figure *x = &a->rows[i], *y = &b->rows[i];
    if (x->model != y->model || x->gpcs != y->gpcs || x->batch != y->batch ||
        x->processes != y->processes || x->rate != y->rate || x->flag != y->flag)
      return false;
  }
  return true;
}

/* The table written in the original layout (one file per model, zeros, CRLF, no flags) reads back
 * the same: the two flags are found again by rule. */
static void test_original_layout(void **state)
{
  (void)state;
  struct rms_figures *f = open_builtin(), *again = NULL;
  struct rms_text texts[11] = {0};
  struct rms_figures_source sources[11];
  char names[11][64];
  for (size_t m = 0; m < 11; m++) {
    rms_text_add(&texts[m], "Mig instance,Batch size,Workload Number,Throughput,Latency\r\n");
    rms_text_add(&texts[m], "1,512,5,0,0\r\n1,512,4,,\r\n");
    for (size_t i = 0; i < f->n_rows; i++) {
      const struct rms_figure *row = &f->rows[i];
      if (row->model != m) continue;
      const double rate = rms_micro_to_double(row->rate);
      rms_text_printf(&texts[m], "%d,%d,%d,%.3f,%.3f\r\n", row->gpcs, row->batch, row->processes,
                      rate, row->batch / rate);
    }
    snprintf(names[m], sizeof names[m], "some/where/%s.csv", f->models[m]);
  }
  for (size_t m = 0; m < 11; m++) /* in another order */
    sources[m] =
        (struct rms_figures_source){texts[10 - m].data, texts[10 - m].length, names[10 - m]};
  struct rms_error err = {0};
  if (rms_figures_parse(&again, sources, 11, &err) < 0) fail_msg("%s", err.text);
  assert_int_equal(again->n_flagged, 12);
  assert_true(is_same(f, again));
  for (size_t m = 0; m < 11; m++) rms_text_fini(&texts[m]);
  rms_figures_free(f);
  rms_figures_free(again);
  assert_int_equal(rms_ledger_live(), 0);
}

/* The tables that the built-in ones were made from, when they lie beside the project. */
static void test_shared_data(void **state)
{
  (void)state;
  static const char path[] = "../shared/data/profiles/parvagpu/parvagpu_tidy.csv";
  char *bytes = NULL;
  size_t n = 0;
  struct rms_error err = {0};
  if (rms_file_read(path, RMS_FIGURES_FILE_MAX, &bytes, &n, &err) < 0) {
    print_message("# %s is not there: nothing to compare with\n", path);
    return;
  }
  struct rms_figures *f = open_builtin(), *again = NULL;
  const struct rms_figures_source source = {bytes, n, path};
  if (rms_figures_parse(&again, &source, 1, &err) < 0) fail_msg("%s", err.text);
  assert_true(is_same(f, again));
  free(bytes);
  rms_figures_free(f);
  rms_figures_free(again);
}

static void test_goals(void **state)
{
  (void)state;
  struct rms_goals *goals = NULL;
  assert_int_equal(rms_goals_builtin(&goals, NULL), RMS_OK);
  assert_int_equal(goals->n, 61);
  assert_int_equal(goals->goals[0].scenario, 1);
  assert_string_equal(goals->goals[2].model, "inceptionv3");
  assert_true(goals->goals[2].slo_ms == 418.5 && goals->goals[2].rate == 460);
  assert_int_equal(goals->goals[60].scenario, 6);
  assert_string_equal(goals->goals[60].model, "vgg19");
  rms_goals_free(goals);
  assert_int_equal(rms_ledger_live(), 0);
}

static void test_matrices(void **state)
{
  (void)state;
  struct rms_figures *f = NULL;
  struct rms_goals *goals = NULL;
  struct rms_error err = {0};
  assert_int_equal(parse(&f, small, "small.csv", NULL), RMS_OK);
  const struct rms_figures_source rates = {"N/A,5\r\n3,4", 10, "rate.csv"};
  const struct rms_figures_source good = {"N/A,50.5\n20,40\n", 15, "latency.csv"};
  const struct rms_figures_source torn = {"N/A,50.5\n", 9, "latency.csv"};
  const struct rms_figures_source uneven = {"1,50.5\n20,40\n", 13, "latency.csv"};
  const struct rms_figures_source wide = {"N/A,50.5,1\n20,40\n", 17, "latency.csv"};
  assert_int_equal(rms_goals_matrices(&goals, f, &rates, &good, &err), RMS_OK);
  assert_int_equal(goals->n, 3);
  assert_string_equal(goals->goals[0].model, "b");
  assert_true(goals->goals[0].slo_ms == 50.5 && goals->goals[2].rate == 4);
  rms_goals_free(goals);
  assert_int_equal(rms_goals_matrices(&goals, f, &rates, &torn, &err), RMS_E_FORMAT);
  assert_int_equal(rms_goals_matrices(&goals, f, &rates, &uneven, &err), RMS_E_FORMAT);
  assert_non_null(strstr(err.text, "latency.csv:1: column 1 is N/A in one"));
  assert_int_equal(rms_goals_matrices(&goals, f, &rates, &wide, &err), RMS_E_FORMAT);
  assert_non_null(strstr(err.text, "3 columns"));
  rms_figures_free(f);
  assert_int_equal(rms_ledger_live(), 0);
}

#define HEAD "model,gpcs,batch,processes,throughput_per_process,flag\n"
static const struct {
  const char *text, *message;
} hostile[] = {
    {"", "no header line"},
    {"# only a comment\n", "no header line"},
    {HEAD, "no row that ran"},
    {HEAD "a,1,1,1,0,\n", "no row that ran"},
    {"model,gpcs,batch,processes\n", "\"throughput_per_process\" is missing"},
    {"model,gpcs,batch,batch,processes,throughput_per_process\n", "appears twice"},
    {"model,speed\n", "unknown column \"speed\""},
    {HEAD "a,1,1,1,5\n", "x.csv:2: 5 fields, the header has 6"},
    {HEAD "a,1,1,1,5,,\n", "7 fields"},
    {HEAD "a,0,1,1,5,\n", "gpcs is \"0\""},
    {HEAD "a,1,1.5,1,5,\n", "batch is \"1.5\""},
    {HEAD "a,1,1,99999999999999999999,5,\n", "processes is"},
    {HEAD "a,1,1,1,-5,\n", "throughput is \"-5\""},
    {HEAD "a,1,1,1,nan,\n", "throughput is \"nan\""},
    {HEAD "a,1,1,1,inf,\n", "throughput is \"inf\""},
    {HEAD "a,1,1,1,1e300,\n", "throughput is \"1e300\""},
    {HEAD "a,1,1,1,5 6,\n", "throughput is \"5 6\""},
    {HEAD "a,1,1,1,5,maybe\n", "flag is \"maybe\""},
    {HEAD "a b,1,1,1,5,\n", "model \"a b\""},
    {HEAD ",1,1,1,5,\n", "model \"\""},
    {HEAD "\"a\",1,1,1,5,\n", "quotes"},
    {HEAD "a\x01,1,1,1,5,\n", "control character"},
    {HEAD "a,1,1,1,5,\na,1,1,1,6,\n", "given twice"},
};

static void test_hostile(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
    struct rms_figures *f = NULL;
    struct rms_error err = {0};
    assert_int_equal(parse(&f, hostile[i].text, "x.csv", &err), RMS_E_FORMAT);
    assert_null(f);
    if (!strstr(err.text, hostile[i].message))
      fail_msg("%s lacks %s", err.text, hostile[i].message);
    assert_int_equal(rms_ledger_live(), 0);
  }
  char *line = malloc(5000);
  assert_non_null(line);
  memset(line, 'a', 5000);
  struct rms_figures *f = NULL;
  const struct rms_figures_source source = {line, 5000, "x.csv"};
  const struct rms_figures_source zero = {"model\0,gpcs", 11, "x.csv"};
  assert_int_equal(rms_figures_parse(&f, &source, 1, NULL), RMS_E_FORMAT);
  assert_int_equal(rms_figures_parse(&f, &zero, 1, NULL), RMS_E_FORMAT);
  memset(line, ',', 200);
  const struct rms_figures_source commas = {line, 200, "x.csv"};
  assert_int_equal(rms_figures_parse(&f, &commas, 1, NULL), RMS_E_FORMAT);
  free(line);
  static const char *const goals[] = {"",
                                      "scenario,model\n",
                                      "scenario,model,rate,slo_ms\n",
                                      "scenario,model,rate,slo_ms\n0,a,1,1\n",
                                      "scenario,model,rate,slo_ms\n1,a,0,1\n",
                                      "scenario,model,rate,slo_ms\n1,a,1,-1\n",
                                      "scenario,model,rate,slo_ms\n1,a,1\n",
                                      "scenario,model,rate,slo_ms\n1,a,1,1\n1,a,2,2\n"};
  for (size_t i = 0; i < sizeof goals / sizeof *goals; i++) {
    struct rms_goals *g = NULL;
    assert_int_equal(rms_goals_parse(&g, goals[i], strlen(goals[i]), "g.csv", NULL), RMS_E_FORMAT);
    assert_int_equal(rms_ledger_live(), 0);
  }
}

static void test_failing_allocations(void **state)
{
  (void)state;
  static const char text[] = "scenario,model,rate,slo_ms\n1,a,1,1\n2,a,2,2\n";
  for (long n = 1;; n++) {
    struct rms_figures *f = NULL;
    struct rms_goals *g = NULL;
    rms_ledger_fail_at(n);
    const int a = parse(&f, small, "small.csv", NULL);
    const int b = rms_goals_parse(&g, text, strlen(text), "g.csv", NULL);
    const int has_failed = rms_ledger_has_failed();
    rms_ledger_fail_at(0);
    rms_figures_free(f);
    rms_goals_free(g);
    assert_int_equal(rms_ledger_live(), 0);
    if (!has_failed) {
      assert_true(a == RMS_OK && b == RMS_OK);
      break;
    }
    assert_true(a == RMS_E_NOMEM || b == RMS_E_NOMEM);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_builtin_counts),
      cmocka_unit_test(test_spots),
      cmocka_unit_test(test_flagged_stay_out),
      cmocka_unit_test(test_rule),
      cmocka_unit_test(test_original_layout),
      cmocka_unit_test(test_shared_data),
      cmocka_unit_test(test_goals),
      cmocka_unit_test(test_matrices),
      cmocka_unit_test(test_hostile),
      cmocka_unit_test(test_failing_allocations),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
