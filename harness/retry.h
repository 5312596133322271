/* SPDX-License-Identifier: GPL-3.0-or-later */
/* retry.h - jobs that are to be done once more: RUN/retries.jsonl, a head line and one line a job.
 * With other limits a job has another identity: the new one takes the old one's place in the plan,
 * and in tables as soon as it is done; the old records stay where they are. With the same limits
 * (the machine was to blame) the old attempts are void and the next one has the next number. */
#ifndef RMS_RETRY_H
#define RMS_RETRY_H

#include "harness/job.h"

struct rms_sweep;
struct rms_folder_job;

struct rms_retry {
  struct rms_hash job, replacement; /* the same: attempts up to `attempt` are void */
  int64_t attempt;                  /* highest one that is replaced */
  double time, cpu;                 /* limits of the replacement; see struct rms_limits */
  uint64_t work, memory;
};

struct rms_retries { /* zero-initialise; free with _fini; in the order in which they were asked for
                      */
  size_t n, capacity;
  struct rms_retry *items; /* malloc'ed */
};

int rms_retries_add(struct rms_retries *retries, const struct rms_retry *retry);
void rms_retries_fini(struct rms_retries *retries);

/* Read RUN/retries.jsonl; no file: none. RMS_E_FORMAT names the line. */
int rms_retries_load(struct rms_retries *retries, const char *folder, struct rms_error *err);

/* Write it anew (beside and renamed). */
int rms_retries_write(const struct rms_retries *retries, const char *folder, struct rms_error *err);

/* Put the replacements into the jobs of the sweep; its plan hash stays that of the file.
 * RMS_E_FORMAT when a replacement is not what another build said it was. Cost: O((jobs + n) log n).
 */
int rms_retries_apply(const struct rms_retries *retries, struct rms_sweep *sweep,
                      struct rms_error *err);

/* The same for the jobs that a run folder names: each gets the identity of what stands in its place
 * now. RMS_E_NOMEM. Cost: O((n_jobs + n) log n). */
int rms_retries_follow(const struct rms_retries *retries, struct rms_folder_job *jobs,
                       size_t n_jobs, struct rms_error *err);

#endif
