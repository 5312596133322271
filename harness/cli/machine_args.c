/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/cli/machine_args.h"

#include <string.h>

#include "instances/placement.h"

enum { FEW_PARTITIONS = 16 };

int rms_cli_machine(struct rms_machine **result, const char *name, struct rms_error *err)
{
  size_t n = strlen(name);
  bool is_file = strchr(name, '/') || (n > 5 && !strcmp(name + n - 5, ".json"));
  return is_file ? rms_machine_read(result, name, err) : rms_machine_builtin(result, name, err);
}

int rms_cli_rules(const struct rms_machine *machine, const char *name,
                  const struct rms_rules **rules, struct rms_error *err)
{
  int r = name ? rms_machine_rules(machine, name) : machine->default_rules;
  if (r >= 0) {
    *rules = &machine->rules[r];
    return RMS_OK;
  }
  struct rms_text list = {0};
  for (int i = 0; i < machine->n_rules; i++) rms_text_printf(&list, " %s", machine->rules[i].name);
  rms_error_set(err, RMS_E_USAGE, "machine %s has no rules '%.64s', it has:%s", machine->name, name,
                list.data ? list.data : " none");
  rms_text_fini(&list);
  return RMS_E_USAGE;
}

static int add_profile(const struct rms_machine *machine, const char *name, size_t n,
                       uint32_t *mask, struct rms_error *err)
{
  char copy[RMS_NAME_MAX + 1];
  int p = -1;
  if (n <= RMS_NAME_MAX) {
    memcpy(copy, name, n);
    copy[n] = '\0';
    p = rms_machine_profile(machine, copy);
  }
  if (p >= 0) {
    *mask |= UINT32_C(1) << p;
    return RMS_OK;
  }
  struct rms_text list = {0};
  for (int i = 0; i < machine->n_profiles; i++)
    rms_text_printf(&list, " %s", machine->profiles[i].shape);
  rms_error_set(err, RMS_E_USAGE,
                "machine %s has no profile '%.*s', use base, all, or a list of:%s", machine->name,
                n < RMS_NAME_MAX ? (int)n : RMS_NAME_MAX, name, list.data ? list.data : "");
  rms_text_fini(&list);
  return RMS_E_USAGE;
}

int rms_cli_profiles(const struct rms_machine *machine, const char *list, uint32_t *mask,
                     struct rms_error *err)
{
  uint32_t chosen = 0;
  if (!strcmp(list, "all"))
    chosen = UINT32_MAX;
  else if (!strcmp(list, "base"))
    chosen = rms_machine_base(machine);
  else {
    for (const char *at = list;; at++) {
      size_t n = strcspn(at, ",");
      int status = add_profile(machine, at, n, &chosen, err);
      if (status) return status;
      at += n;
      if (!*at) break;
    }
  }
  *mask = chosen;
  return RMS_OK;
}

int rms_cli_profiles_default(const struct rms_machine *machine, const struct rms_rules *rules,
                             uint32_t *mask, bool *is_base, struct rms_error *err)
{
  struct rms_placement_counts counts;
  int status = rms_placement_count(machine, rules, UINT32_MAX, &counts, err);
  if (status && status != RMS_E_LIMIT) return status;
  *is_base = status || counts.partitions > FEW_PARTITIONS;
  *mask = *is_base ? rms_machine_base(machine) : UINT32_MAX;
  return RMS_OK;
}
