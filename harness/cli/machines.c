/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rms machines [NAME|FILE] - the machines that are built in, and one of them in detail. */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "analysis/table.h"
#include "harness/cli/cli.h"
#include "harness/cli/machine_args.h"
#include "instances/placement.h"

struct options {
  const char *name, *rules, *profiles;
  bool is_json;
};

enum { KEY_RULES = 0x100, KEY_PROFILES, KEY_JSON };

static const struct rms_cli_argument wanted[] = {
    {offsetof(struct options, name), "a machine", NULL, true}, {0}};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
  struct options *o = state->input;
  switch (key) {
  case KEY_RULES: o->rules = arg; return 0;
  case KEY_PROFILES: o->profiles = arg; return 0;
  case KEY_JSON: o->is_json = true; return 0;
  default: return rms_cli_take(key, arg, state, wanted);
  }
}

/* ---- all of them --------------------------------------------------------------------------------
 */

static void add_shapes(struct rms_text *text, const struct rms_machine *machine)
{
  rms_text_clear(text);
  for (int p = 0; p < machine->n_profiles; p++)
    rms_text_printf(text, "%s%s", p ? " " : "", machine->profiles[p].shape);
}

static void add_rule_names(struct rms_text *text, const struct rms_machine *machine)
{
  rms_text_clear(text);
  for (int r = 0; r < machine->n_rules; r++)
    rms_text_printf(text, "%s%s%s", r ? " " : "", machine->rules[r].name,
                    r == machine->default_rules && machine->n_rules > 1 ? "*" : "");
}

static int add_machine(struct rms_table *table, const struct rms_machine *machine)
{
  int status = RMS_OK;
  struct rms_text shapes = {0}, rules = {0};
  add_shapes(&shapes, machine);
  add_rule_names(&rules, machine);
  RMS_TRY(rms_text_status(&shapes) | rms_text_status(&rules));
  RMS_TRY(rms_table_row(table));
  RMS_TRY(rms_table_set(table, 0, NAN, "%s", machine->name));
  RMS_TRY(rms_table_set(table, 1, NAN, "%s", machine->vendor));
  if (machine->is_usable) {
    RMS_TRY(rms_table_set(table, 2, machine->memory_units, "%d", machine->memory_units));
    RMS_TRY(rms_table_set(table, 3, machine->compute_units, "%d", machine->compute_units));
  }
  RMS_TRY(rms_table_set(table, 4, NAN, "%s", machine->is_usable ? rules.data : "not usable"));
  RMS_TRY(rms_table_set(table, 5, NAN, "%s", shapes.data));
out:
  rms_text_fini(&rules);
  rms_text_fini(&shapes);
  return status;
}

static int list_machines(bool is_json, struct rms_text *text, struct rms_error *err)
{
  int status = RMS_OK;
  struct rms_table *table = NULL;
  struct rms_machine *machine = NULL;
  const char *name;

  RMS_TRY(rms_table_new(&table, "Built-in machines"));
  RMS_TRY(rms_table_column(table, "machine", "machine", "", true));
  RMS_TRY(rms_table_column(table, "vendor", "vendor", "", true));
  RMS_TRY(rms_table_column(table, "memory units", "memory_units", "", false));
  RMS_TRY(rms_table_column(table, "compute units", "compute_units", "", false));
  RMS_TRY(rms_table_column(table, "rules", "rules", "", true));
  RMS_TRY(rms_table_column(table, "profiles (shapes)", "shapes", "", true));
  for (size_t i = 0; (name = rms_machine_builtin_name(i)); i++) {
    RMS_TRY(rms_machine_builtin(&machine, name, err));
    RMS_TRY(add_machine(table, machine));
    rms_machine_free(machine);
    machine = NULL;
  }
  RMS_TRY(rms_table_note(
      table, "*: the default rules. 'rms machines NAME' shows one, FILE.json may be your own."));
  RMS_TRY(rms_table_render(table, is_json ? RMS_TABLE_JSON : RMS_TABLE_TEXT, text));
out:
  rms_machine_free(machine);
  rms_table_free(table);
  return status;
}

/* ---- one of them --------------------------------------------------------------------------------
 */

struct choice { /* what the counts and partitions are of */
  const char *label;
  uint32_t mask;
};

struct detail {
  const struct rms_machine *machine;
  const char *rules; /* only these, or NULL */
  size_t n_choices;
  struct choice choices[2];
};

static int choose(struct detail *d, const struct options *o, struct rms_error *err)
{
  const struct rms_machine *machine = d->machine;
  const struct rms_rules *rules = NULL;
  int status = o->rules ? rms_cli_rules(machine, o->rules, &rules, err) : RMS_OK;
  if (status) return status;
  d->rules = o->rules;
  if (o->profiles) {
    d->n_choices = 1;
    d->choices[0].label = o->profiles;
    return rms_cli_profiles(machine, o->profiles, &d->choices[0].mask, err);
  }
  uint32_t all = (uint32_t)((UINT64_C(1) << machine->n_profiles) - 1),
           base = rms_machine_base(machine);
  if (base != all) d->choices[d->n_choices++] = (struct choice){"base", base};
  d->choices[d->n_choices++] = (struct choice){"all", all};
  return RMS_OK;
}

static bool is_wanted(const struct detail *d, int r)
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

static int add_count_row(struct rms_table *table, const struct detail *d,
                         const struct rms_rules *rules, const struct choice *choice,
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

static int add_counts(const struct detail *d, struct rms_text *text, struct rms_error *err)
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
    for (size_t i = 0; i < d->n_choices && is_wanted(d, r); i++)
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
static int add_partitions(const struct detail *d, const struct rms_rules *rules,
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

static void add_rules(const struct detail *d, struct rms_text *text)
{
  rms_text_add(text, "\nRules\n");
  for (int r = 0; r < d->machine->n_rules; r++) {
    const struct rms_rules *rules = &d->machine->rules[r];
    rms_text_printf(text, "  %s%s%s%s\n", rules->name,
                    r == d->machine->default_rules ? " (default)" : "", rules->doc ? ": " : "",
                    rules->doc ? rules->doc : "");
  }
}

static int describe(const struct detail *d, struct rms_text *text, struct rms_error *err)
{
  int status = RMS_OK;
  add_head(d->machine, text);
  RMS_TRY(add_profiles(d->machine, text));
  if (d->machine->is_usable) {
    add_rules(d, text);
    rms_text_add(text, "\n");
    RMS_TRY(add_counts(d, text, err));
    for (int r = 0; r < d->machine->n_rules; r++)
      if (d->rules ? is_wanted(d, r) : r == d->machine->default_rules)
        RMS_TRY(add_partitions(d, &d->machine->rules[r], text, err));
  }
  add_lines(text, "Evidence", d->machine->evidence);
  add_lines(text, "Notes", d->machine->notes);
  add_lines(text, "Sources", d->machine->sources);
out:
  return status;
}

/* ---- the same for programs ----------------------------------------------------------------------
 */

static void write_names(struct rms_text *text, const struct rms_machine *machine, uint32_t mask)
{
  const char *comma = "";
  rms_text_add(text, "[");
  for (int p = 0; p < machine->n_profiles; p++) {
    if (!(mask >> p & 1)) continue;
    rms_text_add(text, comma);
    rms_text_json(text, machine->profiles[p].name);
    comma = ", ";
  }
  rms_text_add(text, "]");
}

static void write_partition(struct rms_text *text, const struct rms_machine *machine,
                            const struct rms_partition *partition)
{
  rms_text_add(text, "      [");
  for (size_t i = 0; i < partition->n_slices; i++) {
    rms_text_add(text, i ? ", { \"profile\": " : "{ \"profile\": ");
    rms_text_json(text, machine->profiles[partition->layout[i].profile].name);
    rms_text_printf(text, ", \"start\": %d }", partition->layout[i].start);
  }
  rms_text_add(text, "]");
}

static int write_choice(const struct detail *d, const struct rms_rules *rules,
                        const struct choice *choice, struct rms_text *text, struct rms_error *err)
{
  int status = RMS_OK;
  struct rms_placement_counts c;
  struct rms_arena *arena = rms_arena_new();
  const struct rms_partition *partitions = NULL;
  size_t n = 0;

  RMS_TRY(arena ? RMS_OK : RMS_E_NOMEM);
  status = rms_placement_count(d->machine, rules, choice->mask, &c, err);
  if (!status)
    status = rms_partitions(arena, d->machine, rules, choice->mask, &partitions, &n, err);
  bool is_known = !status;
  if (status == RMS_E_LIMIT) status = RMS_OK;
  RMS_TRY(status);
  rms_text_add(text, "    { \"rules\": ");
  rms_text_json(text, rules->name);
  rms_text_add(text, ", \"profiles\": ");
  write_names(text, d->machine, choice->mask & ~rules->absent);
  if (!is_known) { /* more than the enumerator takes */
    rms_text_add(text, ",\n      \"layouts\": null, \"partitions\": null }");
    goto out;
  }
  rms_text_printf(text,
                  ",\n      \"layouts\": %llu, \"multisets\": %llu, \"maximal_layouts\": %llu, "
                  "\"multisets_of_maximal_layouts\": %llu,\n      \"partitions\": [\n",
                  (unsigned long long)c.states, (unsigned long long)c.multisets,
                  (unsigned long long)c.maximal_placements,
                  (unsigned long long)c.maximal_multisets);
  for (size_t i = 0; i < n; i++) {
    write_partition(text, d->machine, &partitions[i]);
    rms_text_add(text, i + 1 < n ? ",\n" : "\n");
  }
  rms_text_add(text, "      ] }");
out:
  rms_arena_free(arena);
  return status;
}

static int write_detail(const struct detail *d, struct rms_text *text, struct rms_error *err)
{
  int status = RMS_OK;
  const char *comma = "";
  rms_text_printf(text, "{\n  \"machine\": %s,\n  \"enumerations\": [\n", d->machine->text);
  for (int r = 0; r < d->machine->n_rules; r++) {
    for (size_t i = 0; i < d->n_choices && is_wanted(d, r); i++) {
      rms_text_add(text, comma);
      RMS_TRY(write_choice(d, &d->machine->rules[r], &d->choices[i], text, err));
      comma = ",\n";
    }
  }
  rms_text_add(text, "\n  ]\n}\n");
out:
  return status;
}

static int show_machine(const struct options *o, struct rms_text *text, struct rms_error *err)
{
  int status = RMS_OK;
  struct rms_machine *machine = NULL;
  struct detail d = {0};
  RMS_TRY(rms_cli_machine(&machine, o->name, err));
  d.machine = machine;
  if (machine->is_usable) RMS_TRY(choose(&d, o, err));
  RMS_TRY(o->is_json ? write_detail(&d, text, err) : describe(&d, text, err));
out:
  rms_machine_free(machine);
  return status;
}

static int run_machines(struct rms_cli *cli, int argc, char **argv)
{
  static const struct argp_option options[] = {
      {"rules", KEY_RULES, "NAME", 0, "only this rule set", 0},
      {"profiles", KEY_PROFILES, "LIST", 0,
       "count and list partitions of these: base, all, or names or shapes separated by commas", 0},
      {"json", KEY_JSON, NULL, 0, "for programs", 0},
      {0}};
  static const struct argp argp = {
      .options = options,
      .parser = parse_option,
      .args_doc = "[NAME|FILE]",
      .doc = "List the built-in machines, or describe one: profiles, starts, rules, "
             "exhaustive counts, partitions, evidence."
             "\vExamples:\n"
             "  rms machines\n"
             "  rms machines a100-80gb --rules r470 --profiles 1g,2g,3g,4g,7g\n"
             "  rms machines my-machine.json --json\n"};
  struct options o = {0};
  struct rms_error err = {0};
  struct rms_text text = {0};
  int code = RMS_EXIT_GOOD;
  if (rms_cli_parse(cli, &argp, argc, argv, &o, &code) < 0) return code;
  int status = o.name ? show_machine(&o, &text, &err) : list_machines(o.is_json, &text, &err);
  if (!status) status = rms_text_status(&text);
  if (!status) status = rms_cli_write(cli, NULL, text.data ? text.data : "", text.length, &err);
  rms_text_fini(&text);
  if (status && !err.status) rms_error_set(&err, status, "%s", rms_status_text(status));
  return status < 0 ? rms_cli_fail(cli, &err) : RMS_EXIT_GOOD;
}

const struct rms_verb rms_verb_machines = {
    "machines", "the machines that are built in, and one in detail", run_machines};
