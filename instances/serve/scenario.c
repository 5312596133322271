/* SPDX-License-Identifier: GPL-3.0-or-later */
/* scenario.c - one of the published scenarios: goals met with measured figures. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "instances/serve/draft.h"
#include "instances/serve/generate.h"

static int add_goal(struct rms_draft *draft, const struct rms_figures *figures,
                    const struct rms_goal *goal, struct rms_error *err)
{
  int status = RMS_OK;
  const struct rms_serve_options *o = &draft->recipe->options;
  const struct rms_figures_rule rule = {
      .lat_factor = o->real[RMS_OPT_LAT],
      .procs_max = o->whole[RMS_OPT_PROCS] ? (int)o->whole[RMS_OPT_PROCS] : 1,
      .batch_max = (int)o->whole[RMS_OPT_BATCH],
      .is_inclusive = o->whole[RMS_OPT_INCLUSIVE] != 0,
      .has_flagged = o->whole[RMS_OPT_FLAGGED] != 0,
      .is_truncated = o->whole[RMS_OPT_TRUNCATE] != 0};
  const int model = rms_figures_model(figures, goal->model);
  const double rate = rule.is_truncated ? floor(goal->rate) : goal->rate;
  if (model < 0)
    return rms_error_set(err, RMS_E_UNKNOWN, "scenario %d: there are no figures of model \"%s\"",
                         (int)goal->scenario, goal->model);
  RMS_TRY(rms_draft_service(draft, goal->model, goal->slo_ms, err));
  struct rms_serve_service *service = &draft->services[draft->n_services - 1];
  if (rms_micro_from_double(rate, RMS_ROUND_UP, &service->demand) < 0 || service->demand == 0)
    RMS_TRY(rms_error_set(err, RMS_E_PARAM, "scenario %d, %s: the rate %g leaves no demand",
                          (int)goal->scenario, goal->model, goal->rate));
  for (int s = 0; s < draft->sizes[0].n; s++) {
    struct rms_serve_point point = {0};
    const int64_t best = rms_figures_rate(figures, (size_t)model, draft->sizes[0].at[s].compute,
                                          goal->slo_ms, &rule, &point);
    RMS_TRY(rms_draft_rate(draft, 0, s, best, point, err));
  }
out:
  return status;
}

static int no_scenario(const struct rms_goals *goals, int64_t scenario, struct rms_error *err)
{
  return rms_error_set(err, RMS_E_PARAM, "scenario=%d: there are %d to %d", (int)scenario,
                       (int)goals->goals[0].scenario, (int)goals->goals[goals->n - 1].scenario);
}

static int make(struct rms_instance **result, struct rms_recipe *recipe,
                const struct rms_figures *figures, const struct rms_goals *goals,
                struct rms_error *err)
{
  int status = RMS_OK;
  const int64_t scenario = recipe->options.whole[RMS_OPT_SCENARIO];
  struct rms_draft draft = {0};
  RMS_TRY(rms_draft_open(&draft, recipe, err));
  for (size_t i = 0; i < goals->n; i++)
    if (goals->goals[i].scenario == scenario)
      RMS_TRY(add_goal(&draft, figures, &goals->goals[i], err));
  if (draft.n_services == 0) RMS_TRY(no_scenario(goals, scenario, err));
  RMS_TRY(rms_draft_build(result, &draft, recipe, err));
out:
  rms_draft_fini(&draft);
  return status;
}

int rms_serve_scenario(struct rms_instance **result, const char *spec,
                       const struct rms_figures *figures, const struct rms_goals *goals,
                       struct rms_error *err)
{
  int status = RMS_OK;
  struct rms_recipe recipe = {0};
  RMS_TRY(rms_recipe_open(&recipe, spec, true, err));
  if (recipe.options.whole[RMS_OPT_SHAPE] != RMS_SHAPE_SCENARIO)
    RMS_TRY(rms_error_set(err, RMS_E_PARAM, "shape must be scenario"));
  RMS_TRY(make(result, &recipe, figures, goals, err));
out:
  rms_recipe_fini(&recipe);
  return status;
}
