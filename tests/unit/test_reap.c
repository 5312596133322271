/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Processes that do not want to die: they are found and reaped, wherever they hide. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "harness/reap.h"

enum { LIFE_SECONDS = 20 };

static void hide(void)
{
  setsid();
  signal(SIGTERM, SIG_IGN);
  signal(SIGHUP, SIG_IGN);
}

/* A child that leaves `n` sleepers behind, each in a session of its own, and is gone. */
static void leave_sleepers(int n)
{
  const pid_t pid = fork();

  if (pid == 0) {
    for (int i = 0; i < n; i++) {
      if (fork() == 0) {
        hide();
        sleep(LIFE_SECONDS);
        _exit(0);
      }
    }
    _exit(0);
  }
  assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void test_sleepers(void **state)
{
  (void)state;
  assert_int_equal(rms_reap_strays(), 0);
  leave_sleepers(20);
  assert_int_equal(rms_reap_strays(), 20);
  assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

/* A process that forks its successor and ends, again and again: a moving target. */
static void test_moving_target(void **state)
{
  (void)state;
  if (fork() == 0) {
    for (int i = 0; i < 20000; i++) {
      hide();
      if (fork() != 0) _exit(0);
    }
    _exit(0);
  }
  usleep(20000);
  assert_true(rms_reap_strays() > 0);
  assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

/* Each forks two that do the same, down to a depth: a bomb that goes out by itself if nobody helps.
 */
static void test_bomb(void **state)
{
  (void)state;
  if (fork() == 0) {
    for (int depth = 0; depth < 6; depth++) {
      if (fork() == 0) hide();
    }
    sleep(LIFE_SECONDS);
    _exit(0);
  }
  usleep(2000); /* it is still growing */
  assert_true(rms_reap_strays() > 0);
  assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_sleepers),
                                     cmocka_unit_test(test_moving_target),
                                     cmocka_unit_test(test_bomb)};

  prctl(PR_SET_CHILD_SUBREAPER, 1);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
