/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Solver `mps` of family `jobs`: machines are never cut; a few jobs share each under MPS, in the
 * order of arrival, each on the first machine with room and memory. */
#include <stdlib.h>

#include "solvers/jobs/policy.h"
#include "solvers/jobs/waiting.h"
#include "solvers/params.h"

static const struct rms_param params[] = {
    {.name = "share",
     .type = RMS_P_INT,
     .dflt = "3",
     .range = "[1,7]",
     .unit = "1",
     .doc = "Most jobs on one machine."},
    {.name = "level",
     .type = RMS_P_INT,
     .dflt = "33",
     .range = "[1,100]",
     .unit = "%",
     .doc = "Threads of each; must be among the levels of the instance."},
    {.name = NULL}};

struct mps {
  const struct rms_jobs *inst;
  size_t most;
  int percent, level;
  struct rms_waiting queue;
  struct rms_machine_set room;
};

static int begin(void *self, struct rms_sim *sim)
{
  struct mps *const p = self;
  const struct rms_arrangement empty = {.mode = RMS_SIM_MPS, .level = p->level};
  for (uint32_t m = 0; m < rms_sim_cluster(sim)->n_machines; m++) {
    const int status = rms_sim_arrange(sim, m, &empty);
    if (status < 0) return status;
    rms_machine_set_put(&p->room, m, true);
  }
  return RMS_OK;
}

static int arrival(void *self, struct rms_sim *sim, uint32_t job)
{
  struct mps *const p = self;
  return rms_waiting_add(&p->queue, sim, job);
}

static int completion(void *self, struct rms_sim *sim, uint32_t job, uint32_t machine)
{
  struct mps *const p = self;
  (void)sim, (void)job;
  rms_machine_set_put(&p->room, machine, true);
  return RMS_OK;
}

/* The machine's jobs and one more; n = 0 when memory does not suffice. */
static struct rms_arrangement joined(const struct mps *p, const struct rms_sim *sim,
                                     uint32_t machine, uint32_t job)
{
  bool is_moving;
  const struct rms_arrangement *const now = rms_sim_machine(sim, machine, &is_moving);
  struct rms_arrangement to = {.mode = RMS_SIM_MPS, .level = p->level};
  int64_t memory = rms_sim_job(sim, job).memory_mib;
  for (size_t i = 0; i < now->n; i++) {
    if (now->places[i].job == RMS_JOB_NONE) continue;
    memory += rms_sim_job(sim, now->places[i].job).memory_mib;
    to.places[to.n++].job = now->places[i].job;
  }
  to.places[to.n++].job = job;
  if (memory > rms_cluster_pool(rms_sim_cluster(sim), machine)->memory_mib) to.n = 0;
  return to;
}

/* *is_placed: the head of the queue found a machine. */
static int place_head(struct mps *p, struct rms_sim *sim, bool *is_placed)
{
  const uint32_t job = rms_waiting_first(&p->queue);
  *is_placed = false;
  if (job == RMS_JOB_NONE) return RMS_OK;
  for (uint32_t m = 0; (m = rms_machine_set_next(&p->room, m)) != RMS_JOB_NONE; m++) {
    const struct rms_arrangement to = joined(p, sim, m, job);
    if (to.n == 0) continue;
    *is_placed = true;
    rms_waiting_remove(&p->queue, job);
    if (to.n == p->most) rms_machine_set_put(&p->room, m, false);
    return rms_sim_arrange(sim, m, &to);
  }
  return RMS_OK;
}

static int decide(void *self, struct rms_sim *sim)
{
  bool is_placed = true;
  while (is_placed) {
    const int status = place_head(self, sim, &is_placed);
    if (status < 0) return status;
  }
  return RMS_OK;
}

static const struct rms_policy policy = {
    .begin = begin, .arrival = arrival, .completion = completion, .decide = decide};

/* Every job must be able to share with as many, and to have the memory of some machine. */
static bool can_share(const struct mps *p)
{
  int64_t memory = 0;
  for (size_t i = 0; i < p->inst->cluster.n_pools; i++)
    if (p->inst->cluster.pools[i].memory_mib > memory)
      memory = p->inst->cluster.pools[i].memory_mib;
  for (size_t t = 0; t < p->inst->n_types; t++) {
    const struct rms_jobs_type *const type = &p->inst->types[t];
    if (type->memory_mib > memory) return false;
    for (size_t n = 0; n < p->most; n++)
      if (type->mps[p->level][n] == 0) return false;
  }
  return true;
}

static int open_mps(void **self, const struct rms_instance *inst, const char *const *values)
{
  struct mps *const p = calloc(1, sizeof *p);
  if (!p) return RMS_E_NOMEM;
  p->inst = rms_jobs_of(inst);
  p->most = (size_t)rms_value_int(params, values, "share");
  p->percent = (int)rms_value_int(params, values, "level");
  *self = p;
  return RMS_OK;
}

static int solve_mps(void *self, const struct rms_host *host)
{
  struct mps *const p = self;
  p->level = rms_cluster_level(&p->inst->cluster, p->percent);
  if (p->level < 0 || !can_share(p)) {
    host->log(host->ctx, 2, "the instance has no speeds for %d jobs at %d %%", (int)p->most,
              p->percent);
    return RMS_UNSUPPORTED;
  }
  int status = rms_machine_set_init(&p->room, p->inst->cluster.n_machines);
  if (status == RMS_OK) status = rms_policy_solve(p->inst, &policy, p, host);
  rms_machine_set_fini(&p->room);
  rms_waiting_fini(&p->queue);
  return status;
}

static void close_mps(void *self)
{
  free(self);
}

extern const struct rms_solver rms_solver_jobs_mps;
const struct rms_solver rms_solver_jobs_mps = {
    .abi = RMS_SOLVER_ABI,
    .size = sizeof(struct rms_solver),
    .name = "mps",
    .version = "1",
    .doc =
        "Machines are never cut; up to three jobs share each under MPS, in the order of arrival.",
    .citation = "MISO, SoCC 2022, baseline MPS",
    .family = "jobs",
    .flags = RMS_DETERMINISTIC,
    .params = params,
    .supports = rms_policy_supports,
    .open = open_mps,
    .solve = solve_mps,
    .close = close_mps};
