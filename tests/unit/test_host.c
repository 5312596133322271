/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The host on its own: when it says stop, and what a trace point carries. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "harness/host.h"

static struct rms_page *page_of(void **state)
{
  return *state;
}

static int new_page(void **state)
{
  struct rms_page *page = NULL;
  const int status = rms_page_map(&page, NULL);
  *state = page;
  return status;
}

static int free_page(void **state)
{
  rms_page_unmap(*state);
  return 0;
}

/* A CPU limit ends a time-limited run, long before the wall time does, and no work-limited one. */
static void cpu_limit_stops(void **state)
{
  struct rms_job job = {.islands = 1, .limits = {.time = 1e6, .work = UINT64_MAX, .cpu = 1e-9}};
  struct rms_host_state host_state;
  struct rms_host host;

  rms_host_init(&host, &host_state, page_of(state), &job, 0, 1);
  assert_true(host.should_stop(host.ctx, 0) == 1);
  assert_true(host.seconds_left(host.ctx) <= 0);
  rms_host_fini(&host_state);
  job.limits.cpu = 0;
  rms_host_init(&host, &host_state, page_of(state), &job, 0, 1);
  assert_true(host.should_stop(host.ctx, 0) == 0);
  assert_true(host.seconds_left(host.ctx) > 1e5);
  rms_host_fini(&host_state);
  job.limits.cpu = 1e-9;
  job.limits.is_work_limited = true;
  job.limits.work = 5;
  rms_host_init(&host, &host_state, page_of(state), &job, 0, 1);
  assert_true(host.should_stop(host.ctx, 4) == 0);
  assert_true(host.should_stop(host.ctx, 5) == 1);
  rms_host_fini(&host_state);
}

/* CPU time of the points rises with the CPU that the process uses, by as much. */
static void points_carry_cpu_time(void **state)
{
  const struct rms_job job = {.islands = 1, .limits = {.time = 1e6, .work = UINT64_MAX}};
  struct rms_host_state host_state;
  struct rms_host host;
  volatile double sum = 0;

  rms_host_init(&host, &host_state, page_of(state), &job, 0, 1);
  for (int i = 1; i <= 2; i++) {
    const struct rms_incumbent inc = {.size = sizeof inc,
                                      .objective = {10.0 - i},
                                      .bound = NAN,
                                      .work = (uint64_t)i,
                                      .solution = "x",
                                      .solution_bytes = 1};
    for (int k = 0; k < 100000; k++) sum += k;
    host.report(host.ctx, &inc);
  }
  const struct rms_trace *trace = &page_of(state)->trace;
  assert_int_equal(trace->n, 2);
  assert_true(trace->point[0].cpu > 0 && trace->point[1].cpu > trace->point[0].cpu);
  rms_host_fini(&host_state);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(cpu_limit_stops, new_page, free_page),
      cmocka_unit_test_setup_teardown(points_carry_cpu_time, new_page, free_page),
  };
  return cmocka_run_group_tests_name("host", tests, NULL, NULL);
}
