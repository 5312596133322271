/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Everything that a solver can do wrong, on request. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "solvers/dummy/dummy.h"

enum { MIB = 1 << 20, FOREVER = 300 /* s: nothing outlives a test for long */ };

#define WORD(name, text) [RMS_DUMMY_##name] = text,
static const char *const names[] = {RMS_DUMMY_MAP(WORD)};

enum rms_misbehaviour rms_dummy_parse(const char *name)
{
  for (size_t i = 0; i < RMS_DUMMY_COUNT; i++)
    if (strcmp(names[i], name) == 0) return (enum rms_misbehaviour)i;
  return RMS_DUMMY_NONE;
}

/* A page that cannot be touched: a true fault, which no compiler can see. */
static unsigned char *forbidden(size_t bytes)
{
  void *page = mmap(NULL, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return page == MAP_FAILED ? NULL : page;
}

void rms_dummy_die(void)
{
  volatile unsigned char *page = forbidden(4096);
  if (page) *page = 1;
  raise(SIGSEGV);
}

/* The volatile pointer keeps the compiler from seeing that the block is of no use. */
void rms_dummy_lose(size_t bytes)
{
  volatile unsigned char *lost = malloc(bytes);
  if (lost) lost[bytes / 2] = 1;
}

static double clock_of(clockid_t id)
{
  struct timespec t;
  clock_gettime(id, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int spin(double for_seconds)
{
  volatile unsigned sum = 0;
  for (double end = clock_of(CLOCK_MONOTONIC) + for_seconds; clock_of(CLOCK_MONOTONIC) < end;)
    sum++;
  return RMS_DUMMY_GO_ON;
}

static void sleep_long(double for_seconds)
{
  const struct timespec pause = {.tv_nsec = 100000000};
  for (double end = clock_of(CLOCK_MONOTONIC) + for_seconds; clock_of(CLOCK_MONOTONIC) < end;)
    nanosleep(&pause, NULL);
}

/* Each frame is used after the call, so that none can be dropped. */
static unsigned recurse(unsigned depth)
{
  volatile unsigned char frame[4096];
  memset((void *)(uintptr_t)frame, (int)(depth & 255), sizeof frame);
  return depth == UINT32_MAX ? 0 : recurse(depth + 1) + frame[depth % sizeof frame];
}

static unsigned use_stack(void)
{
  volatile unsigned char frame[4 * MIB];
  unsigned sum = 0;
  for (size_t i = 0; i < sizeof frame; i += 4096) frame[i] = (unsigned char)i;
  for (size_t i = 0; i < sizeof frame; i += 4096) sum += frame[i];
  return sum;
}

/* Writes one page of each MiB: what counts is the address space, and filling it takes a slow
 * machine seconds. */
static int take_memory(void)
{
  for (char *block; (block = malloc(16 * MIB));)
    for (size_t i = 0; i < 16 * MIB; i += MIB) block[i] = 1;
  return RMS_E_NOMEM;
}

static int leave_process(bool in_own_session)
{
  fflush(NULL);
  if (fork() == 0) {
    if (in_own_session) setsid();
    sleep_long(FOREVER);
    _exit(0);
  }
  return RMS_DUMMY_GO_ON;
}

/* Many processes, each with little memory of its own: in all more than a limit of one lets through.
 */
static int gather_crowd(void)
{
  enum { CROWD = 24, EACH = 16 };
  fflush(NULL);
  for (int i = 0; i < CROWD; i++) {
    if (fork() != 0) continue;
    volatile char *block = malloc(EACH * (size_t)MIB);
    for (size_t k = 0; block && k < EACH * (size_t)MIB; k += 4096) block[k] = 1;
    sleep_long(FOREVER);
    _exit(0);
  }
  sleep_long(FOREVER);
  return RMS_DUMMY_GO_ON;
}

static int flood_output(void)
{
  static const char line[] =
      "This solver talks too much, and says the same thing again and again.\n";
  for (size_t bytes = 0; bytes < 256 * (size_t)MIB; bytes += sizeof line - 1)
    if (write(bytes % 2 ? STDERR_FILENO : STDOUT_FILENO, line, sizeof line - 1) < 0) break;
  return RMS_DUMMY_GO_ON;
}

static int flood_reports(struct rms_dummy *self, const struct rms_host *host)
{
  struct rms_incumbent inc = {.size = sizeof inc, .bound = 0, .work = self->done};
  for (int i = 0; i < 200000; i++) {
    inc.bound = -1e6 + i;
    inc.evaluations = self->evaluations;
    if (host->report(host->ctx, &inc)) break;
  }
  return RMS_DUMMY_GO_ON;
}

static int flood_log(const struct rms_host *host)
{
  for (int i = 0; i < 200000; i++) host->log(host->ctx, 1, "line %d of very many", i);
  return RMS_DUMMY_GO_ON;
}

/* Hidden state of a process without a variable of ours: what a library's global would do. */
static void remember(struct rms_dummy *self)
{
  const char *before = getenv("RMS_DUMMY_STATE");
  if (before) self->done += 1000;
  setenv("RMS_DUMMY_STATE", "1", 1);
}

static void write_instance(const struct rms_dummy *self)
{
  union {
    const struct rms_serve *from;
    struct rms_serve *to;
  } inst = {.from = self->inst};
  if (inst.to->n_services > 0) inst.to->services[0].demand += 1;
}

/* Uses what malloc gives without a look at it. */
static void unchecked(void)
{
  volatile unsigned char *block = malloc(1000);
  block[0] = 1;
  free((void *)(uintptr_t)block);
}

int rms_dummy_misbehave(struct rms_dummy *self, const struct rms_host *host)
{
  switch (self->misbehave) {
  case RMS_DUMMY_SEGV: rms_dummy_die(); break;
  case RMS_DUMMY_ABORT: abort();
  case RMS_DUMMY_EXIT: exit(12);
  case RMS_DUMMY_STACK: self->evaluations += recurse(0); break;
  case RMS_DUMMY_BIG_STACK: self->evaluations += use_stack() & 0; break;
  case RMS_DUMMY_LEAK: rms_dummy_lose(65536); break;
  case RMS_DUMMY_MEMORY: return take_memory();
  case RMS_DUMMY_UNCHECKED: unchecked(); break;
  case RMS_DUMMY_SPIN: return spin(FOREVER);
  case RMS_DUMMY_SLEEP: sleep_long(FOREVER); break;
  case RMS_DUMMY_IGNORE_STOP: return spin(30);
  case RMS_DUMMY_LATE: sleep_long(4); break;
  case RMS_DUMMY_FORK: return leave_process(false);
  case RMS_DUMMY_SETSID: return leave_process(true);
  case RMS_DUMMY_CROWD: return gather_crowd();
  case RMS_DUMMY_PRINT:
    printf("a line on standard output\n");
    fprintf(stderr, "a line on standard error\n");
    break;
  case RMS_DUMMY_FLOOD_OUTPUT: return flood_output();
  case RMS_DUMMY_FLOOD_REPORTS: return flood_reports(self, host);
  case RMS_DUMMY_FLOOD_LOG: return flood_log(host);
  case RMS_DUMMY_STATE: remember(self); break;
  case RMS_DUMMY_WRITE_INSTANCE: write_instance(self); break;
  case RMS_DUMMY_LIE_INFEASIBLE: return RMS_INFEASIBLE;
  case RMS_DUMMY_NOMEM: return RMS_E_NOMEM;
  case RMS_DUMMY_UNSUPPORTED: return RMS_UNSUPPORTED;
  default: break; /* the others twist a report, open or close */
  }
  return RMS_DUMMY_GO_ON;
}

/* Half of the machines: too few, and honestly counted. */
static void halve(struct rms_dummy *self, struct rms_incumbent *inc)
{
  for (size_t g = 0; g < self->plan.n_groups; g++)
    self->plan.groups[g].count = (self->plan.groups[g].count + 1) / 2;
  if (self->plan.n_groups > 1)
    self->plan.n_groups--;
  else
    rms_serve_plan_clear(&self->plan);
  rms_text_clear(&self->bytes);
  if (rms_serve_plan_encode(&self->plan, &self->bytes) < 0) return;
  inc->objective[0] = (double)rms_serve_plan_cost(self->inst, &self->plan);
  inc->solution = self->bytes.data;
  inc->solution_bytes = self->bytes.length;
}

void rms_dummy_twist(struct rms_dummy *self, struct rms_incumbent *inc, const struct rms_host *host)
{
  switch (self->misbehave) {
  case RMS_DUMMY_LIE_OBJECTIVE: inc->objective[0] -= 1; break;
  case RMS_DUMMY_LIE_FEASIBLE: halve(self, inc); break;
  case RMS_DUMMY_LIE_BOUND: inc->bound = inc->objective[0] + 1; break;
  case RMS_DUMMY_WORSE: host->report(host->ctx, inc); break; /* and once more below */
  case RMS_DUMMY_WORK_BACK: inc->work = 1; break;
  case RMS_DUMMY_WORK_STILL: inc->work = 0; break;
  case RMS_DUMMY_CLOCK: inc->evaluations += (uint64_t)(clock_of(CLOCK_MONOTONIC) * 1e6); break;
  case RMS_DUMMY_DIE_IN_REPORT:
    inc->solution = forbidden(4096);
    inc->solution_bytes = 4096;
    break;
  case RMS_DUMMY_HUGE_REPORT: /* larger than any limit: a host that looks beyond it crashes */
    inc->solution_bytes = (size_t)2048 * MIB;
    break;
  case RMS_DUMMY_BAD_BYTES: {
    unsigned char *bytes = (unsigned char *)self->bytes.data;
    for (size_t i = 0; i < self->bytes.length; i++)
      bytes[i] = (unsigned char)host->random(host->ctx, 9, i);
    break;
  }
  default: break;
  }
}
