/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reader of "rms-instance/1", family jobs. Strict in form; what the numbers mean together is judged
 * by the builder. */
#include <stdlib.h>
#include <string.h>

#include "instances/builder.h"
#include "instances/jobs/cluster.h"
#include "instances/jobs/files.h"

struct type_name { /* for looking types up */
  const char *name;
  uint32_t type;
};

struct reader {
  struct rms_jobs_spec spec;
  struct rms_machine_list list;
  struct rms_jobs_type *types;
  struct type_name *names; /* sorted */
  struct rms_jobs_speed *speeds;
  size_t speeds_capacity;
  struct rms_job *jobs;
  struct rms_error *err;
};

static void reader_fini(struct reader *r)
{
  rms_machine_list_fini(&r->list);
  free(r->jobs);
  free(r->speeds);
  free(r->names);
  free(r->types);
}

/* ---- types -------------------------------------------------------------------------------------
 */

struct type { /* that is being read */
  struct reader *r;
  uint32_t number;
};

static int add_speed(void *ctx, const struct rms_node *node, uint16_t model, uint16_t profile)
{
  const struct type *const t = ctx;
  struct reader *const r = t->r;
  int64_t micro = 0;
  int status = RMS_OK;
  RMS_TRY(rms_node_micro(node, (double)RMS_JOBS_SPEED_MAX / RMS_JOBS_FULL, RMS_ROUND_DOWN, &micro,
                         r->err));
  if (micro == 0) return RMS_OK; /* does not fit: the same as absent */
  RMS_TRY(rms_grow(&r->speeds, &r->speeds_capacity, r->spec.n_speeds + 1, sizeof *r->speeds));
  r->speeds[r->spec.n_speeds++] = (struct rms_jobs_speed){
      .type = t->number, .model = model, .profile = profile, .speed = (int32_t)micro};
out:
  return status;
}

static int read_speeds(struct reader *r, const struct rms_node *node, uint32_t t)
{
  struct type type = {.r = r, .number = t};
  struct rms_node table;
  const int status = rms_node_get(node, "speed", &table, r->err);
  return status < 0 ? status
                    : rms_machine_list_table(&r->list, &table, RMS_JOBS_POOLS_MAX, add_speed, &type,
                                             r->err);
}

static int read_level(struct reader *r, const struct rms_node *row, int32_t *speeds)
{
  size_t n = 0;
  int status = rms_node_array(row, 0, RMS_JOBS_CORUN_MAX, &n, r->err);
  for (size_t i = 0; status == RMS_OK && i < n; i++) {
    const struct rms_node item = rms_node_item(row, i);
    int64_t micro = 0;
    status = rms_node_micro(&item, (double)RMS_JOBS_SPEED_MAX / RMS_JOBS_FULL, RMS_ROUND_DOWN,
                            &micro, r->err);
    speeds[i] = (int32_t)micro;
  }
  return status;
}

static int read_mps(struct reader *r, const struct rms_node *node, struct rms_jobs_type *type)
{
  struct rms_node table;
  bool found = false;
  size_t n = 0;
  int status = rms_node_find(node, "mps", &table, &found, r->err);
  if (status < 0 || !found) return status;
  status = rms_node_array(&table, r->spec.n_levels, r->spec.n_levels, &n, r->err);
  for (size_t l = 0; status == RMS_OK && l < n; l++) {
    const struct rms_node row = rms_node_item(&table, l);
    status = read_level(r, &row, type->mps[l]);
  }
  return status;
}

static int read_type(struct reader *r, const struct rms_node *node, uint32_t t)
{
  static const char *const fields[] = {"name",      "model", "batch", "memory_mib", "checkpoint_s",
                                       "restart_s", "speed", "mps",   NULL};
  const double most = (double)(RMS_JOBS_DELAY_MAX_US / RMS_JOBS_SECOND);
  struct rms_jobs_type *const type = &r->types[t];
  struct rms_node model;
  bool found = false;
  int64_t batch = 0;
  int status = RMS_OK;
  RMS_TRY(rms_node_fields(node, fields, r->err));
  RMS_TRY(rms_node_get_string(node, "name", 1, RMS_NAME_MAX, &type->name, r->err));
  RMS_TRY(rms_node_find(node, "model", &model, &found, r->err));
  if (found) RMS_TRY(rms_node_string(&model, 1, RMS_NAME_MAX, &type->model, r->err));
  RMS_TRY(rms_node_find_int(node, "batch", 0, 1000000000, &batch, r->err));
  RMS_TRY(
      rms_node_find_int(node, "memory_mib", 0, RMS_CLUSTER_MEMORY_MAX, &type->memory_mib, r->err));
  RMS_TRY(rms_node_get_micro(node, "checkpoint_s", most, &type->checkpoint_us, r->err));
  RMS_TRY(rms_node_get_micro(node, "restart_s", most, &type->restart_us, r->err));
  type->batch = (int32_t)batch;
  RMS_TRY(read_speeds(r, node, t));
  RMS_TRY(read_mps(r, node, type));
out:
  return status;
}

static int cmp_name(const void *a, const void *b)
{
  return strcmp(((const struct type_name *)a)->name, ((const struct type_name *)b)->name);
}

static int read_types(struct reader *r, const struct rms_node *root)
{
  struct rms_node list;
  int status =
      rms_node_get_array(root, "types", 1, RMS_JOBS_TYPES_MAX, &list, &r->spec.n_types, r->err);
  if (status < 0) return status;
  r->types = calloc(r->spec.n_types, sizeof *r->types);
  r->names = calloc(r->spec.n_types, sizeof *r->names);
  if (!r->types || !r->names) return RMS_E_NOMEM;
  for (size_t t = 0; status == RMS_OK && t < r->spec.n_types; t++) {
    const struct rms_node item = rms_node_item(&list, t);
    status = read_type(r, &item, (uint32_t)t);
    r->names[t] = (struct type_name){.name = r->types[t].name, .type = (uint32_t)t};
  }
  if (status == RMS_OK) qsort(r->names, r->spec.n_types, sizeof *r->names, cmp_name);
  return status;
}

/* ---- jobs --------------------------------------------------------------------------------------
 */

static const char *nearest_type(const struct reader *r, const char *name)
{
  const char *best = r->names[0].name;
  for (size_t t = 1; t < r->spec.n_types; t++)
    if (rms_text_distance(name, r->names[t].name) < rms_text_distance(name, best))
      best = r->names[t].name;
  return best;
}

static int read_job(struct reader *r, const struct rms_node *node, struct rms_job *job)
{
  static const char *const fields[] = {"type", "arrival_s", "work_s", "least", NULL};
  struct type_name key = {0};
  int64_t work = 0, least = 0;
  struct rms_node type;
  int status = RMS_OK;
  RMS_TRY(rms_node_fields(node, fields, r->err));
  RMS_TRY(rms_node_get(node, "type", &type, r->err));
  RMS_TRY(rms_node_string(&type, 1, RMS_NAME_MAX, &key.name, r->err));
  const struct type_name *const found =
      bsearch(&key, r->names, r->spec.n_types, sizeof *r->names, cmp_name);
  if (!found)
    RMS_TRY(rms_node_error(&type, r->err, "there is no type \"%s\"; the nearest is \"%s\"",
                           key.name, nearest_type(r, key.name)));
  RMS_TRY(rms_node_get_micro(node, "arrival_s", (double)(RMS_JOBS_TIME_MAX_US / RMS_JOBS_SECOND),
                             &job->arrival_us, r->err));
  RMS_TRY(rms_node_get_micro(node, "work_s", (double)(RMS_JOBS_WORK_MAX_US / RMS_JOBS_SECOND),
                             &work, r->err));
  RMS_TRY(rms_node_find_int(node, "least", 0, 1000, &least, r->err));
  job->type = found->type;
  job->work = work * RMS_JOBS_FULL;
  job->least = (int32_t)least;
out:
  return status;
}

static int read_jobs(struct reader *r, const struct rms_node *root)
{
  struct rms_node list;
  int status =
      rms_node_get_array(root, "jobs", 1, RMS_JOBS_JOBS_MAX, &list, &r->spec.n_jobs, r->err);
  if (status < 0) return status;
  r->jobs = calloc(r->spec.n_jobs, sizeof *r->jobs);
  if (!r->jobs) return RMS_E_NOMEM;
  for (size_t j = 0; status == RMS_OK && j < r->spec.n_jobs; j++) {
    const struct rms_node item = rms_node_item(&list, j);
    status = read_job(r, &item, &r->jobs[j]);
  }
  return status;
}

/* ---- the whole ---------------------------------------------------------------------------------
 */

static int read_document(struct rms_instance **result, const struct rms_document *doc,
                         const char *origin, struct rms_error *err)
{
  static const char *const fields[] = {"format", "family",    "name",  "machines", "pools",
                                       "levels", "overheads", "types", "jobs",     NULL};
  const struct rms_node root = rms_document_root(doc);
  struct reader r = {.err = err};
  struct rms_jobs *inst = NULL;
  int status = RMS_OK;
  RMS_TRY(rms_instance_read_head(&root, "jobs", fields, &r.spec.name, err));
  RMS_TRY(rms_cluster_read(&r.spec, &r.list, &root, err));
  RMS_TRY(read_types(&r, &root));
  RMS_TRY(read_jobs(&r, &root));
  r.spec.n_models = r.list.n;
  memcpy(r.spec.models, r.list.machines, r.list.n * sizeof *r.spec.models);
  r.spec.types = r.types;
  r.spec.speeds = r.speeds;
  r.spec.jobs = r.jobs;
  RMS_TRY(rms_instance_built(rms_jobs_build(&inst, &r.spec, err), origin, err));
  r.list.n = 0; /* taken */
  *result = &inst->base;
out:
  reader_fini(&r);
  return status;
}

int rms_jobs_parse(struct rms_instance **result, const char *bytes, size_t n, const char *origin,
                   struct rms_error *err)
{
  return rms_instance_parse(result, bytes, n, origin, read_document, err);
}

int rms_jobs_read(struct rms_instance **result, const char *path, struct rms_error *err)
{
  return rms_instance_read(result, path, read_document, err);
}
