/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "harness/job.h"
#include "ledger.h"

static struct rms_job sample(void)
{
  return (struct rms_job){
      .instance_key = {1, 2},
      .family = "serve",
      .reference = "serve:set=smoke,index=3",
      .group = "smoke",
      .solver = "ga",
      .version = "1.2",
      .params = "population=64",
      .label = "ga",
      .flags = 18,
      .seed = UINT64_MAX,
      .repeat = -1,
      .islands = 4,
      .limits = {.is_work_limited = true, .time = 10.1, .work = 1000, .memory = 1 << 20},
  };
}

static struct rms_job identified(struct rms_job job)
{
  assert_int_equal(rms_job_identify(&job), 0);
  return job;
}

static void test_identity(void **state)
{
  const struct rms_job base = identified(sample());
  struct rms_job job;

  (void)state;
#define CHANGE(assignment, changes_id, changes_key)                                                \
  do {                                                                                             \
    job = sample();                                                                                \
    assignment;                                                                                    \
    job = identified(job);                                                                         \
    assert_int_equal(rms_hash_compare(job.id, base.id) != 0, changes_id);                          \
    assert_int_equal(job.random_key != base.random_key, changes_key);                              \
  } while (0)
  CHANGE((void)0, 0, 0);
  CHANGE(job.seed = 2, 1, 1);
  CHANGE(job.repeat = 2, 1, 1);
  CHANGE(job.islands = 2, 1, 1);
  CHANGE(job.params = "population=65", 1, 1);
  CHANGE(job.solver = "mcts", 1, 1);
  CHANGE(job.family = "jobs", 1, 1);
  CHANGE(job.instance_key.low = 3, 1, 1);
  /* Limits and version make another job, on the same random numbers. */
  CHANGE(job.version = "1.3", 1, 0);
  CHANGE(job.limits.work = 1001, 1, 0);
  CHANGE(job.limits.time = 10.2, 1, 0);
  CHANGE(job.limits.cpu = 1, 1, 0);
  CHANGE(job.limits.memory = 1, 1, 0);
  CHANGE(job.limits.is_work_limited = false, 1, 0);
  /* Where it came from and what it is called makes none. */
  CHANGE(job.reference = "elsewhere.json", 0, 0);
  CHANGE(job.group = "other", 0, 0);
  CHANGE(job.label = "other", 0, 0);
  CHANGE(job.plugin = "./x.so", 0, 0);
#undef CHANGE
  assert_int_equal(rms_ledger_live(), 0);
}

static void test_round_trip(void **state)
{
  struct rms_job job = identified(sample()), copy;
  struct rms_text bytes = {0}, again = {0};
  struct rms_arena *arena = rms_arena_new();

  (void)state;
  job.plugin = NULL;
  job.group = "";
  assert_int_equal(rms_job_write(&job, &bytes), 0);
  assert_int_equal(rms_job_parse(&copy, bytes.data, bytes.length, arena, NULL), 0);
  assert_null(copy.plugin);
  assert_string_equal(copy.group, "");
  assert_string_equal(copy.reference, job.reference);
  assert_true(copy.limits.time == job.limits.time);
  assert_int_equal(copy.repeat, -1);
  assert_int_equal(rms_job_write(&copy, &again), 0);
  assert_int_equal(again.length, bytes.length);
  assert_memory_equal(again.data, bytes.data, bytes.length);
  rms_text_fini(&bytes);
  rms_text_fini(&again);
  rms_arena_free(arena);
  assert_int_equal(rms_ledger_live(), 0);
}

/* Every prefix, and every byte changed: refused or read, never a crash. */
static void test_hostile(void **state)
{
  struct rms_job job = identified(sample()), copy;
  struct rms_text bytes = {0};
  struct rms_error err = {0};

  (void)state;
  assert_int_equal(rms_job_write(&job, &bytes), 0);
  for (size_t n = 0; n < bytes.length; n++) {
    struct rms_arena *arena = rms_arena_new();
    assert_int_equal(rms_job_parse(&copy, bytes.data, n, arena, &err), RMS_E_FORMAT);
    rms_arena_free(arena);
  }
  for (size_t i = 0; i < bytes.length; i++) {
    struct rms_arena *arena = rms_arena_new();
    int status;
    bytes.data[i] = (char)~bytes.data[i];
    status = rms_job_parse(&copy, bytes.data, bytes.length, arena, &err);
    assert_true(status == 0 || status == RMS_E_FORMAT || status == RMS_E_PARAM);
    bytes.data[i] = (char)~bytes.data[i];
    rms_arena_free(arena);
  }
  rms_text_fini(&bytes);
  assert_int_equal(rms_ledger_live(), 0);
}

static void test_limits_refused(void **state)
{
  static const double bad[] = {0, -1, 2e9};
  struct rms_text bytes = {0};
  struct rms_error err = {0};
  struct rms_job copy;

  (void)state;
  for (size_t i = 0; i < 4; i++) {
    struct rms_job job = identified(sample());
    struct rms_arena *arena = rms_arena_new();

    if (i < 3) {
      job.limits.time = bad[i];
    } else {
      job.islands = 0;
    }
    rms_text_clear(&bytes);
    assert_int_equal(rms_job_write(&job, &bytes), 0);
    assert_int_equal(rms_job_parse(&copy, bytes.data, bytes.length, arena, &err), RMS_E_PARAM);
    rms_arena_free(arena);
  }
  rms_text_fini(&bytes);
}

static void test_no_memory(void **state)
{
  struct rms_job job = sample(), copy;
  struct rms_text bytes = {0};

  (void)state;
  rms_ledger_fail_at(1);
  assert_int_equal(rms_job_identify(&job), RMS_E_NOMEM);
  assert_int_equal(rms_job_identify(&job), 0);
  assert_int_equal(rms_job_write(&job, &bytes), 0);
  for (long n = 1;; n++) {
    struct rms_arena *arena = rms_arena_new();
    int status;

    rms_ledger_fail_at(n);
    status = rms_job_parse(&copy, bytes.data, bytes.length, arena, NULL);
    rms_ledger_fail_at(0);
    rms_arena_free(arena);
    if (status == 0) break;
    assert_int_equal(status, RMS_E_NOMEM);
  }
  rms_text_fini(&bytes);
  assert_int_equal(rms_ledger_live(), 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_identity),  cmocka_unit_test(test_round_trip),
      cmocka_unit_test(test_hostile),   cmocka_unit_test(test_limits_refused),
      cmocka_unit_test(test_no_memory),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
