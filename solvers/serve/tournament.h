/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tournament.h - the largest of n integers while single ones change: a tree of winners over blocks
 * of eight. Ties go to the lowest index, whatever the history of changes. */
#ifndef RMS_SERVE_TOURNAMENT_H
#define RMS_SERVE_TOURNAMENT_H

#include <stddef.h>
#include <stdint.h>

#include "instances/base/memory.h"

struct rms_winner {
  int64_t value;
  uint32_t index;
};

struct rms_tournament {
  size_t n, blocks;
  int64_t *value;          /* [n]; write freely before _build, by _set after it */
  struct rms_winner *node; /* [2 * blocks]; 1 is the root, blocks.. are the leaves */
};

/* n values, all 0; owned by the arena. n < 2^32. 0 or RMS_E_NOMEM. Not built yet. */
int rms_tournament_init(struct rms_tournament *tree, struct rms_arena *arena, size_t n);

/* Play all rounds. O(n). */
void rms_tournament_build(struct rms_tournament *tree);

/* Change one value (>= -1). O(log n), less when the winner does not change. */
void rms_tournament_set(struct rms_tournament *tree, size_t i, int64_t value);

/* The largest value, at the lowest index; {-1, 0} when n is 0. */
static inline struct rms_winner rms_tournament_best(const struct rms_tournament *tree)
{
  return tree->node[1];
}

#endif
