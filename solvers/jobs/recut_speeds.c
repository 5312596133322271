/* SPDX-License-Identifier: GPL-3.0-or-later */
/* recut_speeds.c - how fast jobs are believed to be on slices. */
#include <gsl/gsl_cdf.h>

#include "solvers/jobs/recut_state.h"
#include "solvers/jobs/sharing.h"

enum { DRAWS = 2 * RMS_JOBS_KINDS_MAX };
/* Deviation of an injected error over its mean: 0.0032 / 0.016 in MISO's code. */
#define ERROR_SPREAD 0.2

/* An error of mean size `error` and either sign: MISO's released model of its predictor's. */
static double draw_error(const struct rms_recut *r, const struct rms_recut_resident *resident,
                         size_t kind)
{
  const uint64_t at = (uint64_t)resident->round * DRAWS + 2 * kind;
  const uint64_t bits = r->host->random(r->host->ctx, resident->job, at);
  const uint64_t sign = r->host->random(r->host->ctx, resident->job, at + 1);
  const double unit = (double)(bits >> 11 | 1) * 0x1p-53;
  const double size = r->setup.error * (1 + ERROR_SPREAD * gsl_cdf_ugaussian_Pinv(unit));
  return sign & 1 ? size : -size;
}

static bool is_large(double part)
{
  return part > 0.42;
}

/* True speeds, disturbed on the scale on which predictors err: time over the largest time of the
 * large sizes. */
static int true_speeds(const struct rms_recut *r, const struct rms_sim *sim,
                       const struct rms_recut_resident *resident, double speed[RMS_JOBS_KINDS_MAX])
{
  double longest = 0;
  for (size_t k = 0; k < r->cluster->n_kinds; k++) {
    int32_t value = 0;
    const int status = rms_sim_speed(sim, resident->job, k, &value);
    if (status) return status;
    speed[k] = (double)value / RMS_JOBS_FULL;
    if (value > 0 && is_large(rms_sharing_part(r->cluster, k)) && 1 / speed[k] > longest)
      longest = 1 / speed[k];
  }
  for (size_t k = 0; k < r->cluster->n_kinds && r->setup.error > 0; k++) {
    if (speed[k] <= 0) continue;
    if (longest <= 0) longest = 1 / speed[k];
    const double time = 1 / speed[k] / longest + draw_error(r, resident, k);
    speed[k] = 1 / (longest * (time > 0.01 ? time : 0.01));
  }
  return RMS_OK;
}

static int speeds_of(const struct rms_recut *r, const struct rms_sim *sim,
                     const struct rms_recut_resident *resident, double speed[RMS_JOBS_KINDS_MAX])
{
  if (r->setup.speeds == RMS_RECUT_TRUE) return true_speeds(r, sim, resident, speed);
  for (size_t k = 0; k < r->cluster->n_kinds; k++) {
    const double part = rms_sharing_part(r->cluster, k);
    speed[k] = resident->round ? rms_sharing_speed(resident->speed, part) : part;
  }
  return RMS_OK;
}

int rms_recut_values(const struct rms_recut *r, const struct rms_sim *sim,
                     const struct rms_recut_resident *resident, double value[RMS_JOBS_KINDS_MAX])
{
  const int status = speeds_of(r, sim, resident, value);
  for (size_t k = 0; !status && k < r->cluster->n_kinds; k++) {
    if (!rms_sim_fits(sim, resident->job, k) || value[k] <= 0)
      value[k] = RMS_CHOOSE_NEVER;
    else if (r->setup.objective == RMS_RECUT_SLOWDOWN)
      value[k] = -1 / value[k];
  }
  return status;
}
