/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The simulated cluster: known answers where they can be worked out by hand, and properties. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "harness/cluster_model.h"

static const double ten_ms[] = {0.01};

static struct rms_cluster_model quiet_cluster(int ranks, uint64_t jobs)
{
  return (struct rms_cluster_model){.ranks = ranks,
                                    .ranks_per_node = 64,
                                    .cores_per_node = 64,
                                    .jobs = jobs,
                                    .seed = 1,
                                    .times = ten_ms,
                                    .n_times = 1,
                                    .look = 5e-3,
                                    .news = 0.2};
}

static struct rms_cluster_forecast forecast(const struct rms_cluster_model *model)
{
  struct rms_cluster_forecast f;
  struct rms_error err = {0};
  if (rms_cluster_simulate(model, &f, &err)) fail_msg("%s", err.text);
  return f;
}

static void test_one_rank(void **state)
{
  (void)state;
  struct rms_cluster_model m = quiet_cluster(1, 100);
  assert_float_equal(forecast(&m).seconds, 1.0, 0.01);
  m.overhead_cpu = 0.004;
  m.overhead_wait = 0.006;
  const struct rms_cluster_forecast f = forecast(&m);
  assert_float_equal(f.seconds, 2.0, 0.01);
  assert_float_equal(f.efficiency, 0.5, 0.01);
  assert_float_equal(f.work, 1.0, 1e-9);
}

static void test_processors_are_shared(void **state)
{
  (void)state;
  struct rms_cluster_model m = quiet_cluster(8, 800);
  m.cores_per_node = 2;
  m.is_computing = true;
  const struct rms_cluster_forecast f = forecast(&m);
  assert_float_equal(f.seconds, 4.0, 0.05);
  assert_float_equal(f.efficiency, 1.0, 0.02);
  m.is_computing = false; /* waiting needs none */
  assert_float_equal(forecast(&m).seconds, 1.0, 0.05);
}

static void test_every_job_is_worked(void **state)
{
  (void)state;
  static const double times[] = {0.001, 0.02, 0.5};
  struct rms_cluster_model one = quiet_cluster(1, 1000);
  one.times = times;
  one.n_times = 3;
  const struct rms_cluster_forecast alone = forecast(&one);
  for (int ranks = 1; ranks <= 300; ranks = 2 * ranks + 1) {
    struct rms_cluster_model m = quiet_cluster(ranks, 1000);
    m.times = times;
    m.n_times = 3;
    m.message_cpu = 1e-5;
    m.latency = 1e-4;
    const struct rms_cluster_forecast f = forecast(&m), again = forecast(&m);
    assert_float_equal(f.work, alone.work, 1e-6);
    assert_true(f.seconds >= f.work / ranks);
    assert_true(f.efficiency <= 1 + 1e-9 && f.coordinator_load <= 1);
    assert_memory_equal(&f, &again, sizeof f);
  }
}

/* With leaders every job is worked as well, on two levels and on many. */
static void test_leaders(void **state)
{
  (void)state;
  static const double times[] = {0.001, 0.02, 0.5};
  struct rms_cluster_model one = quiet_cluster(1, 3000);
  one.times = times;
  one.n_times = 3;
  const struct rms_cluster_forecast alone = forecast(&one);
  for (int group = 2; group <= 64; group *= 2)
    for (int ranks = 2; ranks <= 300; ranks = 3 * ranks + 1) {
      struct rms_cluster_model m = one;
      m.ranks = ranks;
      m.ranks_per_node = 7;
      m.group = group;
      m.message_cpu = 1e-5;
      m.latency = 1e-4;
      m.sign = 15;
      const struct rms_cluster_forecast f = forecast(&m), again = forecast(&m);
      assert_float_equal(f.work, alone.work, 1e-6);
      assert_true(f.seconds >= f.work / ranks);
      assert_true(f.peers <= 1 + (size_t)(9 * (group - 1)));
      assert_true((f.leader_load > 0) == (ranks > group));
      assert_memory_equal(&f, &again, sizeof f);
    }
}

/* They take messages from rank 0. */
static void test_leaders_relieve(void **state)
{
  (void)state;
  struct rms_cluster_model m = quiet_cluster(1024, 102400);
  m.message_cpu = 1e-4;
  m.latency = 1e-5;
  const struct rms_cluster_forecast flat = forecast(&m);
  m.group = 64;
  const struct rms_cluster_forecast led = forecast(&m);
  assert_int_equal(flat.peers, 1024);
  assert_int_equal(led.peers, 64 + 15);
  assert_true(led.messages < flat.messages / 4);
  assert_true(led.seconds < flat.seconds / 2);
}

/* Where messages are dear, rank 0 is what limits the others. */
static void test_coordinator_breaks(void **state)
{
  (void)state;
  struct rms_cluster_model m = quiet_cluster(256, 25600);
  m.latency = 1e-5;
  const struct rms_cluster_forecast cheap = forecast(&m);
  m.message_cpu = 2e-3;
  const struct rms_cluster_forecast dear = forecast(&m);
  assert_true(cheap.efficiency > 0.8);
  assert_true(dear.efficiency < cheap.efficiency / 2);
  assert_true(dear.coordinator_load > 0.5);
  m.message_cpu = 0;
  m.handling_cpu = 4e-3; /* a message taken and one sent, or one handled */
  const struct rms_cluster_forecast slow = forecast(&m);
  assert_true(slow.efficiency < cheap.efficiency / 2);
  assert_true(slow.coordinator_load > 0.5);
}

/* Jobs of 100 s, a sign of life every 10 s: nine or ten of them a job. */
static void test_signs_of_life(void **state)
{
  (void)state;
  static const double long_ones[] = {100};
  struct rms_cluster_model m = quiet_cluster(4, 8);
  m.times = long_ones;
  const struct rms_cluster_forecast silent = forecast(&m);
  m.sign = 10;
  const struct rms_cluster_forecast f = forecast(&m);
  const uint64_t signs = f.messages - silent.messages;
  assert_true(signs >= 8 * 9 && signs <= 8 * 10);
  assert_float_equal(f.seconds, silent.seconds, 0.1);
}

/* A clock that counts: each message is handled between two looks at it. */
static double tick(void)
{
  static double now;
  return now += 1;
}

static void test_handling_is_measured(void **state)
{
  (void)state;
  struct rms_cluster_model m = quiet_cluster(16, 1600);
  const struct rms_cluster_forecast plain = forecast(&m);
  m.clock = tick;
  struct rms_cluster_forecast timed = forecast(&m);
  assert_true(plain.handling == 0);
  assert_float_equal(timed.handling, 1, 1e-9);
  assert_float_equal(timed.item, 0, 1e-9);
  timed.handling = timed.item = 0;
  assert_memory_equal(&timed, &plain, sizeof plain);
}

static void test_refused(void **state)
{
  (void)state;
  struct rms_cluster_forecast f;
  struct rms_error err = {0};
  struct rms_cluster_model m = quiet_cluster(0, 10);
  assert_int_equal(rms_cluster_simulate(&m, &f, &err), RMS_E_USAGE);
  assert_non_null(strstr(err.text, "ranks: is 0, must be 1 to"));
  m = quiet_cluster(1, 10);
  m.latency = NAN;
  assert_int_equal(rms_cluster_simulate(&m, &f, &err), RMS_E_USAGE);
  assert_non_null(strstr(err.text, "latency"));
  m = quiet_cluster(1, 10);
  m.n_times = 0;
  assert_int_equal(rms_cluster_simulate(&m, &f, &err), RMS_E_USAGE);
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_one_rank),
                                     cmocka_unit_test(test_processors_are_shared),
                                     cmocka_unit_test(test_every_job_is_worked),
                                     cmocka_unit_test(test_leaders),
                                     cmocka_unit_test(test_leaders_relieve),
                                     cmocka_unit_test(test_coordinator_breaks),
                                     cmocka_unit_test(test_handling_is_measured),
                                     cmocka_unit_test(test_signs_of_life),
                                     cmocka_unit_test(test_refused)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
