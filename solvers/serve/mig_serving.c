/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mig_serving.c - MIG-serving's pipeline: the fast algorithm gives a plan at once, the genetic
 * algorithm with the slow one improves it. That is what the paper's abstract says; the rule of the
 * fast algorithm's last mile, all sizes and rates are reconstructed.
 *
 * mig-serving-plus is the same with what we found to help, each a switch: capped gains, first plans
 * of several rules, refills of both kinds and of all sizes, a local search on the cost, the price
 * bound. */
#include <string.h>

#include "solvers/serve/evolve_params.h"

#define FAST_PARAM(fast_default)                                                                   \
  {.name = "fast",                                                                                 \
   .type = RMS_P_ENUM,                                                                             \
   .dflt = fast_default,                                                                           \
   .range = "literal|capped|endgame",                                                              \
   .scale = "",                                                                                    \
   .unit = "1",                                                                                    \
   .doc = "Fast algorithm: greedy-literal, greedy-capped or greedy-endgame (reconstructed)."},     \
  {                                                                                                \
    .name = "q", .type = RMS_P_INT, .dflt = "2", .range = "[0,64]", .scale = "",                   \
    .when = "fast!=capped", .unit = "1",                                                           \
    .doc = "Services that share a machine in the fast algorithm; 0 for any (reconstructed)."       \
  }

static const struct rms_param params[] = {FAST_PARAM("endgame"),
                                          RMS_EVOLVE_PARAMS("slow", "no"),
                                          RMS_IDLE_PARAM("10"),
                                          RMS_SLOW_PARAMS("literal", "need"),
                                          RMS_BOUND_PARAM("free"),
                                          RMS_MEMORY_PARAM,
                                          {0}};

static const struct rms_param plus_params[] = {
    FAST_PARAM("capped"),
    RMS_EVOLVE_PARAMS("mixed", "yes"),
    RMS_IDLE_PARAM("0"),
    RMS_SLOW_PARAMS("capped", "slice"),
    RMS_BOUND_PARAM("price"),
    RMS_MEMORY_PARAM,
    {.name = "prices",
     .type = RMS_P_BOOL,
     .dflt = "yes",
     .scale = "",
     .unit = "1",
     .doc = "Weigh services by the bound's prices, in scores with weight=slice and in surpluses."},
    {.name = "starts",
     .type = RMS_P_ENUM,
     .dflt = "many",
     .range = "one|many",
     .scale = "",
     .unit = "1",
     .doc = "First deployments: from the capped rule only, or from the end-game rule too."},
    {.name = "local",
     .type = RMS_P_INT,
     .dflt = "16",
     .range = "[0,1e6]",
     .scale = "",
     .unit = "1",
     .doc = "Tries per round to replace a few machines by fewer; 0: no such search."},
    {.name = "totals",
     .type = RMS_P_INT,
     .dflt = "1024",
     .range = "[0,1e9]",
     .scale = "",
     .unit = "1",
     .doc = "Tries per round of the local search in slice totals (16 moves each); 0: none."},
    {0}};

static struct rms_evolve_setup setup_of(const struct rms_param *table, const char *const *values)
{
  struct rms_evolve_setup setup = rms_evolve_setup_of(table, values);
  const char fast = rms_value_text(table, values, "fast")[0];
  setup.fast = (struct rms_rule_setup){.rule = fast == 'l'   ? RMS_RULE_LITERAL
                                               : fast == 'c' ? RMS_RULE_CAPPED
                                                             : RMS_RULE_ENDGAME,
                                       .weight = setup.slow.menu.weight,
                                       .q = (int)rms_value_int(table, values, "q")};
  return setup;
}

static int open_pipeline(void **self, const struct rms_instance *inst, const char *const *values)
{
  const struct rms_evolve_setup setup = setup_of(params, values);
  return rms_evolve_open(self, inst, &setup);
}

static int open_plus(void **self, const struct rms_instance *inst, const char *const *values)
{
  struct rms_evolve_setup setup = setup_of(plus_params, values);
  setup.has_many_starts = rms_value_text(plus_params, values, "starts")[0] == 'm';
  setup.has_prices = rms_value_bool(plus_params, values, "prices");
  setup.local = (size_t)rms_value_int(plus_params, values, "local");
  setup.totals = (uint64_t)rms_value_int(plus_params, values, "totals");
  return rms_evolve_open(self, inst, &setup);
}

const struct rms_solver rms_solver_serve_mig_serving = {
    RMS_EVOLVE_SOLVER(open_pipeline), .name = "mig-serving", .version = "1.0",
    .doc = "MIG-serving's pipeline: greedy first, then the genetic algorithm with tree search "
           "(reconstructed).",
    .params = params};

const struct rms_solver rms_solver_serve_mig_serving_plus = {
    RMS_EVOLVE_SOLVER(open_plus), .name = "mig-serving-plus", .version = "1.1",
    .doc = "The pipeline with capped gains, mixed refills, local search on the cost and the price "
           "bound (ours).",
    .params = plus_params};
