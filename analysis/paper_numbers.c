/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every number of the prose, as a LaTeX command and as a line of a table. */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "analysis/origin.h"
#include "analysis/paper_parts.h"
#include "analysis/rows.h"
#include "analysis/table.h"

struct numbers {
  struct rms_text tex, csv;
};

/* LaTeX commands have letters only: digits are spelled out, other characters dropped. */
static void command_name(struct rms_text *text, const char *name)
{
  static const char *const digits[] = {"Zero", "One", "Two",   "Three", "Four",
                                       "Five", "Six", "Seven", "Eight", "Nine"};
  bool upper = true;
  for (; *name; name++) {
    if (isdigit((unsigned char)*name))
      rms_text_add(text, digits[*name - '0']);
    else if (isalpha((unsigned char)*name))
      rms_text_printf(text, "%c", upper ? toupper((unsigned char)*name) : *name);
    upper = !isalpha((unsigned char)*name);
  }
}

static void add_text(struct numbers *n, const char *name, const char *meaning, const char *text)
{
  rms_text_add(&n->tex, "\\newcommand{\\rms");
  command_name(&n->tex, name);
  rms_text_printf(&n->tex, "}{%s}\n", *text ? text : "--");
  rms_table_csv_text(&n->csv, name);
  rms_text_printf(&n->csv, ",%s,%s\n", text, meaning);
}

static void add_number(struct numbers *n, const char *name, const char *meaning, int decimals,
                       double value)
{
  char text[64] = "";
  if (!isnan(value)) snprintf(text, sizeof text, "%.*f", decimals, value);
  add_text(n, name, meaning, text);
}

static void add_row_numbers(struct numbers *n, const struct rms_row *row)
{
  char name[128], time[64] = "";
  bool any = row->n_solved > 0;
  snprintf(name, sizeof name, "%s solved", row->label);
  add_number(n, name, "runs with a verified plan", 0, (double)row->n_solved);
  snprintf(name, sizeof name, "%s optimal", row->label);
  add_number(n, name, "runs whose plan is proved optimal", 0, (double)row->n_proved);
  snprintf(name, sizeof name, "%s gap mean", row->label);
  add_number(n, name, "mean gap to the best proven bound in percent", 2,
             any ? 100 * row->gap_bound : NAN);
  snprintf(name, sizeof name, "%s gap max", row->label);
  add_number(n, name, "largest gap to the best proven bound in percent", 2,
             any ? 100 * row->gap_bound_max : NAN);
  snprintf(name, sizeof name, "%s time", row->label);
  if (!isnan(row->time)) rms_seconds_text(time, sizeof time, row->time);
  add_text(n, name, "median total time in seconds", time);
}

/* \rmsOrigin: sweep, build, host and limits in one line. */
static int add_origin(struct rms_text *tex, const struct rms_records *records,
                      struct rms_error *err)
{
  int status;
  struct rms_text origin = {0};
  RMS_TRY(rms_records_origin(records, &origin, err));
  rms_text_add(tex, "\\newcommand{\\rmsOrigin}{");
  rms_table_latex_text(tex, origin.data);
  rms_text_add(tex, "}\n");
out:
  rms_text_fini(&origin);
  return status;
}

int rms_paper_numbers(struct rms_paper *p, struct rms_error *err)
{
  int status;
  struct numbers n = {{0}, {0}};
  struct rms_row *rows = NULL;
  size_t n_rows = 0, n_proved = 0, n_wrong = 0;
  for (size_t i = 0; i < p->cmp->n_cases; i++) n_proved += p->cmp->cases[i].is_proved;
  for (size_t i = 0; i < p->cmp->n_results; i++) n_wrong += p->cmp->results[i].is_wrong;

  rms_text_printf(&n.tex, "\\newcommand{\\rmsDataHash}{%s}\n", p->hash);
  RMS_TRY(add_origin(&n.tex, p->records, err));
  rms_text_printf(&n.csv, "name,value,meaning\ndata hash,%s,hash of the records\n", p->hash);
  add_number(&n, "runs", "finished runs", 0, (double)p->records->n_runs);
  add_number(&n, "instances", "instances", 0, (double)p->cmp->n_cases);
  add_number(&n, "proved", "instances solved to proven optimality by somebody", 0,
             (double)n_proved);
  add_number(&n, "wrong", "runs with a wrong answer", 0, (double)n_wrong);
  RMS_TRY(rms_rows_new(&rows, &n_rows, p->cmp->arena, p->cmp, NULL));
  for (size_t i = 0; i < n_rows; i++) add_row_numbers(&n, &rows[i]);
  RMS_TRY(rms_text_status(&n.tex));
  RMS_TRY(rms_text_status(&n.csv));
  RMS_TRY(rms_paper_file(p, "numbers/numbers.tex", "%", &n.tex, err));
  RMS_TRY(rms_paper_file(p, "numbers/numbers.csv", "#", &n.csv, err));
out:
  rms_text_fini(&n.csv);
  rms_text_fini(&n.tex);
  return status;
}
