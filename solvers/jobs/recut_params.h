/* SPDX-License-Identifier: GPL-3.0-or-later */
/* recut_params.h - parameters that the policies of recut.h have in common. */
#ifndef RMS_JOBS_RECUT_PARAMS_H
#define RMS_JOBS_RECUT_PARAMS_H

#include <string.h>

#include "solvers/jobs/recut.h"
#include "solvers/params.h"

#define RMS_RECUT_PARAMS                                                                           \
  {.name = "objective",                                                                            \
   .type = RMS_P_ENUM,                                                                             \
   .dflt = "slowdown",                                                                             \
   .range = "slowdown|stp",                                                                        \
   .scale = "",                                                                                    \
   .unit = "1",                                                                                    \
   .doc = "Cuts have the least mean slow-down, or the largest sum of speeds."},                    \
      {.name = "cuts",                                                                             \
       .type = RMS_P_ENUM,                                                                         \
       .dflt = "maximal",                                                                          \
       .range = "maximal|any",                                                                     \
       .scale = "",                                                                                \
       .unit = "1",                                                                                \
       .doc = "Cuts that fill the machine with one job on each slice, or any with as many slices " \
              "as jobs."},                                                                         \
  {                                                                                                \
    .name = "repair", .type = RMS_P_ENUM, .dflt = "empty", .range = "empty|always", .scale = "",   \
    .unit = "1",                                                                                   \
    .doc = "Machines with an idle slice are cut anew when nobody waits, or also when nobody who "  \
           "waits can be placed."                                                                  \
  }

static inline struct rms_recut_setup rms_recut_setup_of(const struct rms_param *params,
                                                        const char *const *values)
{
  const bool is_stp = !strcmp(rms_value_text(params, values, "objective"), "stp");
  const bool is_any = !strcmp(rms_value_text(params, values, "cuts"), "any");
  return (struct rms_recut_setup){.objective = is_stp ? RMS_RECUT_STP : RMS_RECUT_SLOWDOWN,
                                  .cuts = is_any ? RMS_CHOOSE_ANY : RMS_CHOOSE_MAXIMAL,
                                  .repairs_always =
                                      !strcmp(rms_value_text(params, values, "repair"), "always")};
}

#endif
