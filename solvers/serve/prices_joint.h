/* SPDX-License-Identifier: GPL-3.0-or-later */
/* prices_joint.h - inside the search over sums of forms: rows that exchanges do not move, prices in
 * their cone, and the way back from a plan for the rows to a plan. */
#ifndef RMS_SERVE_PRICES_JOINT_H
#define RMS_SERVE_PRICES_JOINT_H

#include "solvers/serve/prices_counts.h"

enum { RMS_JOINT_TIES_MAX = 16, RMS_JOINT_PARTS_MAX = 8 /* slices on one side of an exchange */ };

struct rms_joint_tie { /* an exchange, as what it adds to every row */
  int64_t shift[RMS_JOINT_ROWS_MAX];
  double count; /* how many of them the services have room for */
};

struct rms_joint {
  struct rms_counts *c;
  const int64_t *n;
  const struct rms_core_goal *goal; /* of N, over the forms */
  size_t n_rows;
  struct rms_counts_row rows[RMS_JOINT_ROWS_MAX];
  struct rms_counts_row scratch[RMS_JOINT_ROWS_MAX];
  size_t n_ties;
  struct rms_joint_tie ties[RMS_JOINT_TIES_MAX];
};

/* ---- prices_exchange.c ---- */

/* What N leaves to a row. */
rms_wide rms_joint_limit(const struct rms_joint *j, const struct rms_counts_row *row);
/* Add the forms that bind at the steps' weighted mean to the rows. False: too many. */
bool rms_joint_take_forms(struct rms_joint *j);
/* Rows that the commonest exchange does not move take the place of the present ones. False: there
 * is no exchange left, no row, or there are too many. */
bool rms_joint_eliminate(struct rms_joint *j);

/* ---- prices_cone.c ---- */

/* Prices in the cone of the rows that leave N little slack: the vector of the best of them and the
 * relative room that it leaves, INFINITY when there is none. 0 or negative. */
int rms_joint_climb(struct rms_joint *j, size_t *tightest, double *room);

/* ---- prices_lift.c ---- */

/* Exchange slices of p->slices, which pass the rows, until they pass the forms; offers what does. 0
 * or negative. */
int rms_joint_lift(struct rms_joint *j);

#endif
