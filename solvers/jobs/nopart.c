/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Solver `nopart` of family `jobs`: machines are never cut, each runs one job at a time. */
#include <stdlib.h>
#include <string.h>

#include "instances/jobs/agenda.h"
#include "solvers/jobs/policy.h"
#include "solvers/jobs/sharing.h"
#include "solvers/jobs/waiting.h"
#include "solvers/params.h"

static const struct rms_param params[] = {
    {.name = "dispatch",
     .type = RMS_P_ENUM,
     .dflt = "fifo",
     .range = "fifo|least-loaded",
     .unit = "1",
     .doc =
         "One queue for all machines, or each job joins the machine with the fewest jobs when it "
         "arrives."},
    {.name = NULL}};

struct line { /* jobs bound to one machine */
  uint32_t first, last;
};

struct nopart {
  const struct rms_jobs *inst;
  bool is_bound;            /* jobs are bound to machines on arrival */
  struct rms_waiting queue; /* of all jobs, or */
  struct line *lines;       /* of each machine, */
  uint32_t *next;           /* by job */
  struct rms_agenda load;   /* jobs of each machine, as times of an agenda */
  struct rms_machine_set idle;
};

static int begin(void *self, struct rms_sim *sim)
{
  struct nopart *const p = self;
  const struct rms_cluster *const c = rms_sim_cluster(sim);
  for (uint32_t m = 0; m < c->n_machines; m++) {
    const struct rms_arrangement whole = rms_sharing_whole(c, m);
    const int status = rms_sim_arrange(sim, m, &whole);
    if (status < 0) return status;
    rms_machine_set_put(&p->idle, m, true);
    rms_agenda_set(&p->load, m, 0);
    p->lines[m] = (struct line){RMS_JOB_NONE, RMS_JOB_NONE};
  }
  return RMS_OK;
}

static size_t whole_kind(const struct rms_sim *sim, uint32_t machine)
{
  const struct rms_jobs_pool *const pool = rms_cluster_pool(rms_sim_cluster(sim), machine);
  return pool->cuts[pool->whole].kind[0];
}

static int start(struct nopart *p, struct rms_sim *sim, uint32_t machine, uint32_t job)
{
  bool is_moving;
  const struct rms_arrangement *const now = rms_sim_machine(sim, machine, &is_moving);
  rms_machine_set_put(&p->idle, machine, false);
  return rms_sim_start(sim, machine, now->places[0].slice.start, job);
}

/* ---- one queue ---------------------------------------------------------------------------------
 */

/* The head of the queue takes the first idle machine that it fits; nobody overtakes it. */
static int decide_fifo(struct nopart *p, struct rms_sim *sim)
{
  for (uint32_t job; (job = rms_waiting_first(&p->queue)) != RMS_JOB_NONE;) {
    uint32_t m = rms_machine_set_next(&p->idle, 0);
    while (m != RMS_JOB_NONE && !rms_sim_fits(sim, job, whole_kind(sim, m)))
      m = rms_machine_set_next(&p->idle, m + 1);
    if (m == RMS_JOB_NONE) return RMS_OK;
    rms_waiting_remove(&p->queue, job);
    const int status = start(p, sim, m, job);
    if (status < 0) return status;
  }
  return RMS_OK;
}

/* ---- a queue for each machine ------------------------------------------------------------------
 */

/* The machine with the fewest jobs; where the job does not fit its kind, the fewest by scanning. */
static uint32_t least_loaded(const struct nopart *p, const struct rms_sim *sim, uint32_t job)
{
  const size_t n = rms_sim_cluster(sim)->n_machines;
  uint32_t best = rms_agenda_first(&p->load);
  if (rms_sim_fits(sim, job, whole_kind(sim, best))) return best;
  best = RMS_JOB_NONE;
  for (uint32_t m = 0; m < n; m++)
    if (rms_sim_fits(sim, job, whole_kind(sim, m)) &&
        (best == RMS_JOB_NONE || p->load.time[m] < p->load.time[best]))
      best = m;
  return best;
}

static int serve_line(struct nopart *p, struct rms_sim *sim, uint32_t machine)
{
  struct line *const line = &p->lines[machine];
  const uint32_t job = line->first;
  if (job == RMS_JOB_NONE || !rms_machine_set_has(&p->idle, machine)) return RMS_OK;
  line->first = p->next[job];
  return start(p, sim, machine, job);
}

static int bind(struct nopart *p, struct rms_sim *sim, uint32_t job)
{
  const uint32_t m = least_loaded(p, sim, job);
  if (m == RMS_JOB_NONE) return RMS_OK; /* waits for ever: the simulator says so */
  struct line *const line = &p->lines[m];
  rms_agenda_set(&p->load, m, p->load.time[m] + 1);
  p->next[job] = RMS_JOB_NONE;
  *(line->first == RMS_JOB_NONE ? &line->first : &p->next[line->last]) = job;
  line->last = job;
  return serve_line(p, sim, m);
}

/* ---- callbacks ---------------------------------------------------------------------------------
 */

static int arrival(void *self, struct rms_sim *sim, uint32_t job)
{
  struct nopart *const p = self;
  return p->is_bound ? bind(p, sim, job) : rms_waiting_add(&p->queue, sim, job);
}

static int completion(void *self, struct rms_sim *sim, uint32_t job, uint32_t machine)
{
  struct nopart *const p = self;
  (void)job;
  rms_machine_set_put(&p->idle, machine, true);
  if (!p->is_bound) return RMS_OK;
  rms_agenda_set(&p->load, machine, p->load.time[machine] - 1);
  return serve_line(p, sim, machine);
}

static int decide(void *self, struct rms_sim *sim)
{
  struct nopart *const p = self;
  return p->is_bound ? RMS_OK : decide_fifo(p, sim);
}

static const struct rms_policy policy = {
    .begin = begin, .arrival = arrival, .completion = completion, .decide = decide};

/* ---- solver ------------------------------------------------------------------------------------
 */

static void drop_state(struct nopart *p)
{
  free(p->lines);
  free(p->next);
  p->lines = NULL;
  p->next = NULL;
  rms_waiting_fini(&p->queue);
  rms_agenda_fini(&p->load);
  rms_machine_set_fini(&p->idle);
}

static int make_state(struct nopart *p)
{
  const size_t n = p->inst->cluster.n_machines;
  p->lines = malloc(n * sizeof *p->lines);
  p->next = malloc(p->inst->n_jobs * sizeof *p->next);
  if (!p->lines || !p->next || rms_agenda_init(&p->load, n) < 0 ||
      rms_machine_set_init(&p->idle, n) < 0)
    return RMS_E_NOMEM;
  return RMS_OK;
}

static int open_nopart(void **self, const struct rms_instance *inst, const char *const *values)
{
  struct nopart *const p = calloc(1, sizeof *p);
  if (!p) return RMS_E_NOMEM;
  p->inst = rms_jobs_of(inst);
  p->is_bound = strcmp(rms_value_text(params, values, "dispatch"), "least-loaded") == 0;
  *self = p;
  return RMS_OK;
}

static int solve_nopart(void *self, const struct rms_host *host)
{
  struct nopart *const p = self;
  int status = make_state(p);
  if (status == RMS_OK) status = rms_policy_solve(p->inst, &policy, p, host);
  drop_state(p);
  return status;
}

static void close_nopart(void *self)
{
  free(self);
}

extern const struct rms_solver rms_solver_jobs_nopart;
const struct rms_solver rms_solver_jobs_nopart = {
    .abi = RMS_SOLVER_ABI,
    .size = sizeof(struct rms_solver),
    .name = "nopart",
    .version = "1",
    .doc = "Machines are never cut: one job at a time on each, in the order of arrival.",
    .citation = "MISO, SoCC 2022, baseline NoPart",
    .family = "jobs",
    .flags = RMS_DETERMINISTIC,
    .params = params,
    .supports = rms_policy_supports,
    .open = open_nopart,
    .solve = solve_nopart,
    .close = close_nopart};
