/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "instances/machine_fields.h"

enum { PCI_IDS_MAX = 64, PROCESSORS_MAX = 100000 };
#define GIB_MAX 1e6

static int parse_usable(struct rms_machine *machine, const struct rms_node *node,
                        struct rms_error *err)
{
  int status = RMS_OK;
  machine->is_usable = true;
  RMS_TRY(rms_field_find_bool(node, "usable", &machine->is_usable, err));
  RMS_TRY(rms_field_find_sentence(machine->arena, node, "why", &machine->why, err));
  if (machine->is_usable && machine->why)
    status =
        rms_node_error(node, err, "has \"why\", which belongs to a machine with \"usable\": false");
  if (!machine->is_usable && !machine->why)
    status = rms_node_error(node, err, "has \"usable\": false and must say \"why\"");
out:
  return status;
}

static int parse_units(struct rms_machine *machine, const struct rms_node *node,
                       struct rms_error *err)
{
  int status = RMS_OK;
  if (machine->is_usable)
    RMS_TRY(rms_field_get_int(node, "memory_units", 1, RMS_UNITS_MAX, &machine->memory_units, err));
  else
    RMS_TRY(
        rms_field_find_int(node, "memory_units", 1, RMS_UNITS_MAX, &machine->memory_units, err));
  /* A slice takes at least one unit of the axis, so these two do not limit when they are absent. */
  machine->compute_units = machine->is_usable ? RMS_UNITS_MAX * RMS_UNITS_MAX : 0;
  machine->max_instances = machine->memory_units;
  RMS_TRY(rms_field_find_int(node, "compute_units", 1, RMS_UNITS_MAX * RMS_UNITS_MAX,
                             &machine->compute_units, err));
  RMS_TRY(
      rms_field_find_int(node, "max_instances", 1, RMS_UNITS_MAX, &machine->max_instances, err));
out:
  return status;
}

static int parse_pci_ids(struct rms_machine *machine, const struct rms_node *node,
                         struct rms_error *err)
{
  int status = RMS_OK;
  struct rms_node list;
  bool found = false;
  size_t n = 0;
  struct rms_text text = {0};

  RMS_TRY(rms_node_find(node, "pci_ids", &list, &found, err));
  if (!found) goto out;
  RMS_TRY(rms_node_array(&list, 1, PCI_IDS_MAX, &n, err));
  for (size_t i = 0; i < n; i++) {
    struct rms_node item = rms_node_item(&list, i);
    const char *id = NULL;
    RMS_TRY(rms_node_string(&item, 1, RMS_NAME_MAX, &id, err));
    RMS_TRY(rms_field_check_name(&item, id, err));
    rms_text_printf(&text, "%s%s", i ? " " : "", id);
  }
  RMS_TRY(rms_text_status(&text));
  RMS_TRY(rms_field_copy(machine->arena, text.data, &machine->pci_ids));
out:
  rms_text_fini(&text);
  return status;
}

static int parse_head(struct rms_machine *machine, const struct rms_node *node,
                      struct rms_error *err)
{
  int status = RMS_OK;
  const char *format = NULL;
  struct rms_node name;

  RMS_TRY(rms_node_get_string(node, "format", 1, RMS_NAME_MAX, &format, err));
  if (strcmp(format, "rms-machine/1") != 0) {
    status = rms_node_error(node, err, "has format \"%s\", must be \"rms-machine/1\"", format);
    goto out;
  }
  RMS_TRY(rms_node_get(node, "name", &name, err));
  RMS_TRY(rms_field_name(machine->arena, &name, &machine->name, err));
  machine->vendor = "unknown";
  machine->product = machine->family = machine->name;
  RMS_TRY(rms_field_find_sentence(machine->arena, node, "vendor", &machine->vendor, err));
  RMS_TRY(rms_field_find_sentence(machine->arena, node, "product", &machine->product, err));
  RMS_TRY(rms_field_find_sentence(machine->arena, node, "family", &machine->family, err));
  RMS_TRY(
      rms_field_find_sentence(machine->arena, node, "architecture", &machine->architecture, err));
  RMS_TRY(parse_pci_ids(machine, node, err));
  RMS_TRY(parse_usable(machine, node, err));
  RMS_TRY(parse_units(machine, node, err));
out:
  return status;
}

static int parse_starts(const struct rms_machine *machine, struct rms_profile *profile,
                        const struct rms_node *node, struct rms_error *err)
{
  int status = RMS_OK;
  struct rms_node list;
  size_t n = 0;

  RMS_TRY(rms_node_get(node, "starts", &list, err));
  RMS_TRY(rms_node_array(&list, 1, RMS_STARTS_MAX, &n, err));
  for (size_t i = 0; i < n; i++) {
    struct rms_node item = rms_node_item(&list, i);
    int64_t start = 0;
    RMS_TRY(rms_node_int(&item, 0, machine->memory_units - 1, &start, err));
    if (start + profile->memory > machine->memory_units) {
      status = rms_node_error(
          &item, err,
          "a slice of %d units at %d would end at %d, beyond the %d units of the machine",
          profile->memory, (int)start, (int)start + profile->memory, machine->memory_units);
      goto out;
    }
    if (i && start <= profile->starts[i - 1]) {
      status = rms_node_error(&item, err, "is %d after %d: starts must ascend, each once",
                              (int)start, profile->starts[i - 1]);
      goto out;
    }
    profile->starts[i] = (uint8_t)start;
  }
  profile->n_starts = (int)n;
  memcpy(profile->preferred, profile->starts, sizeof profile->starts);
out:
  return status;
}

static int parse_shape(const struct rms_machine *machine, struct rms_profile *profile,
                       const struct rms_node *node, struct rms_error *err)
{
  int status = RMS_OK;
  if (machine->is_usable) {
    RMS_TRY(rms_field_get_int(node, "memory", 1, machine->memory_units, &profile->memory, err));
    RMS_TRY(rms_field_get_int(node, "compute", 0, machine->compute_units, &profile->compute, err));
    RMS_TRY(parse_starts(machine, profile, node, err));
    profile->max =
        profile->n_starts < machine->max_instances ? profile->n_starts : machine->max_instances;
  }
  RMS_TRY(rms_field_find_int(node, "max", 1, RMS_UNITS_MAX, &profile->max, err));
out:
  return status;
}

static int parse_figures(struct rms_profile *profile, const struct rms_node *node,
                         struct rms_error *err)
{
  int status = RMS_OK;
  struct rms_node child;
  bool found = false;
  profile->id = profile->sm = -1;
  profile->memory_gib = NAN;
  RMS_TRY(rms_field_find_int(node, "id", 0, INT32_MAX, &profile->id, err));
  RMS_TRY(rms_field_find_int(node, "sm", 0, PROCESSORS_MAX, &profile->sm, err));
  RMS_TRY(rms_node_find(node, "memory_gib", &child, &found, err));
  if (found) RMS_TRY(rms_node_double(&child, 0, GIB_MAX, &profile->memory_gib, err));
out:
  return status;
}

static int parse_group(struct rms_machine *machine, struct rms_profile *profile,
                       const struct rms_node *node, struct rms_error *err)
{
  const char *name = NULL;
  int status = rms_field_find_name(machine->arena, node, "group", &name, err);
  profile->group = -1;
  if (status || !name) return status;
  for (int g = 0; g < machine->n_groups; g++)
    if (!strcmp(machine->group_names[g], name)) profile->group = g;
  if (profile->group < 0) {
    profile->group = machine->n_groups++;
    machine->group_names[profile->group] = name;
  }
  return RMS_OK;
}

static int parse_uses(const struct rms_machine *machine, struct rms_profile *profile,
                      const struct rms_node *node, struct rms_error *err)
{
  int status = RMS_OK;
  struct rms_node map;
  bool found = false;
  const char *names[RMS_QUOTAS_MAX + 1] = {0};

  RMS_TRY(rms_node_find(node, "uses", &map, &found, err));
  if (!found) goto out;
  for (int q = 0; q < machine->n_quotas; q++) names[q] = machine->quota_names[q];
  RMS_TRY(rms_node_fields(&map, names, err));
  for (int q = 0; q < machine->n_quotas; q++)
    RMS_TRY(rms_field_find_int(&map, names[q], 0, RMS_USES_MAX, &profile->uses[q], err));
out:
  return status;
}

/* Names and shapes share one space, so that either finds one profile. */
static int check_unique(const struct rms_machine *machine, int p, const struct rms_node *node,
                        struct rms_error *err)
{
  const struct rms_profile *mine = &machine->profiles[p];
  for (int o = 0; o < p; o++) {
    const struct rms_profile *other = &machine->profiles[o];
    const char *twice = NULL;
    if (!strcmp(mine->name, other->name) || !strcmp(mine->name, other->shape))
      twice = mine->name;
    else if (!strcmp(mine->shape, other->name) || !strcmp(mine->shape, other->shape))
      twice = mine->shape;
    if (twice)
      return rms_node_error(node, err, "\"%s\" is a name or shape of profiles[%d] already", twice,
                            o);
  }
  return RMS_OK;
}

static int parse_profile(struct rms_machine *machine, const struct rms_node *node,
                         struct rms_error *err)
{
  static const char *const fields[] = {"name", "shape",      "id", "compute", "memory", "starts",
                                       "max",  "memory_gib", "sm", "group",   "uses",   NULL};
  int status = RMS_OK;
  int p = machine->n_profiles;
  struct rms_profile *profile = &machine->profiles[p];
  struct rms_node name;

  RMS_TRY(rms_node_fields(node, fields, err));
  RMS_TRY(rms_node_get(node, "name", &name, err));
  RMS_TRY(rms_field_name(machine->arena, &name, &profile->name, err));
  profile->shape = profile->name;
  RMS_TRY(rms_field_find_name(machine->arena, node, "shape", &profile->shape, err));
  RMS_TRY(check_unique(machine, p, node, err));
  RMS_TRY(parse_shape(machine, profile, node, err));
  RMS_TRY(parse_figures(profile, node, err));
  RMS_TRY(parse_group(machine, profile, node, err));
  RMS_TRY(parse_uses(machine, profile, node, err));
  machine->n_profiles++;
out:
  return status;
}

static int parse_profiles(struct rms_machine *machine, const struct rms_node *node,
                          struct rms_error *err)
{
  int status = RMS_OK;
  struct rms_node list;
  size_t n = 0;

  RMS_TRY(rms_node_get(node, "profiles", &list, err));
  RMS_TRY(rms_node_array(&list, 1, RMS_PROFILES_MAX, &n, err));
  for (size_t i = 0; i < n; i++) {
    struct rms_node item = rms_node_item(&list, i);
    RMS_TRY(parse_profile(machine, &item, err));
  }
out:
  return status;
}

int rms_machine_parse(struct rms_machine **result, const struct rms_node *node,
                      struct rms_error *err)
{
  static const char *const fields[] = {"format",        "name",          "vendor",
                                       "product",       "family",        "architecture",
                                       "pci_ids",       "usable",        "why",
                                       "quotas",        "profiles",      "start_order",
                                       "rules",         "default_rules", "memory_units",
                                       "compute_units", "max_instances", "evidence",
                                       "notes",         "sources",       NULL};
  int status = RMS_OK;
  struct rms_machine *machine = NULL;
  struct rms_arena *arena = rms_arena_new();
  if (!arena || !(machine = rms_arena_alloc(arena, 1, sizeof *machine))) {
    status = RMS_E_NOMEM;
    goto out;
  }
  machine->arena = arena;

  RMS_TRY(rms_node_fields(node, fields, err));
  RMS_TRY(parse_head(machine, node, err));
  RMS_TRY(rms_machine_parse_quotas(machine, node, err));
  RMS_TRY(parse_profiles(machine, node, err));
  RMS_TRY(rms_machine_parse_start_order(machine, node, err));
  if (machine->is_usable) RMS_TRY(rms_machine_parse_rules(machine, node, err));
  RMS_TRY(rms_field_find_lines(machine->arena, node, "evidence", true, &machine->evidence, err));
  RMS_TRY(rms_field_find_lines(machine->arena, node, "notes", false, &machine->notes, err));
  RMS_TRY(rms_field_find_lines(machine->arena, node, "sources", false, &machine->sources, err));
  RMS_TRY(rms_machine_canonical(machine));
  *result = machine;
  arena = NULL;
out:
  rms_arena_free(arena);
  if (status == RMS_E_NOMEM)
    rms_error_set(err, RMS_E_NOMEM, "out of memory while reading a machine");
  return status;
}
