/* SPDX-License-Identifier: GPL-3.0-or-later */
/* locks.h - who may work in the folder of a run: one launch at a time, and no launch while a rank
 * of a dead one still writes. */
#ifndef RMS_LOCKS_H
#define RMS_LOCKS_H

#include <stdbool.h>
#include <stdio.h>

#include "instances/base/error.h"

/* The locks of one rank; the kernel lets go of them when the process dies. */
struct rms_locks {
  int launch, ranks; /* file descriptors, -1: not held */
};
#define RMS_NO_LOCKS ((struct rms_locks){.launch = -1, .ranks = -1})

/* Rank 0: be the only launch, and wait until ranks of a dead one have let go.
 *   locks    [out] released by rms_locks_release; RMS_NO_LOCKS after an error
 *   patience [in]  seconds to wait at most; 0: do not
 *   signals  [in]  a descriptor that becomes readable when the launch shall end; -1: none
 *   talk     [in]  where the waiting is told, once; NULL: nowhere
 * RMS_E_IO names who holds it. Rank rule: rank 0 alone; never calls MPI. */
int rms_locks_take(struct rms_locks *locks, const char *folder, double patience, int signals,
                   FILE *talk, struct rms_error *err);
/* The other ranks, after rank 0 has succeeded: their share, so that the next launch waits for them.
 * Nothing happens when it is held already. RMS_E_IO. */
int rms_locks_share(struct rms_locks *locks, const char *folder, struct rms_error *err);
void rms_locks_release(struct rms_locks *locks); /* what is held of them */

/* Is a launch at work in the folder?
 *   owner   [out] "HOST process N" of its rank 0; "" when nobody has said so
 *   process [out] that N, with which the name of the launch ends (provenance.h), or 0; NULL: not
 *                 wanted */
bool rms_folder_is_busy(const char *folder, char owner[192], long *process);

#endif
