/* SPDX-License-Identifier: GPL-3.0-or-later */
/* held.h - who has which job: a hash table from the job's number. */
#ifndef RMS_HELD_H
#define RMS_HELD_H

#include "harness/queue.h"

struct rms_holding {
  struct rms_item item;
  int holder; /* a rank; -1: the place is empty */
};

struct rms_held {               /* zero-initialise; free with _fini */
  size_t n, capacity;           /* a power of two */
  struct rms_holding *holdings; /* malloc'ed */
};

/* It has no holder yet. RMS_E_NOMEM. Cost of each of these: O(1). */
int rms_held_put(struct rms_held *held, const struct rms_item *item, int holder);
bool rms_held_has(const struct rms_held *held, uint64_t index, int holder);
/* Forget it; false: that is not its holder. */
bool rms_held_take(struct rms_held *held, uint64_t index, int holder);
/* It goes from one holder to another; false: that is not its holder. */
bool rms_held_move(struct rms_held *held, uint64_t index, int from, int to);

/* What `holder` has (-1: what all have), in the order of jobs' numbers; malloc'ed. Negative:
 * RMS_E_NOMEM. Cost: O(all + result log result). */
int rms_held_of(const struct rms_held *held, int holder, struct rms_item **items, size_t *n);
void rms_held_fini(struct rms_held *held);

#endif
