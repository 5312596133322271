/* SPDX-License-Identifier: GPL-3.0-or-later */
/* stats.h - the few statistics that tables use (definitions: FORMAT.md, "tables"). */
#ifndef RMS_STATS_H
#define RMS_STATS_H

#include <stddef.h>

/* abs(value - reference) / max(abs(value), abs(reference)): 0 if equal, 1 if signs differ (PAVER's
 * definition, with the maximum below the line); NAN when one of them is NAN. */
double rms_gap(double value, double reference);

/* Quantile q in [0,1] with linear interpolation (GSL); sorts `values`; NAN for n == 0. */
double rms_quantile(double *values, size_t n, double q);

double rms_mean(const double *values, size_t n);    /* NAN for n == 0 */
double rms_maximum(const double *values, size_t n); /* NAN for n == 0 */

/* exp(mean(log(x + shift))) - shift; x >= 0; NAN for n == 0. */
double rms_shifted_geometric_mean(const double *values, size_t n, double shift);

/* Wilcoxon's signed-rank test, two-sided, of paired differences (Wilcoxon 1945; zeros are dropped,
 * ties get middle ranks). Exact, conditional on the ranks, up to 60 differences that are not zero,
 * else by the normal distribution with the correction for ties. 1 for no difference at all; NAN
 * when out of memory or a difference is NAN. Takes `differences` to pieces. Cost: O(n^3) where
 * exact. */
double rms_wilcoxon(double *differences, size_t n);

#endif
