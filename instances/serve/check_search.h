/* SPDX-License-Identifier: GPL-3.0-or-later */
/* check_search.h - the second half of the checker's proof of a lower bound. Prices alone prove what
 * the relaxation costs; between that and the best plan lie machines that cannot be used in parts.
 *
 * A certificate's search names a target and more vectors of prices w. For each of them let a(q) be
 * the worth of the dearest legal layout of a machine of pool q and F the sum over the services of
 * the least worth of slices that cover them. Numbers N of machines hold a plan only if
 * sum_q a(q) N(q) >= F, for every vector. The checker lists all N that cost less than the target,
 * respect the stock and satisfy these inequalities. For each N that is left it lists every minimal
 * way to cover each service whose worth is within what the inequality with the least slack allows,
 * and adds service after service, dropping sums that exceed the worth of the machines under some
 * vector. If no N has a sum left, no plan costs less than the target.
 *
 * Joint vectors are tried first and by themselves: under them slices of several kinds count alike,
 * and a service needs only some of its kinds.
 *
 * Nothing here is shared with a solver. */
#ifndef RMS_SERVE_CHECK_SEARCH_H
#define RMS_SERVE_CHECK_SEARCH_H

#include "instances/serve/check.h"
#include "instances/serve/wide.h"

enum { RMS_SERVE_LAYOUTS_MAX = 4000000 };

/* Most that a legal layout of a machine of the pool is worth.
 *   prices [in] [n_kinds] >= 0
 * 0, RMS_E_NOMEM, or RMS_E_LIMIT when there are more than RMS_SERVE_LAYOUTS_MAX layouts. */
int rms_serve_dearest(const struct rms_serve *inst, const struct rms_serve_pool *pool,
                      const int64_t *prices, rms_wide *dearest);

/* Verify the search of a certificate whose prices hold.
 *   proof [in,out] of the prices. The bound rises to the target when the search proves it; the
 *                  certificate is refused when something is left below the target; when the search
 *                  is longer than the checker's patience the proof stays as it is, and `why` says
 *                  so.
 * 0 or RMS_E_NOMEM. Cost: bounded; vectors x (layouts + services), and the search. */
int rms_serve_search_verify(const struct rms_serve *inst, const struct rms_serve_certificate *c,
                            struct rms_serve_proof *proof);

#endif
