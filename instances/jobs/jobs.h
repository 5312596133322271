/* SPDX-License-Identifier: GPL-3.0-or-later */
/* jobs.h - family `jobs`: training jobs arrive one by one at a cluster of reconfigurable machines;
 * say how each machine is cut at each instant and which job runs on which slice (MISO, SoCC 2022,
 * arXiv 2207.11428; reference model of one scheduler for the cluster).
 *
 *   minimise   mean job completion time (completion - arrival)
 *   such that  cuts are legal at every instant, a slice holds one job, no job runs before it
 *              arrives, and each job is finished once
 *
 * Everything that decides is an integer. Time: microseconds from 0, int64_t, suffix _us. Speed:
 * millionths of the speed on the job's reference (the whole first machine), int32_t; 0: does not
 * fit, RMS_JOBS_FULL: as fast as the reference. Work: microseconds at the reference speed times
 * RMS_JOBS_FULL, int64_t, so that `dt` microseconds at speed `s` do exactly s * dt units. A job is
 * complete at the first microsecond at which the work done is at least its work.
 *
 * A *kind* is a (machine model, profile) pair on which some job type runs. Kinds are numbered by
 * machine, then by profile with the largest memory (then compute) first. Machines of the cluster
 * are numbered 0..n_machines-1, pool after pool. */
#ifndef RMS_JOBS_H
#define RMS_JOBS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "instances/family.h"
#include "instances/machine.h"
#include "instances/placement.h"

enum {
  RMS_JOBS_POOLS_MAX = 16,
  RMS_JOBS_KINDS_MAX = 64,
  RMS_JOBS_TYPES_MAX = 4096,
  RMS_JOBS_LEVELS_MAX = 8, /* MPS thread percentages that the instance knows speeds of */
  RMS_JOBS_CORUN_MAX = 7,  /* jobs that share one machine under MPS, at most */
  RMS_JOBS_CUTS_MAX = 4096,
  RMS_JOBS_MACHINES_MAX = 100000,
  RMS_JOBS_JOBS_MAX = 4000000,
  RMS_JOBS_FULL = 1000000 /* reference speed */
};
#define RMS_JOBS_SPEED_MAX   (4 * RMS_JOBS_FULL)
#define RMS_JOBS_SECOND      INT64_C(1000000)
#define RMS_JOBS_WORK_MAX_US (INT64_C(8000000) * RMS_JOBS_SECOND) /* of one job, full speed */
#define RMS_JOBS_TIME_MAX_US                                                                       \
  (INT64_C(1000000000) * RMS_JOBS_SECOND)                        /* of any arrival; 31 years       \
                                                                  */
#define RMS_JOBS_DELAY_MAX_US (INT64_C(86400) * RMS_JOBS_SECOND) /* of any overhead */

struct rms_jobs_kind {
  uint16_t model;   /* index into cluster.models */
  uint16_t profile; /* of that machine */
  int16_t compute;  /* of the profile; a job's `least` is compared with it */
  int16_t memory;   /* units */
};

/* One legal way to cut a machine: a multiset of kinds with one layout of it. Every non-empty legal
 * multiset is listed (37 for a seven-slice machine under r510, 36 under r470), not only the maximal
 * ones; a subset of a legal layout is legal. */
struct rms_jobs_cut {
  uint16_t n_slices;
  bool is_maximal;                         /* no slice of any kind can be added to the multiset */
  uint8_t count[RMS_JOBS_KINDS_MAX];       /* slices of each kind */
  struct rms_placed layout[RMS_UNITS_MAX]; /* largest memory first, preferred starts */
  uint16_t kind[RMS_UNITS_MAX];            /* kind of each slice of layout */
};

struct rms_jobs_pool {
  const char *name;
  uint16_t model; /* index into models */
  const struct rms_rules *rules;
  uint32_t first, count; /* machines first .. first+count-1 */
  int64_t memory_mib;    /* of a whole machine: jobs under MPS share it; INT64_MAX: no limit */
  size_t n_cuts;
  const struct rms_jobs_cut *cuts; /* by number of slices, then descending counts */
  int16_t whole;                   /* index of the cut with the single largest slice */
};

/* What reconfiguration costs; the same on all machines. */
struct rms_jobs_overheads {
  int64_t recut_us;  /* a cut: slices destroyed and created */
  int64_t settle_us; /* after each cut, before anything can start */
  int64_t mps_us;    /* more, when a cut switches MPS on or off */
  int64_t phase_us;  /* length of a measuring phase, all levels together, once all jobs run */
  int n_phase;       /* levels of a phase, in turn, phase_us / n_phase each */
  uint8_t phase[RMS_JOBS_LEVELS_MAX]; /* indices into levels */
  bool is_whole; /* true: a cut needs the whole machine idle (MISO). false: only the slices that
                    it destroys; jobs on slices that stay run on */
  /* true: a phase shows what was measured in a published mix of the same job types (mixes.h), as
   * far as types are of it and the phase has the levels 100, 50, 14. Otherwise what it shows
   * follows from the speeds under MPS, with noise. */
  bool is_replayed;
  int32_t noise; /* of a measured time: standard deviation, millionths of the time */
  uint64_t noise_seed;
};

/* Everything that a policy may know of the cluster before any job arrives. */
struct rms_cluster {
  size_t n_models, n_pools, n_kinds, n_machines, n_levels;
  const struct rms_machine *models[RMS_JOBS_POOLS_MAX];
  struct rms_jobs_pool pools[RMS_JOBS_POOLS_MAX];
  struct rms_jobs_kind kinds[RMS_JOBS_KINDS_MAX];
  int levels[RMS_JOBS_LEVELS_MAX]; /* percent of threads, descending: 100, 50, 33, 14 */
  struct rms_jobs_overheads overheads;
};

/* Jobs of one program with one batch size behave alike. */
struct rms_jobs_type {
  const char *name;   /* unique: "resnet:64" */
  const char *model;  /* "resnet" */
  int32_t batch;      /* 0: not given */
  int64_t memory_mib; /* that it needs at least */
  int64_t checkpoint_us, restart_us;
  int32_t speed[RMS_JOBS_KINDS_MAX]; /* [n_kinds] */
  /* [level][n - 1]: speed under MPS at that level when n jobs share the whole machine, n = 1 ..
   * RMS_JOBS_CORUN_MAX; 0: not known, the job cannot run there. The same on all models. */
  int32_t mps[RMS_JOBS_LEVELS_MAX][RMS_JOBS_CORUN_MAX];
};

struct rms_job {
  int64_t arrival_us, work; /* work in units, 1 .. RMS_JOBS_WORK_MAX_US * RMS_JOBS_FULL */
  uint32_t type;
  int32_t least; /* compute units of the least acceptable slice; 0: any */
};

struct rms_jobs {
  struct rms_instance base; /* first */
  struct rms_arena *arena;
  struct rms_cluster cluster;
  size_t n_types, n_jobs;
  const struct rms_jobs_type *types;
  const struct rms_job *jobs; /* by arrival, ties in the order of the file */
};

extern const struct rms_family rms_family_jobs;

/* The jobs instance behind a general one; NULL when it is of another family. */
const struct rms_jobs *rms_jobs_of(const struct rms_instance *inst);

/* Speed of job j on kind k, 0 where it does not fit or the slice is less than its least. */
static inline int32_t rms_jobs_speed(const struct rms_jobs *inst, size_t j, size_t k)
{
  const struct rms_job *job = &inst->jobs[j];
  return inst->cluster.kinds[k].compute < job->least ? 0 : inst->types[job->type].speed[k];
}

/* Pool of machine m. Cost: O(pools). */
static inline const struct rms_jobs_pool *rms_cluster_pool(const struct rms_cluster *c, size_t m)
{
  size_t p = 0;
  while (p + 1 < c->n_pools && m >= c->pools[p].first + (size_t)c->pools[p].count) p++;
  return &c->pools[p];
}

/* Kind of (model, profile), -1: none; level of that percentage, -1: none. */
int rms_cluster_kind(const struct rms_cluster *c, size_t model, size_t profile);
int rms_cluster_level(const struct rms_cluster *c, int percent);

/* Builder, used by reader and generator alike, so that each instance is validated in one place.
 * Everything is copied but the machines, which are taken on success. Kinds, cuts, `first`, `whole`
 * and the order of the jobs are the builder's work. */
struct rms_jobs_speed { /* one positive speed */
  uint32_t type;
  uint16_t model, profile;
  int32_t speed;
};
struct rms_jobs_spec { /* zero-initialise */
  const char *name;
  size_t n_models;
  struct rms_machine *models[RMS_JOBS_POOLS_MAX];
  size_t n_pools;
  struct {
    const char *name; /* NULL: the machine's */
    uint16_t model;
    int rules;          /* index; -1: the machine's default */
    int64_t count;      /* >= 1 */
    int64_t memory_mib; /* 0: no limit */
  } pools[RMS_JOBS_POOLS_MAX];
  size_t n_levels;
  int levels[RMS_JOBS_LEVELS_MAX];
  struct rms_jobs_overheads overheads;
  size_t n_types;
  const struct rms_jobs_type *types; /* `speed` is not read: see speeds */
  size_t n_speeds;
  const struct rms_jobs_speed *speeds;
  size_t n_jobs;
  const struct rms_job *jobs; /* any order */
};
/* Errors: RMS_E_INSTANCE with a message that names what is wrong; RMS_E_LIMIT; RMS_E_NOMEM. A job
 * that runs on no slice is legal here (is_hopeless says so). */
int rms_jobs_build(struct rms_jobs **result, struct rms_jobs_spec *spec, struct rms_error *err);
void rms_jobs_free(struct rms_jobs *inst); /* accepts NULL */

#endif
