/* SPDX-License-Identifier: GPL-3.0-or-later */
/* plan.h - a solution of `serve`: groups of machines that are cut and used in the same way. */
#ifndef RMS_SERVE_PLAN_H
#define RMS_SERVE_PLAN_H

#include "instances/serve/serve.h"

#define RMS_SERVE_IDLE UINT32_MAX

struct rms_serve_slice {
  uint16_t profile; /* of the pool's machine */
  uint16_t start;
  uint32_t service; /* index, or RMS_SERVE_IDLE */
};

struct rms_serve_group {
  uint32_t pool;
  int64_t count;          /* machines, >= 1 */
  size_t first, n_slices; /* into plan->slices */
};

/* More vectors of prices, from which one finds by search that no plan costs less than `target`:
 * check_search.h says how. */
struct rms_serve_search {
  int64_t target;   /* 0: there is no search */
  size_t n_vectors; /* at most RMS_SERVE_VECTORS_MAX */
  size_t n_joint;   /* the last so many of them are joint ones */
  int64_t *vectors; /* [n_vectors * n_kinds] prices >= 0, of any scale; malloc'ed */
};
enum { RMS_SERVE_VECTORS_MAX = 4096 };

/* A certificate of a lower bound: prices per kind over a common denominator, and a price per pool
 * for its stock (FORMAT.md, kind `prices`). kind: none | prices. Where the bound of the prices
 * is not reached by any plan, a search may prove more. */
struct rms_serve_certificate {
  bool is_present;
  int64_t denominator;
  size_t n_kinds, n_pools;
  int64_t *prices; /* [n_kinds], malloc'ed */
  int64_t
      *stock_prices; /* [n_pools], malloc'ed; what one more machine of a limited pool would save */
  struct rms_serve_search search;
};

struct rms_serve_plan { /* zero-initialise; free with rms_serve_plan_fini */
  size_t n_groups, groups_capacity, n_slices, slices_capacity;
  struct rms_serve_group *groups;
  struct rms_serve_slice *slices;
  struct rms_serve_certificate certificate;
};

void rms_serve_plan_fini(struct rms_serve_plan *plan);  /* accepts a zeroed one; zeroes it again */
void rms_serve_plan_clear(struct rms_serve_plan *plan); /* empty, capacity kept */

/* Append `count` machines of `pool` with these slices; merges with the previous group when equal.
 * 0 or RMS_E_NOMEM. */
int rms_serve_plan_add(struct rms_serve_plan *plan, uint32_t pool, int64_t count,
                       const struct rms_serve_slice *slices, size_t n_slices);

int64_t rms_serve_plan_machines(const struct rms_serve_plan *plan, uint32_t pool); /* of one pool */
int64_t rms_serve_plan_cost(const struct rms_serve *inst, const struct rms_serve_plan *plan);

/* The bytes handed to report() and kept in records: little endian, fixed-width, versioned
 * (FORMAT.md). decode trusts nothing: RMS_E_FORMAT with a reason for anything malformed (indices
 * are checked for form only; legality is the checker's business). */
int rms_serve_plan_encode(const struct rms_serve_plan *plan, struct rms_text *bytes);
int rms_serve_plan_decode(struct rms_serve_plan *plan, const void *bytes, size_t n,
                          struct rms_error *err);

#endif
