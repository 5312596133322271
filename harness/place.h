/* SPDX-License-Identifier: GPL-3.0-or-later */
/* place.h - where solving processes may run, and what machine this is (hwloc behind it). */
#ifndef RMS_PLACE_H
#define RMS_PLACE_H

#include <stdint.h>
#include <stdio.h>

#include "instances/base/error.h"

enum { RMS_PLACE_TEXT = 256 };

struct rms_place { /* what the launcher (cgroup) allows on this machine, not this process's own
                      binding */
  int packages, numa_nodes, cores, units; /* units: hardware threads */
  uint64_t memory;                        /* bytes, 0: not known */
  char model[RMS_PLACE_TEXT];             /* of the processor, "" when not known */
  char allowed[RMS_PLACE_TEXT];           /* "0-3,8": units by number; cut when too long */
  char bound[RMS_PLACE_TEXT];             /* units to which this process is bound now */
};

/* Describe. RMS_E_NOMEM, RMS_E_IO. Cost: some milliseconds. */
int rms_place_read(struct rms_place *place, struct rms_error *err);

/* An MPI launcher binds each rank, often to one core, and every process forked from it inherits
 * that. When a launcher did so, let this process and its children use all that the launcher allows;
 * a binding that a person chose (taskset) is left alone. Failure leaves things as they are. */
void rms_place_widen(void);

/* One line to `out` when so many islands of one job, spread over so many ranks, have fewer
 * processors of this machine than there are islands here: they share them, and a time limit hits
 * them so much earlier. The launcher's environment tells how many ranks are here. */
void rms_place_tell_crowd(FILE *out, uint32_t islands, int ranks);

#endif
