/* SPDX-License-Identifier: GPL-3.0-or-later */
/* drawn.c - services that are copies of measured models, under drawn latency objectives and limits.
 * On a machine other than the measured one the figures are an assumption (the instance's name says
 * "synthetic"): a slice of k compute units serves what the largest measured size g <= k serves,
 * times k / g, times the pool's speed; latency shrinks with the speed; batches shrink with the
 * memory of the slice against the measured one (profile.h). */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "instances/serve/draft.h"

enum { DRAWS_MAX = 100 };

struct wish { /* what one service asks of its model */
  size_t model;
  double slo_ms;
  struct rms_figures_rule rule;
};

struct drawer {
  struct rms_draft *draft;
  const struct rms_figures *figures;
  struct rms_machine *measured; /* owned */
  struct rms_rng rng;
};

/* The largest measured size that is no larger than k. */
static int measured_size(const struct rms_figures *figures, size_t model, int k)
{
  int best = 0;
  for (size_t i = 0; i < figures->n_rows; i++) {
    const struct rms_figure *row = &figures->rows[i];
    if (row->model == model && row->gpcs <= k && row->gpcs > best) best = row->gpcs;
  }
  return best;
}

/* Memory of a slice as part of the measured slice's, the plainest of its size; 1 where it was not
 * read. */
static double memory_part(const struct drawer *d, const struct rms_profile *profile, int gpcs)
{
  double least = INFINITY;
  for (int p = 0; p < d->measured->n_profiles; p++) {
    const struct rms_profile *ours = &d->measured->profiles[p];
    if (ours->group < 0 && ours->compute == gpcs) least = fmin(least, ours->memory_gib);
  }
  return isnan(profile->memory_gib) || isinf(least) ? 1 : fmin(1, profile->memory_gib / least);
}

static int64_t rate_on(const struct drawer *d, const struct wish *wish, size_t m, int size,
                       struct rms_serve_point *point)
{
  const struct rms_machine *machine = d->draft->recipe->machines[m];
  const struct rms_size *at = &d->draft->sizes[m].at[size];
  struct rms_figures_rule rule = wish->rule;
  if (strcmp(machine->name, d->measured->name) == 0 && d->draft->speed[m] == 1)
    return rms_figures_rate(d->figures, wish->model, at->compute, wish->slo_ms, &rule, point);
  const int gpcs = measured_size(d->figures, wish->model, at->compute);
  if (gpcs == 0) return 0;
  rule.speed = d->draft->speed[m] * at->compute / gpcs;
  rule.memory = memory_part(d, &machine->profiles[at->profile], gpcs);
  return rms_figures_rate(d->figures, wish->model, gpcs, wish->slo_ms, &rule, point);
}

static bool runs_somewhere(const struct drawer *d, const struct wish *wish)
{
  for (size_t m = 0; m < d->draft->recipe->n_machines; m++)
    for (int s = 0; s < d->draft->sizes[m].n; s++)
      if (rate_on(d, wish, m, s, NULL) > 0) return true;
  return false;
}

static int add_service(struct drawer *d, const struct wish *wish, struct rms_error *err)
{
  int status = RMS_OK;
  char name[64];
  snprintf(name, sizeof name, "%s-%03zu", d->figures->models[wish->model], d->draft->n_services);
  RMS_TRY(rms_draft_service(d->draft, name, wish->slo_ms, err));
  for (size_t m = 0; m < d->draft->recipe->n_machines; m++)
    for (int s = 0; s < d->draft->sizes[m].n; s++) {
      struct rms_serve_point point = {0};
      const int64_t rate = rate_on(d, wish, m, s, &point);
      RMS_TRY(rms_draft_rate(d->draft, m, s, rate, point, err));
    }
out:
  return status;
}

static struct rms_figures_rule fixed_rule(const struct rms_serve_options *o)
{
  return (struct rms_figures_rule){.lat_factor = o->real[RMS_OPT_LAT],
                                   .procs_max = (int)o->whole[RMS_OPT_PROCS],
                                   .batch_max = (int)o->whole[RMS_OPT_BATCH],
                                   .is_inclusive = o->whole[RMS_OPT_INCLUSIVE] != 0,
                                   .has_flagged = o->whole[RMS_OPT_FLAGGED] != 0,
                                   .is_truncated = o->whole[RMS_OPT_TRUNCATE] != 0};
}

/* real: model uniform; objective log-uniform in 20..2000 ms, whole; 1 to 3 processes; batch at most
 * 2^0..2^8; what the options fix is not drawn. The same number of draws whatever is fixed. */
static void draw_wish(struct drawer *d, struct wish *wish)
{
  const struct rms_serve_options *o = &d->draft->recipe->options;
  wish->rule = fixed_rule(o);
  wish->model = (size_t)rms_rng_below(&d->rng, d->figures->n_models);
  const double slo_ms = floor(exp(rms_rng_uniform(&d->rng, log(20), log(2000))));
  const int procs = 1 + (int)rms_rng_below(&d->rng, 3), batch = 1 << rms_rng_below(&d->rng, 9);
  wish->slo_ms = o->real[RMS_OPT_SLO] > 0 ? o->real[RMS_OPT_SLO] : slo_ms;
  if (wish->rule.procs_max == 0) wish->rule.procs_max = procs;
  if (wish->rule.batch_max == 0) wish->rule.batch_max = batch;
}

static int draw_service(struct drawer *d, struct rms_error *err)
{
  struct wish wish;
  for (int i = 0; i < DRAWS_MAX; i++) {
    draw_wish(d, &wish);
    if (runs_somewhere(d, &wish)) return add_service(d, &wish, err);
  }
  return rms_error_set(err, RMS_E_PARAM,
                       "no model runs within these limits (slo, lat, procs, batch): "
                       "%d draws failed, loosen them",
                       DRAWS_MAX);
}

/* rotation: models in byte order, again and again; the first round has the objective itself, later
 * ones draw half of it, itself or twice it. */
static int rotate_service(struct drawer *d, struct rms_error *err)
{
  static const double factors[] = {0.5, 1, 2};
  const struct rms_serve_options *o = &d->draft->recipe->options;
  const size_t i = d->draft->n_services;
  struct wish wish = {.model = i % d->figures->n_models, .rule = fixed_rule(o)};
  wish.slo_ms = o->real[RMS_OPT_SLO] > 0 ? o->real[RMS_OPT_SLO] : 100;
  if (wish.rule.procs_max == 0) wish.rule.procs_max = 1;
  if (i >= d->figures->n_models) wish.slo_ms *= factors[rms_rng_below(&d->rng, 3)];
  if (!runs_somewhere(d, &wish))
    return rms_error_set(err, RMS_E_PARAM, "%s runs on no slice within %g ms, loosen slo or lat",
                         d->figures->models[wish.model], wish.slo_ms);
  return add_service(d, &wish, err);
}

int rms_draft_drawn(struct rms_draft *draft, const struct rms_figures *figures,
                    struct rms_error *err)
{
  int status = RMS_OK;
  const struct rms_serve_options *o = &draft->recipe->options;
  struct drawer d = {
      .draft = draft, .figures = figures, .rng = rms_draft_rng(draft, RMS_DRAW_SERVICES)};
  RMS_TRY(rms_machine_builtin(&d.measured, "a100-80gb", err));
  for (int64_t i = 0; i < o->whole[RMS_OPT_SERVICES]; i++)
    RMS_TRY(o->whole[RMS_OPT_SHAPE] == RMS_SHAPE_REAL ? draw_service(&d, err)
                                                      : rotate_service(&d, err));
out:
  rms_machine_free(d.measured);
  return status;
}
