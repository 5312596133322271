/* SPDX-License-Identifier: GPL-3.0-or-later */
/* host.h - the services that a solver gets, inside the process that solves: incumbents go to the
 * shared page, limits are read from it, random numbers are keyed by the job, islands are a ring. */
#ifndef RMS_HOST_H
#define RMS_HOST_H

#include "harness/frame.h"
#include "harness/job.h"
#include "harness/page.h"
#include "instances/base/rng.h"
#include "solvers/solver.h"

struct rms_host_state { /* ctx of the host; storage of the caller */
  struct rms_page *page;
  int n_objectives;
  bool is_work_limited;
  double deadline;                  /* CLOCK_MONOTONIC */
  double cpu_started, cpu_deadline; /* CPU seconds of the process; INFINITY: no limit asked for */
  uint64_t work_limit;
  struct rms_rng_key key;
  uint32_t island, islands;
  int log; /* file descriptor, -1: none */
  /* what was reported so far */
  bool has_best;
  double objective[RMS_OBJECTIVES];
  struct rms_trace_point point;
  /* ring: sockets to the next and from the previous island */
  int to_next, from_previous;
  bool previous_has_returned, is_drained;
  struct rms_assembly inbox;
};

/* Fill a host. The clock of the job starts now.
 *   state [out] borrowed by host->ctx; end with rms_host_fini */
void rms_host_init(struct rms_host *host, struct rms_host_state *state, struct rms_page *page,
                   const struct rms_job *job, uint32_t island, int n_objectives);
void rms_host_fini(struct rms_host_state *state);

/* Tell the next island that this one has returned: its further steps receive 0 bytes. */
void rms_host_leave_ring(struct rms_host_state *state);

/* One step of the ring of more than one island (ring.c): 0, or 1 for stop. */
int rms_ring_step(struct rms_host_state *state, const void *out, size_t out_bytes, void *in,
                  size_t in_capacity, size_t *in_bytes);

#endif
