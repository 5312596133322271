/* SPDX-License-Identifier: GPL-3.0-or-later */
/* evolve_params.h - the declared parameters of the genetic algorithm, alike in every solver that
 * uses it; all of their defaults are reconstructed. */
#ifndef RMS_SERVE_EVOLVE_PARAMS_H
#define RMS_SERVE_EVOLVE_PARAMS_H

#include "solvers/serve/evolve.h"
#include "solvers/serve/greedy.h"
#include "solvers/serve/slow_params.h"

/* clang-format off */
#define RMS_EVOLVE_PARAMS(refill_default, vary_default)                                            \
  {.name = "population", .type = RMS_P_INT, .dflt = "8", .range = "[1,256]", .scale = "log",       \
   .unit = "1", .doc = "Deployments that survive a round (reconstructed)."},                       \
  {.name = "offspring", .type = RMS_P_INT, .dflt = "8", .range = "[1,256]", .scale = "log",        \
   .unit = "1", .doc = "Deployments bred in a round (reconstructed)."},                            \
  {.name = "erase", .type = RMS_P_REAL, .dflt = "0.3", .range = "(0,1]", .scale = "",              \
   .unit = "1", .doc = "Share of the machines that a crossover erases (reconstructed)."},          \
  {.name = "vary", .type = RMS_P_BOOL, .dflt = vary_default, .scale = "", .unit = "1",             \
   .doc = "Erase between one machine and that share, at random."},                                 \
  {.name = "refill", .type = RMS_P_ENUM, .dflt = refill_default, .range = "slow|fast|mixed",       \
   .scale = "", .unit = "1", .doc = "What completes an erased deployment: tree search or greedy."},\
  {.name = "rollouts", .type = RMS_P_INT, .dflt = "50", .range = "[1,1e9]", .scale = "log",        \
   .when = "refill!=fast", .unit = "1", .doc = "Rollouts of one slow refill (reconstructed)."},    \
  {.name = "parents", .type = RMS_P_REAL, .dflt = "0", .range = "[0,1]", .scale = "",              \
   .unit = "1", .doc = "Probability that a crossover joins two deployments (ours)."},              \
  {.name = "mutations", .type = RMS_P_INT, .dflt = "2", .range = "[0,1000]", .scale = "",          \
   .unit = "1", .doc = "Swaps of services between equal slices per child (reconstructed)."},       \
  {.name = "rounds", .type = RMS_P_INT, .dflt = "0", .range = "[0,1e12]", .scale = "",             \
   .unit = "1", .doc = "Rounds after which it ends; 0: no limit of its own."},                     \
  {.name = "migration", .type = RMS_P_INT, .dflt = "10", .range = "[1,1e9]", .scale = "log",       \
   .when = "islands>1", .unit = "1", .doc = "Rounds between two migrations."},                     \
  {.name = "migrants", .type = RMS_P_INT, .dflt = "1", .range = "[1,16]", .scale = "",             \
   .when = "islands>1", .unit = "1", .doc = "Best deployments that migrate."},                     \
  {.name = "topology", .type = RMS_P_ENUM, .dflt = "ring", .range = "ring|torus|full|none",        \
   .scale = "", .when = "islands>1", .unit = "1", .doc = "Who sends to whom."}
/* clang-format on */

#define RMS_IDLE_PARAM(idle_default)                                                               \
  {                                                                                                \
    .name = "idle", .type = RMS_P_INT, .dflt = idle_default, .range = "[0,1e9]", .scale = "",      \
    .unit = "1",                                                                                   \
    .doc = "Rounds without a better plan after which it ends; 0: at the limit or the bound."       \
  }

/* What the solver objects of these solvers have in common. */
/* clang-format off */
#define RMS_EVOLVE_SOLVER(open_function)                                                           \
  .abi = RMS_SOLVER_ABI, .size = sizeof(struct rms_solver),                                        \
  .citation = "after MIG-serving, arXiv 2109.11067", .family = "serve",                            \
  .flags = RMS_ANYTIME | RMS_PARALLEL | RMS_DETERMINISTIC | RMS_RANDOMISED | RMS_BOUND |           \
           RMS_FOREIGN_ALLOC,                                                                      \
  .supports = rms_greedy_supports, .open = (open_function), .solve = rms_evolve_solve,             \
  .close = rms_evolve_close
/* clang-format on */

static inline enum rms_topology rms_topology_of(const char *text)
{
  return text[0] == 'r'   ? RMS_TOPOLOGY_RING
         : text[0] == 't' ? RMS_TOPOLOGY_TORUS
         : text[0] == 'f' ? RMS_TOPOLOGY_FULL
                          : RMS_TOPOLOGY_NONE;
}

static inline struct rms_evolve_setup rms_evolve_setup_of(const struct rms_param *params,
                                                          const char *const *values)
{
  const char refill = rms_value_text(params, values, "refill")[0];
  return (struct rms_evolve_setup){
      .slow =
          rms_slow_setup_of(params, values, (size_t)rms_value_int(params, values, "memory") << 20),
      .refill = refill == 's'   ? RMS_REFILL_SLOW
                : refill == 'f' ? RMS_REFILL_FAST
                                : RMS_REFILL_MIXED,
      .rollouts = (uint64_t)rms_value_int(params, values, "rollouts"),
      .population = (size_t)rms_value_int(params, values, "population"),
      .children = (size_t)rms_value_int(params, values, "offspring"),
      .mutations = (size_t)rms_value_int(params, values, "mutations"),
      .erase = rms_value_real(params, values, "erase"),
      .is_varied = rms_value_bool(params, values, "vary"),
      .two_parents = rms_value_real(params, values, "parents"),
      .idle = (uint64_t)rms_value_int(params, values, "idle"),
      .rounds = (uint64_t)rms_value_int(params, values, "rounds"),
      .bound = rms_floor_kind_of(rms_value_text(params, values, "bound")),
      .interval = (uint64_t)rms_value_int(params, values, "migration"),
      .migrants = (size_t)rms_value_int(params, values, "migrants"),
      .topology = rms_topology_of(rms_value_text(params, values, "topology"))};
}

#endif
