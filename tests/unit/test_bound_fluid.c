/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Solver bound-fluid: never above a timeline of any policy, clairvoyant or random ones included;
 * exact where nobody waits; more than the times alone where the cluster is too small. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "fake_host.h"
#include "instances/jobs/jobs.h"
#include "ledger.h"
#include "solvers/jobs/policy.h"
#include "solvers/registry.h"
#include "wild.h"

#define FEW "passes=4,segments=8,steps=10"

static struct rms_instance *open_text(const char *text)
{
  struct rms_instance *inst = NULL;
  struct rms_error err = {0};
  if (rms_instance_open(&inst, text, &err) < 0) fail_msg("%s: %s", text, err.text);
  return inst;
}

static double bound_of(const struct rms_instance *inst, const char *settings)
{
  struct rms_fake_host fake;
  rms_fake_host_init(&fake, inst);
  const int outcome = rms_fake_host_run(&fake, rms_solver_builtin("jobs", "bound-fluid"), settings);
  assert_string_equal(fake.broken, "");
  assert_int_equal(outcome, RMS_FEASIBLE);
  const double bound = fake.bound;
  rms_fake_host_fini(&fake);
  return bound;
}

static double mean_of(const struct rms_instance *inst, const char *name)
{
  struct rms_fake_host fake;
  rms_fake_host_init(&fake, inst);
  assert_int_equal(rms_fake_host_run(&fake, rms_solver_builtin("jobs", name), NULL), RMS_FEASIBLE);
  const double mean = fake.best[0];
  rms_fake_host_fini(&fake);
  return mean;
}

static double wild_mean(const struct rms_instance *inst, uint64_t seed)
{
  struct rms_wild wild = {.seed = seed, .orders = 200};
  struct rms_timeline timeline = {0};
  struct rms_error err = {0};
  double mean = 0, makespan;
  assert_int_equal(
      rms_simulate(rms_jobs_of(inst), &rms_wild_policy, &wild, NULL, NULL, &timeline, NULL, &err),
      0);
  assert_int_equal(rms_policy_objectives(rms_jobs_of(inst), &timeline, &mean, &makespan), 0);
  rms_timeline_fini(&timeline);
  return mean;
}

static void check(const struct rms_instance *inst, const char *text, uint64_t seed)
{
  static const char *const policies[] = {"nopart", "mps", "miso", "oracle", "forecast"};
  const double bound = bound_of(inst, FEW);
  assert_true(bound > 0 && bound + 1e-12 >= bound_of(inst, "passes=0,steps=0"));
  for (size_t p = 0; p < sizeof policies / sizeof *policies; p++)
    if (bound > mean_of(inst, policies[p])) fail_msg("%s: %s is better", text, policies[p]);
  if (bound > wild_mean(inst, seed)) fail_msg("%s: the wild one is better", text);
}

static void test_no_policy_is_below(void **state)
{
  static const char *const settings[] = {
      "machines=1,jobs=12,gap=1,overhead=0,phase=0",
      "machines=2,jobs=30,trace=drawn,arrivals=bursty,load=1.2,rules=r510,overhead=0",
      "machines=2,jobs=30,trace=drawn,arrivals=poisson,load=0.9,machine=a30-24gb,overhead=0",
      "machines=2,jobs=30,trace=drawn,load=1.2,machine=h100-80gb,scope=slice,overhead=0"};
  (void)state;
  for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
    for (int index = 0; index < 5; index++) {
      char text[192];
      snprintf(text, sizeof text, "jobs:%s,seed=9,index=%d", settings[i], index);
      struct rms_instance *inst = open_text(text);
      check(inst, text, (uint64_t)index);
      rms_instance_free(inst);
    }
}

static void test_no_wild_policy_is_below(void **state)
{
  (void)state;
  for (uint64_t seed = 0; seed < 100; seed++) {
    char spec[256], text[320];
    rms_wild_spec(seed, spec, sizeof spec);
    snprintf(text, sizeof text, "jobs:%s", spec);
    struct rms_instance *inst = open_text(text);
    if (bound_of(inst, FEW) > wild_mean(inst, seed)) fail_msg("%s", text);
    rms_instance_free(inst);
  }
}

/* Nobody waits: each job takes its time alone. */
static void test_exact_where_nobody_waits(void **state)
{
  struct rms_instance *inst = open_text("jobs:machines=40,jobs=40,gap=1");
  const double mean = mean_of(inst, "nopart");
  (void)state;
  assert_true(fabs(bound_of(inst, FEW) / mean - 1) < 0.02);
  rms_instance_free(inst);
}

/* One machine for 40 jobs at once: they cannot all be as fast as alone. */
static void test_queue_counts(void **state)
{
  struct rms_instance *inst = open_text("jobs:machines=1,jobs=40,gap=1,overhead=0,phase=0");
  const struct rms_jobs *jobs = rms_jobs_of(inst);
  double alone = 0;
  (void)state;
  for (size_t j = 0; j < jobs->n_jobs; j++)
    alone += (double)jobs->jobs[j].work / RMS_JOBS_FULL / (double)RMS_JOBS_SECOND;
  assert_true(bound_of(inst, FEW) > 2 * alone / (double)jobs->n_jobs);
  assert_true(bound_of(inst, FEW) > 0.4 * mean_of(inst, "forecast"));
  rms_instance_free(inst);
}

static void test_open_with_failing_memory(void **state)
{
  struct rms_instance *inst = open_text("jobs:machines=2,jobs=5");
  const struct rms_solver *solver = rms_solver_builtin("jobs", "bound-fluid");
  static const char *const values[] = {"20", "20", "100"};
  int has_failed = 1;
  (void)state;
  for (long n = 1; has_failed; n++) {
    const long before = rms_ledger_live();
    void *self = NULL;
    rms_ledger_fail_at(n);
    const int status = solver->open(&self, inst, values);
    has_failed = rms_ledger_has_failed();
    rms_ledger_fail_at(0);
    solver->close(self);
    assert_int_equal(rms_ledger_live(), before);
    assert_int_equal(status, has_failed ? RMS_E_NOMEM : RMS_OK);
  }
  rms_instance_free(inst);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_no_policy_is_below),
      cmocka_unit_test(test_no_wild_policy_is_below),
      cmocka_unit_test(test_exact_where_nobody_waits),
      cmocka_unit_test(test_queue_counts),
      cmocka_unit_test(test_open_with_failing_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
