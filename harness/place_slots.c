/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <hwloc.h>
#include <limits.h>
#include <stdlib.h>

#include "harness/place.h"
#include "instances/base/memory.h"

void rms_slots_fini(struct rms_slots *slots)
{
  free(slots->items);
  *slots = (struct rms_slots){0};
}

struct list {
  struct rms_slot *items; /* malloc'ed */
  int *kinds;             /* malloc'ed; the greater, the faster; below 0: nobody knows */
  size_t n, capacity, kinds_capacity;
};

static int add_slot(struct list *list, const struct rms_slot *slot, int kind)
{
  if (rms_grow(&list->items, &list->capacity, list->n + 1, sizeof *list->items) < 0 ||
      rms_grow(&list->kinds, &list->kinds_capacity, list->n + 1, sizeof *list->kinds) < 0)
    return RMS_E_NOMEM;
  list->items[list->n] = *slot;
  list->kinds[list->n++] = kind;
  return RMS_OK;
}

static unsigned node_of(hwloc_topology_t topology, unsigned unit)
{
  const hwloc_obj_t object = hwloc_get_pu_obj_by_os_index(topology, unit);
  const int node = object && object->nodeset ? hwloc_bitmap_first(object->nodeset) : -1;
  return node >= 0 ? (unsigned)node : 0;
}

/* Different for each kind of core; efficiency as hwloc ranks it, where it can. */
static int kind_of(hwloc_topology_t topology, hwloc_const_bitmap_t units)
{
  int efficiency = -1;
  const int kind = hwloc_cpukinds_get_by_cpuset(topology, units, 0);
  if (kind < 0 ||
      hwloc_cpukinds_get_info(topology, (unsigned)kind, NULL, &efficiency, NULL, NULL, 0))
    return -1;
  return efficiency >= 0 ? efficiency : -2 - kind;
}

/* The slots of one core: itself, or each of its units that may be used. */
static int add_core(struct list *list, hwloc_topology_t topology, hwloc_const_bitmap_t units,
                    enum rms_packing packing)
{
  struct rms_slot slot = {0};
  const int kind = kind_of(topology, units);
  int unit, status = RMS_OK;
  hwloc_bitmap_foreach_begin(unit, units)
  {
    if (packing == RMS_PACK_UNITS) slot.n_siblings = 0;
    if (!slot.n_siblings) {
      slot.unit = (unsigned)unit;
      slot.node = node_of(topology, slot.unit);
    }
    if (slot.n_siblings < RMS_SIBLINGS_MAX) slot.siblings[slot.n_siblings++] = (unsigned)unit;
    if (packing == RMS_PACK_UNITS && !status) status = add_slot(list, &slot, kind);
  }
  hwloc_bitmap_foreach_end();
  return packing == RMS_PACK_CORES ? add_slot(list, &slot, kind) : status;
}

/* Cores in logical order: neighbours share what they share. */
static int list_cores(struct list *list, hwloc_topology_t topology, hwloc_const_bitmap_t usable,
                      enum rms_packing packing, bool *is_smt_shared)
{
  const hwloc_obj_type_t type =
      hwloc_get_nbobjs_by_type(topology, HWLOC_OBJ_CORE) > 0 ? HWLOC_OBJ_CORE : HWLOC_OBJ_PU;
  const int n = hwloc_get_nbobjs_by_type(topology, type);
  hwloc_bitmap_t units = hwloc_bitmap_alloc();
  int status = units ? RMS_OK : RMS_E_NOMEM;
  for (int i = 0; i < n && !status; i++) {
    const hwloc_obj_t core = hwloc_get_obj_by_type(topology, type, (unsigned)i);
    hwloc_bitmap_and(units, core->cpuset, usable);
    if (hwloc_bitmap_iszero(units)) continue;
    if (packing == RMS_PACK_UNITS && hwloc_bitmap_weight(units) > 1) *is_smt_shared = true;
    status = add_core(list, topology, units, packing);
  }
  hwloc_bitmap_free(units);
  return status;
}

/* Only the fastest kind while it is enough for `ranks`; else all. */
static bool choose_kind(struct list *list, size_t ranks)
{
  size_t n_fast = 0, kept = 0;
  int fastest = INT_MIN;
  bool differ = false;
  for (size_t i = 0; i < list->n; i++) {
    differ |= list->kinds[i] != list->kinds[0];
    if (list->kinds[i] > fastest) fastest = list->kinds[i];
  }
  for (size_t i = 0; i < list->n; i++) n_fast += list->kinds[i] == fastest;
  if (!differ || fastest < 0 || n_fast < ranks) return differ;
  for (size_t i = 0; i < list->n; i++)
    if (list->kinds[i] == fastest) list->items[kept++] = list->items[i];
  list->n = kept;
  return false;
}

static int find_usable(hwloc_bitmap_t usable, hwloc_topology_t topology, const char *mask)
{
  if (mask && hwloc_bitmap_list_sscanf(usable, mask) < 0) return RMS_E_FORMAT;
  if (!mask) hwloc_bitmap_fill(usable);
  hwloc_bitmap_and(usable, usable, hwloc_topology_get_allowed_cpuset(topology));
  return RMS_OK;
}

int rms_slots_choose(struct rms_slots *slots, struct hwloc_topology *topology, const char *mask,
                     struct rms_neighbours who, enum rms_packing packing)
{
  struct list list = {0};
  struct rms_slots result = {0};
  int status = RMS_OK;
  hwloc_bitmap_t usable = hwloc_bitmap_alloc();
  if (!usable) return RMS_E_NOMEM;
  if (packing == RMS_PACK_NONE) goto out;
  RMS_TRY(find_usable(usable, topology, mask));
  RMS_TRY(list_cores(&list, topology, usable, packing, &result.is_smt_shared));
  const size_t ranks = who.ranks > 0 ? (size_t)who.ranks : 1;
  const size_t rank = who.rank >= 0 && (size_t)who.rank < ranks ? (size_t)who.rank : 0;
  result.is_hybrid = choose_kind(&list, ranks);
  result.n_node = list.n;
  result.is_oversubscribed = ranks > list.n;
  if (result.is_oversubscribed) goto out;
  const size_t first = rank * list.n / ranks, end = (rank + 1) * list.n / ranks;
  result.items = calloc(end - first, sizeof *result.items);
  if (!result.items) RMS_TRY(RMS_E_NOMEM);
  for (size_t i = first; i < end; i++) result.items[result.n++] = list.items[i];
out:
  if (!status) *slots = result;
  hwloc_bitmap_free(usable);
  free(list.kinds);
  free(list.items);
  return status;
}
