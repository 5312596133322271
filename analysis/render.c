/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "analysis/html.h"
#include "analysis/table.h"

struct edges { /* what stands around the cells of a line */
  const char *left, *between, *right;
  bool is_markdown;
};

static const char *cell_text(const struct rms_table *table, size_t row, size_t column)
{
  const char *text = table->cells[row * table->n_columns + column].text;
  return text ? text : "";
}

static void heading(const struct rms_table_column *column, struct rms_text *text)
{
  rms_text_clear(text);
  rms_text_add(text, column->name);
  if (*column->unit) rms_text_printf(text, " [%s]", column->unit);
}

/* Characters, not bytes, so that columns with UTF-8 line up. */
static size_t width_of(const char *string)
{
  size_t n = 0;
  for (; *string; string++) n += ((unsigned char)*string & 0xC0u) != 0x80u;
  return n;
}

static void aligned(struct rms_text *text, const char *string, size_t width, bool left, bool pads)
{
  size_t own = width_of(string);
  if (left) rms_text_add(text, string);
  for (; own < width && (pads || !left); own++) rms_text_add(text, " ");
  if (!left) rms_text_add(text, string);
}

/* A cell of Markdown holds neither its edge nor a tag. */
static const char *shown(const char *string, bool is_markdown, struct rms_text *scratch)
{
  if (!is_markdown || !strpbrk(string, "|<\n\r")) return string;
  rms_text_clear(scratch);
  for (; *string; string++)
    if (*string == '|')
      rms_text_add(scratch, "\\|");
    else if (*string == '<')
      rms_text_add(scratch, "&lt;");
    else
      rms_text_bytes(scratch, *string == '\n' || *string == '\r' ? " " : string, 1);
  return scratch->failed ? "" : scratch->data;
}

static void measure(const struct rms_table *table, bool is_markdown, struct rms_text *scratch,
                    size_t *width)
{
  for (size_t c = 0; c < table->n_columns; c++) {
    heading(&table->columns[c], scratch);
    width[c] = scratch->data ? width_of(scratch->data) : 0;
    for (size_t row = 0; row < table->n_rows; row++) {
      size_t own = width_of(shown(cell_text(table, row, c), is_markdown, scratch));
      if (own > width[c]) width[c] = own;
    }
  }
}

static void rule(const struct rms_table *table, struct rms_text *text, const size_t *width,
                 const struct edges *edges)
{
  rms_text_add(text, edges->left);
  for (size_t c = 0; c < table->n_columns; c++) {
    if (c) rms_text_add(text, edges->between);
    for (size_t i = 0; i < width[c]; i++) rms_text_add(text, "-");
  }
  rms_text_printf(text, "%s\n", edges->right);
}

static void aligned_rows(const struct rms_table *table, struct rms_text *text,
                         const struct edges *edges)
{
  struct rms_text scratch = {0};
  size_t width[RMS_TABLE_COLUMNS_MAX];
  const bool pads = *edges->right != 0; /* no blanks at the end of a line */
  measure(table, edges->is_markdown, &scratch, width);

  rms_text_add(text, edges->left);
  for (size_t c = 0; c < table->n_columns; c++) {
    heading(&table->columns[c], &scratch);
    if (c) rms_text_add(text, edges->between);
    aligned(text, scratch.data ? scratch.data : "", width[c], table->columns[c].is_text,
            pads || c + 1 < table->n_columns);
  }
  rms_text_printf(text, "%s\n", edges->right);
  rule(table, text, width, edges);
  for (size_t row = 0; row < table->n_rows; row++) {
    rms_text_add(text, edges->left);
    for (size_t c = 0; c < table->n_columns; c++) {
      if (c) rms_text_add(text, edges->between);
      aligned(text, shown(cell_text(table, row, c), edges->is_markdown, &scratch), width[c],
              table->columns[c].is_text, pads || c + 1 < table->n_columns);
    }
    rms_text_printf(text, "%s\n", edges->right);
  }
  if (scratch.failed) text->failed = true;
  rms_text_fini(&scratch);
}

static void render_text(const struct rms_table *table, struct rms_text *text)
{
  rms_text_printf(text, "%s\n\n", table->title);
  aligned_rows(table, text, &(struct edges){"", "  ", "", false});
  if (table->n_notes) rms_text_add(text, "\n");
  for (size_t i = 0; i < table->n_notes; i++) rms_text_printf(text, "  %s\n", table->notes[i]);
}

static void render_markdown(const struct rms_table *table, struct rms_text *text)
{
  rms_text_printf(text, "**%s**\n\n", table->title);
  aligned_rows(table, text, &(struct edges){"| ", " | ", " |", true});
  rms_text_add(text, "\n");
  for (size_t i = 0; i < table->n_notes; i++) rms_text_printf(text, "- %s\n", table->notes[i]);
}

void rms_table_csv_text(struct rms_text *text, const char *string)
{
  rms_text_add(text, "\"");
  for (; *string; string++) {
    if (*string == '"') rms_text_add(text, "\"");
    rms_text_bytes(text, string, 1);
  }
  rms_text_add(text, "\"");
}

static void csv_field(struct rms_text *text, const char *field)
{
  if (strpbrk(field, ",\"\n\r"))
    rms_table_csv_text(text, field);
  else
    rms_text_add(text, field);
}

static void render_csv(const struct rms_table *table, struct rms_text *text)
{
  for (size_t c = 0; c < table->n_columns; c++) {
    if (c) rms_text_add(text, ",");
    csv_field(text, table->columns[c].key);
  }
  rms_text_add(text, "\n");
  for (size_t row = 0; row < table->n_rows; row++) {
    for (size_t c = 0; c < table->n_columns; c++) {
      const struct rms_table_cell *cell = &table->cells[row * table->n_columns + c];
      if (c) rms_text_add(text, ",");
      if (table->columns[c].is_text)
        csv_field(text, cell->text ? cell->text : "");
      else if (isfinite(cell->value))
        rms_text_double(text, cell->value);
    }
    rms_text_add(text, "\n");
  }
}

void rms_table_latex_text(struct rms_text *text, const char *string)
{
  static const struct {
    char plain;
    const char *latex;
  } table[] = {{'\\', "\\textbackslash{}"},
               {'~', "\\textasciitilde{}"},
               {'^', "\\textasciicircum{}"},
               {'#', "\\#"},
               {'$', "\\$"},
               {'%', "\\%"},
               {'&', "\\&"},
               {'_', "\\_"},
               {'{', "\\{"},
               {'}', "\\}"},
               {'<', "\\textless{}"},
               {'>', "\\textgreater{}"},
               {'|', "\\textbar{}"}};
  for (; *string; string++) {
    size_t i = 0, n = sizeof table / sizeof *table;
    while (i < n && table[i].plain != *string) i++;
    if (i < n)
      rms_text_add(text, table[i].latex);
    else
      rms_text_bytes(text, string, 1);
  }
}

static void render_latex(const struct rms_table *table, struct rms_text *text)
{
  struct rms_text head = {0};
  rms_text_add(text, "\\begin{tabular}{");
  for (size_t c = 0; c < table->n_columns; c++)
    rms_text_add(text, table->columns[c].is_text ? "l" : "r");
  rms_text_add(text, "}\n\\hline\n");
  for (size_t c = 0; c < table->n_columns; c++) {
    heading(&table->columns[c], &head);
    if (c) rms_text_add(text, " & ");
    rms_table_latex_text(text, head.data ? head.data : "");
  }
  if (head.failed) text->failed = true;
  rms_text_fini(&head);
  rms_text_add(text, " \\\\\n\\hline\n");
  for (size_t row = 0; row < table->n_rows; row++) {
    for (size_t c = 0; c < table->n_columns; c++) {
      if (c) rms_text_add(text, " & ");
      rms_table_latex_text(text, cell_text(table, row, c));
    }
    rms_text_add(text, " \\\\\n");
  }
  rms_text_add(text, "\\hline\n\\end{tabular}\n");
  for (size_t i = 0; i < table->n_notes; i++) rms_text_printf(text, "%% %s\n", table->notes[i]);
}

static void json_row(const struct rms_table *table, size_t row, struct rms_text *text)
{
  for (size_t c = 0; c < table->n_columns; c++) {
    const struct rms_table_cell *cell = &table->cells[row * table->n_columns + c];
    if (c) rms_text_add(text, ", ");
    rms_text_json(text, table->columns[c].key);
    rms_text_add(text, ": ");
    if (table->columns[c].is_text)
      rms_text_json(text, cell->text ? cell->text : "");
    else
      rms_text_double(text, cell->value);
  }
}

static void render_json(const struct rms_table *table, struct rms_text *text)
{
  rms_text_add(text, "{\"format\": \"rms-table/1\", \"title\": ");
  rms_text_json(text, table->title);
  rms_text_add(text, ",\n \"columns\": [");
  for (size_t c = 0; c < table->n_columns; c++) {
    rms_text_add(text, c ? ",\n  {\"key\": " : "\n  {\"key\": ");
    rms_text_json(text, table->columns[c].key);
    rms_text_add(text, ", \"name\": ");
    rms_text_json(text, table->columns[c].name);
    rms_text_add(text, ", \"unit\": ");
    rms_text_json(text, table->columns[c].unit);
    rms_text_add(text, "}");
  }
  rms_text_add(text, "],\n \"rows\": [");
  for (size_t row = 0; row < table->n_rows; row++) {
    rms_text_add(text, row ? ",\n  {" : "\n  {");
    json_row(table, row, text);
    rms_text_add(text, "}");
  }
  rms_text_add(text, "],\n \"notes\": [");
  for (size_t i = 0; i < table->n_notes; i++) {
    if (i) rms_text_add(text, ", ");
    rms_text_json(text, table->notes[i]);
  }
  rms_text_add(text, "]}\n");
}

static void render_html(const struct rms_table *table, struct rms_text *text)
{
  rms_html_table(text, table, NULL, 0);
  rms_html_notes(text, table);
}

int rms_table_render(const struct rms_table *table, enum rms_table_format format,
                     struct rms_text *text)
{
  static void (*const renderers[])(const struct rms_table *, struct rms_text *) = {
      [RMS_TABLE_TEXT] = render_text, [RMS_TABLE_MARKDOWN] = render_markdown,
      [RMS_TABLE_CSV] = render_csv,   [RMS_TABLE_LATEX] = render_latex,
      [RMS_TABLE_JSON] = render_json, [RMS_TABLE_HTML] = render_html,
  };
  renderers[format](table, text);
  return rms_text_status(text);
}
