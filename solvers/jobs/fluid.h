/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fluid.h - parts of the lower bound on mean completion times (bound_fluid.h has the proof): prices
 * of slices, jobs as tasks that pay them, and the bound by tolls. */
#ifndef RMS_JOBS_FLUID_H
#define RMS_JOBS_FLUID_H

#include "instances/jobs/jobs.h"
#include "solvers/solver.h"

enum { RMS_FLUID_WAYS = 32 };

struct rms_fluid_prices { /* a second on a slice of that kind, on a whole machine of that pool */
  double kind[RMS_JOBS_KINDS_MAX], pool[RMS_JOBS_POOLS_MAX];
};

/* Ways to work of jobs of one type and least slice: increasing in price and speed, concave; no
 * other way is above their hull. */
struct rms_fluid_group {
  uint32_t type, next; /* of the same type, 0: none; index + 1 */
  int32_t least;
  int n; /* 0: such a job runs nowhere */
  struct {
    double price, speed;
  } way[RMS_FLUID_WAYS];
};

struct rms_fluid_task {
  double arrival, work; /* seconds, at full speed */
  double alone, paid;   /* seconds at the highest speed; least price of the work */
  uint32_t group;
  int class; /* free for the user */
};

struct rms_fluid { /* free with rms_fluid_fini */
  const struct rms_jobs *inst;
  struct rms_fluid_prices prices;
  struct rms_fluid_task *tasks; /* [n_jobs], by arrival */
  struct rms_fluid_group *groups;
  uint32_t *first; /* [n_types] index + 1 into groups */
  size_t n_groups;
};

static inline double rms_fluid_speed(int32_t speed) /* in parts of full speed */
{
  return (double)speed / RMS_JOBS_FULL;
}

/* Prices by which the whole trace is most expensive (GLPK's simplex, repaired), then the tasks.
 * RMS_E_NOMEM. A task with alone = INFINITY runs nowhere. */
int rms_fluid_init(struct rms_fluid *fluid, const struct rms_jobs *inst);
void rms_fluid_fini(struct rms_fluid *fluid);

/* Prices that make the trace most expensive, of its types with most work. RMS_E_NOMEM. */
int rms_fluid_find_prices(const struct rms_jobs *inst, struct rms_fluid_prices *prices);
/* Scale prices of kinds to the demands of the header of bound_fluid.h; fills in the pools'.
 * Whatever the simplex returned becomes a proof. */
void rms_fluid_repair(const struct rms_cluster *cluster, struct rms_fluid_prices *prices);
/* Take these prices: ways and tasks anew. */
void rms_fluid_set_prices(struct rms_fluid *fluid, const struct rms_fluid_prices *prices);

/* Tolls: rates[i] >= 0 in [edge[i], edge[i + 1]), none later. */
struct rms_tolls {
  int n;
  const double *edge; /* [n + 1], from 0 */
  const double *rate; /* [n] */
};

/* The least sum of time and toll of one task. usage [in,out] [n]: price-seconds that a best way
 * pays in each segment are added; NULL: not wanted. Cost: O(segments^2) of its stay. */
double rms_toll_of_task(const struct rms_fluid *fluid, const struct rms_fluid_task *task,
                        const struct rms_tolls *tolls, double *usage);

#endif
