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

/* shift[axis][j]: what pattern j of the service adds, beyond the mean of all. */
static size_t choose(struct diffusion *d, size_t s, const double *sizes, double *shift)
{
  size_t width = d->p->inst->n_kinds, best = 0;
  double least = INFINITY;
  for (size_t a = 0; a < d->n_axes; a++) {
    double mean = 0, *row = shift + a * ACTIVE_MAX;
    for (size_t j = 0; j < d->n_active; j++) {
      row[j] = shift_of(d, sizes + a * width, d->active[j]->slices + s * width);
      mean += d->share[j] * row[j];
    }
    for (size_t j = 0; j < d->n_active; j++) row[j] -= mean;
  }
  for (size_t j = 0; j < d->n_active; j++) {
    double norm = 0;
    for (size_t a = 0; a < d->n_axes; a++) {
      double e = d->error[a] + shift[a * ACTIVE_MAX + j];
      norm += e * e;
    }
    if (norm < least - 1e-12) {
      least = norm;
      best = j;
    }
  }
  for (size_t a = 0; a < d->n_axes; a++) d->error[a] += shift[a * ACTIVE_MAX + best];
  return best;
}

void rms_prices_round(struct rms_prices *p, int64_t *total)
{
  struct diffusion d = {.p = p};
  size_t width = p->inst->n_kinds;
  double sizes[SIZES_MAX], shift[AXES_MAX * ACTIVE_MAX];
  pick_active(&d);
  d.n_axes = p->is_single ? p->forms.n_forms : width;
  /* More axes than that: the first ones will do, it is a heuristic. */
  if (d.n_axes > AXES_MAX) d.n_axes = AXES_MAX;
  while (d.n_axes * width > SIZES_MAX) d.n_axes--;
  for (size_t a = 0; a < d.n_axes; a++)
    for (size_t k = 0; k < width; k++) sizes[a * width + k] = slice_size(&d, a, k);
  memset(total, 0, width * sizeof *total);
  for (size_t s = 0; s < p->inst->n_services; s++) {
    size_t j = is_uniform(&d, s) ? 0 : choose(&d, s, sizes, shift);
    const uint32_t *y = d.active[j]->slices + s * width;
    for (size_t k = 0; k < width; k++) {
      p->slices[s * width + k] = y[k];
      total[k] += y[k];
    }
  }
}
