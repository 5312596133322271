/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a policy may ask. */
#include <assert.h>

#include "instances/jobs/world.h"

int64_t rms_sim_now(const struct rms_sim *sim)
{
  return sim->now_us;
}

const struct rms_cluster *rms_sim_cluster(const struct rms_sim *sim)
{
  return &sim->inst->cluster;
}

size_t rms_sim_arrived(const struct rms_sim *sim)
{
  return sim->n_arrived;
}

static const struct rms_jobs_type *type_of(const struct rms_sim *sim, uint32_t job)
{
  assert(job < sim->n_arrived);
  return &sim->inst->types[sim->inst->jobs[job].type];
}

struct rms_job_facts rms_sim_job(const struct rms_sim *sim, uint32_t job)
{
  const struct rms_jobs_type *const type = type_of(sim, job);
  return (struct rms_job_facts){.arrival_us = sim->inst->jobs[job].arrival_us,
                                .model = type->model,
                                .batch = type->batch,
                                .type = sim->inst->jobs[job].type,
                                .least = sim->inst->jobs[job].least,
                                .memory_mib = type->memory_mib,
                                .checkpoint_us = type->checkpoint_us,
                                .restart_us = type->restart_us};
}

enum rms_job_state rms_sim_state(const struct rms_sim *sim, uint32_t job)
{
  assert(job < sim->inst->n_jobs);
  return (enum rms_job_state)sim->jobs[job].state;
}

bool rms_sim_fits(const struct rms_sim *sim, uint32_t job, size_t kind)
{
  assert(job < sim->n_arrived && kind < sim->inst->cluster.n_kinds);
  return rms_jobs_speed(sim->inst, job, kind) > 0;
}

bool rms_sim_fits_mps(const struct rms_sim *sim, uint32_t job, int level, size_t n)
{
  const struct rms_jobs_type *const type = type_of(sim, job);
  if (level < 0 || (size_t)level >= sim->inst->cluster.n_levels || n > RMS_JOBS_CORUN_MAX)
    return false;
  for (size_t i = 0; i < n; i++)
    if (type->mps[level][i] == 0) return false;
  return true;
}

/* Microseconds at work that are not in `done` yet. */
static int64_t unsettled(const struct rms_sim *sim, const struct rms_world_job *job)
{
  return job->state == RMS_JOB_RUNNING && sim->now_us > job->since_us ? sim->now_us - job->since_us
                                                                      : 0;
}

int64_t rms_sim_worked_us(const struct rms_sim *sim, uint32_t job)
{
  assert(job < sim->n_arrived);
  return sim->jobs[job].worked_us + unsettled(sim, &sim->jobs[job]);
}

uint32_t rms_sim_machine_of(const struct rms_sim *sim, uint32_t job)
{
  assert(job < sim->n_arrived);
  return sim->jobs[job].machine;
}

static bool works_on(const struct rms_sim *sim, const struct rms_world_job *job, size_t kind)
{
  if (unsettled(sim, job) == 0) return false;
  const struct rms_world_machine *const m = &sim->machines[job->machine];
  if (rms_world_is_mps(&m->now)) return false;
  return sim->kind_of[m->pool->model][m->now.places[job->place].slice.profile] == (int16_t)kind;
}

int32_t rms_sim_seen_speed(const struct rms_sim *sim, uint32_t job, size_t kind)
{
  assert(job < sim->n_arrived && kind < sim->inst->cluster.n_kinds);
  const struct rms_world_job *const j = &sim->jobs[job];
  const bool is_seen = (j->seen >> kind & 1) || works_on(sim, j, kind);
  return is_seen ? rms_jobs_speed(sim->inst, job, kind) : 0;
}

int rms_sim_speed(const struct rms_sim *sim, uint32_t job, size_t kind, int32_t *value)
{
  if (!(sim->policy->knows & RMS_KNOWS_SPEEDS)) return RMS_E_UNSUPPORTED;
  assert(job < sim->n_arrived && kind < sim->inst->cluster.n_kinds);
  *value = rms_jobs_speed(sim->inst, job, kind);
  return RMS_OK;
}

int rms_sim_remaining(const struct rms_sim *sim, uint32_t job, int64_t *work)
{
  if (!(sim->policy->knows & RMS_KNOWS_WORK)) return RMS_E_UNSUPPORTED;
  assert(job < sim->n_arrived);
  const struct rms_world_job *const j = &sim->jobs[job];
  const int64_t left = sim->inst->jobs[job].work - j->done - unsettled(sim, j) * j->speed;
  *work = left > 0 && j->state != RMS_JOB_DONE ? left : 0;
  return RMS_OK;
}

const struct rms_arrangement *rms_sim_machine(const struct rms_sim *sim, uint32_t machine,
                                              bool *is_moving)
{
  assert(machine < sim->inst->cluster.n_machines);
  *is_moving = sim->machines[machine].stage != RMS_STAGE_NONE;
  return &sim->machines[machine].now;
}
