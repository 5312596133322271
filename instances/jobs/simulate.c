/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The event loop. Each machine has one time in the agenda, that of its next event, found by looking
 * at its few slices; so no event is ever stale and the heap has as many entries as machines. */
#include "instances/jobs/simulate.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "instances/base/rng.h"
#include "instances/jobs/world.h"

#define ROUNDS_MAX 1000000 /* at one instant: the policy turns in circles */
#define POLL_EVERY 4096
enum { RMS_STREAM_REPLAY = 100 };

int rms_world_fail(struct rms_sim *sim, int status, const char *fmt, ...)
{
  char text[512];
  va_list args;
  if (sim->failed) return sim->failed;
  va_start(args, fmt);
  vsnprintf(text, sizeof text, fmt, args);
  va_end(args);
  sim->failed = status;
  return rms_error_set(sim->err, status, "simulator at %lld us: %s", (long long)sim->now_us, text);
}

/* ---- what a measuring phase sees ---------------------------------------------------------------
 */

/* Time per iteration, in units that cancel out: 1e12 / speed, give or take the noise. */
static int64_t measure(const struct rms_sim *sim, const struct rms_world_machine *m, uint32_t job)
{
  const struct rms_jobs_overheads *const o = &sim->inst->cluster.overheads;
  const double time = (double)RMS_JOBS_FULL * RMS_JOBS_FULL / sim->jobs[job].speed;
  if (!o->noise) return (int64_t)time;
  struct rms_rng rng = {.key = {.seed = o->noise_seed, .job = job},
                        .purpose = RMS_PURPOSE_INSTANCE,
                        .stream = m->level,
                        .index = (uint64_t)sim->now_us};
  const double factor = 1 + rms_rng_normal(&rng, 0, (double)o->noise / RMS_JOBS_FULL);
  return (int64_t)(time * (factor < 0.1 ? 0.1 : factor)) + 1;
}

static void measure_level(struct rms_sim *sim, struct rms_world_machine *m)
{
  for (size_t i = 0; i < m->now.n; i++)
    if (rms_world_is_running(sim, m->now.places[i].job))
      m->times[i][m->step] = measure(sim, m, m->now.places[i].job);
}

static int tell_measured(struct rms_sim *sim, uint32_t machine)
{
  struct rms_world_machine *const m = &sim->machines[machine];
  const int n_phase = sim->inst->cluster.overheads.n_phase;
  struct rms_job_sample samples[RMS_JOBS_CORUN_MAX];
  size_t n = 0;
  for (size_t i = 0; i < m->now.n; i++) {
    if (!rms_world_is_running(sim, m->now.places[i].job)) continue;
    struct rms_job_sample sample = {.job = m->now.places[i].job};
    int64_t most = 1;
    for (int l = 0; l < n_phase; l++)
      if (m->times[i][l] > most) most = m->times[i][l];
    for (int l = 0; l < n_phase; l++)
      sample.time[l] =
          (int32_t)((double)RMS_JOBS_FULL * (double)m->times[i][l] / (double)most + 0.5);
    samples[n++] = sample;
  }
  if (!sim->policy->measured) return RMS_OK;
  if (sim->measure && n) {
    const struct rms_rng_key key = {.seed = sim->inst->cluster.overheads.noise_seed,
                                    .job = samples[0].job};
    rms_measure_replay(
        sim->measure, samples, n,
        rms_random(key, RMS_PURPOSE_INSTANCE, RMS_STREAM_REPLAY, machine, (uint64_t)sim->now_us));
  }
  return sim->policy->measured(sim->self, sim, machine, samples, n);
}

/* ---- events of one machine ---------------------------------------------------------------------
 */

static int complete(struct rms_sim *sim, uint32_t machine, size_t place)
{
  struct rms_world_machine *const m = &sim->machines[machine];
  const uint32_t j = m->now.places[place].job;
  struct rms_world_job *const job = &sim->jobs[j];
  rms_world_settle(sim, job);
  const int status = rms_world_keep_run(sim, j);
  if (status < 0) return status;
  m->now.places[place].job = RMS_JOB_NONE;
  job->state = RMS_JOB_DONE;
  job->machine = RMS_JOB_NONE;
  sim->n_done++;
  if (rms_world_is_mps(&m->now)) {
    m->n_corun--;
    rms_world_respeed(sim, m);
  }
  rms_world_schedule(sim, machine);
  return sim->policy->completion ? sim->policy->completion(sim->self, sim, j, machine) : RMS_OK;
}

/* Job number i of those being saved is saved. One that moves on this machine is not told. */
static int saved(struct rms_sim *sim, uint32_t machine, size_t i)
{
  struct rms_world_machine *const m = &sim->machines[machine];
  const uint32_t j = m->saving[i];
  struct rms_world_job *const job = &sim->jobs[j];
  memmove(m->saving + i, m->saving + i + 1, (--m->n_saving - i) * sizeof *m->saving);
  if (m->was_mps) {
    m->n_corun--;
    rms_world_respeed(sim, m);
  }
  rms_world_schedule(sim, machine);
  if (job->state != RMS_JOB_SAVING) return RMS_OK;
  job->state = RMS_JOB_WAITING;
  job->machine = RMS_JOB_NONE;
  return sim->policy->suspended ? sim->policy->suspended(sim->self, sim, j, machine) : RMS_OK;
}

static int begin_level(struct rms_sim *sim, uint32_t machine, uint8_t step)
{
  struct rms_world_machine *const m = &sim->machines[machine];
  const struct rms_jobs_overheads *const o = &sim->inst->cluster.overheads;
  m->stage = RMS_STAGE_LEVEL;
  m->step = step;
  m->stage_end_us = sim->now_us + o->phase_us / o->n_phase;
  return rms_world_level(sim, machine, o->phase[step]);
}

static int end_level(struct rms_sim *sim, uint32_t machine)
{
  struct rms_world_machine *const m = &sim->machines[machine];
  measure_level(sim, m);
  if (m->step + 1 < sim->inst->cluster.overheads.n_phase) {
    const int status = begin_level(sim, machine, (uint8_t)(m->step + 1));
    rms_world_schedule(sim, machine);
    return status;
  }
  m->stage = RMS_STAGE_NONE;
  rms_world_schedule(sim, machine);
  return tell_measured(sim, machine);
}

static int end_stage(struct rms_sim *sim, uint32_t machine)
{
  struct rms_world_machine *const m = &sim->machines[machine];
  int status = RMS_OK;
  switch ((enum rms_world_stage)m->stage) {
  case RMS_STAGE_SAVING: status = rms_world_proceed(sim, machine); break;
  case RMS_STAGE_CUTTING: status = rms_world_start(sim, machine); break;
  case RMS_STAGE_RESTORING: status = begin_level(sim, machine, 0); break;
  case RMS_STAGE_LEVEL: return end_level(sim, machine);
  case RMS_STAGE_NONE: break;
  }
  rms_world_schedule(sim, machine);
  if (status < 0 || m->stage != RMS_STAGE_NONE) return status;
  return sim->policy->ready ? sim->policy->ready(sim->self, sim, machine) : RMS_OK;
}

/* One event of the machine: completions first, then what is saved, then its stage. */
static int machine_event(struct rms_sim *sim, uint32_t machine)
{
  const struct rms_world_machine *const m = &sim->machines[machine];
  sim->events++;
  for (size_t i = 0; i < m->now.n; i++)
    if (rms_world_is_running(sim, m->now.places[i].job) &&
        rms_world_completion(sim, m->now.places[i].job) <= sim->now_us)
      return complete(sim, machine, i);
  for (size_t i = 0; i < m->n_saving; i++)
    if (sim->jobs[m->saving[i]].until_us <= sim->now_us) return saved(sim, machine, i);
  return end_stage(sim, machine);
}

/* ---- the loop ----------------------------------------------------------------------------------
 */

static int arrive(struct rms_sim *sim)
{
  const uint32_t j = (uint32_t)sim->n_arrived++;
  sim->events++;
  sim->jobs[j].state = RMS_JOB_WAITING;
  return sim->policy->arrival ? sim->policy->arrival(sim->self, sim, j) : RMS_OK;
}

static int ring(struct rms_sim *sim)
{
  const struct rms_alarm alarm = rms_alarms_pop(&sim->alarms);
  sim->events++;
  return sim->policy->alarm ? sim->policy->alarm(sim->self, sim, alarm.token) : RMS_OK;
}

static int64_t next_time(const struct rms_sim *sim)
{
  int64_t next = rms_agenda_time(&sim->agenda);
  if (sim->alarms.n && sim->alarms.heap[0].time < next) next = sim->alarms.heap[0].time;
  if (sim->n_arrived < sim->inst->n_jobs && sim->inst->jobs[sim->n_arrived].arrival_us < next)
    next = sim->inst->jobs[sim->n_arrived].arrival_us;
  return next;
}

/* Everything of this instant that is known by now, then `decide`. */
static int one_round(struct rms_sim *sim)
{
  int status = RMS_OK;
  const struct rms_jobs *const inst = sim->inst;
  while (rms_agenda_time(&sim->agenda) <= sim->now_us)
    RMS_TRY(machine_event(sim, rms_agenda_first(&sim->agenda)));
  while (sim->n_arrived < inst->n_jobs && inst->jobs[sim->n_arrived].arrival_us <= sim->now_us)
    RMS_TRY(arrive(sim));
  for (size_t n = sim->alarms.n; n > 0 && sim->alarms.heap[0].time <= sim->now_us; n--)
    RMS_TRY(ring(sim));
  if (sim->policy->decide) RMS_TRY(sim->policy->decide(sim->self, sim));
  RMS_TRY(sim->failed);
out:
  return status;
}

static int one_instant(struct rms_sim *sim)
{
  for (int i = 0; i < ROUNDS_MAX; i++) {
    const int status = one_round(sim);
    if (status < 0) return status;
    if (next_time(sim) > sim->now_us) return RMS_OK;
  }
  return rms_world_fail(sim, RMS_E_LIMIT, "the policy gives orders without end at one instant");
}

static int loop(struct rms_sim *sim, int (*poll)(void *, uint64_t), void *ctx)
{
  uint64_t polled = 0;
  if (sim->policy->begin) {
    const int status = sim->policy->begin(sim->self, sim);
    if (status < 0) return status;
  }
  while (sim->n_done < sim->inst->n_jobs) {
    const int64_t next = next_time(sim);
    if (next == INT64_MAX)
      return rms_world_fail(sim, RMS_E_INTERNAL, "the policy leaves %zu jobs waiting for ever",
                            sim->inst->n_jobs - sim->n_done);
    if (next >= RMS_WORLD_TIME_MAX)
      return rms_world_fail(sim, RMS_E_LIMIT, "a job does not end before the end of time");
    sim->now_us = next;
    const int status = one_instant(sim);
    if (status < 0) return status;
    if (sim->events - polled < POLL_EVERY) continue;
    polled = sim->events;
    if (poll && poll(ctx, sim->events)) return RMS_SIM_STOPPED;
  }
  return RMS_OK;
}

static int open_world(struct rms_sim *sim)
{
  const struct rms_cluster *const c = &sim->inst->cluster;
  sim->jobs = calloc(sim->inst->n_jobs, sizeof *sim->jobs);
  sim->machines = calloc(c->n_machines, sizeof *sim->machines);
  if (!sim->jobs || !sim->machines || rms_agenda_init(&sim->agenda, c->n_machines) < 0)
    return rms_world_fail(sim, RMS_E_NOMEM, "out of memory");
  if (sim->policy->measured) {
    const int status = rms_measure_open(&sim->measure, sim->inst, sim->err);
    if (status < 0) return status;
  }
  for (size_t j = 0; j < sim->inst->n_jobs; j++) sim->jobs[j].machine = RMS_JOB_NONE;
  for (size_t p = 0; p < c->n_pools; p++)
    for (size_t m = 0; m < c->pools[p].count; m++)
      sim->machines[c->pools[p].first + m].pool = &c->pools[p];
  memset(sim->kind_of, -1, sizeof sim->kind_of);
  for (size_t k = 0; k < c->n_kinds; k++)
    sim->kind_of[c->kinds[k].model][c->kinds[k].profile] = (int16_t)k;
  return RMS_OK;
}

int rms_simulate(const struct rms_jobs *inst, const struct rms_policy *policy, void *self,
                 int (*poll)(void *ctx, uint64_t events), void *ctx, struct rms_timeline *timeline,
                 struct rms_sim_result *result, struct rms_error *err)
{
  struct rms_sim sim = {
      .inst = inst, .policy = policy, .self = self, .timeline = timeline, .err = err};
  int status = open_world(&sim);
  if (status == RMS_OK) status = loop(&sim, poll, ctx);
  if (status >= 0 && sim.failed) status = sim.failed;
  if (result) result->events = sim.events;
  if (status == RMS_OK) rms_timeline_sort(timeline);
  rms_measure_close(sim.measure);
  rms_alarms_fini(&sim.alarms);
  rms_agenda_fini(&sim.agenda);
  free(sim.machines);
  free(sim.jobs);
  return status;
}
