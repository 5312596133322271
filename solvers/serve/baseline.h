/* SPDX-License-Identifier: GPL-3.0-or-later */
/* baseline.h - fixed ways to cut a machine, against which the literature compares. Private to the
 * solvers full, split7-* and mix421-*. */
#ifndef RMS_SERVE_BASELINE_H
#define RMS_SERVE_BASELINE_H

#include "instances/serve/plan.h"
#include "solvers/solver.h"

struct rms_pattern { /* slices that stand on one machine together */
  size_t n;
  struct rms_placed slice[RMS_UNITS_MAX];
  int kind[RMS_UNITS_MAX]; /* -1: no service can use it */
};

/* Place the profiles (indices, in this order) legally on a machine of pool 0. False: impossible. */
bool rms_pattern_place(const struct rms_serve *inst, const int *profiles, size_t n,
                       struct rms_pattern *pattern);

/* "4g+2g+1g": names or shapes. False: one is unknown, absent under the rules, or they do not fit
 * together. */
bool rms_pattern_parse(const struct rms_serve *inst, const char *text, struct rms_pattern *pattern);

/* One slice of the largest profile ("auto") or of the given one. */
bool rms_pattern_whole(const struct rms_serve *inst, const char *shape,
                       struct rms_pattern *pattern);

/* As many slices of the smallest base profile ("auto") or of the given one as fit. Base: in no
 * exclusive group. */
bool rms_pattern_split(const struct rms_serve *inst, const char *shape,
                       struct rms_pattern *pattern);

/* ---- what the baselines share ---- */

enum rms_share { RMS_SHARE_DEDICATED, RMS_SHARE_POOLED, RMS_SHARE_LEAST };

struct rms_baseline {
  const struct rms_serve *inst;
  enum rms_share share;
  struct rms_pattern whole, pattern;
  char exact[RMS_NAME_MAX]; /* solver of RMS_SHARE_LEAST */
};

struct rms_baseline_run { /* one solve */
  const struct rms_baseline *baseline;
  const struct rms_host *host;
  struct rms_serve_plan plan;
  uint64_t work; /* of the exact solver of RMS_SHARE_LEAST; otherwise work is machines */
  int64_t machines;
  size_t fallbacks, hopeless;
  bool is_huge; /* more machines than a plan may have */
};

/* What one machine with the pattern gives the service; cut off at its demand, where one machine is
 * enough. */
int64_t rms_baseline_rate(const struct rms_serve *inst, const struct rms_pattern *pattern,
                          size_t s);

/* Count machines; false when there are more than a plan may have (is_huge is set). */
bool rms_baseline_count(struct rms_baseline_run *run, int64_t count);

/* Whole machines for a service that cannot use the pattern; counted. 0 or RMS_E_NOMEM. */
int rms_baseline_fall_back(struct rms_baseline_run *run, size_t s);
void rms_baseline_log(const struct rms_baseline_run *run); /* how many fell back */

/* Report the run's plan, or log why there is none. What the host says (nonzero: stop), RMS_E_NOMEM.
 */
int rms_baseline_conclude(struct rms_baseline_run *run);

/* solve() for RMS_SHARE_LEAST. */
int rms_baseline_solve_least(void *self, const struct rms_host *host);

#endif
