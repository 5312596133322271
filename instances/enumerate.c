/* SPDX-License-Identifier: GPL-3.0-or-later */
/* enumerate.c - all legal sets of placements of one machine, by depth-first search in a fixed
 * order.
 *
 * The order of the options (largest profile first, each in the order of its preferred starts) makes
 * the first set seen of each multiset its best layout: sets are visited in lexicographic order. */
#include <stdlib.h>
#include <string.h>

#include "instances/base/hash.h"
#include "instances/placement.h"

struct option { /* one slice that could be placed */
  uint64_t units;
  uint16_t rank; /* of its profile, see search.profiles */
  uint16_t start;
};

struct multiset {
  uint8_t count[RMS_PROFILES_MAX]; /* by rank: comparing bytes compares largest profiles first */
  size_t layout;                   /* first option of its layout in search.layouts */
  uint16_t n_slices;
  bool is_maximal; /* some layout of it is: nothing can be added there */
};

struct search {
  const struct rms_machine *machine;
  const struct rms_rules *rules;
  int n_profiles;
  uint16_t profiles[RMS_PROFILES_MAX]; /* rank -> profile */
  size_t n_options;
  struct option *options;

  /* the current set */
  uint64_t units;
  int compute, n_slices;
  uint32_t present, groups; /* bits of profiles, of exclusive groups */
  int64_t uses[RMS_QUOTAS_MAX];
  uint8_t count[RMS_PROFILES_MAX]; /* by rank */
  uint16_t chosen[RMS_UNITS_MAX];

  /* what was found */
  uint64_t n_states, n_maximal;
  size_t n_multisets, multisets_capacity, n_layouts, layouts_capacity, n_slots;
  struct multiset *multisets;
  uint16_t *layouts; /* options, the sets one after the other */
  uint32_t *slots;   /* hash table, open addressing: index into multisets + 1, 0: free */
};

/* ---- the table of multisets --------------------------------------------------------------------
 */

static size_t slot_of(const struct search *search, const uint8_t *count)
{
  size_t slot = (size_t)rms_hash_bytes(count, RMS_PROFILES_MAX).low & (search->n_slots - 1);
  while (search->slots[slot] &&
         memcmp(search->multisets[search->slots[slot] - 1].count, count, RMS_PROFILES_MAX) != 0)
    slot = (slot + 1) & (search->n_slots - 1);
  return slot;
}

static bool is_known(const struct search *search, const uint8_t *count)
{
  return search->slots[slot_of(search, count)] != 0;
}

static int grow_slots(struct search *search)
{
  size_t n = search->n_slots ? 2 * search->n_slots : 256;
  uint32_t *slots = calloc(n, sizeof *slots);
  if (!slots) return RMS_E_NOMEM;
  free(search->slots);
  search->slots = slots;
  search->n_slots = n;
  for (size_t i = 0; i < search->n_multisets; i++)
    slots[slot_of(search, search->multisets[i].count)] = (uint32_t)i + 1;
  return RMS_OK;
}

/* Remember the multiset of the current set, with the current set as its layout when it is new. */
static int record(struct search *search, struct multiset **result)
{
  int status = RMS_OK;
  size_t n = (size_t)search->n_slices;
  if (2 * search->n_multisets >= search->n_slots) RMS_TRY(grow_slots(search));
  size_t slot = slot_of(search, search->count);
  if (!search->slots[slot]) {
    RMS_TRY(rms_grow(&search->multisets, &search->multisets_capacity, search->n_multisets + 1,
                     sizeof *search->multisets));
    RMS_TRY(rms_grow(&search->layouts, &search->layouts_capacity, search->n_layouts + n + 1,
                     sizeof *search->layouts));
    struct multiset *new = &search->multisets[search->n_multisets++];
    *new = (struct multiset){.layout = search->n_layouts, .n_slices = (uint16_t)n};
    memcpy(new->count, search->count, sizeof new->count);
    memcpy(search->layouts + search->n_layouts, search->chosen, n * sizeof *search->chosen);
    search->n_layouts += n;
    search->slots[slot] = (uint32_t)search->n_multisets;
  }
  *result = &search->multisets[search->slots[slot] - 1];
out:
  return status;
}

/* ---- the search --------------------------------------------------------------------------------
 */

static const struct rms_profile *profile_of(const struct search *search,
                                            const struct option *option)
{
  return &search->machine->profiles[search->profiles[option->rank]];
}

static bool rules_allow(const struct search *search, int p)
{
  for (int i = 0; i < search->rules->n_one_of; i++) {
    uint32_t list = search->rules->one_of[i];
    if ((list >> p & 1) && (search->present & list & ~(UINT32_C(1) << p))) return false;
  }
  if (!search->rules->has_quotas) return true;
  for (int q = 0; q < search->machine->n_quotas; q++)
    if (search->uses[q] + search->machine->profiles[p].uses[q] > search->machine->quotas[q])
      return false;
  return true;
}

static bool fits(const struct search *search, const struct option *option)
{
  const struct rms_profile *profile = profile_of(search, option);
  return !(search->units & option->units) && search->n_slices < search->machine->max_instances &&
         search->count[option->rank] < profile->max &&
         search->compute + profile->compute <= search->machine->compute_units &&
         !(profile->group >= 0 && (search->groups >> profile->group & 1)) &&
         rules_allow(search, search->profiles[option->rank]);
}

static void put(struct search *search, size_t i)
{
  const struct option *option = &search->options[i];
  const struct rms_profile *profile = profile_of(search, option);
  search->units |= option->units;
  search->compute += profile->compute;
  search->chosen[search->n_slices++] = (uint16_t)i;
  search->count[option->rank]++;
  search->present |= UINT32_C(1) << search->profiles[option->rank];
  if (profile->group >= 0) search->groups |= UINT32_C(1) << profile->group;
  for (int q = 0; q < search->machine->n_quotas; q++) search->uses[q] += profile->uses[q];
}

static void take(struct search *search, size_t i)
{
  const struct option *option = &search->options[i];
  const struct rms_profile *profile = profile_of(search, option);
  search->units &= ~option->units;
  search->compute -= profile->compute;
  search->n_slices--;
  if (!--search->count[option->rank])
    search->present &= ~(UINT32_C(1) << search->profiles[option->rank]);
  if (profile->group >= 0) search->groups &= ~(UINT32_C(1) << profile->group);
  for (int q = 0; q < search->machine->n_quotas; q++) search->uses[q] -= profile->uses[q];
}

/* Visit the current set and all its supersets with later options. Depth: at most RMS_UNITS_MAX,
 * because each slice takes a unit of its own. */
static int visit(struct search *search, size_t next)
{
  int status = RMS_OK;
  struct multiset *multiset = NULL;
  bool can_add = false;

  if (++search->n_states > RMS_STATES_MAX) return RMS_E_LIMIT;
  for (size_t i = 0; i < next && !can_add; i++) can_add = fits(search, &search->options[i]);
  RMS_TRY(record(search, &multiset));
  size_t index = (size_t)(multiset - search->multisets);
  for (size_t i = next; i < search->n_options; i++) {
    if (!fits(search, &search->options[i])) continue;
    can_add = true;
    put(search, i);
    status = visit(search, i + 1);
    take(search, i);
    if (status) goto out;
  }
  if (!can_add) {
    search->n_maximal++;
    search->multisets[index].is_maximal = true;
  }
out:
  return status;
}

static int make_options(struct search *search)
{
  search->options = calloc((size_t)RMS_PROFILES_MAX * RMS_STARTS_MAX, sizeof *search->options);
  if (!search->options) return RMS_E_NOMEM;
  for (int r = 0; r < search->n_profiles; r++) {
    const struct rms_profile *profile = &search->machine->profiles[search->profiles[r]];
    for (int i = 0; i < profile->n_starts; i++) {
      uint64_t units = UINT64_MAX >> (RMS_UNITS_MAX - profile->memory);
      search->options[search->n_options++] =
          (struct option){.units = units << profile->preferred[i],
                          .rank = (uint16_t)r,
                          .start = profile->preferred[i]};
    }
  }
  return RMS_OK;
}

static void search_fini(struct search *search)
{
  free(search->slots);
  free(search->layouts);
  free(search->multisets);
  free(search->options);
}

static int enumerate(struct search *search, uint32_t mask, struct rms_error *err)
{
  int status = RMS_OK;
  search->n_profiles =
      rms_machine_order(search->machine, mask & ~search->rules->absent, search->profiles);
  RMS_TRY(make_options(search));
  RMS_TRY(visit(search, 0));
out:
  if (status == RMS_E_LIMIT)
    rms_error_set(
        err, status,
        "machine %s has more than %llu legal layouts under rules %s: too many to enumerate",
        search->machine->name, (unsigned long long)RMS_STATES_MAX, search->rules->name);
  if (status == RMS_E_NOMEM)
    rms_error_set(err, status, "out of memory while enumerating the layouts of machine %s",
                  search->machine->name);
  return status;
}

/* Subsets of legal sets are legal, so one more slice decides whether a multiset has a superset. */
static bool is_partition(const struct search *search, const struct multiset *multiset)
{
  uint8_t count[RMS_PROFILES_MAX];
  memcpy(count, multiset->count, sizeof count);
  for (int r = 0; r < search->n_profiles; r++) {
    count[r]++;
    if (is_known(search, count)) return false;
    count[r]--;
  }
  return true;
}

int rms_placement_count(const struct rms_machine *machine, const struct rms_rules *rules,
                        uint32_t mask, struct rms_placement_counts *counts, struct rms_error *err)
{
  int status = RMS_OK;
  struct search search = {.machine = machine, .rules = rules};
  RMS_TRY(enumerate(&search, mask, err));
  *counts = (struct rms_placement_counts){.states = search.n_states,
                                          .multisets = search.n_multisets,
                                          .maximal_placements = search.n_maximal};
  for (size_t i = 0; i < search.n_multisets; i++) {
    counts->maximal_multisets += search.multisets[i].is_maximal;
    counts->partitions += is_partition(&search, &search.multisets[i]);
  }
out:
  search_fini(&search);
  return status;
}

/* ---- partitions --------------------------------------------------------------------------------
 */

static int compare_descending(const void *a, const void *b)
{
  const struct multiset *first = a, *second = b;
  return memcmp(second->count, first->count, sizeof first->count);
}

/* Keep the partitions only, in order. The table of slots is of no use afterwards. */
static size_t keep_partitions(struct search *search)
{
  size_t n = 0;
  for (size_t i = 0; i < search->n_multisets;
       i++) /* mark first: the table must be whole meanwhile */
    search->multisets[i].is_maximal =
        search->multisets[i].n_slices && is_partition(search, &search->multisets[i]);
  for (size_t i = 0; i < search->n_multisets; i++)
    if (search->multisets[i].is_maximal) search->multisets[n++] = search->multisets[i];
  qsort(search->multisets, n, sizeof *search->multisets, compare_descending);
  return n;
}

static void fill_partition(const struct search *search, const struct multiset *multiset,
                           struct rms_partition *partition)
{
  partition->n_slices = multiset->n_slices;
  for (int r = 0; r < search->n_profiles; r++)
    partition->count[search->profiles[r]] = multiset->count[r];
  for (size_t i = 0; i < multiset->n_slices; i++) {
    const struct option *option = &search->options[search->layouts[multiset->layout + i]];
    partition->layout[i] =
        (struct rms_placed){.profile = search->profiles[option->rank], .start = option->start};
  }
}

int rms_partitions(struct rms_arena *arena, const struct rms_machine *machine,
                   const struct rms_rules *rules, uint32_t mask,
                   const struct rms_partition **result, size_t *n, struct rms_error *err)
{
  int status = RMS_OK;
  struct search search = {.machine = machine, .rules = rules};
  RMS_TRY(enumerate(&search, mask, err));
  size_t n_partitions = keep_partitions(&search);
  if (n_partitions > RMS_PARTITIONS_MAX) {
    status = rms_error_set(err, RMS_E_LIMIT,
                           "machine %s has %zu partitions under rules %s, at most %zu are taken",
                           machine->name, n_partitions, rules->name, RMS_PARTITIONS_MAX);
    goto out;
  }
  struct rms_partition *partitions = rms_arena_alloc(arena, n_partitions, sizeof *partitions);
  if (!partitions) {
    status = rms_error_set(err, RMS_E_NOMEM, "out of memory for the partitions of machine %s",
                           machine->name);
    goto out;
  }
  for (size_t i = 0; i < n_partitions; i++)
    fill_partition(&search, &search.multisets[i], &partitions[i]);
  *result = partitions;
  *n = n_partitions;
out:
  search_fini(&search);
  return status;
}
