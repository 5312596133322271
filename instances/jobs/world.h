/* SPDX-License-Identifier: GPL-3.0-or-later */
/* world.h - the inside of the simulator, shared by simulate*.c and nobody else. */
#ifndef RMS_JOBS_WORLD_H
#define RMS_JOBS_WORLD_H

#include "instances/jobs/agenda.h"
#include "instances/jobs/measure.h"
#include "instances/jobs/simulate.h"

#define RMS_WORLD_TIME_MAX (INT64_C(1) << 60)

enum rms_world_stage {
  RMS_STAGE_NONE,
  RMS_STAGE_SAVING,    /* until the last job that was stopped is saved */
  RMS_STAGE_CUTTING,   /* until the new slices are ready */
  RMS_STAGE_RESTORING, /* of a phase: until its last job works */
  RMS_STAGE_LEVEL      /* of a phase: at its level number `step` */
};

struct rms_world_job {
  int64_t begin_us, works_from_us; /* of its run; restored in between */
  int64_t since_us; /* done counts the work up to here; in the future while it is restored */
  int64_t until_us; /* while it is saved: the end */
  int64_t done;     /* units */
  int64_t worked_us;
  uint64_t seen;    /* bit k: has worked on kind k */
  int32_t speed;    /* now */
  uint32_t machine; /* RMS_JOB_NONE: none */
  uint32_t stamp;   /* number of the last order that named it */
  uint8_t state;    /* enum rms_job_state */
  uint8_t place;    /* in the machine's arrangement */
};

struct rms_world_machine {
  struct rms_arrangement now; /* in force, or being moved to */
  const struct rms_jobs_pool *pool;
  int64_t stage_end_us;
  bool is_cut, needs_cut, was_mps; /* was_mps: before the cut that is needed */
  uint8_t stage, step, level, n_corun, n_saving;
  uint32_t saving[RMS_UNITS_MAX];                         /* jobs being saved here */
  int64_t times[RMS_JOBS_CORUN_MAX][RMS_JOBS_LEVELS_MAX]; /* measured, by place; 0: not */
};

struct rms_sim {
  const struct rms_jobs *inst;
  const struct rms_policy *policy;
  void *self;
  struct rms_timeline *timeline;
  struct rms_error *err;
  int failed; /* a status once an order was wrong; sticky */
  int64_t now_us;
  size_t n_arrived, n_done;
  uint64_t events;
  uint32_t orders;
  struct rms_world_job *jobs;
  struct rms_world_machine *machines;
  struct rms_agenda agenda;
  struct rms_alarms alarms;
  struct rms_measure *measure; /* NULL: phases follow the speeds under MPS */
  int16_t kind_of[RMS_JOBS_POOLS_MAX][RMS_PROFILES_MAX]; /* [model][profile] */
};

static inline bool rms_world_is_mps(const struct rms_arrangement *a)
{
  return a->mode != RMS_SIM_SLICES;
}

static inline bool rms_world_same_slice(struct rms_placed a, struct rms_placed b)
{
  return a.profile == b.profile && a.start == b.start;
}

static inline bool rms_world_is_running(const struct rms_sim *sim, uint32_t job)
{
  return job != RMS_JOB_NONE && sim->jobs[job].state == RMS_JOB_RUNNING;
}

/* A wrong order, or no memory: the sentence goes to the caller of rms_simulate. */
__attribute__((format(printf, 3, 4))) int rms_world_fail(struct rms_sim *sim, int status,
                                                         const char *fmt, ...);

/* Count the work of a job up to now. */
void rms_world_settle(struct rms_sim *sim, struct rms_world_job *job);
/* When a job that runs is complete at its present speed, us; now if it is. */
int64_t rms_world_completion(const struct rms_sim *sim, uint32_t job);
/* Speeds of all jobs that run on the machine, after somebody came or went or the level changed. */
void rms_world_respeed(struct rms_sim *sim, struct rms_world_machine *m);
/* Enter the machine's next event in the agenda. */
void rms_world_schedule(struct rms_sim *sim, uint32_t machine);
/* The run of this job ends now: keep it. 0 or RMS_E_NOMEM. */
int rms_world_keep_run(struct rms_sim *sim, uint32_t job);
/* Have both arrangements the same slices, in any order? */
bool rms_world_same_slices(const struct rms_arrangement *a, const struct rms_arrangement *b);
/* Is an arrangement of slices, or under MPS (jobs only), legal for the machine as it is? 0, or what
 * rms_world_fail says. Stamps the jobs with the number of the order: none comes twice. */
int rms_world_check_slices(struct rms_sim *sim, uint32_t machine, const struct rms_arrangement *to);
int rms_world_check_mps(struct rms_sim *sim, uint32_t machine, const struct rms_arrangement *to);
/* All are saved: cut if need be, then start. */
int rms_world_proceed(struct rms_sim *sim, uint32_t machine);
/* The cut is ready (or was not needed): start the jobs that do not run yet. */
int rms_world_start(struct rms_sim *sim, uint32_t machine);
/* Under MPS: set the level. */
int rms_world_level(struct rms_sim *sim, uint32_t machine, uint8_t level);

#endif
