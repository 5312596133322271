/* SPDX-License-Identifier: GPL-3.0-or-later */
/* forecast_worth.c - what an arrangement of a machine is worth over the horizon. */
#include "solvers/jobs/forecast.h"
#include "solvers/jobs/sharing.h"

double rms_forecast_rate(const struct rms_forecast *f, const struct rms_sim *sim,
                         const struct rms_forecast_machine *machine)
{
  double rate = 0;
  for (size_t j = 0; j < machine->n; j++)
    rate += rms_forecast_weight(f, sim, &machine->resident[j]) * machine->resident[j].speed;
  return rate;
}

double rms_forecast_stall(const struct rms_forecast *f, const struct rms_sim *sim,
                          const struct rms_forecast_machine *machine)
{
  const struct rms_jobs_overheads *o = &f->cluster->overheads;
  int64_t save = 0, restore = 0;
  for (size_t j = 0; j < machine->n; j++) {
    const struct rms_job_facts facts = rms_sim_job(sim, machine->resident[j].job);
    if (facts.checkpoint_us > save) save = facts.checkpoint_us;
    if (facts.restart_us > restore) restore = facts.restart_us;
  }
  return (double)(save + restore + o->recut_us + o->settle_us) / (double)RMS_JOBS_SECOND;
}

static double phase_cost(const struct rms_forecast *f, double stall)
{
  const struct rms_jobs_overheads *o = &f->cluster->overheads;
  return stall + (double)(o->mps_us + o->phase_us / 2) / (double)RMS_JOBS_SECOND;
}

struct rms_forecast_idle rms_forecast_look_at_idle(const struct rms_forecast *f,
                                                   const struct rms_sim *sim, uint32_t m,
                                                   const double *value)
{
  const uint16_t model = rms_cluster_pool(f->cluster, m)->model;
  struct rms_forecast_idle best = {0};
  bool is_moving;
  const struct rms_arrangement *now = rms_sim_machine(sim, m, &is_moving);
  if (!f->fills || f->machines[m].n == 0 || is_moving || now->mode != RMS_SIM_SLICES) return best;
  for (uint16_t i = 0; i < now->n; i++) {
    if (now->places[i].job != RMS_JOB_NONE) continue;
    const int kind = rms_cluster_kind(f->cluster, model, now->places[i].slice.profile);
    if (kind < 0 || value[kind] * f->horizon <= best.gain) continue;
    best = (struct rms_forecast_idle){value[kind] * f->horizon, now->places[i].slice.start,
                                      (uint16_t)kind};
  }
  return best;
}

/* Best cut for the machine's jobs and `extra` (NULL: nobody). False: it cannot hold them. */
static bool look_at_cuts(const struct rms_forecast *f, const struct rms_sim *sim, uint32_t m,
                         const struct rms_forecast_resident *extra, struct rms_forecast_prospect *p)
{
  const struct rms_forecast_machine *machine = &f->machines[m];
  double value[RMS_CHOOSE_JOBS_MAX][RMS_JOBS_KINDS_MAX];
  uint32_t jobs[RMS_CHOOSE_JOBS_MAX];
  const size_t n = machine->n + (extra ? 1u : 0u);
  bool all_known = true;
  if (n > RMS_CHOOSE_JOBS_MAX) return false;
  for (size_t j = 0; j < n; j++) {
    const struct rms_forecast_resident *r = j < machine->n ? &machine->resident[j] : extra;
    jobs[j] = r->job;
    all_known = all_known && f->has_memory && f->types[r->type].n_predicted > 0;
    rms_forecast_values(f, sim, r, rms_forecast_weight(f, sim, r), value[j]);
  }
  p->measures = extra && n > 1 && !all_known;
  if (p->measures && !rms_sharing_can_measure(sim, m, jobs, n)) return false;
  if (!rms_choose(rms_cluster_pool(f->cluster, m), RMS_CHOOSE_ANY,
                  (const double(*)[RMS_JOBS_KINDS_MAX])value, n, &p->choice))
    return false;
  const double now = rms_forecast_rate(f, sim, machine),
               stall = rms_forecast_stall(f, sim, machine);
  const double lost = machine->n == 0 ? 0 : p->measures ? stall + phase_cost(f, stall) : stall;
  p->gain = (p->choice.value - now) * f->horizon - lost * p->choice.value;
  return true;
}

/* The better of a new cut and an idle slice as it is. */
bool rms_forecast_look_at(const struct rms_forecast *f, const struct rms_sim *sim, uint32_t m,
                          const struct rms_forecast_resident *extra,
                          struct rms_forecast_prospect *p)
{
  double value[RMS_JOBS_KINDS_MAX];
  *p = (struct rms_forecast_prospect){0};
  const bool can_cut = look_at_cuts(f, sim, m, extra, p);
  if (!extra) return can_cut;
  rms_forecast_values(f, sim, extra, rms_forecast_weight(f, sim, extra), value);
  const struct rms_forecast_idle idle = rms_forecast_look_at_idle(f, sim, m, value);
  if (idle.gain <= 0 || (can_cut && idle.gain <= p->gain)) return can_cut;
  *p = (struct rms_forecast_prospect){.gain = idle.gain, .fills = true, .idle = idle};
  return true;
}
