/* SPDX-License-Identifier: GPL-3.0-or-later */
/* progress.h - how far a launch is: one live line on a terminal, one plain line every ten seconds
 * otherwise. The clock is an argument. */
#ifndef RMS_PROGRESS_H
#define RMS_PROGRESS_H

#include <stdbool.h>
#include <stdio.h>

#include "instances/base/text.h"

struct rms_progress { /* zero-initialise, then set stream, is_live, columns, total */
  FILE *stream;       /* NULL: silent */
  bool is_live;
  int columns;
  size_t total, before; /* jobs of the plan; done by earlier launches */
  size_t done;          /* by this launch */
  size_t died;          /* ended by a signal, a limit of memory or CPU, or lost */
  size_t wrong;         /* verdicts that say the solver was wrong */
  char news[160];       /* newest result, "" */
  double started, shown;
};

/* Show what there is to show at time `now` (seconds, any origin, never going back). */
void rms_progress_show(struct rms_progress *progress, double now);
/* Leave the live line, so that other output begins on a line of its own. */
void rms_progress_leave(struct rms_progress *progress);

/* The line itself: "412/1000 41%  12.3/s  48 s left  3 died  1 WRONG  | news". */
void rms_progress_text(const struct rms_progress *progress, double now, struct rms_text *text);
/* "48 s", "12 min", "3.5 h", "2.1 d". */
void rms_duration_text(double seconds, struct rms_text *text);

#endif
