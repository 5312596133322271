/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The master's multipliers say how much of each step's slices the relaxed optimum takes. Services
 * take the pattern of one step each, or a mixture, one after the other, always what keeps the
 * running totals closest to the multipliers' mean (error diffusion). Those that pay most for a
 * change come first; the last ones, which pay next to nothing, make up for all before them: what is
 * left at the end is a few slices. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "solvers/serve/prices.h"

enum {
  ACTIVE_MAX = 24,
  MIXED = 2, /* options beside the steps' patterns */
  OPTIONS_MAX = ACTIVE_MAX + MIXED,
  PAIRED_MAX = 6, /* steps whose patterns are mixed in pairs */
  MIX_NODES = 1000,
  AXES_MAX = 64,
  SIZES_MAX = 1024
};
#define WEIGHT_MIN 1e-7
/* A form with more room than that share of the bound, and so many machines, does not matter. */
#define TIGHT        1e-2
#define TIGHT_AT_ALL 50

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

/* Between patterns of many slices lie mixed ones, which no step takes: most of the mean weighted by
 * the shares, rounded down, and the least cover of what is missing then. */
static void mix(const struct diffusion *d, size_t s, const double *share, uint32_t *mixed)
{
  const struct rms_prices *p = d->p;
  const struct rms_serve *inst = p->inst;
  size_t width = inst->n_kinds;
  const struct rms_cover_prices prices = {.n_kinds = width,
                                          .price = p->steps[p->best_step].point.w,
                                          .is_open = p->is_open,
                                          .node_limit = MIX_NODES};
  int64_t need = inst->services[s].demand, y[RMS_SERVE_KINDS_MAX] = {0};
  rms_wide value;
  for (size_t k = 0; k < width; k++) {
    double mean = 0;
    int64_t rate = rms_serve_rate(inst, s, k);
    for (size_t j = 0; j < d->n_active; j++) mean += share[j] * d->active[j]->slices[s * width + k];
    mixed[k] = (uint32_t)fmax(0, floor(mean + 1e-6));
    /* The floor of a mean of covers covers no more than the demand and one slice of each kind. */
    while (mixed[k] && rate && need - mixed[k] * rate < 0) mixed[k]--;
    need -= mixed[k] * rate;
  }
  if (need > 0) rms_cover_solve(&prices, inst->throughput + s * width, need, y, &value);
  for (size_t k = 0; k < width; k++) mixed[k] += (uint32_t)y[k];
}

/* shift[axis][j]: what the steps' pattern j adds beyond their mean. */
static void fill_shifts(const struct diffusion *d, const uint32_t *const *options,
                        const double *sizes, double *shift)
{
  size_t width = d->p->inst->n_kinds;
  for (size_t a = 0; a < d->n_axes; a++) {
    double mean = 0, *row = shift + a * OPTIONS_MAX;
    for (size_t j = 0; j < d->n_active; j++) {
      row[j] = shift_of(d, sizes + a * width, options[j]);
      mean += d->share[j] * row[j];
    }
    for (size_t j = 0; j < d->n_active; j++) row[j] -= mean;
    row[OPTIONS_MAX - 1] = mean;
  }
}

/* The same for a mixture. The last column of a row keeps the mean. */
static void fill_shift(const struct diffusion *d, const uint32_t *mixed, const double *sizes,
                       size_t option, double *shift)
{
  for (size_t a = 0; a < d->n_axes; a++) {
    double *row = shift + a * OPTIONS_MAX;
    row[option] = shift_of(d, sizes + a * d->p->inst->n_kinds, mixed) - row[OPTIONS_MAX - 1];
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

static double norm_of(const struct diffusion *d, const double *shift, size_t j)
{
  double norm = 0;
  for (size_t a = 0; a < d->n_axes; a++) {
    const double e = d->error[a] + shift[a * OPTIONS_MAX + j];
    norm += e * e;
  }
  return norm;
}

/* Share t of pattern j, the rest of pattern i, that brings the error closest to nothing. */
static double best_share(const struct diffusion *d, const double *shift, size_t i, size_t j)
{
  double product = 0, square = 0;
  for (size_t a = 0; a < d->n_axes; a++) {
    const double *row = shift + a * OPTIONS_MAX, step = row[j] - row[i];
    product += (d->error[a] + row[i]) * step;
    square += step * step;
  }
  return square > 0 ? fmin(1, fmax(0, -product / square)) : 0;
}

/* The mixture of two patterns that makes up for the running error. False: a pattern alone does. */
static bool find_remedy(const struct diffusion *d, const double *shift, const double *extra,
                        double *share)
{
  const size_t n = d->n_active < PAIRED_MAX ? d->n_active : PAIRED_MAX;
  double least = INFINITY, best = 0;
  size_t from = 0, to = 0;
  for (size_t i = 0; i < n; i++)
    for (size_t j = i + 1; j < n; j++) {
      const double t = best_share(d, shift, i, j);
      double norm = d->price_of_error * ((1 - t) * extra[i] + t * extra[j]);
      for (size_t a = 0; a < d->n_axes; a++) {
        const double *row = shift + a * OPTIONS_MAX;
        const double e = d->error[a] + (1 - t) * row[i] + t * row[j];
        norm += e * e;
      }
      if (norm >= least - 1e-12) continue;
      least = norm;
      best = t;
      from = i;
      to = j;
    }
  memset(share, 0, d->n_active * sizeof *share);
  share[from] = 1 - best;
  share[to] += best;
  return best > 0 && best < 1;
}

/* The option that keeps the running error smallest and costs little. */
static size_t choose(const struct diffusion *d, const double *shift, const double *extra, size_t n)
{
  size_t best = 0;
  double least = INFINITY;
  for (size_t j = 0; j < n; j++) {
    const double norm = d->price_of_error * extra[j] + norm_of(d, shift, j);
    if (norm >= least - 1e-12) continue;
    least = norm;
    best = j;
  }
  return best;
}

static void take(struct diffusion *d, size_t s, const uint32_t *y, int64_t *total)
{
  const size_t width = d->p->inst->n_kinds;
  for (size_t k = 0; k < width; k++) {
    d->p->slices[s * width + k] = y[k];
    total[k] += y[k];
  }
}

/* Patterns of the steps, their mean, and what makes up for the error: the best of them. */
static void round_service(struct diffusion *d, size_t s, const double *sizes, int64_t *total)
{
  const size_t width = d->p->inst->n_kinds;
  const uint32_t *options[OPTIONS_MAX];
  uint32_t mixed[MIXED][RMS_SERVE_KINDS_MAX];
  double shift[AXES_MAX * OPTIONS_MAX], extra[OPTIONS_MAX], share[ACTIVE_MAX];
  size_t n = d->n_active;
  for (size_t j = 0; j < n; j++) {
    options[j] = d->active[j]->slices + s * width;
    extra[j] = fmax(0, reduced_cost(d, s, options[j]));
  }
  fill_shifts(d, options, sizes, shift);
  mix(d, s, d->share, mixed[0]);
  options[n++] = mixed[0];
  if (find_remedy(d, shift, extra, share)) {
    mix(d, s, share, mixed[1]);
    options[n++] = mixed[1];
  }
  for (size_t j = d->n_active; j < n; j++) {
    extra[j] = fmax(0, reduced_cost(d, s, options[j]));
    fill_shift(d, options[j], sizes, j, shift);
  }
  const size_t chosen = choose(d, shift, extra, n);
  for (size_t a = 0; a < d->n_axes; a++) d->error[a] += shift[a * OPTIONS_MAX + chosen];
  take(d, s, options[chosen], total);
}

/* ---- order ---- */

/* Least price of another pattern of the steps for what it changes; INFINITY: it changes nothing. */
static double score_of(const struct diffusion *d, size_t s, const double *sizes)
{
  const size_t width = d->p->inst->n_kinds;
  const uint32_t *best = d->p->steps[d->p->best_step].slices + s * width;
  double least = INFINITY;
  for (size_t j = 0; j < d->n_active; j++) {
    const uint32_t *y = d->active[j]->slices + s * width;
    double far = 0;
    for (size_t a = 0; a < d->n_axes; a++)
      far += fabs(shift_of(d, sizes + a * width, y) - shift_of(d, sizes + a * width, best));
    if (far > 0) least = fmin(least, fmax(0, reduced_cost(d, s, y)) / far);
  }
  return least;
}

static int compare_ranks(const void *left, const void *right)
{
  const struct rms_price_rank *a = left, *b = right;
  if (a->score != b->score) return a->score > b->score ? -1 : 1;
  return (a->service > b->service) - (a->service < b->service);
}

/* Is a form's room at the steps' mean so small that it matters? */
static bool is_tight(const struct diffusion *d, const double *size)
{
  const double bound =
      (double)d->p->bound / (double)d->p->options.denominator / (double)d->p->inst->pools[0].cost;
  double mean = 0;
  for (size_t j = 0; j < d->n_active; j++)
    for (size_t k = 0; k < d->p->inst->n_kinds; k++)
      mean += d->share[j] * size[k] * (double)d->active[j]->total[k];
  return mean >= bound * (1 - TIGHT) - TIGHT_AT_ALL;
}

static void fill_sizes(struct diffusion *d, double *sizes)
{
  size_t width = d->p->inst->n_kinds;
  d->n_axes = d->p->is_single ? d->p->forms.n_forms : width;
  /* More axes than that: the first ones will do, it is a heuristic. */
  if (d->n_axes > AXES_MAX) d->n_axes = AXES_MAX;
  while (d->n_axes * width > SIZES_MAX) d->n_axes--;
  size_t kept = 0;
  for (size_t a = 0; a < d->n_axes; a++) {
    double *size = sizes + kept * width;
    for (size_t k = 0; k < width; k++) size[k] = slice_size(d, a, k);
    kept += !d->p->is_single || is_tight(d, size);
  }
  d->n_axes = kept;
}

static void round_in_order(struct rms_prices *p, double price_of_error, bool is_ranked,
                           int64_t *total)
{
  struct diffusion d = {.p = p, .price_of_error = price_of_error};
  const size_t width = p->inst->n_kinds;
  double sizes[SIZES_MAX];
  size_t n = 0;
  pick_active(&d);
  fill_sizes(&d, sizes);
  memset(total, 0, width * sizeof *total);
  for (size_t s = 0; s < p->inst->n_services; s++) {
    if (is_uniform(&d, s))
      take(&d, s, d.active[0]->slices + s * width, total);
    else if (is_ranked)
      p->ranks[n++] = (struct rms_price_rank){score_of(&d, s, sizes), s};
    else
      round_service(&d, s, sizes, total);
  }
  if (n) qsort(p->ranks, n, sizeof *p->ranks, compare_ranks);
  for (size_t i = 0; i < n; i++) round_service(&d, p->ranks[i].service, sizes, total);
}

void rms_prices_round(struct rms_prices *p, double price_of_error, int64_t *total)
{
  if (!p->ranks) p->ranks = rms_arena_alloc(p->arena, p->inst->n_services, sizeof *p->ranks);
  /* Without memory for an order any will do. */
  round_in_order(p, price_of_error, p->ranks, total);
}

void rms_prices_round_plain(struct rms_prices *p, double price_of_error, int64_t *total)
{
  round_in_order(p, price_of_error, false, total);
}
