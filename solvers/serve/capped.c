/* SPDX-License-Identifier: GPL-3.0-or-later */
/* capped.c - the best machine when every gain is capped at the remaining need, any mix of services.
 *
 * Each cut is filled slice by slice in the order of its layout (largest first) on a scratch copy of
 * the needs; the cut with the largest sum of gains wins. What makes it fast:
 *
 * - Cuts are a tree (walk.h): those that begin alike share the beginning of their fill.
 * - Gains only fall while a machine fills, so that a beginning and the largest gain of each slice
 * that is missing bound what it can become. The cut that was chosen last is filled first, and most
 * of the tree is cut off.
 * - A slice's best service is either one that this machine serves already (a handful, gains
 * computed anew) or the best of the others, whose gains do not depend on the machine. The best of a
 * kind are drawn from its tournament into a short list in falling order, and stay there from one
 * machine to the next: whoever falls behind the tournament's best goes back.
 *
 * Ties: lowest seat; first pool, first cut. */
#include <string.h>

#include "solvers/serve/rules.h"
#include "solvers/serve/tournament.h"
#include "solvers/serve/walk.h"

struct front { /* the best of a kind, none worse than the tournament's best; -1 stands for them
                  there */
  size_t n;
  struct rms_winner winner[RMS_UNITS_MAX + 1];
};

/* A service after some slices. What it gains by the next one depends on nothing else, so it is
 * computed once, however many cuts share it, until the service gets a machine. */
struct fed {
  int64_t need;
  uint32_t seat;
};

enum { FED_BYTES = 1 << 14, FED_LEAST = 64, SPARE = 2 * RMS_UNITS_MAX };

struct served { /* a service that the machine under construction serves */
  uint32_t seat, service;
  uint32_t fed; /* what it is by now */
};

struct rms_capped {
  const struct rms_seats *seats;
  const struct rms_walk_map *map;
  enum rms_weight weight;
  double grid;
  struct rms_tournament *trees; /* [n_kinds] */
  struct front *fronts;         /* [n_kinds] */
  bool *is_served;              /* [n] by seat */
  int64_t *rest;                /* [n_nodes] of the map: most that the slices below can add */
  uint32_t last;                /* cut chosen last; RMS_NO_CUT */

  size_t n_fed, n_spare; /* made and kept, from 1; made beyond that, dropped on the way back */
  size_t most_fed;       /* that are kept */
  struct fed *fed;       /* [most_fed + SPARE] */
  int64_t *gain;         /* [the same * n_kinds] by the next slice */
  uint32_t *next;        /* [the same * n_kinds] what it is then; 0: not made */
  uint32_t *start;       /* [n] by seat: what it is now; 0: not made */

  /* one choice */
  size_t n_served;
  struct served served[RMS_UNITS_MAX];
  uint32_t now[RMS_UNITS_MAX]; /* services of the slices so far */
  int64_t cost, best, best_cost;
  uint32_t best_cut;
  struct rms_choice *choice;
};

double rms_serve_share(const struct rms_serve *inst, size_t s)
{
  double least = 0;
  for (size_t p = 0; p < inst->n_pools; p++) {
    const struct rms_serve_pool *pool = &inst->pools[p];
    const struct rms_machine *machine = inst->machines[pool->machine];
    for (size_t k = 0; k < inst->n_kinds; k++) {
      const int64_t rate = rms_serve_rate(inst, s, k);
      if (inst->kinds[k].machine != pool->machine || rate == 0) continue;
      const int compute = machine->profiles[inst->kinds[k].profile].compute;
      const double slices = (double)inst->services[s].demand / (double)rate;
      const double share =
          slices * (double)pool->cost * (compute > 0 ? compute : 1) / machine->compute_units;
      if (least == 0 || share < least) least = share;
    }
  }
  return least;
}

static int init_fed(struct rms_capped *rule, struct rms_arena *arena)
{
  const size_t n = rule->seats->inst->n_kinds;
  rule->most_fed =
      FED_LEAST + FED_BYTES / (sizeof *rule->fed + n * (sizeof *rule->gain + sizeof *rule->next));
  const size_t room = rule->most_fed + SPARE;
  rule->fed = rms_arena_alloc(arena, room, sizeof *rule->fed);
  rule->gain = rms_arena_alloc(arena, room * n, sizeof *rule->gain);
  rule->next = rms_arena_alloc(arena, room * n, sizeof *rule->next);
  rule->start = rms_arena_alloc(arena, rule->seats->inst->n_services, sizeof *rule->start);
  return rule->fed == NULL || rule->gain == NULL || rule->next == NULL || rule->start == NULL
             ? RMS_E_NOMEM
             : RMS_OK;
}

int rms_capped_new(struct rms_capped **result, struct rms_arena *arena,
                   const struct rms_seats *seats, enum rms_weight weight)
{
  const struct rms_serve *inst = seats->inst;
  struct rms_walk_map *map = NULL;
  struct rms_capped *rule = rms_arena_alloc(arena, 1, sizeof *rule);
  if (rule == NULL || rms_walk_map_new(&map, arena, inst) < 0) return RMS_E_NOMEM;
  *rule = (struct rms_capped){
      .seats = seats, .map = map, .weight = weight, .grid = 1, .last = RMS_NO_CUT};
  rule->trees = rms_arena_alloc(arena, inst->n_kinds, sizeof *rule->trees);
  rule->fronts = rms_arena_alloc(arena, inst->n_kinds, sizeof *rule->fronts);
  rule->is_served = rms_arena_alloc(arena, inst->n_services, sizeof *rule->is_served);
  rule->rest = rms_arena_alloc(arena, map->n_nodes, sizeof *rule->rest);
  if (rule->trees == NULL || rule->fronts == NULL || rule->is_served == NULL || rule->rest == NULL)
    return RMS_E_NOMEM;
  if (init_fed(rule, arena) < 0) return RMS_E_NOMEM;
  for (size_t k = 0; k < inst->n_kinds; k++)
    if (rms_tournament_init(&rule->trees[k], arena, inst->n_services) < 0) return RMS_E_NOMEM;
  *result = rule;
  return RMS_OK;
}

/* ---- gains ---- */

static struct rms_scale scale_of(const struct rms_capped *rule, uint32_t s, int64_t need)
{
  return rms_scale_of(rule->map, rule->weight, s, need);
}

static int64_t gain_of(const struct rms_capped *rule, uint32_t s, size_t kind,
                       const struct rms_scale *scale)
{
  return rms_score_fix(rms_scale_gain(rule->map, s, kind, scale), rule->grid);
}

/* ---- services after some slices ---- */

static void forget_fed(struct rms_capped *rule)
{
  memset(rule->start, 0, rule->seats->inst->n_services * sizeof *rule->start);
  rule->n_fed = 1;
  rule->n_spare = 0;
}

static uint32_t new_fed(struct rms_capped *rule, uint32_t seat, int64_t need)
{
  const bool is_kept = rule->n_fed < rule->most_fed;
  const size_t made = is_kept ? rule->n_fed++ : rule->most_fed + rule->n_spare++;
  rule->fed[made] = (struct fed){need, seat};
  return (uint32_t)made;
}

static uint32_t start_of(struct rms_capped *rule, uint32_t seat, int64_t need)
{
  if (rule->start[seat] != 0) return rule->start[seat];
  const size_t n_kinds = rule->seats->inst->n_kinds;
  const uint32_t made = new_fed(rule, seat, need);
  for (size_t k = 0; k < n_kinds; k++) rule->next[made * n_kinds + k] = 0;
  if (made < rule->most_fed) rule->start[seat] = made;
  return made;
}

static uint32_t feed(struct rms_capped *rule, uint32_t id, size_t kind)
{
  const size_t n_kinds = rule->seats->inst->n_kinds;
  const uint32_t known = rule->next[id * n_kinds + kind];
  if (known != 0) return known;
  const struct fed from = rule->fed[id];
  const uint32_t s = rule->seats->service[from.seat];
  const int64_t rate = rms_serve_rate(rule->seats->inst, s, kind);
  const int64_t need = rate < from.need ? from.need - rate : 0;
  const struct rms_scale scale = scale_of(rule, s, need);
  const uint16_t *follow = rule->map->follow + kind * n_kinds;
  const uint32_t made = new_fed(rule, from.seat, need);
  for (size_t f = 0; f < rule->map->n_follow[kind]; f++) {
    rule->gain[made * n_kinds + follow[f]] = gain_of(rule, s, follow[f], &scale);
    rule->next[made * n_kinds + follow[f]] = 0;
  }
  if (made < rule->most_fed) rule->next[id * n_kinds + kind] = made;
  return made;
}

/* ---- the best of each kind ---- */

static bool is_before(struct rms_winner a, struct rms_winner b)
{
  return a.value != b.value ? a.value > b.value : a.index < b.index;
}

static struct rms_winner first_of(const struct rms_capped *rule, size_t kind)
{
  const struct front *front = &rule->fronts[kind];
  return front->n > 0 ? front->winner[0] : rms_tournament_best(&rule->trees[kind]);
}

/* The tournament's best joins the front; NULL: none gains. */
static const struct rms_winner *draw(struct rms_capped *rule, size_t kind)
{
  struct front *front = &rule->fronts[kind];
  const struct rms_winner next = rms_tournament_best(&rule->trees[kind]);
  if (next.value <= 0) return NULL;
  rms_tournament_set(&rule->trees[kind], next.index, -1);
  front->winner[front->n] = next;
  return &front->winner[front->n++];
}

int rms_capped_begin(struct rms_capped *rule, const struct rms_completion *state,
                     const struct rms_poll *poll)
{
  const struct rms_serve *inst = rule->seats->inst;
  double max = 0;
  for (uint32_t s = 0; s < inst->n_services; s++) {
    const struct rms_scale scale = scale_of(rule, s, state->need[s]);
    for (size_t k = 0; k < inst->n_kinds; k++) {
      const double gain = rms_scale_gain(rule->map, s, k, &scale);
      if (gain > max) max = gain;
    }
  }
  rule->grid = rms_score_grid(max);
  forget_fed(rule);
  for (size_t i = 0; i < inst->n_services; i++) {
    const uint32_t s = rule->seats->service[i];
    const struct rms_scale scale = scale_of(rule, s, state->need[s]);
    for (size_t k = 0; k < inst->n_kinds; k++)
      rule->trees[k].value[i] = gain_of(rule, s, k, &scale);
  }
  for (size_t k = 0; k < inst->n_kinds; k++) {
    if (rms_poll_stop(poll)) return 1;
    rms_tournament_build(&rule->trees[k]);
    rule->fronts[k].n = 0;
  }
  return 0;
}

static void take_out(struct front *front, uint32_t index)
{
  size_t at = 0;
  while (front->winner[at].index != index) at++;
  front->n--;
  memmove(front->winner + at, front->winner + at + 1, (front->n - at) * sizeof *front->winner);
}

/* A service gains `value` by a slice of the kind from now on, and not more than before. */
static void set_value(struct rms_capped *rule, size_t kind, uint32_t index, int64_t value)
{
  struct front *front = &rule->fronts[kind];
  struct rms_tournament *tree = &rule->trees[kind];
  const struct rms_winner new = {.value = value, .index = index};
  if (tree->value[index] < 0) {
    size_t at = 0;
    take_out(front, index);
    while (at < front->n && is_before(front->winner[at], new)) at++;
    if (value > 0 && (at < front->n || is_before(new, rms_tournament_best(tree)))) {
      memmove(front->winner + at + 1, front->winner + at, (front->n - at) * sizeof new);
      front->winner[at] = new;
      front->n++;
      return;
    }
  }
  rms_tournament_set(tree, index, value);
}

int rms_capped_refresh(struct rms_capped *rule, const struct rms_completion *state,
                       const uint32_t *services, size_t n, const struct rms_poll *poll)
{
  const size_t n_kinds = rule->seats->inst->n_kinds;
  int64_t max = 0;
  for (size_t j = 0; j < n; j++) {
    const uint32_t s = services[j];
    const struct rms_scale scale = scale_of(rule, s, state->need[s]);
    rule->start[rule->seats->seat[s]] = 0;
    for (size_t k = 0; k < n_kinds; k++)
      set_value(rule, k, rule->seats->seat[s], gain_of(rule, s, k, &scale));
  }
  for (size_t k = 0; k < n_kinds; k++) {
    const int64_t value = first_of(rule, k).value;
    if (value > max) max = value;
  }
  return rms_score_is_low(max) ? rms_capped_begin(rule, state, poll) : 0;
}

/* ---- the fill ---- */

/* The best of the services that the machine does not serve yet; value 0: none gains. */
static struct rms_winner best_of_others(struct rms_capped *rule, size_t kind)
{
  struct front *front = &rule->fronts[kind];
  for (size_t j = 0; j < front->n; j++)
    if (!rule->is_served[front->winner[j].index]) return front->winner[j];
  for (;;) {
    const struct rms_winner *next = draw(rule, kind);
    if (next == NULL) return (struct rms_winner){.value = 0};
    if (!rule->is_served[next->index]) return *next;
  }
}

static void accept(struct rms_capped *rule, uint32_t cut, int64_t value)
{
  if (!rms_score_is_better(value, rule->cost, rule->best, rule->best_cost) &&
      (cut >= rule->best_cut ||
       rms_score_is_better(rule->best, rule->best_cost, value, rule->cost)))
    return;
  rule->best = value;
  rule->best_cost = rule->cost;
  rule->best_cut = cut;
  rule->choice->pool = rule->map->cuts[cut].pool;
  rule->choice->cut = rule->map->cuts[cut].cut;
  memcpy(rule->choice->service, rule->now, rule->map->cuts[cut].n_slices * sizeof *rule->now);
}

static void fill(struct rms_capped *rule, const struct rms_completion *state, uint32_t node,
                 size_t depth, int64_t sum);

/* What the next slice gains. Whom it serves is told to rule->now, and what that changes is `undo`:
 * where it stands among those served, and as what; n_served: nobody gains. */
struct undo {
  size_t who, n_served, n_spare;
  uint32_t was;
};

static int64_t fill_slice(struct rms_capped *rule, const struct rms_completion *state, size_t kind,
                          size_t depth, struct undo *undo)
{
  const size_t n_kinds = rule->seats->inst->n_kinds;
  struct rms_winner best = best_of_others(rule, kind);
  undo->n_spare = rule->n_spare;
  undo->who = undo->n_served = rule->n_served;
  for (size_t m = 0; m < rule->n_served; m++) {
    const struct served *served = &rule->served[m];
    const struct rms_winner own = {.value = rule->gain[served->fed * n_kinds + kind],
                                   .index = served->seat};
    const bool is_best =
        own.value > best.value || (own.value == best.value && own.index < best.index);
    best.value = is_best ? own.value : best.value;
    best.index = is_best ? own.index : best.index;
    undo->who = is_best ? m : undo->who;
  }
  rule->now[depth] = RMS_SERVE_IDLE;
  if (best.value == 0) return 0;
  struct served *served = &rule->served[undo->who];
  if (undo->who == rule->n_served) {
    const uint32_t s = rule->seats->service[best.index];
    served->seat = best.index;
    served->service = s;
    served->fed = start_of(rule, best.index, state->need[s]);
    rule->is_served[best.index] = true;
    rule->n_served++;
  } else {
    undo->was = served->fed;
  }
  served->fed = feed(rule, served->fed, kind);
  rule->now[depth] = served->service;
  return best.value;
}

static void undo_slice(struct rms_capped *rule, const struct undo *undo)
{
  rule->n_spare = undo->n_spare;
  if (undo->who < undo->n_served) {
    rule->served[undo->who].fed = undo->was;
  } else if (rule->n_served > undo->n_served) {
    rule->n_served--;
    rule->is_served[rule->served[undo->who].seat] = false;
  }
}

/* Depth: one level per slice, at most RMS_UNITS_MAX. */
static void fill(struct rms_capped *rule, const struct rms_completion *state, uint32_t node,
                 size_t depth, int64_t sum)
{
  const struct rms_walk_node *nodes = rule->map->nodes;
  if (nodes[node].cut != RMS_NO_CUT) accept(rule, nodes[node].cut, sum);
  for (uint32_t c = nodes[node].first_child; c != 0; c = nodes[c].next) {
    struct undo undo;
    const int64_t most = sum + first_of(rule, nodes[c].kind).value + rule->rest[c];
    if (rms_score_is_better(rule->best, rule->best_cost, most, rule->cost)) continue;
    const int64_t gain = fill_slice(rule, state, nodes[c].kind, depth, &undo);
    fill(rule, state, c, depth + 1, sum + gain);
    undo_slice(rule, &undo);
  }
}

static void fill_cut(struct rms_capped *rule, const struct rms_completion *state, uint32_t index)
{
  const struct rms_walk_cut *cut = &rule->map->cuts[index];
  struct undo undo[RMS_UNITS_MAX];
  int64_t sum = 0;
  rule->cost = cut->cost;
  for (size_t j = 0; j < cut->n_slices; j++)
    sum += fill_slice(rule, state, cut->kind[j], j, &undo[j]);
  accept(rule, index, sum);
  for (size_t j = cut->n_slices; j-- > 0;) undo_slice(rule, &undo[j]);
}

/* Nodes are made before the nodes below them. */
static void bound_nodes(struct rms_capped *rule)
{
  const struct rms_walk_node *nodes = rule->map->nodes;
  for (size_t v = rule->map->n_nodes; v-- > 0;) {
    int64_t most = 0;
    for (uint32_t c = nodes[v].first_child; c != 0; c = nodes[c].next) {
      const int64_t value = first_of(rule, nodes[c].kind).value + rule->rest[c];
      if (value > most) most = value;
    }
    rule->rest[v] = most;
  }
}

bool rms_capped_choose(struct rms_capped *rule, const struct rms_completion *state,
                       struct rms_choice *choice)
{
  const struct rms_serve *inst = rule->seats->inst;
  rule->best = 0;
  rule->best_cost = 1;
  rule->best_cut = 0; /* no cut stands before it, so that a gain of 0 is no choice */
  rule->choice = choice;
  if (rule->n_fed > rule->most_fed / 2) forget_fed(rule);
  bound_nodes(rule);
  if (rule->last != RMS_NO_CUT && state->left[rule->map->cuts[rule->last].pool] > 0)
    fill_cut(rule, state, rule->last);
  for (uint32_t p = 0; p < inst->n_pools; p++) {
    if (state->left[p] <= 0) continue;
    rule->cost = inst->pools[p].cost;
    fill(rule, state, p, 0, 0);
  }
  if (rule->best > 0) rule->last = rule->best_cut;
  return rule->best > 0;
}
