/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The greedy rules against plain definitions: all assignments are tried for the literal rule, all
 * services are scanned for the capped one. */
#include <math.h>
#include <stdlib.h>

#include "fake_host.h"
#include "ledger_fixture.h"
#include "serve_fixture.h"
#include "serve_random.h"
#include "solvers/registry.h"
#include "solvers/serve/completion.h"
#include "solvers/serve/rules.h"
#include "solvers/serve/tournament.h"

enum { SERVICES = 5 };

/* ---- plain definitions ---- */

struct plain {
  const struct rms_completion *state;
  enum rms_weight weight;
  size_t q;
  double grid;
  int64_t value, cost; /* of the best so far */
  struct rms_choice *choice;
};

static int64_t demand_of(const struct plain *plain, size_t s)
{
  return plain->state->inst->services[s].demand;
}

static int64_t literal_score(const struct plain *plain, size_t s, size_t k)
{
  return rms_score_fix(rms_score_literal(plain->state->need[s],
                                         rms_serve_rate(plain->state->inst, s, k),
                                         demand_of(plain, s)),
                       plain->grid);
}

static double capped_gain(const struct plain *plain, size_t s, size_t k, int64_t need)
{
  return rms_score_capped(need, rms_serve_rate(plain->state->inst, s, k), demand_of(plain, s),
                          plain->weight, rms_serve_share(plain->state->inst, s));
}

static void set_grid(struct plain *plain, bool is_capped)
{
  const struct rms_serve *inst = plain->state->inst;
  double max = 0;
  for (size_t s = 0; s < inst->n_services; s++)
    for (size_t k = 0; k < inst->n_kinds; k++)
      max =
          fmax(max, is_capped ? capped_gain(plain, s, k, plain->state->need[s])
                              : rms_score_literal(plain->state->need[s], rms_serve_rate(inst, s, k),
                                                  demand_of(plain, s)));
  plain->grid = rms_score_grid(max);
}

static size_t distinct_kinds(const struct rms_serve_cut *cut, uint16_t *kinds)
{
  size_t n = 0;
  for (size_t j = 0; j < cut->partition->n_slices; j++) {
    size_t i = 0;
    while (i < n && kinds[i] != cut->kind_of[j]) i++;
    if (i == n) kinds[n++] = cut->kind_of[j];
  }
  return n;
}

/* Try every assignment of the cut's kinds to services in lexicographic order. */
static void literal_cut(struct plain *plain, uint32_t p, uint32_t c)
{
  const struct rms_serve *inst = plain->state->inst;
  const struct rms_serve_cut *cut = &inst->pools[p].cuts[c];
  uint16_t kinds[RMS_UNITS_MAX];
  uint32_t who[RMS_UNITS_MAX] = {0};
  const size_t n = distinct_kinds(cut, kinds);
  for (;;) {
    int64_t value = 0;
    bool has[SERVICES] = {false};
    size_t used = 0;
    for (size_t i = 0; i < n; i++) {
      value += cut->count[kinds[i]] * literal_score(plain, who[i], kinds[i]);
      used += !has[who[i]];
      has[who[i]] = true;
    }
    if ((plain->q == 0 || used <= plain->q) &&
        rms_score_is_better(value, inst->pools[p].cost, plain->value, plain->cost)) {
      plain->value = value;
      plain->cost = inst->pools[p].cost;
      plain->choice->pool = p;
      plain->choice->cut = c;
      for (size_t j = 0; j < cut->partition->n_slices; j++) {
        size_t i = 0;
        while (kinds[i] != cut->kind_of[j]) i++;
        plain->choice->service[j] =
            literal_score(plain, who[i], kinds[i]) > 0 ? who[i] : RMS_SERVE_IDLE;
      }
    }
    size_t i = n;
    while (i > 0 && ++who[i - 1] == inst->n_services) who[--i] = 0;
    if (i == 0) return;
  }
}

static void capped_cut(struct plain *plain, uint32_t p, uint32_t c)
{
  const struct rms_serve *inst = plain->state->inst;
  const struct rms_serve_cut *cut = &inst->pools[p].cuts[c];
  struct rms_choice choice = {.pool = p, .cut = c};
  int64_t need[SERVICES], value = 0;
  memcpy(need, plain->state->need, inst->n_services * sizeof *need);
  for (size_t j = 0; j < cut->partition->n_slices; j++) {
    int64_t best = 0;
    choice.service[j] = RMS_SERVE_IDLE;
    for (uint32_t s = 0; s < inst->n_services; s++) {
      const int64_t gain =
          rms_score_fix(capped_gain(plain, s, cut->kind_of[j], need[s]), plain->grid);
      if (gain <= best) continue;
      best = gain;
      choice.service[j] = s;
    }
    value += best;
    if (best == 0) continue;
    const int64_t rate = rms_serve_rate(inst, choice.service[j], cut->kind_of[j]);
    int64_t *left = &need[choice.service[j]];
    *left = *left > rate ? *left - rate : 0;
  }
  if (!rms_score_is_better(value, inst->pools[p].cost, plain->value, plain->cost)) return;
  plain->value = value;
  plain->cost = inst->pools[p].cost;
  *plain->choice = choice;
}

static bool plain_rule(const struct rms_completion *state, bool is_capped, size_t q,
                       enum rms_weight weight, struct rms_choice *choice)
{
  struct plain plain = {.state = state, .weight = weight, .q = q, .cost = 1, .choice = choice};
  set_grid(&plain, is_capped);
  for (uint32_t p = 0; p < state->inst->n_pools; p++)
    for (uint32_t c = 0; state->left[p] > 0 && c < state->inst->pools[p].n_cuts; c++)
      (is_capped ? capped_cut : literal_cut)(&plain, p, c);
  return plain.value > 0;
}

static bool plain_choose(const struct rms_rule_setup *setup, const struct rms_completion *state,
                         struct rms_choice *choice)
{
  int64_t given[SERVICES] = {0};
  bool is_capped = setup->rule == RMS_RULE_CAPPED;
  if (is_capped) return plain_rule(state, true, 0, setup->weight, choice);
  if (!plain_rule(state, false, (size_t)setup->q, setup->weight, choice)) return false;
  const struct rms_serve_cut *cut = &state->inst->pools[choice->pool].cuts[choice->cut];
  for (size_t j = 0; j < cut->partition->n_slices; j++)
    if (choice->service[j] != RMS_SERVE_IDLE)
      given[choice->service[j]] += rms_serve_rate(state->inst, choice->service[j], cut->kind_of[j]);
  for (size_t s = 0; s < state->inst->n_services; s++)
    is_capped = is_capped || given[s] > state->need[s];
  return setup->rule == RMS_RULE_ENDGAME && is_capped
             ? plain_rule(state, true, 0, setup->weight, choice)
             : true;
}

static void same_choice(const struct rms_serve *inst, const struct rms_choice *a,
                        const struct rms_choice *b)
{
  assert_int_equal(a->pool, b->pool);
  assert_int_equal(a->cut, b->cut);
  const size_t n = inst->pools[a->pool].cuts[a->cut].partition->n_slices;
  assert_memory_equal(a->service, b->service, n * sizeof *a->service);
}

/* Follow the fast rule and hold each of its choices against the plain one. Returns the machines. */
static size_t follow(const struct rms_serve *inst, const struct rms_rule_setup *setup)
{
  struct rms_completer *fast = NULL;
  struct rms_completion state;
  struct rms_serve_plan plan = {0};
  struct rms_choice mine, theirs;
  size_t n = 0;
  assert_int_equal(rms_completer_open(&fast, inst, setup), RMS_OK);
  assert_int_equal(rms_completion_init(&state, inst), RMS_OK);
  rms_completer_begin(fast, &state, NULL);
  for (; state.unfinished > 0; n++) {
    const bool found = rms_completer_choose(fast, &state, &mine);
    assert_int_equal(found, plain_choose(setup, &state, &theirs));
    if (!found) break;
    same_choice(inst, &mine, &theirs);
    assert_int_equal(rms_completer_apply(fast, &state, &mine, &plan, NULL), 0);
  }
  rms_serve_plan_fini(&plan);
  rms_completion_fini(&state);
  rms_completer_close(fast);
  return n;
}

static const struct rms_rule_setup setups[] = {
    {.rule = RMS_RULE_LITERAL, .q = 2},
    {.rule = RMS_RULE_LITERAL, .q = 0},
    {.rule = RMS_RULE_LITERAL, .q = 1},
    {.rule = RMS_RULE_LITERAL, .q = 3},
    {.rule = RMS_RULE_CAPPED, .weight = RMS_WEIGHT_NEED},
    {.rule = RMS_RULE_CAPPED, .weight = RMS_WEIGHT_ONE},
    {.rule = RMS_RULE_CAPPED, .weight = RMS_WEIGHT_SLICE},
    {.rule = RMS_RULE_ENDGAME, .q = 2, .weight = RMS_WEIGHT_NEED},
    {.rule = RMS_RULE_ENDGAME, .q = 0, .weight = RMS_WEIGHT_SLICE},
};
enum { SETUPS = sizeof setups / sizeof *setups, INSTANCES = 400 };

static void fast_rules_are_the_plain_ones(void **state)
{
  (void)state;
  size_t machines[SETUPS] = {0};
  for (uint64_t seed = 0; seed < INSTANCES; seed++) {
    const struct serve_random shape = {
        .services = SERVICES, .has_pools = seed % 2 == 1, .has_stock = seed % 4 == 3};
    struct rms_serve *inst = serve_random(seed, &shape);
    assert_non_null(inst);
    for (size_t i = 0; i < SETUPS; i++) machines[i] += follow(inst, &setups[i]);
    rms_serve_free(inst);
  }
  for (size_t i = 0; i < SETUPS; i++) assert_true(machines[i] > INSTANCES);
}

/* ---- the tree ---- */

static void tournament_is_a_scan(void **state)
{
  (void)state;
  struct rms_rng rng = {.key = {.seed = 5, .job = 1}, .purpose = RMS_PURPOSE_INSTANCE};
  for (size_t n = 1; n < 60; n++) {
    struct rms_arena *arena = rms_arena_new();
    struct rms_tournament tree;
    assert_int_equal(rms_tournament_init(&tree, arena, n), RMS_OK);
    rms_tournament_build(&tree);
    for (int change = 0; change < 200; change++) {
      const size_t i = rms_rng_below(&rng, n);
      rms_tournament_set(&tree, i, (int64_t)rms_rng_below(&rng, 12) - 1);
      size_t best = 0;
      for (size_t j = 1; j < n; j++)
        if (tree.value[j] > tree.value[best]) best = j;
      const struct rms_winner winner = rms_tournament_best(&tree);
      assert_int_equal(winner.value, tree.value[best]);
      if (winner.value >= 0) assert_int_equal(winner.index, best);
    }
    rms_arena_free(arena);
  }
}

static void grid_keeps_its_bits(void **state)
{
  (void)state;
  for (double max = 1e-36; max < 1e20; max *= 1.7) {
    const double grid = rms_score_grid(max);
    assert_true(max * grid < ldexp(1, RMS_SCORE_BITS));
    assert_true(max * grid >= ldexp(1, RMS_SCORE_BITS - RMS_SCORE_STEP));
    assert_false(rms_score_is_low(rms_score_fix(max, grid)));
    assert_true(rms_score_is_low(rms_score_fix(max / 65536, grid)));
  }
  assert_int_equal(rms_score_fix(1e-300, rms_score_grid(1)), 1);
  assert_int_equal(rms_score_fix(0, rms_score_grid(1)), 0);
}

/* ---- as solvers ---- */

static const char *const names[] = {"greedy-literal", "greedy-capped", "greedy-endgame"};
enum { NAMES = sizeof names / sizeof *names };

static const struct rms_solver *solver_of(const char *name)
{
  const struct rms_solver *solver = rms_solver_builtin("serve", name);
  assert_non_null(solver);
  return solver;
}

/* Run and compare the claim of the plan with the checker (by the fake host); work is machines. */
static void run_all(const struct rms_serve *inst, bool must_finish)
{
  static const char *const params[][3] = {{"q=2", "q=0", "q=1"},
                                          {"weight=need", "weight=one", "weight=slice"},
                                          {"", "q=0", "weight=one"}};
  for (size_t i = 0; i < NAMES; i++)
    for (size_t j = 0; j < 3; j++) {
      struct rms_fake_host fake;
      rms_fake_host_init(&fake, &inst->base);
      const int outcome = rms_fake_host_run(&fake, solver_of(names[i]), params[i][j]);
      assert_string_equal(fake.broken, "");
      assert_true(outcome == RMS_FEASIBLE || (!must_finish && outcome == RMS_INFEASIBLE));
      assert_true(fake.n_solutions <= 1);
      if (must_finish) assert_int_equal(fake.n_solutions, 1);
      rms_fake_host_fini(&fake);
    }
}

static void plans_pass_the_checker(void **state)
{
  (void)state;
  const long live = rms_ledger_live();
  for (uint64_t seed = 0; seed < 60; seed++) {
    const struct serve_random shape = {
        .services = 8, .demand = 40, .has_pools = seed % 2 == 1, .has_stock = seed % 4 == 3};
    struct rms_serve *inst = serve_random(seed, &shape);
    run_all(inst, false);
    rms_serve_free(inst);
  }
  struct rms_serve *small = serve_open(SERVE_SMALL);
  run_all(small, true);
  rms_serve_free(small);
  assert_int_equal(rms_ledger_live(), live);
}

static struct rms_fake_host run_one(struct rms_serve *inst, const char *name, uint64_t limit,
                                    int *outcome)
{
  struct rms_fake_host fake;
  rms_fake_host_init(&fake, &inst->base);
  fake.work_limit = limit;
  fake.host.ctx = &fake;
  *outcome = rms_fake_host_run(&fake, solver_of(name), NULL);
  assert_string_equal(fake.broken, "");
  struct rms_fake_host copy = fake;
  rms_fake_host_fini(&fake);
  return copy; /* numbers only */
}

static void edges(void **state)
{
  (void)state;
  const long live = rms_ledger_live();
  static const struct {
    const char *text;
    int outcome;
    uint64_t solutions, machines;
  } cases[] = {
      {SERVE_NONE, RMS_FEASIBLE, 1, 0},
      {SERVE_ONE("70", "\"1g.10gb\": 10", ""), RMS_FEASIBLE, 1, 1},
      {SERVE_ONE("71", "\"1g.10gb\": 10", ""), RMS_FEASIBLE, 1, 2},
      {SERVE_ONE("70000", "\"1g.10gb\": 10", ", \"count\": 1000"), RMS_FEASIBLE, 1, 1000},
      {SERVE_ONE("70001", "\"1g.10gb\": 10", ", \"count\": 1000"), RMS_FEASIBLE, 0,
       1000}, /* stuck: no claim */
      {SERVE_ONE("1", "", ""), RMS_INFEASIBLE, 0, 0},
      {SERVE_ONE("1", "\"1g.10gb\": 10", ", \"count\": 0"), RMS_INFEASIBLE, 0, 0},
      {SERVE_ONE("1", "\"1g.20gb\": 10", ", \"rules\": \"r470\""), RMS_INFEASIBLE, 0,
       0}, /* absent */
  };
  for (size_t c = 0; c < sizeof cases / sizeof *cases; c++)
    for (size_t i = 0; i < NAMES; i++) {
      int outcome = 0;
      struct rms_serve *inst = serve_open(cases[c].text);
      const struct rms_fake_host fake = run_one(inst, names[i], UINT64_MAX, &outcome);
      assert_int_equal(outcome, cases[c].outcome);
      assert_int_equal(fake.n_solutions, cases[c].solutions);
      assert_int_equal(fake.work, cases[c].machines);
      rms_serve_free(inst);
    }
  assert_int_equal(rms_ledger_live(), live);
}

static void work_limit_is_exact(void **state)
{
  (void)state;
  struct rms_serve *inst = serve_open(SERVE_ONE("700", "\"1g.10gb\": 10", ""));
  for (size_t i = 0; i < NAMES; i++)
    for (uint64_t limit = 0; limit <= 11; limit++) {
      int outcome = 0;
      const struct rms_fake_host fake = run_one(inst, names[i], limit, &outcome);
      assert_int_equal(outcome, limit < 10 ? RMS_STOPPED : RMS_FEASIBLE);
      assert_int_equal(fake.n_solutions, limit < 10 ? 0 : 1);
    }
  rms_serve_free(inst);
}

static void same_run_same_bytes(void **state)
{
  (void)state;
  const struct serve_random shape = {.services = 8, .demand = 30, .has_pools = true};
  for (size_t i = 0; i < NAMES; i++) {
    struct rms_serve *inst = serve_random(11, &shape);
    struct rms_fake_host a, b;
    rms_fake_host_init(&a, &inst->base);
    rms_fake_host_init(&b, &inst->base);
    b.seed = 99;
    rms_fake_host_run(&a, solver_of(names[i]), NULL);
    rms_fake_host_run(&b, solver_of(names[i]), NULL);
    assert_string_equal(a.trace.data, b.trace.data);
    assert_int_equal(a.solution.length, b.solution.length);
    assert_memory_equal(a.solution.data, b.solution.data, a.solution.length);
    assert_int_equal(a.draws, 0);
    rms_fake_host_fini(&a);
    rms_fake_host_fini(&b);
    rms_serve_free(inst);
  }
}

/* ---- the template ---- */

static void completes_from_any_state(void **state)
{
  (void)state;
  const long live = rms_ledger_live();
  const struct serve_random shape = {.services = 6, .demand = 20};
  for (uint64_t seed = 1; seed < 30; seed++) {
    struct rms_serve *inst = serve_random(seed, &shape);
    struct rms_completer *fast = NULL;
    struct rms_completion start;
    struct rms_serve_plan whole = {0}, part = {0};
    size_t hopeless = 0;
    if (rms_serve_is_unservable(inst, &hopeless)) {
      rms_serve_free(inst);
      continue;
    }
    assert_int_equal(rms_completer_open(&fast, inst, &setups[4]), RMS_OK);
    assert_int_equal(rms_completion_init(&start, inst), RMS_OK);
    assert_int_equal(rms_complete(fast, &start, &whole, NULL), RMS_COMPLETE_DONE);
    /* keep the first half of the groups, complete it again, and nothing is missing */
    rms_completion_reset(&start);
    for (size_t g = 0; g < whole.n_groups / 2; g++) {
      const struct rms_serve_group *group = &whole.groups[g];
      assert_int_equal(rms_serve_plan_add(&part, group->pool, group->count,
                                          whole.slices + group->first, group->n_slices),
                       RMS_OK);
    }
    rms_completion_take(&start, &part, 0, part.n_groups);
    assert_int_equal(rms_complete(fast, &start, &part, NULL), RMS_COMPLETE_DONE);
    rms_completion_reset(&start);
    rms_completion_take(&start, &part, 0, part.n_groups);
    assert_int_equal(start.unfinished, 0);
    const int64_t machines = rms_serve_plan_machines(&part, 0);
    assert_int_equal(rms_plan_join(&part), RMS_OK);
    assert_int_equal(rms_serve_plan_machines(&part, 0), machines);
    rms_completion_reset(&start);
    rms_completion_take(&start, &part, 0, part.n_groups);
    assert_int_equal(start.unfinished, 0);
    rms_serve_plan_fini(&whole);
    rms_serve_plan_fini(&part);
    rms_completion_fini(&start);
    rms_completer_close(fast);
    rms_serve_free(inst);
  }
  assert_int_equal(rms_ledger_live(), live);
}

static void order_decides_ties(void **state)
{
  (void)state;
  struct rms_serve *inst = serve_open(
      "{ \"format\": \"rms-instance/1\", \"family\": \"serve\", \"name\": \"twins\", \"pools\": [ {"
      " \"machine\": \"a100-80gb\" } ], \"services\": ["
      " { \"name\": \"a\", \"demand\": 9, \"throughput\": { \"a100-80gb\": { \"7g.80gb\": 5 } } },"
      " { \"name\": \"b\", \"demand\": 9, \"throughput\": { \"a100-80gb\": { \"7g.80gb\": 5 } } } "
      "] }");
  static const uint32_t orders[2][2] = {{0, 1}, {1, 0}};
  for (size_t i = 0; i < 2 * SETUPS; i++) {
    struct rms_rule_setup setup = setups[i / 2];
    struct rms_completer *fast = NULL;
    struct rms_completion start;
    struct rms_choice choice;
    setup.order = orders[i % 2];
    assert_int_equal(rms_completer_open(&fast, inst, &setup), RMS_OK);
    assert_int_equal(rms_completion_init(&start, inst), RMS_OK);
    rms_completer_begin(fast, &start, NULL);
    assert_true(rms_completer_choose(fast, &start, &choice));
    assert_int_equal(choice.service[0], orders[i % 2][0]);
    rms_completion_fini(&start);
    rms_completer_close(fast);
  }
  rms_serve_free(inst);
}

static void failing_allocations(void **state)
{
  (void)state;
  struct rms_serve *inst = serve_open(SERVE_SMALL);
  for (size_t i = 0; i < NAMES; i++)
    every_allocation_may_fail(&inst->base, solver_of(names[i]), RMS_FEASIBLE);
  rms_serve_free(inst);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(fast_rules_are_the_plain_ones),
      cmocka_unit_test(tournament_is_a_scan),
      cmocka_unit_test(grid_keeps_its_bits),
      cmocka_unit_test(plans_pass_the_checker),
      cmocka_unit_test(edges),
      cmocka_unit_test(work_limit_is_exact),
      cmocka_unit_test(same_run_same_bytes),
      cmocka_unit_test(completes_from_any_state),
      cmocka_unit_test(order_decides_ties),
      cmocka_unit_test(failing_allocations),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
