/* SPDX-License-Identifier: GPL-3.0-or-later */
/* judge.h - the inside of the checker, shared by check*.c and nobody else. */
#ifndef RMS_JOBS_JUDGE_H
#define RMS_JOBS_JUDGE_H

#include "instances/jobs/check.h"

__extension__ typedef __int128 rms_judge_wide;

struct rms_judge_groups { /* indices 0..n-1 by owner, in their order within each */
  size_t *first;          /* [owners + 1] */
  size_t *list;           /* [n] */
};

struct rms_judge {
  const struct rms_jobs *inst;
  const struct rms_timeline *timeline;
  struct rms_jobs_audit *audit;
  struct rms_judge_groups cuts, runs, of_job; /* by machine, by machine, by job */
  int16_t kind_of[RMS_JOBS_POOLS_MAX][RMS_PROFILES_MAX];
  bool is_wrong;
};

/* Keep the first violation. Returns false, so that a test can end in `return rms_judge_wrong(...)`.
 */
__attribute__((format(printf, 2, 3))) bool rms_judge_wrong(struct rms_judge *judge, const char *fmt,
                                                           ...);

/* All cuts and runs of one machine, whose spans have their times: fills ready_us, work, last_speed.
 * false: a violation was found. */
bool rms_judge_machine(struct rms_judge *judge, size_t machine);

#endif
