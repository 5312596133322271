/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "instances/jobs/generate.h"

#include <fnmatch.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "instances/jobs/draw_jobs.h"
#include "instances/jobs/files.h"
#include "instances/jobs/recipe.h"

#define GENERATOR "jobs/1"
static const char reference_machine[] = "a100-40gb";
static const double fractions[RMS_SLICE_SIZES] = {1, 4 / 7.0, 3 / 7.0, 2 / 7.0, 1 / 7.0};
static const int sizes[RMS_SLICE_SIZES] = {7, 4, 3, 2, 1};

struct generator {
  struct rms_jobs_recipe recipe;
  struct rms_mixes *mixes;
  struct rms_jobs_spec spec;
  struct rms_jobs_type types[RMS_VARIANTS_MAX];
  char names[RMS_VARIANTS_MAX][RMS_NAME_MAX + 1];
  double memory[RMS_VARIANTS_MAX]; /* GiB needed */
  struct rms_jobs_speed speeds[RMS_VARIANTS_MAX * RMS_PROFILES_MAX];
  struct rms_job *jobs;
  struct rms_machine *machine;
};

/* ---- types -------------------------------------------------------------------------------------
 */

/* Seconds to save and restore, MISO's released code. */
static double published_overhead(const char *model)
{
  static const struct {
    const char *model;
    double seconds;
  } list[] = {{"bert", 18}, {"cyclegan", 44}, {"deepspeech2", 14}, {"embedding", 4},
              {"gnn", 5},   {"mobilenet", 7}, {"resnet", 9},       {"transformer", 5}};
  for (size_t i = 0; i < sizeof list / sizeof *list; i++)
    if (strcmp(list[i].model, model) == 0) return list[i].seconds;
  return 10;
}

/* Measured speed at a share of the machine's compute: linear between the slices that fit, and down
 * to 0 at 0. */
static double curve(const struct rms_variant *v, double share)
{
  for (size_t i = 0; i + 1 < RMS_SLICE_SIZES; i++) {
    if (v->speed[i + 1] <= 0) return v->speed[i] * fmin(1, share / fractions[i]);
    if (share < fractions[i + 1]) continue;
    const double part = (share - fractions[i + 1]) / (fractions[i] - fractions[i + 1]);
    return v->speed[i + 1] + (v->speed[i] - v->speed[i + 1]) * fmin(1, part);
  }
  return v->speed[RMS_SLICE_SIZES - 1] * share / fractions[RMS_SLICE_SIZES - 1];
}

static int32_t fixed(double speed)
{
  const double value = speed * RMS_JOBS_FULL + 0.5;
  return value < 1 ? 1 : value > RMS_JOBS_SPEED_MAX ? RMS_JOBS_SPEED_MAX : (int32_t)value;
}

static int64_t delay(double seconds)
{
  return (int64_t)(seconds * (double)RMS_JOBS_SECOND + 0.5);
}

/* GiB of the smallest slice of the reference machine that it was seen on, or less. */
static double memory_need(const struct rms_variant *v, const struct rms_machine *reference)
{
  double need = v->memory_mib / 1024;
  for (size_t i = RMS_SLICE_SIZES; i-- > 0;) {
    if (v->speed[i] <= 0) continue;
    for (int p = 0; p < reference->n_profiles; p++) {
      const struct rms_profile *const profile = &reference->profiles[p];
      if (profile->compute == sizes[i] && (rms_machine_base(reference) >> p & 1))
        return fmin(need, profile->memory_gib);
    }
  }
  return need;
}

static void fill_mps(struct generator *g, const struct rms_variant *v, struct rms_jobs_type *type)
{
  for (size_t l = 0; l < g->spec.n_levels; l++)
    for (int n = 1; n <= RMS_JOBS_CORUN_MAX; n++) {
      const double share = fmin(g->spec.levels[l] / 100.0, 1.0 / n);
      type->mps[l][n - 1] = fixed(curve(v, share) / (1 + 0.15 * (n - 1)));
    }
}

static int fill_types(struct generator *g, struct rms_error *err)
{
  struct rms_machine *reference = NULL;
  const double factor = g->recipe.value[RMS_JOBS_OVERHEAD].real;
  int status = rms_machine_builtin(&reference, reference_machine, err);
  if (status < 0) return status;
  for (size_t t = 0; t < g->mixes->n_variants; t++) {
    const struct rms_variant *const v = &g->mixes->variants[t];
    const double half = published_overhead(v->model) * factor / 2;
    snprintf(g->names[t], sizeof g->names[t], "%.50s:%d", v->model, v->batch);
    g->memory[t] = memory_need(v, reference);
    g->types[t] = (struct rms_jobs_type){.name = g->names[t],
                                         .model = v->model,
                                         .batch = v->batch,
                                         .memory_mib = (int64_t)(g->memory[t] * 1024),
                                         .checkpoint_us = delay(half),
                                         .restart_us = delay(half)};
    fill_mps(g, v, &g->types[t]);
  }
  g->spec.types = g->types;
  g->spec.n_types = g->mixes->n_variants;
  rms_machine_free(reference);
  return RMS_OK;
}

/* ---- the machine -------------------------------------------------------------------------------
 */

static int find_rules(struct generator *g, struct rms_error *err)
{
  const char *const wanted = g->recipe.value[RMS_JOBS_RULES].text;
  const int rules = rms_machine_rules(g->machine, wanted[0] ? wanted : "r470");
  g->spec.pools[0].rules = rules;
  if (rules >= 0 || !wanted[0]) return RMS_OK;
  return rms_error_set(err, RMS_E_UNKNOWN, "rules=%.60s: machine %s has no such rule set", wanted,
                       g->machine->name);
}

static double speed_on(const struct generator *g, size_t t, const struct rms_profile *profile)
{
  const struct rms_variant *const v = &g->mixes->variants[t];
  if (strcmp(g->machine->name, reference_machine) == 0)
    for (size_t i = 0; i < RMS_SLICE_SIZES; i++)
      if (sizes[i] == profile->compute) return v->speed[i];
  if (!(profile->memory_gib >= g->memory[t])) return 0;
  return curve(v, (double)profile->compute / g->machine->compute_units);
}

static int fill_machine(struct generator *g, struct rms_error *err)
{
  int status = RMS_OK;
  RMS_TRY(rms_machine_builtin(&g->machine, g->recipe.value[RMS_JOBS_MACHINE].text, err));
  g->spec.n_speeds = 0;
  g->spec.n_models = 1;
  g->spec.models[0] = g->machine;
  g->spec.n_pools = 1;
  g->spec.pools[0].count = rms_jobs_whole(&g->recipe, RMS_JOBS_MACHINES);
  RMS_TRY(find_rules(g, err));
  const uint32_t base = rms_machine_base(g->machine);
  for (int p = 0; p < g->machine->n_profiles; p++) {
    const struct rms_profile *const profile = &g->machine->profiles[p];
    if (!(base >> p & 1)) continue;
    if (profile->compute == g->machine->compute_units && profile->memory_gib > 0)
      g->spec.pools[0].memory_mib = (int64_t)(profile->memory_gib * 1024);
    for (size_t t = 0; t < g->spec.n_types; t++) {
      const double speed = speed_on(g, t, profile);
      if (speed > 0)
        g->speeds[g->spec.n_speeds++] = (struct rms_jobs_speed){
            .type = (uint32_t)t, .profile = (uint16_t)p, .speed = fixed(speed)};
    }
  }
  g->spec.speeds = g->speeds;
out:
  return status;
}

static void fill_overheads(struct generator *g, uint64_t key)
{
  static const int levels[] = {100, 50, 33, 14};
  const struct rms_option_value *const value = g->recipe.value;
  const double factor = value[RMS_JOBS_OVERHEAD].real;
  g->spec.n_levels = sizeof levels / sizeof *levels;
  memcpy(g->spec.levels, levels, sizeof levels);
  g->spec.overheads = (struct rms_jobs_overheads){
      .recut_us = delay(3.5 * factor),
      .settle_us = delay(0.5 * factor),
      .phase_us = delay(value[RMS_JOBS_PHASE].real),
      .n_phase = 3,
      .phase = {0, 1, 3},
      .is_whole = value[RMS_JOBS_SCOPE].whole == 0,
      .is_replayed = value[RMS_JOBS_MEASURE].whole == 0,
      .noise = (int32_t)(value[RMS_JOBS_NOISE].real * RMS_JOBS_FULL + 0.5),
      .noise_seed = key ^ (uint64_t)value[RMS_JOBS_SEED].whole};
}

/* ---- sets --------------------------------------------------------------------------------------
 */

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
  *is_wanted =
      status == RMS_OK && (!x->request->cell[0] || fnmatch(x->request->cell, cell->label, 0) == 0);
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
static int open_recipe(struct rms_jobs_recipe *recipe, const char *spec, struct rms_error *err)
{
  struct rms_jobs_recipe request, merged;
  const struct expansion x = {.request = &request, .err = err};
  size_t n = 0;
  int status = rms_jobs_recipe_parse(&request, spec, true, err);
  if (status < 0) return status;
  if (request.count)
    return rms_error_set(err, RMS_E_FORMAT, "count: a single instance has an index, no count");
  *recipe = request;
  if (!request.set[0]) return RMS_OK;
  const struct rms_jobs_set *const set = find_set(request.set, err);
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

/* ---- generate ----------------------------------------------------------------------------------
 */

static uint64_t key_of(const struct rms_jobs_recipe *recipe)
{
  struct rms_text text = {0};
  rms_jobs_recipe_text(&text, recipe, false);
  const uint64_t key = text.failed ? 0 : rms_hash_bytes(text.data, text.length).low;
  rms_text_fini(&text);
  return key;
}

/* Seconds between arrivals. For a load the instance is built once without arrivals. */
static int mean_gap(struct generator *g, double *gap, struct rms_error *err)
{
  const double load = g->recipe.value[RMS_JOBS_LOAD].real;
  struct rms_jobs *probe = NULL;
  double work = 0;
  *gap = g->recipe.value[RMS_JOBS_GAP].real;
  if (!(load > 0)) return RMS_OK;
  const int status = rms_jobs_build(&probe, &g->spec, err);
  if (status < 0) return status;
  for (size_t j = 0; j < probe->n_jobs; j++) work += (double)probe->jobs[j].work / 1e12;
  *gap = work / (double)probe->n_jobs / load / rms_jobs_capacity(probe);
  rms_jobs_free(probe); /* and the machine with it */
  g->machine = NULL;
  return fill_machine(g, err);
}

static int make(struct rms_instance **result, struct generator *g, const char *spec,
                struct rms_error *err)
{
  int status = RMS_OK;
  struct rms_text name = {0};
  struct rms_jobs *inst = NULL;
  double gap = 0;
  RMS_TRY(open_recipe(&g->recipe, spec, err));
  const uint64_t key = key_of(&g->recipe);
  RMS_TRY(rms_mixes_builtin(&g->mixes, err));
  fill_overheads(g, key & INT64_MAX);
  RMS_TRY(fill_types(g, err));
  RMS_TRY(fill_machine(g, err));
  g->spec.n_jobs = (size_t)rms_jobs_whole(&g->recipe, RMS_JOBS_JOBS);
  g->jobs = malloc(g->spec.n_jobs * sizeof *g->jobs);
  if (!g->jobs) RMS_TRY(rms_error_set(err, RMS_E_NOMEM, "out of memory"));
  RMS_TRY(rms_jobs_draw(&g->recipe, key, g->mixes, g->jobs, err));
  g->spec.jobs = g->jobs;
  rms_jobs_recipe_name(&name, &g->recipe);
  if (name.failed) RMS_TRY(rms_error_set(err, RMS_E_NOMEM, "out of memory"));
  g->spec.name = name.data;
  RMS_TRY(mean_gap(g, &gap, err));
  RMS_TRY(rms_jobs_draw_arrivals(&g->recipe, key, gap, g->jobs, err));
  RMS_TRY(rms_jobs_build(&inst, &g->spec, err));
  g->machine = NULL; /* taken */
  *result = &inst->base;
out:
  rms_text_fini(&name);
  return status;
}

int rms_jobs_generate(struct rms_instance **result, const char *spec, struct rms_error *err)
{
  struct generator *const g = calloc(1, sizeof *g);
  if (!g) return rms_error_set(err, RMS_E_NOMEM, "out of memory");
  const int status = make(result, g, spec, err);
  rms_machine_free(g->machine);
  rms_mixes_free(g->mixes);
  free(g->jobs);
  free(g);
  if (status < 0) rms_error_where(err, "jobs:%.120s", spec);
  return status;
}

int rms_jobs_identify(const char *spec, struct rms_hash *hash, struct rms_error *err)
{
  struct rms_jobs_recipe recipe;
  struct rms_text text = {0};
  int status = open_recipe(&recipe, spec, err);
  if (status < 0) {
    rms_error_where(err, "jobs:%.120s", spec);
    return status;
  }
  rms_text_add(&text, GENERATOR ":");
  rms_jobs_recipe_text(&text, &recipe, true);
  status = rms_text_status(&text);
  if (status == RMS_OK) *hash = rms_hash_bytes(text.data, text.length);
  rms_text_fini(&text);
  return status < 0 ? rms_error_set(err, status, "out of memory") : RMS_OK;
}

/* ---- expand
 * --------------------------------------------------------------------------------------
 */

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
  if (!x->request->count && !(x->request->given >> RMS_JOBS_INDEX & 1)) x->count = set->count;
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
                        .count = recipe.count ? recipe.count : 1,
                        .each = each,
                        .ctx = ctx,
                        .err = err};
  if (recipe.set[0]) {
    const struct rms_jobs_set *const set = find_set(recipe.set, err);
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
