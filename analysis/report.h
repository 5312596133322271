/* SPDX-License-Identifier: GPL-3.0-or-later */
/* report.h - everything that a run says, as one HTML page that needs no network: the tables of
 * `rms table`, the figures of `rms plot`, pictures of plans. Equal records give equal bytes. */
#ifndef RMS_REPORT_H
#define RMS_REPORT_H

#include "analysis/compare.h"
#include "instances/base/text.h"

struct rms_report {   /* what is asked for; all borrowed */
  const char *folder; /* of the run: where plans are, and what commands name */
  const struct rms_records *records;
  enum rms_grouping grouping;
  bool is_mixed;       /* --mix was given: commands repeat it */
  const char *against; /* the label that all are paired with; NULL: the published method, if any */
};

/* Add the page. Work-limited and time-limited runs have parts of their own. What cannot be shown
 * has a sentence that says why. The page is bounded: at most RMS_REPORT_GROUPS groups,
 * RMS_REPORT_ROWS rows a table, RMS_REPORT_PICTURES pictures of plans, whatever the number of runs.
 * RMS_E_USAGE when no run has the label `against`; RMS_E_FORMAT, RMS_E_NOMEM. */
enum { RMS_REPORT_GROUPS = 40, RMS_REPORT_ROWS = 200, RMS_REPORT_PICTURES = 6 };
int rms_report_write(const struct rms_report *report, struct rms_text *text, struct rms_error *err);

#endif
