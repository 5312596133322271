/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ending.h - how a job ended, in fixed size: filled in by the job's minder, handed by the helper to
 * the rank. No pointer in it, because it crosses processes. */
#ifndef RMS_ENDING_H
#define RMS_ENDING_H

#include <sys/resource.h>
#include <sys/types.h>

#include "harness/binding.h"
#include "harness/job.h"
#include "harness/page.h"
#include "harness/record.h"

struct rms_ending {
  uint32_t end, claim, verdict; /* enum rms_end, rms_claim_kind, rms_verdict_kind */
  char end_detail[64], why[256], instance[128];
  struct rms_hash instance_hash;
  struct rms_hash solution; /* zero: no verified one */
  int32_t n_objectives;
  uint32_t best_island; /* whose page has the solution */
  double objective[RMS_RECORD_OBJECTIVES], bound, verified_bound;
  uint64_t work, evaluations;
  char metrics[RMS_RECORD_METRICS]; /* the family's, a JSON object; "": none */
  double wall, cpu_user, cpu_system, started;
  uint64_t peak_memory;
  char cpus[RMS_BINDING_TEXT];                 /* units to which the islands here were bound */
  uint32_t memory_way, n_strays;               /* enum rms_memory_way */
  uint64_t n_trace, solution_bytes, log_bytes; /* what follows in the message */
};

/* One solving process as its minder saw it. */
struct rms_island {
  pid_t pid;
  struct rms_page *page;
  bool has_ended, was_cancelled, was_timed_out; /* was: asked to stop for that reason */
  bool was_killed;                              /* by the minder */
  bool is_lost; /* with its minder or helper, of which nobody knows more than the page's `why` */
  double forked, patience,
      ended; /* CLOCK_MONOTONIC; patience: when it will be killed, once asked to stop */
  int wait_status;
  struct rusage usage;
  uint32_t memory_way, over; /* enum rms_memory_way; enum rms_over: what it was killed for */
  double look;               /* when its tree is looked at next */
  uint64_t peak_tree;        /* bytes of memory of the tree, the most that was seen; 0: none */
};

/* An ending of which nothing is known yet: no claim, no verdict, numbers NAN or 0. */
void rms_ending_init(struct rms_ending *ending);

/* The attempt is lost: a process of it was killed and nobody here did it. Charged to no one. */
void rms_ending_lose(struct rms_ending *ending, const char *who);

/* How one island ended and what it claims: a table of causes, from what the minder did, what the
 * kernel said and what the page holds; nothing is guessed from a signal alone. */
void rms_classify(const struct rms_island *island, const struct rms_job *job,
                  struct rms_ending *ending);

/* "SEGV" for 11; "7" for a number without a name. */
void rms_signal_name(int number, char name[16]);

#endif
