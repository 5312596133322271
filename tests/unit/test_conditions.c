/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is doubtful about a machine, in folders that look like /sys and /proc of one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "file_fixture.h"
#include "harness/conditions.h"

static char root[64];

static void put(const char *name, const char *text)
{
  put_file(root, name, text);
}

static void put_cpu(int cpu, const char *governor, const char *throttled)
{
  char path[128];
  snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%d/topology/core_id", cpu);
  put(path, "0\n");
  snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%d/cpufreq/scaling_governor", cpu);
  if (governor) put(path, governor);
  snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%d/thermal_throttle/core_throttle_count",
           cpu);
  if (throttled) put(path, throttled);
}

static int make_root(void **state)
{
  (void)state;
  strcpy(root, "/tmp/rms-conditions-XXXXXX");
  return mkdtemp(root) ? 0 : -1;
}

static int remove_root(void **state)
{
  char command[128];
  (void)state;
  snprintf(command, sizeof command, "rm -rf %s", root);
  return system(command);
}

static void assert_warnings(const struct rms_conditions *now, const struct rms_slots *slots,
                            enum rms_packing packing, int ranks, const char *wanted)
{
  struct rms_text text = {0};
  rms_conditions_warn(now, slots, packing, (struct rms_neighbours){ranks, 0}, &text);
  assert_string_equal(text.data, wanted);
  rms_text_fini(&text);
}

static void assert_end(const struct rms_conditions *before, const struct rms_conditions *now,
                       const char *wanted)
{
  struct rms_text text = {0};
  rms_conditions_warn_end(before, now, &text);
  assert_string_equal(text.data, wanted);
  rms_text_fini(&text);
}

static void what_cannot_be_read_is_not_warned_of(void **state)
{
  struct rms_conditions now;
  struct rms_text text = {0};
  const struct rms_slots slots = {.n = 1, .n_node = 4};
  (void)state;
  rms_conditions_read(&now, root);
  rms_conditions_print(&now, &text);
  assert_string_equal(text.data,
                      "\"n_hot\":null,\"n_quota\":null,\"swap_bytes\":null,\"n_swapped\":null");
  rms_text_fini(&text);
  assert_warnings(&now, &slots, RMS_PACK_CORES, 1, "[]");
  assert_end(&now, &now, "[]");
}

static void the_machine_is_read(void **state)
{
  struct rms_conditions before, now;
  const struct rms_slots slots = {.n = 1, .n_node = 4};
  (void)state;
  put_cpu(0, "performance\n", "3\n");
  put_cpu(1, "powersave\n", "4\n");
  put("/proc/meminfo", "MemTotal: 8 kB\nSwapTotal:  204800 kB\nSwapFree:  102400 kB\n");
  put("/proc/vmstat", "nr_free_pages 1\npswpin 10\npswpout 20\n");
  put("/proc/self/cgroup", "9:memory:/m\n0::/user/mine\n");
  put("/sys/fs/cgroup/user/mine/cpu.stat", "usage_usec 1\nnr_periods 7\nnr_throttled 5\n");
  rms_conditions_read(&before, root);
  assert_int_equal(before.n_hot, 7);
  assert_int_equal(before.n_quota, 5);
  assert_int_equal(before.swap_bytes, 100 << 20);
  assert_int_equal(before.n_swapped, 30);
  assert_warnings(&before, &slots, RMS_PACK_CORES, 1,
                  "[\"governor: powersave, not performance, so that the clock changes with the "
                  "load\",\"swap: 100 MiB in use at the beginning\"]");
  assert_end(&before, &before, "[]"); /* what was before the launch does not count */
  put_cpu(1, "powersave\n", "6\n");
  put("/proc/vmstat", "pswpin 10\npswpout 27\n");
  put("/sys/fs/cgroup/user/mine/cpu.stat", "nr_throttled 8\n");
  rms_conditions_read(&now, root);
  assert_end(&before, &now,
             "[\"throttled: cores were slowed down for heat 2 times\",\"throttled: the CPU quota "
             "was used up 3 times\",\"swap: 7 pages were moved to or from swap meanwhile\"]");
}

static void the_old_hierarchy_has_its_quota(void **state)
{
  struct rms_conditions now;
  (void)state;
  put("/proc/self/cgroup", "5:cpu,cpuacct:/job/7\n1:name=systemd:/x\n");
  put("/sys/fs/cgroup/cpu,cpuacct/job/7/cpu.stat", "nr_periods 9\nnr_throttled 2\n");
  rms_conditions_read(&now, root);
  assert_int_equal(now.n_quota, 2);
}

static void placement_is_warned_of(void **state)
{
  struct rms_conditions now;
  struct rms_slots slots = {.n_node = 4, .is_oversubscribed = true};
  (void)state;
  rms_conditions_read(&now, root);
  assert_warnings(&now, &slots, RMS_PACK_CORES, 6,
                  "[\"oversubscribed: 6 ranks on 4 cores take turns\"]");
  assert_warnings(&now, &slots, RMS_PACK_NONE, 6,
                  "[\"oversubscribed: 6 ranks on 4 cores take turns\"]");
  slots = (struct rms_slots){.n_node = 8, .is_smt_shared = true, .is_hybrid = true};
  assert_warnings(&now, &slots, RMS_PACK_UNITS, 6,
                  "[\"SMT shared: solvers run on hardware threads of one core and slow each other "
                  "down\",\"hybrid cores: solvers run on cores that are not equally fast\"]");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_root, remove_root)
  const struct CMUnitTest tests[] = {
      TEST(what_cannot_be_read_is_not_warned_of),
      TEST(the_machine_is_read),
      TEST(the_old_hierarchy_has_its_quota),
      TEST(placement_is_warned_of),
  };
  return cmocka_run_group_tests_name("conditions", tests, NULL, NULL);
}
