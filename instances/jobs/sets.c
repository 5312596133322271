/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sets.c - from a request to the recipes of its instances. */
#include <fnmatch.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "instances/jobs/generate.h"
#include "instances/jobs/recipe.h"

struct expansion {
  const struct rms_jobs_recipe *request;
  int64_t first, count;
  rms_spec_fn *each;
  void *ctx;
  struct rms_error *err;
};

static const struct rms_jobs_set *find_set(const char *name, struct rms_error *err)
{
  struct rms_text known = {0};
  const struct rms_jobs_set *set;
  for (size_t i = 0; (set = rms_jobs_set_at(i)); i++) {
    if (strcmp(set->name, name) == 0) break;
    rms_text_printf(&known, "%s%s", i ? ", " : "", set->name);
  }
  if (!set)
    rms_error_set(err, RMS_E_UNKNOWN, "there is no set \"%.40s\", there are: %s", name,
                  known.failed ? "" : known.data);
  rms_text_fini(&known);
  return set;
}

/* The cell's options with those of the request. *is_wanted: false when the cell has another value
 * of an option of the request. */
static int merge(const struct expansion *x, const struct rms_jobs_cell *cell,
                 struct rms_jobs_recipe *merged, bool *is_wanted)
{
  int status = rms_jobs_recipe_parse(merged, cell->options, false, x->err);
  *is_wanted = status == RMS_OK &&
               (!x->request->from.cell[0] || fnmatch(x->request->from.cell, cell->label, 0) == 0);
  for (int i = 0; i < RMS_JOBS_OPTIONS && *is_wanted; i++) {
    if (!(x->request->given >> i & 1)) continue;
    if ((merged->given >> i & 1) && i != RMS_JOBS_MACHINES && i != RMS_JOBS_JOBS &&
        strcmp(merged->value[i].text, x->request->value[i].text) != 0)
      *is_wanted = false;
    merged->value[i] = x->request->value[i];
  }
  return status;
}

/* The recipe of one instance: options in full, or "set=NAME,index=I" with what leaves one cell. */
int rms_jobs_recipe_open(struct rms_jobs_recipe *recipe, const char *spec, struct rms_error *err)
{
  struct rms_jobs_recipe request, merged;
  const struct expansion x = {.request = &request, .err = err};
  size_t n = 0;
  int status = rms_jobs_recipe_parse(&request, spec, true, err);
  if (status < 0) return status;
  if (request.from.count)
    return rms_error_set(err, RMS_E_FORMAT, "count: a single instance has an index, no count");
  *recipe = request;
  if (!request.from.set[0]) return RMS_OK;
  const struct rms_jobs_set *const set = find_set(request.from.set, err);
  if (!set) return RMS_E_UNKNOWN;
  for (size_t c = 0; c < set->n_cells; c++) {
    bool is_wanted;
    if ((status = merge(&x, &set->cells[c], &merged, &is_wanted)) < 0) return status;
    if (!is_wanted) continue;
    *recipe = merged;
    n++;
  }
  if (n == 1) return RMS_OK;
  return rms_error_set(err, RMS_E_PARAM, "set %s: %zu of its cells fit, one must: add cell=LABEL",
                       set->name, n);
}

/* ---- expand ---- */

/* `recipe` with index i, handed over. */
static int hand_over(const struct expansion *x, struct rms_jobs_recipe *recipe, int64_t i,
                     const char *group)
{
  char number[32];
  struct rms_text text = {0};
  snprintf(number, sizeof number, "%" PRId64, i);
  int status = rms_option_read(rms_jobs_option_at(RMS_JOBS_INDEX), number,
                               &recipe->value[RMS_JOBS_INDEX], x->err);
  if (status == RMS_OK) {
    rms_jobs_recipe_text(&text, recipe, true);
    status = text.failed ? rms_error_set(x->err, RMS_E_NOMEM, "out of memory")
                         : x->each(x->ctx, text.data, group);
  }
  rms_text_fini(&text);
  return status;
}

/* Options that the request adds to the set become part of the group. */
static int label_of(const struct expansion *x, const struct rms_jobs_cell *cell,
                    struct rms_text *label)
{
  rms_text_add(label, cell->label);
  for (int i = 0; i < RMS_JOBS_SEED; i++)
    if (x->request->given >> i & 1)
      rms_text_printf(label, ",%s=%s", rms_jobs_option_at((size_t)i)->key,
                      x->request->value[i].text);
  return label->failed ? rms_error_set(x->err, RMS_E_NOMEM, "out of memory") : RMS_OK;
}

static int expand_set(struct expansion *x, const struct rms_jobs_set *set)
{
  int status = RMS_OK;
  struct rms_text label = {0};
  if (!x->request->from.count && !(x->request->given >> RMS_JOBS_INDEX & 1)) x->count = set->count;
  for (int64_t i = x->first; i < x->first + x->count; i++)
    for (size_t c = 0; c < set->n_cells; c++) {
      struct rms_jobs_recipe recipe;
      bool is_wanted;
      RMS_TRY(merge(x, &set->cells[c], &recipe, &is_wanted));
      if (!is_wanted) continue;
      rms_text_clear(&label);
      RMS_TRY(label_of(x, &set->cells[c], &label));
      RMS_TRY(hand_over(x, &recipe, i, label.data));
    }
out:
  rms_text_fini(&label);
  return status;
}

static int expand_options(const struct expansion *x, struct rms_jobs_recipe *recipe)
{
  struct rms_text label = {0};
  int status = RMS_OK;
  rms_jobs_recipe_text(&label, recipe, false);
  if (label.failed) RMS_TRY(rms_error_set(x->err, RMS_E_NOMEM, "out of memory"));
  for (int64_t i = x->first; i < x->first + x->count; i++)
    RMS_TRY(hand_over(x, recipe, i, label.data));
out:
  rms_text_fini(&label);
  return status;
}

int rms_jobs_expand(const char *request, rms_spec_fn *each, void *ctx, struct rms_error *err)
{
  int status = RMS_OK;
  struct rms_jobs_recipe recipe;
  RMS_TRY(rms_jobs_recipe_parse(&recipe, request, true, err));
  struct expansion x = {.request = &recipe,
                        .first = rms_jobs_whole(&recipe, RMS_JOBS_INDEX),
                        .count = recipe.from.count ? recipe.from.count : 1,
                        .each = each,
                        .ctx = ctx,
                        .err = err};
  if (recipe.from.set[0]) {
    const struct rms_jobs_set *const set = find_set(recipe.from.set, err);
    RMS_TRY(set ? expand_set(&x, set) : RMS_E_UNKNOWN);
  } else {
    struct rms_jobs_recipe copy = recipe;
    RMS_TRY(expand_options(&x, &copy));
  }
out:
  if (status < 0) rms_error_where(err, "jobs:%.120s", request);
  return status;
}

int rms_jobs_list_sets(const char *name, struct rms_text *text, struct rms_error *err)
{
  const struct rms_jobs_set *set;
  if (!name) {
    for (size_t i = 0; (set = rms_jobs_set_at(i)); i++)
      rms_text_printf(text, "%-14s %4zu cells x %2d  %s\n", set->name, set->n_cells, set->count,
                      set->doc);
    return RMS_OK;
  }
  if (!(set = find_set(name, err))) return RMS_E_UNKNOWN;
  rms_text_printf(text, "# %s\n", set->doc);
  for (size_t c = 0; c < set->n_cells; c++)
    rms_text_printf(text, "%-40s %s\n", set->cells[c].label, set->cells[c].options);
  return RMS_OK;
}
