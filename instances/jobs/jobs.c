/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The builder: the one place where an instance of `jobs` is validated. */
#include "instances/jobs/jobs.h"

#include <stdlib.h>
#include <string.h>

#include "instances/builder.h"
#include "instances/jobs/cluster.h"

struct build { /* what dies when the build is over */
  struct rms_jobs *inst;
  const struct rms_jobs_spec *spec;
  struct rms_error *err;
  struct rms_jobs_type *types;
  struct rms_cluster_draft cluster;
};

static int check_size(const char *what, size_t n, size_t lo, size_t hi, struct rms_error *err)
{
  if (n >= lo && n <= hi) return RMS_OK;
  return rms_error_set(err, RMS_E_LIMIT, "%zu %s, must be %zu to %zu", n, what, lo, hi);
}

static int check_sizes(const struct rms_jobs_spec *spec, struct rms_error *err)
{
  int status = RMS_OK;
  if (!rms_name_is_good(spec->name))
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

/* ---- types -------------------------------------------------------------------------------------
 */

static int check_type(const struct build *b, const struct rms_jobs_type *type)
{
  int status = RMS_OK;
  if (!rms_name_is_good(type->name) || (type->model && !rms_name_is_good(type->model)))
    return rms_error_set(
        b->err, RMS_E_INSTANCE,
        "a type's name and model must have 1 to %d bytes and no control characters", RMS_NAME_MAX);
  RMS_TRY(rms_cluster_check_delay("checkpoint_s", type->checkpoint_us, b->err));
  RMS_TRY(rms_cluster_check_delay("restart_s", type->restart_us, b->err));
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
      s->profile >= b->inst->cluster.models[b->cluster.order[s->model]]->n_profiles)
    return rms_error_set(b->err, RMS_E_INSTANCE,
                         "speed of type %u on model %u, profile %u: no such thing", s->type,
                         s->model, s->profile);
  if (s->speed < 1 || s->speed > RMS_JOBS_SPEED_MAX)
    return rms_error_set(b->err, RMS_E_INSTANCE, "type \"%s\": a speed must be above 0, at most 4",
                         b->inst->types[s->type].name);
  return RMS_OK;
}

static int fill_speeds(struct build *b)
{
  int status = RMS_OK;
  struct rms_jobs *const inst = b->inst;
  for (size_t i = 0; i < b->spec->n_speeds; i++) {
    const struct rms_jobs_speed *const s = &b->spec->speeds[i];
    RMS_TRY(check_speed(b, s));
    const uint16_t m = b->cluster.order[s->model];
    b->cluster.usable[m] |= UINT32_C(1) << s->profile & b->cluster.present[m];
  }
  RMS_TRY(rms_cluster_kinds(&b->cluster));
  for (size_t i = 0; i < b->spec->n_speeds; i++) {
    const struct rms_jobs_speed *const s = &b->spec->speeds[i];
    const int k = rms_cluster_kind(&inst->cluster, b->cluster.order[s->model], s->profile);
    if (k < 0) continue; /* a profile that no pool's rules allow */
    if (b->types[s->type].speed[k])
      RMS_TRY(rms_error_set(b->err, RMS_E_INSTANCE, "type \"%s\": two speeds for one slice",
                            inst->types[s->type].name));
    b->types[s->type].speed[k] = s->speed;
  }
out:
  return status;
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
  struct rms_arena *arena = NULL;
  struct rms_jobs *const inst =
      (struct rms_jobs *)(void *)rms_instance_new(sizeof *inst, &rms_family_jobs, name, &arena);
  if (inst) inst->arena = arena;
  return inst;
}

int rms_jobs_build(struct rms_jobs **result, struct rms_jobs_spec *spec, struct rms_error *err)
{
  int status = check_sizes(spec, err);
  if (status < 0) return status;
  struct build b = {.spec = spec, .err = err, .inst = new_instance(spec->name)};
  if (!b.inst) return rms_error_set(err, RMS_E_NOMEM, "out of memory");
  b.cluster = (struct rms_cluster_draft){
      .cluster = &b.inst->cluster, .spec = spec, .arena = b.inst->arena, .err = err};

  RMS_TRY(rms_cluster_machines(&b.cluster));
  RMS_TRY(fill_types(&b));
  RMS_TRY(fill_speeds(&b));
  RMS_TRY(rms_cluster_cuts(&b.cluster));
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
  if (inst) rms_instance_drop(inst->cluster.models, inst->cluster.n_models, inst->arena);
}

const struct rms_jobs *rms_jobs_of(const struct rms_instance *inst)
{
  return inst->family == &rms_family_jobs ? (const struct rms_jobs *)(const void *)inst : NULL;
}
