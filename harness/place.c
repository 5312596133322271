/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/place.h"

#include <errno.h>
#include <hwloc.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "instances/base/text.h"

static int load(hwloc_topology_t *topology)
{
  if (hwloc_topology_init(topology) < 0) return RMS_E_NOMEM;
  if (hwloc_topology_load(*topology) < 0) {
    hwloc_topology_destroy(*topology);
    return RMS_E_IO;
  }
  return RMS_OK;
}

static int count(hwloc_topology_t topology, hwloc_obj_type_t type)
{
  const int n = hwloc_get_nbobjs_by_type(topology, type);

  return n > 0 ? n : 0;
}

static void describe(hwloc_topology_t topology, struct rms_place *place)
{
  const hwloc_obj_t root = hwloc_get_root_obj(topology);
  const hwloc_obj_t package = hwloc_get_obj_by_type(topology, HWLOC_OBJ_PACKAGE, 0);
  const char *model = package ? hwloc_obj_get_info_by_name(package, "CPUModel") : NULL;
  hwloc_bitmap_t bound = hwloc_bitmap_alloc();

  *place = (struct rms_place){
      .packages = count(topology, HWLOC_OBJ_PACKAGE),
      .numa_nodes = count(topology, HWLOC_OBJ_NUMANODE),
      .cores = count(topology, HWLOC_OBJ_CORE),
      .units = count(topology, HWLOC_OBJ_PU),
      .memory = root->total_memory,
  };
  snprintf(place->model, sizeof place->model, "%s", model ? model : "");
  hwloc_bitmap_list_snprintf(place->allowed, sizeof place->allowed,
                             hwloc_topology_get_allowed_cpuset(topology));
  if (bound && hwloc_get_cpubind(topology, bound, HWLOC_CPUBIND_PROCESS) == 0) {
    hwloc_bitmap_list_snprintf(place->bound, sizeof place->bound, bound);
  }
  hwloc_bitmap_free(bound);
}

int rms_place_read(struct rms_place *place, struct rms_error *err)
{
  hwloc_topology_t topology;
  const int status = load(&topology);

  if (status < 0) return rms_error_set(err, status, "the machine's topology cannot be read");
  describe(topology, place);
  hwloc_topology_destroy(topology);
  return RMS_OK;
}

static bool is_launched(void)
{
  static const char *const launchers[] = {"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK"};

  for (size_t i = 0; i < sizeof launchers / sizeof launchers[0]; i++) {
    if (getenv(launchers[i])) return true;
  }
  return false;
}

static long parent_of(long pid)
{
  char path[64];
  long parent = 0;
  FILE *file;

  snprintf(path, sizeof path, "/proc/%ld/stat", pid);
  file = fopen(path, "re");
  if (file && fscanf(file, "%*d (%*[^)]) %*c %ld", &parent) != 1) parent = 0;
  if (file) fclose(file);
  return parent;
}

/* The process that started the first of ours: the launcher's daemon, or a shell. 0: not known. */
static long find_starter(void)
{
  char own[PATH_MAX], other[PATH_MAX], path[64];
  const ssize_t n = readlink("/proc/self/exe", own, sizeof own);

  for (long pid = (long)getppid(); n > 0 && pid > 1; pid = parent_of(pid)) {
    snprintf(path, sizeof path, "/proc/%ld/exe", pid);
    const ssize_t m = readlink(path, other, sizeof other);
    if (m < 0) return 0;
    if (m != n || memcmp(own, other, (size_t)n) != 0) return pid;
  }
  return 0;
}

/* A launcher binds its ranks, not its daemon: what binds that was asked for by a person. */
static void find_mask(hwloc_topology_t topology, hwloc_bitmap_t mask)
{
  hwloc_bitmap_t bound = hwloc_bitmap_alloc();
  const long starter = is_launched() ? find_starter() : 0;
  int got = -1;

  hwloc_bitmap_copy(mask, hwloc_topology_get_allowed_cpuset(topology));
  if (bound && is_launched() && starter)
    got = hwloc_get_proc_cpubind(topology, (hwloc_pid_t)starter, bound, 0);
  else if (bound && !is_launched())
    got = hwloc_get_cpubind(topology, bound, HWLOC_CPUBIND_PROCESS);
  if (got == 0 && hwloc_bitmap_intersects(bound, mask)) hwloc_bitmap_and(mask, mask, bound);
  hwloc_bitmap_free(bound);
}

void rms_place_widen(void)
{
  hwloc_topology_t topology;
  hwloc_bitmap_t mask;

  if (!is_launched() || load(&topology) < 0) return;
  mask = hwloc_bitmap_alloc();
  if (mask) {
    find_mask(topology, mask);
    hwloc_set_cpubind(topology, mask, HWLOC_CPUBIND_PROCESS);
  }
  hwloc_bitmap_free(mask);
  hwloc_topology_destroy(topology);
}

static int number_in(const char *name, int least)
{
  int64_t number;
  const char *text = getenv(name);

  return text && rms_parse_int(text, &number) == RMS_OK && number >= least && number < INT_MAX
             ? (int)number
             : -1;
}

/* Slurm: "2(x3),1", tasks of each node; ours is the first entry as long as all are alike, and else
 * the one that the number of the node points at. */
static int slurm_ranks(void)
{
  const char *at = getenv("SLURM_STEP_TASKS_PER_NODE");
  int node = number_in("SLURM_NODEID", 0);

  while (at && *at) {
    char *end;
    const long n = strtol(at, &end, 10);
    long times = 1;
    if (end == at || n < 1 || n > INT_MAX) return -1;
    if (!strncmp(end, "(x", 2)) {
      times = strtol(end + 2, &end, 10);
      end += *end == ')';
    }
    if (node < times) return (int)n;
    node -= (int)times;
    at = *end == ',' ? end + 1 : NULL;
  }
  return -1;
}

struct rms_neighbours rms_neighbours_read(void)
{
  static const struct {
    const char *ranks, *rank;
  } rows[] = {{"OMPI_COMM_WORLD_LOCAL_SIZE", "OMPI_COMM_WORLD_LOCAL_RANK"},
              {"MPI_LOCALNRANKS", "MPI_LOCALRANKID"}};
  struct rms_neighbours result = {slurm_ranks(), number_in("SLURM_LOCALID", 0)};

  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    const struct rms_neighbours row = {number_in(rows[i].ranks, 1), number_in(rows[i].rank, 0)};
    if (row.ranks > 0 && row.rank >= 0 && row.rank < row.ranks) return row;
  }
  if (result.ranks > 0 && result.rank >= 0 && result.rank < result.ranks) return result;
  return (struct rms_neighbours){0, 0};
}

int rms_slots_here(struct rms_slots *slots, enum rms_packing packing)
{
  char *text = NULL;
  hwloc_topology_t topology;
  hwloc_bitmap_t mask;
  int status;

  *slots = (struct rms_slots){0};
  if (packing == RMS_PACK_NONE) return RMS_OK;
  status = load(&topology);
  if (status < 0) return status;
  mask = hwloc_bitmap_alloc();
  if (!mask) RMS_TRY(RMS_E_NOMEM);
  find_mask(topology, mask);
  if (hwloc_bitmap_list_asprintf(&text, mask) < 0) RMS_TRY(RMS_E_NOMEM);
  RMS_TRY(rms_slots_choose(slots, topology, text, rms_neighbours_read(), packing));
out:
  free(text);
  hwloc_bitmap_free(mask);
  hwloc_topology_destroy(topology);
  return status;
}

int rms_bind_to(unsigned unit)
{
  const size_t most = (size_t)unit + 1;
  cpu_set_t *set = CPU_ALLOC(most);
  int status;

  if (!set) return RMS_E_IO;
  CPU_ZERO_S(CPU_ALLOC_SIZE(most), set);
  CPU_SET_S(unit, CPU_ALLOC_SIZE(most), set);
  status = sched_setaffinity(0, CPU_ALLOC_SIZE(most), set) ? RMS_E_IO : RMS_OK;
  CPU_FREE(set);
  return status;
}

void rms_bind_memory_locally(void)
{
  hwloc_topology_t topology;

  if (load(&topology) < 0) return;
  if (hwloc_get_nbobjs_by_type(topology, HWLOC_OBJ_NUMANODE) > 1)
    hwloc_set_membind(topology, hwloc_topology_get_allowed_cpuset(topology),
                      HWLOC_MEMBIND_FIRSTTOUCH, HWLOC_MEMBIND_THREAD);
  hwloc_topology_destroy(topology);
}

/* What rms_place_widen leaves to solving processes; 0: not known. */
static int processors(void)
{
  hwloc_topology_t topology;
  int n = 0;

  if (load(&topology) < 0) return 0;
  hwloc_bitmap_t mask = hwloc_bitmap_alloc();
  if (mask) {
    find_mask(topology, mask);
    n = hwloc_bitmap_weight(mask);
  }
  hwloc_bitmap_free(mask);
  hwloc_topology_destroy(topology);
  return n > 0 ? n : 0;
}

void rms_place_tell_crowd(FILE *out, uint32_t islands, int ranks)
{
  if (islands < 2 || ranks < 1) return;
  const uint32_t each = (islands + (uint32_t)ranks - 1) / (uint32_t)ranks;
  const int told = rms_neighbours_read().ranks;
  const int here_ranks = told > 0 && told < ranks ? told : ranks;
  const uint64_t most = (uint64_t)each * (uint64_t)here_ranks;
  const uint64_t here = most < islands ? most : islands;
  const int n = processors();

  if (n == 0 || here <= (uint64_t)n) return;
  fprintf(out, "rms: %llu islands on %d processor%s of this machine: they take turns\n",
          (unsigned long long)here, n, n == 1 ? "" : "s");
}
