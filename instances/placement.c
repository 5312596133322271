/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "instances/placement.h"

/* An illegal layout is an answer, not an error: the sentence goes to *why, the function says false.
 */
#define NO(why, ...) (rms_error_set(why, RMS_E_INSTANCE, __VA_ARGS__), false)

static bool has_start(const struct rms_profile *profile, int start)
{
  for (int i = 0; i < profile->n_starts; i++)
    if (profile->starts[i] == start) return true;
  return false;
}

static bool slice_is_legal(const struct rms_machine *machine, const struct rms_rules *rules,
                           struct rms_placed slice, struct rms_error *why)
{
  if (slice.profile >= machine->n_profiles)
    return NO(why, "machine %s has no profile number %d", machine->name, slice.profile);
  const struct rms_profile *profile = &machine->profiles[slice.profile];
  if (rules->absent >> slice.profile & 1)
    return NO(why, "%s does not exist under rules %s", profile->name, rules->name);
  if (!has_start(profile, slice.start))
    return NO(why, "%s may not start at %d", profile->name, slice.start);
  return true;
}

static bool are_apart(const struct rms_machine *machine, struct rms_placed a, struct rms_placed b,
                      struct rms_error *why)
{
  const struct rms_profile *first = &machine->profiles[a.profile];
  const struct rms_profile *second = &machine->profiles[b.profile];
  if (a.start + first->memory <= b.start || b.start + second->memory <= a.start) return true;
  return NO(why, "%s at %d and %s at %d overlap", first->name, a.start, second->name, b.start);
}

/* Limits that depend on how often each profile occurs. */
static bool counts_are_legal(const struct rms_machine *machine, const struct rms_rules *rules,
                             const int *count, struct rms_error *why)
{
  int compute = 0;
  int in_group[RMS_PROFILES_MAX] = {0};
  for (int p = 0; p < machine->n_profiles; p++) {
    const struct rms_profile *profile = &machine->profiles[p];
    compute += count[p] * profile->compute;
    if (count[p] > profile->max)
      return NO(why, "%d slices %s, at most %d may stand on one machine", count[p], profile->name,
                profile->max);
    if (profile->group >= 0 && (in_group[profile->group] += count[p]) > 1)
      return NO(why, "more than one slice of group %s", machine->group_names[profile->group]);
  }
  if (compute > machine->compute_units)
    return NO(why, "%d compute units, the machine has %d", compute, machine->compute_units);
  for (int i = 0; i < rules->n_one_of; i++) {
    int first = -1;
    for (int p = 0; p < machine->n_profiles; p++) {
      if (!(rules->one_of[i] >> p & 1) || !count[p]) continue;
      if (first >= 0)
        return NO(why, "%s and %s may not stand on one machine under rules %s",
                  machine->profiles[first].name, machine->profiles[p].name, rules->name);
      first = p;
    }
  }
  return true;
}

static bool quotas_are_kept(const struct rms_machine *machine, const int *count,
                            struct rms_error *why)
{
  for (int q = 0; q < machine->n_quotas; q++) {
    int64_t sum = 0;
    for (int p = 0; p < machine->n_profiles; p++)
      sum += (int64_t)count[p] * machine->profiles[p].uses[q];
    if (sum > machine->quotas[q])
      return NO(why, "%lld of %s, the machine has %d", (long long)sum, machine->quota_names[q],
                machine->quotas[q]);
  }
  return true;
}

bool rms_layout_is_legal(const struct rms_machine *machine, const struct rms_rules *rules,
                         const struct rms_placed *slices, size_t n, struct rms_error *why)
{
  int count[RMS_PROFILES_MAX] = {0};
  if (n > (size_t)machine->max_instances)
    return NO(why, "%zu slices, at most %d fit on one machine", n, machine->max_instances);
  for (size_t i = 0; i < n; i++) {
    if (!slice_is_legal(machine, rules, slices[i], why)) return false;
    for (size_t j = 0; j < i; j++)
      if (!are_apart(machine, slices[j], slices[i], why)) return false;
    count[slices[i].profile]++;
  }
  if (!counts_are_legal(machine, rules, count, why)) return false;
  return !rules->has_quotas || quotas_are_kept(machine, count, why);
}

void rms_partition_text(struct rms_text *text, const struct rms_machine *machine,
                        const struct rms_partition *partition, bool shapes)
{
  if (!partition->n_slices) rms_text_add(text, "nothing");
  for (size_t i = 0; i < partition->n_slices;) {
    const struct rms_profile *profile = &machine->profiles[partition->layout[i].profile];
    int count = partition->count[partition->layout[i].profile];
    rms_text_printf(text, "%s%s", i ? " + " : "", shapes ? profile->shape : profile->name);
    if (count > 1) rms_text_printf(text, " x%d", count);
    i += (size_t)count;
  }
}
