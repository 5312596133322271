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
#include "solvers/serve/prices_core.h"

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

/* Prices that are sums of forms, up to a rest: the forms as parts change nothing but the time.
 * Rates nearly tie, so that patience ends; a value that is not exact is no higher than the least
 * one and lacks next to nothing. */
static void parts_change_nothing(void **state)
{
  (void)state;
  enum { N = 5, TIED = 2000 };
  static const int64_t weights[3][N] = {{7, 4, 3, 2, 1}, {8, 4, 4, 2, 1}, {1, 1, 0, 0, 0}};
  const bool is_open[N] = {true, true, true, true, true};
  int n_inexact = 0;
  for (uint64_t i = 0; i < TIED; i++) {
    struct rms_rng rng = rng_of(i + 400000);
    struct rms_cover_form parts[3];
    int64_t price[N] = {0}, rate[N], y[N], sum = 0;
    for (size_t f = 0; f < 3; f++) {
      parts[f] = (struct rms_cover_form){weights[f], (int64_t)rms_rng_below(&rng, 1000000)};
      for (size_t k = 0; k < N; k++) price[k] += parts[f].share * weights[f][k];
    }
    for (size_t k = 0; k < N; k++) {
      price[k] += 1 + (int64_t)rms_rng_below(&rng, 2);
      rate[k] = weights[0][k] * 1000 - 3 + (int64_t)rms_rng_below(&rng, i % 2 ? 7 : 900);
    }
    const int64_t need = 1 + (int64_t)rms_rng_below(&rng, 3000000);
    struct rms_cover_prices prices = {
        .n_kinds = N, .price = price, .is_open = is_open, .node_limit = 2000000};
    rms_wide plain, value;
    if (!rms_cover_solve(&prices, rate, need, y, &plain)) continue;
    prices.n_parts = 3;
    prices.parts = parts;
    const bool is_exact = rms_cover_solve(&prices, rate, need, y, &value);
    for (size_t k = 0; k < N; k++) sum += y[k] * rate[k];
    assert_true(sum >= need && value <= plain);
    if (is_exact) assert_true(value == plain);
    assert_true((plain - value) * 1000000 <= plain);
    n_inexact += !is_exact;
  }
  print_message("# %d of %d values not to the last unit\n", n_inexact, TIED);
  assert_true(n_inexact < TIED / 2);
}

/* ---- lists that leave something out ---- */

enum { KINDS = 5, LIST_MAX = 4000 };

/* The forms of a seven-slice GPU, some of them as keys; prices are a combination of these. */
static void make_goal(struct rms_rng *rng, struct rms_core_goal *goal)
{
  static const int64_t forms[4][KINDS] = {
      {7, 4, 3, 2, 1}, {1, 1, 0, 0, 0}, {3, 2, 1, 1, 0}, {8, 4, 4, 2, 1}};
  *goal = (struct rms_core_goal){.n_dimensions = KINDS};
  for (size_t k = 0; k < KINDS; k++) goal->kind_of[k] = k;
  for (size_t f = 0; f < 4; f++) {
    if (f > 0 && rms_rng_below(rng, 2)) continue;
    const int64_t share = f == 0 ? 5 : (int64_t)rms_rng_below(rng, 4);
    memcpy(goal->tests[goal->n_keys++].coefficient, forms[f], sizeof forms[f]);
    for (size_t k = 0; k < KINDS; k++) goal->price[k] += share * forms[f][k];
  }
  goal->n_tests = goal->n_keys;
}

static int64_t product(const int64_t *a, const int64_t *y)
{
  int64_t sum = 0;
  for (size_t k = 0; k < KINDS; k++) sum += a[k] * y[k];
  return sum;
}

static bool is_key_as_good(const struct rms_core_goal *goal, const int64_t *a, const int64_t *b)
{
  for (size_t t = 0; t < goal->n_keys; t++)
    if (product(goal->tests[t].coefficient, a) > product(goal->tests[t].coefficient, b))
      return false;
  return true;
}

static bool is_as_good(const struct rms_core_goal *goal, const int64_t *a, const int64_t *b)
{
  return is_key_as_good(goal, a, b) && product(goal->price, a) <= product(goal->price, b);
}

/* For every cover that bars leave out there is one in the list that is as good in all keys. */
static void bars_lose_nothing(void **state)
{
  (void)state;
  const bool is_open[KINDS] = {true, true, true, true, true};
  static int64_t all[LIST_MAX * KINDS], barred[LIST_MAX * KINDS];
  static rms_wide values[LIST_MAX];
  size_t dropped = 0;
  for (uint64_t i = 0; i < 1500; i++) {
    struct rms_rng rng = rng_of(i + 200000);
    struct rms_core_goal goal;
    struct rms_cover_bar bars[RMS_CORE_BARS_MAX];
    int64_t rate[KINDS], need = 1 + (int64_t)rms_rng_below(&rng, 300);
    size_t n_all, n_barred;
    make_goal(&rng, &goal);
    for (size_t k = 0; k < KINDS; k++)
      rate[k] = rms_rng_below(&rng, 6)
                    ? 4 * goal.tests[0].coefficient[k] - 2 + (int64_t)rms_rng_below(&rng, 6)
                    : 0;
    rate[4]++;
    struct rms_cover_prices prices = {.n_kinds = KINDS,
                                      .price = goal.price,
                                      .is_open = is_open,
                                      .node_limit = 1000000,
                                      .bars = bars};
    const rms_wide most = need * 6 / 4 + (int64_t)rms_rng_below(&rng, 30);
    if (!rms_cover_list(&prices, rate, need, most, LIST_MAX, all, values, &n_all)) continue;
    prices.n_bars = rms_core_bars(&goal, rate, bars);
    assert_true(rms_cover_list(&prices, rate, need, most, LIST_MAX, barred, values, &n_barred));
    for (size_t a = 0; a < n_all; a++) {
      size_t b = 0;
      while (b < n_barred && !is_as_good(&goal, barred + b * KINDS, all + a * KINDS)) b++;
      assert_true(b < n_barred);
    }
    assert_true(n_barred <= n_all);
    dropped += n_all - n_barred;
  }
  assert_true(dropped > 10000);
}

static void keys_of(const struct rms_core_goal *goal, struct rms_cover_form *keys)
{
  for (size_t t = 0; t < goal->n_keys; t++)
    keys[t] = (struct rms_cover_form){.weight = goal->tests[t].coefficient};
}

/* For every cover there is one in the list with keys that takes no more of any of them; so it is
 * when prices and limits are told in keys. */
static void keys_lose_nothing(void **state)
{
  (void)state;
  const bool is_open[KINDS] = {true, true, true, true, true};
  static int64_t all[LIST_MAX * KINDS], kept[LIST_MAX * KINDS];
  static rms_wide values[LIST_MAX];
  size_t n_dropped = 0;
  for (uint64_t i = 0; i < 1500; i++) {
    struct rms_rng rng = rng_of(i + 500000);
    struct rms_core_goal goal;
    struct rms_cover_form keys[RMS_COVER_FORMS_MAX];
    struct rms_cover_limit limit;
    int64_t rate[KINDS], share[KINDS] = {0}, price[KINDS] = {0};
    const int64_t need = 1 + (int64_t)rms_rng_below(&rng, 300);
    size_t n_all, n_kept;
    make_goal(&rng, &goal);
    keys_of(&goal, keys);
    for (size_t k = 0; k < KINDS; k++)
      rate[k] = 4 * goal.tests[0].coefficient[k] - 2 + (int64_t)rms_rng_below(&rng, 6);
    for (size_t t = 0; t < goal.n_keys; t++) {
      share[t] = (int64_t)rms_rng_below(&rng, 3);
      for (size_t k = 0; k < KINDS; k++) price[k] += share[t] * keys[t].weight[k];
    }
    keys[0].share = 5;
    limit = (struct rms_cover_limit){
        .price = price, .most = need * 3 / 4 + (int64_t)rms_rng_below(&rng, 60), .share = share};
    struct rms_cover_prices prices = {.n_kinds = KINDS,
                                      .price = goal.price,
                                      .is_open = is_open,
                                      .node_limit = 1000000,
                                      .n_limits = i % 2,
                                      .limits = &limit};
    const rms_wide most = need * 6 / 4 + (int64_t)rms_rng_below(&rng, 30);
    if (!rms_cover_list(&prices, rate, need, most, LIST_MAX, all, values, &n_all)) continue;
    prices.n_keys = goal.n_keys;
    prices.keys = keys;
    assert_true(rms_cover_list(&prices, rate, need, most, LIST_MAX, kept, values, &n_kept));
    for (size_t a = 0; a < n_all; a++) {
      size_t b = 0;
      while (b < n_kept && !is_key_as_good(&goal, kept + b * KINDS, all + a * KINDS)) b++;
      assert_true(b < n_kept);
    }
    n_dropped += n_all - n_kept;
  }
  assert_true(n_dropped > 10000);
}

/* A list with limits is the list without them less the covers that exceed one. */
static void limits_are_kept(void **state)
{
  (void)state;
  const bool is_open[3] = {true, true, true};
  static int64_t all[LIST_MAX * 3], kept[LIST_MAX * 3];
  static rms_wide values[LIST_MAX];
  size_t dropped = 0;
  for (uint64_t i = 0; i < 3000; i++) {
    struct rms_rng rng = rng_of(i + 300000);
    int64_t price[3][3], rate[3], need = 1 + (int64_t)rms_rng_below(&rng, 60);
    struct rms_cover_limit limits[2];
    size_t n_all, n_kept, at = 0;
    for (size_t k = 0; k < 3; k++) {
      rate[k] = 3 + (int64_t)rms_rng_below(&rng, 20);
      for (size_t l = 0; l < 3; l++) price[l][k] = 1 + (int64_t)rms_rng_below(&rng, 15);
    }
    for (size_t l = 0; l < 2; l++)
      limits[l] =
          (struct rms_cover_limit){.price = price[l + 1], .most = (int64_t)rms_rng_below(&rng, 80)};
    struct rms_cover_prices prices = {.n_kinds = 3,
                                      .price = price[0],
                                      .is_open = is_open,
                                      .node_limit = 1000000,
                                      .limits = limits};
    const rms_wide most = (int64_t)rms_rng_below(&rng, 60);
    assert_true(rms_cover_list(&prices, rate, need, most, LIST_MAX, all, values, &n_all));
    prices.n_limits = 2;
    assert_true(rms_cover_list(&prices, rate, need, most, LIST_MAX, kept, values, &n_kept));
    for (size_t a = 0; a < n_all; a++) {
      bool is_within = true;
      for (size_t l = 0; l < 2; l++) {
        int64_t sum = 0;
        for (size_t k = 0; k < 3; k++) sum += price[l + 1][k] * all[a * 3 + k];
        is_within = is_within && sum <= (int64_t)limits[l].most;
      }
      if (!is_within) continue;
      assert_true(at < n_kept);
      assert_memory_equal(kept + at++ * 3, all + a * 3, 3 * sizeof *all);
    }
    assert_int_equal(at, n_kept);
    dropped += n_all - n_kept;
  }
  assert_true(dropped > 1000);
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
  for (int i = 0; i < 400; i++) {
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
      "serve:set=grid,index=3361,seed=1", /* 24 services, two with 100,000 patterns that tie */
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

/* The optimum is one machine above the bound: the search over everyone must end with nothing. */
static void gaps_of_many_machines_are_closed(void **state)
{
  static const struct {
    const char *spec;
    double optimum;
  } cases[] = {
      {"serve:set=grid,index=5249,seed=1", 1028727}, /* 10 services */
      {"serve:set=grid,index=4161,seed=1", 1000521}, /* 2,000 services */
  };
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct rms_instance *inst = NULL;
    struct rms_error err = {0};
    struct rms_fake_host fake;
    assert_int_equal(rms_instance_open(&inst, cases[i].spec, &err), 0);
    rms_fake_host_init(&fake, inst);
    assert_int_equal(rms_fake_host_run(&fake, solver_of("prices"), "fallback=no"), RMS_OPTIMAL);
    assert_true(fake.best[0] == cases[i].optimum);
    rms_fake_host_fini(&fake);
    rms_instance_free(inst);
  }
}

/* Plans that branch and cut finds carry the certificate of the prices. */
static void fallback_is_certified(void **state)
{
  static const char *const specs[] = {
      "serve:services=2,machines=16,shape=mid,seed=3,index=70",
      "serve:services=4,machines=18,shape=jag,seed=3,index=72",
      "serve:services=4,machines=7,shape=jag,seed=3,index=261",
      "serve:services=7,machines=24,shape=real,seed=3,index=278",
      "serve:services=7,machines=16,shape=jag,seed=3,index=390",
  };
  (void)state;
  for (size_t i = 0; i < sizeof specs / sizeof *specs; i++) {
    struct rms_instance *inst = NULL;
    struct rms_error err = {0};
    struct rms_fake_host with, without;
    assert_int_equal(rms_instance_open(&inst, specs[i], &err), 0);
    rms_fake_host_init(&with, inst);
    rms_fake_host_init(&without, inst);
    assert_int_equal(rms_fake_host_run(&without, solver_of("prices"), "core=no,fallback=no"),
                     RMS_FEASIBLE);
    assert_int_equal(rms_fake_host_run(&with, solver_of("prices"), "core=no"), RMS_OPTIMAL);
    if (*with.broken) fail_msg("%s: %s", specs[i], with.broken);
    assert_true(with.best[0] < without.best[0]);
    assert_int_equal(with.verdict.kind, RMS_VERDICT_VERIFIED_OPTIMAL);
    rms_fake_host_fini(&without);
    rms_fake_host_fini(&with);
    rms_instance_free(inst);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(cover_is_least),
      cmocka_unit_test(list_is_complete),
      cmocka_unit_test(bars_lose_nothing),
      cmocka_unit_test(limits_are_kept),
      cmocka_unit_test(parts_change_nothing),
      cmocka_unit_test(keys_lose_nothing),
      cmocka_unit_test(agrees_with_other_solvers),
      cmocka_unit_test(certificates_are_verified),
      cmocka_unit_test(many_machines_are_proved),
      cmocka_unit_test(gaps_of_many_machines_are_closed),
      cmocka_unit_test(fallback_is_certified),
      cmocka_unit_test(same_bytes_twice_and_stops_anywhere),
  };
  return cmocka_run_group_tests_name("prices", tests, NULL, NULL);
}
