/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "instances/serve/generate.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "instances/serve/draft.h"

static const char prefix[] = "serve:";

/* ---- generate ----------------------------------------------------------------------------------
 */

static int make_scenario(struct rms_instance **result, const char *spec, struct rms_error *err)
{
  int status = RMS_OK;
  struct rms_figures *figures = NULL;
  struct rms_goals *goals = NULL;
  RMS_TRY(rms_figures_builtin(&figures, err));
  RMS_TRY(rms_goals_builtin(&goals, err));
  RMS_TRY(rms_serve_scenario(result, spec, figures, goals, err));
out:
  rms_goals_free(goals);
  rms_figures_free(figures);
  return status;
}

static int make_drawn(struct rms_draft *draft, struct rms_error *err)
{
  struct rms_figures *figures = NULL;
  int status = rms_figures_builtin(&figures, err);
  if (status == RMS_OK) status = rms_draft_drawn(draft, figures, err);
  rms_figures_free(figures);
  return status;
}

static int make_generated(struct rms_instance **result, struct rms_recipe *recipe,
                          struct rms_error *err)
{
  int status = RMS_OK;
  struct rms_draft draft = {0};
  const int64_t shape = recipe->options.whole[RMS_OPT_SHAPE];
  const bool is_drawn = shape == RMS_SHAPE_REAL || shape == RMS_SHAPE_ROTATION;
  RMS_TRY(rms_draft_open(&draft, recipe, err));
  RMS_TRY(is_drawn ? make_drawn(&draft, err) : rms_draft_shapes(&draft, err));
  RMS_TRY(rms_draft_demands(&draft, err));
  RMS_TRY(rms_draft_build(result, &draft, recipe, err));
out:
  rms_draft_fini(&draft);
  return status;
}

int rms_serve_generate(struct rms_instance **result, const char *spec, struct rms_error *err)
{
  int status = RMS_OK;
  struct rms_recipe recipe = {0};
  RMS_TRY(rms_recipe_open(&recipe, spec, true, err));
  RMS_TRY(recipe.options.whole[RMS_OPT_SHAPE] == RMS_SHAPE_SCENARIO
              ? make_scenario(result, spec, err)
              : make_generated(result, &recipe, err));
out:
  rms_recipe_fini(&recipe);
  if (status < 0) rms_error_where(err, "%s%.120s", prefix, spec);
  return status;
}

int rms_serve_identify(const char *spec, struct rms_hash *hash, struct rms_error *err)
{
  int status = RMS_OK;
  struct rms_recipe recipe = {0};
  struct rms_text text = {0};
  RMS_TRY(rms_recipe_open(&recipe, spec, false, err));
  RMS_TRY(rms_recipe_identity(&recipe, &text, err));
  *hash = rms_hash_bytes(text.data, text.length);
out:
  rms_text_fini(&text);
  rms_recipe_fini(&recipe);
  if (status < 0) rms_error_where(err, "%s%.120s", prefix, spec);
  return status;
}

/* Does option i mean something for the shape that the options have? */
static bool is_used(const struct rms_serve_options *o, int i)
{
  if (i < 0 || (i == RMS_OPT_MACHINES && o->real[RMS_OPT_SCALE] > 0)) return false;
  return (rms_serve_option_at((size_t)i)->when >> o->whole[RMS_OPT_SHAPE] & 1) != 0;
}

int rms_serve_setting(const char *spec, const char *key, double *value, struct rms_error *err)
{
  int status;
  struct rms_recipe recipe = {0};
  const int i = rms_serve_option_index(key);
  RMS_TRY(rms_recipe_open(&recipe, spec, false, err));
  if (!is_used(&recipe.options, i) || rms_parse_double(recipe.options.text[i], value) < 0)
    status = rms_error_set(err, RMS_E_UNKNOWN, "gives no number '%.40s'", key);
out:
  rms_recipe_fini(&recipe);
  if (status < 0) rms_error_where(err, "%s%.120s", prefix, spec);
  return status;
}

/* ---- expand ------------------------------------------------------------------------------------
 */

#define SPECS_MAX INT64_C(10000000)

static int hand_over(struct rms_text *spec, const char *group, rms_spec_fn *each, void *ctx,
                     struct rms_error *err)
{
  if (spec->failed) return rms_error_set(err, RMS_E_NOMEM, "out of memory");
  return each(ctx, spec->data, group);
}

static int expand_options(const struct rms_serve_request *request, rms_spec_fn *each, void *ctx,
                          struct rms_error *err)
{
  int status = RMS_OK;
  struct rms_serve_options options = request->options;
  struct rms_recipe recipe = {0};
  struct rms_text spec = {0};
  char number[32];
  const int64_t count = request->from.count ? request->from.count : 1,
                first = options.whole[RMS_OPT_INDEX];
  RMS_TRY(rms_serve_options_check(&options, err));
  if (options.whole[RMS_OPT_SHAPE] == RMS_SHAPE_SCENARIO && count > 1)
    RMS_TRY(rms_error_set(err, RMS_E_PARAM, "count=%d: a scenario is one instance", (int)count));
  for (int64_t i = first; i < first + count; i++) {
    options.given &= ~(UINT32_C(1) << RMS_OPT_INDEX);
    snprintf(number, sizeof number, "%" PRId64, i);
    RMS_TRY(rms_serve_option_set(&options, "index", number, err));
    rms_text_clear(&spec);
    rms_serve_options_text(&spec, &options, true);
    if (i == first) { /* the label is the same for all */
      if (spec.failed) RMS_TRY(rms_error_set(err, RMS_E_NOMEM, "out of memory"));
      RMS_TRY(rms_recipe_open(&recipe, spec.data, false, err));
    }
    RMS_TRY(hand_over(&spec, recipe.label, each, ctx, err));
  }
out:
  rms_text_fini(&spec);
  rms_recipe_fini(&recipe);
  return status;
}

/* "set=NAME,index=I,seed=S" and the replaced options in the table's order. */
static void write_spec(struct rms_text *spec, const struct rms_serve_set *set,
                       const struct rms_serve_request *request, int64_t index)
{
  rms_text_clear(spec);
  rms_text_printf(spec, "set=%s,index=%" PRId64 ",seed=%s", set->name, index,
                  request->options.text[RMS_OPT_SEED]);
  for (int i = 0; i < RMS_OPT_COUNT; i++) {
    if (i == RMS_OPT_SEED || i == RMS_OPT_INDEX || rms_serve_set_varies(set, i)) continue;
    if (rms_opt_is_given(&request->options, (enum rms_serve_option_id)i))
      rms_text_printf(spec, ",%s=%s", rms_serve_option_at((size_t)i)->key,
                      request->options.text[i]);
  }
}

static int expand_cells(const struct rms_serve_set *set, const struct rms_serve_request *request,
                        const size_t *cells, size_t n, rms_spec_fn *each, void *ctx,
                        struct rms_error *err)
{
  int status = RMS_OK;
  struct rms_serve_options options;
  struct rms_recipe recipe = {0};
  struct rms_text spec = {0};
  char label[RMS_SET_LABEL_MAX];
  const int64_t count = request->from.count ? request->from.count : set->count;
  if (count * (int64_t)n > SPECS_MAX)
    RMS_TRY(rms_error_set(err, RMS_E_LIMIT,
                          "%" PRId64 " instances of %zu cells: more than %" PRId64, count, n,
                          SPECS_MAX));
  for (int64_t i = 0; i < count; i++)
    for (size_t c = 0; c < n; c++) {
      RMS_TRY(rms_serve_set_cell(set, cells[c], &options, err));
      RMS_TRY(rms_serve_set_label(set, cells[c], &options, label, err));
      RMS_TRY(rms_recipe_mark(label, set, request, err));
      if (count > 1 && options.whole[RMS_OPT_SHAPE] == RMS_SHAPE_SCENARIO)
        RMS_TRY(rms_error_set(err, RMS_E_PARAM, "count=%" PRId64 ": a scenario is one instance",
                              count));
      write_spec(&spec, set, request, i * (int64_t)set->n_cells + (int64_t)cells[c]);
      RMS_TRY(hand_over(&spec, label, each, ctx, err));
    }
out:
  rms_text_fini(&spec);
  rms_recipe_fini(&recipe);
  return status;
}

static int expand_set(struct rms_serve_request *request, rms_spec_fn *each, void *ctx,
                      struct rms_error *err)
{
  int status = RMS_OK;
  struct rms_serve_set *set = NULL;
  struct rms_text spec = {0};
  struct rms_recipe recipe = {0};
  size_t *cells = NULL, n = 0;
  RMS_TRY(rms_serve_set_open(&set, request->from.set, err));
  if (rms_opt_is_given(&request->options, RMS_OPT_INDEX)) { /* one instance by its number */
    if (request->from.count || request->from.cell[0])
      RMS_TRY(
          rms_error_set(err, RMS_E_FORMAT, "index names one instance: leave out count and cell"));
    write_spec(&spec, set, request, request->options.whole[RMS_OPT_INDEX]);
    if (spec.failed) RMS_TRY(rms_error_set(err, RMS_E_NOMEM, "out of memory"));
    RMS_TRY(rms_recipe_open(&recipe, spec.data, false, err));
    RMS_TRY(hand_over(&spec, recipe.label, each, ctx, err));
  } else {
    RMS_TRY(rms_recipe_cells(set, request, &cells, &n, err));
    RMS_TRY(expand_cells(set, request, cells, n, each, ctx, err));
  }
out:
  rms_text_fini(&spec);
  rms_recipe_fini(&recipe);
  free(cells);
  rms_serve_set_free(set);
  return status;
}

int rms_serve_expand(const char *request, rms_spec_fn *each, void *ctx, struct rms_error *err)
{
  struct rms_serve_request parsed;
  int status = rms_serve_request_parse(&parsed, request, true, err);
  if (status == RMS_OK)
    status = parsed.from.set[0] ? expand_set(&parsed, each, ctx, err)
                                : expand_options(&parsed, each, ctx, err);
  if (status < 0) rms_error_where(err, "%s%.120s", prefix, request);
  return status;
}
