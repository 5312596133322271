/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Predictors of slice speeds: training is a function of its seed, held-out mixes are not seen, each
 * kind beats the trivial one on them, the order of a mix means nothing, files read back. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "instances/base/embedded.h"
#include "ledger.h"
#include "solvers/jobs/train.h"

static struct rms_mixes *mixes; /* read once: fixture of all tests */

static int set_up(void **state)
{
  (void)state;
  return rms_mixes_builtin(&mixes, NULL);
}

static int tear_down(void **state)
{
  (void)state;
  rms_mixes_free(mixes);
  return 0;
}

static struct rms_text train_text(const struct rms_mixes *table, const char *name,
                                  const uint8_t *is_used, uint64_t seed, double effort,
                                  const char *note)
{
  struct rms_predictor *p = NULL;
  struct rms_error err = {0};
  struct rms_text text = {0};
  const struct rms_lesson lesson = {
      .mixes = table, .is_used = is_used, .seed = seed, .effort = effort, .note = note};
  if (rms_train(&p, name, &lesson, &err) < 0) fail_msg("%s: %s", name, err.text);
  assert_int_equal(rms_predictor_write(p, &text), RMS_OK);
  rms_predictor_free(p);
  return text;
}

static void test_training_is_a_function_of_its_seed(void **state)
{
  (void)state;
  for (size_t i = 0; rms_learner_name(i); i++) {
    const char *name = rms_learner_name(i);
    struct rms_text one = train_text(mixes, name, NULL, 5, 0.03, NULL);
    struct rms_text two = train_text(mixes, name, NULL, 5, 0.03, NULL);
    struct rms_text other = train_text(mixes, name, NULL, 6, 0.03, NULL);
    assert_string_equal(one.data, two.data);
    assert_string_not_equal(one.data, other.data); /* the seed itself is written, too */
    rms_text_fini(&one);
    rms_text_fini(&two);
    rms_text_fini(&other);
  }
}

static void use_all_but(const uint8_t *fold, int out, uint8_t *is_used)
{
  for (size_t m = 0; m < mixes->n; m++)
    memset(is_used + m * RMS_MIX_JOBS_MAX, fold[m] != out, RMS_MIX_JOBS_MAX);
}

/* What is compiled in is what the program trains; the quick kinds are trained here. */
static void test_shipped_models_are_reproduced(void **state)
{
  (void)state;
  static const char *const quick[] = {"ridge", "boost"};
  uint8_t *fold = malloc(mixes->n), *is_used = malloc(mixes->n * RMS_MIX_JOBS_MAX);
  assert_true(fold && is_used);
  assert_int_equal(rms_mixes_deal(mixes, RMS_MEASURE_SEED, RMS_MEASURE_FOLDS, fold), RMS_OK);
  use_all_but(fold, RMS_MEASURE_FOLD, is_used);
  for (size_t i = 0; i < 2; i++) {
    char path[128];
    snprintf(path, sizeof path, "solvers/jobs/models/miso-%s.json", quick[i]);
    const struct rms_embedded *file = rms_embedded_find(path);
    assert_non_null(file);
    struct rms_text text = train_text(mixes, quick[i], is_used, 1, 1,
                                      "fold 0 of 5 (seed 1): what simulated measurements replay");
    assert_string_equal(text.data, (const char *)file->bytes);
    rms_text_fini(&text);
  }
  free(is_used);
  free(fold);
}

/* Training with a fold held out is training on a table without it: nothing of it leaks. */
static void test_held_out_mixes_are_not_seen(void **state)
{
  (void)state;
  uint8_t *fold = malloc(mixes->n), *is_used = malloc(mixes->n * RMS_MIX_JOBS_MAX);
  struct rms_mix *kept = malloc(mixes->n * sizeof *kept);
  struct rms_mixes smaller = *mixes;
  assert_true(fold && is_used && kept);
  assert_int_equal(rms_mixes_deal(mixes, 3, 5, fold), RMS_OK);
  use_all_but(fold, 2, is_used);
  smaller.n = 0;
  smaller.mixes = kept;
  for (size_t m = 0; m < mixes->n; m++)
    if (fold[m] != 2) kept[smaller.n++] = mixes->mixes[m];
  assert_int_equal(smaller.n, 2240);
  for (size_t i = 0; rms_learner_name(i); i++) {
    struct rms_text one = train_text(mixes, rms_learner_name(i), is_used, 4, 0.03, NULL);
    struct rms_text two = train_text(&smaller, rms_learner_name(i), NULL, 4, 0.03, NULL);
    assert_string_equal(one.data, two.data);
    rms_text_fini(&one);
    rms_text_fini(&two);
  }
  free(kept);
  free(is_used);
  free(fold);
}

static void test_beats_the_trivial_predictor(void **state)
{
  (void)state;
  struct rms_trial trial = {
      .mixes = mixes, .name = "mean", .split = RMS_SPLIT_MIX, .folds = 5, .seed = 1, .effort = 0.2};
  for (int fold = 0; fold < 2; fold++) {
    struct rms_errors trivial, e;
    trial.name = "mean";
    assert_int_equal(rms_trial_run(&trial, fold, &trivial, NULL), RMS_OK);
    for (size_t i = 1; rms_learner_name(i); i++) {
      trial.name = rms_learner_name(i);
      assert_int_equal(rms_trial_run(&trial, fold, &e, NULL), RMS_OK);
      assert_int_equal(e.time[0][0].n, trivial.time[0][0].n);
      for (int s = 1; s < RMS_SLICE_SIZES; s++)
        for (int n = 0; n <= RMS_MIX_JOBS_MAX; n++)
          if (rms_error_mean(e.speed[s][n]) >= rms_error_mean(trivial.speed[s][n]))
            fail_msg("%s, size %d, %d jobs", trial.name, s, n);
    }
  }
}

/* Each held-out job is counted once: in all, and under its number of jobs. */
static void test_folds_cover_every_job_once(void **state)
{
  (void)state;
  struct rms_trial trial = {.mixes = mixes, .name = "mean", .folds = 5, .seed = 1, .effort = 1};
  for (int split = RMS_SPLIT_MIX; split <= RMS_SPLIT_MODEL; split++) {
    struct rms_errors all = {0}, e;
    trial.split = (enum rms_split)split;
    assert_int_equal(rms_trial_folds(&trial), split == RMS_SPLIT_MIX ? 5 : 8);
    for (int f = 0; f < rms_trial_folds(&trial); f++) {
      assert_int_equal(rms_trial_run(&trial, f, &e, NULL), RMS_OK);
      rms_errors_add(&all, &e);
    }
    assert_int_equal(all.time[0][0].n, 400 * 28);
    for (int n = 1; n <= RMS_MIX_JOBS_MAX; n++) assert_int_equal(all.time[0][n].n, 400 * n);
    assert_int_equal(rms_trial_run(&trial, rms_trial_folds(&trial), &e, NULL), RMS_E_PARAM);
  }
}

static void test_order_means_nothing(void **state)
{
  (void)state;
  for (size_t i = 0; rms_predictor_name(i); i++) {
    struct rms_predictor *p = NULL;
    assert_int_equal(rms_predictor_builtin(&p, rms_predictor_name(i), NULL), RMS_OK);
    for (size_t m = 0; m < mixes->n; m += 13) {
      const struct rms_mix *mix = &mixes->mixes[m];
      struct rms_mps_row turned[RMS_MIX_JOBS_MAX];
      double speed[RMS_MIX_JOBS_MAX][RMS_SLICE_SIZES], same[RMS_MIX_JOBS_MAX][RMS_SLICE_SIZES];
      for (int j = 0; j < mix->n; j++) turned[(j * 6 + 2) % mix->n] = mix->row[j];
      if (mix->n == 2 || mix->n == 3 || mix->n == 4 || mix->n == 6) /* 6 is no unit there */
        for (int j = 0; j < mix->n; j++) turned[mix->n - 1 - j] = mix->row[j];
      rms_predict_speeds(p, mix->row, mix->n, speed);
      rms_predict_speeds(p, turned, mix->n, same);
      for (int j = 0; j < mix->n; j++)
        for (int k = 0; k < mix->n; k++)
          if (!memcmp(&turned[k], &mix->row[j], sizeof *turned))
            assert_memory_equal(same[k], speed[j], sizeof speed[j]);
    }
    rms_predictor_free(p);
  }
}

/* Small regression by hand: the figures of three variants that lie on a plane. */
static void test_small_slices_follow_by_regression(void **state)
{
  (void)state;
  struct rms_error_sum e[2];
  for (int k = 0; k < 2; k++) assert_int_equal(rms_small_errors(mixes, k, &e[k], NULL), RMS_OK);
  assert_int_equal(e[0].n, 28);
  assert_int_equal(e[1].n, 21);
  assert_true(fabs(rms_error_mean(e[0]) - 0.035) < 0.0005); /* known from an earlier computation */
  assert_true(fabs(rms_error_mean(e[1]) - 0.060) < 0.0005);
}

static void test_files_read_back(void **state)
{
  (void)state;
  for (size_t i = 0; rms_learner_name(i); i++) {
    struct rms_text one = train_text(mixes, rms_learner_name(i), NULL, 9, 0.02, "x"), two = {0};
    struct rms_predictor *p = NULL;
    struct rms_error err = {0};
    if (rms_predictor_parse(&p, one.data, one.length, "m.json", &err) < 0) fail_msg("%s", err.text);
    assert_int_equal(rms_predictor_write(p, &two), RMS_OK);
    assert_string_equal(one.data, two.data);
    rms_predictor_free(p);
    rms_text_fini(&one);
    rms_text_fini(&two);
  }
}

#define HEAD                                                                                       \
  "{\"format\":\"rms-predictor/1\",\"model\":\"%s\",\"seed\":1,\"mixes\":1,\"examples\":1,"        \
  "\"held_out\":\"\",\"2g\":[0,1,0],\"1g\":[0,1,0],\"learned\":%s}"

static void test_refused(void **state)
{
  (void)state;
  static const struct {
    const char *model, *learned, *why;
  } bad[] = {
      {"oracle", "{}", "\"oracle\" is unknown"},
      {"mean", "{\"mean\":[1,1]}", "$.learned.mean"},
      {"mean", "{\"mean\":[1,1,1],\"more\":1}", "more"},
      {"ridge", "{\"7g\":[1]}", "7g"},
      {"boost", "{\"divisor\":1,\"base\":[0,0,0],\"trees\":[[3,5,-1,0,0,0]]}", "middle"},
      {"boost", "{\"divisor\":1,\"base\":[0,0,0],\"trees\":[[-1,0,0,0,1]]}", "1 numbers are left"},
      {"boost", "{\"divisor\":1,\"base\":[0,0,0],\"trees\":[[15,0]]}", "trees[0][0]"},
      {"boost", "{\"divisor\":0,\"base\":[0,0,0],\"trees\":[[-1,0,0,0]]}", "divisor"},
      {"neural", "{\"unit\":100000,\"layers\":[4,24,48,24,4],\"weights\":[]}", "layers"},
  };
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    char text[1024];
    struct rms_predictor *p = NULL;
    struct rms_error err = {0};
    snprintf(text, sizeof text, HEAD, bad[i].model, bad[i].learned);
    assert_int_equal(rms_predictor_parse(&p, text, strlen(text), "m.json", &err), RMS_E_FORMAT);
    assert_null(p);
    if (!strstr(err.text, bad[i].why)) fail_msg("\"%s\" lacks \"%s\"", err.text, bad[i].why);
  }
  assert_int_equal(rms_predictor_builtin(NULL, "oracle", NULL), RMS_E_UNKNOWN);
}

static void test_every_failed_allocation(void **state)
{
  (void)state;
  struct rms_mixes few = *mixes;
  few.n = 30;
  for (size_t i = 0; rms_learner_name(i); i++) {
    const long before = rms_ledger_live();
    for (long n = 1;; n++) {
      struct rms_predictor *p = NULL, *again = NULL;
      struct rms_text text = {0};
      const struct rms_lesson lesson = {.mixes = &few, .seed = 1, .effort = 0.015};
      rms_ledger_fail_at(n);
      int status = rms_train(&p, rms_learner_name(i), &lesson, NULL);
      if (!status) status = rms_predictor_write(p, &text);
      if (!status) status = rms_predictor_parse(&again, text.data, text.length, "m.json", NULL);
      const int has_failed = rms_ledger_has_failed();
      rms_ledger_fail_at(0);
      rms_predictor_free(again);
      rms_text_fini(&text);
      rms_predictor_free(p);
      assert_int_equal(rms_ledger_live(), before);
      if (!has_failed) {
        assert_int_equal(status, RMS_OK);
        break;
      }
      assert_int_equal(status, RMS_E_NOMEM);
    }
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_training_is_a_function_of_its_seed),
      cmocka_unit_test(test_shipped_models_are_reproduced),
      cmocka_unit_test(test_held_out_mixes_are_not_seen),
      cmocka_unit_test(test_beats_the_trivial_predictor),
      cmocka_unit_test(test_folds_cover_every_job_once),
      cmocka_unit_test(test_order_means_nothing),
      cmocka_unit_test(test_small_slices_follow_by_regression),
      cmocka_unit_test(test_files_read_back),
      cmocka_unit_test(test_refused),
      cmocka_unit_test(test_every_failed_allocation),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
