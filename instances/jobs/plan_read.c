/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reader of "rms-plan/1", family jobs. Strict in form; whether the timeline is legal is the
 * checker's question. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "instances/base/file.h"
#include "instances/base/json.h"
#include "instances/jobs/files.h"
#include "instances/machine_list.h"

#define LAYOUTS_MAX ((size_t)1000000)
#define ROWS_MAX    ((size_t)100000000)
#define TIME_MAX    (INT64_C(1) << 60)

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
  int status = rms_node_get_array(root, name, 0, ROWS_MAX, &list, &n, r->err);
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

static int read_solver(const struct rms_node *root, struct rms_claim *claim, struct rms_error *err)
{
  struct rms_node node;
  const char *solver = "";
  bool found = false;
  int status = rms_node_find(root, "solver", &node, &found, err);
  if (status == RMS_OK && found)
    status = rms_node_string(&node, 0, RMS_CLAIM_SOLVER_MAX, &solver, err);
  if (status == RMS_OK) snprintf(claim->solver, sizeof claim->solver, "%s", solver);
  return status;
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
  RMS_TRY(read_solver(root, claim, r->err));
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
  static const char *const fields[] = {"format",    "family",   "instance", "solver",
                                       "objective", "makespan", "bound",    "status",
                                       "layouts",   "cuts",     "runs",     NULL};
  const struct rms_node root = rms_document_root(doc);
  int status = RMS_OK;
  RMS_TRY(rms_machine_list_constant(&root, "format", "rms-plan/1", r->err));
  RMS_TRY(rms_machine_list_constant(&root, "family", "jobs", r->err));
  RMS_TRY(rms_machine_list_constant(&root, "instance", r->inst->base.name, r->err));
  RMS_TRY(rms_node_fields(&root, fields, r->err));
  RMS_TRY(read_claim(r, &root, claim));
  RMS_TRY(rms_node_get_array(&root, "layouts", 0, LAYOUTS_MAX, &r->layouts, &r->n_layouts, r->err));
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
