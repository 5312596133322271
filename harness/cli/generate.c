/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "harness/cli/cli.h"
#include "instances/base/file.h"
#include "instances/base/memory.h"
#include "instances/family.h"

enum { KEY_SET = 0x1000, KEY_CELL, KEY_COUNT, KEY_LIST, KEY_OPTION = 0x2000 };
enum { N_OWN = 5 };

struct command {
  const struct rms_family *options; /* whose generator's options are understood */
  const char *family, *output, *set;
  bool is_list;
  struct rms_text request; /* "key=value,..." */
};

static const char doc[] =
    "Generate instances. Without options: one sensible instance on standard output.\v"
    "Examples:\n"
    "  rms generate serve -o one.json\n"
    "  rms generate serve --services 100 --shape jag --count 10 -o DIR\n"
    "  rms generate serve --list\n"
    "  rms generate serve --set grid --services 24 --count 3 --seed 7 -o DIR\n"
    "  rms generate serve --set parvagpu --scenario 2 --procs 3\n"
    "  rms generate jobs --machines 8 --jobs 100 --gap 60 -o trace.json\n"
    "  rms generate jobs --help\n\n"
    "With --set, an option that the set varies chooses cells, any other one replaces the set's "
    "value.";

static void add_pair(struct command *c, const char *key, const char *value)
{
  rms_text_printf(&c->request, "%s%s=%s", c->request.length ? "," : "", key, value);
}

static const struct rms_cli_argument wanted[] = {
    {offsetof(struct command, family), "a family", NULL, true}, {0}};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
  struct command *c = state->input;
  if (key >= KEY_OPTION && key < KEY_OPTION + RMS_OPTIONS_MAX) {
    add_pair(c, c->options->option_at((size_t)(key - KEY_OPTION))->key, arg);
    return 0;
  }
  switch (key) {
  case KEY_SET:
    c->set = arg;
    add_pair(c, "set", arg);
    return 0;
  case KEY_CELL: add_pair(c, "cell", arg); return 0;
  case KEY_COUNT: add_pair(c, "count", arg); return 0;
  case KEY_LIST: c->is_list = true; return 0;
  case 'o': c->output = arg; return 0;
  default: return rms_cli_take(key, arg, state, wanted);
  }
}

/* The first word that is a family's name: its options are those of the command. */
static const struct rms_family *find_family(int argc, char **argv)
{
  for (int i = 1; i < argc; i++) {
    const struct rms_family *const family = rms_family_find(argv[i]);
    if (family && family->option_at) return family;
  }
  return rms_family_at(0);
}

/* The generator's own table makes the options. */
static int parse_command(struct rms_cli *cli, struct command *c, int argc, char **argv, int *code)
{
  static const struct argp_option own[N_OWN] = {
      {"output", 'o', "DIR|FILE", 0,
       "Folder, or one file that ends in .json (default: standard output)", 1},
      {"set", KEY_SET, "NAME", 0, "Instances of a set", 1},
      {"cell", KEY_CELL, "GLOB", 0, "Only the set's cells whose label matches", 1},
      {"count", KEY_COUNT, "K", 0, "Instances (of each cell)", 1},
      {"list", KEY_LIST, NULL, 0, "List the sets; with --set its cells", 1}};
  struct argp_option options[N_OWN + RMS_OPTIONS_MAX + 1];
  struct rms_text docs[RMS_OPTIONS_MAX];
  memset(options, 0, sizeof options);
  memset(docs, 0, sizeof docs);
  memcpy(options, own, sizeof own);
  c->options = find_family(argc, argv);
  for (int i = 0; i < RMS_OPTIONS_MAX && c->options->option_at((size_t)i); i++) {
    const struct rms_option *option = c->options->option_at((size_t)i);
    rms_text_printf(&docs[i], "%s%s%s%s", option->doc, option->initial[0] ? " [" : "",
                    option->initial, option->initial[0] ? "]" : "");
    options[N_OWN + i] = (struct argp_option){.name = option->key,
                                              .key = KEY_OPTION + i,
                                              .arg = "VALUE",
                                              .doc = docs[i].failed ? option->doc : docs[i].data,
                                              .group = 2};
  }
  const struct argp argp = {
      .options = options, .parser = parse_option, .args_doc = "FAMILY", .doc = doc};
  const int status = rms_cli_parse(cli, &argp, argc, argv, c, code);
  for (int i = 0; i < RMS_OPTIONS_MAX; i++) rms_text_fini(&docs[i]);
  return status;
}

/* ---- lists -------------------------------------------------------------------------------------
 */

static int list(struct rms_cli *cli, const struct rms_family *family, const struct command *c,
                struct rms_error *err)
{
  struct rms_text text = {0};
  int status = family->list_sets(c->set, &text, err);
  if (status == RMS_OK && text.failed) status = rms_error_set(err, RMS_E_NOMEM, "out of memory");
  if (status == RMS_OK) status = rms_cli_write(cli, NULL, text.data, text.length, err);
  rms_text_fini(&text);
  return status;
}

/* ---- instances ---------------------------------------------------------------------------------
 */

struct specs {
  struct rms_arena *arena;
  char **list; /* malloc'ed */
  size_t n, capacity;
};

static int keep_spec(void *ctx, const char *spec, const char *group)
{
  (void)group;
  struct specs *s = ctx;
  if (rms_grow(&s->list, &s->capacity, s->n + 1, sizeof *s->list) < 0) return RMS_E_NOMEM;
  if (!(s->list[s->n] = rms_arena_text(s->arena, spec))) return RMS_E_NOMEM;
  s->n++;
  return RMS_OK;
}

static bool is_file_name(const char *path)
{
  const size_t n = strlen(path);
  return strcmp(path, "-") == 0 || strncmp(path, "/dev/", 5) == 0 ||
         (n > 5 && strcmp(path + n - 5, ".json") == 0);
}

static int make_one(struct rms_cli *cli, const struct rms_family *family, const struct command *c,
                    const char *spec, struct rms_error *err)
{
  int status = RMS_OK;
  struct rms_instance *inst = NULL;
  struct rms_text json = {0}, path = {0};
  RMS_TRY(family->generate(&inst, spec, err));
  if (family->write(inst, &json) < 0) RMS_TRY(rms_error_set(err, RMS_E_NOMEM, "out of memory"));
  if (c->output && !is_file_name(c->output))
    rms_text_printf(&path, "%s/%s.json", c->output, inst->name);
  else if (c->output)
    rms_text_add(&path, c->output);
  if (json.failed || path.failed) RMS_TRY(rms_error_set(err, RMS_E_NOMEM, "out of memory"));
  RMS_TRY(rms_cli_write(cli, path.data, json.data, json.length, err));
out:
  rms_text_fini(&path);
  rms_text_fini(&json);
  family->free_instance(inst);
  return status;
}

/* A line that overwrites itself on a terminal; nothing in a log but the last word. */
static void show_progress(struct rms_cli *cli, size_t done, size_t n)
{
  const size_t step = n / 100 + 1;
  if (!cli->err_is_terminal || n < 2 || (done % step != 0 && done != n)) return;
  fprintf(cli->err, "\rrms: %zu of %zu instances%s", done, n, done == n ? "\n" : "");
  fflush(cli->err);
}

static int make_all(struct rms_cli *cli, const struct rms_family *family, const struct command *c,
                    struct rms_error *err)
{
  int status = RMS_OK;
  struct specs specs = {.arena = rms_arena_new()};
  if (!specs.arena) RMS_TRY(rms_error_set(err, RMS_E_NOMEM, "out of memory"));
  RMS_TRY(family->expand(c->request.data ? c->request.data : "", keep_spec, &specs, err));
  const bool is_one_file = !c->output || is_file_name(c->output);
  if (specs.n > 1 && is_one_file)
    RMS_TRY(rms_error_set(err, RMS_E_USAGE, "%zu instances need a folder: add -o DIR", specs.n));
  if (!is_one_file) RMS_TRY(rms_dir_make(c->output, err));
  for (size_t i = 0; i < specs.n; i++) {
    RMS_TRY(make_one(cli, family, c, specs.list[i], err));
    show_progress(cli, i + 1, specs.n);
  }
  if (!is_one_file && !cli->err_is_terminal)
    fprintf(cli->err, "rms: %zu instances in %s\n", specs.n, c->output);
out:
  free(specs.list);
  rms_arena_free(specs.arena);
  return status;
}

static int refuse(const char *family, struct rms_error *err)
{
  struct rms_text known = {0};
  for (size_t i = 0; rms_family_at(i); i++)
    if (rms_family_at(i)->generate)
      rms_text_printf(&known, "%s%s", known.length ? ", " : "", rms_family_at(i)->name);
  rms_error_set(err, RMS_E_USAGE,
                "'%.60s' is not a family that can be generated, must be one of: %s", family,
                known.data ? known.data : "");
  rms_text_fini(&known);
  return RMS_E_USAGE;
}

static int dispatch(struct rms_cli *cli, const struct command *c, struct rms_error *err)
{
  const char *name = c->family ? c->family : rms_family_at(0)->name;
  const struct rms_family *family = rms_family_find(name);
  if (c->request.failed) return rms_error_set(err, RMS_E_NOMEM, "out of memory");
  if (!family || !family->generate || !family->expand || !family->option_at || !family->list_sets)
    return refuse(name, err);
  return c->is_list ? list(cli, family, c, err) : make_all(cli, family, c, err);
}

static int run(struct rms_cli *cli, int argc, char **argv)
{
  struct command c = {0};
  struct rms_error err = {0};
  int code = RMS_EXIT_GOOD;
  if (parse_command(cli, &c, argc, argv, &code) == RMS_OK && dispatch(cli, &c, &err) < 0) {
    if (!err.status) err.status = RMS_E_NOMEM;
    code = rms_cli_fail(cli, &err);
  }
  rms_text_fini(&c.request);
  return code;
}

const struct rms_verb rms_verb_generate = {"generate",
                                           "make instances of a family, alone or as sets", run};
