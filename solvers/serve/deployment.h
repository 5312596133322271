/* SPDX-License-Identifier: GPL-3.0-or-later */
/* deployment.h - a plan as an array of genes (walk.h), one per machine: the chromosome of the
 * genetic algorithm, and what the searches hand to the host. */
#ifndef RMS_SERVE_DEPLOYMENT_H
#define RMS_SERVE_DEPLOYMENT_H

#include "solvers/serve/completion.h"
#include "solvers/serve/floor.h"
#include "solvers/serve/walk.h"

struct rms_deployment { /* zero-initialise; free with _fini */
  uint32_t *genes;
  size_t n, capacity; /* machines; words */
  int64_t cost;
};

void rms_deployment_fini(struct rms_deployment *plan); /* accepts a zeroed one; zeroes it again */
int rms_deployment_add(struct rms_deployment *plan, const struct rms_walk_map *map,
                       const uint32_t *genes, size_t n); /* 0 or RMS_E_NOMEM */
int rms_deployment_copy(struct rms_deployment *to, const struct rms_walk_map *map,
                        const struct rms_deployment *from);
/* Take out machine i; the last one takes its place. */
void rms_deployment_remove(struct rms_deployment *plan, const struct rms_walk_map *map, size_t i);

/* Apply all machines to a fresh state. True: all demands are met within the stocks. */
bool rms_deployment_walk(const struct rms_deployment *plan, struct rms_walk *walk);

/* Complete `plan` from where `walk` is by a rule, machine by machine; `walk` follows.
 *   state [scratch] of the same instance
 * Returns enum rms_complete_end or RMS_E_NOMEM. Rule and map must be of the same instance. */
int rms_deployment_complete(struct rms_deployment *plan, struct rms_walk *walk,
                            struct rms_completer *completer, struct rms_completion *state,
                            struct rms_serve_plan *scratch, struct rms_poll *poll);

/* As a plan for the host: equal machines joined, sorted. Sorts the genes. 0 or RMS_E_NOMEM. */
int rms_deployment_plan(struct rms_deployment *plan, const struct rms_walk_map *map,
                        struct rms_serve_plan *result);

/* From a plan whose layouts are cuts of the instance. RMS_E_LIMIT: more than `most` machines, or a
 * layout that is no cut. */
int rms_deployment_of(struct rms_deployment *plan, const struct rms_walk_map *map,
                      const struct rms_serve_plan *from, size_t most);

/* Total throughput minus demand per service, micros (saturating). */
void rms_deployment_slack(const struct rms_deployment *plan, const struct rms_walk_map *map,
                          int64_t *slack);
/* Drop every machine whose removal leaves all demands met, looking at them from `first` on, in a
 * circle. `slack` must be that of the plan, and follows. */
void rms_deployment_drop(struct rms_deployment *plan, const struct rms_walk_map *map,
                         int64_t *slack, size_t first);
/* Sum over services of surplus / demand x share of a machine that the demand needs: more surplus
 * is closer to dropping a machine. */
double rms_deployment_surplus(const struct rms_walk_map *map, const int64_t *slack);
/* Equal for equal multisets of machines. */
uint64_t rms_deployment_hash(const struct rms_deployment *plan, const struct rms_walk_map *map);

/* Report with the cost; the floor's bound and certificate go along when it is known.
 * Nonzero: stop; negative: a status. Sorts the genes. */
int rms_deployment_report(const struct rms_host *host, struct rms_deployment *plan,
                          const struct rms_walk_map *map, const struct rms_floor *floor,
                          uint64_t work, uint64_t evaluations);

#endif
