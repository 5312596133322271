/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Orders of a policy: who stays, who is stopped, when is the machine cut. */
#include <string.h>

#include "instances/jobs/world.h"

/* ---- what follows ------------------------------------------------------------------------------
 */

static void start_jobs(struct rms_sim *sim, struct rms_world_machine *m)
{
  for (size_t i = 0; i < m->now.n; i++) {
    const uint32_t j = m->now.places[i].job;
    if (j == RMS_JOB_NONE || sim->jobs[j].state != RMS_JOB_MOVING) continue;
    struct rms_world_job *const job = &sim->jobs[j];
    job->state = RMS_JOB_RUNNING;
    job->begin_us = sim->now_us;
    job->works_from_us =
        sim->now_us + (job->done > 0 ? sim->inst->types[sim->inst->jobs[j].type].restart_us : 0);
    job->since_us = job->works_from_us;
    if (rms_world_is_mps(&m->now)) m->n_corun++;
  }
  rms_world_respeed(sim, m);
}

static int64_t restored_at(const struct rms_sim *sim, const struct rms_world_machine *m)
{
  int64_t last = sim->now_us;
  for (size_t i = 0; i < m->now.n; i++) {
    const uint32_t j = m->now.places[i].job;
    if (j != RMS_JOB_NONE && sim->jobs[j].since_us > last) last = sim->jobs[j].since_us;
  }
  return last;
}

int rms_world_level(struct rms_sim *sim, uint32_t machine, uint8_t level)
{
  struct rms_world_machine *const m = &sim->machines[machine];
  if (m->level == level) return RMS_OK;
  m->level = level;
  rms_world_respeed(sim, m);
  if (rms_timeline_cut(sim->timeline, sim->now_us, machine, level, NULL, 0) == RMS_OK)
    return RMS_OK;
  return rms_world_fail(sim, RMS_E_NOMEM, "out of memory");
}

static uint8_t first_level(const struct rms_sim *sim, const struct rms_arrangement *a)
{
  return a->mode == RMS_SIM_MPS ? (uint8_t)a->level : sim->inst->cluster.overheads.phase[0];
}

int rms_world_start(struct rms_sim *sim, uint32_t machine)
{
  struct rms_world_machine *const m = &sim->machines[machine];
  m->stage = RMS_STAGE_NONE;
  m->was_mps = rms_world_is_mps(&m->now);
  if (m->was_mps) {
    const int status = rms_world_level(sim, machine, first_level(sim, &m->now));
    if (status < 0) return status;
  }
  start_jobs(sim, m);
  if (m->now.mode != RMS_SIM_PHASE) return RMS_OK;
  memset(m->times, 0, sizeof m->times);
  m->stage = RMS_STAGE_RESTORING;
  m->stage_end_us = restored_at(sim, m);
  return RMS_OK;
}

static int cut(struct rms_sim *sim, uint32_t machine)
{
  struct rms_world_machine *const m = &sim->machines[machine];
  const struct rms_jobs_overheads *const o = &sim->inst->cluster.overheads;
  const bool is_mps = rms_world_is_mps(&m->now), is_free = !m->is_cut && sim->now_us == 0;
  struct rms_placed slices[RMS_UNITS_MAX];
  const size_t n = is_mps ? 0 : m->now.n;
  for (size_t i = 0; i < n; i++) slices[i] = m->now.places[i].slice;
  m->level = is_mps ? first_level(sim, &m->now) : 0;
  if (rms_timeline_cut(sim->timeline, sim->now_us, machine, is_mps ? m->level : -1, slices, n) < 0)
    return rms_world_fail(sim, RMS_E_NOMEM, "out of memory");
  const int64_t most = o->recut_us + o->settle_us + (is_mps != m->was_mps ? o->mps_us : 0);
  m->stage = RMS_STAGE_CUTTING;
  m->stage_end_us = sim->now_us + (is_free ? 0 : most);
  m->is_cut = true;
  m->needs_cut = false;
  return RMS_OK;
}

int rms_world_proceed(struct rms_sim *sim, uint32_t machine)
{
  struct rms_world_machine *const m = &sim->machines[machine];
  const int status = m->needs_cut ? cut(sim, machine) : RMS_OK;
  if (status < 0 || (m->stage == RMS_STAGE_CUTTING && m->stage_end_us > sim->now_us)) return status;
  return rms_world_start(sim, machine);
}

/* ---- who stays, who goes -----------------------------------------------------------------------
 */

/* Stop a running job; it is saved when it worked in this run. */
static int stop(struct rms_sim *sim, uint32_t machine, uint32_t j, bool leaves)
{
  struct rms_world_machine *const m = &sim->machines[machine];
  struct rms_world_job *const job = &sim->jobs[j];
  const int64_t save = sim->inst->types[sim->inst->jobs[j].type].checkpoint_us;
  rms_world_settle(sim, job);
  const int status = rms_world_keep_run(sim, j);
  if (status < 0) return status;
  job->state = leaves ? RMS_JOB_SAVING : RMS_JOB_MOVING;
  job->until_us = sim->now_us + (sim->now_us > job->works_from_us ? save : 0);
  if (job->until_us > m->stage_end_us) m->stage_end_us = job->until_us;
  m->saving[m->n_saving++] = j;
  return RMS_OK;
}

static bool stays(const struct rms_sim *sim, const struct rms_world_machine *m,
                  const struct rms_place *place, bool is_mps)
{
  if (is_mps || m->was_mps) return is_mps && m->was_mps;
  if (m->needs_cut && sim->inst->cluster.overheads.is_whole) return false;
  return rms_world_same_slice(m->now.places[sim->jobs[place->job].place].slice, place->slice);
}

/* Take the arrangement over; jobs that do not stay are stopped first, where they are. */
static int enter(struct rms_sim *sim, uint32_t machine, const struct rms_arrangement *to)
{
  struct rms_world_machine *const m = &sim->machines[machine];
  int status = RMS_OK;
  for (size_t i = 0; i < m->now.n; i++) {
    const uint32_t j = m->now.places[i].job;
    if (j != RMS_JOB_NONE && sim->jobs[j].stamp != sim->orders)
      RMS_TRY(stop(sim, machine, j, true));
  }
  for (size_t i = 0; i < to->n; i++) {
    const uint32_t j = to->places[i].job;
    if (j == RMS_JOB_NONE) continue;
    if (sim->jobs[j].state == RMS_JOB_WAITING)
      sim->jobs[j].state = RMS_JOB_MOVING;
    else if (!stays(sim, m, &to->places[i], rms_world_is_mps(to)))
      RMS_TRY(stop(sim, machine, j, false));
  }
  for (size_t i = 0; i < to->n; i++) {
    if (to->places[i].job == RMS_JOB_NONE) continue;
    sim->jobs[to->places[i].job].machine = machine;
    sim->jobs[to->places[i].job].place = (uint8_t)i;
  }
  m->now = *to;
out:
  return status;
}

static bool needs_cut(const struct rms_world_machine *m, const struct rms_arrangement *to)
{
  if (!m->is_cut || m->was_mps != rms_world_is_mps(to)) return true;
  return !m->was_mps && !rms_world_same_slices(&m->now, to);
}

static int carry_out(struct rms_sim *sim, uint32_t machine, const struct rms_arrangement *to)
{
  struct rms_world_machine *const m = &sim->machines[machine];
  m->needs_cut = needs_cut(m, to);
  m->stage_end_us = sim->now_us;
  int status = enter(sim, machine, to);
  if (status < 0) return status;
  if (m->n_saving > 0)
    m->stage = RMS_STAGE_SAVING;
  else
    status = rms_world_proceed(sim, machine);
  rms_world_schedule(sim, machine);
  return status;
}

int rms_sim_arrange(struct rms_sim *sim, uint32_t machine, const struct rms_arrangement *to)
{
  int status = sim->failed;
  if (status < 0) return status;
  sim->orders++;
  if (machine >= sim->inst->cluster.n_machines || sim->machines[machine].stage != RMS_STAGE_NONE)
    return rms_world_fail(sim, RMS_E_INTERNAL,
                          "the policy arranges machine %u, which is moving or does not exist",
                          machine);
  if (to->n > RMS_UNITS_MAX)
    return rms_world_fail(sim, RMS_E_INTERNAL, "the policy wants %u slices", to->n);
  if (!rms_world_is_mps(to)) {
    status = rms_world_check_slices(sim, machine, to);
    return status < 0 ? status : carry_out(sim, machine, to);
  }
  struct rms_arrangement dense = {.mode = to->mode, .level = to->level};
  for (size_t i = 0; i < to->n; i++)
    if (to->places[i].job != RMS_JOB_NONE) dense.places[dense.n++].job = to->places[i].job;
  status = rms_world_check_mps(sim, machine, &dense);
  return status < 0 ? status : carry_out(sim, machine, &dense);
}

/* ---- shorthands --------------------------------------------------------------------------------
 */

int rms_sim_start(struct rms_sim *sim, uint32_t machine, uint16_t start, uint32_t job)
{
  if (machine >= sim->inst->cluster.n_machines)
    return rms_world_fail(sim, RMS_E_INTERNAL, "the policy names machine %u, which does not exist",
                          machine);
  struct rms_arrangement to = sim->machines[machine].now;
  for (size_t i = 0; i < to.n && !rms_world_is_mps(&to); i++) {
    if (to.places[i].slice.start != start || to.places[i].job != RMS_JOB_NONE) continue;
    to.places[i].job = job;
    return rms_sim_arrange(sim, machine, &to);
  }
  return rms_world_fail(sim, RMS_E_INTERNAL, "machine %u has no idle slice at %u", machine, start);
}

int rms_sim_suspend(struct rms_sim *sim, uint32_t job)
{
  if (job >= sim->n_arrived || sim->jobs[job].state != RMS_JOB_RUNNING)
    return rms_world_fail(sim, RMS_E_INTERNAL, "the policy suspends job %u, which does not run",
                          job);
  const uint32_t machine = sim->jobs[job].machine;
  struct rms_arrangement to = sim->machines[machine].now;
  to.places[sim->jobs[job].place].job = RMS_JOB_NONE;
  return rms_sim_arrange(sim, machine, &to);
}

int rms_sim_alarm(struct rms_sim *sim, int64_t at_us, uint64_t token)
{
  if (sim->failed) return sim->failed;
  if (at_us < sim->now_us || at_us >= RMS_WORLD_TIME_MAX)
    return rms_world_fail(sim, RMS_E_INTERNAL, "the policy sets an alarm at %lld us",
                          (long long)at_us);
  if (rms_alarms_add(&sim->alarms, at_us, token) == RMS_OK) return RMS_OK;
  return rms_world_fail(sim, RMS_E_NOMEM, "out of memory");
}
