/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The exact solvers that hand a model to a library, held against a search that tries everything. */
#include <math.h>

#include "brute.h"
#include "fake_host.h"
#include "instances/base/rng.h"
#include "ledger.h"
#include "serve_fixture.h"
#include "solvers/registry.h"
#include "solvers/serve/exact.h"
#include "solvers/serve/forms.h"

enum { N_RANDOM = 520, N_SERVICES = 3, N_STOPS = 60 };

static const struct rms_solver *solver_of(const char *name)
{
  const struct rms_solver *const solver = rms_solver_builtin("serve", name);
  assert_non_null(solver);
  return solver;
}

/* ---- random tiny instances ---------------------------------------------------------------------
 */

struct machine_choice {
  const char *name, *rules;
};

static struct rms_rng rng_of(uint64_t index)
{
  return (struct rms_rng){.key = {.seed = 7, .job = index}, .purpose = RMS_PURPOSE_INSTANCE};
}

/* A rate for a slice of `compute` units: proportional, peaked, jagged, or a truncated third, of
 * which a whole number almost meets a round demand. */
static int64_t rate_of(struct rms_rng *rng, unsigned shape, int compute, int64_t base)
{
  switch (shape) {
  case 0: return base * compute;
  case 1: return base * compute + (int64_t)rms_rng_below(rng, (uint64_t)base);
  case 2: return (int64_t)(1 + rms_rng_below(rng, (uint64_t)base * 3));
  default: return (int64_t)333333333 * compute;
  }
}

struct draft {
  struct rms_serve_spec spec;
  struct rms_serve_service services[N_SERVICES];
  struct rms_serve_entry entries[N_SERVICES * 2 * RMS_PROFILES_MAX];
  char names[N_SERVICES][24];
};

static void draft_pool(struct draft *d, struct rms_rng *rng, size_t machine, const char *name,
                       const char *rules)
{
  const size_t p = d->spec.n_pools++;
  d->spec.pools[p].name = name;
  d->spec.pools[p].machine = (uint16_t)machine;
  d->spec.pools[p].rules = rules ? rms_machine_rules(d->spec.machines[machine], rules) : -1;
  assert_true(!rules || d->spec.pools[p].rules >= 0);
  d->spec.pools[p].count = rms_rng_below(rng, 3) ? -1 : (int64_t)rms_rng_below(rng, 4);
  d->spec.pools[p].cost = rms_rng_below(rng, 2) ? 1 : (int64_t)(1 + rms_rng_below(rng, 9)) * 10;
}

static void draft_service(struct draft *d, struct rms_rng *rng, size_t s, uint32_t mask)
{
  const unsigned shape = (unsigned)rms_rng_below(rng, 4);
  const int64_t base = (int64_t)(1000000 + rms_rng_below(rng, 5000000));
  int64_t most = 0;
  for (size_t m = 0; m < d->spec.n_machines; m++)
    for (int k = 0; k < d->spec.machines[m]->n_profiles; k++) {
      if (!(mask >> k & 1) || rms_rng_below(rng, 6) == 0) continue;
      const int compute = d->spec.machines[m]->profiles[k].compute;
      const int64_t rate = rate_of(rng, shape, compute > 0 ? compute : 1, base);
      if (rate > most) most = rate;
      d->entries[d->spec.n_entries++] = (struct rms_serve_entry){
          .service = (uint32_t)s, .machine = (uint16_t)m, .profile = (uint16_t)k, .rate = rate};
    }
  snprintf(d->names[s], sizeof d->names[s], "s%zu", s);
  d->services[s] = (struct rms_serve_service){.name = d->names[s], .slo_ms = NAN};
  if (shape == 3)
    d->services[s].demand = (int64_t)(1 + rms_rng_below(rng, 2)) * 1000000000;
  else
    d->services[s].demand = 1 + (int64_t)rms_rng_below(rng, (uint64_t)(most ? most : 1) * 2);
}

static struct rms_serve *random_instance(uint64_t index)
{
  static const struct machine_choice choices[] = {
      {"a100-80gb", "r470"}, {"a100-80gb", "r510"}, {"a30-24gb", NULL}, {"mi300x-192gb", NULL}};
  struct rms_rng rng = rng_of(index);
  static struct draft d;
  d = (struct draft){.spec = {.name = "tiny"}};
  const struct machine_choice *const first = &choices[index % 4];
  const uint64_t more = rms_rng_below(&rng, 3); /* one pool; another machine; another pool of it */
  const struct machine_choice *const second = more == 1 ? &choices[(index + 2) % 4] : first;
  assert_int_equal(rms_machine_builtin(&d.spec.machines[0], first->name, NULL), RMS_OK);
  d.spec.n_machines = 1;
  draft_pool(&d, &rng, 0, "p", first->rules);
  if (more == 1)
    assert_int_equal(rms_machine_builtin(&d.spec.machines[d.spec.n_machines++], second->name, NULL),
                     RMS_OK);
  if (more > 0)
    draft_pool(&d, &rng, d.spec.n_machines - 1, "q",
               more == 2 && first->rules ? choices[rms_rng_below(&rng, 2)].rules : second->rules);
  const uint32_t mask = (uint32_t)rms_rng_bits(&rng) | (uint32_t)rms_rng_bits(&rng);
  d.spec.n_services = 1 + (size_t)rms_rng_below(&rng, N_SERVICES);
  for (size_t s = 0; s < d.spec.n_services; s++) draft_service(&d, &rng, s, mask);
  d.spec.services = d.services;
  d.spec.entries = d.entries;
  struct rms_serve *inst = NULL;
  struct rms_error err = {0};
  if (rms_serve_build(&inst, &d.spec, &err) < 0) {
    /* An entry that no pool's rules allow, or no entry at all. */
    for (size_t m = 0; m < d.spec.n_machines; m++) rms_machine_free(d.spec.machines[m]);
    return NULL;
  }
  return inst;
}

/* ---- agreement ---------------------------------------------------------------------------------
 */

static void agree(const struct rms_serve *inst, uint64_t index, int64_t cost, const char *name,
                  const char *assignments)
{
  struct rms_fake_host fake;
  rms_fake_host_init(&fake, &inst->base);
  const int outcome = rms_fake_host_run(&fake, solver_of(name), assignments);
  if (fake.broken[0])
    fail_msg("instance %llu, %s:%s: %s", (unsigned long long)index, name, assignments, fake.broken);
  const int expected = cost < 0 ? RMS_INFEASIBLE : RMS_OPTIMAL;
  if (outcome != expected ||
      (cost >= 0 && (fake.best[0] != (double)cost || fake.bound > (double)cost)))
    fail_msg("instance %llu, %s:%s: outcome %d, cost %g, bound %g, should be %lld",
             (unsigned long long)index, name, assignments, outcome, fake.best[0], fake.bound,
             (long long)cost);
  rms_fake_host_fini(&fake);
}

static void agrees_with_brute_force(void **state)
{
  (void)state;
  const long before = rms_ledger_live();
  int n = 0, n_infeasible = 0;
  for (uint64_t i = 0; n < N_RANDOM; i++) {
    struct rms_serve *const inst = random_instance(i);
    const int64_t cost = inst ? rms_brute_cost(inst) : -2;
    if (cost > -2) {
      n++;
      n_infeasible += cost == -1;
      agree(inst, i, cost, "glpk", "");
      agree(inst, i, cost, "cbc", "");
      agree(inst, i, cost, i % 2 ? "cbc" : "glpk", "model=forms");
      agree(inst, i, cost, i % 2 ? "glpk" : "cbc", "cuts=no,heur=no");
      if (i % 5 == 0) agree(inst, i, cost, "glpk", "branching=pch,backtracking=bph,presolve=yes");
      if (i % 5 == 1) agree(inst, i, cost, "cbc", "library-cuts=off,heuristics=no");
    }
    rms_serve_free(inst);
  }
  print_message("# %d instances, %d infeasible\n", n, n_infeasible);
  assert_true(n_infeasible > 20 && n_infeasible < n / 2);
  assert_int_equal(rms_ledger_live(), before);
}

/* ---- forms -------------------------------------------------------------------------------------
 */

static void hold(const struct rms_forms *forms, const int64_t *slices)
{
  int64_t times[RMS_FORMS_CUTS_MAX], machines = 0;
  assert_true(rms_forms_cut(forms, slices, times));
  for (size_t c = 0; c < forms->n_cuts; c++) machines += times[c];
  assert_int_equal(machines, rms_forms_machines(forms, slices));
  for (size_t d = 0; d < forms->n_dimensions; d++) {
    int64_t places = 0;
    for (size_t c = 0; c < forms->n_cuts; c++) places += times[c] * forms->cuts[c][d];
    assert_true(places >= slices[d]);
  }
}

/* Names of profiles with their weights, "4g 4 3g 2 .../8", one text per form, sorted as derived. */
static void expect_forms(const char *machine_name, const char *rules, size_t n_forms)
{
  static const char *const shapes[] = {"1g", "2g", "3g", "4g", "7g"};
  struct rms_machine *machine = NULL;
  struct rms_arena *const arena = rms_arena_new();
  const struct rms_partition *partitions = NULL;
  size_t n = 0, d = 0;
  uint32_t mask = 0;
  int profiles[RMS_FORMS_DIMENSIONS_MAX];
  static uint8_t cuts[RMS_FORMS_CUTS_MAX][RMS_FORMS_DIMENSIONS_MAX];
  assert_int_equal(rms_machine_builtin(&machine, machine_name, NULL), RMS_OK);
  for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
    const int p = rms_machine_profile(machine, shapes[i]);
    if (p < 0) continue;
    profiles[d++] = p;
    mask |= UINT32_C(1) << p;
  }
  const struct rms_rules *const r =
      &machine->rules[rules ? rms_machine_rules(machine, rules) : machine->default_rules];
  assert_int_equal(rms_partitions(arena, machine, r, mask, &partitions, &n, NULL), RMS_OK);
  assert_true(n <= RMS_FORMS_CUTS_MAX);
  for (size_t c = 0; c < n; c++)
    for (size_t k = 0; k < d; k++) cuts[c][k] = partitions[c].count[profiles[k]];
  struct rms_forms forms;
  enum rms_forms_kind kind = RMS_FORMS_GAP;
  assert_int_equal(rms_forms_derive(arena, d, n, (const uint8_t(*)[RMS_FORMS_DIMENSIONS_MAX])cuts,
                                    &forms, &kind),
                   RMS_OK);
  assert_int_equal(kind, RMS_FORMS_DERIVED);
  for (size_t f = 0; f < forms.n_forms; f++) {
    print_message("# %s %s:", machine_name, rules ? rules : "");
    for (size_t k = 0; k < d; k++) print_message(" %d", forms.weight[f][k]);
    print_message(" / %d\n", forms.divisor[f]);
  }
  assert_int_equal(forms.n_forms, n_forms);
  struct rms_rng rng = rng_of(1000);
  for (int i = 0; i < 200; i++) {
    int64_t slices[RMS_FORMS_DIMENSIONS_MAX];
    const uint64_t size = i % 2 ? 12 : 1000000;
    for (size_t k = 0; k < d; k++) slices[k] = (int64_t)rms_rng_below(&rng, size);
    hold(&forms, slices);
  }
  rms_arena_free(arena);
  rms_machine_free(machine);
}

static void derives_forms(void **state)
{
  (void)state;
  expect_forms("a100-80gb", "r510", 4);
  expect_forms("a100-80gb", "r470", 5);
  expect_forms("a30-24gb", NULL, 1);
}

/* Two kinds, 3 of the one or 3 of the other: (1, 1) is half way between, and needs two machines. */
static void refuses_forms_with_a_gap(void **state)
{
  (void)state;
  static const uint8_t cuts[2][RMS_FORMS_DIMENSIONS_MAX] = {{3, 0}, {0, 3}};
  struct rms_arena *const arena = rms_arena_new();
  struct rms_forms forms;
  enum rms_forms_kind kind = RMS_FORMS_DERIVED;
  assert_int_equal(rms_forms_derive(arena, 2, 2, cuts, &forms, &kind), RMS_OK);
  assert_int_equal(kind, RMS_FORMS_GAP);
  rms_arena_free(arena);
}

/* ---- stopping, repeating -----------------------------------------------------------------------
 */

static int run_limited(const struct rms_serve *inst, const char *name, uint64_t work,
                       struct rms_text *trace, int64_t cost)
{
  struct rms_fake_host fake;
  rms_fake_host_init(&fake, &inst->base);
  fake.work_limit = work;
  const int outcome =
      rms_fake_host_run(&fake, solver_of(name), work % 2 ? "" : "model=forms,cuts=no");
  if (fake.broken[0]) fail_msg("%s, work %llu: %s", name, (unsigned long long)work, fake.broken);
  assert_true(outcome == RMS_STOPPED || outcome == RMS_OPTIMAL);
  assert_true(isnan(fake.bound) || fake.bound <= (double)cost);
  if (outcome == RMS_OPTIMAL) assert_true(fake.best[0] == (double)cost);
  rms_text_bytes(trace, fake.trace.data, fake.trace.length);
  rms_text_bytes(trace, fake.solution.data, fake.solution.length);
  rms_fake_host_fini(&fake);
  return outcome;
}

/* Larger than what is tried by brute force: needs a search. */
static struct rms_serve *middling_instance(void)
{
  static struct draft d;
  static const int sizes[] = {1, 2, 3, 4, 7};
  static const char *const shapes[] = {"1g", "2g", "3g", "4g", "7g"};
  struct rms_rng rng = rng_of(99);
  static struct rms_serve_service services[14];
  static struct rms_serve_entry entries[14 * 5];
  static char names[14][24];
  d = (struct draft){.spec = {.name = "middling", .n_machines = 1, .n_pools = 1, .n_services = 14}};
  assert_int_equal(rms_machine_builtin(&d.spec.machines[0], "a100-80gb", NULL), RMS_OK);
  d.spec.pools[0].rules = -1;
  d.spec.pools[0].count = -1;
  d.spec.pools[0].cost = 1;
  for (size_t s = 0; s < 14; s++) {
    const int64_t base = (int64_t)(50000000 + rms_rng_below(&rng, 100000000));
    snprintf(names[s], sizeof names[s], "s%zu", s);
    services[s] = (struct rms_serve_service){
        names[s], base * (int64_t)(4 + rms_rng_below(&rng, 20)) + 1, NAN};
    for (size_t k = 0; k < 5; k++)
      entries[d.spec.n_entries++] = (struct rms_serve_entry){
          .service = (uint32_t)s,
          .profile = (uint16_t)rms_machine_profile(d.spec.machines[0], shapes[k]),
          .rate = (int64_t)((double)base * pow(sizes[k], 0.6 + 0.05 * (double)s))};
  }
  d.spec.services = services;
  d.spec.entries = entries;
  struct rms_serve *inst = NULL;
  assert_int_equal(rms_serve_build(&inst, &d.spec, NULL), RMS_OK);
  return inst;
}

static void stops_and_repeats(void **state)
{
  (void)state;
  const long before = rms_ledger_live();
  static const char *const names[] = {"glpk", "cbc"};
  struct rms_serve *const inst = middling_instance();
  struct rms_fake_host fake;
  rms_fake_host_init(&fake, &inst->base);
  assert_int_equal(rms_fake_host_run(&fake, solver_of("cbc"), ""), RMS_OPTIMAL);
  assert_string_equal(fake.broken, "");
  const int64_t cost = (int64_t)fake.best[0];
  rms_fake_host_fini(&fake);
  int n_stopped = 0;
  struct rms_rng rng = rng_of(5);
  for (int i = 0; i < N_STOPS; i++) {
    const uint64_t work = i < 10 ? (uint64_t)i : 1 + rms_rng_below(&rng, UINT64_C(1) << (i % 12));
    struct rms_text one = {0}, two = {0};
    n_stopped += run_limited(inst, names[i % 2], work, &one, cost) == RMS_STOPPED;
    run_limited(inst, names[i % 2], work, &two, cost);
    assert_int_equal(one.length, two.length);
    if (one.length) assert_memory_equal(one.data, two.data, one.length);
    rms_text_fini(&one);
    rms_text_fini(&two);
  }
  assert_true(n_stopped > N_STOPS / 4);
  rms_serve_free(inst);
  assert_int_equal(rms_ledger_live(), before);
}

static void stops_at_a_report(void **state)
{
  (void)state;
  static const char *const names[] = {"glpk", "cbc"};
  struct rms_serve *const inst = middling_instance();
  for (int i = 0; i < 2; i++) {
    struct rms_fake_host fake;
    rms_fake_host_init(&fake, &inst->base);
    fake.stop_at_report = 1;
    assert_int_equal(rms_fake_host_run(&fake, solver_of(names[i]), ""), RMS_STOPPED);
    assert_string_equal(fake.broken, "");
    rms_fake_host_fini(&fake);
  }
  rms_serve_free(inst);
}

/* ---- exactness ---------------------------------------------------------------------------------
 */

/* Three slices of 333.333333 are a millionth of a request short of 1000: less than any tolerance.
 */
#define THIRDS                                                                                     \
  "{ \"format\": \"rms-instance/1\", \"family\": \"serve\", \"name\": \"thirds\",\n"               \
  "  \"pools\": [ { \"machine\": \"a100-80gb\", \"count\": %s } ],\n"                              \
  "  \"services\": [ { \"name\": \"a\", \"demand\": 666.666667, \"throughput\": { \"a100-80gb\": " \
  "{"                                                                                              \
  "    \"3g.40gb\": 333.333333, \"7g.80gb\": 333.333334 } } } ] }"

static void is_not_fooled_by_tolerances(void **state)
{
  (void)state;
  static const char *const names[] = {"glpk", "cbc"};
  static const char *const settings[] = {"", "cuts=no", "model=forms,cuts=no", "heur=no,cuts=no"};
  /* The third slice needs a second machine. With one machine in stock there is no plan. */
  static const struct {
    const char *stock;
    int64_t cost;
  } cases[] = {{"null", 2}, {"2", 2}, {"1", -1}};
  for (size_t c = 0; c < 3; c++) {
    char text[1024];
    snprintf(text, sizeof text, THIRDS, cases[c].stock);
    struct rms_serve *const inst = serve_open(text);
    assert_int_equal(rms_brute_cost(inst), cases[c].cost);
    for (size_t i = 0; i < 8; i++) agree(inst, c, cases[c].cost, names[i % 2], settings[i / 2]);
    rms_serve_free(inst);
  }
}

static void knows_the_hopeless(void **state)
{
  (void)state;
  struct rms_serve *const inst = serve_open(
      "{ \"format\": \"rms-instance/1\", \"family\": \"serve\", \"name\": \"hopeless\","
      "  \"pools\": [ { \"machine\": \"a30-24gb\" } ], \"services\": ["
      "  { \"name\": \"a\", \"demand\": 1, \"throughput\": { \"a30-24gb\": { \"1g.6gb\": 2 } } },"
      "  { \"name\": \"b\", \"demand\": 1, \"throughput\": { } } ] }");
  agree(inst, 0, -1, "glpk", "");
  agree(inst, 0, -1, "cbc", "");
  rms_serve_free(inst);
}

static void objects_are_legal(void **state)
{
  (void)state;
  struct rms_error err = {0};
  if (rms_solver_check(solver_of("glpk"), &err)) fail_msg("%s", err.text);
  if (rms_solver_check(solver_of("cbc"), &err)) fail_msg("%s", err.text);
}

/* ---- memory ------------------------------------------------------------------------------------
 */

static void building_survives_failing_allocations(void **state)
{
  (void)state;
  struct rms_serve *const inst = serve_open(SERVE_POOLS);
  int64_t slices[8] = {0};
  const struct rms_shortage shortage = {0, slices};
  const struct rms_model_options options = {.use_forms = true,
                                            .use_cuts = true,
                                            .is_elastic = true,
                                            .n_shortages = 1,
                                            .shortages = &shortage};
  assert_true(inst->n_kinds <= 8);
  const long before = rms_ledger_live();
  int status = RMS_E_NOMEM;
  long n = 0;
  while (status == RMS_E_NOMEM) {
    struct rms_model *model = NULL;
    struct rms_readout *readout = NULL;
    rms_ledger_fail_at(++n);
    status = rms_model_build(&model, inst, &options);
    if (status == RMS_OK) status = rms_readout_new(&readout, inst);
    rms_ledger_fail_at(0);
    rms_readout_free(readout);
    rms_model_free(model);
    assert_int_equal(rms_ledger_live(), before);
  }
  assert_int_equal(status, RMS_OK);
  assert_true(n > 5);
  rms_serve_free(inst);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(objects_are_legal),
      cmocka_unit_test(derives_forms),
      cmocka_unit_test(refuses_forms_with_a_gap),
      cmocka_unit_test(is_not_fooled_by_tolerances),
      cmocka_unit_test(knows_the_hopeless),
      cmocka_unit_test(stops_and_repeats),
      cmocka_unit_test(stops_at_a_report),
      cmocka_unit_test(building_survives_failing_allocations),
      cmocka_unit_test(agrees_with_brute_force),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
