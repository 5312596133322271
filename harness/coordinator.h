/* SPDX-License-Identifier: GPL-3.0-or-later */
/* coordinator.h - the other half of a rank that looks after others: answers requests from its
 * queue, keeps those waiting for whom there is nothing yet, gives silent ranks up, and sees
 * everybody off. Rank 0 is the root: its queue is the plan. A leader is the same thing for its
 * group and stands for it towards the one above, as a rank does (leader.h): its queue is filled
 * from there, and what comes back or is lost goes there. */
#ifndef RMS_COORDINATOR_H
#define RMS_COORDINATOR_H

#include "harness/held.h"
#include "harness/hierarchy.h"
#include "harness/message.h"
#include "harness/progress.h"
#include "harness/sweep.h"
#include "harness/told.h"

struct rms_peer { /* a rank that reports here: one of the group, a leader, or the rank itself */
  int rank;
  uint32_t wants;     /* batches; 0: it is not waiting for any */
  uint32_t n_answers; /* batches and gangs that went there */
  bool is_idle;       /* it waits, and nobody there has anything to do */
  bool has_left;      /* said BYE */
  bool is_gone;       /* silent for too long: its jobs were given to others */
  bool is_deserted;   /* and the ranks that reported to it report here now */
  int n_unheard;      /* of these, have not said yet what they have */
  int orphan_of;      /* the rank that it reported to, when it has not said yet; -1 */
  size_t n_items;     /* handed out to it, and not known to have ended */
  double heard, told; /* seconds, when it spoke last, and when it was last spoken to */
};

struct rms_coordinator { /* zero-initialise; set the first five; free with _fini */
  const struct rms_sweep *sweep;
  struct rms_transport *transport;
  struct rms_progress *progress;   /* root */
  struct rms_hierarchy *hierarchy; /* borrowed; changed when a leader hangs */
  int parent;                      /* -1: the root */
  struct rms_queue queue;
  struct rms_queue gangs; /* jobs with islands: one at a time, by all, when all others are done */
  uint64_t n_gangs;       /* begun */
  struct rms_held held;   /* what was handed out, and to which peer */
  size_t n_peers, capacity;
  struct rms_peer *peers; /* ascending ranks; malloc'ed */
  size_t n_waiting;       /* peers that asked and have no answer yet */
  size_t n_idle;          /* of these: with nothing to do */
  size_t n_left;          /* peers that said BYE */
  size_t n_gone;          /* peers that are silent and did not */
  size_t n_gone_below;    /* ranks that were given up by leaders */
  enum rms_stop stop;     /* what the ranks were told; DONE: nothing yet */
  bool is_closed;         /* no more jobs will come here; the root's are all there */
  bool has_failed;
  double now, looked; /* of the last call of rms_coordinator_look; of the last one that looked */
  size_t n_set_aside;
  /* towards the parent */
  bool has_asked, has_asked_idle; /* and has no answer yet */
  bool has_said_bye, may_leave;
  uint32_t n_answers;  /* batches and gangs that came */
  struct rms_say news; /* not yet sent */
  double told;         /* when the parent was told something last */
  struct rms_told lately;
};

/* Room for those who report to this rank. RMS_E_NOMEM. */
int rms_coordinator_init(struct rms_coordinator *coordinator, struct rms_error *err);
void rms_coordinator_fini(struct rms_coordinator *coordinator);

/* Take a message of rank `from`, which reports here, and answer what can be answered. */
int rms_coordinator_hear(struct rms_coordinator *coordinator, int from, const struct rms_say *say,
                         struct rms_error *err);

/* A leader: take a message of the parent, START and ADOPT excepted. */
int rms_coordinator_obey(struct rms_coordinator *coordinator, const struct rms_say *say,
                         struct rms_error *err);

/* Note the time. A peer that has been silent for `patience` seconds is given up: what it has is
 * handed out again, and who reported to it is to report here. *gone [out] that rank, -1: none; one
 * at a time. Who has heard nothing for a quarter of that time is given a sign of life, so that a
 * silent coordinator is noticed as well. Looks at all peers sixteen times in `patience` seconds: it
 * may be called as often as one likes. */
int rms_coordinator_look(struct rms_coordinator *coordinator, double now, double patience,
                         int *gone, struct rms_error *err);

/* Hand out nothing any more and tell all ranks to stop, soon or at once. */
int rms_coordinator_stop(struct rms_coordinator *coordinator, enum rms_stop how,
                         struct rms_error *err);

/* Will a peer ask for something soon? By what it has and what jobs take; true where that is not
 * known. Cost: O(peers). */
bool rms_coordinator_expects(const struct rms_coordinator *coordinator);

/* All ranks have said BYE or are gone. */
bool rms_coordinator_is_over(const struct rms_coordinator *coordinator);

#endif
