/* SPDX-License-Identifier: GPL-3.0-or-later */
/* slow.h - MIG-serving's slow algorithm: Monte Carlo tree search that completes any state. An edge
 * is a machine; a node's children are the best K machines over S sampled services; a leaf's value
 * is estimated by drawing from pools of machines that are kept per type of state. That much is
 * recalled from the paper; constant, budget, backup and pool are reconstructed.
 *
 *   until stopped: descend by UCT to a node with an untried child, make it, estimate the rest;
 *   total = cost of the path + cost of the estimate; R = (ceiling - total) / (ceiling - floor), cut
 *   to [0, 1], with ceiling = 1.1 x the greedy cost + one machine; add R along the path.
 *
 * Rewards are integers (2^-20), so that sums of islands do not depend on the order of addition. */
#ifndef RMS_SERVE_SLOW_H
#define RMS_SERVE_SLOW_H

#include "solvers/serve/menu.h"

enum { RMS_SLOW_ONE = 1 << 20 }; /* reward 1 */

struct rms_slow_setup {
  struct rms_menu_setup menu;
  double c;          /* of UCT */
  bool is_max;       /* backup: the best below instead of the mean */
  bool has_estimate; /* pools; otherwise machines are drawn blindly */
  bool has_greedy;   /* the greedy choice joins each pool */
  size_t memory;     /* bytes for pools and nodes together; a hard limit */
};

struct rms_slow_count {                                 /* what was done, over all searches */
  uint64_t rollouts, machines, menus, hits, nodes, cut; /* cut: ended at the ceiling */
};

struct rms_slow; /* scratch memory, node pool and memo for one instance and setup */

/* RMS_E_NOMEM; RMS_E_LIMIT: `memory` does not hold the least that is needed. */
int rms_slow_open(struct rms_slow **result, const struct rms_walk_map *map,
                  const struct rms_slow_setup *setup);
void rms_slow_close(struct rms_slow *slow);  /* accepts NULL */
void rms_slow_forget(struct rms_slow *slow); /* empty the memo: new pools from now on */

/* Start a search that completes `root`; the memo stays.
 *   greedy [in] cost of a known completion, INT64_MAX: none is known
 *   floor  [in] no completion costs less */
void rms_slow_begin(struct rms_slow *slow, const struct rms_walk *root, int64_t greedy,
                    int64_t floor);

struct rms_slow_watch { /* asked within long rollouts; zeroed: never stops */
  int (*stop)(void *ctx, uint64_t work);
  void *ctx;
  uint64_t work;
};

enum rms_slow_end { RMS_SLOW_SAME = 0, RMS_SLOW_BETTER, RMS_SLOW_STOPPED };

/* One rollout. BETTER: rms_slow_best has changed. No allocation but for paths longer than any
 * before. Negative: RMS_E_NOMEM. */
int rms_slow_rollout(struct rms_slow *slow, struct rms_draws *draws,
                     const struct rms_slow_watch *watch);

/* Cheapest completion seen since begin and its machines; INT64_MAX and 0 before the first. */
int64_t rms_slow_best(const struct rms_slow *slow, const uint32_t **genes, size_t *n);

const struct rms_slow_count *rms_slow_counted(const struct rms_slow *slow);

/* ---- the root's moves, for islands ---- */

struct rms_slow_move {
  const uint32_t *gene;
  uint32_t visits;
  int64_t sum; /* of rewards; the best reward when the backup is max */
};

/* Moves of the root that were tried; own counts only. Returns their number, at most `room`. */
size_t rms_slow_moves(const struct rms_slow *slow, struct rms_slow_move *moves, size_t room);

/* What other islands know: clear, then add move by move. A move that the root does not have yet
 * becomes its child while there is room. Genes must be legal and serve somebody in the root. */
void rms_slow_clear_foreign(struct rms_slow *slow);
void rms_slow_add_foreign(struct rms_slow *slow, const struct rms_slow_move *move);

#endif
