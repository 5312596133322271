/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The machines of an instance file of family jobs: pools, levels, overheads. */
#include <string.h>

#include "instances/builder.h"
#include "instances/jobs/cluster.h"

struct reader {
  struct rms_jobs_spec *spec;
  struct rms_machine_list *list;
  struct rms_error *err;
};

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

static int read_pool(const struct reader *r, const struct rms_node *pool, size_t p)
{
  static const char *const fields[] = {"name", "machine", "rules", "count", "memory_mib", NULL};
  struct rms_pool_draft draft = {.name = NULL};
  int64_t count = 0, memory = 0;
  int status = RMS_OK;
  RMS_TRY(rms_node_fields(pool, fields, r->err));
  RMS_TRY(rms_instance_read_pool(r->list, pool, &draft, r->err));
  RMS_TRY(rms_node_get_int(pool, "count", 1, RMS_JOBS_MACHINES_MAX, &count, r->err));
  RMS_TRY(rms_node_find_int(pool, "memory_mib", 0, RMS_CLUSTER_MEMORY_MAX, &memory, r->err));
  r->spec->pools[p].name = draft.name;
  r->spec->pools[p].model = draft.machine;
  r->spec->pools[p].rules = draft.rules;
  r->spec->pools[p].count = count;
  r->spec->pools[p].memory_mib = memory;
out:
  return status;
}

static int read_pools(const struct reader *r, const struct rms_node *root)
{
  struct rms_node list;
  int status =
      rms_node_get_array(root, "pools", 1, RMS_JOBS_POOLS_MAX, &list, &r->spec->n_pools, r->err);
  for (size_t p = 0; status == RMS_OK && p < r->spec->n_pools; p++) {
    const struct rms_node pool = rms_node_item(&list, p);
    status = read_pool(r, &pool, p);
  }
  return status;
}

static int read_percents(const struct rms_node *parent, const char *name, int *levels, size_t *n,
                         struct rms_error *err)
{
  struct rms_node list;
  int status = rms_node_get_array(parent, name, 0, RMS_JOBS_LEVELS_MAX, &list, n, err);
  for (size_t i = 0; status == RMS_OK && i < *n; i++) {
    const struct rms_node item = rms_node_item(&list, i);
    int64_t percent = 0;
    status = rms_node_int(&item, 1, 100, &percent, err);
    levels[i] = (int)percent;
  }
  return status;
}

static int read_phase(const struct reader *r, const struct rms_node *node)
{
  struct rms_jobs_overheads *const o = &r->spec->overheads;
  int levels[RMS_JOBS_LEVELS_MAX];
  size_t n = 0;
  const int status = read_percents(node, "phase", levels, &n, r->err);
  if (status < 0) return status;
  for (size_t i = 0; i < n; i++) {
    size_t l = 0;
    while (l < r->spec->n_levels && r->spec->levels[l] != levels[i]) l++;
    if (l == r->spec->n_levels)
      return rms_node_error(node, r->err, "level %d of \"phase\" is not among \"levels\"",
                            levels[i]);
    o->phase[i] = (uint8_t)l;
  }
  o->n_phase = (int)n;
  return RMS_OK;
}

static int read_overheads(const struct reader *r, const struct rms_node *root)
{
  static const char *const fields[] = {"recut_s", "settle_s", "mps_s", "phase_s",    "phase",
                                       "scope",   "measure",  "noise", "noise_seed", NULL};
  const double most = (double)(RMS_JOBS_DELAY_MAX_US / RMS_JOBS_SECOND);
  struct rms_jobs_overheads *const o = &r->spec->overheads;
  struct rms_node node;
  int64_t noise = 0, seed = 0;
  int status = RMS_OK;
  RMS_TRY(read_percents(root, "levels", r->spec->levels, &r->spec->n_levels, r->err));
  RMS_TRY(rms_node_get(root, "overheads", &node, r->err));
  RMS_TRY(rms_node_fields(&node, fields, r->err));
  RMS_TRY(rms_node_get_micro(&node, "recut_s", most, &o->recut_us, r->err));
  RMS_TRY(rms_node_get_micro(&node, "settle_s", most, &o->settle_us, r->err));
  RMS_TRY(rms_node_get_micro(&node, "mps_s", most, &o->mps_us, r->err));
  RMS_TRY(rms_node_get_micro(&node, "phase_s", most, &o->phase_us, r->err));
  RMS_TRY(read_phase(r, &node));
  RMS_TRY(get_choice(&node, "scope", "machine", "slice", &o->is_whole, r->err));
  RMS_TRY(get_choice(&node, "measure", "replay", "model", &o->is_replayed, r->err));
  RMS_TRY(rms_node_get_micro(&node, "noise", 1, &noise, r->err));
  RMS_TRY(rms_node_find_int(&node, "noise_seed", 0, INT64_MAX, &seed, r->err));
  o->noise = (int32_t)noise;
  o->noise_seed = (uint64_t)seed;
out:
  return status;
}

int rms_cluster_read(struct rms_jobs_spec *spec, struct rms_machine_list *list,
                     const struct rms_node *root, struct rms_error *err)
{
  const struct reader r = {.spec = spec, .list = list, .err = err};
  int status = RMS_OK;
  RMS_TRY(rms_machine_list_read(list, root, err));
  RMS_TRY(read_pools(&r, root));
  RMS_TRY(rms_machine_list_check(list, root, err));
  RMS_TRY(read_overheads(&r, root));
out:
  return status;
}
