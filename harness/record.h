/* SPDX-License-Identifier: GPL-3.0-or-later */
/* record.h - the records of a run: append-only JSONL, one file per launch and rank,
 * RUN/records/LAUNCH.RANK.jsonl. This is the source of truth; FORMAT.md has it field by field.
 * Lines: "launch" (provenance, first line), "start" (a job was handed out), "lost" (its
 * process died without a result, which is charged to no one), "run" (a job has ended and
 * was checked; committed by one write and an fsync at most one second later), "closed" (clean end).
 * Only the last line of a file can be torn; it is ignored. A bad line elsewhere is an error.
 * Everything but the `env` group of a run is deterministic in a work-limited run. */
#ifndef RMS_RECORD_H
#define RMS_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "instances/base/error.h"
#include "instances/base/hash.h"
#include "instances/base/memory.h"
#include "instances/base/text.h"

#define RMS_RECORD_FORMAT "rms-records/1" /* in every launch line */

enum { RMS_RECORD_OBJECTIVES = 4, RMS_TRACE_MAX = 1024, RMS_RECORD_METRICS = 2048 };

/* How the process ended. "signal" carries the signal's name in `end_detail`. */
#define RMS_END_MAP(X)                                                                             \
  X(RMS_END_EXIT, "exit")                                                                          \
  X(RMS_END_SIGNAL, "signal")                                                                      \
  X(RMS_END_TIMEOUT_WALL, "timeout_wall")                                                          \
  X(RMS_END_TIMEOUT_CPU, "timeout_cpu")                                                            \
  X(RMS_END_MEMORY, "memory")                                                                      \
  X(RMS_END_CANCELLED, "cancelled")                                                                \
  X(RMS_END_UNSUPPORTED, "unsupported")                                                            \
  X(RMS_END_START_FAILED, "start_failed")                                                          \
  X(RMS_END_LOST, "lost")                                                                          \
  X(RMS_END_PROCESSES, "processes")
#define RMS_END_ENUM(name, text) name,
enum rms_end { RMS_END_MAP(RMS_END_ENUM) RMS_END_COUNT };

/* What the solver says. */
#define RMS_CLAIM_MAP(X)                                                                           \
  X(RMS_CLAIM_OPTIMAL, "optimal")                                                                  \
  X(RMS_CLAIM_FEASIBLE, "feasible")                                                                \
  X(RMS_CLAIM_INFEASIBLE, "infeasible")                                                            \
  X(RMS_CLAIM_NONE, "none")
#define RMS_CLAIM_ENUM(name, text) name,
enum rms_claim_kind { RMS_CLAIM_MAP(RMS_CLAIM_ENUM) RMS_CLAIM_COUNT };

/* Constant texts, "unknown" for a number that is none; and back: 0 or RMS_E_FORMAT. */
const char *rms_end_text(enum rms_end end);
const char *rms_claim_text(enum rms_claim_kind claim);
int rms_end_parse(const char *text, enum rms_end *end);
int rms_claim_parse(const char *text, enum rms_claim_kind *claim);

struct rms_trace_point {
  double t; /* seconds since solve() began; in env, not deterministic */
  uint64_t work, evaluations;
  double objective, bound; /* NAN: none */
  double cpu; /* CPU seconds that the process had used since then; in env; NAN: not recorded */
};

struct rms_run { /* one "run" line; strings are owned by whoever filled it (arena of the record set)
                  */
  struct rms_hash job, instance_hash, solution; /* solution: zero when there is none */
  int64_t attempt;                              /* from 1 */
  const char *family, *instance,
      *reference;    /* instance: its name; reference: path or generator text */
  const char *group; /* set or folder the instance came from, for tables */
  const char *solver, *version, *params, *label;
  bool proves_bounds; /* solver flag EXACT or BOUND */
  uint64_t seed;
  int64_t repeat;
  bool is_work_limited;
  double limit_time;        /* s; INFINITY printed as null */
  uint64_t limit_work;      /* UINT64_MAX printed as null */
  double limit_cpu;         /* s */
  uint64_t limit_memory;    /* bytes */
  uint64_t limit_processes; /* 0: none, and not written */
  enum rms_end end;
  const char *end_detail; /* "SEGV", "exit 12", or "" */
  enum rms_claim_kind claim;
  const char *verdict;   /* rms_verdict_text */
  const char *why;       /* checker's or solver's sentence, "" */
  int n_objectives;      /* of the family */
  double objective_step; /* of the family: objectives are multiples of it, so bounds round up; 0:
                            none */
  double objective[RMS_RECORD_OBJECTIVES]; /* verified by the checker; NAN: no verified incumbent */
  double bound;                            /* best bound claimed; NAN */
  double verified_bound;                   /* verified by a certificate; NAN */
  const char
      *metrics; /* the family's about the verified solution: a JSON object; NULL or "": none */
  uint64_t work, evaluations;
  size_t n_trace;
  const struct rms_trace_point *trace;
  /* env */
  double wall, cpu_user, cpu_system; /* s; cpu: of the solver's processes */
  uint64_t peak_memory;              /* bytes */
  const char *host, *launch, *memory_mechanism;
  const char *cpus; /* hardware threads that it was bound to, "0", "0,2"; "": the kernel decided */
  int64_t rank;
  double started; /* seconds since 1970 UTC */
  /* not written */
  struct rms_hash content; /* of the deterministic part as it was read; zero: not known */
  bool is_retry; /* with other limits than the sweep's, by an entry of RUN/retries.jsonl */
};

/* Add one line of JSON with the newline, keys in fixed order; with `env` false the deterministic
 * part only. RMS_E_NOMEM; RMS_E_INTERNAL when the trace is longer than RMS_TRACE_MAX. */
int rms_run_write(const struct rms_run *run, bool env, struct rms_text *text);
/* Parse one line of n bytes, which may be hostile. Strings and trace go into `arena`.
 *   run [out] untouched on error
 * RMS_E_FORMAT names the field; RMS_E_NOMEM. */
int rms_run_parse(struct rms_run *run, const char *line, size_t n, struct rms_arena *arena,
                  struct rms_error *err);

struct rms_node;
/* The same from a parsed line. */
int rms_run_read(struct rms_run *run, const struct rms_node *node, struct rms_arena *arena,
                 struct rms_error *err);

/* What resuming must know of a job that has no committed run. */
struct rms_unfinished {
  struct rms_hash job;
  int64_t attempts; /* highest attempt that was started */
  int64_t lost; /* attempts that died with their rank or helper (a cancelled one does not count) */
  const char *launch; /* of the highest attempt, when its file is not closed: it may be running */
  double started;     /* of the highest attempt, seconds since 1970 UTC; NAN: not written down */
};

/* All committed runs of a folder: sorted by job id, one per job (lowest attempt that is not lost).
 */
struct rms_records {
  struct rms_arena *arena;
  size_t n_runs;
  struct rms_run *runs;
  size_t n_files, n_torn, n_duplicates,
      n_in_flight; /* in_flight: started, no run, file not closed */
  size_t n_unfinished;
  const struct rms_unfinished *unfinished; /* sorted by job */
  size_t n_launches;
  const char **launches; /* the raw "launch" lines (JSON), one per file, sorted */
  size_t n_closings;
  const char **closings; /* the raw "closed" lines that warn of something */
  struct rms_hash hash;  /* of the deterministic parts of the runs, in order */
};
/* Read RUN/records; what RUN/retries.jsonl replaces is left out. A folder without records gives
 * zero runs. Any process, never calls MPI; a launch may be at work there.
 *   result [out] free with rms_records_free; untouched on error
 * RMS_E_IO, RMS_E_FORMAT (file and line), RMS_E_NOMEM, RMS_E_INTERNAL when two work-limited records
 * of one job differ ("alarm"). Cost: linear in the files, O(runs log runs). */
int rms_records_load(struct rms_records **result, const char *run_folder, struct rms_error *err);

/* The same with less of each run: job, attempt, content, end, verdict, is_work_limited, instance,
 * group, label, launch, rank, wall, started; what else there is may be set or not. Enough for
 * resuming, counting and the hash, at a tenth of the cost. */
int rms_records_load_brief(struct rms_records **result, const char *run_folder,
                           struct rms_error *err);
void rms_records_free(struct rms_records *records); /* accepts NULL */

/* The run of a job; NULL: none. Cost: O(log runs). */
const struct rms_run *rms_records_find(const struct rms_records *records, struct rms_hash job);

/* What is asked of a launch line; texts are cut when too long and "" when they are not there. */
enum { RMS_LAUNCH_FIELD = 160, RMS_LAUNCH_WARNINGS = 8 };
struct rms_launch {
  char name[RMS_LAUNCH_FIELD], sweep[RMS_LAUNCH_FIELD];
  char version[RMS_LAUNCH_FIELD], source[RMS_LAUNCH_FIELD], kind[RMS_LAUNCH_FIELD]; /* of the build
                                                                                     */
  char host[RMS_LAUNCH_FIELD], cpu[RMS_LAUNCH_FIELD];
  int64_t rank;
  size_t n_warnings;
  char warnings[RMS_LAUNCH_WARNINGS][RMS_LAUNCH_FIELD]; /* what makes its times doubtful */
};
/* Read a line of records->launches or records->closings (launch.c). RMS_E_FORMAT, RMS_E_NOMEM. */
int rms_launch_read(struct rms_launch *launch, const char *line, struct rms_error *err);

#endif
