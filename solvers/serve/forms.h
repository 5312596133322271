/* SPDX-License-Identifier: GPL-3.0-or-later */
/* forms.h - how many machines a number of slices needs, as linear forms.
 *
 * The prices w >= 0 with w . n_P <= 1 for every legal partition P are a polytope. Z slices need at
 * least max over its vertices of ceil(w . Z) machines. A machine has the *round-up property* when
 * this is always enough: then the number of machines is one variable with a few linear rows, and no
 * partition has to be chosen while solving. Vertices and property are derived here in integers from
 * the partitions alone.
 *
 * The test is finite: a lattice polytope of dimension d whose lattice points are all partitions
 * (multiples 1), and whose multiples 2..d-1 decompose into partitions, has all its multiples
 * decompose. (Cut it into lattice simplices without further lattice points. A point of the c-th
 * multiple is sum l_i v_i with sum l_i = c over at most d + 1 vertices of one of them; while some
 * l_i >= 1, take v_i away. What stays has all l_i < 1, so c <= d; and c = d would make
 * sum (1 - l_i) v_i one more lattice point of the simplex.) */
#ifndef RMS_SERVE_FORMS_H
#define RMS_SERVE_FORMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "instances/base/memory.h"

enum { RMS_FORMS_DIMENSIONS_MAX = 8, RMS_FORMS_CUTS_MAX = 256 };

struct rms_forms { /* sum over d of weight[f][d] * Z[d] <= divisor[f] * machines, for every form f
                    */
  size_t n_dimensions, n_forms;
  int32_t (*weight)[RMS_FORMS_DIMENSIONS_MAX];
  int32_t *divisor;
  size_t n_cuts;
  const uint8_t (*cuts)[RMS_FORMS_DIMENSIONS_MAX]; /* the partitions that it was derived from */
};

enum rms_forms_kind {
  RMS_FORMS_DERIVED,   /* the round-up property holds */
  RMS_FORMS_TOO_LARGE, /* more dimensions, vertices or points than are enumerated */
  RMS_FORMS_GAP        /* some slices need more machines than the forms say */
};

/* Derive the forms of a machine with these partitions (each a count per dimension, every dimension
 * used by one of them at least).
 *   cuts    [in]  borrowed as long as *forms is used
 *   forms   [out] filled when *kind is RMS_FORMS_DERIVED; in `arena`
 * 0 or RMS_E_NOMEM. Cost: choose(n_cuts + d, d) d^3 and points of the (d-1)-fold box; both bounded.
 */
int rms_forms_derive(struct rms_arena *arena, size_t n_dimensions, size_t n_cuts,
                     const uint8_t (*cuts)[RMS_FORMS_DIMENSIONS_MAX], struct rms_forms *forms,
                     enum rms_forms_kind *kind);

/* Least number of machines for these slices. */
int64_t rms_forms_machines(const struct rms_forms *forms, const int64_t *slices);

/* Cut that many machines: times[c] machines of partition c hold the slices.
 *   times [out] n_cuts numbers
 * Cost: O(n_cuts^2 log machines) forms in practice. False when a partition is missing: cannot
 * happen for derived forms. */
bool rms_forms_cut(const struct rms_forms *forms, const int64_t *slices, int64_t *times);

#endif
