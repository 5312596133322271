/* SPDX-License-Identifier: GPL-3.0-or-later */
/* wild.h - a policy of family `jobs` that gives random legal orders: cuts, MPS, phases, suspended
 * and moved jobs. After `orders` of them it calms down and lets every job run on a whole machine.
 */
#ifndef RMS_TESTS_WILD_H
#define RMS_TESTS_WILD_H

#include "instances/jobs/simulate.h"

struct rms_wild { /* seed and orders are the caller's, the rest is zeroed */
  uint64_t seed;
  int orders;
  uint64_t draws;
  int given, phases;
  bool has_alarm;
};

extern const struct rms_policy rms_wild_policy;

/* "machines=..,jobs=..,..." of a small random instance number `seed`. */
void rms_wild_spec(uint64_t seed, char *spec, size_t size);

#endif
