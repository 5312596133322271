/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The runs to be merged: read, and their conflicts found. */
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/merge_parts.h"
#include "instances/base/file.h"
#include "instances/base/json.h"

int rms_merge_no_memory(struct rms_error *err)
{
  return rms_error_set(err, RMS_E_NOMEM, "merge: out of memory");
}

/* ---- reading the sources ---- */

static int compare_launches(const void *a, const void *b)
{
  return strcmp(((const struct rms_launch *)a)->name, ((const struct rms_launch *)b)->name);
}

static int read_launches(struct rms_merge_source *source, struct rms_error *err)
{
  const struct rms_records *records = source->records;
  source->launches = calloc(records->n_launches + 1, sizeof *source->launches);
  if (!source->launches) return rms_merge_no_memory(err);
  for (size_t i = 0; i < records->n_launches; i++) {
    const int status = rms_launch_read(&source->launches[i], records->launches[i], err);
    if (status) return status;
    source->n_launches++;
  }
  if (source->n_launches)
    qsort(source->launches, source->n_launches, sizeof *source->launches, compare_launches);
  return RMS_OK;
}

static int read_plan_line(const char *line, size_t n, const char *origin, struct rms_hash *job,
                          struct rms_error *err)
{
  struct rms_document *doc = NULL;
  const char *digits;
  int status = rms_document_parse(&doc, line, n, origin, err);
  if (status) return status;
  const struct rms_node root = rms_document_root(doc);
  status = rms_node_get_string(&root, "job", 32, 32, &digits, err);
  if (!status && rms_hash_parse(digits, job))
    status = rms_node_error(&root, err, "job must be 32 lower-case hex digits");
  rms_document_free(doc);
  return status;
}

/* The jobs of plan.jsonl, in order. */
static int read_plan(struct rms_merge_source *source, struct rms_error *err)
{
  char path[PATH_MAX];
  const size_t n_jobs = (size_t)source->head.n_jobs;
  size_t n = 0;
  int status = RMS_OK;
  snprintf(path, sizeof path, "%.4000s/plan.jsonl", source->folder);
  RMS_TRY(rms_file_read(path, RMS_MERGE_FILE_MAX, &source->plan, &source->plan_bytes, err));
  if (n_jobs > source->plan_bytes) /* bounds what a wrong head may ask for */
    RMS_TRY(
        rms_error_set(err, RMS_E_FORMAT, "%s: %zu jobs are announced and not there", path, n_jobs));
  source->jobs = calloc(n_jobs + 1, sizeof *source->jobs);
  if (!source->jobs) RMS_TRY(rms_merge_no_memory(err));
  const char *const end = source->plan + source->plan_bytes;
  const char *at = memchr(source->plan, '\n', source->plan_bytes);
  while (at && ++at < end && n < n_jobs) {
    const char *next = memchr(at, '\n', (size_t)(end - at));
    const size_t length = (size_t)((next ? next : end) - at);
    RMS_TRY(read_plan_line(at, length, path, &source->jobs[n++], err));
    at = next;
  }
  if (n < n_jobs)
    RMS_TRY(rms_error_set(err, RMS_E_FORMAT, "%s: has %zu jobs instead of %zu", path, n, n_jobs));
out:
  return status;
}

static int read_source(struct rms_merge_source *source, struct rms_error *err)
{
  char owner[192];
  int status = RMS_OK;
  RMS_TRY(rms_folder_read_head(source->folder, &source->head, err));
  if (rms_folder_is_busy(source->folder, owner, NULL))
    RMS_TRY(rms_error_set(err, RMS_E_USAGE, "%s: a launch is at work in it (%s): wait for its end",
                          source->folder, owner));
  RMS_TRY(rms_retries_load(&source->retries, source->folder, err));
  RMS_TRY(rms_records_load(&source->records, source->folder, err));
  RMS_TRY(read_launches(source, err));
  RMS_TRY(read_plan(source, err));
out:
  return status;
}

/* ---- conflicts ---- */

struct entry {
  const struct rms_run *run;
  size_t source;
};

static int compare_entries(const void *a, const void *b)
{
  const struct entry *x = a, *y = b;
  const int order = rms_hash_compare(x->run->job, y->run->job);
  return order ? order : (x->source > y->source) - (x->source < y->source);
}

static int compare_name(const void *name, const void *launch)
{
  return strcmp(name, ((const struct rms_launch *)launch)->name);
}

static const char *build_of(const struct rms_merge_source *source, const struct rms_run *run)
{
  const struct rms_launch *found = NULL;
  if (source->n_launches && run->launch)
    found = bsearch(run->launch, source->launches, source->n_launches, sizeof *found, compare_name);
  return found ? found->source : "";
}

static void put_numbers(struct rms_text *text, const char *name, double a, double b)
{
  rms_text_printf(text, "%s ", name);
  rms_text_double(text, a);
  rms_text_add(text, " / ");
  rms_text_double(text, b);
}

/* The first thing that differs, the most telling first. */
static void describe(const struct rms_run *a, const struct rms_run *b, struct rms_text *text)
{
  const struct {
    const char *name, *a, *b;
  } words[] = {{"verdict", a->verdict, b->verdict},
               {"end", rms_end_text(a->end), rms_end_text(b->end)},
               {"claim", rms_claim_text(a->claim), rms_claim_text(b->claim)}};
  for (int k = 0; k < a->n_objectives && k < b->n_objectives; k++)
    if (a->objective[k] < b->objective[k] || a->objective[k] > b->objective[k]) {
      put_numbers(text, "objective", a->objective[k], b->objective[k]);
      return;
    }
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (strcmp(words[i].a, words[i].b)) {
      rms_text_printf(text, "%s %s / %s", words[i].name, words[i].a, words[i].b);
      return;
    }
  if (rms_hash_compare(a->solution, b->solution))
    rms_text_add(text, "another solution of the same objective");
  else if (a->bound < b->bound || a->bound > b->bound)
    put_numbers(text, "bound", a->bound, b->bound);
  else
    rms_text_add(text, "work, evaluations or trace");
}

/* *differ: do two runs of one job contradict each other? Then `text` says in what. */
static int compare_runs(const struct rms_merge *merge, const struct entry *a, const struct entry *b,
                        bool *differ, struct rms_text *text)
{
  struct rms_text x = {0}, y = {0};
  int status = RMS_OK;
  const char *const builds[] = {build_of(&merge->sources[a->source], a->run),
                                build_of(&merge->sources[b->source], b->run)};
  *differ = false;
  /* A lost run says nothing about its job. */
  if (a->run->end == RMS_END_LOST || b->run->end == RMS_END_LOST) return RMS_OK;
  RMS_TRY(rms_run_write(a->run, false, &x));
  RMS_TRY(rms_run_write(b->run, false, &y));
  const bool has_other_build = strcmp(builds[0], builds[1]) != 0;
  const bool has_other_result = strcmp(x.data, y.data) != 0;
  *differ = has_other_result || (has_other_build && !a->run->is_work_limited);
  if (!*differ) goto out;
  if (has_other_result) describe(a->run, b->run, text);
  if (has_other_build)
    rms_text_printf(text, "%sbuild %s / %s", has_other_result ? ", " : "", builds[0], builds[1]);
  status = rms_text_status(text);
out:
  rms_text_fini(&y);
  rms_text_fini(&x);
  return status;
}

static int add_conflict(struct rms_merge *merge, const struct entry *a, const struct entry *b,
                        const struct rms_text *what)
{
  if (rms_grow(&merge->conflicts, &merge->conflicts_capacity, merge->n_conflicts + 1,
               sizeof *merge->conflicts) < 0)
    return RMS_E_NOMEM;
  struct rms_merge_conflict *conflict = &merge->conflicts[merge->n_conflicts++];
  *conflict =
      (struct rms_merge_conflict){.run = {a->run, b->run}, .source = {a->source, b->source}};
  snprintf(conflict->what, sizeof conflict->what, "%s", what->data ? what->data : "");
  return RMS_OK;
}

static int drop(struct rms_merge_source *source, struct rms_hash job)
{
  if (rms_grow(&source->dropped, &source->dropped_capacity, source->n_dropped + 1,
               sizeof *source->dropped) < 0)
    return RMS_E_NOMEM;
  source->dropped[source->n_dropped++] = job; /* jobs come in order */
  return RMS_OK;
}

static bool is_newer(const struct rms_run *a, const struct rms_run *b)
{
  return !isnan(a->started) && !(b->started >= a->started);
}

/* The runs of one job, in the order of the sources: every one against the one that is kept. */
static int decide(struct rms_merge *merge, const struct entry *entries, size_t n,
                  enum rms_merge_keep keep)
{
  const struct entry *kept = &entries[0];
  struct rms_text what = {0};
  int status = RMS_OK;
  for (size_t i = 1; i < n; i++) {
    const bool is_better = kept->run->end == RMS_END_LOST && entries[i].run->end != RMS_END_LOST;
    const bool is_chosen = keep == RMS_MERGE_NEWEST && entries[i].run->end != RMS_END_LOST &&
                           is_newer(entries[i].run, kept->run);
    if (is_better || is_chosen) kept = &entries[i];
  }
  for (size_t i = 0; i < n; i++) {
    bool differ = false;
    if (&entries[i] == kept) continue;
    rms_text_clear(&what);
    const struct entry *const first = &entries[i] < kept ? &entries[i] : kept;
    const struct entry *const second = &entries[i] < kept ? kept : &entries[i];
    RMS_TRY(compare_runs(merge, first, second, &differ, &what));
    if (!differ) continue;
    RMS_TRY(add_conflict(merge, first, second, &what));
    RMS_TRY(drop(&merge->sources[entries[i].source], entries[i].run->job));
  }
out:
  rms_text_fini(&what);
  return status;
}

static int find_conflicts(struct rms_merge *merge, enum rms_merge_keep keep, struct rms_error *err)
{
  size_t n = 0, end;
  int status = RMS_OK;
  for (size_t s = 0; s < merge->n_sources; s++) n += merge->sources[s].records->n_runs;
  struct entry *entries = calloc(n + 1, sizeof *entries);
  if (!entries) return rms_merge_no_memory(err);
  n = 0;
  for (size_t s = 0; s < merge->n_sources; s++)
    for (size_t i = 0; i < merge->sources[s].records->n_runs; i++)
      entries[n++] = (struct entry){.run = &merge->sources[s].records->runs[i], .source = s};
  if (n) qsort(entries, n, sizeof *entries, compare_entries);
  for (size_t i = 0; i < n && !status; i = end) {
    for (end = i + 1; end < n; end++)
      if (rms_hash_compare(entries[i].run->job, entries[end].run->job)) break;
    merge->n_shared += end - i > 1;
    status = decide(merge, &entries[i], end - i, keep);
  }
  free(entries);
  return status ? rms_merge_no_memory(err) : RMS_OK;
}

/* ---- the whole ---- */

int rms_merge_open(struct rms_merge *merge, const char *const *folders, size_t n,
                   enum rms_merge_keep keep, struct rms_error *err)
{
  int status = RMS_OK;
  *merge = (struct rms_merge){.sources = calloc(n, sizeof *merge->sources)};
  if (!merge->sources) RMS_TRY(rms_merge_no_memory(err));
  for (size_t i = 0; i < n; i++) {
    merge->sources[merge->n_sources++].folder = folders[i];
    RMS_TRY(read_source(&merge->sources[i], err));
  }
  RMS_TRY(find_conflicts(merge, keep, err));
out:
  if (status) rms_merge_fini(merge);
  return status;
}

void rms_merge_fini(struct rms_merge *merge)
{
  for (size_t i = 0; i < merge->n_sources; i++) {
    struct rms_merge_source *source = &merge->sources[i];
    free(source->dropped);
    free(source->jobs);
    free(source->plan);
    free(source->launches);
    rms_records_free(source->records);
    rms_retries_fini(&source->retries);
  }
  free(merge->conflicts);
  free(merge->sources);
  *merge = (struct rms_merge){0};
}
