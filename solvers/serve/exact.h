/* SPDX-License-Identifier: GPL-3.0-or-later */
/* exact.h - what the solvers of `serve` that hand the model to a library have in common: incumbents
 * and bounds on their way to the host, the exact check between them, the end of the search.
 *
 * A library decides in floating point. So: an incumbent is reported only after exact read-out; a
 * bound is rounded up to the next possible cost only with a margin; optimality is claimed only when
 * an exact incumbent has the cost of the bound; when the library's optimum is short of a demand by
 * its tolerance, the short slices are excluded by rows in small integers and the search begins
 * again; infeasibility is claimed only when the least excess over the stock (model.h, `elastic`) is
 * 1 or more, which no tolerance blurs. */
#ifndef RMS_SERVE_EXACT_H
#define RMS_SERVE_EXACT_H

#include "instances/serve/plan.h"
#include "solvers/serve/model.h"
#include "solvers/serve/readout.h"
#include "solvers/solver.h"

enum rms_exact_end {                    /* how one run of the library ended */
                     RMS_EXACT_SOLVED,  /* to optimality; its objective was given to rms_exact_bound
                                         */
                     RMS_EXACT_NONE,    /* the model has no solution */
                     RMS_EXACT_STOPPED, /* rms_exact_tick said so */
                     RMS_EXACT_FAILED   /* the library gave up; a negative status: no memory */
};

struct rms_exact_settings {
  struct rms_model_options model;
  bool has_heur;
};

struct rms_exact {
  const struct rms_serve *inst;
  const struct rms_host *host;
  struct rms_model_options options;
  struct rms_model *model; /* of the run that is under way */
  struct rms_readout *readout;
  struct rms_serve_plan plan;
  struct rms_text bytes;
  double *values; /* [model->n_columns], working space of the backend */
  bool has_heur, has_plan, has_bound, is_stopped;
  int64_t cost, bound; /* of the best plan; proved */
  int64_t excess;      /* least excess over the stock, proved */
  uint64_t work, evaluations;
  int status; /* first failure: RMS_OK, RMS_E_NOMEM... */
  struct rms_shortage *shortages;
  size_t n_shortages, shortages_capacity;
};

/* Solve the model that the struct holds with a library. */
typedef int rms_exact_run(void *self, struct rms_exact *exact);

/* The common part of solve(): returns an outcome or a negative status.
 *   run  [in] called with `self` once, and again when rows were added or the stock is in doubt */
int rms_exact_solve(const struct rms_serve *inst, const struct rms_host *host,
                    const struct rms_exact_settings *settings, rms_exact_run *run, void *self);

/* ---- for the backend, during run ---- */

/* Count work and ask: true when the search must end (host, failure, or nothing is left to prove).
 */
bool rms_exact_tick(struct rms_exact *exact, uint64_t work);

/* An integer solution of the library. */
void rms_exact_offer(struct rms_exact *exact, const double *values);

/* A fractional one: round it (nothing without `heur`). True when that gave a better plan, then
 * exact->values has it. */
bool rms_exact_round(struct rms_exact *exact, const double *values);

/* A lower bound of the model's objective, as the library computed it. */
void rms_exact_bound(struct rms_exact *exact, double bound);

/* Declared parameters that every backend has, for its table: model, cuts, heur. */
#define RMS_EXACT_PARAMS                                                                           \
  {.name = "model",                                                                                \
   .type = RMS_P_ENUM,                                                                             \
   .dflt = "compact",                                                                              \
   .range = "compact|forms",                                                                       \
   .scale = "",                                                                                    \
   .unit = "1",                                                                                    \
   .doc = "Machines per partition, or one count per pool with linear forms where these were "      \
          "derived."},                                                                             \
      {.name = "cuts",                                                                             \
       .type = RMS_P_BOOL,                                                                         \
       .dflt = "yes",                                                                              \
       .scale = "",                                                                                \
       .unit = "1",                                                                                \
       .doc = "Add the rounding cuts of every service."},                                          \
  {                                                                                                \
    .name = "heur", .type = RMS_P_BOOL, .dflt = "yes", .scale = "", .unit = "1",                   \
    .doc = "Begin with a rounded plan, and round relaxations to plans on the way."                 \
  }
struct rms_exact_settings rms_exact_read(const struct rms_param *params, const char *const *values);

/* supports() of every backend. */
int rms_exact_supports(const struct rms_instance *inst);

#endif
