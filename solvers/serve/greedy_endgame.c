/* SPDX-License-Identifier: GPL-3.0-or-later */
/* greedy_endgame.c - a reconstruction of the last mile that MIG-serving mentions: one plausible
 * reading. */
#include "solvers/params.h"
#include "solvers/serve/greedy.h"

static const struct rms_param params[] = {RMS_GREEDY_Q, RMS_GREEDY_WEIGHT, {0}};

static int open_rule(void **self, const struct rms_instance *inst, const char *const *values)
{
  const struct rms_rule_setup setup = {.rule = RMS_RULE_ENDGAME,
                                       .weight =
                                           rms_weight_of(rms_value_text(params, values, "weight")),
                                       .q = (int)rms_value_int(params, values, "q")};
  return rms_greedy_open(self, inst, &setup);
}

const struct rms_solver rms_solver_serve_greedy_endgame = {
    RMS_GREEDY_SOLVER(open_rule), .name = "greedy-endgame",
    .doc = "Literal choices while nobody gets more than it misses, capped choices otherwise."};
