/* SPDX-License-Identifier: GPL-3.0-or-later */
/* greedy_literal.c - MIG-serving's score as it is written, at most q services on a machine, no end
 * game. The two-service limit is recalled from the paper, the rule for the end game is not known:
 * this reading has none. */
#include "solvers/params.h"
#include "solvers/serve/greedy.h"

static const struct rms_param params[] = {RMS_GREEDY_Q, {0}};

static int open_rule(void **self, const struct rms_instance *inst, const char *const *values)
{
  const struct rms_rule_setup setup = {.rule = RMS_RULE_LITERAL,
                                       .q = (int)rms_value_int(params, values, "q")};
  return rms_greedy_open(self, inst, &setup);
}

const struct rms_solver rms_solver_serve_greedy_literal = {
    RMS_GREEDY_SOLVER(open_rule), .name = "greedy-literal",
    .doc = "Add the machine with the largest sum of w u until all demands are met; gains are not "
           "capped."};
