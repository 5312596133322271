/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/place.h"

#include <hwloc.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
  static const char *const names[] = {"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK"};

  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    if (getenv(names[i])) return true;
  return false;
}

void rms_place_widen(void)
{
  hwloc_topology_t topology;

  if (!is_launched() || load(&topology) < 0) return;
  hwloc_set_cpubind(topology, hwloc_topology_get_allowed_cpuset(topology), HWLOC_CPUBIND_PROCESS);
  hwloc_topology_destroy(topology);
}

/* What rms_place_widen leaves to solving processes; 0: not known. */
static int processors(void)
{
  hwloc_topology_t topology;
  int n = 0;

  if (load(&topology) < 0) return 0;
  hwloc_bitmap_t bound = hwloc_bitmap_alloc();
  if (is_launched())
    n = hwloc_bitmap_weight(hwloc_topology_get_allowed_cpuset(topology));
  else if (bound && hwloc_get_cpubind(topology, bound, HWLOC_CPUBIND_PROCESS) == 0)
    n = hwloc_bitmap_weight(bound);
  hwloc_bitmap_free(bound);
  hwloc_topology_destroy(topology);
  return n > 0 ? n : 0;
}

static int ranks_here(int ranks)
{
  static const char *const names[] = {"OMPI_COMM_WORLD_LOCAL_SIZE", "MPI_LOCALNRANKS"};

  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    const int n = getenv(names[i]) ? atoi(getenv(names[i])) : 0;
    if (n > 0 && n < ranks) return n;
  }
  return ranks;
}

void rms_place_tell_crowd(FILE *out, uint32_t islands, int ranks)
{
  if (islands < 2 || ranks < 1) return;
  const uint32_t each = (islands + (uint32_t)ranks - 1) / (uint32_t)ranks;
  const uint64_t most = (uint64_t)each * (uint64_t)ranks_here(ranks);
  const uint64_t here = most < islands ? most : islands;
  const int n = processors();

  if (n == 0 || here <= (uint64_t)n) return;
  fprintf(out, "rms: %llu islands on %d processor%s of this machine: they take turns\n",
          (unsigned long long)here, n, n == 1 ? "" : "s");
}
