/* SPDX-License-Identifier: GPL-3.0-or-later */
/* prices_counts.h - numbers of machines per pool as points, vectors of prices as inequalities on
 * them: shared by the search over numbers of machines and by the proof that is made of it.
 *
 * Under prices w let a(q) be the worth of the dearest cut of pool q and F(w) the sum of the
 * services' least values. Numbers N of machines hold a plan only if sum over pools of a(q) N(q) >=
 * F(w). */
#ifndef RMS_SERVE_PRICES_COUNTS_H
#define RMS_SERVE_PRICES_COUNTS_H

#include <glpk.h>

#include "solvers/serve/prices.h"

struct rms_counts_vector { /* the inequality of one price step */
  size_t step;
  rms_wide value;                      /* F */
  rms_wide worth[RMS_SERVE_POOLS_MAX]; /* a, in the order of rms_counts.pools */
  bool is_joint;                       /* in the cone of joint rows (prices_joint.c) */
};

struct rms_counts_row { /* a sum of linear forms: w . totals <= sum of worth(q) N(q) */
  int64_t w[RMS_SERVE_KINDS_MAX], worth[RMS_SERVE_POOLS_MAX];
};

struct rms_counts_point {
  int64_t n[RMS_SERVE_POOLS_MAX];
  double room;   /* least (worth of N - F) / worth of N among the vectors */
  bool is_joint; /* of those closed: joint rows do it */
};

struct rms_counts {
  struct rms_prices *p;
  size_t n_pools, pools[RMS_SERVE_POOLS_MAX]; /* with machines, the dearest first */
  size_t n_vectors, vectors_capacity;
  struct rms_counts_vector *vectors;
  bool *is_used;     /* [n_vectors] the only ones that may refute; NULL: all may */
  bool has_searched; /* some points below p->proved are refuted by an exhausted search only */
  size_t n_listed;
  struct rms_counts_point *listed; /* [RMS_COUNTS_LISTED_MAX] */
  bool is_cut;                     /* there are more of that cost */
  size_t n_closed, closed_capacity;
  struct rms_counts_point *closed; /* refuted by an exhausted search */
  size_t n_rows, rows_capacity;
  struct rms_counts_row *rows; /* joint rows under which points were refuted */
  /* the master problem; columns of GLPK, 0: none */
  glp_prob *lp;
  int kind[RMS_SERVE_KINDS_MAX], worth[RMS_SERVE_POOLS_MAX], value, budget_row, first_plane;
};

enum { RMS_COUNTS_LISTED_MAX = 3000, RMS_COUNTS_TESTS = 14, RMS_JOINT_ROWS_MAX = 24 };

/* ---- prices_counts.c ---- */

int64_t rms_counts_cost(const struct rms_counts *c, const int64_t *n);
/* Evaluate prices. *at: their vector, n_vectors when the host stops; *is_new: it was not known. 0
 * or negative. */
int rms_counts_evaluate(struct rms_counts *c, const struct rms_price_point *point, size_t *at,
                        bool *is_new);

/* ---- prices_inequality.c ---- */

/* The inequality of a step; value: sum of the services' least values. 0 or RMS_E_NOMEM. */
int rms_counts_add(struct rms_counts *c, size_t step, rms_wide value);
rms_wide rms_counts_worth(const struct rms_counts *c, const struct rms_counts_vector *v,
                          const int64_t *n);
/* Relative room that a vector leaves; negative: it refutes N. */
double rms_counts_room_under(const struct rms_counts_vector *v, const struct rms_counts *c,
                             const int64_t *n);
/* Least relative room among the vectors, all of them or those in use; negative: refuted. The vector
 * that leaves least: *tightest; untouched when there is none. */
double rms_counts_room(const struct rms_counts *c, const int64_t *n, size_t *tightest);
/* The vectors that leave least room, tightest first: at most `most`, *tests [most]. Returns how
 * many. */
size_t rms_counts_tests(const struct rms_counts *c, const int64_t *n, size_t most, size_t *tests);
/* All N of exactly that cost, but for some that the vectors refute, one after the other to `visit`,
 * which says whether to go on. */
void rms_counts_visit(struct rms_counts *c, int64_t cost,
                      bool (*visit)(struct rms_counts *c, const int64_t *n));

/* ---- prices_joint.c ---- */

/* Look for a plan with machines N over sums of forms that do not change when slices that serve a
 * service equally well are exchanged.
 *   room  [in] relative room that the vectors leave N
 *   goal  [in] of N, over the forms
 * FOUND: it was offered. NONE: there is none, and the rows that show it are in c->rows. CUT_SHORT:
 * neither. Negative: a status. The steps' weights are those of the master's solution for N. */
int rms_counts_join(struct rms_counts *c, const int64_t *n, double room,
                    const struct rms_core_goal *goal, int effort);

/* ---- prices_search.c ---- */

/* What the refutations up to p->proved rest on, as p->search. Nothing happens when the prices alone
 * prove it, or when the host stops. 0 or negative. */
int rms_counts_prove(struct rms_counts *c);

#endif
