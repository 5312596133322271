/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rms import FORMAT - instances from other projects' files. */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "harness/cli/cli.h"
#include "instances/base/file.h"
#include "instances/base/memory.h"
#include "instances/serve/generate.h"

enum {
  KEY_PROFILES = 0x100,
  KEY_RATES,
  KEY_LATENCIES,
  KEY_SCENARIO,
  KEY_PROCS,
  KEY_LAT,
  KEY_BATCH,
  KEY_FLAGGED,
  KEY_INCLUSIVE,
  KEY_TRUNCATE,
  KEY_RULES
};

struct command {
  const char *format, *rates, *latencies, *output, *scenario, *procs;
  struct rms_text rest; /* ",key=value" of the other options */
  const char **paths;   /* malloc'ed; figure files and folders */
  size_t n_paths, paths_capacity;
  bool failed; /* out of memory while parsing */
};

static const char doc[] =
    "Make instances from the files of another project. Formats: parvagpu (profiles per model and "
    "the "
    "scenarios' request rates and latency objectives).\v"
    "FILES are figure tables: the original ones (one per model, prof_data/*.csv), a tidy table, or "
    "a "
    "folder of them. Without FILES, or without --rates, the copies inside rms are used.\n"
    "Examples:\n"
    "  rms import parvagpu -o DIR\n"
    "  rms import parvagpu prof_data --rates rates.csv --latencies slo.csv -o DIR\n"
    "  rms import parvagpu --scenario 2 --procs-max 3 --truncate -o s2.json";

static void add_path(struct command *c, const char *path)
{
  if (rms_grow(&c->paths, &c->paths_capacity, c->n_paths + 1, sizeof *c->paths) < 0)
    c->failed = true;
  else
    c->paths[c->n_paths++] = path;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
  struct command *c = state->input;
  switch (key) {
  case KEY_PROFILES: add_path(c, arg); return 0;
  case KEY_RATES: c->rates = arg; return 0;
  case KEY_LATENCIES: c->latencies = arg; return 0;
  case KEY_SCENARIO: c->scenario = arg; return 0;
  case KEY_PROCS: c->procs = arg; return 0;
  case KEY_LAT: rms_text_printf(&c->rest, ",lat=%s", arg); return 0;
  case KEY_BATCH: rms_text_printf(&c->rest, ",batch=%s", arg); return 0;
  case KEY_FLAGGED: rms_text_add(&c->rest, ",flagged=yes"); return 0;
  case KEY_INCLUSIVE: rms_text_add(&c->rest, ",inclusive=yes"); return 0;
  case KEY_TRUNCATE: rms_text_add(&c->rest, ",truncate=yes"); return 0;
  case KEY_RULES: rms_text_printf(&c->rest, ",rules=%s", arg); return 0;
  case 'o': c->output = arg; return 0;
  case ARGP_KEY_ARG:
    if (!c->format)
      c->format = arg;
    else
      add_path(c, arg);
    return 0;
  case ARGP_KEY_END:
    if (c->format) return 0;
    argp_error(state, "a format is missing: parvagpu");
    return EINVAL;
  default: return ARGP_ERR_UNKNOWN;
  }
}

static const struct argp_option options[] = {
    {"output", 'o', "DIR|FILE", 0,
     "Folder, or one file that ends in .json (default: standard output)", 1},
    {"profiles", KEY_PROFILES, "DIR|FILE", 0, "Figure tables, as FILES", 1},
    {"rates", KEY_RATES, "FILE", 0,
     "Request rates: a matrix with --latencies, or alone a table scenario,model,rate,slo_ms", 1},
    {"latencies", KEY_LATENCIES, "FILE", 0,
     "Latency objectives in ms: a matrix like the one of the rates", 1},
    {"scenario", KEY_SCENARIO, "N", 0, "Only this scenario (default: every one)", 1},
    {"procs-max", KEY_PROCS, "N", 0, "Most processes in a slice [1]", 2},
    {"lat-factor", KEY_LAT, "F", 0, "Part of the objective that the latency must stay below [1]",
     2},
    {"batch-max", KEY_BATCH, "N", 0, "Largest batch (default: no limit)", 2},
    {"flagged", KEY_FLAGGED, NULL, 0, "Take rows that are flagged as implausible too", 2},
    {"inclusive", KEY_INCLUSIVE, NULL, 0, "Accept a latency equal to its limit", 2},
    {"truncate", KEY_TRUNCATE, NULL, 0, "Cut objectives and rates to whole numbers first", 2},
    {"rules", KEY_RULES, "NAME", 0, "Rule set of the machine [its default]", 2},
    {0}};

/* ---- files -------------------------------------------------------------------------------------
 */

struct files { /* everything read, until the tables are built */
  struct rms_arena *arena;
  struct rms_figures_source *list; /* malloc'ed; bytes too */
  size_t n, capacity;
};

static void free_files(struct files *files)
{
  for (size_t i = 0; i < files->n; i++) free((char *)(uintptr_t)files->list[i].bytes);
  free(files->list);
  rms_arena_free(files->arena);
}

/* `is_asked`: named by the user; a file found in a folder is only taken when it is a figure table.
 */
static int read_file(struct files *files, const char *path, bool is_asked, struct rms_error *err)
{
  int status = RMS_OK;
  char *bytes = NULL;
  size_t n = 0;
  char *origin = rms_arena_text(files->arena, path);
  if (!origin || rms_grow(&files->list, &files->capacity, files->n + 1, sizeof *files->list) < 0)
    RMS_TRY(rms_error_set(err, RMS_E_NOMEM, "out of memory"));
  RMS_TRY(rms_file_read(path, RMS_FIGURES_FILE_MAX, &bytes, &n, err));
  if (is_asked || rms_figures_is_table(bytes, n)) {
    files->list[files->n++] = (struct rms_figures_source){bytes, n, origin};
    bytes = NULL;
  }
out:
  free(bytes);
  return status;
}

static int is_csv(const struct dirent *entry)
{
  const size_t n = strlen(entry->d_name);
  return n > 4 && strcmp(entry->d_name + n - 4, ".csv") == 0;
}

static int read_folder(struct files *files, const char *folder, struct rms_error *err)
{
  struct rms_text path = {0};
  struct dirent **entries = NULL;
  int status = RMS_OK;
  const size_t before = files->n;
  const int n = scandir(folder, &entries, is_csv, alphasort);
  if (n < 0) return rms_error_set(err, RMS_E_IO, "%s: %s", folder, strerror(errno));
  for (int i = 0; i < n && status == RMS_OK; i++) {
    rms_text_clear(&path);
    rms_text_printf(&path, "%s/%s", folder, entries[i]->d_name);
    status = path.failed ? rms_error_set(err, RMS_E_NOMEM, "out of memory")
                         : read_file(files, path.data, false, err);
  }
  if (status == RMS_OK && files->n == before)
    status = rms_error_set(err, RMS_E_FORMAT, "%s: no figure table (*.csv) in this folder", folder);
  for (int i = 0; i < n; i++) free(entries[i]);
  free(entries);
  rms_text_fini(&path);
  return status;
}

static int read_figures(struct rms_figures **figures, const struct command *c,
                        struct rms_error *err)
{
  int status = RMS_OK;
  struct files files = {.arena = rms_arena_new()};
  if (!files.arena) RMS_TRY(rms_error_set(err, RMS_E_NOMEM, "out of memory"));
  for (size_t i = 0; i < c->n_paths; i++) {
    struct stat info;
    const bool is_folder = stat(c->paths[i], &info) == 0 && S_ISDIR(info.st_mode);
    RMS_TRY(is_folder ? read_folder(&files, c->paths[i], err)
                      : read_file(&files, c->paths[i], true, err));
  }
  RMS_TRY(files.n > 0 ? rms_figures_parse(figures, files.list, files.n, err)
                      : rms_figures_builtin(figures, err));
out:
  free_files(&files);
  return status;
}

static int read_goals(struct rms_goals **goals, const struct command *c,
                      const struct rms_figures *figures, struct rms_error *err)
{
  int status = RMS_OK;
  struct files files = {.arena = rms_arena_new()};
  if (!files.arena) RMS_TRY(rms_error_set(err, RMS_E_NOMEM, "out of memory"));
  if (c->latencies && !c->rates)
    RMS_TRY(rms_error_set(err, RMS_E_USAGE, "--latencies needs --rates"));
  if (c->rates) RMS_TRY(read_file(&files, c->rates, true, err));
  if (c->latencies) RMS_TRY(read_file(&files, c->latencies, true, err));
  if (files.n == 0)
    RMS_TRY(rms_goals_builtin(goals, err));
  else if (files.n == 1)
    RMS_TRY(rms_goals_parse(goals, files.list[0].bytes, files.list[0].n, c->rates, err));
  else
    RMS_TRY(rms_goals_matrices(goals, figures, &files.list[0], &files.list[1], err));
out:
  free_files(&files);
  return status;
}

/* ---- instances ---------------------------------------------------------------------------------
 */

static bool is_file_name(const char *path)
{
  const size_t n = strlen(path);
  return strcmp(path, "-") == 0 || strncmp(path, "/dev/", 5) == 0 ||
         (n > 5 && strcmp(path + n - 5, ".json") == 0);
}

/* The built-in set's name where it has such a cell, so that equal instances are called the same. */
static void write_spec(struct rms_text *spec, const struct command *c, int64_t scenario)
{
  const char *procs = c->procs ? c->procs : "1";
  const bool is_cell = scenario <= 6 && (strcmp(procs, "1") == 0 || strcmp(procs, "3") == 0);
  rms_text_printf(spec, "%s,scenario=%" PRId64 ",procs=%s%s",
                  is_cell ? "set=parvagpu" : "shape=scenario", scenario, procs,
                  c->rest.data ? c->rest.data : "");
}

static int make_one(struct rms_cli *cli, const struct command *c, const struct rms_figures *figures,
                    const struct rms_goals *goals, int64_t scenario, struct rms_error *err)
{
  int status = RMS_OK;
  struct rms_instance *inst = NULL;
  struct rms_text spec = {0}, json = {0}, path = {0};
  write_spec(&spec, c, scenario);
  if (spec.failed) RMS_TRY(rms_error_set(err, RMS_E_NOMEM, "out of memory"));
  RMS_TRY(rms_serve_scenario(&inst, spec.data, figures, goals, err));
  if (rms_family_serve.write(inst, &json) < 0)
    RMS_TRY(rms_error_set(err, RMS_E_NOMEM, "out of memory"));
  if (c->output && is_file_name(c->output))
    rms_text_add(&path, c->output);
  else if (c->output)
    rms_text_printf(&path, "%s/%s.json", c->output, inst->name);
  if (json.failed || path.failed) RMS_TRY(rms_error_set(err, RMS_E_NOMEM, "out of memory"));
  RMS_TRY(rms_cli_write(cli, path.data, json.data, json.length, err));
out:
  rms_text_fini(&path);
  rms_text_fini(&json);
  rms_text_fini(&spec);
  rms_family_serve.free_instance(inst);
  return status;
}

static size_t count_scenarios(const struct rms_goals *goals)
{
  size_t n = 0;
  for (size_t i = 0; i < goals->n; i++)
    n += i == 0 || goals->goals[i].scenario != goals->goals[i - 1].scenario;
  return n;
}

static int make_all(struct rms_cli *cli, const struct command *c, const struct rms_figures *figures,
                    const struct rms_goals *goals, struct rms_error *err)
{
  int status = RMS_OK;
  const size_t n = count_scenarios(goals);
  if (n > 1 && (!c->output || is_file_name(c->output)))
    RMS_TRY(rms_error_set(err, RMS_E_USAGE,
                          "%zu scenarios need a folder (-o DIR), or choose one (--scenario)", n));
  for (size_t i = 0; i < goals->n; i++)
    if (i == 0 || goals->goals[i].scenario != goals->goals[i - 1].scenario)
      RMS_TRY(make_one(cli, c, figures, goals, goals->goals[i].scenario, err));
  if (c->output && !is_file_name(c->output))
    fprintf(cli->err, "rms: %zu instances in %s (%zu models, %zu figures, %zu of them flagged)\n",
            n, c->output, figures->n_models, figures->n_rows, figures->n_flagged);
out:
  return status;
}

static int import(struct rms_cli *cli, const struct command *c, struct rms_error *err)
{
  int status = RMS_OK;
  int64_t scenario = 0;
  struct rms_figures *figures = NULL;
  struct rms_goals *goals = NULL;
  if (c->failed || c->rest.failed) RMS_TRY(rms_error_set(err, RMS_E_NOMEM, "out of memory"));
  if (strcmp(c->format, "parvagpu") != 0)
    RMS_TRY(rms_error_set(err, RMS_E_USAGE, "'%.60s' is not a format that can be read; parvagpu is",
                          c->format));
  if (c->scenario && (rms_parse_int(c->scenario, &scenario) < 0 || scenario < 1))
    RMS_TRY(rms_error_set(err, RMS_E_USAGE, "--scenario %.40s: must be a whole number above 0",
                          c->scenario));
  RMS_TRY(read_figures(&figures, c, err));
  RMS_TRY(read_goals(&goals, c, figures, err));
  if (c->output && !is_file_name(c->output)) RMS_TRY(rms_dir_make(c->output, err));
  RMS_TRY(scenario > 0 ? make_one(cli, c, figures, goals, scenario, err)
                       : make_all(cli, c, figures, goals, err));
out:
  rms_goals_free(goals);
  rms_figures_free(figures);
  return status;
}

static int run(struct rms_cli *cli, int argc, char **argv)
{
  static const struct argp argp = {
      .options = options, .parser = parse_option, .args_doc = "FORMAT [FILES...]", .doc = doc};
  struct command c = {0};
  struct rms_error err = {0};
  int code = RMS_EXIT_GOOD;
  if (rms_cli_parse(cli, &argp, argc, argv, &c, &code) == RMS_OK && import(cli, &c, &err) < 0)
    code = rms_cli_fail(cli, &err);
  rms_text_fini(&c.rest);
  free(c.paths);
  return code;
}

const struct rms_verb rms_verb_import = {"import",
                                         "make instances from the files of another project", run};
