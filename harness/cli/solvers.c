/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rms solvers [NAME] - the solvers there are, and one of them in detail. */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "analysis/table.h"
#include "harness/cli/cli.h"
#include "harness/cli/find_solver.h"
#include "harness/isolate.h"
#include "solvers/params.h"

struct options {
  const char *name, *family, *plugin;
  bool is_json, is_irace;
};

struct listing {
  struct rms_cli *cli;
  const struct options *options;
  struct rms_table *table;
  struct rms_text *text; /* JSON */
  size_t n;
};

static const struct {
  uint32_t bit;
  const char *name;
} flags[] = {{RMS_EXACT, "exact"},
             {RMS_BOUND, "bound"},
             {RMS_ANYTIME, "anytime"},
             {RMS_PARALLEL, "parallel"},
             {RMS_DETERMINISTIC, "deterministic"},
             {RMS_RANDOMISED, "randomised"},
             {RMS_FOREIGN_ALLOC, "foreign"}};

static void add_flags(struct rms_text *text, uint32_t set, const char *separator, bool as_json)
{
  bool is_first = true;
  for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
    if (!(set & flags[i].bit)) continue;
    if (!is_first) rms_text_add(text, separator);
    if (as_json)
      rms_text_json(text, flags[i].name);
    else
      rms_text_add(text, flags[i].name);
    is_first = false;
  }
}

/* ---- JSON ---- */

static void add_field(struct rms_text *text, const char *name, const char *value)
{
  rms_text_printf(text, ",\"%s\":", name);
  rms_text_json(text, value);
}

static void add_param(struct rms_text *text, const struct rms_param *param)
{
  static const char *const types[] = {[RMS_P_BOOL] = "bool",
                                      [RMS_P_INT] = "int",
                                      [RMS_P_REAL] = "real",
                                      [RMS_P_ENUM] = "enum",
                                      [RMS_P_STRING] = "string"};
  rms_text_add(text, "{\"name\":");
  rms_text_json(text, param->name);
  add_field(text, "type", types[param->type]);
  add_field(text, "default", param->dflt);
  add_field(text, "range", param->range);
  add_field(text, "scale", param->scale && *param->scale ? param->scale : NULL);
  add_field(text, "when", param->when);
  add_field(text, "unit", param->unit);
  add_field(text, "doc", param->doc);
  rms_text_add(text, "}");
}

static void add_object(struct rms_text *text, const struct rms_found_solver *found)
{
  const struct rms_solver *solver = found->solver;
  rms_text_add(text, "{\"name\":");
  rms_text_json(text, solver->name);
  add_field(text, "family", solver->family);
  add_field(text, "version", solver->version);
  add_field(text, "plugin", found->plugin);
  rms_text_add(text, ",\"flags\":[");
  add_flags(text, solver->flags, ",", true);
  rms_text_add(text, "]");
  add_field(text, "doc", solver->doc);
  add_field(text, "citation", solver->citation);
  rms_text_add(text, ",\"params\":[");
  for (size_t i = 0, n = rms_params_count(solver->params); i < n; i++) {
    if (i) rms_text_add(text, ",");
    add_param(text, &solver->params[i]);
  }
  rms_text_add(text, "]}");
}

/* ---- all of them ---- */

static int add_row(struct rms_table *table, const struct rms_found_solver *found)
{
  int status;
  struct rms_text words = {0};
  add_flags(&words, found->solver->flags, " ", false);
  RMS_TRY(rms_text_status(&words));
  RMS_TRY(rms_table_row(table));
  RMS_TRY(rms_table_set(table, 0, NAN, "%s", found->solver->family));
  RMS_TRY(rms_table_set(table, 1, NAN, "%s", found->solver->name));
  RMS_TRY(rms_table_set(table, 2, NAN, "%s", words.data ? words.data : ""));
  RMS_TRY(rms_table_set(table, 3, NAN, "%s%s%s%s", found->solver->doc, found->plugin ? " [" : "",
                        found->plugin ? found->plugin : "", found->plugin ? "]" : ""));
out:
  rms_text_fini(&words);
  return status;
}

static int list_one(void *ctx, const struct rms_found_solver *found, const struct rms_error *why)
{
  struct listing *list = ctx;
  if (!found->solver) { /* one bad plugin must not hide the others */
    fprintf(list->cli->err, "rms: %s\n", why->text);
    return 0;
  }
  if (list->options->family && strcmp(list->options->family, found->solver->family) != 0) return 0;
  if (!list->options->is_json) return add_row(list->table, found);
  rms_text_add(list->text, list->n++ ? ",\n" : "[");
  add_object(list->text, found);
  return 0;
}

static int list_all(struct rms_cli *cli, const struct options *o, struct rms_arena *arena,
                    struct rms_text *text, struct rms_error *err)
{
  int status;
  struct listing list = {.cli = cli, .options = o, .text = text};
  const struct rms_solver *asked = NULL; /* a bad file of RMS_PLUGIN_PATH only is passed over */
  if (o->plugin) RMS_TRY(rms_plugin_describe(&asked, o->plugin, arena, err));
  RMS_TRY(rms_table_new(&list.table, "Solvers"));
  RMS_TRY(rms_table_column(list.table, "family", "family", "", true));
  RMS_TRY(rms_table_column(list.table, "solver", "solver", "", true));
  RMS_TRY(rms_table_column(list.table, "what it promises", "flags", "", true));
  RMS_TRY(rms_table_column(list.table, "what it does", "doc", "", true));
  RMS_TRY(rms_cli_each_solver(o->plugin, arena, list_one, &list, err));
  RMS_TRY(rms_table_note(list.table, "'rms solvers NAME' shows parameters and citation."));
  if (o->is_json)
    rms_text_add(text, list.n ? "]\n" : "[]\n");
  else
    RMS_TRY(rms_table_render(list.table, RMS_TABLE_TEXT, text));
out:
  rms_table_free(list.table);
  return status;
}

/* ---- one of them ---- */

static void describe(struct rms_text *text, const struct rms_found_solver *found)
{
  const struct rms_solver *solver = found->solver;
  rms_text_printf(text, "%s %s, family %s%s%s\n\n%s\n", solver->name, solver->version,
                  solver->family, found->plugin ? ", from " : "",
                  found->plugin ? found->plugin : "", solver->doc);
  if (solver->citation) rms_text_printf(text, "Reference: %s\n", solver->citation);
  rms_text_add(text, "Promises: ");
  add_flags(text, solver->flags, ", ", false);
  rms_text_add(text, solver->flags ? "\n\n" : "nothing\n\n");
  if (rms_params_count(solver->params) == 0) {
    rms_text_add(text, "No parameters.\n");
    return;
  }
  rms_text_printf(text, "Parameters (-s %s:%s=%s,...):\n", solver->name, solver->params[0].name,
                  solver->params[0].dflt);
  rms_params_help(text, solver->params);
}

static int show_one(const struct options *o, struct rms_arena *arena, struct rms_text *text,
                    struct rms_error *err)
{
  struct rms_found_solver found;
  const int status = rms_cli_find_solver(&found, o->name, o->family, o->plugin, arena, err);
  if (status < 0) return status;
  if (o->is_irace) {
    rms_params_irace(text, found.solver->params);
  } else if (o->is_json) {
    add_object(text, &found);
    rms_text_add(text, "\n");
  } else {
    describe(text, &found);
  }
  return RMS_OK;
}

/* ---- command line ---- */

enum { KEY_JSON = 0x100, KEY_IRACE, KEY_PLUGIN, KEY_FAMILY };

static const struct rms_cli_argument wanted[] = {
    {offsetof(struct options, name), "a solver", NULL, true}, {0}};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
  struct options *o = state->input;
  switch (key) {
  case KEY_JSON: o->is_json = true; return 0;
  case KEY_IRACE: o->is_irace = true; return 0;
  case KEY_PLUGIN: o->plugin = arg; return 0;
  case KEY_FAMILY: o->family = arg; return 0;
  case ARGP_KEY_END:
    if (!o->is_irace || o->name) return 0;
    argp_error(state, "--irace needs the name of a solver");
    return EINVAL;
  default: return rms_cli_take(key, arg, state, wanted);
  }
}

static int run_solvers(struct rms_cli *cli, int argc, char **argv)
{
  static const struct argp_option known[] = {
      {"family", KEY_FAMILY, "NAME", 0, "only solvers of this family", 0},
      {"plugin", KEY_PLUGIN, "FILE.so", 0, "with the solver of this shared object", 0},
      {"json", KEY_JSON, NULL, 0, "for programs", 0},
      {"irace", KEY_IRACE, NULL, 0, "the parameters of NAME as a file of the tuner irace", 0},
      {0}};
  static const struct argp argp = {
      .options = known,
      .parser = parse_option,
      .args_doc = "[NAME]",
      .doc = "List the solvers, or describe one: parameters, promises, reference. Plugins come "
             "from --plugin and from RMS_PLUGIN_PATH (files, and folders of *.so, separated by "
             "colons)."
             "\vExamples:\n"
             "  rms solvers\n"
             "  rms solvers greedy-capped\n"
             "  rms solvers mine --plugin ./mine.so --irace > parameters.txt\n"};
  struct options o = {0};
  struct rms_error err = {0};
  struct rms_text text = {0};
  int code = RMS_EXIT_GOOD;
  if (rms_cli_parse(cli, &argp, argc, argv, &o, &code) < 0) return code;
  struct rms_arena *arena = rms_arena_new();
  int status = !arena   ? RMS_E_NOMEM
               : o.name ? show_one(&o, arena, &text, &err)
                        : list_all(cli, &o, arena, &text, &err);
  if (!status) status = rms_text_status(&text);
  if (!status) status = rms_cli_write(cli, NULL, text.data ? text.data : "", text.length, &err);
  rms_text_fini(&text);
  rms_arena_free(arena);
  if (status && !err.status) rms_error_set(&err, status, "%s", rms_status_text(status));
  return status < 0 ? rms_cli_fail(cli, &err) : RMS_EXIT_GOOD;
}

const struct rms_verb rms_verb_solvers = {"solvers", "the solvers there are, and one in detail",
                                          run_solvers};
