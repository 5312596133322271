/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fake_host.h - a host inside a test: records what a solver reports, stops it by work, by the
 * number of polls or at a report, and judges every solution with the family's checker as it comes.
 *
 *   struct rms_fake_host fake;
 *   rms_fake_host_init(&fake, inst);
 *   fake.work_limit = 1000;
 *   outcome = solver->solve(self, &fake.host);
 *   ... fake.n_solutions, fake.best, fake.bound, fake.broken ...
 *   rms_fake_host_fini(&fake); */
#ifndef RMS_TEST_FAKE_HOST_H
#define RMS_TEST_FAKE_HOST_H

#include <stdbool.h>
#include <stdint.h>

#include "instances/base/text.h"
#include "instances/family.h"
#include "solvers/solver.h"

enum { RMS_FAKE_LINE = 256 };

struct rms_fake_host {
  struct rms_host host;            /* what solve() gets */
  const struct rms_instance *inst; /* NULL: nothing is judged */

  /* what the host does; change after init */
  uint64_t work_limit;     /* UINT64_MAX: none; seconds_left is INFINITY in any case */
  uint64_t stop_at_poll;   /* should_stop says stop from its n-th call on; 0: never */
  uint64_t stop_at_report; /* report says stop from its n-th call on; 0: never */
  uint64_t seed, job;      /* of random() */

  /* what the solver did */
  uint64_t polls, draws, exchanges, logs;
  uint64_t n_reports, n_solutions, n_bounds;
  uint64_t work, evaluations;  /* last values seen */
  double best[RMS_OBJECTIVES]; /* claimed with the last solution; NAN: none came */
  double bound;                /* largest proved bound reported; NAN: none */
  struct rms_verdict verdict;  /* of the last solution */
  struct rms_text solution;    /* bytes of the last solution */
  struct rms_text
      trace; /* "objective bound work evaluations bytes\n" per report: equal traces, equal runs */
  char last_log[RMS_FAKE_LINE];
  bool is_short_of_memory; /* a report could not be kept (failing allocation) */

  /* First breach of the contract, "" while there is none: a worse or wrongly claimed incumbent, a
   * solution that the checker refuses, a bound above a solution, a counter that runs backwards. */
  char broken[RMS_FAKE_LINE];
};

/* One island, no limit. `inst` is borrowed until fini and may be NULL. The struct must not move. */
void rms_fake_host_init(struct rms_fake_host *fake, const struct rms_instance *inst);
void rms_fake_host_fini(struct rms_fake_host *fake);

/* open, solve, close with "key=value,..." (NULL: defaults). Returns what solve returned, or the
 * negative status of parsing or open. */
int rms_fake_host_run(struct rms_fake_host *fake, const struct rms_solver *solver,
                      const char *assignments);

#endif
