/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bound_free.c - the rule-free bound of MIG-serving, for any machines: uniform prices. */
#include "solvers/params.h"
#include "solvers/serve/dual.h"
#include "solvers/serve/greedy.h"

#include <stdlib.h>

static const struct rms_param params[] = {
    {.name = "units",
     .type = RMS_P_ENUM,
     .dflt = "compute",
     .range = "compute|memory|best",
     .scale = "",
     .unit = "1",
     .doc =
         "What prices are proportional to: compute units, memory units, or the better of the two."},
    {0}};

struct free_bound {
  const struct rms_serve *inst;
  bool has[2]; /* by compute, by memory */
};

static int open_bound(void **self, const struct rms_instance *inst, const char *const *values)
{
  struct free_bound *bound = calloc(1, sizeof *bound);
  if (bound == NULL) return RMS_E_NOMEM;
  const char units = rms_value_text(params, values, "units")[0];
  *bound = (struct free_bound){.inst = rms_serve_of(inst), .has = {units != 'm', units != 'c'}};
  *self = bound;
  return RMS_OK;
}

static int solve_bound(void *self, const struct rms_host *host)
{
  const struct free_bound *bound = self;
  double w[RMS_SERVE_KINDS_MAX];
  double best = 0;
  if (rms_serve_log_unservable(host, bound->inst)) return RMS_INFEASIBLE;
  for (int by_memory = 0; by_memory < 2; by_memory++) {
    struct rms_dual_prices prices;
    if (!bound->has[by_memory]) continue;
    if (host->should_stop(host->ctx, 0)) return RMS_STOPPED;
    rms_dual_uniform(bound->inst, by_memory, w);
    rms_dual_repair(bound->inst, w, RMS_DUAL_FREE, &prices);
    best = fmax(best, rms_dual_value(bound->inst, &prices, NULL));
  }
  const int status = rms_serve_report_bound(host, best, 1);
  return status < 0 ? status : RMS_FEASIBLE;
}

static void close_bound(void *self)
{
  free(self);
}

const struct rms_solver rms_solver_serve_bound_free = {
    .abi = RMS_SOLVER_ABI,
    .size = sizeof(struct rms_solver),
    .name = "bound-free",
    .version = "1.0",
    .doc = "Lower bound without machine rules: every service on slices of its best price, prices "
           "proportional to size.",
    .citation = "after MIG-serving, arXiv 2109.11067",
    .family = "serve",
    .flags = RMS_BOUND | RMS_DETERMINISTIC,
    .params = params,
    .supports = rms_greedy_supports,
    .open = open_bound,
    .solve = solve_bound,
    .close = close_bound};
