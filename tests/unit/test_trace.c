/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Properties of the thinned trace on random runs, and of the filter on what a dying process leaves.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "harness/trace.h"
#include "instances/base/rng.h"

enum { POINTS_MAX = 50000 };

static double jump(struct rms_rng *rng, double base)
{
  return base * pow(10, -1 - 5 * rms_rng_unit(rng));
}

/* A run of n events: objective falls or bound rises at each. */
static void make_run(struct rms_trace_point *points, size_t n, uint64_t seed)
{
  struct rms_rng rng = {.key = {seed, 1}, .purpose = RMS_PURPOSE_ANALYSIS};
  struct rms_trace_point now = {.objective = NAN, .bound = NAN};

  for (size_t i = 0; i < n; i++) {
    now.t += rms_rng_unit(&rng);
    now.work += rms_rng_below(&rng, 1000);
    now.evaluations++;
    if (rms_rng_below(&rng, 4)) {
      now.objective = isnan(now.objective) ? 1e6 : now.objective - jump(&rng, now.objective);
    } else {
      now.bound = isnan(now.bound) ? 1 : now.bound + jump(&rng, now.bound);
    }
    points[i] = now;
  }
}

static bool is_same(const struct rms_trace_point *a, const struct rms_trace_point *b)
{
  return memcmp(a, b, sizeof *a) == 0;
}

static bool is_near(double a, double b, double step)
{
  if (isnan(a) || isnan(b)) return (isnan(a) != 0) == (isnan(b) != 0);
  return fabs(a - b) <= step * fmax(fabs(a), fabs(b));
}

/* First and last are there, points are from the run and in order, the curve is near at every event.
 */
static void check_thinned(const struct rms_trace *trace, const struct rms_trace_point *points,
                          size_t n)
{
  size_t at = 0;

  assert_true(trace->n >= 1 && trace->n <= RMS_TRACE_MAX);
  assert_true(is_same(&trace->point[0], &points[0]));
  assert_true(is_same(&trace->point[trace->n - 1], &points[n - 1]));
  for (size_t i = 0; i < n; i++) {
    if (at + 1 < trace->n && is_same(&trace->point[at + 1], &points[i])) at++;
    assert_true(is_near(trace->point[at].objective, points[i].objective, 2 * trace->improvement));
    assert_true(is_near(trace->point[at].bound, points[i].bound, 2 * trace->improvement));
  }
  assert_int_equal(at, trace->n - 1);
}

static void test_thinning(void **state)
{
  static const size_t sizes[] = {1, 2, 3, 100, 1023, 1024, 1025, 5000, POINTS_MAX};
  struct rms_trace_point *points = test_calloc(POINTS_MAX, sizeof *points);
  struct rms_trace *trace = test_calloc(1, sizeof *trace);

  (void)state;
  for (uint64_t seed = 1; seed <= 5; seed++) {
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
      make_run(points, sizes[s], seed);
      memset(trace, 0, sizeof *trace);
      for (size_t i = 0; i < sizes[s]; i++) rms_trace_add(trace, &points[i]);
      check_thinned(trace, points, sizes[s]);
      /* What the filter gets from a living process passes unchanged. */
      assert_int_equal(rms_trace_filter(trace->point, trace->n, trace->point), trace->n);
    }
  }
  test_free(trace);
  test_free(points);
}

/* Time decides nothing: the same events at other times keep the same points. */
static void test_time_does_not_matter(void **state)
{
  struct rms_trace_point *points = test_calloc(POINTS_MAX, sizeof *points);
  struct rms_trace *a = test_calloc(1, sizeof *a), *b = test_calloc(1, sizeof *b);

  (void)state;
  make_run(points, POINTS_MAX, 9);
  for (size_t i = 0; i < POINTS_MAX; i++) {
    struct rms_trace_point late = points[i];
    late.t *= 1000;
    rms_trace_add(a, &points[i]);
    rms_trace_add(b, &late);
  }
  assert_int_equal(a->n, b->n);
  for (uint32_t i = 0; i < a->n; i++) assert_int_equal(a->point[i].work, b->point[i].work);
  test_free(a);
  test_free(b);
  test_free(points);
}

static void test_filter(void **state)
{
  const struct rms_trace_point points[] = {{0.1, 10, 1, 9, NAN, 0},
                                           {0.2, 5, 2, 8, NAN, 0} /* work falls */,
                                           {0.3, 20, 2, 10, NAN, 0} /* worse */,
                                           {0.4, 20, 3, 8, INFINITY, 0} /* no bound */,
                                           {NAN, 30, 4, 7, NAN, 0},
                                           {0.5, 30, 4, 7, 1, 0},
                                           {0.6, 40, 5, 6, NAN, 0} /* forgot its bound */,
                                           {0.7, 40, 5, 6, 0.5, 0} /* bound falls */,
                                           {0.8, 50, 6, 5, 2, 0},
                                           {0.9, 60, 7, NAN, NAN, 0}};
  struct rms_trace_point kept[10];

  (void)state;
  assert_int_equal(rms_trace_filter(points, 10, kept), 3);
  assert_int_equal(kept[0].work, 10);
  assert_int_equal(kept[1].work, 30);
  assert_int_equal(kept[2].work, 50);
  assert_int_equal(rms_trace_filter(points, 0, kept), 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_thinning),
                                     cmocka_unit_test(test_time_does_not_matter),
                                     cmocka_unit_test(test_filter)};

  return cmocka_run_group_tests(tests, NULL, NULL);
}
