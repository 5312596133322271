/* SPDX-License-Identifier: GPL-3.0-or-later */
/* merge_parts.h - the parts of writing a merged run: its record files (merge_records.c), its plan
 * and retries (merge_plan.c). Private to harness/merge*.c. */
#ifndef RMS_MERGE_PARTS_H
#define RMS_MERGE_PARTS_H

#include "harness/merge.h"

#define RMS_MERGE_FILE_MAX ((size_t)1 << 40) /* bytes of one file */

/* "merge: out of memory"; RMS_E_NOMEM. */
int rms_merge_no_memory(struct rms_error *err);

/* For qsort and bsearch over struct rms_hash. */
int rms_merge_compare_hashes(const void *a, const void *b);

/* Copy a file, unless there is one already: then it is the same. RMS_E_IO, RMS_E_NOMEM. */
int rms_merge_copy_file(const char *from, const char *to, struct rms_error *err);

/* How one file of a source is brought into the folder. */
typedef int rms_merge_copy_fn(const struct rms_merge_source *source, const char *from,
                              const char *to, struct rms_error *err);

/* A file of records, without the runs that lost a conflict and without void attempts; a last line
 * that is torn stays behind. Where the same launch came by two ways the longer file counts.
 * RMS_E_FORMAT when two files of one launch differ; RMS_E_IO, RMS_E_NOMEM. */
rms_merge_copy_fn rms_merge_copy_records;

/* plan.jsonl, and the sweep where one source has all jobs.
 *   is_whole [out] one has */
int rms_merge_write_plan(const struct rms_merge *merge, const char *out, bool *is_whole,
                         struct rms_error *err);

/* Retries with other limits go along; two for one job must be the same: RMS_E_USAGE. */
int rms_merge_write_retries(const struct rms_merge *merge, const char *out, struct rms_error *err);

#endif
