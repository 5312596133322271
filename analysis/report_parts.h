/* SPDX-License-Identifier: GPL-3.0-or-later */
/* report_parts.h - the parts of a report. Private to analysis/report*.c. */
#ifndef RMS_REPORT_PARTS_H
#define RMS_REPORT_PARTS_H

#include "analysis/report.h"
#include "analysis/table.h"

struct rms_page {
  const struct rms_report *report;
  const struct rms_comparison *cmp; /* the runs of this part; borrowed, as the others */
  struct rms_text *text;            /* keeps its own failure, asked for at the end */
  size_t n_figures;                 /* so far: each has ids of its own */
};

/* Everything up to the first section, with style and script; the end. */
void rms_page_open(struct rms_text *text, const char *title);
void rms_page_close(struct rms_text *text);

/* Add a table in a frame that scrolls, its notes, and the command that gives it as CSV.
 *   what [in] before the title in the caption;  view [in] options of `rms table`;  group [in] or
 *   NULL */
void rms_page_table(struct rms_page *page, const struct rms_table *table, const char *what,
                    const char *view, const char *group);

/* "rms table FOLDER OPTIONS", "rms plot FOLDER OPTIONS" with what the report was asked for. */
void rms_page_command(struct rms_page *page, const char *verb, const char *options,
                      const char *group);

/* A sentence in place of what cannot be shown. */
__attribute__((format(printf, 2, 3))) void rms_page_say(struct rms_page *page, const char *fmt,
                                                        ...);

/* Add a picture with a caption below it; `svg` becomes part of the page. */
void rms_page_picture(struct rms_page *page, const char *svg, const char *label);

/* The figures that stand at the top: runs, instances, faults. */
void rms_page_keys(struct rms_page *page);
/* What went wrong, each with its command; runs by verdict and end. RMS_E_NOMEM. */
int rms_page_faults(struct rms_page *page);
/* The tables of each group. RMS_E_NOMEM; errors of rms_pairs_table. */
int rms_page_groups(struct rms_page *page, struct rms_error *err);

/* All figures that the runs allow; RMS_E_NOMEM. */
int rms_page_figures(struct rms_page *page);

/* Pictures of the best plans of a few instances, from different groups; RMS_E_NOMEM. */
int rms_page_plans(struct rms_page *page);

#endif
