/* SPDX-License-Identifier: GPL-3.0-or-later */
/* forecast_improve.c - machines that are cut anew, or give a job to an empty one. */
#include "solvers/jobs/forecast.h"

int rms_forecast_improve(struct rms_forecast *f, struct rms_sim *sim)
{
  for (uint32_t m = 0; (m = rms_machine_set_next(&f->changed, m)) != RMS_JOB_NONE; m++) {
    const struct rms_forecast_machine *machine = &f->machines[m];
    struct rms_forecast_prospect p;
    if (machine->is_moving) continue;
    rms_machine_set_put(&f->changed, m, false);
    if (machine->n == 0 || !rms_forecast_look_at(f, sim, m, NULL, &p) || p.gain <= 0) continue;
    const int status = rms_forecast_cut(f, sim, m, &p.choice);
    if (status) return status;
  }
  return RMS_OK;
}

/* Suspend a job that is no resident any more, by a new cut for the others where that pays. */
static int let_go(struct rms_forecast *f, struct rms_sim *sim, uint32_t m, uint32_t job)
{
  struct rms_forecast_machine *machine = &f->machines[m];
  struct rms_forecast_prospect p;
  if (rms_forecast_look_at(f, sim, m, NULL, &p) && p.gain > 0)
    return rms_forecast_cut(f, sim, m, &p.choice);
  const int status = rms_sim_suspend(sim, job);
  rms_sim_machine(sim, m, &machine->is_moving);
  rms_forecast_touch(f, m);
  return status;
}

int rms_forecast_migrate(struct rms_forecast *f, struct rms_sim *sim)
{
  double best = 0;
  uint32_t from = RMS_JOB_NONE;
  if (!f->migrates || f->head < f->tail || rms_forecast_find_empty(f, sim) == RMS_JOB_NONE)
    return RMS_OK;
  for (uint32_t m = 0; m < f->cluster->n_machines; m++) {
    if (f->machines[m].n < 2 || f->machines[m].is_moving) continue;
    rms_forecast_refresh(f, sim, m);
    if (f->machines[m].leave_gain <= best) continue;
    best = f->machines[m].leave_gain;
    from = m;
  }
  if (from == RMS_JOB_NONE) return RMS_OK;
  struct rms_forecast_machine *machine = &f->machines[from];
  const uint32_t job = machine->resident[machine->leaver].job;
  rms_forecast_take_stock(f, sim, from);
  machine->resident[machine->leaver] = machine->resident[--machine->n];
  rms_forecast_touch(f, from);
  return let_go(f, sim, from, job);
}
