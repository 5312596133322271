/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cluster_model.h - a launch of many ranks as a discrete-event simulation, to see past the machine
 * at hand. The coordinators of rank 0 and of the leaders are the real ones (coordinator.h,
 * leader.h, queue.h), fed by modelled ranks over a modelled transport; what a job, a message and a
 * look for messages cost is given.
 *
 * A rank does what worker.c does: asks when it has nothing, works through its batch, tells news
 * and gives signs of life.
 * The part of a job that needs a processor waits for one of its node's, first come first served;
 * the rest of it runs beside. A rank that has asked or heard something looks for messages after 1,
 * 2, 4 ms and so on, at most `look` apart, and when its job ends; it handles messages one after the
 * other. Not modelled: starting MPI, faults, file systems that slow down when many write. */
#ifndef RMS_CLUSTER_MODEL_H
#define RMS_CLUSTER_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "instances/base/error.h"

enum { RMS_MODEL_RANKS_MAX = 1 << 20, RMS_MODEL_JOBS_MAX = 100000000 };

struct rms_cluster_model {
  int ranks, ranks_per_node, cores_per_node;
  int group; /* ranks that one rank looks after, see hierarchy.h; 0: all report to rank 0 */
  uint64_t jobs, seed;
  const double *times; /* [n_times] seconds of jobs; a job draws one of them by its number */
  size_t n_times;
  bool is_computing;     /* jobs need a processor; false: they wait (I/O, sleep) */
  double overhead_cpu;   /* s of processor that the harness adds to a job */
  double overhead_wait;  /* s that it adds besides */
  double message_cpu;    /* s of a rank for one message taken or sent */
  double handling_cpu;   /* s besides, for what a coordinator makes of one */
  double item_cpu;       /* s of that for each job that it names, or that is named in the answer */
  double latency;        /* s on the way */
  double look, news;     /* s: longest sleep between two looks, least time between two news */
  double news_share;     /* s: that time for each rank that reports to the same one, if longer */
  double sign;           /* s: longest silence of a rank; 0: it may be silent for ever */
  double (*clock)(void); /* s; what the coordinators' code takes here is measured; NULL: is not */
};

struct rms_cluster_forecast {
  double seconds;          /* from the first request to the last good-bye */
  double work;             /* sum of the jobs' own times, s */
  double efficiency;       /* work / (seconds * processors that could work), see below */
  double coordinator_load; /* share of the time in which rank 0 handles messages */
  double leader_load;      /* the same of the busiest leader; 0: there are none */
  size_t peers;            /* most ranks that report to one */
  uint64_t messages;       /* that rank 0 took */
  double idle;             /* mean share of the time in which a rank had no job */
  double handling, item;   /* s of the real clock for one message and for each job named in it or in
                              the answer, by least squares */
};

/* Run it. Efficiency counts ranks where jobs wait or every rank has a processor, processors where
 * computing ranks outnumber them. Deterministic. Cost: O(log ranks) an event, about three events a
 * job; memory O(ranks + jobs). Errors: RMS_E_USAGE (a number out of range, named), RMS_E_NOMEM,
 * and what the coordinator says. */
int rms_cluster_simulate(const struct rms_cluster_model *model,
                         struct rms_cluster_forecast *forecast, struct rms_error *err);

#endif
