/* SPDX-License-Identifier: GPL-3.0-or-later */
/* journal.h - the writer of one rank's record file. A file is made by one launch and never opened
 * for writing again. The first failing write (full disk, quota) sticks: what is already committed
 * stays readable, later calls return the same error. */
#ifndef RMS_JOURNAL_H
#define RMS_JOURNAL_H

#include "harness/record.h"

struct rms_journal; /* opaque */

/* Make RUN/records/LAUNCH.RANK.jsonl (O_EXCL), write the launch line (without newline), sync it.
 * Errors: RMS_E_IO, RMS_E_NOMEM. Rank rule: each rank its own file, never calls MPI. */
int rms_journal_open(struct rms_journal **result, const char *run_folder, const char *launch,
                     int64_t rank, const char *launch_line, struct rms_error *err);

/* A job is handed out (not synced); its process died without a result. */
int rms_journal_start(struct rms_journal *journal, struct rms_hash job, int64_t attempt,
                      struct rms_error *err);
int rms_journal_lost(struct rms_journal *journal, struct rms_hash job, int64_t attempt,
                     struct rms_error *err);

/* Commit a run: one write; synced now when the last sync is a second old, otherwise by a later call
 * of rms_journal_tick, at most a second from now. */
int rms_journal_run(struct rms_journal *journal, const struct rms_run *run, struct rms_error *err);
int rms_journal_tick(struct rms_journal *journal, struct rms_error *err);

/* What the closed line is to say besides: members of its object, such as "a":1. Copied; NULL or
 * out of memory: nothing. */
void rms_journal_add_closing(struct rms_journal *journal, const char *members);

/* Write the closed line (unless a write has failed), sync, close, free. Accepts NULL. */
int rms_journal_close(struct rms_journal *journal, struct rms_error *err);

#endif
