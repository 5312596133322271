/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `prices` where stocks are too short: it says so when enumeration says so, and the checker takes
 * its proof. */
#include <math.h>

#include "brute.h"
#include "fake_host.h"
#include "ledger.h"
#include "serve_fixture.h"
#include "serve_random.h"
#include "solvers/registry.h"

enum { N_RANDOM = 400 };

static const struct rms_solver *prices(void)
{
  const struct rms_solver *solver = rms_solver_builtin("serve", "prices");
  assert_non_null(solver);
  return solver;
}

struct tally {
  int n, n_short, n_proved;
};

static bool is_refuted(const struct rms_fake_host *fake)
{
  return fake->n_solutions > 0 && isinf(fake->best[0]) &&
         fake->verdict.kind == RMS_VERDICT_VERIFIED_OPTIMAL;
}

static void try_random(uint64_t seed, struct tally *tally)
{
  const struct serve_random shape = {
      .services = 4, .demand = 4, .has_pools = seed % 2, .has_stock = true};
  struct rms_serve *const inst = serve_random(seed, &shape);
  const int64_t cost = inst ? rms_brute_cost(inst) : -2;
  struct rms_fake_host fake;
  if (cost > -2) {
    rms_fake_host_init(&fake, &inst->base);
    const int outcome = rms_fake_host_run(&fake, prices(), NULL);
    if (*fake.broken)
      fail_msg("seed %llu: %s\n%s", (unsigned long long)seed, fake.broken, fake.trace.data);
    if ((cost == -1) != (outcome == RMS_INFEASIBLE))
      fail_msg("seed %llu: outcome %d, enumeration %lld", (unsigned long long)seed, outcome,
               (long long)cost);
    if (cost >= 0 && fake.best[0] > (double)cost)
      fail_msg("seed %llu: %g, enumeration %lld", (unsigned long long)seed, fake.best[0],
               (long long)cost);
    tally->n++;
    if (cost == -1 && !rms_family_serve.is_hopeless(&inst->base, &(struct rms_error){0})) {
      tally->n_short++;
      tally->n_proved += is_refuted(&fake);
    }
    rms_fake_host_fini(&fake);
  }
  rms_serve_free(inst);
}

static void agrees_with_enumeration(void **state)
{
  (void)state;
  const long before = rms_ledger_live();
  struct tally tally = {0};
  for (uint64_t seed = 0; tally.n < N_RANDOM; seed++) try_random(seed, &tally);
  print_message("# %d instances, %d with too little stock, %d of them proved\n", tally.n,
                tally.n_short, tally.n_proved);
  assert_true(tally.n_short > 20);
  /* rounding to whole machines may be the only reason, and that has no price */
  assert_true(tally.n_proved * 10 >= tally.n_short * 8);
  assert_int_equal(rms_ledger_live(), before);
}

static void refute(const char *spec, const char *words)
{
  struct rms_instance *inst = NULL;
  struct rms_error err = {0};
  struct rms_fake_host fake;
  if (rms_instance_open(&inst, spec, &err) < 0) fail_msg("%s", err.text);
  rms_fake_host_init(&fake, inst);
  const int outcome = rms_fake_host_run(&fake, prices(), NULL);
  if (*fake.broken) fail_msg("%s: %s", spec, fake.broken);
  if (outcome != RMS_INFEASIBLE || !is_refuted(&fake))
    fail_msg("%s: outcome %d, verdict %s", spec, outcome, rms_verdict_text(fake.verdict.kind));
  if (!strstr(fake.verdict.why, words)) fail_msg("%s: '%s'", spec, fake.verdict.why);
  rms_fake_host_fini(&fake);
  rms_instance_free(inst);
}

static void says_which_stock_is_short(void **state)
{
  (void)state;
  refute("serve:services=24,machines=50,pools=a100-80gb/40",
         "pool \"a100-80gb\" is too short: 40 machines are there, 53 or more are needed");
  refute("serve:services=24,machines=50,pools=a100-80gb*100/20+a30-24gb*38/15",
         "20 of pool \"a100-80gb\", 15 of pool \"a30-24gb\"");
  refute("serve:services=24,machines=50,pools=a100-80gb*100/40+a30-24gb*38/0",
         "pool \"a100-80gb\" is too short: 40");
}

/* The second service runs on the limited pool only: a ray that is 0 on the machines without limit.
 */
#define BESIDE_A_FREE_POOL                                                                         \
  "{ \"format\": \"rms-instance/1\", \"family\": \"serve\", \"name\": \"beside\", \"pools\": [\n"  \
  "  { \"machine\": \"a100-40gb\", \"count\": 2, \"cost\": 3 },\n"                                 \
  "  { \"machine\": \"a30-24gb\", \"count\": null, \"cost\": 2 } ],\n"                             \
  "  \"services\": [\n"                                                                            \
  "  { \"name\": \"x\", \"demand\": 10, \"throughput\": { \"a30-24gb\": { \"1g.6gb\": 1.5 },\n"    \
  "    \"a100-40gb\": { \"3g.20gb\": 4 } } },\n"                                                   \
  "  { \"name\": \"y\", \"demand\": 13, \"throughput\": { \"a100-40gb\": { \"3g.20gb\": 3 } } } "  \
  "] }"

static void a_ray_beside_a_free_pool(void **state)
{
  (void)state;
  struct rms_serve *const inst = serve_open(BESIDE_A_FREE_POOL);
  struct rms_fake_host fake;
  rms_fake_host_init(&fake, &inst->base);
  assert_int_equal(rms_fake_host_run(&fake, prices(), NULL), RMS_INFEASIBLE);
  assert_string_equal(fake.broken, "");
  assert_true(is_refuted(&fake));
  assert_non_null(strstr(fake.verdict.why, "2 machines are there, 3 or more are needed"));
  rms_fake_host_fini(&fake);
  rms_serve_free(inst);
}

/* A pool without machines: its kinds are not free of charge in the certificate. */
static void an_empty_pool_does_not_weaken_the_proof(void **state)
{
  (void)state;
  struct rms_instance *inst = NULL;
  struct rms_error err = {0};
  struct rms_fake_host fake;
  assert_int_equal(
      rms_instance_open(&inst, "serve:services=24,machines=50,pools=a100-80gb+a30-24gb/0", &err),
      0);
  rms_fake_host_init(&fake, inst);
  assert_int_equal(rms_fake_host_run(&fake, prices(), NULL), RMS_OPTIMAL);
  assert_string_equal(fake.broken, "");
  assert_int_equal(fake.verdict.kind, RMS_VERDICT_VERIFIED_OPTIMAL);
  rms_fake_host_fini(&fake);
  rms_instance_free(inst);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(agrees_with_enumeration),
      cmocka_unit_test(says_which_stock_is_short),
      cmocka_unit_test(a_ray_beside_a_free_pool),
      cmocka_unit_test(an_empty_pool_does_not_weaken_the_proof),
  };
  return cmocka_run_group_tests_name("prices_stock", tests, NULL, NULL);
}
