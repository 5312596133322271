/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fake_host.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "instances/base/rng.h"
#include "solvers/params.h"

__attribute__((format(printf, 2, 3))) static void breach(struct rms_fake_host *fake,
                                                         const char *fmt, ...)
{
  if (fake->broken[0]) return;
  va_list args;
  va_start(args, fmt);
  vsnprintf(fake->broken, sizeof fake->broken, fmt, args);
  va_end(args);
}

static void watch_counters(struct rms_fake_host *fake, uint64_t work, uint64_t evaluations)
{
  if (work < fake->work)
    breach(fake, "work went from %llu to %llu", (unsigned long long)fake->work,
           (unsigned long long)work);
  if (evaluations < fake->evaluations)
    breach(fake, "evaluations went from %llu to %llu", (unsigned long long)fake->evaluations,
           (unsigned long long)evaluations);
  fake->work = work;
  fake->evaluations = evaluations;
}

/* Is b better than a, in the order of the objectives? */
static bool is_better(const double *b, const double *a, int n)
{
  for (int i = 0; i < n; i++)
    if (!(b[i] >= a[i] && b[i] <= a[i])) return b[i] < a[i];
  return false;
}

/* `told` is the best bound before this report. */
static void judge(struct rms_fake_host *fake, const struct rms_incumbent *inc, double told)
{
  struct rms_claim claim = {.bound = NAN};
  memcpy(claim.objective, inc->objective, sizeof claim.objective);
  const struct rms_family *family = fake->inst->family;
  const double before = fake->n_solutions > 1 ? fake->verdict.bound : NAN;
  int status =
      family->check(fake->inst, inc->solution, inc->solution_bytes, &claim, &fake->verdict);
  if (status == RMS_E_NOMEM) {
    fake->is_short_of_memory = true;
    return;
  }
  if (status != RMS_OK || fake->verdict.kind < RMS_VERDICT_VERIFIED_FEASIBLE)
    breach(fake, "solution %llu: %s: %.150s", (unsigned long long)fake->n_solutions,
           rms_verdict_text(fake->verdict.kind), fake->verdict.why);
  /* An equal one may come again with a better bound: its plan holds the certificate. */
  const double proved = fake->verdict.bound;
  const bool is_proof = inc->bound > told || (isnan(told) && !isnan(inc->bound)) ||
                        proved > before || (isnan(before) && !isnan(proved));
  const bool is_worse = is_better(fake->best, inc->objective, family->n_objectives);
  if (fake->n_solutions > 1 && !is_better(inc->objective, fake->best, family->n_objectives) &&
      (is_worse || !is_proof))
    breach(fake, "solution %llu is not better than the one before",
           (unsigned long long)fake->n_solutions);
}

static int report(void *ctx, const struct rms_incumbent *inc)
{
  struct rms_fake_host *fake = ctx;
  const double told = fake->bound;
  fake->n_reports++;
  watch_counters(fake, inc->work, inc->evaluations);
  if (!isnan(inc->bound)) {
    fake->n_bounds++;
    if (isnan(fake->bound) || inc->bound > fake->bound) fake->bound = inc->bound;
  }
  if (inc->solution) {
    fake->n_solutions++;
    if (fake->inst) judge(fake, inc, told);
    memcpy(fake->best, inc->objective, sizeof fake->best);
    rms_text_clear(&fake->solution);
    rms_text_bytes(&fake->solution, inc->solution, inc->solution_bytes);
  }
  if (fake->n_solutions && fake->bound > fake->best[0])
    breach(fake, "bound %g is above the solution %g", fake->bound, fake->best[0]);
  rms_text_printf(&fake->trace, "%.17g %.17g %llu %llu %zu\n",
                  inc->solution ? inc->objective[0] : NAN, inc->bound,
                  (unsigned long long)inc->work, (unsigned long long)inc->evaluations,
                  inc->solution_bytes);
  if (fake->solution.failed || fake->trace.failed) fake->is_short_of_memory = true;
  return fake->stop_at_report && fake->n_reports >= fake->stop_at_report;
}

static int should_stop(void *ctx, uint64_t work)
{
  struct rms_fake_host *fake = ctx;
  fake->polls++;
  watch_counters(fake, work, fake->evaluations);
  if (fake->stop_at_poll && fake->polls >= fake->stop_at_poll) return 1;
  return work >= fake->work_limit;
}

static double seconds_left(void *ctx)
{
  (void)ctx;
  return INFINITY;
}

static uint64_t work_left(void *ctx)
{
  const struct rms_fake_host *fake = ctx;
  if (fake->work_limit == UINT64_MAX) return UINT64_MAX;
  return fake->work < fake->work_limit ? fake->work_limit - fake->work : 0;
}

static uint64_t draw(void *ctx, uint32_t stream, uint64_t index)
{
  struct rms_fake_host *fake = ctx;
  fake->draws++;
  const struct rms_rng_key key = {.seed = fake->seed, .job = fake->job};
  return rms_random(key, RMS_PURPOSE_SOLVER, stream, fake->host.island, index);
}

static int exchange(void *ctx, uint64_t work, const void *out, size_t out_bytes, void *in,
                    size_t in_capacity, size_t *in_bytes)
{
  struct rms_fake_host *fake = ctx;
  fake->exchanges++;
  watch_counters(fake, work, fake->evaluations);
  *in_bytes = 0;
  if (out_bytes > in_capacity) {
    breach(fake, "a message of %zu bytes does not fit into %zu", out_bytes, in_capacity);
    return 1;
  }
  if (out_bytes) memcpy(in, out, out_bytes);
  *in_bytes = out_bytes;
  return should_stop(ctx, work);
}

__attribute__((format(printf, 3, 4))) static void take_log(void *ctx, int level, const char *fmt,
                                                           ...)
{
  struct rms_fake_host *fake = ctx;
  (void)level;
  fake->logs++;
  va_list args;
  va_start(args, fmt);
  vsnprintf(fake->last_log, sizeof fake->last_log, fmt, args);
  va_end(args);
}

void rms_fake_host_init(struct rms_fake_host *fake, const struct rms_instance *inst)
{
  *fake = (struct rms_fake_host){
      .inst = inst, .work_limit = UINT64_MAX, .seed = 1, .job = 1, .bound = NAN};
  for (int i = 0; i < RMS_OBJECTIVES; i++) fake->best[i] = NAN;
  fake->verdict.kind = RMS_VERDICT_NONE;
  fake->host = (struct rms_host){.size = sizeof fake->host,
                                 .ctx = fake,
                                 .islands = 1,
                                 .report = report,
                                 .should_stop = should_stop,
                                 .seconds_left = seconds_left,
                                 .work_left = work_left,
                                 .random = draw,
                                 .exchange = exchange,
                                 .log = take_log};
}

void rms_fake_host_fini(struct rms_fake_host *fake)
{
  rms_text_fini(&fake->solution);
  rms_text_fini(&fake->trace);
}

int rms_fake_host_run(struct rms_fake_host *fake, const struct rms_solver *solver,
                      const char *assignments)
{
  struct rms_values values;
  struct rms_error err = {.status = RMS_OK};
  int status = rms_values_parse(&values, solver->params, assignments, &err);
  if (status < 0) {
    breach(fake, "%.200s", err.text);
    return status;
  }
  void *self = NULL;
  status = solver->open(&self, fake->inst, values.list);
  if (status < 0) {
    if (self) breach(fake, "open failed and left something behind");
    return status;
  }
  status = solver->solve(self, &fake->host);
  solver->close(self);
  return status;
}
