/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solvers/jobs/fluid.h"

#include <glpk.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "instances/base/memory.h"

enum { TYPES_MAX = 64 };

/* ---- prices ---- */

static double as_speed(int32_t value)
{
  return (double)value / RMS_JOBS_FULL;
}

/* Largest n x speed of one of n jobs under MPS: 1 / (its share of a machine that a unit of work
 * takes). */
static double best_shared(const struct rms_jobs *inst, const struct rms_jobs_type *type)
{
  double best = 0;
  for (size_t level = 0; level < inst->cluster.n_levels; level++)
    for (int n = 1; n <= RMS_JOBS_CORUN_MAX; n++)
      best = fmax(best, n * as_speed(type->mps[level][n - 1]));
  return best;
}

/* Columns: kinds, pools, what a unit of work of each type pays. */
static int column_of_pool(const struct rms_cluster *c, size_t p)
{
  return (int)(c->n_kinds + p) + 1;
}

static void add_row(glp_prob *lp, double high, int n, const int *index, const double *value)
{
  const int row = glp_add_rows(lp, 1);
  glp_set_row_bnds(lp, row, GLP_UP, 0, high);
  glp_set_mat_row(lp, row, n, index, value);
}

static void add_cuts(glp_prob *lp, const struct rms_cluster *c)
{
  int index[RMS_JOBS_KINDS_MAX + RMS_JOBS_POOLS_MAX + 2];
  double value[RMS_JOBS_KINDS_MAX + RMS_JOBS_POOLS_MAX + 2];
  for (size_t p = 0; p < c->n_pools; p++)
    for (size_t i = 0; i < c->pools[p].n_cuts; i++) {
      int n = 1;
      index[1] = column_of_pool(c, p);
      value[1] = -1;
      for (size_t k = 0; k < c->n_kinds; k++) {
        if (c->pools[p].cuts[i].count[k] == 0) continue;
        index[++n] = (int)k + 1;
        value[n] = c->pools[p].cuts[i].count[k];
      }
      add_row(lp, 0, n, index, value);
    }
  for (size_t p = 0; p < c->n_pools; p++) {
    index[p + 1] = column_of_pool(c, p);
    value[p + 1] = c->pools[p].count;
  }
  add_row(lp, (double)c->n_machines, (int)c->n_pools, index, value);
}

static void add_type(glp_prob *lp, const struct rms_jobs *inst, const struct rms_jobs_type *type,
                     double share)
{
  const struct rms_cluster *c = &inst->cluster;
  const double shared = best_shared(inst, type);
  const int z = glp_add_cols(lp, 1);
  glp_set_col_bnds(lp, z, GLP_DB, 0, 1e6);
  glp_set_obj_coef(lp, z, share);
  for (size_t k = 0; k < c->n_kinds; k++)
    if (type->speed[k] > 0)
      add_row(lp, 0, 2, (int[]){0, z, (int)k + 1}, (double[]){0, as_speed(type->speed[k]), -1});
  for (size_t p = 0; p < c->n_pools && shared > 0; p++)
    add_row(lp, 0, 2, (int[]){0, z, column_of_pool(c, p)}, (double[]){0, shared, -1});
}

/* Scale to what the header demands, whatever the simplex returned. */
void rms_fluid_repair(const struct rms_cluster *c, struct rms_fluid_prices *prices)
{
  double total = 0;
  for (size_t p = 0; p < c->n_pools; p++) {
    prices->pool[p] = 0;
    for (size_t i = 0; i < c->pools[p].n_cuts; i++) {
      double sum = 0;
      for (size_t k = 0; k < c->n_kinds; k++) sum += c->pools[p].cuts[i].count[k] * prices->kind[k];
      prices->pool[p] = fmax(prices->pool[p], sum);
    }
    total += prices->pool[p] * c->pools[p].count;
  }
  for (size_t p = 0; p < c->n_pools && total > 0; p++) prices->pool[p] /= total;
  for (size_t k = 0; k < c->n_kinds && total > 0; k++) prices->kind[k] /= total;
}

struct weighted {
  size_t type;
  double work;
};

static int by_work(const void *a, const void *b)
{
  const struct weighted *x = a, *y = b;
  if (x->work != y->work) return x->work > y->work ? -1 : 1;
  return (x->type > y->type) - (x->type < y->type);
}

/* Prices that make the trace most expensive, of its types with most work. */
static int find_prices(const struct rms_jobs *inst, struct rms_fluid_prices *prices)
{
  const struct rms_cluster *c = &inst->cluster;
  struct weighted *types = calloc(inst->n_types, sizeof *types);
  glp_smcp options;
  double total = 0;
  if (!types) return RMS_E_NOMEM;
  for (size_t t = 0; t < inst->n_types; t++) types[t].type = t;
  for (size_t j = 0; j < inst->n_jobs; j++) {
    types[inst->jobs[j].type].work += (double)inst->jobs[j].work;
    total += (double)inst->jobs[j].work;
  }
  qsort(types, inst->n_types, sizeof *types, by_work);
  glp_term_out(GLP_OFF);
  glp_prob *lp = glp_create_prob();
  glp_set_obj_dir(lp, GLP_MAX);
  glp_add_cols(lp, (int)(c->n_kinds + c->n_pools));
  for (int i = 1; i <= (int)(c->n_kinds + c->n_pools); i++)
    glp_set_col_bnds(lp, i, GLP_DB, 0, (double)c->n_machines);
  add_cuts(lp, c);
  for (size_t t = 0; t < inst->n_types && t < TYPES_MAX; t++)
    add_type(lp, inst, &inst->types[types[t].type], types[t].work / total);
  glp_init_smcp(&options);
  options.msg_lev = GLP_MSG_OFF;
  const bool is_solved = glp_simplex(lp, &options) == 0 && glp_get_status(lp) == GLP_OPT;
  for (size_t k = 0; k < c->n_kinds; k++)
    prices->kind[k] =
        is_solved ? fmax(0, glp_get_col_prim(lp, (int)k + 1)) : (double)c->kinds[k].memory;
  glp_delete_prob(lp);
  free(types);
  rms_fluid_repair(c, prices);
  return RMS_OK;
}

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
      way[n++] = (struct way){f->prices.kind[k], as_speed(type->speed[k])};
  for (size_t p = 0; p < c->n_pools; p++) machine = fmin(machine, f->prices.pool[p]);
  for (size_t level = 0; level < c->n_levels; level++)
    for (int i = 0; i < RMS_JOBS_CORUN_MAX; i++)
      if (type->mps[level][i] > 0)
        way[n++] = (struct way){machine / (i + 1), as_speed(type->mps[level][i])};
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
  RMS_TRY(find_prices(inst, &prices));
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

/* ---- tolls ---- */

/* How the task works at toll rate `rate` when a unit of work is worth `value`: the way with the
 * least rate x price - value x speed; -1: it waits. */
static int best_way(const struct rms_fluid_group *g, double rate, double value)
{
  int best = -1;
  double least = 0;
  for (int i = 0; i < g->n; i++) {
    const double cost = rate * g->way[i].price - value * g->way[i].speed;
    if (cost >= least) continue;
    least = cost;
    best = i;
  }
  return best;
}

struct stay { /* a task that completes in segment `last` */
  const struct rms_fluid_group *group;
  const struct rms_fluid_task *task;
  const struct rms_tolls *tolls;
  int first, last;
};

static double rate_in(const struct rms_tolls *t, int i)
{
  return i < t->n ? t->rate[i] : 0;
}

/* Lagrangian of the stay at this value of work; *slope: work that is not done. It ends where that
 * is best, at the beginning or the end of the last segment. */
static double lagrangian(const struct stay *s, double value, double *slope, double *usage,
                         double share)
{
  double sum = value * s->task->work;
  *slope = s->task->work;
  for (int i = s->first; i <= s->last && i < s->tolls->n; i++) {
    const double rate = rate_in(s->tolls, i);
    const double length = s->tolls->edge[i + 1] - fmax(s->tolls->edge[i], s->task->arrival);
    const int w = best_way(s->group, rate, value);
    const double price = w < 0 ? 0 : s->group->way[w].price;
    const double speed = w < 0 ? 0 : s->group->way[w].speed;
    const double each = 1 + rate * price - value * speed;
    if (i == s->last && each >= 0) break;
    sum += length * each;
    *slope -= length * speed;
    if (usage) usage[i] += share * length * price;
  }
  return sum;
}

/* Most of the Lagrangian over values: least cost of completing in that segment. Any value proves a
 * lower bound, so that the search need not be exact. lo, hi: values on either side of the best. */
static double best_value(const struct stay *s, double *lo, double *hi, double slope[2])
{
  const double fastest = s->group->way[s->group->n - 1].speed;
  double best;
  *lo = 0;
  *hi = 1 / fastest;
  best = lagrangian(s, 0, &slope[0], NULL, 0);
  best = fmax(best, lagrangian(s, *hi, &slope[1], NULL, 0));
  if (s->last >= s->tolls->n && slope[1] > 0) { /* the free rest takes what is left */
    *lo = *hi;
    slope[0] = slope[1] = 0;
    return best;
  }
  for (int i = 0; i < 60 && slope[1] > 0; i++) {
    *lo = *hi;
    slope[0] = slope[1];
    *hi *= 2;
    best = fmax(best, lagrangian(s, *hi, &slope[1], NULL, 0));
  }
  for (int i = 0; i < 24; i++) {
    double middle_slope;
    const double middle = (*lo + *hi) / 2;
    best = fmax(best, lagrangian(s, middle, &middle_slope, NULL, 0));
    if (middle_slope > 0) {
      *lo = middle;
      slope[0] = middle_slope;
    } else {
      *hi = middle;
      slope[1] = middle_slope;
    }
  }
  return best;
}

double rms_toll_of_task(const struct rms_fluid *f, const struct rms_fluid_task *task,
                        const struct rms_tolls *t, double *usage)
{
  struct stay s = {.group = &f->groups[task->group], .task = task, .tolls = t};
  const double ready = task->arrival + task->alone;
  double best = INFINITY, lo = 0, hi = 0, slope[2] = {0}, unused;
  int last = -1;
  while (s.first < t->n && t->edge[s.first + 1] <= task->arrival) s.first++;
  for (s.last = s.first; s.last <= t->n; s.last++) {
    double here[2], low, high;
    if (s.last < t->n && t->edge[s.last + 1] < ready) continue; /* too early for any way */
    if (s.last > s.first && t->edge[s.last] - task->arrival >= best) break;
    const double value = best_value(&s, &low, &high, here);
    if (value >= best) continue;
    best = value;
    last = s.last;
    lo = low;
    hi = high;
    slope[0] = here[0];
    slope[1] = here[1];
  }
  if (usage && last >= 0) {
    const double share = slope[0] > slope[1] ? -slope[1] / (slope[0] - slope[1]) : 1;
    s.last = last;
    lagrangian(&s, lo, &unused, usage, fmin(1, fmax(0, share)));
    lagrangian(&s, hi, &unused, usage, fmin(1, fmax(0, 1 - share)));
  }
  return best;
}
