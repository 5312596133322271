/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The fake solver when it behaves, its lies when they can be seen in one process, and the solver
 * that newcomers copy. */
#include "fake_host.h"
#include "ledger_fixture.h"
#include "serve_fixture.h"
#include "solvers/params.h"
#include "solvers/registry.h"

static struct rms_fake_host run(const char *text, const char *solver, const char *assignments,
                                int *outcome)
{
  static struct rms_fake_host fake; /* must not move */
  struct rms_serve *inst = serve_open(text);
  rms_fake_host_init(&fake, &inst->base);
  fake.seed = 5;
  *outcome = rms_fake_host_run(&fake, rms_solver_builtin("serve", solver), assignments);
  struct rms_fake_host copy = fake;
  rms_fake_host_fini(&fake);
  copy.solution = copy.trace = (struct rms_text){0}; /* only the numbers are looked at */
  rms_serve_free(inst);
  return copy;
}

static void dummy_behaves(void **state)
{
  (void)state;
  static const char *const texts[] = {SERVE_SMALL, SERVE_POOLS};
  for (size_t i = 0; i < 2; i++) {
    int outcome;
    struct rms_fake_host got = run(texts[i], "dummy", "incumbents=4,size=3", &outcome);
    assert_int_equal(outcome, RMS_FEASIBLE);
    assert_string_equal(got.broken, "");
    assert_int_equal(got.n_solutions, 4);
    assert_int_equal(got.verdict.kind, RMS_VERDICT_VERIFIED_FEASIBLE);
    assert_true(got.draws > 0 && got.exchanges == 4 && got.work == 40);
  }
}

static void null_does_nothing(void **state)
{
  (void)state;
  int outcome;
  struct rms_fake_host got = run(SERVE_SMALL, "dummy", "mode=null", &outcome);
  assert_int_equal(outcome, RMS_FEASIBLE);
  assert_int_equal(got.n_reports + got.polls + got.draws, 0);
}

static void dummy_misbehaves_when_told_and_where_told(void **state)
{
  (void)state;
  static const struct {
    const char *name;
    int outcome;
    uint64_t n_solutions;
    bool is_broken;
  } cases[] = {
      {"none", RMS_FEASIBLE, 3, false},           {"nomem", RMS_E_NOMEM, 2, false},
      {"unsupported", RMS_UNSUPPORTED, 2, false}, {"lie-infeasible", RMS_INFEASIBLE, 2, false},
      {"lie-optimal", RMS_OPTIMAL, 3, false},     {"lie-objective", RMS_FEASIBLE, 3, true},
      {"lie-feasible", RMS_FEASIBLE, 3, true},    {"lie-bound", RMS_FEASIBLE, 3, true},
      {"bad-bytes", RMS_FEASIBLE, 3, true},       {"worse", RMS_FEASIBLE, 4, true},
      {"work-back", RMS_FEASIBLE, 3, true}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char setting[64];
    int outcome;
    snprintf(setting, sizeof setting, "misbehave=%s,at=2", cases[i].name);
    struct rms_fake_host got = run(SERVE_SMALL, "dummy", setting, &outcome);
    if (outcome != cases[i].outcome || got.n_solutions != cases[i].n_solutions ||
        (got.broken[0] != '\0') != cases[i].is_broken)
      fail_msg("%s: outcome %d, %d solutions, \"%s\"", setting, outcome, (int)got.n_solutions,
               got.broken);
  }
}

static void template_solves_badly_but_rightly(void **state)
{
  (void)state;
  static const char *const texts[] = {SERVE_SMALL, SERVE_POOLS};
  for (size_t i = 0; i < 2; i++) {
    int outcome;
    struct rms_fake_host got = run(texts[i], "template", "rounds=200", &outcome);
    assert_int_equal(outcome, RMS_FEASIBLE);
    assert_string_equal(got.broken, "");
    assert_true(got.n_solutions >= 1 && got.polls == 200);
    assert_int_equal(got.verdict.kind, RMS_VERDICT_VERIFIED_FEASIBLE);
  }
}

static void failing_allocations(void **state)
{
  (void)state;
  static const char *const names[] = {"dummy", "template"};
  for (size_t k = 0; k < 2; k++) {
    struct rms_serve *inst = serve_open(SERVE_SMALL);
    const struct rms_solver *solver = rms_solver_builtin("serve", names[k]);
    bool has_failed = true;
    for (long n = 1; has_failed; n++) {
      struct rms_fake_host fake;
      rms_fake_host_init(&fake, &inst->base);
      const long before = rms_ledger_live();
      rms_ledger_fail_at(n);
      const int outcome = rms_fake_host_run(&fake, solver, k ? "rounds=3" : "");
      has_failed = rms_ledger_has_failed();
      rms_ledger_fail_at(0);
      assert_true(outcome == RMS_FEASIBLE || outcome == RMS_E_NOMEM);
      rms_fake_host_fini(&fake);
      assert_int_equal(rms_ledger_live(), before);
      assert_true(n < 1000);
    }
    rms_serve_free(inst);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(dummy_behaves),
      cmocka_unit_test(null_does_nothing),
      cmocka_unit_test(dummy_misbehaves_when_told_and_where_told),
      cmocka_unit_test(template_solves_badly_but_rightly),
      cmocka_unit_test(failing_allocations),
      cmocka_unit_test(nothing_is_left_behind),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
