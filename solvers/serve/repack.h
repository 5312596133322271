/* SPDX-License-Identifier: GPL-3.0-or-later */
/* repack.h - local search on the cost of a deployment (ours, not the paper's): a few machines are
 * taken out, and a small depth-first search tries to complete the rest for less than they cost. The
 * price bound of what is still missing cuts branches off. */
#ifndef RMS_SERVE_REPACK_H
#define RMS_SERVE_REPACK_H

#include "solvers/serve/deployment.h"
#include "solvers/serve/menu.h"

enum { RMS_REPACK_DEPTH = 8 };

struct rms_repack; /* scratch memory */

/* size: machines tried per state. 0 or RMS_E_NOMEM. */
int rms_repack_new(struct rms_repack **result, struct rms_arena *arena,
                   const struct rms_walk_map *map, size_t size);

/* Complete `walk` with at most RMS_REPACK_DEPTH machines for less than `cost`, looking at no more
 * than `nodes` states; found machines are put into `tail` (emptied first). 1: found, 0: not;
 * RMS_E_NOMEM. */
int rms_repack_try(struct rms_repack *repack, const struct rms_walk *walk, int64_t cost,
                   const struct rms_floor *floor, uint64_t nodes, struct rms_draws *draws,
                   struct rms_deployment *tail);

#endif
