/* SPDX-License-Identifier: GPL-3.0-or-later */
/* job.h - one job: an instance, a solver with its parameters, a seed, limits. A job is the hash of
 * what it computes; two plans that overlap share their jobs. */
#ifndef RMS_JOB_H
#define RMS_JOB_H

#include <stdbool.h>
#include <stdint.h>

#include "instances/base/error.h"
#include "instances/base/hash.h"
#include "instances/base/memory.h"
#include "instances/base/text.h"

enum { RMS_ISLANDS_MAX = 256, RMS_RANKS_MAX = 1 << 30 };

/* A limit of memory is at least so many bytes: with less a process cannot even begin. */
#define RMS_MEMORY_LEAST (UINT64_C(1) << 20)

struct rms_limits {
  bool is_work_limited; /* bit-reproducible: the solver sees no clock; `time` is a safety net */
  double time;          /* wall seconds of solve(); > 0 */
  uint64_t work;        /* in the solver's own unit; UINT64_MAX: none */
  double cpu;           /* CPU seconds of the process, rounded up; 0: time + 5 */
  uint64_t memory;      /* bytes from RMS_MEMORY_LEAST on, see rms_memory_way; 0: none */
  uint64_t processes;   /* processes and threads at a time of all that the solver forks; 0: any */
  uint64_t output;      /* bytes of stdout + stderr + log kept; 0: 1 MiB */
  double grace;         /* seconds between "stop" and SIGKILL; 0: 1 */
};

/* Islands of one job on several ranks: island i lives on rank (first + i) mod ranks. It affects
 * time only, so it is no part of a job's identity. */
struct rms_share {
  uint32_t first, ranks, rank; /* rank: this one; all 0: every island lives here */
};

struct rms_job {                /* plain description; strings borrowed */
  struct rms_hash id;           /* identity, see rms_job_identify */
  uint64_t random_key;          /* from the identity without limits and without solver version */
  struct rms_hash instance_key; /* content hash of a file, or family->identify of a spec */
  const char *family, *reference, *group; /* reference: PATH or FAMILY:SPEC */
  const char *solver, *version;           /* registry name */
  const char *plugin;                     /* path of the shared object, NULL: built in */
  const char *params; /* canonical "a=1,b=2" with the defaults written out, "" */
  const char *label;  /* row name in tables */
  uint32_t flags;     /* enum rms_solver_flags of the solver */
  uint64_t seed;
  int64_t repeat;
  uint32_t islands; /* 1..RMS_ISLANDS_MAX */
  struct rms_limits limits;
  struct rms_share share;
};

/* The canonical text that is hashed, one "key value" line per part: format version, family,
 * instance key, solver, version, params, seed, repeat, islands, limits. Fills id and random_key.
 * RMS_E_NOMEM. */
int rms_job_identify(struct rms_job *job);

/* "islands=K" among a solver's assignments belongs to the job, not to the solver: cut it out.
 *   assignments [in,out] NULL: none; islands [out] untouched when it is not there. RMS_E_PARAM. */
int rms_job_take_islands(char *assignments, uint32_t *islands, struct rms_error *err);

/* Where an island lives (0 when the job is not shared), and whether that is here. */
uint32_t rms_job_rank_of(const struct rms_job *job, uint32_t island);
bool rms_job_has_island(const struct rms_job *job, uint32_t island);

/* Job <-> bytes, for the pipe to the helper. parse copies strings into `arena`; trusts nothing:
 * RMS_E_FORMAT, RMS_E_PARAM (a limit out of range), RMS_E_NOMEM. */
int rms_job_write(const struct rms_job *job, struct rms_text *bytes);
int rms_job_parse(struct rms_job *job, const void *bytes, size_t n, struct rms_arena *arena,
                  struct rms_error *err);

#endif
