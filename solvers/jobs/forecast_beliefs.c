/* SPDX-License-Identifier: GPL-3.0-or-later */
/* forecast_beliefs.c - what the policy believes: speeds of types, service of jobs, weights. */
#include <math.h>
#include <string.h>

#include "solvers/jobs/forecast.h"
#include "solvers/jobs/sharing.h"

int rms_forecast_know(struct rms_forecast *f, uint32_t type)
{
  const int status = rms_grow(&f->types, &f->types_capacity, type + 1u, sizeof *f->types);
  if (status) return status;
  for (; f->n_types <= type; f->n_types++) memset(&f->types[f->n_types], 0, sizeof *f->types);
  return RMS_OK;
}

double rms_forecast_speed(const struct rms_forecast *f, uint32_t type, size_t kind)
{
  const struct rms_forecast_type *k = &f->types[type];
  if (k->seen[kind] > 0) return (double)k->seen[kind];
  if (k->n_predicted > 0) return rms_sharing_speed(k->predicted, f->part[kind]) / k->n_predicted;
  return (1 + f->part[kind]) / 2; /* nothing is known: between no loss and a loss in proportion */
}

double rms_forecast_service(const struct rms_forecast *f, const struct rms_sim *sim,
                            const struct rms_forecast_resident *r)
{
  const int64_t since = rms_sim_worked_us(sim, r->job) - r->worked_us;
  return f->service[r->job] + r->speed * (double)since / (double)RMS_JOBS_SECOND;
}

void rms_forecast_weigh(struct rms_forecast *f)
{
  for (int b = 0; b < RMS_LENGTH_BINS; b++)
    f->weight[b] = f->power == 0 ? 1 : pow(f->lengths.index[b], f->power);
  f->version++;
}

double rms_forecast_weight(const struct rms_forecast *f, const struct rms_sim *sim,
                           const struct rms_forecast_resident *r)
{
  return f->weight[rms_lengths_bin(rms_forecast_service(f, sim, r))];
}

void rms_forecast_values(const struct rms_forecast *f, const struct rms_sim *sim,
                         const struct rms_forecast_resident *r, double weight,
                         double value[RMS_JOBS_KINDS_MAX])
{
  for (size_t k = 0; k < f->cluster->n_kinds; k++)
    value[k] = rms_sim_fits(sim, r->job, k) ? weight * rms_forecast_speed(f, r->type, k)
                                            : RMS_CHOOSE_NEVER;
}

void rms_forecast_take_stock(struct rms_forecast *f, const struct rms_sim *sim, uint32_t m)
{
  struct rms_forecast_machine *machine = &f->machines[m];
  for (size_t j = 0; j < machine->n; j++) {
    struct rms_forecast_resident *r = &machine->resident[j];
    struct rms_forecast_type *k = &f->types[r->type];
    f->service[r->job] = rms_forecast_service(f, sim, r);
    r->worked_us = rms_sim_worked_us(sim, r->job);
    for (size_t kind = 0; kind < f->cluster->n_kinds; kind++) {
      const int32_t seen = rms_sim_seen_speed(sim, r->job, kind);
      const float speed = (float)seen / RMS_JOBS_FULL;
      if (seen <= 0 || speed == k->seen[kind]) continue;
      k->seen[kind] = speed;
      f->version++;
    }
  }
}
