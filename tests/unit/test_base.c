/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <limits.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "instances/base/embedded.h"
#include "instances/base/file.h"
#include "instances/base/hash.h"
#include "instances/base/memory.h"
#include "instances/base/rng.h"
#include "instances/base/text.h"
#include "ledger.h"

static void status_texts(void **state)
{
  (void)state;
  assert_string_equal(rms_status_text(RMS_E_NOMEM), "out of memory");
  assert_string_equal(rms_status_text(RMS_OK), "success");
  assert_string_equal(rms_status_text(77), "unknown status");
}

static void errors_are_plain_and_bounded(void **state)
{
  (void)state;
  struct rms_error err = {0};
  assert_int_equal(rms_error_set(NULL, RMS_E_IO, "x"), RMS_E_IO);
  assert_int_equal(rms_error_set(&err, RMS_E_FORMAT, "a\nb\x1b[31m\xc2\x9bz\xffé"), RMS_E_FORMAT);
  assert_string_equal(err.text, "a?b?[31m??z?é");
  assert_int_equal(rms_error_where(&err, "%s:%d", "f.json", 3), RMS_E_FORMAT);
  assert_string_equal(err.text, "f.json:3: a?b?[31m??z?é");
  char big[2000];
  for (size_t i = 0; i + 2 < sizeof big; i += 2) memcpy(big + i, "é", 3);
  rms_error_set(&err, RMS_E_IO, "%s", big);
  assert_true(strlen(err.text) < sizeof err.text);
  assert_null(strchr(err.text, '?'));
  struct rms_error none = {0};
  assert_int_equal(rms_error_where(&none, "x"), RMS_E_INTERNAL);
}

static void arena_blocks_are_zeroed_apart_and_aligned(void **state)
{
  (void)state;
  struct rms_arena *arena = rms_arena_new();
  struct rms_rng rng = {.purpose = RMS_PURPOSE_ANALYSIS};
  unsigned char *blocks[300];
  size_t sizes[300];
  for (size_t i = 0; i < 300; i++) {
    sizes[i] = rms_rng_below(&rng, i % 50 ? 200 : 100000);
    blocks[i] = rms_arena_alloc(arena, sizes[i], 1);
    assert_non_null(blocks[i]);
    assert_int_equal((uintptr_t)blocks[i] % 16, 0);
    for (size_t k = 0; k < sizes[i]; k++) assert_int_equal(blocks[i][k], 0);
    memset(blocks[i], (int)(i & 0xff), sizes[i]);
  }
  for (size_t i = 0; i < 300; i++)
    for (size_t k = 0; k < sizes[i]; k++) assert_int_equal(blocks[i][k], i & 0xff);
  assert_null(rms_arena_alloc(arena, SIZE_MAX / 2, 3));
  assert_null(rms_arena_alloc(arena, SIZE_MAX, 1));
  assert_null(rms_arena_alloc(arena, SIZE_MAX - 40, 1));
  assert_string_equal(rms_arena_copy(arena, "abcdef", 3), "abc");
  assert_string_equal(rms_arena_text(arena, ""), "");
  assert_true(rms_arena_bytes(arena) > 1000);
  rms_arena_free(arena);
  rms_arena_free(NULL);
}

static void grow_keeps_what_was_there(void **state)
{
  (void)state;
  int *values = NULL;
  size_t capacity = 0;
  for (size_t i = 0; i < 1000; i++) {
    assert_int_equal(rms_grow(&values, &capacity, i + 1, sizeof *values), RMS_OK);
    values[i] = (int)i;
  }
  for (size_t i = 0; i < 1000; i++) assert_int_equal(values[i], i);
  int *const before = values;
  const size_t old = capacity;
  assert_int_equal(rms_grow(&values, &capacity, SIZE_MAX / 2, sizeof *values), RMS_E_NOMEM);
  rms_ledger_fail_at(1);
  assert_int_equal(rms_grow(&values, &capacity, old + 1, sizeof *values), RMS_E_NOMEM);
  assert_true(values == before && capacity == old);
  free(values);
}

static void text_grows_and_fails_once_for_all(void **state)
{
  (void)state;
  struct rms_text text = {0};
  for (int i = 0; i < 500; i++) rms_text_printf(&text, "%d,", i);
  rms_text_add(&text, "end");
  assert_int_equal(rms_text_status(&text), RMS_OK);
  assert_int_equal(strlen(text.data), text.length);
  assert_string_equal(text.data + text.length - 7, "499,end");
  rms_text_clear(&text);
  rms_text_printf(&text, "%0500d", 7); /* longer than the room that is usually left */
  assert_int_equal(text.length, 500);
  assert_int_equal(strspn(text.data, "0"), 499);
  rms_text_clear(&text);
  rms_text_uint(&text, UINT64_MAX);
  rms_text_uint(&text, 0);
  assert_string_equal(text.data, "184467440737095516150");
  rms_text_fini(&text);
  rms_ledger_fail_at(1);
  rms_text_add(&text, "lost");
  rms_text_add(&text, "ignored");
  assert_int_equal(rms_text_status(&text), RMS_E_NOMEM);
  assert_int_equal(text.length, 0);
  rms_text_clear(&text);
  rms_text_add(&text, "fine");
  assert_string_equal(text.data, "fine");
  rms_text_fini(&text);
}

static void json_strings_are_escaped(void **state)
{
  (void)state;
  static const char *const pairs[][2] = {
      {"plain é", "\"plain é\""},
      {"a\"b\\c", "\"a\\\"b\\\\c\""},
      {"\n\t\r\b\f", "\"\\n\\t\\r\\b\\f\""},
      {"\x01\x1f\x7f", "\"\\u0001\\u001f\\u007f\""},
      {"a\xff"
       "b",
       "\"a\xef\xbf\xbd"
       "b\""},
      {"\xe2\x82", "\"\xef\xbf\xbd\xef\xbf\xbd\""},
      {"\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""}, /* a lone surrogate */
      {"\xc0\xaf", "\"\xef\xbf\xbd\xef\xbf\xbd\""},                 /* overlong */
      {"😀", "\"😀\""},
      {NULL, "null"}};
  for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
    struct rms_text text = {0};
    rms_text_json(&text, pairs[i][0]);
    assert_string_equal(text.data, pairs[i][1]);
    rms_text_fini(&text);
  }
}

static void doubles_read_back(void **state)
{
  (void)state;
  struct rms_text text = {0};
  struct rms_rng rng = {.purpose = RMS_PURPOSE_ANALYSIS, .stream = 1};
  for (int i = 0; i < 20000; i++) {
    const uint64_t bits = rms_rng_bits(&rng);
    double value, back;
    memcpy(&value, &bits, sizeof value);
    rms_text_clear(&text);
    rms_text_double(&text, value);
    if (!isfinite(value)) {
      assert_string_equal(text.data, "null");
      continue;
    }
    assert_int_equal(rms_parse_double(text.data, &back), RMS_OK);
    assert_memory_equal(&back, &value, sizeof value);
  }
  static const struct {
    double value;
    const char *text;
  } rows[] = {{0.1, "0.1"},       {148.8, "148.8"}, {0.1 + 0.2, "0.30000000000000004"},
              {5, "5"},           {1e22, "1e+22"},  {NAN, "null"},
              {INFINITY, "null"}, {0.0, "0"},       {-0.0, "-0"},
              {-17, "-17"},       {1e15, "1e+15"},  {999999999999999, "999999999999999"},
              {-1e15, "-1e+15"}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    rms_text_clear(&text);
    rms_text_double(&text, rows[i].value);
    assert_string_equal(text.data, rows[i].text);
  }
  rms_text_fini(&text);
}

static void parsers_take_good_and_refuse_bad(void **state)
{
  (void)state;
  double d = -7;
  int64_t n = -7;
  bool b = false;
  uint64_t u = 7;
  static const char *const bad_double[] = {"",    " 1", "1 ",  "0x10", "nan",   "inf", "1e999",
                                           "1,5", "1e", "--1", ".",    "1.2.3", "e5",  "infinity"};
  for (size_t i = 0; i < sizeof bad_double / sizeof *bad_double; i++)
    assert_int_equal(rms_parse_double(bad_double[i], &d), RMS_E_FORMAT);
  assert_true(d == -7);
  assert_int_equal(rms_parse_double("1.5e-3", &d), RMS_OK);
  assert_true(d == 1.5e-3);
  static const struct {
    const char *text;
    int64_t value;
  } ints[] = {{"0", 0},
              {"-0", 0},
              {"12", 12},
              {"1e6", 1000000},
              {"3e9", 3000000000},
              {"1.5e3", 1500},
              {"+4", 4},
              {"2.0", 2},
              {"9223372036854775807", INT64_MAX},
              {"1200e-2", 12},
              {"-9223372036854775808", INT64_MIN},
              {"0.000e-9999", 0},
              {"100000000000000000000e-10", 10000000000}};
  for (size_t i = 0; i < sizeof ints / sizeof *ints; i++) {
    assert_int_equal(rms_parse_int(ints[i].text, &n), RMS_OK);
    assert_int_equal(n, ints[i].value);
  }
  static const char *const bad_int[] = {"",
                                        "1.5",
                                        "1e-1",
                                        "9223372036854775808",
                                        "1e19",
                                        "x",
                                        "1x",
                                        "0x1",
                                        " 1",
                                        "-9223372036854775809",
                                        "1e",
                                        "-",
                                        "1e99999999999999999999",
                                        "1e999999999"};
  for (size_t i = 0; i < sizeof bad_int / sizeof *bad_int; i++)
    assert_int_equal(rms_parse_int(bad_int[i], &n), RMS_E_FORMAT);
  assert_int_equal(rms_parse_bool("yes", &b), RMS_OK);
  assert_true(b);
  assert_int_equal(rms_parse_bool("off", &b), RMS_OK);
  assert_false(b);
  assert_int_equal(rms_parse_bool("YES!", &b), RMS_E_FORMAT);
  static const struct {
    const char *text;
    double value;
  } times[] = {{"10", 10},  {"10s", 10},    {"500ms", 0.5},
               {"2m", 120}, {"1.5h", 5400}, {"1e3s", 1000}};
  for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
    assert_int_equal(rms_parse_seconds(times[i].text, &d), RMS_OK);
    assert_true(d == times[i].value);
  }
  static const char *const bad_time[] = {"", "s", "-1s", "1 s", "1x", "1ee", "1e", "infs"};
  for (size_t i = 0; i < sizeof bad_time / sizeof *bad_time; i++)
    assert_int_equal(rms_parse_seconds(bad_time[i], &d), RMS_E_FORMAT);
  static const struct {
    const char *text;
    uint64_t value;
  } sizes[] = {{"4096", 4096},   {"64KiB", 65536}, {"1GB", 1000000000}, {"2GiB", UINT64_C(1) << 31},
               {"1.5KiB", 1536}, {"0", 0}};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    assert_int_equal(rms_parse_bytes(sizes[i].text, &u), RMS_OK);
    assert_int_equal(u, sizes[i].value);
  }
  assert_int_equal(rms_parse_bytes("-1", &u), RMS_E_FORMAT);
  assert_int_equal(rms_parse_bytes("1.5", &u), RMS_E_FORMAT);
  assert_int_equal(rms_parse_bytes("1QiB", &u), RMS_E_FORMAT);
}

static void distance_is_an_edit_distance(void **state)
{
  (void)state;
  assert_int_equal(rms_text_distance("solve", "solve"), 0);
  assert_int_equal(rms_text_distance("slove", "solve"), 2);
  assert_int_equal(rms_text_distance("", "abc"), 3);
  assert_int_equal(rms_text_distance("kitten", "sitting"), 3);
}

static int64_t micro_of(double value, enum rms_round direction)
{
  int64_t micro = -1;
  assert_int_equal(rms_micro_from_double(value, direction, &micro), RMS_OK);
  return micro;
}

static void micros_are_what_was_written(void **state)
{
  (void)state;
  /* Every decimal with up to six places and at most 15 digits is exact in both directions. */
  struct rms_rng rng = {.purpose = RMS_PURPOSE_ANALYSIS, .stream = 2};
  struct rms_text text = {0};
  for (int i = 0; i < 50000; i++) {
    uint64_t limit = 10;
    for (uint64_t k = rms_rng_below(&rng, 15); k; k--) limit *= 10;
    const int64_t micro = (int64_t)rms_rng_below(&rng, limit);
    rms_text_clear(&text);
    rms_text_micro(&text, micro);
    double value;
    assert_int_equal(rms_parse_double(text.data, &value), RMS_OK);
    assert_int_equal(micro_of(value, RMS_ROUND_UP), micro);
    assert_int_equal(micro_of(value, RMS_ROUND_DOWN), micro);
    assert_true(rms_micro_to_double(micro) == value);
  }
  rms_text_fini(&text);
}

static void micros_round_in_the_stated_direction(void **state)
{
  (void)state;
  struct rms_rng rng = {.purpose = RMS_PURPOSE_ANALYSIS, .stream = 3};
  for (int i = 0; i < 50000; i++) {
    /* Seven to nine decimals: the digits beyond the sixth decide. */
    const long long whole = (long long)rms_rng_below(&rng, 100000);
    const long long micros = (long long)rms_rng_below(&rng, 1000000);
    const long long beyond = (long long)rms_rng_below(&rng, 1000);
    char decimal[64];
    snprintf(decimal, sizeof decimal, "%lld.%06lld%03lld", whole, micros, beyond);
    const double value = strtod(decimal, NULL);
    const int64_t down = whole * RMS_MICRO + micros;
    assert_int_equal(micro_of(value, RMS_ROUND_DOWN), down);
    assert_int_equal(micro_of(value, RMS_ROUND_UP), down + (beyond != 0));
  }
  assert_int_equal(micro_of(0, RMS_ROUND_UP), 0);
  assert_int_equal(micro_of(-0.0, RMS_ROUND_UP), 0);
  assert_int_equal(micro_of(1e-300, RMS_ROUND_UP), 1);
  assert_int_equal(micro_of(1e-300, RMS_ROUND_DOWN), 0);
  assert_int_equal(micro_of(5e-324, RMS_ROUND_UP), 1);
  assert_int_equal(micro_of(1e12, RMS_ROUND_UP), RMS_MICRO_MAX);
  assert_int_equal(micro_of(nextafter(1e12, 0), RMS_ROUND_UP), INT64_C(999999999999999900));
  int64_t micro = 5;
  assert_int_equal(rms_micro_from_double(-1, RMS_ROUND_UP, &micro), RMS_E_PARAM);
  assert_int_equal(rms_micro_from_double(NAN, RMS_ROUND_UP, &micro), RMS_E_PARAM);
  assert_int_equal(rms_micro_from_double(INFINITY, RMS_ROUND_UP, &micro), RMS_E_PARAM);
  assert_int_equal(rms_micro_from_double(nextafter(1e12, 2e12), RMS_ROUND_DOWN, &micro),
                   RMS_E_PARAM);
  assert_int_equal(micro, 5);
}

static void micro_texts(void **state)
{
  (void)state;
  static const struct {
    int64_t micro;
    const char *text;
  } rows[] = {{148800000, "148.8"},
              {5000000, "5"},
              {1, "0.000001"},
              {0, "0"},
              {-1500000, "-1.5"},
              {1000010, "1.00001"},
              {INT64_MIN, "-9223372036854.775808"}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct rms_text text = {0};
    rms_text_micro(&text, rows[i].micro);
    assert_string_equal(text.data, rows[i].text);
    rms_text_fini(&text);
  }
}

static void hashes(void **state)
{
  (void)state;
  char text[RMS_HASH_TEXT];
  /* XXH3-128 of nothing, seed 0: published with the algorithm. */
  rms_hash_print(rms_hash_bytes("", 0), text);
  assert_string_equal(text, "99aa06d3014798d86001c324468d497f");
  const struct rms_hash a = rms_hash_bytes("a", 1), b = rms_hash_bytes("b", 1);
  struct rms_hash back;
  rms_hash_print(a, text);
  assert_int_equal(rms_hash_parse(text, &back), RMS_OK);
  assert_int_equal(rms_hash_compare(a, back), 0);
  assert_true(rms_hash_compare(a, b) * rms_hash_compare(b, a) < 0);
  static const char *const bad[] = {"", "99", "99aa06d3014798d86001c324468d497g",
                                    "99AA06d3014798d86001c324468d497f",
                                    "99aa06d3014798d86001c324468d497f0"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    assert_int_equal(rms_hash_parse(bad[i], &back), RMS_E_FORMAT);
}

static void paths_are_joined_or_refused(void **state)
{
  (void)state;
  static char longest[PATH_MAX];
  char path[PATH_MAX], own[PATH_MAX];
  struct rms_error err = {0};
  memset(longest, 'x', PATH_MAX - 3);
  assert_int_equal(rms_path_join(path, "a/b", "c", &err), RMS_OK);
  assert_string_equal(path, "a/b/c");
  assert_int_equal(rms_path_join(path, longest, "y", &err), RMS_OK); /* as long as it may be */
  assert_int_equal(strlen(path), PATH_MAX - 1);
  assert_int_equal(rms_path_join(path, longest, "yy", &err), RMS_E_IO);
  assert_non_null(strstr(err.text, "too long"));
  assert_int_equal(rms_path_of_program(path, &err), RMS_OK);
  assert_int_equal(rms_path_join(own, path, "test_base", &err), RMS_OK);
  assert_int_equal(access(own, X_OK), 0); /* this program */
}

static void files_are_whole_or_not_there(void **state)
{
  (void)state;
  struct rms_error err = {0};
  char folder[] = "/tmp/rms-base-XXXXXX", path[128], deep[128];
  assert_non_null(mkdtemp(folder));
  snprintf(deep, sizeof deep, "%s/a/b//c/", folder);
  assert_int_equal(rms_dir_make(deep, &err), RMS_OK);
  assert_int_equal(rms_dir_make(deep, &err), RMS_OK);
  snprintf(path, sizeof path, "%s/a/b/c/file", folder);
  char *bytes = NULL;
  size_t n = 0;
  assert_int_equal(rms_file_read(path, 10, &bytes, &n, &err), RMS_E_IO);
  assert_int_equal(rms_file_write(path, "hello\0x", 7, &err), RMS_OK);
  assert_int_equal(chmod(path, 0640), 0);
  assert_int_equal(rms_file_write(path, "second\0", 7, &err), RMS_OK);
  struct stat st;
  assert_int_equal(stat(path, &st), 0);
  assert_int_equal(st.st_mode & 07777, 0640);
  assert_int_equal(rms_file_read(path, 6, &bytes, &n, &err), RMS_E_LIMIT);
  assert_null(bytes);
  assert_int_equal(rms_file_read(path, 7, &bytes, &n, &err), RMS_OK);
  assert_int_equal(n, 7);
  assert_memory_equal(bytes, "second\0", 8);
  free(bytes);
  bytes = NULL;
  assert_int_equal(rms_file_read(folder, 10, &bytes, &n, &err), RMS_E_IO);
  assert_non_null(strstr(err.text, "is a folder"));
  assert_int_equal(rms_file_read("/dev/zero", 100000, &bytes, &n, &err), RMS_E_LIMIT);
  assert_int_equal(rms_file_read("/dev/null", 10, &bytes, &n, &err), RMS_OK);
  assert_int_equal(n, 0);
  free(bytes);
  bytes = NULL;
  assert_int_equal(rms_file_write("/dev/null", "x", 1, &err), RMS_OK);
  assert_int_equal(rms_file_write("/dev/full", "x", 1, &err), RMS_E_IO);
  if (!access("/dev/shm", W_OK)) { /* where files are, not devices */
    snprintf(deep, sizeof deep, "/dev/shm/rms-test-%ld", (long)getpid());
    assert_int_equal(rms_file_write(deep, "x", 1, &err), RMS_OK);
    assert_int_equal(unlink(deep), 0);
  }
  snprintf(deep, sizeof deep, "%s/none/file", folder);
  assert_int_equal(rms_file_write(deep, "x", 1, &err), RMS_E_IO);
  snprintf(deep, sizeof deep, "%s/a/b/c", folder);
  assert_int_equal(rms_file_write(deep, "x", 1, &err), RMS_E_IO); /* a folder is in the way */
  snprintf(deep, sizeof deep, "%s/a/b/c/file/d", folder);
  assert_int_equal(rms_dir_make(deep, &err), RMS_E_IO);
  for (long k = 1;; k++) {
    rms_ledger_fail_at(k);
    const int status = rms_file_read(path, 100, &bytes, &n, &err);
    if (!rms_ledger_has_failed()) break;
    assert_int_equal(status, RMS_E_NOMEM);
  }
  rms_ledger_fail_at(0);
  free(bytes);
  snprintf(deep, sizeof deep, "rm -r %s", folder);
  assert_int_equal(system(deep), 0);
}

static void embedded_files_are_sorted_and_found(void **state)
{
  (void)state;
  for (size_t i = 0; i < rms_embedded_count; i++) {
    const struct rms_embedded *file = &rms_embedded_files[i];
    assert_ptr_equal(rms_embedded_find(file->name), file);
    assert_int_equal(file->bytes[file->size], 0);
    if (i) assert_true(strcmp(rms_embedded_files[i - 1].name, file->name) < 0);
  }
  assert_null(rms_embedded_find("no/such/file"));
}

static int no_block_is_alive(void **state)
{
  (void)state;
  return rms_ledger_live() != 0;
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(status_texts),
      cmocka_unit_test(errors_are_plain_and_bounded),
      cmocka_unit_test(arena_blocks_are_zeroed_apart_and_aligned),
      cmocka_unit_test(grow_keeps_what_was_there),
      cmocka_unit_test(text_grows_and_fails_once_for_all),
      cmocka_unit_test(json_strings_are_escaped),
      cmocka_unit_test(doubles_read_back),
      cmocka_unit_test(parsers_take_good_and_refuse_bad),
      cmocka_unit_test(distance_is_an_edit_distance),
      cmocka_unit_test(micros_are_what_was_written),
      cmocka_unit_test(micros_round_in_the_stated_direction),
      cmocka_unit_test(micro_texts),
      cmocka_unit_test(hashes),
      cmocka_unit_test(paths_are_joined_or_refused),
      cmocka_unit_test(files_are_whole_or_not_there),
      cmocka_unit_test(embedded_files_are_sorted_and_found),
  };
  return cmocka_run_group_tests(tests, NULL, no_block_is_alive);
}
