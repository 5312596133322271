/* SPDX-License-Identifier: GPL-3.0-or-later */
/* score.h - the numbers by which the greedy solvers compare (MIG-serving's utilities): w = need / r
 * is what a service still misses, u = rate / r what one slice gives it.
 *
 * A score is computed in double by a fixed sequence of correctly rounded operations and then cut to
 * an integer on a grid that the largest score of the moment fixes. Sums of integers do not depend
 * on the order of addition, so ties are true ties on every machine, and "first wins" is well
 * defined. The grid keeps 40 to 56 bits of the largest score: it moves in steps of 2^16, and when
 * it moves, all scores are computed again. It depends on the state alone, not on the way there. */
#ifndef RMS_SERVE_SCORE_H
#define RMS_SERVE_SCORE_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

enum { RMS_SCORE_BITS = 56, RMS_SCORE_STEP = 16 };

/* gain x (need: what is missing, one: 1, slice: machine share that the whole service needs at best)
 */
enum rms_weight { RMS_WEIGHT_NEED, RMS_WEIGHT_ONE, RMS_WEIGHT_SLICE };

/* "need" | "one" | "slice"; a declared parameter, so nothing else comes. */
static inline enum rms_weight rms_weight_of(const char *text)
{
  return text[0] == 'n' ? RMS_WEIGHT_NEED : text[0] == 'o' ? RMS_WEIGHT_ONE : RMS_WEIGHT_SLICE;
}

/* w u, not capped: what MIG-serving's formula says. need, rate, demand in micros. */
static inline double rms_score_literal(int64_t need, int64_t rate, int64_t demand)
{
  const double r = (double)demand;
  return (double)need / r * ((double)rate / r);
}

/* min(u, w) x weight; `slices` is read for RMS_WEIGHT_SLICE only. */
static inline double rms_score_capped(int64_t need, int64_t rate, int64_t demand,
                                      enum rms_weight weight, double slices)
{
  const double r = (double)demand;
  const double gain = (double)(rate < need ? rate : need) / r;
  if (weight == RMS_WEIGHT_NEED) return gain * ((double)need / r);
  return weight == RMS_WEIGHT_ONE ? gain : gain * slices;
}

/* The grid for a largest score `max` (0: 1): a power of two such that max x grid is in
 * [2^(BITS - STEP), 2^BITS). A sum over the at most 64 slices of a machine stays below 2^62. */
static inline double rms_score_grid(double max)
{
  if (!(max > 0)) return 1;
  const int above = ilogb(max) + 1; /* max < 2^above */
  const int bucket =
      above >= 0 ? (above + RMS_SCORE_STEP - 1) / RMS_SCORE_STEP : -(-above / RMS_SCORE_STEP);
  return ldexp(1, RMS_SCORE_BITS - bucket * RMS_SCORE_STEP);
}

/* A score on the grid; what is positive stays positive, so that progress is never rounded away. */
static inline int64_t rms_score_fix(double score, double grid)
{
  const int64_t fixed = (int64_t)(score * grid);
  return fixed > 0 ? fixed : score > 0;
}

/* Has the largest score (on the grid) fallen so low that the grid must move? */
static inline bool rms_score_is_low(int64_t max)
{
  return max > 0 && max < INT64_C(1) << (RMS_SCORE_BITS - RMS_SCORE_STEP);
}

/* Is value a per cost a larger than value b per cost b? Exact. */
static inline bool rms_score_is_better(int64_t value, int64_t cost, int64_t than, int64_t than_cost)
{
  if (cost == than_cost) return value > than;
  __extension__ typedef unsigned __int128 wide;
  return (wide)value * (wide)than_cost > (wide)than * (wide)cost;
}

#endif
