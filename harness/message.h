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
  /* from whom a rank reports to: rank 0 or a leader (hierarchy.h) */
  RMS_SAY_START = 1, /* the folder is ours: name of the launch */
  RMS_SAY_BATCH,     /* jobs to do or, for a leader, to hand out */
  RMS_SAY_GANG,      /* one job for all ranks together; `newest`: number of the gang */
  RMS_SAY_STOP,      /* no more jobs, see enum rms_stop */
  RMS_SAY_LEAVE,     /* last message to a rank: go to the end */
  RMS_SAY_ALIVE,     /* a sign of life */
  RMS_SAY_ADOPT,     /* your leader hangs: report to me */
  /* to it */
  RMS_SAY_REQUEST, /* more jobs, for `ranks` ranks */
  RMS_SAY_RETURN,  /* jobs that will not be done here */
  RMS_SAY_LOST,    /* jobs whose process was lost: to be done again, by whomever */
  RMS_SAY_NEWS,    /* jobs ended since the last news; none: a sign of life */
  RMS_SAY_HOLD,    /* after ADOPT: jobs that are here, or have ended and were not told yet */
  RMS_SAY_MISSING, /* a rank is missing from now on: nothing can be done by all together */
  RMS_SAY_BYE      /* last message of a rank: its journal is closed, nobody below has one open */
};

enum rms_stop {                  /* what to do with the jobs that a rank has */
                RMS_STOP_DONE,   /* there are none: all is done */
                RMS_STOP_SOON,   /* finish the one that runs, in the time for winding down; give the
                                    rest back */
                RMS_STOP_AT_ONCE /* drop the one that runs, give all back */
};

struct rms_say {
  uint32_t kind;
  uint32_t stop;               /* STOP: enum rms_stop; BYE: 1: ended because of an error */
  uint32_t ranks;              /* REQUEST: that want a batch; BYE: that are gone, below */
  uint32_t portion;            /* BATCH: jobs that one rank is to have at a time */
  uint32_t answers;            /* REQUEST: batches and gangs that had come when it was made */
  uint8_t is_idle;             /* REQUEST: nobody there has anything to do */
  uint8_t has_more;            /* BATCH, HOLD: another one follows */
  uint8_t is_deserted;         /* STOP: others look after the ranks that reported to you */
  uint8_t is_again;            /* NEWS: perhaps these were told before, by one who hangs */
  uint64_t n;                  /* items */
  uint64_t aside, died, wrong; /* NEWS: of the items; aside: lost too often */
  uint64_t newest;             /* NEWS: index of the job */
  double objective;            /* of the newest, NAN */
  double seconds;              /* that the items took, beginning to result */
  char text[64];               /* START: the launch */
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

/* Send items in as many letters as they need (none: no letter); the rest of *message goes with
 * each.
 */
int rms_say_items(struct rms_transport *transport, int to, struct rms_say *message,
                  const struct rms_item *items, size_t n, struct rms_error *err);

#endif
