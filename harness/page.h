/* SPDX-License-Identifier: GPL-3.0-or-later */
/* page.h - memory shared with the process that solves: it puts incumbents there, so that report
 * never waits and a death loses nothing; two places for the newest best, written in turn. The
 * readers (the watching processes) believe nothing: sizes are bounded and every part carries its
 * hash. */
#ifndef RMS_PAGE_H
#define RMS_PAGE_H

#include <stdatomic.h>
#include <stdbool.h>

#include "harness/clock.h" /* of the times in a point */
#include "harness/trace.h"
#include "instances/family.h"

/* Largest encoded solution; the rest of a message is for trace and log. */
#define RMS_SOLUTION_MAX ((size_t)1000 << 20)

enum rms_stage { /* how far the process that solves has come */
                 RMS_STAGE_NEW,
                 RMS_STAGE_OPENING,
                 RMS_STAGE_SOLVING,
                 RMS_STAGE_RETURNED, /* from solve() */
                 RMS_STAGE_CLOSED,
                 RMS_STAGE_GAVE_UP /* before solve(): see failure */
};
enum rms_failure { RMS_FAILED_START, RMS_FAILED_SUPPORT, RMS_FAILED_OPEN };

struct rms_best { /* an incumbent as claimed */
  uint64_t bytes, work, evaluations;
  double objective[RMS_OBJECTIVES];
  struct rms_hash solution; /* of the bytes */
  struct rms_hash check;    /* of the fields above */
};

struct rms_page { /* zeroed by the kernel; begins a mapping that goes on with the two places */
  _Atomic uint32_t stop;   /* watcher -> solver: nonzero, stop */
  _Atomic uint32_t stage;  /* enum rms_stage; the fields below it are set before it moves */
  _Atomic uint32_t newest; /* 0: none, else 1 + index into best */
  _Atomic uint32_t has_run_out_of_memory; /* seen: a failed allocation */
  _Atomic uint32_t beat;                  /* odd while `point` is written */
  int32_t outcome;                        /* what solve() returned, or the status of a failure */
  int32_t failure;                        /* enum rms_failure */
  double started, ended;                  /* of solve(), CLOCK_MONOTONIC */
  double bound;                           /* best one claimed; NAN */
  uint64_t work, evaluations;
  uint64_t n_refused; /* incumbents without a finite objective, or too large */
  uint64_t n_steps;   /* ring steps begun */
  char why[256];
  struct rms_trace_point point; /* newest */
  struct rms_best best[2];
  struct rms_trace trace;
};

/* Map a new page / give it back. Only touched pages cost memory. RMS_E_NOMEM. */
int rms_page_map(struct rms_page **result, struct rms_error *err);
void rms_page_unmap(struct rms_page *page); /* accepts NULL */
/* As new, for all processes that have it. RMS_E_NOMEM: it could not be done. */
int rms_page_renew(struct rms_page *page);

/* Solver's side: store an incumbent in the place that is not the newest, then make it the newest.
 */
void rms_page_put(struct rms_page *page, const struct rms_best *claim, const void *bytes);
/* Solver's side: set the newest point. */
void rms_page_beat(struct rms_page *page, const struct rms_trace_point *point);

/* Watcher's side: newest incumbent whose hashes are right, the one before it when the newest is
 * damaged. False: there is none.
 *   bytes [out] within the page */
bool rms_page_best(const struct rms_page *page, struct rms_best *best, const void **bytes);
/* Watcher's side: newest point if it changed since *beat. */
bool rms_page_peek(const struct rms_page *page, uint32_t *beat, struct rms_trace_point *point);

#endif
