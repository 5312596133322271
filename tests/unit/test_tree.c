/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a tree of processes uses: in a folder that looks like /proc, and in /proc. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "file_fixture.h"
#include "harness/limits.h"
#include "harness/tree.h"

/* The fields of proc(5) that count are `ticks` (four times), `threads` and `pages`. */
static void put_process(const char *folder, long pid, const char *name, char mode, int ticks,
                        int threads, int pages, const char *children)
{
  char path[64], text[256];
  snprintf(path, sizeof path, "%ld/stat", pid);
  snprintf(text, sizeof text,
           "%ld (%s) %c 1 2 3 4 5 6 7 8 9 10 %d %d %d %d 20 0 %d 0 999 123456789 %d 0 0\n", pid,
           name, mode, ticks, ticks, ticks, ticks, threads, pages);
  put_file(folder, path, text);
  snprintf(path, sizeof path, "%ld/task/%ld/children", pid, pid);
  put_file(folder, path, children);
}

static void a_tree_is_added_up(void **state)
{
  char folder[] = "/tmp/rms-tree-XXXXXX", command[64];
  struct rms_tree tree;
  const double tick = 1 / (double)sysconf(_SC_CLK_TCK);
  const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
  (void)state;
  assert_non_null(mkdtemp(folder));
  put_process(folder, 10, "root", 'S', 1000, 1, 7, "11 12 ");
  put_process(folder, 11, "a) R 1 (b", 'R', 2, 3, 5, "13"); /* a name may hold anything */
  put_process(folder, 12, "gone", 'Z', 100, 1, 0, "");
  put_process(folder, 13, "deep", 'S', 3, 1, 11, "999 "); /* which has ended meanwhile */
  put_file(folder, "11/task/20/children", "14 ");         /* forked by another thread */
  put_process(folder, 14, "late", 'S', 0, 1, 2, "");
  put_file(folder, "11/smaps_rollup",
           "00-ff ---p 00000000 00:00 0 [rollup]\nRss:  9 kB\nPss:  5 kB\n");
  put_file(folder, "13/smaps_rollup",
           "00-ff ---p 00000000 00:00 0 [rollup]\nRss:  9 kB\nPss:  2 kB\n");
  assert_int_equal(rms_tree_read(&tree, folder, 10, false), 0);
  assert_int_equal(tree.n, 3);
  assert_int_equal(tree.threads, 5);
  assert_int_equal(tree.resident, 18 * page);
  assert_true(tree.cpu > 19.5 * tick && tree.cpu < 20.5 * tick);
  assert_int_equal(rms_tree_share(folder, 10, false), 7 << 10);
  assert_int_equal(rms_tree_read(&tree, folder, 10, true), 0);
  assert_int_equal(tree.n, 4);
  assert_int_equal(tree.resident, 25 * page);
  assert_int_equal(rms_tree_read(&tree, folder, 77, true), RMS_E_IO);
  assert_int_equal(rms_tree_share(folder, 77, true), 0);
  snprintf(command, sizeof command, "rm -r %s", folder);
  assert_int_equal(system(command), 0);
}

/* More processes than are looked at, in a ring: it comes to an end. */
static void a_tree_without_end_is_cut(void **state)
{
  char folder[] = "/tmp/rms-tree-XXXXXX", command[64];
  struct rms_tree tree;
  (void)state;
  assert_non_null(mkdtemp(folder));
  put_process(folder, 10, "a", 'S', 0, 1, 1, "10 10");
  assert_int_equal(rms_tree_read(&tree, folder, 10, true), 0);
  assert_int_equal(tree.n, RMS_TREE_MAX);
  snprintf(command, sizeof command, "rm -r %s", folder);
  assert_int_equal(system(command), 0);
}

enum { CHILDREN = 4, MIB = 1 << 20 };

/* Children that share 32 MiB with this process and have 4 MiB of their own each. */
static void shared_pages_count_once(void **state)
{
  const size_t shared = 32 * (size_t)MIB, own = 4 * (size_t)MIB;
  char *block = malloc(shared);
  pid_t pids[CHILDREN];
  int ready[2];
  struct rms_tree tree;
  (void)state;
  assert_non_null(block);
  memset(block, 1, shared);
  assert_int_equal(pipe(ready), 0);
  for (int i = 0; i < CHILDREN; i++) {
    pids[i] = fork();
    if (pids[i]) continue;
    char *mine = mmap(NULL, own, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mine != MAP_FAILED) memset(mine, 2, own);
    (void)!write(ready[1], "x", 1);
    sleep(60);
    _exit(0);
  }
  for (int i = 0; i < CHILDREN; i++) {
    char byte;
    assert_int_equal(read(ready[0], &byte, 1), 1);
  }
  if (rms_tree_read(&tree, "/proc", getpid(), false) == RMS_OK) {
    const uint64_t share = rms_tree_share("/proc", getpid(), false);
    assert_int_equal(tree.n, CHILDREN);
    assert_true(tree.resident >= CHILDREN * (shared + own));
    if (share) { /* four of five parts of what is shared */
      assert_true(share >= CHILDREN * own);
      assert_true(share + 2 * shared < tree.resident);
    }
  }
  for (int i = 0; i < CHILDREN; i++) {
    kill(pids[i], SIGKILL);
    waitpid(pids[i], NULL, 0);
  }
  close(ready[0]);
  close(ready[1]);
  free(block);
}

static void limits_are_judged(void **state)
{
  struct rms_limits limits = {.time = 10, .memory = 1000};
  struct rms_tree tree = {.n = 2, .threads = 3, .resident = 1001, .cpu = 21};
  (void)state;
  assert_int_equal(rms_limits_judge(&limits, RMS_MEMORY_SAMPLED, &tree), RMS_OVER_MEMORY);
  assert_int_equal(rms_limits_judge(&limits, RMS_MEMORY_GROUP, &tree), RMS_OVER_NOTHING);
  assert_int_equal(rms_limits_judge(&limits, RMS_MEMORY_RLIMIT, &tree), RMS_OVER_NOTHING);
  tree.resident = 1000;
  assert_int_equal(rms_limits_judge(&limits, RMS_MEMORY_SAMPLED, &tree), RMS_OVER_NOTHING);
  tree.resident = 5000;
  tree.n = 1; /* its address space is limited */
  assert_int_equal(rms_limits_judge(&limits, RMS_MEMORY_SAMPLED, &tree), RMS_OVER_NOTHING);
  limits.processes = 3;
  assert_int_equal(rms_limits_judge(&limits, RMS_MEMORY_SAMPLED, &tree), RMS_OVER_NOTHING);
  limits.processes = 2;
  assert_int_equal(rms_limits_judge(&limits, RMS_MEMORY_SAMPLED, &tree), RMS_OVER_PROCESSES);
  limits.processes = 0;
  limits.cpu = 10; /* and a quarter, and the grace */
  assert_int_equal(rms_limits_judge(&limits, RMS_MEMORY_NONE, &tree), RMS_OVER_NOTHING);
  tree.n = 2;
  assert_int_equal(rms_limits_judge(&limits, RMS_MEMORY_NONE, &tree), RMS_OVER_CPU);
  tree.cpu = 13.5;
  assert_int_equal(rms_limits_judge(&limits, RMS_MEMORY_NONE, &tree), RMS_OVER_NOTHING);
}

static void ways_have_names(void **state)
{
  struct rms_limits limits = {.time = 1};
  (void)state;
  assert_int_equal(rms_memory_way(&limits, true, true), RMS_MEMORY_NONE);
  limits.memory = 1;
  assert_int_equal(rms_memory_way(&limits, true, false), RMS_MEMORY_GROUP);
  assert_string_equal(rms_memory_text(RMS_MEMORY_GROUP), "cgroup");
  assert_string_equal(rms_memory_text(RMS_MEMORY_SAMPLED), "rlimit_as+rss");
  assert_string_equal(rms_memory_text(RMS_MEMORY_RLIMIT), "rlimit_as");
  assert_string_equal(rms_memory_text(RMS_MEMORY_NONE), "none");
  assert_string_equal(rms_memory_text((enum rms_memory_way)99), "unknown");
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_tree_is_added_up),      cmocka_unit_test(a_tree_without_end_is_cut),
      cmocka_unit_test(shared_pages_count_once), cmocka_unit_test(limits_are_judged),
      cmocka_unit_test(ways_have_names),
  };
  return cmocka_run_group_tests_name("tree", tests, NULL, NULL);
}
