/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reader of "rms-instance/1", family jobs. Strict in form; what the numbers mean together is judged
 * by the builder. */
#include <stdlib.h>
#include <string.h>

#include "instances/base/json.h"
#include "instances/jobs/files.h"
#include "instances/machine_list.h"

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

/* ---- numbers -----------------------------------------------------------------------------------
 */

/* A decimal as millionths; more than six decimals are rounded down. */
static int micro_of(const struct rms_node *node, double hi, int64_t *micro, struct rms_error *err)
{
  double value = 0;
  const int status = rms_node_double(node, 0, hi, &value, err);
  if (status < 0) return status;
  return rms_micro_from_double(value, RMS_ROUND_DOWN, micro) < 0
             ? rms_node_error(node, err, "is out of range")
             : RMS_OK;
}

static int get_micro(const struct rms_node *parent, const char *name, double hi, int64_t *micro,
                     struct rms_error *err)
{
  struct rms_node node;
  const int status = rms_node_get(parent, name, &node, err);
  return status < 0 ? status : micro_of(&node, hi, micro, err);
}

static int find_int(const struct rms_node *parent, const char *name, int64_t hi, int64_t *value,
                    struct rms_error *err)
{
  struct rms_node node;
  bool found = false;
  const int status = rms_node_find(parent, name, &node, &found, err);
  return status < 0 || !found ? status : rms_node_int(&node, 0, hi, value, err);
}

static int get_choice(const struct rms_node *parent, const char *name, const char *yes,
                      const char *no, bool *is_yes, struct rms_error *err)
{
  const char *text = NULL;
  struct rms_node node;
  int status = rms_node_get_string(parent, name, 1, RMS_NAME_MAX, &text, err);
  if (status < 0) return status;
  *is_yes = strcmp(text, yes) == 0;
  if (*is_yes || strcmp(text, no) == 0) return RMS_OK;
  status = rms_node_get(parent, name, &node, err);
  return status < 0
             ? status
             : rms_node_error(&node, err, "is \"%s\", must be \"%s\" or \"%s\"", text, yes, no);
}

/* ---- cluster -----------------------------------------------------------------------------------
 */

static int read_pool(struct reader *r, const struct rms_node *pool, size_t p)
{
  static const char *const fields[] = {"name", "machine", "rules", "count", "memory_mib", NULL};
  int status = RMS_OK;
  struct rms_node node;
  bool found = false;
  RMS_TRY(rms_node_fields(pool, fields, r->err));
  RMS_TRY(rms_machine_list_take(&r->list, pool, &r->spec.pools[p].model, r->err));
  RMS_TRY(rms_machine_list_rules(r->list.machines[r->spec.pools[p].model], pool,
                                 &r->spec.pools[p].rules, r->err));
  RMS_TRY(
      rms_node_get_int(pool, "count", 1, RMS_JOBS_MACHINES_MAX, &r->spec.pools[p].count, r->err));
  RMS_TRY(find_int(pool, "memory_mib", INT64_C(1) << 40, &r->spec.pools[p].memory_mib, r->err));
  RMS_TRY(rms_node_find(pool, "name", &node, &found, r->err));
  if (found) RMS_TRY(rms_node_string(&node, 1, RMS_NAME_MAX, &r->spec.pools[p].name, r->err));
out:
  return status;
}

static int read_pools(struct reader *r, const struct rms_node *root)
{
  struct rms_node list;
  int status = rms_node_get(root, "pools", &list, r->err);
  if (status < 0) return status;
  status = rms_node_array(&list, 1, RMS_JOBS_POOLS_MAX, &r->spec.n_pools, r->err);
  for (size_t p = 0; status == RMS_OK && p < r->spec.n_pools; p++) {
    const struct rms_node pool = rms_node_item(&list, p);
    status = read_pool(r, &pool, p);
  }
  return status;
}

static int read_percents(const struct rms_node *parent, const char *name, int *levels, size_t *n,
                         struct rms_error *err)
{
  struct rms_node list;
  int status = rms_node_get(parent, name, &list, err);
  if (status < 0) return status;
  status = rms_node_array(&list, 0, RMS_JOBS_LEVELS_MAX, n, err);
  for (size_t i = 0; status == RMS_OK && i < *n; i++) {
    const struct rms_node item = rms_node_item(&list, i);
    int64_t percent = 0;
    status = rms_node_int(&item, 1, 100, &percent, err);
    levels[i] = (int)percent;
  }
  return status;
}

static int read_phase(struct reader *r, const struct rms_node *node)
{
  struct rms_jobs_overheads *const o = &r->spec.overheads;
  int levels[RMS_JOBS_LEVELS_MAX];
  size_t n = 0;
  const int status = read_percents(node, "phase", levels, &n, r->err);
  if (status < 0) return status;
  for (size_t i = 0; i < n; i++) {
    size_t l = 0;
    while (l < r->spec.n_levels && r->spec.levels[l] != levels[i]) l++;
    if (l == r->spec.n_levels)
      return rms_node_error(node, r->err, "level %d of \"phase\" is not among \"levels\"",
                            levels[i]);
    o->phase[i] = (uint8_t)l;
  }
  o->n_phase = (int)n;
  return RMS_OK;
}

static int read_overheads(struct reader *r, const struct rms_node *root)
{
  static const char *const fields[] = {"recut_s", "settle_s", "mps_s", "phase_s",    "phase",
                                       "scope",   "measure",  "noise", "noise_seed", NULL};
  const double most = (double)(RMS_JOBS_DELAY_MAX_US / RMS_JOBS_SECOND);
  struct rms_jobs_overheads *const o = &r->spec.overheads;
  struct rms_node node;
  int64_t noise = 0, seed = 0;
  int status = RMS_OK;
  RMS_TRY(read_percents(root, "levels", r->spec.levels, &r->spec.n_levels, r->err));
  RMS_TRY(rms_node_get(root, "overheads", &node, r->err));
  RMS_TRY(rms_node_fields(&node, fields, r->err));
  RMS_TRY(get_micro(&node, "recut_s", most, &o->recut_us, r->err));
  RMS_TRY(get_micro(&node, "settle_s", most, &o->settle_us, r->err));
  RMS_TRY(get_micro(&node, "mps_s", most, &o->mps_us, r->err));
  RMS_TRY(get_micro(&node, "phase_s", most, &o->phase_us, r->err));
  RMS_TRY(read_phase(r, &node));
  RMS_TRY(get_choice(&node, "scope", "machine", "slice", &o->is_whole, r->err));
  RMS_TRY(get_choice(&node, "measure", "replay", "model", &o->is_replayed, r->err));
  RMS_TRY(get_micro(&node, "noise", 1, &noise, r->err));
  RMS_TRY(find_int(&node, "noise_seed", INT64_MAX, &seed, r->err));
  o->noise = (int32_t)noise;
  o->noise_seed = (uint64_t)seed;
out:
  return status;
}

/* ---- types -------------------------------------------------------------------------------------
 */

static int add_speed(struct reader *r, const struct rms_node *node, struct rms_jobs_speed speed)
{
  int64_t micro = 0;
  int status = RMS_OK;
  RMS_TRY(rms_machine_list_profile(r->list.machines[speed.model], node, &speed.profile, r->err));
  RMS_TRY(micro_of(node, (double)RMS_JOBS_SPEED_MAX / RMS_JOBS_FULL, &micro, r->err));
  if (micro == 0) return RMS_OK; /* does not fit: the same as absent */
  RMS_TRY(rms_grow(&r->speeds, &r->speeds_capacity, r->spec.n_speeds + 1, sizeof *r->speeds));
  speed.speed = (int32_t)micro;
  r->speeds[r->spec.n_speeds++] = speed;
out:
  return status;
}

static int read_speeds(struct reader *r, const struct rms_node *type, uint32_t t)
{
  struct rms_node table;
  size_t n = 0;
  int status = rms_node_get(type, "speed", &table, r->err);
  if (status < 0) return status;
  status = rms_node_members(&table, 0, RMS_JOBS_POOLS_MAX, &n, r->err);
  if (status < 0) return status;
  for (void *i = rms_node_first(&table); i; i = rms_node_next(&table, i)) {
    const struct rms_node speeds = rms_node_member(&table, i);
    struct rms_jobs_speed speed = {.type = t};
    status = rms_machine_list_find(&r->list, &speeds, &speed.model, r->err);
    if (status < 0) return status;
    status = rms_node_members(&speeds, 0, RMS_PROFILES_MAX, &n, r->err);
    if (status < 0) return status;
    for (void *j = rms_node_first(&speeds); j; j = rms_node_next(&speeds, j)) {
      const struct rms_node item = rms_node_member(&speeds, j);
      if ((status = add_speed(r, &item, speed)) < 0) return status;
    }
  }
  return RMS_OK;
}

static int read_level(struct reader *r, const struct rms_node *row, int32_t *speeds)
{
  size_t n = 0;
  int status = rms_node_array(row, 0, RMS_JOBS_CORUN_MAX, &n, r->err);
  for (size_t i = 0; status == RMS_OK && i < n; i++) {
    const struct rms_node item = rms_node_item(row, i);
    int64_t micro = 0;
    status = micro_of(&item, (double)RMS_JOBS_SPEED_MAX / RMS_JOBS_FULL, &micro, r->err);
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
  RMS_TRY(find_int(node, "batch", 1000000000, &batch, r->err));
  RMS_TRY(find_int(node, "memory_mib", INT64_C(1) << 40, &type->memory_mib, r->err));
  RMS_TRY(get_micro(node, "checkpoint_s", most, &type->checkpoint_us, r->err));
  RMS_TRY(get_micro(node, "restart_s", most, &type->restart_us, r->err));
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
  int status = rms_node_get(root, "types", &list, r->err);
  if (status < 0) return status;
  status = rms_node_array(&list, 1, RMS_JOBS_TYPES_MAX, &r->spec.n_types, r->err);
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
  RMS_TRY(get_micro(node, "arrival_s", (double)(RMS_JOBS_TIME_MAX_US / RMS_JOBS_SECOND),
                    &job->arrival_us, r->err));
  RMS_TRY(
      get_micro(node, "work_s", (double)(RMS_JOBS_WORK_MAX_US / RMS_JOBS_SECOND), &work, r->err));
  RMS_TRY(find_int(node, "least", 1000, &least, r->err));
  job->type = found->type;
  job->work = work * RMS_JOBS_FULL;
  job->least = (int32_t)least;
out:
  return status;
}

static int read_jobs(struct reader *r, const struct rms_node *root)
{
  struct rms_node list;
  int status = rms_node_get(root, "jobs", &list, r->err);
  if (status < 0) return status;
  status = rms_node_array(&list, 1, RMS_JOBS_JOBS_MAX, &r->spec.n_jobs, r->err);
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

static int read_document(struct rms_jobs **result, const struct rms_document *doc,
                         const char *origin, struct rms_error *err)
{
  static const char *const fields[] = {"format", "family",    "name",  "machines", "pools",
                                       "levels", "overheads", "types", "jobs",     NULL};
  const struct rms_node root = rms_document_root(doc);
  struct reader r = {.err = err};
  int status = RMS_OK;
  RMS_TRY(rms_machine_list_constant(&root, "format", "rms-instance/1", err));
  RMS_TRY(rms_machine_list_constant(&root, "family", "jobs", err));
  RMS_TRY(rms_node_fields(&root, fields, err));
  RMS_TRY(rms_node_get_string(&root, "name", 1, RMS_NAME_MAX, &r.spec.name, err));
  RMS_TRY(rms_machine_list_read(&r.list, &root, err));
  RMS_TRY(read_pools(&r, &root));
  RMS_TRY(rms_machine_list_check(&r.list, &root, err));
  RMS_TRY(read_overheads(&r, &root));
  RMS_TRY(read_types(&r, &root));
  RMS_TRY(read_jobs(&r, &root));
  r.spec.n_models = r.list.n;
  memcpy(r.spec.models, r.list.machines, r.list.n * sizeof *r.spec.models);
  r.spec.types = r.types;
  r.spec.speeds = r.speeds;
  r.spec.jobs = r.jobs;
  status = rms_jobs_build(result, &r.spec, err);
  if (status == RMS_OK) r.list.n = 0; /* taken */
  if (status < 0 && status != RMS_E_NOMEM) rms_error_where(err, "%s", origin);
out:
  if (status == RMS_E_NOMEM) rms_error_set(err, status, "%s: out of memory", origin);
  reader_fini(&r);
  return status;
}

static int read_and_close(struct rms_instance **result, struct rms_document *doc,
                          const char *origin, struct rms_error *err)
{
  struct rms_jobs *inst = NULL;
  const int status = read_document(&inst, doc, origin, err);
  rms_document_free(doc);
  if (status == RMS_OK) *result = &inst->base;
  return status;
}

int rms_jobs_parse(struct rms_instance **result, const char *bytes, size_t n, const char *origin,
                   struct rms_error *err)
{
  struct rms_document *doc = NULL;
  const int status = rms_document_parse(&doc, bytes, n, origin, err);
  return status < 0 ? status : read_and_close(result, doc, origin, err);
}

int rms_jobs_read(struct rms_instance **result, const char *path, struct rms_error *err)
{
  struct rms_document *doc = NULL;
  const int status = rms_document_open(&doc, path, err);
  return status < 0 ? status : read_and_close(result, doc, path, err);
}
