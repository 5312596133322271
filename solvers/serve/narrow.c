/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solvers/serve/narrow.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "solvers/params.h"
#include "solvers/registry.h"

/* ---- the view ---- */

static bool is_used(const struct rms_serve *from, int kind, const bool *is_in)
{
  for (size_t s = 0; kind >= 0 && s < from->n_services; s++)
    if (is_in[s] && rms_serve_rate(from, s, (size_t)kind) > 0) return true;
  return false;
}

/* Kinds keep their order; `old` gets their numbers in `from`. */
static void narrow_kinds(struct rms_narrow *narrow, const struct rms_serve *from,
                         const struct rms_pattern *pattern, const bool *is_in, size_t *old)
{
  bool is_kept[RMS_SERVE_KINDS_MAX] = {false};
  uint16_t renamed[RMS_SERVE_KINDS_MAX] = {0};
  struct rms_partition *partition = &narrow->partition;
  for (size_t j = 0; j < pattern->n; j++)
    if (is_used(from, pattern->kind[j], is_in)) is_kept[pattern->kind[j]] = true;
  narrow->inst.n_kinds = 0;
  for (size_t k = 0; k < from->n_kinds; k++) {
    if (!is_kept[k]) continue;
    renamed[k] = (uint16_t)narrow->inst.n_kinds;
    narrow->inst.kinds[narrow->inst.n_kinds] = from->kinds[k];
    old[narrow->inst.n_kinds++] = k;
  }
  for (size_t k = 0; k < from->n_kinds; k++) /* slices in the order of layouts: by kind */
    for (size_t j = 0; j < pattern->n; j++) {
      if (!is_kept[k] || pattern->kind[j] != (int)k) continue;
      partition->count[pattern->slice[j].profile]++;
      partition->layout[partition->n_slices] = pattern->slice[j];
      narrow->kind_of[partition->n_slices++] = renamed[k];
      narrow->count[renamed[k]]++;
    }
}

static int narrow_services(struct rms_narrow *narrow, const struct rms_serve *from,
                           const bool *is_in, const size_t *old)
{
  struct rms_serve *inst = &narrow->inst;
  inst->points = NULL;
  inst->services = malloc((from->n_services + 1) * sizeof *inst->services);
  inst->throughput = malloc((from->n_services * inst->n_kinds + 1) * sizeof *inst->throughput);
  narrow->service = malloc((from->n_services + 1) * sizeof *narrow->service);
  if (inst->services == NULL || inst->throughput == NULL || narrow->service == NULL) {
    rms_narrow_fini(narrow);
    return RMS_E_NOMEM;
  }
  inst->n_services = 0;
  for (size_t s = 0; s < from->n_services; s++) {
    if (!is_in[s]) continue;
    const size_t n = inst->n_services++;
    inst->services[n] = from->services[s];
    narrow->service[n] = (uint32_t)s;
    for (size_t k = 0; k < inst->n_kinds; k++)
      inst->throughput[n * inst->n_kinds + k] = rms_serve_rate(from, s, old[k]);
  }
  return RMS_OK;
}

int rms_narrow_init(struct rms_narrow *narrow, const struct rms_serve *from,
                    const struct rms_pattern *pattern, const bool *is_in)
{
  size_t old[RMS_SERVE_KINDS_MAX];
  *narrow = (struct rms_narrow){.inst = *from};
  narrow_kinds(narrow, from, pattern, is_in, old);
  narrow->cut = (struct rms_serve_cut){
      .partition = &narrow->partition, .count = narrow->count, .kind_of = narrow->kind_of};
  narrow->inst.arena = NULL;
  narrow->inst.pools[0].n_cuts = 1;
  narrow->inst.pools[0].cuts = &narrow->cut;
  narrow->inst.pools[0].count = -1;
  narrow->inst.pools[0].cost = 1;
  return narrow_services(narrow, from, is_in, old);
}

void rms_narrow_fini(struct rms_narrow *narrow)
{
  free(narrow->inst.services);
  free(narrow->inst.throughput);
  free(narrow->service);
  narrow->inst.services = NULL;
  narrow->inst.throughput = NULL;
  narrow->service = NULL;
}

int rms_narrow_widen(const struct rms_narrow *narrow, const struct rms_serve_plan *from,
                     struct rms_serve_plan *to)
{
  for (size_t g = 0; g < from->n_groups; g++) {
    const struct rms_serve_group *group = &from->groups[g];
    struct rms_serve_slice slices[RMS_UNITS_MAX];
    for (size_t j = 0; j < group->n_slices; j++) {
      slices[j] = from->slices[group->first + j];
      if (slices[j].service != RMS_SERVE_IDLE)
        slices[j].service = narrow->service[slices[j].service];
    }
    const int status = rms_serve_plan_add(to, 0, group->count, slices, group->n_slices);
    if (status < 0) return status;
  }
  return RMS_OK;
}

/* ---- a host between the solver and ours ---- */

struct relay {
  const struct rms_host *outer;
  rms_adopt_fn *adopt;
  void *ctx;
  int status; /* of adopting */
};

static int relay_report(void *ctx, const struct rms_incumbent *inc)
{
  struct relay *relay = ctx;
  struct rms_serve_plan plan = {0};
  if (inc->solution == NULL) return relay->outer->should_stop(relay->outer->ctx, inc->work);
  int status = rms_serve_plan_decode(&plan, inc->solution, inc->solution_bytes, NULL);
  if (status == RMS_OK) status = relay->adopt(relay->ctx, &plan, inc->work);
  rms_serve_plan_fini(&plan);
  if (status < 0) relay->status = status;
  return status != 0;
}

static int relay_should_stop(void *ctx, uint64_t work)
{
  const struct relay *relay = ctx;
  return relay->outer->should_stop(relay->outer->ctx, work);
}

static double relay_seconds_left(void *ctx)
{
  const struct relay *relay = ctx;
  return relay->outer->seconds_left(relay->outer->ctx);
}

static uint64_t relay_work_left(void *ctx)
{
  const struct relay *relay = ctx;
  return relay->outer->work_left(relay->outer->ctx);
}

static uint64_t relay_random(void *ctx, uint32_t stream, uint64_t index)
{
  const struct relay *relay = ctx;
  return relay->outer->random(relay->outer->ctx, stream, index);
}

static int relay_exchange(void *ctx, uint64_t work, const void *out, size_t out_bytes, void *in,
                          size_t in_capacity, size_t *in_bytes)
{
  const struct relay *relay = ctx;
  return relay->outer->exchange(relay->outer->ctx, work, out, out_bytes, in, in_capacity, in_bytes);
}

__attribute__((format(printf, 3, 4))) static void relay_log(void *ctx, int level, const char *fmt,
                                                            ...)
{
  const struct relay *relay = ctx;
  char line[512];
  va_list args;
  va_start(args, fmt);
  vsnprintf(line, sizeof line, fmt, args);
  va_end(args);
  relay->outer->log(relay->outer->ctx, level, "%s", line);
}

int rms_narrow_solve(const struct rms_narrow *narrow, const char *name, const struct rms_host *host,
                     rms_adopt_fn *adopt, void *ctx)
{
  const struct rms_solver *solver = rms_solver_builtin("serve", name);
  struct relay relay = {.outer = host, .adopt = adopt, .ctx = ctx};
  const struct rms_host inner = {.size = sizeof inner,
                                 .ctx = &relay,
                                 .island = host->island,
                                 .islands = host->islands,
                                 .report = relay_report,
                                 .should_stop = relay_should_stop,
                                 .seconds_left = relay_seconds_left,
                                 .work_left = relay_work_left,
                                 .random = relay_random,
                                 .exchange = relay_exchange,
                                 .log = relay_log};
  void *self = NULL;
  if (solver == NULL) return RMS_E_INTERNAL;
  struct rms_values *values = malloc(sizeof *values);
  if (values == NULL) return RMS_E_NOMEM;
  int status = rms_values_parse(values, solver->params, NULL, NULL);
  if (status == RMS_OK) status = solver->open(&self, &narrow->inst.base, values->list);
  free(values);
  if (status < 0) return status;
  status = solver->solve(self, &inner);
  solver->close(self);
  return relay.status < 0 ? relay.status : status;
}
