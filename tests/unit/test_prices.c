/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The solver `prices` against plain enumeration, the other exact solvers and the checker. */
#include <math.h>

#include "brute.h"
#include "fake_host.h"
#include "instances/base/rng.h"
#include "instances/serve/cover.h"
#include "ledger.h"
#include "serve_fixture.h"
#include "serve_random.h"
#include "solvers/registry.h"
#include "solvers/serve/cover_prices.h"

static const struct rms_solver *solver_of(const char *name)
{
  const struct rms_solver *solver = rms_solver_builtin("serve", name);
  assert_non_null(solver);
  return solver;
}

static struct rms_rng rng_of(uint64_t index)
{
  return (struct rms_rng){.key = {.seed = 11, .job = index}, .purpose = RMS_PURPOSE_INSTANCE};
}

/* ---- the knapsack ---- */

/* Least value by dynamic programming over the demand, for small numbers. */
static int64_t plain_value(const int64_t *price, const int64_t *rate, size_t n, int64_t need)
{
  int64_t best[401];
  best[0] = 0;
  for (int64_t r = 1; r <= need; r++) {
    best[r] = INT64_MAX;
    for (size_t k = 0; k < n; k++) {
      if (!rate[k]) continue;
      int64_t before = r > rate[k] ? best[r - rate[k]] : 0;
      if (before + price[k] < best[r]) best[r] = before + price[k];
    }
  }
  return best[need];
}

static void cover_is_least(void **state)
{
  (void)state;
  const bool is_open[4] = {true, true, true, true};
  for (uint64_t i = 0; i < 20000; i++) {
    struct rms_rng rng = rng_of(i);
    int64_t price[4], rate[4], y[4], need = 1 + (int64_t)rms_rng_below(&rng, 400), sum = 0,
                                     worth = 0;
    for (size_t k = 0; k < 4; k++) {
      rate[k] = (int64_t)rms_rng_below(&rng, 60);
      price[k] = (int64_t)rms_rng_below(&rng, 40);
    }
    rate[0]++;
    struct rms_cover_prices prices = {
        .n_kinds = 4, .price = price, .is_open = is_open, .node_limit = 1000000};
    rms_wide value;
    assert_true(rms_cover_solve(&prices, rate, need, y, &value));
    for (size_t k = 0; k < 4; k++) {
      sum += y[k] * rate[k];
      worth += y[k] * price[k];
    }
    assert_true(sum >= need);
    assert_int_equal((int64_t)value, worth);
    assert_int_equal((int64_t)value, plain_value(price, rate, 4, need));
    prices.node_limit = 1;
    rms_cover_solve(&prices, rate, need, y, &value);
    assert_true((int64_t)value <= worth);
  }
}

/* Every minimal cover within the slack is in the list, and nothing else. */
static void list_is_complete(void **state)
{
  (void)state;
  const bool is_open[3] = {true, true, true};
  for (uint64_t i = 0; i < 3000; i++) {
    struct rms_rng rng = rng_of(i + 100000);
    int64_t price[3], rate[3], covers[400 * 3], need = 1 + (int64_t)rms_rng_below(&rng, 60);
    rms_wide values[400], most = (int64_t)rms_rng_below(&rng, 60);
    size_t n = 0, expected = 0;
    for (size_t k = 0; k < 3; k++) {
      rate[k] = 3 + (int64_t)rms_rng_below(&rng, 20);
      price[k] = 1 + (int64_t)rms_rng_below(&rng, 15);
    }
    struct rms_cover_prices prices = {
        .n_kinds = 3, .price = price, .is_open = is_open, .node_limit = 1000000};
    bool all = rms_cover_list(&prices, rate, need, most, 400, covers, values, &n);
    for (int64_t a = 0; a <= 20; a++)
      for (int64_t b = 0; b <= 20; b++)
        for (int64_t c = 0; c <= 20; c++) {
          int64_t surplus = a * rate[0] + b * rate[1] + c * rate[2] - need;
          bool minimal = surplus >= 0 && !(a && surplus >= rate[0]) && !(b && surplus >= rate[1]) &&
                         !(c && surplus >= rate[2]);
          expected += minimal && a * price[0] + b * price[1] + c * price[2] <= (int64_t)most;
        }
    assert_true(all);
    assert_int_equal(n, expected);
    for (size_t k = 1; k < n; k++) assert_true(values[k - 1] <= values[k]);
  }
}

/* ---- the solver ---- */

static void agree_on(const char *spec, const char *other)
{
  struct rms_instance *inst = NULL;
  struct rms_error err = {0};
  struct rms_fake_host ours, theirs;
  assert_int_equal(rms_instance_open(&inst, spec, &err), 0);
  rms_fake_host_init(&ours, inst);
  rms_fake_host_init(&theirs, inst);
  theirs.work_limit = 200000;
  int outcome = rms_fake_host_run(&ours, solver_of("prices"), NULL);
  int reference = rms_fake_host_run(&theirs, solver_of(other), NULL);
  if (*ours.broken) fail_msg("%s: %s\n%s", spec, ours.broken, ours.trace.data);
  if (outcome == RMS_OPTIMAL && reference == RMS_OPTIMAL && ours.best[0] != theirs.best[0])
    fail_msg("%s: prices %g, %s %g", spec, ours.best[0], other, theirs.best[0]);
  if (outcome == RMS_OPTIMAL && theirs.best[0] < ours.best[0])
    fail_msg("%s: prices claims %g is optimal, %s has %g", spec, ours.best[0], other,
             theirs.best[0]);
  if (theirs.bound > ours.best[0] + 1e-6) fail_msg("%s: a bound above our plan", spec);
  if (ours.bound > theirs.best[0] + 1e-6) fail_msg("%s: our bound above a plan", spec);
  rms_fake_host_fini(&theirs);
  rms_fake_host_fini(&ours);
  rms_instance_free(inst);
}

static void agrees_with_other_solvers(void **state)
{
  (void)state;
  static const char *const shapes[] = {"real", "mixed", "jag", "mid", "tight", "latency"};
  static const char *const rules[] = {"r470", "r510"};
  char spec[256];
  for (int i = 0; i < 60; i++) {
    snprintf(spec, sizeof spec, "serve:services=%d,machines=%d,shape=%s,rules=%s,seed=5,index=%d",
             1 + i % 7, 2 + i % 9, shapes[i % 6], rules[i % 2], i);
    agree_on(spec, i % 3 ? "glpk" : "cbc");
  }
}

/* Medium instances end with a certificate that the family's checker verifies. */
static void certificates_are_verified(void **state)
{
  (void)state;
  static const char *const shapes[] = {"real", "mixed", "jag", "mid", "sub", "super", "linear"};
  char spec[256];
  size_t verified = 0, n = 0;
  for (int i = 0; i < 28; i++, n++) {
    struct rms_instance *inst = NULL;
    struct rms_error err = {0};
    struct rms_fake_host fake;
    snprintf(spec, sizeof spec, "serve:services=%d,machines=%d,shape=%s,seed=9,index=%d",
             24 + 10 * (i % 5), 50 * (1 + i % 3), shapes[i % 7], i);
    assert_int_equal(rms_instance_open(&inst, spec, &err), 0);
    rms_fake_host_init(&fake, inst);
    int outcome = rms_fake_host_run(&fake, solver_of("prices"), NULL);
    if (*fake.broken) fail_msg("%s: %s", spec, fake.broken);
    if (outcome != RMS_OPTIMAL) fail_msg("%s: not proved", spec);
    verified += fake.verdict.kind == RMS_VERDICT_VERIFIED_OPTIMAL;
    rms_fake_host_fini(&fake);
    rms_instance_free(inst);
  }
  assert_true(verified * 10 >= n * 9);
}

static void same_bytes_twice_and_stops_anywhere(void **state)
{
  (void)state;
  struct rms_instance *inst = NULL;
  struct rms_error err = {0};
  assert_int_equal(
      rms_instance_open(&inst, "serve:services=40,machines=80,shape=real,seed=2", &err), 0);
  for (uint64_t limit = 1; limit < 20000; limit = limit * 3 / 2 + 1) {
    struct rms_fake_host a, b;
    rms_fake_host_init(&a, inst);
    rms_fake_host_init(&b, inst);
    a.work_limit = b.work_limit = limit;
    int first = rms_fake_host_run(&a, solver_of("prices"), NULL);
    int second = rms_fake_host_run(&b, solver_of("prices"), NULL);
    if (*a.broken) fail_msg("limit %llu: %s", (unsigned long long)limit, a.broken);
    assert_true(first >= 0 && first == second);
    assert_int_equal(a.trace.length, b.trace.length);
    assert_memory_equal(a.trace.data ? a.trace.data : "", b.trace.data ? b.trace.data : "",
                        a.trace.length);
    rms_fake_host_fini(&b);
    rms_fake_host_fini(&a);
  }
  rms_instance_free(inst);
}

/* Many machines: the slack is a small part of one in a million, so that a coarse denominator, a
 * master with the simplex's tolerance, or a careless rounding leaves these open. */
static void many_machines_are_proved(void **state)
{
  static const char *const specs[] = {
      "serve:set=grid,index=294,seed=1",  /* 2,000 services, 1,000,000 machines, measured figures */
      "serve:set=grid,index=1928,seed=1", /* 10,000 services, 1,000,000 machines, throughput grows
                                             fast */
      "serve:set=grid,index=5223,seed=1", /* 10 services, all sizes equally good */
  };
  (void)state;
  for (size_t i = 0; i < sizeof specs / sizeof *specs; i++) {
    struct rms_instance *inst = NULL;
    struct rms_error err = {0};
    struct rms_fake_host fake;
    assert_int_equal(rms_instance_open(&inst, specs[i], &err), 0);
    rms_fake_host_init(&fake, inst);
    if (rms_fake_host_run(&fake, solver_of("prices"), "fallback=no") != RMS_OPTIMAL ||
        fake.verdict.kind != RMS_VERDICT_VERIFIED_OPTIMAL)
      fail_msg("%s: %g is not proved", specs[i], fake.best[0]);
    rms_fake_host_fini(&fake);
    rms_instance_free(inst);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(cover_is_least),
      cmocka_unit_test(list_is_complete),
      cmocka_unit_test(agrees_with_other_solvers),
      cmocka_unit_test(certificates_are_verified),
      cmocka_unit_test(many_machines_are_proved),
      cmocka_unit_test(same_bytes_twice_and_stops_anywhere),
  };
  return cmocka_run_group_tests_name("prices", tests, NULL, NULL);
}
