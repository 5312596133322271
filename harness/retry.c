/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/retry.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/folder.h"
#include "harness/sweep.h"
#include "instances/base/file.h"
#include "instances/base/json.h"

static const char retry_format[] = "rms-retries/1";
#define RETRIES_FILE_MAX ((size_t)1 << 32)

int rms_retries_add(struct rms_retries *retries, const struct rms_retry *retry)
{
  if (rms_grow(&retries->items, &retries->capacity, retries->n + 1, sizeof *retry) < 0)
    return RMS_E_NOMEM;
  retries->items[retries->n++] = *retry;
  return RMS_OK;
}

void rms_retries_fini(struct rms_retries *retries)
{
  free(retries->items);
  *retries = (struct rms_retries){0};
}

static int get_hash(const struct rms_node *root, const char *name, struct rms_hash *hash,
                    struct rms_error *err)
{
  const char *digits;
  const int status = rms_node_get_string(root, name, 32, 32, &digits, err);
  if (status || !rms_hash_parse(digits, hash)) return status;
  return rms_node_error(root, err, "%s must be 32 lower-case hex digits", name);
}

static int get_number(const struct rms_node *root, const char *name, double lo, double *number,
                      struct rms_error *err)
{
  struct rms_node value;
  const int status = rms_node_get(root, name, &value, err);
  return status ? status : rms_node_double(&value, lo, 1e9, number, err);
}

static int read_retry(const struct rms_node *root, struct rms_retry *retry, struct rms_error *err)
{
  static const char *const names[] = {"job",  "attempt", "replacement", "time",
                                      "work", "cpu",     "memory",      NULL};
  int64_t work = -1, memory = 0;
  struct rms_node value;
  bool has_work = false;
  int status = RMS_OK;
  RMS_TRY(rms_node_fields(root, names, err));
  RMS_TRY(get_hash(root, "job", &retry->job, err));
  RMS_TRY(get_hash(root, "replacement", &retry->replacement, err));
  RMS_TRY(rms_node_get_int(root, "attempt", 1, INT64_MAX, &retry->attempt, err));
  RMS_TRY(get_number(root, "time", 1e-9, &retry->time, err));
  RMS_TRY(get_number(root, "cpu", 0, &retry->cpu, err));
  RMS_TRY(rms_node_get_int(root, "memory", 0, INT64_MAX, &memory, err));
  RMS_TRY(rms_node_find(root, "work", &value, &has_work, err));
  if (has_work) RMS_TRY(rms_node_get_int(root, "work", 0, INT64_MAX, &work, err));
  retry->work = has_work ? (uint64_t)work : UINT64_MAX;
  retry->memory = (uint64_t)memory;
out:
  return status;
}

static int read_line(struct rms_retries *retries, const char *line, size_t n, const char *origin,
                     bool is_first, struct rms_error *err)
{
  struct rms_document *doc = NULL;
  struct rms_retry retry;
  const char *format;
  int status = RMS_OK;
  RMS_TRY(rms_document_parse(&doc, line, n, origin, err));
  const struct rms_node root = rms_document_root(doc);
  if (is_first) {
    RMS_TRY(rms_node_get_string(&root, "format", 1, 64, &format, err));
    if (strcmp(format, retry_format))
      RMS_TRY(rms_node_error(&root, err, "format is \"%s\", must be \"%s\"", format, retry_format));
  } else {
    RMS_TRY(read_retry(&root, &retry, err));
    if (rms_retries_add(retries, &retry) < 0)
      RMS_TRY(rms_error_set(err, RMS_E_NOMEM, "%s: out of memory", origin));
  }
out:
  rms_document_free(doc);
  return status;
}

static int path_of(char path[PATH_MAX], const char *folder, struct rms_error *err)
{
  const int n = snprintf(path, PATH_MAX, "%s/retries.jsonl", folder);
  if (n > 0 && n < PATH_MAX) return RMS_OK;
  return rms_error_set(err, RMS_E_IO, "%.80s...: name is too long", folder);
}

int rms_retries_load(struct rms_retries *retries, const char *folder, struct rms_error *err)
{
  char path[PATH_MAX], origin[PATH_MAX + 32];
  char *bytes = NULL;
  size_t n = 0, number = 0;
  int status = path_of(path, folder, err);
  *retries = (struct rms_retries){0};
  if (status || access(path, F_OK)) return status;
  status = rms_file_read(path, RETRIES_FILE_MAX, &bytes, &n, err);
  for (const char *at = bytes; !status && n;) {
    const char *end = memchr(at, '\n', n);
    const size_t length = end ? (size_t)(end - at) : n;
    snprintf(origin, sizeof origin, "%s:%zu", path, ++number);
    status = read_line(retries, at, length, origin, number == 1, err);
    n -= end ? length + 1 : length;
    at += length + 1;
  }
  free(bytes);
  if (status) rms_retries_fini(retries);
  return status;
}

int rms_retries_write(const struct rms_retries *retries, const char *folder, struct rms_error *err)
{
  char path[PATH_MAX], old[RMS_HASH_TEXT], new[RMS_HASH_TEXT];
  struct rms_text text = {0};
  int status = RMS_OK;
  RMS_TRY(path_of(path, folder, err));
  rms_text_printf(&text, "{\"format\":\"%s\"}\n", retry_format);
  for (size_t i = 0; i < retries->n; i++) {
    const struct rms_retry *retry = &retries->items[i];
    rms_hash_print(retry->job, old);
    rms_hash_print(retry->replacement, new);
    rms_text_printf(&text,
                    "{\"job\":\"%s\",\"attempt\":%" PRId64 ",\"replacement\":\"%s\",\"time\":", old,
                    retry->attempt, new);
    rms_text_double(&text, retry->time);
    if (retry->work != UINT64_MAX) rms_text_printf(&text, ",\"work\":%" PRIu64, retry->work);
    rms_text_add(&text, ",\"cpu\":");
    rms_text_double(&text, retry->cpu);
    rms_text_printf(&text, ",\"memory\":%" PRIu64 "}\n", retry->memory);
  }
  if (rms_text_status(&text)) RMS_TRY(rms_error_set(err, RMS_E_NOMEM, "%s: out of memory", path));
  RMS_TRY(rms_file_write(path, text.data, text.length, err));
out:
  rms_text_fini(&text);
  return status;
}

/* ---- into the plan ---- */

static int compare_retries(const void *a, const void *b)
{
  const struct rms_retry *x = a, *y = b;
  return rms_hash_compare(x->job, y->job);
}

static int replace(const struct rms_retry *retry, struct rms_job *job, struct rms_error *err)
{
  job->limits.time = retry->time;
  job->limits.cpu = retry->cpu;
  job->limits.work = retry->work;
  job->limits.memory = retry->memory;
  if (rms_job_identify(job) < 0) return rms_error_set(err, RMS_E_NOMEM, "plan: out of memory");
  if (!rms_hash_compare(job->id, retry->replacement)) return RMS_OK;
  return rms_error_set(err, RMS_E_FORMAT,
                       "retries.jsonl: the replacement of a job of %s has another identity now: "
                       "remove its line and ask for the retry again",
                       job->label);
}

/* Those that have another identity, sorted by what they replace. malloc'ed. */
static int sort_replacements(const struct rms_retries *retries, struct rms_retry **result,
                             size_t *n, struct rms_error *err)
{
  struct rms_retry *sorted = calloc(retries->n + 1, sizeof *sorted);
  if (!sorted) return rms_error_set(err, RMS_E_NOMEM, "plan: out of memory");
  *n = 0;
  for (size_t i = 0; i < retries->n; i++)
    if (rms_hash_compare(retries->items[i].job, retries->items[i].replacement))
      sorted[(*n)++] = retries->items[i];
  if (*n) qsort(sorted, *n, sizeof *sorted, compare_retries);
  *result = sorted;
  return RMS_OK;
}

static const struct rms_retry *find_replacement(const struct rms_retry *sorted, size_t n,
                                                struct rms_hash job)
{
  const struct rms_retry key = {.job = job};
  return n ? bsearch(&key, sorted, n, sizeof *sorted, compare_retries) : NULL;
}

int rms_retries_apply(const struct rms_retries *retries, struct rms_sweep *sweep,
                      struct rms_error *err)
{
  size_t n = 0;
  struct rms_retry *sorted = NULL;
  int status = sort_replacements(retries, &sorted, &n, err);
  for (size_t i = 0; i < sweep->n_jobs && n && !status; i++) {
    /* A replacement may have been replaced in turn. */
    for (size_t steps = 0; steps <= n && !status; steps++) {
      const struct rms_retry *found = find_replacement(sorted, n, sweep->jobs[i].id);
      if (!found) break;
      status = replace(found, &sweep->jobs[i], err);
    }
  }
  free(sorted);
  return status;
}

int rms_retries_follow(const struct rms_retries *retries, struct rms_folder_job *jobs,
                       size_t n_jobs, struct rms_error *err)
{
  size_t n = 0;
  struct rms_retry *sorted = NULL;
  const int status = sort_replacements(retries, &sorted, &n, err);
  for (size_t i = 0; i < n_jobs && n && !status; i++)
    for (size_t steps = 0; steps <= n; steps++) {
      const struct rms_retry *found = find_replacement(sorted, n, jobs[i].id);
      if (!found) break;
      jobs[i].id = found->replacement;
    }
  free(sorted);
  return status;
}
