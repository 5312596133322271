/* SPDX-License-Identifier: GPL-3.0-or-later */
/* records_parts.h - the parts of the reader of a run's records: files are cut into lines
 * (records_file.c), lines are understood and collected (records_line.c), and what was collected
 * becomes one run a job (records_settle.c). Private to harness/records*.c. */
#ifndef RMS_RECORDS_PARTS_H
#define RMS_RECORDS_PARTS_H

#include "harness/record.h"

enum { RMS_RECORDS_NAMES = 512 };

struct rms_record_start { /* one "start" line and what became of it */
  struct rms_hash job;
  int64_t attempt;
  double started; /* s since 1970 UTC; NAN: not written down */
  bool is_lost, has_run;
  const char *launch; /* its file is not closed; NULL: it is */
};

struct rms_records_loader {    /* zero-initialise; what is read so far */
  struct rms_records *records; /* owned until the end of loading */
  struct rms_error *err;
  size_t runs_capacity, launches_capacity, closings_capacity;
  struct rms_record_start *starts; /* of all files; the current one's begin at first_start */
  size_t n_starts, starts_capacity, first_start;
  /* the current file */
  const char *path;
  size_t line; /* from 1 */
  bool has_launch, is_closed;
  /* of a brief one */
  bool is_brief;
  bool is_unsure; /* two runs of one job differ: the complete reader decides */
  const char *names[RMS_RECORDS_NAMES]; /* copied into the arena, each at a place of its hash */
  struct rms_text text;                 /* scratch */
};

/* "PATH: out of memory"; RMS_E_NOMEM. */
int rms_records_no_memory(struct rms_records_loader *in);

/* Read one file, whose last line may be torn. RMS_E_IO, RMS_E_FORMAT (file and line), RMS_E_NOMEM.
 * Cost: linear; memory for its longest line and 1 MiB. */
int rms_records_read_file(struct rms_records_loader *in, const char *path);

/* Take one line without its newline.
 *   is_json [out] tells a torn line from one that says something wrong */
int rms_records_read_line(struct rms_records_loader *in, const char *line, size_t n, bool *is_json);

/* When all files are read: runs sorted by job, one a job; what retries of the folder replace left
 * out; hash and list of the unfinished. RMS_E_INTERNAL when two work-limited runs of a job differ;
 * RMS_E_FORMAT (retries), RMS_E_NOMEM. Cost: O(n log n). */
int rms_records_settle(struct rms_records_loader *in, const char *run_folder);

#endif
