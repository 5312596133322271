/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "instances/base/csv.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "instances/base/text.h"

void rms_csv_open(struct rms_csv *csv, const char *bytes, size_t n, const char *origin)
{
  static const char mark[] = "\xEF\xBB\xBF";
  memset(csv, 0, sizeof *csv);
  csv->origin = origin;
  csv->at = bytes;
  csv->end = bytes + n;
  if (n >= 3 && memcmp(bytes, mark, 3) == 0) csv->at += 3;
}

int rms_csv_error(const struct rms_csv *csv, struct rms_error *err, const char *fmt, ...)
{
  char text[RMS_ERROR_TEXT];
  va_list list;
  va_start(list, fmt);
  vsnprintf(text, sizeof text, fmt, list);
  va_end(list);
  return rms_error_set(err, RMS_E_FORMAT, "%s:%zu: %s", csv->origin, csv->line, text);
}

static bool is_blank(char c)
{
  return c == ' ' || c == '\t';
}

/* Copy the next line into row; false at the end of the table. */
static int take_line(struct rms_csv *csv, bool *found, struct rms_error *err)
{
  *found = csv->at < csv->end;
  if (!*found) return RMS_OK;
  csv->line++;
  const char *stop = memchr(csv->at, '\n', (size_t)(csv->end - csv->at));
  const char *next = stop ? stop + 1 : csv->end;
  if (!stop) stop = csv->end;
  if (stop > csv->at && stop[-1] == '\r') stop--;
  const size_t n = (size_t)(stop - csv->at);
  if (n > RMS_CSV_ROW_MAX)
    return rms_csv_error(csv, err, "the line has %zu bytes, at most %d are allowed", n,
                         RMS_CSV_ROW_MAX);
  for (size_t i = 0; i < n; i++) {
    const unsigned char c = (unsigned char)csv->at[i];
    if ((c < 0x20 && c != '\t') || c == 0x7f)
      return rms_csv_error(csv, err, "byte %zu is a control character (0x%02x), must be text",
                           i + 1, c);
  }
  memcpy(csv->row, csv->at, n);
  csv->row[n] = 0;
  csv->at = next;
  return RMS_OK;
}

static char *trim(char *field)
{
  while (is_blank(*field)) field++;
  size_t n = strlen(field);
  while (n > 0 && is_blank(field[n - 1])) n--;
  field[n] = 0;
  return field;
}

static int cut(struct rms_csv *csv, struct rms_error *err)
{
  char *rest = csv->row;
  csv->n = 0;
  if (strchr(rest, '"'))
    return rms_csv_error(csv, err, "quotes are not supported, fields are plain text");
  while (rest) {
    if (csv->n == RMS_CSV_FIELDS_MAX)
      return rms_csv_error(csv, err, "more than %d fields", RMS_CSV_FIELDS_MAX);
    char *field = strsep(&rest, ",");
    csv->field[csv->n++] = trim(field);
  }
  return RMS_OK;
}

int rms_csv_next(struct rms_csv *csv, bool *found, struct rms_error *err)
{
  int status;
  for (;;) {
    if ((status = take_line(csv, found, err)) < 0 || !*found) return status;
    const char *text = csv->row;
    while (is_blank(*text)) text++;
    if (*text != 0 && *text != '#') return cut(csv, err);
  }
}

int rms_csv_int(const struct rms_csv *csv, size_t i, const char *name, int64_t lo, int64_t hi,
                int64_t *value, struct rms_error *err)
{
  int64_t got;
  if (i >= csv->n) return rms_csv_error(csv, err, "%s is missing", name);
  if (rms_parse_int(csv->field[i], &got) < 0 || got < lo || got > hi)
    return rms_csv_error(csv, err,
                         "%s is \"%.40s\", must be a whole number in [%" PRId64 ", %" PRId64 "]",
                         name, csv->field[i], lo, hi);
  *value = got;
  return RMS_OK;
}

int rms_csv_double(const struct rms_csv *csv, size_t i, const char *name, double lo, double hi,
                   double *value, struct rms_error *err)
{
  double got;
  if (i >= csv->n) return rms_csv_error(csv, err, "%s is missing", name);
  if (rms_parse_double(csv->field[i], &got) < 0 || got < lo || got > hi)
    return rms_csv_error(csv, err, "%s is \"%.40s\", must be a number in [%g, %g]", name,
                         csv->field[i], lo, hi);
  *value = got;
  return RMS_OK;
}
