/* SPDX-License-Identifier: GPL-3.0-or-later */
/* simulate_work.c - work done, speeds, and when the next thing happens on a machine. */
#include "instances/jobs/world.h"

void rms_world_settle(struct rms_sim *sim, struct rms_world_job *job)
{
  if (sim->now_us <= job->since_us) return;
  const int64_t dt = sim->now_us - job->since_us;
  const struct rms_world_machine *const m = &sim->machines[job->machine];
  job->done += dt * job->speed;
  job->worked_us += dt;
  job->since_us = sim->now_us;
  if (rms_world_is_mps(&m->now)) return;
  const struct rms_placed slice = m->now.places[job->place].slice;
  job->seen |= UINT64_C(1) << sim->kind_of[m->pool->model][slice.profile];
}

static int32_t speed_of(const struct rms_sim *sim, const struct rms_world_machine *m, uint32_t j,
                        size_t place)
{
  if (rms_world_is_mps(&m->now))
    return sim->inst->types[sim->inst->jobs[j].type].mps[m->level][m->n_corun - 1];
  const int k = sim->kind_of[m->pool->model][m->now.places[place].slice.profile];
  return rms_jobs_speed(sim->inst, j, (size_t)k);
}

void rms_world_respeed(struct rms_sim *sim, struct rms_world_machine *m)
{
  for (size_t i = 0; i < m->now.n; i++) {
    const uint32_t j = m->now.places[i].job;
    if (!rms_world_is_running(sim, j)) continue;
    rms_world_settle(sim, &sim->jobs[j]);
    sim->jobs[j].speed = speed_of(sim, m, j, i);
  }
}

int64_t rms_world_completion(const struct rms_sim *sim, uint32_t j)
{
  const struct rms_world_job *const job = &sim->jobs[j];
  const int64_t left = sim->inst->jobs[j].work - job->done;
  if (left <= 0) return sim->now_us;
  const int64_t dt = left / job->speed + (left % job->speed > 0);
  return dt > RMS_WORLD_TIME_MAX ? RMS_WORLD_TIME_MAX : job->since_us + dt;
}

void rms_world_schedule(struct rms_sim *sim, uint32_t machine)
{
  const struct rms_world_machine *const m = &sim->machines[machine];
  int64_t next = m->stage ? m->stage_end_us : INT64_MAX;
  for (size_t i = 0; i < m->now.n; i++) {
    if (!rms_world_is_running(sim, m->now.places[i].job)) continue;
    const int64_t at = rms_world_completion(sim, m->now.places[i].job);
    if (at < next) next = at;
  }
  for (size_t i = 0; i < m->n_saving; i++)
    if (sim->jobs[m->saving[i]].until_us < next) next = sim->jobs[m->saving[i]].until_us;
  rms_agenda_set(&sim->agenda, machine, next);
}

int rms_world_keep_run(struct rms_sim *sim, uint32_t job)
{
  const struct rms_world_job *const j = &sim->jobs[job];
  const struct rms_world_machine *const m = &sim->machines[j->machine];
  if (j->begin_us == sim->now_us) return RMS_OK; /* stopped as soon as started: nothing happened */
  const struct rms_timeline_run run = {.begin_us = j->begin_us,
                                       .stop_us = sim->now_us,
                                       .job = job,
                                       .machine = j->machine,
                                       .start = rms_world_is_mps(&m->now)
                                                    ? (uint16_t)RMS_TIMELINE_MPS
                                                    : m->now.places[j->place].slice.start};
  if (rms_timeline_run(sim->timeline, &run) == RMS_OK) return RMS_OK;
  return rms_world_fail(sim, RMS_E_NOMEM, "out of memory");
}
