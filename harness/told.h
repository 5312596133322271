/* SPDX-License-Identifier: GPL-3.0-or-later */
/* told.h - jobs that a leader was told of and has perhaps not passed on: should it hang, whoever
 * takes its place is told of them again, or they would be done twice. */
#ifndef RMS_TOLD_H
#define RMS_TOLD_H

#include "harness/queue.h"

struct rms_told { /* zero-initialise; free with _fini */
  size_t n, n_old, capacity;
  struct rms_item *items; /* the old ones first; malloc'ed */
  double turned;
};

/* These were told. RMS_E_NOMEM. */
int rms_told_add(struct rms_told *told, const struct rms_item *items, size_t n);

/* The leader answers: what it was told some seconds ago has been passed on. `now` in s. */
void rms_told_heard(struct rms_told *told, double now);
void rms_told_fini(struct rms_told *told);

#endif
