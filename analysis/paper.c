/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/paper_parts.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "analysis/facts.h"
#include "analysis/faults.h"
#include "analysis/origin.h"
#include "analysis/rows.h"
#include "analysis/summary.h"
#include "instances/base/file.h"

/* Wider tables are for the screen; longer texts are for the Markdown. */
enum { COLUMNS_MOST = 14, TEXT_MOST = 60 };

/* A group's name as part of a file name. */
static void safe_name(const char *kind, const char *group, char *name, size_t size)
{
  int n = snprintf(name, size, "%s-%s", kind, *group ? group : "all");
  for (char *c = name; n > 0 && *c; c++)
    if (!isalnum((unsigned char)*c) && *c != '-' && *c != '_') *c = '-';
}

/* A summary has many columns and reads better across the page. */
static void add_float(struct rms_paper *p, const char *kind, const char *name,
                      const struct rms_table *table)
{
  const char *place = strcmp(kind, "summary") ? "table" : "sidewaystable";
  rms_text_printf(&p->all_tex,
                  "\\begin{%s}[htbp]\\centering\n"
                  "\\resizebox{\\ifdim\\width>\\linewidth\\linewidth\\else\\width\\fi}{!}"
                  "{\\input{tables/%s}}\n\\caption{",
                  place, name);
  rms_table_latex_text(&p->all_tex, table->title);
  rms_text_add(&p->all_tex, ". ");
  for (size_t i = 0; i < table->n_notes; i++) {
    rms_table_latex_text(&p->all_tex, table->notes[i]);
    rms_text_add(&p->all_tex, " ");
  }
  rms_text_printf(&p->all_tex, "}\n\\end{%s}\n\n", place);
}

/* The title says which table it is. */
static int name_table(struct rms_table *table, const char *what)
{
  struct rms_text text = {0};
  rms_text_printf(&text, "%s: %s", what, table->title);
  const char *const title = text.failed ? NULL : rms_arena_text(table->arena, text.data);
  rms_text_fini(&text);
  if (title) table->title = title;
  return title ? RMS_OK : RMS_E_NOMEM;
}

/* Tables with long texts in their cells do not fit on a page: they are in the Markdown alone. */
static bool fits_page(const struct rms_table *table)
{
  for (size_t i = 0; i < table->n_rows * table->n_columns; i++)
    if (table->cells[i].text && strlen(table->cells[i].text) > TEXT_MOST) return false;
  return true;
}

static int write_table(struct rms_paper *p, const char *kind, const char *what, const char *group,
                       struct rms_table *table, struct rms_error *err)
{
  int status;
  char name[128], file[192];
  struct rms_text text = {0};
  safe_name(kind, group, name, sizeof name);
  RMS_TRY(name_table(table, what));
  RMS_TRY(rms_table_render(table, RMS_TABLE_LATEX, &text));
  snprintf(file, sizeof file, "tables/%s.tex", name);
  RMS_TRY(rms_paper_file(p, file, "%", &text, err));
  if (fits_page(table)) add_float(p, kind, name, table);
  rms_text_clear(&text);
  RMS_TRY(rms_table_render(table, RMS_TABLE_MARKDOWN, &text));
  snprintf(file, sizeof file, "tables/%s.md", name);
  RMS_TRY(rms_paper_file(p, file, "<!--", &text, err));
  rms_text_bytes(&p->all_md, text.data, text.length);
  rms_text_add(&p->all_md, "\n");
out:
  rms_text_fini(&text);
  return status;
}

static bool has_proof(const struct rms_comparison *cmp, const char *group)
{
  for (size_t i = 0; i < cmp->n_results; i++)
    if (rms_in_group(&cmp->results[i], group) && rms_result_is_proof(&cmp->results[i])) return true;
  return false;
}

static int write_group(struct rms_paper *p, const char *group, struct rms_error *err)
{
  int status;
  struct rms_table *summary = NULL, *matrix = NULL, *proof = NULL;
  rms_text_printf(&p->all_md, "## %s\n\n", *group ? group : "All instances");
  RMS_TRY(rms_summary_table(&summary, p->cmp, group));
  RMS_TRY(write_table(p, "summary", "Summary", group, summary, err));
  RMS_TRY(rms_matrix_table(&matrix, p->cmp, group));
  if (matrix->n_columns <= COLUMNS_MOST)
    RMS_TRY(write_table(p, "matrix", "Solvers by instances", group, matrix, err));
  if (has_proof(p->cmp, group)) {
    RMS_TRY(rms_proof_table(&proof, p->cmp, group));
    RMS_TRY(write_table(p, "proof", "Proofs", group, proof, err));
  }
out:
  rms_table_free(proof);
  rms_table_free(matrix);
  rms_table_free(summary);
  return status;
}

/* What went wrong and what ran, at the end. */
static int write_appendix(struct rms_paper *p, struct rms_error *err)
{
  int status;
  struct rms_table *verdicts = NULL, *solvers = NULL, *facts = NULL;
  rms_text_add(&p->all_md, "## What was run\n\n");
  RMS_TRY(rms_verdicts_table(&verdicts, p->cmp, NULL));
  RMS_TRY(write_table(p, "verdicts", "Verdicts", "", verdicts, err));
  RMS_TRY(rms_solvers_table(&solvers, p->cmp, NULL));
  RMS_TRY(write_table(p, "solvers", "Solvers", "", solvers, err));
  RMS_TRY(rms_facts_table(&facts, p->records, err));
  RMS_TRY(write_table(p, "facts", "Facts", "", facts, err));
out:
  rms_table_free(facts);
  rms_table_free(solvers);
  rms_table_free(verdicts);
  return status;
}

static int add_head(struct rms_paper *p, struct rms_error *err)
{
  int status;
  size_t n_proved = 0, n_wrong = 0;
  for (size_t i = 0; i < p->cmp->n_cases; i++) n_proved += p->cmp->cases[i].is_proved;
  for (size_t i = 0; i < p->cmp->n_results; i++) n_wrong += p->cmp->results[i].is_wrong;
  rms_text_add(&p->all_md, "# Tables and figures\n\n");
  RMS_TRY(rms_records_origin(p->records, &p->all_md, err));
  rms_text_printf(&p->all_md,
                  ".\n\nOf %zu instances %zu were solved to proven optimality by at least one "
                  "solver. %zu of %zu runs gave a wrong answer. Every plan that is counted was "
                  "recomputed by a checker that shares no code with any solver; gaps are to the "
                  "best proven bound over all runs of the instance.\n\n",
                  p->cmp->n_cases, n_proved, n_wrong, p->cmp->n_results);
  RMS_TRY(rms_text_status(&p->all_md));
out:
  return status;
}

static int make_folders(const char *folder, struct rms_error *err)
{
  static const char *const names[] = {"tables", "numbers", "figures"};
  char path[PATH_MAX];
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    int n = snprintf(path, sizeof path, "%s/%s", folder, names[i]);
    if (n < 0 || (size_t)n >= sizeof path)
      return rms_error_set(err, RMS_E_IO, "%s: path is too long", folder);
    int status = rms_dir_make(path, err);
    if (status < 0) return status;
  }
  return RMS_OK;
}

int rms_paper_write(const char *folder, const struct rms_records *records,
                    const struct rms_comparison *cmp, struct rms_error *err)
{
  int status;
  struct rms_paper p = {.folder = folder, .records = records, .cmp = cmp};
  rms_hash_print(records->hash, p.hash);
  RMS_TRY(make_folders(folder, err));
  RMS_TRY(add_head(&p, err));
  for (size_t i = 0; i < cmp->n_groups; i++) RMS_TRY(write_group(&p, cmp->groups[i], err));
  RMS_TRY(rms_paper_figures(&p, err));
  RMS_TRY(write_appendix(&p, err));
  RMS_TRY(rms_text_status(&p.all_tex));
  RMS_TRY(rms_text_status(&p.all_md));
  RMS_TRY(rms_paper_file(&p, "tables/all.tex", "%", &p.all_tex, err));
  RMS_TRY(rms_paper_file(&p, "tables/all.md", "<!--", &p.all_md, err));
  RMS_TRY(rms_paper_numbers(&p, err));
out:
  rms_text_fini(&p.all_md);
  rms_text_fini(&p.all_tex);
  return status;
}
