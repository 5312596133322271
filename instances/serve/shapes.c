/* SPDX-License-Identifier: GPL-3.0-or-later */
/* shapes.c - synthetic throughputs: p(k) = base * speed * k^a * noise for a slice of k compute
 * units, three decimals. Some services cannot use the smallest sizes. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "instances/serve/draft.h"

/* noise: the factor is uniform in [1 - noise, 1 + noise]. step: one size is best per compute unit,
 * each size away from it is worth `step` times as much. bars: chance that a service cannot use the
 * smallest, the two smallest, the three smallest sizes; drawn: the first two are drawn per
 * instance, up to that. */
static const struct shape {
  double lo, hi; /* of the exponent a */
  double noise, step;
  double bars[3];
  bool are_drawn;
} shapes[RMS_SHAPE_COUNT] = {
    [RMS_SHAPE_LINEAR] = {1, 1, 0.02, 0, {0.2, 0.05, 0}, true},
    [RMS_SHAPE_SUB] = {0.6, 0.9, 0.05, 0, {0.2, 0.05, 0}, true},
    [RMS_SHAPE_SUPER] = {1.1, 1.3, 0.05, 0, {0.2, 0.05, 0}, true},
    [RMS_SHAPE_MIXED] = {0.6, 1.3, 0.05, 0, {0.2, 0.05, 0}, true},
    [RMS_SHAPE_JAG] = {0.6, 1.3, 0.3, 0, {0.2, 0.05, 0}, true},
    [RMS_SHAPE_MID] = {1, 1, 0, 0.88, {0.2, 0.05, 0}, true},
    [RMS_SHAPE_TIGHT] = {0.6, 1.3, 0.3, 0, {0, 0, 0}, false},
    [RMS_SHAPE_LATENCY] = {0.8, 1.3, 0.05, 0, {0.7, 0.45, 0.2}, false},
};

struct nature { /* of one service, the same on every machine */
  double base, exponent;
  double best; /* where the best size stands among the sizes, (0,1) */
  int barred;  /* smallest sizes that it cannot use */
};

static struct nature draw_nature(struct rms_rng *rng, const struct shape *shape,
                                 const double bars[3])
{
  struct nature nature;
  nature.base = exp(rms_rng_uniform(rng, log(5), log(500)));
  nature.exponent = shape->lo < shape->hi ? rms_rng_uniform(rng, shape->lo, shape->hi) : shape->lo;
  nature.best = rms_rng_unit(rng);
  const double chance = rms_rng_unit(rng);
  nature.barred = chance < bars[2] ? 3 : chance < bars[1] ? 2 : chance < bars[0] ? 1 : 0;
  return nature;
}

static int64_t draw_rate(struct rms_rng *rng, const struct shape *shape,
                         const struct nature *nature, const struct rms_sizes *sizes, int size,
                         double speed)
{
  const int k = sizes->at[size].compute;
  double rate = nature->base * speed * pow(k, nature->exponent);
  if (shape->step > 0) rate *= pow(shape->step, abs(size - (int)(nature->best * sizes->n)));
  if (shape->noise > 0) rate *= rms_rng_uniform(rng, 1 - shape->noise, 1 + shape->noise);
  const double thousandths = floor(rate * 1000 + 0.5);
  return (int64_t)(thousandths < 1 ? 1 : thousandths) * 1000;
}

static int add_service(struct rms_draft *draft, struct rms_rng *rng, const struct shape *shape,
                       const double bars[3], struct rms_error *err)
{
  int status = RMS_OK;
  char name[32];
  const struct rms_serve_point none = {0};
  const struct nature nature = draw_nature(rng, shape, bars);
  snprintf(name, sizeof name, "service-%05zu", draft->n_services);
  RMS_TRY(rms_draft_service(draft, name, NAN, err));
  for (size_t m = 0; m < draft->recipe->n_machines; m++) {
    const struct rms_sizes *sizes = &draft->sizes[m];
    const int first =
        nature.barred < sizes->n ? nature.barred : sizes->n - 1; /* the largest always runs */
    for (int s = 0; s < sizes->n; s++) {
      const int64_t rate = draw_rate(rng, shape, &nature, sizes, s, draft->speed[m]);
      if (s >= first) RMS_TRY(rms_draft_rate(draft, m, s, rate, none, err));
    }
  }
out:
  return status;
}

int rms_draft_shapes(struct rms_draft *draft, struct rms_error *err)
{
  const struct rms_serve_options *o = &draft->recipe->options;
  const struct shape *shape = &shapes[o->whole[RMS_OPT_SHAPE]];
  struct rms_rng rng = rms_draft_rng(draft, RMS_DRAW_SERVICES);
  double bars[3] = {shape->bars[0], shape->bars[1], shape->bars[2]};
  if (shape->are_drawn) {
    bars[0] = rms_rng_uniform(&rng, 0, shape->bars[0]);
    bars[1] = fmin(bars[0], rms_rng_uniform(&rng, 0, shape->bars[1]));
  }
  for (int64_t i = 0; i < o->whole[RMS_OPT_SERVICES]; i++) {
    const int status = add_service(draft, &rng, shape, bars, err);
    if (status < 0) return status;
  }
  return RMS_OK;
}
