/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The plan of merged runs: that of one which has all jobs, or the union; and the retries. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/merge_parts.h"
#include "instances/base/file.h"

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
  if (n) qsort(sorted, n, sizeof *sorted, rms_merge_compare_hashes);
  for (size_t s = 0; s < merge->n_sources && has_all; s++)
    for (size_t i = 0; i < (size_t)merge->sources[s].head.n_jobs && has_all; i++)
      has_all = n && bsearch(&merge->sources[s].jobs[i], sorted, n, sizeof *sorted,
                             rms_merge_compare_hashes);
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
  if (!places) return rms_merge_no_memory(err);
  n = 0;
  for (size_t s = 0; s < merge->n_sources; s++)
    for (size_t i = 0; i < (size_t)merge->sources[s].head.n_jobs; i++, n++)
      places[n] = (struct place){.job = merge->sources[s].jobs[i], .at = n};
  mark_first(places, n);
  add_head(merge, places, n, &text);
  add_lines(merge, places, &text);
  if (rms_text_status(&text)) RMS_TRY(rms_merge_no_memory(err));
  RMS_TRY(rms_file_write(path, text.data, text.length, err));
out:
  rms_text_fini(&text);
  free(places);
  return status;
}

int rms_merge_write_plan(const struct rms_merge *merge, const char *out, bool *is_whole,
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
  if (!access(from, F_OK)) RMS_TRY(rms_merge_copy_file(from, to, err));
out:
  return status;
}

int rms_merge_write_retries(const struct rms_merge *merge, const char *out, struct rms_error *err)
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
      if (is_new && rms_retries_add(&all, retry) < 0) RMS_TRY(rms_merge_no_memory(err));
    }
  }
  if (all.n) RMS_TRY(rms_retries_write(&all, out, err));
out:
  rms_retries_fini(&all);
  return status;
}
