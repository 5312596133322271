/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fluid_tolls.c - the least that one task makes of its time and its tolls. */
#include <math.h>

#include "solvers/jobs/fluid.h"

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
