/* SPDX-License-Identifier: GPL-3.0-or-later */
/* coordinator.h - rank 0's other half: answers requests from the queue, keeps those waiting for
 * whom there is nothing yet (a rank may still give jobs back), and sees everybody off. */
#ifndef RMS_COORDINATOR_H
#define RMS_COORDINATOR_H

#include "harness/message.h"
#include "harness/progress.h"
#include "harness/sweep.h"

struct rms_coordinator { /* zero-initialise; set sweep, transport, progress; free with _fini */
  const struct rms_sweep *sweep;
  struct rms_transport *transport;
  struct rms_progress *progress;
  struct rms_queue queue;
  struct rms_queue
      gangs;        /* jobs with islands: one at a time, by all ranks, when all others are done */
  uint64_t n_gangs; /* begun */
  bool *is_waiting, *has_left; /* per rank, malloc'ed */
  int n_left;                  /* ranks that said BYE */
  bool is_stopping, has_failed;
  size_t n_returned; /* given back and not handed out again */
  size_t n_set_aside;
};

/* Room for all ranks. RMS_E_NOMEM. */
int rms_coordinator_init(struct rms_coordinator *coordinator, struct rms_error *err);
void rms_coordinator_fini(struct rms_coordinator *coordinator);

/* Take a message of rank `from` and answer what can be answered. */
int rms_coordinator_hear(struct rms_coordinator *coordinator, int from, const struct rms_say *say,
                         struct rms_error *err);

/* Hand out nothing any more and tell all ranks to stop at once. */
int rms_coordinator_stop(struct rms_coordinator *coordinator, struct rms_error *err);

/* All ranks have said BYE. */
bool rms_coordinator_is_over(const struct rms_coordinator *coordinator);

#endif
