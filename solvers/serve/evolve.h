/* SPDX-License-Identifier: GPL-3.0-or-later */
/* evolve.h - MIG-serving's genetic algorithm over deployments, and the pipeline "fast first, then
 * evolve with the slow algorithm". Chromosome = deployment, gene = machine; crossover erases a part
 * of a deployment and completes the rest again; mutation exchanges the services of two slices of
 * one kind. That is recalled from the paper; sizes, rates, tie-breaks are reconstructed.
 *
 * Work counts completions of a partial plan: a rollout of the slow algorithm or a greedy run; a
 * try of a local search counts as one, too. */
#ifndef RMS_SERVE_EVOLVE_H
#define RMS_SERVE_EVOLVE_H

#include "solvers/serve/completion.h"
#include "solvers/serve/floor.h"
#include "solvers/serve/slow.h"
#include "solvers/solver.h"

enum { RMS_POPULATION_MAX = 256 };

enum rms_refill { RMS_REFILL_SLOW, RMS_REFILL_FAST, RMS_REFILL_MIXED };
enum rms_topology { RMS_TOPOLOGY_RING, RMS_TOPOLOGY_TORUS, RMS_TOPOLOGY_FULL, RMS_TOPOLOGY_NONE };

struct rms_evolve_setup {
  struct rms_rule_setup fast; /* of the first plan */
  struct rms_slow_setup slow; /* memory: of all */
  enum rms_refill refill;
  uint64_t rollouts; /* of one slow refill */
  size_t population, children, mutations;
  double erase;         /* share of the machines that a crossover erases */
  bool is_varied;       /* between one machine and that share, at random */
  double two_parents;   /* probability of a crossover of two deployments */
  uint64_t idle;        /* rounds without a better plan after which it ends; 0: never */
  uint64_t rounds;      /* after which it ends; 0: no limit of its own */
  bool has_prices;      /* the floor's prices weigh services where the weight is `slice` */
  bool has_many_starts; /* the first population comes from several rules */
  size_t local;         /* tries per round of the local search on machines (repack.h); 0: none */
  uint64_t totals;      /* tries per round of the one on slice totals (reslice.h); 0: none */
  enum rms_floor_kind bound;
  uint64_t interval; /* rounds between migrations */
  size_t migrants;
  enum rms_topology topology;
};

/* Callbacks of a solver. solve: the first plan is reported as soon as the fast algorithm has it;
 * what is reported later is never worse. */
int rms_evolve_open(void **self, const struct rms_instance *inst,
                    const struct rms_evolve_setup *setup);
int rms_evolve_solve(void *self, const struct rms_host *host);
void rms_evolve_close(void *self);

#endif
