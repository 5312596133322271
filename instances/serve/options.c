/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "instances/serve/options.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define BIT(i)    (UINT32_C(1) << (i))
#define ALL       (BIT(RMS_SHAPE_COUNT) - 1)
#define SCENARIO  BIT(RMS_SHAPE_SCENARIO)
#define ROTATION  BIT(RMS_SHAPE_ROTATION)
#define REAL      BIT(RMS_SHAPE_REAL)
#define GENERATED (ALL & ~SCENARIO)
#define MEASURED  (REAL | ROTATION | SCENARIO)
#define SHAPED    (GENERATED & ~MEASURED)

static const char *const shapes[] = {"real", "linear", "sub",     "super",    "mixed",    "jag",
                                     "mid",  "tight",  "latency", "rotation", "scenario", NULL};
static const char *const demands[] = {"normal", "lognormal", "uniform", NULL};

static const struct rms_option table[RMS_OPT_COUNT] = {
    [RMS_OPT_SERVICES] = {"services", "24", "number of services", RMS_OPTION_INT, 1, 2e6, NULL,
                          GENERATED},
    [RMS_OPT_MACHINES] =
        {"machines", "50",
         "machines that a world without rules and rounding would need; demands are scaled to that",
         RMS_OPTION_INT, 1, 1e9, NULL, GENERATED},
    [RMS_OPT_SCALE] =
        {"scale", "0",
         "requests per second that a draw of 1 stands for, in place of machines (0: not used)",
         RMS_OPTION_REAL, 0, 1e9, NULL, GENERATED},
    [RMS_OPT_SHAPE] =
        {"shape", "real",
         "how throughput grows with the slice: real (drawn from measured figures), linear, sub, "
         "super, "
         "mixed, jag, mid, tight, latency, rotation (models in turn), scenario (ParvaGPU's six)",
         RMS_OPTION_CHOICE, 0, 0, shapes, ALL},
    [RMS_OPT_DEMAND] = {"demand", "lognormal",
                        "distribution of the demands: normal, lognormal, uniform",
                        RMS_OPTION_CHOICE, 0, 0, demands, GENERATED},
    [RMS_OPT_MACHINE] = {"machine", "a100-80gb", "built-in machine, or the path of a machine file",
                         RMS_OPTION_TEXT, 0, 0, NULL, GENERATED},
    [RMS_OPT_POOLS] =
        {"pools", "",
         "several machine types, NAME[@SPEED][*COST][/STOCK] joined by +, in place of machine",
         RMS_OPTION_TEXT, 0, 0, NULL, GENERATED},
    [RMS_OPT_RULES] = {"rules", "", "rule set of every pool (default: the machine's own)",
                       RMS_OPTION_TEXT, 0, 0, NULL, ALL},
    [RMS_OPT_SCENARIO] = {"scenario", "1", "number of the scenario", RMS_OPTION_INT, 1, 1e6, NULL,
                          SCENARIO},
    [RMS_OPT_SLO] = {"slo", "0", "latency objective in ms (0: real draws it, rotation has 100)",
                     RMS_OPTION_REAL, 0, 1e9, NULL, REAL | ROTATION},
    [RMS_OPT_PROCS] = {"procs", "0",
                       "most processes in a slice (0: real draws 1 to 3, the others have 1)",
                       RMS_OPTION_INT, 0, 64, NULL, MEASURED},
    [RMS_OPT_BATCH] = {"batch", "0", "largest batch (0: real draws it, the others have no limit)",
                       RMS_OPTION_INT, 0, 65536, NULL, MEASURED},
    [RMS_OPT_LAT] = {"lat", "1", "part of the objective that the latency must stay below",
                     RMS_OPTION_REAL, 1e-6, 1e6, NULL, MEASURED},
    [RMS_OPT_FLAGGED] = {"flagged", "no", "take rows that are flagged as implausible too",
                         RMS_OPTION_BOOL, 0, 0, NULL, MEASURED},
    [RMS_OPT_INCLUSIVE] = {"inclusive", "no", "a latency equal to its limit is accepted",
                           RMS_OPTION_BOOL, 0, 0, NULL, MEASURED},
    [RMS_OPT_TRUNCATE] = {"truncate", "no", "cut objectives and rates to whole numbers first",
                          RMS_OPTION_BOOL, 0, 0, NULL, MEASURED},
    [RMS_OPT_SEED] = {"seed", "1", "master seed", RMS_OPTION_INT, 0, 9e15, NULL, ALL},
    [RMS_OPT_INDEX] = {"index", "0", "number of the instance", RMS_OPTION_INT, 0, 4294967295.0,
                       NULL, ALL},
    [RMS_OPT_DOUBLE] =
        {"double", "no",
         "slices with more memory than plain ones of their size (1g.20gb), too; what "
         "cannot use the plain one may use them",
         RMS_OPTION_BOOL, 0, 0, NULL, SHAPED},
};

const struct rms_option *rms_serve_option_at(size_t i)
{
  return i < RMS_OPT_COUNT ? &table[i] : NULL;
}

int rms_serve_option_index(const char *key)
{
  return rms_option_find(table, RMS_OPT_COUNT, key);
}

/* ---- values ------------------------------------------------------------------------------------
 */

static int set_at(struct rms_serve_options *o, int i, const char *value, struct rms_error *err)
{
  struct rms_option_value got = {0};
  const int status = rms_option_read(&table[i], value, &got, err);
  if (status < 0) return status;
  o->whole[i] = got.whole;
  o->real[i] = got.real;
  memcpy(o->text[i], got.text, sizeof o->text[i]);
  return RMS_OK;
}

void rms_serve_options_init(struct rms_serve_options *options)
{
  memset(options, 0, sizeof *options);
  for (int i = 0; i < RMS_OPT_COUNT; i++) (void)set_at(options, i, table[i].initial, NULL);
}

int rms_serve_option_set(struct rms_serve_options *options, const char *key, const char *value,
                         struct rms_error *err)
{
  const int i = rms_serve_option_index(key);
  if (i < 0) return rms_option_unknown(table, RMS_OPT_COUNT, key, err);
  if (rms_opt_is_given(options, (enum rms_serve_option_id)i)) return rms_option_twice(key, err);
  const int status = set_at(options, i, value, err);
  if (status == RMS_OK) options->given |= BIT(i);
  return status;
}

int rms_serve_options_check(const struct rms_serve_options *o, struct rms_error *err)
{
  const int shape = (int)o->whole[RMS_OPT_SHAPE];
  for (int i = 0; i < RMS_OPT_COUNT; i++)
    if ((o->given & BIT(i)) && !(table[i].when & BIT(shape)))
      return rms_error_set(err, RMS_E_PARAM, "option \"%s\" means nothing for shape=%s",
                           table[i].key, shapes[shape]);
  if (shape == RMS_SHAPE_SCENARIO && o->whole[RMS_OPT_INDEX] != 0)
    return rms_error_set(err, RMS_E_PARAM, "a scenario is one instance: index must be 0");
  if (o->real[RMS_OPT_SCALE] > 0 && rms_opt_is_given(o, RMS_OPT_MACHINES))
    return rms_error_set(err, RMS_E_PARAM, "give machines or scale, not both");
  if (o->text[RMS_OPT_POOLS][0] && rms_opt_is_given(o, RMS_OPT_MACHINE))
    return rms_error_set(err, RMS_E_PARAM, "give machine or pools, not both");
  return RMS_OK;
}

/* ---- texts -------------------------------------------------------------------------------------
 */

static int take_option(void *ctx, const char *key, const char *value, struct rms_error *err)
{
  return rms_serve_option_set(ctx, key, value, err);
}

int rms_serve_request_parse(struct rms_serve_request *request, const char *text, bool expands,
                            struct rms_error *err)
{
  struct rms_serve_request r = {.from = {.count = 0}};
  rms_serve_options_init(&r.options);
  const int status = rms_option_parse(&r.from, text, expands, take_option, &r.options, err);
  if (status == RMS_OK) *request = r;
  return status;
}

static bool is_written(const struct rms_serve_options *o, int i, bool with_place)
{
  const uint32_t leading = BIT(RMS_OPT_SERVICES) | BIT(RMS_OPT_MACHINES) | BIT(RMS_OPT_SHAPE) |
                           BIT(RMS_OPT_DEMAND) | BIT(RMS_OPT_SCENARIO) | BIT(RMS_OPT_SEED) |
                           BIT(RMS_OPT_INDEX);
  if (!(table[i].when & BIT(o->whole[RMS_OPT_SHAPE]))) return false;
  if (i == RMS_OPT_SEED || i == RMS_OPT_INDEX) return with_place;
  if (i == RMS_OPT_MACHINES && o->real[RMS_OPT_SCALE] > 0) return false;
  if (i == RMS_OPT_MACHINE && o->text[RMS_OPT_POOLS][0]) return false;
  return (leading & BIT(i)) || strcmp(o->text[i], table[i].initial) != 0;
}

void rms_serve_options_text(struct rms_text *text, const struct rms_serve_options *options,
                            bool with_place)
{
  const char *comma = "";
  for (int i = 0; i < RMS_OPT_COUNT; i++) {
    if (!is_written(options, i, with_place)) continue;
    rms_text_printf(text, "%s%s=%s", comma, table[i].key, options->text[i]);
    comma = ",";
  }
}
