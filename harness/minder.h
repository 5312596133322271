/* SPDX-License-Identifier: GPL-3.0-or-later */
/* minder.h - jobs from start to verdict: it reads the instance, forks the solving processes
 * (islands), watches their limits, kills what they leave behind, judges what they left in their
 * pages, and writes the ending to a board that the helper reads.
 *
 * A minder stays for the next job where nothing speaks against it: the solver's process ended in
 * order and left no other behind, and what it reported, if anything, was read and verified in full.
 * After any other end, and after a number of jobs, the next job gets a new one. So a fork, and the
 * reading of an instance that is used again, are saved; no solver ever runs in a minder. */
#ifndef RMS_MINDER_H
#define RMS_MINDER_H

#include "harness/binding.h"
#include "harness/ending.h"
#include "harness/group.h"

enum rms_board_stage {
  RMS_BOARD_READING,
  RMS_BOARD_RUNNING,
  RMS_BOARD_CHECKING,
  RMS_BOARD_DONE, /* the minder exits */
  RMS_BOARD_KEPT  /* done as well; the minder has sent SIGUSR1 and waits for an order */
};
enum { RMS_BOARD_JOB_MAX = 32 << 10 }; /* bytes of a job that a kept minder can be given */

struct rms_board { /* memory shared by helper and minder only; no solver ever has it */
  _Atomic uint32_t stage;
  _Atomic uint32_t is_cancelled; /* set by the helper, which then sends SIGUSR1 */
  _Atomic uint32_t beats;        /* grows while RUNNING, at least every RMS_SIGN_SECONDS */
  struct rms_ending ending;
  struct rms_trace trace;
  /* The next job for a minder that was kept: rms_job_write, then `orders` grows and it gets
   * SIGUSR1. Its page is the one of the job before, zeroed again. */
  _Atomic uint32_t orders;
  uint32_t n_job_bytes;
  unsigned char job[RMS_BOARD_JOB_MAX];
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
  const struct rms_groups *groups;   /* where control groups can be made */
  const struct rms_binding *binding; /* slots for the islands that run here */
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
