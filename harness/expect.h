/* SPDX-License-Identifier: GPL-3.0-or-later */
/* expect.h - how long a job may take, from runs that have ended: the mean wall time of the same row
 * (label) in the same group, else of the row anywhere, else of everything. */
#ifndef RMS_EXPECT_H
#define RMS_EXPECT_H

#include "harness/record.h"

struct rms_expect; /* opaque */

/* The runs' strings are borrowed and must outlive the result. RMS_E_NOMEM.
 * Cost: O(runs log runs). */
int rms_expect_new(struct rms_expect **result, const struct rms_run *runs, size_t n);
void rms_expect_free(struct rms_expect *expect); /* accepts NULL */

/* Seconds; NAN: nothing has ended yet.
 *   is_known [out] a run of that row has ended; false: the mean of everything is a guess
 * Cost: O(log rows). */
double rms_expect_job(const struct rms_expect *expect, const char *label, const char *group,
                      bool *is_known);

#endif
