/* SPDX-License-Identifier: GPL-3.0-or-later */
/* params.h - declared parameters: validation, "name:key=value,key=value", typed reading, printing.
 * One table makes --help, parsing, validation, provenance and a tuner's file. */
#ifndef RMS_PARAMS_H
#define RMS_PARAMS_H

#include <stdbool.h>

#include "instances/base/error.h"
#include "instances/base/text.h"
#include "solvers/solver.h"

enum { RMS_PARAMS_MAX = 64, RMS_PARAM_TEXT = 128 };

size_t rms_params_count(const struct rms_param *params);
int rms_params_index(const struct rms_param *params, const char *name); /* -1: none */

/* Is the table itself legal (rule 1 of the conformance kit)? */
int rms_params_check(const struct rms_param *params, struct rms_error *err);

/* Is `value` legal for this parameter? RMS_E_PARAM names the parameter, the value and the range. */
int rms_param_check(const struct rms_param *param, const char *value, struct rms_error *err);

struct rms_values { /* one value per parameter, in table order, canonical text */
  size_t n;
  char text[RMS_PARAMS_MAX][RMS_PARAM_TEXT];
  const char *list[RMS_PARAMS_MAX]; /* what open() gets: list[i] == text[i] */
};

/* Fill in the defaults, then apply "key=value,key=value" (NULL or "" for none). Values are stored
 * in canonical form (ints and reals re-printed), so that equal settings have equal text. Unknown
 * keys name the nearest one; a key given twice is an error. RMS_E_PARAM. */
int rms_values_parse(struct rms_values *values, const struct rms_param *params,
                     const char *assignments, struct rms_error *err);
/* Restore list[] after a copy of the struct. */
void rms_values_link(struct rms_values *values);

/* "a=1,b=2" sorted by name, defaults written out: part of a job's identity. */
void rms_values_text(struct rms_text *text, const struct rms_param *params,
                     const struct rms_values *values);

/* Typed reading inside open(); `values` are already validated. The name must be declared (assert).
 */
int64_t rms_value_int(const struct rms_param *params, const char *const *values, const char *name);
double rms_value_real(const struct rms_param *params, const char *const *values, const char *name);
bool rms_value_bool(const struct rms_param *params, const char *const *values, const char *name);
const char *rms_value_text(const struct rms_param *params, const char *const *values,
                           const char *name);

/* Help text: one paragraph per parameter. Tuner file in irace's format. */
void rms_params_help(struct rms_text *text, const struct rms_param *params);
void rms_params_irace(struct rms_text *text, const struct rms_param *params);

#endif
