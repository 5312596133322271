/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The local search in slice totals: whatever it says a state costs is the cost of a complete plan,
 * it never goes below the optimum, and on small instances it nearly always gets there. */
#include <math.h>
#include <stdlib.h>

#include "fake_host.h"
#include "serve_fixture.h"
#include "serve_random.h"
#include "solvers/registry.h"
#include "solvers/serve/reslice.h"

enum { SEEDS = 50, TRIES = 320, MOST = 1 << 20 };

static int64_t optimum_of(const struct rms_serve *inst)
{
  struct rms_fake_host fake;
  rms_fake_host_init(&fake, &inst->base);
  const int outcome = rms_fake_host_run(&fake, rms_solver_builtin("serve", "prices"), "");
  assert_string_equal(fake.broken, "");
  const int64_t cost = outcome == RMS_OPTIMAL ? (int64_t)fake.best[0] : -1;
  rms_fake_host_fini(&fake);
  return cost;
}

struct bench { /* an instance with a greedy plan and the lists for it */
  struct rms_serve *inst;
  struct rms_arena *arena;
  struct rms_walk_map *map;
  struct rms_walk walk;
  struct rms_floor floor;
  struct rms_fake_host fake;
  struct rms_deployment plan;
  struct rms_reslice *reslice;
};

static void make_greedy(struct bench *b)
{
  const struct rms_rule_setup rule = {.rule = RMS_RULE_CAPPED};
  struct rms_completer *completer = NULL;
  struct rms_completion state;
  struct rms_serve_plan scratch = {0};
  assert_int_equal(rms_completer_open(&completer, b->inst, &rule), 0);
  assert_int_equal(rms_completion_init(&state, b->inst), 0);
  assert_int_equal(rms_deployment_complete(&b->plan, &b->walk, completer, &state, &scratch, NULL),
                   RMS_COMPLETE_DONE);
  rms_serve_plan_fini(&scratch);
  rms_completion_fini(&state);
  rms_completer_close(completer);
}

static void bench_init(struct bench *b, uint64_t seed, bool has_pools, size_t memory)
{
  const struct serve_random shape = {.services = 9, .demand = 15, .has_pools = has_pools};
  *b = (struct bench){.inst = serve_random(seed, &shape), .arena = rms_arena_new()};
  rms_fake_host_init(&b->fake, &b->inst->base);
  assert_int_equal(rms_walk_map_new(&b->map, b->arena, b->inst), 0);
  assert_int_equal(rms_walk_init(&b->walk, b->arena, b->map), 0);
  make_greedy(b);
  assert_int_equal(rms_floor_find(&b->floor, b->inst, &b->fake.host, 0, RMS_FLOOR_PRICE), 0);
  assert_int_equal(
      rms_reslice_new(&b->reslice, b->arena, b->map, &b->floor, b->plan.cost, memory, NULL), 0);
}

static void bench_fini(struct bench *b)
{
  rms_deployment_fini(&b->plan);
  rms_fake_host_fini(&b->fake);
  rms_arena_free(b->arena);
  rms_serve_free(b->inst);
}

/* What the search says, and what the plan made of it is. */
static int64_t search(struct bench *b, int64_t below, struct rms_draws *draws)
{
  const int64_t cost = rms_reslice_search(b->reslice, b->floor.least, below, draws);
  struct rms_deployment plan = {0};
  assert_int_equal(rms_reslice_plan(b->reslice, &plan, MOST), 0);
  assert_true(rms_deployment_walk(&plan, &b->walk));
  assert_true(plan.cost == cost);
  rms_deployment_fini(&plan);
  return cost;
}

static void what_it_says_is_a_plan(void **unused)
{
  (void)unused;
  size_t reached = 0, improved = 0, n = 0;
  for (uint64_t seed = 0; seed < SEEDS; seed++) {
    struct rms_draws draws;
    struct bench b;
    bench_init(&b, seed, false, 1 << 20);
    if (b.reslice == NULL) { /* a machine without forms */
      bench_fini(&b);
      continue;
    }
    const int64_t optimum = optimum_of(b.inst), greedy = b.plan.cost;
    int64_t best = greedy;
    rms_draws_begin(&draws, &b.fake.host, 1, seed);
    rms_reslice_load(b.reslice, &b.plan, &draws);
    for (int i = 0; i < TRIES && best > optimum; i++) {
      const int64_t cost = search(&b, best, &draws);
      if (cost < best) best = cost;
    }
    if (optimum >= 0) {
      assert_true(best >= optimum);
      n++;
      reached += best == optimum;
      improved += best < greedy;
    }
    bench_fini(&b);
  }
  assert_true(n > SEEDS / 2 && reached >= n * 9 / 10 && improved > n / 20);
}

/* Lists of the least length, and none at all. */
static void little_memory_is_enough_or_refused(void **unused)
{
  (void)unused;
  struct bench b;
  bench_init(&b, 3, false, 2000);
  if (b.reslice != NULL) {
    struct rms_draws draws;
    rms_draws_begin(&draws, &b.fake.host, 1, 0);
    rms_reslice_load(b.reslice, &b.plan, &draws);
    search(&b, 0, &draws);
  }
  bench_fini(&b);
  bench_init(&b, 3, false, 10);
  assert_null(b.reslice);
  bench_fini(&b);
}

static void several_pools_are_left_alone(void **unused)
{
  (void)unused;
  size_t refused = 0;
  for (uint64_t seed = 0; seed < 20; seed++) {
    struct bench b;
    bench_init(&b, seed, true, 1 << 20);
    assert_true(b.inst->n_pools == 1 || b.reslice == NULL);
    refused += b.reslice == NULL;
    bench_fini(&b);
  }
  assert_true(refused > 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_it_says_is_a_plan),
      cmocka_unit_test(little_memory_is_enough_or_refused),
      cmocka_unit_test(several_pools_are_left_alone),
  };
  return cmocka_run_group_tests_name("reslice", tests, NULL, NULL);
}
