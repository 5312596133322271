/* SPDX-License-Identifier: GPL-3.0-or-later */
/* caveats.h - what a reader of a table must know of how its runs were made: one note each. */
#ifndef RMS_CAVEATS_H
#define RMS_CAVEATS_H

#include "analysis/compare.h"
#include "analysis/table.h"

/* Add notes about the runs of a group (NULL: all): what is mixed that a table does not mix unless
 * told to, limits of retries, ways in which memory was limited, and (under a
 * time limit) what their launches found doubtful about their machines. Launch lines that cannot be
 * read say nothing. RMS_E_NOMEM, RMS_E_LIMIT. */
int rms_caveats(struct rms_table *table, const struct rms_comparison *cmp, const char *group);

#endif
