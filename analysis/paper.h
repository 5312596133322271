/* SPDX-License-Identifier: GPL-3.0-or-later */
/* paper.h - the generated part of the paper: tables, and every number of the prose, from records.
 */
#ifndef RMS_PAPER_H
#define RMS_PAPER_H

#include "analysis/compare.h"

/* Write into `folder` (made when missing):
 *   tables/NAME.tex and tables/NAME.md   per group: summary-GROUP, matrix-GROUP, proof-GROUP; and
 *                                        verdicts-all, solvers-all, facts-all
 *   tables/all.tex, tables/all.md        all of them with captions, and the figures (in LaTeX those
 *                                        of which there is a PDF beside the SVG)
 *   figures/NAME.svg                     quality, proof, gap, target: those that the runs allow
 *   numbers/numbers.tex                  one \newcommand{\rms...}{value} per number of the prose
 *   numbers/numbers.csv                  name,value,meaning
 * Each file begins with a comment that holds the hash of the records behind it (records->hash), and
 * is written beside and renamed. Errors: RMS_E_IO, RMS_E_NOMEM. */
int rms_paper_write(const char *folder, const struct rms_records *records,
                    const struct rms_comparison *cmp, struct rms_error *err);

#endif
