/* SPDX-License-Identifier: GPL-3.0-or-later */
/* evolve_state.h - the genetic algorithm from the inside: one state, its parts in files of one job
 * each. Private to evolve*.c. */
#ifndef RMS_SERVE_EVOLVE_STATE_H
#define RMS_SERVE_EVOLVE_STATE_H

#include "solvers/serve/deployment.h"
#include "solvers/serve/evolve.h"
#include "solvers/serve/letter.h"
#include "solvers/serve/repack.h"
#include "solvers/serve/reslice.h"
#include "solvers/serve/watch.h"

enum { /* of random numbers */
       RMS_EVOLVE_CHILDREN = 2,
       RMS_EVOLVE_STARTS = 3,
       RMS_EVOLVE_LOCAL = 4,
       RMS_EVOLVE_TOTALS = 5
};

struct rms_individual {
  struct rms_deployment plan;
  double surplus;
  uint64_t hash;
};

struct rms_evolve {
  const struct rms_serve *inst;
  struct rms_evolve_setup setup;
  struct rms_arena *arena;
  struct rms_walk_map *map;
  struct rms_slow *slow;
  struct rms_completer *fast, *refill; /* the rule of the first plan; capped, for refills */
  struct rms_completion state;
  struct rms_walk walk;
  struct rms_repack *repack;   /* NULL: no local search */
  struct rms_arena *lists;     /* of one solve */
  struct rms_reslice *reslice; /* NULL: no search in slice totals */
  int64_t *slack;
  uint32_t *order; /* [n_services] of a random greedy run */
  size_t most;     /* machines of a plan that is searched on */

  /* one solve */
  const struct rms_host *host;
  struct rms_floor floor;
  struct rms_watch watch;
  size_t n; /* individuals alive, best first */
  struct rms_individual *all[2 * RMS_POPULATION_MAX];
  struct rms_deployment best, tail;
  struct rms_serve_plan scratch;
  struct rms_letter letter;
  bool has_best;
  uint64_t work, evaluations, bred, tried, rounds, idle;
};

/* Where nothing else is said, 0: go on, 1: stop, negative: a status. */

/* ---- the best so far (evolve.c) ---- */

bool rms_evolve_is_closed(const struct rms_evolve *ga); /* nothing cheaper is possible */
int rms_evolve_report(struct rms_evolve *ga);
int rms_evolve_offer(struct rms_evolve *ga, const struct rms_deployment *plan);
int rms_evolve_tick(struct rms_evolve *ga); /* counts a completion */
struct rms_poll rms_evolve_poll(struct rms_evolve *ga);

/* ---- the beginning (evolve_begin.c) ---- */

/* The fast algorithm from nothing. 2: stuck; LIMIT: too large to go on. */
int rms_evolve_begin_fast(struct rms_evolve *ga);
int rms_evolve_find_floor(struct rms_evolve *ga);
int rms_evolve_begin_population(struct rms_evolve *ga);
/* Nobody is alive: the slow algorithm on the whole instance is what is left. */
int rms_evolve_begin_slow(struct rms_evolve *ga);

/* ---- children (evolve_breed.c) ---- */

/* Drop what is redundant, looking from machine `first` on, and weigh. */
void rms_evolve_weigh(struct rms_evolve *ga, struct rms_individual *one, size_t first);
const struct rms_individual *rms_evolve_parent(const struct rms_evolve *ga,
                                               struct rms_draws *draws);
/* Complete `child`, from which ga->walk comes, into ga->tail. 2: stuck. */
int rms_evolve_refill_slow(struct rms_evolve *ga, const struct rms_deployment *child,
                           struct rms_draws *draws);
/* 0: `child` is a complete plan; 2: it could not be completed. */
int rms_evolve_breed(struct rms_evolve *ga, struct rms_individual *child);
/* Of the first n, the best `population` different ones survive; the others are memory. */
void rms_evolve_select(struct rms_evolve *ga, size_t n);

/* ---- local search (evolve_local.c) ---- */

int rms_evolve_repack(struct rms_evolve *ga); /* a round of it */
/* Before the first round, and so before the tree search has anything to say. */
int rms_evolve_begin_reslice(struct rms_evolve *ga);
int rms_evolve_reslice(struct rms_evolve *ga);

/* ---- islands (evolve_islands.c) ---- */

int rms_evolve_migrate(struct rms_evolve *ga);
int rms_evolve_part(struct rms_evolve *ga); /* tells the neighbours of a proved plan */

#endif
