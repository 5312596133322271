/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nursery.h - where helpers are born. A rank must not fork once MPI is up, yet a helper that died
 * must be replaced: so each rank forks this one spare process early, before it has read anything
 * large and before MPI_Init, and asks it for every helper. The nursery waits on a socket, has one
 * thread, runs nothing else and never sees a solver; a helper outlives it, and when its rank ends,
 * however that was, it ends what is left of the helper and then itself.
 *
 * It is a program of its own, rms-helper, where that lies beside ours or in ../lib/rmsbench and
 * comes from the same build; else a fork of ours. Nothing depends on which: but every process of
 * every job is a descendant of it, and the program has its libraries inside, so that a fork has few
 * mappings to copy. */
#ifndef RMS_NURSERY_H
#define RMS_NURSERY_H

#include <stdbool.h>
#include <sys/types.h>

#include "harness/place.h"
#include "instances/base/error.h"

struct rms_nursery; /* the rank's handle */

/* Start it. Call before any thread exists; flushes stdio first. RMS_E_IO, RMS_E_NOMEM. Rank rule:
 * any rank, never calls MPI.
 *   packing [in] where the helpers' solvers run */
int rms_nursery_open(struct rms_nursery **result, enum rms_packing packing, struct rms_error *err);

/* Fork a helper that serves `socket` (copied), after the one before it, if there is one, has been
 * made to end.
 *   log_folder [in] as in rms_helper_start
 * RMS_E_IO when the nursery is gone or no process can be made. */
int rms_nursery_bear(struct rms_nursery *nursery, int socket, const char *log_folder,
                     struct rms_error *err);

/* Wait until the helper, whose socket the caller has closed, has ended; it is killed after five
 * seconds, or at once when it is hopeless, with everything that its jobs have forked. */
void rms_nursery_bury(struct rms_nursery *nursery, bool is_hopeless);

void rms_nursery_close(struct rms_nursery *nursery); /* accepts NULL */

/* The life of a nursery, in its own process: say what build this is, then serve `socket` until the
 * other side closes it. */
_Noreturn void rms_nursery_tend(int socket, enum rms_packing packing);

#endif
