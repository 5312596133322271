/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Family jobs: cuts, files, generator, sets, metrics, and the policies of MISO's comparison. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fake_host.h"
#include "instances/jobs/check.h"
#include "instances/jobs/files.h"
#include "instances/jobs/generate.h"
#include "instances/jobs/metrics.h"
#include "ledger.h"
#include "solvers/registry.h"

static struct rms_instance *generate(const char *spec)
{
  struct rms_instance *inst = NULL;
  struct rms_error err = {0};
  if (rms_jobs_generate(&inst, spec, &err) < 0) fail_msg("%s", err.text);
  return inst;
}

/* ---- cuts and arrivals -------------------------------------------------------------------------
 */

static void test_every_legal_multiset_is_a_cut(void **state)
{
  (void)state;
  static const struct {
    const char *spec;
    size_t n_cuts, n_maximal;
  } cases[] = {{"rules=r470", 36, 11}, {"rules=r510", 37, 12}, {"machine=a30-24gb", 8, 4}};
  for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
    struct rms_instance *const base = generate(cases[c].spec);
    const struct rms_jobs_pool *const pool = &rms_jobs_of(base)->cluster.pools[0];
    const struct rms_machine *const model = rms_jobs_of(base)->cluster.models[0];
    size_t n_maximal = 0;
    for (size_t i = 0; i < pool->n_cuts; i++) {
      struct rms_error why = {0};
      n_maximal += pool->cuts[i].is_maximal;
      if (!rms_layout_is_legal(model, pool->rules, pool->cuts[i].layout, pool->cuts[i].n_slices,
                               &why))
        fail_msg("%s", why.text);
    }
    if (c < 2) assert_int_equal(pool->n_cuts, cases[c].n_cuts);
    if (c < 2) assert_int_equal(n_maximal, cases[c].n_maximal);
    assert_int_equal(pool->cuts[pool->whole].n_slices, 1);
    assert_int_equal(pool->cuts[pool->whole].kind[0], 0);
    rms_instance_free(base);
  }
}

static double total_work(const struct rms_jobs *inst)
{
  double sum = 0;
  for (size_t j = 0; j < inst->n_jobs; j++) sum += (double)inst->jobs[j].work / 1e12;
  return sum;
}

static void test_generated_traces(void **state)
{
  (void)state;
  static const char *const arrivals[] = {"miso", "poisson", "bursty", "diurnal"};
  struct rms_instance *const once = generate("seed=1"), *const other = generate("seed=2");
  assert_true(fabs(total_work(rms_jobs_of(once)) - 77034) < 1); /* the published sum */
  assert_true(fabs(total_work(rms_jobs_of(other)) - 77034) < 1);
  assert_true(rms_jobs_of(once)->jobs[0].arrival_us != rms_jobs_of(other)->jobs[0].arrival_us ||
              rms_jobs_of(once)->jobs[0].type != rms_jobs_of(other)->jobs[0].type);
  for (size_t a = 0; a < 4; a++) {
    char spec[256];
    snprintf(spec, sizeof spec,
             "machines=20,jobs=4000,trace=drawn,load=0.8,front=no,arrivals=%s,lengths=philly",
             arrivals[a]);
    struct rms_instance *const base = generate(spec);
    const struct rms_jobs *const inst = rms_jobs_of(base);
    const double span = (double)inst->jobs[inst->n_jobs - 1].arrival_us / 1e6;
    const double load = total_work(inst) / span / rms_jobs_capacity(inst);
    if (fabs(load - 0.8) > 0.1) fail_msg("%s: load %g", arrivals[a], load);
    rms_instance_free(base);
  }
  rms_instance_free(once);
  rms_instance_free(other);
}

static int count_spec(void *ctx, const char *spec, const char *group)
{
  struct rms_hash hash;
  assert_true(group[0] != 0);
  assert_int_equal(rms_jobs_identify(spec, &hash, NULL), 0);
  ++*(size_t *)ctx;
  return RMS_OK;
}

static void test_sets(void **state)
{
  (void)state;
  static const struct {
    const char *request;
    size_t n;
  } cases[] = {
      {"set=large", 40},       {"set=large,load=0.7", 10}, {"set=large,cell=*-0.9,count=3", 3},
      {"set=miso,index=4", 1}, {"jobs=5,count=7", 7},      {"set=miso,overhead=0", 10}};
  for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
    size_t n = 0;
    struct rms_error err = {0};
    if (rms_jobs_expand(cases[c].request, count_spec, &n, &err) < 0) fail_msg("%s", err.text);
    assert_int_equal(n, cases[c].n);
  }
  struct rms_hash one, same;
  assert_int_equal(rms_jobs_identify("set=miso,index=4", &one, NULL), 0);
  assert_int_equal(rms_jobs_identify("machines=8,jobs=100,trace=miso,index=4", &same, NULL), 0);
  assert_int_equal(rms_hash_compare(one, same), 0);
  assert_int_equal(rms_jobs_identify("set=large", &one, NULL), RMS_E_PARAM);
  assert_int_equal(rms_jobs_identify("set=large,cell=large-0.9", &one, NULL), 0);
  static const struct {
    const char *request, *word;
  } wrong[] = {{"set=larg", "large"},
               {"machines=0", "[1,"},
               {"gap=5,load=0.5", "not both"},
               {"lode=1", "load"},
               {"trace=mioo", "miso"},
               {"jobs=5,jobs=6", "twice"},
               {"lengths=philly", "trace=miso"},
               {"cell=x", "needs a set"}};
  for (size_t c = 0; c < sizeof wrong / sizeof *wrong; c++) {
    size_t n = 0;
    struct rms_error err = {0};
    assert_true(rms_jobs_expand(wrong[c].request, count_spec, &n, &err) < 0);
    if (!strstr(err.text, wrong[c].word)) fail_msg("%s: %s", wrong[c].request, err.text);
  }
}

/* ---- files -------------------------------------------------------------------------------------
 */

static void text_of(const struct rms_instance *inst, struct rms_text *text)
{
  assert_int_equal(inst->family->write(inst, text), 0);
}

static void test_written_and_read(void **state)
{
  (void)state;
  static const char *const specs[] = {
      "jobs=100", "jobs=30,trace=drawn,scope=slice,measure=model,noise=0.05,overhead=0.25",
      "jobs=10,machine=h100-80gb,rules=r510", "jobs=10,machine=a30-24gb"};
  for (size_t i = 0; i < 4; i++) {
    struct rms_instance *const inst = generate(specs[i]);
    struct rms_instance *again = NULL;
    struct rms_text a = {0}, b = {0};
    struct rms_error err = {0};
    text_of(inst, &a);
    if (rms_jobs_parse(&again, a.data, a.length, "text", &err) < 0) fail_msg("%s", err.text);
    text_of(again, &b);
    assert_string_equal(a.data, b.data);
    rms_text_fini(&a);
    rms_text_fini(&b);
    rms_instance_free(again);
    rms_instance_free(inst);
  }
}

static char *replaced(const char *text, const char *from, const char *to)
{
  const char *const at = strstr(text, from);
  const size_t n = strlen(text) + strlen(to) + 1;
  char *const copy = malloc(n);
  assert_non_null(at);
  assert_non_null(copy);
  snprintf(copy, n, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
  return copy;
}

static void test_wrong_files_are_told(void **state)
{
  (void)state;
  static const struct {
    const char *from, *to, *word;
  } cases[] = {{"\"type\": \"", "\"type\": \"x", "nearest"},
               {"\"work_s\": ", "\"work_s\": -", "work_s"},
               {"\"arrival_s\": ", "\"arrival\": ", "arrival_s"},
               {"\"scope\": \"machine\"", "\"scope\": \"rack\"", "machine"},
               {"\"count\": 8", "\"count\": 0", "count"},
               {"\"rules\": \"r470\"", "\"rules\": \"r1\"", "r510"},
               {"[100, 50, 14]", "[100, 50, 15]", "15"},
               {"[100, 50, 33, 14]", "[100, 33, 50, 14]", "descending"},
               {"\"7g.40gb\": 1", "\"8g.40gb\": 1", "nearest"},
               {"\"bert:4\"", "\"bert:2\"", "twice"},
               {"\"restart_s\": 9", "\"restart_s\": 1e9", "restart_s"}};
  struct rms_instance *const inst = generate("jobs=3");
  struct rms_text text = {0};
  text_of(inst, &text);
  for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
    char *const wrong = replaced(text.data, cases[c].from, cases[c].to);
    struct rms_instance *result = NULL;
    struct rms_error err = {0};
    assert_true(rms_jobs_parse(&result, wrong, strlen(wrong), "f.json", &err) < 0);
    assert_null(result);
    if (!strstr(err.text, cases[c].word) || !strstr(err.text, "f.json"))
      fail_msg("case %zu: %s", c, err.text);
    free(wrong);
  }
  rms_text_fini(&text);
  rms_instance_free(inst);
}

static void test_plan_files(void **state)
{
  (void)state;
  struct rms_instance *const inst = generate("jobs=40,gap=20,scope=slice");
  struct rms_fake_host fake;
  struct rms_text file = {0};
  struct rms_error err = {0};
  struct rms_claim claim = {.bound = NAN}, read;
  struct rms_verdict verdict;
  void *bytes = NULL;
  size_t n = 0;
  rms_fake_host_init(&fake, inst);
  assert_int_equal(rms_fake_host_run(&fake, rms_solver_builtin("jobs", "oracle"), NULL),
                   RMS_FEASIBLE);
  memcpy(claim.objective, fake.best, sizeof claim.objective);
  assert_int_equal(rms_jobs_plan_file_write(inst, fake.solution.data, fake.solution.length, &claim,
                                            "feasible", &file, &err),
                   0);
  if (rms_jobs_plan_file_parse(inst, file.data, file.length, "plan", &bytes, &n, &read, &err) < 0)
    fail_msg("%s", err.text);
  assert_int_equal(n, fake.solution.length);
  assert_memory_equal(bytes, fake.solution.data, n);
  assert_int_equal(rms_jobs_check(inst, bytes, n, &read, &verdict), 0);
  assert_int_equal(verdict.kind, RMS_VERDICT_VERIFIED_FEASIBLE);
  read.objective[0] *= 0.999;
  assert_int_equal(rms_jobs_check(inst, bytes, n, &read, &verdict), 0);
  assert_int_equal(verdict.kind, RMS_VERDICT_WRONG_OBJECTIVE);
  free(bytes);
  rms_text_fini(&file);
  rms_fake_host_fini(&fake);
  rms_instance_free(inst);
}

static void test_no_memory(void **state)
{
  (void)state;
  struct rms_instance *const inst = generate("jobs=12,gap=10,machines=2");
  struct rms_text text = {0};
  text_of(inst, &text);
  const long before = rms_ledger_live();
  for (long n = 1;; n++) {
    struct rms_instance *again = NULL;
    struct rms_error err = {0};
    rms_ledger_fail_at(n);
    const int status = rms_jobs_parse(&again, text.data, text.length, "text", &err);
    const int has_failed = rms_ledger_has_failed();
    rms_ledger_fail_at(0);
    rms_instance_free(again);
    assert_int_equal(rms_ledger_live(), before);
    if (!has_failed) break;
    if (status < 0) assert_int_equal(status, RMS_E_NOMEM);
  }
  static const char *const solvers[] = {"nopart", "static", "optsta", "mps", "oracle"};
  for (size_t s = 0; s < 5; s++)
    for (long n = 1; n < 100000; n++) {
      struct rms_fake_host fake;
      rms_fake_host_init(&fake, inst);
      rms_ledger_fail_at(n);
      const int status = rms_fake_host_run(&fake, rms_solver_builtin("jobs", solvers[s]), NULL);
      const int has_failed = rms_ledger_has_failed();
      rms_ledger_fail_at(0);
      if (has_failed && !fake.is_short_of_memory && status < 0)
        assert_int_equal(status, RMS_E_NOMEM);
      rms_fake_host_fini(&fake);
      assert_int_equal(rms_ledger_live(), before);
      if (!has_failed) break;
    }
  rms_text_fini(&text);
  rms_instance_free(inst);
}

/* ---- policies ----------------------------------------------------------------------------------
 */

static double solve(const struct rms_instance *inst, const char *name, const char *assignments)
{
  struct rms_fake_host fake;
  rms_fake_host_init(&fake, inst);
  const int outcome = rms_fake_host_run(&fake, rms_solver_builtin("jobs", name), assignments);
  if (outcome != RMS_FEASIBLE || fake.broken[0] ||
      fake.verdict.kind != RMS_VERDICT_VERIFIED_FEASIBLE)
    fail_msg("%s: outcome %d, %s %s", name, outcome, fake.broken, fake.last_log);
  const double jct = fake.best[0];
  rms_fake_host_fini(&fake);
  return jct;
}

/* The ordering of MISO's comparison, exactly, and the values of an independent simulation of the
 * same set-up (8 machines, 100 jobs, mean of 10 orders) within 10 %. */
static void test_ordering_on_misos_trace(void **state)
{
  (void)state;
  double nopart = 0, both = 0, optsta = 0, oracle = 0, mps = 0;
  for (int i = 0; i < 10; i++) {
    char spec[64];
    snprintf(spec, sizeof spec, "index=%d", i);
    struct rms_instance *const inst = generate(spec);
    nopart += solve(inst, "nopart", NULL) / 10;
    both += solve(inst, "static", "partition=3g+3g") / 10;
    optsta += solve(inst, "optsta", NULL) / 10;
    oracle += solve(inst, "oracle", NULL) / 10;
    mps += solve(inst, "mps", NULL) / 10;
    rms_instance_free(inst);
  }
  assert_true(oracle < optsta && optsta <= both && both < mps && mps < nopart);
  assert_true(fabs(nopart / 2474 - 1) < 0.1);
  assert_true(fabs(both / 1227 - 1) < 0.1);
  assert_true(fabs(oracle / 1065 - 1) < 0.1);
}

/* The best of the partitions one by one. */
static void test_optsta_is_the_best_static(void **state)
{
  (void)state;
  static const char *const partitions[] = {"7g",       "4g+2g+1g",    "4g+1g+1g+1g",   "3g+3g",
                                           "3g+2g+2g", "3g+2g+1g+1g", "3g+1g+1g+1g+1g"};
  for (int i = 0; i < 3; i++) {
    char spec[64], assignment[96];
    double best = INFINITY;
    snprintf(spec, sizeof spec, "index=%d,gap=40", i);
    struct rms_instance *const inst = generate(spec);
    for (size_t p = 0; p < sizeof partitions / sizeof *partitions; p++) {
      snprintf(assignment, sizeof assignment, "partition=%s", partitions[p]);
      best = fmin(best, solve(inst, "static", assignment));
    }
    assert_true(solve(inst, "optsta", NULL) <= best);
    assert_true(fabs(solve(inst, "static", "partition=7g") - solve(inst, "nopart", NULL)) < 1e-9);
    rms_instance_free(inst);
  }
}

static void test_policies_on_other_worlds(void **state)
{
  (void)state;
  static const char *const specs[] = {
      "machine=a30-24gb,jobs=60,trace=drawn,load=0.8",
      "machine=h100-80gb,jobs=60,trace=drawn,load=1.2,arrivals=bursty",
      "scope=slice,jobs=60,overhead=2", "jobs=1", "machines=1,jobs=20,gap=1,overhead=0"};
  static const struct {
    const char *name, *assignments;
  } solvers[] = {{"nopart", NULL},
                 {"nopart", "dispatch=least-loaded"},
                 {"optsta", NULL},
                 {"optsta", "promote=no,all=yes"},
                 {"mps", "share=2,level=50"},
                 {"oracle", NULL},
                 {"oracle", "objective=stp"}};
  for (size_t i = 0; i < sizeof specs / sizeof *specs; i++) {
    struct rms_instance *const inst = generate(specs[i]);
    for (size_t s = 0; s < sizeof solvers / sizeof *solvers; s++)
      (void)solve(inst, solvers[s].name, solvers[s].assignments);
    rms_instance_free(inst);
  }
}

static void test_partitions_that_do_not_exist(void **state)
{
  (void)state;
  static const char *const wrong[] = {"partition=4g+3g", "partition=5g", "partition=3g+",
                                      "partition=1g+1g+1g+1g+1g+1g+1g"}; /* some job fits no 1g */
  struct rms_instance *const inst = generate("rules=r470");
  for (size_t i = 0; i < 4; i++) {
    struct rms_fake_host fake;
    rms_fake_host_init(&fake, inst);
    const int outcome = rms_fake_host_run(&fake, rms_solver_builtin("jobs", "static"), wrong[i]);
    if (i == 2) /* a plus at the end is forgiven: 3g alone is a partition */
      assert_int_equal(outcome, RMS_FEASIBLE);
    else
      assert_int_equal(outcome, RMS_UNSUPPORTED);
    rms_fake_host_fini(&fake);
  }
  rms_instance_free(inst);
}

/* ---- metrics -----------------------------------------------------------------------------------
 */

static void test_metrics(void **state)
{
  (void)state;
  struct rms_instance *const base = generate("jobs=80,gap=25");
  const struct rms_jobs *const inst = rms_jobs_of(base);
  struct rms_fake_host fake;
  struct rms_timeline t = {0};
  struct rms_jobs_audit audit;
  struct rms_jobs_metrics m;
  struct rms_error err = {0};
  double stp[50], waiting[50], running[50], work = 0, wait = 0;
  rms_fake_host_init(&fake, base);
  assert_int_equal(rms_fake_host_run(&fake, rms_solver_builtin("jobs", "oracle"), NULL),
                   RMS_FEASIBLE);
  assert_int_equal(rms_timeline_decode(&t, fake.solution.data, fake.solution.length, &err), 0);
  assert_int_equal(rms_jobs_audit(inst, &t, &audit), 0);
  assert_true(audit.is_feasible);
  assert_int_equal(rms_jobs_measure(inst, &t, &audit, &m), 0);
  assert_int_equal(rms_jobs_over_time(inst, &t, &audit, 50, stp, waiting, running), 0);
  for (size_t i = 0; i < 50; i++) {
    work += stp[i] * m.makespan / 50;
    wait += (waiting[i] + running[i]) * m.makespan / 50;
  }
  assert_true(fabs(work / total_work(inst) - 1) < 1e-6);  /* all work, over time */
  assert_true(fabs(wait / (m.jct_mean * 80) - 1) < 1e-6); /* Little: jobs there x time */
  assert_true(m.jct_median <= m.jct_p95 && m.jct_p95 <= m.jct_p99 && m.jct_p99 <= m.jct_max);
  assert_true(m.utilisation > 0 && m.utilisation <= 1 && m.busy <= 1 && m.utilisation <= m.busy);
  assert_true(m.slowdown_mean >= 0.99 && m.queue_mean <= m.jct_mean);
  assert_true(m.runs == (double)t.n_runs && m.migrations == m.runs - 80 && m.cuts > 0);
  rms_jobs_audit_fini(&audit);
  rms_timeline_fini(&t);
  rms_fake_host_fini(&fake);
  rms_instance_free(base);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_every_legal_multiset_is_a_cut),
      cmocka_unit_test(test_generated_traces),
      cmocka_unit_test(test_sets),
      cmocka_unit_test(test_written_and_read),
      cmocka_unit_test(test_wrong_files_are_told),
      cmocka_unit_test(test_plan_files),
      cmocka_unit_test(test_no_memory),
      cmocka_unit_test(test_ordering_on_misos_trace),
      cmocka_unit_test(test_optsta_is_the_best_static),
      cmocka_unit_test(test_policies_on_other_worlds),
      cmocka_unit_test(test_partitions_that_do_not_exist),
      cmocka_unit_test(test_metrics),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
