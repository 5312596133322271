/* SPDX-License-Identifier: GPL-3.0-or-later */
/* "rms-plan/1", family jobs: layouts once each, cuts and runs as rows of numbers. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "instances/base/file.h"
#include "instances/base/json.h"
#include "instances/jobs/check.h"
#include "instances/jobs/files.h"
#include "instances/machine_list.h"

#define LAYOUTS_MAX ((size_t)1000000)
#define ROWS_MAX    ((size_t)100000000)
#define TIME_MAX    (INT64_C(1) << 60)

/* ---- writing -----------------------------------------------------------------------------------
 */

struct layouts { /* distinct ones, as indices of the first cut that has it */
  size_t *first;
  size_t n, capacity;
};

static size_t model_of(const struct rms_jobs *inst, const struct rms_timeline_cut *cut)
{
  return rms_cluster_pool(&inst->cluster, cut->machine)->model;
}

static bool is_equal(const struct rms_jobs *inst, const struct rms_timeline *t, size_t a, size_t b)
{
  const struct rms_timeline_cut *const x = &t->cuts[a], *const y = &t->cuts[b];
  if (x->level != y->level || x->n_slices != y->n_slices) return false;
  if (x->n_slices == 0) return true;
  return model_of(inst, x) == model_of(inst, y) &&
         memcmp(t->slices + x->first, t->slices + y->first, x->n_slices * sizeof *t->slices) == 0;
}

static int layout_of(struct layouts *layouts, const struct rms_jobs *inst,
                     const struct rms_timeline *t, size_t c, size_t *index)
{
  for (*index = 0; *index < layouts->n; ++*index)
    if (is_equal(inst, t, layouts->first[*index], c)) return RMS_OK;
  const int status =
      rms_grow(&layouts->first, &layouts->capacity, layouts->n + 1, sizeof *layouts->first);
  if (status == RMS_OK) layouts->first[layouts->n++] = c;
  return status;
}

static void write_layout(const struct rms_jobs *inst, const struct rms_timeline *t, size_t c,
                         struct rms_text *text)
{
  const struct rms_timeline_cut *const cut = &t->cuts[c];
  if (cut->level >= 0) {
    rms_text_printf(text, "%d", inst->cluster.levels[cut->level]);
    return;
  }
  rms_text_add(text, "[");
  for (size_t i = 0; i < cut->n_slices; i++) {
    const struct rms_placed slice = t->slices[cut->first + i];
    rms_text_printf(text, "%s\"%s@%u\"", i ? ", " : "",
                    inst->cluster.models[model_of(inst, cut)]->profiles[slice.profile].name,
                    slice.start);
  }
  rms_text_add(text, "]");
}

static int write_cuts(const struct rms_jobs *inst, const struct rms_timeline *t,
                      struct rms_text *text)
{
  struct layouts layouts = {0};
  struct rms_text rows = {0};
  int status = RMS_OK;
  for (size_t c = 0; c < t->n_cuts; c++) {
    size_t index = 0;
    RMS_TRY(layout_of(&layouts, inst, t, c, &index));
    rms_text_printf(&rows, "%s[%" PRId64 ",%" PRIu32 ",%zu]", c ? ",\n    " : "\n    ",
                    t->cuts[c].begin_us, t->cuts[c].machine, index);
  }
  rms_text_add(text, "  \"layouts\": [");
  for (size_t i = 0; i < layouts.n; i++) {
    rms_text_add(text, i ? ",\n    " : "\n    ");
    write_layout(inst, t, layouts.first[i], text);
  }
  rms_text_add(text, " ],\n  \"cuts\": [");
  if (rows.length) rms_text_bytes(text, rows.data, rows.length);
  rms_text_add(text, " ],\n");
  status = rms_text_status(&rows);
out:
  rms_text_fini(&rows);
  free(layouts.first);
  return status;
}

static void write_runs(const struct rms_timeline *t, struct rms_text *text)
{
  rms_text_add(text, "  \"runs\": [");
  for (size_t i = 0; i < t->n_runs; i++) {
    const struct rms_timeline_run *const run = &t->runs[i];
    rms_text_printf(text, "%s[%" PRIu32 ",%" PRIu32 ",%d,%" PRId64 ",%" PRId64 "]",
                    i ? ",\n    " : "\n    ", run->job, run->machine,
                    run->start == RMS_TIMELINE_MPS ? -1 : run->start, run->begin_us, run->stop_us);
  }
  rms_text_add(text, " ] }\n");
}

/* The indices must be good before names are looked up; legality is not our question. */
static int check_indices(const struct rms_jobs *inst, const struct rms_timeline *t,
                         struct rms_error *err)
{
  for (size_t c = 0; c < t->n_cuts; c++) {
    const struct rms_timeline_cut *const cut = &t->cuts[c];
    if (cut->machine >= inst->cluster.n_machines || cut->level >= (int)inst->cluster.n_levels)
      return rms_error_set(err, RMS_E_FORMAT, "plan: cut %zu: no such machine or level", c);
    const struct rms_machine *const model = inst->cluster.models[model_of(inst, cut)];
    for (size_t i = 0; i < cut->n_slices; i++)
      if (t->slices[cut->first + i].profile >= model->n_profiles)
        return rms_error_set(err, RMS_E_FORMAT, "plan: cut %zu: no such profile", c);
  }
  return RMS_OK;
}

static int write_plan(const struct rms_jobs *inst, const struct rms_timeline *t,
                      const struct rms_claim *claim, const char *status_text, struct rms_text *text)
{
  struct rms_jobs_audit audit = {.is_feasible = false};
  int status = claim ? RMS_OK : rms_jobs_audit(inst, t, &audit);
  if (status < 0) return status;
  rms_text_add(text, "{ \"format\": \"rms-plan/1\", \"family\": \"jobs\", \"instance\": ");
  rms_text_json(text, inst->base.name);
  rms_text_add(text, ", \"objective\": ");
  rms_text_double(text, claim ? claim->objective[0] : audit.mean_jct);
  rms_text_add(text, ", \"makespan\": ");
  rms_text_double(text, claim ? claim->objective[1] : audit.makespan);
  rms_text_add(text, ", \"bound\": ");
  rms_text_double(text, claim ? claim->bound : NAN);
  rms_text_add(text, ", \"status\": ");
  rms_text_json(text, status_text);
  rms_text_add(text, ",\n");
  status = write_cuts(inst, t, text);
  write_runs(t, text);
  rms_jobs_audit_fini(&audit);
  return status < 0 ? status : rms_text_status(text);
}

int rms_jobs_plan_file_write(const struct rms_instance *base, const void *bytes, size_t n,
                             const struct rms_claim *claim, const char *status_text,
                             struct rms_text *text, struct rms_error *err)
{
  const struct rms_jobs *const inst = rms_jobs_of(base);
  struct rms_timeline timeline = {0};
  int status = RMS_OK;
  if (!inst) return rms_error_set(err, RMS_E_PARAM, "plan: of another family");
  if (n) RMS_TRY(rms_timeline_decode(&timeline, bytes, n, err));
  RMS_TRY(check_indices(inst, &timeline, err));
  status = write_plan(inst, &timeline, claim, status_text, text);
  if (status < 0) rms_error_set(err, status, "plan: out of memory");
out:
  rms_timeline_fini(&timeline);
  return status;
}

/* ---- reading -----------------------------------------------------------------------------------
 */

struct reader {
  const struct rms_jobs *inst;
  struct rms_timeline timeline;
  struct rms_node layouts;
  size_t n_layouts;
  struct rms_error *err;
};

/* A row of n whole numbers. */
static int read_row(const struct rms_node *row, const int64_t *hi, size_t n, int64_t *values,
                    struct rms_error *err)
{
  size_t found = 0;
  int status = rms_node_array(row, n, n, &found, err);
  for (size_t i = 0; i < n && status == RMS_OK; i++) {
    const struct rms_node item = rms_node_item(row, i);
    status = rms_node_int(&item, hi[i] < 0 ? -1 : 0, hi[i] < 0 ? -hi[i] : hi[i], &values[i], err);
  }
  return status;
}

/* "PROFILE@START" */
static int read_slice(const struct rms_node *node, const struct rms_machine *model,
                      struct rms_placed *slice, struct rms_error *err)
{
  const char *text = NULL;
  char name[RMS_NAME_MAX + 1];
  int64_t start = 0;
  const int status = rms_node_string(node, 1, RMS_NAME_MAX, &text, err);
  if (status < 0) return status;
  const char *const at = strrchr(text, '@');
  if (!at || rms_parse_int(at + 1, &start) < 0 || start < 0 || start >= RMS_UNITS_MAX)
    return rms_node_error(node, err, "is \"%s\", must be PROFILE@START", text);
  memcpy(name, text, (size_t)(at - text));
  name[at - text] = '\0';
  const int profile = rms_machine_profile(model, name);
  if (profile < 0)
    return rms_node_error(node, err, "machine \"%s\" has no profile \"%s\"", model->name, name);
  *slice = (struct rms_placed){.profile = (uint16_t)profile, .start = (uint16_t)start};
  return RMS_OK;
}

static int read_slices(struct reader *r, const struct rms_node *node, uint32_t machine,
                       struct rms_placed *slices, size_t *n)
{
  const size_t m = rms_cluster_pool(&r->inst->cluster, machine)->model;
  int status = rms_node_array(node, 0, RMS_UNITS_MAX, n, r->err);
  for (size_t i = 0; status == RMS_OK && i < *n; i++) {
    const struct rms_node item = rms_node_item(node, i);
    status = read_slice(&item, r->inst->cluster.models[m], &slices[i], r->err);
  }
  return status;
}

/* A layout is a list of slices, or a percentage: the machine is whole, under MPS. */
static int read_cut(struct reader *r, const struct rms_node *row)
{
  struct rms_placed slices[RMS_UNITS_MAX];
  size_t n = 0;
  int level = -1;
  int64_t v[3], percent = 0;
  const int64_t hi[3] = {TIME_MAX, (int64_t)r->inst->cluster.n_machines - 1,
                         (int64_t)r->n_layouts - 1};
  if (r->n_layouts == 0) return rms_node_error(row, r->err, "there are no layouts");
  int status = read_row(row, hi, 3, v, r->err);
  if (status < 0) return status;
  const struct rms_node layout = rms_node_item(&r->layouts, (size_t)v[2]);
  if (rms_node_int(&layout, 1, 100, &percent, NULL) == RMS_OK) {
    level = rms_cluster_level(&r->inst->cluster, (int)percent);
    if (level < 0) status = rms_node_error(&layout, r->err, "is no MPS level of the instance");
  } else {
    status = read_slices(r, &layout, (uint32_t)v[1], slices, &n);
  }
  if (status < 0) return status;
  return rms_timeline_cut(&r->timeline, v[0], (uint32_t)v[1], level, slices, n);
}

static int read_run(struct reader *r, const struct rms_node *row)
{
  const int64_t hi[5] = {(int64_t)r->inst->n_jobs - 1, (int64_t)r->inst->cluster.n_machines - 1,
                         -RMS_UNITS_MAX, TIME_MAX, TIME_MAX};
  int64_t v[5];
  const int status = read_row(row, hi, 5, v, r->err);
  if (status < 0) return status;
  const struct rms_timeline_run run = {.job = (uint32_t)v[0],
                                       .machine = (uint32_t)v[1],
                                       .start =
                                           v[2] < 0 ? (uint16_t)RMS_TIMELINE_MPS : (uint16_t)v[2],
                                       .begin_us = v[3],
                                       .stop_us = v[4]};
  if (run.stop_us < run.begin_us) return rms_node_error(row, r->err, "stops before it begins");
  return rms_timeline_run(&r->timeline, &run);
}

static int read_rows(struct reader *r, const struct rms_node *root, const char *name,
                     int (*read)(struct reader *, const struct rms_node *))
{
  struct rms_node list;
  size_t n = 0;
  int status = rms_node_get(root, name, &list, r->err);
  if (status == RMS_OK) status = rms_node_array(&list, 0, ROWS_MAX, &n, r->err);
  for (size_t i = 0; status == RMS_OK && i < n; i++) {
    const struct rms_node row = rms_node_item(&list, i);
    status = read(r, &row);
  }
  return status;
}

static int read_number(const struct rms_node *root, const char *name, double *value,
                       struct rms_error *err)
{
  struct rms_node node;
  bool found = false;
  const int status = rms_node_find(root, name, &node, &found, err);
  *value = NAN;
  return status < 0 || !found ? status : rms_node_double(&node, 0, 1e18, value, err);
}

static int read_claim(struct reader *r, const struct rms_node *root, struct rms_claim *claim)
{
  const char *status_text = NULL;
  struct rms_node node;
  int status = RMS_OK;
  *claim = (struct rms_claim){.bound = NAN};
  RMS_TRY(read_number(root, "objective", &claim->objective[0], r->err));
  RMS_TRY(read_number(root, "makespan", &claim->objective[1], r->err));
  RMS_TRY(read_number(root, "bound", &claim->bound, r->err));
  RMS_TRY(rms_node_get_string(root, "status", 1, RMS_NAME_MAX, &status_text, r->err));
  claim->is_optimal = strcmp(status_text, "optimal") == 0;
  if (strcmp(status_text, "infeasible") == 0) {
    claim->objective[0] = INFINITY;
  } else if (!claim->is_optimal && strcmp(status_text, "feasible") != 0) {
    RMS_TRY(rms_node_get(root, "status", &node, r->err));
    RMS_TRY(rms_node_error(&node, r->err, "is \"%s\", must be optimal, feasible or infeasible",
                           status_text));
  }
out:
  return status;
}

static int read_plan(struct reader *r, const struct rms_document *doc, struct rms_claim *claim)
{
  static const char *const fields[] = {"format",   "family", "instance", "objective",
                                       "makespan", "bound",  "status",   "layouts",
                                       "cuts",     "runs",   NULL};
  const struct rms_node root = rms_document_root(doc);
  int status = RMS_OK;
  RMS_TRY(rms_machine_list_constant(&root, "format", "rms-plan/1", r->err));
  RMS_TRY(rms_machine_list_constant(&root, "family", "jobs", r->err));
  RMS_TRY(rms_machine_list_constant(&root, "instance", r->inst->base.name, r->err));
  RMS_TRY(rms_node_fields(&root, fields, r->err));
  RMS_TRY(read_claim(r, &root, claim));
  RMS_TRY(rms_node_get(&root, "layouts", &r->layouts, r->err));
  RMS_TRY(rms_node_array(&r->layouts, 0, LAYOUTS_MAX, &r->n_layouts, r->err));
  RMS_TRY(read_rows(r, &root, "cuts", read_cut));
  RMS_TRY(read_rows(r, &root, "runs", read_run));
out:
  return status;
}

int rms_jobs_plan_file_parse(const struct rms_instance *base, const char *file, size_t n_file,
                             const char *origin, void **bytes, size_t *n, struct rms_claim *claim,
                             struct rms_error *err)
{
  struct reader r = {.inst = rms_jobs_of(base), .err = err};
  struct rms_document *doc = NULL;
  struct rms_text encoded = {0};
  struct rms_claim found;
  int status = RMS_OK;
  if (!r.inst) return rms_error_set(err, RMS_E_PARAM, "%s: of another family", origin);
  RMS_TRY(rms_document_parse(&doc, file, n_file, origin, err));
  RMS_TRY(read_plan(&r, doc, &found));
  rms_timeline_sort(&r.timeline);
  RMS_TRY(rms_timeline_encode(&r.timeline, &encoded));
  *claim = found;
  *bytes = encoded.data;
  *n = encoded.length;
  encoded = (struct rms_text){0};
out:
  if (status == RMS_E_NOMEM) rms_error_set(err, status, "%s: out of memory", origin);
  rms_text_fini(&encoded);
  rms_timeline_fini(&r.timeline);
  rms_document_free(doc);
  return status;
}

int rms_jobs_plan_file_read(const struct rms_instance *inst, const char *path, void **bytes,
                            size_t *n, struct rms_claim *claim, struct rms_error *err)
{
  char *file = NULL;
  size_t n_file = 0;
  int status = rms_file_read(path, RMS_JSON_FILE_MAX, &file, &n_file, err);
  if (status == RMS_OK)
    status = rms_jobs_plan_file_parse(inst, file, n_file, path, bytes, n, claim, err);
  free(file);
  return status;
}
