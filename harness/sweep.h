/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sweep.h - a sweep file and the plan it stands for: instances x solvers x repeats as jobs in a
 * fixed order, a pure function of the file (and of what it names). File format: FORMAT.md.
 *
 *   [sweep]      name, seed (1), repeats (1), notes
 *   [limits]     time (10s; 600s beside work), work, memory (4GiB), cpu, output, processes, grace
 *   [instances]  set = [FAMILY:]NAME[,count=K][,seed=S]   file = PATH (glob, relative to this file)
 *   [solvers]    run = NAME[:key=value,...]   plugin = PATH     each as often as wanted */
#ifndef RMS_SWEEP_H
#define RMS_SWEEP_H

#include "harness/job.h"

enum { RMS_SWEEP_JOBS_MAX = 10000000 };
#define RMS_SWEEP_FILE_MAX ((size_t)1 << 20)

struct rms_sweep { /* everything is owned by the arena */
  struct rms_arena *arena;
  const char *name, *notes, *origin;
  const char *text; /* the file, verbatim */
  uint64_t seed;
  int64_t repeats;
  struct rms_limits limits;
  size_t n_jobs, n_duplicates; /* dropped: the same job named twice */
  struct rms_job *jobs;        /* by repeat, instance, solver, in the order of the file */
  struct rms_hash plan;        /* of the job ids in order */
};

/* Read a sweep and expand it. `path` is a file, or the name of a built-in sweep ("smoke", "demo").
 * Plugins are described in a child process each, so call this before MPI_Init.
 *   plugins [in]  more shared objects, n of them, searched like those of the file; may be NULL
 * Errors name file, line, what is wrong and the nearest right thing. Cost: reads every instance
 * file; generated instances are not generated. */
int rms_sweep_open(struct rms_sweep **result, const char *path, const char *const *plugins,
                   size_t n, struct rms_error *err);

/* The same from bytes; file and plugin paths are relative to `folder` (NULL: the current one). */
int rms_sweep_parse(struct rms_sweep **result, const char *bytes, size_t n_bytes,
                    const char *origin, const char *folder, const char *const *plugins, size_t n,
                    struct rms_error *err);
void rms_sweep_free(struct rms_sweep *sweep); /* accepts NULL */

#endif
