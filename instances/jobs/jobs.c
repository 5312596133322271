/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The builder: the one place where an instance of `jobs` is validated. */
#include "instances/jobs/jobs.h"

#include <stdlib.h>
#include <string.h>

#include "instances/jobs/cuts.h"

struct build { /* what dies when the build is over */
  struct rms_jobs *inst;
  const struct rms_jobs_spec *spec;
  struct rms_error *err;
  struct rms_jobs_type *types;
  uint16_t order[RMS_JOBS_POOLS_MAX];   /* spec's model -> ours */
  uint32_t present[RMS_JOBS_POOLS_MAX]; /* profiles that some pool's rules allow */
  uint32_t usable[RMS_JOBS_POOLS_MAX];  /* ... and some type runs on */
};

static bool is_name(const char *name)
{
  if (!name || !*name) return false;
  size_t n = 0;
  for (const unsigned char *c = (const unsigned char *)name; *c; c++)
    if (*c < 0x20 || *c == 0x7f || ++n > RMS_NAME_MAX) return false;
  return true;
}

static int check_size(const char *what, size_t n, size_t lo, size_t hi, struct rms_error *err)
{
  if (n >= lo && n <= hi) return RMS_OK;
  return rms_error_set(err, RMS_E_LIMIT, "%zu %s, must be %zu to %zu", n, what, lo, hi);
}

static int check_sizes(const struct rms_jobs_spec *spec, struct rms_error *err)
{
  int status = RMS_OK;
  if (!is_name(spec->name))
    return rms_error_set(err, RMS_E_INSTANCE, "the instance's name must have 1 to %d bytes",
                         RMS_NAME_MAX);
  RMS_TRY(check_size("pools", spec->n_pools, 1, RMS_JOBS_POOLS_MAX, err));
  RMS_TRY(check_size("machine models", spec->n_models, 1, RMS_JOBS_POOLS_MAX, err));
  RMS_TRY(check_size("MPS levels", spec->n_levels, 0, RMS_JOBS_LEVELS_MAX, err));
  RMS_TRY(check_size("job types", spec->n_types, 1, RMS_JOBS_TYPES_MAX, err));
  RMS_TRY(check_size("jobs", spec->n_jobs, 1, RMS_JOBS_JOBS_MAX, err));
out:
  return status;
}

/* ---- overheads ---------------------------------------------------------------------------------
 */

static int check_delay(const char *what, int64_t us, struct rms_error *err)
{
  if (us >= 0 && us <= RMS_JOBS_DELAY_MAX_US) return RMS_OK;
  return rms_error_set(err, RMS_E_INSTANCE, "%s: must be 0 to %lld s", what,
                       (long long)(RMS_JOBS_DELAY_MAX_US / RMS_JOBS_SECOND));
}

static int fill_overheads(struct build *b)
{
  int status = RMS_OK;
  const struct rms_jobs_overheads *const o = &b->spec->overheads;
  struct rms_cluster *const c = &b->inst->cluster;
  c->n_levels = b->spec->n_levels;
  for (size_t l = 0; l < c->n_levels; l++) {
    c->levels[l] = b->spec->levels[l];
    if (c->levels[l] < 1 || c->levels[l] > 100 || (l && c->levels[l] >= c->levels[l - 1]))
      return rms_error_set(b->err, RMS_E_INSTANCE,
                           "MPS levels must be percentages from 100 down to 1, descending");
  }
  RMS_TRY(check_delay("overheads.recut_s", o->recut_us, b->err));
  RMS_TRY(check_delay("overheads.settle_s", o->settle_us, b->err));
  RMS_TRY(check_delay("overheads.mps_s", o->mps_us, b->err));
  RMS_TRY(check_delay("overheads.phase_s", o->phase_us, b->err));
  if (o->n_phase < 0 || o->n_phase > RMS_JOBS_LEVELS_MAX)
    return rms_error_set(b->err, RMS_E_INSTANCE, "a phase has at most %d levels",
                         RMS_JOBS_LEVELS_MAX);
  for (int i = 0; i < o->n_phase; i++)
    if (o->phase[i] >= c->n_levels)
      return rms_error_set(b->err, RMS_E_INSTANCE, "a level of the phase is not among the levels");
  if (o->noise < 0 || o->noise > RMS_JOBS_FULL)
    return rms_error_set(b->err, RMS_E_INSTANCE, "overheads.noise: must be 0 to 1");
  c->overheads = *o;
out:
  return status;
}

/* ---- machines and pools ------------------------------------------------------------------------
 */

/* Models are numbered by their first pool, so that the written file gives the same numbers back. */
static int order_models(struct build *b)
{
  const struct rms_jobs_spec *const spec = b->spec;
  bool seen[RMS_JOBS_POOLS_MAX] = {false};
  uint16_t n = 0;
  for (size_t p = 0; p < spec->n_pools; p++) {
    const uint16_t m = spec->pools[p].model;
    if (m >= spec->n_models)
      return rms_error_set(b->err, RMS_E_INSTANCE, "pool %zu: model %u does not exist", p, m);
    if (seen[m]) continue;
    seen[m] = true;
    b->order[m] = n;
    b->inst->cluster.models[n++] = spec->models[m];
  }
  b->inst->cluster.n_models = n;
  for (size_t m = 0; m < spec->n_models; m++) {
    if (!seen[m])
      return rms_error_set(b->err, RMS_E_INSTANCE, "machine \"%s\" is in no pool",
                           spec->models[m]->name);
    for (size_t o = 0; o < m; o++)
      if (strcmp(spec->models[o]->name, spec->models[m]->name) == 0)
        return rms_error_set(b->err, RMS_E_INSTANCE, "machine \"%s\" stands twice",
                             spec->models[m]->name);
  }
  return RMS_OK;
}

static int check_pool_name(const struct build *b, size_t p, const char *name)
{
  if (!is_name(name))
    return rms_error_set(b->err, RMS_E_INSTANCE, "pool %zu: its name must have 1 to %d bytes", p,
                         RMS_NAME_MAX);
  for (size_t q = 0; q < p; q++)
    if (strcmp(b->inst->cluster.pools[q].name, name) == 0)
      return rms_error_set(b->err, RMS_E_INSTANCE,
                           "pools %zu and %zu are both called \"%s\"; give them a \"name\" each", q,
                           p, name);
  return RMS_OK;
}

static int fill_pool(struct build *b, size_t p)
{
  struct rms_cluster *const c = &b->inst->cluster;
  struct rms_jobs_pool *const pool = &c->pools[p];
  pool->model = b->order[b->spec->pools[p].model];
  const struct rms_machine *const machine = c->models[pool->model];
  const char *const name = b->spec->pools[p].name ? b->spec->pools[p].name : machine->name;
  const int status = check_pool_name(b, p, name);
  if (status < 0) return status;
  if (!machine->is_usable)
    return rms_error_set(b->err, RMS_E_INSTANCE, "pool \"%s\": machine \"%s\" cannot be used: %s",
                         name, machine->name,
                         machine->why ? machine->why : "no placements are known");
  const int rules = b->spec->pools[p].rules < 0 ? machine->default_rules : b->spec->pools[p].rules;
  if (rules >= machine->n_rules)
    return rms_error_set(b->err, RMS_E_INSTANCE, "pool \"%s\": machine \"%s\" has no rule set %d",
                         name, machine->name, rules);
  const int64_t count = b->spec->pools[p].count, memory = b->spec->pools[p].memory_mib;
  if (count < 1 || (uint64_t)count > RMS_JOBS_MACHINES_MAX - c->n_machines)
    return rms_error_set(b->err, RMS_E_INSTANCE,
                         "pool \"%s\": count %lld, must be at least 1 and %d in all", name,
                         (long long)count, RMS_JOBS_MACHINES_MAX);
  if (memory < 0)
    return rms_error_set(b->err, RMS_E_INSTANCE, "pool \"%s\": memory_mib must be above 0", name);
  pool->rules = &machine->rules[rules];
  pool->first = (uint32_t)c->n_machines;
  pool->count = (uint32_t)count;
  pool->memory_mib = memory ? memory : INT64_MAX;
  c->n_machines += pool->count;
  const uint32_t all =
      machine->n_profiles >= 32 ? UINT32_MAX : (UINT32_C(1) << machine->n_profiles) - 1;
  b->present[pool->model] |= all & ~pool->rules->absent;
  pool->name = rms_arena_text(b->inst->arena, name);
  return pool->name ? RMS_OK : RMS_E_NOMEM;
}

static int fill_pools(struct build *b)
{
  for (size_t p = 0; p < b->spec->n_pools; p++) {
    const int status = fill_pool(b, p);
    if (status < 0) return status;
    b->inst->cluster.n_pools++;
  }
  return RMS_OK;
}

/* ---- types -------------------------------------------------------------------------------------
 */

static int check_type(const struct build *b, const struct rms_jobs_type *type)
{
  int status = RMS_OK;
  if (!is_name(type->name) || (type->model && !is_name(type->model)))
    return rms_error_set(
        b->err, RMS_E_INSTANCE,
        "a type's name and model must have 1 to %d bytes and no control characters", RMS_NAME_MAX);
  RMS_TRY(check_delay("checkpoint_s", type->checkpoint_us, b->err));
  RMS_TRY(check_delay("restart_s", type->restart_us, b->err));
  if (type->memory_mib < 0 || type->batch < 0)
    RMS_TRY(rms_error_set(b->err, RMS_E_INSTANCE, "memory_mib and batch must be at least 0"));
  for (size_t l = 0; l < b->spec->n_levels; l++)
    for (int n = 0; n < RMS_JOBS_CORUN_MAX; n++)
      if (type->mps[l][n] < 0 || type->mps[l][n] > RMS_JOBS_SPEED_MAX)
        RMS_TRY(rms_error_set(b->err, RMS_E_INSTANCE, "a speed under MPS must be 0 to 4"));
out:
  if (status < 0) rms_error_where(b->err, "type \"%s\"", type->name);
  return status;
}

static int cmp_text(const void *a, const void *b)
{
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int check_type_names(struct build *b)
{
  const size_t n = b->inst->n_types;
  const char **const names = malloc(n * sizeof *names);
  if (!names) return RMS_E_NOMEM;
  for (size_t t = 0; t < n; t++) names[t] = b->types[t].name;
  qsort(names, n, sizeof *names, cmp_text);
  int status = RMS_OK;
  for (size_t t = 1; t < n && status == RMS_OK; t++)
    if (strcmp(names[t - 1], names[t]) == 0)
      status = rms_error_set(b->err, RMS_E_INSTANCE, "type \"%s\" stands twice", names[t]);
  free(names);
  return status;
}

static int fill_types(struct build *b)
{
  struct rms_jobs *const inst = b->inst;
  b->types = rms_arena_alloc(inst->arena, b->spec->n_types, sizeof *b->types);
  if (!b->types) return RMS_E_NOMEM;
  for (size_t t = 0; t < b->spec->n_types; t++) {
    const struct rms_jobs_type *const from = &b->spec->types[t];
    const int status = check_type(b, from);
    if (status < 0) return status;
    b->types[t] = *from;
    memset(b->types[t].speed, 0, sizeof b->types[t].speed);
    b->types[t].name = rms_arena_text(inst->arena, from->name);
    b->types[t].model = rms_arena_text(inst->arena, from->model ? from->model : from->name);
    if (!b->types[t].name || !b->types[t].model) return RMS_E_NOMEM;
  }
  inst->n_types = b->spec->n_types;
  inst->types = b->types;
  return check_type_names(b);
}

/* ---- kinds and speeds --------------------------------------------------------------------------
 */

static int check_speed(const struct build *b, const struct rms_jobs_speed *s)
{
  if (s->type >= b->inst->n_types || s->model >= b->spec->n_models ||
      s->profile >= b->inst->cluster.models[b->order[s->model]]->n_profiles)
    return rms_error_set(b->err, RMS_E_INSTANCE,
                         "speed of type %u on model %u, profile %u: no such thing", s->type,
                         s->model, s->profile);
  if (s->speed < 1 || s->speed > RMS_JOBS_SPEED_MAX)
    return rms_error_set(b->err, RMS_E_INSTANCE, "type \"%s\": a speed must be above 0, at most 4",
                         b->inst->types[s->type].name);
  return RMS_OK;
}

static bool is_before(const struct rms_machine *machine, int p, int q)
{
  const struct rms_profile *const a = &machine->profiles[p], *const b = &machine->profiles[q];
  if (a->memory != b->memory) return a->memory > b->memory;
  if (a->compute != b->compute) return a->compute > b->compute;
  return p < q;
}

/* Append the usable profiles of model m in the order of jobs.h. */
static int add_kinds(struct build *b, size_t m)
{
  struct rms_cluster *const c = &b->inst->cluster;
  const struct rms_machine *const machine = c->models[m];
  const size_t first = c->n_kinds;
  for (int p = 0; p < machine->n_profiles; p++) {
    if (!(b->usable[m] >> p & 1)) continue;
    if (c->n_kinds == RMS_JOBS_KINDS_MAX)
      return rms_error_set(b->err, RMS_E_LIMIT,
                           "more than %d pairs of machine and profile are in use",
                           RMS_JOBS_KINDS_MAX);
    size_t i = c->n_kinds++;
    for (; i > first && is_before(machine, p, c->kinds[i - 1].profile); i--)
      c->kinds[i] = c->kinds[i - 1];
    c->kinds[i] = (struct rms_jobs_kind){.model = (uint16_t)m,
                                         .profile = (uint16_t)p,
                                         .compute = (int16_t)machine->profiles[p].compute,
                                         .memory = (int16_t)machine->profiles[p].memory};
  }
  return RMS_OK;
}

static int fill_speeds(struct build *b)
{
  int status = RMS_OK;
  struct rms_jobs *const inst = b->inst;
  for (size_t i = 0; i < b->spec->n_speeds; i++) {
    const struct rms_jobs_speed *const s = &b->spec->speeds[i];
    RMS_TRY(check_speed(b, s));
    const uint16_t m = b->order[s->model];
    b->usable[m] |= UINT32_C(1) << s->profile & b->present[m];
  }
  for (size_t m = 0; m < inst->cluster.n_models; m++) RMS_TRY(add_kinds(b, m));
  for (size_t i = 0; i < b->spec->n_speeds; i++) {
    const struct rms_jobs_speed *const s = &b->spec->speeds[i];
    const int k = rms_cluster_kind(&inst->cluster, b->order[s->model], s->profile);
    if (k < 0) continue; /* a profile that no pool's rules allow */
    if (b->types[s->type].speed[k])
      RMS_TRY(rms_error_set(b->err, RMS_E_INSTANCE, "type \"%s\": two speeds for one slice",
                            inst->types[s->type].name));
    b->types[s->type].speed[k] = s->speed;
  }
out:
  return status;
}

/* Pools of one machine and one rule set share their cuts. */
static int fill_cuts(struct build *b)
{
  struct rms_cluster *const c = &b->inst->cluster;
  for (size_t p = 0; p < c->n_pools; p++) {
    struct rms_jobs_pool *const pool = &c->pools[p];
    size_t q = 0;
    while (q < p && c->pools[q].rules != pool->rules) q++;
    pool->cuts = c->pools[q].cuts;
    pool->n_cuts = c->pools[q].n_cuts;
    pool->whole = c->pools[q].whole;
    if (q < p) continue;
    const uint32_t mask = b->usable[pool->model] & ~pool->rules->absent;
    if (!mask)
      return rms_error_set(b->err, RMS_E_INSTANCE, "pool \"%s\": no job type runs on its machine",
                           pool->name);
    const int status = rms_jobs_cuts(b->inst->arena, c, pool, mask, b->err);
    if (status < 0) return status;
  }
  return RMS_OK;
}

/* ---- jobs --------------------------------------------------------------------------------------
 */

static int check_job(const struct build *b, const struct rms_job *job, size_t j)
{
  const char *wrong = NULL;
  if (job->type >= b->inst->n_types) wrong = "its type does not exist";
  if (job->arrival_us < 0 || job->arrival_us > RMS_JOBS_TIME_MAX_US)
    wrong = "arrival_s must be 0 to 1e9";
  if (job->work < 1 || job->work > RMS_JOBS_WORK_MAX_US * RMS_JOBS_FULL)
    wrong = "work_s must be above 0 and at most 8e6";
  if (job->work % RMS_JOBS_FULL) wrong = "work_s must be whole microseconds";
  if (job->least < 0 || job->least > 1000) wrong = "least must be 0 to 1000 compute units";
  return wrong ? rms_error_set(b->err, RMS_E_INSTANCE, "job %zu: %s", j, wrong) : RMS_OK;
}

struct numbered {
  struct rms_job job;
  size_t number;
};

static int cmp_arrival(const void *a, const void *b)
{
  const struct numbered *const x = a, *const y = b;
  if (x->job.arrival_us != y->job.arrival_us) return x->job.arrival_us < y->job.arrival_us ? -1 : 1;
  return x->number < y->number ? -1 : 1;
}

static int sort_jobs(struct rms_job *jobs, size_t n)
{
  size_t i = 1;
  while (i < n && jobs[i - 1].arrival_us <= jobs[i].arrival_us) i++;
  if (i >= n) return RMS_OK;
  struct numbered *const list = malloc(n * sizeof *list);
  if (!list) return RMS_E_NOMEM;
  for (i = 0; i < n; i++) list[i] = (struct numbered){.job = jobs[i], .number = i};
  qsort(list, n, sizeof *list, cmp_arrival);
  for (i = 0; i < n; i++) jobs[i] = list[i].job;
  free(list);
  return RMS_OK;
}

static int fill_jobs(struct build *b)
{
  struct rms_jobs *const inst = b->inst;
  struct rms_job *const jobs = rms_arena_alloc(inst->arena, b->spec->n_jobs, sizeof *jobs);
  if (!jobs) return RMS_E_NOMEM;
  for (size_t j = 0; j < b->spec->n_jobs; j++) {
    const int status = check_job(b, &b->spec->jobs[j], j);
    if (status < 0) return status;
    jobs[j] = b->spec->jobs[j];
  }
  inst->jobs = jobs;
  inst->n_jobs = b->spec->n_jobs;
  return sort_jobs(jobs, inst->n_jobs);
}

/* ---- the whole ---------------------------------------------------------------------------------
 */

static struct rms_jobs *new_instance(const char *name)
{
  struct rms_arena *const arena = rms_arena_new();
  if (!arena) return NULL;
  struct rms_jobs *const inst = rms_arena_alloc(arena, 1, sizeof *inst);
  if (inst) inst->base.name = rms_arena_text(arena, name);
  if (!inst || !inst->base.name) {
    rms_arena_free(arena);
    return NULL;
  }
  inst->base.family = &rms_family_jobs;
  inst->arena = arena;
  return inst;
}

int rms_jobs_build(struct rms_jobs **result, struct rms_jobs_spec *spec, struct rms_error *err)
{
  int status = check_sizes(spec, err);
  if (status < 0) return status;
  struct build b = {.spec = spec, .err = err, .inst = new_instance(spec->name)};
  if (!b.inst) return rms_error_set(err, RMS_E_NOMEM, "out of memory");

  RMS_TRY(fill_overheads(&b));
  RMS_TRY(order_models(&b));
  RMS_TRY(fill_pools(&b));
  RMS_TRY(fill_types(&b));
  RMS_TRY(fill_speeds(&b));
  RMS_TRY(fill_cuts(&b));
  RMS_TRY(fill_jobs(&b));
  *result = b.inst;
  b.inst = NULL;
  for (size_t m = 0; m < spec->n_models; m++) spec->models[m] = NULL;
out:
  if (b.inst) rms_arena_free(b.inst->arena); /* the machines stay the caller's */
  if (status == RMS_E_NOMEM) rms_error_set(err, status, "out of memory");
  return status;
}

void rms_jobs_free(struct rms_jobs *inst)
{
  if (!inst) return;
  for (size_t m = 0; m < inst->cluster.n_models; m++) {
    union {
      const struct rms_machine *borrowed;
      struct rms_machine *owned;
    } machine = {.borrowed = inst->cluster.models[m]};
    rms_machine_free(machine.owned);
  }
  rms_arena_free(inst->arena);
}

const struct rms_jobs *rms_jobs_of(const struct rms_instance *inst)
{
  return inst->family == &rms_family_jobs ? (const struct rms_jobs *)(const void *)inst : NULL;
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
