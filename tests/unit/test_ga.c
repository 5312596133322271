/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The genetic algorithm: its operators keep deployments complete, its plans pass the checker and
 * are never worse than the first one, equal seeds give equal bytes, it stops anywhere. */
#include <math.h>
#include <stdlib.h>

#include "fake_host.h"
#include "ledger.h"
#include "serve_fixture.h"
#include "serve_random.h"
#include "solvers/registry.h"
#include "solvers/serve/deployment.h"
#include "solvers/serve/menu.h"

static const struct rms_solver *solver_of(const char *name)
{
  const struct rms_solver *solver = rms_solver_builtin("serve", name);
  assert_non_null(solver);
  return solver;
}

static double cost_of(const struct rms_serve *inst, const char *name, const char *assignments,
                      uint64_t limit, int *outcome)
{
  struct rms_fake_host fake;
  rms_fake_host_init(&fake, &inst->base);
  fake.work_limit = limit;
  *outcome = rms_fake_host_run(&fake, solver_of(name), assignments);
  assert_string_equal(fake.broken, "");
  const double cost = fake.n_solutions > 0 ? fake.best[0] : INFINITY;
  /* The solver knows that costs are multiples of the pools' common divisor; the checker does not.
   */
  if (*outcome == RMS_OPTIMAL && inst->n_pools == 1 && inst->pools[0].cost == 1)
    assert_int_equal(fake.verdict.kind, RMS_VERDICT_VERIFIED_OPTIMAL);
  rms_fake_host_fini(&fake);
  return cost;
}

/* Solver, its settings, the fast algorithm that it must not lose to. */
static const struct {
  const char *name, *assignments, *fast, *fast_assignments;
} variants[] = {
    {"ga", "memory=1", "greedy-capped", "weight=need"},
    {"ga", "memory=1,refill=fast,vary=yes,weight=one", "greedy-capped", "weight=one"},
    {"ga", "memory=1,refill=mixed,parents=0.5,mutations=9", "greedy-capped", "weight=need"},
    {"ga", "memory=1,bound=none,population=1,offspring=1,erase=1", "greedy-capped", ""},
    {"ga", "memory=1,idle=3,rollouts=5,bound=price,topology=full", "greedy-capped", ""},
    {"mig-serving", "memory=1", "greedy-endgame", ""},
    {"mig-serving", "memory=1,fast=literal,q=1,score=capped", "greedy-literal", "q=1"},
    {"mig-serving-plus", "memory=1", "greedy-capped", "weight=slice"},
    {"mig-serving-plus", "memory=1,local=1,starts=one,bound=none,weight=need", "greedy-capped", ""},
};
enum { VARIANTS = sizeof variants / sizeof *variants };

static void never_worse_than_the_first_plan(void **unused)
{
  (void)unused;
  size_t better = 0;
  for (uint64_t seed = 0; seed < 50; seed++) {
    const struct serve_random shape = {
        .services = 8, .demand = 12, .has_pools = seed % 2 == 1, .has_stock = seed % 4 == 3};
    struct rms_serve *inst = serve_random(seed, &shape);
    for (size_t i = 0; i < VARIANTS; i++) {
      int outcome = 0;
      const double fast =
          cost_of(inst, variants[i].fast, variants[i].fast_assignments, UINT64_MAX, &outcome);
      const double cost = cost_of(inst, variants[i].name, variants[i].assignments, 200, &outcome);
      assert_true(cost <= fast);
      better += cost < fast;
    }
    rms_serve_free(inst);
  }
  assert_true(better > 10);
}

static void trace_of(const struct rms_serve *inst, size_t variant, uint64_t seed,
                     struct rms_text *trace)
{
  struct rms_fake_host fake;
  rms_fake_host_init(&fake, &inst->base);
  fake.seed = seed;
  fake.work_limit = 300;
  rms_fake_host_run(&fake, solver_of(variants[variant].name), variants[variant].assignments);
  assert_string_equal(fake.broken, "");
  rms_text_bytes(trace, fake.trace.data, fake.trace.length);
  rms_text_bytes(trace, fake.solution.data, fake.solution.length);
  rms_fake_host_fini(&fake);
}

static void same_seed_same_bytes(void **unused)
{
  (void)unused;
  size_t different = 0;
  for (uint64_t seed = 0; seed < 6; seed++) {
    const struct serve_random shape = {.services = 12, .demand = 30, .has_pools = seed % 2 == 1};
    struct rms_serve *inst = serve_random(seed, &shape);
    for (size_t i = 0; i < VARIANTS; i++) {
      struct rms_text a = {0}, b = {0}, c = {0};
      trace_of(inst, i, 5, &a);
      trace_of(inst, i, 5, &b);
      trace_of(inst, i, 6, &c);
      assert_int_equal(a.length, b.length);
      assert_memory_equal(a.data, b.data, a.length);
      different += a.length != c.length || memcmp(a.data, c.data, a.length) != 0;
      rms_text_fini(&a);
      rms_text_fini(&b);
      rms_text_fini(&c);
    }
    rms_serve_free(inst);
  }
  assert_true(different > 0);
}

static void stops_anywhere(void **unused)
{
  (void)unused;
  const struct serve_random shape = {.services = 8, .demand = 12, .has_pools = true};
  struct rms_serve *inst = serve_random(21, &shape);
  for (uint64_t n = 0; n < 80; n++) {
    struct rms_fake_host fake;
    int outcome = 0;
    cost_of(inst, "ga", "memory=1,bound=none,rollouts=7", n, &outcome);
    assert_int_equal(outcome, RMS_STOPPED);
    rms_fake_host_init(&fake, &inst->base);
    fake.stop_at_poll = n + 1;
    assert_int_equal(rms_fake_host_run(&fake, solver_of("ga"), "memory=1,bound=none,rollouts=7"),
                     RMS_STOPPED);
    assert_string_equal(fake.broken, "");
    rms_fake_host_fini(&fake);
  }
  rms_serve_free(inst);
}

static void failing_allocations(void **unused)
{
  (void)unused;
  const struct serve_random shape = {.services = 6, .demand = 9, .has_pools = true};
  struct rms_serve *inst = serve_random(4, &shape);
  const long live = rms_ledger_live();
  bool has_failed = true;
  for (long n = 1; has_failed; n++) {
    struct rms_fake_host fake;
    rms_fake_host_init(&fake, &inst->base);
    fake.work_limit = 60;
    rms_ledger_fail_at(n);
    const int outcome = rms_fake_host_run(
        &fake, solver_of("ga"),
        "memory=1,bound=free,rollouts=3,migration=1,population=3,offspring=2,parents=0.3");
    has_failed = rms_ledger_has_failed();
    rms_ledger_fail_at(0);
    assert_true(outcome == RMS_STOPPED || outcome == RMS_OPTIMAL || outcome == RMS_E_NOMEM ||
                fake.is_short_of_memory);
    rms_fake_host_fini(&fake);
    assert_int_equal(rms_ledger_live(), live);
    assert_true(n < 20000);
  }
  rms_serve_free(inst);
}

/* ---- deployments ---- */

/* A plan with every machine twice: half of it is redundant, and nobody misses what is dropped. */
static void redundant_machines_are_dropped(void **unused)
{
  (void)unused;
  const long live = rms_ledger_live();
  for (uint64_t seed = 0; seed < 40; seed++) {
    const struct serve_random shape = {.services = 8, .demand = 12, .has_pools = seed % 2 == 1};
    const struct rms_menu_setup setup = {.is_capped = true, .sample = 5, .size = 10};
    struct rms_serve *inst = serve_random(seed, &shape);
    struct rms_arena *arena = rms_arena_new();
    struct rms_walk_map *map = NULL;
    struct rms_menu *menu = NULL;
    struct rms_walk walk;
    struct rms_deployment plan = {0}, back = {0};
    struct rms_serve_plan joined = {0};
    uint32_t gene[RMS_GENE_MAX];
    int64_t slack[8], again[8];
    size_t hopeless = 0;
    assert_int_equal(rms_walk_map_new(&map, arena, inst), RMS_OK);
    assert_int_equal(rms_menu_new(&menu, arena, map, &setup), RMS_OK);
    assert_int_equal(rms_walk_init(&walk, arena, map), RMS_OK);
    while (walk.n_open > 0 && rms_menu_greedy(menu, &walk, gene)) {
      rms_deployment_add(&plan, map, gene, 1);
      rms_deployment_add(&plan, map, gene, 1);
      rms_walk_apply(&walk, gene);
    }
    if (!rms_serve_is_unservable(inst, &hopeless)) {
      const size_t n = plan.n;
      rms_deployment_slack(&plan, map, slack);
      rms_deployment_drop(&plan, map, slack, (size_t)seed);
      assert_true(plan.n <= n / 2 + inst->n_services);
      assert_true(rms_deployment_walk(&plan, &walk));
      rms_deployment_slack(&plan, map, again);
      assert_memory_equal(slack, again, inst->n_services * sizeof *slack);
      rms_deployment_drop(&plan, map, slack, 0);
      assert_memory_equal(slack, again, inst->n_services * sizeof *slack); /* nothing is left */
      const uint64_t hash = rms_deployment_hash(&plan, map);
      assert_int_equal(rms_deployment_plan(&plan, map, &joined), RMS_OK);
      assert_int_equal(rms_deployment_of(&back, map, &joined, plan.n), RMS_OK);
      assert_true(rms_deployment_hash(&back, map) == hash);
      assert_int_equal(back.cost, plan.cost);
      if (plan.n > 0)
        assert_int_equal(rms_deployment_of(&back, map, &joined, plan.n - 1), RMS_E_LIMIT);
    }
    rms_serve_plan_fini(&joined);
    rms_deployment_fini(&back);
    rms_deployment_fini(&plan);
    rms_arena_free(arena);
    rms_serve_free(inst);
  }
  assert_int_equal(rms_ledger_live(), live);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(redundant_machines_are_dropped),
      cmocka_unit_test(never_worse_than_the_first_plan),
      cmocka_unit_test(same_seed_same_bytes),
      cmocka_unit_test(stops_anywhere),
      cmocka_unit_test(failing_allocations),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
