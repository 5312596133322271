/* SPDX-License-Identifier: GPL-3.0-or-later */
/* simulate.h - the world in which a policy lives: an event-driven simulator of the cluster, exact
 * in integer microseconds, that tells the policy what happened and takes its orders.
 *
 * At each instant with events the simulator tells, in this order: what happens on machines, by
 * machine number (completions, then saved jobs, then the machine itself: measured or ready);
 * arrivals, by job number; alarms; and then `decide` once. An order takes effect at once; what
 * follows from it at the same instant is told in another such round. A policy that only fills in
 * `decide` and keeps its own queue is complete.
 *
 * What a policy knows. Of a job that has arrived: struct rms_job_facts, whether it fits a kind, how
 * long it has worked, its speed on kinds where it has already worked, and what measuring phases
 * say. True speeds and remaining work are given to policies that declare it (RMS_KNOWS_...); others
 * get the error RMS_E_UNSUPPORTED. Of jobs that have not arrived nothing is told to anyone. A
 * policy must not keep or read the instance itself: it is made from the cluster.
 *
 * Cost: O(log machines) per event, O(slices of one machine) per order. */
#ifndef RMS_JOBS_SIMULATE_H
#define RMS_JOBS_SIMULATE_H

#include "instances/jobs/timeline.h"

#define RMS_JOB_NONE UINT32_MAX

struct rms_sim; /* opaque */

enum rms_policy_knowledge {
  RMS_KNOWS_SPEEDS = 1, /* rms_sim_speed(): true speeds of jobs that have arrived */
  RMS_KNOWS_WORK = 2    /* rms_sim_remaining(): true work left of jobs that have arrived */
};

/* What a phase measured of one job: time of an iteration at each level of the phase divided by the
 * largest of them, in millionths (how MISO's published figures are normalised; absolute slow-down
 * is not known). */
struct rms_job_sample {
  uint32_t job;
  int32_t time[RMS_JOBS_LEVELS_MAX]; /* [overheads.n_phase], in the order of overheads.phase */
};

/* Callbacks return 0 or a negative status, which ends the simulation. NULL: not interested. */
struct rms_policy {
  uint32_t knows;                                /* enum rms_policy_knowledge */
  int (*begin)(void *self, struct rms_sim *sim); /* at time 0, machines are uncut; cuts are free */
  int (*arrival)(void *self, struct rms_sim *sim, uint32_t job);
  int (*completion)(void *self, struct rms_sim *sim, uint32_t job, uint32_t machine);
  /* its state is saved and the job waits, free to be placed anywhere */
  int (*suspended)(void *self, struct rms_sim *sim, uint32_t job, uint32_t machine);
  /* a phase is over; the machine stays under MPS at the last level until it is arranged again. Jobs
   * that completed meanwhile are not among the samples; n may be 0. */
  int (*measured)(void *self, struct rms_sim *sim, uint32_t machine,
                  const struct rms_job_sample *samples, size_t n);
  /* an arrangement that needed time is in force: its jobs were started */
  int (*ready)(void *self, struct rms_sim *sim, uint32_t machine);
  int (*alarm)(void *self, struct rms_sim *sim, uint64_t token);
  int (*decide)(void *self, struct rms_sim *sim); /* after everything else of a round */
};

/* Run `policy` over the whole trace.
 *   timeline [out] zeroed by the caller; filled and sorted
 *   poll     [in]  asked every few thousand events with the number so far; nonzero: end with
 *                  RMS_SIM_STOPPED (positive). NULL: never
 * Returns 0, RMS_SIM_STOPPED, RMS_E_NOMEM, RMS_E_LIMIT (time or rounds out of range), what a
 * callback returned, or RMS_E_INTERNAL with a sentence when the policy leaves jobs waiting for ever
 * or gave an order that is not legal. Deterministic. */
enum { RMS_SIM_STOPPED = 1 };
struct rms_sim_result {
  uint64_t events; /* delivered */
};
int rms_simulate(const struct rms_jobs *inst, const struct rms_policy *policy, void *self,
                 int (*poll)(void *ctx, uint64_t events), void *ctx, struct rms_timeline *timeline,
                 struct rms_sim_result *result, struct rms_error *err);

/* ---- questions --------------------------------------------------------------------------------
 */

struct rms_job_facts { /* what is known of a job when it arrives */
  int64_t arrival_us;
  const char *model; /* "resnet" */
  int32_t batch;
  uint32_t type; /* jobs of equal type are the same program with the same batch */
  int32_t least;
  int64_t memory_mib, checkpoint_us, restart_us;
};

enum rms_job_state {
  RMS_JOB_FUTURE,  /* has not arrived */
  RMS_JOB_WAITING, /* on no machine: new, or suspended and saved */
  RMS_JOB_MOVING,  /* its machine is being rearranged: saved, or to be started there */
  RMS_JOB_SAVING,  /* being suspended, will wait */
  RMS_JOB_RUNNING, /* on a slice or under MPS, restoring included */
  RMS_JOB_DONE
};

enum rms_sim_mode {
  RMS_SIM_SLICES,
  RMS_SIM_MPS,  /* whole machine, at `level`, as long as the policy likes */
  RMS_SIM_PHASE /* MPS through the levels of a phase, then `measured` */
};

struct rms_place {
  struct rms_placed slice; /* unused under MPS */
  uint32_t job;            /* RMS_JOB_NONE: idle */
};

struct rms_arrangement {
  enum rms_sim_mode mode;
  int level;  /* of RMS_SIM_MPS: index into cluster.levels */
  uint16_t n; /* 0: nothing is cut */
  struct rms_place places[RMS_UNITS_MAX];
};

int64_t rms_sim_now(const struct rms_sim *sim); /* microseconds */
const struct rms_cluster *rms_sim_cluster(const struct rms_sim *sim);
size_t rms_sim_arrived(const struct rms_sim *sim); /* jobs 0 .. that - 1 have arrived */

/* Of a job that has arrived (assert). */
struct rms_job_facts rms_sim_job(const struct rms_sim *sim, uint32_t job);
enum rms_job_state rms_sim_state(const struct rms_sim *sim, uint32_t job);
bool rms_sim_fits(const struct rms_sim *sim, uint32_t job, size_t kind); /* memory and `least` */
/* Can it run under MPS at this level where up to n jobs share the machine? */
bool rms_sim_fits_mps(const struct rms_sim *sim, uint32_t job, int level, size_t n);
int64_t rms_sim_worked_us(const struct rms_sim *sim, uint32_t job); /* time at work so far */
/* Machine on which it runs, moves or saves; RMS_JOB_NONE: none. */
uint32_t rms_sim_machine_of(const struct rms_sim *sim, uint32_t job);
/* Its speed on a kind on which it has worked (a scheduler sees iterations go by); 0: not seen. */
int32_t rms_sim_seen_speed(const struct rms_sim *sim, uint32_t job, size_t kind);

/* For policies that declared to know it; else RMS_E_UNSUPPORTED, with *value untouched. */
int rms_sim_speed(const struct rms_sim *sim, uint32_t job, size_t kind, int32_t *value);
int rms_sim_remaining(const struct rms_sim *sim, uint32_t job, int64_t *work); /* now */

/* The arrangement in force, or the one that the machine is moving to; borrowed until the next
 * order. A completed job's place is idle. *is_moving: it takes no orders now (being rearranged, or
 * in a phase). */
const struct rms_arrangement *rms_sim_machine(const struct rms_sim *sim, uint32_t machine,
                                              bool *is_moving);

/* ---- orders -----------------------------------------------------------------------------------
 */

/* Bring a machine that is not moving to this arrangement. Jobs named must wait or be on this
 * machine; jobs on it that are not named are suspended. Slices may be listed in any order.
 *   - Jobs that keep their slice (their share, from MPS to MPS) run on, unless slices change and
 * the cluster's cuts need the whole machine.
 *   - All others are stopped now; when the last is saved the machine is cut, if slices or mode
 *     differ; when that is done all jobs of the arrangement that do not run yet are started.
 *   - Nothing to save and nothing to cut: jobs are started now, the machine is not moving.
 * RMS_E_INTERNAL with a sentence (returned by rms_simulate, too) for an order that is not legal:
 * layout, job that does not fit or is not available, more than RMS_JOBS_CORUN_MAX jobs or too much
 * memory under MPS, machine that is moving. */
int rms_sim_arrange(struct rms_sim *sim, uint32_t machine, const struct rms_arrangement *to);

/* Shorthands for the common orders on slices; the slice is named by its first unit. */
int rms_sim_start(struct rms_sim *sim, uint32_t machine, uint16_t start, uint32_t job);
int rms_sim_suspend(struct rms_sim *sim, uint32_t job);

/* Call `alarm` with this token at that time (now or later). */
int rms_sim_alarm(struct rms_sim *sim, int64_t at_us, uint64_t token);

#endif
