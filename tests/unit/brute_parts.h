/* SPDX-License-Identifier: GPL-3.0-or-later */
/* brute_parts.h - what fits on one machine, and what slices cost, by trying everything: shared by
 * the two exhaustive judges of small instances (brute.h, exhaust.h). */
#ifndef RMS_TEST_BRUTE_PARTS_H
#define RMS_TEST_BRUTE_PARTS_H

#include "instances/serve/serve.h"

enum { RMS_BRUTE_KINDS = 16, RMS_BRUTE_POOLS = 8, RMS_BRUTE_SLICES = 63 };

__extension__ typedef unsigned __int128
    rms_brute_pack; /* slices by kind of one machine, 6 bits each */

struct rms_brute_entry;

struct rms_brute_part { /* one machine type of the instance */
  size_t first_kind, n_kinds, n_pools, n_limited;
  struct {
    size_t pool; /* of the instance */
    int64_t cost;
    int stock;            /* -1: no limit */
    int limited;          /* which field of the state, -1: none */
    rms_brute_pack *sets; /* inclusion-maximal legal sets of slices */
    size_t n, capacity;
  } pools[RMS_BRUTE_POOLS];
  struct rms_brute_entry *table; /* least costs found so far */
  size_t n_table, capacity;
};

static inline unsigned rms_brute_count(rms_brute_pack set, size_t k)
{
  return (unsigned)(set >> (6 * k)) & RMS_BRUTE_SLICES;
}

/* [n_machines] parts, or NULL: too large for the numbers above, or for 2 limited pools of one
 * machine type with up to 30 machines. Aborts when out of memory. */
struct rms_brute_part *rms_brute_parts_new(const struct rms_serve *inst);
void rms_brute_parts_free(struct rms_brute_part *parts); /* accepts NULL */

/* Least cost of machines that hold these slices ([n_kinds], at most RMS_BRUTE_SLICES each);
 * INT64_MAX: the stock does not. */
int64_t rms_brute_parts_cost(struct rms_brute_part *parts, const struct rms_serve *inst,
                             const uint8_t *z);

#endif
