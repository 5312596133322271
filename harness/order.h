/* SPDX-License-Identifier: GPL-3.0-or-later */
/* order.h - in which order jobs are handed out: longest first, by what is on record of the same row
 * and group (expect.h), so that the last ranks end together. Results do not depend on it. */
#ifndef RMS_ORDER_H
#define RMS_ORDER_H

#include "harness/queue.h"
#include "harness/record.h"
#include "harness/sweep.h"

/* Seconds that the jobs of `items` are expected to take, by index of the job; NAN: no run of such a
 * job is on record.
 *   expected [out] [sweep->n_jobs]; only those of `items` are set
 * RMS_E_NOMEM. Cost: O((runs + n) log rows). */
int rms_order_expect(const struct rms_sweep *sweep, const struct rms_records *records,
                     const struct rms_item *items, size_t n, double *expected,
                     struct rms_error *err);

/* Sort, longest first; of whom nothing is known may take all its limit. Ties stay as they are.
 * RMS_E_NOMEM. */
int rms_order_longest(const struct rms_sweep *sweep, const double *expected, struct rms_item *items,
                      size_t n, struct rms_error *err);

#endif
