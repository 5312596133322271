/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/conformance/host.h"

#include <fcntl.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "harness/conformance/alloc.h"
#include "instances/base/memory.h"

enum { EVENTS_MAX = 100000 };
#define SOLUTIONS_MAX ((size_t)64 << 20) /* bytes kept of one run */

struct inner { /* behind rms_host.ctx */
  const struct rms_kit_setup *setup;
  struct rms_kit_trace *trace;
  struct rms_kit_moment start, stop;
  double deadline; /* wall */
  bool is_stopped;
  double last_cpu;
};

/* ---- time ---- */

static double clock_of(clockid_t id)
{
  struct timespec t;
  clock_gettime(id, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Linux tells how long a process waited for a processor: on a busy machine that is not its fault.
 */
static double queued(void)
{
  char text[128];
  long long ran = 0, waited = 0;
  int fd = open("/proc/self/schedstat", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  const ssize_t n = read(fd, text, sizeof text - 1);
  close(fd);
  text[n > 0 ? n : 0] = '\0';
  return sscanf(text, "%lld %lld", &ran, &waited) == 2 ? 1e-9 * (double)waited : 0;
}

struct rms_kit_moment rms_kit_now(void)
{
  return (struct rms_kit_moment){.wall = clock_of(CLOCK_MONOTONIC), .queued = queued()};
}

double rms_kit_elapsed(struct rms_kit_moment from, struct rms_kit_moment to)
{
  return fmax(0, to.wall - from.wall - (to.queued - from.queued));
}

/* ---- what the solver sees ---- */

__attribute__((format(printf, 2, 3))) static void breach(char text[RMS_KIT_TEXT], const char *fmt,
                                                         ...)
{
  va_list args;
  if (text[0]) return; /* the first one counts */
  va_start(args, fmt);
  vsnprintf(text, RMS_KIT_TEXT, fmt, args);
  va_end(args);
}

/* At each call of the host: CPU time since the call before, and the counter of work. */
static void note_call(struct inner *in, uint64_t work)
{
  const double cpu = clock_of(CLOCK_PROCESS_CPUTIME_ID);
  if (cpu - in->last_cpu > in->trace->longest_gap) in->trace->longest_gap = cpu - in->last_cpu;
  in->last_cpu = cpu;
  if (work < in->trace->last_work)
    breach(in->trace->work_broken, "the work counter ran backwards, from %llu to %llu",
           (unsigned long long)in->trace->last_work, (unsigned long long)work);
  in->trace->last_work = work;
}

static int answer(struct inner *in, bool is_due, uint64_t work)
{
  const struct rms_kit_setup *s = in->setup;
  if (in->is_stopped) return 1;
  const bool is_late = s->seconds > 0 && clock_of(CLOCK_MONOTONIC) >= in->deadline;
  if (!is_due && !is_late && !(s->work > 0 && work >= s->work)) return 0;
  in->is_stopped = true;
  in->stop = rms_kit_now();
  if (is_late) in->stop.wall = in->deadline; /* it should have asked then */
  return 1;
}

static void keep_event(struct inner *in, const struct rms_incumbent *inc)
{
  struct rms_kit_trace *t = in->trace;
  const size_t bytes = inc->solution ? inc->solution_bytes : 0;
  if (t->n_events >= EVENTS_MAX || bytes > SOLUTIONS_MAX - t->solutions.length ||
      rms_grow(&t->events, &t->capacity, t->n_events + 1, sizeof *t->events) < 0) {
    t->is_cut = true;
    return;
  }
  struct rms_kit_event *event = &t->events[t->n_events];
  *event = (struct rms_kit_event){
      .bound = inc->bound,
      .evaluations = inc->evaluations,
      .work = inc->work,
      .has_solution = inc->solution != NULL,
      .first = t->solutions.length,
      .bytes = bytes,
      .seconds = t->n_events == 0 ? rms_kit_elapsed(in->start, rms_kit_now()) : NAN};
  memcpy(event->objective, inc->objective, sizeof event->objective);
  if (bytes) rms_text_bytes(&t->solutions, inc->solution, bytes);
  if (t->solutions.failed) {
    t->solutions.failed = false;
    t->is_cut = true;
    return;
  }
  t->n_events++;
}

static int host_report(void *ctx, const struct rms_incumbent *inc)
{
  struct inner *in = ctx;
  const bool was_watched = rms_alloc_watch(false);
  struct rms_kit_trace *t = in->trace;
  t->reports++;
  note_call(in, inc->work);
  if (inc->size != sizeof *inc)
    breach(in->trace->broken,
           "report: incumbent.size is %zu, must be sizeof(struct rms_incumbent), %zu", inc->size,
           sizeof *inc);
  if (inc->solution && inc->solution_bytes == 0)
    breach(in->trace->broken, "report: a solution of 0 bytes");
  if (!inc->solution && isnan(inc->bound))
    breach(in->trace->broken, "report: neither a solution nor a bound");
  for (int i = 0; inc->solution && i < RMS_OBJECTIVES; i++)
    if (!isfinite(inc->objective[i]) && !(i == 0 && inc->objective[0] > 0))
      breach(in->trace->broken, "report: objective %d is not a number", i);
  if (t->n_events && inc->evaluations < t->events[t->n_events - 1].evaluations)
    breach(in->trace->broken, "report: evaluations ran backwards");
  keep_event(in, inc);
  const int stop = answer(in, t->reports == in->setup->stop_at_report, inc->work);
  rms_alloc_watch(was_watched);
  return stop;
}

static int host_should_stop(void *ctx, uint64_t work)
{
  struct inner *in = ctx;
  in->trace->polls++;
  note_call(in, work);
  return answer(in, in->trace->polls == in->setup->stop_at_poll, work);
}

static double host_seconds_left(void *ctx)
{
  const struct inner *in = ctx;
  if (in->setup->work > 0 || in->setup->seconds <= 0) return INFINITY;
  return fmax(0, in->deadline - clock_of(CLOCK_MONOTONIC));
}

static uint64_t host_work_left(void *ctx)
{
  const struct inner *in = ctx;
  if (in->setup->work == 0) return UINT64_MAX;
  return in->setup->work > in->trace->last_work ? in->setup->work - in->trace->last_work : 0;
}

static uint64_t host_random(void *ctx, uint32_t stream, uint64_t index)
{
  struct inner *in = ctx;
  in->trace->draws++;
  const struct rms_rng_key key = {.seed = in->setup->seed, .job = 1};
  return rms_random(key, RMS_PURPOSE_SOLVER, stream, 0, index);
}

static int host_exchange(void *ctx, uint64_t work, const void *out, size_t out_bytes,
                         void *in_bytes, size_t in_capacity, size_t *n)
{
  struct inner *in = ctx;
  in->trace->exchanges++;
  note_call(in, work);
  if (out_bytes > in_capacity)
    breach(in->trace->broken, "exchange: the buffer has %zu bytes, its own message has %zu",
           in_capacity, out_bytes);
  *n = out_bytes < in_capacity ? out_bytes : in_capacity;
  if (*n) memmove(in_bytes, out, *n);
  return answer(in, in->trace->exchanges == in->setup->stop_at_exchange, work);
}

__attribute__((format(printf, 3, 4))) static void host_log(void *ctx, int level, const char *fmt,
                                                           ...)
{
  /* Formatted, so that wrong arguments show; then dropped. */
  char line[1024];
  va_list args;
  (void)ctx, (void)level;
  va_start(args, fmt);
  vsnprintf(line, sizeof line, fmt, args);
  va_end(args);
}

/* ---- runs ---- */

int rms_kit_open(struct rms_kit *kit, void **self, const struct rms_instance *inst)
{
  const bool before = rms_alloc_watch(true);
  const int status = kit->solver->open(self, inst, kit->values->list);
  rms_alloc_watch(before);
  return status;
}

void rms_kit_close(struct rms_kit *kit, void *self)
{
  const bool before = rms_alloc_watch(true);
  kit->solver->close(self);
  rms_alloc_watch(before);
}

void rms_kit_solve_open(struct rms_kit *kit, void *self, const struct rms_kit_setup *setup,
                        struct rms_kit_trace *trace)
{
  struct inner in = {.setup = setup, .trace = trace, .start = rms_kit_now()};
  const struct rms_host host = {.size = sizeof host,
                                .ctx = &in,
                                .island = 0,
                                .islands = 1,
                                .report = host_report,
                                .should_stop = host_should_stop,
                                .seconds_left = host_seconds_left,
                                .work_left = host_work_left,
                                .random = host_random,
                                .exchange = host_exchange,
                                .log = host_log};
  in.deadline = in.start.wall + setup->seconds;
  const double cpu = in.last_cpu = clock_of(CLOCK_PROCESS_CPUTIME_ID);
  const bool before = rms_alloc_watch(true);
  trace->outcome = kit->solver->solve(self, &host);
  rms_alloc_watch(before);
  const struct rms_kit_moment end = rms_kit_now();
  trace->cpu = clock_of(CLOCK_PROCESS_CPUTIME_ID) - cpu;
  trace->stop_lag = NAN;
  if (in.is_stopped)
    trace->stop_lag = rms_kit_elapsed(in.stop, end);
  else if (setup->seconds > 0 && end.wall > in.deadline) /* never asked since */
    trace->stop_lag = fmin(end.wall - in.deadline, rms_kit_elapsed(in.start, end));
  if (trace->outcome > RMS_UNSUPPORTED)
    breach(trace->broken, "solve returned %d, which is no outcome", trace->outcome);
}

void rms_kit_solve(struct rms_kit *kit, const struct rms_instance *inst,
                   const struct rms_kit_setup *setup, struct rms_kit_trace *trace)
{
  void *self = NULL;
  *trace = (struct rms_kit_trace){.stop_lag = NAN};
  trace->outcome = rms_kit_open(kit, &self, inst);
  if (trace->outcome < 0) return;
  trace->was_opened = true;
  rms_kit_solve_open(kit, self, setup, trace);
  rms_kit_close(kit, self);
}

void rms_kit_trace_fini(struct rms_kit_trace *trace)
{
  free(trace->events);
  rms_text_fini(&trace->solutions);
  *trace = (struct rms_kit_trace){0};
}

const void *rms_kit_solution(const struct rms_kit_trace *trace, const struct rms_kit_event *event)
{
  return trace->solutions.data + event->first;
}

/* ---- hashes ---- */

struct fingerprint { /* no padding */
  double objective[RMS_OBJECTIVES], bound;
  uint64_t evaluations, work;
  struct rms_hash solution;
};

struct rms_hash rms_kit_event_hash(const struct rms_kit_trace *trace, size_t i)
{
  const struct rms_kit_event *event = &trace->events[i];
  struct fingerprint print = {.bound = isnan(event->bound) ? (double)NAN : event->bound,
                              .evaluations = event->evaluations,
                              .work = event->work};
  if (event->has_solution) {
    memcpy(print.objective, event->objective, sizeof print.objective);
    print.solution = rms_hash_bytes(rms_kit_solution(trace, event), event->bytes);
  }
  return rms_hash_bytes(&print, sizeof print);
}

struct rms_hash rms_kit_trace_hash(const struct rms_kit_trace *trace)
{
  struct rms_hash sum = {.high = (uint64_t)(int64_t)trace->outcome, .low = trace->n_events};
  for (size_t i = 0; i < trace->n_events; i++) {
    const struct rms_hash pair[2] = {sum, rms_kit_event_hash(trace, i)};
    sum = rms_hash_bytes(pair, sizeof pair);
  }
  return sum;
}
