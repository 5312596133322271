/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The slow algorithm: its machines against all machines written down, its greedy choice against the
 * greedy solver's, its plans against the checker, its letters, limits and failures.
 *
 * `test_mcts --bench [ROUNDS]` prints evaluations per second beside those of the textbook version.
 */
#include <malloc.h>
#include <math.h>
#include <stdlib.h>
#include <time.h>

#include "fake_host.h"
#include "instances/serve/generate.h"
#include "ledger.h"
#include "naive_mcts.h"
#include "serve_fixture.h"
#include "serve_random.h"
#include "solvers/params.h"
#include "solvers/registry.h"
#include "solvers/serve/letter.h"

static const struct rms_solver *solver_of(const char *name)
{
  const struct rms_solver *solver = rms_solver_builtin("serve", name);
  assert_non_null(solver);
  return solver;
}

/* ---- menus ---- */

struct bench_state { /* both views of one state */
  struct rms_arena *arena;
  struct rms_walk_map *map;
  struct rms_walk walk;
  struct naive_state naive;
};

static void open_state(struct bench_state *state, const struct rms_serve *inst)
{
  state->arena = rms_arena_new();
  assert_int_equal(rms_walk_map_new(&state->map, state->arena, inst), RMS_OK);
  assert_int_equal(rms_walk_init(&state->walk, state->arena, state->map), RMS_OK);
  state->naive = (struct naive_state){.inst = inst, .need = state->walk.need};
  memcpy(state->naive.left, state->walk.left, sizeof state->naive.left);
}

static void advance(struct bench_state *state, const uint32_t *gene)
{
  rms_walk_apply(&state->walk, gene);
  memcpy(state->naive.left, state->walk.left, sizeof state->naive.left);
}

/* Scores on a grid that the state decides: equal up to its steps. */
static void same_scores(const struct bench_state *state, const uint32_t *genes,
                        const int64_t *scores, size_t n, const struct naive_machine *all,
                        size_t n_all, size_t size)
{
  assert_int_equal(n, n_all < size ? n_all : size);
  for (size_t i = 0; i < n; i++) {
    const struct rms_walk_cut *cut = &state->map->cuts[genes[i * state->map->width]];
    const double mine = (double)scores[i] / (double)cut->cost;
    const double first =
        (double)scores[0] / (double)state->map->cuts[genes[0]].cost; /* fixes the grid */
    assert_true(fabs(mine / first - all[i].score / all[0].score) < 1e-9);
  }
}

static bool is_known(const struct bench_state *state, const uint32_t *gene,
                     const struct naive_machine *all, size_t n_all)
{
  const struct rms_walk_cut *cut = &state->map->cuts[gene[0]];
  for (size_t i = 0; i < n_all; i++)
    if (all[i].pool == cut->pool && all[i].cut == cut->cut &&
        memcmp(all[i].service, gene + 1, cut->n_slices * sizeof *gene) == 0)
      return true;
  return false;
}

/* Follow random choices from the empty plan to a complete one. Returns the menus compared. */
static size_t compare_menus(const struct rms_serve *inst, const struct rms_menu_setup *setup,
                            struct rms_rng *rng)
{
  struct bench_state state;
  struct rms_menu *menu = NULL;
  struct rms_fake_host fake;
  struct rms_draws draws;
  uint32_t services[RMS_SAMPLE_MAX], genes[RMS_MENU_MAX * RMS_GENE_MAX];
  int64_t scores[RMS_MENU_MAX];
  size_t compared = 0;
  open_state(&state, inst);
  rms_fake_host_init(&fake, &inst->base);
  rms_draws_begin(&draws, &fake.host, 9, rms_rng_bits(rng) >> 2);
  assert_int_equal(rms_menu_new(&menu, state.arena, state.map, setup), RMS_OK);
  while (state.walk.n_open > 0 && compared < 40) {
    size_t n_all = 0;
    const size_t n_services = rms_menu_sample(menu, &state.walk, &draws, services);
    const size_t n = rms_menu_best(menu, &state.walk, services, n_services, genes, scores);
    struct naive_machine *all = naive_menu(&state.naive, setup, services, n_services, &n_all);
    assert_non_null(all);
    same_scores(&state, genes, scores, n, all, n_all, setup->size);
    for (size_t i = 0; i < n; i++)
      assert_true(is_known(&state, genes + i * state.map->width, all, n_all));
    free(all);
    compared++;
    if (n == 0) break;
    advance(&state, genes + rms_rng_below(rng, n) * state.map->width);
  }
  rms_fake_host_fini(&fake);
  rms_arena_free(state.arena);
  return compared;
}

static void menus_are_the_plain_ones(void **unused)
{
  (void)unused;
  const long live = rms_ledger_live();
  struct rms_rng rng = {.key = {.seed = 3}, .purpose = RMS_PURPOSE_INSTANCE};
  static const struct rms_menu_setup setups[] = {
      {.is_capped = true, .weight = RMS_WEIGHT_NEED, .sample = 4, .size = 10},
      {.is_capped = true, .weight = RMS_WEIGHT_ONE, .sample = 3, .size = 7},
      {.is_capped = true, .weight = RMS_WEIGHT_SLICE, .sample = 3, .size = 64},
      {.is_capped = false, .sample = 4, .size = 10},
      {.is_capped = false, .sample = 1, .size = 1},
      {.is_capped = true, .weight = RMS_WEIGHT_NEED, .sample = 2, .size = 64}};
  static const double demands[] = {30, 3, 1e6}; /* the last: far more than a machine can add */
  size_t compared = 0;
  for (uint64_t seed = 0; seed < 90; seed++) {
    const struct serve_random shape = {.services = 6,
                                       .demand = demands[seed % 3],
                                       .has_pools = seed % 2 == 1,
                                       .has_stock = seed % 4 == 3};
    struct rms_serve *inst = serve_random(seed, &shape);
    for (size_t i = 0; i < sizeof setups / sizeof *setups; i++)
      compared += compare_menus(inst, &setups[i], &rng);
    rms_serve_free(inst);
  }
  assert_true(compared > 1000);
  assert_int_equal(rms_ledger_live(), live);
}

static void greedy_choice_is_the_solvers(void **unused)
{
  (void)unused;
  size_t n = 0;
  for (uint64_t seed = 0; seed < 120; seed++) {
    const struct serve_random shape = {
        .services = 9, .demand = 9, .has_pools = seed % 2 == 1, .has_stock = seed % 4 == 3};
    struct rms_serve *inst = serve_random(seed, &shape);
    const struct rms_rule_setup rule = {.rule = RMS_RULE_CAPPED,
                                        .weight = (enum rms_weight)(seed % 3)};
    const struct rms_menu_setup setup = {
        .is_capped = true, .weight = rule.weight, .sample = 5, .size = 10};
    struct rms_completer *completer = NULL;
    struct rms_completion completion;
    struct rms_serve_plan plan = {0};
    struct rms_choice choice;
    struct rms_menu *menu = NULL;
    struct bench_state state;
    uint32_t gene[RMS_GENE_MAX];
    open_state(&state, inst);
    assert_int_equal(rms_menu_new(&menu, state.arena, state.map, &setup), RMS_OK);
    assert_int_equal(rms_completer_open(&completer, inst, &rule), RMS_OK);
    assert_int_equal(rms_completion_init(&completion, inst), RMS_OK);
    rms_completer_begin(completer, &completion, NULL);
    for (; completion.unfinished > 0; n++) {
      const bool found = rms_completer_choose(completer, &completion, &choice);
      assert_int_equal(rms_menu_greedy(menu, &state.walk, gene), found);
      if (!found) break;
      const struct rms_walk_cut *cut = &state.map->cuts[gene[0]];
      assert_int_equal(cut->pool, choice.pool);
      assert_int_equal(cut->cut, choice.cut);
      assert_memory_equal(gene + 1, choice.service, cut->n_slices * sizeof *gene);
      advance(&state, gene);
      rms_completer_apply(completer, &completion, &choice, &plan, NULL);
      assert_int_equal(state.walk.n_open, completion.unfinished);
      assert_memory_equal(state.walk.need, completion.need,
                          inst->n_services * sizeof *completion.need);
    }
    rms_serve_plan_fini(&plan);
    rms_completion_fini(&completion);
    rms_completer_close(completer);
    rms_arena_free(state.arena);
    rms_serve_free(inst);
  }
  assert_true(n > 1000);
}

/* With many services and a known root the menu looks at a shortlist: the same choices as without,
 * on several ways down, of the machines that were chosen or of others. */
static void shortlists_change_nothing(void **unused)
{
  (void)unused;
  struct rms_rng rng = {.key = {.seed = 5}, .purpose = RMS_PURPOSE_INSTANCE};
  size_t n = 0;
  for (int seed = 0; seed < 6; seed++) {
    const struct rms_menu_setup setup = {
        .is_capped = true, .weight = (enum rms_weight)(seed % 3), .sample = 5, .size = 10};
    struct rms_instance *base = NULL;
    struct rms_error err;
    char spec[64];
    snprintf(spec, sizeof spec, "services=150,shape=%s,machines=200,seed=%d",
             seed % 2 == 0 ? "real" : "mixed", seed);
    assert_int_equal(rms_serve_generate(&base, spec, &err), 0);
    const struct rms_serve *inst = rms_serve_of(base);
    struct bench_state state;
    struct rms_walk root;
    struct rms_menu *plain = NULL, *with_root = NULL;
    uint32_t gene[RMS_GENE_MAX], same[RMS_GENE_MAX];
    open_state(&state, inst);
    assert_int_equal(rms_walk_init(&root, state.arena, state.map), RMS_OK);
    assert_int_equal(rms_menu_new(&plain, state.arena, state.map, &setup), RMS_OK);
    assert_int_equal(rms_menu_new(&with_root, state.arena, state.map, &setup), RMS_OK);
    for (int way = 0; way < 4; way++) {
      if (way % 2 == 0) rms_menu_begin(with_root, &root);
      rms_menu_restart(with_root);
      rms_walk_copy(&state.walk, &root);
      for (; state.walk.n_open > 0; n++) {
        const bool found = rms_menu_greedy(plain, &state.walk, gene);
        assert_int_equal(rms_menu_greedy(with_root, &state.walk, same), found);
        if (!found) break;
        assert_memory_equal(same, gene, state.map->width * sizeof *gene);
        advance(&state, gene);
        for (uint64_t skip = rms_rng_below(&rng, 6); skip > 0 && state.walk.n_open > 0; skip--)
          if (rms_menu_greedy(plain, &state.walk, gene)) advance(&state, gene);
      }
    }
    rms_arena_free(state.arena);
    base->family->free_instance(base);
  }
  assert_true(n > 1000);
}

/* ---- as a solver ---- */

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

static const char *const variants[] = {"memory=1",
                                       "memory=1,score=literal,backup=max",
                                       "memory=1,estimate=no,c=0.3",
                                       "memory=1,greedy=no,children=3,sample=2,restart=20",
                                       "memory=1,bound=price,weight=slice,exchange=7",
                                       "memory=1,bound=none,iterations=60"};
enum { VARIANTS = sizeof variants / sizeof *variants };

static void never_worse_than_greedy(void **unused)
{
  (void)unused;
  size_t better = 0;
  for (uint64_t seed = 0; seed < 60; seed++) {
    const struct serve_random shape = {
        .services = 8, .demand = 12, .has_pools = seed % 2 == 1, .has_stock = seed % 4 == 3};
    struct rms_serve *inst = serve_random(seed, &shape);
    int outcome = 0;
    for (size_t i = 0; i < VARIANTS; i++) {
      const double greedy = cost_of(inst, "greedy-capped", i == 4 ? "weight=slice" : "weight=need",
                                    UINT64_MAX, &outcome);
      const double cost = cost_of(inst, "mcts", variants[i], 100, &outcome);
      assert_true(cost <= greedy);
      better += cost < greedy;
      if (greedy < INFINITY)
        assert_true(outcome == RMS_STOPPED || outcome == RMS_OPTIMAL ||
                    (i == 5 && outcome == RMS_FEASIBLE));
    }
    rms_serve_free(inst);
  }
  assert_true(better > 5);
}

#define ONE(demand, rates, pool)                                                                   \
  "{ \"format\": \"rms-instance/1\", \"family\": \"serve\", \"name\": \"one\", \"pools\": [ {"     \
  " \"machine\": \"a100-80gb\"" pool                                                               \
  " } ], \"services\": [ { \"name\": \"s\", \"demand\": " demand                                   \
  ", \"throughput\": { \"a100-80gb\": {" rates "} } } ] }"
#define NONE                                                                                       \
  "{ \"format\": \"rms-instance/1\", \"family\": \"serve\", \"name\": \"none\", \"pools\": [ {"    \
  " \"machine\": \"a100-80gb\" } ], \"services\": [ ] }"

static void edges(void **unused)
{
  (void)unused;
  static const struct {
    const char *text;
    int outcome;
    double cost;
  } cases[] = {
      {NONE, RMS_FEASIBLE, 0},
      {ONE("70", "\"1g.10gb\": 10", ""), RMS_OPTIMAL, 1},
      {ONE("71", "\"1g.10gb\": 10", ""), RMS_OPTIMAL, 2},
      {ONE("7000", "\"1g.10gb\": 10", ", \"count\": 100"), RMS_OPTIMAL, 100},
      {ONE("7001", "\"1g.10gb\": 10", ", \"count\": 100"), RMS_STOPPED, INFINITY},
      {ONE("1", "", ""), RMS_INFEASIBLE, INFINITY},
      {ONE("1", "\"1g.10gb\": 10", ", \"count\": 0"), RMS_INFEASIBLE, INFINITY},
  };
  const long live = rms_ledger_live();
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct rms_serve *inst = serve_open(cases[i].text);
    int outcome = 0;
    const double cost = cost_of(inst, "mcts", "memory=1", 50, &outcome);
    assert_int_equal(outcome, cases[i].outcome);
    assert_true(cost <= cases[i].cost && cost >= cases[i].cost);
    rms_serve_free(inst);
  }
  assert_int_equal(rms_ledger_live(), live);
}

static void trace_of(const struct rms_serve *inst, const char *assignments, uint64_t seed,
                     uint64_t limit, struct rms_text *trace)
{
  struct rms_fake_host fake;
  rms_fake_host_init(&fake, &inst->base);
  fake.seed = seed;
  fake.work_limit = limit;
  rms_fake_host_run(&fake, solver_of("mcts"), assignments);
  assert_string_equal(fake.broken, "");
  rms_text_bytes(trace, fake.trace.data, fake.trace.length);
  rms_text_bytes(trace, fake.solution.data, fake.solution.length);
  rms_fake_host_fini(&fake);
}

static void same_seed_same_bytes(void **unused)
{
  (void)unused;
  size_t different = 0;
  for (uint64_t seed = 0; seed < 12; seed++) {
    const struct serve_random shape = {.services = 12, .demand = 30, .has_pools = seed % 2 == 1};
    struct rms_serve *inst = serve_random(seed, &shape);
    struct rms_text a = {0}, b = {0}, c = {0}, d = {0};
    trace_of(inst, "memory=1,bound=none", 5, 150, &a);
    trace_of(inst, "memory=1,bound=none", 5, 150, &b);
    trace_of(inst, "memory=1,bound=none,exchange=10", 5, 150, &c); /* its own letter comes back */
    trace_of(inst, "memory=1,bound=none", 6, 150, &d);
    assert_int_equal(a.length, b.length);
    assert_memory_equal(a.data, b.data, a.length);
    assert_int_equal(a.length, c.length);
    assert_memory_equal(a.data, c.data, a.length);
    different += a.length != d.length || memcmp(a.data, d.data, a.length) != 0;
    rms_text_fini(&a);
    rms_text_fini(&b);
    rms_text_fini(&c);
    rms_text_fini(&d);
    rms_serve_free(inst);
  }
  assert_true(different > 0);
}

static void stops_anywhere(void **unused)
{
  (void)unused;
  const struct serve_random shape = {.services = 8, .demand = 12, .has_pools = true};
  struct rms_serve *inst = serve_random(21, &shape);
  for (uint64_t n = 0; n < 60; n++) {
    int outcome = 0;
    cost_of(inst, "mcts", "memory=1,bound=none", n, &outcome);
    assert_int_equal(outcome, RMS_STOPPED);
    struct rms_fake_host fake;
    rms_fake_host_init(&fake, &inst->base);
    fake.stop_at_poll = n + 1;
    assert_int_equal(rms_fake_host_run(&fake, solver_of("mcts"), "memory=1,bound=none"),
                     RMS_STOPPED);
    assert_string_equal(fake.broken, "");
    rms_fake_host_fini(&fake);
  }
  struct rms_fake_host fake;
  rms_fake_host_init(&fake, &inst->base);
  fake.stop_at_report = 1;
  assert_int_equal(rms_fake_host_run(&fake, solver_of("mcts"), "memory=1,bound=none"), RMS_STOPPED);
  assert_int_equal(fake.n_reports, 1);
  rms_fake_host_fini(&fake);
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
    fake.work_limit = 20;
    rms_ledger_fail_at(n);
    const int outcome =
        rms_fake_host_run(&fake, solver_of("mcts"), "memory=1,bound=free,exchange=5");
    has_failed = rms_ledger_has_failed();
    rms_ledger_fail_at(0);
    assert_true(outcome == RMS_STOPPED || outcome == RMS_OPTIMAL || outcome == RMS_E_NOMEM ||
                fake.is_short_of_memory);
    rms_fake_host_fini(&fake);
    assert_int_equal(rms_ledger_live(), live);
    assert_true(n < 5000);
  }
  rms_serve_free(inst);
}

/* ---- letters ---- */

static void letters_come_back(void **unused)
{
  (void)unused;
  const long live = rms_ledger_live();
  const struct serve_random shape = {.services = 8, .demand = 20, .has_pools = true};
  struct rms_serve *inst = serve_random(31, &shape);
  struct bench_state state;
  struct rms_menu *menu = NULL;
  const struct rms_menu_setup setup = {.is_capped = true, .sample = 5, .size = 10};
  uint32_t gene[RMS_GENE_MAX];
  struct rms_deployment plan = {0};
  struct rms_deployment *const plans[] = {&plan, &plan};
  struct rms_text bytes = {0};
  struct rms_letter letter = {0};
  open_state(&state, inst);
  assert_int_equal(rms_menu_new(&menu, state.arena, state.map, &setup), RMS_OK);
  while (state.walk.n_open > 0 && rms_menu_greedy(menu, &state.walk, gene)) {
    assert_int_equal(rms_deployment_add(&plan, state.map, gene, 1), RMS_OK);
    advance(&state, gene);
  }
  const struct rms_slow_move moves[] = {{.gene = plan.genes, .visits = 7, .sum = 3 * RMS_SLOW_ONE},
                                        {.gene = plan.genes, .visits = 1, .sum = 0}};
  assert_int_equal(rms_letter_write(&bytes, state.map, moves, 2, plans, 2), RMS_OK);
  assert_int_equal(rms_letter_read(&letter, state.map, bytes.data, bytes.length), RMS_OK);
  assert_int_equal(letter.n_moves, 2);
  assert_int_equal(letter.n_plans, 2);
  assert_int_equal(letter.moves[0].visits, 7);
  assert_int_equal(letter.moves[0].sum, 3 * RMS_SLOW_ONE);
  assert_int_equal(letter.plans[1].cost, plan.cost);
  assert_memory_equal(letter.plans[0].genes, plan.genes,
                      plan.n * state.map->width * sizeof *plan.genes);
  assert_true(rms_deployment_walk(&letter.plans[0], &state.walk));
  for (size_t n = 1; n < bytes.length; n++)
    assert_int_equal(rms_letter_read(&letter, state.map, bytes.data, n), RMS_E_FORMAT);
  assert_int_equal(rms_letter_read(&letter, state.map, "", 0), RMS_OK);
  assert_int_equal(letter.n_plans, 0);
  size_t refused = 0;
  for (size_t i = 0; i < bytes.length; i++) { /* rubbish is refused, or is at least legal */
    const char old = bytes.data[i];
    bytes.data[i] = (char)(old ^ 0x45);
    refused += rms_letter_read(&letter, state.map, bytes.data, bytes.length) == RMS_E_FORMAT;
    for (size_t k = 0; k < letter.n_plans; k++) rms_deployment_walk(&letter.plans[k], &state.walk);
    bytes.data[i] = old;
  }
  assert_true(refused > bytes.length / 2);
  rms_letter_fini(&letter);
  rms_text_fini(&bytes);
  rms_deployment_fini(&plan);
  rms_arena_free(state.arena);
  rms_serve_free(inst);
  assert_int_equal(rms_ledger_live(), live);
}

/* Everything that the solver holds after a long search, touched or not, is within its parameter. */
static void memory_is_bounded(void **unused)
{
  (void)unused;
  static const char *const names[] = {"mcts", "ga", "mig-serving-plus"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    for (size_t megabytes = 1; megabytes <= 4; megabytes *= 4) {
      const struct serve_random shape = {.services = 40, .demand = 60};
      struct rms_serve *inst = serve_random(8, &shape);
      const struct rms_solver *solver = solver_of(names[i]);
      struct rms_fake_host fake;
      struct rms_values values;
      char text[64];
      void *self = NULL;
      rms_fake_host_init(&fake, &inst->base);
      fake.work_limit = 4000;
      snprintf(text, sizeof text, "memory=%zu,bound=none", megabytes);
      assert_int_equal(rms_values_parse(&values, solver->params, text, NULL), 0);
      const struct mallinfo2 before = mallinfo2();
      assert_int_equal(solver->open(&self, &inst->base, values.list), 0);
      solver->solve(self, &fake.host);
      const struct mallinfo2 after = mallinfo2();
      assert_true(fake.work >= 4000);
      assert_true(after.uordblks + after.hblkhd <
                  before.uordblks + before.hblkhd + (megabytes << 20));
      solver->close(self);
      rms_fake_host_fini(&fake);
      rms_serve_free(inst);
    }
}

/* ---- speed, on request ---- */

static double cpu(void)
{
  struct timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Runs from opening to closing, as many as fill a quarter of a second. */
static double rate_of_solver(const struct rms_serve *inst, const char *name,
                             const char *assignments, uint64_t work)
{
  const double start = cpu();
  double seconds = 0, done = 0;
  while (seconds < 0.25) {
    struct rms_fake_host fake;
    rms_fake_host_init(&fake, &inst->base);
    fake.work_limit = work;
    rms_fake_host_run(&fake, solver_of(name), assignments);
    done += (double)fake.work;
    rms_fake_host_fini(&fake);
    seconds = cpu() - start;
  }
  return done / seconds;
}

/* Evaluations: completions of a partial plan, by a rollout or greedily; a search from a partial
 * plan begins with a greedy one. */
static double rate_of_textbook(const struct rms_serve *inst, uint64_t rollouts, uint64_t children)
{
  const struct naive_setup setup = {
      .menu = {.is_capped = true, .weight = RMS_WEIGHT_NEED, .sample = 5, .size = 10},
      .c = 1.4,
      .rollouts = rollouts};
  const double start = cpu();
  if (children == 0) {
    naive_mcts(inst, &setup);
    return (double)(1 + rollouts) / (cpu() - start);
  }
  naive_evolve(inst, &setup, children);
  return (double)(1 + children * (rollouts > 0 ? rollouts + 2 : 1)) / (cpu() - start);
}

enum { ROUNDS_MAX = 99 };

struct rounds { /* of one row, side by side */
  double fast[ROUNDS_MAX], slow[ROUNDS_MAX], ratio[ROUNDS_MAX];
};

static int compare_doubles(const void *a, const void *b)
{
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double median(double *values, size_t n)
{
  qsort(values, n, sizeof *values, compare_doubles);
  return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

struct bench_case {
  const char *name, *assignments;
  uint64_t rollouts;
  bool has_children;
};

struct bench_size { /* rollouts are divided by `less`; children of slow and of fast refills */
  const char *spec;
  uint64_t less, children, fast;
};

/* Both sides do the same number of completions: `rollouts` from nothing, or `children` with this
 * many rollouts each. */
static int bench_row(const struct bench_case *what, const struct bench_size *size, size_t n)
{
  struct rms_instance *inst = NULL;
  struct rms_error err = {0};
  struct rounds rounds;
  const uint64_t children = !what->has_children   ? 0
                            : what->rollouts == 0 ? size->fast
                                                  : size->children;
  const uint64_t rollouts = children == 0 ? what->rollouts / size->less : what->rollouts;
  const uint64_t work = children == 0 ? rollouts : 8 + children * (rollouts + 1);
  if (rms_serve_generate(&inst, size->spec, &err) < 0) return 1;
  for (size_t i = 0; i < n; i++) {
    rounds.fast[i] = rate_of_solver(rms_serve_of(inst), what->name, what->assignments, work);
    rounds.slow[i] = rate_of_textbook(rms_serve_of(inst), rollouts, children);
    rounds.ratio[i] = rounds.fast[i] / rounds.slow[i];
  }
  const double ratio = median(rounds.ratio, n);
  printf("%s:%s %s: %.0f evaluations/s, textbook %.1f, %.1f times [%.1f, %.1f]\n", what->name,
         what->assignments, size->spec, median(rounds.fast, n), median(rounds.slow, n), ratio,
         rounds.ratio[0], rounds.ratio[n - 1]);
  fflush(stdout);
  inst->family->free_instance(inst);
  return 0;
}

/* Medians of so many rounds; of the ratio also the least and the largest. */
static int bench(size_t n)
{
  static const struct bench_case cases[] = {{"mcts", "bound=none", 1000, false},
                                            {"ga", "bound=none", 50, true},
                                            {"ga", "bound=none,refill=fast", 0, true}};
  static const struct bench_size sizes[] = {
      {"services=24,shape=real,scale=1000,seed=1", 1, 50, 20000},
      {"services=24,shape=real,scale=8000,seed=1", 1, 20, 2000},
      {"services=500,shape=real,scale=1000,seed=1", 50, 2, 50},
      {"services=500,shape=real,scale=8000,seed=1", 100, 1, 4}};
  for (size_t k = 0; k < sizeof cases / sizeof *cases; k++)
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
      if (bench_row(&cases[k], &sizes[i], n)) return 1;
  return 0;
}

int main(int argc, char **argv)
{
  if (argc > 1 && strcmp(argv[1], "--bench") == 0) {
    const long rounds = argc > 2 ? strtol(argv[2], NULL, 10) : 1;
    return bench(rounds < 1 ? 1 : rounds > ROUNDS_MAX ? ROUNDS_MAX : (size_t)rounds);
  }
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(menus_are_the_plain_ones),
      cmocka_unit_test(greedy_choice_is_the_solvers),
      cmocka_unit_test(shortlists_change_nothing),
      cmocka_unit_test(never_worse_than_greedy),
      cmocka_unit_test(edges),
      cmocka_unit_test(same_seed_same_bytes),
      cmocka_unit_test(stops_anywhere),
      cmocka_unit_test(memory_is_bounded),
      cmocka_unit_test(failing_allocations),
      cmocka_unit_test(letters_come_back),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
