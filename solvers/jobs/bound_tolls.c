/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bound_tolls.c - the bound by tolls, and better ones. */
#include <math.h>
#include <string.h>

#include "solvers/jobs/bound_fluid.h"

/* Mean completion time proved by these tolls. usage [out] [n]: what all pay for in each segment,
 * cluster-seconds; NULL: not wanted. */
static int evaluate_tolls(struct rms_bound_fluid *b, const struct rms_tolls *tolls, double *usage,
                          double *mean)
{
  const size_t n = b->inst->n_jobs;
  double sum = 0;
  if (usage) memset(usage, 0, (size_t)tolls->n * sizeof *usage);
  for (size_t j = 0; j < n; j++) {
    sum += rms_toll_of_task(&b->fluid, &b->fluid.tasks[j], tolls, usage);
    if (++b->work % 64 == 0 && b->host->should_stop(b->host->ctx, b->work)) return RMS_STOPPED;
  }
  for (int i = 0; i < tolls->n; i++) sum -= tolls->rate[i] * (tolls->edge[i + 1] - tolls->edge[i]);
  *mean = sum / (double)n * (1 - RMS_BOUND_SAFETY);
  return rms_bound_tell(b, *mean);
}

struct flat { /* one rate until the end */
  double rate, end, mean;
};

static int try_flat(struct rms_bound_fluid *b, struct flat trial, struct flat *best)
{
  const double edge[2] = {0, trial.end};
  const struct rms_tolls tolls = {.n = 1, .edge = edge, .rate = &trial.rate};
  const int status = evaluate_tolls(b, &tolls, NULL, &trial.mean);
  if (trial.mean > best->mean) *best = trial;
  return status;
}

static int search_flat(struct rms_bound_fluid *b, struct flat *best)
{
  const size_t n = b->inst->n_jobs;
  double paid = 0;
  for (size_t j = 0; j < n; j++) paid += b->fluid.tasks[j].paid;
  const double end = fmax(b->fluid.tasks[n - 1].arrival, b->fluid.tasks[0].arrival + paid);
  *best = (struct flat){.end = end};
  for (int e = 4; e <= 13; e++)
    for (double rate = 0.25; rate < 20; rate *= 1.41) {
      const struct flat trial = {.rate = rate * (double)b->inst->cluster.n_machines,
                                 .end = end * e / 10};
      const int status = try_flat(b, trial, best);
      if (status) return status;
    }
  return 0;
}

/* Prices that prove more at a flat toll: one kind dearer or cheaper at a time. */
static int search_prices(struct rms_bound_fluid *b, struct flat *best)
{
  for (double step = 0.2; step > 0.01; step /= 2)
    for (size_t k = 0; k < b->inst->cluster.n_kinds; k++)
      for (int sign = -1; sign <= 1; sign += 2) {
        const struct rms_fluid_prices before = b->fluid.prices;
        struct rms_fluid_prices trial = before;
        struct flat found = *best;
        trial.kind[k] *= 1 + sign * step;
        rms_fluid_repair(&b->inst->cluster, &trial);
        rms_fluid_set_prices(&b->fluid, &trial);
        const int status = try_flat(b, *best, &found);
        if (found.mean <= best->mean) rms_fluid_set_prices(&b->fluid, &before);
        *best = found;
        if (status) return status;
      }
  return 0;
}

/* Tolls in parts of the time of their own: dearer where more is paid for than there is. */
static int search_segments(struct rms_bound_fluid *b, const struct flat *flat)
{
  double edge[RMS_BOUND_SEGMENTS_MAX + 1], rate[RMS_BOUND_SEGMENTS_MAX],
      usage[RMS_BOUND_SEGMENTS_MAX], mean = 0;
  const int n = (int)b->segments;
  const struct rms_tolls tolls = {.n = n, .edge = edge, .rate = rate};
  for (int i = 0; i <= n; i++) edge[i] = 1.3 * flat->end * i / n;
  for (int i = 0; i < n; i++) rate[i] = edge[i] < flat->end ? flat->rate : 0;
  for (int64_t step = 0; step < b->steps; step++) {
    const int status = evaluate_tolls(b, &tolls, usage, &mean);
    if (status) return status;
    const double size = 0.5 * flat->rate / (1 + 0.1 * (double)step);
    for (int i = 0; i < n; i++) {
      const double excess = usage[i] / (edge[i + 1] - edge[i]) - 1;
      rate[i] = fmax(0, rate[i] + size * fmin(1, excess));
    }
  }
  return 0;
}

int rms_bound_search_tolls(struct rms_bound_fluid *b)
{
  struct flat best;
  if (b->steps == 0) return 0;
  int status = search_flat(b, &best);
  if (status == 0) status = search_prices(b, &best);
  return status == 0 ? search_segments(b, &best) : status;
}
