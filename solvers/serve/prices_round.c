/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The master's multipliers say how much of each step's slices the relaxed optimum takes. Services
 * take the pattern of one step each, one after the other, always the one that keeps the running
 * totals closest to the multipliers' mean (error diffusion): what is left at the end is a few
 * slices. */
#include <math.h>
#include <string.h>

#include "solvers/serve/prices.h"

enum { ACTIVE_MAX = 24, AXES_MAX = 64, SIZES_MAX = 1024 };
#define WEIGHT_MIN 1e-7

struct diffusion {
  const struct rms_prices *p;
  double price_of_error;
  size_t n_active;
  const struct rms_price_step *active[ACTIVE_MAX];
  double share[ACTIVE_MAX];
  size_t n_axes; /* what closeness is measured in */
  double error[AXES_MAX];
};

static void pick_active(struct diffusion *d)
{
  const struct rms_prices *p = d->p;
  double sum = 0;
  for (size_t j = p->n_steps; j-- > 0 && d->n_active < ACTIVE_MAX;)
    if (p->steps[j].slices && p->steps[j].weight > WEIGHT_MIN) {
      d->active[d->n_active] = &p->steps[j];
      d->share[d->n_active++] = p->steps[j].weight;
      sum += p->steps[j].weight;
    }
  if (d->n_active == 0) {
    d->active[0] = &p->steps[p->best_step];
    d->share[0] = sum = 1;
    d->n_active = 1;
  }
  for (size_t j = 0; j < d->n_active; j++) d->share[j] /= sum;
}

/* Forms where they are known; otherwise each kind by its price. */
static double slice_size(const struct diffusion *d, size_t axis, size_t k)
{
  const struct rms_prices *p = d->p;
  if (!p->is_single) {
    double price = (double)p->steps[p->best_step].point.w[k] / (double)p->options.denominator;
    return axis == k ? price + 1e-3 : 0;
  }
  for (size_t i = 0; i < p->forms.n_dimensions; i++)
    if (p->kind_of[i] == k) return p->forms.weight[axis][i] / (double)p->forms.divisor[axis];
  return 0;
}

static double shift_of(const struct diffusion *d, const double *size, const uint32_t *y)
{
  double shift = 0;
  for (size_t k = 0; k < d->p->inst->n_kinds; k++) shift += size[k] * y[k];
  return shift;
}

static bool is_uniform(const struct diffusion *d, size_t s)
{
  size_t width = d->p->inst->n_kinds;
  const uint32_t *first = d->active[0]->slices + s * width;
  for (size_t j = 1; j < d->n_active; j++)
    if (memcmp(first, d->active[j]->slices + s * width, width * sizeof *first) != 0) return false;
  return true;
}

/* Between patterns of many slices lie mixed ones, which no step takes: most of the weighted mean,
 * rounded down, and the least cover of what is missing then. */
static void mix(const struct diffusion *d, size_t s, uint32_t *mixed)
{
  const struct rms_prices *p = d->p;
  const struct rms_serve *inst = p->inst;
  size_t width = inst->n_kinds;
  const struct rms_cover_prices prices = {.n_kinds = width,
                                          .price = p->steps[p->best_step].point.w,
                                          .is_open = p->is_open,
                                          .node_limit = p->options.nodes};
  int64_t need = inst->services[s].demand, y[RMS_SERVE_KINDS_MAX] = {0};
  rms_wide value;
  for (size_t k = 0; k < width; k++) {
    double mean = 0;
    int64_t rate = rms_serve_rate(inst, s, k);
    for (size_t j = 0; j < d->n_active; j++)
      mean += d->share[j] * d->active[j]->slices[s * width + k];
    mixed[k] = (uint32_t)fmax(0, floor(mean + 1e-6));
    /* The floor of a mean of covers covers no more than the demand and one slice of each kind. */
    while (mixed[k] && rate && need - mixed[k] * rate < 0) mixed[k]--;
    need -= mixed[k] * rate;
  }
  if (need > 0) rms_cover_solve(&prices, inst->throughput + s * width, need, y, &value);
  for (size_t k = 0; k < width; k++) mixed[k] += (uint32_t)y[k];
}

/* shift[axis][j]: what option j of the service adds beyond the mean of the steps' patterns. */
static void fill_shifts(const struct diffusion *d, const uint32_t *const *options,
                        const double *sizes, double *shift)
{
  size_t width = d->p->inst->n_kinds;
  for (size_t a = 0; a < d->n_axes; a++) {
    double mean = 0, *row = shift + a * (ACTIVE_MAX + 1);
    for (size_t j = 0; j <= d->n_active; j++) row[j] = shift_of(d, sizes + a * width, options[j]);
    for (size_t j = 0; j < d->n_active; j++) mean += d->share[j] * row[j];
    for (size_t j = 0; j <= d->n_active; j++) row[j] -= mean;
  }
}

/* By how much an option exceeds the service's least value at the best prices, in machines. */
static double reduced_cost(const struct diffusion *d, size_t s, const uint32_t *y)
{
  const struct rms_prices *p = d->p;
  const struct rms_price_step *best = &p->steps[p->best_step];
  size_t width = p->inst->n_kinds;
  double value = 0;
  for (size_t k = 0; k < width; k++)
    value += (double)best->point.w[k] * ((double)y[k] - best->slices[s * width + k]);
  return value / ((double)p->options.denominator * (double)p->unit);
}

/* The option that keeps the running error smallest and costs little. */
static size_t choose(struct diffusion *d, size_t s, const uint32_t *const *options,
                     const double *shift)
{
  size_t best = 0;
  double least = INFINITY;
  for (size_t j = 0; j <= d->n_active; j++) {
    double norm = d->price_of_error * fmax(0, reduced_cost(d, s, options[j]));
    for (size_t a = 0; a < d->n_axes; a++) {
      double e = d->error[a] + shift[a * (ACTIVE_MAX + 1) + j];
      norm += e * e;
    }
    if (norm < least - 1e-12) {
      least = norm;
      best = j;
    }
  }
  for (size_t a = 0; a < d->n_axes; a++) d->error[a] += shift[a * (ACTIVE_MAX + 1) + best];
  return best;
}

static void fill_sizes(struct diffusion *d, double *sizes)
{
  size_t width = d->p->inst->n_kinds;
  d->n_axes = d->p->is_single ? d->p->forms.n_forms : width;
  /* More axes than that: the first ones will do, it is a heuristic. */
  if (d->n_axes > AXES_MAX) d->n_axes = AXES_MAX;
  while (d->n_axes * width > SIZES_MAX) d->n_axes--;
  for (size_t a = 0; a < d->n_axes; a++)
    for (size_t k = 0; k < width; k++) sizes[a * width + k] = slice_size(d, a, k);
}

void rms_prices_round(struct rms_prices *p, double price_of_error, int64_t *total)
{
  struct diffusion d = {.p = p, .price_of_error = price_of_error};
  size_t width = p->inst->n_kinds;
  double sizes[SIZES_MAX], shift[AXES_MAX * (ACTIVE_MAX + 1)];
  uint32_t mixed[RMS_SERVE_KINDS_MAX];
  pick_active(&d);
  fill_sizes(&d, sizes);
  memset(total, 0, width * sizeof *total);
  for (size_t s = 0; s < p->inst->n_services; s++) {
    const uint32_t *options[ACTIVE_MAX + 1] = {d.active[0]->slices + s * width};
    size_t chosen = 0;
    if (!is_uniform(&d, s)) {
      for (size_t j = 0; j < d.n_active; j++) options[j] = d.active[j]->slices + s * width;
      mix(&d, s, mixed);
      options[d.n_active] = mixed;
      fill_shifts(&d, options, sizes, shift);
      chosen = choose(&d, s, options, shift);
    }
    for (size_t k = 0; k < width; k++) {
      p->slices[s * width + k] = options[chosen][k];
      total[k] += options[chosen][k];
    }
  }
}
