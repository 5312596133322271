/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "instances/jobs/draft.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char reference_machine[] = "a100-40gb";
static const double fractions[RMS_SLICE_SIZES] = {1, 4 / 7.0, 3 / 7.0, 2 / 7.0, 1 / 7.0};
static const int sizes[RMS_SLICE_SIZES] = {7, 4, 3, 2, 1};

/* ---- types ---- */

/* Seconds to save and restore, MISO's released code. */
static double published_overhead(const char *model)
{
  static const struct {
    const char *model;
    double seconds;
  } list[] = {{"bert", 18}, {"cyclegan", 44}, {"deepspeech2", 14}, {"embedding", 4},
              {"gnn", 5},   {"mobilenet", 7}, {"resnet", 9},       {"transformer", 5}};
  for (size_t i = 0; i < sizeof list / sizeof *list; i++)
    if (strcmp(list[i].model, model) == 0) return list[i].seconds;
  return 10;
}

/* Measured speed at a share of the machine's compute: linear between the slices that fit, and down
 * to 0 at 0. */
static double curve(const struct rms_variant *v, double share)
{
  for (size_t i = 0; i + 1 < RMS_SLICE_SIZES; i++) {
    if (v->speed[i + 1] <= 0) return v->speed[i] * fmin(1, share / fractions[i]);
    if (share < fractions[i + 1]) continue;
    const double part = (share - fractions[i + 1]) / (fractions[i] - fractions[i + 1]);
    return v->speed[i + 1] + (v->speed[i] - v->speed[i + 1]) * fmin(1, part);
  }
  return v->speed[RMS_SLICE_SIZES - 1] * share / fractions[RMS_SLICE_SIZES - 1];
}

static int32_t fixed(double speed)
{
  const double value = speed * RMS_JOBS_FULL + 0.5;
  return value < 1 ? 1 : value > RMS_JOBS_SPEED_MAX ? RMS_JOBS_SPEED_MAX : (int32_t)value;
}

static int64_t delay(double seconds)
{
  return (int64_t)(seconds * (double)RMS_JOBS_SECOND + 0.5);
}

/* GiB of the smallest slice of the reference machine that it was seen on, or less. */
static double memory_need(const struct rms_variant *v, const struct rms_machine *reference)
{
  double need = v->memory_mib / 1024;
  for (size_t i = RMS_SLICE_SIZES; i-- > 0;) {
    if (v->speed[i] <= 0) continue;
    for (int p = 0; p < reference->n_profiles; p++) {
      const struct rms_profile *const profile = &reference->profiles[p];
      if (profile->compute == sizes[i] && (rms_machine_base(reference) >> p & 1))
        return fmin(need, profile->memory_gib);
    }
  }
  return need;
}

static void fill_mps(struct rms_jobs_draft *d, const struct rms_variant *v,
                     struct rms_jobs_type *type)
{
  for (size_t l = 0; l < d->spec.n_levels; l++)
    for (int n = 1; n <= RMS_JOBS_CORUN_MAX; n++) {
      const double share = fmin(d->spec.levels[l] / 100.0, 1.0 / n);
      type->mps[l][n - 1] = fixed(curve(v, share) / (1 + 0.15 * (n - 1)));
    }
}

int rms_jobs_draft_types(struct rms_jobs_draft *d, struct rms_error *err)
{
  struct rms_machine *reference = NULL;
  const double factor = d->recipe.value[RMS_JOBS_OVERHEAD].real;
  int status = rms_machine_builtin(&reference, reference_machine, err);
  if (status < 0) return status;
  for (size_t t = 0; t < d->mixes->n_variants; t++) {
    const struct rms_variant *const v = &d->mixes->variants[t];
    const double half = published_overhead(v->model) * factor / 2;
    snprintf(d->names[t], sizeof d->names[t], "%.50s:%d", v->model, v->batch);
    d->memory[t] = memory_need(v, reference);
    d->types[t] = (struct rms_jobs_type){.name = d->names[t],
                                         .model = v->model,
                                         .batch = v->batch,
                                         .memory_mib = (int64_t)(d->memory[t] * 1024),
                                         .checkpoint_us = delay(half),
                                         .restart_us = delay(half)};
    fill_mps(d, v, &d->types[t]);
  }
  d->spec.types = d->types;
  d->spec.n_types = d->mixes->n_variants;
  rms_machine_free(reference);
  return RMS_OK;
}

/* ---- the machine ---- */

static int find_rules(struct rms_jobs_draft *d, struct rms_error *err)
{
  const char *const wanted = d->recipe.value[RMS_JOBS_RULES].text;
  const int rules = rms_machine_rules(d->machine, wanted[0] ? wanted : "r470");
  d->spec.pools[0].rules = rules;
  if (rules >= 0 || !wanted[0]) return RMS_OK;
  return rms_error_set(err, RMS_E_UNKNOWN, "rules=%.60s: machine %s has no such rule set", wanted,
                       d->machine->name);
}

static double speed_on(const struct rms_jobs_draft *d, size_t t, const struct rms_profile *profile)
{
  const struct rms_variant *const v = &d->mixes->variants[t];
  if (strcmp(d->machine->name, reference_machine) == 0)
    for (size_t i = 0; i < RMS_SLICE_SIZES; i++)
      if (sizes[i] == profile->compute) return v->speed[i];
  if (!(profile->memory_gib >= d->memory[t])) return 0;
  return curve(v, (double)profile->compute / d->machine->compute_units);
}

int rms_jobs_draft_machine(struct rms_jobs_draft *d, struct rms_error *err)
{
  int status = RMS_OK;
  RMS_TRY(rms_machine_builtin(&d->machine, d->recipe.value[RMS_JOBS_MACHINE].text, err));
  d->spec.n_speeds = 0;
  d->spec.n_models = 1;
  d->spec.models[0] = d->machine;
  d->spec.n_pools = 1;
  d->spec.pools[0].count = rms_jobs_whole(&d->recipe, RMS_JOBS_MACHINES);
  RMS_TRY(find_rules(d, err));
  const uint32_t base = rms_machine_base(d->machine);
  for (int p = 0; p < d->machine->n_profiles; p++) {
    const struct rms_profile *const profile = &d->machine->profiles[p];
    if (!(base >> p & 1)) continue;
    if (profile->compute == d->machine->compute_units && profile->memory_gib > 0)
      d->spec.pools[0].memory_mib = (int64_t)(profile->memory_gib * 1024);
    for (size_t t = 0; t < d->spec.n_types; t++) {
      const double speed = speed_on(d, t, profile);
      if (speed > 0)
        d->speeds[d->spec.n_speeds++] = (struct rms_jobs_speed){
            .type = (uint32_t)t, .profile = (uint16_t)p, .speed = fixed(speed)};
    }
  }
  d->spec.speeds = d->speeds;
out:
  return status;
}

void rms_jobs_draft_overheads(struct rms_jobs_draft *d, uint64_t key)
{
  static const int levels[] = {100, 50, 33, 14};
  const struct rms_option_value *const value = d->recipe.value;
  const double factor = value[RMS_JOBS_OVERHEAD].real;
  d->spec.n_levels = sizeof levels / sizeof *levels;
  memcpy(d->spec.levels, levels, sizeof levels);
  d->spec.overheads = (struct rms_jobs_overheads){
      .recut_us = delay(3.5 * factor),
      .settle_us = delay(0.5 * factor),
      .phase_us = delay(value[RMS_JOBS_PHASE].real),
      .n_phase = 3,
      .phase = {0, 1, 3},
      .is_whole = value[RMS_JOBS_SCOPE].whole == 0,
      .is_replayed = value[RMS_JOBS_MEASURE].whole == 0,
      .noise = (int32_t)(value[RMS_JOBS_NOISE].real * RMS_JOBS_FULL + 0.5),
      .noise_seed = key ^ (uint64_t)value[RMS_JOBS_SEED].whole};
}
