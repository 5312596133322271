/* SPDX-License-Identifier: GPL-3.0-or-later */
/* exhaust.h - an exact judge of small instances of `serve` that is quick enough for long campaigns:
 * every way to cover each demand, all sums of them, pruned by prices under which no legal set of
 * slices is worth more than its machine costs. It finds these prices itself (a few dozen
 * subgradient steps, rounded down to integers that are tested against the sets of brute_parts.h),
 * and takes nothing from the library but the judge of placement.h: no cuts, forms, covers or
 * bounds. */
#ifndef RMS_TEST_EXHAUST_H
#define RMS_TEST_EXHAUST_H

#include "instances/serve/plan.h"

struct rms_exhaust; /* opaque */

/* NULL: too large for brute_parts.h, or a demand that takes more slices than it counts. Aborts when
 * out of memory. `inst` is borrowed. */
struct rms_exhaust *rms_exhaust_new(const struct rms_serve *inst);
void rms_exhaust_free(struct rms_exhaust *x); /* accepts NULL */

/* Is there a plan of this cost or less? 1 yes, 0 no, -1 more than `states_max` sums would have to
 * be looked at. INT64_MAX: is there any plan? */
int rms_exhaust_has(struct rms_exhaust *x, int64_t limit, size_t states_max);

/* What a certificate proves, verified a second time: -1 refused (prices are not legal, or a
 * negative number), otherwise 0 with the bound on the objective (0: nothing; INT64_MAX: there is no
 * plan). */
int rms_exhaust_verify(struct rms_exhaust *x, const struct rms_serve_certificate *c,
                       int64_t *bound);

#endif
