/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rms new-solver NAME - a solver that compiles, solves something and passes the kit, to begin from:
 * the template of the source tree with its name replaced. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "harness/cli/cli.h"
#include "instances/base/embedded.h"
#include "instances/base/file.h"
#include "instances/base/text.h"
#include "instances/family.h"
#include "solvers/registry.h"

#define TEMPLATE        "template"
#define TEMPLATE_OBJECT "rms_solver_template"
enum { NAME_MAX_BYTES = 40 };

struct options {
  const char *name, *folder, *family;
};

static int check_name(const char *name, struct rms_error *err)
{
  const size_t n = strlen(name);
  if (n < 1 || n > NAME_MAX_BYTES || name[0] < 'a' || name[0] > 'z' ||
      strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") != n)
    return rms_error_set(
        err, RMS_E_USAGE,
        "name \"%.80s\": must be a small letter, then small letters, digits and -, "
        "at most %d",
        name, NAME_MAX_BYTES);
  if (rms_solver_builtin(NULL, name))
    return rms_error_set(err, RMS_E_USAGE, "name \"%s\": a built-in solver has it, choose another",
                         name);
  return RMS_OK;
}

/* The template belongs to one family so far; the others say so. */
static int check_family(const char *family, struct rms_error *err)
{
  if (strcmp(family, "serve") == 0) return RMS_OK;
  if (rms_family_find(family))
    return rms_error_set(err, RMS_E_UNSUPPORTED,
                         "family \"%s\": has no template, \"serve\" has one", family);
  return rms_error_set(err, RMS_E_UNKNOWN, "family \"%s\": there is none, must be \"serve\"",
                       family);
}

/* In C a '-' cannot be part of a name. */
static void add_identifier(struct rms_text *text, const char *name)
{
  rms_text_add(text, "rms_solver_");
  for (; *name; name++) rms_text_bytes(text, *name == '-' ? "_" : name, 1);
}

static void replace_names(struct rms_text *text, const char *from, const char *name)
{
  while (*from) {
    const char *next = strstr(from, TEMPLATE);
    if (!next) break;
    const size_t before = strlen(TEMPLATE_OBJECT) - strlen(TEMPLATE);
    const bool is_object = (size_t)(next - from) >= before &&
                           strncmp(next - before, TEMPLATE_OBJECT, strlen(TEMPLATE_OBJECT)) == 0;
    rms_text_bytes(text, from, (size_t)(next - from) - (is_object ? before : 0));
    if (is_object)
      add_identifier(text, name);
    else
      rms_text_add(text, name);
    from = next + strlen(TEMPLATE);
  }
  rms_text_add(text, from);
}

/* FOLDER/BASE from an embedded file; an existing file is never overwritten. */
static int make_file(const struct options *o, const char *source, const char *base,
                     struct rms_error *err)
{
  int status = RMS_OK;
  struct rms_text path = {0}, text = {0};
  const struct rms_embedded *file = rms_embedded_find(source);
  if (!file) return rms_error_set(err, RMS_E_INTERNAL, "%s is not in the program", source);
  rms_text_printf(&path, "%s/%s", o->folder, base);
  replace_names(&text, (const char *)file->bytes, o->name);
  RMS_TRY(rms_text_status(&path) | rms_text_status(&text));
  if (access(path.data, F_OK) == 0)
    RMS_TRY(rms_error_set(err, RMS_E_USAGE, "%s: exists already, choose another folder with -o",
                          path.data));
  RMS_TRY(rms_file_write(path.data, text.data, text.length, err));
out:
  rms_text_fini(&text);
  rms_text_fini(&path);
  return status;
}

static int make_solver(const struct options *o, struct rms_error *err)
{
  char base[NAME_MAX_BYTES + 3];
  int status;
  RMS_TRY(check_name(o->name, err));
  RMS_TRY(check_family(o->family, err));
  RMS_TRY(rms_dir_make(o->folder, err));
  snprintf(base, sizeof base, "%s.c", o->name);
  RMS_TRY(make_file(o, "solvers/template/template.c", base, err));
  RMS_TRY(make_file(o, "solvers/template/plugin.mk", "Makefile", err));
out:
  return status;
}

static const struct rms_cli_argument wanted[] = {
    {offsetof(struct options, name), "a name for the solver", NULL, false}, {0}};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
  struct options *o = state->input;
  switch (key) {
  case 'o': o->folder = arg; return 0;
  case 'f': o->family = arg; return 0;
  default: return rms_cli_take(key, arg, state, wanted);
  }
}

static int run_new_solver(struct rms_cli *cli, int argc, char **argv)
{
  static const struct argp_option known[] = {
      {"output", 'o', "DIR", 0, "folder of the new files (default: NAME)", 0},
      {"family", 'f', "NAME", 0, "family that it solves (default: serve)", 0},
      {0}};
  static const struct argp argp = {
      .options = known,
      .parser = parse_option,
      .args_doc = "NAME",
      .doc = "Write a solver to begin from, NAME.c and a Makefile: it compiles to a plugin, solves "
             "badly and passes 'rms check-solver'."
             "\vExamples:\n"
             "  rms new-solver mine\n"
             "  rms new-solver mine -o src/mine\n"};
  struct options o = {.family = "serve"};
  struct rms_error err = {0};
  int code = RMS_EXIT_GOOD;
  if (rms_cli_parse(cli, &argp, argc, argv, &o, &code) < 0) return code;
  if (!o.folder) o.folder = o.name;
  const int status = make_solver(&o, &err);
  if (status && !err.status) rms_error_set(&err, status, "%s", rms_status_text(status));
  if (status < 0) return rms_cli_fail(cli, &err);
  fprintf(cli->err, "Wrote %s/%s.c and %s/Makefile. Next:\n", o.folder, o.name, o.folder);
  fprintf(cli->out,
          "  cd %s && make\n"
          "  rms check-solver %s --plugin ./%s.so\n"
          "  rms solve serve:services=6,seed=1 -s %s --plugin ./%s.so\n",
          o.folder, o.name, o.name, o.name, o.name);
  return RMS_EXIT_GOOD;
}

const struct rms_verb rms_verb_new_solver = {"new-solver", "write a solver to begin from",
                                             run_new_solver};
