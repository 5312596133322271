/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Solver `static` of family `jobs`: one partition on all machines, for good. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "solvers/jobs/fixed.h"
#include "solvers/params.h"

static const struct rms_param params[] = {
    {.name = "partition",
     .type = RMS_P_STRING,
     .dflt = "3g+2g+2g",
     .unit = "1",
     .doc = "Slices of every machine: shapes or profile names joined by +; the default is what "
            "MISO's released code calls optimal."},
    {.name = "promote",
     .type = RMS_P_BOOL,
     .dflt = "yes",
     .unit = "1",
     .doc = "An idle slice that nobody waits for is taken by the job on the machine's smallest."},
    {.name = NULL}};

struct constant {
  const struct rms_jobs *inst;
  char partition[RMS_PARAM_TEXT];
  struct rms_fixed_plan plan;
};

/* How often a cut's slices of that shape or profile name are named in the text. */
static bool matches(const struct rms_cluster *c, const struct rms_jobs_pool *pool,
                    const struct rms_jobs_cut *cut, const char *text)
{
  const struct rms_machine *const model = c->models[pool->model];
  uint8_t left[RMS_JOBS_KINDS_MAX];
  size_t n = 0;
  memcpy(left, cut->count, sizeof left);
  for (const char *at = text; *at; n++) {
    char word[RMS_NAME_MAX + 1];
    const size_t length = strcspn(at, "+");
    if (length == 0 || length > RMS_NAME_MAX) return false;
    snprintf(word, sizeof word, "%.*s", (int)length, at);
    const int profile = rms_machine_profile(model, word);
    const int kind = profile < 0 ? -1 : rms_cluster_kind(c, pool->model, (size_t)profile);
    if (kind < 0 || left[kind]-- == 0) return false;
    at += length + (at[length] == '+');
  }
  return n == cut->n_slices;
}

static bool find_cuts(struct constant *s)
{
  const struct rms_cluster *const c = &s->inst->cluster;
  for (size_t p = 0; p < c->n_pools; p++) {
    const struct rms_jobs_pool *const pool = &c->pools[p];
    size_t i = 0;
    while (i < pool->n_cuts && !matches(c, pool, &pool->cuts[i], s->partition)) i++;
    if (i == pool->n_cuts) return false;
    s->plan.cut[p] = &pool->cuts[i];
  }
  return true;
}

static int open_static(void **self, const struct rms_instance *inst, const char *const *values)
{
  struct constant *const s = calloc(1, sizeof *s);
  if (!s) return RMS_E_NOMEM;
  s->inst = rms_jobs_of(inst);
  s->plan.promotes = rms_value_bool(params, values, "promote");
  snprintf(s->partition, sizeof s->partition, "%s", rms_value_text(params, values, "partition"));
  *self = s;
  return RMS_OK;
}

static int solve_static(void *self, const struct rms_host *host)
{
  struct constant *const s = self;
  struct rms_timeline timeline = {0};
  uint64_t work = 0;
  if (!find_cuts(s) || !rms_fixed_suits(s->inst, &s->plan)) {
    host->log(host->ctx, 2, "partition %s is not legal on every pool, or some job fits none of it",
              s->partition);
    return RMS_UNSUPPORTED;
  }
  if (host->should_stop(host->ctx, 0)) return RMS_STOPPED;
  int status = rms_fixed_simulate(s->inst, &s->plan, host, &work, &timeline);
  if (status == RMS_OK) {
    status = rms_policy_report(s->inst, &timeline, host, work);
    if (status == RMS_OK) status = RMS_FEASIBLE;
  } else if (status == RMS_SIM_STOPPED) {
    status = RMS_STOPPED;
  }
  rms_timeline_fini(&timeline);
  return status;
}

static void close_static(void *self)
{
  free(self);
}

extern const struct rms_solver rms_solver_jobs_static;
const struct rms_solver rms_solver_jobs_static = {.abi = RMS_SOLVER_ABI,
                                                  .size = sizeof(struct rms_solver),
                                                  .name = "static",
                                                  .version = "1",
                                                  .doc = "One partition on all machines, for good.",
                                                  .citation = "MISO, SoCC 2022, static partition",
                                                  .family = "jobs",
                                                  .flags = RMS_DETERMINISTIC,
                                                  .params = params,
                                                  .supports = rms_policy_supports,
                                                  .open = open_static,
                                                  .solve = solve_static,
                                                  .close = close_static};
