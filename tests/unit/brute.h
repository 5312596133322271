/* SPDX-License-Identifier: GPL-3.0-or-later */
/* brute.h - optimum of a tiny instance of `serve`, found by trying everything: legal layouts
 * straight from the judge of placement.h (not from the enumerator, the cuts or any bound), all
 * minimal ways to cover each demand, and dynamic programming over what is still to be placed. */
#ifndef RMS_TEST_BRUTE_H
#define RMS_TEST_BRUTE_H

#include "instances/serve/serve.h"

/* Least cost; -1: there is no plan; -2: too large (more than 16 kinds of one machine, 63 slices of
 * a kind, 2 limited pools of one machine type, 30 machines of stock that matter,
 * RMS_BRUTE_TOTALS_MAX ways to cover the demands). Aborts the test when out of memory. */
enum { RMS_BRUTE_TOTALS_MAX = 1500 };
int64_t rms_brute_cost(const struct rms_serve *inst);

#endif
