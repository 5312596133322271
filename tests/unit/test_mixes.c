/* SPDX-License-Identifier: GPL-3.0-or-later */
/* MISO's measured mixes: the table inside, folds, replayed measurements, hostile input. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "instances/jobs/mixes.h"
#include "ledger.h"

static const char speeds[] = "model,batch,speed_7g,speed_4g,speed_3g,speed_2g,speed_1g,"
                             "iteration_s,memory_mib,time_7g,time_4g,time_3g\n"
                             "a,8,1,0.8,0.7,0.5,0.3,0.1,5000,0.7,0.875,1\n"
                             "b,8,1,0.6,0.5,0,0,0.1,9000,0.5,0.8333,1\n";

static struct rms_mixes *open_builtin(void)
{
  struct rms_mixes *mixes = NULL;
  struct rms_error err = {0};
  if (rms_mixes_builtin(&mixes, &err) < 0) fail_msg("%s", err.text);
  return mixes;
}

static int parse(struct rms_mixes **mixes, const char *first, const char *second,
                 struct rms_error *err)
{
  const struct rms_mixes_source source = {.speeds = first,
                                          .mixes = second,
                                          .n_speeds = strlen(first),
                                          .n_mixes = strlen(second),
                                          .speeds_origin = "s.csv",
                                          .mixes_origin = "m.csv"};
  return rms_mixes_parse(mixes, &source, err);
}

static void test_builtin(void **state)
{
  (void)state;
  struct rms_mixes *m = open_builtin();
  size_t sizes[RMS_MIX_JOBS_MAX + 1] = {0}, without[RMS_SLICE_SIZES] = {0};
  assert_int_equal(m->n_variants, 32);
  assert_int_equal(m->n, 2800);
  for (size_t i = 0; i < m->n; i++) sizes[m->mixes[i].n]++;
  for (int n = 1; n <= RMS_MIX_JOBS_MAX; n++) assert_int_equal(sizes[n], 400);
  for (size_t v = 0; v < m->n_variants; v++)
    for (int s = 0; s < RMS_SLICE_SIZES; s++) without[s] += m->variants[v].speed[s] == 0;
  assert_int_equal(without[3], 4);
  assert_int_equal(without[4], 11);
  const int v = rms_mixes_variant(m, "resnet", 64);
  assert_true(v >= 0);
  assert_true(m->variants[v].speed[2] == 1.0047);
  assert_int_equal(rms_mixes_variant(m, "resnet", 65), -1);
  rms_mixes_free(m);
  assert_int_equal(rms_ledger_live(), 0);
}

/* The first mix of the source: mobilenet 64 alone, .8667 .8375 1. */
static void test_first_mix(void **state)
{
  (void)state;
  struct rms_mixes *m = open_builtin();
  const struct rms_mix *mix = &m->mixes[0];
  assert_int_equal(mix->n, 1);
  assert_int_equal(mix->variant[0], rms_mixes_variant(m, "mobilenet", 64));
  assert_int_equal(mix->row[0].time[0], 8667);
  assert_int_equal(mix->row[0].time[1], 8375);
  assert_int_equal(mix->row[0].time[2], 10000);
  rms_mixes_free(m);
}

static void test_folds_are_even(void **state)
{
  (void)state;
  struct rms_mixes *m = open_builtin();
  uint8_t fold[2800], again[2800];
  int count[5][RMS_MIX_JOBS_MAX + 1] = {{0}};
  assert_int_equal(rms_mixes_deal(m, 7, 5, fold), RMS_OK);
  assert_int_equal(rms_mixes_deal(m, 7, 5, again), RMS_OK);
  assert_memory_equal(fold, again, sizeof fold);
  for (size_t i = 0; i < m->n; i++) count[fold[i]][m->mixes[i].n]++;
  for (int f = 0; f < 5; f++)
    for (int n = 1; n <= RMS_MIX_JOBS_MAX; n++) assert_int_equal(count[f][n], 80);
  assert_int_equal(rms_mixes_deal(m, 8, 5, again), RMS_OK);
  assert_memory_not_equal(fold, again, sizeof fold);
  rms_mixes_free(m);
}

static bool is_measured(const struct rms_mixes *m, const uint8_t *fold, int variant,
                        const struct rms_mps_row *row)
{
  for (size_t i = 0; i < m->n; i++)
    for (int j = 0; j < m->mixes[i].n && fold[i] == RMS_MEASURE_FOLD; j++)
      if (m->mixes[i].variant[j] == variant && !memcmp(&m->mixes[i].row[j], row, sizeof *row))
        return true;
  return false;
}

/* Whatever is asked for, each job shows a row that its variant had in the fold kept for this. */
static void test_replay(void **state)
{
  (void)state;
  struct rms_mixes *m = open_builtin();
  struct rms_replay *replay = NULL;
  uint8_t fold[2800];
  assert_int_equal(rms_mixes_deal(m, RMS_MEASURE_SEED, RMS_MEASURE_FOLDS, fold), RMS_OK);
  assert_int_equal(rms_replay_new(&replay, m), RMS_OK);
  for (int k = 0; k < 200; k++) {
    int variant[RMS_MIX_JOBS_MAX];
    struct rms_mps_row rows[RMS_MIX_JOBS_MAX], again[RMS_MIX_JOBS_MAX];
    const int n = 1 + k % RMS_MIX_JOBS_MAX;
    for (int j = 0; j < n; j++) variant[j] = (k * 7 + j * (1 + k % 5)) % 32;
    rms_replay_measure(replay, variant, n, (uint64_t)k, rows);
    rms_replay_measure(replay, variant, n, (uint64_t)k, again);
    assert_memory_equal(rows, again, (size_t)n * sizeof *rows);
    for (int j = 0; j < n; j++) assert_true(is_measured(m, fold, variant[j], &rows[j]));
  }
  rms_replay_free(replay);
  rms_mixes_free(m);
  assert_int_equal(rms_ledger_live(), 0);
}

/* A mix of the fold that is asked for comes back as it was measured. */
static void test_replay_whole_mix(void **state)
{
  (void)state;
  struct rms_mixes *m = open_builtin();
  struct rms_replay *replay = NULL;
  uint8_t fold[2800];
  int tried = 0, same = 0;
  assert_int_equal(rms_mixes_deal(m, RMS_MEASURE_SEED, RMS_MEASURE_FOLDS, fold), RMS_OK);
  assert_int_equal(rms_replay_new(&replay, m), RMS_OK);
  for (size_t i = 0; i < m->n; i++) {
    const struct rms_mix *mix = &m->mixes[i];
    int variant[RMS_MIX_JOBS_MAX];
    struct rms_mps_row rows[RMS_MIX_JOBS_MAX];
    if (fold[i] != RMS_MEASURE_FOLD || mix->n < 5) continue;
    for (int j = 0; j < mix->n; j++) variant[j] = mix->variant[j];
    rms_replay_measure(replay, variant, mix->n, 3, rows);
    tried++;
    same += !memcmp(rows, mix->row, (size_t)mix->n * sizeof *rows);
  }
  assert_int_equal(tried, 240);
  assert_true(same > 200); /* two mixes of the same variants stand for each other; twins swap */
  rms_replay_free(replay);
  rms_mixes_free(m);
}

static void test_refused(void **state)
{
  (void)state;
  static const struct {
    const char *mixes, *why;
  } bad[] = {
      {"", "no mixes"},
      {"0,1,2\n", "m.csv:1"},
      {"2,1,1,10000\n", "variant is \"2\""},
      {"0,1,1,9999\n", "largest time of job 1 is 9999"},
      {"0,0,1,10000\n", "time is \"0\""},
      {"0,1,1,10001\n", "time is \"10001\""},
      {"0,1,1,10000,1,x,1,10000\n", "time is \"x\""},
  };
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    struct rms_mixes *m = NULL;
    struct rms_error err = {0};
    assert_int_equal(parse(&m, speeds, bad[i].mixes, &err), RMS_E_FORMAT);
    assert_null(m);
    if (!strstr(err.text, bad[i].why)) fail_msg("\"%s\" lacks \"%s\"", err.text, bad[i].why);
  }
  struct rms_mixes *m = NULL;
  struct rms_error err = {0};
  assert_int_equal(parse(&m, "model,batch\n", "0,1,1,10000\n", &err), RMS_E_FORMAT);
  assert_non_null(strstr(err.text, "speed_7g"));
  assert_int_equal(rms_ledger_live(), 0);
}

static void test_every_failed_allocation(void **state)
{
  (void)state;
  for (long n = 1;; n++) {
    struct rms_mixes *m = NULL;
    struct rms_replay *replay = NULL;
    rms_ledger_fail_at(n);
    int status = parse(&m, speeds, "0,1,1,10000\n1,5,7,10000,0,1,1,10000\n", NULL);
    if (!status) status = rms_replay_new(&replay, m);
    const int has_failed = rms_ledger_has_failed();
    rms_ledger_fail_at(0);
    rms_replay_free(replay);
    rms_mixes_free(m);
    assert_int_equal(rms_ledger_live(), 0);
    assert_int_equal(status, has_failed ? RMS_E_NOMEM : RMS_OK);
    if (!has_failed) break;
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_builtin),
      cmocka_unit_test(test_first_mix),
      cmocka_unit_test(test_folds_are_even),
      cmocka_unit_test(test_replay),
      cmocka_unit_test(test_replay_whole_mix),
      cmocka_unit_test(test_refused),
      cmocka_unit_test(test_every_failed_allocation),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
