/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The choice of a cut against all orders of all layouts; seats; the policies built on it. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fake_host.h"
#include "instances/base/rng.h"
#include "ledger.h"
#include "solvers/jobs/choose.h"
#include "solvers/jobs/sharing.h"

static const struct rms_jobs *open_jobs(const char *text, struct rms_instance **inst)
{
  struct rms_error err = {0};
  if (rms_instance_open(inst, text, &err) < 0) fail_msg("%s", err.text);
  return rms_jobs_of(*inst);
}

/* Best sum over all orders of the jobs on the slices of a layout: recursion over slices. */
static double brute(const struct rms_jobs_cut *cut, const double (*value)[RMS_JOBS_KINDS_MAX],
                    size_t slice, uint32_t used)
{
  double best = RMS_CHOOSE_NEVER;
  if (slice == cut->n_slices) return 0;
  for (size_t j = 0; j < cut->n_slices; j++) {
    if (used >> j & 1) continue;
    const double sum = value[j][cut->kind[slice]] + brute(cut, value, slice + 1, used | 1u << j);
    if (sum > best) best = sum;
  }
  return best;
}

static double brute_pool(const struct rms_jobs_pool *pool, enum rms_choose_cuts cuts,
                         const double (*value)[RMS_JOBS_KINDS_MAX], size_t n)
{
  double best = RMS_CHOOSE_NEVER;
  for (size_t c = 0; c < pool->n_cuts; c++) {
    const struct rms_jobs_cut *cut = &pool->cuts[c];
    if (cut->n_slices != n || (cuts == RMS_CHOOSE_MAXIMAL && !cut->is_maximal)) continue;
    const double sum = brute(cut, value, 0, 0);
    if (sum > best) best = sum;
  }
  return best;
}

/* Quarters, so that sums are exact; one value in six: not there. */
static void draw_values(struct rms_rng *rng, double (*value)[RMS_JOBS_KINDS_MAX], size_t n)
{
  for (size_t j = 0; j < n; j++)
    for (size_t k = 0; k < RMS_JOBS_KINDS_MAX; k++)
      value[j][k] =
          rms_rng_below(rng, 6) == 0 ? RMS_CHOOSE_NEVER : (double)rms_rng_below(rng, 40) / 4 - 5;
}

static void check_choice(const struct rms_jobs_pool *pool,
                         const double (*value)[RMS_JOBS_KINDS_MAX], size_t n,
                         const struct rms_choice *choice)
{
  uint8_t count[RMS_JOBS_KINDS_MAX] = {0};
  double sum = 0;
  assert_true(choice->cut >= pool->cuts && choice->cut < pool->cuts + pool->n_cuts);
  for (size_t j = 0; j < n; j++) {
    count[choice->kind[j]]++;
    sum += value[j][choice->kind[j]];
  }
  assert_memory_equal(count, choice->cut->count, sizeof count);
  assert_true(sum == choice->value);
}

static void test_choice_is_best(void **state)
{
  static const char *const machines[] = {"a100-40gb,rules=r470", "a100-40gb,rules=r510",
                                         "a30-24gb"};
  struct rms_rng rng = {.key = {.seed = 3}, .purpose = RMS_PURPOSE_INSTANCE};
  size_t found = 0;
  (void)state;
  for (size_t i = 0; i < sizeof machines / sizeof *machines; i++) {
    struct rms_instance *inst = NULL;
    char text[128];
    snprintf(text, sizeof text, "jobs:machines=1,jobs=1,machine=%s", machines[i]);
    const struct rms_jobs_pool *pool = &open_jobs(text, &inst)->cluster.pools[0];
    for (int k = 0; k < 400; k++) {
      double value[RMS_CHOOSE_JOBS_MAX][RMS_JOBS_KINDS_MAX];
      struct rms_choice choice = {0};
      const size_t n = 1 + (size_t)k % 7;
      const enum rms_choose_cuts cuts = k % 2 ? RMS_CHOOSE_ANY : RMS_CHOOSE_MAXIMAL;
      draw_values(&rng, value, n);
      const double(*values)[RMS_JOBS_KINDS_MAX] = (const double(*)[RMS_JOBS_KINDS_MAX])value;
      const double best = brute_pool(pool, cuts, values, n);
      const bool is_found = rms_choose(pool, cuts, values, n, &choice);
      assert_int_equal(is_found, best != RMS_CHOOSE_NEVER);
      if (!is_found) continue;
      assert_true(choice.value == best);
      check_choice(pool, values, n, &choice);
      found++;
    }
    assert_false(rms_choose(pool, RMS_CHOOSE_ANY, NULL, 0, NULL));
    rms_instance_free(inst);
  }
  assert_true(found > 600);
}

/* Who can keep his slice keeps it; all slices have a job of those that were given. */
static void test_jobs_keep_their_slices(void **state)
{
  static const uint32_t jobs[3] = {10, 20, 30};
  struct rms_instance *inst = NULL;
  const struct rms_jobs *j = open_jobs("jobs:machines=1,jobs=1", &inst);
  double value[3][RMS_JOBS_KINDS_MAX] = {{0}};
  struct rms_choice choice = {0};
  struct rms_arrangement first, second;
  (void)state;
  assert_true(rms_choose(&j->cluster.pools[0], RMS_CHOOSE_MAXIMAL,
                         (const double(*)[RMS_JOBS_KINDS_MAX])value, 3, &choice));
  rms_choice_arrange(&choice, jobs, 3, NULL, &first);
  const uint32_t turned[3] = {30, 10, 20};
  struct rms_choice same = choice; /* kinds follow the jobs, not their places in the list */
  for (size_t i = 0; i < 3; i++)
    for (size_t k = 0; k < 3; k++)
      if (jobs[k] == turned[i]) same.kind[i] = choice.kind[k];
  rms_choice_arrange(&same, turned, 3, &first, &second);
  assert_int_equal(first.n, 3);
  for (size_t i = 0; i < 3; i++) {
    assert_int_equal(first.places[i].job, second.places[i].job);
    assert_int_equal(first.places[i].slice.start, second.places[i].slice.start);
  }
  rms_instance_free(inst);
}

static void test_speed_of_a_part(void **state)
{
  static const double speed[RMS_SLICE_SIZES] = {1, 0.8, 0.6, 0.5, 0.2};
  (void)state;
  assert_true(rms_sharing_speed(speed, 1) == 1);
  assert_true(fabs(rms_sharing_speed(speed, 4 / 7.0) - 0.8) < 1e-12);
  assert_true(fabs(rms_sharing_speed(speed, 1 / 7.0) - 0.2) < 1e-12);
  assert_true(fabs(rms_sharing_speed(speed, 0.5) - 0.7) < 1e-12);
  assert_true(fabs(rms_sharing_speed(speed, 1 / 14.0) - 0.1) < 1e-12);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_choice_is_best),
      cmocka_unit_test(test_jobs_keep_their_slices),
      cmocka_unit_test(test_speed_of_a_part),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
