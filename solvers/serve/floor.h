/* SPDX-License-Identifier: GPL-3.0-or-later */
/* floor.h - a proved lower bound that a search carries along: it stops at it, and a plan that
 * reaches it carries the prices as its certificate. */
#ifndef RMS_SERVE_FLOOR_H
#define RMS_SERVE_FLOOR_H

#include "instances/serve/plan.h"
#include "solvers/serve/dual.h"
#include "solvers/solver.h"

enum rms_floor_kind {
  RMS_FLOOR_NONE,
  RMS_FLOOR_FREE, /* the rule-free bound (dual.h) */
  RMS_FLOOR_PRICE /* the best slice prices, covers of services in whole slices (prices.h) */
};

struct rms_floor {
  bool is_known;
  double bound; /* the real number; 0 when nothing is known */
  int64_t
      least; /* no plan costs less: the bound rounded up to a cost that machines can add up to */
  struct rms_dual_prices prices;
};

/* "none" | "free" | "price"; a declared parameter. */
enum rms_floor_kind rms_floor_kind_of(const char *text);

/* Compute it. Price falls back to free for instances that prices.h does not take. Polls the host
 * with `work`; when stopped, what is proved so far stands. 0 or RMS_E_NOMEM. */
int rms_floor_find(struct rms_floor *floor, const struct rms_serve *inst,
                   const struct rms_host *host, uint64_t work, enum rms_floor_kind kind);

/* No completion of a state with these needs costs less. O(services x kinds). */
int64_t rms_floor_of(const struct rms_floor *floor, const struct rms_serve *inst,
                     const int64_t *need);

/* Report the bound and no plan. Nonzero: stop. */
int rms_floor_report(const struct rms_floor *floor, const struct rms_host *host, uint64_t work,
                     uint64_t evaluations);

/* What the demand of a service is worth at the floor's prices, in cost: the least over its kinds.
 * Negative: nothing is known. */
double rms_floor_share(const struct rms_floor *floor, const struct rms_serve *inst, size_t s);

/* Put the prices into the plan, so that the checker can verify the bound. 0 or RMS_E_NOMEM. */
int rms_floor_certify(const struct rms_floor *floor, const struct rms_serve *inst,
                      struct rms_serve_plan *plan);

#endif
