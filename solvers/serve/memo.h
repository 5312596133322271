/* SPDX-License-Identifier: GPL-3.0-or-later */
/* memo.h - pools of machines by type of state (which services are unfinished, which pools of the
 * instance have machines): a table of fixed size; a new type takes the place of an old one. Pools
 * stand side by side in the order in which they were first made, so that only memory that is used
 * is touched. */
#ifndef RMS_SERVE_MEMO_H
#define RMS_SERVE_MEMO_H

#include "solvers/serve/menu.h"

struct rms_memo_pool {
  uint64_t type;
  uint32_t n; /* 0: empty */
  uint32_t genes[];
};

struct rms_memo {
  struct rms_menu *menu; /* borrowed */
  size_t width, size;    /* words of a gene, machines of a pool */
  bool has_greedy;
  size_t mask;          /* places - 1 */
  uint32_t *place;      /* [mask + 1] number of the pool there, plus one; 0: none */
  size_t stride;        /* bytes of a pool */
  size_t n_pools, room; /* made so far; most of them */
  char *pools;
  const struct rms_memo_pool *last; /* asked for; NULL: none */
  uint64_t hits, misses;
};

/* As many places (a power of two) as pools fit into `bytes`. RMS_E_NOMEM, RMS_E_LIMIT: not one
 * fits. */
int rms_memo_init(struct rms_memo *memo, struct rms_menu *menu, size_t width, size_t size,
                  bool has_greedy, size_t bytes);
void rms_memo_fini(struct rms_memo *memo); /* accepts a zeroed one */
void rms_memo_clear(struct rms_memo *memo);

/* The pool of the walk's type, made when it is not there: the best over a sample, and the greedy
 * choice. n 0: nothing makes progress. Valid until the next call. */
const struct rms_memo_pool *rms_memo_get(struct rms_memo *memo, const struct rms_walk *walk,
                                         struct rms_draws *draws);

/* Make it anew, whatever is there. */
const struct rms_memo_pool *rms_memo_renew(struct rms_memo *memo, const struct rms_walk *walk,
                                           struct rms_draws *draws);

#endif
