/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "harness/order.h"
#include "harness/progress.h"
#include "harness/queue.h"
#include "instances/base/rng.h"
#include "ledger.h"

enum { N = 1000 };

static void fill(struct rms_queue *queue, struct rms_item items[N])
{
  for (uint64_t i = 0; i < N; i++) items[i] = (struct rms_item){i, 1 + (uint32_t)(i % 3), 0};
  assert_int_equal(rms_queue_fill(queue, items, N), 0);
}

static void batches_shrink_and_keep_the_order(void **state)
{
  (void)state;
  struct rms_queue queue = {0};
  struct rms_item items[N], batch[RMS_BATCH_MAX];
  fill(&queue, items);
  size_t at = 0, last = RMS_BATCH_MAX, n;
  while ((n = rms_queue_take(&queue, 4, batch))) {
    assert_true(n <= last);
    last = n;
    for (size_t i = 0; i < n; i++, at++) assert_memory_equal(&batch[i], &items[at], sizeof *batch);
  }
  assert_int_equal(at, N);
  assert_int_equal(last, 1);
  assert_int_equal(queue.outstanding, N);
  assert_false(rms_queue_resolve(&queue, N + 1));
  assert_true(rms_queue_resolve(&queue, N));
  assert_false(rms_queue_return(&queue, items, 1));
  rms_queue_fini(&queue);
}

/* Two seconds' worth: by what is expected, by what was measured, or 64. */
static void batches_are_sized_by_time(void **state)
{
  (void)state;
  struct rms_queue queue = {0};
  struct rms_item items[N], batch[RMS_BATCH_MAX];
  double expected[N];
  fill(&queue, items);
  assert_int_equal(rms_queue_take(&queue, 1, batch), 64);
  rms_queue_learn(&queue, 0, 0);
  rms_queue_learn(&queue, 10, NAN);
  assert_int_equal(rms_queue_take(&queue, 1, batch), 64);
  rms_queue_learn(&queue, 4, 1);
  assert_int_equal(rms_queue_take(&queue, 1, batch), 8);
  rms_queue_learn(&queue, 1, 60);
  assert_int_equal(rms_queue_take(&queue, 1, batch), 1);
  for (size_t i = 0; i < N; i++) expected[i] = i % 2 ? NAN : 0.5;
  queue.expected = expected;
  queue.mean = 1e-3;
  assert_int_equal(rms_queue_take(&queue, 1, batch), 8); /* four of each */
  for (size_t i = 0; i < N; i++) expected[i] = 1e-4;
  assert_int_equal(rms_queue_take(&queue, 1, batch), 213); /* a fourth of what is left */
  rms_queue_fini(&queue);
}

static void the_longest_come_first(void **state)
{
  (void)state;
  enum { JOBS = 6 };
  struct rms_job jobs[JOBS];
  struct rms_run runs[] = {{.label = "slow", .group = "a", .wall = 3},
                           {.label = "slow", .group = "a", .wall = 5},
                           {.label = "slow", .group = "b", .wall = 2},
                           {.label = "quick", .group = "a", .wall = 1}};
  static const char *const rows[JOBS][2] = {{"quick", "a"}, {"slow", "b"},  {"slow", "a"},
                                            {"new", "a"},   {"quick", "a"}, {"new", "b"}};
  static const uint64_t wanted[JOBS] = {3, 5, 2, 1, 0, 4};
  const struct rms_records records = {.runs = runs, .n_runs = 4};
  struct rms_item items[JOBS];
  double expected[JOBS];
  for (uint64_t i = 0; i < JOBS; i++) {
    jobs[i] = (struct rms_job){.label = rows[i][0], .group = rows[i][1], .limits.time = 60};
    items[i] = (struct rms_item){i, 1, 0};
  }
  const struct rms_sweep sweep = {.jobs = jobs, .n_jobs = JOBS};
  assert_int_equal(rms_order_expect(&sweep, &records, items, JOBS, expected, NULL), 0);
  assert_int_equal(rms_order_longest(&sweep, expected, items, JOBS, NULL), 0);
  for (size_t i = 0; i < JOBS; i++) assert_int_equal(items[i].index, wanted[i]);
  assert_true(expected[2] == 4 && isnan(expected[3]));
}

static void what_is_postponed_is_handed_out_last(void **state)
{
  (void)state;
  struct rms_queue queue = {0};
  struct rms_item items[N], a[RMS_BATCH_MAX], b[RMS_BATCH_MAX];
  fill(&queue, items);
  const size_t n = rms_queue_take(&queue, 1, a);
  assert_false(rms_queue_postpone(&queue, a, n + 1));
  assert_true(rms_queue_postpone(&queue, a, 2));
  assert_true(rms_queue_postpone(&queue, a + 2, 1));
  assert_true(rms_queue_resolve(&queue, n - 3));
  struct rms_item last[3] = {{0}};
  size_t taken, all = 0;
  while ((taken = rms_queue_take(&queue, 1, b)))
    for (size_t i = 0; i < taken; i++) last[all++ % 3] = b[i];
  assert_int_equal(all, N - n + 3);
  for (size_t i = 0; i < 3; i++) assert_memory_equal(&last[(all - 3 + i) % 3], &a[i], sizeof *a);
  rms_queue_fini(&queue);
}

static void what_is_given_back_is_handed_out_next(void **state)
{
  (void)state;
  struct rms_queue queue = {0};
  struct rms_item items[N], a[RMS_BATCH_MAX], b[RMS_BATCH_MAX];
  fill(&queue, items);
  const size_t n = rms_queue_take(&queue, 1, a);
  assert_int_equal(n, 64);
  assert_true(rms_queue_resolve(&queue, 10));
  assert_true(rms_queue_return(&queue, a + 10, n - 10));
  assert_int_equal(rms_queue_take(&queue, 1, b), 64);
  assert_memory_equal(b, a + 10, (n - 10) * sizeof *a);
  assert_int_equal(b[n - 10].index, n);
  assert_int_equal(rms_queue_drop(&queue), N - n - 10);
  assert_int_equal(rms_queue_take(&queue, 1, b), 0);
  rms_queue_fini(&queue);
}

/* Ranks that do some of their jobs and give back others, in any order: each job is done once. */
static void every_job_is_done_once_whoever_gives_up(void **state)
{
  (void)state;
  enum { RANKS = 5 };
  struct rms_queue queue = {0};
  struct rms_item items[N], batch[RMS_BATCH_MAX];
  int done[N] = {0};
  struct rms_rng rng = {.purpose = RMS_PURPOSE_ANALYSIS};
  fill(&queue, items);
  for (size_t n; (n = rms_queue_take(&queue, RANKS, batch));) {
    const size_t finished = 1 + rms_rng_below(&rng, n);
    for (size_t i = 0; i < finished; i++) done[batch[i].index]++;
    assert_true(rms_queue_resolve(&queue, finished));
    assert_true(rms_queue_return(&queue, batch + finished, n - finished));
  }
  assert_int_equal(queue.outstanding, 0);
  for (size_t i = 0; i < N; i++) assert_int_equal(done[i], 1);
  rms_queue_fini(&queue);
}

static void an_empty_queue_is_fine(void **state)
{
  (void)state;
  struct rms_queue queue = {0};
  struct rms_item batch[RMS_BATCH_MAX] = {0};
  assert_int_equal(rms_queue_fill(&queue, batch, 0), 0);
  assert_int_equal(rms_queue_take(&queue, 3, batch), 0);
  assert_true(rms_queue_return(&queue, batch, 0));
  rms_queue_fini(&queue);
}

static void progress_says_what_there_is(void **state)
{
  (void)state;
  struct rms_progress progress = {.total = 1000, .before = 100, .started = 50};
  static const struct {
    size_t done, died, wrong;
    double now;
    const char *news, *text;
  } rows[] = {{0, 0, 0, 50, "", "100/1000 10%"},
              {300, 0, 0, 60, "", "400/1000 40%  30/s  20 s left"},
              {300, 2, 1, 60, "x: 3", "400/1000 40%  30/s  20 s left  2 died  1 WRONG  | x: 3"},
              {899, 0, 0, 60, "", "999/1000 99%  90/s  0 s left"},
              {900, 0, 0, 60, "", "1000/1000 100%  90/s"},
              {1, 0, 0, 150, "", "101/1000 10%  0.01/s  25.0 h left"}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct rms_text text = {0};
    progress.done = rows[i].done;
    progress.died = rows[i].died;
    progress.wrong = rows[i].wrong;
    strcpy(progress.news, rows[i].news);
    rms_progress_text(&progress, rows[i].now, &text);
    assert_string_equal(text.data, rows[i].text);
    rms_text_fini(&text);
  }
}

static int no_block_is_alive(void **state)
{
  (void)state;
  return rms_ledger_live() != 0;
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(batches_shrink_and_keep_the_order),
      cmocka_unit_test(what_is_given_back_is_handed_out_next),
      cmocka_unit_test(batches_are_sized_by_time),
      cmocka_unit_test(the_longest_come_first),
      cmocka_unit_test(what_is_postponed_is_handed_out_last),
      cmocka_unit_test(every_job_is_done_once_whoever_gives_up),
      cmocka_unit_test(an_empty_queue_is_fine),
      cmocka_unit_test(progress_says_what_there_is),
  };
  return cmocka_run_group_tests(tests, NULL, no_block_is_alive);
}
