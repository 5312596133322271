/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solvers/jobs/sharing.h"

#include <stdlib.h>

double rms_sharing_speed(const double speed[RMS_SLICE_SIZES], double part)
{
  static const double parts[RMS_SLICE_SIZES] = {1, 4 / 7.0, 3 / 7.0, 2 / 7.0, 1 / 7.0};
  if (part >= 1) return speed[0];
  for (int s = 1; s < RMS_SLICE_SIZES; s++)
    if (part >= parts[s])
      return speed[s] + (speed[s - 1] - speed[s]) * (part - parts[s]) / (parts[s - 1] - parts[s]);
  return speed[RMS_SLICE_SIZES - 1] * part / parts[RMS_SLICE_SIZES - 1];
}

struct rms_arrangement rms_sharing_whole(const struct rms_cluster *cluster, uint32_t machine)
{
  const struct rms_jobs_pool *pool = rms_cluster_pool(cluster, machine);
  return (struct rms_arrangement){
      .mode = RMS_SIM_SLICES,
      .n = 1,
      .places[0] = {.slice = pool->cuts[pool->whole].layout[0], .job = RMS_JOB_NONE}};
}

double rms_sharing_part(const struct rms_cluster *cluster, size_t kind)
{
  const struct rms_jobs_kind *k = &cluster->kinds[kind];
  const struct rms_machine *machine = cluster->models[k->model];
  const int whole = machine->compute_units > 0 ? machine->compute_units : machine->memory_units;
  return (double)(machine->compute_units > 0 ? k->compute : k->memory) / whole;
}

static bool fits_phase(const struct rms_sim *sim, uint32_t job, size_t n)
{
  const struct rms_jobs_overheads *o = &rms_sim_cluster(sim)->overheads;
  for (int i = 0; i < o->n_phase; i++)
    if (!rms_sim_fits_mps(sim, job, o->phase[i], n)) return false;
  return true;
}

bool rms_sharing_can_measure(const struct rms_sim *sim, uint32_t machine, const uint32_t *jobs,
                             size_t n)
{
  int64_t memory = 0;
  if (n > RMS_JOBS_CORUN_MAX || rms_sim_cluster(sim)->overheads.n_phase == 0) return false;
  for (size_t j = 0; j < n; j++) {
    memory += rms_sim_job(sim, jobs[j]).memory_mib;
    if (!fits_phase(sim, jobs[j], n)) return false;
  }
  return memory <= rms_cluster_pool(rms_sim_cluster(sim), machine)->memory_mib;
}

bool rms_sharing_can_cut(const struct rms_sim *sim, uint32_t machine, const uint32_t *jobs,
                         size_t n)
{
  double value[RMS_CHOOSE_JOBS_MAX][RMS_JOBS_KINDS_MAX];
  struct rms_choice choice;
  for (size_t j = 0; j < n; j++)
    for (size_t k = 0; k < rms_sim_cluster(sim)->n_kinds; k++)
      value[j][k] = rms_sim_fits(sim, jobs[j], k) ? 0 : RMS_CHOOSE_NEVER;
  return rms_choose(rms_cluster_pool(rms_sim_cluster(sim), machine), RMS_CHOOSE_ANY,
                    (const double(*)[RMS_JOBS_KINDS_MAX])value, n, &choice);
}

struct rms_mps_row rms_sharing_row(const struct rms_cluster *cluster,
                                   const struct rms_job_sample *sample)
{
  static const int wanted[RMS_MPS_LEVELS] = {100, 50, 14};
  const struct rms_jobs_overheads *o = &cluster->overheads;
  struct rms_mps_row row;
  for (int level = 0; level < RMS_MPS_LEVELS; level++) {
    int nearest = 0;
    for (int i = 1; i < o->n_phase; i++)
      if (abs(cluster->levels[o->phase[i]] - wanted[level]) <
          abs(cluster->levels[o->phase[nearest]] - wanted[level]))
        nearest = i;
    const int32_t time = sample->time[nearest] / (RMS_JOBS_FULL / RMS_MPS_SCALE);
    row.time[level] = (uint16_t)(time < 1 ? 1 : time > RMS_MPS_SCALE ? RMS_MPS_SCALE : time);
  }
  return row;
}
