/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the prices of a certificate mean, on cases done by hand and against enumeration. */
#include <math.h>
#include <stdlib.h>

#include "brute.h"
#include "fake_host.h"
#include "instances/serve/explain.h"
#include "ledger.h"
#include "serve_fixture.h"
#include "serve_random.h"
#include "solvers/registry.h"

/* Two machines, each a 4g for "a" and a 3g for "b"; prices 1 2 3 4 7 over 7. */
static void volume_plan(const struct rms_serve *inst, struct rms_serve_plan *plan)
{
  static const char *const names[] = {"1g.10gb", "2g.20gb", "3g.40gb", "4g.40gb", "7g.80gb"};
  static const int64_t prices[] = {1, 2, 3, 4, 7};
  const struct rms_serve_slice slices[] = {{serve_profile(inst, 0, "4g.40gb"), 0, 0},
                                           {serve_profile(inst, 0, "3g.40gb"), 4, 1}};
  struct rms_serve_certificate *c = &plan->certificate;
  assert_int_equal(rms_serve_plan_add(plan, 0, 2, slices, 2), 0);
  *c = (struct rms_serve_certificate){
      .is_present = true, .denominator = 7, .n_kinds = inst->n_kinds, .n_pools = 1};
  c->prices = calloc(inst->n_kinds, sizeof *c->prices);
  c->stock_prices = calloc(1, sizeof *c->stock_prices);
  assert_true(c->prices && c->stock_prices);
  for (size_t i = 0; i < 5; i++)
    c->prices[rms_serve_kind_of(inst, 0, serve_profile(inst, 0, names[i]))] = prices[i];
}

static void growth_by_hand(void **state)
{
  (void)state;
  struct rms_serve *const inst = serve_open(SERVE_SMALL);
  struct rms_serve_plan plan = {0};
  struct rms_serve_explanation e = {0};
  struct rms_error err = {0};
  volume_plan(inst, &plan);
  assert_int_equal(rms_serve_explain(inst, &plan, &e, &err), 0);
  assert_int_equal(e.cost, 2);
  assert_int_equal(e.bound, 2);
  assert_true(e.is_optimal && e.is_exact);
  /* a: 460 costs 4 (four 1g give 595.2); two 4g give 702.4 */
  assert_int_equal(e.growth[0].spare, 242400000);
  assert_int_equal(e.growth[0].free_until, 595200000);
  assert_int_equal((int)e.growth[0].next, 1);
  assert_int_equal((int)e.growth[0].one_more, 0);
  assert_int_equal((int)e.growth[0].tenth_more, 0);
  assert_int_equal(e.growth[0].kind, rms_serve_kind_of(inst, 0, serve_profile(inst, 0, "1g.10gb")));
  assert_true(fabs(e.growth[0].per_request - 1 / 7.0 / 148.8) < 1e-15);
  /* b: 90.5 costs 6 (two 3g give 110.5), 7 buys a 3g and two 2g */
  assert_int_equal(e.growth[1].spare, 20000000);
  assert_int_equal(e.growth[1].free_until, 110500000);
  assert_int_equal((int)e.growth[1].next, 1);
  assert_int_equal(e.growth[1].idle, 0);
  assert_int_equal(e.leverage[0].used, 2);
  assert_int_equal((int)e.leverage[0].worth, 7);
  assert_int_equal(e.leverage[0].kept_from, 0);
  for (size_t k = 0; k < inst->n_kinds; k++) assert_int_equal(e.scarcity[k].scarcity, 0);
  rms_serve_explanation_fini(&e);
  rms_serve_plan_fini(&plan);
  rms_serve_free(inst);
}

static void what_cannot_be_explained(void **state)
{
  (void)state;
  struct rms_serve *const inst = serve_open(SERVE_SMALL);
  struct rms_serve_plan plan = {0};
  struct rms_serve_explanation e = {0};
  struct rms_error err = {0};
  assert_int_equal(rms_serve_explain(inst, &plan, &e, &err), RMS_E_INSTANCE);
  assert_non_null(strstr(err.text, "the plan is wrong"));
  volume_plan(inst, &plan);
  plan.certificate.is_present = false;
  assert_int_equal(rms_serve_explain(inst, &plan, &e, &err), RMS_E_INSTANCE);
  assert_non_null(strstr(err.text, "no certificate"));
  plan.certificate.is_present = true;
  plan.certificate.prices[0]++;
  assert_int_equal(rms_serve_explain(inst, &plan, &e, &err), RMS_E_INSTANCE);
  assert_non_null(strstr(err.text, "priced above"));
  plan.certificate.prices[0]--;
  for (long i = 1; i < 20; i++) {
    rms_ledger_fail_at(i);
    const int status = rms_serve_explain(inst, &plan, &e, &err);
    if (!rms_ledger_has_failed()) assert_int_equal(status, 0);
    if (rms_ledger_has_failed()) assert_int_equal(status, RMS_E_NOMEM);
    rms_ledger_fail_at(0);
    rms_serve_explanation_fini(&e);
  }
  rms_serve_plan_fini(&plan);
  rms_serve_free(inst);
}

/* Proofs: a demand may grow by what is spare; an unused machine may get as cheap as it says. */
static void hold_against_enumeration(struct rms_serve *inst, const struct rms_serve_plan *plan,
                                     int *n_spare, int *n_kept)
{
  struct rms_serve_explanation e = {0};
  struct rms_error err = {0};
  if (rms_serve_explain(inst, plan, &e, &err) < 0) fail_msg("%s", err.text);
  for (size_t s = 0; s < inst->n_services; s++) {
    const int64_t demand = inst->services[s].demand;
    inst->services[s].demand += e.growth[s].spare;
    const int64_t cost = rms_brute_cost(inst);
    if (cost > e.cost || cost == -1) fail_msg("spare of service %zu is none", s);
    inst->services[s].demand = demand;
    *n_spare += cost >= 0 && e.growth[s].spare > 0;
  }
  for (size_t q = 0; q < inst->n_pools; q++) {
    const int64_t cost = inst->pools[q].cost;
    if (e.leverage[q].kept_from == 0) continue;
    assert_true(e.leverage[q].kept_from < cost);
    inst->pools[q].cost = e.leverage[q].kept_from;
    const int64_t least = rms_brute_cost(inst);
    if (least >= 0 && least < e.bound)
      fail_msg("at cost %lld the bound %lld falls to %lld", (long long)e.leverage[q].kept_from,
               (long long)e.bound, (long long)least);
    inst->pools[q].cost = cost;
    ++*n_kept;
  }
  rms_serve_explanation_fini(&e);
}

static void proofs_hold(void **state)
{
  (void)state;
  const struct rms_solver *solver = rms_solver_builtin("serve", "prices");
  const struct serve_random shape = {.services = 3, .demand = 3, .has_pools = true};
  const long before = rms_ledger_live();
  int n_spare = 0, n_kept = 0;
  for (uint64_t seed = 0; seed < 150; seed++) {
    struct rms_serve *const inst = serve_random(seed, &shape);
    struct rms_serve_plan plan = {0};
    struct rms_error err = {0};
    struct rms_fake_host fake;
    assert_non_null(inst);
    rms_fake_host_init(&fake, &inst->base);
    rms_fake_host_run(&fake, solver, NULL);
    if (fake.solution.length && isfinite(fake.best[0]) &&
        rms_serve_plan_decode(&plan, fake.solution.data, fake.solution.length, &err) == 0 &&
        plan.certificate.is_present)
      hold_against_enumeration(inst, &plan, &n_spare, &n_kept);
    rms_serve_plan_fini(&plan);
    rms_fake_host_fini(&fake);
    rms_serve_free(inst);
  }
  print_message("# %d spares, %d unused pools\n", n_spare, n_kept);
  assert_true(n_spare > 30 && n_kept > 5);
  assert_int_equal(rms_ledger_live(), before);
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(growth_by_hand),
                                     cmocka_unit_test(what_cannot_be_explained),
                                     cmocka_unit_test(proofs_hold)};
  return cmocka_run_group_tests_name("explain", tests, NULL, NULL);
}
