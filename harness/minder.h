/* SPDX-License-Identifier: GPL-3.0-or-later */
/* minder.h - one job, from start to verdict, in a process of its own: it reads the instance (once),
 * forks the solving processes (islands), watches their limits, kills what they leave behind, judges
 * what they left in their pages, and writes the ending to a board that the helper reads. */
#ifndef RMS_MINDER_H
#define RMS_MINDER_H

#include "harness/ending.h"

enum rms_board_stage { RMS_BOARD_READING, RMS_BOARD_RUNNING, RMS_BOARD_CHECKING, RMS_BOARD_DONE };

struct rms_board { /* memory shared by helper and minder only; no solver ever has it */
  _Atomic uint32_t stage;
  _Atomic uint32_t is_cancelled; /* set by the helper, which then sends SIGUSR1 */
  struct rms_ending ending;
  struct rms_trace trace;
  /* Of a job that is shared with other ranks: where island 0 lives, how those islands ended that
   * live elsewhere (set by the helper, which then sends SIGUSR1); elsewhere, how those ended that
   * live here. */
  struct rms_island islands[RMS_ISLANDS_MAX];
  _Atomic uint32_t has_report[RMS_ISLANDS_MAX];
};

struct rms_minder {
  const struct rms_job *job;
  struct rms_board *board;
  struct rms_page *const *pages; /* [job->islands] */
  int (*edges)[2]; /* [job->islands]: ends of the ring that lead to other ranks: [i][0]
                      is written by island i, [i][1] read by the next; -1: none */
  long parent;     /* process id of the helper */
};

/* Runs in the fresh process with fd 1 and 2 at the job's log. */
_Noreturn void rms_minder_run(const struct rms_minder *minder);

/* Turn the islands' pages into ending and trace, without a verdict yet (gather.c).
 *   best, bytes [out] the incumbent to judge; *bytes NULL: none */
void rms_gather(const struct rms_job *job, const struct rms_island *islands, int n_objectives,
                struct rms_ending *ending, struct rms_trace *trace, struct rms_best *best,
                const void **bytes);

/* Verdict of the family's checker on the incumbent, into the ending (judge.c). */
void rms_judge(const struct rms_instance *inst, const struct rms_best *best, const void *bytes,
               struct rms_ending *ending);

#endif
