/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>

#include "instances/base/rng.h"
#include "instances/serve/check.h"
#include "ledger_fixture.h"
#include "serve_fixture.h"

/* A plan as people write it: "POOL COUNT: PROFILE@START=SERVICE ...; ..." (service "-": idle). */
static void make_plan(const struct rms_serve *inst, const char *text, struct rms_serve_plan *plan)
{
  char copy[1024], *groups = NULL;
  snprintf(copy, sizeof copy, "%s", text);
  for (char *g = strtok_r(copy, ";", &groups); g; g = strtok_r(NULL, ";", &groups)) {
    struct rms_serve_slice slices[RMS_UNITS_MAX];
    unsigned pool = 0;
    long long count = 0;
    int used = 0;
    size_t n = 0;
    char *words = NULL;
    assert_int_equal(sscanf(g, " %u %lld:%n", &pool, &count, &used), 2);
    for (char *w = strtok_r(g + used, " ", &words); w; w = strtok_r(NULL, " ", &words)) {
      char profile[32], service[32];
      unsigned start = 0;
      assert_int_equal(sscanf(w, "%31[^@]@%u=%31s", profile, &start, service), 3);
      slices[n] = (struct rms_serve_slice){.profile = serve_profile(inst, pool, profile),
                                           .start = (uint16_t)start,
                                           .service = RMS_SERVE_IDLE};
      for (size_t s = 0; s < inst->n_services; s++)
        if (strcmp(inst->services[s].name, service) == 0) slices[n].service = (uint32_t)s;
      assert_true(slices[n].service != RMS_SERVE_IDLE || strcmp(service, "-") == 0);
      n++;
    }
    assert_int_equal(rms_serve_plan_add(plan, pool, count, slices, n), RMS_OK);
  }
}

static struct rms_verdict judge(const struct rms_serve *inst, const struct rms_serve_plan *plan,
                                const struct rms_claim *claim)
{
  struct rms_verdict verdict;
  struct rms_text bytes = {0};
  assert_int_equal(rms_serve_plan_encode(plan, &bytes), RMS_OK);
  assert_int_equal(rms_serve_check(&inst->base, bytes.data, bytes.length, claim, &verdict), RMS_OK);
  rms_text_fini(&bytes);
  return verdict;
}

static void is_judged(const struct rms_serve *inst, const char *text, const struct rms_claim *claim,
                      enum rms_verdict_kind kind, const char *why)
{
  struct rms_serve_plan plan = {0};
  make_plan(inst, text, &plan);
  const struct rms_verdict verdict = judge(inst, &plan, claim);
  if (verdict.kind != kind || !strstr(verdict.why, why))
    fail_msg("%s: %s, \"%s\"", text, rms_verdict_text(verdict.kind), verdict.why);
  assert_true(isnan(verdict.bound));
  rms_serve_plan_fini(&plan);
}

/* small: a needs 460 (1g 148.8, 2g 265.1, 3g 330, 4g 351.2, 7g 402.7), b 90.5 (2g 30, 3g 55.25, 7g
 * 100) */
static void test_right_plans(void **state)
{
  (void)state;
  struct rms_serve *const inst = serve_open(SERVE_SMALL);
  const struct rms_claim claim = {.objective = {2}, .bound = NAN};
  const struct rms_claim bound = {.objective = {2}, .bound = 2};
  const struct rms_claim proud = {.objective = {2}, .bound = 2, .is_optimal = true};
  static const char *const plans[] = {
      "0 1: 7g.80gb@0=b; 0 1: 2g.20gb@0=a 2g.20gb@2=a 3g.40gb@4=-",
      "0 1: 3g.40gb@0=b 3g.40gb@4=b; 0 1: 1g.10gb@0=a 1g.10gb@3=a 1g.10gb@6=a 1g.10gb@1=a",
      "0 2: 3g.40gb@4=b 4g.40gb@0=a",
  };
  for (size_t i = 0; i < sizeof plans / sizeof plans[0]; i++) {
    is_judged(inst, plans[i], NULL, RMS_VERDICT_VERIFIED_FEASIBLE, "");
    is_judged(inst, plans[i], &claim, RMS_VERDICT_VERIFIED_FEASIBLE, "");
    is_judged(inst, plans[i], &bound, RMS_VERDICT_VERIFIED_FEASIBLE, "");
    is_judged(inst, plans[i], &proud, RMS_VERDICT_VERIFIED_FEASIBLE, "");
  }
  rms_serve_free(inst);
}

static void test_wrong_plans(void **state)
{
  (void)state;
  struct rms_serve *const inst = serve_open(SERVE_SMALL);
  const enum rms_verdict_kind wrong = RMS_VERDICT_INFEASIBLE_SOLUTION;
  is_judged(inst, "", NULL, wrong, "service \"a\"");
  /* 148.8 x 3 = 446.4: 13.6 are missing */
  is_judged(inst, "0 1: 7g.80gb@0=b; 0 3: 1g.10gb@0=a", NULL, wrong, "13600000 millionths");
  is_judged(inst, "0 2: 7g.80gb@0=a", NULL, wrong, "service \"b\"");
  is_judged(inst, "0 2: 4g.40gb@0=a 3g.40gb@0=b", NULL, wrong, "group 0");
  is_judged(inst, "0 2: 4g.40gb@4=a", NULL, wrong, "group 0");
  is_judged(inst, "0 2: 1g.10gb@7=a", NULL, wrong, "group 0");
  is_judged(inst, "0 2: 4g.40gb@0=b", NULL, wrong, "\"b\" cannot run on 4g.40gb");
  is_judged(inst, "0 2: 1g.10gb+me@0=a", NULL, wrong, "\"a\" cannot run on 1g.10gb+me");
  rms_serve_free(inst);
}

static void test_wrong_claims(void **state)
{
  (void)state;
  struct rms_serve *const inst = serve_open(SERVE_SMALL);
  static const char plan[] = "0 2: 3g.40gb@4=b 4g.40gb@0=a";
  static const struct {
    struct rms_claim claim;
    enum rms_verdict_kind kind;
  } cases[] = {
      {{.objective = {1}, .bound = NAN}, RMS_VERDICT_WRONG_OBJECTIVE},
      {{.objective = {2.0000001}, .bound = NAN}, RMS_VERDICT_WRONG_OBJECTIVE},
      {{.objective = {NAN}, .bound = NAN}, RMS_VERDICT_WRONG_OBJECTIVE},
      {{.objective = {-INFINITY}, .bound = NAN}, RMS_VERDICT_WRONG_OBJECTIVE},
      {{.objective = {2}, .bound = 2.0000001}, RMS_VERDICT_WRONG_BOUND},
      {{.objective = {2}, .bound = INFINITY}, RMS_VERDICT_WRONG_BOUND},
      {{.objective = {INFINITY}, .bound = NAN}, RMS_VERDICT_WRONG_INFEASIBILITY},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
    is_judged(inst, plan, &cases[i].claim, cases[i].kind, "");
  /* feasibility comes before what is claimed about it */
  is_judged(inst, "0 1: 7g.80gb@0=a", &cases[0].claim, RMS_VERDICT_INFEASIBLE_SOLUTION, "");
  rms_serve_free(inst);
}

static void test_pools_rules_and_stock(void **state)
{
  (void)state;
  struct rms_serve *const inst = serve_open(SERVE_POOLS);
  const struct rms_claim claim = {.objective = {10}, .bound = 0};
  const enum rms_verdict_kind wrong = RMS_VERDICT_INFEASIBLE_SOLUTION;
  is_judged(inst, "0 2: 4g.20gb@0=x; 1 2: 2g.12gb@0=y", &claim, RMS_VERDICT_VERIFIED_FEASIBLE, "");
  is_judged(inst, "0 3: 4g.20gb@0=x; 1 2: 2g.12gb@0=y", NULL, wrong, "pool \"old\": 3 machines");
  is_judged(inst, "0 2: 4g.20gb@0=x; 1 2: 2g.12gb@0=y; 1 2: 4g.24gb@0=-", NULL, wrong, "a30-24gb");
  is_judged(inst, "2 2: 4g.20gb@0=x 3g.20gb@4=x; 1 1: 2g.12gb@0=y 2g.12gb@2=y", NULL,
            RMS_VERDICT_VERIFIED_FEASIBLE, "");
  is_judged(inst, "0 2: 4g.20gb@0=x 3g.20gb@4=x; 1 1: 2g.12gb@0=y 2g.12gb@2=y", NULL, wrong,
            "r470");
  rms_serve_free(inst);
}

static void test_no_plan_and_broken_indices(void **state)
{
  (void)state;
  struct rms_serve *const inst = serve_open(SERVE_SMALL);
  const struct rms_claim none = {.objective = {INFINITY}, .bound = NAN};
  struct rms_verdict verdict;
  assert_int_equal(rms_serve_check(&inst->base, NULL, 0, NULL, &verdict), RMS_OK);
  assert_int_equal(verdict.kind, RMS_VERDICT_NONE);
  assert_int_equal(rms_serve_check(&inst->base, NULL, 0, &none, &verdict), RMS_OK);
  assert_int_equal(verdict.kind, RMS_VERDICT_UNVERIFIABLE);
  assert_int_equal(rms_serve_check(&inst->base, "rubbish", 7, NULL, &verdict), RMS_OK);
  assert_int_equal(verdict.kind, RMS_VERDICT_INFEASIBLE_SOLUTION);

  static const struct {
    uint32_t pool, service;
    uint16_t profile, start;
    const char *why;
  } cases[] = {{1, 0, 0, 0, "pool 1"},
               {0, 2, 0, 0, "service 2"},
               {0, 0, 7, 0, "profile 7"},
               {0, 0, 65535, 0, "profile 65535"},
               {0, 0, 0, 65535, "group 0"}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct rms_serve_plan plan = {0};
    const struct rms_serve_slice slice = {cases[i].profile, cases[i].start, cases[i].service};
    assert_int_equal(rms_serve_plan_add(&plan, cases[i].pool, 1, &slice, 1), RMS_OK);
    verdict = judge(inst, &plan, NULL);
    assert_int_equal(verdict.kind, RMS_VERDICT_INFEASIBLE_SOLUTION);
    if (!strstr(verdict.why, cases[i].why)) fail_msg("%s", verdict.why);
    rms_serve_plan_fini(&plan);
  }
  rms_serve_free(inst);
}

/* A plan that nobody decoded: ranges inside the struct are checked too. */
static void test_audit_trusts_no_struct(void **state)
{
  (void)state;
  struct rms_serve *const inst = serve_open(SERVE_SMALL);
  struct rms_serve_group group = {.pool = 0, .count = 0};
  struct rms_serve_plan plan = {.n_groups = 1, .groups = &group};
  struct rms_serve_audit audit;
  static const struct rms_serve_group groups[] = {
      {.count = 0},
      {.count = -5},
      {.count = INT64_MAX},
      {.count = 1, .n_slices = 1},
      {.count = 1, .first = 1},
      {.count = 1, .first = SIZE_MAX, .n_slices = 1},
      {.count = 1, .n_slices = SIZE_MAX},
  };
  for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++) {
    group = groups[i];
    assert_int_equal(rms_serve_audit(inst, &plan, &audit), RMS_OK);
    assert_false(audit.is_feasible);
    assert_true(strncmp(audit.why, "group 0", 7) == 0);
    rms_serve_audit_fini(&audit);
  }
  rms_serve_free(inst);
}

static void test_large_numbers(void **state)
{
  (void)state;
  struct rms_serve *const inst = serve_open(SERVE_SMALL);
  const struct rms_claim claim = {.objective = {1e12}, .bound = NAN};
  is_judged(inst, "0 1000000000000: 4g.40gb@0=a 3g.40gb@4=b", &claim, RMS_VERDICT_VERIFIED_FEASIBLE,
            "");
  is_judged(inst, "0 1000000000000: 4g.40gb@0=a 3g.40gb@4=b; 0 1: 7g.80gb@0=-", NULL,
            RMS_VERDICT_INFEASIBLE_SOLUTION, "group 1");
  rms_serve_free(inst);
}

static void test_hopeless(void **state)
{
  (void)state;
  static const char text[] =
      "{ \"format\": \"rms-instance/1\", \"family\": \"serve\", \"name\": \"h\","
      "  \"pools\": [ { \"machine\": \"a100-80gb\", \"rules\": \"r470\" },"
      "    { \"machine\": \"a30-24gb\", \"count\": 0 } ], \"services\": ["
      "  { \"name\": \"fine\", \"demand\": 1, \"throughput\": { \"a100-80gb\": { \"1g.10gb\": 1 } "
      "} },"
      "  { \"name\": \"%s\", \"demand\": 1, \"throughput\": { \"%s\": { \"%s\": 1 } } } ] }";
  static const struct {
    const char *machine, *profile;
    bool is_hopeless;
  } cases[] = {
      {"a100-80gb", "1g.20gb", true}, /* not under r470 */
      {"a30-24gb", "4g.24gb", true},  /* no machine is there */
      {"a100-80gb", "7g.80gb", false},
  };
  const struct rms_claim none = {.objective = {INFINITY}, .bound = NAN};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    char buffer[1024];
    struct rms_error why = {0};
    struct rms_verdict verdict;
    snprintf(buffer, sizeof buffer, text, "who", cases[i].machine, cases[i].profile);
    struct rms_serve *const inst = serve_open(buffer);
    assert_int_equal(rms_serve_is_hopeless(&inst->base, &why), cases[i].is_hopeless);
    if (cases[i].is_hopeless) assert_non_null(strstr(why.text, "\"who\""));
    assert_int_equal(rms_serve_check(&inst->base, NULL, 0, &none, &verdict), RMS_OK);
    assert_int_equal(verdict.kind, cases[i].is_hopeless ? RMS_VERDICT_VERIFIED_OPTIMAL
                                                        : RMS_VERDICT_UNVERIFIABLE);
    rms_serve_free(inst);
  }
}

/* ---- mutations, against a judge written once more
 * ------------------------------------------------ */

/* Legal on an A100 or A30, by hand: places taken, known starts, one "+me", 4g and 3g not under
 * r470. */
static bool is_legal(const struct rms_serve *inst, const struct rms_serve_plan *plan, size_t g)
{
  const struct rms_serve_group *const group = &plan->groups[g];
  const struct rms_serve_pool *const pool = &inst->pools[group->pool];
  const struct rms_machine *const machine = inst->machines[pool->machine];
  const int units = strcmp(machine->name, "a30-24gb") == 0 ? 4 : 8;
  unsigned taken = 0, n_me = 0, n_4g = 0, n_3g = 0;
  for (size_t i = group->first; i < group->first + group->n_slices; i++) {
    const struct rms_serve_slice slice = plan->slices[i];
    if (slice.profile >= machine->n_profiles) return false;
    const char *const name = machine->profiles[slice.profile].name;
    const bool is_double = strcmp(name, "1g.10gb") == 0 && units == 8; /* of the 40 GB machine */
    const int g_size = name[0] - '0';
    const int size = g_size == 3 ? 4 : g_size == 7 ? 8 : is_double ? 2 : g_size;
    const int last = g_size == 1 && !is_double && units == 8 ? 6 : units - size;
    if (slice.start > last || slice.start % size) return false;
    if (g_size == 2 && slice.start == 6) return false;
    if (g_size == 4 && slice.start) return false;
    const unsigned bits = ((1u << size) - 1) << slice.start;
    if (taken & bits) return false;
    taken |= bits;
    n_me += strstr(name, "+me") != NULL;
    n_4g += g_size == 4;
    n_3g += g_size == 3;
    if (is_double && strcmp(pool->rules->name, "r470") == 0) return false;
  }
  return n_me <= 1 && !(n_4g && n_3g && strcmp(pool->rules->name, "r470") == 0);
}

static bool is_good(const struct rms_serve *inst, const struct rms_serve_plan *plan)
{
  int64_t supply[2] = {0, 0}, used[3] = {0, 0, 0};
  for (size_t g = 0; g < plan->n_groups; g++) {
    const struct rms_serve_group *const group = &plan->groups[g];
    if (group->pool > 2 || group->count < 1 || group->count > 1000 || !is_legal(inst, plan, g))
      return false;
    used[group->pool] += group->count;
    for (size_t i = group->first; i < group->first + group->n_slices; i++) {
      const struct rms_serve_slice slice = plan->slices[i];
      if (slice.service == RMS_SERVE_IDLE) continue;
      if (slice.service > 1) return false;
      const int k = rms_serve_kind_of(inst, inst->pools[group->pool].machine, slice.profile);
      if (k < 0 || !rms_serve_rate(inst, slice.service, (size_t)k)) return false;
      supply[slice.service] += group->count * rms_serve_rate(inst, slice.service, (size_t)k);
    }
  }
  return used[0] <= 2 && used[1] <= 3 && supply[0] >= 10 * RMS_MICRO && supply[1] >= 3 * RMS_MICRO;
}

static void mutate(struct rms_serve_plan *plan, struct rms_rng *rng)
{
  struct rms_serve_group *const group = &plan->groups[rms_rng_below(rng, plan->n_groups)];
  struct rms_serve_slice *const slice = &plan->slices[rms_rng_below(rng, plan->n_slices)];
  switch (rms_rng_below(rng, 5)) {
  case 0: group->count = (int64_t)rms_rng_below(rng, 5); break;
  case 1: group->pool = (uint32_t)rms_rng_below(rng, 4); break;
  case 2: slice->profile = (uint16_t)rms_rng_below(rng, 9); break;
  case 3: slice->start = (uint16_t)rms_rng_below(rng, 9); break;
  default: {
    const uint64_t service = rms_rng_below(rng, 4);
    slice->service = service == 3 ? RMS_SERVE_IDLE : (uint32_t)service;
  }
  }
}

static void test_mutations_are_caught(void **state)
{
  (void)state;
  struct rms_serve *const inst = serve_open(SERVE_POOLS);
  static const char *const plans[] = {
      "0 2: 4g.20gb@0=x; 1 2: 2g.12gb@0=y; 2 1: 3g.20gb@4=- 1g.5gb@0=-",
      "2 2: 4g.20gb@0=x 3g.20gb@4=x; 1 1: 2g.12gb@0=y 2g.12gb@2=y",
      "1 1: 4g.24gb@0=x; 1 2: 2g.12gb@0=y 1g.6gb@2=x 1g.6gb@3=-; 0 1: 3g.20gb@0=x 3g.20gb@4=x",
  };
  struct rms_rng rng = {.key = {.seed = 7}, .purpose = RMS_PURPOSE_INSTANCE};
  size_t n_good = 0, n_bad = 0;
  for (int round = 0; round < 30000; round++) {
    struct rms_serve_plan plan = {0};
    make_plan(inst, plans[round % 3], &plan);
    for (uint64_t i = rms_rng_below(&rng, 3) + 1; i-- > 0;) mutate(&plan, &rng);
    struct rms_serve_audit audit;
    assert_int_equal(rms_serve_audit(inst, &plan, &audit), RMS_OK);
    const bool expected = is_good(inst, &plan);
    if (audit.is_feasible != expected)
      fail_msg("round %d: the checker says %d (%s), by hand it is %d", round, audit.is_feasible,
               audit.why, expected);
    if (expected) {
      int64_t cost = 0;
      for (size_t g = 0; g < plan.n_groups; g++)
        cost += plan.groups[g].count * inst->pools[plan.groups[g].pool].cost;
      assert_true(audit.objective == (double)cost);
    }
    n_good += expected;
    n_bad += !expected;
    rms_serve_audit_fini(&audit);
    rms_serve_plan_fini(&plan);
  }
  assert_true(n_good > 2000 && n_bad > 2000);
  rms_serve_free(inst);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_right_plans),
      cmocka_unit_test(test_wrong_plans),
      cmocka_unit_test(test_wrong_claims),
      cmocka_unit_test(test_pools_rules_and_stock),
      cmocka_unit_test(test_no_plan_and_broken_indices),
      cmocka_unit_test(test_audit_trusts_no_struct),
      cmocka_unit_test(test_large_numbers),
      cmocka_unit_test(test_hopeless),
      cmocka_unit_test(test_mutations_are_caught),
      cmocka_unit_test(nothing_is_left_behind),
  };
  return cmocka_run_group_tests(tests, remember_blocks, NULL);
}
