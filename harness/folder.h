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

#include <limits.h>

#include "harness/kept_plan.h"
#include "harness/locks.h"
#include "harness/record.h"
#include "harness/sweep.h"

/* Is the folder new, or does it hold this very plan? RMS_E_USAGE when it holds another one. */
int rms_folder_check(const char *folder, const struct rms_sweep *sweep, struct rms_error *err);

struct rms_folder_head { /* what plan.jsonl says of the plan */
  struct rms_hash plan;
  int64_t n_jobs;
  char name[256], origin[4096]; /* of the sweep */
  char path[4096];              /* its file, as seen from the folder; "": built in, or not known */
};
/* RMS_E_IO when the folder holds no run. */
int rms_folder_read_head(const char *folder, struct rms_folder_head *head, struct rms_error *err);

/* The sweep's name for rms_sweep_open here and now: as it was given where that is the same file,
 * else by way of the folder. */
int rms_folder_find_sweep(const char *folder, const struct rms_folder_head *head,
                          char path[PATH_MAX], struct rms_error *err);

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

#endif
