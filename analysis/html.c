/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/html.h"

#include <string.h>

enum { LONG = 44 }; /* bytes; a longer text may be broken into lines: class w */

static const char replacement[] = "\xef\xbf\xbd";

static const char *entity_of(char c)
{
  switch (c) {
  case '&': return "&amp;";
  case '<': return "&lt;";
  case '>': return "&gt;";
  case '"': return "&quot;";
  case '\'': return "&#39;";
  case '\n':
  case '\t': return " ";
  default: return NULL;
  }
}

void rms_html_text(struct rms_text *text, const char *string)
{
  for (size_t left = strlen(string), n; left > 0; string += n, left -= n) {
    const char *const entity = entity_of(*string);
    n = rms_utf8_length(string, left);
    if (entity)
      rms_text_add(text, entity);
    else if (n && rms_utf8_is_plain(string, n))
      rms_text_bytes(text, string, n);
    else
      rms_text_add(text, replacement);
    if (!n) n = 1;
  }
}

void rms_html_element(struct rms_text *text, const char *tag, const char *string)
{
  rms_text_printf(text, "<%s>", tag);
  rms_html_text(text, string);
  rms_text_printf(text, "</%.*s>\n", (int)strcspn(tag, " "), tag);
}

static const char *class_of(const struct rms_table_column *column)
{
  return column->is_text ? "" : " class=\"n\"";
}

static void table_head(struct rms_text *text, const struct rms_table *table)
{
  rms_text_add(text, "<thead><tr>");
  for (size_t c = 0; c < table->n_columns; c++) {
    const struct rms_table_column *const column = &table->columns[c];
    rms_text_printf(text, "<th scope=\"col\"%s title=\"", class_of(column));
    rms_html_text(text, column->key);
    rms_text_add(text, "\">");
    rms_html_text(text, column->name);
    if (*column->unit) {
      rms_text_add(text, " [");
      rms_html_text(text, column->unit);
      rms_text_add(text, "]");
    }
    rms_text_add(text, "</th>");
  }
  rms_text_add(text, "</tr></thead>\n<tbody>\n");
}

static void table_row(struct rms_text *text, const struct rms_table *table, size_t row)
{
  rms_text_add(text, "<tr>");
  for (size_t c = 0; c < table->n_columns; c++) {
    const char *const cell = table->cells[row * table->n_columns + c].text;
    const bool is_long = c && cell && table->columns[c].is_text && strlen(cell) > LONG;
    rms_text_printf(text, "<%s%s>", c ? "td" : "th scope=\"row\"",
                    is_long ? " class=\"w\"" : class_of(&table->columns[c]));
    if (cell) rms_html_text(text, cell);
    rms_text_add(text, c ? "</td>" : "</th>");
  }
  rms_text_add(text, "</tr>\n");
}

void rms_html_table(struct rms_text *text, const struct rms_table *table, const char *what,
                    size_t rows_most)
{
  const size_t rows = rows_most && table->n_rows > rows_most ? rows_most : table->n_rows;
  rms_text_add(text, "<table>\n<caption>");
  if (what) {
    rms_html_text(text, what);
    rms_text_add(text, ": ");
  }
  rms_html_text(text, table->title);
  rms_text_add(text, "</caption>\n");
  table_head(text, table);
  for (size_t row = 0; row < rows; row++) table_row(text, table, row);
  if (rows < table->n_rows)
    rms_text_printf(text, "<tr><td colspan=\"%zu\">and %zu more rows</td></tr>\n", table->n_columns,
                    table->n_rows - rows);
  rms_text_add(text, "</tbody>\n</table>\n");
}

void rms_html_notes(struct rms_text *text, const struct rms_table *table)
{
  if (!table->n_notes) return;
  rms_text_add(text, "<ul class=\"notes\">\n");
  for (size_t i = 0; i < table->n_notes; i++) rms_html_element(text, "li", table->notes[i]);
  rms_text_add(text, "</ul>\n");
}

/* Where an id begins behind `at`, 0 when none does. */
static size_t id_after(const char *at)
{
  static const char *const marks[] = {" id=\"", "url(#", "href=\"#"};
  for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
    if (!strncmp(at, marks[i], strlen(marks[i]))) return strlen(marks[i]);
  return 0;
}

void rms_html_svg(struct rms_text *text, const char *svg, const char *prefix, const char *label)
{
  bool is_tag = false;
  if (!strncmp(svg, "<svg", 4)) {
    rms_text_add(text, "<svg role=\"img\" aria-label=\"");
    rms_html_text(text, label);
    rms_text_add(text, "\"");
    svg += 4;
    is_tag = true;
  }
  while (*svg) {
    size_t n = 1;
    if (*svg == '<') is_tag = true;
    if (*svg == '>') is_tag = false;
    const size_t skip = is_tag ? id_after(svg) : 0;
    if (skip) n = skip;
    rms_text_bytes(text, svg, n);
    if (skip) rms_text_add(text, prefix);
    svg += n;
  }
}
