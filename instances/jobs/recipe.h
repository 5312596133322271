/* SPDX-License-Identifier: GPL-3.0-or-later */
/* recipe.h - what a generated instance of `jobs` depends on: options, sets, requests. */
#ifndef RMS_JOBS_RECIPE_H
#define RMS_JOBS_RECIPE_H

#include <stdbool.h>

#include "instances/base/text.h"
#include "instances/option.h"

/* In canonical order. New ones go before seed, with a default that changes nothing. */
enum rms_jobs_option {
  RMS_JOBS_MACHINES,
  RMS_JOBS_JOBS,
  RMS_JOBS_TRACE,
  RMS_JOBS_GAP,
  RMS_JOBS_LOAD,
  RMS_JOBS_ARRIVALS,
  RMS_JOBS_LENGTHS,
  RMS_JOBS_CLIP,
  RMS_JOBS_FRONT,
  RMS_JOBS_MACHINE,
  RMS_JOBS_RULES,
  RMS_JOBS_OVERHEAD,
  RMS_JOBS_PHASE,
  RMS_JOBS_SCOPE,
  RMS_JOBS_MEASURE,
  RMS_JOBS_NOISE,
  RMS_JOBS_SEED,
  RMS_JOBS_INDEX,
  RMS_JOBS_OPTIONS
};

enum rms_jobs_trace { RMS_TRACE_MISO, RMS_TRACE_DRAWN };
enum rms_jobs_arrivals {
  RMS_ARRIVALS_MISO,
  RMS_ARRIVALS_POISSON,
  RMS_ARRIVALS_BURSTY,
  RMS_ARRIVALS_DIURNAL
};
enum rms_jobs_lengths { RMS_LENGTHS_MISO, RMS_LENGTHS_PHILLY };

const struct rms_option *rms_jobs_option_at(size_t i); /* NULL past the end */

enum { RMS_JOBS_LABEL_MAX = 64 };

struct rms_jobs_recipe {
  struct rms_option_value value[RMS_JOBS_OPTIONS];
  uint32_t given;                /* bit: was written, not defaulted */
  struct rms_option_source from; /* of a request */
};

/* Parse "key=value,..."; `expands`: set, cell and count are allowed. */
int rms_jobs_recipe_parse(struct rms_jobs_recipe *recipe, const char *text, bool expands,
                          struct rms_error *err);

/* The recipe of one instance: options in full, or "set=NAME,index=I" with what leaves one cell.
 * RMS_E_FORMAT, RMS_E_UNKNOWN; RMS_E_PARAM: no cell or several (sets.c). */
int rms_jobs_recipe_open(struct rms_jobs_recipe *recipe, const char *spec, struct rms_error *err);

/* Canonical text: the leading options always, the others where they are not the default; seed and
 * index are left out when `with_place` is false. */
void rms_jobs_recipe_text(struct rms_text *text, const struct rms_jobs_recipe *recipe,
                          bool with_place);

/* "miso-m8-n100-gap60-s1-0" */
void rms_jobs_recipe_name(struct rms_text *text, const struct rms_jobs_recipe *recipe);

/* Sets: lists of cells (label, options). */
struct rms_jobs_cell {
  const char *label, *options;
};
struct rms_jobs_set {
  const char *name, *doc;
  int count; /* instances of each cell */
  size_t n_cells;
  const struct rms_jobs_cell *cells;
};
const struct rms_jobs_set *rms_jobs_set_at(size_t i); /* NULL past the end */

static inline int64_t rms_jobs_whole(const struct rms_jobs_recipe *r, enum rms_jobs_option o)
{
  return r->value[o].whole;
}

#endif
