/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solvers/jobs/recut.h"

#include <gsl/gsl_cdf.h>
#include <stdlib.h>
#include <string.h>

#include "solvers/jobs/policy.h"
#include "solvers/jobs/sharing.h"

enum { CLASSES_MAX = 64, DRAWS = 2 * RMS_JOBS_KINDS_MAX };
#define ERROR_SPREAD                                                                               \
  0.2 /* deviation of an injected error over its mean: 0.0032 / 0.016 in MISO's code */

struct resident {
  uint32_t job, round; /* of the last prediction; 0: none yet */
  double speed[RMS_SLICE_SIZES];
};

struct machine {
  uint8_t n;
  bool is_moving, has_idle, is_listed;
  uint64_t known, good; /* by class: has it been tried since the last change, and did it fit */
  struct resident resident[RMS_CHOOSE_JOBS_MAX];
};

struct recut {
  const struct rms_jobs *inst;
  const struct rms_cluster *cluster;
  struct rms_recut_setup setup;
  struct rms_predictor *predictor;
  const struct rms_host *host;
  struct machine *machines;
  uint32_t *queue; /* jobs that wait: queue[head .. tail-1] */
  size_t head, tail;
  uint32_t *changed; /* machines that may have idle slices */
  size_t n_changed;
  uint64_t class_kinds[CLASSES_MAX]; /* sets of kinds on which jobs fit */
  int64_t class_memory[CLASSES_MAX];
  size_t n_classes;
  uint32_t round;
  size_t n_scanned; /* jobs that found no machine and machines unchanged since */
};

/* ---- speeds ---- */

/* An error of mean size `error` and either sign: MISO's released model of its predictor's. */
static double draw_error(const struct recut *r, const struct resident *resident, size_t kind)
{
  const uint64_t at = (uint64_t)resident->round * DRAWS + 2 * kind;
  const uint64_t bits = r->host->random(r->host->ctx, resident->job, at);
  const uint64_t sign = r->host->random(r->host->ctx, resident->job, at + 1);
  const double unit = (double)(bits >> 11 | 1) * 0x1p-53;
  const double size = r->setup.error * (1 + ERROR_SPREAD * gsl_cdf_ugaussian_Pinv(unit));
  return sign & 1 ? size : -size;
}

static bool is_large(double part)
{
  return part > 0.42;
}

/* True speeds, disturbed on the scale on which predictors err: time over the largest time of the
 * large sizes. */
static int true_speeds(const struct recut *r, const struct rms_sim *sim,
                       const struct resident *resident, double speed[RMS_JOBS_KINDS_MAX])
{
  double longest = 0;
  for (size_t k = 0; k < r->cluster->n_kinds; k++) {
    int32_t value = 0;
    const int status = rms_sim_speed(sim, resident->job, k, &value);
    if (status) return status;
    speed[k] = (double)value / RMS_JOBS_FULL;
    if (value > 0 && is_large(rms_sharing_part(r->cluster, k)) && 1 / speed[k] > longest)
      longest = 1 / speed[k];
  }
  for (size_t k = 0; k < r->cluster->n_kinds && r->setup.error > 0; k++) {
    if (speed[k] <= 0) continue;
    if (longest <= 0) longest = 1 / speed[k];
    const double time = 1 / speed[k] / longest + draw_error(r, resident, k);
    speed[k] = 1 / (longest * (time > 0.01 ? time : 0.01));
  }
  return RMS_OK;
}

static int speeds_of(const struct recut *r, const struct rms_sim *sim,
                     const struct resident *resident, double speed[RMS_JOBS_KINDS_MAX])
{
  if (r->setup.speeds == RMS_RECUT_TRUE) return true_speeds(r, sim, resident, speed);
  for (size_t k = 0; k < r->cluster->n_kinds; k++) {
    const double part = rms_sharing_part(r->cluster, k);
    speed[k] = resident->round ? rms_sharing_speed(resident->speed, part) : part;
  }
  return RMS_OK;
}

static int values_of(const struct recut *r, const struct rms_sim *sim,
                     const struct resident *resident, double value[RMS_JOBS_KINDS_MAX])
{
  const int status = speeds_of(r, sim, resident, value);
  for (size_t k = 0; !status && k < r->cluster->n_kinds; k++) {
    if (!rms_sim_fits(sim, resident->job, k) || value[k] <= 0)
      value[k] = RMS_CHOOSE_NEVER;
    else if (r->setup.objective == RMS_RECUT_SLOWDOWN)
      value[k] = -1 / value[k];
  }
  return status;
}

/* ---- what fits ---- */

static bool can_take(const struct recut *r, const struct rms_sim *sim, uint32_t m, uint32_t job)
{
  const struct machine *machine = &r->machines[m];
  uint32_t jobs[RMS_CHOOSE_JOBS_MAX];
  if (machine->n == RMS_CHOOSE_JOBS_MAX) return false;
  for (size_t j = 0; j < machine->n; j++) jobs[j] = machine->resident[j].job;
  jobs[machine->n] = job;
  const size_t n = machine->n + 1u;
  if (r->setup.has_phase && n > 1 && !rms_sharing_can_measure(sim, m, jobs, n)) return false;
  return rms_sharing_can_cut(sim, m, jobs, n);
}

/* Jobs that fit the same kinds and need as much memory are alike here; -1: too many sorts. */
static int class_of(struct recut *r, const struct rms_sim *sim, uint32_t job)
{
  const int64_t memory = rms_sim_job(sim, job).memory_mib;
  uint64_t kinds = 0;
  for (size_t k = 0; k < r->cluster->n_kinds; k++)
    if (rms_sim_fits(sim, job, k)) kinds |= UINT64_C(1) << k;
  for (size_t c = 0; c < r->n_classes; c++)
    if (r->class_kinds[c] == kinds && r->class_memory[c] == memory) return (int)c;
  if (r->n_classes == CLASSES_MAX) return -1;
  r->class_kinds[r->n_classes] = kinds;
  r->class_memory[r->n_classes] = memory;
  return (int)r->n_classes++;
}

/* can_take, remembered for each class until the machine's jobs change. */
static bool takes(const struct recut *r, const struct rms_sim *sim, uint32_t m, uint32_t job,
                  int class)
{
  struct machine *machine = &r->machines[m];
  if (class < 0) return can_take(r, sim, m, job);
  const uint64_t bit = UINT64_C(1) << class;
  if (!(machine->known & bit)) {
    machine->known |= bit;
    if (can_take(r, sim, m, job))
      machine->good |= bit;
    else
      machine->good &= ~bit;
  }
  return machine->good & bit;
}

static void touch(struct recut *r, uint32_t m)
{
  struct machine *machine = &r->machines[m];
  machine->known = 0;
  r->n_scanned = 0;
  if (machine->is_listed) return;
  machine->is_listed = true;
  r->changed[r->n_changed++] = m;
}

/* ---- orders ---- */

static int arrange(struct recut *r, struct rms_sim *sim, uint32_t m,
                   const struct rms_arrangement *to)
{
  struct machine *machine = &r->machines[m];
  const int status = rms_sim_arrange(sim, m, to);
  if (status) return status;
  rms_sim_machine(sim, m, &machine->is_moving);
  machine->has_idle = false;
  return RMS_OK;
}

/* Cut the machine for its jobs as the objective likes best. */
static int cut_for_jobs(struct recut *r, struct rms_sim *sim, uint32_t m)
{
  const struct machine *machine = &r->machines[m];
  const struct rms_jobs_pool *pool = rms_cluster_pool(r->cluster, m);
  double value[RMS_CHOOSE_JOBS_MAX][RMS_JOBS_KINDS_MAX];
  uint32_t jobs[RMS_CHOOSE_JOBS_MAX];
  struct rms_choice choice;
  struct rms_arrangement to = {0};
  bool is_moving;
  for (size_t j = 0; j < machine->n; j++) {
    jobs[j] = machine->resident[j].job;
    const int status = values_of(r, sim, &machine->resident[j], value[j]);
    if (status) return status;
  }
  const double(*values)[RMS_JOBS_KINDS_MAX] = (const double(*)[RMS_JOBS_KINDS_MAX])value;
  if (!rms_choose(pool, r->setup.cuts, values, machine->n, &choice) &&
      !rms_choose(pool, RMS_CHOOSE_ANY, values, machine->n, &choice))
    return RMS_E_INTERNAL; /* can_cut was true for all of them, so it is for fewer */
  rms_choice_arrange(&choice, jobs, machine->n, rms_sim_machine(sim, m, &is_moving), &to);
  return arrange(r, sim, m, &to);
}

static int measure(struct recut *r, struct rms_sim *sim, uint32_t m)
{
  const struct machine *machine = &r->machines[m];
  struct rms_arrangement to = {.mode = RMS_SIM_PHASE, .n = machine->n};
  for (size_t j = 0; j < machine->n; j++) to.places[j].job = machine->resident[j].job;
  return arrange(r, sim, m, &to);
}

static int place(struct recut *r, struct rms_sim *sim, uint32_t m, uint32_t job)
{
  struct machine *machine = &r->machines[m];
  machine->resident[machine->n++] = (struct resident){.job = job};
  touch(r, m);
  return machine->n > 1 && r->setup.has_phase ? measure(r, sim, m) : cut_for_jobs(r, sim, m);
}

/* ---- decisions ---- */

static uint32_t find_machine(struct recut *r, const struct rms_sim *sim, uint32_t job)
{
  const int class = class_of(r, sim, job);
  uint32_t best = RMS_JOB_NONE;
  uint8_t fewest = UINT8_MAX;
  for (uint32_t m = 0; m < r->cluster->n_machines && fewest > 0; m++) {
    if (r->machines[m].is_moving || r->machines[m].n >= fewest || !takes(r, sim, m, job, class))
      continue;
    best = m;
    fewest = r->machines[m].n;
  }
  return best;
}

static int place_waiting(struct recut *r, struct rms_sim *sim)
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

static int repair(struct recut *r, struct rms_sim *sim)
{
  if (r->head < r->tail && !r->setup.repairs_always) return RMS_OK;
  size_t kept = 0;
  for (size_t i = 0; i < r->n_changed; i++) {
    const uint32_t m = r->changed[i];
    struct machine *machine = &r->machines[m];
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
  struct recut *r = self;
  int status = RMS_OK;
  for (uint32_t m = 0; m < r->cluster->n_machines && !status; m++) {
    const struct rms_jobs_pool *pool = rms_cluster_pool(r->cluster, m);
    const struct rms_arrangement whole = {
        .mode = RMS_SIM_SLICES,
        .n = 1,
        .places[0] = {.slice = pool->cuts[pool->whole].layout[0], .job = RMS_JOB_NONE}};
    status = arrange(r, sim, m, &whole);
  }
  return status;
}

static int on_arrival(void *self, struct rms_sim *sim, uint32_t job)
{
  struct recut *r = self;
  (void)sim;
  r->queue[r->tail++] = job;
  return RMS_OK;
}

static void remove_job(struct machine *machine, uint32_t job)
{
  size_t kept = 0;
  for (size_t j = 0; j < machine->n; j++)
    if (machine->resident[j].job != job) machine->resident[kept++] = machine->resident[j];
  machine->n = (uint8_t)kept;
}

static int on_completion(void *self, struct rms_sim *sim, uint32_t job, uint32_t m)
{
  struct recut *r = self;
  (void)sim;
  remove_job(&r->machines[m], job);
  r->machines[m].has_idle = true;
  touch(r, m);
  return RMS_OK;
}

static int on_ready(void *self, struct rms_sim *sim, uint32_t m)
{
  struct recut *r = self;
  rms_sim_machine(sim, m, &r->machines[m].is_moving);
  touch(r, m);
  return RMS_OK;
}

static struct resident *resident_of(struct machine *machine, uint32_t job)
{
  for (size_t j = 0; j < machine->n; j++)
    if (machine->resident[j].job == job) return &machine->resident[j];
  return NULL;
}

static int on_measured(void *self, struct rms_sim *sim, uint32_t m,
                       const struct rms_job_sample *samples, size_t n)
{
  struct recut *r = self;
  struct machine *machine = &r->machines[m];
  struct rms_mps_row rows[RMS_MIX_JOBS_MAX];
  double speed[RMS_MIX_JOBS_MAX][RMS_SLICE_SIZES];
  machine->is_moving = false;
  touch(r, m);
  r->round++;
  for (size_t i = 0; i < n; i++) rows[i] = rms_sharing_row(r->cluster, &samples[i]);
  if (r->predictor && n > 0) rms_predict_speeds(r->predictor, rows, (int)n, speed);
  for (size_t i = 0; i < n; i++) {
    struct resident *resident = resident_of(machine, samples[i].job);
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
  struct recut *r = self;
  const int status = place_waiting(r, sim);
  return status ? status : repair(r, sim);
}

/* ---- life ---- */

int rms_recut_open(void **self, const struct rms_instance *inst,
                   const struct rms_recut_setup *setup)
{
  int status = RMS_OK;
  const struct rms_jobs *jobs = rms_jobs_of(inst);
  struct recut *r = calloc(1, sizeof *r);
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
  struct recut *r = self;
  if (!r) return;
  rms_predictor_free(r->predictor);
  free(r->queue);
  free(r->changed);
  free(r->machines);
  free(r);
}

int rms_recut_solve(void *self, const struct rms_host *host)
{
  struct recut *r = self;
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
