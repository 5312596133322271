/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Slices of one kind form a queue: service after service. A slot of a cut that x machines have
 * takes the next x slices of its kind's queue, so each service begins at most one new group per
 * kind. */
#include "instances/serve/assemble.h"

#include <inttypes.h>
#include <stdlib.h>

struct run { /* `length` machines in a row give this slot to `service` */
  uint32_t service;
  int64_t length;
};

struct queue {    /* of one kind */
  size_t service; /* next service, n_services: only idle slices are left */
  int64_t left;   /* slices that the service before it still has to get */
  uint32_t current;
};

struct dealer {
  const struct rms_serve *inst;
  const int64_t *slices;
  struct rms_serve_plan *plan;
  struct queue queues[RMS_SERVE_KINDS_MAX];
  struct run *runs;
  size_t n_runs, capacity;
  size_t first[RMS_UNITS_MAX + 1]; /* slot i has runs first[i] .. first[i + 1] - 1 */
};

/* Find the next service that gets slices of kind k. False: none is left. */
static bool advance(struct dealer *d, size_t k)
{
  struct queue *const queue = &d->queues[k];
  while (queue->left == 0 && queue->service < d->inst->n_services) {
    queue->current = (uint32_t)queue->service;
    queue->left = d->slices[queue->service++ * d->inst->n_kinds + k];
  }
  return queue->left > 0;
}

/* Take n slices of kind k from its queue as runs. */
static int take_runs(struct dealer *d, size_t k, int64_t n)
{
  while (n > 0) {
    const int status = rms_grow(&d->runs, &d->capacity, d->n_runs + 1, sizeof *d->runs);
    if (status < 0) return status;
    struct run run = {.service = RMS_SERVE_IDLE, .length = n};
    if (advance(d, k)) {
      struct queue *const queue = &d->queues[k];
      run.service = queue->current;
      run.length = queue->left < n ? queue->left : n;
      queue->left -= run.length;
    }
    d->runs[d->n_runs++] = run;
    n -= run.length;
  }
  return RMS_OK;
}

/* Cut the machines where any slot changes its service. */
static int add_groups(struct dealer *d, uint32_t pool, const struct rms_partition *partition,
                      int64_t n)
{
  struct rms_serve_slice slices[RMS_UNITS_MAX];
  size_t at[RMS_UNITS_MAX];
  for (size_t i = 0; i < partition->n_slices; i++) at[i] = d->first[i];
  while (n > 0) {
    int64_t length = n;
    for (size_t i = 0; i < partition->n_slices; i++) {
      const struct run run = d->runs[at[i]];
      slices[i] = (struct rms_serve_slice){.profile = partition->layout[i].profile,
                                           .start = partition->layout[i].start,
                                           .service = run.service};
      if (run.length < length) length = run.length;
    }
    const int status = rms_serve_plan_add(d->plan, pool, length, slices, partition->n_slices);
    if (status < 0) return status;
    for (size_t i = 0; i < partition->n_slices; i++)
      if ((d->runs[at[i]].length -= length) == 0) at[i]++;
    n -= length;
  }
  return RMS_OK;
}

static int deal_cut(struct dealer *d, uint32_t pool, const struct rms_serve_cut *cut, int64_t n)
{
  const struct rms_partition *const partition = cut->partition;
  d->n_runs = 0;
  for (size_t i = 0; i < partition->n_slices; i++) {
    d->first[i] = d->n_runs;
    const int status = take_runs(d, cut->kind_of[i], n);
    if (status < 0) return status;
  }
  return add_groups(d, pool, partition, n);
}

/* ---- what must hold before ----------------------------------------------------------------------
 */

static int check_machines(const struct rms_serve *inst, const int64_t *const *machines,
                          int64_t slots[RMS_SERVE_KINDS_MAX], struct rms_error *err)
{
  int64_t all = 0;
  for (size_t p = 0; p < inst->n_pools; p++) {
    const struct rms_serve_pool *const pool = &inst->pools[p];
    int64_t used = 0;
    for (size_t c = 0; machines[p] && c < pool->n_cuts; c++) {
      const int64_t n = machines[p][c];
      if (n < 0 || n > RMS_SERVE_MACHINES_TOTAL_MAX - all)
        return rms_error_set(err, RMS_E_INSTANCE, "pool \"%s\": %" PRId64 " machines of cut %zu",
                             pool->name, n, c);
      all += n;
      used += n;
      for (size_t k = 0; k < inst->n_kinds; k++) slots[k] += n * pool->cuts[c].count[k];
    }
    if (pool->count >= 0 && used > pool->count)
      return rms_error_set(err, RMS_E_INSTANCE,
                           "pool \"%s\": %" PRId64 " machines wanted, %" PRId64 " are there",
                           pool->name, used, pool->count);
  }
  return RMS_OK;
}

static int check_slices(const struct rms_serve *inst, const int64_t *slices,
                        int64_t slots[RMS_SERVE_KINDS_MAX], struct rms_error *err)
{
  for (size_t s = 0; s < inst->n_services; s++)
    for (size_t k = 0; k < inst->n_kinds; k++) {
      const int64_t n = slices[s * inst->n_kinds + k];
      if (n == 0) continue;
      const struct rms_machine *const machine = inst->machines[inst->kinds[k].machine];
      const char *const profile = machine->profiles[inst->kinds[k].profile].name;
      if (n < 0 || rms_serve_rate(inst, s, k) == 0)
        return rms_error_set(err, RMS_E_INSTANCE, "service \"%s\": %" PRId64 " slices %s of %s",
                             inst->services[s].name, n, profile, machine->name);
      if (n > slots[k])
        return rms_error_set(err, RMS_E_INSTANCE,
                             "too few slices %s of %s for what the services get", profile,
                             machine->name);
      slots[k] -= n;
    }
  return RMS_OK;
}

int rms_serve_assemble(const struct rms_serve *inst, const int64_t *const *machines,
                       const int64_t *slices, struct rms_serve_plan *plan, struct rms_error *err)
{
  struct dealer d = {.inst = inst, .slices = slices, .plan = plan};
  int64_t slots[RMS_SERVE_KINDS_MAX] = {0};
  int status = RMS_OK;

  RMS_TRY(check_machines(inst, machines, slots, err));
  RMS_TRY(check_slices(inst, slices, slots, err));
  for (size_t p = 0; p < inst->n_pools; p++) {
    const struct rms_serve_pool *const pool = &inst->pools[p];
    for (size_t c = 0; machines[p] && c < pool->n_cuts; c++)
      if (machines[p][c] > 0) RMS_TRY(deal_cut(&d, (uint32_t)p, &pool->cuts[c], machines[p][c]));
  }
out:
  if (status == RMS_E_NOMEM) rms_error_set(err, status, "assembling the plan: out of memory");
  free(d.runs);
  return status;
}
