/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/stats.h"

#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>

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
