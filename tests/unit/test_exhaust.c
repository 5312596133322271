/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The quick judge of small instances against the slow one, and against the family's verifier. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "brute.h"
#include "exhaust.h"
#include "fake_host.h"
#include "instances/serve/check.h"
#include "serve_random.h"
#include "solvers/registry.h"

enum { INSTANCES = 90, STATES = 100000 };

static struct rms_serve *instance(uint64_t seed)
{
  const struct serve_random shape = {
      .services = 4, .demand = 3, .has_pools = seed % 2 == 0, .has_stock = seed % 3 == 0};
  return serve_random(seed, &shape);
}

static void both_judges_agree(void **state)
{
  (void)state;
  size_t n_plans = 0, n_none = 0;
  for (uint64_t seed = 0; seed < INSTANCES; seed++) {
    struct rms_serve *const inst = instance(seed);
    struct rms_exhaust *const x = rms_exhaust_new(inst);
    const int64_t cost = rms_brute_cost(inst);
    if (x && cost >= 0) {
      assert_int_equal(rms_exhaust_has(x, cost, STATES), 1);
      assert_int_equal(rms_exhaust_has(x, cost - 1, STATES), 0);
      n_plans++;
    }
    if (x && cost == -1) {
      assert_int_equal(rms_exhaust_has(x, INT64_MAX, STATES), 0);
      n_none++;
    }
    rms_exhaust_free(x);
    rms_serve_free(inst);
  }
  assert_true(n_plans > INSTANCES / 3 && n_none > 0);
}

static void too_many_sums_are_told(void **state)
{
  (void)state;
  struct rms_serve *const inst = instance(1);
  struct rms_exhaust *const x = rms_exhaust_new(inst);
  assert_non_null(x);
  assert_int_equal(rms_exhaust_has(x, INT64_MAX, 1), -1);
  rms_exhaust_free(x);
  rms_serve_free(inst);
}

/* Certificates as the solver wrote them, and with one price changed. */
static void verify_like_the_family(struct rms_exhaust *x, const struct rms_serve *inst,
                                   const struct rms_serve_certificate *c, size_t *n_refused)
{
  struct rms_serve_proof proof;
  int64_t bound = 0;
  assert_int_equal(rms_serve_certificate_verify(inst, c, &proof), 0);
  const int status = rms_exhaust_verify(x, c, &bound);
  assert_int_equal(status == 0, proof.is_valid);
  *n_refused += status < 0;
  if (status == 0) assert_int_equal(bound == INT64_MAX, proof.proves_infeasibility);
  if (status == 0 && bound < INT64_MAX) assert_int_equal(bound, proof.bound_units);
}

static void both_verifiers_agree(void **state)
{
  (void)state;
  size_t n = 0, n_refused = 0;
  for (uint64_t seed = 0; seed < INSTANCES; seed++) {
    struct rms_serve *const inst = instance(seed);
    struct rms_exhaust *const x = rms_exhaust_new(inst);
    struct rms_fake_host fake;
    struct rms_serve_plan plan = {0};
    rms_fake_host_init(&fake, &inst->base);
    rms_fake_host_run(&fake, rms_solver_builtin("serve", "prices"), "fallback=no");
    if (x && fake.solution.length &&
        rms_serve_plan_decode(&plan, fake.solution.data, fake.solution.length, NULL) == 0 &&
        plan.certificate.is_present) {
      plan.certificate.search.target = 0; /* its prices alone */
      verify_like_the_family(x, inst, &plan.certificate, &n_refused);
      plan.certificate.prices[seed % inst->n_kinds] += 1 + (int64_t)(seed % 5) * 1000000;
      verify_like_the_family(x, inst, &plan.certificate, &n_refused);
      n++;
    }
    rms_serve_plan_fini(&plan);
    rms_fake_host_fini(&fake);
    rms_exhaust_free(x);
    rms_serve_free(inst);
  }
  assert_true(n > INSTANCES / 3 && n_refused > 10);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(both_judges_agree),
      cmocka_unit_test(too_many_sums_are_told),
      cmocka_unit_test(both_verifiers_agree),
  };
  return cmocka_run_group_tests_name("exhaust", tests, NULL, NULL);
}
