/* SPDX-License-Identifier: GPL-3.0-or-later */
/* simulate_legal.c - is an order of a policy legal? */
#include "instances/jobs/world.h"

static int find_slice(const struct rms_arrangement *a, struct rms_placed slice)
{
  for (size_t i = 0; i < a->n; i++)
    if (rms_world_same_slice(a->places[i].slice, slice)) return (int)i;
  return -1;
}

bool rms_world_same_slices(const struct rms_arrangement *a, const struct rms_arrangement *b)
{
  if (a->n != b->n) return false;
  for (size_t i = 0; i < a->n; i++)
    if (!rms_world_same_slice(a->places[i].slice, b->places[i].slice) &&
        find_slice(b, a->places[i].slice) < 0)
      return false;
  return true;
}

static int check_layout(struct rms_sim *sim, const struct rms_world_machine *m,
                        const struct rms_arrangement *to)
{
  struct rms_placed slices[RMS_UNITS_MAX];
  struct rms_error why = {0};
  if (m->is_cut && !rms_world_is_mps(&m->now) && rms_world_same_slices(&m->now, to)) return RMS_OK;
  for (size_t i = 0; i < to->n; i++) slices[i] = to->places[i].slice;
  if (rms_layout_is_legal(sim->inst->cluster.models[m->pool->model], m->pool->rules, slices, to->n,
                          &why))
    return RMS_OK;
  return rms_world_fail(sim, RMS_E_INTERNAL, "the policy orders an illegal cut: %s", why.text);
}

static int check_job(struct rms_sim *sim, uint32_t machine, uint32_t job)
{
  if (job >= sim->n_arrived)
    return rms_world_fail(sim, RMS_E_INTERNAL, "the policy names job %u, which has not arrived",
                          job);
  struct rms_world_job *const j = &sim->jobs[job];
  const bool is_here = j->machine == machine && j->state == RMS_JOB_RUNNING;
  if (j->stamp == sim->orders || (j->state != RMS_JOB_WAITING && !is_here))
    return rms_world_fail(sim, RMS_E_INTERNAL, "the policy places job %u, which is not available",
                          job);
  j->stamp = sim->orders;
  return RMS_OK;
}

static int check_fit(struct rms_sim *sim, const struct rms_world_machine *m,
                     const struct rms_place *place)
{
  const int k = sim->kind_of[m->pool->model][place->slice.profile];
  if (k >= 0 && rms_jobs_speed(sim->inst, place->job, (size_t)k) > 0) return RMS_OK;
  return rms_world_fail(
      sim, RMS_E_INTERNAL, "the policy puts job %u on a slice of profile %s, where it does not fit",
      place->job, sim->inst->cluster.models[m->pool->model]->profiles[place->slice.profile].name);
}

int rms_world_check_slices(struct rms_sim *sim, uint32_t machine, const struct rms_arrangement *to)
{
  const struct rms_world_machine *const m = &sim->machines[machine];
  int status = check_layout(sim, m, to);
  for (size_t i = 0; i < to->n && status == RMS_OK; i++) {
    if (to->places[i].job == RMS_JOB_NONE) continue;
    status = check_job(sim, machine, to->places[i].job);
    if (status == RMS_OK) status = check_fit(sim, m, &to->places[i]);
  }
  return status;
}

/* As jobs come and go fewer share the machine: speeds for all smaller numbers must be known. */
static bool has_speeds(const struct rms_sim *sim, uint32_t job, int level, size_t n)
{
  const struct rms_jobs_type *const type = &sim->inst->types[sim->inst->jobs[job].type];
  for (size_t i = 0; i < n; i++)
    if (type->mps[level][i] == 0) return false;
  return true;
}

static bool has_all_speeds(const struct rms_sim *sim, const struct rms_arrangement *to,
                           uint32_t job)
{
  const struct rms_jobs_overheads *const o = &sim->inst->cluster.overheads;
  if (to->mode == RMS_SIM_MPS) return has_speeds(sim, job, to->level, to->n);
  for (int i = 0; i < o->n_phase; i++)
    if (!has_speeds(sim, job, o->phase[i], to->n)) return false;
  return o->n_phase > 0;
}

int rms_world_check_mps(struct rms_sim *sim, uint32_t machine, const struct rms_arrangement *to)
{
  const struct rms_cluster *const c = &sim->inst->cluster;
  int64_t memory = 0;
  if (to->n > RMS_JOBS_CORUN_MAX)
    return rms_world_fail(sim, RMS_E_INTERNAL, "the policy puts %u jobs under MPS, at most %d can",
                          to->n, RMS_JOBS_CORUN_MAX);
  if (to->mode == RMS_SIM_MPS ? to->level < 0 || (size_t)to->level >= c->n_levels
                              : c->overheads.n_phase == 0)
    return rms_world_fail(sim, RMS_E_INTERNAL, "the policy wants an MPS level that does not exist");
  for (size_t i = 0; i < to->n; i++) {
    const uint32_t job = to->places[i].job;
    const int status = check_job(sim, machine, job);
    if (status < 0) return status;
    if (!has_all_speeds(sim, to, job))
      return rms_world_fail(sim, RMS_E_INTERNAL, "job %u cannot run under MPS with %u jobs", job,
                            to->n);
    memory += sim->inst->types[sim->inst->jobs[job].type].memory_mib;
  }
  if (memory <= sim->machines[machine].pool->memory_mib) return RMS_OK;
  return rms_world_fail(sim, RMS_E_INTERNAL, "the jobs under MPS on machine %u need %lld MiB",
                        machine, (long long)memory);
}
