/* SPDX-License-Identifier: GPL-3.0-or-later */
/* host.h - a host inside the kit's child: keeps everything that a solver reports, stops it at a
 * chosen moment, measures how it behaves. Nothing is judged here. */
#ifndef RMS_CONFORMANCE_HOST_H
#define RMS_CONFORMANCE_HOST_H

#include "harness/conformance/inside.h"
#include "instances/base/rng.h"

struct rms_kit_setup { /* of one run; zero: no limit, never stopped */
  uint64_t seed;
  uint64_t work;             /* work limit; 0: none */
  double seconds;            /* of the first event, since the run began, time in the queue of the
                                processor not counted; else NAN */
  uint64_t stop_at_poll;     /* should_stop says stop from its n-th call on; 0: never */
  uint64_t stop_at_report;   /* the n-th report is answered by stop */
  uint64_t stop_at_exchange; /* the n-th exchange is answered by stop */
};

struct rms_kit_event {
  double objective[RMS_OBJECTIVES], bound;
  uint64_t evaluations, work;
  bool has_solution;
  size_t first, bytes; /* of the solution, in trace->solutions */
  double seconds;      /* of the first event, since the run began, time in the queue of the
                          processor not counted; else NAN */
};

struct rms_kit_moment {
  double wall, queued; /* s; queued: ready to run, but the processor was busy with others */
};

struct rms_kit_trace {
  int outcome; /* what solve returned; negative status of open when it failed */
  bool was_opened;
  size_t n_events, capacity;
  struct rms_kit_event *events;
  struct rms_text solutions;
  bool is_cut; /* more events, or more bytes, than are kept */
  uint64_t polls, reports, exchanges, draws;
  double stop_lag;    /* s from "stop" (or the end of the time limit) to the return; NAN: no stop */
  double longest_gap; /* CPU seconds between two calls of the host */
  double cpu;         /* s of the whole solve */
  uint64_t last_work;
  char broken[RMS_KIT_TEXT];      /* first breach of a report or exchange that the host saw, "" */
  char work_broken[RMS_KIT_TEXT]; /* the same of the work counter */
};

/* open, solve, close. */
void rms_kit_solve(struct rms_kit *kit, const struct rms_instance *inst,
                   const struct rms_kit_setup *setup, struct rms_kit_trace *trace);
/* The same for a solver that the caller has opened and will close. */
void rms_kit_solve_open(struct rms_kit *kit, void *self, const struct rms_kit_setup *setup,
                        struct rms_kit_trace *trace);
void rms_kit_trace_fini(struct rms_kit_trace *trace); /* accepts a zeroed one */

/* Open under watch of the allocator. Negative: a status. */
int rms_kit_open(struct rms_kit *kit, void **self, const struct rms_instance *inst);
void rms_kit_close(struct rms_kit *kit, void *self);

/* The bytes of an event that has a solution, within the trace. */
const void *rms_kit_solution(const struct rms_kit_trace *trace, const struct rms_kit_event *event);

/* Hash of one event and of the whole run; times do not count. */
struct rms_hash rms_kit_event_hash(const struct rms_kit_trace *trace, size_t i);
struct rms_hash rms_kit_trace_hash(const struct rms_kit_trace *trace);

/* Seconds between two moments of this process, without those in which it waited for a processor, as
 * Linux counts them. */
struct rms_kit_moment rms_kit_now(void);
double rms_kit_elapsed(struct rms_kit_moment from, struct rms_kit_moment to);

#endif
