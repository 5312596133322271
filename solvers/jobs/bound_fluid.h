/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bound_fluid.h - the inside of a lower bound on the mean completion time of any policy,
 * clairvoyant ones included: preemptive, fluid, without overheads.
 *
 * Prices. Let w(k) >= 0 be a price of kind k and v(p) one of a machine of pool p, with
 *   sum over k of count(c,k) w(k) <= v(p) for every legal cut c of p,   sum of v over machines = 1.
 * A job on a slice of kind k pays at rate w(k); one of n under MPS on a machine of p, v(p) / n. At
 * any instant all jobs together pay at most 1. Job j, who works at speed s(j,k) there, pays for its
 * work at least a(j) = work x the least of price / speed, and takes at least p(j) = work / the
 * largest speed from its arrival r(j) on.
 *
 * Bound. Take any alpha(j) in [0, 1] and let T(j) be the time at which job j has done alpha(j) of
 * its work. Its completion is at least T(j) + (1 - alpha(j)) p(j). Up to T(j) it has paid at least
 * alpha(j) a(j); so the T are completion times of a feasible schedule of jobs of sizes
 * alpha(j) a(j) on one preemptive machine of speed 1 with the same arrivals, and their sum is not
 * below that of shortest remaining processing time, which is optimal there (Schrage 1968). Hence
 *   sum of completions >= SRPT(alpha a) + sum of (1 - alpha) p.
 * alpha = 0 says that nothing is faster than alone, alpha = 1 that the cluster is one machine;
 * mixtures (as in bounds for malleable jobs: Turek et al. 1994) are better than both.
 *
 * Tolls. Let a rate l(t) >= 0 be asked for what is paid at time t. As all together pay at most 1,
 *   sum of completion times >= sum over j of f(j) - integral of l,
 * where f(j) is the least that job j alone makes of its time to completion and its tolls: slow
 * slices are cheap, fast ones are dear, waiting for cheaper times takes time. This is the dual of
 * the relaxation in which machines are a fluid, and sees that jobs of a full cluster cannot all be
 * fast. f(j) is bounded by a Lagrangian again, for each segment of time in which j may complete.
 *
 * Any prices, alpha and rates prove a bound; better ones are only looked for: prices by the linear
 * program that makes the whole trace most expensive and by coordinate ascent, alpha by coordinate
 * ascent over classes of jobs of similar length, rates by subgradient steps. Prices are repaired
 * after the simplex, so its rounding proves nothing wrong, and a billionth is taken off for the
 * rounding of the sums.
 *
 * Functions that return int: 0, RMS_STOPPED when the host says stop, or RMS_E_NOMEM. Times are
 * seconds. */
#ifndef RMS_JOBS_BOUND_FLUID_H
#define RMS_JOBS_BOUND_FLUID_H

#include "solvers/jobs/fluid.h"
#include "solvers/solver.h"

enum { RMS_BOUND_CLASSES = 16, RMS_BOUND_SEGMENTS_MAX = 256 };
#define RMS_BOUND_SAFETY 1e-9 /* taken off, as a part */

struct rms_bound_waiting { /* on the one machine */
  double left;
  size_t task;
};

struct rms_bound_fluid {
  const struct rms_jobs *inst; /* borrowed */
  const struct rms_host *host;
  int64_t passes, segments, steps;
  struct rms_fluid fluid;
  struct rms_bound_waiting *heap; /* [n_jobs] */
  uint64_t work;                  /* tasks looked at */
  double best;                    /* proved, mean */
};

/* Keep and tell the host what is better than before. */
int rms_bound_tell(struct rms_bound_fluid *b, double mean);

/* Better and better alpha. Cost: passes x classes x O(n log n). */
int rms_bound_search_parts(struct rms_bound_fluid *b);
/* Better and better prices and rates. Cost: steps x tasks x segments of their stays, squared. */
int rms_bound_search_tolls(struct rms_bound_fluid *b);

#endif
