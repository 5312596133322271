/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The baselines against their definitions, written down again from the demands and rates. */
#include <math.h>
#include <stdlib.h>

#include "fake_host.h"
#include "ledger_fixture.h"
#include "serve_fixture.h"
#include "serve_random.h"
#include "solvers/registry.h"
#include "solvers/serve/completion.h"

static const char *const names[] = {"full", "split7-dedicated", "split7-pooled", "mix421-dedicated",
                                    "mix421-pooled"};
enum { FULL, SPLIT, SPLIT_POOLED, MIX, MIX_POOLED, NAMES };

struct result {
  int outcome;
  uint64_t solutions;
  double objective;
  char log[RMS_FAKE_LINE];
};

static struct result run(const struct rms_serve *inst, size_t name, const char *params)
{
  struct rms_fake_host fake;
  rms_fake_host_init(&fake, &inst->base);
  const struct rms_solver *solver = rms_solver_builtin("serve", names[name]);
  assert_non_null(solver);
  struct result result = {.outcome = rms_fake_host_run(&fake, solver, params)};
  assert_string_equal(fake.broken, "");
  assert_true(fake.n_bounds == 0); /* what is proved for a fixed cut is no bound of the instance */
  result.solutions = fake.n_solutions;
  result.objective = fake.best[0];
  memcpy(result.log, fake.last_log, sizeof result.log);
  rms_fake_host_fini(&fake);
  return result;
}

static int64_t rate(const struct rms_serve *inst, size_t s, const char *shape)
{
  const int profile = rms_machine_profile(inst->machines[0], shape);
  const int kind = profile < 0 ? -1 : rms_serve_kind_of(inst, 0, (size_t)profile);
  return kind < 0 ? 0 : rms_serve_rate(inst, s, (size_t)kind);
}

static int64_t divide_up(int64_t a, int64_t b)
{
  return (a - 1) / b + 1;
}

/* Least N such that N each of 4g, 2g, 1g cover all: every split of every service, depth first. */
static bool fits(const struct rms_serve *inst, const bool *is_in, size_t s, int64_t a, int64_t b,
                 int64_t c)
{
  while (s < inst->n_services && !is_in[s]) s++;
  if (s == inst->n_services) return true;
  const int64_t r4 = rate(inst, s, "4g"), r2 = rate(inst, s, "2g"), r1 = rate(inst, s, "1g");
  for (int64_t i = 0; i <= (r4 > 0 ? a : 0); i++)
    for (int64_t j = 0; j <= (r2 > 0 ? b : 0); j++) {
      const int64_t left = inst->services[s].demand - i * r4 - j * r2;
      const int64_t k = left <= 0 ? 0 : r1 > 0 ? divide_up(left, r1) : INT64_MAX;
      if (k <= c && fits(inst, is_in, s + 1, a - i, b - j, c - k)) return true;
      if (left <= 0) break;
    }
  return false;
}

/* By definition; -1: a service cannot run on a whole machine either. */
static int64_t expected(const struct rms_serve *inst, size_t name)
{
  int64_t machines = 0, slices = 0;
  bool is_in[8] = {false}, has_any = false;
  for (size_t s = 0; s < inst->n_services; s++) {
    const int64_t demand = inst->services[s].demand;
    const int64_t mix = rate(inst, s, "4g") + rate(inst, s, "2g") + rate(inst, s, "1g");
    const int64_t use[] = {rate(inst, s, "7g"), 7 * rate(inst, s, "1g"), rate(inst, s, "1g"), mix,
                           mix};
    if (use[name] == 0) {
      if (rate(inst, s, "7g") == 0) return -1;
      machines += divide_up(demand, rate(inst, s, "7g"));
    } else if (name == SPLIT_POOLED) {
      slices += divide_up(demand, use[name]);
    } else if (name == MIX_POOLED) {
      is_in[s] = has_any = true;
    } else {
      machines += divide_up(demand, use[name]);
    }
  }
  int64_t least = has_any;
  while (has_any && !fits(inst, is_in, 0, least, least, least)) least++;
  return machines + (slices == 0 ? 0 : divide_up(slices, 7)) + least;
}

static void definitions(void **state)
{
  (void)state;
  int compared = 0, fallen = 0, hopeless = 0;
  for (uint64_t seed = 0; compared < 600; seed++) {
    const struct serve_random shape = {.services = 4, .demand = 3};
    struct rms_serve *inst = serve_random(seed, &shape);
    if (rms_machine_profile(inst->machines[0], "7g") >= 0)
      for (size_t i = 0; i < NAMES; i++) {
        const struct result result = run(inst, i, NULL);
        const int64_t machines = expected(inst, i);
        size_t s = 0;
        if (result.outcome != RMS_INFEASIBLE) assert_int_equal(result.outcome, RMS_FEASIBLE);
        if (rms_serve_is_unservable(inst, &s)) assert_int_equal(result.outcome, RMS_INFEASIBLE);
        if (machines < 0) {
          assert_int_equal(result.solutions, 0);
          hopeless++;
        } else if (!(result.objective == (double)machines)) {
          fail_msg("seed %d, %s: %g machines, by definition %d", (int)seed, names[i],
                   result.objective, (int)machines);
        }
        fallen += strstr(result.log, "fall back") != NULL;
        compared++;
      }
    rms_serve_free(inst);
  }
  assert_true(fallen > 10 && hopeless > 10);
}

#define ALL_RATES                                                                                  \
  "\"1g.10gb\": 10, \"2g.20gb\": 18, \"3g.40gb\": 25, \"4g.40gb\": 30, \"7g.80gb\": 40"

static void edges(void **state)
{
  (void)state;
  const long live = rms_ledger_live();
  static const struct {
    const char *text;
    int outcome[NAMES];
    double machines[NAMES]; /* < 0: no plan */
  } cases[] = {
      {SERVE_NONE, {RMS_FEASIBLE, RMS_FEASIBLE, RMS_FEASIBLE, RMS_FEASIBLE, RMS_FEASIBLE}, {0}},
      {SERVE_ONE("1000", ALL_RATES, ""),
       {RMS_FEASIBLE, RMS_FEASIBLE, RMS_FEASIBLE, RMS_FEASIBLE, RMS_FEASIBLE},
       {25, 15, 15, 18, 18}},
      {SERVE_ONE("1000", ALL_RATES, ", \"count\": 15"),
       {RMS_FEASIBLE, RMS_FEASIBLE, RMS_FEASIBLE, RMS_FEASIBLE, RMS_FEASIBLE},
       {-1, 15, 15, -1, -1}},
      {SERVE_ONE("1000", "\"7g.80gb\": 40", ""), /* all fall back */
       {RMS_FEASIBLE, RMS_FEASIBLE, RMS_FEASIBLE, RMS_FEASIBLE, RMS_FEASIBLE},
       {25, 25, 25, 25, 25}},
      {SERVE_ONE("1000", "\"3g.40gb\": 40", ""), /* runs, but on none of these */
       {RMS_FEASIBLE, RMS_FEASIBLE, RMS_FEASIBLE, RMS_FEASIBLE, RMS_FEASIBLE},
       {-1, -1, -1, -1, -1}},
      {SERVE_ONE("1e12", "\"7g.80gb\": 0.000001, \"1g.10gb\": 0.000001",
                 ""), /* more than a plan may have */
       {RMS_FEASIBLE, RMS_FEASIBLE, RMS_FEASIBLE, RMS_FEASIBLE, RMS_STOPPED},
       {-1, -1, -1, -1, -1}},
      {SERVE_ONE("1", "", ""),
       {RMS_INFEASIBLE, RMS_INFEASIBLE, RMS_INFEASIBLE, RMS_INFEASIBLE, RMS_INFEASIBLE},
       {-1, -1, -1, -1, -1}},
  };
  for (size_t c = 0; c < sizeof cases / sizeof *cases; c++)
    for (size_t i = 0; i < NAMES; i++) {
      if (cases[c].outcome[i] == RMS_STOPPED) continue; /* out of range for the exact solver */
      struct rms_serve *inst = serve_open(cases[c].text);
      const struct result result = run(inst, i, NULL);
      assert_int_equal(result.outcome, cases[c].outcome[i]);
      if (cases[c].machines[i] < 0)
        assert_int_equal(result.solutions, 0);
      else
        assert_true(result.objective == cases[c].machines[i]);
      rms_serve_free(inst);
    }
  assert_int_equal(rms_ledger_live(), live);
}

static void shapes_are_parameters(void **state)
{
  (void)state;
  struct rms_serve *inst = serve_open(SERVE_ONE("1000", ALL_RATES, ""));
  assert_true(run(inst, FULL, "shape=4g").objective == 34); /* 1000 / 30 */
  assert_true(run(inst, FULL, "shape=4g.40gb").objective == 34);
  assert_true(run(inst, SPLIT, "shape=3g").objective == 20);          /* 1000 / (2 x 25) */
  assert_true(run(inst, SPLIT_POOLED, "shape=2g").objective == 19);   /* 56 slices, 3 each */
  assert_true(run(inst, MIX, "mix=4g+3g").objective == 19);           /* 1000 / 55 */
  assert_true(run(inst, MIX_POOLED, "mix=3g+2g+2g").objective == 17); /* 1000 / 61 */
  static const char *const bad[] = {"shape=9g", "shape="};
  for (size_t i = 0; i < 2; i++) assert_int_equal(run(inst, FULL, bad[i]).outcome, RMS_E_PARAM);
  static const char *const bad_mix[] = {"mix=4g+4g", "mix=4g+", "mix=7g+1g", "mix=5g"};
  for (size_t i = 0; i < 4; i++) {
    assert_int_equal(run(inst, MIX, bad_mix[i]).outcome, RMS_E_PARAM);
    assert_int_equal(run(inst, MIX_POOLED, bad_mix[i]).outcome, RMS_E_PARAM);
  }
  rms_serve_free(inst);
}

#define MACHINE(name, profile)                                                                     \
  "{ \"format\": \"rms-instance/1\", \"family\": \"serve\", \"name\": \"m\", \"pools\": [ {"       \
  " \"machine\": \"" name "\" } ], \"services\": [ { \"name\": \"s\", \"demand\": 5,"              \
  " \"throughput\": { \"" name "\": { \"" profile "\": 1 } } } ] }"

static void support_follows_the_machine(void **state)
{
  (void)state;
  static const struct {
    const char *text;
    bool has_shapes, has_mix;
  } cases[] = {{SERVE_SMALL, true, true},
               {SERVE_POOLS, false, false},                  /* several pools */
               {MACHINE("a30-24gb", "1g.6gb"), true, false}, /* 4g takes all of it */
               {MACHINE("mi300x-192gb", "CPX+NPS1"), true, false},
               {MACHINE("h100-80gb", "1g.10gb"), true, true}};
  for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
    struct rms_serve *inst = serve_open(cases[c].text);
    for (size_t i = 0; i < NAMES; i++) {
      const struct rms_solver *solver = rms_solver_builtin("serve", names[i]);
      assert_int_equal(solver->supports(&inst->base) != 0,
                       i < MIX ? cases[c].has_shapes : cases[c].has_mix);
      if (solver->supports(&inst->base)) assert_int_equal(run(inst, i, NULL).outcome, RMS_FEASIBLE);
    }
    rms_serve_free(inst);
  }
  struct rms_serve *inst = serve_open(MACHINE("mi300x-192gb", "CPX+NPS1"));
  assert_true(run(inst, SPLIT, NULL).objective == 1); /* 8 slices of 1 */
  assert_int_equal(run(inst, FULL, NULL).solutions,
                   0); /* runs on a slice, not on a whole machine */
  rms_serve_free(inst);
}

static void stops_cleanly(void **state)
{
  (void)state;
  const struct serve_random shape = {.services = 8, .demand = 30};
  struct rms_serve *inst = serve_random(4, &shape);
  const long live = rms_ledger_live();
  for (size_t i = 0; i < NAMES; i++)
    for (uint64_t poll = 1; poll < 40; poll++) {
      const struct rms_solver *solver = rms_solver_builtin("serve", names[i]);
      struct rms_fake_host fake;
      if (!solver->supports(&inst->base)) continue;
      rms_fake_host_init(&fake, &inst->base);
      fake.stop_at_poll = poll;
      const int outcome = rms_fake_host_run(&fake, solver, NULL);
      assert_true(outcome == RMS_STOPPED || fake.polls < poll || i == MIX_POOLED);
      assert_string_equal(fake.broken, "");
      rms_fake_host_fini(&fake);
      assert_int_equal(rms_ledger_live(), live);
    }
  rms_serve_free(inst);
}

static void failing_allocations(void **state)
{
  (void)state;
  struct rms_serve *inst = serve_open(SERVE_SMALL);
  for (size_t i = 0; i < NAMES; i++)
    every_allocation_may_fail(&inst->base, rms_solver_builtin("serve", names[i]), RMS_FEASIBLE);
  rms_serve_free(inst);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(definitions),           cmocka_unit_test(edges),
      cmocka_unit_test(shapes_are_parameters), cmocka_unit_test(support_follows_the_machine),
      cmocka_unit_test(stops_cleanly),         cmocka_unit_test(failing_allocations),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
