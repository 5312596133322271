/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Proofs of bounds against plain enumeration: whatever is verified must be true, whoever made it.
 */
#include <math.h>
#include <stdlib.h>

#include "instances/base/rng.h"
#include "instances/serve/check.h"
#include "instances/serve/cover.h"
#include "ledger_fixture.h"
#include "serve_fixture.h"

/* ---- one knapsack -------------------------------------------------------------------------------
 */

static int64_t least_by_hand(const int64_t *prices, const int64_t *rates, size_t n, int64_t rest)
{
  if (rest <= 0) return 0;
  if (n == 0) return INT64_MAX / 2;
  int64_t best = INT64_MAX / 2;
  for (int64_t y = 0;; y++) {
    const int64_t left = rest - y * rates[0];
    const int64_t cost = y * prices[0] + least_by_hand(prices + 1, rates + 1, n - 1, left);
    if (cost < best) best = cost;
    if (left <= 0 || rates[0] == 0) return best;
  }
}

static void test_cover_is_exact(void **state)
{
  (void)state;
  struct rms_rng rng = {.key = {.seed = 3}, .purpose = RMS_PURPOSE_INSTANCE};
  struct rms_cover *const cover = malloc(sizeof *cover);
  assert_non_null(cover);
  size_t n_cut = 0;
  for (int round = 0; round < 20000; round++) {
    int64_t prices[4], rates[4];
    const size_t n = 1 + rms_rng_below(&rng, 4);
    bool is_coverable = false;
    for (size_t k = 0; k < n; k++) {
      prices[k] = (int64_t)rms_rng_below(&rng, 12);
      rates[k] = rms_rng_below(&rng, 5) ? (int64_t)rms_rng_below(&rng, 15) : 0;
      is_coverable = is_coverable || rates[k];
    }
    const int64_t demand = 1 + (int64_t)rms_rng_below(&rng, 60);
    const struct rms_cover_result r = rms_cover_least(cover, prices, rates, n, demand, 1000000);
    assert_int_equal(r.is_coverable, is_coverable);
    if (!is_coverable) continue;
    assert_true(r.is_exact);
    assert_int_equal((int64_t)r.least, least_by_hand(prices, rates, n, demand));
    const struct rms_cover_result cut = rms_cover_least(cover, prices, rates, n, demand, 1);
    assert_true(cut.least <= r.least);
    assert_true(!cut.is_exact || cut.least == r.least);
    n_cut += !cut.is_exact;
  }
  assert_true(n_cut > 100);
  free(cover);
}

static void test_cover_of_huge_numbers(void **state)
{
  (void)state;
  struct rms_cover *const cover = malloc(sizeof *cover);
  assert_non_null(cover);
  const int64_t prices[] = {INT64_MAX, INT64_MAX - 1}, rates[] = {1, 1};
  const struct rms_cover_result r = rms_cover_least(cover, prices, rates, 2, RMS_MICRO_MAX, 1000);
  assert_true(r.is_exact);
  assert_true(r.least == (rms_wide)(INT64_MAX - 1) * RMS_MICRO_MAX);
  free(cover);
}

/* ---- instances small enough to enumerate
 * --------------------------------------------------------- A30 in two pools; slices 4g 2g 1g. */
enum { SERVICES = 3, KINDS = 3, CUTS = 4 };
static const int cuts_by_hand[CUTS][KINDS] = {{1, 0, 0}, {0, 2, 0}, {0, 1, 2}, {0, 0, 4}};

struct small {
  struct rms_serve *inst;
  int count[2], cost[2]; /* count -1: no limit */
};

static struct small random_small(struct rms_rng *rng)
{
  struct small small = {.inst = NULL};
  struct rms_text text = {0};
  rms_text_add(&text, "{ \"format\": \"rms-instance/1\", \"family\": \"serve\", \"name\": \"r\", "
                      "\"pools\": [");
  for (int p = 0; p < 2; p++) {
    small.count[p] = rms_rng_below(rng, 2) ? -1 : (int)rms_rng_below(rng, 3);
    small.cost[p] = 1 + (int)rms_rng_below(rng, 3);
    rms_text_printf(&text,
                    "%s{ \"name\": \"p%d\", \"machine\": \"a30-24gb\", \"cost\": %d, \"count\": ",
                    p ? ", " : "", p, small.cost[p]);
    if (small.count[p] < 0)
      rms_text_add(&text, "null }");
    else
      rms_text_printf(&text, "%d }", small.count[p]);
  }
  rms_text_add(&text, "], \"services\": [");
  for (int s = 0; s < SERVICES; s++) {
    /* the first service can use every size, so that there are always three kinds */
    const int none = s ? (int)rms_rng_below(rng, 4) : 3;
    const char *const separator = none == 0 ? "" : ", ";
    rms_text_printf(&text,
                    "%s{ \"name\": \"s%d\", \"demand\": %d, \"throughput\": { \"a30-24gb\": {",
                    s ? ", " : "", s, 1 + (int)rms_rng_below(rng, 14));
    if (none != 0) rms_text_printf(&text, "\"1g.6gb\": %d", 1 + (int)rms_rng_below(rng, 4));
    if (none != 1)
      rms_text_printf(&text, "%s\"2g.12gb\": %d", separator, 2 + (int)rms_rng_below(rng, 6));
    if (none != 2) rms_text_printf(&text, ", \"4g.24gb\": %d", 4 + (int)rms_rng_below(rng, 10));
    rms_text_add(&text, "} } }");
  }
  rms_text_add(&text, "] }");
  small.inst = serve_open(text.data);
  assert_int_equal(small.inst->n_kinds, KINDS);
  rms_text_fini(&text);
  return small;
}

/* Can services s, s+1, ... live on what is left of each kind? */
static bool can_serve(const struct rms_serve *inst, size_t s, const int left[KINDS])
{
  if (s == inst->n_services) return true;
  int y[KINDS];
  for (y[0] = 0; y[0] <= left[0]; y[0]++)
    for (y[1] = 0; y[1] <= left[1]; y[1]++) {
      int64_t rest = inst->services[s].demand;
      for (size_t k = 0; k < 2; k++) rest -= y[k] * rms_serve_rate(inst, s, k);
      const int64_t rate = rms_serve_rate(inst, s, 2);
      if (rest > 0 && rate == 0) continue;
      const int64_t need = rest > 0 ? (rest - 1) / rate + 1 : 0;
      if (need > left[2]) continue;
      const int after[KINDS] = {left[0] - y[0], left[1] - y[1], left[2] - (int)need};
      if (can_serve(inst, s + 1, after)) return true;
    }
  return false;
}

/* Is there a plan on n machines, however they are cut? */
static bool can_cut(const struct rms_serve *inst, int n, int cut, int slots[KINDS])
{
  if (n == 0 || cut == CUTS) return can_serve(inst, 0, slots);
  for (int x = cut == CUTS - 1 ? n : 0; x <= n; x++) {
    int more[KINDS];
    for (int k = 0; k < KINDS; k++) more[k] = slots[k] + x * cuts_by_hand[cut][k];
    if (can_cut(inst, n - x, cut + 1, more)) return true;
  }
  return false;
}

enum { MACHINES_MAX = 10, NO_PLAN = 1000 };

/* Least cost, NO_PLAN when the stock is too short. Machines of both pools are alike but for the
 * cost. */
static int optimum_by_hand(const struct small *small)
{
  int least = 0;
  for (;; least++) {
    int slots[KINDS] = {0};
    if (least > MACHINES_MAX || can_cut(small->inst, least, 0, slots)) break;
  }
  assert_true(least <= MACHINES_MAX);
  int best = NO_PLAN;
  for (int a = 0; a <= least; a++) {
    const int b = least - a;
    if ((small->count[0] >= 0 && a > small->count[0]) ||
        (small->count[1] >= 0 && b > small->count[1]))
      continue;
    const int cost = a * small->cost[0] + b * small->cost[1];
    if (cost < best) best = cost;
  }
  return best;
}

struct prices {
  int64_t w[KINDS], u[2], d;
};

static struct rms_serve_proof verify(const struct rms_serve *inst, struct prices *prices)
{
  const struct rms_serve_certificate c = {.is_present = true,
                                          .denominator = prices->d,
                                          .n_kinds = KINDS,
                                          .n_pools = 2,
                                          .prices = prices->w,
                                          .stock_prices = prices->u};
  struct rms_serve_proof proof;
  assert_int_equal(rms_serve_certificate_verify(inst, &c, &proof), RMS_OK);
  return proof;
}

/* By hand: is every way to cut a machine priced at most at D cost + u? */
static bool is_valid_by_hand(const struct small *small, const struct prices *prices)
{
  for (int p = 0; p < 2; p++) {
    if (prices->u[p] < 0 || (prices->u[p] > 0 && small->count[p] < 0)) return false;
    for (int c = 0; c < CUTS; c++) {
      int64_t price = 0;
      for (int k = 0; k < KINDS; k++) {
        if (prices->w[k] < 0) return false;
        price += prices->w[k] * cuts_by_hand[c][k];
      }
      if (price > prices->d * small->cost[p] + prices->u[p]) return false;
    }
  }
  return prices->d >= 0;
}

struct tally {
  size_t valid, tight, infeasible, refused;
};

static void is_true(const struct small *small, int optimum, struct prices *prices,
                    struct tally *tally)
{
  const struct rms_serve_proof proof = verify(small->inst, prices);
  if (is_valid_by_hand(small, prices)) {
    assert_true(proof.is_valid || prices->d == 0);
  } else {
    assert_false(proof.is_valid);
    assert_true(proof.why[0]);
    tally->refused++;
  }
  if (proof.proves_infeasibility) assert_int_equal(optimum, NO_PLAN);
  if (!proof.is_valid) {
    assert_true(proof.bound == 0 && proof.bound_units == 0);
    return;
  }
  if (proof.bound > optimum) fail_msg("bound %g is above the optimum %d", proof.bound, optimum);
  tally->valid++;
  tally->tight += proof.bound == optimum;
  tally->infeasible += proof.proves_infeasibility;
}

static void tamper(struct prices *prices, struct rms_rng *rng)
{
  int64_t *const all[] = {&prices->w[0], &prices->w[1], &prices->w[2],
                          &prices->u[0], &prices->u[1], &prices->d};
  int64_t *const one = all[rms_rng_below(rng, 6)];
  switch (rms_rng_below(rng, 5)) {
  case 0: *one += 1; break;
  case 1: *one -= 1; break;
  case 2: *one = 0; break;
  case 3: *one = *one < INT64_MAX / 2 ? 2 * *one : 0; break;
  default: *one = INT64_MAX / 64; break; /* the sums by hand stay below 2^63 */
  }
}

static void test_no_bound_is_above_the_optimum(void **state)
{
  (void)state;
  struct rms_rng rng = {.key = {.seed = 11}, .purpose = RMS_PURPOSE_INSTANCE};
  struct tally honest = {0}, broken = {0};
  size_t n_no_plan = 0, n_proved = 0;
  for (int round = 0; round < 300; round++) {
    const struct small small = random_small(&rng);
    const int optimum = optimum_by_hand(&small);
    const size_t before = honest.infeasible, tight = honest.tight;
    for (int i = 0; i < 60; i++) {
      struct prices prices = {.d = (int64_t)rms_rng_below(&rng, 3) * 12};
      /* prices near the volume form, scaled to what the cheaper pool or a stock price allows */
      const int64_t base = (int64_t)rms_rng_below(&rng, 40);
      static const int volume[KINDS] = {4, 2, 1};
      for (int k = 0; k < KINDS; k++)
        prices.w[k] = base * volume[k] / 4 + (int64_t)rms_rng_below(&rng, 3) - 1;
      for (int k = 0; k < KINDS; k++)
        if (prices.w[k] < 0) prices.w[k] = 0;
      for (int p = 0; p < 2; p++) {
        int64_t dearest = 0;
        for (int c = 0; c < CUTS; c++) {
          int64_t price = 0;
          for (int k = 0; k < KINDS; k++) price += prices.w[k] * cuts_by_hand[c][k];
          if (price > dearest) dearest = price;
        }
        const int64_t over = dearest - prices.d * small.cost[p];
        if (small.count[p] >= 0 && over > 0) prices.u[p] = over;
      }
      is_true(&small, optimum, &prices, &honest);
      tamper(&prices, &rng);
      is_true(&small, optimum, &prices, &broken);
    }
    n_no_plan += optimum == NO_PLAN;
    n_proved += optimum == NO_PLAN ? honest.infeasible > before : honest.tight > tight;
    rms_serve_free(small.inst);
  }
  print_message(
      "honest: %zu valid, %zu tight; tampered: %zu valid, %zu refused; %zu of 300 closed, "
      "%zu without a plan\n",
      honest.valid, honest.tight, broken.valid, broken.refused, n_proved, n_no_plan);
  assert_true(honest.valid > 4000 && honest.tight > 200 && honest.infeasible > 20);
  assert_true(broken.valid > 500 && broken.refused > 2000);
  assert_true(n_no_plan > 20 && n_proved > 150);
}

/* ---- the form of a certificate
 * ------------------------------------------------------------------- */

static void test_form_is_checked(void **state)
{
  (void)state;
  struct rms_serve *const inst = serve_open(SERVE_SMALL);
  int64_t w[5] = {7, 4, 3, 2, 1}, u[1] = {0};
  struct rms_serve_certificate c = {
      .denominator = 7, .n_kinds = 5, .n_pools = 1, .prices = w, .stock_prices = u};
  struct rms_serve_proof proof;
  assert_int_equal(rms_serve_certificate_verify(inst, &c, &proof), RMS_OK);
  assert_false(proof.is_valid); /* not present */
  c.is_present = true;
  assert_int_equal(rms_serve_certificate_verify(inst, &c, &proof), RMS_OK);
  assert_true(proof.is_valid && proof.is_exact && proof.bound == 2);
  c.n_kinds = 4;
  assert_int_equal(rms_serve_certificate_verify(inst, &c, &proof), RMS_OK);
  assert_false(proof.is_valid);
  c.n_kinds = 5;
  u[0] = 1; /* the pool has no limit */
  assert_int_equal(rms_serve_certificate_verify(inst, &c, &proof), RMS_OK);
  assert_false(proof.is_valid);
  assert_non_null(strstr(proof.why, "no limit"));
  u[0] = 0;
  w[4] = 2; /* seven of them cost 14 */
  assert_int_equal(rms_serve_certificate_verify(inst, &c, &proof), RMS_OK);
  assert_false(proof.is_valid);
  for (size_t k = 0; k < 5; k++) w[k] = INT64_MAX;
  c.denominator = INT64_MAX;
  assert_int_equal(rms_serve_certificate_verify(inst, &c, &proof), RMS_OK);
  assert_false(proof.is_valid);
  for (size_t k = 0; k < 5; k++) w[k] = INT64_MAX / 7;
  assert_int_equal(rms_serve_certificate_verify(inst, &c, &proof), RMS_OK);
  assert_true(proof.is_valid && proof.bound == 1);
  rms_serve_free(inst);
}

static void set_certificate(struct rms_serve_plan *plan, const int64_t w[5])
{
  struct rms_serve_certificate *const c = &plan->certificate;
  *c = (struct rms_serve_certificate){
      .is_present = true, .denominator = 7, .n_kinds = 5, .n_pools = 1};
  c->prices = malloc(5 * sizeof *c->prices);
  c->stock_prices = calloc(1, sizeof *c->stock_prices);
  assert_true(c->prices && c->stock_prices);
  memcpy(c->prices, w, 5 * sizeof *w);
}

/* Through the family: a certificate turns the verdict, a refused one does not. */
static void test_verdicts(void **state)
{
  (void)state;
  struct rms_serve *const inst = serve_open(SERVE_SMALL);
  static const int64_t good[5] = {7, 4, 3, 2, 1}, weak[5] = {3, 2, 1, 1, 0},
                       bad[5] = {7, 4, 4, 2, 1};
  static const struct {
    const int64_t *w;
    enum rms_verdict_kind kind;
    double bound;
  } cases[] = {{good, RMS_VERDICT_VERIFIED_OPTIMAL, 2},
               {weak, RMS_VERDICT_VERIFIED_FEASIBLE, 1},
               {bad, RMS_VERDICT_VERIFIED_FEASIBLE, NAN}};
  const struct rms_claim claim = {.objective = {2}, .bound = 2, .is_optimal = true};
  for (size_t i = 0; i < 3; i++) {
    struct rms_serve_plan plan = {0};
    struct rms_text bytes = {0};
    struct rms_verdict verdict;
    const struct rms_serve_slice slices[] = {{serve_profile(inst, 0, "4g.40gb"), 0, 0},
                                             {serve_profile(inst, 0, "3g.40gb"), 4, 1}};
    assert_int_equal(rms_serve_plan_add(&plan, 0, 2, slices, 2), RMS_OK);
    set_certificate(&plan, cases[i].w);
    assert_int_equal(rms_serve_plan_encode(&plan, &bytes), RMS_OK);
    assert_int_equal(rms_serve_check(&inst->base, bytes.data, bytes.length, &claim, &verdict),
                     RMS_OK);
    assert_int_equal(verdict.kind, cases[i].kind);
    assert_true(verdict.bound == cases[i].bound || (isnan(verdict.bound) && isnan(cases[i].bound)));
    rms_text_fini(&bytes);
    rms_serve_plan_fini(&plan);
  }
  rms_serve_free(inst);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_cover_is_exact),
      cmocka_unit_test(test_cover_of_huge_numbers),
      cmocka_unit_test(test_no_bound_is_above_the_optimum),
      cmocka_unit_test(test_form_is_checked),
      cmocka_unit_test(test_verdicts),
      cmocka_unit_test(nothing_is_left_behind),
  };
  return cmocka_run_group_tests(tests, remember_blocks, NULL);
}
