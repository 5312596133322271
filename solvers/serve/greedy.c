/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solvers/serve/greedy.h"

#include <inttypes.h>
#include <stdlib.h>

int rms_serve_report_counted(const struct rms_host *host, const struct rms_serve *inst,
                             const struct rms_serve_plan *plan, double bound, uint64_t work,
                             uint64_t evaluations)
{
  struct rms_text bytes = {0};
  int status = rms_serve_plan_encode(plan, &bytes);
  if (status == RMS_OK) {
    const struct rms_incumbent incumbent = {.size = sizeof incumbent,
                                            .objective = {(double)rms_serve_plan_cost(inst, plan)},
                                            .bound = bound,
                                            .evaluations = evaluations,
                                            .work = work,
                                            .solution = bytes.data == NULL ? "" : bytes.data,
                                            .solution_bytes = bytes.length};
    status = host->report(host->ctx, &incumbent);
  }
  rms_text_fini(&bytes);
  return status;
}

int rms_serve_report(const struct rms_host *host, const struct rms_serve *inst,
                     const struct rms_serve_plan *plan, double bound, uint64_t work)
{
  return rms_serve_report_counted(host, inst, plan, bound, work, 1);
}

int rms_serve_report_bound(const struct rms_host *host, double bound, uint64_t work)
{
  const struct rms_incumbent event = {.size = sizeof event, .bound = bound, .work = work};
  return host->report(host->ctx, &event);
}

bool rms_serve_log_unservable(const struct rms_host *host, const struct rms_serve *inst)
{
  size_t s = 0;
  if (!rms_serve_is_unservable(inst, &s)) return false;
  host->log(host->ctx, 1, "service %s runs on no slice of any pool", inst->services[s].name);
  return true;
}

struct greedy {
  const struct rms_serve *inst;
  struct rms_completer *completer; /* NULL: too many ways to share a machine */
  struct rms_completion state;
};

int rms_greedy_supports(const struct rms_instance *inst)
{
  return rms_serve_of(inst) != NULL;
}

void rms_greedy_close(void *self)
{
  struct greedy *greedy = self;
  if (greedy == NULL) return;
  rms_completer_close(greedy->completer);
  rms_completion_fini(&greedy->state);
  free(greedy);
}

int rms_greedy_open(void **self, const struct rms_instance *inst,
                    const struct rms_rule_setup *setup)
{
  int status = RMS_OK;
  struct greedy *greedy = calloc(1, sizeof *greedy);
  if (greedy == NULL) return RMS_E_NOMEM;
  greedy->inst = rms_serve_of(inst);
  RMS_TRY(rms_completion_init(&greedy->state, greedy->inst));
  status = rms_completer_open(&greedy->completer, greedy->inst, setup);
  if (status == RMS_E_LIMIT) status = RMS_OK; /* solve says so */
  RMS_TRY(status);
  *self = greedy;
  greedy = NULL;
out:
  rms_greedy_close(greedy);
  return status;
}

int rms_greedy_solve(void *self, const struct rms_host *host)
{
  struct greedy *greedy = self;
  struct rms_serve_plan plan = {0};
  struct rms_poll poll = {.stop = host->should_stop, .ctx = host->ctx};
  if (greedy->completer == NULL) {
    host->log(host->ctx, 2, "too many ways to share a machine among q services; q=0 needs none");
    return RMS_UNSUPPORTED;
  }
  if (rms_serve_log_unservable(host, greedy->inst)) return RMS_INFEASIBLE;
  rms_completion_reset(&greedy->state);
  int status = rms_complete(greedy->completer, &greedy->state, &plan, &poll);
  if (status == RMS_COMPLETE_DONE) {
    status = rms_plan_join(&plan);
    if (status == RMS_OK) status = rms_serve_report(host, greedy->inst, &plan, NAN, poll.work);
    if (status >= 0) status = RMS_FEASIBLE;
  } else if (status == RMS_COMPLETE_STUCK) {
    host->should_stop(host->ctx, poll.work); /* tells the host how far it came */
    host->log(host->ctx, 1, "no plan found: stocks are used up with %zu services unfinished",
              greedy->state.unfinished);
    status = RMS_FEASIBLE;
  } else if (status == RMS_COMPLETE_STOPPED) {
    status = RMS_STOPPED;
  }
  rms_serve_plan_fini(&plan);
  return status;
}
