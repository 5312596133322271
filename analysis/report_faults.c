/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The key figures, and what went wrong. */
#include <string.h>

#include "analysis/faults.h"
#include "analysis/html.h"
#include "analysis/report_parts.h"

enum { FAULTS_MOST = 100, FAULTS_OPEN = 20 }; /* listed, and seen at once */

struct counts {
  size_t n_cases, n_proved, n[RMS_FAULT_NONE + 1];
};

static struct counts count(const struct rms_comparison *cmp)
{
  struct counts counts = {.n_cases = cmp->n_cases};
  for (size_t i = 0; i < cmp->n_cases; i++) counts.n_proved += cmp->cases[i].is_proved;
  for (size_t i = 0; i < cmp->n_results; i++) counts.n[rms_fault_of(&cmp->results[i])]++;
  return counts;
}

static void add_key(struct rms_text *text, const char *name, size_t value, bool is_bad)
{
  rms_text_printf(text, "<div%s><dt>%s</dt><dd>%zu</dd></div>\n", is_bad ? " class=\"bad\"" : "",
                  name, value);
}

void rms_page_keys(struct rms_page *page)
{
  const struct counts c = count(page->cmp);
  rms_text_add(page->text, "<dl class=\"key\">\n");
  add_key(page->text, "runs", page->cmp->n_results, false);
  add_key(page->text, "solvers", page->cmp->n_labels, false);
  add_key(page->text, "instances", c.n_cases, false);
  add_key(page->text, "with a proved optimum", c.n_proved, false);
  add_key(page->text, "wrong answers", c.n[RMS_FAULT_WRONG], c.n[RMS_FAULT_WRONG]);
  add_key(page->text, "could not be judged", c.n[RMS_FAULT_UNVERIFIABLE],
          c.n[RMS_FAULT_UNVERIFIABLE]);
  add_key(page->text, "died", c.n[RMS_FAULT_DIED], c.n[RMS_FAULT_DIED]);
  add_key(page->text, "did not stop in time", c.n[RMS_FAULT_TIME], c.n[RMS_FAULT_TIME]);
  rms_text_add(page->text, "</dl>\n");
}

/* The text of the cell of that column; "" when there is none. */
static const char *cell_of(const struct rms_table *table, size_t row, const char *key)
{
  for (size_t c = 0; c < table->n_columns; c++)
    if (!strcmp(table->columns[c].key, key)) {
      const char *const text = table->cells[row * table->n_columns + c].text;
      return text ? text : "";
    }
  return "";
}

/* A row of the table of faults as a sentence: commands are too long for a table. */
static void add_fault(struct rms_text *text, const struct rms_table *table, size_t row)
{
  static const struct {
    const char *before, *key;
  } parts[] = {{"<li><strong>", "fault"},
               {"</strong>: <strong>", "solver"},
               {"</strong> on ", "instance"},
               {", seed ", "seed"},
               {", repeat ", "repeat"},
               {": ", "why"},
               {" <span class=\"dim\">(end ", "end"},
               {", claim ", "claim"},
               {", verdict ", "verdict"},
               {")</span><br><code>", "command"}};
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
    rms_text_add(text, parts[i].before);
    rms_html_text(text, cell_of(table, row, parts[i].key));
  }
  rms_text_add(text, "</code></li>\n");
}

static void add_fault_list(struct rms_page *page, const struct rms_table *faults)
{
  rms_html_element(page->text, "h3", "What went wrong");
  rms_text_add(page->text, "<ol class=\"faults\">\n");
  for (size_t row = 0; row < faults->n_rows && row < FAULTS_OPEN; row++)
    add_fault(page->text, faults, row);
  rms_text_add(page->text, "</ol>\n");
  if (faults->n_rows > FAULTS_OPEN) {
    rms_text_printf(page->text,
                    "<details>\n<summary>%zu more</summary>\n<ol class=\"faults\" "
                    "start=\"%d\">\n",
                    faults->n_rows - FAULTS_OPEN, FAULTS_OPEN + 1);
    for (size_t row = FAULTS_OPEN; row < faults->n_rows; row++) add_fault(page->text, faults, row);
    rms_text_add(page->text, "</ol>\n</details>\n");
  }
  rms_html_notes(page->text, faults);
  rms_page_command(page, "table", "--view faults", NULL);
}

int rms_page_faults(struct rms_page *page)
{
  int status;
  struct rms_table *faults = NULL, *verdicts = NULL;
  RMS_TRY(rms_faults_table(&faults, page->cmp, NULL, FAULTS_MOST));
  if (faults->n_rows)
    add_fault_list(page, faults);
  else
    rms_page_say(page, "Nothing went wrong: no refuted answer, and every process ended in order.");
  RMS_TRY(rms_verdicts_table(&verdicts, page->cmp, NULL));
  rms_page_table(page, verdicts, "Verdicts", "--view verdicts", NULL);
out:
  rms_table_free(verdicts);
  rms_table_free(faults);
  return status;
}
