/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cover.h - the least price at which slices cover one demand: an integer covering knapsack, exact.
 * Used by the checker; solvers have their own. */
#ifndef RMS_SERVE_COVER_H
#define RMS_SERVE_COVER_H

#include "instances/serve/serve.h"
#include "instances/serve/wide.h"

struct rms_cover_item {
  int64_t price, rate;
};
struct rms_cover { /* working space, reused from call to call; large: keep it off the stack */
  size_t n;
  struct rms_cover_item items[RMS_SERVE_KINDS_MAX];
  rms_wide best;
  int64_t nodes, limit;
};
struct rms_cover_result {
  bool is_coverable; /* false: every rate is 0 */
  bool is_exact; /* false: `least` is the rational lower bound, rounded up; still a lower bound */
  rms_wide least;
  int64_t nodes;
};

/* min { prices . y : rates . y >= demand, y >= 0 integer }.
 *   prices >= 0, rates >= 0 (0: not usable) [n], n <= RMS_SERVE_KINDS_MAX; demand > 0
 *   limit  search nodes after which the rational bound is taken instead
 * Cost: a handful of nodes for few kinds; never more than `limit`. */
struct rms_cover_result rms_cover_least(struct rms_cover *cover, const int64_t *prices,
                                        const int64_t *rates, size_t n, int64_t demand,
                                        int64_t limit);

#endif
