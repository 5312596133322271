/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rms machines [NAME|FILE] - the machines that are built in, and one of them in detail. */
#include <math.h>

#include "analysis/table.h"
#include "harness/cli/cli.h"
#include "harness/cli/machine_args.h"
#include "harness/cli/machine_detail.h"

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

static int choose(struct rms_machine_detail *d, const struct options *o, struct rms_error *err)
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
  if (base != all) d->choices[d->n_choices++] = (struct rms_machine_choice){"base", base};
  d->choices[d->n_choices++] = (struct rms_machine_choice){"all", all};
  return RMS_OK;
}

static int show_machine(const struct options *o, struct rms_text *text, struct rms_error *err)
{
  int status = RMS_OK;
  struct rms_machine *machine = NULL;
  struct rms_machine_detail d = {0};
  RMS_TRY(rms_cli_machine(&machine, o->name, err));
  d.machine = machine;
  if (machine->is_usable) RMS_TRY(choose(&d, o, err));
  RMS_TRY(o->is_json ? rms_machine_tell_json(&d, text, err) : rms_machine_tell(&d, text, err));
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
