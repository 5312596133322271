/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/report.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/facts.h"
#include "analysis/faults.h"
#include "analysis/html.h"
#include "analysis/origin.h"
#include "analysis/report_parts.h"
#include "analysis/rows.h"
#include "analysis/summary.h"

enum { FAULTS_MOST = 100, FAULTS_OPEN = 20 }; /* listed, and seen at once */

/* ---- what happened -----------------------------------------------------------------------------
 */

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

static void add_keys(struct rms_page *page)
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

static void add_warnings(struct rms_text *text, const struct rms_table *facts)
{
  if (!facts->n_notes) return;
  rms_text_add(text, "<section class=\"warn\" aria-label=\"Warnings\">\n<ul>\n");
  for (size_t i = 0; i < facts->n_notes; i++) rms_html_element(text, "li", facts->notes[i]);
  rms_text_add(text, "</ul>\n</section>\n");
}

static void add_facts(struct rms_page *page, const struct rms_table *facts)
{
  rms_text_add(page->text, "<div class=\"facts\">\n");
  rms_page_table(page, facts, "Facts", "--view facts", NULL);
  rms_text_add(page->text, "</div>\n");
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

static int add_faults(struct rms_page *page)
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

/* ---- the tables of a group ---------------------------------------------------------------------
 */

static bool has_proof(const struct rms_comparison *cmp, const char *group)
{
  for (size_t i = 0; i < cmp->n_results; i++)
    if (rms_in_group(&cmp->results[i], group) && rms_result_is_proof(&cmp->results[i])) return true;
  return false;
}

static int add_proof(struct rms_page *page, const char *group)
{
  int status = RMS_OK;
  struct rms_table *table = NULL;
  if (!has_proof(page->cmp, group)) {
    rms_page_say(page, "No table of proofs: no run here proved its own answer.");
    return RMS_OK;
  }
  RMS_TRY(rms_proof_table(&table, page->cmp, group));
  rms_page_table(page, table, "Proofs", "--view proof", group);
out:
  rms_table_free(table);
  return status;
}

static bool is_run_in(const struct rms_comparison *cmp, const char *group, const char *label)
{
  for (size_t i = 0; i < cmp->n_results; i++)
    if (rms_in_group(&cmp->results[i], group) && !strcmp(rms_label_of(&cmp->results[i]), label))
      return true;
  return false;
}

/* What a reader compares with when he names nothing: the method that was published. */
static const char *reference_of(const struct rms_page *page, const char *group)
{
  static const char *const published[] = {"miso", "mig-serving"};
  if (page->report->against)
    return is_run_in(page->cmp, group, page->report->against) ? page->report->against : NULL;
  for (size_t i = 0; i < sizeof published / sizeof *published; i++)
    if (is_run_in(page->cmp, group, published[i])) return published[i];
  return NULL;
}

static int add_pairs(struct rms_page *page, const char *group, struct rms_error *err)
{
  int status = RMS_OK;
  struct rms_table *table = NULL;
  struct rms_text options = {0};
  const char *const against = reference_of(page, group);
  if (!against) {
    rms_page_say(page,
                 "No table of pairs: neither miso nor mig-serving ran here; --against LABEL names "
                 "another reference.");
    return RMS_OK;
  }
  RMS_TRY(rms_pairs_table(&table, page->cmp, group, against, err));
  if (!table->n_rows) goto out;
  rms_text_add(&options, "--view pairs --against ");
  rms_shell_word(&options, against);
  RMS_TRY(rms_text_status(&options));
  rms_page_table(page, table, "Pairs", options.data, group);
out:
  rms_text_fini(&options);
  rms_table_free(table);
  return status;
}

/* The three greatest powers of ten that the limits reach; 0: no run has a trace with CPU times. */
static size_t choose_times(const struct rms_comparison *cmp, const char *group, double times[3])
{
  static const double all[] = {1e-3, 1e-2, 1e-1, 1, 10, 60, 600, 3600};
  double limit = 0;
  size_t n = 0, last = 0;
  for (size_t i = 0; i < cmp->n_results; i++) {
    const struct rms_run *const run = cmp->results[i].run;
    if (!rms_in_group(&cmp->results[i], group) || !run->n_trace || isnan(run->trace[0].cpu))
      continue;
    limit = fmax(limit, fmin(run->limit_time, run->limit_cpu));
  }
  while (last < sizeof all / sizeof *all && all[last] <= limit) last++;
  for (size_t i = last > 3 ? last - 3 : 0; i < last; i++) times[n++] = all[i];
  return n;
}

static int add_anytime(struct rms_page *page, const char *group)
{
  int status = RMS_OK;
  char options[96];
  double times[3] = {0};
  struct rms_table *table = NULL;
  if (page->cmp->results[0].run->is_work_limited) {
    rms_page_say(page,
                 "No table over time: the runs were limited by work, so times are no claims.");
    return RMS_OK;
  }
  const size_t n = choose_times(page->cmp, group, times);
  if (!n) {
    rms_page_say(page, "No table over time: no run here has a trace with processor times.");
    return RMS_OK;
  }
  RMS_TRY(rms_anytime_table(&table, page->cmp, group, times, n));
  int used = snprintf(options, sizeof options, "--view anytime --at ");
  for (size_t i = 0; i < n; i++)
    used += snprintf(options + used, sizeof options - (size_t)used, "%s%g", i ? "," : "", times[i]);
  rms_page_table(page, table, "Over time", options, group);
out:
  rms_table_free(table);
  return status;
}

static int add_group(struct rms_page *page, const char *group, struct rms_error *err)
{
  int status;
  struct rms_table *summary = NULL, *matrix = NULL;
  rms_html_element(page->text, "h3", *group ? group : "all instances");
  RMS_TRY(rms_summary_table(&summary, page->cmp, group));
  rms_page_table(page, summary, "Summary", "", group);
  RMS_TRY(rms_matrix_table(&matrix, page->cmp, group));
  rms_page_table(page, matrix, "Solvers by instances", "--view matrix", group);
  RMS_TRY(add_proof(page, group));
  RMS_TRY(add_pairs(page, group, err));
  RMS_TRY(add_anytime(page, group));
out:
  rms_table_free(matrix);
  rms_table_free(summary);
  return status;
}

/* ---- the page ----------------------------------------------------------------------------------
 */

static void open_section(struct rms_page *page, const char *id, const char *mode, const char *name)
{
  char tag[64];
  snprintf(tag, sizeof tag, "h2 id=\"%s%s\"", id, mode);
  rms_text_add(page->text, "<section>\n");
  rms_html_element(page->text, tag, name);
}

static void close_section(struct rms_page *page)
{
  rms_text_add(page->text, "</section>\n");
}

static int add_solvers(struct rms_page *page)
{
  int status;
  struct rms_table *table = NULL;
  RMS_TRY(rms_solvers_table(&table, page->cmp, NULL));
  rms_page_table(page, table, "Solvers", "--view solvers", NULL);
out:
  rms_table_free(table);
  return status;
}

static int add_groups(struct rms_page *page, struct rms_error *err)
{
  int status = RMS_OK;
  const size_t n = page->cmp->n_groups;
  for (size_t i = 0; i < n && i < RMS_REPORT_GROUPS; i++)
    RMS_TRY(add_group(page, page->cmp->groups[i], err));
  if (n > RMS_REPORT_GROUPS)
    rms_page_say(page, "%zu more groups are left out here; rms table shows them.",
                 n - RMS_REPORT_GROUPS);
out:
  return status;
}

static const struct {
  const char *id, *name;
} sections[] = {{"faults", "Verdicts"},
                {"results", "Results"},
                {"figures", "Figures"},
                {"plans", "Plans"},
                {"solvers", "Solvers"}};
enum { FAULTS, RESULTS, FIGURES, PLANS, SOLVERS, N_SECTIONS };

static int add_section(struct rms_page *page, size_t i, struct rms_error *err)
{
  switch (i) {
  case FAULTS: return add_faults(page);
  case RESULTS: return add_groups(page, err);
  case FIGURES: return rms_page_figures(page);
  case PLANS: return rms_page_plans(page);
  default: return add_solvers(page);
  }
}

static int add_part(struct rms_page *page, const char *mode, struct rms_error *err)
{
  int status = RMS_OK;
  char name[96];
  for (size_t i = 0; i < N_SECTIONS; i++) {
    snprintf(name, sizeof name, "%s%s", sections[i].name,
             !*mode         ? ""
             : *mode == 'w' ? " (work-limited runs)"
                            : " (time-limited runs)");
    open_section(page, sections[i].id, mode, name);
    if (i == FAULTS) add_keys(page);
    RMS_TRY(add_section(page, i, err));
    close_section(page);
  }
out:
  return status;
}

static void add_contents(struct rms_text *text, const struct rms_comparison *const parts[2],
                         const char *const modes[2])
{
  rms_text_add(text, "<nav aria-label=\"Contents\">\n<ul>\n");
  for (size_t p = 0; p < 2; p++)
    for (size_t i = 0; i < N_SECTIONS && parts[p]->n_results; i++)
      rms_text_printf(text, "<li><a href=\"#%s%s\">%s%s%s</a></li>\n", sections[i].id, modes[p],
                      sections[i].name, *modes[p] ? ", " : "", modes[p]);
  rms_text_add(text, "<li><a href=\"#facts\">What was run</a></li>\n</ul>\n</nav>\n");
}

static int add_head(struct rms_page *page, struct rms_error *err)
{
  int status;
  struct rms_text line = {0};
  rms_text_printf(&line, "Report of %s", page->report->folder);
  RMS_TRY(rms_text_status(&line));
  rms_page_open(page->text, line.data);
  rms_text_add(page->text, "<header>\n");
  rms_html_element(page->text, "h1", line.data);
  rms_text_clear(&line);
  RMS_TRY(rms_records_origin(page->report->records, &line, err));
  rms_html_element(page->text, "p class=\"dim\"", line.data);
out:
  rms_text_fini(&line);
  return status;
}

static int write_page(struct rms_page *page, const struct rms_comparison *const parts[2],
                      struct rms_error *err)
{
  int status;
  struct rms_table *facts = NULL;
  const bool is_both = parts[0]->n_results && parts[1]->n_results;
  const char *const modes[2] = {is_both ? "time" : "", is_both ? "work" : ""};
  RMS_TRY(rms_facts_table(&facts, page->report->records, err));
  RMS_TRY(add_head(page, err));
  add_contents(page->text, parts, modes);
  rms_text_add(page->text, "</header>\n<main>\n");
  add_warnings(page->text, facts);
  for (size_t p = 0; p < 2; p++) {
    page->cmp = parts[p];
    if (parts[p]->n_results) RMS_TRY(add_part(page, modes[p], err));
  }
  open_section(page, "facts", "", "What was run");
  facts->n_notes = 0; /* said at the top */
  add_facts(page, facts);
  close_section(page);
  rms_text_add(page->text, "</main>\n");
  rms_page_close(page->text);
  RMS_TRY(rms_text_status(page->text));
out:
  rms_table_free(facts);
  return status;
}

static bool has_label(const struct rms_comparison *cmp, const char *label)
{
  return cmp->n_labels && !strcmp(cmp->labels[rms_label_index(cmp, label)], label);
}

int rms_report_write(const struct rms_report *report, struct rms_text *text, struct rms_error *err)
{
  int status;
  struct rms_comparison *timed = NULL, *worked = NULL;
  struct rms_page page = {.report = report, .text = text};
  RMS_TRY(rms_compare(&timed, report->records, false, report->grouping));
  RMS_TRY(rms_compare(&worked, report->records, true, report->grouping));
  const struct rms_comparison *const parts[2] = {timed, worked};
  if (report->against && !has_label(timed, report->against) && !has_label(worked, report->against))
    RMS_TRY(
        rms_error_set(err, RMS_E_USAGE, "--against %.60s: no run has this label", report->against));
  RMS_TRY(write_page(&page, parts, err));
out:
  rms_comparison_free(worked);
  rms_comparison_free(timed);
  return status;
}
