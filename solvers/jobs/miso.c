/* SPDX-License-Identifier: GPL-3.0-or-later */
/* miso.c - MISO: measure under MPS, predict speeds on slices, cut for them. */
#include <string.h>

#include "solvers/jobs/policy.h"
#include "solvers/jobs/recut_params.h"

static const struct rms_param params[] = {
    RMS_RECUT_PARAMS,
    {.name = "predictor",
     .type = RMS_P_ENUM,
     .dflt = "neural",
     .range = "ridge|boost|neural|true",
     .scale = "",
     .unit = "1",
     .doc = "Where speeds on slices come from after a phase: a model trained on measured mixes, or "
            "the truth with an error of the size below."},
    {.name = "error",
     .type = RMS_P_REAL,
     .dflt = "0.016",
     .range = "[0,0.5]",
     .scale = "",
     .when = "predictor=true",
     .unit = "1",
     .doc = "Mean absolute error of the time of an iteration, over the largest of 7g, 4g and 3g."},
    {0}};

static int open_miso(void **self, const struct rms_instance *inst, const char *const *values)
{
  const char *predictor = rms_value_text(params, values, "predictor");
  const bool is_true = !strcmp(predictor, "true");
  struct rms_recut_setup setup = rms_recut_setup_of(params, values);
  setup.speeds = is_true ? RMS_RECUT_TRUE : RMS_RECUT_PREDICTED;
  setup.predictor = predictor;
  setup.error = is_true ? rms_value_real(params, values, "error") : 0;
  setup.has_phase = true;
  return rms_recut_open(self, inst, &setup);
}

const struct rms_solver rms_solver_jobs_miso = {
    .abi = RMS_SOLVER_ABI,
    .size = sizeof(struct rms_solver),
    .name = "miso",
    .version = "1.0",
    .doc = "A new job is measured together with its machine's under MPS; speeds on slices are "
           "predicted and the machine is cut for them.",
    .citation = "MISO, SoCC 2022, arXiv 2207.11428; after its released scheduler",
    .family = "jobs",
    .flags = RMS_DETERMINISTIC | RMS_RANDOMISED,
    .params = params,
    .supports = rms_policy_supports,
    .open = open_miso,
    .solve = rms_recut_solve,
    .close = rms_recut_close};
