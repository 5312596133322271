/* SPDX-License-Identifier: GPL-3.0-or-later */
/* watch.h - the host's should_stop for parts that count work in another unit than the solver. */
#ifndef RMS_SERVE_WATCH_H
#define RMS_SERVE_WATCH_H

#include "solvers/solver.h"

struct rms_watch {
  const struct rms_host *host;
  uint64_t work; /* of the solver, so far */
};

/* `ctx` is a struct rms_watch; the part's own work is ignored. */
static inline int rms_watch_stop(void *ctx, uint64_t work)
{
  const struct rms_watch *watch = ctx;
  (void)work;
  return watch->host->should_stop(watch->host->ctx, watch->work);
}

#endif
