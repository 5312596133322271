/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "harness/journal.h"
#include "instances/base/file.h"
#include "instances/base/rng.h"
#include "ledger.h"

#define LAUNCH "{\"type\":\"launch\",\"format\":\"" RMS_RECORD_FORMAT "\"}"

static struct rms_hash job_of(uint64_t number)
{
  return rms_hash_bytes(&number, sizeof number);
}

static const struct rms_trace_point points[] = {
    {0.5, 10, 2, 41, NAN, 0.25}, {0.75, UINT64_MAX, UINT64_MAX - 1, 40.5, 12.25, 0.5}};

static struct rms_run run_of(uint64_t number, int64_t attempt)
{
  return (struct rms_run){.job = job_of(number),
                          .instance_hash = job_of(100 + number),
                          .solution = job_of(200 + number),
                          .attempt = attempt,
                          .family = "serve",
                          .instance = number % 2 ? "tiny \"quoted\" é" : "tiny é",
                          .reference = "serve:set=a,index=1",
                          .group = "g",
                          .solver = "s",
                          .version = "1",
                          .params = "a=1,b=2",
                          .label = "s:a=1",
                          .proves_bounds = true,
                          .seed = UINT64_MAX,
                          .repeat = 3,
                          .is_work_limited = true,
                          .limit_time = INFINITY,
                          .limit_work = UINT64_MAX,
                          .limit_cpu = 10,
                          .limit_memory = 1 << 30,
                          .end = RMS_END_SIGNAL,
                          .end_detail = "SEGV",
                          .claim = RMS_CLAIM_FEASIBLE,
                          .verdict = "verified_feasible",
                          .why = "because",
                          .n_objectives = 2,
                          .objective_step = 1,
                          .objective = {40.5, NAN, NAN, NAN},
                          .bound = 12.25,
                          .verified_bound = NAN,
                          .work = 20,
                          .evaluations = 4,
                          .n_trace = 2,
                          .trace = points,
                          .wall = 1.5,
                          .cpu_user = 1,
                          .cpu_system = 0.25,
                          .peak_memory = 12345,
                          .host = "h",
                          .launch = "L",
                          .memory_mechanism = "rlimit_as",
                          .rank = 2,
                          .started = 1234567890.125};
}

static void ends_and_claims_have_names(void **state)
{
  (void)state;
  for (int i = 0; i < RMS_END_COUNT; i++) {
    enum rms_end end = RMS_END_COUNT;
    assert_int_equal(rms_end_parse(rms_end_text((enum rms_end)i), &end), RMS_OK);
    assert_int_equal(end, i);
  }
  for (int i = 0; i < RMS_CLAIM_COUNT; i++) {
    enum rms_claim_kind claim = RMS_CLAIM_COUNT;
    assert_int_equal(rms_claim_parse(rms_claim_text((enum rms_claim_kind)i), &claim), RMS_OK);
    assert_int_equal(claim, i);
  }
  enum rms_end end;
  assert_int_equal(rms_end_parse("nothing", &end), RMS_E_FORMAT);
}

static void a_run_survives_the_round_trip(void **state)
{
  (void)state;
  struct rms_arena *arena = rms_arena_new();
  struct rms_error err = {0};
  struct rms_text first = {0}, second = {0};
  struct rms_run run = run_of(1, 2), back;
  run.why = "line\nbreak \xff end";
  assert_int_equal(rms_run_write(&run, true, &first), RMS_OK);
  const int status = rms_run_parse(&back, first.data, first.length, arena, &err);
  if (status) print_error("%s\n", err.text);
  assert_int_equal(status, RMS_OK);
  assert_int_equal(rms_run_write(&back, true, &second), RMS_OK);
  assert_string_equal(first.data, second.data);
  assert_string_equal(back.why, "line?break ? end");
  assert_true(back.seed == UINT64_MAX && back.trace[1].work == UINT64_MAX);
  assert_true(isnan(back.trace[0].bound) && back.trace[1].t == 0.75 && back.trace[1].cpu == 0.5);
  assert_true(isinf(back.limit_time) && back.limit_work == UINT64_MAX);
  assert_int_equal(back.attempt, 2);
  assert_int_equal(back.n_objectives, 2);
  rms_text_clear(&first);
  assert_int_equal(rms_run_write(&run, false, &first), RMS_OK);
  assert_null(strstr(first.data, "\"env\""));
  assert_null(strstr(first.data, "attempt"));
  rms_text_fini(&second);
  rms_text_fini(&first);
  rms_arena_free(arena);
}

static void wrong_lines_are_refused_by_name(void **state)
{
  (void)state;
  static const struct {
    const char *from, *to, *says;
  } rows[] = {{"\"end\":\"signal\"", "\"end\":\"sgnal\"", "end is \"sgnal\""},
              {"\"claim\":\"feasible\"", "\"claim\":1", "$.claim"},
              {"\"mode\":\"work\"", "\"mode\":\"both\"", "must be work or time"},
              {"\"seed\":\"18446744073709551615\"", "\"seed\":\"18446744073709551616\"", "$.seed"},
              {"\"seed\":\"18446744073709551615\"", "\"seed\":-1", "$.seed"},
              {"\"type\":\"run\"", "\"type\":\"ran\"", "must be run"},
              {"\"work\":20", "\"wrk\":20", "unknown field \"wrk\", did you mean \"work\"?"},
              {"\"t\":[0.5,0.75]", "\"t\":[0.5]", "$.env.t"},
              {"\"objective\":[", "\"objective\":[1,2,3,", "$.objective"},
              {"\"trace\":[[", "\"trace\":[[1,", "$.trace[0]"},
              {"\"job\":\"", "\"job\":\"x", "$.job"}};
  struct rms_arena *arena = rms_arena_new();
  struct rms_text line = {0};
  const struct rms_run run = run_of(1, 1);
  assert_int_equal(rms_run_write(&run, true, &line), RMS_OK);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct rms_text bad = {0};
    struct rms_error err = {0};
    struct rms_run back;
    const char *at = strstr(line.data, rows[i].from);
    assert_non_null(at);
    rms_text_bytes(&bad, line.data, (size_t)(at - line.data));
    rms_text_add(&bad, rows[i].to);
    rms_text_add(&bad, at + strlen(rows[i].from));
    assert_int_equal(rms_run_parse(&back, bad.data, bad.length, arena, &err), RMS_E_FORMAT);
    if (!strstr(err.text, rows[i].says)) fail_msg("'%s' lacks '%s'", err.text, rows[i].says);
    rms_text_fini(&bad);
  }
  rms_text_fini(&line);
  rms_arena_free(arena);
}

static void make_folder(char folder[64])
{
  strcpy(folder, "/tmp/rms-record-XXXXXX");
  assert_non_null(mkdtemp(folder));
}

static void remove_folder(const char *folder)
{
  char command[128];
  snprintf(command, sizeof command, "rm -r %s", folder);
  assert_int_equal(system(command), 0);
}

static struct rms_journal *open_journal(const char *folder, const char *launch, int64_t rank)
{
  struct rms_journal *journal = NULL;
  struct rms_error err = {0};
  const int status = rms_journal_open(&journal, folder, launch, rank, LAUNCH, &err);
  if (status) print_error("%s\n", err.text);
  assert_int_equal(status, RMS_OK);
  return journal;
}

/* What resuming reads must be what all others read. */
static void compare_brief(const struct rms_records *whole, const char *folder)
{
  struct rms_records *brief = NULL;
  struct rms_error err = {0};
  const int status = rms_records_load_brief(&brief, folder, &err);
  if (status) print_error("%s\n", err.text);
  assert_int_equal(status, RMS_OK);
  assert_int_equal(rms_hash_compare(brief->hash, whole->hash), 0);
  assert_int_equal(brief->n_runs, whole->n_runs);
  assert_int_equal(brief->n_torn, whole->n_torn);
  assert_int_equal(brief->n_files, whole->n_files);
  assert_int_equal(brief->n_launches, whole->n_launches);
  assert_int_equal(brief->n_in_flight, whole->n_in_flight);
  assert_int_equal(brief->n_duplicates, whole->n_duplicates);
  assert_int_equal(brief->n_unfinished, whole->n_unfinished);
  for (size_t i = 0; i < whole->n_unfinished; i++) {
    const struct rms_unfinished *a = &brief->unfinished[i], *b = &whole->unfinished[i];
    assert_int_equal(rms_hash_compare(a->job, b->job), 0);
    assert_int_equal(a->attempts, b->attempts);
    assert_int_equal(a->lost, b->lost);
    assert_int_equal(a->launch != NULL, b->launch != NULL);
  }
  for (size_t i = 0; i < whole->n_runs; i++) {
    const struct rms_run *a = &brief->runs[i], *b = &whole->runs[i];
    assert_int_equal(rms_hash_compare(a->job, b->job), 0);
    assert_int_equal(a->attempt, b->attempt);
    assert_int_equal(a->end, b->end);
    assert_int_equal(a->rank, b->rank);
    assert_int_equal(a->is_work_limited, b->is_work_limited);
    assert_true(a->wall == b->wall || (isnan(a->wall) && isnan(b->wall)));
    assert_string_equal(a->verdict, b->verdict);
    assert_string_equal(a->instance, b->instance);
    assert_string_equal(a->group, b->group);
    assert_string_equal(a->label, b->label);
    assert_string_equal(a->launch, b->launch);
  }
  rms_records_free(brief);
}

static struct rms_records *load(const char *folder)
{
  struct rms_records *records = NULL;
  struct rms_error err = {0};
  const int status = rms_records_load(&records, folder, &err);
  if (status) print_error("%s\n", err.text);
  assert_int_equal(status, RMS_OK);
  compare_brief(records, folder);
  return records;
}

static void do_job(struct rms_journal *journal, uint64_t number, int64_t attempt)
{
  const struct rms_run run = run_of(number, attempt);
  assert_int_equal(rms_journal_start(journal, run.job, attempt, NULL), RMS_OK);
  assert_int_equal(rms_journal_run(journal, &run, NULL), RMS_OK);
}

static void a_folder_without_records_is_empty(void **state)
{
  (void)state;
  struct rms_records *records = load("/no/such/folder");
  assert_int_equal(records->n_runs + records->n_files + records->n_unfinished, 0);
  rms_records_free(records);
  rms_records_free(NULL);
}

static void journals_are_read_back_in_any_layout(void **state)
{
  (void)state;
  char folder[64];
  struct rms_hash hash[2];
  for (int layout = 0; layout < 2; layout++) {
    make_folder(folder);
    struct rms_journal *a = open_journal(folder, "A", 0);
    struct rms_journal *b = layout ? open_journal(folder, "A", 1) : a;
    for (uint64_t i = 0; i < 20; i++) do_job(i % 2 ? a : b, layout ? 19 - i : i, 1 + layout);
    assert_int_equal(rms_journal_close(a, NULL), RMS_OK);
    if (layout) assert_int_equal(rms_journal_close(b, NULL), RMS_OK);
    struct rms_records *records = load(folder);
    assert_int_equal(records->n_runs, 20);
    assert_int_equal(records->n_launches, 1 + layout);
    assert_int_equal(records->n_torn + records->n_duplicates + records->n_in_flight, 0);
    assert_int_equal(records->n_unfinished, 0);
    for (size_t i = 1; i < records->n_runs; i++)
      assert_true(rms_hash_compare(records->runs[i - 1].job, records->runs[i].job) < 0);
    hash[layout] = records->hash;
    rms_records_free(records);
    remove_folder(folder);
  }
  assert_int_equal(rms_hash_compare(hash[0], hash[1]), 0);
}

static void a_file_is_never_opened_twice(void **state)
{
  (void)state;
  char folder[64];
  make_folder(folder);
  struct rms_journal *journal = open_journal(folder, "A", 0), *again = NULL;
  struct rms_error err = {0};
  assert_int_equal(rms_journal_open(&again, folder, "A", 0, LAUNCH, &err), RMS_E_IO);
  assert_null(again);
  rms_journal_close(journal, NULL);
  remove_folder(folder);
}

static void the_last_line_may_be_torn_at_every_byte(void **state)
{
  (void)state;
  char folder[64], path[128];
  struct rms_error err = {0};
  char *bytes = NULL;
  size_t n = 0;
  make_folder(folder);
  struct rms_journal *journal = open_journal(folder, "A", 0);
  do_job(journal, 1, 1);
  do_job(journal, 2, 1);
  rms_journal_close(journal, NULL);
  snprintf(path, sizeof path, "%s/records/A.0000.jsonl", folder);
  assert_int_equal(rms_file_read(path, 1 << 20, &bytes, &n, &err), RMS_OK);
  const char *closed = strstr(bytes, "{\"type\":\"closed\"");
  const size_t whole = (size_t)(closed - bytes);
  size_t line = whole - 1; /* where the last run line begins */
  while (bytes[line - 1] != '\n') line--;
  for (size_t cut = line; cut <= whole; cut++) {
    assert_int_equal(rms_file_write(path, bytes, cut, &err), RMS_OK);
    struct rms_records *records = load(folder);
    const bool is_whole = cut == whole;
    assert_int_equal(records->n_runs, is_whole ? 2 : 1);
    assert_int_equal(records->n_torn, cut > line && !is_whole);
    assert_int_equal(records->n_in_flight, !is_whole);
    assert_int_equal(records->n_unfinished, !is_whole);
    if (!is_whole) {
      assert_int_equal(rms_hash_compare(records->unfinished[0].job, job_of(2)), 0);
      assert_int_equal(records->unfinished[0].attempts, 1);
      assert_int_equal(records->unfinished[0].lost, 1);
    }
    rms_records_free(records);
  }
  /* The same damage in the middle is an error that names file and line. */
  bytes[line + 5] = 0;
  assert_int_equal(rms_file_write(path, bytes, n, &err), RMS_OK);
  struct rms_records *records = NULL;
  assert_int_equal(rms_records_load(&records, folder, &err), RMS_E_FORMAT);
  assert_non_null(strstr(err.text, "A.0000.jsonl:5"));
  assert_int_equal(rms_file_write(path, "", 0, &err), RMS_OK); /* died before its first line */
  records = load(folder);
  assert_int_equal(records->n_files, 1);
  rms_records_free(records);
  free(bytes);
  remove_folder(folder);
}

static void attempts_that_are_lost_or_cancelled_are_told_apart(void **state)
{
  (void)state;
  char folder[64];
  make_folder(folder);
  struct rms_journal *a = open_journal(folder, "A", 0);
  rms_journal_start(a, job_of(1), 1, NULL);
  rms_journal_lost(a, job_of(1), 1, NULL);
  rms_journal_start(a, job_of(2), 1, NULL); /* cancelled: the file is closed */
  rms_journal_close(a, NULL);
  struct rms_journal *b = open_journal(folder, "B", 0);
  rms_journal_start(b, job_of(1), 2, NULL);
  struct rms_records *records = load(folder); /* b is still open: in flight */
  assert_int_equal(records->n_in_flight, 1);
  assert_int_equal(records->n_unfinished, 2);
  for (size_t i = 0; i < 2; i++) {
    const struct rms_unfinished *job = &records->unfinished[i];
    const bool is_first = !rms_hash_compare(job->job, job_of(1));
    assert_int_equal(job->attempts, is_first ? 2 : 1);
    assert_int_equal(job->lost, is_first ? 2 : 0);
  }
  rms_records_free(records);
  rms_journal_close(b, NULL);
  remove_folder(folder);
}

static void the_lowest_attempt_that_is_not_lost_counts(void **state)
{
  (void)state;
  char folder[64];
  make_folder(folder);
  struct rms_journal *a = open_journal(folder, "A", 0);
  for (int64_t attempt = 4; attempt > 0; attempt--) {
    struct rms_run run = run_of(7, attempt);
    run.is_work_limited = false;
    run.work = (uint64_t)attempt;
    if (attempt == 1) run.end = RMS_END_LOST;
    assert_int_equal(rms_journal_run(a, &run, NULL), RMS_OK);
  }
  rms_journal_close(a, NULL);
  struct rms_records *records = load(folder);
  assert_int_equal(records->n_runs, 1);
  assert_int_equal(records->n_duplicates, 3);
  assert_int_equal(records->runs[0].attempt, 2);
  rms_records_free(records);
  remove_folder(folder);
}

static void differing_work_limited_runs_raise_the_alarm(void **state)
{
  (void)state;
  for (int differ = 0; differ < 2; differ++) {
    char folder[64];
    make_folder(folder);
    struct rms_journal *a = open_journal(folder, "A", 0);
    for (int64_t attempt = 1; attempt < 3; attempt++) {
      struct rms_run run = run_of(7, attempt);
      run.end = RMS_END_EXIT;
      run.wall = (double)attempt;
      if (differ) run.evaluations = (uint64_t)attempt;
      assert_int_equal(rms_journal_run(a, &run, NULL), RMS_OK);
    }
    rms_journal_close(a, NULL);
    struct rms_records *records = NULL;
    struct rms_error err = {0};
    const int status = rms_records_load(&records, folder, &err);
    assert_int_equal(status, differ ? RMS_E_INTERNAL : RMS_OK);
    if (differ) assert_non_null(strstr(err.text, "alarm"));
    rms_records_free(records);
    records = NULL;
    err = (struct rms_error){0};
    assert_int_equal(rms_records_load_brief(&records, folder, &err), status);
    if (differ) assert_non_null(strstr(err.text, "alarm"));
    rms_records_free(records);
    remove_folder(folder);
  }
}

static void a_full_disk_ends_in_an_error_and_whole_lines(void **state)
{
  (void)state;
  const struct rms_run run = run_of(1, 1);
  struct rms_text text = {0};
  assert_int_equal(rms_run_write(&run, true, &text), RMS_OK);
  const size_t one = text.length, head = sizeof LAUNCH;
  rms_text_fini(&text);
  struct rlimit old, limit;
  assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
  signal(SIGXFSZ, SIG_IGN);
  for (size_t room = head; room < head + 2 * one + 5; room += 97) {
    char folder[64];
    struct rms_error err = {0};
    make_folder(folder);
    limit = (struct rlimit){.rlim_cur = room, .rlim_max = old.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    struct rms_journal *journal = open_journal(folder, "A", 0);
    int status = RMS_OK;
    size_t committed = 0;
    for (uint64_t i = 0; i < 4 && !status; i++) {
      struct rms_run each = run_of(1, 1);
      each.job = job_of(i);
      status = rms_journal_run(journal, &each, &err);
      committed += !status;
    }
    assert_int_equal(status, RMS_E_IO);
    assert_non_null(strstr(err.text, "cannot be written"));
    assert_int_equal(rms_journal_start(journal, job_of(9), 1, &err), RMS_E_IO); /* it sticks */
    assert_int_equal(rms_journal_close(journal, &err), RMS_OK);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    struct rms_records *records = load(folder);
    assert_int_equal(records->n_runs, committed);
    assert_int_equal(records->n_torn, 0);
    rms_records_free(records);
    remove_folder(folder);
  }
}

static void failing_allocations(void **state)
{
  (void)state;
  char folder[64];
  make_folder(folder);
  struct rms_journal *journal = open_journal(folder, "A", 0);
  do_job(journal, 1, 1);
  do_job(journal, 1, 2);
  rms_journal_start(journal, job_of(2), 1, NULL);
  rms_journal_close(journal, NULL);
  bool is_brief = false;
  for (long k = 1;; k++) {
    struct rms_records *records = NULL;
    struct rms_error err = {0};
    const long live = rms_ledger_live();
    rms_ledger_fail_at(k);
    const int status = is_brief ? rms_records_load_brief(&records, folder, &err)
                                : rms_records_load(&records, folder, &err);
    const int failed = rms_ledger_has_failed();
    rms_ledger_fail_at(0);
    if (!failed) {
      assert_int_equal(status, RMS_OK);
      rms_records_free(records);
      if (is_brief) break;
      is_brief = true;
      k = 0;
      continue;
    }
    assert_int_equal(status, RMS_E_NOMEM);
    assert_null(records);
    assert_int_equal(rms_ledger_live(), live);
  }
  remove_folder(folder);
}

static int no_block_is_alive(void **state)
{
  (void)state;
  return rms_ledger_live() != 0;
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(ends_and_claims_have_names),
      cmocka_unit_test(a_run_survives_the_round_trip),
      cmocka_unit_test(wrong_lines_are_refused_by_name),
      cmocka_unit_test(a_folder_without_records_is_empty),
      cmocka_unit_test(journals_are_read_back_in_any_layout),
      cmocka_unit_test(a_file_is_never_opened_twice),
      cmocka_unit_test(the_last_line_may_be_torn_at_every_byte),
      cmocka_unit_test(attempts_that_are_lost_or_cancelled_are_told_apart),
      cmocka_unit_test(the_lowest_attempt_that_is_not_lost_counts),
      cmocka_unit_test(differing_work_limited_runs_raise_the_alarm),
      cmocka_unit_test(a_full_disk_ends_in_an_error_and_whole_lines),
      cmocka_unit_test(failing_allocations),
  };
  return cmocka_run_group_tests(tests, NULL, no_block_is_alive);
}
