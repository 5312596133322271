/* SPDX-License-Identifier: GPL-3.0-or-later */
/* solver.h - the contract of a solver, and the only header that one must include besides its
 * family's. Five minutes of reading.
 *
 * A solver is one const object with four callbacks. `solve` runs in a child process under limits;
 * the host hands it services and believes nothing: every incumbent is copied, time-stamped and
 * re-checked by the family's checker in another process.
 *
 * Ownership: `inst` is borrowed from open to close; `values` during open; what is handed to report
 * and exchange during that call; nothing that the host gives outlives solve. A solver never prints,
 * exits, calls MPI, uses a global generator, or reads the clock to decide anything in a
 * work-limited run. */
#ifndef RMS_SOLVER_H
#define RMS_SOLVER_H

#include <stddef.h>
#include <stdint.h>

#include "instances/base/status.h"
#include "instances/family.h"

#define RMS_SOLVER_ABI 1u /* changes only when the layout stops being append-only */

enum rms_outcome { /* what solve() returns: a claim, never a verdict; negative: an rms_status */
                   RMS_OPTIMAL = 0, /* the last incumbent is optimal, proved */
                   RMS_FEASIBLE,    /* ended by its own rule, nothing proved (a bound may have been
                                       reported) */
                   RMS_INFEASIBLE,  /* proved that there is no solution */
                   RMS_STOPPED,     /* returned because the host said stop */
                   RMS_UNSUPPORTED  /* met something that supports() could not see */
};

enum rms_solver_flags {
  RMS_EXACT = 1,         /* proves optimality when given time; its bounds are proofs */
  RMS_ANYTIME = 2,       /* reports an incumbent early and improves it */
  RMS_PARALLEL = 4,      /* uses exchange() between islands */
  RMS_DETERMINISTIC = 8, /* same seed and work limit: same bytes */
  RMS_RANDOMISED = 16,   /* draws from host->random */
  RMS_BOUND = 32, /* its reported bounds are proofs although it does not solve to optimality */
  RMS_FOREIGN_ALLOC = 64 /* a foreign library allocates (GLPK, CBC): exempt from failed-allocation
                            tests inside it */
};

enum rms_param_type { RMS_P_BOOL, RMS_P_INT, RMS_P_REAL, RMS_P_ENUM, RMS_P_STRING };

struct rms_param {  /* one declared parameter; the table ends with name == NULL */
  const char *name; /* [a-z][a-z0-9_-]*: "population", reached as ga:population=64 */
  enum rms_param_type type;
  const char *dflt;  /* text, read by the same code as the user's */
  const char *range; /* "[2,1e6]" "(0,1]" "a|b|c"; NULL: any */
  const char *scale; /* "" or "log": what a tuner needs */
  const char *when;  /* "islands>1": active only then; NULL: always */
  const char *unit;  /* "s" "bytes" "1" */
  const char *doc;   /* one sentence with a full stop */
};

struct rms_incumbent {              /* borrowed: the host copies it before report() returns */
  size_t size;                      /* [in] sizeof *this, as the plugin was compiled */
  double objective[RMS_OBJECTIVES]; /* [in] a claim; the family's checker recomputes it. [0] =
                                       INFINITY: there is no solution, `solution` holds the proof of
                                       that */
  double bound;                     /* [in] proved bound on objective[0]; NAN: none */
  uint64_t evaluations;             /* [in] objective evaluations so far, never decreasing */
  uint64_t work;        /* [in] work so far in the solver's own unit, never decreasing */
  const void *solution; /* [in] encoded plan; NULL: the event carries a bound only */
  size_t solution_bytes;
};

struct rms_host {           /* services; borrowed; valid during solve() only */
  size_t size;              /* sizeof *this, as the host was compiled */
  void *ctx;                /* give it back unchanged */
  uint32_t island, islands; /* 0 <= island < islands; fixed by the parameter, not by ranks */
  /* Copy an improvement: a better objective, an equal one whose plan proves a better bound, or a
   * bound alone. Never waits. Nonzero: stop. */
  int (*report)(void *ctx, const struct rms_incumbent *inc);
  /* Nonzero: stop. Cheap; poll it every 10 ms of CPU or more often, with the work done so far. */
  int (*should_stop)(void *ctx, uint64_t work);
  double (*seconds_left)(void *ctx); /* INFINITY in a work-limited run */
  uint64_t (*work_left)(void *ctx);  /* UINT64_MAX in a time-limited run */
  /* 64 random bits: a pure function of (seed, job, island, stream, index). */
  uint64_t (*random)(void *ctx, uint32_t stream, uint64_t index);
  /* One synchronous ring step: gives `out` to island+1, receives what island-1 gave at the same
   * step. One island: the message comes back. Nonzero: stop. */
  int (*exchange)(void *ctx, uint64_t work, const void *out, size_t out_bytes, void *in,
                  size_t in_capacity, size_t *in_bytes);
  /* One line for the job's log; level 0 debug, 1 info, 2 warning. */
  __attribute__((format(printf, 3, 4))) void (*log)(void *ctx, int level, const char *fmt, ...);
};

struct rms_solver {           /* const, shared, no state: "what it is", not "one use of it" */
  uint32_t abi, size;         /* RMS_SOLVER_ABI, sizeof(struct rms_solver); always first */
  const char *name, *version; /* name [a-z][a-z0-9-]*, unique in its family */
  const char *doc, *citation; /* one sentence; reference or NULL */
  const char *family;         /* "serve" "transition" "jobs" "learn" */
  uint32_t flags;             /* enum rms_solver_flags */
  const struct rms_param *params;
  int (*supports)(const struct rms_instance *inst); /* 1 yes, 0 no; pure */
  /* values: all parameters as text, in table order, validated, defaults filled in.
   * On error *self stays untouched and nothing is left behind. */
  int (*open)(void **self, const struct rms_instance *inst, const char *const *values);
  int (*solve)(void *self,
               const struct rms_host *host); /* enum rms_outcome, or a negative status */
  void (*close)(void *self);                 /* accepts NULL */
};

/* A plugin (shared object) defines exactly this symbol. */
#define RMS_SOLVER_ENTRY "rms_solver_entry"
typedef const struct rms_solver *rms_solver_entry_fn(void);

#endif
