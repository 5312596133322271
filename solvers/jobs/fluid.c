/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fluid.c - jobs as tasks, and their ways to work at given prices. */
#include "solvers/jobs/fluid.h"

#include <math.h>
#include <stdlib.h>

#include "instances/base/memory.h"

/* ---- ways ---- */

struct way {
  double price, speed;
};

/* Cheapest first; of equal price the fastest. */
static int by_price(const void *a, const void *b)
{
  const struct way *x = a, *y = b;
  if (x->price != y->price) return x->price < y->price ? -1 : 1;
  return (x->speed < y->speed) - (x->speed > y->speed);
}

static bool is_below(const struct way *a, const struct way *b, const struct way *c)
{
  return (b->speed - a->speed) * (c->price - a->price) <=
         (c->speed - a->speed) * (b->price - a->price);
}

/* Upper hull from the origin on, in place. More than fit: neighbours are joined in a corner that
 * is better than both. */
static size_t hull(struct way *way, size_t n)
{
  static const struct way origin = {0};
  size_t kept = 0;
  qsort(way, n, sizeof *way, by_price);
  for (size_t i = 0; i < n; i++) {
    const struct way new = way[i];
    if (kept > 0 && new.speed <= way[kept - 1].speed) continue;
    while (kept > 0 && is_below(kept > 1 ? &way[kept - 2] : &origin, &way[kept - 1], &new)) kept--;
    way[kept++] = new;
  }
  for (; kept > RMS_FLUID_WAYS; kept--) {
    way[kept - 2].speed = way[kept - 1].speed;
  }
  return kept;
}

static void find_ways(const struct rms_fluid *f, struct rms_fluid_group *group)
{
  const struct rms_cluster *c = &f->inst->cluster;
  const struct rms_jobs_type *type = &f->inst->types[group->type];
  struct way way[RMS_JOBS_KINDS_MAX + RMS_JOBS_LEVELS_MAX * RMS_JOBS_CORUN_MAX];
  double machine = INFINITY;
  size_t n = 0;
  for (size_t k = 0; k < c->n_kinds; k++)
    if (type->speed[k] > 0 && c->kinds[k].compute >= group->least)
      way[n++] = (struct way){f->prices.kind[k], rms_fluid_speed(type->speed[k])};
  for (size_t p = 0; p < c->n_pools; p++) machine = fmin(machine, f->prices.pool[p]);
  for (size_t level = 0; level < c->n_levels; level++)
    for (int i = 0; i < RMS_JOBS_CORUN_MAX; i++)
      if (type->mps[level][i] > 0)
        way[n++] = (struct way){machine / (i + 1), rms_fluid_speed(type->mps[level][i])};
  n = hull(way, n);
  group->n = (int)n;
  for (size_t i = 0; i < n; i++) {
    group->way[i].price = way[i].price;
    group->way[i].speed = way[i].speed;
  }
}

void rms_fluid_set_prices(struct rms_fluid *f, const struct rms_fluid_prices *prices)
{
  f->prices = *prices;
  for (size_t g = 0; g < f->n_groups; g++) find_ways(f, &f->groups[g]);
  for (size_t j = 0; j < f->inst->n_jobs; j++) {
    struct rms_fluid_task *task = &f->tasks[j];
    const struct rms_fluid_group *group = &f->groups[task->group];
    task->alone = group->n > 0 ? task->work / group->way[group->n - 1].speed : INFINITY;
    task->paid = group->n > 0 ? task->work * group->way[0].price / group->way[0].speed : INFINITY;
  }
}

/* ---- tasks ---- */

static int find_group(struct rms_fluid *f, size_t *capacity, const struct rms_job *job,
                      uint32_t *group)
{
  for (uint32_t g = f->first[job->type]; g > 0; g = f->groups[g - 1].next) {
    *group = g - 1;
    if (f->groups[g - 1].least == job->least) return RMS_OK;
  }
  const int status = rms_grow(&f->groups, capacity, f->n_groups + 1, sizeof *f->groups);
  if (status) return status;
  f->groups[f->n_groups] =
      (struct rms_fluid_group){.type = job->type, .least = job->least, .next = f->first[job->type]};
  *group = (uint32_t)f->n_groups++;
  f->first[job->type] = *group + 1;
  return RMS_OK;
}

int rms_fluid_init(struct rms_fluid *f, const struct rms_jobs *inst)
{
  int status = RMS_OK;
  struct rms_fluid_prices prices = {0};
  size_t capacity = 0;
  *f = (struct rms_fluid){.inst = inst};
  f->tasks = calloc(inst->n_jobs, sizeof *f->tasks);
  f->first = calloc(inst->n_types, sizeof *f->first);
  RMS_TRY(f->tasks && f->first ? RMS_OK : RMS_E_NOMEM);
  for (size_t j = 0; j < inst->n_jobs; j++) {
    const struct rms_job *job = &inst->jobs[j];
    f->tasks[j] = (struct rms_fluid_task){
        .arrival = (double)job->arrival_us / (double)RMS_JOBS_SECOND,
        .work = (double)job->work / RMS_JOBS_FULL / (double)RMS_JOBS_SECOND};
    RMS_TRY(find_group(f, &capacity, job, &f->tasks[j].group));
  }
  RMS_TRY(rms_fluid_find_prices(inst, &prices));
  rms_fluid_set_prices(f, &prices);
out:
  if (status) rms_fluid_fini(f);
  return status;
}

void rms_fluid_fini(struct rms_fluid *f)
{
  free(f->groups);
  free(f->first);
  free(f->tasks);
  *f = (struct rms_fluid){0};
}
