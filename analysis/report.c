/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/report.h"

#include <stdio.h>
#include <string.h>

#include "analysis/facts.h"
#include "analysis/faults.h"
#include "analysis/html.h"
#include "analysis/origin.h"
#include "analysis/report_parts.h"
#include "analysis/rows.h"

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
  case FAULTS: return rms_page_faults(page);
  case RESULTS: return rms_page_groups(page, err);
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
    if (i == FAULTS) rms_page_keys(page);
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
