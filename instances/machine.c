/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "instances/machine.h"

#include <string.h>

void rms_machine_free(struct rms_machine *machine)
{
  if (machine) rms_arena_free(machine->arena);
}

int rms_machine_profile(const struct rms_machine *machine, const char *name)
{
  for (int p = 0; p < machine->n_profiles; p++)
    if (!strcmp(machine->profiles[p].name, name)) return p;
  for (int p = 0; p < machine->n_profiles; p++)
    if (!strcmp(machine->profiles[p].shape, name)) return p;
  return -1;
}

int rms_machine_rules(const struct rms_machine *machine, const char *name)
{
  for (int r = 0; r < machine->n_rules; r++)
    if (!strcmp(machine->rules[r].name, name)) return r;
  return -1;
}

uint32_t rms_machine_base(const struct rms_machine *machine)
{
  uint32_t base = 0;
  for (int p = 0; p < machine->n_profiles; p++) {
    const struct rms_profile *mine = &machine->profiles[p];
    bool is_first = true;
    for (int o = 0; o < machine->n_profiles; o++) {
      const struct rms_profile *other = &machine->profiles[o];
      if (o == p || other->compute != mine->compute) continue;
      if (other->memory < mine->memory || (other->memory == mine->memory && o < p))
        is_first = false;
    }
    if (is_first) base |= UINT32_C(1) << p;
  }
  return base;
}

static bool comes_before(const struct rms_machine *machine, int p, int q)
{
  const struct rms_profile *const a = &machine->profiles[p], *const b = &machine->profiles[q];
  if (a->memory != b->memory) return a->memory > b->memory;
  if (a->compute != b->compute) return a->compute > b->compute;
  return p < q;
}

int rms_machine_order(const struct rms_machine *machine, uint32_t mask,
                      uint16_t profiles[RMS_PROFILES_MAX])
{
  int n = 0;
  for (int p = 0; p < machine->n_profiles; p++) {
    if (!(mask >> p & 1)) continue;
    int i = n++;
    for (; i > 0 && comes_before(machine, p, profiles[i - 1]); i--) profiles[i] = profiles[i - 1];
    profiles[i] = (uint16_t)p;
  }
  return n;
}
