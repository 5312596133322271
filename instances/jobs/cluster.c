/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "instances/jobs/cluster.h"

#include "instances/builder.h"
#include "instances/jobs/cuts.h"

/* ---- overheads ---- */

int rms_cluster_check_delay(const char *what, int64_t us, struct rms_error *err)
{
  if (us >= 0 && us <= RMS_JOBS_DELAY_MAX_US) return RMS_OK;
  return rms_error_set(err, RMS_E_INSTANCE, "%s: must be 0 to %lld s", what,
                       (long long)(RMS_JOBS_DELAY_MAX_US / RMS_JOBS_SECOND));
}

static int fill_levels(struct rms_cluster_draft *d)
{
  struct rms_cluster *const c = d->cluster;
  c->n_levels = d->spec->n_levels;
  for (size_t l = 0; l < c->n_levels; l++) {
    c->levels[l] = d->spec->levels[l];
    if (c->levels[l] < 1 || c->levels[l] > 100 || (l && c->levels[l] >= c->levels[l - 1]))
      return rms_error_set(d->err, RMS_E_INSTANCE,
                           "MPS levels must be percentages from 100 down to 1, descending");
  }
  return RMS_OK;
}

static int fill_overheads(struct rms_cluster_draft *d)
{
  const struct rms_jobs_overheads *const o = &d->spec->overheads;
  int status = RMS_OK;
  RMS_TRY(rms_cluster_check_delay("overheads.recut_s", o->recut_us, d->err));
  RMS_TRY(rms_cluster_check_delay("overheads.settle_s", o->settle_us, d->err));
  RMS_TRY(rms_cluster_check_delay("overheads.mps_s", o->mps_us, d->err));
  RMS_TRY(rms_cluster_check_delay("overheads.phase_s", o->phase_us, d->err));
  if (o->n_phase < 0 || o->n_phase > RMS_JOBS_LEVELS_MAX)
    return rms_error_set(d->err, RMS_E_INSTANCE, "a phase has at most %d levels",
                         RMS_JOBS_LEVELS_MAX);
  for (int i = 0; i < o->n_phase; i++)
    if (o->phase[i] >= d->cluster->n_levels)
      return rms_error_set(d->err, RMS_E_INSTANCE, "a level of the phase is not among the levels");
  if (o->noise < 0 || o->noise > RMS_JOBS_FULL)
    return rms_error_set(d->err, RMS_E_INSTANCE, "overheads.noise: must be 0 to 1");
  d->cluster->overheads = *o;
out:
  return status;
}

/* ---- machines and pools ---- */

static int check_stock(const struct rms_cluster_draft *d, size_t p, const char *name)
{
  const int64_t count = d->spec->pools[p].count;
  if (count < 1 || (uint64_t)count > RMS_JOBS_MACHINES_MAX - d->cluster->n_machines)
    return rms_error_set(d->err, RMS_E_INSTANCE,
                         "pool \"%s\": count %lld, must be at least 1 and %d in all", name,
                         (long long)count, RMS_JOBS_MACHINES_MAX);
  if (d->spec->pools[p].memory_mib < 0)
    return rms_error_set(d->err, RMS_E_INSTANCE, "pool \"%s\": memory_mib must be above 0", name);
  return RMS_OK;
}

static int fill_pool(struct rms_cluster_draft *d, const struct rms_pool_draft *pools, size_t p)
{
  struct rms_cluster *const c = d->cluster;
  struct rms_jobs_pool *const pool = &c->pools[p];
  const int64_t memory = d->spec->pools[p].memory_mib;
  const char *name = NULL;
  int status = RMS_OK;
  RMS_TRY(rms_build_pool(pools, p, d->spec->models, &name, &pool->rules, d->err));
  RMS_TRY(check_stock(d, p, name));
  pool->model = d->order[pools[p].machine];
  pool->first = (uint32_t)c->n_machines;
  pool->count = (uint32_t)d->spec->pools[p].count;
  pool->memory_mib = memory ? memory : INT64_MAX;
  c->n_machines += pool->count;
  d->present[pool->model] |= rms_build_profiles(c->models[pool->model], pool->rules);
  pool->name = rms_arena_text(d->arena, name);
  c->n_pools++;
  RMS_TRY(pool->name ? RMS_OK : RMS_E_NOMEM);
out:
  return status;
}

int rms_cluster_machines(struct rms_cluster_draft *d)
{
  const struct rms_jobs_spec *const spec = d->spec;
  struct rms_pool_draft pools[RMS_JOBS_POOLS_MAX];
  int status = RMS_OK;
  RMS_TRY(fill_levels(d));
  RMS_TRY(fill_overheads(d));
  for (size_t p = 0; p < spec->n_pools; p++)
    pools[p] =
        (struct rms_pool_draft){spec->pools[p].name, spec->pools[p].model, spec->pools[p].rules};
  RMS_TRY(rms_build_order(pools, spec->n_pools, spec->models, spec->n_models, d->order, d->err));
  d->cluster->n_models = spec->n_models;
  for (size_t m = 0; m < spec->n_models; m++) d->cluster->models[d->order[m]] = spec->models[m];
  for (size_t p = 0; p < spec->n_pools; p++) RMS_TRY(fill_pool(d, pools, p));
out:
  return status;
}

/* ---- kinds and cuts ---- */

static int add_kinds(struct rms_cluster_draft *d, size_t m)
{
  struct rms_cluster *const c = d->cluster;
  uint16_t profiles[RMS_PROFILES_MAX];
  const int n = rms_machine_order(c->models[m], d->usable[m], profiles);
  for (int i = 0; i < n; i++) {
    if (c->n_kinds == RMS_JOBS_KINDS_MAX)
      return rms_error_set(d->err, RMS_E_LIMIT,
                           "more than %d pairs of machine and profile are in use",
                           RMS_JOBS_KINDS_MAX);
    const struct rms_profile *const profile = &c->models[m]->profiles[profiles[i]];
    c->kinds[c->n_kinds++] = (struct rms_jobs_kind){.model = (uint16_t)m,
                                                    .profile = profiles[i],
                                                    .compute = (int16_t)profile->compute,
                                                    .memory = (int16_t)profile->memory};
  }
  return RMS_OK;
}

int rms_cluster_kinds(struct rms_cluster_draft *d)
{
  int status = RMS_OK;
  for (size_t m = 0; m < d->cluster->n_models && status == RMS_OK; m++) status = add_kinds(d, m);
  return status;
}

/* Pools of one machine and one rule set share their cuts. */
static int fill_cuts(struct rms_cluster_draft *d, size_t p)
{
  struct rms_jobs_pool *const pools = d->cluster->pools, *const pool = &pools[p];
  const uint32_t mask = d->usable[pool->model] & ~pool->rules->absent;
  size_t q = 0;
  while (q < p && pools[q].rules != pool->rules) q++;
  pool->cuts = pools[q].cuts;
  pool->n_cuts = pools[q].n_cuts;
  pool->whole = pools[q].whole;
  if (q < p) return RMS_OK;
  if (!mask)
    return rms_error_set(d->err, RMS_E_INSTANCE, "pool \"%s\": no job type runs on its machine",
                         pool->name);
  return rms_jobs_cuts(d->arena, d->cluster, pool, mask, d->err);
}

int rms_cluster_cuts(struct rms_cluster_draft *d)
{
  int status = RMS_OK;
  for (size_t p = 0; p < d->cluster->n_pools && status == RMS_OK; p++) status = fill_cuts(d, p);
  return status;
}

int rms_cluster_kind(const struct rms_cluster *c, size_t model, size_t profile)
{
  for (size_t k = 0; k < c->n_kinds; k++)
    if (c->kinds[k].model == model && c->kinds[k].profile == profile) return (int)k;
  return -1;
}

int rms_cluster_level(const struct rms_cluster *c, int percent)
{
  for (size_t l = 0; l < c->n_levels; l++)
    if (c->levels[l] == percent) return (int)l;
  return -1;
}
