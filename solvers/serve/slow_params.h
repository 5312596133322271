/* SPDX-License-Identifier: GPL-3.0-or-later */
/* slow_params.h - the declared parameters of the slow algorithm, alike in every solver that uses
 * it: MIG-serving does not state them, so they are reconstructed and can be changed. */
#ifndef RMS_SERVE_SLOW_PARAMS_H
#define RMS_SERVE_SLOW_PARAMS_H

#include "solvers/params.h"
#include "solvers/serve/floor.h"
#include "solvers/serve/slow.h"

/* clang-format off */
#define RMS_SLOW_PARAMS(score_default, weight_default)                                                             \
  {.name = "children", .type = RMS_P_INT, .dflt = "10", .range = "[1,64]", .scale = "log",         \
   .unit = "1", .doc = "Machines kept per node and pool, the best ones (reconstructed)."},         \
  {.name = "sample", .type = RMS_P_INT, .dflt = "5", .range = "[1,16]", .scale = "",               \
   .unit = "1", .doc = "Unfinished services drawn for a node or pool (reconstructed)."},           \
  {.name = "c", .type = RMS_P_REAL, .dflt = "1.4", .range = "[0,100]", .scale = "",                \
   .unit = "1", .doc = "Constant of UCT: larger explores more (reconstructed)."},                  \
  {.name = "score", .type = RMS_P_ENUM, .dflt = score_default, .range = "literal|capped",          \
   .scale = "", .unit = "1",                                                                       \
   .doc = "What ranks machines: sum of w u as written, or gains capped at the need."},             \
  {.name = "weight", .type = RMS_P_ENUM, .dflt = weight_default, .range = "need|one|slice", .scale = "",   \
   .unit = "1", .doc = "What a capped gain is multiplied by (see greedy-capped)."},                \
  {.name = "backup", .type = RMS_P_ENUM, .dflt = "mean", .range = "mean|max", .scale = "",         \
   .unit = "1", .doc = "Value of a node: mean or best reward below it (reconstructed)."},          \
  {.name = "estimate", .type = RMS_P_BOOL, .dflt = "yes", .scale = "", .unit = "1",                \
   .doc = "Estimate from pools kept per type of state; otherwise roll out blindly."},              \
  {.name = "greedy", .type = RMS_P_BOOL, .dflt = "yes", .scale = "", .unit = "1",                  \
   .doc = "Put the greedy-capped choice into every pool (reconstructed)."}
/* clang-format on */

#define RMS_BOUND_PARAM(bound_default)                                                             \
  {                                                                                                \
    .name = "bound", .type = RMS_P_ENUM, .dflt = bound_default, .range = "none|free|price",        \
    .scale = "", .unit = "1",                                                                      \
    .doc = "Lower bound at which the search stops: none, rule-free, or best slice prices."         \
  }

#define RMS_MEMORY_PARAM                                                                           \
  {                                                                                                \
    .name = "memory", .type = RMS_P_INT, .dflt = "256", .range = "[1,1e6]", .scale = "log",        \
    .unit = "MiB", .doc = "Memory for nodes, pools and plans."                                     \
  }

static inline struct rms_slow_setup rms_slow_setup_of(const struct rms_param *params,
                                                      const char *const *values, size_t memory)
{
  return (struct rms_slow_setup){
      .menu = {.is_capped = rms_value_text(params, values, "score")[0] == 'c',
               .weight = rms_weight_of(rms_value_text(params, values, "weight")),
               .sample = (size_t)rms_value_int(params, values, "sample"),
               .size = (size_t)rms_value_int(params, values, "children")},
      .c = rms_value_real(params, values, "c"),
      .is_max = rms_value_text(params, values, "backup")[1] == 'a',
      .has_estimate = rms_value_bool(params, values, "estimate"),
      .has_greedy = rms_value_bool(params, values, "greedy"),
      .memory = memory};
}

#endif
