/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/host.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static double cpu_clock(void)
{
  struct timespec now;
  return clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now) < 0
             ? 0
             : (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* A CPU limit that was asked for ends a run in order; the kernel's limit comes a grace later. */
static bool is_late(const struct rms_host_state *state)
{
  return rms_clock() >= state->deadline ||
         (isfinite(state->cpu_deadline) && cpu_clock() >= state->cpu_deadline);
}

static int must_stop(struct rms_host_state *state, uint64_t work)
{
  if (work > state->page->work) state->page->work = work;
  if (atomic_load_explicit(&state->page->stop, memory_order_relaxed)) return 1;
  return state->is_work_limited ? work >= state->work_limit : is_late(state);
}

/* < 0: a is better, in lexicographic order. */
static int compare_objectives(const struct rms_host_state *state, const double *objective)
{
  if (!state->has_best) return -1;
  for (int k = 0; k < state->n_objectives; k++) {
    if (objective[k] < state->objective[k]) return -1;
    if (objective[k] > state->objective[k]) return 1;
  }
  return 0;
}

/* "There is no solution", with what proves it: any solution is better. */
static bool is_refutation(const struct rms_incumbent *inc)
{
  return isinf(inc->objective[0]) && inc->objective[0] > 0;
}

static bool is_acceptable(const struct rms_host_state *state, const struct rms_incumbent *inc)
{
  if (inc->solution_bytes > RMS_SOLUTION_MAX) return false;
  if (is_refutation(inc)) return true;
  for (int k = 0; k < state->n_objectives; k++) {
    if (!isfinite(inc->objective[k])) return false;
  }
  return true;
}

static void keep_solution(struct rms_host_state *state, const struct rms_incumbent *inc)
{
  struct rms_best claim;

  memset(&claim, 0, sizeof claim); /* it is hashed */
  claim.bytes = inc->solution_bytes;
  claim.work = state->point.work;
  claim.evaluations = state->point.evaluations;
  for (int k = 0; k < state->n_objectives; k++) {
    claim.objective[k] = state->objective[k] = inc->objective[k];
  }
  state->has_best = true;
  rms_page_put(state->page, &claim, inc->solution);
}

/* Copy an incumbent, drop what does not improve. An equal objective replaces the solution, because
 * a proof may come with it later. Returns true when the trace moves. */
static bool take_solution(struct rms_host_state *state, const struct rms_incumbent *inc)
{
  int order;

  if (!inc->solution) return false;
  if (!is_acceptable(state, inc)) {
    state->page->n_refused++;
    return false;
  }
  order = compare_objectives(state, inc->objective);
  if (order > 0) return false;
  keep_solution(state, inc);
  if (is_refutation(inc)) return false;
  state->point.objective = inc->objective[0];
  return order < 0;
}

static bool take_bound(struct rms_host_state *state, double bound)
{
  if (!isfinite(bound) || bound <= state->point.bound) return false;
  state->point.bound = state->page->bound = bound;
  return true;
}

static int report(void *ctx, const struct rms_incumbent *inc)
{
  struct rms_host_state *state = ctx;
  struct rms_trace_point *point = &state->point;
  bool is_news;

  point->t = fmax(0, rms_clock() - state->page->started);
  point->cpu = fmax(0, cpu_clock() - state->cpu_started);
  if (inc->work > point->work) point->work = inc->work;
  if (inc->evaluations > point->evaluations) point->evaluations = inc->evaluations;
  state->page->evaluations = point->evaluations;
  is_news = take_solution(state, inc);
  if (take_bound(state, inc->bound) || is_news) {
    rms_trace_add(&state->page->trace, point);
    rms_page_beat(state->page, point);
  }
  return must_stop(state, inc->work);
}

static int should_stop(void *ctx, uint64_t work)
{
  return must_stop(ctx, work);
}

static double seconds_left(void *ctx)
{
  const struct rms_host_state *state = ctx;

  if (state->is_work_limited) return INFINITY;
  const double wall = state->deadline - rms_clock();
  return fmax(0,
              isfinite(state->cpu_deadline) ? fmin(wall, state->cpu_deadline - cpu_clock()) : wall);
}

static uint64_t work_left(void *ctx)
{
  const struct rms_host_state *state = ctx;

  if (!state->is_work_limited || state->work_limit == UINT64_MAX) return UINT64_MAX;
  return state->page->work < state->work_limit ? state->work_limit - state->page->work : 0;
}

static uint64_t draw(void *ctx, uint32_t stream, uint64_t index)
{
  const struct rms_host_state *state = ctx;

  return rms_random(state->key, RMS_PURPOSE_SOLVER, stream, state->island, index);
}

static int exchange(void *ctx, uint64_t work, const void *out, size_t out_bytes, void *in,
                    size_t in_capacity, size_t *in_bytes)
{
  struct rms_host_state *state = ctx;

  state->page->n_steps++;
  if (state->islands > 1) {
    return rms_ring_step(state, out, out_bytes, in, in_capacity, in_bytes) ||
           must_stop(state, work);
  }
  *in_bytes = out_bytes < in_capacity ? out_bytes : in_capacity;
  if (*in_bytes) memmove(in, out, *in_bytes);
  return must_stop(state, work);
}

__attribute__((format(printf, 3, 4))) static void log_line(void *ctx, int level, const char *fmt,
                                                           ...)
{
  static const char *const levels[] = {"debug: ", "", "warning: "};
  const struct rms_host_state *state = ctx;
  char line[1024];
  size_t n;
  va_list arguments;

  if (state->log < 0) return;
  n = (size_t)snprintf(line, sizeof line, "%s", levels[level < 0 ? 0 : level > 2 ? 2 : level]);
  va_start(arguments, fmt);
  vsnprintf(line + n, sizeof line - n - 1, fmt, arguments);
  va_end(arguments);
  n = strlen(line);
  line[n++] = '\n';
  /* The file is bounded by RLIMIT_FSIZE: what does not fit any more is lost, as it should be. */
  if (write(state->log, line, n) < 0) return;
}

void rms_host_init(struct rms_host *host, struct rms_host_state *state, struct rms_page *page,
                   const struct rms_job *job, uint32_t island, int n_objectives)
{
  *state = (struct rms_host_state){
      .page = page,
      .n_objectives = n_objectives,
      .is_work_limited = job->limits.is_work_limited,
      .work_limit = job->limits.work,
      .key = {.seed = job->seed, .job = job->random_key},
      .island = island,
      .islands = job->islands,
      .log = -1,
      .point = {.objective = NAN, .bound = NAN},
      .to_next = -1,
      .from_previous = -1,
  };
  *host = (struct rms_host){
      .size = sizeof *host,
      .ctx = state,
      .island = island,
      .islands = job->islands,
      .report = report,
      .should_stop = should_stop,
      .seconds_left = seconds_left,
      .work_left = work_left,
      .random = draw,
      .exchange = exchange,
      .log = log_line,
  };
  page->started = rms_clock();
  state->deadline = page->started + job->limits.time;
  state->cpu_started = cpu_clock();
  state->cpu_deadline =
      job->limits.cpu > 0 ? state->cpu_started + job->limits.cpu : (double)INFINITY;
}

void rms_host_fini(struct rms_host_state *state)
{
  rms_assembly_fini(&state->inbox);
}
