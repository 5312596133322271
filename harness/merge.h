/* SPDX-License-Identifier: GPL-3.0-or-later */
/* merge.h - many run folders become one: parts of a plan that were done on different machines, or
 * runs of different plans. Every run is kept with the launch it came from. A job that several runs
 * have done counts once: their deterministic parts must be the same (under a time limit the build,
 * too, because the times are its); otherwise that is a conflict, which is told and which only the
 * caller can decide. Nothing here changes the runs that are merged. */
#ifndef RMS_MERGE_H
#define RMS_MERGE_H

#include "harness/folder.h"
#include "harness/retry.h"

struct rms_merge_source { /* one of the runs */
  const char *folder;     /* borrowed */
  struct rms_folder_head head;
  struct rms_records *records;
  struct rms_retries retries;
  size_t n_launches;
  struct rms_launch *launches; /* sorted by name */
  char *plan;                  /* plan.jsonl */
  size_t plan_bytes;
  struct rms_hash *jobs; /* [head.n_jobs] in the order of the plan */
  size_t n_dropped, dropped_capacity;
  struct rms_hash *dropped; /* jobs whose runs lost against another source's; sorted by job */
};

struct rms_merge_conflict { /* two runs of one job */
  const struct rms_run *run[2];
  size_t source[2];
  char what[192]; /* what differs: "verdict none / verified_feasible" */
};

enum rms_merge_keep {
  RMS_MERGE_FIRST, /* the run folder that was named first */
  RMS_MERGE_NEWEST /* the run that was started last */
};

struct rms_merge { /* zero-initialise; free with _fini */
  size_t n_sources;
  struct rms_merge_source *sources;
  size_t n_shared; /* jobs that more than one source has done */
  size_t n_conflicts, conflicts_capacity;
  struct rms_merge_conflict *conflicts; /* by job */
};

/* Read n >= 1 runs and find the conflicts. RMS_E_USAGE when a launch is at work in one of them; the
 * errors of rms_records_load. Cost: O(runs log runs), all records in memory. */
int rms_merge_open(struct rms_merge *merge, const char *const *folders, size_t n,
                   enum rms_merge_keep keep, struct rms_error *err);
void rms_merge_fini(struct rms_merge *merge);

/* Make the folder `out`, which must not exist: written beside and renamed. Of jobs in conflict only
 * the run is written that rms_merge_open was told to keep. The plan is that of the source that has
 * all jobs; when none has, it is the union, which tables and status read and `rms run` cannot
 * resume: *is_whole [out] false. RMS_E_USAGE, RMS_E_IO, RMS_E_FORMAT (two files of one launch that
 * differ). */
int rms_merge_write(const struct rms_merge *merge, const char *out, bool *is_whole,
                    struct rms_error *err);

#endif
