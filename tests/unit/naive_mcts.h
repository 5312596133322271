/* SPDX-License-Identifier: GPL-3.0-or-later */
/* naive_mcts.h - the slow algorithm as a textbook would have it: every state a copy, every machine
 * over the sampled services written down and sorted, pools found by comparing sets, the greedy
 * choice by scanning all services. For comparing results, and speed, with solvers/serve/slow.h; and
 * so for the children of solvers/serve/evolve.h. */
#ifndef RMS_TEST_NAIVE_MCTS_H
#define RMS_TEST_NAIVE_MCTS_H

#include "solvers/serve/menu.h"

struct naive_machine {
  uint32_t pool, cut;
  uint32_t service[RMS_UNITS_MAX];
  double score; /* per cost */
};

struct naive_state {
  const struct rms_serve *inst;
  int64_t *need;
  int64_t left[RMS_SERVE_POOLS_MAX];
  int64_t cost;
};

/* All machines over these services with a gain, best first; equal scores in order of enumeration. A
 * slice is idle only when nobody gains by it. malloc'ed; NULL: out of memory. */
struct naive_machine *naive_menu(const struct naive_state *state,
                                 const struct rms_menu_setup *setup, const uint32_t *services,
                                 size_t n_services, size_t *n);

/* What greedy-capped adds; false: nothing makes progress. */
bool naive_greedy(const struct naive_state *state, enum rms_weight weight,
                  struct naive_machine *machine);

struct naive_setup {
  struct rms_menu_setup menu;
  double c;
  uint64_t seed, rollouts;
};

/* `rollouts` of tree search on the whole instance, without limits on memory. Returns the cost of
 * the best plan, INT64_MAX: none, -1: out of memory. */
int64_t naive_mcts(const struct rms_serve *inst, const struct naive_setup *setup);

/* `rounds` of ruin and recreate as the genetic algorithm breeds children, on copies: 30 % of the
 * machines are erased at random, setup->rollouts of tree search from there are tried (without
 * keeping their plan), the rest is completed greedily, every machine is tried for removal by adding
 * up all others again. Cost of the best plan; -1: out of memory. */
int64_t naive_evolve(const struct rms_serve *inst, const struct naive_setup *setup,
                     uint64_t rounds);

#endif
