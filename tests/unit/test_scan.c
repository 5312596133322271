/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The quick reader of record lines: it takes what we write, and nothing that is not JSON. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "harness/scan.h"
#include "instances/base/json.h"

static const struct rms_trace_point points[] = {{0.5, 10, 2, 41, NAN, 0.25},
                                                {0.75, 12, 3, 40.5, -1e-7, 0.5}};

static struct rms_run sample(void)
{
  return (struct rms_run){.job = rms_hash_bytes("job", 3),
                          .instance_hash = rms_hash_bytes("i", 1),
                          .attempt = 3,
                          .family = "serve",
                          .instance = "tiny é",
                          .reference = "serve:set=a,index=1",
                          .group = "g",
                          .solver = "s",
                          .version = "1",
                          .params = "a=1",
                          .label = "s:a=1",
                          .seed = UINT64_MAX,
                          .is_work_limited = true,
                          .limit_time = INFINITY,
                          .limit_work = 5,
                          .end = RMS_END_SIGNAL,
                          .end_detail = "SEGV",
                          .claim = RMS_CLAIM_FEASIBLE,
                          .verdict = "verified_feasible",
                          .why = "a \"quoted\" word",
                          .n_objectives = 2,
                          .objective = {40.5, NAN, NAN, NAN},
                          .bound = -2.5e-9,
                          .verified_bound = NAN,
                          .n_trace = 2,
                          .trace = points,
                          .wall = 0.125,
                          .host = "h",
                          .launch = "L",
                          .memory_mechanism = "none",
                          .rank = 17,
                          .started = 1e9};
}

static bool is(struct rms_span span, const char *text)
{
  return span.n == strlen(text) && memcmp(span.at, text, span.n) == 0;
}

static void a_written_line_is_taken(void **state)
{
  (void)state;
  const struct rms_run run = sample();
  struct rms_text line = {0}, content = {0};
  struct rms_scan scan;
  assert_int_equal(rms_run_write(&run, true, &line), RMS_OK);
  assert_int_equal(rms_run_write(&run, false, &content), RMS_OK);
  assert_true(rms_scan_line(line.data, line.length - 1, &scan));
  assert_int_equal(scan.kind, RMS_SCAN_RUN);
  assert_int_equal(rms_hash_compare(scan.job, run.job), 0);
  assert_int_equal(scan.attempt, 3);
  assert_int_equal(scan.rank, 17);
  assert_int_equal(scan.end, RMS_END_SIGNAL);
  assert_true(scan.is_work_limited && scan.wall == 0.125 && scan.started == 1e9);
  assert_true(is(scan.instance, "tiny é") && is(scan.group, "g") && is(scan.label, "s:a=1") &&
              is(scan.verdict, "verified_feasible") && is(scan.launch, "L"));
  assert_int_equal(content.length, scan.content.n + 2);
  assert_memory_equal(content.data, scan.content.at, scan.content.n);
  rms_text_fini(&content);
  rms_text_fini(&line);
}

static void starts_are_taken(void **state)
{
  (void)state;
  static const char begin[] = "{\"type\":\"start\",\"job\":\"00112233445566778899aabbccddeeff\"";
  static const struct {
    const char *rest;
    bool is_taken;
  } rows[] = {{",\"attempt\":2}", true},
              {",\"attempt\":2,\"started\":12.5}", true},
              {",\"attempt\":2,\"other\":1}", false},
              {"}", false},
              {",\"attempt\":0}", false},
              {",\"attempt\":2} ", false},
              {",\"attempt\":2.0}", false},
              {", \"attempt\":2}", false}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    char line[200];
    struct rms_scan scan;
    strcpy(line, begin);
    strcat(line, rows[i].rest);
    assert_int_equal(rms_scan_line(line, strlen(line), &scan), rows[i].is_taken);
    if (!rows[i].is_taken) continue;
    assert_int_equal(scan.kind, RMS_SCAN_START);
    assert_int_equal(scan.attempt, 2);
    assert_true(i ? scan.started == 12.5 : isnan(scan.started));
  }
}

/* Cut anywhere, changed anywhere: whatever is taken is JSON, and a cut line never is. */
static void a_damaged_line_is_not_taken(void **state)
{
  (void)state;
  static const char changes[] = "\"\\{}[],:0-e.n \x01\x80\xff";
  const struct rms_run run = sample();
  struct rms_text line = {0};
  struct rms_scan scan;
  size_t n_taken = 0;
  assert_int_equal(rms_run_write(&run, true, &line), RMS_OK);
  const size_t n = line.length - 1;
  for (size_t i = 0; i < n; i++) assert_false(rms_scan_line(line.data, i, &scan));
  for (size_t i = 0; i < n; i++) {
    const char byte = line.data[i];
    for (size_t k = 0; k + 1 < sizeof changes; k++) {
      struct rms_document *doc = NULL;
      line.data[i] = changes[k];
      if (rms_scan_line(line.data, n, &scan)) {
        n_taken++;
        assert_int_equal(rms_document_parse(&doc, line.data, n, "line", NULL), RMS_OK);
        rms_document_free(doc);
      }
    }
    line.data[i] = byte;
  }
  assert_true(n_taken > 100); /* within strings much is as good as what was there */
  rms_text_fini(&line);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_written_line_is_taken),
      cmocka_unit_test(starts_are_taken),
      cmocka_unit_test(a_damaged_line_is_not_taken),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
