/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "instances/serve/recipe.h"

#include <fnmatch.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "instances/base/embedded.h"
#include "instances/base/hash.h"
#include "instances/serve/generate.h"

static const char measured_machine[] = "a100-80gb";

/* ---- sets --------------------------------------------------------------------------------------
 */

static bool is_place(int option)
{
  return option == RMS_OPT_SEED || option == RMS_OPT_INDEX;
}

/* Options of the request that the set does not vary take the place of the cell's. */
static int replace(const struct rms_serve_set *set, const struct rms_serve_request *request,
                   struct rms_serve_options *options, struct rms_error *err)
{
  for (int i = 0; i < RMS_OPT_COUNT; i++) {
    if (!rms_opt_is_given(&request->options, (enum rms_serve_option_id)i) || is_place(i)) continue;
    if (rms_serve_set_varies(set, i)) continue;
    options->given &= ~(UINT32_C(1) << i);
    const int status = rms_serve_option_set(options, rms_serve_option_at((size_t)i)->key,
                                            request->options.text[i], err);
    if (status < 0) return status;
  }
  return RMS_OK;
}

static bool is_chosen(const struct rms_serve_set *set, const struct rms_serve_request *request,
                      const struct rms_serve_options *cell, const char *label)
{
  if (request->from.cell[0] && fnmatch(request->from.cell, label, 0) != 0) return false;
  for (int i = 0; i < RMS_OPT_COUNT; i++) {
    if (!rms_opt_is_given(&request->options, (enum rms_serve_option_id)i) || is_place(i)) continue;
    if (rms_serve_set_varies(set, i) && strcmp(request->options.text[i], cell->text[i]) != 0)
      return false;
  }
  return true;
}

int rms_recipe_cells(const struct rms_serve_set *set, const struct rms_serve_request *request,
                     size_t **cells, size_t *n, struct rms_error *err)
{
  int status = RMS_OK;
  struct rms_serve_options options;
  char label[RMS_SET_LABEL_MAX];
  size_t n_found = 0;
  size_t *found = malloc(set->n_cells * sizeof *found);
  if (!found) return rms_error_set(err, RMS_E_NOMEM, "out of memory");
  for (size_t i = 0; i < set->n_cells; i++) {
    RMS_TRY(rms_serve_set_cell(set, i, &options, err));
    RMS_TRY(rms_serve_set_label(set, i, &options, label, err));
    if (is_chosen(set, request, &options, label)) found[n_found++] = i;
  }
  if (n_found == 0)
    RMS_TRY(rms_error_set(err, RMS_E_UNKNOWN,
                          "set %s: none of its %zu cells is like that (the first one is %s)",
                          set->name, set->n_cells,
                          rms_serve_set_cell(set, 0, &options, NULL) == RMS_OK &&
                                  rms_serve_set_label(set, 0, &options, label, NULL) == RMS_OK
                              ? label
                              : "?"));
  *cells = found;
  *n = n_found;
  found = NULL;
out:
  free(found);
  return status;
}

int rms_recipe_mark(char label[RMS_SET_LABEL_MAX], const struct rms_serve_set *set,
                    const struct rms_serve_request *request, struct rms_error *err)
{
  for (int i = 0; i < RMS_OPT_COUNT; i++) {
    if (!rms_opt_is_given(&request->options, (enum rms_serve_option_id)i) || is_place(i)) continue;
    if (rms_serve_set_varies(set, i)) continue;
    const size_t n = strlen(label);
    const int more = snprintf(label + n, RMS_SET_LABEL_MAX - n, "-%s-%s",
                              rms_serve_option_at((size_t)i)->key, request->options.text[i]);
    if (more < 0 || n + (size_t)more >= RMS_SET_LABEL_MAX)
      return rms_error_set(err, RMS_E_PARAM, "set %s: too many options replaced", set->name);
  }
  return RMS_OK;
}

static int apply_set(struct rms_recipe *recipe, const struct rms_serve_request *request,
                     int64_t *number, struct rms_error *err)
{
  int status = RMS_OK;
  struct rms_serve_set *set = NULL;
  size_t *cells = NULL, n = 0, cell = 0;
  RMS_TRY(rms_serve_set_open(&set, request->from.set, err));
  if (rms_opt_is_given(&request->options, RMS_OPT_INDEX)) {
    const uint64_t index = (uint64_t)request->options.whole[RMS_OPT_INDEX];
    cell = (size_t)(index % set->n_cells);
    *number = (int64_t)(index / set->n_cells);
  } else { /* the first cell that fits */
    RMS_TRY(rms_recipe_cells(set, request, &cells, &n, err));
    cell = cells[0];
    *number = 0;
  }
  RMS_TRY(rms_serve_set_cell(set, cell, &recipe->options, err));
  RMS_TRY(rms_serve_set_label(set, cell, &recipe->options, recipe->label, err));
  if (!is_chosen(set, &(struct rms_serve_request){.options = request->options}, &recipe->options,
                 ""))
    RMS_TRY(rms_error_set(err, RMS_E_PARAM,
                          "set %s: index %d is in cell %s, which has other options", set->name,
                          (int)request->options.whole[RMS_OPT_INDEX], recipe->label));
  RMS_TRY(replace(set, request, &recipe->options, err));
  RMS_TRY(rms_recipe_mark(recipe->label, set, request, err));
out:
  free(cells);
  rms_serve_set_free(set);
  return status;
}

static int set_place(struct rms_recipe *recipe, const struct rms_serve_request *request,
                     int64_t number, struct rms_error *err)
{
  int status = RMS_OK;
  char text[32];
  snprintf(text, sizeof text, "%" PRId64, number);
  RMS_TRY(rms_serve_option_set(&recipe->options, "index", text, err));
  RMS_TRY(rms_serve_option_set(&recipe->options, "seed", request->options.text[RMS_OPT_SEED], err));
out:
  return status;
}

/* ---- pools -------------------------------------------------------------------------------------
 */

static bool is_path(const char *machine)
{
  const size_t n = strlen(machine);
  return strchr(machine, '/') || (n > 5 && strcmp(machine + n - 5, ".json") == 0);
}

/* Cut "TEXT<mark>NUMBER" at the last mark; *number stays when there is none. */
static int cut_number(char *text, char mark, const char *what, double lo, double hi, double *number,
                      struct rms_error *err)
{
  double got;
  char *at = strrchr(text, mark);
  if (!at) return RMS_OK;
  if (rms_parse_double(at + 1, &got) < 0 || !(got >= lo && got <= hi))
    return rms_error_set(err, RMS_E_PARAM, "pools: %s is \"%.40s\", must be a number in [%g, %g]",
                         what, at + 1, lo, hi);
  *number = got;
  *at = 0;
  return RMS_OK;
}

/* NAME[@SPEED][*COST][/STOCK], of built-in machines: a path would hide the stock's mark. */
static int parse_pool(struct rms_recipe_pool *pool, const char *item, struct rms_error *err)
{
  int status = RMS_OK;
  double speed = 1, cost = 1, stock = -1;
  snprintf(pool->machine, sizeof pool->machine, "%s", item);
  RMS_TRY(cut_number(pool->machine, '/', "stock", 0, 1e12, &stock, err));
  RMS_TRY(cut_number(pool->machine, '*', "cost", 1, (double)RMS_SERVE_COST_MAX, &cost, err));
  RMS_TRY(cut_number(pool->machine, '@', "speed", 0.001, 1000, &speed, err));
  if (!pool->machine[0]) RMS_TRY(rms_error_set(err, RMS_E_FORMAT, "pools: a pool has no machine"));
  if (cost != (double)(int64_t)cost || stock != (double)(int64_t)stock)
    RMS_TRY(rms_error_set(err, RMS_E_PARAM, "pools: cost and stock of %.60s must be whole numbers",
                          pool->machine));
  pool->speed = speed;
  pool->cost = (int64_t)cost;
  pool->stock = (int64_t)stock;
out:
  return status;
}

static int parse_pools(struct rms_recipe *recipe, struct rms_error *err)
{
  char copy[RMS_OPTION_TEXT_MAX];
  const struct rms_serve_options *o = &recipe->options;
  memcpy(copy, o->text[RMS_OPT_POOLS], sizeof copy);
  if (!copy[0]) {
    struct rms_recipe_pool *pool = &recipe->pools[0];
    *pool = (struct rms_recipe_pool){.speed = 1, .cost = 1, .stock = -1};
    memcpy(pool->machine, o->text[RMS_OPT_MACHINE], sizeof pool->machine);
    pool->is_path = is_path(pool->machine);
    recipe->n_pools = 1;
    return RMS_OK;
  }
  for (char *rest = copy, *item; (item = strsep(&rest, "+"));) {
    if (recipe->n_pools == RMS_SERVE_POOLS_MAX)
      return rms_error_set(err, RMS_E_LIMIT, "pools: more than %d", RMS_SERVE_POOLS_MAX);
    const int status = parse_pool(&recipe->pools[recipe->n_pools++], item, err);
    if (status < 0) return status;
  }
  return RMS_OK;
}

static int open_machine(struct rms_machine **machine, const struct rms_recipe_pool *pool,
                        struct rms_error *err)
{
  return pool->is_path ? rms_machine_read(machine, pool->machine, err)
                       : rms_machine_builtin(machine, pool->machine, err);
}

static int open_machines(struct rms_recipe *recipe, struct rms_error *err)
{
  for (size_t p = 0; p < recipe->n_pools; p++) {
    size_t q = 0;
    while (q < p && strcmp(recipe->pools[q].machine, recipe->pools[p].machine) != 0) q++;
    if (q < p) {
      recipe->machine_of[p] = recipe->machine_of[q];
      if (recipe->pools[q].speed != recipe->pools[p].speed)
        return rms_error_set(err, RMS_E_PARAM, "pools: %.60s has two speeds",
                             recipe->pools[p].machine);
      continue;
    }
    const int status = open_machine(&recipe->machines[recipe->n_machines], &recipe->pools[p], err);
    if (status < 0) return status;
    recipe->machine_of[p] = (uint16_t)recipe->n_machines++;
  }
  return RMS_OK;
}

/* ---- name and key ------------------------------------------------------------------------------
 */

/* Anything beyond the four leading options shows as a few digits of the options' hash. */
static bool has_more_options(const struct rms_serve_options *o)
{
  for (int i = 0; i < RMS_OPT_COUNT; i++) {
    if (i == RMS_OPT_SERVICES || i == RMS_OPT_MACHINES || i == RMS_OPT_SHAPE || i == RMS_OPT_DEMAND)
      continue;
    if (is_place(i) || i == RMS_OPT_SCENARIO) continue;
    if (strcmp(o->text[i], rms_serve_option_at((size_t)i)->initial) != 0) return true;
  }
  return false;
}

static void label_options(struct rms_recipe *recipe, uint64_t hash)
{
  const struct rms_serve_options *o = &recipe->options;
  const size_t size = sizeof recipe->label;
  int n;
  if (o->whole[RMS_OPT_SHAPE] == RMS_SHAPE_SCENARIO)
    n = snprintf(recipe->label, size, "scenario-%s", o->text[RMS_OPT_SCENARIO]);
  else
    n = snprintf(recipe->label, size, "%s-n%s-%s%s-%s", o->text[RMS_OPT_SHAPE],
                 o->text[RMS_OPT_SERVICES], o->real[RMS_OPT_SCALE] > 0 ? "r" : "t",
                 o->real[RMS_OPT_SCALE] > 0 ? o->text[RMS_OPT_SCALE] : o->text[RMS_OPT_MACHINES],
                 o->text[RMS_OPT_DEMAND]);
  if (n > 0 && (size_t)n < size && has_more_options(o))
    snprintf(recipe->label + n, size - (size_t)n, "-%06x", (unsigned)(hash & 0xffffff));
}

static int make_name(struct rms_recipe *recipe, const char *set)
{
  struct rms_text text = {0};
  const struct rms_serve_options *o = &recipe->options;
  const bool is_drawn = o->whole[RMS_OPT_SHAPE] != RMS_SHAPE_SCENARIO;
  rms_text_add(&text, recipe->label);
  if (recipe->is_synthetic && !strstr(recipe->label, "synthetic"))
    rms_text_add(&text, "-synthetic");
  if (is_drawn && !set[0])
    rms_text_printf(&text, "-s%s-i%s", o->text[RMS_OPT_SEED], o->text[RMS_OPT_INDEX]);
  if (is_drawn && set[0]) {
    if (strcmp(o->text[RMS_OPT_SEED], "1") != 0)
      rms_text_printf(&text, "-s%s", o->text[RMS_OPT_SEED]);
    rms_text_printf(&text, "-%s", o->text[RMS_OPT_INDEX]);
  }
  const int status = rms_text_status(&text);
  if (status == RMS_OK) {
    for (size_t i = 0; i < text.length; i++)
      if (strchr("/*@+", text.data[i])) text.data[i] = '_';
    if (text.length <= RMS_NAME_MAX) {
      memcpy(recipe->name, text.data, text.length + 1);
    } else { /* too long: its hash stands for the end */
      const struct rms_hash hash = rms_hash_bytes(text.data, text.length);
      snprintf(recipe->name, sizeof recipe->name, "%.*s-%08x", RMS_NAME_MAX - 9, text.data,
               (unsigned)(hash.low & 0xffffffff));
    }
  }
  rms_text_fini(&text);
  return status;
}

/* Figures are measured on one machine; anywhere else they are an assumption, and the name says so.
 */
static bool is_carried_over(const struct rms_recipe *recipe)
{
  const int64_t shape = recipe->options.whole[RMS_OPT_SHAPE];
  if (shape != RMS_SHAPE_REAL && shape != RMS_SHAPE_ROTATION) return false;
  for (size_t p = 0; p < recipe->n_pools; p++)
    if (recipe->pools[p].speed != 1 || strcmp(recipe->pools[p].machine, measured_machine) != 0)
      return true;
  return false;
}

int rms_recipe_open(struct rms_recipe *recipe, const char *spec, bool with_machines,
                    struct rms_error *err)
{
  int status = RMS_OK;
  int64_t number = 0;
  struct rms_serve_request request;
  struct rms_text text = {0};
  memset(recipe, 0, sizeof *recipe);
  RMS_TRY(rms_serve_request_parse(&request, spec, false, err));
  if (request.from.set[0]) {
    RMS_TRY(apply_set(recipe, &request, &number, err));
    RMS_TRY(set_place(recipe, &request, number, err));
  } else {
    recipe->options = request.options;
  }
  RMS_TRY(rms_serve_options_check(&recipe->options, err));
  RMS_TRY(parse_pools(recipe, err));
  if (with_machines || recipe->pools[0].is_path) RMS_TRY(open_machines(recipe, err));
  if (recipe->pools[0].is_path) /* a file counts by the machine's name, not by where it lies */
    snprintf(recipe->options.text[RMS_OPT_MACHINE], RMS_OPTION_TEXT_MAX, "%s",
             recipe->machines[0]->name);
  rms_serve_options_text(&text, &recipe->options, false);
  if (text.failed) RMS_TRY(rms_error_set(err, RMS_E_NOMEM, "out of memory"));
  const struct rms_hash hash = rms_hash_bytes(text.data, text.length);
  recipe->key =
      (struct rms_rng_key){.seed = (uint64_t)recipe->options.whole[RMS_OPT_SEED], .job = hash.low};
  recipe->is_synthetic = is_carried_over(recipe);
  if (!request.from.set[0]) label_options(recipe, hash.low);
  if (make_name(recipe, request.from.set) < 0)
    RMS_TRY(rms_error_set(err, RMS_E_NOMEM, "out of memory"));
out:
  rms_text_fini(&text);
  return status;
}

void rms_recipe_fini(struct rms_recipe *recipe)
{
  for (size_t m = 0; m < RMS_SERVE_MACHINES_MAX; m++) rms_machine_free(recipe->machines[m]);
  memset(recipe, 0, sizeof *recipe);
}

/* ---- identity ----------------------------------------------------------------------------------
 */

static void add_hash(struct rms_text *text, const char *what, const char *name, const void *bytes,
                     size_t n)
{
  char hex[RMS_HASH_TEXT];
  rms_hash_print(rms_hash_bytes(bytes, n), hex);
  rms_text_printf(text, "%s %s %s\n", what, name, hex);
}

static int add_file(struct rms_text *text, const char *name, struct rms_error *err)
{
  const struct rms_embedded *file = rms_embedded_find(name);
  if (!file) return rms_error_set(err, RMS_E_UNKNOWN, "%s is not built in", name);
  add_hash(text, "file", name, file->bytes, file->size);
  return RMS_OK;
}

static int add_machine(const struct rms_recipe *recipe, size_t p, struct rms_text *text,
                       struct rms_error *err)
{
  char name[RMS_OPTION_TEXT_MAX + 40];
  if (recipe->n_machines > 0) { /* opened: by what was read, wherever it lies */
    const struct rms_machine *machine = recipe->machines[recipe->machine_of[p]];
    if (recipe->pools[p].is_path) {
      add_hash(text, "machine", machine->name, machine->text, strlen(machine->text));
      return RMS_OK;
    }
  }
  snprintf(name, sizeof name, "instances/machines/%s.json", recipe->pools[p].machine);
  if (rms_embedded_find(name)) return add_file(text, name, err);
  struct rms_machine *machine = NULL; /* for its message: the nearest name */
  const int status = rms_machine_builtin(&machine, recipe->pools[p].machine, err);
  rms_machine_free(machine);
  return status < 0 ? status : rms_error_set(err, RMS_E_INTERNAL, "%s is not built in", name);
}

int rms_recipe_identity(const struct rms_recipe *recipe, struct rms_text *text,
                        struct rms_error *err)
{
  int status = RMS_OK;
  const int64_t shape = recipe->options.whole[RMS_OPT_SHAPE];
  rms_text_printf(text, "serve generator %d\nname %s\noptions ", RMS_SERVE_GENERATOR_VERSION,
                  recipe->name);
  rms_serve_options_text(text, &recipe->options, true);
  rms_text_add(text, "\n");
  for (size_t p = 0; p < recipe->n_pools; p++) RMS_TRY(add_machine(recipe, p, text, err));
  if (shape == RMS_SHAPE_REAL || shape == RMS_SHAPE_ROTATION || shape == RMS_SHAPE_SCENARIO)
    RMS_TRY(add_file(text, "instances/profiles/parvagpu-a100-80gb.csv", err));
  if (shape == RMS_SHAPE_SCENARIO)
    RMS_TRY(add_file(text, "instances/profiles/parvagpu-slo.csv", err));
  if (text->failed) RMS_TRY(rms_error_set(err, RMS_E_NOMEM, "out of memory"));
out:
  return status;
}
