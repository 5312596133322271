/* SPDX-License-Identifier: GPL-3.0-or-later */
/* forecast_memo.c - what is remembered of a machine and of newcomers, so that nobody is looked at
 * twice. */
#include <math.h>
#include <string.h>

#include "solvers/jobs/forecast.h"

/* Weighted service won over the horizon when resident j of a machine moves to an empty one. */
static double gain_of_leaving(const struct rms_forecast *f, const struct rms_sim *sim, uint32_t m,
                              size_t j)
{
  const struct rms_forecast_resident *r = &f->machines[m].resident[j];
  const struct rms_job_facts facts = rms_sim_job(sim, r->job);
  const double lost = (double)(facts.checkpoint_us + facts.restart_us) / (double)RMS_JOBS_SECOND;
  return rms_forecast_weight(f, sim, r) * ((1 - r->speed) * f->horizon - lost);
}

/* Latest time before which the job is in the same bin of lengths, on the safe side of rounding. */
static int64_t same_until(const struct rms_forecast *f, const struct rms_sim *sim,
                          const struct rms_forecast_resident *r)
{
  const double service = rms_forecast_service(f, sim, r);
  const double left = rms_lengths_edge(rms_lengths_bin(service) + 1) - service;
  const double us = left / r->speed * (double)RMS_JOBS_SECOND * (1 - 1e-9) - 2;
  if (rms_sim_state(sim, r->job) != RMS_JOB_RUNNING) return rms_sim_now(sim);
  if (!(us < (double)RMS_JOBS_TIME_MAX_US)) return INT64_MAX; /* never, at no speed */
  return rms_sim_now(sim) + (us > 0 ? (int64_t)us : 0);
}

static void find_leaver(struct rms_forecast *f, const struct rms_sim *sim, uint32_t m)
{
  struct rms_forecast_machine *machine = &f->machines[m];
  machine->leave_gain = 0;
  for (size_t j = 0; machine->n > 1 && j < machine->n; j++) {
    const double gain = gain_of_leaving(f, sim, m, j);
    if (gain <= machine->leave_gain ||
        rms_sim_state(sim, machine->resident[j].job) != RMS_JOB_RUNNING)
      continue;
    machine->leave_gain = gain;
    machine->leaver = j;
  }
}

static void remember(struct rms_forecast *f, const struct rms_sim *sim, uint32_t m)
{
  const struct rms_forecast_machine *machine = &f->machines[m];
  const struct rms_jobs_pool *pool = rms_cluster_pool(f->cluster, m);
  struct rms_forecast_memo *memo = &f->memos[m];
  double value[RMS_CHOOSE_JOBS_MAX][RMS_JOBS_KINDS_MAX];
  double *const newcomer = value[machine->n < RMS_CHOOSE_JOBS_MAX ? machine->n : 0];
  memo->rate = rms_forecast_rate(f, sim, machine);
  memo->stall = rms_forecast_stall(f, sim, machine);
  memo->all_known = f->has_memory;
  for (size_t j = 0; j < machine->n; j++) {
    const struct rms_forecast_resident *r = &machine->resident[j];
    memo->all_known = memo->all_known && f->types[r->type].n_predicted > 0;
    rms_forecast_values(f, sim, r, rms_forecast_weight(f, sim, r), value[j]);
  }
  for (size_t k = 0; k < f->cluster->n_kinds; k++) newcomer[k] = RMS_CHOOSE_NEVER;
  for (size_t k = 0; k < f->cluster->n_kinds; k++) {
    struct rms_choice choice;
    memo->room[k] = -INFINITY;
    if (f->cluster->kinds[k].model != pool->model || machine->n == RMS_CHOOSE_JOBS_MAX) continue;
    newcomer[k] = 0;
    if (rms_choose(pool, RMS_CHOOSE_ANY, (const double(*)[RMS_JOBS_KINDS_MAX])value,
                   machine->n + 1u, &choice))
      memo->room[k] = choice.value;
    newcomer[k] = RMS_CHOOSE_NEVER;
  }
}

/* Forget what does not hold any more. */
void rms_forecast_refresh(struct rms_forecast *f, const struct rms_sim *sim, uint32_t m)
{
  struct rms_forecast_machine *machine = &f->machines[m];
  if (machine->is_fresh && machine->version == f->version && rms_sim_now(sim) < machine->until_us)
    return;
  machine->is_fresh = true;
  machine->version = f->version;
  machine->until_us = INT64_MAX;
  for (size_t j = 0; j < machine->n; j++) {
    const int64_t until = same_until(f, sim, &machine->resident[j]);
    if (until < machine->until_us) machine->until_us = until;
  }
  find_leaver(f, sim, m);
  for (size_t i = 0; i < RMS_FORECAST_ALIKE; i++)
    rms_machine_set_put(&f->alike[i].refused, m, false);
  remember(f, sim, m);
}

struct rms_forecast_alike *rms_forecast_alike_of(struct rms_forecast *f, uint64_t key)
{
  struct rms_forecast_alike *alike =
      &f->alike[(size_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> 58) % RMS_FORECAST_ALIKE];
  if (alike->key == key) return alike;
  alike->key = key;
  memset(alike->refused.words, 0, alike->refused.n_words * sizeof *alike->refused.words);
  return alike;
}

/* As look_at says where no phase is needed, from what is remembered; -INFINITY: it cannot hold a
 * newcomer of these values. */
double rms_forecast_gain_of_values(const struct rms_forecast *f, const struct rms_sim *sim,
                                   uint32_t m, const double *value)
{
  const struct rms_forecast_memo *memo = &f->memos[m];
  const bool is_empty = f->machines[m].n == 0;
  double most = -INFINITY;
  for (size_t k = 0; k < f->cluster->n_kinds; k++)
    if (memo->room[k] + value[k] > most) most = memo->room[k] + value[k];
  const double idle = rms_forecast_look_at_idle(f, sim, m, value).gain;
  if (most > -INFINITY)
    most = (most - memo->rate) * f->horizon - (is_empty ? 0 : memo->stall) * most;
  return idle > 0 ? fmax(most, idle) : most;
}

double rms_forecast_gain(const struct rms_forecast *f, const struct rms_sim *sim, uint32_t m,
                         const struct rms_forecast_resident *r, const double *value)
{
  struct rms_forecast_prospect p;
  if (f->machines[m].n == 0 || (f->memos[m].all_known && f->types[r->type].n_predicted > 0))
    return rms_forecast_gain_of_values(f, sim, m, value);
  return rms_forecast_look_at(f, sim, m, r, &p) ? p.gain : -INFINITY;
}
