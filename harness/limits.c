/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <ucontext.h>
#include <unistd.h>

#include "harness/tree.h"

#if defined(__has_feature) /* clang */
#if __has_feature(address_sanitizer)
#define HAS_SANITIZER 1
#endif
#elif defined(__SANITIZE_ADDRESS__) /* gcc */
#define HAS_SANITIZER 1
#endif
#ifndef HAS_SANITIZER
#define HAS_SANITIZER 0
#endif

double rms_limit_cpu(const struct rms_limits *limits)
{
  return ceil(limits->cpu > 0 ? limits->cpu : limits->time + 5);
}

double rms_limit_grace(const struct rms_limits *limits)
{
  return limits->grace > 0 ? limits->grace : 1;
}

uint64_t rms_limit_output(const struct rms_limits *limits)
{
  return limits->output ? limits->output : UINT64_C(1) << 20;
}

enum rms_memory_way rms_memory_way(const struct rms_limits *limits, bool has_group,
                                   bool has_samples)
{
  if (!limits->memory) return RMS_MEMORY_NONE;
  if (has_group) return RMS_MEMORY_GROUP;
  if (HAS_SANITIZER) return RMS_MEMORY_NONE;
  return has_samples ? RMS_MEMORY_SAMPLED : RMS_MEMORY_RLIMIT;
}

const char *rms_memory_text(enum rms_memory_way way)
{
  static const char *const texts[] = {[RMS_MEMORY_NONE] = "none",
                                      [RMS_MEMORY_RLIMIT] = "rlimit_as",
                                      [RMS_MEMORY_SAMPLED] = "rlimit_as+rss",
                                      [RMS_MEMORY_GROUP] = "cgroup"};

  return (size_t)way < sizeof texts / sizeof texts[0] ? texts[way] : "unknown";
}

/* What a limit that was asked for lets the kernel's count go beyond it, see rms_limits_count_cpu.
 */
static double cpu_slack(const struct rms_limits *limits)
{
  return limits->cpu > 0 ? ceil(limits->cpu / 4 + rms_limit_grace(limits)) : 0;
}

enum rms_over rms_limits_judge(const struct rms_limits *limits, enum rms_memory_way way,
                               const struct rms_tree *tree)
{
  if (limits->processes && tree->threads > limits->processes) return RMS_OVER_PROCESSES;
  if (way == RMS_MEMORY_SAMPLED && tree->n > 1 && tree->resident > limits->memory)
    return RMS_OVER_MEMORY;
  if (limits->cpu > 0 && tree->n > 1 && tree->cpu > rms_limit_cpu(limits) + cpu_slack(limits))
    return RMS_OVER_CPU;
  return RMS_OVER_NOTHING;
}

bool rms_die_with(long parent)
{
  /* The parent may have died before the request: then it is init or a reaper by now. */
  return prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && (long)getppid() == parent;
}

static void reset_signals(void)
{
  sigset_t none;

  for (int number = 1; number < 32; number++) signal(number, SIG_DFL);
  signal(SIGXFSZ, SIG_IGN); /* writing too much fails, but does not kill */
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
}

static void close_others(const int *keep, size_t n_keep)
{
  unsigned first = 3;
  const int null = open("/dev/null", O_RDONLY);

  if (null > 0) dup2(null, 0);
  for (size_t i = 0; i < n_keep; i++) {
    if ((unsigned)keep[i] > first) close_range(first, (unsigned)keep[i] - 1, 0);
    first = (unsigned)keep[i] + 1;
  }
  close_range(first, ~0U, 0);
}

/* Read without stdio, which would cost every job a buffer and a parser. */
static uint64_t address_space(void)
{
  char text[128];
  const int file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  const ssize_t n = file >= 0 ? read(file, text, sizeof text - 1) : -1;

  if (file >= 0) close(file);
  if (n <= 0) return 0;
  text[n] = 0;
  return (uint64_t)strtoull(text, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE);
}

enum { NOTE_BYTES = 64 << 10 }; /* of the stack on which exhaustion is noted: not the solver's */

/* Never above a hard limit that is in force already. */
static int lower(int resource, uint64_t soft, uint64_t hard)
{
  struct rlimit limit;

  if (getrlimit((__rlimit_resource_t)resource, &limit) < 0) return -1;
  if (limit.rlim_max != RLIM_INFINITY && hard > limit.rlim_max) hard = limit.rlim_max;
  limit.rlim_cur = soft < hard ? soft : hard;
  limit.rlim_max = hard;
  return setrlimit((__rlimit_resource_t)resource, &limit);
}

static double cpu_used(void)
{
  struct rusage usage;

  getrusage(RUSAGE_SELF, &usage);
  return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         1e-6 * (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

static int lower_cpu(double seconds)
{
  struct rlimit limit;

  if (getrlimit(RLIMIT_CPU, &limit) < 0) return -1;
  limit.rlim_cur = (rlim_t)seconds;
  if (limit.rlim_max != RLIM_INFINITY && limit.rlim_cur > limit.rlim_max)
    limit.rlim_cur = limit.rlim_max;
  return setrlimit(RLIMIT_CPU, &limit);
}

int rms_limits_impose(const struct rms_limits *limits, enum rms_memory_way way, const int *keep,
                      size_t n_keep, struct rms_error *err)
{
  const uint64_t output = rms_limit_output(limits);
  int failures = 0;

  setsid();
  reset_signals();
  close_others(keep, n_keep);
  prctl(PR_SET_DUMPABLE, 0); /* also where cores go to a pipe, which ignores RLIMIT_CORE */
  failures += lower(RLIMIT_CORE, 0, 0) < 0;
  failures += lower(RLIMIT_FSIZE, output, output) < 0;
  failures += lower_cpu(ceil(cpu_used()) + limits->time + RMS_OPEN_SECONDS) < 0;
  if (way == RMS_MEMORY_RLIMIT || way == RMS_MEMORY_SAMPLED) {
    const uint64_t used = address_space();
    const uint64_t most =
        limits->memory < UINT64_MAX / 2 ? used + NOTE_BYTES + limits->memory : UINT64_MAX / 2;
    failures += !used || lower(RLIMIT_AS, most, most) < 0;
  }
  if (failures) {
    return rms_error_set(err, RMS_E_IO, "a limit of the process cannot be set: %s",
                         strerror(errno));
  }
  return RMS_OK;
}

void rms_limits_count_cpu(const struct rms_limits *limits)
{
  const double seconds = ceil(cpu_used() + rms_limit_cpu(limits)) + cpu_slack(limits);

  /* Soft: SIGXCPU. Hard: the kernel kills a process that ignores it a second later. */
  if (lower_cpu(seconds) == 0) (void)lower(RLIMIT_CPU, (uint64_t)seconds, (uint64_t)seconds + 1);
}

/* Lies at the low end of the alternate stack, where the handler finds it through its context: no
 * static data is needed. */
struct note {
  struct rms_page *page;
  size_t probe;
};

static void note_and_die(int number, siginfo_t *info, void *context)
{
  const ucontext_t *where = context;
  const struct note *note = where->uc_stack.ss_sp;
  void *room = mmap(NULL, note->probe, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

  (void)info;
  if (room == MAP_FAILED) atomic_store(&note->page->has_run_out_of_memory, 1);
  signal(number, SIG_DFL);
  raise(number); /* is delivered when this handler returns */
}

void rms_limits_note_exhaustion(struct rms_page *page, const struct rms_limits *limits,
                                enum rms_memory_way way)
{
  static const int fatal[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL};
  const size_t smallest = (size_t)1 << 20;
  struct sigaction action = {.sa_sigaction = note_and_die, .sa_flags = SA_SIGINFO | SA_ONSTACK};
  stack_t stack = {.ss_size = NOTE_BYTES};
  struct note *note;

  if (way != RMS_MEMORY_RLIMIT && way != RMS_MEMORY_SAMPLED) return;
  stack.ss_sp = mmap(NULL, NOTE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (stack.ss_sp == MAP_FAILED || sigaltstack(&stack, NULL) < 0) return;
  note = stack.ss_sp;
  note->page = page;
  note->probe = limits->memory / 8 > smallest ? (size_t)(limits->memory / 8) : smallest;
  for (size_t i = 0; i < sizeof fatal / sizeof fatal[0]; i++) sigaction(fatal[i], &action, NULL);
}
