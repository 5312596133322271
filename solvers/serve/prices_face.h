/* SPDX-License-Identifier: GPL-3.0-or-later */
/* prices_face.h - prices as shares of linear forms, for the goal of the core search of one pool. */
#ifndef RMS_SERVE_PRICES_FACE_H
#define RMS_SERVE_PRICES_FACE_H

#include "solvers/serve/prices.h"

enum {
  RMS_FACE_STEP_TESTS = 5, /* tests of a goal that are steps' prices */
  RMS_FACE_FORMS_MAX = RMS_CORE_TESTS_MAX - RMS_FACE_STEP_TESTS
};

struct rms_face {
  struct rms_prices *p;
  int64_t machines;
  double share[RMS_FACE_FORMS_MAX]; /* of every form in the best prices; they add up to 1 */
  size_t n_keys, keys[RMS_FACE_FORMS_MAX];
};

/* ---- prices_face.c ---- */

/* Least shares that make up prices which are nowhere below the best ones. False: no luck. */
bool rms_face_find(struct rms_face *face);
/* What a slice of dimension i takes of form f, in machines. */
double rms_face_share(const struct rms_prices *p, size_t f, size_t i);
/* Shares to integer prices ([n_kinds]) and their parts, legal whatever was rounded; returns what a
 * machine is worth at most. */
rms_wide rms_face_prices(const struct rms_face *face, const double *share, int64_t *w,
                         struct rms_price_parts *parts);
/* Sum of the services' least values, or a lower bound of it: no knapsack takes more than `nodes`,
 * which are p->options.nodes at most. */
rms_wide rms_face_least(struct rms_prices *p, const int64_t *w, const struct rms_price_parts *parts,
                        int64_t nodes);
/* The prices of these shares as a test. */
void rms_face_add_test(const struct rms_face *face, const double *share, int64_t nodes,
                       struct rms_core_goal *goal);

/* ---- prices_edges.c ---- */

/* Services whose patterns tie at the best prices have long lists. Prices that leave the best ones
 * along an edge, where all ties persist but one, confine the service of that tie to a short piece
 * of its list: they are added as tests. */
void rms_face_add_edges(const struct rms_face *face, struct rms_core_goal *goal);

#endif
