/* SPDX-License-Identifier: GPL-3.0-or-later */
/* queue.h - a coordinator's list of what is still to be handed out. Pure bookkeeping: no clock, no
 * messages. A batch is worth about two seconds, by what the jobs are expected to take or what jobs
 * took so far, and batches shrink towards the end (guided self-scheduling), so that no rank sits on
 * the last jobs or on a heap of long ones. */
#ifndef RMS_QUEUE_H
#define RMS_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RMS_BATCH_MAX = 240 };

struct rms_item {
  uint64_t index;   /* into the jobs of the sweep */
  uint32_t attempt; /* from 1 */
  uint32_t lost;    /* attempts before this one whose process was lost, charged to no one */
};

struct rms_queue {        /* zero-initialise; free with rms_queue_fini */
  size_t n, capacity;     /* pending */
  struct rms_item *items; /* malloc'ed; handed out from the end of a reversed list */
  size_t outstanding;     /* handed out, neither resolved nor returned */
  const double *expected; /* borrowed: s by index of the job, NAN: not known; NULL: of none */
  double mean;            /* s that a job took lately; 0: nothing is known yet */
  size_t portion; /* jobs in a batch, decided by who sees all that is left; 0: decide here */
};

/* Take over `n` items (copied), to be handed out in this order. RMS_E_NOMEM. */
int rms_queue_fill(struct rms_queue *queue, const struct rms_item *items, size_t n);
/* The same for more of them, behind those that are there. */
int rms_queue_add(struct rms_queue *queue, const struct rms_item *items, size_t n);
void rms_queue_fini(struct rms_queue *queue);

/* Hand out the next batch for one of `ranks` ranks: at most pending / (4 * ranks), or the portion,
 * within 1..RMS_BATCH_MAX, and no more than two seconds' worth, 64 where nothing is known. Returns
 * how many; 0: nothing is pending. */
size_t rms_queue_take(struct rms_queue *queue, int ranks, struct rms_item batch[RMS_BATCH_MAX]);

/* `n` jobs took `seconds` in all: what batches are sized by where nothing is expected. */
void rms_queue_learn(struct rms_queue *queue, size_t n, double seconds);

/* n jobs were ended / given back, to be handed out next / given back, to be handed out after all
 * others (whatever took their process may take the next one). More than are outstanding: false,
 * nothing changes. */
bool rms_queue_resolve(struct rms_queue *queue, size_t n);
bool rms_queue_return(struct rms_queue *queue, const struct rms_item *items, size_t n);
bool rms_queue_postpone(struct rms_queue *queue, const struct rms_item *items, size_t n);

/* Hand out nothing any more; returns how many were pending. */
size_t rms_queue_drop(struct rms_queue *queue);

#endif
