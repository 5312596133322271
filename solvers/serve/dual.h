/* SPDX-License-Identifier: GPL-3.0-or-later */
/* dual.h - lower bounds from prices of kinds (the dual of the relaxation in which slices are
 * divisible). Let w(k) >= 0 be a price per slice of kind k and v(p) >= 0 a price per machine of a
 * limited pool p, such that every legal cut of every pool is worth at most cost(p) + v(p) (v = 0
 * where there is no limit). Then any plan costs at least
 *
 *   sum over services of min over kinds of need / rate x w(k)  -  sum over pools of v(p) x
 * count(p).
 *
 * Prices that come from floating point are cut to integers over a common denominator and repaired
 * until the condition holds exactly; the sum is taken in integers, rounded down. So the bound is a
 * proof, however bad the prices were. It is the real number, not rounded up to a reachable cost:
 * readers do that. */
#ifndef RMS_SERVE_DUAL_H
#define RMS_SERVE_DUAL_H

#include "instances/serve/serve.h"

struct rms_dual_prices {
  int64_t denominator;
  int64_t kind[RMS_SERVE_KINDS_MAX];
  int64_t stock[RMS_SERVE_POOLS_MAX];
};

enum rms_dual_use {
  RMS_DUAL_FREE,  /* no stock prices: limited pools are treated as if they had no limit */
  RMS_DUAL_STOCK, /* stock prices where they help */
  RMS_DUAL_RAY /* all costs are 0: a positive value proves that the stocks cannot meet the demands
                */
};

/* Kinds that occur in a cut of a pool with machines; others are never used.
 *   is_cut [out] [n_kinds] */
void rms_dual_kinds(const struct rms_serve *inst, bool *is_cut);

/* The nearest legal integer prices below `w` ([n_kinds], cost units, finite and >= 0). */
void rms_dual_repair(const struct rms_serve *inst, const double *w, enum rms_dual_use use,
                     struct rms_dual_prices *prices);

/* The bound for these needs ([n_services] micros, NULL: the demands). >= 0; INFINITY when a service
 * can run nowhere. O(services x kinds). The prices must have been repaired. */
double rms_dual_value(const struct rms_serve *inst, const struct rms_dual_prices *prices,
                      const int64_t *need);

/* Uniform prices, proportional to compute (or memory) and as high as all pools allow: with them the
 * bound is the rule-free one, sum of r / (C max over kinds of rate / compute) for one machine type.
 *   w [out] [n_kinds] */
void rms_dual_uniform(const struct rms_serve *inst, bool by_memory, double *w);

#endif
