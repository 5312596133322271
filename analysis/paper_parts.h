/* SPDX-License-Identifier: GPL-3.0-or-later */
/* paper_parts.h - the parts of the paper. Private to analysis/paper*.c. */
#ifndef RMS_PAPER_PARTS_H
#define RMS_PAPER_PARTS_H

#include "analysis/paper.h"
#include "instances/base/text.h"

struct rms_paper {
  const char *folder;
  char hash[RMS_HASH_TEXT];
  const struct rms_records *records;
  const struct rms_comparison *cmp;
  struct rms_text all_tex, all_md;
};

/* Write FOLDER/name with the hash of the records in its first line.
 *   comment [in] what begins a comment there; NULL: XML, whose comment goes behind the text */
int rms_paper_file(const struct rms_paper *p, const char *name, const char *comment,
                   const struct rms_text *body, struct rms_error *err);

/* numbers/numbers.tex, numbers/numbers.csv */
int rms_paper_numbers(struct rms_paper *p, struct rms_error *err);

/* figures/NAME.svg for each figure that the runs allow, named in p->all_md. */
int rms_paper_figures(struct rms_paper *p, struct rms_error *err);

#endif
