/* SPDX-License-Identifier: GPL-3.0-or-later */
/* message.h - what ranks tell each other. Fixed-width words; all ranks run one program on one kind
 * of machine (the launch would not start otherwise). */
#ifndef RMS_MESSAGE_H
#define RMS_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

#include "harness/queue.h"
#include "harness/transport.h"

enum rms_message_kind {
  /* rank 0 -> rank */
  RMS_SAY_START = 1, /* the folder is ours: name of the launch */
  RMS_SAY_BATCH,     /* jobs to do */
  RMS_SAY_GANG,      /* one job for all ranks together; `newest`: number of the gang */
  RMS_SAY_STOP,      /* no more jobs, see enum rms_stop */
  RMS_SAY_LEAVE,     /* last message to a rank: go to the end */
  RMS_SAY_ALIVE,     /* a sign of life */
  /* rank -> rank 0 */
  RMS_SAY_REQUEST, /* nothing left to do here: more jobs */
  RMS_SAY_RETURN,  /* jobs that this rank will not do */
  RMS_SAY_LOST,    /* jobs whose process was lost: to be done again, by whomever */
  RMS_SAY_NEWS,    /* jobs ended since the last news, and the newest of them; also a sign of life */
  RMS_SAY_BYE      /* last message of a rank: its journal is closed */
};

enum rms_stop {                  /* what to do with the jobs that a rank has */
                RMS_STOP_DONE,   /* there are none: all is done */
                RMS_STOP_SOON,   /* finish the one that runs, in the time for winding down; give the
                                    rest back */
                RMS_STOP_AT_ONCE /* drop the one that runs, give all back */
};

struct rms_say {
  uint32_t kind;
  uint32_t stop;                     /* STOP: enum rms_stop; BYE: 1: ended because of an error */
  uint64_t n;                        /* items */
  uint64_t done, aside, died, wrong; /* done: with a run line; aside: of these, lost too often */
  uint64_t newest;                   /* index of the job */
  double objective;                  /* of the newest, NAN */
  double seconds;                    /* that the done ones took, beginning to result */
  char text[64];                     /* START: the launch */
  struct rms_item items[RMS_BATCH_MAX];
};
_Static_assert(sizeof(struct rms_say) <= RMS_LETTER_MAX, "a message fits");

/* Bytes of a message that travel: the items that it has, no others. */
static inline size_t rms_say_size(const struct rms_say *say)
{
  const size_t n = say->n < RMS_BATCH_MAX ? (size_t)say->n : RMS_BATCH_MAX;
  return offsetof(struct rms_say, items) + n * sizeof say->items[0];
}

/* Is what came, `size` bytes in the room of *say, a whole message? */
static inline bool rms_say_is_whole(const struct rms_say *say, size_t size)
{
  return size >= offsetof(struct rms_say, items) && say->n <= RMS_BATCH_MAX &&
         size == rms_say_size(say);
}

#endif
