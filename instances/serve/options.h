/* SPDX-License-Identifier: GPL-3.0-or-later */
/* options.h - what a generated instance depends on: a table of options, parsed from "key=value,..."
 * and printed in one canonical way, so that equal wishes have equal texts. */
#ifndef RMS_SERVE_OPTIONS_H
#define RMS_SERVE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "instances/base/error.h"
#include "instances/base/text.h"
#include "instances/option.h"

/* In canonical order. New ones go to the end, with a default that changes nothing. */
enum rms_serve_option_id {
  RMS_OPT_SERVICES,
  RMS_OPT_MACHINES,
  RMS_OPT_SCALE,
  RMS_OPT_SHAPE,
  RMS_OPT_DEMAND,
  RMS_OPT_MACHINE,
  RMS_OPT_POOLS,
  RMS_OPT_RULES,
  RMS_OPT_SCENARIO,
  RMS_OPT_SLO,
  RMS_OPT_PROCS,
  RMS_OPT_BATCH,
  RMS_OPT_LAT,
  RMS_OPT_FLAGGED,
  RMS_OPT_INCLUSIVE,
  RMS_OPT_TRUNCATE,
  RMS_OPT_SEED,
  RMS_OPT_INDEX,
  RMS_OPT_DOUBLE,
  RMS_OPT_COUNT
};

enum rms_serve_shape {
  RMS_SHAPE_REAL,
  RMS_SHAPE_LINEAR,
  RMS_SHAPE_SUB,
  RMS_SHAPE_SUPER,
  RMS_SHAPE_MIXED,
  RMS_SHAPE_JAG,
  RMS_SHAPE_MID,
  RMS_SHAPE_TIGHT,
  RMS_SHAPE_LATENCY,
  RMS_SHAPE_ROTATION,
  RMS_SHAPE_SCENARIO,
  RMS_SHAPE_COUNT
};

enum rms_serve_demand { RMS_DEMAND_NORMAL, RMS_DEMAND_LOGNORMAL, RMS_DEMAND_UNIFORM };

struct rms_serve_options {      /* plain data, may be copied */
  uint32_t given;               /* bit: was written, not defaulted */
  int64_t whole[RMS_OPT_COUNT]; /* ints, bools, choices */
  double real[RMS_OPT_COUNT];
  char text[RMS_OPT_COUNT][RMS_OPTION_TEXT_MAX]; /* canonical text of each */
};

/* Everything that a spec or a request says. */
struct rms_serve_request {
  struct rms_serve_options options;
  struct rms_option_source from;
};

const struct rms_option *rms_serve_option_at(size_t i); /* NULL past the end */

/* All defaults. */
void rms_serve_options_init(struct rms_serve_options *options);

/* Set one option; errors name the key, the value, the range, the nearest key. RMS_E_UNKNOWN,
 * RMS_E_PARAM. */
int rms_serve_option_set(struct rms_serve_options *options, const char *key, const char *value,
                         struct rms_error *err);
int rms_serve_option_index(const char *key); /* -1: none */

/* Do the options given go together (each means something for the shape; machines or scale, not
 * both; machine or pools, not both)? RMS_E_PARAM. */
int rms_serve_options_check(const struct rms_serve_options *options, struct rms_error *err);

/* Parse "key=value,key=value". A key that stands twice is an error. `expands`: count and cell are
 * allowed. */
int rms_serve_request_parse(struct rms_serve_request *request, const char *text, bool expands,
                            struct rms_error *err);

/* Canonical text: the leading ones that the shape uses are always written, the others when they
 * differ from their default; seed and index are left out when `with_place` is false. */
void rms_serve_options_text(struct rms_text *text, const struct rms_serve_options *options,
                            bool with_place);

/* Shorthands. */
static inline int64_t rms_opt_int(const struct rms_serve_options *o, enum rms_serve_option_id id)
{
  return o->whole[id];
}
static inline bool rms_opt_is_given(const struct rms_serve_options *o, enum rms_serve_option_id id)
{
  return (o->given >> id & 1) != 0;
}

#endif
