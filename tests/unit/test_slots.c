/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which rank gets which cores, on machines that nobody here owns (hwloc's synthetic topologies),
 * and how launches on one machine keep out of each other's way. */
#include <hwloc.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "harness/binding.h"

static hwloc_topology_t machine(const char *description)
{
  hwloc_topology_t topology;
  assert_int_equal(hwloc_topology_init(&topology), 0);
  assert_int_equal(hwloc_topology_set_synthetic(topology, description), 0);
  assert_int_equal(hwloc_topology_load(topology), 0);
  return topology;
}

/* "0 2 4": the units of a rank in order; "-": the kernel decides. */
static void assert_units(hwloc_topology_t topology, const char *mask, int ranks, int rank,
                         enum rms_packing packing, const char *wanted)
{
  struct rms_slots slots;
  char text[256] = "-";
  size_t at = 0;
  const struct rms_neighbours who = {ranks, rank};
  assert_int_equal(rms_slots_choose(&slots, topology, mask, who, packing), 0);
  for (size_t i = 0; i < slots.n; i++)
    at += (size_t)snprintf(text + at, sizeof text - at, "%s%u", i ? " " : "", slots.items[i].unit);
  assert_string_equal(text, wanted);
  rms_slots_fini(&slots);
}

static void two_packages_of_four_cores_of_two_threads(void **state)
{
  hwloc_topology_t topology = machine("pack:2 core:4 pu:2");
  struct rms_slots slots;
  (void)state;
  assert_units(topology, NULL, 1, 0, RMS_PACK_CORES, "0 2 4 6 8 10 12 14"); /* siblings idle */
  assert_units(topology, NULL, 1, 0, RMS_PACK_UNITS, "0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15");
  assert_units(topology, NULL, 2, 0, RMS_PACK_CORES, "0 2 4 6"); /* a package each */
  assert_units(topology, NULL, 2, 1, RMS_PACK_CORES, "8 10 12 14");
  assert_units(topology, NULL, 8, 7, RMS_PACK_CORES, "14");
  assert_units(topology, NULL, 3, 1, RMS_PACK_CORES, "4 6 8");
  assert_units(topology, NULL, 9, 0, RMS_PACK_CORES, "-");
  assert_units(topology, NULL, 9, 1, RMS_PACK_UNITS, "1 2");
  assert_units(topology, NULL, 16, 15, RMS_PACK_UNITS, "15");
  assert_units(topology, NULL, 17, 3, RMS_PACK_UNITS, "-");
  assert_units(topology, NULL, 2, 1, RMS_PACK_NONE, "-");
  /* within what is allowed: a core whose first thread is not, cores that are not */
  assert_units(topology, "3,6-9", 1, 0, RMS_PACK_CORES, "3 6 8");
  assert_units(topology, "3,6-9", 3, 1, RMS_PACK_CORES, "6");
  assert_units(topology, "3,6-9", 1, 0, RMS_PACK_UNITS, "3 6 7 8 9");
  assert_units(topology, "100", 1, 0, RMS_PACK_CORES, "-");
  assert_int_equal(
      rms_slots_choose(&slots, topology, "x", (struct rms_neighbours){1, 0}, RMS_PACK_CORES),
      RMS_E_FORMAT);
  assert_int_equal(
      rms_slots_choose(&slots, topology, NULL, (struct rms_neighbours){9, 0}, RMS_PACK_CORES), 0);
  assert_true(slots.is_oversubscribed && !slots.is_smt_shared && slots.n_node == 8);
  assert_int_equal(
      rms_slots_choose(&slots, topology, NULL, (struct rms_neighbours){9, 0}, RMS_PACK_UNITS), 0);
  assert_true(!slots.is_oversubscribed && slots.is_smt_shared && slots.n_node == 16);
  assert_int_equal(slots.items[0].n_siblings, 1);
  rms_slots_fini(&slots);
  assert_int_equal(
      rms_slots_choose(&slots, topology, NULL, (struct rms_neighbours){8, 1}, RMS_PACK_CORES), 0);
  assert_int_equal(slots.items[0].n_siblings, 2); /* its sibling is taken with it */
  assert_int_equal(slots.items[0].siblings[1], 3);
  rms_slots_fini(&slots);
  hwloc_topology_destroy(topology);
}

static void one_core(void **state)
{
  hwloc_topology_t topology = machine("core:1 pu:1");
  (void)state;
  assert_units(topology, NULL, 1, 0, RMS_PACK_CORES, "0");
  assert_units(topology, NULL, 1, 0, RMS_PACK_UNITS, "0");
  assert_units(topology, NULL, 2, 1, RMS_PACK_CORES, "-");
  assert_units(topology, NULL, 0, -3, RMS_PACK_CORES, "0"); /* nonsense of a launcher: alone */
  hwloc_topology_destroy(topology);
}

static void numa_nodes_are_shared_out_whole(void **state)
{
  hwloc_topology_t topology = machine("numa:4 core:4 pu:1");
  (void)state;
  for (int ranks = 1; ranks <= 16; ranks++) {
    for (int rank = 0; rank < ranks; rank++) {
      struct rms_slots slots;
      assert_int_equal(rms_slots_choose(&slots, topology, NULL,
                                        (struct rms_neighbours){ranks, rank}, RMS_PACK_CORES),
                       0);
      for (size_t i = 0; i < slots.n; i++) {
        assert_int_equal(slots.items[i].node, slots.items[i].unit / 4);
        if (16 % ranks == 0 && ranks >= 4) /* then a share lies in one node */
          assert_int_equal(slots.items[i].node, slots.items[0].node);
      }
      rms_slots_fini(&slots);
    }
  }
  assert_units(topology, NULL, 4, 2, RMS_PACK_CORES, "8 9 10 11");
  hwloc_topology_destroy(topology);
}

/* Two fast cores of two threads, four slow ones of one. */
static void fast_cores_come_first(void **state)
{
  hwloc_topology_t topology = machine("core:6 pu:2");
  hwloc_bitmap_t fast = hwloc_bitmap_alloc(), slow = hwloc_bitmap_alloc();
  struct rms_slots slots;
  (void)state;
  hwloc_bitmap_set_range(fast, 8, 11);
  hwloc_bitmap_set_range(slow, 0, 7);
  assert_int_equal(hwloc_cpukinds_register(topology, fast, 10, 0, NULL, 0), 0);
  assert_int_equal(hwloc_cpukinds_register(topology, slow, 1, 0, NULL, 0), 0);
  assert_units(topology, NULL, 1, 0, RMS_PACK_CORES, "8 10");
  assert_units(topology, NULL, 2, 0, RMS_PACK_CORES, "8");
  assert_units(topology, NULL, 2, 1, RMS_PACK_CORES, "10");
  assert_units(topology, NULL, 3, 2, RMS_PACK_CORES, "8 10"); /* there are not enough of them */
  assert_units(topology, "0-7", 1, 0, RMS_PACK_CORES, "0 2 4 6");
  assert_int_equal(
      rms_slots_choose(&slots, topology, NULL, (struct rms_neighbours){3, 0}, RMS_PACK_CORES), 0);
  assert_true(slots.is_hybrid);
  rms_slots_fini(&slots);
  assert_int_equal(
      rms_slots_choose(&slots, topology, NULL, (struct rms_neighbours){2, 0}, RMS_PACK_CORES), 0);
  assert_false(slots.is_hybrid);
  rms_slots_fini(&slots);
  hwloc_bitmap_free(fast);
  hwloc_bitmap_free(slow);
  hwloc_topology_destroy(topology);
}

/* Shares of the ranks of a node are disjoint, lie within the mask, differ by one in size at most,
 * and have no two units of one core unless packed. */
static void shares_never_overlap(void **state)
{
  static const char *const machines[] = {"pack:2 core:4 pu:2", "numa:4 core:4 pu:1", "core:3 pu:4",
                                         "pack:2 numa:2 core:2 pu:2", "pu:7"};
  static const int threads[] = {2, 1, 4, 2, 1};
  static const char *const masks[] = {NULL, "0-4", "1,3,5,7", "2"};
  (void)state;
  for (size_t m = 0; m < sizeof machines / sizeof *machines; m++) {
    hwloc_topology_t topology = machine(machines[m]);
    for (size_t k = 0; k < sizeof masks / sizeof *masks; k++) {
      hwloc_bitmap_t mask = hwloc_bitmap_alloc_full();
      if (masks[k]) hwloc_bitmap_list_sscanf(mask, masks[k]);
      for (int packing = RMS_PACK_CORES; packing <= RMS_PACK_UNITS; packing++) {
        for (int ranks = 1; ranks <= 20; ranks++) {
          unsigned char used[64] = {0};
          size_t least = SIZE_MAX, most = 0;
          for (int rank = 0; rank < ranks; rank++) {
            struct rms_slots slots;
            assert_int_equal(rms_slots_choose(&slots, topology, masks[k],
                                              (struct rms_neighbours){ranks, rank},
                                              (enum rms_packing)packing),
                             0);
            assert_int_equal(slots.n == 0, slots.is_oversubscribed);
            if (slots.n < least) least = slots.n;
            if (slots.n > most) most = slots.n;
            for (size_t i = 0; i < slots.n; i++) {
              const unsigned unit = slots.items[i].unit;
              const unsigned place = packing == RMS_PACK_UNITS ? unit : unit / (unsigned)threads[m];
              assert_true(hwloc_bitmap_isset(mask, unit));
              assert_int_equal(used[place]++, 0);
            }
            rms_slots_fini(&slots);
          }
          assert_true(most - least <= 1);
        }
      }
      hwloc_bitmap_free(mask);
    }
    hwloc_topology_destroy(topology);
  }
}

static void set(const char *name, const char *value)
{
  if (value)
    assert_int_equal(setenv(name, value, 1), 0);
  else
    assert_int_equal(unsetenv(name), 0);
}

static void launchers_tell_who_is_here(void **state)
{
  static const struct {
    const char *ompi[2], *mpich[2], *slurm[3]; /* size, rank (and node) */
    int ranks, rank;
  } rows[] = {{{NULL, NULL}, {NULL, NULL}, {NULL, NULL, NULL}, 0, 0},
              {{"4", "3"}, {NULL, NULL}, {"9", "0", "0"}, 4, 3},
              {{"4", "4"}, {NULL, NULL}, {NULL, NULL, NULL}, 0, 0},
              {{"4", "x"}, {"2", "1"}, {NULL, NULL, NULL}, 2, 1},
              {{NULL, NULL}, {NULL, NULL}, {"2(x3),1", "1", "2"}, 2, 1},
              {{NULL, NULL}, {NULL, NULL}, {"2(x3),1", "0", "3"}, 1, 0},
              {{NULL, NULL}, {NULL, NULL}, {"8,3,8", "2", "1"}, 3, 2},
              {{NULL, NULL}, {NULL, NULL}, {"8", "2", "5"}, 0, 0},
              {{NULL, NULL}, {NULL, NULL}, {"(x", "2", "0"}, 0, 0}};
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    set("OMPI_COMM_WORLD_LOCAL_SIZE", rows[i].ompi[0]);
    set("OMPI_COMM_WORLD_LOCAL_RANK", rows[i].ompi[1]);
    set("MPI_LOCALNRANKS", rows[i].mpich[0]);
    set("MPI_LOCALRANKID", rows[i].mpich[1]);
    set("SLURM_STEP_TASKS_PER_NODE", rows[i].slurm[0]);
    set("SLURM_LOCALID", rows[i].slurm[1]);
    set("SLURM_NODEID", rows[i].slurm[2]);
    const struct rms_neighbours got = rms_neighbours_read();
    assert_int_equal(got.ranks, rows[i].ranks);
    assert_int_equal(got.rank, rows[i].rank);
  }
  set("SLURM_STEP_TASKS_PER_NODE", NULL);
  set("SLURM_LOCALID", NULL);
  set("SLURM_NODEID", NULL);
}

/* Units of no machine, so that no launch on this one is in the way. */
static struct rms_binding binding_of(unsigned first, unsigned n, unsigned n_siblings)
{
  struct rms_binding binding = {.slots = {.n = n, .items = calloc(n, sizeof(struct rms_slot))}};
  for (unsigned i = 0; i < n; i++) {
    struct rms_slot *slot = &binding.slots.items[i];
    slot->unit = first + i * n_siblings;
    slot->n_siblings = n_siblings;
    for (unsigned k = 0; k < n_siblings; k++) slot->siblings[k] = slot->unit + k;
  }
  return binding;
}

static void a_core_belongs_to_one_launch(void **state)
{
  const unsigned base = 1000000 + (unsigned)getpid() * 100;
  char text[RMS_BINDING_TEXT];
  struct rms_binding a = binding_of(base, 4, 1), b = binding_of(base, 4, 1);
  struct rms_binding c = binding_of(base, 4, 2);
  (void)state;
  assert_int_equal(rms_binding_take(&a, 1), 1);
  assert_int_equal(a.slots.items[0].unit, base);
  assert_int_equal(rms_binding_take(&a, 1), 1); /* the next job: the same */
  assert_int_equal(rms_binding_take(&b, 2), 2);
  assert_int_equal(b.slots.items[0].unit, base + 1);
  assert_int_equal(b.slots.items[1].unit, base + 2);
  assert_int_equal(rms_binding_take(&a, 3), 2); /* one is left */
  snprintf(text, sizeof text, "%u,%u", base, base + 3);
  char got[RMS_BINDING_TEXT];
  rms_binding_print(&a, 3, got);
  assert_string_equal(got, text);
  assert_int_equal(rms_binding_take(&c, 4), 2); /* cores of which no unit is taken */
  assert_int_equal(c.slots.items[0].unit, base + 4);
  rms_binding_close(&a);
  assert_int_equal(rms_binding_take(&b, 3), 3); /* what is given back can be had */
  assert_int_equal(b.slots.items[2].unit, base);
  rms_binding_print(&a, 3, got);
  assert_string_equal(got, "");
  rms_binding_close(&b);
  rms_binding_close(&c);
}

static void a_process_runs_where_it_is_bound(void **state)
{
  cpu_set_t allowed;
  unsigned unit = 0;
  (void)state;
  assert_int_equal(sched_getaffinity(0, sizeof allowed, &allowed), 0);
  while (!CPU_ISSET(unit, &allowed)) unit++;
  const pid_t pid = fork();
  if (pid == 0) {
    cpu_set_t own;
    int good = rms_bind_to(unit) == RMS_OK && !sched_getaffinity(0, sizeof own, &own) &&
               CPU_COUNT(&own) == 1 && CPU_ISSET(unit, &own);
    good = good && rms_bind_to(4000) == RMS_E_IO; /* there is none: nothing changes */
    good = good && !sched_getaffinity(0, sizeof own, &own) && CPU_ISSET(unit, &own);
    rms_bind_memory_locally();
    _exit(good ? 0 : 1);
  }
  int status = 0;
  assert_int_equal(waitpid(pid, &status, 0), pid);
  assert_int_equal(status, 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(two_packages_of_four_cores_of_two_threads),
      cmocka_unit_test(one_core),
      cmocka_unit_test(numa_nodes_are_shared_out_whole),
      cmocka_unit_test(fast_cores_come_first),
      cmocka_unit_test(shares_never_overlap),
      cmocka_unit_test(launchers_tell_who_is_here),
      cmocka_unit_test(a_core_belongs_to_one_launch),
      cmocka_unit_test(a_process_runs_where_it_is_bound),
  };
  return cmocka_run_group_tests_name("slots", tests, NULL, NULL);
}
