/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Jobs in the helper: the dummy misbehaves in every way it knows, and each is told from the others.
 */
#include <dirent.h>
#include <math.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "harness/isolate.h"
#include "ledger.h"
#include "serve_fixture.h"

#ifdef __SANITIZE_ADDRESS__
enum { HAS_SANITIZER = 1 };
#else
enum { HAS_SANITIZER = 0 };
#endif

static char folder[] = "/tmp/rms-isolate-XXXXXX";
static char instance[64];

static int make_instance(void **state)
{
  FILE *file;

  (void)state;
  if (!mkdtemp(folder)) return -1;
  snprintf(instance, sizeof instance, "%s/i.json", folder);
  file = fopen(instance, "w");
  if (!file) return -1;
  fputs(SERVE_SMALL, file);
  return fclose(file);
}

static int remove_instance(void **state)
{
  (void)state;
  unlink(instance);
  return rmdir(folder);
}

static struct rms_job dummy_job(const char *params)
{
  struct rms_job job = {
      .family = "serve",
      .reference = instance,
      .group = "test",
      .solver = "dummy",
      .version = NULL,
      .params = params,
      .label = "dummy",
      .seed = 1,
      .islands = 1,
      .limits = {.time = 120, .work = UINT64_MAX, .grace = 0.2},
  };

  assert_int_equal(rms_job_identify(&job), 0);
  return job;
}

/* Wait for the result; the event is valid until the next receive. */
static void await(struct rms_helper *helper, struct rms_event *event)
{
  struct rms_error err = {0};

  do {
    struct pollfd wait = {.fd = rms_helper_fd(helper), .events = POLLIN};
    poll(&wait, 1, 1000);
    if (rms_helper_receive(helper, event, &err) < 0) fail_msg("%s", err.text);
  } while (event->kind == RMS_EVENT_NONE || event->kind == RMS_EVENT_PROGRESS);
}

static void run(struct rms_helper *helper, const struct rms_job *job, struct rms_event *event)
{
  struct rms_error err = {0};

  if (rms_helper_submit(helper, job, &err) < 0) fail_msg("%s", err.text);
  await(helper, event);
  assert_int_equal(event->kind, RMS_EVENT_RESULT);
}

static struct rms_helper *start(void)
{
  struct rms_helper *helper = NULL;
  struct rms_error err = {0};

  if (rms_helper_start(&helper, NULL, &err) < 0) fail_msg("%s", err.text);
  return helper;
}

struct expectation {
  const char *params;
  enum rms_end end;
  const char *detail;
  enum rms_claim_kind claim;
  const char *verdict;
  double time, cpu; /* limits; 0: 20 s and time + 5 */
  uint64_t memory;
  bool not_sanitized; /* the sanitizer changes this one */
};

#define MISBEHAVE(name) "incumbents=3,at=1,misbehave=" name
#define NOTHING(name)   "incumbents=3,at=0,misbehave=" name
static const struct expectation expectations[] = {
    {"", RMS_END_EXIT, "", RMS_CLAIM_FEASIBLE, "verified_feasible", 0, 0, 0, false},
    {"mode=null", RMS_END_EXIT, "", RMS_CLAIM_NONE, "none", 0, 0, 0, false},
    /* deaths: what was reported before counts, and is judged */
    {MISBEHAVE("segv"), RMS_END_SIGNAL, "SEGV", RMS_CLAIM_FEASIBLE, "verified_feasible", 0, 0, 0,
     false},
    {NOTHING("segv"), RMS_END_SIGNAL, "SEGV", RMS_CLAIM_NONE, "none", 0, 0, 0, false},
    {MISBEHAVE("abort"), RMS_END_SIGNAL, "ABRT", RMS_CLAIM_FEASIBLE, "verified_feasible", 0, 0, 0,
     false},
    {MISBEHAVE("exit"), RMS_END_EXIT, "exit 12", RMS_CLAIM_FEASIBLE, "verified_feasible", 0, 0, 0,
     false},
    {MISBEHAVE("stack"), RMS_END_SIGNAL, "SEGV", RMS_CLAIM_FEASIBLE, "verified_feasible", 0, 0, 0,
     false},
    {MISBEHAVE("die-in-report"), RMS_END_SIGNAL, "SEGV", RMS_CLAIM_FEASIBLE, "verified_feasible", 0,
     0, 0, true},
    {MISBEHAVE("die-in-open"), RMS_END_SIGNAL, "SEGV", RMS_CLAIM_NONE, "none", 0, 0, 0, false},
    {MISBEHAVE("die-in-close"), RMS_END_SIGNAL, "SEGV", RMS_CLAIM_FEASIBLE, "verified_feasible", 0,
     0, 0, false},
    {MISBEHAVE("segv"), RMS_END_SIGNAL, "SEGV", RMS_CLAIM_FEASIBLE, "verified_feasible", 0, 0,
     UINT64_C(256) << 20, false},
    /* memory: on evidence only */
    {MISBEHAVE("memory"), RMS_END_MEMORY, "out of memory", RMS_CLAIM_FEASIBLE, "verified_feasible",
     0, 0, UINT64_C(256) << 20, true},
    {MISBEHAVE("crowd"), RMS_END_MEMORY, "killed", RMS_CLAIM_FEASIBLE, "verified_feasible", 0, 0,
     UINT64_C(64) << 20, true},
    {MISBEHAVE("nomem"), RMS_END_MEMORY, "out of memory", RMS_CLAIM_FEASIBLE, "verified_feasible",
     0, 0, 0, false},
    /* time */
    {MISBEHAVE("spin"), RMS_END_TIMEOUT_CPU, "", RMS_CLAIM_FEASIBLE, "verified_feasible", 0, 1, 0,
     false},
    {MISBEHAVE("spin"), RMS_END_TIMEOUT_WALL, "killed", RMS_CLAIM_FEASIBLE, "verified_feasible",
     0.2, 0, 0, false},
    {MISBEHAVE("sleep"), RMS_END_TIMEOUT_WALL, "killed", RMS_CLAIM_FEASIBLE, "verified_feasible",
     0.2, 0, 0, false},
    {MISBEHAVE("ignore-stop"), RMS_END_TIMEOUT_WALL, "killed", RMS_CLAIM_FEASIBLE,
     "verified_feasible", 0.2, 0, 0, false},
    {"incumbents=1000,delay=0.05", RMS_END_EXIT, "", RMS_CLAIM_FEASIBLE, "verified_feasible", 0.3,
     0, 0, false},
    /* what is left behind */
    {MISBEHAVE("fork"), RMS_END_EXIT, "", RMS_CLAIM_FEASIBLE, "verified_feasible", 0, 0, 0, false},
    {MISBEHAVE("setsid"), RMS_END_EXIT, "", RMS_CLAIM_FEASIBLE, "verified_feasible", 0, 0, 0,
     false},
    {MISBEHAVE("leak"), RMS_END_EXIT, "", RMS_CLAIM_FEASIBLE, "verified_feasible", 0, 0, 0, false},
    /* floods */
    {MISBEHAVE("flood-output"), RMS_END_EXIT, "", RMS_CLAIM_FEASIBLE, "verified_feasible", 0, 0, 0,
     false},
    {MISBEHAVE("flood-log"), RMS_END_EXIT, "", RMS_CLAIM_FEASIBLE, "verified_feasible", 0, 0, 0,
     false},
    {MISBEHAVE("flood-reports"), RMS_END_EXIT, "", RMS_CLAIM_FEASIBLE, NULL, 0, 0, 0, false},
    {MISBEHAVE("huge-report"), RMS_END_EXIT, "", RMS_CLAIM_FEASIBLE, "verified_feasible", 0, 0, 0,
     false},
    {"incumbents=1,misbehave=huge-report", RMS_END_EXIT, "", RMS_CLAIM_NONE, "unverifiable", 0, 0,
     0, false},
    {"incumbents=20000,work=1", RMS_END_EXIT, "", RMS_CLAIM_FEASIBLE, "verified_feasible", 0, 0, 0,
     false},
    /* lies */
    {MISBEHAVE("lie-objective"), RMS_END_EXIT, "", RMS_CLAIM_FEASIBLE, "wrong_objective", 0, 0, 0,
     false},
    {MISBEHAVE("lie-feasible"), RMS_END_EXIT, "", RMS_CLAIM_FEASIBLE, "infeasible_solution", 0, 0,
     0, false},
    {MISBEHAVE("lie-bound"), RMS_END_EXIT, "", RMS_CLAIM_FEASIBLE, "wrong_bound", 0, 0, 0, false},
    {MISBEHAVE("lie-optimal"), RMS_END_EXIT, "", RMS_CLAIM_OPTIMAL, "verified_feasible", 0, 0, 0,
     false},
    {"incumbents=0,misbehave=lie-optimal", RMS_END_EXIT, "", RMS_CLAIM_OPTIMAL, "unverifiable", 0,
     0, 0, false},
    {MISBEHAVE("lie-infeasible"), RMS_END_EXIT, "", RMS_CLAIM_INFEASIBLE, "wrong_infeasibility", 0,
     0, 0, false},
    {NOTHING("lie-infeasible"), RMS_END_EXIT, "", RMS_CLAIM_INFEASIBLE, "none", 0, 0, 0, false},
    {"incumbents=1,misbehave=bad-bytes", RMS_END_EXIT, "", RMS_CLAIM_FEASIBLE, NULL, 0, 0, 0,
     false},
    {MISBEHAVE("worse"), RMS_END_EXIT, "", RMS_CLAIM_FEASIBLE, "verified_feasible", 0, 0, 0, false},
    /* gives up, or cannot begin */
    {NOTHING("unsupported"), RMS_END_UNSUPPORTED, "", RMS_CLAIM_NONE, "none", 0, 0, 0, false},
    {"nonsense=1", RMS_END_START_FAILED, "", RMS_CLAIM_NONE, "none", 0, 0, 0, false},
};

static void test_every_misbehaviour(void **state)
{
  struct rms_helper *helper = start();

  (void)state;
  for (size_t i = 0; i < sizeof expectations / sizeof expectations[0]; i++) {
    const struct expectation *expected = &expectations[i];
    struct rms_job job = dummy_job(expected->params);
    struct rms_event event;

    if (HAS_SANITIZER && expected->not_sanitized) continue;
    if (expected->time > 0) job.limits.time = expected->time;
    job.limits.cpu = expected->cpu;
    job.limits.memory = expected->memory;
    run(helper, &job, &event);
    if (event.run.end != expected->end || event.run.claim != expected->claim ||
        strcmp(event.run.end_detail, expected->detail) != 0 ||
        (expected->verdict && strcmp(event.run.verdict, expected->verdict) != 0)) {
      print_message("%s: end %s (%s), claim %s, verdict %s, why '%s', log '%.200s'\n",
                    expected->params, rms_end_text(event.run.end), event.run.end_detail,
                    rms_claim_text(event.run.claim), event.run.verdict, event.run.why, event.log);
    }
    assert_int_equal(event.run.end, expected->end);
    assert_string_equal(event.run.end_detail, expected->detail);
    assert_int_equal(event.run.claim, expected->claim);
    if (expected->verdict) assert_string_equal(event.run.verdict, expected->verdict);
    assert_true(rms_hash_compare(event.run.job, job.id) == 0);
    /* A number is there only when it was verified. */
    assert_int_equal(!isnan(event.run.objective[0]),
                     strncmp(event.run.verdict, "verified", 8) == 0);
    assert_int_equal(event.solution != NULL, strncmp(event.run.verdict, "verified", 8) == 0);
    assert_true(event.run.n_trace <= RMS_TRACE_MAX);
    assert_true(strlen(event.log) <= 4096);
  }
  rms_helper_stop(helper);
  assert_int_equal(rms_ledger_live(), 0);
}

/* ---- what travels with a result ---- */

static void test_result(void **state)
{
  struct rms_helper *helper = start();
  struct rms_job job = dummy_job("incumbents=5");
  struct rms_event event;

  (void)state;
  run(helper, &job, &event);
  assert_string_equal(event.run.instance, "small");
  assert_string_equal(event.run.reference, instance);
  assert_string_equal(event.run.family, "serve");
  assert_string_equal(event.run.memory_mechanism, "none");
  assert_true(event.run.objective_step == 1);
  assert_int_equal(event.run.n_trace, 5);
  assert_int_equal(event.run.n_objectives, 1);
  assert_true(event.run.trace[4].objective == event.run.objective[0]);
  assert_true(event.run.wall >= event.run.trace[4].t);
  assert_int_equal(event.run.work, 50);
  assert_int_equal(event.run.evaluations, 5);
  assert_true(rms_hash_compare(event.run.solution,
                               rms_hash_bytes(event.solution, event.solution_bytes)) == 0);
  assert_string_equal(event.log, "");
  job = dummy_job("misbehave=print");
  run(helper, &job, &event);
  assert_non_null(strstr(event.log, "a line on standard error"));
  job = dummy_job("misbehave=flood-log");
  run(helper, &job, &event);
  assert_int_equal(strlen(event.log), 4096);
  rms_helper_stop(helper);
}

/* What it forks counts: processes, their CPU time, their memory together. */
static void test_crowd(void **state)
{
  struct rms_helper *helper = start();
  struct rms_job job = dummy_job(MISBEHAVE("crowd"));
  struct rms_event event;

  (void)state;
  job.limits.processes = 10;
  run(helper, &job, &event);
  assert_int_equal(event.run.end, RMS_END_PROCESSES);
  assert_string_equal(event.run.verdict, "verified_feasible");
  assert_int_equal(event.run.limit_processes, 10);
  assert_true(event.run.peak_memory > (uint64_t)4 << 20); /* of several */
  job = dummy_job("incumbents=3,delay=0.3");              /* long enough to be looked at */
  job.limits.processes = 1;
  job.limits.memory = (uint64_t)64 << 20;
  run(helper, &job, &event);
  assert_int_equal(event.run.end, RMS_END_EXIT);
  rms_helper_stop(helper);
}

/* A log that says something becomes a file, within its limit; silence leaves none. */
static void test_log_file(void **state)
{
  struct rms_helper *helper = NULL;
  struct rms_event event;
  struct rms_job job = dummy_job("misbehave=flood-output");
  char path[256], id[RMS_HASH_TEXT];
  struct stat info;

  (void)state;
  assert_int_equal(rms_helper_start(&helper, folder, NULL), 0);
  job.limits.output = 10000;
  run(helper, &job, &event);
  assert_int_equal(event.run.end, RMS_END_EXIT);
  rms_hash_print(job.id, id);
  snprintf(path, sizeof path, "%s/%s.log", folder, id);
  assert_int_equal(stat(path, &info), 0);
  assert_int_equal(info.st_size, 10000);
  unlink(path);
  job = dummy_job("");
  run(helper, &job, &event);
  rms_hash_print(job.id, id);
  snprintf(path, sizeof path, "%s/%s.log", folder, id);
  assert_int_equal(stat(path, &info), -1);
  rms_helper_stop(helper);
}

static void test_cannot_start(void **state)
{
  struct rms_helper *helper = start();
  struct rms_event event;
  struct rms_job job;

  (void)state;
  job = dummy_job("");
  job.plugin = "/nowhere/plugin.so";
  run(helper, &job, &event);
  assert_int_equal(event.run.end, RMS_END_START_FAILED);
  assert_non_null(strstr(event.run.why, "/nowhere/plugin.so"));
  job = dummy_job("");
  job.reference = "/nowhere/instance.json";
  run(helper, &job, &event);
  assert_int_equal(event.run.end, RMS_END_START_FAILED);
  assert_non_null(strstr(event.run.why, "/nowhere/instance.json"));
  job = dummy_job("");
  job.solver = "nobody";
  run(helper, &job, &event);
  assert_int_equal(event.run.end, RMS_END_START_FAILED);
  job = dummy_job("");
  job.version = "0.0";
  run(helper, &job, &event);
  assert_int_equal(event.run.end, RMS_END_START_FAILED);
  job = dummy_job("");
  job.instance_key = (struct rms_hash){1, 1};
  run(helper, &job, &event);
  assert_int_equal(event.run.end, RMS_END_START_FAILED);
  assert_non_null(strstr(event.run.why, "changed"));
  /* And the helper is as good as new. */
  job = dummy_job("");
  run(helper, &job, &event);
  assert_int_equal(event.run.end, RMS_END_EXIT);
  rms_helper_stop(helper);
}

/* ---- limits ---- */

static void test_work_limit(void **state)
{
  struct rms_helper *helper = start();
  struct rms_event event;
  struct rms_job job = dummy_job("incumbents=100,work=10");
  struct rms_trace_point first[3];

  (void)state;
  job.limits.is_work_limited = true;
  job.limits.work = 35;
  run(helper, &job, &event);
  assert_int_equal(event.run.end, RMS_END_EXIT);
  assert_int_equal(event.run.work, 35);
  assert_int_equal(event.run.n_trace, 3);
  memcpy(first, event.run.trace, sizeof first);
  /* A longer run begins with the shorter one. */
  job.limits.work = 95;
  run(helper, &job, &event);
  assert_int_equal(event.run.n_trace, 9);
  for (size_t i = 0; i < 3; i++) {
    assert_int_equal(event.run.trace[i].work, first[i].work);
    assert_true(event.run.trace[i].objective == first[i].objective);
  }
  /* The safety net: stopping there is a timeout, because it is not reproducible. */
  job = dummy_job("incumbents=1000,delay=0.05");
  job.limits.is_work_limited = true;
  job.limits.work = 1000000;
  job.limits.time = 0.2;
  run(helper, &job, &event);
  assert_int_equal(event.run.end, RMS_END_TIMEOUT_WALL);
  assert_string_equal(event.run.end_detail, "stopped");
  assert_string_equal(event.run.verdict, "verified_feasible");
  rms_helper_stop(helper);
}

/* ---- the parent's side ---- */

static void await_progress(struct rms_helper *helper, struct rms_event *event)
{
  do {
    struct pollfd wait = {.fd = rms_helper_fd(helper), .events = POLLIN};
    poll(&wait, 1, 1000);
    assert_int_equal(rms_helper_receive(helper, event, NULL), 0);
  } while (event->kind == RMS_EVENT_NONE);
  assert_int_equal(event->kind, RMS_EVENT_PROGRESS);
}

static void test_cancel(void **state)
{
  static const char *const params[] = {"incumbents=1000,delay=0.05",
                                       "incumbents=3,at=1,misbehave=sleep"};
  struct rms_helper *helper = start();
  struct rms_event event;

  (void)state;
  assert_int_equal(rms_helper_cancel(helper), 0); /* nothing runs: nothing happens */
  for (size_t i = 0; i < 2; i++) {
    struct rms_job job = dummy_job(params[i]);
    struct rms_error err = {0};

    const struct rms_job next = dummy_job("incumbents=2");
    assert_int_equal(rms_helper_submit(helper, &job, NULL), 0);
    assert_int_equal(rms_helper_submit(helper, &next, NULL), 0); /* waits */
    assert_int_equal(rms_helper_submit(helper, &job, &err), RMS_E_USAGE);
    await_progress(helper, &event);
    assert_true(event.point.objective > 0);
    assert_int_equal(rms_helper_cancel(helper), 0);
    await(helper, &event);
    assert_int_equal(event.kind, RMS_EVENT_RESULT);
    assert_int_equal(event.run.end, RMS_END_CANCELLED);
    assert_string_equal(event.run.verdict, "verified_feasible");
    assert_non_null(event.solution);
    assert_string_equal(event.run.params, params[i]);
    await(helper, &event);
    assert_int_equal(event.kind, RMS_EVENT_RESULT);
    assert_int_equal(event.run.end, RMS_END_EXIT);
    assert_string_equal(event.run.params, "incumbents=2");
    assert_int_equal(rms_hash_compare(event.run.job, next.id), 0);
    assert_int_equal(event.run.n_trace, 2);
  }
  rms_helper_stop(helper);
  assert_int_equal(rms_ledger_live(), 0);
}

/* Jobs handed over ahead come out in order, each as if it were alone, and a result stays readable
 * while the next job is handed over. */
static void test_one_waits(void **state)
{
  static const char *const params[] = {"incumbents=2",    NOTHING("segv"), "incumbents=4",
                                       "misbehave=print", "mode=null",     "incumbents=1"};
  enum { N = sizeof params / sizeof *params };
  struct rms_helper *helper = start();
  struct rms_job jobs[N];
  struct rms_event event;

  (void)state;
  for (size_t i = 0; i < N; i++) jobs[i] = dummy_job(params[i]);
  assert_int_equal(rms_helper_submit(helper, &jobs[0], NULL), 0);
  for (size_t i = 0; i < N; i++) {
    if (i == 0) assert_int_equal(rms_helper_submit(helper, &jobs[1], NULL), 0);
    await(helper, &event);
    assert_int_equal(event.kind, RMS_EVENT_RESULT);
    if (i + 2 < N) assert_int_equal(rms_helper_submit(helper, &jobs[i + 2], NULL), 0);
    assert_int_equal(rms_hash_compare(event.run.job, jobs[i].id), 0);
    assert_string_equal(event.run.params, params[i]);
    assert_int_equal(event.run.end, i == 1 ? RMS_END_SIGNAL : RMS_END_EXIT);
    assert_int_equal(event.log[0] != 0, i == 3);
    if (i == 2) assert_int_equal(event.run.n_trace, 4);
  }
  rms_helper_stop(helper);
  assert_int_equal(rms_ledger_live(), 0);
}

/* Is there a process of ours left? A test's own helper is its only child. */
static int count_children(void)
{
  char path[64];
  int n = 0;

  for (pid_t pid = getpid() + 1; pid < getpid() + 5000; pid++) {
    long parent = 0;
    FILE *file;

    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    file = fopen(path, "r");
    if (!file) continue;
    if (fscanf(file, "%*d (%*[^)]) %*c %ld", &parent) == 1 && parent == (long)getpid()) n++;
    fclose(file);
  }
  return n;
}

static void test_stop_while_running(void **state)
{
  struct rms_helper *helper = start();
  struct rms_job job = dummy_job("incumbents=3,at=1,misbehave=setsid,delay=5");
  struct rms_event event;

  (void)state;
  rms_helper_stop(NULL);
  assert_int_equal(rms_helper_submit(helper, &job, NULL), 0);
  assert_int_equal(rms_helper_receive(helper, &event, NULL), 0);
  rms_helper_stop(helper); /* does not wait for the job */
  assert_int_equal(count_children(), 0);
  assert_int_equal(rms_ledger_live(), 0);
}

/* Numbers of processes wrap around, so all of /proc is looked through. */
static pid_t child_of(pid_t whom)
{
  pid_t found = 0;
  DIR *proc = opendir("/proc");
  assert_non_null(proc);
  for (const struct dirent *entry; (entry = readdir(proc));) {
    char path[40];
    long parent = 0, pid = strtol(entry->d_name, NULL, 10);
    if (pid <= 0) continue;
    snprintf(path, sizeof path, "/proc/%ld/stat", pid % 100000000);
    FILE *file = fopen(path, "r");
    if (!file) continue;
    if (fscanf(file, "%*d (%*[^)]) %*c %ld", &parent) != 1) parent = 0;
    fclose(file);
    if (parent == (long)whom) found = (pid_t)pid;
  }
  closedir(proc);
  return found;
}

static void test_helper_dies(void **state)
{
  struct rms_helper *helper = start();
  struct rms_job job = dummy_job("misbehave=sleep");
  struct rms_event event;

  (void)state;
  assert_int_equal(rms_helper_submit(helper, &job, NULL), 0);
  kill(child_of(getpid()), SIGKILL);
  await(helper, &event);
  assert_int_equal(event.kind, RMS_EVENT_GONE);
  assert_int_equal(rms_helper_submit(helper, &job, NULL), RMS_E_IO);
  rms_helper_stop(helper);
}

/* The process that watches the solver stays for the next job, unless something was wrong with it;
 * what it did before cannot be seen in a result, and it may die in between. */
static void test_minder_stays(void **state)
{
  struct rms_helper *helper = start();
  const pid_t parent = child_of(getpid());
  struct rms_job clean = dummy_job("incumbents=3"), loud = dummy_job("misbehave=print"),
                 bad = dummy_job(MISBEHAVE("segv")), lie = dummy_job("misbehave=lie-objective"),
                 stray = dummy_job("misbehave=setsid");
  const struct rms_job *const unwelcome[] = {&bad, &lie, &stray};
  struct rms_event event;
  struct rms_hash solution;

  (void)state;
  run(helper, &clean, &event);
  solution = event.run.solution;
  const pid_t minder = child_of(parent);
  assert_true(minder > 0);
  run(helper, &loud, &event);
  assert_non_null(strstr(event.log, "a line on standard error"));
  run(helper, &clean, &event);
  assert_int_equal(child_of(parent), minder);
  assert_string_equal(event.log, "");
  assert_int_equal(event.run.n_trace, 3);
  assert_int_equal(rms_hash_compare(event.run.solution, solution), 0);
  for (size_t i = 0; i < sizeof unwelcome / sizeof *unwelcome; i++) {
    run(helper, unwelcome[i], &event);
    assert_int_equal(child_of(parent), 0);
  }
  run(helper, &clean, &event);
  kill(child_of(parent), SIGKILL);
  while (child_of(parent)) usleep(1000); /* until it has been reaped: nothing was lost with it */
  run(helper, &clean, &event);
  assert_int_equal(event.run.end, RMS_END_EXIT);
  assert_int_equal(rms_hash_compare(event.run.solution, solution), 0);
  rms_helper_stop(helper);
}

/* ---- islands ---- */

static void test_islands(void **state)
{
  struct rms_helper *helper = start();
  struct rms_event event;
  struct rms_job job = dummy_job("incumbents=200");
  size_t n_trace;

  (void)state;
  job.islands = 5;
  job.limits.is_work_limited = true;
  job.limits.work = 1000;
  run(helper, &job, &event);
  assert_int_equal(event.run.end, RMS_END_EXIT);
  assert_string_equal(event.run.verdict, "verified_feasible");
  assert_int_equal(event.run.work, 5 * 1000);
  n_trace = event.run.n_trace;
  assert_true(n_trace > 50);
  for (size_t i = 1; i < n_trace; i++) {
    assert_true(event.run.trace[i].work >= event.run.trace[i - 1].work);
    assert_true(event.run.trace[i].objective < event.run.trace[i - 1].objective);
  }
  /* All islands die at the same step here; the record says which one speaks. */
  job = dummy_job("incumbents=3,at=1,misbehave=segv");
  job.islands = 3;
  run(helper, &job, &event);
  assert_int_equal(event.run.end, RMS_END_SIGNAL);
  assert_string_equal(event.run.end_detail, "SEGV island 0 step 1");
  assert_string_equal(event.run.verdict, "verified_feasible");
  rms_helper_stop(helper);
}

/* ---- plugins ---- */

static void test_describe_refuses(void **state)
{
  struct rms_arena *arena = rms_arena_new();
  const struct rms_solver *solver = NULL;
  struct rms_error err = {0};

  (void)state;
  assert_true(rms_plugin_describe(&solver, "/nowhere/plugin.so", arena, &err) < 0);
  assert_non_null(strstr(err.text, "/nowhere/plugin.so"));
  assert_true(rms_plugin_describe(&solver, instance, arena, &err) < 0); /* no shared object */
  assert_null(solver);
  rms_arena_free(arena);
  assert_int_equal(rms_ledger_live(), 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_result),
      cmocka_unit_test(test_every_misbehaviour),
      cmocka_unit_test(test_crowd),
      cmocka_unit_test(test_log_file),
      cmocka_unit_test(test_cannot_start),
      cmocka_unit_test(test_work_limit),
      cmocka_unit_test(test_cancel),
      cmocka_unit_test(test_stop_while_running),
      cmocka_unit_test(test_helper_dies),
      cmocka_unit_test(test_one_waits),
      cmocka_unit_test(test_minder_stays),
      cmocka_unit_test(test_islands),
      cmocka_unit_test(test_describe_refuses),
  };

  return cmocka_run_group_tests(tests, make_instance, remove_instance);
}
