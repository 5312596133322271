/* SPDX-License-Identifier: GPL-3.0-or-later */
/* greedy_capped.c - our reading in which a service gains nothing beyond its demand. */
#include "solvers/params.h"
#include "solvers/serve/greedy.h"

static const struct rms_param params[] = {RMS_GREEDY_WEIGHT, {0}};

static int open_rule(void **self, const struct rms_instance *inst, const char *const *values)
{
  const struct rms_rule_setup setup = {
      .rule = RMS_RULE_CAPPED, .weight = rms_weight_of(rms_value_text(params, values, "weight"))};
  return rms_greedy_open(self, inst, &setup);
}

const struct rms_solver rms_solver_serve_greedy_capped = {
    RMS_GREEDY_SOLVER(open_rule), .name = "greedy-capped",
    .doc = "Add the machine with the largest sum of gains, each capped at the remaining need, any "
           "mix of services."};
