/* SPDX-License-Identifier: GPL-3.0-or-later */
/* survey.h - how far a run is, from its files alone, also while it runs. The clock is an argument.
 *
 * A job that was begun and has no run is *running* when it was begun by the launch that is at work,
 * and *lost* otherwise: then its process or rank has died, and the next launch does it again. A
 * rank runs one job at a time: one that it had begun before the newest has ended, and its line is
 * on the way; it counts as waiting until it is there. */
#ifndef RMS_SURVEY_H
#define RMS_SURVEY_H

#include "harness/folder.h"

struct rms_survey_job {          /* at work */
  const char *label, *reference; /* "": not in the plan */
  int64_t attempt;
  double seconds;   /* since it began; NAN: not written down */
  const char *file; /* of the rank */
};

struct rms_survey {
  struct rms_arena *arena;
  struct rms_records *records;
  struct rms_folder_head head;
  char owner[192];    /* of the launch that is at work: "HOST process N" */
  bool is_busy;       /* one is */
  const char *launch; /* its name, or that of the newest one, without rank; "": none */
  size_t n_jobs, n_done, n_waiting; /* of the plan, retries included; n_waiting: the rest */
  size_t n_running, n_lost;         /* lost: waiting, and begun before */
  struct rms_survey_job *running;   /* [n_running], longest first */
  size_t n_now;                     /* runs of that launch */
  double seconds;                   /* since its first job began; NAN: not at work, or none has */
  double rate;                      /* its runs a second in the last minute; NAN: none yet */
  /* Seconds until the end: what is left, by the expected times of its jobs (expect.h), at the pace
   * at which the launch has got through such times so far; at least what the longest job needs.
   * NAN: not at work, or nothing to go by. */
  double left;
  bool is_guess; /* of some row that is left no run has ended yet: it may take longer */
};

/* Look at a run.
 *   now [in] seconds since 1970 UTC
 * Errors: RMS_E_IO (no run there), RMS_E_FORMAT, RMS_E_NOMEM. Cost: reads all its files. */
int rms_survey_new(struct rms_survey **result, const char *folder, double now,
                   struct rms_error *err);
void rms_survey_free(struct rms_survey *survey); /* accepts NULL */

#endif
