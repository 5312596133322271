/* SPDX-License-Identifier: GPL-3.0-or-later */
/* params_range.h - the small grammars inside a parameter table: ranges, words, conditions. For
 * params*.c only. */
#ifndef RMS_PARAMS_RANGE_H
#define RMS_PARAMS_RANGE_H

#include <stdbool.h>

#include "solvers/params.h"

enum { RMS_PARAM_NAME_MAX = 63 };

struct rms_interval { /* of an int or a real parameter */
  double lo, hi;
  bool lo_open, hi_open;
};

/* The range "[lo,hi]" of a number; "(" and ")" exclude the end; no blanks; not empty. An infinite
 * end is excluded; the ends of an int are integers. No range: everything. RMS_E_FORMAT. */
int rms_interval_parse(const struct rms_param *param, struct rms_interval *result);
bool rms_interval_has(const struct rms_interval *r, double value);

/* Next word of "a|b|c": its start and length, the cursor moves on; NULL at the end. */
const char *rms_words_next(const char **cursor, size_t *n);
bool rms_words_have(const char *range, const char *value);

/* Shortest text that reads back to the same double. */
void rms_param_print_real(double value, char text[RMS_PARAM_TEXT]);

/* "name=x", "name!=x", "name>x", "name<=x", ...: the length of the name, 0: not legal. */
size_t rms_condition_name(const char *when);

#endif
