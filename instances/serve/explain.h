/* SPDX-License-Identifier: GPL-3.0-or-later */
/* explain.h - what the prices of a plan's certificate say about changes: what growth of a service
 * would cost, which slices are scarce, what a machine more or a cheaper machine would save.
 *
 * Prices are marginal: they hold for small changes, and for the relaxation in which machines need
 * not be whole. What is called *kept* is a proof, though: as long as it holds, the plan's bound
 * stands, because the same prices prove it. Amounts are integers over the certificate's denominator
 * unless said otherwise. */
#ifndef RMS_SERVE_EXPLAIN_H
#define RMS_SERVE_EXPLAIN_H

#include "instances/serve/check.h"
#include "instances/serve/wide.h"

struct rms_serve_growth { /* of one service */
  int64_t spare;          /* micros that its slices give beyond the demand: costs nothing */
  int64_t idle;        /* micros that the plan's idle slices could give it, if it took them all */
  int64_t free_until;  /* micros: largest demand whose slices have the same least price */
  rms_wide next;       /* what the next slice adds to that price, just beyond free_until */
  rms_wide one_more;   /* what one more request/s adds to it */
  rms_wide tenth_more; /* what 10 % more adds to it */
  size_t kind;         /* of least price per request */
  double
      per_request; /* its price per request/s, in cost units: what growth costs in the long run */
};

struct rms_serve_scarcity { /* of one kind */
  bool is_open;             /* some machine in stock can hold it; otherwise the rest is 0 */
  rms_wide price;
  size_t pool;      /* whose machine it is compared with: the one that is dearest to fill */
  rms_wide limit;   /* what that machine costs, with its stock price */
  int units, whole; /* its share of the machine: compute, or memory where there is no compute */
  int scarcity;     /* sign of price / limit - units / whole, when that is more than 1 % of it */
};

struct rms_serve_leverage { /* of one pool */
  int64_t used;             /* machines */
  rms_wide saves;           /* what one more machine in stock would save: its stock price */
  rms_wide worth;           /* of its dearest cut */
  size_t cut;               /* that cut; meaningless without cuts */
  /* Least cost of a machine, in cost units, at which the plan's bound is kept; above 0 and below
   * the pool's cost for pools that are not used, else 0: nothing is proved. */
  int64_t kept_from;
};

struct rms_serve_explanation { /* zero-initialise; free with rms_serve_explanation_fini */
  int64_t denominator, cost, machines, bound;
  bool is_optimal;
  bool is_exact; /* false: a knapsack was too long, amounts of some services are rough */
  struct rms_serve_growth *growth; /* [n_services] */
  struct rms_serve_scarcity scarcity[RMS_SERVE_KINDS_MAX];
  struct rms_serve_leverage leverage[RMS_SERVE_POOLS_MAX];
};

/*   plan [in] borrowed; may be hostile: it is checked, and its certificate verified
 * 0, RMS_E_NOMEM, or RMS_E_INSTANCE with a sentence: the plan is wrong, it has no certificate, or
 * one that proves nothing; for a proof that there is no plan the sentence says why there is none.
 * Cost: about 50 knapsacks a service. */
int rms_serve_explain(const struct rms_serve *inst, const struct rms_serve_plan *plan,
                      struct rms_serve_explanation *e, struct rms_error *err);
void rms_serve_explanation_fini(struct rms_serve_explanation *e); /* accepts a zeroed one */

#endif
