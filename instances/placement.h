/* SPDX-License-Identifier: GPL-3.0-or-later */
/* placement.h - which sets of slices are legal on one machine: a judge for one layout, an
 * exhaustive enumerator, and the inclusion-maximal partitions that solvers use. */
#ifndef RMS_PLACEMENT_H
#define RMS_PLACEMENT_H

#include "instances/machine.h"

struct rms_placed {
  uint16_t profile; /* index into machine->profiles */
  uint16_t start;
};

/* Is this set of slices legal? Judges one layout directly from the rules of machine.h, without the
 * enumerator (tests hold the two against each other).
 *   slices [in]  borrowed; may be hostile: profile indices and starts are not trusted
 *   why    [out] one sentence when not legal, e.g. "4g.40gb at 0 and 3g.40gb at 0 overlap";
 *                may be NULL
 * Cost: O(n^2), at most max_instances slices are looked at. */
bool rms_layout_is_legal(const struct rms_machine *machine, const struct rms_rules *rules,
                         const struct rms_placed *slices, size_t n, struct rms_error *why);

/* How many legal sets of slices one machine has. */
struct rms_placement_counts {
  uint64_t states;    /* legal sets of (profile, start), the empty one included */
  uint64_t multisets; /* distinct multisets of profiles among them, the empty one included */
  uint64_t maximal_placements; /* states to which nothing can be added */
  uint64_t maximal_multisets;  /* distinct multisets among those */
  uint64_t partitions;         /* inclusion-maximal multisets */
};

/* Enumerate with the profiles of `mask` (bit p; profiles absent under the rules are dropped
 * anyway).
 * Errors: RMS_E_LIMIT when there are more than RMS_STATES_MAX states, RMS_E_NOMEM.
 * Cost: O(states x placements). */
#define RMS_STATES_MAX     UINT64_C(4000000)
#define RMS_PARTITIONS_MAX ((size_t)65536) /* of one call of rms_partitions */
int rms_placement_count(const struct rms_machine *machine, const struct rms_rules *rules,
                        uint32_t mask, struct rms_placement_counts *counts, struct rms_error *err);

/* An inclusion-maximal multiset with one legal layout of it. */
struct rms_partition {
  uint8_t count[RMS_PROFILES_MAX]; /* slices of each profile */
  uint16_t n_slices;
  /* by descending memory, then compute, then profile, then preferred start */
  struct rms_placed layout[RMS_UNITS_MAX];
};

/* All of them, in lexicographically descending order of (counts by profile, largest memory first):
 * 7 | 4+3 | 4+2+1 | ... Layouts follow the preferred starts where possible (3g at 4, 1g at 6).
 *   result [out] allocated in `arena`; *n partitions, 0 when not even one slice fits
 * Errors and cost as rms_placement_count; RMS_E_LIMIT also above RMS_PARTITIONS_MAX. */
int rms_partitions(struct rms_arena *arena, const struct rms_machine *machine,
                   const struct rms_rules *rules, uint32_t mask,
                   const struct rms_partition **result, size_t *n, struct rms_error *err);

/* "4g.40gb + 2g.20gb + 1g.10gb" (shapes instead of names when `shapes`): counts > 1 as "1g x3". */
void rms_partition_text(struct rms_text *text, const struct rms_machine *machine,
                        const struct rms_partition *partition, bool shapes);

#endif
