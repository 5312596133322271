/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From lines to one run a job. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/records_parts.h"
#include "harness/retry.h"

const struct rms_run *rms_records_find(const struct rms_records *records, struct rms_hash job)
{
  size_t lo = 0, hi = records->n_runs;
  while (lo < hi) {
    const size_t mid = lo + (hi - lo) / 2;
    const int order = rms_hash_compare(job, records->runs[mid].job);
    if (!order) return &records->runs[mid];
    if (order < 0)
      hi = mid;
    else
      lo = mid + 1;
  }
  return NULL;
}

/* ---- runs of one job ---- */

static int compare_runs(const void *a, const void *b)
{
  const struct rms_run *x = a, *y = b;
  const int order = rms_hash_compare(x->job, y->job);
  if (order) return order;
  const int lost = (x->end == RMS_END_LOST) - (y->end == RMS_END_LOST);
  if (lost) return lost;
  if (x->attempt != y->attempt) return x->attempt < y->attempt ? -1 : 1;
  const int launch = strcmp(x->launch, y->launch);
  return launch ? launch : (x->rank > y->rank) - (x->rank < y->rank);
}

/* Only a run that nothing from outside has ended can be asked to be the same again. */
static bool is_reproducible(const struct rms_run *run)
{
  return run->is_work_limited && (run->end == RMS_END_EXIT || run->end == RMS_END_UNSUPPORTED);
}

static int compare_pair(struct rms_records_loader *in, const struct rms_run *a,
                        const struct rms_run *b)
{
  struct rms_error *err = in->err;
  int status = RMS_OK;
  struct rms_text x = {0}, y = {0};
  char job[RMS_HASH_TEXT];
  if (!is_reproducible(a) || !is_reproducible(b)) return RMS_OK;
  if (in->is_brief) {
    in->is_unsure = in->is_unsure || rms_hash_compare(a->content, b->content) != 0;
    return RMS_OK;
  }
  rms_hash_print(a->job, job);
  if (rms_run_write(a, false, &x) < 0 || rms_run_write(b, false, &y) < 0)
    RMS_TRY(rms_error_set(err, RMS_E_NOMEM, "records: out of memory"));
  if (strcmp(x.data, y.data))
    RMS_TRY(
        rms_error_set(err, RMS_E_INTERNAL,
                      "alarm: two work-limited runs of job %s differ (%s on %s; launches %s and "
                      "%s): the solver is not deterministic or the machine is not sound",
                      job, a->label, a->instance, a->launch, b->launch));
out:
  rms_text_fini(&y);
  rms_text_fini(&x);
  return status;
}

static int drop_duplicates(struct rms_records_loader *in)
{
  struct rms_records *records = in->records;
  size_t kept = 0;
  if (records->n_runs) qsort(records->runs, records->n_runs, sizeof *records->runs, compare_runs);
  for (size_t i = 0; i < records->n_runs; i++) {
    struct rms_run *run = &records->runs[i], *last = kept ? &records->runs[kept - 1] : NULL;
    if (!last || rms_hash_compare(last->job, run->job)) {
      records->runs[kept++] = *run;
      continue;
    }
    const int status = compare_pair(in, last, run);
    if (status) return status;
    records->n_duplicates++;
  }
  records->n_runs = kept;
  return RMS_OK;
}

/* ---- retries: what they replace does not count any more ---- */

static bool is_same_job(const struct rms_retry *retry)
{
  return !rms_hash_compare(retry->job, retry->replacement);
}

/* Highest attempt of the job that is void. */
static int64_t void_attempts(const struct rms_retries *retries, struct rms_hash job)
{
  int64_t highest = 0;
  for (size_t i = 0; i < retries->n; i++) {
    const struct rms_retry *retry = &retries->items[i];
    if (is_same_job(retry) && !rms_hash_compare(retry->job, job) && retry->attempt > highest)
      highest = retry->attempt;
  }
  return highest;
}

/* With the same limits: the attempt leaves the runs and was merely begun. */
static int drop_void(struct rms_records_loader *in, const struct rms_retries *retries)
{
  struct rms_records *records = in->records;
  size_t kept = 0;
  for (size_t i = 0; i < records->n_runs && retries->n; i++) {
    const struct rms_run *run = &records->runs[i];
    if (run->attempt > void_attempts(retries, run->job)) {
      records->runs[kept++] = *run;
      continue;
    }
    if (rms_grow(&in->starts, &in->starts_capacity, in->n_starts + 1, sizeof *in->starts) < 0)
      return rms_records_no_memory(in);
    in->starts[in->n_starts++] =
        (struct rms_record_start){.job = run->job, .attempt = run->attempt, .started = NAN};
  }
  if (retries->n) records->n_runs = kept;
  return RMS_OK;
}

/* With other limits: the old run stands until the new one is there. */
static int drop_replaced(struct rms_records_loader *in, const struct rms_retries *retries)
{
  struct rms_records *records = in->records;
  size_t kept = 0;
  bool *is_replaced = calloc(records->n_runs + 1, sizeof *is_replaced);
  if (!is_replaced) return rms_records_no_memory(in);
  for (size_t i = 0; i < retries->n; i++) {
    const struct rms_retry *retry = &retries->items[i];
    const struct rms_run *old = rms_records_find(records, retry->job);
    const struct rms_run *next = rms_records_find(records, retry->replacement);
    if (is_same_job(retry) || !next) continue;
    records->runs[next - records->runs].is_retry = true;
    if (old) is_replaced[old - records->runs] = true;
  }
  for (size_t i = 0; i < records->n_runs; i++)
    if (!is_replaced[i]) records->runs[kept++] = records->runs[i];
  records->n_runs = kept;
  free(is_replaced);
  return RMS_OK;
}

/* ---- what follows from the runs ---- */

static int compute_hash(struct rms_records *records)
{
  struct rms_text line = {0}, all = {0};
  int status = RMS_OK;
  for (size_t i = 0; i < records->n_runs; i++) {
    char digits[RMS_HASH_TEXT];
    struct rms_hash hash = records->runs[i].content;
    if (!hash.high && !hash.low) {
      rms_text_clear(&line);
      RMS_TRY(rms_run_write(&records->runs[i], false, &line));
      hash = rms_hash_bytes(line.data, line.length);
    }
    rms_hash_print(hash, digits);
    rms_text_add(&all, digits);
  }
  RMS_TRY(rms_text_status(&all));
  records->hash = rms_hash_bytes(all.length ? all.data : "", all.length);
out:
  rms_text_fini(&all);
  rms_text_fini(&line);
  return status;
}

static int compare_starts(const void *a, const void *b)
{
  const struct rms_record_start *x = a, *y = b;
  const int order = rms_hash_compare(x->job, y->job);
  return order ? order : (x->attempt > y->attempt) - (x->attempt < y->attempt);
}

static int list_unfinished(struct rms_records_loader *in)
{
  struct rms_records *records = in->records;
  struct rms_unfinished *list = rms_arena_alloc(records->arena, in->n_starts, sizeof *list);
  size_t n = 0;
  if (!list) return RMS_E_NOMEM;
  if (in->n_starts) qsort(in->starts, in->n_starts, sizeof *in->starts, compare_starts);
  for (size_t i = 0; i < in->n_starts; i++) {
    const struct rms_record_start *start = &in->starts[i];
    if (!n || rms_hash_compare(list[n - 1].job, start->job)) {
      if (rms_records_find(records, start->job)) continue;
      list[n++].job = start->job;
    }
    list[n - 1].attempts = start->attempt;
    list[n - 1].launch = start->launch;
    list[n - 1].started = start->started;
    list[n - 1].lost += start->is_lost;
  }
  records->n_unfinished = n;
  records->unfinished = list;
  return RMS_OK;
}

int rms_records_settle(struct rms_records_loader *in, const char *run_folder)
{
  int status = RMS_OK;
  struct rms_retries retries = {0};
  RMS_TRY(rms_retries_load(&retries, run_folder, in->err));
  RMS_TRY(drop_void(in, &retries));
  RMS_TRY(drop_duplicates(in));
  RMS_TRY(drop_replaced(in, &retries));
  if (compute_hash(in->records) < 0 || list_unfinished(in) < 0) RMS_TRY(rms_records_no_memory(in));
out:
  rms_retries_fini(&retries);
  return status;
}
