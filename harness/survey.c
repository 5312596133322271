/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/survey.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/expect.h"
#include "harness/retry.h"

static const double window = 60; /* seconds over which the rate is taken */

struct look {
  struct rms_survey *survey;
  struct rms_folder_job *plan; /* [n_jobs] */
  struct rms_expect *expect;
  double now;
  double first;   /* when the first job of the launch began */
  double done;    /* expected seconds that the launch has got through */
  double left;    /* that are left */
  double longest; /* of one job that is left */
  bool is_blind;  /* nothing is known of some job */
};

/* TIME.MICRO-PROCESS, also at the head of the name of a record file. */
static size_t launch_length(const char *name)
{
  const char *dot = strchr(name, '.');
  return dot ? (size_t)(dot - name) + 1 + strcspn(dot + 1, ".") : strlen(name);
}

/* Names begin with the time, so the newest is the last. `process` [in] 0, or how the name ends. */
static void consider(const char *name, long process, const char **newest)
{
  const size_t n = name ? launch_length(name) : 0;
  char ending[32];
  const int m = snprintf(ending, sizeof ending, "-%ld", process);
  if (!n || (process && (n < (size_t)m || strncmp(name + n - m, ending, (size_t)m)))) return;
  if (strncmp(name, *newest, n) > 0) *newest = name;
}

/* The launch that is at work; nothing when it has not begun a job yet. */
static int take_launch(struct rms_survey *survey, long process)
{
  const struct rms_records *records = survey->records;
  const char *newest = "";
  for (size_t i = 0; i < records->n_runs; i++) consider(records->runs[i].launch, process, &newest);
  for (size_t i = 0; i < records->n_unfinished; i++)
    consider(records->unfinished[i].launch, process, &newest);
  survey->launch = rms_arena_copy(survey->arena, newest, launch_length(newest));
  return survey->launch ? RMS_OK : RMS_E_NOMEM;
}

static bool is_of_launch(const struct rms_survey *survey, const char *launch)
{
  const size_t n = strlen(survey->launch);
  return launch && n && !strncmp(launch, survey->launch, n) && (!launch[n] || launch[n] == '.');
}

/* ---- the launch: what it has done ---- */

static void take_runs(struct look *look)
{
  struct rms_survey *survey = look->survey;
  size_t n = 0;
  for (size_t i = 0; i < survey->records->n_runs; i++) {
    const struct rms_run *run = &survey->records->runs[i];
    if (!is_of_launch(survey, run->launch) || isnan(run->started) || isnan(run->wall)) continue;
    survey->n_now++;
    look->first = fmin(look->first, run->started);
    look->done += run->wall;
    n += run->started + run->wall >= look->now - window;
  }
  const double seconds = fmin(window, look->now - look->first);
  if (survey->is_busy && n && seconds > 0) survey->rate = (double)n / seconds;
}

/* ---- the plan: what is left ---- */

static const struct rms_unfinished *find_unfinished(const struct rms_records *records,
                                                    struct rms_hash job)
{
  const struct rms_unfinished *list = records->unfinished;
  size_t lo = 0, hi = records->n_unfinished;
  while (lo < hi) {
    const size_t mid = lo + (hi - lo) / 2;
    const int order = rms_hash_compare(job, list[mid].job);
    if (!order) return &list[mid];
    if (order < 0)
      hi = mid;
    else
      lo = mid + 1;
  }
  return NULL;
}

static void expect_left(struct look *look, double seconds)
{
  look->is_blind |= isnan(seconds);
  if (!(seconds > 0)) return;
  look->left += seconds;
  look->longest = fmax(look->longest, seconds);
}

static void take_running(struct look *look, const struct rms_folder_job *job,
                         const struct rms_unfinished *begun, double expected)
{
  struct rms_survey *survey = look->survey;
  const double seconds = fmax(0, look->now - begun->started);
  survey->running[survey->n_running++] =
      (struct rms_survey_job){.label = job->label,
                              .reference = job->reference,
                              .attempt = begun->attempts,
                              .seconds = isnan(begun->started) ? NAN : seconds,
                              .file = begun->launch};
  if (!isnan(begun->started)) {
    look->first = fmin(look->first, begun->started);
    look->done += fmin(seconds, expected);
    expected -= seconds;
  }
  expect_left(look, expected);
}

static void take_plan(struct look *look)
{
  struct rms_survey *survey = look->survey;
  for (size_t i = 0; i < survey->n_jobs; i++) {
    const struct rms_folder_job *job = &look->plan[i];
    if (rms_records_find(survey->records, job->id)) {
      survey->n_done++;
      continue;
    }
    const struct rms_unfinished *begun = find_unfinished(survey->records, job->id);
    bool is_known;
    const double expected = rms_expect_job(look->expect, job->label, job->group, &is_known);
    survey->is_guess |= !is_known;
    if (begun && survey->is_busy && is_of_launch(survey, begun->launch)) {
      take_running(look, job, begun, expected);
      continue;
    }
    survey->n_waiting++;
    survey->n_lost += begun && begun->lost > 0;
    expect_left(look, expected);
  }
}

static int compare_seconds(const void *a, const void *b)
{
  const struct rms_survey_job *x = a, *y = b;
  const double left = isnan(x->seconds) ? -1 : x->seconds;
  const double right = isnan(y->seconds) ? -1 : y->seconds;
  if (left != right) return left > right ? -1 : 1;
  const int order = strcmp(x->label, y->label);
  return order ? order : strcmp(x->reference, y->reference);
}

static int compare_files(const void *a, const void *b)
{
  const struct rms_survey_job *x = a, *y = b;
  const int order = strcmp(x->file, y->file);
  return order ? order : compare_seconds(a, b);
}

/* The newest job of each rank. */
static void keep_newest(struct rms_survey *survey)
{
  size_t kept = 0;
  if (survey->n_running)
    qsort(survey->running, survey->n_running, sizeof *survey->running, compare_files);
  for (size_t i = 0; i < survey->n_running; i++) {
    if (kept && !strcmp(survey->running[kept - 1].file, survey->running[i].file)) kept--;
    survey->running[kept++] = survey->running[i];
  }
  survey->n_waiting += survey->n_running - kept;
  survey->n_running = kept;
}

static void take_pace(struct look *look)
{
  struct rms_survey *survey = look->survey;
  if (!survey->is_busy || !isfinite(look->first)) return;
  survey->seconds = fmax(0, look->now - look->first);
  if (look->done > 0 && !look->is_blind)
    survey->left = fmax(look->longest, survey->seconds * look->left / look->done);
}

/* What the plan says now: replaced jobs are those that replace them. */
static int read_plan(struct look *look, const char *folder, struct rms_error *err)
{
  struct rms_survey *survey = look->survey;
  struct rms_retries retries = {0};
  int status = rms_folder_read_plan(folder, survey->arena, &look->plan, &survey->n_jobs, err);
  if (!status) status = rms_retries_load(&retries, folder, err);
  if (!status) status = rms_retries_follow(&retries, look->plan, survey->n_jobs, err);
  rms_retries_fini(&retries);
  return status;
}

static int look_at(struct look *look, const char *folder, struct rms_error *err)
{
  struct rms_survey *survey = look->survey;
  int status;
  long process = 0;
  RMS_TRY(rms_folder_read_head(folder, &survey->head, err));
  RMS_TRY(read_plan(look, folder, err));
  RMS_TRY(rms_records_load(&survey->records, folder, err));
  /* After the records: what a launch has left behind that died in between is lost, not running. */
  survey->is_busy = rms_folder_is_busy(folder, survey->owner, &process);
  survey->running =
      rms_arena_alloc(survey->arena, survey->records->n_unfinished, sizeof *survey->running);
  if (!survey->running || take_launch(survey, process) ||
      rms_expect_new(&look->expect, survey->records->runs, survey->records->n_runs))
    RMS_TRY(rms_error_set(err, RMS_E_NOMEM, "%s: out of memory", folder));
  take_runs(look);
  take_plan(look);
  keep_newest(survey);
  if (survey->n_running)
    qsort(survey->running, survey->n_running, sizeof *survey->running, compare_seconds);
  take_pace(look);
out:
  return status;
}

int rms_survey_new(struct rms_survey **result, const char *folder, double now,
                   struct rms_error *err)
{
  int status = RMS_OK;
  struct look look = {.now = now, .first = INFINITY};
  struct rms_survey *survey = look.survey = calloc(1, sizeof *survey);
  if (!survey || !(survey->arena = rms_arena_new()))
    RMS_TRY(rms_error_set(err, RMS_E_NOMEM, "%s: out of memory", folder));
  survey->rate = survey->left = survey->seconds = NAN;
  RMS_TRY(look_at(&look, folder, err));
  *result = survey;
  survey = NULL;
out:
  rms_expect_free(look.expect);
  rms_survey_free(survey);
  return status;
}

void rms_survey_free(struct rms_survey *survey)
{
  if (!survey) return;
  rms_records_free(survey->records);
  rms_arena_free(survey->arena);
  free(survey);
}
