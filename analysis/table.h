/* SPDX-License-Identifier: GPL-3.0-or-later */
/* table.h - one model of a table, six renderings: text, markdown, csv, latex, json, html. Cells
 * keep the number behind the text, so that machine formats carry full precision and people read
 * rounded ones. */
#ifndef RMS_TABLE_H
#define RMS_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "instances/base/error.h"
#include "instances/base/memory.h"
#include "instances/base/text.h"

enum { RMS_TABLE_COLUMNS_MAX = 64, RMS_TABLE_NOTES_MAX = 32 };

enum rms_table_format {
  RMS_TABLE_TEXT,
  RMS_TABLE_MARKDOWN,
  RMS_TABLE_CSV,
  RMS_TABLE_LATEX,
  RMS_TABLE_JSON,
  RMS_TABLE_HTML /* a part of a page: the table and its notes */
};

struct rms_table_column {
  const char *name; /* what people read: "gap to bound" */
  const char *key;  /* what machines read: "gap_bound_mean" */
  const char *unit; /* "" "s" "%" */
  bool is_text;     /* left-aligned; else right-aligned */
};

struct rms_table_cell {
  const char *text; /* rounded, for people; NULL: empty */
  double value;     /* NAN: no number behind it */
};

struct rms_table { /* everything but the cells is owned by the arena */
  struct rms_arena *arena;
  const char *title;
  size_t n_columns, n_rows, cells_capacity, n_notes;
  struct rms_table_column columns[RMS_TABLE_COLUMNS_MAX];
  struct rms_table_cell *cells; /* [n_rows * n_columns], malloc'ed */
  const char *notes[RMS_TABLE_NOTES_MAX];
};

/* A new empty table. *result is freed by rms_table_free. RMS_E_NOMEM. */
int rms_table_new(struct rms_table **result, const char *title);
void rms_table_free(struct rms_table *table); /* accepts NULL */

/* Add a column (before the first row). RMS_E_LIMIT beyond RMS_TABLE_COLUMNS_MAX. Texts are copied.
 */
int rms_table_column(struct rms_table *table, const char *name, const char *key, const char *unit,
                     bool is_text);

/* Add n columns, as above. */
int rms_table_columns(struct rms_table *table, const struct rms_table_column *columns, size_t n);

/* Start a row of empty cells; then set cells of the last row: the number behind (NAN: none) and the
 * text that people read, copied. RMS_E_NOMEM. */
int rms_table_row(struct rms_table *table);
__attribute__((format(printf, 4, 5))) int rms_table_set(struct rms_table *table, size_t column,
                                                        double value, const char *fmt, ...);

/* A line under the table. RMS_E_LIMIT beyond RMS_TABLE_NOTES_MAX. */
__attribute__((format(printf, 2, 3))) int rms_table_note(struct rms_table *table, const char *fmt,
                                                         ...);

/* Render, at the end of `text`. Equal tables give equal bytes. RMS_E_NOMEM. Cost: linear. */
int rms_table_render(const struct rms_table *table, enum rms_table_format format,
                     struct rms_text *text);

/* "text" "markdown" "csv" "latex" "json" "html"; RMS_E_USAGE with the list. */
int rms_table_format_parse(const char *name, enum rms_table_format *format, struct rms_error *err);

/* Add `string` as a quoted field of a comma-separated table: names may hold commas. */
void rms_table_csv_text(struct rms_text *text, const char *string);

/* Add `string` with the characters that LaTeX treats specially escaped. */
void rms_table_latex_text(struct rms_text *text, const char *string);

#endif
