/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The files of merged runs: records line by line, others as they are. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/merge_parts.h"
#include "instances/base/file.h"
#include "instances/base/json.h"

int rms_merge_compare_hashes(const void *a, const void *b)
{
  return rms_hash_compare(*(const struct rms_hash *)a, *(const struct rms_hash *)b);
}

/* Attempts that a retry with the same limits has made void stay behind. */
static bool is_void(const struct rms_retries *retries, struct rms_hash job, int64_t attempt)
{
  for (size_t i = 0; i < retries->n; i++) {
    const struct rms_retry *retry = &retries->items[i];
    if (!rms_hash_compare(retry->job, job) && !rms_hash_compare(retry->replacement, job) &&
        attempt <= retry->attempt)
      return true;
  }
  return false;
}

/* A run line is kept unless its job went to another source or its attempt is void. Not JSON: as
 * RMS_E_FORMAT. */
static int judge_line(const struct rms_merge_source *source, const char *line, size_t n,
                      bool *is_kept, struct rms_error *err)
{
  struct rms_document *doc = NULL;
  const char *type, *digits;
  struct rms_node env;
  struct rms_hash job;
  int64_t attempt = 1;
  bool found = false;
  int status = rms_document_parse(&doc, line, n, source->folder, err);
  if (status) return status;
  const struct rms_node root = rms_document_root(doc);
  *is_kept = true;
  RMS_TRY(rms_node_get_string(&root, "type", 1, 16, &type, err));
  if (strcmp(type, "run")) goto out;
  RMS_TRY(rms_node_get_string(&root, "job", 32, 32, &digits, err));
  RMS_TRY(rms_hash_parse(digits, &job));
  RMS_TRY(rms_node_find(&root, "env", &env, &found, err));
  if (found) RMS_TRY(rms_node_get_int(&env, "attempt", 1, INT64_MAX, &attempt, err));
  const bool is_dropped = source->n_dropped && bsearch(&job, source->dropped, source->n_dropped,
                                                       sizeof job, rms_merge_compare_hashes);
  *is_kept = !is_dropped && !is_void(&source->retries, job, attempt);
out:
  rms_document_free(doc);
  return status;
}

/* Whole lines only; a last one that is torn stays behind, as it does when a run is resumed. */
static int filter(const struct rms_merge_source *source, const char *bytes, size_t n,
                  struct rms_text *text, struct rms_error *err)
{
  const bool keeps_all = !source->n_dropped && !source->retries.n;
  const char *next;
  for (const char *at = bytes, *end = bytes + n; at < end; at = next + 1) {
    bool is_kept = true;
    next = memchr(at, '\n', (size_t)(end - at));
    if (!next) break;
    const bool is_last = next + 1 == end;
    if (!keeps_all || is_last) {
      const int status = judge_line(source, at, (size_t)(next - at), &is_kept, err);
      if (status == RMS_E_FORMAT && is_last) break;
      if (status) return status;
    }
    if (is_kept) rms_text_bytes(text, at, (size_t)(next + 1 - at));
  }
  return rms_text_status(text) ? rms_merge_no_memory(err) : RMS_OK;
}

/* Are all lines of `part` in `whole`, in the same order? */
static bool is_part_of(const char *part, size_t n_part, const char *whole, size_t n_whole)
{
  const char *const part_end = part + n_part, *const whole_end = whole + n_whole;
  while (part < part_end) {
    const char *end = memchr(part, '\n', (size_t)(part_end - part));
    const size_t n = (size_t)((end ? end + 1 : part_end) - part);
    bool found = false;
    while (whole < whole_end && !found) {
      const char *next = memchr(whole, '\n', (size_t)(whole_end - whole));
      const size_t m = (size_t)((next ? next + 1 : whole_end) - whole);
      found = m == n && !memcmp(part, whole, n);
      whole += m;
    }
    if (!found) return false;
    part += n;
  }
  return true;
}

/* The same launch may have come by two ways (a copy, an earlier merge): the longer file counts. */
static int put_records(const char *path, const struct rms_text *text, struct rms_error *err)
{
  char *old = NULL;
  size_t n = 0;
  int status = RMS_OK;
  const char *const bytes = text->length ? text->data : "";
  if (!access(path, F_OK)) {
    RMS_TRY(rms_file_read(path, RMS_MERGE_FILE_MAX, &old, &n, err));
    if (is_part_of(bytes, text->length, old, n)) goto out;
    if (!is_part_of(old, n, bytes, text->length)) {
      const char *name = strrchr(path, '/');
      RMS_TRY(rms_error_set(err, RMS_E_FORMAT,
                            "records%s: two of the runs have this file of one launch with "
                            "different lines: one of them was edited",
                            name ? name : path));
    }
  }
  RMS_TRY(rms_file_write(path, bytes, text->length, err));
out:
  free(old);
  return status;
}

int rms_merge_copy_records(const struct rms_merge_source *source, const char *from, const char *to,
                           struct rms_error *err)
{
  const size_t n_name = strlen(from);
  char *bytes = NULL;
  size_t n = 0;
  struct rms_text text = {0};
  int status = RMS_OK;
  if (n_name < 6 || strcmp(from + n_name - 6, ".jsonl")) return RMS_OK;
  RMS_TRY(rms_file_read(from, RMS_MERGE_FILE_MAX, &bytes, &n, err));
  RMS_TRY(filter(source, bytes, n, &text, err));
  if (text.length) RMS_TRY(put_records(to, &text, err));
out:
  rms_text_fini(&text);
  free(bytes);
  return status;
}

/* ---- other files ---- */

int rms_merge_copy_file(const char *from, const char *to, struct rms_error *err)
{
  char *bytes = NULL;
  size_t n = 0;
  int status = RMS_OK;
  if (!access(to, F_OK)) return RMS_OK;
  RMS_TRY(rms_file_read(from, RMS_MERGE_FILE_MAX, &bytes, &n, err));
  RMS_TRY(rms_file_write(to, bytes, n, err));
out:
  free(bytes);
  return status;
}
