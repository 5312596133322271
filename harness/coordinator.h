/* SPDX-License-Identifier: GPL-3.0-or-later */
/* coordinator.h - rank 0's other half: answers requests from the queue, keeps those waiting for
 * whom there is nothing yet (a rank may still give jobs back), and sees everybody off. */
#ifndef RMS_COORDINATOR_H
#define RMS_COORDINATOR_H

#include "harness/message.h"
#include "harness/progress.h"
#include "harness/sweep.h"

struct rms_peer { /* a rank as rank 0 sees it */
  bool is_waiting, has_left;
  bool is_gone;           /* silent for too long: its jobs were given to others */
  double heard, told;     /* seconds, when it spoke last, and when it was last spoken to */
  size_t n_items;         /* handed out to it */
  struct rms_item *items; /* [RMS_BATCH_MAX], in the order in which it does them; malloc'ed */
};

struct rms_coordinator { /* zero-initialise; set sweep, transport, progress; free with _fini */
  const struct rms_sweep *sweep;
  struct rms_transport *transport;
  struct rms_progress *progress;
  struct rms_queue queue;
  struct rms_queue gangs; /* jobs with islands: one at a time, by all, when all others are done */
  uint64_t n_gangs;       /* begun */
  struct rms_peer *peers; /* per rank, malloc'ed */
  int n_waiting;          /* ranks that asked and have no answer yet */
  int n_left;             /* ranks that said BYE */
  int n_gone;             /* ranks that are silent and did not */
  enum rms_stop stop;     /* what the ranks were told; DONE: nothing yet */
  bool has_failed;
  double now, looked; /* of the last call of rms_coordinator_look; of the last one that looked */
  size_t n_returned;  /* given back and not handed out again */
  size_t n_set_aside;
};

/* Room for all ranks. RMS_E_NOMEM. */
int rms_coordinator_init(struct rms_coordinator *coordinator, struct rms_error *err);
void rms_coordinator_fini(struct rms_coordinator *coordinator);

/* Take a message of rank `from` and answer what can be answered. */
int rms_coordinator_hear(struct rms_coordinator *coordinator, int from, const struct rms_say *say,
                         struct rms_error *err);

/* Note the time. A rank that has been silent for `patience` seconds is given up: what it has is
 * handed out again. *gone [out] that rank, -1: none; one at a time. Who has heard nothing for a
 * quarter of that time is given a sign of life, so that a silent rank 0 is noticed as well. Looks
 * at all ranks sixteen times in `patience` seconds: it may be called as often as one likes. */
int rms_coordinator_look(struct rms_coordinator *coordinator, double now, double patience,
                         int *gone, struct rms_error *err);

/* Hand out nothing any more and tell all ranks to stop, soon or at once. */
int rms_coordinator_stop(struct rms_coordinator *coordinator, enum rms_stop how,
                         struct rms_error *err);

/* All ranks have said BYE or are gone. */
bool rms_coordinator_is_over(const struct rms_coordinator *coordinator);

#endif
