/* SPDX-License-Identifier: GPL-3.0-or-later */
/* letter.h - what islands tell each other, in bytes: moves of the root with their counts, and
 * plans. A message comes from another process: reading it trusts nothing. */
#ifndef RMS_SERVE_LETTER_H
#define RMS_SERVE_LETTER_H

#include "instances/base/text.h"
#include "solvers/serve/deployment.h"
#include "solvers/serve/slow.h"

enum { RMS_LETTER_MAX = 1 << 20, RMS_LETTER_MOVES = 256, RMS_LETTER_PLANS = 16 };

struct rms_letter { /* zero-initialise; free with _fini */
  size_t n_moves, n_plans;
  struct rms_slow_move moves[RMS_LETTER_MOVES]; /* genes point into `genes` after reading */
  uint32_t *genes;
  size_t capacity; /* words */
  struct rms_deployment plans[RMS_LETTER_PLANS];
};

void rms_letter_fini(struct rms_letter *letter);

/* Append to `bytes`: the moves, then as many of the plans as fit into RMS_LETTER_MAX. Sorts the
 * plans' genes. 0 or RMS_E_NOMEM. */
int rms_letter_write(struct rms_text *bytes, const struct rms_walk_map *map,
                     const struct rms_slow_move *moves, size_t n_moves,
                     struct rms_deployment *const *plans, size_t n_plans);

/* 0 bytes (an island that has returned) make an empty letter. RMS_E_FORMAT: not a letter of this
 * instance (then it is empty); RMS_E_NOMEM. Genes have legal indices; whether a plan is complete,
 * only rms_deployment_walk says. */
int rms_letter_read(struct rms_letter *letter, const struct rms_walk_map *map, const void *bytes,
                    size_t n);

/* `steps` ring steps: own letter first, then each step passes on what came. `take` sees what the
 * island `distance` places before wrote; with distance == islands it is the own letter.
 * 0, nonzero: stop, negative: what take returned. */
typedef int rms_letter_take(void *ctx, uint32_t distance, const void *bytes, size_t n);
int rms_letter_pass(const struct rms_host *host, uint64_t work, struct rms_text *own,
                    uint32_t steps, rms_letter_take *take, void *ctx);

/* The last letter of an island that returns because its plan is proved: whoever gets it need not go
 * on, and says so in turn. What comes in meanwhile is nothing to it. 0 or a status; that others
 * have been stopped is no news. */
int rms_letter_part(const struct rms_host *host, uint64_t work, const struct rms_walk_map *map,
                    struct rms_deployment *best, uint32_t steps);

#endif
