/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The bounds against the relaxation, solved by GLPK as it is written, and the optimum by trying
 * all. */
#include <math.h>
#include <stdlib.h>

#include "brute.h"
#include "fake_host.h"
#include "instances/serve/check.h"
#include "ledger_fixture.h"
#include "serve_fixture.h"
#include "serve_model.h"
#include "serve_random.h"
#include "solvers/registry.h"
#include "solvers/serve/dual.h"

struct result {
  int outcome;
  double bound;
  uint64_t work, reports;
};

static struct result run(const struct rms_serve *inst, const char *name, const char *params)
{
  struct rms_fake_host fake;
  rms_fake_host_init(&fake, &inst->base);
  const struct rms_solver *solver = rms_solver_builtin("serve", name);
  assert_non_null(solver);
  struct result result = {.outcome = rms_fake_host_run(&fake, solver, params)};
  assert_string_equal(fake.broken, "");
  assert_int_equal(fake.n_solutions, 0);
  result.bound = fake.bound;
  result.work = fake.work;
  result.reports = fake.n_reports;
  rms_fake_host_fini(&fake);
  return result;
}

static struct serve_random shape_of(uint64_t seed)
{
  return (struct serve_random){
      .services = 4, .demand = 4, .has_pools = seed % 2 == 1, .has_stock = seed % 4 == 3};
}

static void relaxation_is_met(void **state)
{
  (void)state;
  int infeasible = 0, tight = 0;
  for (uint64_t seed = 0; seed < 400; seed++) {
    const struct serve_random shape = shape_of(seed);
    struct rms_serve *inst = serve_random(seed, &shape);
    const double lp = serve_model(inst);
    assert_true(lp >= 0);
    const struct result result = run(inst, "bound-lp", NULL);
    if (isinf(lp)) {
      assert_int_equal(result.outcome, RMS_INFEASIBLE);
      infeasible++;
    } else {
      assert_int_equal(result.outcome, RMS_FEASIBLE);
      if (!(result.bound <= lp * (1 + 1e-9) && result.bound >= lp * (1 - 1e-6)))
        fail_msg("seed %d: bound %.12g, relaxation %.12g", (int)seed, result.bound, lp);
      const struct result rule_free = run(inst, "bound-free", "units=best");
      assert_true(rule_free.bound <= result.bound * (1 + 1e-9));
      tight += rule_free.bound < result.bound * 0.99;
    }
    rms_serve_free(inst);
  }
  assert_true(infeasible > 10 && tight > 10);
}

static void bounds_are_below_the_optimum(void **state)
{
  (void)state;
  static const char *const free_units[] = {"units=compute", "units=memory", "units=best"};
  int compared = 0;
  for (uint64_t seed = 1000; seed < 1400; seed++) {
    const struct serve_random shape = shape_of(seed);
    struct rms_serve *inst = serve_random(seed, &shape);
    const int64_t optimum = rms_brute_cost(inst);
    for (int i = 0; optimum >= 0 && i < 4; i++) {
      const struct result result =
          i == 3 ? run(inst, "bound-lp", NULL) : run(inst, "bound-free", free_units[i]);
      assert_true(result.bound <= (double)optimum && result.bound >= 0);
      compared++;
    }
    rms_serve_free(inst);
  }
  assert_true(compared > 400);
}

/* One machine type: sum of r / (7 max over sizes of rate / size). */
static void rule_free_is_the_formula(void **state)
{
  (void)state;
  struct rms_serve *inst = serve_open(SERVE_SMALL);
  const double a = 460 / (7 * 148.8), b = 90.5 / (7 * 55.25 / 3);
  const struct result result = run(inst, "bound-free", NULL);
  assert_int_equal(result.outcome, RMS_FEASIBLE);
  assert_true(result.bound <= a + b && result.bound > (a + b) * (1 - 1e-12));
  /* by memory: 3g takes 4 of 8, 2g 2 of 8 */
  const double by_memory =
      460 / (8 * 148.8) + 90.5 / (8 * fmax(30.0 / 2, fmax(55.25 / 4, 100.0 / 8)));
  const struct result memory = run(inst, "bound-free", "units=memory");
  assert_true(memory.bound <= by_memory && memory.bound > by_memory * (1 - 1e-12));
  rms_serve_free(inst);
}

/* Whatever the prices: after the repair the checker accepts them, and its bound is not below ours.
 */
static void repaired_prices_are_certificates(void **state)
{
  (void)state;
  struct rms_rng rng = {.key = {.seed = 8, .job = 1}, .purpose = RMS_PURPOSE_INSTANCE};
  static const enum rms_dual_use uses[] = {RMS_DUAL_FREE, RMS_DUAL_STOCK};
  for (uint64_t seed = 0; seed < 300; seed++) {
    const struct serve_random shape = shape_of(seed);
    struct rms_serve *inst = serve_random(seed, &shape);
    double w[RMS_SERVE_KINDS_MAX];
    struct rms_dual_prices prices;
    struct rms_serve_proof proof = {0};
    for (size_t k = 0; k < inst->n_kinds; k++)
      w[k] = pow(10, rms_rng_uniform(&rng, -3, 1 + (double)(seed % 3)));
    rms_dual_repair(inst, w, uses[seed % 2], &prices);
    const struct rms_serve_certificate certificate = {.is_present = true,
                                                      .denominator = prices.denominator,
                                                      .n_kinds = inst->n_kinds,
                                                      .n_pools = inst->n_pools,
                                                      .prices = prices.kind,
                                                      .stock_prices = prices.stock};
    assert_int_equal(rms_serve_certificate_verify(inst, &certificate, &proof), RMS_OK);
    if (!proof.is_valid) fail_msg("seed %d: %s", (int)seed, proof.why);
    const double bound = rms_dual_value(inst, &prices, NULL);
    if (isfinite(bound) && !proof.proves_infeasibility) assert_true(bound <= proof.bound);
    rms_serve_free(inst);
  }
}

#define POOL(count, demand)                                                                        \
  "{ \"format\": \"rms-instance/1\", \"family\": \"serve\", \"name\": \"p\", \"pools\": [ {"       \
  " \"machine\": \"a100-80gb\", \"count\": " count " } ], \"services\": [ { \"name\": \"s\","      \
  " \"demand\": " demand ", \"throughput\": { \"a100-80gb\": { \"1g.10gb\": 10 } } } ] }"
#define NONE                                                                                       \
  "{ \"format\": \"rms-instance/1\", \"family\": \"serve\", \"name\": \"none\", \"pools\": [ {"    \
  " \"machine\": \"a100-80gb\" } ], \"services\": [ ] }"

static void edges(void **state)
{
  (void)state;
  const long live = rms_ledger_live();
  static const struct {
    const char *text;
    int lp;
    double bound;
  } cases[] = {{NONE, RMS_FEASIBLE, 0},
               {POOL("null", "70"), RMS_FEASIBLE, 1},
               {POOL("null", "105"), RMS_FEASIBLE, 1.5},
               {POOL("2", "140"), RMS_FEASIBLE, 2}, /* stock just enough */
               {POOL("2", "140.1"), RMS_INFEASIBLE, NAN},
               {POOL("1", "1e6"), RMS_INFEASIBLE, NAN},
               {POOL("0", "1"), RMS_INFEASIBLE, NAN}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct rms_serve *inst = serve_open(cases[i].text);
    const struct result lp = run(inst, "bound-lp", NULL);
    assert_int_equal(lp.outcome, cases[i].lp);
    if (lp.outcome == RMS_FEASIBLE) {
      assert_true(lp.bound <= cases[i].bound && lp.bound >= cases[i].bound - 1e-9);
      const struct result rule_free = run(inst, "bound-free", NULL);
      assert_true(rule_free.bound <= cases[i].bound && rule_free.bound >= cases[i].bound - 1e-9);
    }
    rms_serve_free(inst);
  }
  assert_int_equal(rms_ledger_live(), live);
}

static void work_limit_keeps_a_bound(void **state)
{
  (void)state;
  const struct serve_random shape = {.services = 8, .demand = 3, .has_pools = true};
  struct rms_serve *inst = serve_random(9, &shape);
  const struct result all = run(inst, "bound-lp", NULL);
  assert_true(all.work > 1);
  for (uint64_t limit = 0; limit < all.work; limit++) {
    struct rms_fake_host fake;
    rms_fake_host_init(&fake, &inst->base);
    fake.work_limit = limit;
    assert_int_equal(rms_fake_host_run(&fake, rms_solver_builtin("serve", "bound-lp"), NULL),
                     RMS_STOPPED);
    assert_string_equal(fake.broken, "");
    assert_int_equal(fake.work, limit);
    assert_true(fake.bound >= 0 && fake.bound <= all.bound);
    rms_fake_host_fini(&fake);
  }
  rms_serve_free(inst);
}

static void failing_allocations(void **state)
{
  (void)state;
  static const char *const names[] = {"bound-free", "bound-lp"};
  struct rms_serve *inst = serve_open(SERVE_SMALL);
  for (size_t i = 0; i < 2; i++)
    every_allocation_may_fail(&inst->base, rms_solver_builtin("serve", names[i]), RMS_FEASIBLE);
  rms_serve_free(inst);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(relaxation_is_met),
      cmocka_unit_test(bounds_are_below_the_optimum),
      cmocka_unit_test(rule_free_is_the_formula),
      cmocka_unit_test(repaired_prices_are_certificates),
      cmocka_unit_test(edges),
      cmocka_unit_test(work_limit_keeps_a_bound),
      cmocka_unit_test(failing_allocations),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
