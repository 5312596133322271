/* SPDX-License-Identifier: GPL-3.0-or-later */
/* recut_fits.c - which machines can take which jobs. */
#include "solvers/jobs/recut_state.h"
#include "solvers/jobs/sharing.h"

static bool can_take(const struct rms_recut *r, const struct rms_sim *sim, uint32_t m, uint32_t job)
{
  const struct rms_recut_machine *machine = &r->machines[m];
  uint32_t jobs[RMS_CHOOSE_JOBS_MAX];
  if (machine->n == RMS_CHOOSE_JOBS_MAX) return false;
  for (size_t j = 0; j < machine->n; j++) jobs[j] = machine->resident[j].job;
  jobs[machine->n] = job;
  const size_t n = machine->n + 1u;
  if (r->setup.has_phase && n > 1 && !rms_sharing_can_measure(sim, m, jobs, n)) return false;
  return rms_sharing_can_cut(sim, m, jobs, n);
}

int rms_recut_class(struct rms_recut *r, const struct rms_sim *sim, uint32_t job)
{
  const int64_t memory = rms_sim_job(sim, job).memory_mib;
  uint64_t kinds = 0;
  for (size_t k = 0; k < r->cluster->n_kinds; k++)
    if (rms_sim_fits(sim, job, k)) kinds |= UINT64_C(1) << k;
  for (size_t c = 0; c < r->n_classes; c++)
    if (r->class_kinds[c] == kinds && r->class_memory[c] == memory) return (int)c;
  if (r->n_classes == RMS_RECUT_CLASSES) return -1;
  r->class_kinds[r->n_classes] = kinds;
  r->class_memory[r->n_classes] = memory;
  return (int)r->n_classes++;
}

/* can_take, remembered for each class until the machine's jobs change. */
bool rms_recut_takes(const struct rms_recut *r, const struct rms_sim *sim, uint32_t m, uint32_t job,
                     int class)
{
  struct rms_recut_machine *machine = &r->machines[m];
  if (class < 0) return can_take(r, sim, m, job);
  const uint64_t bit = UINT64_C(1) << class;
  if (!(machine->known & bit)) {
    machine->known |= bit;
    if (can_take(r, sim, m, job))
      machine->good |= bit;
    else
      machine->good &= ~bit;
  }
  return machine->good & bit;
}
