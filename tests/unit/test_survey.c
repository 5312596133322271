/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "harness/retry.h"
#include "harness/survey.h"
#include "instances/base/file.h"
#include "ledger.h"

#define LAUNCH "{\"type\":\"launch\",\"format\":\"" RMS_RECORD_FORMAT "\"}\n"

enum { QUICK = 4, SLOW = 4, JOBS = QUICK + SLOW };

static const char old[] = "20260101T000000.000000-1";

struct run_folder {
  char path[64], launch[64]; /* of this process */
  struct rms_locks locks;
};

static struct rms_hash job_of(uint64_t number)
{
  return rms_hash_bytes(&number, sizeof number);
}

static void add_job(struct rms_text *text, const char *before, uint64_t number)
{
  char digits[RMS_HASH_TEXT];
  rms_hash_print(job_of(number), digits);
  rms_text_printf(text, "%s\"job\":\"%s\"", before, digits);
}

static void write_file(const struct run_folder *folder, const char *name, struct rms_text *text)
{
  char path[256];
  snprintf(path, sizeof path, "%s/%s", folder->path, name);
  assert_int_equal(rms_text_status(text), RMS_OK);
  assert_int_equal(rms_file_write(path, text->data, text->length, NULL), RMS_OK);
  rms_text_fini(text);
}

/* Jobs 0..3 are of the row "quick", 4..7 of "slow". */
static void make_run(struct run_folder *folder)
{
  struct rms_text text = {0};
  char path[128];
  strcpy(folder->path, "/tmp/rms-survey-XXXXXX");
  assert_non_null(mkdtemp(folder->path));
  snprintf(path, sizeof path, "%s/records", folder->path);
  assert_int_equal(rms_dir_make(path, NULL), RMS_OK);
  snprintf(folder->launch, sizeof folder->launch, "20260102T000000.000000-%ld", (long)getpid());
  rms_text_printf(&text,
                  "{\"format\":\"rms-plan-list/1\",\"plan\":\"%032d\",\"jobs\":%d,\"sweep\":"
                  "\"s\",\"origin\":\"s.ini\"}\n",
                  0, JOBS);
  for (uint64_t i = 0; i < JOBS; i++) {
    add_job(&text, "{", i);
    rms_text_printf(&text, ",\"reference\":\"i%d\",\"group\":\"g\",\"label\":\"%s\"}\n", (int)i,
                    i < QUICK ? "quick" : "slow");
  }
  write_file(folder, "plan.jsonl", &text);
  folder->locks = RMS_NO_LOCKS;
}

/* A launch is at work: this process. */
static void go_to_work(struct run_folder *folder)
{
  assert_int_equal(rms_locks_take(&folder->locks, folder->path, 0, -1, NULL, NULL), RMS_OK);
}

static void remove_run(struct run_folder *folder)
{
  char command[128];
  rms_locks_release(&folder->locks);
  snprintf(command, sizeof command, "rm -r %s", folder->path);
  assert_int_equal(system(command), 0);
}

static void add_start(struct rms_text *text, uint64_t number, int attempt, double started)
{
  add_job(text, "{\"type\":\"start\",", number);
  rms_text_printf(text, ",\"attempt\":%d,\"started\":%.3f}\n", attempt, started);
}

static void add_run(struct rms_text *text, const char *launch, uint64_t number, double started,
                    double wall)
{
  const struct rms_run run = {.job = job_of(number),
                              .attempt = 1,
                              .family = "serve",
                              .instance = "i",
                              .reference = "i",
                              .group = "g",
                              .solver = "s",
                              .version = "1",
                              .params = "",
                              .label = number < QUICK ? "quick" : "slow",
                              .repeat = 1,
                              .limit_time = 100,
                              .limit_work = UINT64_MAX,
                              .end_detail = "",
                              .claim = RMS_CLAIM_NONE,
                              .verdict = "none",
                              .why = "",
                              .bound = NAN,
                              .verified_bound = NAN,
                              .host = "h",
                              .launch = launch,
                              .memory_mechanism = "",
                              .wall = wall,
                              .started = started};
  add_start(text, number, 1, started);
  assert_int_equal(rms_run_write(&run, true, text), RMS_OK);
}

static void write_records(const struct run_folder *folder, const char *launch, int rank,
                          struct rms_text *text)
{
  char name[128];
  snprintf(name, sizeof name, "records/%s.%04d.jsonl", launch, rank);
  write_file(folder, name, text);
}

static struct rms_survey *survey_at(const struct run_folder *folder, double now)
{
  struct rms_survey *survey = NULL;
  struct rms_error err = {0};
  const int status = rms_survey_new(&survey, folder->path, now, &err);
  if (status) print_error("%s\n", err.text);
  assert_int_equal(status, RMS_OK);
  return survey;
}

static void assert_counts(const struct rms_survey *survey, size_t done, size_t running,
                          size_t waiting, size_t lost)
{
  assert_int_equal(survey->n_jobs, JOBS);
  assert_int_equal(survey->n_done, done);
  assert_int_equal(survey->n_running, running);
  assert_int_equal(survey->n_waiting, waiting);
  assert_int_equal(survey->n_lost, lost);
}

/* The old launch left jobs 4 and 5; the one at work has job 5 again, and 6. */
static void write_both(const struct run_folder *folder)
{
  struct rms_text text = {0};
  rms_text_add(&text, LAUNCH);
  add_run(&text, old, 0, 10, 1);
  add_start(&text, 4, 1, 12);
  write_records(folder, old, 0, &text);
  rms_text_add(&text, LAUNCH);
  add_start(&text, 5, 1, 12);
  write_records(folder, old, 1, &text);
  rms_text_add(&text, LAUNCH);
  add_run(&text, folder->launch, 1, 100, 1);
  add_start(&text, 5, 2, 101);
  write_records(folder, folder->launch, 0, &text);
  rms_text_add(&text, LAUNCH);
  add_start(&text, 6, 1, 103);
  write_records(folder, folder->launch, 1, &text);
}

static void what_a_living_launch_has_begun_is_running(void **state)
{
  (void)state;
  struct run_folder folder;
  make_run(&folder);
  write_both(&folder);
  go_to_work(&folder);
  struct rms_survey *survey = survey_at(&folder, 111);
  assert_true(survey->is_busy);
  assert_string_equal(survey->launch, folder.launch);
  assert_counts(survey, 2, 2, 4, 1);
  assert_string_equal(survey->running[0].reference, "i5");
  assert_int_equal(survey->running[0].attempt, 2);
  assert_true(survey->running[0].seconds == 10);
  assert_string_equal(survey->running[1].reference, "i6");
  assert_string_equal(survey->running[1].label, "slow");
  assert_true(survey->running[1].seconds == 8);
  assert_int_equal(survey->n_now, 1);
  assert_true(survey->seconds == 11);
  rms_survey_free(survey);
  remove_run(&folder);
}

/* Job 5 has ended and 6 was begun before the line of 5 was written. */
static void a_rank_runs_one_job_at_a_time(void **state)
{
  (void)state;
  struct run_folder folder;
  struct rms_text text = {0};
  make_run(&folder);
  rms_text_add(&text, LAUNCH);
  add_run(&text, folder.launch, 4, 100, 1);
  add_start(&text, 5, 1, 101);
  add_start(&text, 6, 1, 105);
  write_records(&folder, folder.launch, 0, &text);
  go_to_work(&folder);
  struct rms_survey *survey = survey_at(&folder, 111);
  assert_counts(survey, 1, 1, JOBS - 2, 0);
  assert_string_equal(survey->running[0].reference, "i6");
  rms_survey_free(survey);
  remove_run(&folder);
}

static void without_a_launch_they_are_lost(void **state)
{
  (void)state;
  struct run_folder folder;
  make_run(&folder);
  write_both(&folder);
  struct rms_survey *survey = survey_at(&folder, 111);
  assert_false(survey->is_busy);
  assert_counts(survey, 2, 0, 6, 3);
  assert_true(isnan(survey->left) && isnan(survey->rate) && isnan(survey->seconds));
  rms_survey_free(survey);
  remove_run(&folder);
}

/* It holds the folder and has begun nothing yet: what others have left is not its own. */
static void a_launch_that_has_begun_nothing_runs_nothing(void **state)
{
  (void)state;
  struct run_folder folder;
  struct rms_text text = {0};
  make_run(&folder);
  rms_text_add(&text, LAUNCH);
  add_start(&text, 4, 1, 12);
  write_records(&folder, old, 0, &text);
  go_to_work(&folder);
  struct rms_survey *survey = survey_at(&folder, 111);
  assert_true(survey->is_busy);
  assert_string_equal(survey->launch, "");
  assert_counts(survey, 0, 0, JOBS, 1);
  rms_survey_free(survey);
  remove_run(&folder);
}

/* Three quick runs of 1 s and one slow one of 20 s have taken 23 s one after the other, and a slow
 * one has been at work for 5 s: 28 s for 28 s of jobs. One quick and two slow ones are left, and 15
 * s of the one at work: 56 s. By the rate (4 runs in 28 s) it would be 28 s. */
static void time_left_knows_that_jobs_are_unequal(void **state)
{
  (void)state;
  struct run_folder folder;
  struct rms_text text = {0};
  make_run(&folder);
  rms_text_add(&text, LAUNCH);
  for (uint64_t i = 0; i < 3; i++) add_run(&text, folder.launch, i, 100 + (double)i, 1);
  add_run(&text, folder.launch, 4, 103, 20);
  add_start(&text, 5, 1, 123);
  write_records(&folder, folder.launch, 0, &text);
  go_to_work(&folder);
  struct rms_survey *survey = survey_at(&folder, 128);
  assert_counts(survey, 4, 1, 3, 0);
  assert_true(fabs(survey->left - 56) < 1e-9);
  assert_true(fabs(survey->rate - 4.0 / 28) < 1e-9);
  assert_false(survey->is_guess);
  rms_survey_free(survey);
  remove_run(&folder);
}

/* Two ranks have done four quick jobs and a slow one in 20 s; the other slow one has 19 s to go:
 * that it is one job decides, not the pace. */
static void time_left_is_at_least_that_of_one_job(void **state)
{
  (void)state;
  struct run_folder folder;
  struct rms_text text = {0};
  make_run(&folder);
  rms_text_add(&text, LAUNCH);
  add_run(&text, folder.launch, 4, 100, 20);
  add_run(&text, folder.launch, 5, 100, 20);
  add_run(&text, folder.launch, 6, 100, 20);
  for (uint64_t i = 0; i < QUICK; i++) add_run(&text, folder.launch, i, 100, 1);
  add_start(&text, 7, 1, 120);
  write_records(&folder, folder.launch, 0, &text);
  go_to_work(&folder);
  struct rms_survey *survey = survey_at(&folder, 121);
  assert_counts(survey, 7, 1, 0, 0);
  assert_true(fabs(survey->left - 19) < 1e-9);
  rms_survey_free(survey);
  remove_run(&folder);
}

static void a_row_without_a_run_makes_it_a_guess(void **state)
{
  (void)state;
  struct run_folder folder;
  struct rms_text text = {0};
  make_run(&folder);
  rms_text_add(&text, LAUNCH);
  add_run(&text, folder.launch, 0, 100, 1);
  write_records(&folder, folder.launch, 0, &text);
  go_to_work(&folder);
  struct rms_survey *survey = survey_at(&folder, 101);
  assert_true(survey->is_guess);
  assert_true(fabs(survey->left - 7) < 1e-9);
  rms_survey_free(survey);
  rms_text_add(&text, LAUNCH);
  add_start(&text, 0, 1, 100);
  write_records(&folder, folder.launch, 0, &text);
  survey = survey_at(&folder, 101);
  assert_true(isnan(survey->left)); /* nothing has ended at all */
  rms_survey_free(survey);
  remove_run(&folder);
}

/* Job 8 is to take the place of job 0, which has a run. */
static void what_is_to_be_done_again_is_waiting(void **state)
{
  (void)state;
  struct run_folder folder;
  struct rms_text text = {0};
  struct rms_retries retries = {0};
  const struct rms_retry retry = {
      .job = job_of(0), .replacement = job_of(8), .attempt = 1, .time = 1, .work = UINT64_MAX};
  make_run(&folder);
  rms_text_add(&text, LAUNCH);
  for (uint64_t i = 0; i < JOBS; i++) add_run(&text, old, i, 10, 1);
  write_records(&folder, old, 0, &text);
  struct rms_survey *survey = survey_at(&folder, 111);
  assert_counts(survey, JOBS, 0, 0, 0);
  rms_survey_free(survey);
  assert_int_equal(rms_retries_add(&retries, &retry), RMS_OK);
  assert_int_equal(rms_retries_write(&retries, folder.path, NULL), RMS_OK);
  rms_retries_fini(&retries);
  survey = survey_at(&folder, 111);
  assert_counts(survey, JOBS - 1, 0, 1, 0);
  rms_survey_free(survey);
  remove_run(&folder);
}

static void bad_plans_are_refused_by_line(void **state)
{
  (void)state;
  struct run_folder folder;
  struct rms_text text = {0};
  struct rms_survey *survey = NULL;
  struct rms_error err = {0};
  make_run(&folder);
  rms_text_add(&text, "{\"format\":\"rms-plan-list/1\",\"plan\":\"00000000000000000000000000000000"
                      "\",\"jobs\":1,\"sweep\":\"s\",\"origin\":\"s.ini\"}\n{\"job\":\"12\"}\n");
  write_file(&folder, "plan.jsonl", &text);
  assert_int_equal(rms_survey_new(&survey, folder.path, 1, &err), RMS_E_FORMAT);
  assert_non_null(strstr(err.text, "plan.jsonl:2: $.job"));
  remove_run(&folder);
}

static void survives_want_of_memory(void **state)
{
  (void)state;
  struct run_folder folder;
  make_run(&folder);
  write_both(&folder);
  const long live = rms_ledger_live();
  for (long n = 1;; n++) {
    struct rms_survey *survey = NULL;
    rms_ledger_fail_at(n);
    const int status = rms_survey_new(&survey, folder.path, 111, NULL);
    const int has_failed = rms_ledger_has_failed();
    rms_ledger_fail_at(0);
    assert_true(status == RMS_OK || has_failed);
    rms_survey_free(survey);
    assert_int_equal(rms_ledger_live(), live);
    if (!has_failed) break;
  }
  remove_run(&folder);
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(what_a_living_launch_has_begun_is_running),
                                     cmocka_unit_test(a_rank_runs_one_job_at_a_time),
                                     cmocka_unit_test(without_a_launch_they_are_lost),
                                     cmocka_unit_test(a_launch_that_has_begun_nothing_runs_nothing),
                                     cmocka_unit_test(time_left_knows_that_jobs_are_unequal),
                                     cmocka_unit_test(time_left_is_at_least_that_of_one_job),
                                     cmocka_unit_test(a_row_without_a_run_makes_it_a_guess),
                                     cmocka_unit_test(what_is_to_be_done_again_is_waiting),
                                     cmocka_unit_test(bad_plans_are_refused_by_line),
                                     cmocka_unit_test(survives_want_of_memory)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
