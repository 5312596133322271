/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solvers/serve/completion.h"

#include <stdlib.h>
#include <string.h>

#include "instances/base/status.h"
#include "solvers/serve/rules.h"

/* ---- state ---- */

int rms_completion_init(struct rms_completion *state, const struct rms_serve *inst)
{
  int64_t *need = malloc((inst->n_services + 1) * sizeof *need);
  if (need == NULL) return RMS_E_NOMEM;
  *state = (struct rms_completion){.inst = inst, .need = need};
  rms_completion_reset(state);
  return RMS_OK;
}

void rms_completion_fini(struct rms_completion *state)
{
  free(state->need);
  *state = (struct rms_completion){0};
}

void rms_completion_reset(struct rms_completion *state)
{
  const struct rms_serve *inst = state->inst;
  for (size_t s = 0; s < inst->n_services; s++) state->need[s] = inst->services[s].demand;
  state->unfinished = inst->n_services;
  for (size_t p = 0; p < inst->n_pools; p++)
    state->left[p] = inst->pools[p].count < 0 ? INT64_MAX : inst->pools[p].count;
}

void rms_completion_copy(struct rms_completion *to, const struct rms_completion *from)
{
  memcpy(to->need, from->need, from->inst->n_services * sizeof *to->need);
  memcpy(to->left, from->left, sizeof to->left);
  to->unfinished = from->unfinished;
}

void rms_completion_serve(struct rms_completion *state, size_t service, size_t kind, int64_t count)
{
  const int64_t need = state->need[service];
  const int64_t rate = rms_serve_rate(state->inst, service, kind);
  if (need == 0 || rate == 0 || count <= 0) return;
  const bool is_enough = count > (need - 1) / rate; /* no product: it may overflow */
  state->need[service] = is_enough ? 0 : need - count * rate;
  if (is_enough) state->unfinished--;
}

static void take_machines(struct rms_completion *state, uint32_t pool, int64_t count)
{
  if (state->left[pool] != INT64_MAX) state->left[pool] -= count;
}

void rms_completion_take(struct rms_completion *state, const struct rms_serve_plan *plan,
                         size_t first, size_t end)
{
  for (size_t g = first; g < end; g++) {
    const struct rms_serve_group *group = &plan->groups[g];
    const uint16_t machine = state->inst->pools[group->pool].machine;
    take_machines(state, group->pool, group->count);
    for (size_t j = 0; j < group->n_slices; j++) {
      const struct rms_serve_slice *slice = &plan->slices[group->first + j];
      if (slice->service == RMS_SERVE_IDLE) continue;
      const int kind = rms_serve_kind_of(state->inst, machine, slice->profile);
      if (kind >= 0) rms_completion_serve(state, slice->service, (size_t)kind, group->count);
    }
  }
}

/* ---- one machine ---- */

int rms_choice_apply(const struct rms_choice *choice, struct rms_completion *state,
                     struct rms_serve_plan *plan, uint32_t *touched)
{
  const struct rms_serve_cut *cut = &state->inst->pools[choice->pool].cuts[choice->cut];
  const size_t n = cut->partition->n_slices;
  struct rms_serve_slice slices[RMS_UNITS_MAX];
  uint32_t distinct[RMS_UNITS_MAX];
  int n_distinct = 0;
  for (size_t j = 0; j < n; j++)
    slices[j] = (struct rms_serve_slice){.profile = cut->partition->layout[j].profile,
                                         .start = cut->partition->layout[j].start,
                                         .service = choice->service[j]};
  const int status = rms_serve_plan_add(plan, choice->pool, 1, slices, n);
  if (status < 0) return status;
  take_machines(state, choice->pool, 1);
  for (size_t j = 0; j < n; j++) {
    if (choice->service[j] == RMS_SERVE_IDLE) continue;
    rms_completion_serve(state, choice->service[j], cut->kind_of[j], 1);
    int i = 0;
    while (i < n_distinct && distinct[i] != choice->service[j]) i++;
    if (i == n_distinct) distinct[n_distinct++] = choice->service[j];
  }
  if (touched != NULL) memcpy(touched, distinct, (size_t)n_distinct * sizeof *touched);
  return n_distinct;
}

struct entry { /* a group that can be compared without its plan */
  uint32_t pool;
  int64_t count;
  size_t n_slices;
  const struct rms_serve_slice *slices;
};

static int compare_entries(const void *a, const void *b)
{
  const struct entry *x = a, *y = b;
  if (x->pool != y->pool) return x->pool < y->pool ? -1 : 1;
  for (size_t j = 0; j < x->n_slices && j < y->n_slices; j++) {
    const struct rms_serve_slice *u = &x->slices[j], *v = &y->slices[j];
    if (u->profile != v->profile) return u->profile < v->profile ? -1 : 1;
    if (u->start != v->start) return u->start < v->start ? -1 : 1;
    if (u->service != v->service) return u->service < v->service ? -1 : 1;
  }
  return (x->n_slices > y->n_slices) - (x->n_slices < y->n_slices);
}

int rms_plan_join(struct rms_serve_plan *plan)
{
  int status = RMS_OK;
  if (plan->n_groups < 2) return RMS_OK;
  struct rms_serve_plan joined = {0};
  struct entry *entries = malloc(plan->n_groups * sizeof *entries);
  if (entries == NULL) return RMS_E_NOMEM;
  for (size_t g = 0; g < plan->n_groups; g++) {
    const struct rms_serve_group *group = &plan->groups[g];
    entries[g] = (struct entry){.pool = group->pool,
                                .count = group->count,
                                .n_slices = group->n_slices,
                                .slices = plan->slices + group->first};
  }
  qsort(entries, plan->n_groups, sizeof *entries, compare_entries);
  for (size_t g = 0; g < plan->n_groups; g++)
    RMS_TRY(rms_serve_plan_add(&joined, entries[g].pool, entries[g].count, entries[g].slices,
                               entries[g].n_slices));
  const struct rms_serve_plan old = *plan;
  *plan = joined;
  plan->certificate = old.certificate;
  joined = old;
  joined.certificate = (struct rms_serve_certificate){0};
out:
  free(entries);
  rms_serve_plan_fini(&joined);
  return status;
}

/* ---- the template ---- */

struct rms_completer {
  struct rms_arena *arena;
  struct rms_seats seats;
  enum rms_rule rule;
  struct rms_literal *literal; /* NULL when the rule does not use it */
  struct rms_capped *capped;
  bool has_endgame; /* rule endgame: the capped trees are in use (they are built when first needed)
                     */
};

static int seat_services(struct rms_seats *seats, struct rms_arena *arena,
                         const struct rms_serve *inst, const uint32_t *order)
{
  seats->inst = inst;
  seats->service = rms_arena_alloc(arena, inst->n_services, sizeof *seats->service);
  seats->seat = rms_arena_alloc(arena, inst->n_services, sizeof *seats->seat);
  if (seats->service == NULL || seats->seat == NULL) return RMS_E_NOMEM;
  for (size_t i = 0; i < inst->n_services; i++) {
    seats->service[i] = order == NULL ? (uint32_t)i : order[i];
    seats->seat[seats->service[i]] = (uint32_t)i;
  }
  return RMS_OK;
}

int rms_completer_open(struct rms_completer **result, const struct rms_serve *inst,
                       const struct rms_rule_setup *setup)
{
  int status = RMS_OK;
  struct rms_arena *arena = rms_arena_new();
  struct rms_completer *completer =
      arena == NULL ? NULL : rms_arena_alloc(arena, 1, sizeof *completer);
  if (completer == NULL) RMS_TRY(RMS_E_NOMEM);
  completer->arena = arena;
  completer->rule = setup->rule;
  RMS_TRY(seat_services(&completer->seats, arena, inst, setup->order));
  if (setup->rule != RMS_RULE_CAPPED)
    RMS_TRY(rms_literal_new(&completer->literal, arena, &completer->seats, setup->q));
  if (setup->rule != RMS_RULE_LITERAL)
    RMS_TRY(rms_capped_new(&completer->capped, arena, &completer->seats, setup->weight));
  *result = completer;
  arena = NULL;
out:
  rms_arena_free(arena);
  return status;
}

void rms_completer_close(struct rms_completer *completer)
{
  if (completer != NULL) rms_arena_free(completer->arena);
}

int rms_completer_begin(struct rms_completer *completer, const struct rms_completion *state,
                        struct rms_poll *poll)
{
  completer->has_endgame = false;
  return completer->rule == RMS_RULE_CAPPED ? rms_capped_begin(completer->capped, state, poll)
                                            : rms_literal_begin(completer->literal, state, poll);
}

/* Does the choice give some service more than it misses? */
static bool is_too_much(const struct rms_completion *state, const struct rms_choice *choice)
{
  const struct rms_serve_cut *cut = &state->inst->pools[choice->pool].cuts[choice->cut];
  const size_t n = cut->partition->n_slices;
  for (size_t i = 0; i < n; i++) {
    const uint32_t s = choice->service[i];
    if (s == RMS_SERVE_IDLE) continue;
    int64_t room = state->need[s];
    for (size_t j = 0; j < n; j++) {
      if (choice->service[j] != s) continue;
      const int64_t rate = rms_serve_rate(state->inst, s, cut->kind_of[j]);
      if (rate > room) return true;
      room -= rate;
    }
  }
  return false;
}

bool rms_completer_choose(struct rms_completer *completer, const struct rms_completion *state,
                          struct rms_choice *choice)
{
  if (completer->rule == RMS_RULE_CAPPED)
    return rms_capped_choose(completer->capped, state, choice);
  if (!rms_literal_choose(completer->literal, state, choice)) return false;
  if (completer->rule == RMS_RULE_LITERAL || !is_too_much(state, choice)) return true;
  if (!completer->has_endgame) rms_capped_begin(completer->capped, state, NULL);
  completer->has_endgame = true;
  return rms_capped_choose(completer->capped, state, choice);
}

int rms_completer_apply(struct rms_completer *completer, struct rms_completion *state,
                        const struct rms_choice *choice, struct rms_serve_plan *plan,
                        struct rms_poll *poll)
{
  uint32_t touched[RMS_UNITS_MAX];
  const int n = rms_choice_apply(choice, state, plan, touched);
  if (n < 0) return n;
  int stop = 0;
  if (completer->literal != NULL)
    stop |= rms_literal_refresh(completer->literal, state, touched, (size_t)n, poll);
  if (completer->rule == RMS_RULE_CAPPED || completer->has_endgame)
    stop |= rms_capped_refresh(completer->capped, state, touched, (size_t)n, poll);
  return stop;
}

/* Polling each of the first machines makes small work limits exact. */
static bool is_time_to_poll(uint64_t work)
{
  return work < 64 || work % 16 == 0;
}

int rms_complete(struct rms_completer *completer, struct rms_completion *state,
                 struct rms_serve_plan *plan, struct rms_poll *poll)
{
  enum { JOIN_FIRST = 65536 };
  struct rms_poll never = {0};
  struct rms_choice choice;
  size_t join_at = plan->n_groups + JOIN_FIRST;
  if (poll == NULL) poll = &never;
  if (state->unfinished > 0 && rms_completer_begin(completer, state, poll))
    return RMS_COMPLETE_STOPPED;
  while (state->unfinished > 0) {
    if (is_time_to_poll(poll->work) && rms_poll_stop(poll)) return RMS_COMPLETE_STOPPED;
    if (!rms_completer_choose(completer, state, &choice)) return RMS_COMPLETE_STUCK;
    const int status = rms_completer_apply(completer, state, &choice, plan, poll);
    if (status < 0) return status;
    poll->work++;
    if (status > 0) return RMS_COMPLETE_STOPPED;
    if (plan->n_groups < join_at) continue;
    if (rms_plan_join(plan) < 0) return RMS_E_NOMEM;
    join_at = 2 * plan->n_groups + JOIN_FIRST;
  }
  return RMS_COMPLETE_DONE;
}

bool rms_serve_is_unservable(const struct rms_serve *inst, size_t *service)
{
  bool is_cut[RMS_SERVE_KINDS_MAX] = {false};
  for (size_t p = 0; p < inst->n_pools; p++)
    for (size_t c = 0; inst->pools[p].count != 0 && c < inst->pools[p].n_cuts; c++)
      for (size_t j = 0; j < inst->pools[p].cuts[c].partition->n_slices; j++)
        is_cut[inst->pools[p].cuts[c].kind_of[j]] = true;
  for (size_t s = 0; s < inst->n_services; s++) {
    size_t k = 0;
    while (k < inst->n_kinds && !(is_cut[k] && rms_serve_rate(inst, s, k) > 0)) k++;
    if (k < inst->n_kinds) continue;
    *service = s;
    return true;
  }
  return false;
}
