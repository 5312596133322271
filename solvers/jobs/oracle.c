/* SPDX-License-Identifier: GPL-3.0-or-later */
/* oracle.c - MISO without its measuring: speeds on slices are known when a job arrives. */
#include "solvers/jobs/policy.h"
#include "solvers/jobs/recut_params.h"

static const struct rms_param params[] = {
    RMS_RECUT_PARAMS,
    {.name = "error",
     .type = RMS_P_REAL,
     .dflt = "0",
     .range = "[0,0.5]",
     .scale = "",
     .unit = "1",
     .doc = "Injected: mean absolute error of the time of an iteration, over the largest of 7g, 4g "
            "and 3g."},
    {0}};

static int open_oracle(void **self, const struct rms_instance *inst, const char *const *values)
{
  struct rms_recut_setup setup = rms_recut_setup_of(params, values);
  setup.speeds = RMS_RECUT_TRUE;
  setup.error = rms_value_real(params, values, "error");
  return rms_recut_open(self, inst, &setup);
}

const struct rms_solver rms_solver_jobs_oracle = {
    .abi = RMS_SOLVER_ABI,
    .size = sizeof(struct rms_solver),
    .name = "oracle",
    .version = "1.0",
    .doc = "MISO with true speeds and without measuring; overheads of cutting and moving remain.",
    .citation = "the clairvoyant reference of MISO, SoCC 2022, arXiv 2207.11428",
    .family = "jobs",
    .flags = RMS_DETERMINISTIC | RMS_RANDOMISED,
    .params = params,
    .supports = rms_policy_supports,
    .open = open_oracle,
    .solve = rms_recut_solve,
    .close = rms_recut_close};
