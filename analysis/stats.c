/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/stats.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>

double rms_gap(double value, double reference)
{
  if (isnan(value) || isnan(reference)) return NAN;
  if (value == reference) return 0;
  if ((value < 0) != (reference < 0)) return 1;
  return fabs(value - reference) / fmax(fabs(value), fabs(reference));
}

double rms_quantile(double *values, size_t n, double q)
{
  if (n == 0) return NAN;
  gsl_sort(values, 1, n);
  return gsl_stats_quantile_from_sorted_data(values, 1, n, q);
}

double rms_mean(const double *values, size_t n)
{
  return n ? gsl_stats_mean(values, 1, n) : NAN;
}

double rms_maximum(const double *values, size_t n)
{
  return n ? gsl_stats_max(values, 1, n) : NAN;
}

double rms_shifted_geometric_mean(const double *values, size_t n, double shift)
{
  double sum = 0;
  for (size_t i = 0; i < n; i++) sum += log(values[i] + shift);
  return n ? exp(sum / (double)n) - shift : NAN;
}

/* ---- Wilcoxon ---- */

enum { EXACT_MAX = 60 };

static int compare_magnitudes(const void *a, const void *b)
{
  const double x = fabs(*(const double *)a), y = fabs(*(const double *)b);
  return (x > y) - (x < y);
}

/* Probability that the sum of the ranks with random signs is at most `sum`; twice the ranks are
 * whole numbers. NAN: out of memory. */
static double exact_tail(const size_t *twice, size_t n, size_t sum)
{
  double *ways = calloc(sum + 1, sizeof *ways), tail = 0;
  if (!ways) return NAN;
  ways[0] = 1;
  for (size_t i = 0; i < n; i++)
    for (size_t s = sum + 1; s-- > 0;)
      ways[s] = (ways[s] + (s >= twice[i] ? ways[s - twice[i]] : 0)) / 2;
  for (size_t s = 0; s <= sum; s++) tail += ways[s];
  free(ways);
  return tail;
}

static double normal_tail(const size_t *twice, size_t n, size_t sum)
{
  double squares = 0, all = 0;
  for (size_t i = 0; i < n; i++) {
    squares += (double)twice[i] * (double)twice[i];
    all += (double)twice[i];
  }
  return gsl_cdf_ugaussian_P(((double)sum + 1 - all / 2) / (sqrt(squares) / 2));
}

double rms_wilcoxon(double *differences, size_t n)
{
  size_t kept = 0, sums[2] = {0};
  for (size_t i = 0; i < n; i++) {
    if (isnan(differences[i])) return NAN;
    if (differences[i] != 0) differences[kept++] = differences[i];
  }
  if (!kept) return 1;
  size_t *twice = malloc(kept * sizeof *twice);
  if (!twice) return NAN;
  qsort(differences, kept, sizeof *differences, compare_magnitudes);
  for (size_t i = 0, j; i < kept; i = j) {
    for (j = i; j < kept && fabs(differences[j]) == fabs(differences[i]); j++) {
    }
    for (size_t k = i; k < j; k++) twice[k] = i + 1 + j; /* 2 * mean of ranks i + 1 .. j */
  }
  for (size_t i = 0; i < kept; i++) sums[differences[i] > 0] += twice[i];
  const size_t least = sums[0] < sums[1] ? sums[0] : sums[1];
  const double tail =
      kept <= EXACT_MAX ? exact_tail(twice, kept, least) : normal_tail(twice, kept, least);
  free(twice);
  return fmin(1, 2 * tail);
}
