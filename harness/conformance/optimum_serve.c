/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/conformance/optimum_serve.h"

#include <stdlib.h>
#include <string.h>

#include "instances/base/memory.h"
#include "instances/serve/serve.h"

enum { SERVICES_MAX = 4, POOLS_MAX = 2, LEVELS_MAX = 16 };
#define STATES_MAX ((size_t)200000)

struct state {                  /* what machines do together; also what one machine can do */
  int64_t supply[SERVICES_MAX]; /* micros, not above the demand */
  int64_t used[POOLS_MAX];      /* counted for limited pools only */
  int64_t cost;
};

struct states { /* none dominates another */
  struct state *list;
  size_t n, capacity;
};

struct search {
  const struct rms_serve *inst;
  struct states machines[POOLS_MAX]; /* what one machine of the pool can do */
  struct states *target;             /* of the layout enumeration */
  uint32_t pool;
  struct rms_placed layout[RMS_UNITS_MAX];
  size_t n_layout;
};

/* a is at least as good as b in every respect */
static bool dominates(const struct state *a, const struct state *b)
{
  if (a->cost > b->cost) return false;
  for (int s = 0; s < SERVICES_MAX; s++)
    if (a->supply[s] < b->supply[s]) return false;
  for (int p = 0; p < POOLS_MAX; p++)
    if (a->used[p] > b->used[p]) return false;
  return true;
}

static int insert(struct states *states, const struct state *state)
{
  for (size_t i = 0; i < states->n; i++)
    if (dominates(&states->list[i], state)) return RMS_OK;
  size_t kept = 0;
  for (size_t i = 0; i < states->n; i++)
    if (!dominates(state, &states->list[i])) states->list[kept++] = states->list[i];
  states->n = kept;
  if (kept >= STATES_MAX) return RMS_E_LIMIT;
  if (rms_grow(&states->list, &states->capacity, kept + 1, sizeof *states->list) < 0)
    return RMS_E_NOMEM;
  states->list[states->n++] = *state;
  return RMS_OK;
}

static void add_supply(const struct rms_serve *inst, struct state *state, size_t s, int64_t more)
{
  const int64_t room = inst->services[s].demand - state->supply[s];
  state->supply[s] += more < room ? more : room;
}

/* Give slice i and those after it to services in all ways. Depth: slices of one machine. */
static int assign(struct search *search, size_t i, const struct state *so_far)
{
  if (i == search->n_layout) return insert(search->target, so_far);
  const struct rms_serve *inst = search->inst;
  const struct rms_serve_pool *pool = &inst->pools[search->pool];
  const int kind = rms_serve_kind_of(inst, pool->machine, search->layout[i].profile);
  bool is_useful = false;
  for (size_t s = 0; kind >= 0 && s < inst->n_services; s++) {
    const int64_t rate = rms_serve_rate(inst, s, (size_t)kind);
    if (rate <= 0 || so_far->supply[s] >= inst->services[s].demand) continue;
    struct state next = *so_far;
    add_supply(inst, &next, s, rate);
    is_useful = true;
    const int status = assign(search, i + 1, &next);
    if (status < 0) return status;
  }
  return is_useful ? RMS_OK : assign(search, i + 1, so_far);
}

static bool is_legal(const struct search *search)
{
  const struct rms_serve_pool *pool = &search->inst->pools[search->pool];
  return rms_layout_is_legal(search->inst->machines[pool->machine], pool->rules, search->layout,
                             search->n_layout, NULL);
}

/* No slice can be added: smaller sets can only do less. */
static bool is_maximal(struct search *search)
{
  const struct rms_serve_pool *pool = &search->inst->pools[search->pool];
  const struct rms_machine *machine = search->inst->machines[pool->machine];
  bool can_add = false;
  for (int p = 0; p < machine->n_profiles && !can_add; p++) {
    if (rms_serve_kind_of(search->inst, pool->machine, (size_t)p) < 0) continue;
    for (int i = 0; i < machine->profiles[p].n_starts && !can_add; i++) {
      search->layout[search->n_layout++] =
          (struct rms_placed){.profile = (uint16_t)p, .start = machine->profiles[p].starts[i]};
      can_add = is_legal(search);
      search->n_layout--;
    }
  }
  return !can_add;
}

/* All legal sets of slices: from unit `from` on, put any useful profile or leave the unit free.
 * Depth: units of the machine. */
static int place(struct search *search, int from)
{
  const struct rms_serve_pool *pool = &search->inst->pools[search->pool];
  const struct rms_machine *machine = search->inst->machines[pool->machine];
  if (from >= machine->memory_units) {
    const struct state nothing = {.cost = pool->cost, .used = {0}};
    return is_maximal(search) ? assign(search, 0, &nothing) : RMS_OK;
  }
  for (int p = 0; p < machine->n_profiles; p++) {
    if (rms_serve_kind_of(search->inst, pool->machine, (size_t)p) < 0) continue;
    search->layout[search->n_layout++] =
        (struct rms_placed){.profile = (uint16_t)p, .start = (uint16_t)from};
    const int status =
        is_legal(search)
            ? place(search,
                    from + (machine->profiles[p].memory > 0 ? machine->profiles[p].memory : 1))
            : RMS_OK;
    search->n_layout--;
    if (status < 0) return status;
  }
  return place(search, from + 1);
}

static int add_machine(const struct search *search, struct states *next, const struct state *from,
                       uint32_t p, int64_t *best)
{
  const struct rms_serve *inst = search->inst;
  const int64_t stock = inst->pools[p].count;
  if (stock >= 0 && from->used[p] >= stock) return RMS_OK;
  for (size_t i = 0; i < search->machines[p].n; i++) {
    const struct state *machine = &search->machines[p].list[i];
    struct state sum = *from;
    bool is_met = true, is_more = false;
    sum.cost += inst->pools[p].cost;
    sum.used[p] += stock >= 0;
    for (size_t s = 0; s < inst->n_services; s++) {
      add_supply(inst, &sum, s, machine->supply[s]);
      is_met = is_met && sum.supply[s] == inst->services[s].demand;
      is_more = is_more || sum.supply[s] > from->supply[s];
    }
    if (is_met && (*best < 0 || sum.cost < *best)) *best = sum.cost;
    if (is_met || !is_more || (*best >= 0 && sum.cost >= *best)) continue;
    const int status = insert(next, &sum);
    if (status < 0) return status;
  }
  return RMS_OK;
}

/* Level by level, one machine more each; ends when no state can lead to less than the best. */
static int climb(const struct search *search, int64_t *best)
{
  const struct state nothing = {.cost = 0};
  struct states now = {0}, next = {0};
  int status = insert(&now, &nothing);
  *best = search->inst->n_services == 0 ? 0 : -1;
  for (int level = 0; status == RMS_OK && now.n > 0 && *best != 0; level++) {
    if (level == LEVELS_MAX) status = RMS_E_LIMIT;
    next.n = 0;
    for (size_t i = 0; status == RMS_OK && i < now.n; i++)
      for (uint32_t p = 0; status == RMS_OK && p < search->inst->n_pools; p++)
        status = add_machine(search, &next, &now.list[i], p, best);
    const struct states swap = now;
    now = next;
    next = swap;
  }
  free(now.list);
  free(next.list);
  return status;
}

/* With an unlimited pool, a service that no pool can run would never end the climb. */
static bool is_hopeless(const struct search *search)
{
  for (size_t s = 0; s < search->inst->n_services; s++) {
    bool can_run = false;
    for (uint32_t p = 0; p < search->inst->n_pools; p++)
      for (size_t i = 0; i < search->machines[p].n; i++)
        can_run = can_run || search->machines[p].list[i].supply[s] > 0;
    if (!can_run) return true;
  }
  return false;
}

int rms_kit_optimum_serve(const struct rms_instance *inst, bool *is_feasible,
                          double objective[RMS_OBJECTIVES], struct rms_error *err)
{
  struct search search = {.inst = rms_serve_of(inst)};
  int64_t best = -1;
  int status = RMS_OK;

  if (!search.inst || search.inst->n_services > SERVICES_MAX || search.inst->n_pools > POOLS_MAX)
    return rms_error_set(err, RMS_E_LIMIT, "the instance is too large to be enumerated");
  for (search.pool = 0; search.pool < search.inst->n_pools; search.pool++) {
    search.target = &search.machines[search.pool];
    RMS_TRY(place(&search, 0));
  }
  if (!is_hopeless(&search)) RMS_TRY(climb(&search, &best));
  *is_feasible = best >= 0;
  memset(objective, 0, RMS_OBJECTIVES * sizeof *objective);
  objective[0] = (double)best;
out:
  for (int p = 0; p < POOLS_MAX; p++) free(search.machines[p].list);
  return status < 0 ? rms_error_set(err, status, "the instance cannot be enumerated") : RMS_OK;
}
