/* SPDX-License-Identifier: GPL-3.0-or-later */
/* isolate.h - a job runs in processes of its own, never in a rank. The helper is a plain process
 * with one thread, forked *before* MPI_Init. For each job it forks a minder, which reads the
 * instance (once), forks the solving process (one per island), enforces wall, CPU, memory and
 * output limits, kills what is left behind, names the death, and then judges the last incumbent
 * with the family's checker: a process that no solver has ever run in. Incumbents go through shared
 * memory, so that reporting never waits and a death loses none. Nothing a solver does kills helper
 * or rank.
 *
 *   rank --(job)--> helper --fork--> minder --fork--> solver: open, solve(host), close
 *   rank <--(progress, result)-- helper <--(board)-- minder: verdict */
#ifndef RMS_ISOLATE_H
#define RMS_ISOLATE_H

#include "harness/job.h"
#include "harness/record.h"

struct rms_helper; /* the parent's handle */

/* Fork the helper. Call before MPI_Init and before any thread exists; flushes stdio first. The
 * helper dies with its parent (PR_SET_PDEATHSIG). `log_folder`: where a child's output goes
 * (JOB.log, removed when empty), NULL: discarded. Errors: RMS_E_IO. Rank rule: any rank, never
 * calls MPI. */
int rms_helper_start(struct rms_helper **result, const char *log_folder, struct rms_error *err);

/* The same, forked by the nursery: may be called at any time. The nursery is borrowed and must
 * outlive the helper; one helper at a time.
 *   patience [in] seconds of silence with a job after which the helper counts as gone: it, or the
 *            minder, was stopped or hangs. At least a few of the signs of life that it gives, 0: no
 *            end. Only time in which the caller receives counts */
struct rms_nursery;
int rms_helper_start_in(struct rms_nursery *nursery, struct rms_helper **result,
                        const char *log_folder, double patience, struct rms_error *err);

/* Is it gone for being silent? rms_helper_stop kills it then, without waiting. */
bool rms_helper_is_silent(const struct rms_helper *helper);

/* For poll(2): readable when a message is waiting. */
int rms_helper_fd(const struct rms_helper *helper);

/* Hand over one job; they run one at a time. One more may be handed over while one runs: it begins
 * when that has ended, before anybody has heard of it. RMS_E_IO when the helper is gone. */
int rms_helper_submit(struct rms_helper *helper, const struct rms_job *job, struct rms_error *err);

/* For a job that is shared with other ranks (job->share), before it is submitted: the helper gets a
 * copy of `end`, the island's end of an edge of the ring, which a postman made. RMS_E_IO. */
int rms_helper_pass(struct rms_helper *helper, uint32_t edge, bool is_out, int end,
                    struct rms_error *err);

/* To the helper where island 0 of such a job lives: what an event REPORT of another rank held, n
 * bytes, copied. RMS_E_IO when the helper is gone. */
int rms_helper_report(struct rms_helper *helper, const void *bytes, size_t n,
                      struct rms_error *err);

/* Ask the running job to stop (limit of the caller, SIGTERM): it ends as `cancelled`. Does not
 * wait; nothing when no job runs. RMS_E_LIMIT: no room now, try again; RMS_E_IO: the helper is
 * gone. */
int rms_helper_cancel(struct rms_helper *helper);

enum rms_event_kind {
  RMS_EVENT_NONE,
  RMS_EVENT_PROGRESS,
  RMS_EVENT_RESULT,
  RMS_EVENT_GONE,
  RMS_EVENT_REPORT, /* of a shared job, where island 0 does not live: one island has ended */
  RMS_EVENT_SHARE   /* and in place of the result: all of this rank have */
};
struct rms_event { /* valid until the next receive; a job may be submitted in between */
  enum rms_event_kind kind;
  struct rms_trace_point point; /* PROGRESS: newest incumbent or bound, unchecked */
  struct rms_run run;           /* RESULT: complete but for launch, rank, attempt */
  const void *solution;         /* RESULT: encoded last incumbent, when it was verified; or NULL */
  size_t solution_bytes;
  const void *report; /* REPORT: for the helper where island 0 lives */
  size_t report_bytes;
  const char *log; /* RESULT: first bytes of what the job logged or printed, "" */
};
/* Take the next message without blocking; NONE: there is none. GONE: the helper died, or has been
 * silent for too long (a job in flight is lost). RMS_E_INTERNAL: a message that makes no sense;
 * RMS_E_FORMAT, RMS_E_LIMIT, RMS_E_NOMEM. */
int rms_helper_receive(struct rms_helper *helper, struct rms_event *event, struct rms_error *err);

/* Kill what runs, end the helper, reap it. Accepts NULL. */
void rms_helper_stop(struct rms_helper *helper);

/* What a plugin says of itself, without callbacks: name, version, flags and parameter table, read
 * in a child, because even dlopen runs foreign code, which may crash, hang, print or lie. result
 * [out] in the arena, with all it points to; untouched on error path   [in]  of the shared object
 * RMS_E_FORMAT: it does not behave or describes no legal solver; RMS_E_IO, RMS_E_LIMIT,
 * RMS_E_NOMEM. Rank rule: before MPI_Init (it forks). Cost: milliseconds, 10 s at most. */
struct rms_solver;
int rms_plugin_describe(const struct rms_solver **result, const char *path, struct rms_arena *arena,
                        struct rms_error *err);

#endif
