/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ga.c - MIG-serving's genetic algorithm on its own, from greedy deployments. */
#include "solvers/serve/evolve_params.h"

static const struct rms_param params[] = {
    RMS_EVOLVE_PARAMS("slow", "no"), RMS_IDLE_PARAM("0"), RMS_SLOW_PARAMS("capped", "need"),
    RMS_BOUND_PARAM("free"),         RMS_MEMORY_PARAM,    {0}};

static int open_ga(void **self, const struct rms_instance *inst, const char *const *values)
{
  struct rms_evolve_setup setup = rms_evolve_setup_of(params, values);
  setup.fast = (struct rms_rule_setup){.rule = RMS_RULE_CAPPED, .weight = setup.slow.menu.weight};
  return rms_evolve_open(self, inst, &setup);
}

const struct rms_solver rms_solver_serve_ga = {
    RMS_EVOLVE_SOLVER(open_ga), .name = "ga", .version = "1.0",
    .doc = "Genetic algorithm: erases a part of a deployment and completes it again by tree search "
           "or greedily (reconstructed).",
    .params = params};
