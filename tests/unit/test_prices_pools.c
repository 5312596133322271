/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `prices` on several pools of unequal cost: enumeration on tiny instances, cbc on small ones. */
#include <math.h>

#include "brute.h"
#include "fake_host.h"
#include "instances/base/rng.h"
#include "instances/serve/check.h"
#include "ledger.h"
#include "serve_fixture.h"
#include "serve_random.h"
#include "solvers/registry.h"

static const struct rms_solver *solver_of(const char *name)
{
  const struct rms_solver *solver = rms_solver_builtin("serve", name);
  assert_non_null(solver);
  return solver;
}

static const char *const fleets[] = {
    "a100-80gb*100+a30-24gb*38+h100-80gb@2*215",
    "a30-24gb*38/2+a100-80gb*100",
    "a100-80gb*100/1+a30-24gb*38/2+h100-80gb@2*215/1",
    "a30-24gb*7+h100-80gb@2*31/1",
    "a100-80gb*60/1+a30-24gb*19+h100-80gb@2*215",
    "a100-80gb*100/1+a30-24gb*38/1", /* for enumeration only: mostly too little */
};
static const char *const shapes[] = {"jag", "mid", "mixed", "real", "latency", "tight"};
enum {
  ALL_FLEETS = sizeof fleets / sizeof *fleets,
  N_FLEETS = ALL_FLEETS - 1,
  N_SHAPES = sizeof shapes / sizeof *shapes
};

static struct rms_instance *draw(int i, int n_fleets, int services, int machines)
{
  struct rms_instance *inst = NULL;
  struct rms_error err = {0};
  char spec[256];
  snprintf(spec, sizeof spec, "serve:services=%d,machines=%d,shape=%s,pools=%s,seed=%d", services,
           machines, shapes[i % N_SHAPES], fleets[i / N_SHAPES % n_fleets], i);
  if (rms_instance_open(&inst, spec, &err) < 0) fail_msg("%s: %s", spec, err.text);
  return inst;
}

struct tally {
  int n, n_proved, n_infeasible;
};

static void compare(const struct rms_instance *inst, int64_t cost, struct tally *tally)
{
  struct rms_fake_host fake;
  rms_fake_host_init(&fake, inst);
  const int outcome = rms_fake_host_run(&fake, solver_of("prices"), NULL);
  if (*fake.broken) fail_msg("%s: %s", inst->name, fake.broken);
  if ((cost == -1) != (outcome == RMS_INFEASIBLE))
    fail_msg("%s: outcome %d, enumeration %lld", inst->name, outcome, (long long)cost);
  if (cost >= 0 && !(fake.best[0] >= (double)cost))
    fail_msg("%s: %g, enumeration %lld", inst->name, fake.best[0], (long long)cost);
  if (cost >= 0 && fake.bound > (double)cost)
    fail_msg("%s: bound %g, enumeration %lld", inst->name, fake.bound, (long long)cost);
  if (outcome == RMS_OPTIMAL) assert_true(fake.best[0] == (double)cost);
  tally->n++;
  tally->n_infeasible += cost == -1;
  tally->n_proved += outcome == RMS_OPTIMAL || outcome == RMS_INFEASIBLE;
  rms_fake_host_fini(&fake);
}

static void agrees_with_enumeration(void **state)
{
  (void)state;
  struct tally tally = {0};
  const long before = rms_ledger_live();
  for (int i = 0; i < 400; i++) {
    struct rms_instance *inst = draw(i, ALL_FLEETS, 1 + i % 3, 1 + i % 3);
    const int64_t cost = rms_brute_cost(rms_serve_of(inst));
    if (cost > -2) compare(inst, cost, &tally);
    rms_instance_free(inst);
  }
  print_message("# %d of 400 enumerated, %d of them without a plan; %d proved\n", tally.n,
                tally.n_infeasible, tally.n_proved);
  assert_true(tally.n > 100 && tally.n_infeasible > 5);
  assert_int_equal(tally.n_proved, tally.n);
  assert_int_equal(rms_ledger_live(), before);
}

/* cbc within a limit of work: what it proves is what prices proves. */
static void agrees_with_branch_and_cut(void **state)
{
  (void)state;
  int n_both = 0;
  for (int i = 0; i < 12; i++) {
    struct rms_instance *inst = draw(i, N_FLEETS, 2 + i % 5, 3 + i % 6);
    struct rms_fake_host ours, theirs;
    rms_fake_host_init(&ours, inst);
    rms_fake_host_init(&theirs, inst);
    theirs.work_limit = 2000;
    const int outcome = rms_fake_host_run(&ours, solver_of("prices"), NULL);
    const int reference = rms_fake_host_run(&theirs, solver_of("cbc"), NULL);
    if (*ours.broken) fail_msg("%s: %s", inst->name, ours.broken);
    if (reference == RMS_OPTIMAL && ours.best[0] != theirs.best[0])
      fail_msg("%s: %g, cbc %g", inst->name, ours.best[0], theirs.best[0]);
    if (ours.bound > theirs.best[0] + 1e-6) fail_msg("%s: our bound above a plan", inst->name);
    if (theirs.bound > ours.best[0] + 1e-6) fail_msg("%s: a bound above our plan", inst->name);
    n_both += outcome == RMS_OPTIMAL && reference == RMS_OPTIMAL;
    rms_fake_host_fini(&theirs);
    rms_fake_host_fini(&ours);
    rms_instance_free(inst);
  }
  print_message("# %d of 12 proved by both\n", n_both);
  assert_true(n_both >= 6);
}

/* Fifty machines of three kinds, where branch and cut has no chance: proved all the same. */
static void medium_instances_are_proved(void **state)
{
  (void)state;
  for (int i = 0; i < 12; i++) {
    struct rms_instance *inst = draw(i, N_FLEETS, 10 + 7 * (i % 3), 30);
    struct rms_fake_host fake;
    rms_fake_host_init(&fake, inst);
    const int outcome = rms_fake_host_run(&fake, solver_of("prices"), NULL);
    if (*fake.broken) fail_msg("%s: %s", inst->name, fake.broken);
    if (outcome != RMS_OPTIMAL) fail_msg("%s: outcome %d", inst->name, outcome);
    rms_fake_host_fini(&fake);
    rms_instance_free(inst);
  }
}

/* ---- the certificate's search ---- */

/* Bound that the checker finds in the plan's certificate; 0: refused. */
static int64_t verified_bound(const struct rms_serve *inst, const struct rms_serve_plan *plan)
{
  struct rms_serve_proof proof;
  assert_int_equal(rms_serve_certificate_verify(inst, &plan->certificate, &proof), 0);
  return proof.is_valid ? proof.bound_units : 0;
}

struct tampering {
  int n, n_refused, n_weaker, n_kept;
};

/* One number of the search changed: refused, or the bound is true all the same. */
static void tamper(const struct rms_serve *inst, struct rms_serve_plan *plan, int64_t cost,
                   struct rms_rng *rng, struct tampering *tally)
{
  struct rms_serve_search *search = &plan->certificate.search;
  const size_t n = search->n_vectors * inst->n_kinds, at = (size_t)rms_rng_below(rng, n + 1);
  int64_t *number = at == n ? &search->target : &search->vectors[at];
  const int64_t before = *number;
  switch (rms_rng_below(rng, 4)) {
  case 0: *number += 1 + (int64_t)rms_rng_below(rng, 40); break;
  case 1: *number = *number / 2; break;
  case 2: *number = 2 * *number + 1; break;
  default: *number = (int64_t)rms_rng_below(rng, 1000000000000); break;
  }
  const int64_t bound = verified_bound(inst, plan);
  if (bound > cost)
    fail_msg("%s: bound %lld, optimum %lld", inst->base.name, (long long)bound, (long long)cost);
  if (at == n && *number > cost) assert_true(bound < *number);
  tally->n++;
  tally->n_refused += bound == 0;
  tally->n_weaker += bound > 0 && bound < cost;
  tally->n_kept += bound == cost;
  *number = before;
}

static void searches_are_verified(void **state)
{
  (void)state;
  struct tampering tally = {0};
  struct rms_error err = {0};
  int n_searches = 0;
  for (int i = 0; i < 40; i++) {
    struct rms_instance *inst = draw(i, N_FLEETS, 3 + i % 9, 4 + i % 7);
    struct rms_rng rng = {.key = {.seed = 3, .job = (uint64_t)i}, .purpose = RMS_PURPOSE_INSTANCE};
    struct rms_serve_plan plan = {0};
    struct rms_fake_host fake;
    rms_fake_host_init(&fake, inst);
    const int outcome = rms_fake_host_run(&fake, solver_of("prices"), NULL);
    if (*fake.broken) fail_msg("%s: %s", inst->name, fake.broken);
    assert_true(outcome == RMS_OPTIMAL || outcome == RMS_INFEASIBLE);
    if (fake.verdict.kind != RMS_VERDICT_VERIFIED_OPTIMAL)
      fail_msg("%s: %s", inst->name, fake.verdict.why);
    assert_int_equal(rms_serve_plan_decode(&plan, fake.solution.data, fake.solution.length, &err),
                     0);
    for (int t = 0; t < 20 && plan.certificate.search.target && outcome == RMS_OPTIMAL; t++)
      tamper(rms_serve_of(inst), &plan, (int64_t)fake.best[0], &rng, &tally);
    n_searches += plan.certificate.search.target > 0;
    rms_serve_plan_fini(&plan);
    rms_fake_host_fini(&fake);
    rms_instance_free(inst);
  }
  print_message(
      "# %d of 40 proved by a search; %d numbers changed: %d refused, %d weaker, %d as good\n",
      n_searches, tally.n, tally.n_refused, tally.n_weaker, tally.n_kept);
  assert_true(n_searches >= 15 && tally.n_refused > 0 &&
              tally.n_weaker + tally.n_refused > tally.n / 10);
}

/* Stock that binds, and slices of several machine types that serve equally well: joint vectors. */
static void joint_vectors_are_verified(void **state)
{
  (void)state;
  static const char *const specs[] = {
      "serve:services=8,machines=60,shape=real,demand=lognormal,seed=3,"
      "pools=a100-80gb*100/36+a30-24gb*38/30+h100-80gb@2*215/10",
      "serve:services=8,machines=60,shape=real,demand=lognormal,seed=6,"
      "pools=a100-80gb*100/36+a30-24gb*38/30+h100-80gb@2*215/10"};
  struct tampering tally = {0};
  struct rms_error err = {0};
  size_t n_joint = 0;
  for (size_t i = 0; i < sizeof specs / sizeof *specs; i++) {
    struct rms_instance *inst = NULL;
    struct rms_rng rng = {.key = {.seed = 4, .job = i}, .purpose = RMS_PURPOSE_INSTANCE};
    struct rms_serve_plan plan = {0};
    struct rms_fake_host fake;
    if (rms_instance_open(&inst, specs[i], &err) < 0) fail_msg("%s: %s", specs[i], err.text);
    rms_fake_host_init(&fake, inst);
    assert_int_equal(rms_fake_host_run(&fake, solver_of("prices"), NULL), RMS_OPTIMAL);
    if (fake.verdict.kind != RMS_VERDICT_VERIFIED_OPTIMAL)
      fail_msg("%s: %s", inst->name, fake.verdict.why);
    assert_int_equal(rms_serve_plan_decode(&plan, fake.solution.data, fake.solution.length, &err),
                     0);
    n_joint += plan.certificate.search.n_joint;
    for (int t = 0; t < 60; t++)
      tamper(rms_serve_of(inst), &plan, (int64_t)fake.best[0], &rng, &tally);
    rms_serve_plan_fini(&plan);
    rms_fake_host_fini(&fake);
    rms_instance_free(inst);
  }
  print_message("# %zu joint vectors; %d numbers changed: %d refused, %d weaker, %d as good\n",
                n_joint, tally.n, tally.n_refused, tally.n_weaker, tally.n_kept);
  assert_true(n_joint > 0 && tally.n_refused + tally.n_weaker > 0);
}

/* Number 54712 of tests/campaign/prices.sh: stock binds, and no form is tight. */
static void nothing_tight_is_no_error(void **state)
{
  (void)state;
  const struct serve_random shape = {.services = 5, .demand = 4, .has_pools = true};
  struct rms_serve *inst = serve_random(54712, &shape);
  struct rms_fake_host fake;
  assert_non_null(inst);
  rms_fake_host_init(&fake, &inst->base);
  fake.work_limit = 2000000;
  rms_fake_host_run(&fake, solver_of("prices"), NULL);
  assert_string_equal(fake.broken, "");
  assert_true(fake.bound <= fake.best[0]);
  rms_fake_host_fini(&fake);
  rms_serve_free(inst);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(agrees_with_enumeration),     cmocka_unit_test(agrees_with_branch_and_cut),
      cmocka_unit_test(medium_instances_are_proved), cmocka_unit_test(searches_are_verified),
      cmocka_unit_test(joint_vectors_are_verified),  cmocka_unit_test(nothing_tight_is_no_error),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
