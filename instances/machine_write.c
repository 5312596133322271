/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "instances/machine.h"

static void write_field(struct rms_text *text, const char *name, const char *value)
{
  rms_text_printf(text, "\"%s\":", name);
  rms_text_json(text, value);
  rms_text_add(text, ",");
}

static void write_numbers(struct rms_text *text, const uint8_t *numbers, int n)
{
  rms_text_add(text, "[");
  for (int i = 0; i < n; i++) rms_text_printf(text, "%s%d", i ? "," : "", numbers[i]);
  rms_text_add(text, "]");
}

static void write_pci_ids(struct rms_text *text, const char *ids)
{
  rms_text_add(text, "\"pci_ids\":[");
  for (const char *id = ids; *id;) {
    size_t n = strcspn(id, " ");
    rms_text_add(text, id == ids ? "\"" : ",\"");
    rms_text_bytes(text, id, n);
    rms_text_add(text, "\"");
    id += n + (id[n] == ' ');
  }
  rms_text_add(text, "],");
}

static void write_uses(struct rms_text *text, const struct rms_machine *machine, const int *uses)
{
  rms_text_add(text, ",\"uses\":{");
  for (int q = 0; q < machine->n_quotas; q++) {
    rms_text_add(text, q ? "," : "");
    rms_text_json(text, machine->quota_names[q]);
    rms_text_printf(text, ":%d", uses[q]);
  }
  rms_text_add(text, "}");
}

static void write_profile(struct rms_text *text, const struct rms_machine *machine,
                          const struct rms_profile *profile)
{
  rms_text_add(text, "{");
  write_field(text, "name", profile->name);
  write_field(text, "shape", profile->shape);
  if (profile->id >= 0) rms_text_printf(text, "\"id\":%d,", profile->id);
  if (machine->is_usable) {
    rms_text_printf(text, "\"compute\":%d,\"memory\":%d,\"starts\":", profile->compute,
                    profile->memory);
    write_numbers(text, profile->starts, profile->n_starts);
    rms_text_add(text, ",");
  }
  if (profile->max) rms_text_printf(text, "\"max\":%d,", profile->max);
  rms_text_add(text, "\"memory_gib\":");
  rms_text_double(text, profile->memory_gib);
  rms_text_add(text, ",\"sm\":");
  if (profile->sm < 0)
    rms_text_add(text, "null");
  else
    rms_text_printf(text, "%d", profile->sm);
  if (profile->group >= 0) {
    rms_text_add(text, ",\"group\":");
    rms_text_json(text, machine->group_names[profile->group]);
  }
  if (machine->n_quotas) write_uses(text, machine, profile->uses);
  rms_text_add(text, "}");
}

static void write_profile_names(struct rms_text *text, const struct rms_machine *machine,
                                uint32_t set)
{
  const char *comma = "";
  rms_text_add(text, "[");
  for (int p = 0; p < machine->n_profiles; p++) {
    if (!(set >> p & 1)) continue;
    rms_text_add(text, comma);
    rms_text_json(text, machine->profiles[p].name);
    comma = ",";
  }
  rms_text_add(text, "]");
}

static void write_rules(struct rms_text *text, const struct rms_machine *machine)
{
  rms_text_add(text, ",\"rules\":{");
  for (int r = 0; r < machine->n_rules; r++) {
    const struct rms_rules *rules = &machine->rules[r];
    rms_text_add(text, r ? "," : "");
    rms_text_json(text, rules->name);
    rms_text_add(text, ":{");
    if (rules->doc) write_field(text, "doc", rules->doc);
    rms_text_add(text, "\"absent\":");
    write_profile_names(text, machine, rules->absent);
    rms_text_add(text, ",\"one_of\":[");
    for (int i = 0; i < rules->n_one_of; i++) {
      rms_text_add(text, i ? "," : "");
      write_profile_names(text, machine, rules->one_of[i]);
    }
    rms_text_printf(text, "],\"quotas\":%s}", rules->has_quotas ? "true" : "false");
  }
  rms_text_add(text, "},\"default_rules\":");
  rms_text_json(text, machine->rules[machine->default_rules].name);
}

static void write_start_order(struct rms_text *text, const struct rms_machine *machine)
{
  const char *comma = "";
  rms_text_add(text, ",\"start_order\":{");
  for (int p = 0; p < machine->n_profiles; p++) {
    const struct rms_profile *profile = &machine->profiles[p];
    if (!memcmp(profile->starts, profile->preferred, sizeof profile->starts)) continue;
    rms_text_add(text, comma);
    rms_text_json(text, profile->name);
    rms_text_add(text, ":");
    write_numbers(text, profile->preferred, profile->n_starts);
    comma = ",";
  }
  rms_text_add(text, "}");
}

static void write_head(struct rms_text *text, const struct rms_machine *machine)
{
  write_field(text, "name", machine->name);
  write_field(text, "vendor", machine->vendor);
  write_field(text, "product", machine->product);
  write_field(text, "family", machine->family);
  if (machine->architecture) write_field(text, "architecture", machine->architecture);
  if (machine->pci_ids) write_pci_ids(text, machine->pci_ids);
  if (!machine->is_usable) {
    rms_text_add(text, "\"usable\":false,");
    write_field(text, "why", machine->why);
  }
}

int rms_machine_canonical(struct rms_machine *machine)
{
  struct rms_text text = {0};
  rms_text_add(&text, "{\"format\":\"rms-machine/1\",");
  write_head(&text, machine);
  if (machine->memory_units) rms_text_printf(&text, "\"memory_units\":%d,", machine->memory_units);
  if (machine->compute_units)
    rms_text_printf(&text, "\"compute_units\":%d,", machine->compute_units);
  if (machine->max_instances)
    rms_text_printf(&text, "\"max_instances\":%d,", machine->max_instances);
  rms_text_add(&text, "\"quotas\":{");
  for (int q = 0; q < machine->n_quotas; q++) {
    rms_text_add(&text, q ? "," : "");
    rms_text_json(&text, machine->quota_names[q]);
    rms_text_printf(&text, ":%d", machine->quotas[q]);
  }
  rms_text_add(&text, "},\"profiles\":[");
  for (int p = 0; p < machine->n_profiles; p++) {
    rms_text_add(&text, p ? "," : "");
    write_profile(&text, machine, &machine->profiles[p]);
  }
  rms_text_add(&text, "]");
  write_start_order(&text, machine);
  if (machine->n_rules) write_rules(&text, machine);
  rms_text_add(&text, "}");

  int status = rms_text_status(&text);
  if (!status && !(machine->text = rms_arena_copy(machine->arena, text.data, text.length)))
    status = RMS_E_NOMEM;
  rms_text_fini(&text);
  return status;
}
