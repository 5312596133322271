/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A few services with demands of many slices may have too many patterns to list: there branch and
 * cut on the compact model closes what is left. The host that it sees adds the work done before,
 * lets through only what improves on ours, and adds the prices' certificate to the plans. */
#include <math.h>

#include "solvers/params.h"
#include "solvers/registry.h"
#include "solvers/serve/prices.h"

/* Where the core search cannot decide, branch and cut hardly ever does in a time that is worth
 * waiting for. Several pools are another matter. */
enum { WORK_MAX = 50000 };

struct proxy {
  struct rms_prices *p;
  struct rms_host host;
  bool is_over; /* WORK_MAX */
};

/* Its plan becomes ours, with the certificate of the bound that the prices prove. */
static int take_plan(struct rms_prices *p, const struct rms_incumbent *inc)
{
  struct rms_error err = {0};
  int status = RMS_OK;
  rms_serve_plan_clear(&p->plan);
  RMS_TRY(rms_serve_plan_decode(&p->plan, inc->solution, inc->solution_bytes, &err));
  p->has_plan = true;
  p->cost = (int64_t)inc->objective[0];
  RMS_TRY(rms_prices_certify(p, &p->steps[p->best_step].point, p->options.denominator,
                             &p->plan.certificate));
  rms_text_clear(&p->bytes);
  RMS_TRY(rms_serve_plan_encode(&p->plan, &p->bytes));
out:
  return status;
}

static int proxy_report(void *ctx, const struct rms_incumbent *inc)
{
  struct proxy *proxy = ctx;
  struct rms_prices *p = proxy->p;
  struct rms_incumbent copy = *inc;
  bool is_better = inc->solution && (!p->has_plan || inc->objective[0] < (double)p->cost);
  copy.size = sizeof copy;
  copy.work = p->work + inc->work;
  copy.evaluations = p->evaluations + inc->evaluations;
  if (is_better && take_plan(p, inc) < 0) return 1;
  copy.solution = is_better ? p->bytes.data : NULL;
  copy.solution_bytes = is_better ? p->bytes.length : 0;
  if (!(copy.bound > (double)p->proved)) copy.bound = NAN;
  if (!isnan(copy.bound)) p->proved = (int64_t)ceil(copy.bound - 1e-6);
  /* Its plan may meet what the prices had proved before. */
  if (is_better && rms_prices_is_closed(p)) copy.bound = (double)p->cost;
  if (!is_better && isnan(copy.bound)) return p->is_stopped;
  return p->host->report(p->host->ctx, &copy);
}

static int proxy_should_stop(void *ctx, uint64_t work)
{
  struct proxy *proxy = ctx;
  struct rms_prices *p = proxy->p;
  if (p->host->should_stop(p->host->ctx, p->work + work)) p->is_stopped = true;
  proxy->is_over = proxy->is_over || (p->is_single && work > WORK_MAX);
  return p->is_stopped || proxy->is_over || rms_prices_is_closed(p);
}

static double proxy_seconds_left(void *ctx)
{
  const struct proxy *proxy = ctx;
  return proxy->p->host->seconds_left(proxy->p->host->ctx);
}

static uint64_t proxy_work_left(void *ctx)
{
  const struct proxy *proxy = ctx;
  return proxy->p->host->work_left(proxy->p->host->ctx);
}

static uint64_t proxy_random(void *ctx, uint32_t stream, uint64_t index)
{
  const struct proxy *proxy = ctx;
  return proxy->p->host->random(proxy->p->host->ctx, stream, index);
}

static int proxy_exchange(void *ctx, uint64_t work, const void *out, size_t out_bytes, void *in,
                          size_t in_capacity, size_t *in_bytes)
{
  const struct proxy *proxy = ctx;
  const struct rms_host *host = proxy->p->host;
  return host->exchange(host->ctx, proxy->p->work + work, out, out_bytes, in, in_capacity,
                        in_bytes);
}

static void quiet_log(void *ctx, int level, const char *fmt, ...)
{
  (void)ctx;
  (void)level;
  (void)fmt;
}

int rms_prices_fallback(struct rms_prices *p)
{
  const struct rms_solver *glpk = rms_solver_builtin("serve", "glpk");
  struct proxy proxy = {.p = p, .host = *p->host};
  struct rms_values values;
  struct rms_error err = {0};
  void *self = NULL;
  if (!glpk || !glpk->supports(&p->inst->base)) return RMS_FEASIBLE;
  int status = rms_values_parse(&values, glpk->params, NULL, &err);
  if (status >= 0) status = glpk->open(&self, &p->inst->base, values.list);
  if (status < 0) return status;
  proxy.host.size = sizeof proxy.host;
  proxy.host.ctx = &proxy;
  proxy.host.report = proxy_report;
  proxy.host.should_stop = proxy_should_stop;
  proxy.host.seconds_left = proxy_seconds_left;
  proxy.host.work_left = proxy_work_left;
  proxy.host.random = proxy_random;
  proxy.host.exchange = proxy_exchange;
  proxy.host.log = quiet_log;
  status = glpk->solve(self, &proxy.host);
  glpk->close(self);
  if (status == RMS_OPTIMAL && p->has_plan) p->proved = p->cost;
  if (status == RMS_STOPPED && rms_prices_is_closed(p)) return RMS_OPTIMAL;
  return status == RMS_STOPPED && proxy.is_over && !p->is_stopped ? RMS_FEASIBLE : status;
}
