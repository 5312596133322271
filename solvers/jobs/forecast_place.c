/* SPDX-License-Identifier: GPL-3.0-or-later */
/* forecast_place.c - who waits, and which machine takes whom. */
#include <math.h>
#include <string.h>

#include "solvers/jobs/forecast.h"

void rms_forecast_enqueue(struct rms_forecast *f, uint32_t job)
{
  if (f->tail == f->queue_size) { /* at least half of it is free, in front */
    memmove(f->queue, f->queue + f->head, (f->tail - f->head) * sizeof *f->queue);
    f->tail -= f->head;
    f->head = 0;
  }
  f->queue[f->tail++] = job;
}

struct rms_forecast_resident rms_forecast_newcomer(const struct rms_sim *sim, uint32_t job)
{
  return (struct rms_forecast_resident){
      .job = job, .type = rms_sim_job(sim, job).type, .worked_us = rms_sim_worked_us(sim, job)};
}

static bool is_whole(const struct rms_sim *sim, uint32_t m)
{
  bool is_moving;
  return rms_sim_machine(sim, m, &is_moving)->n == 1;
}

/* An empty machine, uncut if there is one; RMS_JOB_NONE: none. */
uint32_t rms_forecast_find_empty(const struct rms_forecast *f, const struct rms_sim *sim)
{
  const struct rms_machine_set *empty = &f->by_count[0];
  const uint32_t first = rms_machine_set_next(empty, 0);
  for (uint32_t m = first; m != RMS_JOB_NONE; m = rms_machine_set_next(empty, m + 1))
    if (is_whole(sim, m)) return m;
  return first;
}

static uint64_t key_of(const struct rms_forecast *f, const struct rms_sim *sim, uint32_t job)
{
  const struct rms_job_facts facts = rms_sim_job(sim, job);
  const uint64_t bin = (uint64_t)rms_lengths_bin(f->service[job]);
  return ((uint64_t)facts.type * RMS_LENGTH_BINS + bin) << 32 | ((uint32_t)facts.least + 1u);
}

/* The machine of the window that gains most by the next arrival, and how much more than any other.
 */
static void find_spared(struct rms_forecast *f, const struct rms_sim *sim)
{
  double expected[RMS_JOBS_KINDS_MAX], first = 0, second = 0;
  f->spared = RMS_JOB_NONE;
  if (f->reserve == 0 || f->n_mix == 0) return;
  for (size_t k = 0; k < f->cluster->n_kinds; k++) expected[k] = f->mix[k] / f->n_mix;
  for (size_t i = 0; i < f->n_window; i++) {
    const double gain = rms_forecast_gain_of_values(f, sim, f->window[i], expected);
    if (gain > first) {
      second = first;
      first = gain;
      f->spared = f->window[i];
    } else if (gain > second) {
      second = gain;
    }
  }
  f->spare_cost = f->reserve * (first - second);
}

static void look_around(struct rms_forecast *f, const struct rms_sim *sim)
{
  if (f->has_window) return;
  f->n_window = 0;
  for (uint8_t n = 0; n < RMS_CHOOSE_JOBS_MAX; n++)
    for (uint32_t m = 0; f->n_window < RMS_FORECAST_LOOK &&
                         (m = rms_machine_set_next(&f->by_count[n], m)) != RMS_JOB_NONE;
         m++) {
      rms_forecast_refresh(f, sim, m);
      f->window[f->n_window++] = m;
    }
  find_spared(f, sim);
  f->has_window = true;
}

/* Where the job gains most, less what it costs the next, among the machines with the fewest jobs;
 * RMS_JOB_NONE: it gains nowhere and waits. */
static uint32_t search(struct rms_forecast *f, const struct rms_sim *sim,
                       const struct rms_forecast_resident *r, uint64_t key)
{
  struct rms_forecast_alike *alike = rms_forecast_alike_of(f, key);
  double value[RMS_JOBS_KINDS_MAX], best = -INFINITY;
  uint32_t found = RMS_JOB_NONE;
  look_around(f, sim);
  rms_forecast_values(f, sim, r, rms_forecast_weight(f, sim, r), value);
  for (size_t i = 0; i < f->n_window; i++) {
    const uint32_t m = f->window[i];
    if (rms_machine_set_has(&alike->refused, m)) continue;
    const double gain = rms_forecast_gain(f, sim, m, r, value);
    if (!f->is_greedy && gain > -INFINITY) return m;
    if (!(gain > 0)) {
      rms_machine_set_put(&alike->refused, m, true);
      continue;
    }
    const double net = m == f->spared ? gain - f->spare_cost : gain;
    if (!(net > best)) continue;
    best = net;
    found = m;
  }
  return found;
}

static uint32_t find_machine(struct rms_forecast *f, const struct rms_sim *sim,
                             const struct rms_forecast_resident *r, uint64_t key,
                             struct rms_forecast_prospect *p)
{
  const uint32_t empty = rms_forecast_find_empty(
      f, sim); /* not spared: rms_forecast_migrate() would fill it at once */
  if (empty != RMS_JOB_NONE && rms_forecast_look_at(f, sim, empty, r, p)) return empty;
  const uint32_t found = search(f, sim, r, key);
  return found != RMS_JOB_NONE && rms_forecast_look_at(f, sim, found, r, p) ? found : RMS_JOB_NONE;
}

int rms_forecast_place(struct rms_forecast *f, struct rms_sim *sim)
{
  uint64_t refused[RMS_FORECAST_ALIKE] = {0};
  size_t kept = 0, i = f->head;
  int status = RMS_OK;
  f->has_window = false;
  for (; i < f->tail && kept < RMS_FORECAST_LOOK && !status; i++) {
    const struct rms_forecast_resident r = rms_forecast_newcomer(sim, f->queue[i]);
    const uint64_t key = key_of(f, sim, r.job);
    uint64_t *mark = &refused[rms_forecast_alike_of(f, key) - f->alike];
    struct rms_forecast_prospect p;
    const uint32_t m = *mark == key ? RMS_JOB_NONE : find_machine(f, sim, &r, key, &p);
    if (m == RMS_JOB_NONE) {
      *mark = key;
      f->queue[f->head + kept++] = r.job;
      continue;
    }
    memset(refused, 0, sizeof refused);
    status = rms_forecast_admit(f, sim, m, &r, &p);
  }
  memmove(f->queue + i - kept, f->queue + f->head, kept * sizeof *f->queue);
  f->head = i - kept;
  return status;
}
