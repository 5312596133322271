/* SPDX-License-Identifier: GPL-3.0-or-later */
/* worker.h - one rank's share: jobs from a coordinator (rank 0, or the leader of the rank's group)
 * to the helper, results to the journal. */
#ifndef RMS_WORKER_H
#define RMS_WORKER_H

#include "harness/folder.h"
#include "harness/gang.h"
#include "harness/journal.h"
#include "harness/message.h"
#include "harness/schedule.h"
#include "harness/told.h"

struct rms_worker { /* zero-initialise; set schedule, journal, launch, parent, n_peers */
  const struct rms_schedule *schedule;
  struct rms_journal *journal; /* borrowed */
  const char *launch;
  int parent;         /* the rank whose coordinator this one reports to, perhaps its own */
  int n_peers;        /* that report there */
  uint32_t n_answers; /* batches and gangs that came from there */
  struct rms_plan_cache cache;
  struct rms_item items[RMS_BATCH_MAX]; /* still to do; [0] runs when is_running */
  size_t n_items;
  bool is_running;  /* items[0] is with the helper */
  bool is_queued;   /* items[1], or [0] when nothing runs, waits there or runs already */
  bool is_unwanted; /* what waits there was given back: the helper ends with the job that runs */
  double begun;     /* when it was given to it */
  bool is_ganging;  /* takes part in a job of all ranks; items[0] where island 0 lives */
  struct rms_gang gang;
  bool is_called; /* the helper has something to say, or nothing for a while */
  bool has_asked; /* for a batch, and waits */
  bool is_over;   /* no more jobs will come */
  int n_deaths;   /* of helpers, one after the other, with no job finished in between */
  bool has_said_bye;
  struct rms_say news;    /* not yet sent */
  double told;            /* when news were sent last */
  struct rms_told lately; /* what */
};

/* Seconds between two signs of life of a rank that has told nothing else, and between two news:
 * seldom where many ranks report to one, so that it can listen to all of them.
 *   patience [in] seconds of silence after which a rank is given up */
double rms_worker_sign_every(double patience);
double rms_worker_news_every(int ranks, double patience);

/* What a message from the coordinator means for this rank. */
int rms_worker_hear(struct rms_worker *worker, const struct rms_say *say, struct rms_error *err);

/* Record a job as lost for good: set aside, not done again. */
int rms_worker_set_aside(struct rms_worker *worker, const struct rms_job *job, int64_t attempt,
                         struct rms_error *err);

/* Do whatever can be done now without waiting: results, next job, request, news.
 *   *did [out] something happened; look again soon */
int rms_worker_step(struct rms_worker *worker, double now, bool *did, struct rms_error *err);

/* The coordinator hangs; `parent` takes its place and is told which jobs are here. */
int rms_worker_follow(struct rms_worker *worker, int parent, struct rms_error *err);

/* Stop at once: the running job is dropped, all items go back; or soon: the running job may end. */
int rms_worker_stop(struct rms_worker *worker, enum rms_stop how, struct rms_error *err);

/* Nothing runs, nothing is to come: BYE may be said. */
bool rms_worker_has_ended(const struct rms_worker *worker);
void rms_worker_fini(struct rms_worker *worker);

#endif
