/* SPDX-License-Identifier: GPL-3.0-or-later */
/* csv.h - rows of a comma-separated table held in memory: line numbers for errors, `#` comment
 * lines and empty lines skipped, CRLF and a byte-order mark accepted, blanks around fields dropped.
 * Quotes, control characters and zero bytes are refused: no table that we read needs them. */
#ifndef RMS_BASE_CSV_H
#define RMS_BASE_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "instances/base/error.h"

enum { RMS_CSV_FIELDS_MAX = 64, RMS_CSV_ROW_MAX = 2048 };

struct rms_csv {                         /* on the caller's stack; borrows `at` and `origin` */
  const char *origin;                    /* what errors call the table */
  const char *at, *end;                  /* what is left to read */
  size_t line;                           /* of the current row, from 1 */
  size_t n;                              /* fields of the current row */
  const char *field[RMS_CSV_FIELDS_MAX]; /* into row: until the next one */
  char row[RMS_CSV_ROW_MAX + 1];         /* the current row, cut into fields */
};

/* Start before the first row. Nothing is allocated. */
void rms_csv_open(struct rms_csv *csv, const char *bytes, size_t n, const char *origin);

/* Next row that is neither empty nor a comment. *found is false at the end. RMS_E_FORMAT names the
 * line. */
int rms_csv_next(struct rms_csv *csv, bool *found, struct rms_error *err);

/* "ORIGIN:LINE: TEXT" into *err; returns RMS_E_FORMAT. */
__attribute__((format(printf, 3, 4))) int
rms_csv_error(const struct rms_csv *csv, struct rms_error *err, const char *fmt, ...);

/* Field i as a number in [lo, hi]; `name` is the column, for errors. */
int rms_csv_int(const struct rms_csv *csv, size_t i, const char *name, int64_t lo, int64_t hi,
                int64_t *value, struct rms_error *err);
int rms_csv_double(const struct rms_csv *csv, size_t i, const char *name, double lo, double hi,
                   double *value, struct rms_error *err);

#endif
