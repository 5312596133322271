/* SPDX-License-Identifier: GPL-3.0-or-later */
/* scan.h - what resuming must know of a record line, without building it: a strict reader of lines
 * as rms_run_write and the journal write them. It goes through the whole line, so that a damaged
 * one is not taken; whatever it does not expect it leaves to the complete reader (record.h), which
 * accepts or says what is wrong. About a tenth of its cost. */
#ifndef RMS_SCAN_H
#define RMS_SCAN_H

#include "harness/record.h"

struct rms_span { /* bytes of a line; a string without escapes */
  const char *at;
  size_t n;
};

enum rms_scan_kind { RMS_SCAN_RUN, RMS_SCAN_START, RMS_SCAN_LOST };
struct rms_scan { /* valid as long as the line */
  enum rms_scan_kind kind;
  struct rms_hash job;
  int64_t attempt;
  double started; /* NAN: not written down */
  /* of a run */
  enum rms_end end;
  int64_t rank;
  double wall; /* NAN */
  bool is_work_limited;
  struct rms_span instance, group, label, verdict, launch;
  struct rms_span content; /* the deterministic part: rms_run_write without `env` writes it and
                              "}\n" */
};

/* False: the line is something else, or not as we write it. *scan is set when true.
 *   line [in] n bytes, a newline or any other byte after them */
bool rms_scan_line(const char *line, size_t n, struct rms_scan *scan);

#endif
