/* SPDX-License-Identifier: GPL-3.0-or-later */
/* dummy.h - the fake among the solvers: behaves well and predictably, or badly on request, so that
 * everything around solvers can be tested without one. */
#ifndef RMS_DUMMY_H
#define RMS_DUMMY_H

#include "instances/base/text.h"
#include "instances/serve/plan.h"
#include "solvers/solver.h"

/* What it does wrong when asked to; the names are values of the parameter "misbehave". */
#define RMS_DUMMY_MAP(X)                                                                           \
  X(NONE, "none")                                                                                  \
  /* dies */                                                                                       \
  X(SEGV, "segv")                                                                                  \
  X(ABORT, "abort")                                                                                \
  X(EXIT, "exit")                                                                                  \
  X(STACK, "stack")                                                                                \
  X(DIE_IN_OPEN, "die-in-open")                                                                    \
  X(DIE_IN_REPORT, "die-in-report")                                                                \
  X(DIE_IN_CLOSE, "die-in-close")                                                                  \
  X(DIE_SMALL, "die-small")                                                                        \
  /* takes */                                                                                      \
  X(LEAK, "leak")                                                                                  \
  X(LEAK_OPEN, "leak-open")                                                                        \
  X(MEMORY, "memory")                                                                              \
  X(UNCHECKED, "unchecked")                                                                        \
  X(SPIN, "spin")                                                                                  \
  X(SLEEP, "sleep")                                                                                \
  X(IGNORE_STOP, "ignore-stop")                                                                    \
  X(LATE, "late")                                                                                  \
  X(FORK, "fork")                                                                                  \
  X(SETSID, "setsid")                                                                              \
  X(CROWD, "crowd")                                                                                \
  X(BIG_STACK, "big-stack")                                                                        \
  /* floods */                                                                                     \
  X(PRINT, "print")                                                                                \
  X(FLOOD_OUTPUT, "flood-output")                                                                  \
  X(FLOOD_REPORTS, "flood-reports")                                                                \
  X(FLOOD_LOG, "flood-log")                                                                        \
  X(HUGE_REPORT, "huge-report")                                                                    \
  /* lies */                                                                                       \
  X(LIE_OBJECTIVE, "lie-objective")                                                                \
  X(LIE_FEASIBLE, "lie-feasible")                                                                  \
  X(LIE_BOUND, "lie-bound")                                                                        \
  X(LIE_OPTIMAL, "lie-optimal")                                                                    \
  X(LIE_INFEASIBLE, "lie-infeasible")                                                              \
  X(BAD_BYTES, "bad-bytes")                                                                        \
  X(WORSE, "worse")                                                                                \
  X(WORK_BACK, "work-back")                                                                        \
  X(WORK_STILL, "work-still")                                                                      \
  /* is not what it says */                                                                        \
  X(CLOCK, "clock")                                                                                \
  X(NO_RANDOM, "no-random")                                                                        \
  X(STATE, "state")                                                                                \
  X(WRITE_INSTANCE, "write-instance")                                                              \
  /* gives up */                                                                                   \
  X(NOMEM, "nomem")                                                                                \
  X(UNSUPPORTED, "unsupported")

#define RMS_DUMMY_ENUM(name, text) RMS_DUMMY_##name,
enum rms_misbehaviour { RMS_DUMMY_MAP(RMS_DUMMY_ENUM) RMS_DUMMY_COUNT };

enum { RMS_DUMMY_ISLANDS_MAX = 256 };

struct rms_dummy { /* one open dummy */
  const struct rms_serve *inst;
  bool is_null;
  int64_t incumbents, work, size, at, message, stagger;
  double delay;
  bool spins, exchanges;
  enum rms_misbehaviour misbehave;
  bool is_guilty[RMS_DUMMY_ISLANDS_MAX]; /* islands that do it */
  struct rms_serve_plan plan;            /* the next incumbent */
  int64_t used[RMS_SERVE_POOLS_MAX];     /* its machines of each pool */
  struct rms_text bytes;                 /* it, encoded */
  uint64_t done, evaluations;            /* work so far */
};

enum rms_misbehaviour rms_dummy_parse(const char *name);

/* Do in the middle of solve() what can be done there: may not return. Returns a claim to end with,
 * or -100: go on. */
enum { RMS_DUMMY_GO_ON = -100 };
int rms_dummy_misbehave(struct rms_dummy *self, const struct rms_host *host);

/* Twist what is about to be reported. */
void rms_dummy_twist(struct rms_dummy *self, struct rms_incumbent *inc,
                     const struct rms_host *host);

/* Deaths and losses, for open and close. */
void rms_dummy_die(void);
void rms_dummy_lose(size_t bytes);

extern const struct rms_solver rms_solver_dummy;

#endif
