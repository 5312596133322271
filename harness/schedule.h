/* SPDX-License-Identifier: GPL-3.0-or-later */
/* schedule.h - a launch: rank 0 hands out the jobs that have no committed run, by way of leaders
 * where there are many ranks (hierarchy.h); every rank (rank 0 too) gives them to its helper, one
 * at a time, and writes what came out into its own journal. Results do not depend on which rank did
 * what. A rank sleeps in poll(2) on its helper and looks for messages in between: nothing here
 * burns a core. */
#ifndef RMS_SCHEDULE_H
#define RMS_SCHEDULE_H

#include <stdio.h>

#include "harness/isolate.h"
#include "harness/place.h"
#include "harness/progress.h"
#include "harness/sweep.h"
#include "harness/transport.h"

/* Seconds after SIGINT, SIGTERM or SIGHUP, or after the time for winding down, in which a launch
 * ends: ranks that have not said good-bye by then are given up. `rms run --help` says so. */
#define RMS_STOP_SECONDS 10

/* Seconds of silence after which a rank is given up, unless told otherwise. */
#define RMS_RANK_PATIENCE 120

struct rms_schedule {
  const struct rms_sweep *sweep;
  const char *folder;     /* of the run; checked and made */
  const char *log_folder; /* for a new helper */
  struct rms_transport *transport;
  struct rms_nursery *nursery; /* borrowed: where a helper that died is replaced */
  struct rms_helper **helper;  /* taken: NULL afterwards when it died or was stopped */
  int signals;                 /* from rms_signals_open */
  size_t max_jobs;             /* of this launch; 0: no limit */
  int64_t max_attempts;        /* lost attempts after which a job is set aside; >= 1 */
  double wind_down;            /* seconds that running jobs have after SIGUSR1 */
  double rank_patience;        /* seconds of silence after which a rank is given up; the launch
                                  is after three times as many of rank 0 */
  int group;                   /* ranks that one rank looks after; >= 2 */
  bool keeps_plans;            /* write RUN/plans */
  enum rms_packing packing;    /* of the nursery, for the launch line */
  FILE *talk;                  /* notes and progress; NULL: silent */
  bool is_live;
  int columns;
  int argc;
  char **argv; /* for the launch line */
};

struct rms_schedule_result { /* of rank 0; the other ranks know was_stopped and n_gone only */
  size_t n_before, n_done;   /* committed by earlier launches, by this one */
  size_t n_left;             /* without a committed run */
  size_t n_set_aside;        /* lost too often, recorded as lost */
  int n_gone;                /* ranks that were silent to the end: leave by transport->abort; of
                                another rank: the one that it reports to was */
  bool was_stopped;          /* by a signal */
};

/* Block SIGINT, SIGTERM, SIGHUP (stop at once) and SIGUSR1 (wind down) and return a descriptor that
 * tells of them. Call after the helper was started and before MPI. -1: none. */
int rms_signals_open(void);

/* Close it (-1: nothing) and let the signals through again. */
void rms_signals_close(int signals);

/* Do the work. Collective. Errors (a full disk, a lock, an alarm of the records) end the launch
 * cleanly on all ranks; each returns its own reason, or RMS_E_IO with no text when it was
 * another's. */
int rms_schedule_run(const struct rms_schedule *schedule, struct rms_schedule_result *result,
                     struct rms_error *err);

#endif
