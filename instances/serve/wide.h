/* SPDX-License-Identifier: GPL-3.0-or-later */
/* wide.h - 128-bit integers, for sums and products of micros, prices and counts that decide. */
#ifndef RMS_SERVE_WIDE_H
#define RMS_SERVE_WIDE_H

__extension__ typedef __int128 rms_wide;

/* Smallest integer >= a / b; b > 0, any a. */
static inline rms_wide rms_wide_ceil(rms_wide a, rms_wide b)
{
  return a > 0 ? (a - 1) / b + 1 : -(-a / b);
}

#endif
