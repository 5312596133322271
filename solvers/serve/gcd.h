/* SPDX-License-Identifier: GPL-3.0-or-later */
/* gcd.h - the greatest common divisor, for prices, costs and weights in lowest terms. */
#ifndef RMS_SERVE_GCD_H
#define RMS_SERVE_GCD_H

#include <stdint.h>

/* Greatest common divisor of |a| and |b|, >= 0; that of 0 and 0 is 0. a, b > INT64_MIN.
 * Cost: logarithmic. */
static inline int64_t rms_gcd(int64_t a, int64_t b)
{
  while (b) {
    const int64_t rest = a % b;
    a = b;
    b = rest;
  }
  return a < 0 ? -a : a;
}

#endif
