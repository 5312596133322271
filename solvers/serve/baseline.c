/* SPDX-License-Identifier: GPL-3.0-or-later */
/* baseline.c - every machine cut in the same way: whole, split into the smallest slices, or a fixed
 * mix. Dedicated: a machine serves one service; pooled: slices of different services mix. A service
 * that can use none of the slices gets whole machines; their number is logged. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "instances/serve/assemble.h"
#include "solvers/params.h"
#include "solvers/serve/baseline.h"
#include "solvers/serve/greedy.h"
#include "solvers/serve/narrow.h"

/* ---- dedicated machines ---- */

/* What one machine gives the service; cut off at its demand, where one machine is enough. */
int64_t rms_baseline_rate(const struct rms_serve *inst, const struct rms_pattern *pattern, size_t s)
{
  int64_t sum = 0;
  for (size_t j = 0; j < pattern->n && sum < inst->services[s].demand; j++)
    if (pattern->kind[j] >= 0) sum += rms_serve_rate(inst, s, (size_t)pattern->kind[j]);
  return sum < inst->services[s].demand ? sum : inst->services[s].demand;
}

bool rms_baseline_count(struct rms_baseline_run *run, int64_t count)
{
  if (count > RMS_SERVE_MACHINES_TOTAL_MAX - run->machines) run->is_huge = true;
  if (!run->is_huge) run->machines += count;
  return !run->is_huge;
}

static int add_machines(struct rms_baseline_run *run, const struct rms_pattern *pattern, size_t s)
{
  const struct rms_serve *inst = run->baseline->inst;
  struct rms_serve_slice slices[RMS_UNITS_MAX];
  const int64_t count = (inst->services[s].demand - 1) / rms_baseline_rate(inst, pattern, s) + 1;
  if (!rms_baseline_count(run, count)) return RMS_OK;
  for (size_t j = 0; j < pattern->n; j++) {
    const bool is_used =
        pattern->kind[j] >= 0 && rms_serve_rate(inst, s, (size_t)pattern->kind[j]) > 0;
    slices[j] = (struct rms_serve_slice){.profile = pattern->slice[j].profile,
                                         .start = pattern->slice[j].start,
                                         .service = is_used ? (uint32_t)s : RMS_SERVE_IDLE};
  }
  return rms_serve_plan_add(&run->plan, 0, count, slices, pattern->n);
}

/* Whole machines for a service that cannot use the pattern. */
int rms_baseline_fall_back(struct rms_baseline_run *run, size_t s)
{
  run->fallbacks++;
  if (rms_baseline_rate(run->baseline->inst, &run->baseline->whole, s) > 0)
    return add_machines(run, &run->baseline->whole, s);
  run->hopeless++;
  return RMS_OK;
}

/* ---- pooled machines ---- */

/* A cut that has all slices of the pattern; it exists because cuts are maximal. */
static size_t cut_with(const struct rms_serve *inst, const struct rms_pattern *pattern)
{
  for (size_t c = 0; c < inst->pools[0].n_cuts; c++) {
    int count[RMS_SERVE_KINDS_MAX] = {0};
    bool has_all = true;
    for (size_t j = 0; j < pattern->n; j++)
      if (pattern->kind[j] >= 0)
        has_all =
            has_all && ++count[pattern->kind[j]] <= inst->pools[0].cuts[c].count[pattern->kind[j]];
    if (has_all) return c;
  }
  return 0;
}

/* Slices of one kind: as many as each service needs, packed without gaps; the others fall back. */
static int cover_alike(struct rms_baseline_run *run, int64_t *slices, int64_t *machines)
{
  const struct rms_serve *inst = run->baseline->inst;
  const struct rms_pattern *pattern = &run->baseline->pattern;
  const int64_t most = RMS_SERVE_MACHINES_TOTAL_MAX * RMS_UNITS_MAX;
  int64_t total = 0;
  for (size_t s = 0; s < inst->n_services; s++) {
    if (rms_baseline_rate(inst, pattern, s) == 0) {
      const int status = rms_baseline_fall_back(run, s);
      if (status < 0) return status;
      continue;
    }
    const size_t k = (size_t)pattern->kind[0];
    const int64_t count = (inst->services[s].demand - 1) / rms_serve_rate(inst, s, k) + 1;
    slices[s * inst->n_kinds + k] = count;
    total = count > most - total ? most : total + count;
  }
  *machines = total == 0 ? 0 : (total - 1) / (int64_t)pattern->n + 1;
  return RMS_OK;
}

static int add_pooled(struct rms_baseline_run *run, int64_t count, const int64_t *slices)
{
  const struct rms_serve *inst = run->baseline->inst;
  if (count == 0 || !rms_baseline_count(run, count)) return RMS_OK;
  int64_t *per_cut = calloc(inst->pools[0].n_cuts, sizeof *per_cut);
  if (per_cut == NULL) return RMS_E_NOMEM;
  const int64_t *const machines[RMS_SERVE_POOLS_MAX] = {per_cut};
  per_cut[cut_with(inst, &run->baseline->pattern)] = count;
  struct rms_serve unlimited = *inst; /* the stock is looked at once, with the whole machines */
  unlimited.pools[0].count = -1;
  const int status = rms_serve_assemble(&unlimited, machines, slices, &run->plan, NULL);
  free(per_cut);
  return status;
}

static int pool_services(struct rms_baseline_run *run)
{
  int status = RMS_OK;
  const struct rms_serve *inst = run->baseline->inst;
  int64_t count = 0;
  int64_t *slices = calloc(inst->n_services * inst->n_kinds + 1, sizeof *slices);
  if (slices == NULL) return RMS_E_NOMEM;
  RMS_TRY(cover_alike(run, slices, &count));
  RMS_TRY(add_pooled(run, count, slices));
out:
  free(slices);
  return status;
}

static int dedicate_services(struct rms_baseline_run *run)
{
  const struct rms_serve *inst = run->baseline->inst;
  for (size_t s = 0; s < inst->n_services; s++) {
    if (s % 4096 == 0 && run->host->should_stop(run->host->ctx, 0)) return 1;
    const int status = rms_baseline_rate(inst, &run->baseline->pattern, s) > 0
                           ? add_machines(run, &run->baseline->pattern, s)
                           : rms_baseline_fall_back(run, s);
    if (status < 0) return status;
  }
  return 0;
}

/* ---- the end ---- */

void rms_baseline_log(const struct rms_baseline_run *run)
{
  if (run->fallbacks > 0)
    run->host->log(run->host->ctx, 1,
                   "%zu services use none of the slices and fall back to whole machines",
                   run->fallbacks);
}

int rms_baseline_conclude(struct rms_baseline_run *run)
{
  const struct rms_serve *inst = run->baseline->inst;
  const struct rms_host *host = run->host;
  const bool is_least = run->baseline->share == RMS_SHARE_LEAST;
  const uint64_t work = is_least ? run->work : (uint64_t)run->machines;
  if (run->hopeless > 0)
    host->log(host->ctx, 1, "no plan: %zu of them do not run on a whole machine either",
              run->hopeless);
  else if (run->is_huge)
    host->log(host->ctx, 1, "no plan: more than %" PRId64 " machines",
              RMS_SERVE_MACHINES_TOTAL_MAX);
  else if (inst->pools[0].count >= 0 && run->machines > inst->pools[0].count)
    host->log(host->ctx, 1, "no plan: %" PRId64 " machines are needed, the stock is %" PRId64,
              run->machines, inst->pools[0].count);
  else
    return rms_serve_report(host, inst, &run->plan, NAN, work);
  return RMS_OK;
}

/* ---- callbacks ---- */

static int solve_alike(void *self, const struct rms_host *host)
{
  const struct rms_baseline *baseline = self;
  struct rms_baseline_run run = {.baseline = baseline, .host = host};
  if (rms_serve_log_unservable(host, baseline->inst)) return RMS_INFEASIBLE;
  int status =
      baseline->share == RMS_SHARE_DEDICATED ? dedicate_services(&run) : pool_services(&run);
  const bool is_stopped = status > 0;
  rms_baseline_log(&run);
  if (status == 0) status = rms_baseline_conclude(&run);
  rms_serve_plan_fini(&run.plan);
  if (status < 0) return status;
  return is_stopped ? RMS_STOPPED : RMS_FEASIBLE;
}

static void close_baseline(void *self)
{
  free(self);
}

typedef bool find_pattern(const struct rms_serve *inst, const char *text,
                          struct rms_pattern *pattern);

static int open_baseline(void **self, const struct rms_instance *inst, const char *text,
                         find_pattern *find, enum rms_share share)
{
  struct rms_baseline *baseline = calloc(1, sizeof *baseline);
  if (baseline == NULL) return RMS_E_NOMEM;
  baseline->inst = rms_serve_of(inst);
  baseline->share = share;
  if (!find(baseline->inst, text, &baseline->pattern) ||
      !rms_pattern_whole(baseline->inst, "auto", &baseline->whole)) {
    free(baseline);
    return RMS_E_PARAM;
  }
  *self = baseline;
  return RMS_OK;
}

static int supports(const struct rms_instance *inst, const char *text, find_pattern *find)
{
  struct rms_pattern pattern;
  const struct rms_serve *serve = rms_serve_of(inst);
  return serve != NULL && serve->n_pools == 1 && find(serve, text, &pattern);
}

#define WHOLE "auto"
#define SPLIT "auto"
#define MIX   "4g+2g+1g"

#define PATTERN(key, initial, sentence)                                                            \
  {                                                                                                \
    .name = key, .type = RMS_P_STRING, .dflt = initial, .scale = "", .unit = "1", .doc = sentence  \
  }
#define MIX_PATTERN PATTERN("mix", MIX, "Profiles or shapes of a machine's slices, joined by +.")

static const struct rms_param whole_params[] = {
    PATTERN("shape", WHOLE, "Profile or shape of the one slice; auto: the largest."), {0}};
static const struct rms_param split_params[] = {
    PATTERN("shape", SPLIT,
            "Profile or shape of all slices; auto: the smallest outside exclusive groups."),
    {0}};
static const struct rms_param mix_params[] = {MIX_PATTERN, {0}};
static const struct rms_param least_params[] = {
    MIX_PATTERN,
    {.name = "with",
     .type = RMS_P_ENUM,
     .dflt = "prices",
     .range = "prices|glpk|cbc",
     .scale = "",
     .unit = "1",
     .doc = "Exact solver that finds the least number; work is counted in its unit."},
    {0}};

static int supports_whole(const struct rms_instance *inst)
{
  return supports(inst, WHOLE, rms_pattern_whole);
}
static int supports_split(const struct rms_instance *inst)
{
  return supports(inst, SPLIT, rms_pattern_split);
}
static int supports_mix(const struct rms_instance *inst)
{
  return supports(inst, MIX, rms_pattern_parse);
}
static int open_whole(void **self, const struct rms_instance *inst, const char *const *values)
{
  return open_baseline(self, inst, values[0], rms_pattern_whole, RMS_SHARE_DEDICATED);
}
static int open_split(void **self, const struct rms_instance *inst, const char *const *values)
{
  return open_baseline(self, inst, values[0], rms_pattern_split, RMS_SHARE_DEDICATED);
}
static int open_split_pooled(void **self, const struct rms_instance *inst,
                             const char *const *values)
{
  return open_baseline(self, inst, values[0], rms_pattern_split, RMS_SHARE_POOLED);
}
static int open_mix(void **self, const struct rms_instance *inst, const char *const *values)
{
  return open_baseline(self, inst, values[0], rms_pattern_parse, RMS_SHARE_DEDICATED);
}
static int open_mix_pooled(void **self, const struct rms_instance *inst, const char *const *values)
{
  const int status = open_baseline(self, inst, values[0], rms_pattern_parse, RMS_SHARE_LEAST);
  if (status < 0) return status;
  struct rms_baseline *baseline = *self;
  snprintf(baseline->exact, sizeof baseline->exact, "%s", values[1]);
  return RMS_OK;
}

#define BASELINE(object, text, sentence, extra, table, can, begin, run)                            \
  const struct rms_solver object = {.abi = RMS_SOLVER_ABI,                                         \
                                    .size = sizeof(struct rms_solver),                             \
                                    .name = text,                                                  \
                                    .version = "1.0",                                              \
                                    .doc = sentence,                                               \
                                    .citation = "after MIG-serving, arXiv 2109.11067",             \
                                    .family = "serve",                                             \
                                    .flags = RMS_DETERMINISTIC | (extra),                          \
                                    .params = table,                                               \
                                    .supports = can,                                               \
                                    .open = begin,                                                 \
                                    .solve = run,                                                  \
                                    .close = close_baseline}

BASELINE(rms_solver_serve_full, "full", "Whole machines, one service each.", 0, whole_params,
         supports_whole, open_whole, solve_alike);
BASELINE(rms_solver_serve_split7_dedicated, "split7-dedicated",
         "Machines split into the smallest slices, one service each.", 0, split_params,
         supports_split, open_split, solve_alike);
BASELINE(rms_solver_serve_split7_pooled, "split7-pooled",
         "Machines split into the smallest slices, services mixed.", 0, split_params,
         supports_split, open_split_pooled, solve_alike);
BASELINE(rms_solver_serve_mix421_dedicated, "mix421-dedicated",
         "Machines cut into 4g, 2g and 1g (or another fixed mix), one service each.", 0, mix_params,
         supports_mix, open_mix, solve_alike);
BASELINE(rms_solver_serve_mix421_pooled, "mix421-pooled",
         "Least number of machines cut into 4g, 2g and 1g (or another fixed mix), services mixed.",
         RMS_FOREIGN_ALLOC | RMS_ANYTIME, least_params, supports_mix, open_mix_pooled,
         rms_baseline_solve_least);
