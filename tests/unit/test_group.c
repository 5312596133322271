/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Control groups in a folder that stands for one: what is written where, who is moved, and that
 * nothing happens where we have no right. The kernel's part is in tests/crash/limits.sh. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "file_fixture.h"
#include "harness/group.h"

static char folder[64];

static void put(const char *name, const char *text)
{
  put_file(folder, name, text);
}

static void assert_file(const char *name, const char *wanted)
{
  char path[256], text[128] = "";
  snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE *file = fopen(path, "re");
  if (!file) fail_msg("%s is not there", path);
  const size_t n = fread(text, 1, sizeof text - 1, file);
  fclose(file);
  text[n] = 0;
  assert_string_equal(text, wanted);
}

static bool is_there(const char *name)
{
  char path[256];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  return access(path, F_OK) == 0;
}

static int make_folder(void **state)
{
  (void)state;
  strcpy(folder, "/tmp/rms-group-XXXXXX");
  if (!mkdtemp(folder)) return -1;
  put("cgroup.controllers", "cpuset cpu io memory pids\n");
  put("cgroup.subtree_control", "");
  put("cgroup.procs", "4711\n");
  return 0;
}

static int remove_folder(void **state)
{
  char command[128];
  (void)state;
  snprintf(command, sizeof command, "rm -rf %s", folder);
  return system(command);
}

static void whoever_runs_there_is_moved(void **state)
{
  struct rms_groups groups;
  (void)state;
  rms_groups_open(&groups, folder);
  assert_string_equal(groups.folder, folder);
  assert_true(groups.has_pids);
  assert_file("rms-harness/cgroup.procs", "4711");
  assert_file("cgroup.subtree_control", "+pids"); /* the last of the two that were asked for */
}

static void what_is_ready_is_left_alone(void **state)
{
  struct rms_groups groups;
  (void)state;
  put("cgroup.subtree_control", "memory pids\n");
  rms_groups_open(&groups, folder);
  assert_string_equal(groups.folder, folder);
  assert_false(is_there("rms-harness"));
}

static void without_the_right_or_the_controller_there_is_none(void **state)
{
  struct rms_groups groups;
  (void)state;
  rms_groups_open(&groups, "off");
  assert_string_equal(groups.folder, "");
  rms_groups_open(&groups, "/nowhere/at/all");
  assert_string_equal(groups.folder, "");
  put("cgroup.controllers", "cpu memoryless pids\n");
  rms_groups_open(&groups, folder);
  assert_string_equal(groups.folder, "");
  assert_false(is_there("rms-harness"));
  struct rms_group group;
  const struct rms_limits limits = {.memory = 1};
  assert_int_equal(rms_group_open(&group, &groups, "a", &limits), RMS_E_IO);
  assert_string_equal(group.folder, "");
  rms_group_close(&group, NULL);
}

static void limits_are_written(void **state)
{
  struct rms_groups groups;
  struct rms_group group;
  const struct rms_limits limits = {.memory = 123456789, .processes = 42};
  (void)state;
  rms_groups_open(&groups, folder);
  assert_int_equal(rms_group_open(&group, &groups, "job", &limits), 0);
  assert_file("job/memory.max", "123456789");
  assert_file("job/memory.swap.max", "0");
  assert_file("job/memory.oom.group", "1");
  assert_file("job/pids.max", "42");
  assert_int_equal(rms_group_enter(&group), 0);
  assert_file("job/cgroup.procs", "0");
  struct rms_group again;
  assert_int_equal(rms_group_open(&again, &groups, "job", &limits), RMS_E_IO); /* is taken */
  groups.has_pids = false;
  assert_int_equal(rms_group_open(&again, &groups, "other", &limits), 0);
  assert_false(is_there("other/pids.max"));
}

static void what_was_used_is_read(void **state)
{
  struct rms_groups groups;
  struct rms_group group, empty;
  struct rms_group_use use;
  const struct rms_limits limits = {.memory = 0};
  (void)state;
  rms_groups_open(&groups, folder);
  assert_int_equal(rms_group_open(&group, &groups, "job", &limits), 0);
  put("job/memory.peak", "98765\n");
  put("job/memory.events", "low 0\nhigh 0\nmax 7\noom 2\noom_kill 1\noom_group_kill 1\n");
  rms_group_close(&group, &use);
  assert_int_equal(use.peak_memory, 98765);
  assert_true(use.has_hit_memory);
  assert_string_equal(group.folder, "");
  assert_int_equal(rms_group_open(&empty, &groups, "empty", &limits), 0);
  rms_group_close(&empty, &use);
  assert_true(use.peak_memory == 0 && !use.has_hit_memory);
  assert_false(is_there("empty"));
}

/* The kernel's own folders, where we may make one: a process that is in a group is killed with it.
 * No controller is needed for that. */
static void what_is_left_in_a_group_is_killed(void **state)
{
  static const char *const mounts[] = {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"};
  struct rms_groups groups = {.folder = ""};
  struct rms_group group;
  const struct rms_limits limits = {.memory = 0};
  char path[PATH_MAX];
  int ready[2];
  (void)state;
  for (size_t i = 0; i < 2 && !groups.folder[0]; i++) {
    snprintf(path, sizeof path, "%s/rms-test-%ld", mounts[i], (long)getpid());
    if (mkdir(path, 0777) < 0) continue;
    snprintf(groups.folder, sizeof groups.folder, "%s", path);
    strcat(path, "/cgroup.kill");
    if (access(path, W_OK) == 0) break;
    rmdir(groups.folder);
    groups.folder[0] = 0;
  }
  if (!groups.folder[0]) skip();
  assert_int_equal(rms_group_open(&group, &groups, "job", &limits), 0);
  assert_int_equal(pipe(ready), 0);
  const pid_t pid = fork();
  if (pid == 0) {
    const char done = rms_group_enter(&group) == RMS_OK ? 'y' : 'n';
    if (fork() > 0) (void)!write(ready[1], &done, 1);
    sleep(60);
    _exit(0);
  }
  char answer = 'n';
  assert_int_equal(read(ready[0], &answer, 1), 1);
  assert_int_equal(answer, 'y');
  int status;
  struct rms_group_use use;
  strcpy(path, group.folder);
  rms_group_close(&group, &use);
  assert_int_equal(waitpid(pid, &status, 0), pid);
  assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
  assert_int_equal(access(path, F_OK), -1);
  close(ready[0]);
  close(ready[1]);
  assert_int_equal(rmdir(groups.folder), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)
  const struct CMUnitTest tests[] = {
      TEST(whoever_runs_there_is_moved),
      TEST(what_is_ready_is_left_alone),
      TEST(without_the_right_or_the_controller_there_is_none),
      TEST(limits_are_written),
      TEST(what_was_used_is_read),
      cmocka_unit_test(what_is_left_in_a_group_is_killed),
  };
  return cmocka_run_group_tests_name("group", tests, NULL, NULL);
}
