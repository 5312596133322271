/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The folder of merged runs: record files line by line, plans, logs, and the plan. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/merge.h"
#include "instances/base/file.h"
#include "instances/base/json.h"

#define COPIED_FILE_MAX ((size_t)1 << 40)
static const char *const subfolders[] = {"records", "plans", "logs"};
static const char *const files[] = {"sweep.ini", "plan.jsonl", "retries.jsonl"};

static int no_memory(struct rms_error *err)
{
  return rms_error_set(err, RMS_E_NOMEM, "merge: out of memory");
}

/* ---- lines of a record file ---- */

static int compare_hashes(const void *a, const void *b)
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
                                                       sizeof job, compare_hashes);
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
  return rms_text_status(text) ? no_memory(err) : RMS_OK;
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
    RMS_TRY(rms_file_read(path, COPIED_FILE_MAX, &old, &n, err));
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

static int copy_records(const struct rms_merge_source *source, const char *from, const char *to,
                        struct rms_error *err)
{
  const size_t n_name = strlen(from);
  char *bytes = NULL;
  size_t n = 0;
  struct rms_text text = {0};
  int status = RMS_OK;
  if (n_name < 6 || strcmp(from + n_name - 6, ".jsonl")) return RMS_OK;
  RMS_TRY(rms_file_read(from, COPIED_FILE_MAX, &bytes, &n, err));
  RMS_TRY(filter(source, bytes, n, &text, err));
  if (text.length) RMS_TRY(put_records(to, &text, err));
out:
  rms_text_fini(&text);
  free(bytes);
  return status;
}

/* ---- other files ---- */

static int copy_file(const char *from, const char *to, struct rms_error *err)
{
  char *bytes = NULL;
  size_t n = 0;
  int status = RMS_OK;
  if (!access(to, F_OK)) return RMS_OK;
  RMS_TRY(rms_file_read(from, COPIED_FILE_MAX, &bytes, &n, err));
  RMS_TRY(rms_file_write(to, bytes, n, err));
out:
  free(bytes);
  return status;
}

/* A plan is named by its contents and never changed, so that a second name for it will do. */
static int copy_plan(const struct rms_merge_source *source, const char *from, const char *to,
                     struct rms_error *err)
{
  (void)source;
  return link(from, to) && errno != EEXIST ? copy_file(from, to, err) : RMS_OK;
}

static int copy_log(const struct rms_merge_source *source, const char *from, const char *to,
                    struct rms_error *err)
{
  (void)source;
  return copy_file(from, to, err);
}

static int compare_names(const struct dirent **a, const struct dirent **b)
{
  return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_visible(const struct dirent *entry)
{
  return entry->d_name[0] != '.' && !strstr(entry->d_name, ".tmp.");
}

typedef int copy_fn(const struct rms_merge_source *source, const char *from, const char *to,
                    struct rms_error *err);

static int copy_folder(const struct rms_merge_source *source, const char *out, const char *name,
                       copy_fn *copy, struct rms_error *err)
{
  char from[PATH_MAX], to[PATH_MAX], own[PATH_MAX], other[PATH_MAX];
  struct dirent **entries = NULL;
  int n = 0;
  int status = rms_path_join(from, source->folder, name, err);
  if (!status) status = rms_path_join(to, out, name, err);
  if (status) return status;
  n = scandir(from, &entries, is_visible, compare_names);
  if (n < 0 && errno != ENOENT)
    status = rms_error_set(err, RMS_E_IO, "%s: cannot read the folder: %s", from, strerror(errno));
  for (int i = 0; i < n; i++) {
    if (!status) status = rms_path_join(own, from, entries[i]->d_name, err);
    if (!status) status = rms_path_join(other, to, entries[i]->d_name, err);
    if (!status) status = copy(source, own, other, err);
    free(entries[i]);
  }
  free(entries);
  return status;
}

/* ---- the plan ---- */

/* The source whose plan has every job of the others; NULL: none. */
static const struct rms_merge_source *find_whole(const struct rms_merge *merge)
{
  const struct rms_merge_source *whole = &merge->sources[0];
  bool has_all = true;
  for (size_t i = 1; i < merge->n_sources; i++)
    if (merge->sources[i].head.n_jobs > whole->head.n_jobs) whole = &merge->sources[i];
  const size_t n = (size_t)whole->head.n_jobs;
  struct rms_hash *sorted = calloc(n + 1, sizeof *sorted);
  if (!sorted) return NULL;
  if (n) memcpy(sorted, whole->jobs, n * sizeof *sorted);
  if (n) qsort(sorted, n, sizeof *sorted, compare_hashes);
  for (size_t s = 0; s < merge->n_sources && has_all; s++)
    for (size_t i = 0; i < (size_t)merge->sources[s].head.n_jobs && has_all; i++)
      has_all = n && bsearch(&merge->sources[s].jobs[i], sorted, n, sizeof *sorted, compare_hashes);
  free(sorted);
  return has_all ? whole : NULL;
}

struct place { /* of a job in the union */
  struct rms_hash job;
  size_t at;
  bool is_first;
};

static int compare_places(const void *a, const void *b)
{
  const struct place *x = a, *y = b;
  const int order = rms_hash_compare(x->job, y->job);
  return order ? order : (x->at > y->at) - (x->at < y->at);
}

static int compare_order(const void *a, const void *b)
{
  const struct place *x = a, *y = b;
  return (x->at > y->at) - (x->at < y->at);
}

/* Marks the first of equal jobs; back in the order in which they came. */
static void mark_first(struct place *places, size_t n)
{
  if (!n) return;
  qsort(places, n, sizeof *places, compare_places);
  for (size_t i = 0; i < n; i++)
    places[i].is_first = !i || rms_hash_compare(places[i - 1].job, places[i].job);
  qsort(places, n, sizeof *places, compare_order);
}

static void add_name(const struct rms_merge *merge, struct rms_text *name)
{
  for (size_t s = 0; s < merge->n_sources; s++) {
    bool is_new = true;
    for (size_t k = 0; k < s && is_new; k++)
      is_new = strcmp(merge->sources[k].head.name, merge->sources[s].head.name) != 0;
    if (is_new && name->length + strlen(merge->sources[s].head.name) < 250)
      rms_text_printf(name, "%s%s", name->length ? "+" : "", merge->sources[s].head.name);
  }
}

static void add_head(const struct rms_merge *merge, const struct place *places, size_t n,
                     struct rms_text *text)
{
  char digits[RMS_HASH_TEXT];
  struct rms_text all = {0}, name = {0};
  size_t n_jobs = 0;
  for (size_t i = 0; i < n; i++) {
    if (!places[i].is_first) continue;
    n_jobs++;
    rms_hash_print(places[i].job, digits);
    rms_text_add(&all, digits);
  }
  rms_hash_print(rms_hash_bytes(all.length ? all.data : "", all.length), digits);
  add_name(merge, &name);
  rms_text_printf(text,
                  "{\"format\":\"rms-plan-list/1\",\"plan\":\"%s\",\"jobs\":%zu,\"sweep\":", digits,
                  n_jobs);
  rms_text_json(text, name.data ? name.data : "");
  rms_text_add(text, ",\"origin\":\"\"}\n");
  if (all.failed || name.failed) text->failed = true;
  rms_text_fini(&name);
  rms_text_fini(&all);
}

static void add_lines(const struct rms_merge *merge, const struct place *places,
                      struct rms_text *text)
{
  size_t number = 0;
  for (size_t s = 0; s < merge->n_sources; s++) {
    const struct rms_merge_source *source = &merge->sources[s];
    const char *const end = source->plan + source->plan_bytes;
    const char *at = memchr(source->plan, '\n', source->plan_bytes);
    for (size_t i = 0; i < (size_t)source->head.n_jobs && at; i++, number++) {
      const char *next = memchr(at + 1, '\n', (size_t)(end - at - 1));
      const size_t n = (size_t)((next ? next : end) - at - 1);
      if (places[number].is_first) {
        rms_text_bytes(text, at + 1, n);
        rms_text_add(text, "\n");
      }
      at = next;
    }
  }
}

static int write_union(const struct rms_merge *merge, const char *path, struct rms_error *err)
{
  size_t n = 0;
  struct rms_text text = {0};
  int status = RMS_OK;
  for (size_t s = 0; s < merge->n_sources; s++) n += (size_t)merge->sources[s].head.n_jobs;
  struct place *places = calloc(n + 1, sizeof *places);
  if (!places) return no_memory(err);
  n = 0;
  for (size_t s = 0; s < merge->n_sources; s++)
    for (size_t i = 0; i < (size_t)merge->sources[s].head.n_jobs; i++, n++)
      places[n] = (struct place){.job = merge->sources[s].jobs[i], .at = n};
  mark_first(places, n);
  add_head(merge, places, n, &text);
  add_lines(merge, places, &text);
  if (rms_text_status(&text)) RMS_TRY(no_memory(err));
  RMS_TRY(rms_file_write(path, text.data, text.length, err));
out:
  rms_text_fini(&text);
  free(places);
  return status;
}

static int write_plan(const struct rms_merge *merge, const char *out, bool *is_whole,
                      struct rms_error *err)
{
  const struct rms_merge_source *whole = find_whole(merge);
  char path[PATH_MAX], from[PATH_MAX], to[PATH_MAX];
  int status = RMS_OK;
  *is_whole = whole != NULL;
  RMS_TRY(rms_path_join(path, out, "plan.jsonl", err));
  if (!whole) return write_union(merge, path, err);
  RMS_TRY(rms_file_write(path, whole->plan, whole->plan_bytes, err));
  RMS_TRY(rms_path_join(from, whole->folder, "sweep.ini", err));
  RMS_TRY(rms_path_join(to, out, "sweep.ini", err));
  if (!access(from, F_OK)) RMS_TRY(copy_file(from, to, err));
out:
  return status;
}

/* Retries with other limits go along; two for one job must be the same. */
static int write_retries(const struct rms_merge *merge, const char *out, struct rms_error *err)
{
  struct rms_retries all = {0};
  int status = RMS_OK;
  for (size_t s = 0; s < merge->n_sources; s++) {
    const struct rms_retries *own = &merge->sources[s].retries;
    for (size_t i = 0; i < own->n; i++) {
      const struct rms_retry *retry = &own->items[i];
      bool is_new = rms_hash_compare(retry->job, retry->replacement) != 0;
      for (size_t k = 0; k < all.n && is_new; k++) {
        if (rms_hash_compare(all.items[k].job, retry->job)) continue;
        is_new = false;
        if (!rms_hash_compare(all.items[k].replacement, retry->replacement)) continue;
        RMS_TRY(rms_error_set(err, RMS_E_USAGE,
                              "%s: retries a job with other limits than a run before it does: such "
                              "runs cannot be one",
                              merge->sources[s].folder));
      }
      if (is_new && rms_retries_add(&all, retry) < 0) RMS_TRY(no_memory(err));
    }
  }
  if (all.n) RMS_TRY(rms_retries_write(&all, out, err));
out:
  rms_retries_fini(&all);
  return status;
}

/* ---- the folder ---- */

static int fill(const struct rms_merge *merge, const char *out, bool *is_whole,
                struct rms_error *err)
{
  static copy_fn *const copies[] = {copy_records, copy_plan, copy_log};
  struct rms_records *records = NULL;
  char path[PATH_MAX];
  int status = RMS_OK;
  for (size_t k = 0; k < sizeof copies / sizeof *copies; k++) {
    RMS_TRY(rms_path_join(path, out, subfolders[k], err));
    RMS_TRY(rms_dir_make(path, err));
    for (size_t s = 0; s < merge->n_sources; s++)
      RMS_TRY(copy_folder(&merge->sources[s], out, subfolders[k], copies[k], err));
  }
  RMS_TRY(write_plan(merge, out, is_whole, err));
  RMS_TRY(write_retries(merge, out, err));
  RMS_TRY(rms_records_load(&records, out, err)); /* it must be a run before it gets its name */
out:
  rms_records_free(records);
  return status;
}

/* What fill() has made, and nothing else. */
static void discard(const char *out)
{
  char path[PATH_MAX], name[PATH_MAX];
  for (size_t k = 0; k < sizeof subfolders / sizeof *subfolders; k++) {
    if (rms_path_join(path, out, subfolders[k], NULL)) continue;
    DIR *folder = opendir(path);
    const struct dirent *entry;
    while (folder && (entry = readdir(folder)))
      if (entry->d_name[0] != '.' && !rms_path_join(name, path, entry->d_name, NULL)) unlink(name);
    if (folder) closedir(folder);
    rmdir(path);
  }
  for (size_t k = 0; k < sizeof files / sizeof *files; k++)
    if (!rms_path_join(path, out, files[k], NULL)) unlink(path);
  rmdir(out);
}

/* Its parents are made; `beside` [out] is new and empty. */
static int make_beside(const char *out, char beside[PATH_MAX], struct rms_error *err)
{
  const int n = snprintf(beside, PATH_MAX, "%s", out);
  if (n <= 0 || n > PATH_MAX - 32)
    return rms_error_set(err, RMS_E_IO, "%.80s...: name is too long", out);
  char *slash = strrchr(beside, '/');
  if (slash && slash != beside) {
    *slash = 0;
    const int status = rms_dir_make(beside, err);
    if (status) return status;
    *slash = '/';
  }
  snprintf(beside + n, (size_t)(PATH_MAX - n), ".merge-XXXXXX");
  if (mkdtemp(beside) && !chmod(beside, 0777 & ~022U)) return RMS_OK;
  return rms_error_set(err, RMS_E_IO, "%s: cannot be made: %s", beside, strerror(errno));
}

int rms_merge_write(const struct rms_merge *merge, const char *out, bool *is_whole,
                    struct rms_error *err)
{
  char beside[PATH_MAX];
  size_t n = strlen(out);
  while (n > 1 && out[n - 1] == '/') n--; /* a name that can be renamed to */
  char name[PATH_MAX];
  if (n >= sizeof name) return rms_error_set(err, RMS_E_IO, "%.80s...: name is too long", out);
  memcpy(name, out, n);
  name[n] = 0;
  if (!access(name, F_OK))
    return rms_error_set(err, RMS_E_USAGE, "%s: is there already: choose another name", name);
  int status = make_beside(name, beside, err);
  if (status) return status;
  status = fill(merge, beside, is_whole, err);
  if (!status && rename(beside, name))
    status = rms_error_set(err, RMS_E_IO, "%s: cannot be renamed to %s: %s", beside, name,
                           strerror(errno));
  if (status) discard(beside);
  return status;
}
