/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/cli/find_solver.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "harness/isolate.h"
#include "instances/base/text.h"
#include "solvers/registry.h"

struct walk {
  struct rms_arena *arena;
  rms_solver_visit_fn *each;
  void *ctx;
};

static int visit_file(struct walk *walk, const char *path)
{
  struct rms_found_solver found = {.assignments = ""};
  struct rms_error why = {0};
  found.plugin = rms_arena_text(walk->arena, path);
  if (!found.plugin) return RMS_E_NOMEM;
  if (rms_plugin_describe(&found.solver, found.plugin, walk->arena, &why) < 0) found.solver = NULL;
  return walk->each(walk->ctx, &found, &why);
}

static int is_object(const struct dirent *entry)
{
  const size_t n = strlen(entry->d_name);
  return n > 3 && strcmp(entry->d_name + n - 3, ".so") == 0;
}

static int compare_names(const struct dirent **a, const struct dirent **b)
{
  return strcmp((*a)->d_name, (*b)->d_name); /* not alphasort: no locale */
}

static int visit_folder(struct walk *walk, const char *folder)
{
  struct dirent **entries = NULL;
  int status = 0;
  const int n = scandir(folder, &entries, is_object, compare_names);
  for (int i = 0; i < n; i++) {
    struct rms_text path = {0};
    rms_text_printf(&path, "%s/%s", folder, entries[i]->d_name);
    if (status == 0) status = path.failed ? RMS_E_NOMEM : visit_file(walk, path.data);
    rms_text_fini(&path);
    free(entries[i]);
  }
  free(entries);
  return status;
}

static int visit_path(struct walk *walk, const char *list)
{
  int status = 0;
  while (status == 0 && *list) {
    const size_t n = strcspn(list, ":");
    struct stat info;
    char *item = rms_arena_copy(walk->arena, list, n);
    if (!item) return RMS_E_NOMEM;
    if (n > 0 && stat(item, &info) == 0)
      status = S_ISDIR(info.st_mode) ? visit_folder(walk, item) : visit_file(walk, item);
    list += n + (list[n] == ':');
  }
  return status;
}

int rms_cli_each_solver(const char *plugin, struct rms_arena *arena, rms_solver_visit_fn *each,
                        void *ctx, struct rms_error *err)
{
  struct walk walk = {.arena = arena, .each = each, .ctx = ctx};
  const char *list = getenv("RMS_PLUGIN_PATH");
  int status = 0;
  for (size_t i = 0; rms_builtin_solvers[i] && status == 0; i++) {
    const struct rms_found_solver found = {.solver = rms_builtin_solvers[i], .assignments = ""};
    status = each(ctx, &found, NULL);
  }
  if (status == 0 && plugin) status = visit_file(&walk, plugin);
  if (status == 0 && list) status = visit_path(&walk, list);
  return status == RMS_E_NOMEM ? rms_error_set(err, RMS_E_NOMEM, "out of memory") : status;
}

/* ---- one by name ---- */

struct wanted {
  const char *name, *family;
  struct rms_found_solver *found;
  size_t nearest;
  const char *nearest_name;
  struct rms_error broken; /* first plugin that could not be described */
};

static int look(void *ctx, const struct rms_found_solver *found, const struct rms_error *why)
{
  struct wanted *wanted = ctx;
  const struct rms_solver *solver = found->solver;
  if (!solver) {
    if (!wanted->broken.status) wanted->broken = *why;
    return 0;
  }
  if (wanted->family && strcmp(solver->family, wanted->family) != 0) return 0;
  if (strcmp(solver->name, wanted->name) == 0) {
    *wanted->found = *found;
    return 1;
  }
  const size_t distance = rms_text_distance(solver->name, wanted->name);
  if (distance >= wanted->nearest) return 0;
  wanted->nearest = distance;
  wanted->nearest_name = solver->name;
  return 0;
}

static int find_in_plugin(struct rms_found_solver *found, const char *name, const char *plugin,
                          struct rms_arena *arena, struct rms_error *err)
{
  const int status = rms_plugin_describe(&found->solver, plugin, arena, err);
  if (status < 0) return status;
  found->plugin = plugin;
  if (strcmp(found->solver->name, name) == 0) return RMS_OK;
  return rms_error_set(err, RMS_E_UNKNOWN, "%s: its solver is called \"%s\", not \"%s\"", plugin,
                       found->solver->name, name);
}

static int find_by_name(struct rms_found_solver *found, const char *name, const char *family,
                        struct rms_arena *arena, struct rms_error *err)
{
  struct wanted wanted = {.name = name, .family = family, .found = found, .nearest = SIZE_MAX};
  const int status = rms_cli_each_solver(NULL, arena, look, &wanted, err);
  if (status < 0) return status;
  if (status > 0) return RMS_OK;
  if (wanted.broken.status)
    return rms_error_set(err, RMS_E_UNKNOWN,
                         "solver \"%s\": there is none (and of RMS_PLUGIN_PATH: %.300s)", name,
                         wanted.broken.text);
  if (!wanted.nearest_name)
    return rms_error_set(err, RMS_E_UNKNOWN, "solver \"%s\": there is none", name);
  return rms_error_set(err, RMS_E_UNKNOWN,
                       "solver \"%s\": there is none, nearest is \"%s\" (rms solvers lists all)",
                       name, wanted.nearest_name);
}

int rms_cli_find_solver(struct rms_found_solver *found, const char *spec, const char *family,
                        const char *plugin, struct rms_arena *arena, struct rms_error *err)
{
  struct rms_found_solver result = {0};
  const char *name, *assignments;
  char *copy = rms_arena_text(arena, spec);
  if (!copy) return rms_error_set(err, RMS_E_NOMEM, "out of memory");
  rms_solver_split(copy, &name, &assignments);
  const int status = plugin ? find_in_plugin(&result, name, plugin, arena, err)
                            : find_by_name(&result, name, family, arena, err);
  if (status < 0) return status;
  result.assignments = assignments;
  *found = result;
  return RMS_OK;
}
