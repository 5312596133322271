/* SPDX-License-Identifier: GPL-3.0-or-later */
/* isolate_parts.h - the parent's handle of a helper: what is sent (isolate.c) and what comes back
 * (isolate_events.c). Private to harness/isolate*.c. */
#ifndef RMS_ISOLATE_PARTS_H
#define RMS_ISOLATE_PARTS_H

#include <sys/types.h>

#include "harness/ending.h"
#include "harness/frame.h"
#include "harness/helper.h"
#include "harness/isolate.h"
#include "harness/nursery.h"

struct rms_helper {
  int socket;
  pid_t pid;                   /* 0: the nursery's child */
  struct rms_nursery *nursery; /* borrowed; NULL: our own child */
  char host[256];
  struct rms_assembly inbox;
  struct rms_arena *arena; /* the job in flight, or the last one: strings of the event live there */
  struct rms_arena *previous; /* of the job before it, whose result may still be in use */
  struct rms_job job;
  bool is_busy;
  double patience, silence;     /* s, see rms_helper_start_in; of the helper, so far */
  double listened;              /* when this process last did */
  struct rms_arena *next_arena; /* of the job that waits behind it, NULL: none */
  struct rms_job next;
  struct rms_ending ending;
};

/* The job in flight has ended: the one that waits, if any, is in flight now. */
void rms_helper_take_next(struct rms_helper *helper);

#endif
