/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One machine, for people. */
#include <math.h>
#include <string.h>

#include "analysis/table.h"
#include "harness/cli/machine_detail.h"
#include "instances/placement.h"

bool rms_machine_is_wanted(const struct rms_machine_detail *d, int r)
{
  return !d->rules || !strcmp(d->rules, d->machine->rules[r].name);
}

static int set_profile(struct rms_table *table, const struct rms_machine *machine, int p)
{
  int status = RMS_OK;
  const struct rms_profile *profile = &machine->profiles[p];
  struct rms_text starts = {0};
  for (int i = 0; i < profile->n_starts; i++)
    rms_text_printf(&starts, "%s%d", i ? " " : "", profile->preferred[i]);
  RMS_TRY(rms_text_status(&starts));
  RMS_TRY(rms_table_row(table));
  RMS_TRY(rms_table_set(table, 0, NAN, "%s", profile->name));
  RMS_TRY(rms_table_set(table, 1, NAN, "%s", profile->shape));
  if (profile->id >= 0) RMS_TRY(rms_table_set(table, 2, profile->id, "%d", profile->id));
  if (machine->is_usable) {
    RMS_TRY(rms_table_set(table, 3, profile->compute, "%d", profile->compute));
    RMS_TRY(rms_table_set(table, 4, profile->memory, "%d", profile->memory));
    RMS_TRY(rms_table_set(table, 5, NAN, "%s", starts.data));
  }
  if (profile->max) RMS_TRY(rms_table_set(table, 6, profile->max, "%d", profile->max));
  if (!isnan(profile->memory_gib))
    RMS_TRY(rms_table_set(table, 7, profile->memory_gib, "%g", profile->memory_gib));
  if (profile->sm >= 0) RMS_TRY(rms_table_set(table, 8, profile->sm, "%d", profile->sm));
  if (profile->group >= 0)
    RMS_TRY(rms_table_set(table, 9, NAN, "%s", machine->group_names[profile->group]));
out:
  rms_text_fini(&starts);
  return status;
}

static int add_profiles(const struct rms_machine *machine, struct rms_text *text)
{
  static const struct {
    const char *name;
    bool is_text;
  } columns[] = {{"profile", true}, {"shape", true},  {"id", false},  {"compute", false},
                 {"memory", false}, {"starts", true}, {"max", false}, {"GiB", false},
                 {"SM", false},     {"group", true}};
  int status = RMS_OK;
  struct rms_table *table = NULL;
  RMS_TRY(rms_table_new(&table, "Profiles"));
  for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
    RMS_TRY(rms_table_column(table, columns[i].name, columns[i].name, "", columns[i].is_text));
  for (int p = 0; p < machine->n_profiles; p++) RMS_TRY(set_profile(table, machine, p));
  RMS_TRY(rms_table_note(
      table, "Starts in the order in which a layout tries them. At most one slice of a group."));
  RMS_TRY(rms_table_render(table, RMS_TABLE_TEXT, text));
out:
  rms_table_free(table);
  return status;
}

static int add_count_row(struct rms_table *table, const struct rms_machine_detail *d,
                         const struct rms_rules *rules, const struct rms_machine_choice *choice,
                         struct rms_error *err)
{
  int status = RMS_OK;
  struct rms_placement_counts c;
  RMS_TRY(rms_table_row(table));
  RMS_TRY(rms_table_set(table, 0, NAN, "%s", rules->name));
  RMS_TRY(rms_table_set(table, 1, NAN, "%s", choice->label));
  status = rms_placement_count(d->machine, rules, choice->mask, &c, err);
  if (status == RMS_E_LIMIT)
    return rms_table_set(table, 2, NAN, "more than %d", (int)RMS_STATES_MAX);
  if (status) goto out;
  const uint64_t numbers[] = {c.states, c.multisets, c.maximal_placements, c.maximal_multisets,
                              c.partitions};
  for (size_t i = 0; i < 5; i++)
    RMS_TRY(
        rms_table_set(table, 2 + i, (double)numbers[i], "%llu", (unsigned long long)numbers[i]));
out:
  return status;
}

static int add_counts(const struct rms_machine_detail *d, struct rms_text *text,
                      struct rms_error *err)
{
  static const char *const columns[] = {"layouts", "multisets", "maximal layouts",
                                        "multisets of those", "partitions"};
  int status = RMS_OK;
  struct rms_table *table = NULL;
  RMS_TRY(rms_table_new(&table, "Counts (the empty machine included)"));
  RMS_TRY(rms_table_column(table, "rules", "rules", "", true));
  RMS_TRY(rms_table_column(table, "profiles", "profiles", "", true));
  for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
    RMS_TRY(rms_table_column(table, columns[i], columns[i], "", false));
  for (int r = 0; r < d->machine->n_rules; r++)
    for (size_t i = 0; i < d->n_choices && rms_machine_is_wanted(d, r); i++)
      RMS_TRY(add_count_row(table, d, &d->machine->rules[r], &d->choices[i], err));
  RMS_TRY(rms_table_note(
      table,
      "Partition: a multiset of profiles to which nothing can be added, however it is placed."));
  RMS_TRY(rms_table_render(table, RMS_TABLE_TEXT, text));
out:
  rms_table_free(table);
  return status;
}

static void add_layout(struct rms_text *text, const struct rms_machine *machine,
                       const struct rms_partition *partition)
{
  for (size_t i = 0; i < partition->n_slices; i++)
    rms_text_printf(text, "%s%s@%d", i ? " " : "",
                    machine->profiles[partition->layout[i].profile].shape,
                    partition->layout[i].start);
}

/* The first choice only: "all" of some machines is long; --profiles all asks for it. */
static int add_partitions(const struct rms_machine_detail *d, const struct rms_rules *rules,
                          struct rms_text *text, struct rms_error *err)
{
  int status = RMS_OK;
  struct rms_arena *arena = rms_arena_new();
  const struct rms_partition *partitions = NULL;
  struct rms_text names = {0};
  size_t n = 0, width = 0;

  RMS_TRY(arena ? RMS_OK : RMS_E_NOMEM);
  rms_text_printf(text, "\nPartitions under rules %s, profiles %s, with a layout of each\n",
                  rules->name, d->choices[0].label);
  status = rms_partitions(arena, d->machine, rules, d->choices[0].mask, &partitions, &n, err);
  if (status == RMS_E_LIMIT) { /* a legal machine all the same */
    rms_text_printf(text, "  %s\n", err->text);
    *err = (struct rms_error){.status = RMS_OK};
    status = RMS_OK;
  }
  RMS_TRY(status);
  for (size_t i = 0; i < n; i++) {
    rms_text_clear(&names);
    rms_partition_text(&names, d->machine, &partitions[i], false);
    if (names.length > width) width = names.length;
  }
  for (size_t i = 0; i < n; i++) {
    rms_text_clear(&names);
    rms_partition_text(&names, d->machine, &partitions[i], false);
    RMS_TRY(rms_text_status(&names));
    rms_text_printf(text, "  %3zu  %-*s  ", i + 1, (int)width, names.data);
    add_layout(text, d->machine, &partitions[i]);
    rms_text_add(text, "\n");
  }
out:
  rms_text_fini(&names);
  rms_arena_free(arena);
  return status;
}

static void add_lines(struct rms_text *text, const char *title, const char *lines)
{
  if (!lines) return;
  rms_text_printf(text, "\n%s\n", title);
  while (*lines) {
    size_t n = strcspn(lines, "\n");
    rms_text_add(text, "  ");
    rms_text_bytes(text, lines, n);
    rms_text_add(text, "\n");
    lines += n + (lines[n] == '\n');
  }
}

static void add_head(const struct rms_machine *machine, struct rms_text *text)
{
  rms_text_printf(text, "%s: %s\n", machine->name, machine->product);
  rms_text_printf(text, "vendor %s, family %s%s%s\n", machine->vendor, machine->family,
                  machine->architecture ? ", architecture " : "",
                  machine->architecture ? machine->architecture : "");
  if (machine->pci_ids) rms_text_printf(text, "PCI ids %s\n", machine->pci_ids);
  if (!machine->is_usable)
    rms_text_printf(text, "NOT USABLE: %s\n", machine->why);
  else
    rms_text_printf(text, "%d memory units, %d compute units, at most %d slices\n",
                    machine->memory_units, machine->compute_units, machine->max_instances);
  for (int q = 0; q < machine->n_quotas; q++)
    rms_text_printf(text, "%s%d %s%s", q ? ", " : "quotas: ", machine->quotas[q],
                    machine->quota_names[q], q + 1 == machine->n_quotas ? "\n" : "");
  rms_text_add(text, "\n");
}

static void add_rules(const struct rms_machine_detail *d, struct rms_text *text)
{
  rms_text_add(text, "\nRules\n");
  for (int r = 0; r < d->machine->n_rules; r++) {
    const struct rms_rules *rules = &d->machine->rules[r];
    rms_text_printf(text, "  %s%s%s%s\n", rules->name,
                    r == d->machine->default_rules ? " (default)" : "", rules->doc ? ": " : "",
                    rules->doc ? rules->doc : "");
  }
}

int rms_machine_tell(const struct rms_machine_detail *d, struct rms_text *text,
                     struct rms_error *err)
{
  int status = RMS_OK;
  add_head(d->machine, text);
  RMS_TRY(add_profiles(d->machine, text));
  if (d->machine->is_usable) {
    add_rules(d, text);
    rms_text_add(text, "\n");
    RMS_TRY(add_counts(d, text, err));
    for (int r = 0; r < d->machine->n_rules; r++)
      if (d->rules ? rms_machine_is_wanted(d, r) : r == d->machine->default_rules)
        RMS_TRY(add_partitions(d, &d->machine->rules[r], text, err));
  }
  add_lines(text, "Evidence", d->machine->evidence);
  add_lines(text, "Notes", d->machine->notes);
  add_lines(text, "Sources", d->machine->sources);
out:
  return status;
}
