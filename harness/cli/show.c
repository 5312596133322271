/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rms show THING - a picture of a machine, an instance or a plan. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/cli/cli.h"
#include "harness/cli/machine_args.h"
#include "instances/base/json.h"
#include "instances/family.h"
#include "instances/picture.h"

struct options {
  const char *things[2];
  int n_things;
  const char *instance, *svg, *rules, *profiles;
  bool is_plain;
  struct rms_view view;
};

enum { KEY_PLAIN = 0x100, KEY_SVG, KEY_RULES, KEY_PROFILES, KEY_FIRST, KEY_WINDOW };

/* "FROM,TO": seconds, or 10m, 2h */
static error_t read_window(struct options *o, const char *text, struct argp_state *state)
{
  char from[32];
  const size_t n = strcspn(text, ",");
  o->view.is_part = true;
  snprintf(from, sizeof from, "%.*s", n < sizeof from ? (int)n : 0, text);
  if (text[n] != ',' || rms_parse_seconds(from, &o->view.from) < 0 ||
      rms_parse_seconds(text + n + 1, &o->view.to) < 0 || !(o->view.from < o->view.to))
    return rms_cli_wrong(state, text, "two times, such as 600,1200 or 10m,20m");
  return 0;
}

static error_t read_first(struct options *o, const char *text, struct argp_state *state)
{
  o->view.is_part = true;
  if (rms_parse_int(text, &o->view.machine) < 0 || o->view.machine < 0)
    return rms_cli_wrong(state, text, "the number of a machine, from 0 on");
  return 0;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
  struct options *o = state->input;
  switch (key) {
  case 'i': o->instance = arg; return 0;
  case KEY_SVG: o->svg = arg; return 0;
  case KEY_FIRST: return read_first(o, arg, state);
  case KEY_WINDOW: return read_window(o, arg, state);
  case KEY_PLAIN: o->is_plain = true; return 0;
  case KEY_RULES: o->rules = arg; return 0;
  case KEY_PROFILES: o->profiles = arg; return 0;
  case ARGP_KEY_ARG:
    if (o->n_things < 2) {
      o->things[o->n_things++] = arg;
      return 0;
    }
    argp_error(state, "a thing, or an instance and its plan; '%s' is too much", arg);
    return EINVAL;
  case ARGP_KEY_NO_ARGS:
    argp_error(state, "what is to be shown? A machine, an instance, or an instance and its plan");
    return EINVAL;
  default: return ARGP_ERR_UNKNOWN;
  }
}

/* ---- what is it? --------------------------------------------------------------------------------
 */

enum thing { MACHINE, INSTANCE, PLAN };

static const char *const nouns[] = {
    [MACHINE] = "a machine", [INSTANCE] = "an instance", [PLAN] = "a plan"};

static int thing_of_format(const char *path, const char *format, enum thing *thing,
                           struct rms_error *err)
{
  static const struct {
    const char *prefix;
    enum thing thing;
  } formats[] = {{"rms-machine/", MACHINE}, {"rms-instance/", INSTANCE}, {"rms-plan/", PLAN}};
  for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
    if (strncmp(format, formats[i].prefix, strlen(formats[i].prefix)) != 0) continue;
    *thing = formats[i].thing;
    return RMS_OK;
  }
  return rms_error_set(
      err, RMS_E_FORMAT,
      "%s: $.format: is \"%s\", must be rms-machine/1, rms-instance/1 or rms-plan/1", path, format);
}

/* A file says what it is; what is no file and has a colon is FAMILY:SPEC; else a built-in machine,
 * but for `is_file`. */
static int find_thing(const char *name, bool is_file, enum thing *thing, struct rms_error *err)
{
  int status = RMS_OK;
  struct rms_document *doc = NULL;
  const char *format = NULL;
  const bool is_spec = strchr(name, ':');
  if (access(name, F_OK) != 0 && !strchr(name, '/') && (is_spec || !is_file)) {
    *thing = is_spec ? INSTANCE : MACHINE;
    return RMS_OK;
  }
  RMS_TRY(rms_document_open(&doc, name, err));
  struct rms_node root = rms_document_root(doc);
  RMS_TRY(rms_node_get_string(&root, "format", 1, RMS_NAME_MAX, &format, err));
  RMS_TRY(thing_of_format(name, format, thing, err));
out:
  rms_document_free(doc);
  return status;
}

/* ---- drawing ------------------------------------------------------------------------------------
 */

static int open_machine(struct rms_machine **machine, const char *name, struct rms_error *err)
{
  return access(name, F_OK) == 0 ? rms_machine_read(machine, name, err)
                                 : rms_cli_machine(machine, name, err);
}

static int draw_machine(struct rms_cli *cli, const struct options *o, struct rms_text *text,
                        struct rms_error *err)
{
  int status = RMS_OK;
  struct rms_machine *machine = NULL;
  struct rms_arena *arena = rms_arena_new();
  const struct rms_rules *rules = NULL;
  struct rms_picture picture = {0};
  const char *note = "more profiles exist: --profiles all, or a list of them";
  uint32_t mask = 0;
  bool is_base = false;

  RMS_TRY(arena ? RMS_OK : rms_error_set(err, RMS_E_NOMEM, "out of memory"));
  RMS_TRY(open_machine(&machine, o->things[0], err));
  if (!machine->is_usable) {
    status = rms_error_set(err, RMS_E_UNSUPPORTED, "machine %s cannot be drawn: %s", machine->name,
                           machine->why);
    goto out;
  }
  RMS_TRY(rms_cli_rules(machine, o->rules, &rules, err));
  if (o->profiles)
    RMS_TRY(rms_cli_profiles(machine, o->profiles, &mask, err));
  else
    RMS_TRY(rms_cli_profiles_default(machine, rules, &mask, &is_base, err));
  RMS_TRY(rms_picture_of_machine(&picture, arena, machine, rules, mask, err));
  if (is_base) {
    picture.lines = &note;
    picture.n_lines = 1;
  }
  const struct rms_picture_style style = {.colour = cli->colour && !o->is_plain,
                                          .columns = cli->columns};
  RMS_TRY(o->svg ? rms_picture_svg(&picture, text) : rms_picture_text(&picture, &style, text));
out:
  rms_machine_free(machine);
  rms_arena_free(arena);
  return status;
}

/* plan NULL: the instance itself */
static int draw_instance(struct rms_cli *cli, const struct options *o, const char *instance,
                         const char *plan, struct rms_text *text, struct rms_error *err)
{
  int status = RMS_OK;
  struct rms_instance *inst = NULL;
  void *bytes = NULL;
  size_t n = 0;
  struct rms_claim claim = {.solver = ""};
  struct rms_view view = o->view;

  RMS_TRY(rms_instance_open(&inst, instance, err));
  if (o->svg ? !inst->family->draw_svg : !inst->family->draw_text) {
    status = rms_error_set(err, RMS_E_UNSUPPORTED, "family %s has no %s", inst->family->name,
                           o->svg ? "SVG pictures" : "pictures");
    goto out;
  }
  if (o->view.is_part && !o->svg)
    RMS_TRY(rms_error_set(err, RMS_E_USAGE, "--first and --window belong to --svg"));
  if (plan) RMS_TRY(inst->family->plan_read(inst, plan, &bytes, &n, &claim, err));
  view.solver = claim.solver;
  if (o->svg)
    RMS_TRY(inst->family->draw_svg(inst, bytes, n, &view, text, err));
  else
    RMS_TRY(inst->family->draw_text(inst, bytes, n, cli->colour && !o->is_plain, cli->columns, text,
                                    err));
out:
  free(bytes);
  rms_instance_free(inst);
  return status;
}

static int draw(struct rms_cli *cli, const struct options *o, struct rms_text *text,
                struct rms_error *err)
{
  enum thing first = MACHINE, second = PLAN;
  int status = RMS_OK;
  RMS_TRY(find_thing(o->things[0], o->n_things == 2, &first, err));
  if (o->n_things == 2) {
    RMS_TRY(find_thing(o->things[1], true, &second, err));
    if (first != INSTANCE || second != PLAN)
      return rms_error_set(err, RMS_E_USAGE,
                           "%s is %s and %s is %s: an instance and its plan are wanted",
                           o->things[0], nouns[first], o->things[1], nouns[second]);
    return draw_instance(cli, o, o->things[0], o->things[1], text, err);
  }
  if (first == PLAN && !o->instance)
    return rms_error_set(err, RMS_E_USAGE,
                         "%s is a plan: name its instance too, 'rms show INSTANCE PLAN'",
                         o->things[0]);
  if (first == PLAN) return draw_instance(cli, o, o->instance, o->things[0], text, err);
  if (first == INSTANCE) return draw_instance(cli, o, o->things[0], NULL, text, err);
  if (o->view.is_part)
    return rms_error_set(err, RMS_E_USAGE, "--first and --window are for timelines, not machines");
  return draw_machine(cli, o, text, err);
out:
  return status;
}

static int run_show(struct rms_cli *cli, int argc, char **argv)
{
  static const struct argp_option options[] = {
      {"instance", 'i', "INSTANCE", 0, "the instance of the plan (or: rms show INSTANCE PLAN)", 0},
      {"svg", KEY_SVG, "FILE", 0, "write an SVG picture to FILE ('-': standard output)", 0},
      {"first", KEY_FIRST, "M", 0, "of a timeline in SVG: machines from number M on", 0},
      {"window", KEY_WINDOW, "FROM,TO", 0,
       "of a timeline in SVG: this time alone (seconds, or 10m, 2h)", 0},
      {"plain", KEY_PLAIN, NULL, 0, "ASCII characters only, no colours", 0},
      {"rules", KEY_RULES, "NAME", 0, "of a machine: its partitions under these rules", 0},
      {"profiles", KEY_PROFILES, "LIST", 0, "of a machine: base, all, or names separated by commas",
       0},
      {0}};
  static const struct argp argp = {
      .options = options,
      .parser = parse_option,
      .args_doc = "MACHINE\nINSTANCE [PLAN]\nPLAN -i INSTANCE",
      .doc =
          "Draw the partitions of a machine, the machines of an instance, or the groups of a plan "
          "(family jobs: who runs where, when)."
          "\vA file says by itself what it is. A machine may also be the name of a built-in "
          "one.\n\n"
          "Examples:\n"
          "  rms show a100-80gb\n"
          "  rms show a100-80gb --rules r470 --profiles all --svg a100.svg\n"
          "  rms show services.json plan.json\n"
          "  rms show trace.json timeline.json --svg gantt.svg\n"
          "  rms show trace.json timeline.json --first 20 --window 10m,40m --svg part.svg\n"};
  struct options o = {.view = {.to = INFINITY}};
  struct rms_error err = {0};
  struct rms_text text = {0};
  int code = RMS_EXIT_GOOD;
  if (rms_cli_parse(cli, &argp, argc, argv, &o, &code) < 0) return code;
  int status = draw(cli, &o, &text, &err);
  if (!status && !o.svg && o.is_plain) rms_picture_ascii(&text);
  if (!status) status = rms_cli_write(cli, o.svg, text.data ? text.data : "", text.length, &err);
  rms_text_fini(&text);
  return status < 0 ? rms_cli_fail(cli, &err) : RMS_EXIT_GOOD;
}

const struct rms_verb rms_verb_show = {"show", "picture of a machine, an instance or a plan",
                                       run_show};
