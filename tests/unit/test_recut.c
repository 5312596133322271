/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Policies miso, oracle and forecast: every timeline passes the checker, the same bytes again, what
 * they do where it is known what is right, memory that runs out. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fake_host.h"
#include "instances/base/rng.h"
#include "instances/jobs/jobs.h"
#include "ledger.h"
#include "solvers/jobs/lengths.h"
#include "solvers/registry.h"

static struct rms_instance *open_text(const char *text)
{
  struct rms_instance *inst = NULL;
  struct rms_error err = {0};
  if (rms_instance_open(&inst, text, &err) < 0) fail_msg("%s: %s", text, err.text);
  return inst;
}

/* Mean completion time; the trace of the run goes to `trace` when it is wanted. */
static double run(const struct rms_instance *inst, const char *name, const char *settings,
                  struct rms_text *trace)
{
  struct rms_fake_host fake;
  rms_fake_host_init(&fake, inst);
  const int outcome = rms_fake_host_run(&fake, rms_solver_builtin("jobs", name), settings);
  if (outcome != RMS_FEASIBLE || fake.broken[0])
    fail_msg("%s:%s: outcome %d, %s %s", name, settings, outcome, fake.broken, fake.last_log);
  assert_int_equal(fake.verdict.kind, RMS_VERDICT_VERIFIED_FEASIBLE);
  const double mean = fake.best[0];
  if (trace) rms_text_bytes(trace, fake.solution.data, fake.solution.length);
  rms_fake_host_fini(&fake);
  return mean;
}

static const struct {
  const char *name, *settings;
} policies[] = {{"miso", NULL},
                {"miso", "objective=stp,cuts=any"},
                {"miso", "predictor=true,error=0.1,repair=always"},
                {"miso", "predictor=ridge"},
                {"oracle", NULL},
                {"oracle", "objective=stp,error=0.05"},
                {"oracle", "cuts=any,repair=always"},
                {"forecast", NULL},
                {"forecast", "memory=no,weight=1,horizon=50"},
                {"forecast", "place=fewest,migrate=no,weight=-1"},
                {"forecast", "fill=no"},
                {"forecast", "reserve=1,weight=0"}};
enum { POLICIES = sizeof policies / sizeof *policies };

static void test_timelines_are_right(void **state)
{
  static const char *const settings[] = {
      "machines=3,jobs=60,gap=30",
      "machines=2,jobs=40,trace=drawn,arrivals=bursty,load=1.2,rules=r510",
      "machines=3,jobs=40,trace=drawn,arrivals=poisson,load=0.9,machine=a30-24gb",
      "machines=2,jobs=40,trace=drawn,arrivals=diurnal,load=0.9,machine=h100-80gb,scope=slice",
      "machines=2,jobs=40,measure=model,noise=0.1,overhead=0,phase=0",
      "machines=1,jobs=30,gap=5"};
  (void)state;
  for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
    for (int index = 0; index < 3; index++) {
      char text[192];
      snprintf(text, sizeof text, "jobs:%s,seed=5,index=%d", settings[i], index);
      struct rms_instance *inst = open_text(text);
      for (size_t p = 0; p < POLICIES; p++)
        assert_true(run(inst, policies[p].name, policies[p].settings, NULL) > 0);
      rms_instance_free(inst);
    }
}

static void test_same_bytes_again(void **state)
{
  struct rms_instance *inst = open_text("jobs:machines=3,jobs=60,gap=30");
  (void)state;
  for (size_t p = 0; p < POLICIES; p++) {
    struct rms_text one = {0}, two = {0};
    run(inst, policies[p].name, policies[p].settings, &one);
    run(inst, policies[p].name, policies[p].settings, &two);
    assert_int_equal(one.length, two.length);
    assert_memory_equal(one.data, two.data, one.length);
    rms_text_fini(&one);
    rms_text_fini(&two);
  }
  rms_instance_free(inst);
}

/* Where each job finds an empty machine nothing is measured, cut or moved: its time is its work.
 * (With any cuts a job that is fastest on a part of the machine gets a part.) */
static void test_nobody_waits_on_an_empty_cluster(void **state)
{
  struct rms_instance *inst = open_text("jobs:machines=40,jobs=40,gap=1");
  const struct rms_jobs *jobs = rms_jobs_of(inst);
  double sum = 0;
  (void)state;
  for (size_t j = 0; j < jobs->n_jobs; j++)
    sum += (double)jobs->jobs[j].work / ((double)RMS_JOBS_FULL * (double)RMS_JOBS_SECOND);
  for (size_t p = 0; p < POLICIES; p++) {
    if (policies[p].settings && strstr(policies[p].settings, "cuts=any")) continue;
    if (!strcmp(policies[p].name, "forecast")) continue; /* it takes any cuts, too */
    const double mean = run(inst, policies[p].name, policies[p].settings, NULL);
    assert_true(fabs(mean - sum / (double)jobs->n_jobs) < 1e-6 * mean);
  }
  rms_instance_free(inst);
}

/* An injected error of 0 is the truth; a large one changes what is done. */
static void test_error_is_injected(void **state)
{
  struct rms_instance *inst = open_text("jobs:machines=2,jobs=60,gap=30");
  struct rms_text none = {0}, zero = {0}, large = {0};
  (void)state;
  run(inst, "oracle", NULL, &none);
  run(inst, "oracle", "error=0", &zero);
  run(inst, "oracle", "error=0.3", &large);
  assert_int_equal(none.length, zero.length);
  assert_memory_equal(none.data, zero.data, none.length);
  assert_true(large.length != zero.length || memcmp(large.data, zero.data, zero.length) != 0);
  rms_text_fini(&large);
  rms_text_fini(&zero);
  rms_text_fini(&none);
  rms_instance_free(inst);
}

/* Look-ahead off is the default, to the byte; on, it changes where jobs go. */
static void test_reserve_looks_ahead(void **state)
{
  struct rms_instance *inst = open_text("jobs:machines=3,jobs=60,gap=30");
  struct rms_text none = {0}, zero = {0}, full = {0};
  (void)state;
  run(inst, "forecast", NULL, &none);
  run(inst, "forecast", "reserve=0", &zero);
  run(inst, "forecast", "reserve=1", &full);
  assert_int_equal(none.length, zero.length);
  assert_memory_equal(none.data, zero.data, none.length);
  assert_true(full.length != zero.length || memcmp(full.data, zero.data, zero.length) != 0);
  rms_text_fini(&full);
  rms_text_fini(&zero);
  rms_text_fini(&none);
  rms_instance_free(inst);
}

static void open_until_good(const struct rms_instance *inst, const struct rms_solver *solver,
                            const char *const *values)
{
  for (long n = 1;; n++) {
    const long before = rms_ledger_live();
    void *self = NULL;
    rms_ledger_fail_at(n);
    const int status = solver->open(&self, inst, values);
    const int has_failed = rms_ledger_has_failed();
    rms_ledger_fail_at(0);
    solver->close(self);
    assert_int_equal(rms_ledger_live(), before);
    assert_int_equal(status, has_failed ? RMS_E_NOMEM : RMS_OK);
    if (!has_failed) break;
  }
}

static void test_open_with_failing_memory(void **state)
{
  struct rms_instance *inst = open_text("jobs:machines=2,jobs=5");
  static const char *const miso[] = {"slowdown", "maximal", "empty", "ridge", "0.016"};
  static const char *const forecast[] = {"ridge", "yes", "0.1", "gain",
                                         "yes",   "150", "yes", "0.25"};
  (void)state;
  open_until_good(inst, rms_solver_builtin("jobs", "miso"), miso);
  open_until_good(inst, rms_solver_builtin("jobs", "forecast"), forecast);
  rms_instance_free(inst);
}

/* Index of jobs whose lengths are known to the policy: it rises where all are alike, stays where
 * the past says nothing, falls where most are short and few are very long. */
static void test_index_follows_the_lengths(void **state)
{
  struct rms_lengths same, random, heavy;
  struct rms_rng rng = {.key = {.seed = 1}, .purpose = RMS_PURPOSE_INSTANCE};
  (void)state;
  rms_lengths_init(&same, 1e-6);
  rms_lengths_init(&random, 1e-6);
  rms_lengths_init(&heavy, 1e-6);
  for (int i = 0; i < 20000; i++) {
    const double unit = rms_rng_unit(&rng);
    rms_lengths_add(&same, 100);
    rms_lengths_add(&random, -500 * log(unit));
    rms_lengths_add(&heavy, 10 / unit); /* Pareto, shape 1 */
  }
  assert_true(rms_lengths_index(&same, 70) > 2 * rms_lengths_index(&same, 0));
  for (double age = 0; age < 1000; age += 50)
    assert_true(fabs(rms_lengths_index(&random, age) * 500 - 1) < 0.15);
  for (double age = 25; age < 5000; age *= 2)
    assert_true(rms_lengths_index(&heavy, age) > 1.2 * rms_lengths_index(&heavy, 2 * age));
  for (double age = 0; age < 1e9; age = 2 * age + 1)
    assert_true(rms_lengths_index(&same, age) > 0 && rms_lengths_index(&heavy, age) > 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_timelines_are_right),
      cmocka_unit_test(test_same_bytes_again),
      cmocka_unit_test(test_nobody_waits_on_an_empty_cluster),
      cmocka_unit_test(test_error_is_injected),
      cmocka_unit_test(test_reserve_looks_ahead),
      cmocka_unit_test(test_open_with_failing_memory),
      cmocka_unit_test(test_index_follows_the_lengths),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
