/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "instances/base/rng.h"
#include "ledger.h"

static const struct rms_rng_key key = {.seed = 42, .job = 7};

static void known_answer(void **state)
{
  (void)state;
  const uint64_t zero[4] = {0};
  uint64_t out[4];
  rms_philox(zero, zero, out);
  assert_int_equal(out[0], UINT64_C(0x16554d9eca36314c));
  assert_int_equal(out[1], UINT64_C(0xdb20fe9d672d0fdc));
  assert_int_equal(out[2], UINT64_C(0xd7e772cee186176b));
  assert_int_equal(out[3], UINT64_C(0x7e68b68aec7ba23b));
}

static void random_is_the_word_of_its_block(void **state)
{
  (void)state;
  const uint64_t words[2] = {key.seed, key.job};
  for (uint64_t index = 0; index < 40; index++) {
    const uint64_t counter[4] = {index / 4, UINT64_C(3) << 32 | 5, RMS_PURPOSE_INSTANCE, 0};
    uint64_t out[4];
    rms_philox(counter, words, out);
    assert_int_equal(rms_random(key, RMS_PURPOSE_INSTANCE, 3, 5, index), out[index % 4]);
  }
}

static void every_coordinate_matters(void **state)
{
  (void)state;
  const uint64_t base = rms_random(key, RMS_PURPOSE_SOLVER, 1, 2, 3);
  assert_int_not_equal(base, rms_random(key, RMS_PURPOSE_ANALYSIS, 1, 2, 3));
  assert_int_not_equal(base, rms_random(key, RMS_PURPOSE_SOLVER, 2, 1, 3));
  assert_int_not_equal(base, rms_random(key, RMS_PURPOSE_SOLVER, 1, 1, 3));
  assert_int_not_equal(base, rms_random(key, RMS_PURPOSE_SOLVER, 1, 2, 4));
  const struct rms_rng_key other = {.seed = 42, .job = 8};
  assert_int_not_equal(base, rms_random(other, RMS_PURPOSE_SOLVER, 1, 2, 3));
}

static void draws_have_their_ranges_and_moments(void **state)
{
  (void)state;
  enum { N = 20000 };
  struct rms_rng rng = {.key = key, .purpose = RMS_PURPOSE_INSTANCE};
  double sum = 0, normal = 0, square = 0;
  uint64_t seen[7] = {0};
  for (int i = 0; i < N; i++) {
    const double u = rms_rng_unit(&rng), z = rms_rng_normal(&rng, 10, 2);
    assert_true(u > 0 && u < 1);
    assert_true(isfinite(z) && rms_rng_lognormal(&rng, 0, 3) > 0);
    const double x = rms_rng_uniform(&rng, -3, 5);
    assert_true(x >= -3 && x <= 5);
    seen[rms_rng_below(&rng, 7)]++;
    sum += u;
    normal += z;
    square += (z - 10) * (z - 10);
  }
  assert_true(fabs(sum / N - 0.5) < 0.01);
  assert_true(fabs(normal / N - 10) < 0.06);
  assert_true(fabs(square / N - 4) < 0.2);
  for (int i = 0; i < 7; i++) assert_true(seen[i] > N / 7 - 300 && seen[i] < N / 7 + 300);
  assert_int_equal(rng.index, 5 * N); /* one draw each; a rejected one would count */
  assert_int_equal(rms_rng_below(&rng, 1), 0);
}

static void below_is_unbiased_for_large_n(void **state)
{
  (void)state;
  struct rms_rng rng = {.key = key, .purpose = RMS_PURPOSE_INSTANCE};
  const uint64_t n = UINT64_C(3) << 62; /* a plain remainder would favour the lower third */
  int low = 0;
  for (int i = 0; i < 3000; i++) {
    const uint64_t x = rms_rng_below(&rng, n);
    assert_true(x < n);
    low += x < n / 3;
  }
  assert_true(low > 900 && low < 1100);
}

static int no_block_is_alive(void **state)
{
  (void)state;
  return rms_ledger_live() != 0;
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(known_answer),
      cmocka_unit_test(random_is_the_word_of_its_block),
      cmocka_unit_test(every_coordinate_matters),
      cmocka_unit_test(draws_have_their_ranges_and_moments),
      cmocka_unit_test(below_is_unbiased_for_large_n),
  };
  return cmocka_run_group_tests(tests, NULL, no_block_is_alive);
}
