/* SPDX-License-Identifier: GPL-3.0-or-later */
/* greedy.h - what the solvers that complete an empty plan by one rule have in common, and the one
 * way in which solvers of `serve` report. */
#ifndef RMS_SERVE_GREEDY_H
#define RMS_SERVE_GREEDY_H

#include "solvers/serve/completion.h"
#include "solvers/solver.h"

/* Report a plan with its cost. `bound` NAN: none; `work` in the solver's unit. Returns what the
 * host says (nonzero: stop) or RMS_E_NOMEM. */
int rms_serve_report(const struct rms_host *host, const struct rms_serve *inst,
                     const struct rms_serve_plan *plan, double bound, uint64_t work);

/* The same when more than one plan has been made on the way. */
int rms_serve_report_counted(const struct rms_host *host, const struct rms_serve *inst,
                             const struct rms_serve_plan *plan, double bound, uint64_t work,
                             uint64_t evaluations);

/* Report a proved lower bound and no plan. */
int rms_serve_report_bound(const struct rms_host *host, double bound, uint64_t work);

/* Log the first service that nothing can run and say true: the caller returns RMS_INFEASIBLE. */
bool rms_serve_log_unservable(const struct rms_host *host, const struct rms_serve *inst);

int rms_greedy_supports(const struct rms_instance *inst); /* any instance of `serve` */
int rms_greedy_open(void **self, const struct rms_instance *inst,
                    const struct rms_rule_setup *setup);
/* Work is machines placed. One report, at the end; nothing when stopped before. A rule that gets
 * stuck because stocks are used up says RMS_FEASIBLE without a plan: that proves nothing. */
int rms_greedy_solve(void *self, const struct rms_host *host);
void rms_greedy_close(void *self);

/* The parameters that several of these rules have. */
#define RMS_GREEDY_Q                                                                               \
  {                                                                                                \
    .name = "q", .type = RMS_P_INT, .dflt = "2", .range = "[0,64]", .scale = "", .unit = "1",      \
    .doc = "Largest number of services that share a machine; 0 for any."                           \
  }
#define RMS_GREEDY_WEIGHT                                                                          \
  {                                                                                                \
    .name = "weight", .type = RMS_P_ENUM, .dflt = "need", .range = "need|one|slice", .scale = "",  \
    .unit = "1",                                                                                   \
    .doc =                                                                                         \
        "What a capped gain is multiplied by: the remaining need, 1, or the machine share that "   \
        "the service needs at best."                                                               \
  }

/* What the solver objects of these solvers have in common. */
/* clang-format off */
#define RMS_GREEDY_SOLVER(open_function)                                                           \
  .abi = RMS_SOLVER_ABI, .size = sizeof(struct rms_solver), .version = "1.0",                      \
  .citation = "after MIG-serving, arXiv 2109.11067", .family = "serve", .flags = RMS_DETERMINISTIC,\
  .params = params, .supports = rms_greedy_supports, .open = (open_function),                      \
  .solve = rms_greedy_solve, .close = rms_greedy_close
/* clang-format on */

#endif
