/* SPDX-License-Identifier: GPL-3.0-or-later */
/* check.h - the judge of family `serve`: from the instance and a plan alone, in exact integers,
 * without the enumerator, the cuts or anything of a solver. */
#ifndef RMS_SERVE_CHECK_H
#define RMS_SERVE_CHECK_H

#include "instances/serve/plan.h"

/* What a certificate proves. */
struct rms_serve_proof {
  bool is_valid;             /* false: refused, `why` says so */
  bool proves_infeasibility; /* no plan exists */
  bool is_exact;             /* false: a knapsack was too long and its rational bound was taken */
  double bound;              /* proved lower bound of the objective; 0 when nothing is proved */
  int64_t bound_units;       /* the same, saturated at INT64_MAX */
  char why[256];             /* of a refusal; of infeasibility: which stocks are too short */
};

/* Verify prices w (per kind, over denominator D) and u (per pool): all >= 0, u = 0 where the stock
 * is unlimited, and w . n <= D cost_p + u_p for every legal layout of every pool. Then D objective
 * >= sum_i min { w . y : throughput_i . y >= demand_i, y integer >= 0 } - sum_p u_p count_p. D = 0
 * is allowed: then a positive right side proves that no plan exists. Trusts nothing in `c`. Returns
 * 0 or RMS_E_NOMEM. Cost: layouts of each machine + a small knapsack per service; exact integers
 * (128 bit, overflow refused). Source: weak duality of the covering problem, FORMAT.md. */
int rms_serve_certificate_verify(const struct rms_serve *inst,
                                 const struct rms_serve_certificate *c,
                                 struct rms_serve_proof *proof);

/* Everything that can be recomputed from a plan. Free with rms_serve_audit_fini. */
struct rms_serve_audit {
  bool is_feasible; /* false: `why` is the first violation found */
  char why[256];
  double objective;                      /* exact up to 2^53 */
  int64_t machines[RMS_SERVE_POOLS_MAX]; /* used, of each pool */
  int64_t idle_slices, used_slices;
  double *supply;                   /* [n_services] requests/s, rounded down; for display */
  struct rms_serve_proof proof;     /* meaningless without has_certificate */
  bool has_certificate, is_optimal; /* is_optimal: feasible, and the certificate proves it */
};
/*   plan [in] borrowed; may be hostile
 * Returns 0 or RMS_E_NOMEM. Cost: O(slices) and the certificate. */
int rms_serve_audit(const struct rms_serve *inst, const struct rms_serve_plan *plan,
                    struct rms_serve_audit *audit);
void rms_serve_audit_fini(struct rms_serve_audit *audit); /* accepts a zeroed one */

/* The family's check. A claim with objective[0] = INFINITY says "there is no solution": it is
 * verified when the certificate (or a service that runs nowhere) proves it, wrong_infeasibility
 * when the plan itself is feasible, else unverifiable. n == 0: no plan. */
int rms_serve_check(const struct rms_instance *inst, const void *bytes, size_t n,
                    const struct rms_claim *claim, struct rms_verdict *verdict);

/* A service that can run on no slice of any pool: named in *why. */
bool rms_serve_is_hopeless(const struct rms_instance *inst, struct rms_error *why);

#endif
