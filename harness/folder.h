/* SPDX-License-Identifier: GPL-3.0-or-later */
/* folder.h - the folder of a run:
 *   sweep.ini         the sweep as it was given
 *   plan.jsonl        the plan: a head line (format, plan hash, jobs), then one line per job
 *   records/          LAUNCH.RANK.jsonl, see record.h
 *   plans/HASH.json   verified solutions, named by the hash in their run line
 *   logs/JOB.log      what a job printed, when it printed something
 *   lock.launch       held by rank 0 for the launch; lock.ranks: shared by every rank that writes
 */
#ifndef RMS_FOLDER_H
#define RMS_FOLDER_H

#include <stdio.h>

#include "harness/record.h"
#include "harness/sweep.h"

/* Is the folder new, or does it hold this very plan? RMS_E_USAGE when it holds another one. */
int rms_folder_check(const char *folder, const struct rms_sweep *sweep, struct rms_error *err);

struct rms_folder_head { /* what plan.jsonl says of the plan */
  struct rms_hash plan;
  int64_t n_jobs;
  char name[256], origin[4096]; /* of the sweep */
};
/* RMS_E_IO when the folder holds no run. */
int rms_folder_read_head(const char *folder, struct rms_folder_head *head, struct rms_error *err);

struct rms_folder_job { /* a line of plan.jsonl; texts live in the arena */
  struct rms_hash id;
  const char *reference, *group, *label;
};
/* The plan, in its order: *jobs [out] [*n], in the arena. RMS_E_IO, RMS_E_FORMAT names the line,
 * RMS_E_NOMEM. */
int rms_folder_read_plan(const char *folder, struct rms_arena *arena, struct rms_folder_job **jobs,
                         size_t *n, struct rms_error *err);

/* Make it: subfolders, sweep.ini, plan.jsonl. What is there already stays. */
int rms_folder_make(const char *folder, const struct rms_sweep *sweep, struct rms_error *err);

/* The locks of one rank; the kernel lets go of them when the process dies. */
struct rms_locks {
  int launch, ranks; /* file descriptors, -1: not held */
};
#define RMS_NO_LOCKS ((struct rms_locks){.launch = -1, .ranks = -1})

/* Rank 0: be the only launch, and wait until ranks of a dead one have let go: at most `patience`
 * seconds, saying so on `talk` (may be NULL), or until `signals` (a descriptor, -1: none) is
 * readable. RMS_E_IO names who holds it. The other ranks take their share after rank 0 has
 * succeeded. */
int rms_locks_take(struct rms_locks *locks, const char *folder, double patience, int signals,
                   FILE *talk, struct rms_error *err);
int rms_locks_share(struct rms_locks *locks, const char *folder, struct rms_error *err);
void rms_locks_release(struct rms_locks *locks);

/* Is a launch at work in the folder? owner [out] "HOST process N" of its rank 0; process [out] that
 * N, with which the name of the launch ends (provenance.h); 0: nobody has said so;
 * NULL: not wanted */
bool rms_folder_is_busy(const char *folder, char owner[192], long *process);

/* Keep a verified solution as a plan file, written before the line that names it. The instance that
 * was opened last is kept in *cache (NULL at first; end with rms_folder_forget). */
struct rms_instance;
struct rms_plan_cache {
  struct rms_instance *inst;
  char *reference;
};
int rms_folder_keep_plan(const char *folder, struct rms_plan_cache *cache,
                         const struct rms_run *run, const void *solution, size_t n,
                         struct rms_error *err);
void rms_folder_forget(struct rms_plan_cache *cache);

#endif
