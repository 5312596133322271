/* SPDX-License-Identifier: GPL-3.0-or-later */
/* recut.c - orders, decisions, callbacks and life. */
#include "solvers/jobs/recut.h"

#include <stdlib.h>
#include <string.h>

#include "solvers/jobs/policy.h"
#include "solvers/jobs/recut_state.h"
#include "solvers/jobs/sharing.h"

static void touch(struct rms_recut *r, uint32_t m)
{
  struct rms_recut_machine *machine = &r->machines[m];
  machine->known = 0;
  r->n_scanned = 0;
  if (machine->is_listed) return;
  machine->is_listed = true;
  r->changed[r->n_changed++] = m;
}

/* ---- orders ---- */

static int arrange(struct rms_recut *r, struct rms_sim *sim, uint32_t m,
                   const struct rms_arrangement *to)
{
  struct rms_recut_machine *machine = &r->machines[m];
  const int status = rms_sim_arrange(sim, m, to);
  if (status) return status;
  rms_sim_machine(sim, m, &machine->is_moving);
  machine->has_idle = false;
  return RMS_OK;
}

/* Cut the machine for its jobs as the objective likes best. */
static int cut_for_jobs(struct rms_recut *r, struct rms_sim *sim, uint32_t m)
{
  const struct rms_recut_machine *machine = &r->machines[m];
  const struct rms_jobs_pool *pool = rms_cluster_pool(r->cluster, m);
  double value[RMS_CHOOSE_JOBS_MAX][RMS_JOBS_KINDS_MAX];
  uint32_t jobs[RMS_CHOOSE_JOBS_MAX];
  struct rms_choice choice;
  struct rms_arrangement to = {0};
  bool is_moving;
  for (size_t j = 0; j < machine->n; j++) {
    jobs[j] = machine->resident[j].job;
    const int status = rms_recut_values(r, sim, &machine->resident[j], value[j]);
    if (status) return status;
  }
  const double(*values)[RMS_JOBS_KINDS_MAX] = (const double(*)[RMS_JOBS_KINDS_MAX])value;
  if (!rms_choose(pool, r->setup.cuts, values, machine->n, &choice) &&
      !rms_choose(pool, RMS_CHOOSE_ANY, values, machine->n, &choice))
    return RMS_E_INTERNAL; /* can_cut was true for all of them, so it is for fewer */
  rms_choice_arrange(&choice, jobs, machine->n, rms_sim_machine(sim, m, &is_moving), &to);
  return arrange(r, sim, m, &to);
}

static int measure(struct rms_recut *r, struct rms_sim *sim, uint32_t m)
{
  const struct rms_recut_machine *machine = &r->machines[m];
  struct rms_arrangement to = {.mode = RMS_SIM_PHASE, .n = machine->n};
  for (size_t j = 0; j < machine->n; j++) to.places[j].job = machine->resident[j].job;
  return arrange(r, sim, m, &to);
}

static int place(struct rms_recut *r, struct rms_sim *sim, uint32_t m, uint32_t job)
{
  struct rms_recut_machine *machine = &r->machines[m];
  machine->resident[machine->n++] = (struct rms_recut_resident){.job = job};
  touch(r, m);
  return machine->n > 1 && r->setup.has_phase ? measure(r, sim, m) : cut_for_jobs(r, sim, m);
}

/* ---- decisions ---- */

static uint32_t find_machine(struct rms_recut *r, const struct rms_sim *sim, uint32_t job)
{
  const int class = rms_recut_class(r, sim, job);
  uint32_t best = RMS_JOB_NONE;
  uint8_t fewest = UINT8_MAX;
  for (uint32_t m = 0; m < r->cluster->n_machines && fewest > 0; m++) {
    if (r->machines[m].is_moving || r->machines[m].n >= fewest ||
        !rms_recut_takes(r, sim, m, job, class))
      continue;
    best = m;
    fewest = r->machines[m].n;
  }
  return best;
}

static int place_waiting(struct rms_recut *r, struct rms_sim *sim)
{
  while (r->head < r->tail && r->n_scanned == 0) {
    const uint32_t job = r->queue[r->head];
    const uint32_t m = find_machine(r, sim, job);
    if (m == RMS_JOB_NONE) {
      r->n_scanned = 1;
      break;
    }
    r->head++;
    const int status = place(r, sim, m, job);
    if (status) return status;
  }
  return RMS_OK;
}

static int repair(struct rms_recut *r, struct rms_sim *sim)
{
  if (r->head < r->tail && !r->setup.repairs_always) return RMS_OK;
  size_t kept = 0;
  for (size_t i = 0; i < r->n_changed; i++) {
    const uint32_t m = r->changed[i];
    struct rms_recut_machine *machine = &r->machines[m];
    if (machine->is_moving) { /* looked at again when it is ready */
      r->changed[kept++] = m;
      continue;
    }
    machine->is_listed = false;
    if (!machine->has_idle || machine->n == 0) continue;
    const int status = cut_for_jobs(r, sim, m);
    if (status) return status;
  }
  r->n_changed = kept;
  return RMS_OK;
}

/* ---- callbacks ---- */

static int begin(void *self, struct rms_sim *sim)
{
  struct rms_recut *r = self;
  int status = RMS_OK;
  for (uint32_t m = 0; m < r->cluster->n_machines && !status; m++) {
    const struct rms_arrangement whole = rms_sharing_whole(r->cluster, m);
    status = arrange(r, sim, m, &whole);
  }
  return status;
}

static int on_arrival(void *self, struct rms_sim *sim, uint32_t job)
{
  struct rms_recut *r = self;
  (void)sim;
  r->queue[r->tail++] = job;
  return RMS_OK;
}

static void remove_job(struct rms_recut_machine *machine, uint32_t job)
{
  size_t kept = 0;
  for (size_t j = 0; j < machine->n; j++)
    if (machine->resident[j].job != job) machine->resident[kept++] = machine->resident[j];
  machine->n = (uint8_t)kept;
}

static int on_completion(void *self, struct rms_sim *sim, uint32_t job, uint32_t m)
{
  struct rms_recut *r = self;
  (void)sim;
  remove_job(&r->machines[m], job);
  r->machines[m].has_idle = true;
  touch(r, m);
  return RMS_OK;
}

static int on_ready(void *self, struct rms_sim *sim, uint32_t m)
{
  struct rms_recut *r = self;
  rms_sim_machine(sim, m, &r->machines[m].is_moving);
  touch(r, m);
  return RMS_OK;
}

static struct rms_recut_resident *resident_of(struct rms_recut_machine *machine, uint32_t job)
{
  for (size_t j = 0; j < machine->n; j++)
    if (machine->resident[j].job == job) return &machine->resident[j];
  return NULL;
}

static int on_measured(void *self, struct rms_sim *sim, uint32_t m,
                       const struct rms_job_sample *samples, size_t n)
{
  struct rms_recut *r = self;
  struct rms_recut_machine *machine = &r->machines[m];
  struct rms_mps_row rows[RMS_MIX_JOBS_MAX];
  double speed[RMS_MIX_JOBS_MAX][RMS_SLICE_SIZES];
  machine->is_moving = false;
  touch(r, m);
  r->round++;
  for (size_t i = 0; i < n; i++) rows[i] = rms_sharing_row(r->cluster, &samples[i]);
  if (r->predictor && n > 0) rms_predict_speeds(r->predictor, rows, (int)n, speed);
  for (size_t i = 0; i < n; i++) {
    struct rms_recut_resident *resident = resident_of(machine, samples[i].job);
    if (!resident) return RMS_E_INTERNAL;
    resident->round = r->round;
    if (r->predictor) memcpy(resident->speed, speed[i], sizeof speed[i]);
  }
  if (machine->n > 0) return cut_for_jobs(r, sim, m);
  machine->has_idle = false;
  return RMS_OK;
}

static int decide(void *self, struct rms_sim *sim)
{
  struct rms_recut *r = self;
  const int status = place_waiting(r, sim);
  return status ? status : repair(r, sim);
}

/* ---- life ---- */

int rms_recut_open(void **self, const struct rms_instance *inst,
                   const struct rms_recut_setup *setup)
{
  int status = RMS_OK;
  const struct rms_jobs *jobs = rms_jobs_of(inst);
  struct rms_recut *r = calloc(1, sizeof *r);
  RMS_TRY(r ? RMS_OK : RMS_E_NOMEM);
  r->inst = jobs;
  r->cluster = &jobs->cluster;
  r->setup = *setup;
  r->machines = calloc(jobs->cluster.n_machines, sizeof *r->machines);
  r->changed = malloc(jobs->cluster.n_machines * sizeof *r->changed);
  r->queue = malloc((jobs->n_jobs ? jobs->n_jobs : 1) * sizeof *r->queue);
  RMS_TRY(r->machines && r->changed && r->queue ? RMS_OK : RMS_E_NOMEM);
  if (setup->speeds == RMS_RECUT_PREDICTED)
    RMS_TRY(rms_predictor_builtin(&r->predictor, setup->predictor, NULL));
  r->setup.predictor = NULL;
  *self = r;
  r = NULL;
out:
  rms_recut_close(r);
  return status;
}

void rms_recut_close(void *self)
{
  struct rms_recut *r = self;
  if (!r) return;
  rms_predictor_free(r->predictor);
  free(r->queue);
  free(r->changed);
  free(r->machines);
  free(r);
}

int rms_recut_solve(void *self, const struct rms_host *host)
{
  struct rms_recut *r = self;
  const struct rms_policy policy = {.knows =
                                        r->setup.speeds == RMS_RECUT_TRUE ? RMS_KNOWS_SPEEDS : 0,
                                    .begin = begin,
                                    .arrival = on_arrival,
                                    .completion = on_completion,
                                    .measured = on_measured,
                                    .ready = on_ready,
                                    .decide = decide};
  r->host = host;
  return rms_policy_solve(r->inst, &policy, r, host);
}
