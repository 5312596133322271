/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The builder: the one place where an instance of `serve` is validated. */
#include "instances/serve/serve.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "instances/builder.h"
#include "instances/serve/names.h"

struct build { /* what dies when the build is over */
  struct rms_serve *inst;
  const struct rms_serve_spec *spec;
  struct rms_error *err;
  uint16_t order[RMS_SERVE_MACHINES_MAX];   /* spec's index -> ours */
  uint32_t present[RMS_SERVE_MACHINES_MAX]; /* profiles that some pool's rules allow */
  uint32_t usable[RMS_SERVE_MACHINES_MAX];  /* ... and some service can use */
  int16_t kind[RMS_SERVE_MACHINES_MAX][RMS_PROFILES_MAX]; /* -1: none */
};

static int check_sizes(const struct rms_serve_spec *spec, struct rms_error *err)
{
  if (!rms_name_is_good(spec->name))
    return rms_error_set(err, RMS_E_INSTANCE, "the instance's name must have 1 to %d bytes",
                         RMS_NAME_MAX);
  if (spec->n_pools < 1 || spec->n_pools > RMS_SERVE_POOLS_MAX)
    return rms_error_set(err, RMS_E_LIMIT, "%zu pools, must be 1 to %d", spec->n_pools,
                         RMS_SERVE_POOLS_MAX);
  if (spec->n_machines < 1 || spec->n_machines > RMS_SERVE_MACHINES_MAX)
    return rms_error_set(err, RMS_E_LIMIT, "%zu machine types, must be 1 to %d", spec->n_machines,
                         RMS_SERVE_MACHINES_MAX);
  if (spec->n_services > RMS_SERVE_SERVICES_MAX)
    return rms_error_set(err, RMS_E_LIMIT, "%zu services, must be at most %d", spec->n_services,
                         RMS_SERVE_SERVICES_MAX);
  return RMS_OK;
}

/* ---- machines and pools ------------------------------------------------------------------------
 */

static int check_stock(const struct rms_serve_pool *pool, const char *name, struct rms_error *err)
{
  if (pool->count < -1 || pool->count > RMS_SERVE_MACHINES_TOTAL_MAX)
    return rms_error_set(err, RMS_E_INSTANCE, "pool \"%s\": count %lld, must be 0 to %lld or none",
                         name, (long long)pool->count, (long long)RMS_SERVE_MACHINES_TOTAL_MAX);
  if (pool->cost < 1 || pool->cost > RMS_SERVE_COST_MAX)
    return rms_error_set(err, RMS_E_INSTANCE, "pool \"%s\": cost %lld, must be 1 to %lld", name,
                         (long long)pool->cost, (long long)RMS_SERVE_COST_MAX);
  return RMS_OK;
}

static int fill_pool(struct build *b, const struct rms_pool_draft *pools, size_t p)
{
  struct rms_serve_pool *const pool = &b->inst->pools[p];
  const char *name = NULL;
  int status = RMS_OK;
  RMS_TRY(rms_build_pool(pools, p, b->spec->machines, &name, &pool->rules, b->err));
  pool->machine = b->order[pools[p].machine];
  pool->count = b->spec->pools[p].count;
  pool->cost = b->spec->pools[p].cost;
  RMS_TRY(check_stock(pool, name, b->err));
  b->present[pool->machine] |= rms_build_profiles(b->inst->machines[pool->machine], pool->rules);
  pool->name = rms_arena_text(b->inst->arena, name);
  RMS_TRY(pool->name ? RMS_OK : RMS_E_NOMEM);
out:
  return status;
}

static int fill_machines(struct build *b)
{
  const struct rms_serve_spec *const spec = b->spec;
  struct rms_pool_draft pools[RMS_SERVE_POOLS_MAX];
  int status = RMS_OK;
  for (size_t p = 0; p < spec->n_pools; p++)
    pools[p] =
        (struct rms_pool_draft){spec->pools[p].name, spec->pools[p].machine, spec->pools[p].rules};
  RMS_TRY(
      rms_build_order(pools, spec->n_pools, spec->machines, spec->n_machines, b->order, b->err));
  b->inst->n_machines = spec->n_machines;
  b->inst->n_pools = spec->n_pools;
  for (size_t m = 0; m < spec->n_machines; m++) b->inst->machines[b->order[m]] = spec->machines[m];
  for (size_t p = 0; p < spec->n_pools; p++) RMS_TRY(fill_pool(b, pools, p));
out:
  return status;
}

/* ---- services ----------------------------------------------------------------------------------
 */

static int check_service(const struct rms_serve_service *service, size_t s, struct rms_error *err)
{
  if (!rms_name_is_good(service->name))
    return rms_error_set(err, RMS_E_INSTANCE,
                         "service %zu: its name must have 1 to %d bytes and no control characters",
                         s, RMS_NAME_MAX);
  if (service->demand < 1 || service->demand > RMS_MICRO_MAX)
    return rms_error_set(err, RMS_E_INSTANCE,
                         "service \"%s\": demand must be above 0 and at most 1e12 requests/s",
                         service->name);
  if (!isnan(service->slo_ms) && !(service->slo_ms > 0 && isfinite(service->slo_ms)))
    return rms_error_set(err, RMS_E_INSTANCE, "service \"%s\": slo_ms must be above 0",
                         service->name);
  return RMS_OK;
}

static int check_names(const struct rms_serve *inst, struct rms_error *err)
{
  struct rms_serve_names names;
  size_t first = 0, second = 0;
  const int status =
      rms_serve_names_init(&names, inst->services, inst->n_services, &first, &second);
  if (status == RMS_E_INSTANCE)
    return rms_error_set(err, status, "services %zu and %zu are both called \"%s\"", first, second,
                         inst->services[first].name);
  if (status == RMS_OK) rms_serve_names_fini(&names);
  return status;
}

static int fill_services(struct build *b)
{
  struct rms_serve *const inst = b->inst;
  inst->n_services = b->spec->n_services;
  inst->services = rms_arena_alloc(inst->arena, inst->n_services, sizeof *inst->services);
  if (!inst->services) return RMS_E_NOMEM;
  for (size_t s = 0; s < inst->n_services; s++) {
    const int status = check_service(&b->spec->services[s], s, b->err);
    if (status < 0) return status;
    inst->services[s] = b->spec->services[s];
    inst->services[s].name = rms_arena_text(inst->arena, b->spec->services[s].name);
    if (!inst->services[s].name) return RMS_E_NOMEM;
  }
  return check_names(inst, b->err);
}

/* ---- kinds and throughputs ---------------------------------------------------------------------
 */

static int check_entry(const struct build *b, const struct rms_serve_entry *e)
{
  if (e->service >= b->inst->n_services || e->machine >= b->spec->n_machines ||
      e->profile >= b->inst->machines[b->order[e->machine]]->n_profiles)
    return rms_error_set(b->err, RMS_E_INSTANCE,
                         "throughput of service %u on machine %u, profile %u: no such thing",
                         e->service, e->machine, e->profile);
  if (e->rate < 1 || e->rate > RMS_MICRO_MAX || e->point.batch < 0 || e->point.processes < 0)
    return rms_error_set(b->err, RMS_E_INSTANCE,
                         "service \"%s\": a throughput must be above 0 and at most 1e12, batch and "
                         "processes at least 0",
                         b->inst->services[e->service].name);
  return RMS_OK;
}

static int number_kinds(struct build *b)
{
  struct rms_serve *const inst = b->inst;
  for (size_t i = 0; i < b->spec->n_entries; i++) {
    const struct rms_serve_entry *const e = &b->spec->entries[i];
    const int status = check_entry(b, e);
    if (status < 0) return status;
    const uint16_t m = b->order[e->machine];
    b->usable[m] |= UINT32_C(1) << e->profile & b->present[m];
  }
  struct rms_serve_kind kinds[RMS_SERVE_MACHINES_MAX * RMS_PROFILES_MAX];
  size_t n = 0;
  for (size_t m = 0; m < inst->n_machines; m++) {
    uint16_t profiles[RMS_PROFILES_MAX];
    const int more = rms_machine_order(inst->machines[m], b->usable[m], profiles);
    for (int i = 0; i < more; i++)
      kinds[n++] = (struct rms_serve_kind){.machine = (uint16_t)m, .profile = profiles[i]};
  }
  if (n > RMS_SERVE_KINDS_MAX)
    return rms_error_set(b->err, RMS_E_LIMIT,
                         "%zu pairs of machine and profile are in use, at most %d are possible", n,
                         RMS_SERVE_KINDS_MAX);
  memset(b->kind, -1, sizeof b->kind);
  for (size_t k = 0; k < n; k++) {
    inst->kinds[k] = kinds[k];
    b->kind[kinds[k].machine][kinds[k].profile] = (int16_t)k;
  }
  inst->n_kinds = n;
  return RMS_OK;
}

static bool has_points(const struct rms_serve_spec *spec)
{
  for (size_t i = 0; i < spec->n_entries; i++)
    if (spec->entries[i].point.batch || spec->entries[i].point.processes) return true;
  return false;
}

static int fill_rates(struct build *b)
{
  struct rms_serve *const inst = b->inst;
  size_t cells = 0;
  if (!rms_size_mul(inst->n_services, inst->n_kinds, &cells)) return RMS_E_NOMEM;
  inst->throughput = rms_arena_alloc(inst->arena, cells, sizeof *inst->throughput);
  if (!inst->throughput) return RMS_E_NOMEM;
  if (has_points(b->spec)) {
    inst->points = rms_arena_alloc(inst->arena, cells, sizeof *inst->points);
    if (!inst->points) return RMS_E_NOMEM;
  }
  for (size_t i = 0; i < b->spec->n_entries; i++) {
    const struct rms_serve_entry *const e = &b->spec->entries[i];
    const uint16_t m = b->order[e->machine];
    if (b->kind[m][e->profile] < 0) continue; /* a profile that no pool's rules allow */
    const size_t cell = e->service * inst->n_kinds + (size_t)b->kind[m][e->profile];
    if (inst->throughput[cell])
      return rms_error_set(b->err, RMS_E_INSTANCE, "service \"%s\": two throughputs for %s on %s",
                           inst->services[e->service].name,
                           inst->machines[m]->profiles[e->profile].name, inst->machines[m]->name);
    inst->throughput[cell] = e->rate;
    if (inst->points) inst->points[cell] = e->point;
  }
  return RMS_OK;
}

/* ---- cuts --------------------------------------------------------------------------------------
 */

static int fill_cut(struct build *b, uint16_t m, const struct rms_partition *partition,
                    struct rms_serve_cut *cut)
{
  struct rms_serve *const inst = b->inst;
  cut->partition = partition;
  cut->count = rms_arena_alloc(inst->arena, inst->n_kinds, sizeof *cut->count);
  cut->kind_of = rms_arena_alloc(inst->arena, partition->n_slices, sizeof *cut->kind_of);
  if (!cut->count || !cut->kind_of) return RMS_E_NOMEM;
  for (size_t i = 0; i < partition->n_slices; i++) {
    const int16_t k = b->kind[m][partition->layout[i].profile];
    if (k < 0) return rms_error_set(b->err, RMS_E_INTERNAL, "a cut uses a profile that is no kind");
    cut->kind_of[i] = (uint16_t)k;
    cut->count[k]++;
  }
  return RMS_OK;
}

static int fill_cuts(struct build *b, struct rms_serve_pool *pool)
{
  const struct rms_partition *partitions = NULL;
  size_t n = 0;
  const uint32_t mask = b->usable[pool->machine] & ~pool->rules->absent;
  if (!mask) return RMS_OK;
  int status = rms_partitions(b->inst->arena, b->inst->machines[pool->machine], pool->rules, mask,
                              &partitions, &n, b->err);
  if (status == RMS_E_NOMEM) return status;
  if (status < 0) return rms_error_where(b->err, "pool \"%s\"", pool->name), status;
  struct rms_serve_cut *const cuts = rms_arena_alloc(b->inst->arena, n, sizeof *cuts);
  if (!cuts) return RMS_E_NOMEM;
  for (size_t c = 0; c < n; c++)
    if ((status = fill_cut(b, pool->machine, &partitions[c], &cuts[c])) < 0) return status;
  pool->cuts = cuts;
  pool->n_cuts = n;
  return RMS_OK;
}

/* Pools of one machine and one rule set share their cuts. */
static int fill_all_cuts(struct build *b)
{
  for (size_t p = 0; p < b->inst->n_pools; p++) {
    struct rms_serve_pool *const pool = &b->inst->pools[p];
    size_t q = 0;
    while (q < p && b->inst->pools[q].rules != pool->rules) q++;
    if (q < p) {
      pool->cuts = b->inst->pools[q].cuts;
      pool->n_cuts = b->inst->pools[q].n_cuts;
      continue;
    }
    const int status = fill_cuts(b, pool);
    if (status < 0) return status;
  }
  return RMS_OK;
}

/* ---- the whole ---------------------------------------------------------------------------------
 */

static struct rms_serve *new_instance(const char *name)
{
  struct rms_arena *arena = NULL;
  struct rms_serve *const inst =
      (struct rms_serve *)(void *)rms_instance_new(sizeof *inst, &rms_family_serve, name, &arena);
  if (inst) inst->arena = arena;
  return inst;
}

int rms_serve_build(struct rms_serve **result, struct rms_serve_spec *spec, struct rms_error *err)
{
  int status = check_sizes(spec, err);
  if (status < 0) return status;
  struct build b = {.spec = spec, .err = err, .inst = new_instance(spec->name)};
  if (!b.inst) return rms_error_set(err, RMS_E_NOMEM, "out of memory");

  RMS_TRY(fill_machines(&b));
  RMS_TRY(fill_services(&b));
  RMS_TRY(number_kinds(&b));
  RMS_TRY(fill_rates(&b));
  RMS_TRY(fill_all_cuts(&b));
  *result = b.inst;
  b.inst = NULL;
  for (size_t m = 0; m < spec->n_machines; m++) spec->machines[m] = NULL;
out:
  if (b.inst) rms_arena_free(b.inst->arena); /* the machines stay the caller's */
  if (status == RMS_E_NOMEM) rms_error_set(err, status, "out of memory");
  return status;
}

void rms_serve_free(struct rms_serve *inst)
{
  if (inst) rms_instance_drop(inst->machines, inst->n_machines, inst->arena);
}

const struct rms_serve *rms_serve_of(const struct rms_instance *inst)
{
  return inst->family == &rms_family_serve ? (const struct rms_serve *)(const void *)inst : NULL;
}

int rms_serve_kind_of(const struct rms_serve *inst, size_t machine, size_t profile)
{
  for (size_t k = 0; k < inst->n_kinds; k++)
    if (inst->kinds[k].machine == machine && inst->kinds[k].profile == profile) return (int)k;
  return -1;
}
