/* SPDX-License-Identifier: GPL-3.0-or-later */
/* option.h - one option of a family's generator, as data: help, parsing, canonical text and the
 * command line follow from the family's table. */
#ifndef RMS_OPTION_H
#define RMS_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "instances/base/error.h"

enum rms_option_kind {
  RMS_OPTION_INT,
  RMS_OPTION_REAL,
  RMS_OPTION_BOOL,
  RMS_OPTION_CHOICE,
  RMS_OPTION_TEXT
};

enum { RMS_OPTION_TEXT_MAX = 512, RMS_OPTIONS_MAX = 32 };

struct rms_option {                /* constant data */
  const char *key, *initial, *doc; /* initial: default as text */
  enum rms_option_kind kind;
  double lo, hi;              /* of numbers, inclusive */
  const char *const *choices; /* NULL-terminated, of a choice */
  uint32_t when;              /* the family's own: for what the option means something */
};

struct rms_option_value {
  int64_t whole; /* ints, bools, choices (their number) */
  double real;
  char text[RMS_OPTION_TEXT_MAX]; /* canonical */
};

/* Read and normalise: equal wishes have equal texts.
 *   text  [in]  borrowed
 *   value [out] untouched on error
 * RMS_E_PARAM, RMS_E_UNKNOWN (a choice) with key, value and range. */
int rms_option_read(const struct rms_option *option, const char *text,
                    struct rms_option_value *value, struct rms_error *err);

/* Index of a key among n options; -1: none. The key that is nearest, among them and `more` (may be
 * NULL), for "did you mean". Cost: linear. */
int rms_option_find(const struct rms_option *options, size_t n, const char *key);
const char *rms_option_nearest(const struct rms_option *options, size_t n, const char *more,
                               const char *key);

/* RMS_E_UNKNOWN with the nearest key, `set` among them. */
int rms_option_unknown(const struct rms_option *options, size_t n, const char *key,
                       struct rms_error *err);
/* RMS_E_FORMAT: the key stands twice. */
int rms_option_twice(const char *key, struct rms_error *err);

/* Which instances of which set a text asks for; beside the options of the table. */
struct rms_option_source {
  char set[64];   /* "": none */
  char cell[128]; /* glob of labels; "": every one */
  int64_t count;  /* of each cell; 0: not given */
};

/* Take one key=value that is no key of the source. 0 or a status, which ends the parsing. */
typedef int rms_option_take_fn(void *ctx, const char *key, const char *value,
                               struct rms_error *err);

enum { RMS_OPTION_SPEC_MAX = 4096 }; /* bytes of a text, with the 0 */

/* Parse "key=value,key=value".
 *   source  [in,out] zeroed; the keys set, cell and count, each at most once
 *   expands [in]     cell and count are allowed: the text may mean several instances
 *   take    [in]     gets every other key, in the order of the text
 * RMS_E_FORMAT, RMS_E_LIMIT, RMS_E_PARAM, and what `take` returns. */
int rms_option_parse(struct rms_option_source *source, const char *text, bool expands,
                     rms_option_take_fn *take, void *ctx, struct rms_error *err);

#endif
