/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/table.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int rms_table_new(struct rms_table **result, const char *title)
{
  struct rms_arena *arena = rms_arena_new();
  struct rms_table *table = arena ? rms_arena_alloc(arena, 1, sizeof *table) : NULL;
  if (!table || !(table->title = rms_arena_text(arena, title))) {
    rms_arena_free(arena);
    return RMS_E_NOMEM;
  }
  table->arena = arena;
  *result = table;
  return RMS_OK;
}

void rms_table_free(struct rms_table *table)
{
  if (!table) return;
  free(table->cells);
  rms_arena_free(table->arena);
}

int rms_table_column(struct rms_table *table, const char *name, const char *key, const char *unit,
                     bool is_text)
{
  if (table->n_columns == RMS_TABLE_COLUMNS_MAX) return RMS_E_LIMIT;
  struct rms_table_column column = {.name = rms_arena_text(table->arena, name),
                                    .key = rms_arena_text(table->arena, key),
                                    .unit = rms_arena_text(table->arena, unit),
                                    .is_text = is_text};
  if (!column.name || !column.key || !column.unit) return RMS_E_NOMEM;
  table->columns[table->n_columns++] = column;
  return RMS_OK;
}

int rms_table_columns(struct rms_table *table, const struct rms_table_column *columns, size_t n)
{
  int status = RMS_OK;
  for (size_t i = 0; i < n; i++)
    RMS_TRY(rms_table_column(table, columns[i].name, columns[i].key, columns[i].unit,
                             columns[i].is_text));
out:
  return status;
}

int rms_table_row(struct rms_table *table)
{
  size_t need;
  if (!rms_size_mul(table->n_rows + 1, table->n_columns, &need)) return RMS_E_NOMEM;
  int status = rms_grow(&table->cells, &table->cells_capacity, need, sizeof *table->cells);
  if (status < 0) return status;
  for (size_t i = need - table->n_columns; i < need; i++)
    table->cells[i] = (struct rms_table_cell){.text = NULL, .value = NAN};
  table->n_rows++;
  return RMS_OK;
}

__attribute__((format(printf, 2, 0))) static char *format_text(struct rms_arena *arena,
                                                               const char *fmt, va_list args)
{
  char buffer[1024];
  int n = vsnprintf(buffer, sizeof buffer, fmt, args);
  if (n < 0) return NULL;
  return rms_arena_copy(arena, buffer, (size_t)n < sizeof buffer ? (size_t)n : sizeof buffer - 1);
}

int rms_table_set(struct rms_table *table, size_t column, double value, const char *fmt, ...)
{
  va_list args;
  va_start(args, fmt);
  char *text = format_text(table->arena, fmt, args);
  va_end(args);
  if (!text) return RMS_E_NOMEM;
  table->cells[(table->n_rows - 1) * table->n_columns + column] =
      (struct rms_table_cell){.text = text, .value = value};
  return RMS_OK;
}

int rms_table_note(struct rms_table *table, const char *fmt, ...)
{
  if (table->n_notes == RMS_TABLE_NOTES_MAX) return RMS_E_LIMIT;
  va_list args;
  va_start(args, fmt);
  char *text = format_text(table->arena, fmt, args);
  va_end(args);
  if (!text) return RMS_E_NOMEM;
  table->notes[table->n_notes++] = text;
  return RMS_OK;
}

int rms_table_format_parse(const char *name, enum rms_table_format *format, struct rms_error *err)
{
  static const char *const names[] = {"text", "markdown", "csv", "latex", "json", "html"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (!strcmp(name, names[i])) {
      *format = (enum rms_table_format)i;
      return RMS_OK;
    }
  return rms_error_set(err, RMS_E_USAGE,
                       "format '%s' is none of: text markdown csv latex json html", name);
}
