/* SPDX-License-Identifier: GPL-3.0-or-later */
/* demand.c - how much of each service is asked for. X is drawn per service: normal N(1, 0.3), at
 * least 0.05; lognormal LogN(0, 1); uniform in (0.1, 1.9). scale S:    demand = S * X requests per
 * second machines T: X is the service's share of T machines: demand = T * X / sum(X) * (what one
 * machine serves of it at best), so that T machines would do in a world without rules and rounding
 * rounded up to three decimals. Of T this leaves at most 0.001 / load per service. The shape
 * `tight` then moves each demand to the sum of a few slices plus or minus a hair (1 to 20
 * thousandths), which changes a service's share by less than one machine. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "instances/serve/draft.h"

static double draw(struct rms_rng *rng, int64_t kind)
{
  if (kind == RMS_DEMAND_NORMAL) return fmax(0.05, rms_rng_normal(rng, 1, 0.3));
  if (kind == RMS_DEMAND_LOGNORMAL) return rms_rng_lognormal(rng, 0, 1);
  return rms_rng_uniform(rng, 0.1, 1.9);
}

static int set_demand(struct rms_serve_service *service, double demand, struct rms_error *err)
{
  const double thousandths = fmax(1, ceil(demand * 1000));
  if (!(thousandths * 1000 <= (double)RMS_MICRO_MAX))
    return rms_error_set(err, RMS_E_PARAM, "%s: a demand of %g requests/s is above 1e12",
                         service->name, demand);
  service->demand = (int64_t)thousandths * 1000;
  return RMS_OK;
}

/* The best and another entry of a service; entries stand in the order of the services. */
static void pick_two(struct rms_rng *rng, const struct rms_draft *draft, size_t first, size_t n,
                     const struct rms_serve_entry **best, const struct rms_serve_entry **other)
{
  double top = -1;
  for (size_t i = first; i < first + n; i++) {
    const struct rms_serve_entry *entry = &draft->entries[i];
    const struct rms_machine *machine = draft->recipe->machines[entry->machine];
    const double value = (double)entry->rate / machine->profiles[entry->profile].compute;
    if (entry->machine != draft->entries[first].machine || value <= top) continue;
    top = value;
    *best = entry;
  }
  *other = &draft->entries[first + rms_rng_below(rng, n)];
}

/* The multiple of throughputs that is nearest to the demand, and a hair more or less. */
static void tighten(struct rms_rng *rng, struct rms_serve_service *service,
                    const struct rms_serve_entry *best, const struct rms_serve_entry *other)
{
  const int64_t hair = 1000 * (1 + (int64_t)rms_rng_below(rng, 20));
  const bool is_more = rms_rng_below(rng, 2) == 1;
  int64_t extra = other->rate * (int64_t)rms_rng_below(rng, 3);
  if (extra > service->demand) extra = 0;
  int64_t times = (service->demand - extra + best->rate / 2) / best->rate;
  if (times == 0 && extra == 0) times = 1;
  const int64_t sum = times * best->rate + extra;
  service->demand = is_more || sum <= hair ? sum + hair : sum - hair;
}

static void tighten_all(struct rms_rng *rng, struct rms_draft *draft)
{
  for (size_t i = 0, j; i < draft->n_entries; i = j) {
    const struct rms_serve_entry *best = NULL, *other = NULL;
    const uint32_t s = draft->entries[i].service;
    for (j = i; j < draft->n_entries && draft->entries[j].service == s; j++) {
    }
    pick_two(rng, draft, i, j - i, &best, &other);
    tighten(rng, &draft->services[s], best, other);
  }
}

int rms_draft_demands(struct rms_draft *draft, struct rms_error *err)
{
  int status = RMS_OK;
  const struct rms_serve_options *o = &draft->recipe->options;
  const double scale = o->real[RMS_OPT_SCALE];
  struct rms_rng rng = rms_draft_rng(draft, RMS_DRAW_DEMANDS);
  double *load = NULL, sum = 0;
  double *x = malloc((draft->n_services + 1) * sizeof *x);
  if (!x) RMS_TRY(rms_error_set(err, RMS_E_NOMEM, "out of memory"));
  RMS_TRY(rms_draft_loads(draft, &load, err));
  for (size_t i = 0; i < draft->n_services; i++) sum += x[i] = draw(&rng, o->whole[RMS_OPT_DEMAND]);
  for (size_t i = 0; i < draft->n_services; i++) {
    const double share = x[i] / sum * (double)o->whole[RMS_OPT_MACHINES] * load[i];
    RMS_TRY(set_demand(&draft->services[i], scale > 0 ? scale * x[i] : share, err));
  }
  if (o->whole[RMS_OPT_SHAPE] == RMS_SHAPE_TIGHT) tighten_all(&rng, draft);
out:
  free(load);
  free(x);
  return status;
}
