/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solvers/jobs/fixed.h"

#include <stdlib.h>
#include <string.h>

#include "solvers/jobs/waiting.h"

enum { NO_KIND = 0xff };

struct fixed {
  const struct rms_fixed_plan *plan;
  struct rms_waiting queue;
  struct rms_machine_set idle[RMS_JOBS_KINDS_MAX]; /* machines by their largest idle slice */
  struct rms_machine_set changed;                  /* since their last look at promotions */
  uint8_t *kind;                                   /* [machines] in which set; NO_KIND: none */
};

bool rms_fixed_suits(const struct rms_jobs *inst, const struct rms_fixed_plan *plan)
{
  uint64_t kinds = 0;
  for (size_t p = 0; p < inst->cluster.n_pools; p++)
    for (size_t i = 0; i < plan->cut[p]->n_slices; i++)
      kinds |= UINT64_C(1) << plan->cut[p]->kind[i];
  for (size_t j = 0; j < inst->n_jobs; j++) {
    bool fits = false;
    for (size_t k = 0; k < inst->cluster.n_kinds && !fits; k++)
      fits = (kinds >> k & 1) && rms_jobs_speed(inst, j, k) > 0;
    if (!fits) return false;
  }
  return true;
}

static size_t pool_of(const struct rms_sim *sim, uint32_t machine)
{
  const struct rms_cluster *const c = rms_sim_cluster(sim);
  return (size_t)(rms_cluster_pool(c, machine) - c->pools);
}

/* The places of an arrangement are in the order of the cut. */
static const struct rms_jobs_cut *cut_of(const struct fixed *f, const struct rms_sim *sim,
                                         uint32_t machine)
{
  return f->plan->cut[pool_of(sim, machine)];
}

/* Enter the machine in the set of its largest idle slice. */
static void enter(struct fixed *f, const struct rms_sim *sim, uint32_t machine)
{
  bool is_moving;
  const struct rms_arrangement *const now = rms_sim_machine(sim, machine, &is_moving);
  const struct rms_jobs_cut *const cut = cut_of(f, sim, machine);
  uint8_t kind = NO_KIND;
  for (size_t i = 0; i < now->n && !is_moving; i++)
    if (now->places[i].job == RMS_JOB_NONE && cut->kind[i] < kind) kind = (uint8_t)cut->kind[i];
  if (f->kind[machine] != NO_KIND) rms_machine_set_put(&f->idle[f->kind[machine]], machine, false);
  if (kind != NO_KIND) rms_machine_set_put(&f->idle[kind], machine, true);
  f->kind[machine] = kind;
}

/* ---- orders ------------------------------------------------------------------------------------
 */

static size_t idle_place(const struct fixed *f, const struct rms_sim *sim, uint32_t machine,
                         const struct rms_arrangement *now)
{
  const struct rms_jobs_cut *const cut = cut_of(f, sim, machine);
  size_t i = 0;
  while (now->places[i].job != RMS_JOB_NONE || cut->kind[i] != f->kind[machine]) i++;
  return i;
}

static int start(struct fixed *f, struct rms_sim *sim, uint32_t machine, uint32_t job)
{
  bool is_moving;
  const struct rms_arrangement *const now = rms_sim_machine(sim, machine, &is_moving);
  const uint16_t slice = now->places[idle_place(f, sim, machine, now)].slice.start;
  rms_waiting_remove(&f->queue, job);
  const int status = rms_sim_start(sim, machine, slice, job);
  if (status == RMS_OK) enter(f, sim, machine);
  return status;
}

/* Largest slices first, each to the earliest job that fits it. */
static int place_jobs(struct fixed *f, struct rms_sim *sim)
{
  for (size_t k = 0; k < rms_sim_cluster(sim)->n_kinds && f->queue.n; k++)
    for (;;) {
      const uint32_t machine = rms_machine_set_next(&f->idle[k], 0);
      if (machine == RMS_JOB_NONE) break;
      const uint32_t job = rms_waiting_first_fit(&f->queue, UINT64_C(1) << k);
      if (job == RMS_JOB_NONE) break;
      const int status = start(f, sim, machine, job);
      if (status < 0) return status;
    }
  return RMS_OK;
}

/* The job on the smallest slice that fits the machine's largest idle slice moves there. */
static int promote(struct fixed *f, struct rms_sim *sim, uint32_t machine)
{
  bool is_moving;
  if (f->kind[machine] == NO_KIND) return RMS_OK;
  struct rms_arrangement to = *rms_sim_machine(sim, machine, &is_moving);
  const struct rms_jobs_cut *const cut = cut_of(f, sim, machine);
  const size_t idle = idle_place(f, sim, machine, &to);
  size_t from = idle;
  for (size_t i = 0; i < to.n; i++)
    if (to.places[i].job != RMS_JOB_NONE && cut->kind[i] > cut->kind[from] &&
        rms_sim_fits(sim, to.places[i].job, cut->kind[idle]))
      from = i;
  if (from == idle) return RMS_OK;
  to.places[idle].job = to.places[from].job;
  to.places[from].job = RMS_JOB_NONE;
  const int status = rms_sim_arrange(sim, machine, &to);
  if (status == RMS_OK) enter(f, sim, machine);
  return status;
}

static int promote_all(struct fixed *f, struct rms_sim *sim)
{
  for (uint32_t m = 0; (m = rms_machine_set_next(&f->changed, m)) != RMS_JOB_NONE; m++) {
    rms_machine_set_put(&f->changed, m, false);
    const int status = promote(f, sim, m);
    if (status < 0) return status;
  }
  return RMS_OK;
}

/* ---- callbacks ---------------------------------------------------------------------------------
 */

static int begin(void *self, struct rms_sim *sim)
{
  struct fixed *const f = self;
  for (uint32_t m = 0; m < rms_sim_cluster(sim)->n_machines; m++) {
    const struct rms_jobs_cut *const cut = cut_of(f, sim, m);
    struct rms_arrangement to = {.n = cut->n_slices};
    for (size_t i = 0; i < to.n; i++)
      to.places[i] = (struct rms_place){.slice = cut->layout[i], .job = RMS_JOB_NONE};
    const int status = rms_sim_arrange(sim, m, &to);
    if (status < 0) return status;
    enter(f, sim, m);
  }
  return RMS_OK;
}

static int arrival(void *self, struct rms_sim *sim, uint32_t job)
{
  struct fixed *const f = self;
  return rms_waiting_add(&f->queue, sim, job);
}

static int note_change(struct fixed *f, struct rms_sim *sim, uint32_t machine)
{
  enter(f, sim, machine);
  if (f->plan->promotes) rms_machine_set_put(&f->changed, machine, true);
  return RMS_OK;
}

static int completion(void *self, struct rms_sim *sim, uint32_t job, uint32_t machine)
{
  (void)job;
  return note_change(self, sim, machine);
}

static int ready(void *self, struct rms_sim *sim, uint32_t machine)
{
  return note_change(self, sim, machine);
}

static int decide(void *self, struct rms_sim *sim)
{
  const int status = place_jobs(self, sim);
  return status < 0 ? status : promote_all(self, sim);
}

static const struct rms_policy policy = {
    .begin = begin, .arrival = arrival, .completion = completion, .ready = ready, .decide = decide};

/* ---- simulating --------------------------------------------------------------------------------
 */

static int make(struct fixed *f, const struct rms_jobs *inst)
{
  const size_t n = inst->cluster.n_machines;
  f->kind = malloc(n);
  if (!f->kind || rms_machine_set_init(&f->changed, n) < 0) return RMS_E_NOMEM;
  memset(f->kind, NO_KIND, n);
  for (size_t k = 0; k < inst->cluster.n_kinds; k++)
    if (rms_machine_set_init(&f->idle[k], n) < 0) return RMS_E_NOMEM;
  return RMS_OK;
}

static void drop(struct fixed *f)
{
  for (size_t k = 0; k < RMS_JOBS_KINDS_MAX; k++) rms_machine_set_fini(&f->idle[k]);
  rms_machine_set_fini(&f->changed);
  rms_waiting_fini(&f->queue);
  free(f->kind);
}

int rms_fixed_simulate(const struct rms_jobs *inst, const struct rms_fixed_plan *plan,
                       const struct rms_host *host, uint64_t *work, struct rms_timeline *timeline)
{
  struct fixed f = {.plan = plan};
  if (!rms_fixed_suits(inst, plan)) return RMS_E_INSTANCE;
  int status = make(&f, inst);
  if (status == RMS_OK) status = rms_policy_simulate(inst, &policy, &f, host, work, timeline);
  drop(&f);
  return status;
}
