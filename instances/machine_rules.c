/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "instances/machine_fields.h"

#include <string.h>

int rms_machine_parse_quotas(struct rms_machine *machine, const struct rms_node *node,
                             struct rms_error *err)
{
  int status = RMS_OK;
  struct rms_node map;
  bool found = false;
  size_t n = 0;

  RMS_TRY(rms_node_find(node, "quotas", &map, &found, err));
  if (!found) goto out;
  RMS_TRY(rms_node_members(&map, 0, RMS_QUOTAS_MAX, &n, err));
  for (void *it = rms_node_first(&map); it; it = rms_node_next(&map, it)) {
    struct rms_node member = rms_node_member(&map, it);
    int q = machine->n_quotas;
    int64_t value = 0;
    RMS_TRY(rms_field_key(machine->arena, &member, &machine->quota_names[q], err));
    RMS_TRY(rms_node_int(&member, 0, RMS_USES_MAX, &value, err));
    machine->quotas[q] = (int)value;
    machine->n_quotas++;
  }
out:
  return status;
}

static int profile_of(const struct rms_machine *machine, const struct rms_node *node,
                      const char *name, int *result, struct rms_error *err)
{
  *result = rms_machine_profile(machine, name);
  if (*result >= 0) return RMS_OK;
  return rms_node_error(node, err, "no profile of this machine has the name or shape \"%s\"", name);
}

static int parse_order(struct rms_profile *profile, const struct rms_node *node,
                       struct rms_error *err)
{
  int status = RMS_OK;
  size_t n = 0;
  size_t want = (size_t)profile->n_starts;
  uint64_t seen = 0;

  RMS_TRY(rms_node_array(node, want, want, &n, err));
  for (size_t i = 0; i < n; i++) {
    struct rms_node item = rms_node_item(node, i);
    int64_t start = 0;
    RMS_TRY(rms_node_int(&item, 0, RMS_UNITS_MAX - 1, &start, err));
    bool is_start = false;
    for (int k = 0; k < profile->n_starts; k++) is_start |= profile->starts[k] == start;
    if (!is_start || (seen >> start & 1)) {
      status = rms_node_error(&item, err, "is %d: the order must name each start of \"%s\" once",
                              (int)start, profile->name);
      goto out;
    }
    seen |= UINT64_C(1) << start;
    profile->preferred[i] = (uint8_t)start;
  }
out:
  return status;
}

int rms_machine_parse_start_order(struct rms_machine *machine, const struct rms_node *node,
                                  struct rms_error *err)
{
  int status = RMS_OK;
  struct rms_node map;
  bool found = false;
  size_t n = 0;
  uint32_t seen = 0;

  RMS_TRY(rms_node_find(node, "start_order", &map, &found, err));
  if (!found) goto out;
  RMS_TRY(rms_node_members(&map, 0, RMS_PROFILES_MAX, &n, err));
  for (void *it = rms_node_first(&map); it; it = rms_node_next(&map, it)) {
    struct rms_node member = rms_node_member(&map, it);
    int p = 0;
    RMS_TRY(profile_of(machine, &map, member.key, &p, err));
    if (seen >> p & 1) {
      status = rms_node_error(&member, err, "orders the starts of \"%s\" again",
                              machine->profiles[p].name);
      goto out;
    }
    seen |= UINT32_C(1) << p;
    RMS_TRY(parse_order(&machine->profiles[p], &member, err));
  }
out:
  return status;
}

static int parse_set(const struct rms_machine *machine, const struct rms_node *list, size_t lo,
                     uint32_t *set, struct rms_error *err)
{
  int status = RMS_OK;
  size_t n = 0;
  RMS_TRY(rms_node_array(list, lo, RMS_PROFILES_MAX, &n, err));
  for (size_t i = 0; i < n; i++) {
    struct rms_node item = rms_node_item(list, i);
    const char *name = NULL;
    int p = 0;
    RMS_TRY(rms_node_string(&item, 1, RMS_NAME_MAX, &name, err));
    RMS_TRY(profile_of(machine, &item, name, &p, err));
    if (*set >> p & 1) {
      status = rms_node_error(&item, err, "names \"%s\" twice", machine->profiles[p].name);
      goto out;
    }
    *set |= UINT32_C(1) << p;
  }
out:
  return status;
}

static int parse_one_of(const struct rms_machine *machine, struct rms_rules *rules,
                        const struct rms_node *node, struct rms_error *err)
{
  int status = RMS_OK;
  struct rms_node list;
  bool found = false;
  size_t n = 0;

  RMS_TRY(rms_node_find(node, "one_of", &list, &found, err));
  if (!found) goto out;
  RMS_TRY(rms_node_array(&list, 0, RMS_ONE_OF_MAX, &n, err));
  for (size_t i = 0; i < n; i++) {
    struct rms_node item = rms_node_item(&list, i);
    RMS_TRY(parse_set(machine, &item, 1, &rules->one_of[i], err));
  }
  rules->n_one_of = (int)n;
out:
  return status;
}

static int parse_rule_set(struct rms_machine *machine, const struct rms_node *node,
                          struct rms_error *err)
{
  static const char *const fields[] = {"doc", "absent", "one_of", "quotas", NULL};
  int status = RMS_OK;
  struct rms_rules *rules = &machine->rules[machine->n_rules];
  struct rms_node absent;
  bool found = false;

  RMS_TRY(rms_field_key(machine->arena, node, &rules->name, err));
  RMS_TRY(rms_node_fields(node, fields, err));
  RMS_TRY(rms_field_find_sentence(machine->arena, node, "doc", &rules->doc, err));
  RMS_TRY(rms_node_find(node, "absent", &absent, &found, err));
  if (found) RMS_TRY(parse_set(machine, &absent, 0, &rules->absent, err));
  RMS_TRY(parse_one_of(machine, rules, node, err));
  RMS_TRY(rms_field_find_bool(node, "quotas", &rules->has_quotas, err));
  if (rules->has_quotas && !machine->n_quotas)
    RMS_TRY(rms_node_error(node, err, "enforces quotas, but the machine has none"));
  machine->n_rules++;
out:
  return status;
}

static int parse_default_rules(struct rms_machine *machine, const struct rms_node *node,
                               struct rms_error *err)
{
  const char *name = NULL;
  int status = rms_field_find_name(machine->arena, node, "default_rules", &name, err);
  if (status) return status;
  if (!name && machine->n_rules == 1) return RMS_OK;
  if (!name)
    return rms_node_error(node, err, "has %d rule sets and must say which are \"default_rules\"",
                          machine->n_rules);
  machine->default_rules = rms_machine_rules(machine, name);
  if (machine->default_rules >= 0) return RMS_OK;
  return rms_node_error(node, err, "has default_rules \"%s\", which is none of its rules", name);
}

int rms_machine_parse_rules(struct rms_machine *machine, const struct rms_node *node,
                            struct rms_error *err)
{
  int status = RMS_OK;
  struct rms_node map;
  bool found = false;
  size_t n = 0;

  RMS_TRY(rms_node_find(node, "rules", &map, &found, err));
  if (found) {
    RMS_TRY(rms_node_members(&map, 1, RMS_RULES_MAX, &n, err));
    for (void *it = rms_node_first(&map); it; it = rms_node_next(&map, it)) {
      struct rms_node member = rms_node_member(&map, it);
      RMS_TRY(parse_rule_set(machine, &member, err));
    }
  } else { /* a machine without rules still has a rule set: geometry alone */
    machine->rules[0].name = "geometry";
    machine->n_rules = 1;
  }
  RMS_TRY(parse_default_rules(machine, node, err));
out:
  return status;
}
