/* SPDX-License-Identifier: GPL-3.0-or-later */
/* gang.h - one job whose islands are spread over all ranks. Every rank submits the job to its own
 * helper, which forks the islands that live there, and is their postman; when they have ended, what
 * is known of them goes to the rank of island 0, whose helper gathers, judges and gives the result.
 * With one rank, or one island, the same steps do without the ring. Nothing waits but
 * rms_gang_rest.
 *
 * Rank rule: all ranks begin the same jobs in the same order, one at a time, and step until it is
 * over. */
#ifndef RMS_GANG_H
#define RMS_GANG_H

#include "harness/isolate.h"
#include "harness/postman.h"

struct rms_gang { /* zero-initialise; free with _fini */
  struct rms_transport *transport;
  struct rms_helper *helper; /* borrowed */
  struct rms_job job;
  int leader; /* rank of island 0: it alone sees events */
  struct rms_postman postman;
  struct rms_assembly *inbox; /* leader: reports of each rank */
  struct pollfd *wait;
  unsigned char *room;              /* one parcel */
  bool has_report[RMS_ISLANDS_MAX]; /* of the islands here: sent to the leader */
  int n_shares;                     /* leader: ranks whose islands have all ended */
  bool has_ended;                   /* all islands here have; on the leader: has the result */
  bool has_told;                    /* the leader knows it */
  bool is_helpless;                 /* the helper is gone */
  bool is_over;
  int64_t pause; /* microseconds of the last rest */
};

/* The rank of island 0, when the job is spread over that many ranks. */
int rms_gang_leader(const struct rms_job *job, int ranks);

/* Begin. The job's strings are borrowed until the end.
 *   number [in] how many gangs this launch has begun, the same on every rank
 * RMS_E_NOMEM, RMS_E_IO; a helper that is gone is no error: see is_helpless. */
int rms_gang_begin(struct rms_gang *gang, struct rms_transport *transport,
                   struct rms_helper *helper, const struct rms_job *job, uint32_t number,
                   struct rms_error *err);
void rms_gang_fini(struct rms_gang *gang);

/* Do what can be done now.
 *   *did  [out] set when something happened: step again before resting
 *   event [out] leader: PROGRESS, then RESULT or GONE once, valid until the helper is used again */
int rms_gang_step(struct rms_gang *gang, bool *did, struct rms_event *event, struct rms_error *err);

/* Ask the islands on every rank to stop: the job ends as cancelled. */
int rms_gang_cancel(struct rms_gang *gang, struct rms_error *err);

/* Sleep until something is there, at most until it is time to look for parcels: soon while one is
 * expected, later and later while nothing happens.
 *   did     [in] of the last step: nonzero, no rest
 *   other   [in] one more descriptor to wait for, -1: none
 *   longest [in] seconds */
void rms_gang_rest(struct rms_gang *gang, bool did, int other, double longest);

#endif
