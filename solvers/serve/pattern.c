/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solvers/serve/baseline.h"

#include <string.h>

static const struct rms_machine *machine_of(const struct rms_serve *inst)
{
  return inst->machines[inst->pools[0].machine];
}

static bool is_present(const struct rms_serve *inst, int profile)
{
  return profile >= 0 && !(inst->pools[0].rules->absent >> profile & 1);
}

/* Parts of legal sets are legal, so an illegal beginning is not extended. Depth: n. */
static bool place(const struct rms_serve *inst, const int *profiles, size_t n, size_t done,
                  struct rms_placed *slices)
{
  const struct rms_machine *machine = machine_of(inst);
  if (done == n) return true;
  const struct rms_profile *profile = &machine->profiles[profiles[done]];
  for (int i = 0; i < profile->n_starts; i++) {
    slices[done] =
        (struct rms_placed){.profile = (uint16_t)profiles[done], .start = profile->preferred[i]};
    if (rms_layout_is_legal(machine, inst->pools[0].rules, slices, done + 1, NULL) &&
        place(inst, profiles, n, done + 1, slices))
      return true;
  }
  return false;
}

bool rms_pattern_place(const struct rms_serve *inst, const int *profiles, size_t n,
                       struct rms_pattern *pattern)
{
  if (n == 0 || n > RMS_UNITS_MAX || !place(inst, profiles, n, 0, pattern->slice)) return false;
  pattern->n = n;
  for (size_t j = 0; j < n; j++)
    pattern->kind[j] = rms_serve_kind_of(inst, inst->pools[0].machine, pattern->slice[j].profile);
  return true;
}

bool rms_pattern_parse(const struct rms_serve *inst, const char *text, struct rms_pattern *pattern)
{
  int profiles[RMS_UNITS_MAX];
  size_t n = 0;
  for (const char *at = text;; at++) {
    char name[RMS_NAME_MAX + 1];
    const size_t length = strcspn(at, "+");
    if (n == RMS_UNITS_MAX || length > RMS_NAME_MAX) return false;
    memcpy(name, at, length);
    name[length] = '\0';
    profiles[n] = rms_machine_profile(machine_of(inst), name);
    if (!is_present(inst, profiles[n])) return false;
    n++;
    at += length;
    if (*at == '\0') break;
  }
  return rms_pattern_place(inst, profiles, n, pattern);
}

/* The largest by memory, then compute; the smallest by compute, then memory; lowest index on ties.
 */
static int extreme_profile(const struct rms_serve *inst, bool is_largest)
{
  const struct rms_machine *machine = machine_of(inst);
  int best = -1;
  for (int p = 0; p < machine->n_profiles; p++) {
    const struct rms_profile *a = &machine->profiles[p];
    if (!is_present(inst, p) || a->group >= 0) continue;
    const struct rms_profile *b = best < 0 ? NULL : &machine->profiles[best];
    const int major = b == NULL ? 0 : is_largest ? a->memory - b->memory : b->compute - a->compute;
    const int minor = b == NULL ? 0 : is_largest ? a->compute - b->compute : b->memory - a->memory;
    if (b == NULL || major > 0 || (major == 0 && minor > 0)) best = p;
  }
  return best;
}

static int find_profile(const struct rms_serve *inst, const char *shape, bool is_largest)
{
  if (strcmp(shape, "auto") == 0) return extreme_profile(inst, is_largest);
  const int p = rms_machine_profile(machine_of(inst), shape);
  return is_present(inst, p) ? p : -1;
}

bool rms_pattern_whole(const struct rms_serve *inst, const char *shape, struct rms_pattern *pattern)
{
  const int profile = find_profile(inst, shape, true);
  return profile >= 0 && rms_pattern_place(inst, &profile, 1, pattern);
}

bool rms_pattern_split(const struct rms_serve *inst, const char *shape, struct rms_pattern *pattern)
{
  int profiles[RMS_UNITS_MAX];
  const int profile = find_profile(inst, shape, false);
  if (profile < 0) return false;
  size_t n = (size_t)machine_of(inst)->profiles[profile].max;
  if (n > RMS_UNITS_MAX) n = RMS_UNITS_MAX;
  for (size_t j = 0; j < n; j++) profiles[j] = profile;
  while (n > 0 && !rms_pattern_place(inst, profiles, n, pattern)) n--;
  return n > 0;
}
