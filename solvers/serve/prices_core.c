/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The expanding core: all services but a few keep their pattern, the few are tried with every
 * pattern whose value is within the slack, by dynamic programming over slice totals. A state is a
 * vector of totals; it dies when some linear form, or the best prices, show that even the least of
 * what is still to come exceeds the target. With everyone in the core, complete lists and no state
 * dropped for want of room, "nothing found" is a proof. */
#include <stdlib.h>
#include <string.h>

#include "solvers/serve/prices_core.h"

/* ---- one core ---- */

static int build_core(struct rms_core *core, const struct rms_core_candidate *order)
{
  struct rms_prices *p = core->p;
  size_t width = p->inst->n_kinds;
  core->members = rms_arena_alloc(core->arena, core->n_members, sizeof *core->members);
  core->levels = rms_arena_alloc(core->arena, core->n_members + 1, sizeof *core->levels);
  core->table_size = 1;
  while (core->table_size < 2 * core->capacity) core->table_size *= 2;
  core->table = rms_arena_alloc(core->arena, core->table_size, sizeof *core->table);
  if (!core->members || !core->levels || !core->table) return RMS_E_NOMEM;
  for (size_t s = 0; s < p->inst->n_services; s++)
    for (size_t i = 0; i < core->d; i++)
      core->fixed[i] += p->slices[s * width + core->goal->kind_of[i]];
  for (size_t m = 0; m < core->n_members; m++) {
    core->members[m].service = order[m].service;
    for (size_t i = 0; i < core->d; i++)
      core->fixed[i] -= p->slices[order[m].service * width + core->goal->kind_of[i]];
  }
  return rms_core_list(core);
}

static int offer_core(struct rms_core *core)
{
  struct rms_prices *p = core->p;
  size_t width = p->inst->n_kinds;
  int64_t total[RMS_SERVE_KINDS_MAX] = {0};
  uint32_t at = 0;
  for (size_t i = 0; i < core->d; i++) total[core->goal->kind_of[i]] = core->fixed[i];
  for (size_t m = core->n_members; m-- > 0;) {
    const struct rms_core_origin *origin = &core->levels[m + 1].origins[at];
    const int64_t *pattern = core->members[m].patterns + origin->pattern * core->d;
    int64_t *slices = p->slices + core->members[m].service * width;
    memset(slices, 0, width * sizeof *slices);
    for (size_t i = 0; i < core->d; i++) {
      slices[core->goal->kind_of[i]] = pattern[i];
      total[core->goal->kind_of[i]] += pattern[i];
    }
    at = origin->parent;
  }
  return rms_prices_offer(p, p->slices, total);
}

static int search_core(struct rms_core *core)
{
  bool is_complete = core->n_members == core->p->inst->n_services;
  const int status = rms_core_run(core);
  if (status < 0) return status;
  if (core->p->is_stopped) return RMS_CORE_CUT_SHORT;
  if (core->levels[core->n_members].n) {
    const int offered = offer_core(core);
    return offered < 0 ? offered : RMS_CORE_FOUND;
  }
  for (size_t m = 0; m < core->n_members; m++)
    is_complete = is_complete && core->members[m].is_complete;
  return is_complete && !core->is_cut ? RMS_CORE_NONE : RMS_CORE_CUT_SHORT;
}

struct stage {
  int effort;
  size_t members, share; /* states: beam / share; 0: wide, where that is everyone */
  bool is_near;
};

enum { EVERYONE = 20000, WIDE = 64, SETTLED = 30 };

static int try_core(struct rms_prices *p, const struct rms_core_goal *goal,
                    const struct rms_core_candidate *order, const struct stage *stage, size_t size)
{
  const size_t beam = (size_t)p->options.beam;
  const size_t states = stage->share ? beam / stage->share : beam * RMS_CORE_WIDER;
  struct rms_core core = {.p = p,
                          .goal = goal,
                          .d = goal->n_dimensions,
                          .n_tests = goal->n_tests,
                          .n_keys = goal->n_keys,
                          .n_members = size,
                          .capacity = states < 256 ? 256 : states,
                          .is_wide = stage->share == 0,
                          .is_near = stage->is_near,
                          .is_patient = stage->effort >= RMS_CORE_EVERYONE,
                          .is_brief = stage->effort == RMS_CORE_EVERYONE};
  core.arena = rms_arena_new();
  if (!core.arena) return RMS_E_NOMEM;
  int status = build_core(&core, order);
  if (status >= 0) status = p->is_stopped ? RMS_CORE_CUT_SHORT : search_core(&core);
  for (size_t m = 0; core.levels && m <= core.n_members; m++) {
    free(core.levels[m].used);
    free(core.levels[m].origins);
  }
  rms_arena_free(core.arena);
  return status;
}

/* Small cores with few states first: nearly always one of them has a plan. */
int rms_prices_core(struct rms_prices *p, const struct rms_core_goal *goal, int effort)
{
  static const struct stage stages[] = {
      {RMS_CORE_NEAR, 16, 32, true},          {RMS_CORE_QUICK, 30, 16, true},
      {RMS_CORE_QUICK, 80, 32, true},         {RMS_CORE_QUICK, 6, 32, false},
      {RMS_CORE_QUICK, 16, 32, false},        {RMS_CORE_QUICK, 30, 16, false},
      {RMS_CORE_AROUND, 16, 1, true},         {RMS_CORE_AROUND, 30, 1, true},
      {RMS_CORE_THOROUGH, 10, 4, false},      {RMS_CORE_THOROUGH, 16, 1, false},
      {RMS_CORE_THOROUGH, 30, 1, false},      {RMS_CORE_EVERYONE, EVERYONE, 1, false},
      {RMS_CORE_PATIENT, EVERYONE, 1, false}, {RMS_CORE_ALL, EVERYONE, 1, false},
      {RMS_CORE_ALL, WIDE, 0, false},
  };
  struct rms_core_candidate *order = NULL;
  size_t n = p->inst->n_services;
  int end = rms_core_order(p, goal, &order);
  if (end < 0) return end;
  end = RMS_CORE_CUT_SHORT;
  for (size_t i = 0; i < sizeof stages / sizeof *stages && !p->is_stopped; i++) {
    const struct stage *stage = &stages[i];
    size_t size = n < stage->members ? n : stage->members;
    if (stage->effort != effort || (stage->share == 0 && size < n)) continue;
    if (size <= SETTLED) rms_core_settle(p, goal, order, SETTLED);
    end = try_core(p, goal, order, stage, size);
    if (end != RMS_CORE_CUT_SHORT) break;
  }
  free(order);
  return end;
}
