/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The lines of a sweep file become instances and solvers with their settings. */
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/isolate.h"
#include "harness/sweep_spec.h"
#include "solvers/params.h"
#include "solvers/registry.h"

static int no_memory(struct rms_expansion *x)
{
  return rms_error_set(x->err, RMS_E_NOMEM, "%s: out of memory", x->sweep->origin);
}

/* ---- instances ---------------------------------------------------------------------------------
 */

static int add_source(struct rms_expansion *x, struct rms_sweep_source source)
{
  if (x->n_sources >= RMS_SWEEP_JOBS_MAX)
    return rms_error_set(x->err, RMS_E_LIMIT, "more than %d instances", RMS_SWEEP_JOBS_MAX);
  if (!source.reference || !source.group ||
      rms_grow(&x->sources, &x->sources_capacity, x->n_sources + 1, sizeof source) < 0)
    return no_memory(x);
  x->sources[x->n_sources++] = source;
  return RMS_OK;
}

static int add_spec(void *ctx, const char *spec, const char *group)
{
  struct rms_expansion *x = ctx;
  struct rms_sweep_source source = {.family = x->family};
  struct rms_text text = {0};
  int status = x->family->identify(spec, &source.key, x->err);
  if (status) return status;
  rms_text_printf(&text, "%s:%s", x->family->name, spec);
  if (!rms_text_status(&text)) source.reference = rms_arena_text(x->sweep->arena, text.data);
  rms_text_fini(&text);
  source.group = rms_arena_text(x->sweep->arena, group);
  return add_source(x, source);
}

/* "[FAMILY:]NAME,..." -> the family's request "set=NAME,...". */
static int expand_set(struct rms_expansion *x, const char *text)
{
  struct rms_text request = {0};
  const char *colon = strchr(text, ':');
  char name[64] = "serve";
  if (colon) snprintf(name, sizeof name, "%.*s", (int)(colon - text), text);
  x->family = rms_family_find(name);
  if (!x->family) return rms_error_set(x->err, RMS_E_UNKNOWN, "there is no family \"%s\"", name);
  if (!x->family->expand || !x->family->identify)
    return rms_error_set(x->err, RMS_E_UNSUPPORTED, "family %s has no sets", name);
  rms_text_printf(&request, "set=%s", colon ? colon + 1 : text);
  int status = rms_text_status(&request) ? no_memory(x) : RMS_OK;
  const size_t before = x->n_sources;
  if (!status) status = x->family->expand(request.data, add_spec, x, x->err);
  if (!status && x->n_sources == before)
    status = rms_error_set(x->err, RMS_E_FORMAT, "set \"%.80s\" has no instances", text);
  rms_text_fini(&request);
  return status;
}

/* The folder's last name: files of one folder are one group. */
static const char *group_of(struct rms_expansion *x, const char *path)
{
  const char *end = strrchr(path, '/');
  if (!end || end == path) return "files";
  const char *start = end;
  while (start > path && start[-1] != '/') start--;
  return rms_arena_copy(x->sweep->arena, start, (size_t)(end - start));
}

static int add_instance_file(struct rms_expansion *x, const char *path)
{
  struct rms_instance *inst = NULL;
  struct rms_sweep_source source = {.reference = rms_arena_text(x->sweep->arena, path),
                                    .group = group_of(x, path)};
  int status = rms_instance_open(&inst, path, x->err);
  if (status) return status;
  source.family = inst->family;
  status = rms_instance_hash(inst, &source.key) < 0 ? no_memory(x) : add_source(x, source);
  rms_instance_free(inst);
  return status;
}

static int expand_file(struct rms_expansion *x, const char *pattern)
{
  glob_t found = {0};
  const char *path = rms_sweep_path(&x->spec, pattern);
  if (!path) return no_memory(x);
  const int failed = glob(path, GLOB_BRACE | GLOB_TILDE, NULL, &found);
  int status = RMS_OK;
  if (failed == GLOB_NOSPACE)
    status = no_memory(x);
  else if (failed)
    status = rms_error_set(x->err, RMS_E_IO, "no file matches %s", path);
  for (size_t i = 0; i < found.gl_pathc && !status; i++)
    status = add_instance_file(x, found.gl_pathv[i]);
  globfree(&found);
  return status;
}

int rms_sweep_expand_instances(struct rms_expansion *x)
{
  const struct rms_sweep_lines *lines = &x->spec.instances;
  for (size_t i = 0; i < lines->n; i++) {
    const struct rms_sweep_line *line = &lines->items[i];
    const int status = line->is_file ? expand_file(x, line->text) : expand_set(x, line->text);
    if (status) return rms_sweep_where(&x->spec, line->line, x->err);
  }
  return RMS_OK;
}

/* ---- solvers -----------------------------------------------------------------------------------
 */

static int describe_plugins(struct rms_expansion *x)
{
  const struct rms_sweep_lines *lines = &x->spec.plugins;
  for (size_t i = 0; i < lines->n; i++) {
    const struct rms_sweep_line *line = &lines->items[i];
    struct rms_sweep_plugin plugin = {.path = line->line ? rms_sweep_path(&x->spec, line->text)
                                                         : line->text};
    if (!plugin.path ||
        rms_grow(&x->plugins, &x->plugins_capacity, x->n_plugins + 1, sizeof plugin) < 0)
      return no_memory(x);
    if (rms_plugin_describe(&plugin.solver, plugin.path, x->sweep->arena, x->err))
      return rms_sweep_where(&x->spec, line->line, x->err);
    x->plugins[x->n_plugins++] = plugin;
  }
  return RMS_OK;
}

/* "NAME" or "NAME:what differs from the defaults". */
static int make_label(struct rms_expansion *x, struct rms_sweep_choice *choice,
                      const struct rms_values *values)
{
  const struct rms_param *params = choice->solver->params;
  struct rms_values plain;
  struct rms_text text = {0};
  const char *separator = ":";
  int status = rms_values_parse(&plain, params, NULL, x->err);
  if (status) return status;
  rms_text_add(&text, choice->solver->name);
  for (size_t i = 0; i < values->n; i++) {
    if (!strcmp(values->text[i], plain.text[i])) continue;
    rms_text_printf(&text, "%s%s=%s", separator, params[i].name, values->text[i]);
    separator = ",";
  }
  if (choice->islands > 1)
    rms_text_printf(&text, "%sislands=%u", separator, (unsigned)choice->islands);
  if (!rms_text_status(&text)) choice->label = rms_arena_text(x->sweep->arena, text.data);
  rms_text_clear(&text);
  rms_values_text(&text, params, values);
  if (!rms_text_status(&text))
    choice->params = rms_arena_text(x->sweep->arena, text.length ? text.data : "");
  rms_text_fini(&text);
  return choice->label && choice->params ? RMS_OK : no_memory(x);
}

static int add_choice(struct rms_expansion *x, const struct rms_solver *solver, const char *plugin,
                      const char *settings)
{
  struct rms_sweep_choice choice = {.solver = solver, .plugin = plugin, .islands = 1};
  struct rms_values values;
  char *assignments = rms_arena_text(x->sweep->arena, settings);
  if (!assignments ||
      rms_grow(&x->choices, &x->choices_capacity, x->n_choices + 1, sizeof choice) < 0)
    return no_memory(x);
  int status = rms_job_take_islands(assignments, &choice.islands, x->err);
  if (!status && choice.islands > 1 && !(solver->flags & RMS_PARALLEL))
    status = rms_error_set(x->err, RMS_E_PARAM, "solver %s has no islands", solver->name);
  if (!status) status = rms_values_parse(&values, solver->params, assignments, x->err);
  if (!status) status = make_label(x, &choice, &values);
  if (!status) x->choices[x->n_choices++] = choice;
  return status;
}

static int unknown_solver(struct rms_expansion *x, const char *name)
{
  const char *nearest = NULL;
  size_t best = 4;
  for (size_t i = 0; rms_builtin_solvers[i]; i++) {
    const size_t distance = rms_text_distance(name, rms_builtin_solvers[i]->name);
    if (distance >= best) continue;
    best = distance;
    nearest = rms_builtin_solvers[i]->name;
  }
  if (nearest)
    return rms_error_set(x->err, RMS_E_UNKNOWN,
                         "there is no solver \"%.80s\", did you mean \"%s\"?", name, nearest);
  return rms_error_set(
      x->err, RMS_E_UNKNOWN,
      "there is no solver \"%.80s\"; `rms solvers` lists them, plugin = PATH adds one", name);
}

/* A name stands for the solvers of that name in every family; a plugin hides a built-in one. */
static int expand_run(struct rms_expansion *x, const char *text)
{
  const char *name, *assignments;
  char *spec = rms_arena_text(x->sweep->arena, text);
  if (!spec) return no_memory(x);
  rms_solver_split(spec, &name, &assignments);
  const size_t before = x->n_choices;
  int status = RMS_OK;
  for (size_t i = 0; i < x->n_plugins && !status; i++)
    if (!strcmp(x->plugins[i].solver->name, name))
      status = add_choice(x, x->plugins[i].solver, x->plugins[i].path, assignments);
  for (size_t i = 0; rms_builtin_solvers[i] && !status; i++) {
    const struct rms_solver *solver = rms_builtin_solvers[i];
    bool is_hidden = strcmp(solver->name, name) != 0;
    for (size_t k = before; k < x->n_choices; k++)
      is_hidden = is_hidden || !strcmp(x->choices[k].solver->family, solver->family);
    if (!is_hidden) status = add_choice(x, solver, NULL, assignments);
  }
  if (!status && x->n_choices == before) status = unknown_solver(x, name);
  return status;
}

static bool has_instances(const struct rms_expansion *x, const char *family)
{
  for (size_t i = 0; i < x->n_sources; i++)
    if (!strcmp(x->sources[i].family->name, family)) return true;
  return false;
}

int rms_sweep_expand_solvers(struct rms_expansion *x)
{
  const struct rms_sweep_lines *lines = &x->spec.runs;
  const int described = describe_plugins(x);
  if (described) return described;
  for (size_t i = 0; i < lines->n; i++) {
    const struct rms_sweep_line *line = &lines->items[i];
    const size_t before = x->n_choices;
    bool is_used = false;
    int status = expand_run(x, line->text);
    for (size_t k = before; k < x->n_choices && !status; k++)
      is_used = is_used || has_instances(x, x->choices[k].solver->family);
    if (!status && !is_used)
      status = rms_error_set(x->err, RMS_E_FORMAT,
                             "solver %s is for family %s, of which there is no "
                             "instance",
                             x->choices[before].solver->name, x->choices[before].solver->family);
    if (status) return rms_sweep_where(&x->spec, line->line, x->err);
  }
  return RMS_OK;
}
