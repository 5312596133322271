/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "instances/jobs/recipe.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "instances/base/hash.h"
#include "instances/jobs/jobs.h"

#define BIT(i) (UINT32_C(1) << (i))

static const char *const traces[] = {"miso", "drawn", NULL};
static const char *const arrivals[] = {"miso", "poisson", "bursty", "diurnal", NULL};
static const char *const lengths[] = {"miso", "philly", NULL};
static const char *const scopes[] = {"machine", "slice", NULL};
static const char *const measures[] = {"replay", "model", NULL};

static const struct rms_option table[RMS_JOBS_OPTIONS] = {
    [RMS_JOBS_MACHINES] = {"machines", "8", "machines of the cluster", RMS_OPTION_INT, 1,
                           RMS_JOBS_MACHINES_MAX, NULL, 0},
    [RMS_JOBS_JOBS] = {"jobs", "100", "jobs of the trace", RMS_OPTION_INT, 1, RMS_JOBS_JOBS_MAX,
                       NULL, 0},
    [RMS_JOBS_TRACE] = {"trace", "miso",
                        "miso (its 100 jobs in random order, again and again) or drawn (model and "
                        "length independently)",
                        RMS_OPTION_CHOICE, 0, 0, traces, 0},
    [RMS_JOBS_GAP] = {"gap", "60", "mean seconds between arrivals", RMS_OPTION_REAL, 1e-6, 1e6,
                      NULL, 0},
    [RMS_JOBS_LOAD] = {"load", "0",
                       "in place of gap: work that arrives a second over what the machines, cut "
                       "for these jobs, can do at best (0: not used)",
                       RMS_OPTION_REAL, 0, 100, NULL, 0},
    [RMS_JOBS_ARRIVALS] = {"arrivals", "miso",
                           "miso (whole seconds, Poisson-distributed gaps), poisson, bursty, "
                           "diurnal",
                           RMS_OPTION_CHOICE, 0, 0, arrivals, 0},
    [RMS_JOBS_LENGTHS] = {"lengths", "miso", "of drawn jobs: miso or philly", RMS_OPTION_CHOICE, 0,
                          0, lengths, 0},
    [RMS_JOBS_CLIP] = {"clip", "43200", "longest drawn length in seconds", RMS_OPTION_REAL, 1, 5e6,
                       NULL, 0},
    [RMS_JOBS_FRONT] = {"front", "yes", "arrivals=miso: the first third comes at half the gap",
                        RMS_OPTION_BOOL, 0, 0, NULL, 0},
    [RMS_JOBS_MACHINE] = {"machine", "a100-40gb",
                          "built-in machine; speeds on others than a100-40gb are scaled, synthetic",
                          RMS_OPTION_TEXT, 0, 0, NULL, 0},
    [RMS_JOBS_RULES] = {"rules", "", "rule set (default: r470 where there is one)", RMS_OPTION_TEXT,
                        0, 0, NULL, 0},
    [RMS_JOBS_OVERHEAD] = {"overhead", "1", "factor on checkpoints, restarts and cuts",
                           RMS_OPTION_REAL, 0, 100, NULL, 0},
    [RMS_JOBS_PHASE] = {"phase", "30", "seconds of a measuring phase", RMS_OPTION_REAL, 0, 86400,
                        NULL, 0},
    [RMS_JOBS_SCOPE] = {"scope", "machine",
                        "what a cut needs idle: the machine, or only the slices that go",
                        RMS_OPTION_CHOICE, 0, 0, scopes, 0},
    [RMS_JOBS_MEASURE] = {"measure", "replay",
                          "a measuring phase shows a published mix, or the speeds of the model",
                          RMS_OPTION_CHOICE, 0, 0, measures, 0},
    [RMS_JOBS_NOISE] = {"noise", "0", "measure=model: relative deviation of a measured time",
                        RMS_OPTION_REAL, 0, 1, NULL, 0},
    [RMS_JOBS_SEED] = {"seed", "1", "master seed", RMS_OPTION_INT, 0, 9e15, NULL, 0},
    [RMS_JOBS_INDEX] = {"index", "0", "number of the instance", RMS_OPTION_INT, 0, 4294967295.0,
                        NULL, 0},
};

const struct rms_option *rms_jobs_option_at(size_t i)
{
  return i < RMS_JOBS_OPTIONS ? &table[i] : NULL;
}

/* ---- sets --------------------------------------------------------------------------------------
 */

#define LARGE "machines=40,jobs=1000,trace=drawn,arrivals=poisson,load="

static const struct rms_jobs_cell miso_cells[] = {{"miso", "machines=8,jobs=100,trace=miso"}};
static const struct rms_jobs_cell large_cells[] = {{"large-0.5", LARGE "0.5"},
                                                   {"large-0.7", LARGE "0.7"},
                                                   {"large-0.9", LARGE "0.9"},
                                                   {"large-1.2", LARGE "1.2"}};
static const struct rms_jobs_cell philly_cells[] = {{"philly-0.7", LARGE "0.7,lengths=philly"},
                                                    {"philly-0.9", LARGE "0.9,lengths=philly"}};
static const struct rms_jobs_cell arrival_cells[] = {
    {"poisson", "machines=8,jobs=400,trace=drawn,arrivals=poisson,load=0.9"},
    {"bursty", "machines=8,jobs=400,trace=drawn,arrivals=bursty,load=0.9"},
    {"diurnal", "machines=8,jobs=400,trace=drawn,arrivals=diurnal,load=0.9"}};
static const struct rms_jobs_cell machine_cells[] = {{"a100-40gb", "machine=a100-40gb"},
                                                     {"a100-r510", "machine=a100-40gb,rules=r510"},
                                                     {"h100-synthetic", "machine=h100-80gb"},
                                                     {"a30-synthetic", "machine=a30-24gb"}};
static const struct rms_jobs_cell million_cells[] = {
    {"million", "machines=1000,jobs=1000000,trace=drawn,arrivals=poisson,load=0.9,lengths=philly"}};

#define SET(name, doc, count, cells)                                                               \
  {                                                                                                \
    name, doc, count, sizeof cells / sizeof *cells, cells                                          \
  }
static const struct rms_jobs_set sets[] = {
    SET("miso", "MISO's 100 jobs on 8 machines, 10 orders and arrivals", 10, miso_cells),
    SET("large", "1,000 jobs on 40 machines, loads 0.5 to 1.2", 10, large_cells),
    SET("philly", "the same with heavy-tailed lengths", 10, philly_cells),
    SET("arrivals", "Poisson, bursty and diurnal arrivals", 10, arrival_cells),
    SET("machines", "MISO's jobs on other machines and rules", 10, machine_cells),
    SET("million", "a million jobs on 1,000 machines", 1, million_cells),
};

const struct rms_jobs_set *rms_jobs_set_at(size_t i)
{
  return i < sizeof sets / sizeof *sets ? &sets[i] : NULL;
}

/* ---- texts -------------------------------------------------------------------------------------
 */

static int take_option(void *ctx, const char *key, const char *value, struct rms_error *err)
{
  struct rms_jobs_recipe *const r = ctx;
  const int i = rms_option_find(table, RMS_JOBS_OPTIONS, key);
  if (i < 0) return rms_option_unknown(table, RMS_JOBS_OPTIONS, key, err);
  if (r->given & BIT(i)) return rms_option_twice(key, err);
  const int status = rms_option_read(&table[i], value, &r->value[i], err);
  if (status == RMS_OK) r->given |= BIT(i);
  return status;
}

static int check_together(const struct rms_jobs_recipe *r, struct rms_error *err)
{
  const bool is_drawn = rms_jobs_whole(r, RMS_JOBS_TRACE) == RMS_TRACE_DRAWN;
  if ((r->given & BIT(RMS_JOBS_GAP)) && r->value[RMS_JOBS_LOAD].real > 0)
    return rms_error_set(err, RMS_E_PARAM, "give gap or load, not both");
  if (!is_drawn && (r->given & BIT(RMS_JOBS_LENGTHS)))
    return rms_error_set(err, RMS_E_PARAM, "option \"lengths\" means nothing for trace=miso");
  return RMS_OK;
}

int rms_jobs_recipe_parse(struct rms_jobs_recipe *recipe, const char *text, bool expands,
                          struct rms_error *err)
{
  int status = RMS_OK;
  memset(recipe, 0, sizeof *recipe);
  for (size_t i = 0; i < RMS_JOBS_OPTIONS; i++)
    RMS_TRY(rms_option_read(&table[i], table[i].initial, &recipe->value[i], err));
  RMS_TRY(rms_option_parse(&recipe->from, text, expands, take_option, recipe, err));
  RMS_TRY(check_together(recipe, err));
out:
  return status;
}

static bool is_written(const struct rms_jobs_recipe *r, int i, bool with_place)
{
  const bool has_load = r->value[RMS_JOBS_LOAD].real > 0;
  if (i == RMS_JOBS_SEED || i == RMS_JOBS_INDEX) return with_place;
  if (i == RMS_JOBS_GAP) return !has_load;
  if (i == RMS_JOBS_LOAD) return has_load;
  return i <= RMS_JOBS_TRACE || strcmp(r->value[i].text, table[i].initial) != 0;
}

void rms_jobs_recipe_text(struct rms_text *text, const struct rms_jobs_recipe *recipe,
                          bool with_place)
{
  const char *comma = "";
  for (int i = 0; i < RMS_JOBS_OPTIONS; i++) {
    if (!is_written(recipe, i, with_place)) continue;
    rms_text_printf(text, "%s%s=%s", comma, table[i].key, recipe->value[i].text);
    comma = ",";
  }
}

/* Options beyond the leading ones are told apart by a part of their hash. */
void rms_jobs_recipe_name(struct rms_text *text, const struct rms_jobs_recipe *r)
{
  const bool has_load = r->value[RMS_JOBS_LOAD].real > 0;
  struct rms_text rest = {0};
  for (int i = RMS_JOBS_ARRIVALS; i < RMS_JOBS_SEED; i++)
    if (is_written(r, i, false)) rms_text_printf(&rest, "%s=%s,", table[i].key, r->value[i].text);
  rms_text_printf(text, "%s-m%s-n%s-%s%.12s", r->value[RMS_JOBS_TRACE].text,
                  r->value[RMS_JOBS_MACHINES].text, r->value[RMS_JOBS_JOBS].text,
                  has_load ? "load" : "gap",
                  r->value[has_load ? RMS_JOBS_LOAD : RMS_JOBS_GAP].text);
  if (rest.length)
    rms_text_printf(text, "-%06" PRIx64, rms_hash_bytes(rest.data, rest.length).low & 0xffffff);
  rms_text_printf(text, "-s%s-%s", r->value[RMS_JOBS_SEED].text, r->value[RMS_JOBS_INDEX].text);
  if (rest.failed) text->failed = true;
  rms_text_fini(&rest);
}
