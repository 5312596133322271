/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "wild.h"

#include <stdio.h>

#include "instances/base/rng.h"

static uint64_t draw(struct rms_wild *w, uint64_t n)
{
  const struct rms_rng_key key = {.seed = w->seed, .job = 77};
  return rms_random(key, RMS_PURPOSE_ANALYSIS, 0, 0, w->draws++) % n;
}

static bool can_run(const struct rms_sim *sim, uint32_t job, const struct rms_jobs_cut *cut,
                    size_t slice)
{
  return rms_sim_fits(sim, job, cut->kind[slice]);
}

/* A random free slice that the job fits. */
static void put_on_slice(struct rms_wild *w, const struct rms_sim *sim,
                         const struct rms_jobs_cut *cut, struct rms_arrangement *to, uint32_t job)
{
  const size_t first = (size_t)draw(w, cut->n_slices);
  for (size_t i = 0; i < cut->n_slices; i++) {
    const size_t s = (first + i) % cut->n_slices;
    if (to->places[s].job != RMS_JOB_NONE || !can_run(sim, job, cut, s)) continue;
    to->places[s].job = job;
    return;
  }
}

static void put_under_mps(const struct rms_sim *sim, const struct rms_jobs_pool *pool,
                          struct rms_arrangement *to, uint32_t job)
{
  const struct rms_cluster *const c = rms_sim_cluster(sim);
  int64_t memory = rms_sim_job(sim, job).memory_mib;
  if (to->n == 4) return;
  for (size_t i = 0; i < to->n; i++) memory += rms_sim_job(sim, to->places[i].job).memory_mib;
  if (memory > pool->memory_mib) return;
  for (size_t l = 0; l < c->n_levels; l++)
    if (!rms_sim_fits_mps(sim, job, (int)l, 4)) return;
  to->places[to->n++].job = job;
}

static struct rms_arrangement empty_arrangement(struct rms_wild *w, const struct rms_sim *sim,
                                                const struct rms_jobs_pool *pool,
                                                const struct rms_jobs_cut **cut)
{
  struct rms_arrangement to = {.mode = RMS_SIM_SLICES};
  const uint64_t dice = draw(w, 10);
  *cut = &pool->cuts[draw(w, pool->n_cuts)];
  if (dice < 4) {
    to.mode = dice < 2 ? RMS_SIM_MPS : RMS_SIM_PHASE;
    to.level = (int)draw(w, rms_sim_cluster(sim)->n_levels);
    return to;
  }
  to.n = (*cut)->n_slices;
  for (size_t i = 0; i < to.n; i++)
    to.places[i] = (struct rms_place){.slice = (*cut)->layout[i], .job = RMS_JOB_NONE};
  return to;
}

static int disturb(struct rms_wild *w, struct rms_sim *sim, uint32_t machine)
{
  bool is_moving;
  const struct rms_jobs_pool *const pool = rms_cluster_pool(rms_sim_cluster(sim), machine);
  const struct rms_arrangement now = *rms_sim_machine(sim, machine, &is_moving);
  const struct rms_jobs_cut *cut;
  if (is_moving) return RMS_OK;
  struct rms_arrangement to = empty_arrangement(w, sim, pool, &cut);
  if (to.mode == RMS_SIM_SLICES && now.mode == RMS_SIM_SLICES && now.n && draw(w, 2)) {
    to = now; /* the same slices, jobs moved about */
    for (size_t i = 0; i < to.n; i++) to.places[i].job = RMS_JOB_NONE;
    for (size_t c = 0; c < pool->n_cuts; c++)
      if (pool->cuts[c].n_slices == to.n) {
        size_t same = 0;
        for (size_t i = 0; i < to.n; i++)
          same += pool->cuts[c].layout[i].start == to.places[i].slice.start &&
                  pool->cuts[c].layout[i].profile == to.places[i].slice.profile;
        if (same == to.n) cut = &pool->cuts[c];
      }
    if (cut->n_slices != to.n) return RMS_OK;
  }
  const size_t n = rms_sim_arrived(sim);
  for (uint32_t j = 0; j < n; j++) {
    const enum rms_job_state state = rms_sim_state(sim, j);
    const bool is_here = state == RMS_JOB_RUNNING && rms_sim_machine_of(sim, j) == machine;
    if (!(state == RMS_JOB_WAITING || is_here) || draw(w, 10) < 3) continue;
    if (to.mode == RMS_SIM_SLICES)
      put_on_slice(w, sim, cut, &to, j);
    else
      put_under_mps(sim, pool, &to, j);
  }
  w->given++;
  return rms_sim_arrange(sim, machine, &to);
}

/* Nobody is stopped any more: idle machines take the first waiting job, whole. */
static int calm(struct rms_sim *sim, uint32_t machine)
{
  bool is_moving;
  const struct rms_jobs_pool *const pool = rms_cluster_pool(rms_sim_cluster(sim), machine);
  const struct rms_arrangement *const now = rms_sim_machine(sim, machine, &is_moving);
  if (is_moving) return RMS_OK;
  for (size_t i = 0; i < now->n; i++)
    if (now->places[i].job != RMS_JOB_NONE) return RMS_OK;
  struct rms_arrangement to = {
      .n = 1, .places = {{.slice = pool->cuts[pool->whole].layout[0], .job = RMS_JOB_NONE}}};
  for (uint32_t j = 0; j < rms_sim_arrived(sim); j++)
    if (rms_sim_state(sim, j) == RMS_JOB_WAITING &&
        rms_sim_fits(sim, j, pool->cuts[pool->whole].kind[0])) {
      to.places[0].job = j;
      return rms_sim_arrange(sim, machine, &to);
    }
  return RMS_OK;
}

static int decide(void *self, struct rms_sim *sim)
{
  struct rms_wild *const w = self;
  const bool is_calm = w->given >= w->orders;
  for (uint32_t m = 0; m < rms_sim_cluster(sim)->n_machines; m++) {
    if (!is_calm && draw(w, 2)) continue;
    const int status = is_calm ? calm(sim, m) : disturb(w, sim, m);
    if (status < 0) return status;
  }
  if (is_calm || w->has_alarm) return RMS_OK;
  w->has_alarm = true;
  return rms_sim_alarm(sim, rms_sim_now(sim) + 1 + (int64_t)draw(w, 100000000), 5);
}

static int ring(void *self, struct rms_sim *sim, uint64_t token)
{
  struct rms_wild *const w = self;
  (void)sim, (void)token;
  w->has_alarm = false;
  return RMS_OK;
}

static int measured(void *self, struct rms_sim *sim, uint32_t machine,
                    const struct rms_job_sample *samples, size_t n)
{
  struct rms_wild *const w = self;
  const int levels = rms_sim_cluster(sim)->overheads.n_phase;
  (void)machine;
  w->phases++;
  for (size_t i = 0; i < n; i++) {
    int32_t most = 0;
    for (int l = 0; l < levels; l++) {
      if (samples[i].time[l] < 1 || samples[i].time[l] > RMS_JOBS_FULL) return RMS_E_INTERNAL;
      if (samples[i].time[l] > most) most = samples[i].time[l];
    }
    if (most != RMS_JOBS_FULL) return RMS_E_INTERNAL; /* normalised by the largest */
  }
  return RMS_OK;
}

const struct rms_policy rms_wild_policy = {.alarm = ring, .measured = measured, .decide = decide};

void rms_wild_spec(uint64_t seed, char *spec, size_t size)
{
  static const char *const machines[] = {"a100-40gb", "a30-24gb", "h100-80gb"};
  static const char *const overheads[] = {"0", "0.5", "1", "2"};
  struct rms_wild w = {.seed = seed ^ 0x5bd1e995};
  const unsigned n = 1 + (unsigned)draw(&w, 4), jobs = 1 + (unsigned)draw(&w, 25);
  const unsigned gap = 5 + (unsigned)draw(&w, 120);
  const char *const machine = machines[draw(&w, 3)], *const overhead = overheads[draw(&w, 4)];
  const char *const scope = draw(&w, 2) ? "machine" : "slice";
  const char *const measure = draw(&w, 4) ? "model,noise=0.05" : "replay";
  snprintf(spec, size,
           "machines=%u,jobs=%u,trace=drawn,gap=%u,arrivals=bursty,clip=600,machine=%s,"
           "overhead=%s,phase=%u,scope=%s,measure=%s,seed=%llu",
           n, jobs, gap, machine, overhead, (unsigned)draw(&w, 40), scope, measure,
           (unsigned long long)(seed % 1000000));
}
