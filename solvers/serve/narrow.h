/* SPDX-License-Identifier: GPL-3.0-or-later */
/* narrow.h - an instance in which a machine can be cut in one way only and some services are left
 * out, as a view of another, so that any solver can be asked for the best use of one fixed cut. Its
 * plans hold for the other instance once the services are renamed. */
#ifndef RMS_SERVE_NARROW_H
#define RMS_SERVE_NARROW_H

#include "solvers/serve/baseline.h"

struct rms_narrow {      /* large; must not move */
  struct rms_serve inst; /* one pool, no stock limit, cost 1; kinds are those of the pattern */
  uint32_t *service;     /* [inst.n_services] index in the other instance */
  struct rms_partition partition;
  struct rms_serve_cut cut;
  uint8_t count[RMS_SERVE_KINDS_MAX];
  uint16_t kind_of[RMS_UNITS_MAX];
};

/* View of pool 0 of `from` with the slices of the pattern and the services for which `is_in` says
 * true. At least one service must be able to use each slice kept; others are dropped. Free with
 * _fini. 0 or RMS_E_NOMEM. */
int rms_narrow_init(struct rms_narrow *narrow, const struct rms_serve *from,
                    const struct rms_pattern *pattern, const bool *is_in);
void rms_narrow_fini(struct rms_narrow *narrow); /* accepts a zeroed one */

/* Append the machines of a plan of the view to a plan of the other instance. 0 or RMS_E_NOMEM. */
int rms_narrow_widen(const struct rms_narrow *narrow, const struct rms_serve_plan *from,
                     struct rms_serve_plan *to);

/* Let another solver solve the view. `adopt` is called with each of its plans, valid during the
 * call; its nonzero result stops the solver (negative: an rms_status). Its bounds go nowhere, its
 * log lines and work to `host`. Returns what it returned, RMS_E_INTERNAL when there is no such
 * solver. */
typedef int rms_adopt_fn(void *ctx, const struct rms_serve_plan *plan, uint64_t work);
int rms_narrow_solve(const struct rms_narrow *narrow, const char *solver,
                     const struct rms_host *host, rms_adopt_fn *adopt, void *ctx);

#endif
