/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/describe_parts.h"
#include "solvers/params.h"

/* ---- writing ---- */

static void add_field(struct rms_text *text, const char *name, const char *value)
{
  rms_text_printf(text, ",\"%s\":", name);
  rms_text_json(text, value);
}

void rms_description_write(struct rms_text *text, const struct rms_solver *solver)
{
  rms_text_printf(text, "{\"flags\":%u", (unsigned)solver->flags);
  add_field(text, "name", solver->name);
  add_field(text, "version", solver->version);
  add_field(text, "doc", solver->doc);
  add_field(text, "citation", solver->citation);
  add_field(text, "family", solver->family);
  rms_text_add(text, ",\"params\":[");
  for (size_t i = 0, n = rms_params_count(solver->params); i < n; i++) {
    const struct rms_param *param = &solver->params[i];
    rms_text_printf(text, "%s{\"type\":%d", i ? "," : "", (int)param->type);
    add_field(text, "name", param->name);
    add_field(text, "default", param->dflt);
    add_field(text, "range", param->range);
    add_field(text, "scale", param->scale);
    add_field(text, "when", param->when);
    add_field(text, "unit", param->unit);
    add_field(text, "doc", param->doc);
    rms_text_add(text, "}");
  }
  rms_text_add(text, "]}\n");
}

void rms_description_fail(struct rms_text *text, const struct rms_error *why)
{
  rms_text_printf(text, "{\"status\":%d,\"error\":", why->status);
  rms_text_json(text, why->text);
  rms_text_add(text, "}\n");
}

/* ---- reading ---- */

/* Optional string; NULL stays NULL. */
static int copy_text(const struct rms_node *object, const char *name, struct rms_arena *arena,
                     const char **result, struct rms_error *err)
{
  struct rms_node node;
  bool found;
  const char *value;
  int status = rms_node_find(object, name, &node, &found, err);
  if (status < 0) return status;
  *result = NULL;
  if (!found) return RMS_OK;
  status = rms_node_string(&node, 0, RMS_DESCRIPTION_MAX, &value, err);
  if (status < 0) return status;
  *result = rms_arena_text(arena, value);
  return *result ? RMS_OK : rms_error_set(err, RMS_E_NOMEM, "out of memory");
}

static int parse_param(struct rms_param *param, const struct rms_node *node,
                       struct rms_arena *arena, struct rms_error *err)
{
  int status;
  int64_t type;
  RMS_TRY(rms_node_get_int(node, "type", RMS_P_BOOL, RMS_P_STRING, &type, err));
  param->type = (enum rms_param_type)type;
  RMS_TRY(copy_text(node, "name", arena, &param->name, err));
  RMS_TRY(copy_text(node, "default", arena, &param->dflt, err));
  RMS_TRY(copy_text(node, "range", arena, &param->range, err));
  RMS_TRY(copy_text(node, "scale", arena, &param->scale, err));
  RMS_TRY(copy_text(node, "when", arena, &param->when, err));
  RMS_TRY(copy_text(node, "unit", arena, &param->unit, err));
  RMS_TRY(copy_text(node, "doc", arena, &param->doc, err));
out:
  return status;
}

static int parse_params(struct rms_solver *solver, const struct rms_node *root,
                        struct rms_arena *arena, struct rms_error *err)
{
  int status;
  struct rms_node array;
  size_t n;
  RMS_TRY(rms_node_get(root, "params", &array, err));
  RMS_TRY(rms_node_array(&array, 0, RMS_PARAMS_MAX, &n, err));
  struct rms_param *params = rms_arena_alloc(arena, n + 1, sizeof *params);
  if (!params) return rms_error_set(err, RMS_E_NOMEM, "out of memory");
  for (size_t i = 0; i < n; i++) {
    const struct rms_node item = rms_node_item(&array, i);
    RMS_TRY(parse_param(&params[i], &item, arena, err));
  }
  solver->params = params;
out:
  return status;
}

static int parse_solver(struct rms_solver *solver, const struct rms_node *root,
                        struct rms_arena *arena, struct rms_error *err)
{
  int status;
  int64_t flags;
  *solver = (struct rms_solver){.abi = RMS_SOLVER_ABI, .size = sizeof *solver};
  RMS_TRY(rms_node_get_int(root, "flags", 0, UINT32_MAX, &flags, err));
  solver->flags = (uint32_t)flags;
  RMS_TRY(copy_text(root, "name", arena, &solver->name, err));
  RMS_TRY(copy_text(root, "version", arena, &solver->version, err));
  RMS_TRY(copy_text(root, "doc", arena, &solver->doc, err));
  RMS_TRY(copy_text(root, "citation", arena, &solver->citation, err));
  RMS_TRY(copy_text(root, "family", arena, &solver->family, err));
  RMS_TRY(parse_params(solver, root, arena, err));
out:
  return status;
}

/* The child has checked the object; its text crosses a pipe that foreign code could write to, so
 * the parts that are used without a callback are checked again here. */
static int recheck(const struct rms_solver *solver, const char *path, struct rms_error *err)
{
  if (!solver->name || !solver->version || !solver->doc || !solver->family)
    return rms_error_set(err, RMS_E_FORMAT, "%s: has no name, version, doc or family", path);
  int status = rms_params_check(solver->params, err);
  if (status < 0) rms_error_where(err, "%s", path);
  return status;
}

int rms_description_read(const struct rms_solver **result, const struct rms_node *root,
                         const char *path, struct rms_arena *arena, struct rms_error *err)
{
  int status;
  struct rms_node failure;
  bool has_failed;
  const char *words;
  int64_t number;
  RMS_TRY(rms_node_find(root, "error", &failure, &has_failed, err));
  if (has_failed) {
    RMS_TRY(rms_node_string(&failure, 0, RMS_ERROR_TEXT, &words, err));
    RMS_TRY(rms_node_get_int(root, "status", -100, -1, &number, err));
    return rms_error_set(err, (int)number, "%s", words);
  }
  struct rms_solver *solver = rms_arena_alloc(arena, 1, sizeof *solver);
  if (!solver) return rms_error_set(err, RMS_E_NOMEM, "out of memory");
  RMS_TRY(parse_solver(solver, root, arena, err));
  RMS_TRY(recheck(solver, path, err));
  *result = solver;
out:
  return status;
}
