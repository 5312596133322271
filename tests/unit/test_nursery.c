/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "harness/isolate.h"
#include "harness/nursery.h"
#include "instances/family.h"
#include "ledger.h"

static struct rms_job null_job(void)
{
  struct rms_job job = {.family = "serve",
                        .reference = "serve:services=3",
                        .group = "unit",
                        .solver = "dummy",
                        .params = "delay=0.2",
                        .label = "dummy",
                        .islands = 1,
                        .limits = {.is_work_limited = true, .time = 60, .work = 100}};
  assert_int_equal(rms_job_identify(&job), 0);
  return job;
}

/* The only child of a process. */
static pid_t child_of(pid_t parent)
{
  char path[64];
  long child = 0;
  snprintf(path, sizeof path, "/proc/%ld/task/%ld/children", (long)parent, (long)parent);
  FILE *file = fopen(path, "r");
  assert_non_null(file);
  if (fscanf(file, "%ld", &child) != 1) child = 0;
  fclose(file);
  return (pid_t)child;
}

static void await(struct rms_helper *helper, struct rms_event *event)
{
  do {
    struct pollfd wait = {.fd = rms_helper_fd(helper), .events = POLLIN};
    poll(&wait, 1, -1);
    assert_int_equal(rms_helper_receive(helper, event, NULL), 0);
  } while (event->kind == RMS_EVENT_NONE || event->kind == RMS_EVENT_PROGRESS);
}

static void run(struct rms_helper *helper)
{
  const struct rms_job job = null_job();
  struct rms_event event;
  assert_int_equal(rms_helper_submit(helper, &job, NULL), 0);
  await(helper, &event);
  assert_int_equal(event.kind, RMS_EVENT_RESULT);
  assert_int_equal(event.run.end, RMS_END_EXIT);
}

static void a_dead_helper_is_replaced(void **state)
{
  struct rms_nursery *nursery = NULL;
  struct rms_helper *helper = NULL;
  struct rms_event event;
  const struct rms_job job = null_job();

  (void)state;
  assert_int_equal(rms_nursery_open(&nursery, RMS_PACK_NONE, NULL), 0);
  const pid_t self = getpid(), tender = child_of(self);
  for (int i = 0; i < 3; i++) {
    assert_int_equal(rms_helper_start_in(nursery, &helper, NULL, 0, NULL), 0);
    assert_int_equal(child_of(self), tender);
    run(helper);
    assert_int_equal(rms_helper_submit(helper, &job, NULL), 0);
    kill(child_of(tender), SIGKILL);
    await(helper, &event);
    assert_int_equal(event.kind, RMS_EVENT_GONE);
    rms_helper_stop(helper);
    assert_int_equal(child_of(tender), 0);
  }
  rms_nursery_close(nursery);
  assert_int_equal(child_of(self), 0);
}

static void a_helper_outlives_its_nursery(void **state)
{
  struct rms_nursery *nursery = NULL;
  struct rms_helper *helper = NULL, *second = NULL;
  struct rms_error err = {0};

  (void)state;
  assert_int_equal(rms_nursery_open(&nursery, RMS_PACK_NONE, NULL), 0);
  assert_int_equal(rms_helper_start_in(nursery, &helper, NULL, 0, NULL), 0);
  const pid_t tender = child_of(getpid());
  kill(tender, SIGKILL);
  run(helper);
  assert_int_equal(rms_helper_start_in(nursery, &second, NULL, 0, &err), RMS_E_IO);
  assert_non_null(strstr(err.text, "nursery is gone"));
  rms_helper_stop(helper);
  rms_nursery_close(nursery);
  rms_nursery_close(NULL);
}

/* Void, not a death: whoever killed it, it was not the solver. */
static void a_process_killed_from_outside_is_lost(void **state)
{
  struct rms_nursery *nursery = NULL;
  struct rms_helper *helper = NULL;
  struct rms_event event;
  struct rms_job job = null_job();

  (void)state;
  job.params = "delay=20";
  assert_int_equal(rms_job_identify(&job), 0);
  assert_int_equal(rms_nursery_open(&nursery, RMS_PACK_NONE, NULL), 0);
  assert_int_equal(rms_helper_start_in(nursery, &helper, NULL, 0, NULL), 0);
  for (int depth = 1; depth <= 3; depth++) { /* the minder, then a solver, twice */
    assert_int_equal(rms_helper_submit(helper, &job, NULL), 0);
    pid_t victim = 0;
    while (!victim) {
      victim = child_of(child_of(child_of(getpid())));
      if (victim && depth > 1) victim = child_of(victim);
    }
    if (depth == 3) { /* which a scheduler sends first; not before the solver has its own signals */
      const struct timespec pause = {.tv_nsec = 300000000};
      nanosleep(&pause, NULL);
    }
    kill(victim, depth == 3 ? SIGTERM : SIGKILL);
    await(helper, &event);
    assert_int_equal(event.kind, RMS_EVENT_RESULT);
    assert_int_equal(event.run.end, RMS_END_LOST);
    assert_string_equal(event.run.verdict, "none");
    assert_non_null(strstr(event.run.why, "from outside"));
  }
  rms_helper_stop(helper);
  rms_nursery_close(nursery);
}

static bool is_there(pid_t pid)
{
  return kill(pid, 0) == 0;
}

/* With all that it watched, and what a solver has forked into a session of its own. */
static void who_stands_still_is_gone(void **state)
{
  const double patience = 2; /* seconds */
  struct rms_nursery *nursery = NULL;
  struct rms_helper *helper = NULL;
  struct rms_event event;
  struct rms_job job = null_job();

  (void)state;
  job.params = "delay=0.2,incumbents=100,misbehave=setsid,at=0";
  assert_int_equal(rms_job_identify(&job), 0);
  assert_int_equal(rms_nursery_open(&nursery, RMS_PACK_NONE, NULL), 0);
  for (int depth = 0; depth < 2; depth++) { /* the helper; the minder */
    assert_int_equal(rms_helper_start_in(nursery, &helper, NULL, patience, NULL), 0);
    assert_int_equal(rms_helper_submit(helper, &job, NULL), 0);
    const pid_t tender = child_of(getpid()), own = child_of(tender);
    pid_t minder = 0, solver = 0, stray = 0;
    while (!stray) {
      minder = child_of(own);
      if (minder) solver = child_of(minder);
      if (solver) stray = child_of(solver);
    }
    assert_false(rms_helper_is_silent(helper));
    kill(depth ? minder : own, SIGSTOP);
    do {
      struct pollfd wait = {.fd = rms_helper_fd(helper), .events = POLLIN};
      poll(&wait, 1, 100);
      assert_int_equal(rms_helper_receive(helper, &event, NULL), 0);
    } while (event.kind != RMS_EVENT_GONE);
    assert_true(rms_helper_is_silent(helper));
    rms_helper_stop(helper);
    assert_int_equal(child_of(tender), 0);
    assert_false(is_there(own) || is_there(minder) || is_there(solver) || is_there(stray));
  }
  rms_nursery_close(nursery);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_dead_helper_is_replaced),
      cmocka_unit_test(a_helper_outlives_its_nursery),
      cmocka_unit_test(a_process_killed_from_outside_is_lost),
      cmocka_unit_test(who_stands_still_is_gone),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
