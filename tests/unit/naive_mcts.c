/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "naive_mcts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "instances/base/rng.h"
#include "solvers/serve/rules.h"

/* ---- states are copied ---- */

static struct naive_state *copy_state(const struct naive_state *from)
{
  struct naive_state *to = malloc(sizeof *to);
  const size_t bytes = (from->inst->n_services + 1) * sizeof *to->need;
  if (to == NULL) return NULL;
  *to = *from;
  to->need = malloc(bytes);
  if (to->need == NULL) {
    free(to);
    return NULL;
  }
  memcpy(to->need, from->need, bytes - sizeof *to->need);
  return to;
}

static void free_state(struct naive_state *state)
{
  if (state == NULL) return;
  free(state->need);
  free(state);
}

static bool is_complete(const struct naive_state *state)
{
  for (size_t s = 0; s < state->inst->n_services; s++)
    if (state->need[s] > 0) return false;
  return true;
}

static void add_machine(struct naive_state *state, const struct naive_machine *machine)
{
  const struct rms_serve_pool *pool = &state->inst->pools[machine->pool];
  const struct rms_serve_cut *cut = &pool->cuts[machine->cut];
  for (size_t j = 0; j < cut->partition->n_slices; j++) {
    if (machine->service[j] == RMS_SERVE_IDLE) continue;
    int64_t *need = &state->need[machine->service[j]];
    const int64_t rate = rms_serve_rate(state->inst, machine->service[j], cut->kind_of[j]);
    *need = *need > rate ? *need - rate : 0;
  }
  if (state->left[machine->pool] != INT64_MAX) state->left[machine->pool]--;
  state->cost += pool->cost;
}

/* ---- all machines over a few services ---- */

struct list {
  struct naive_machine *all;
  size_t n, capacity;
  bool failed;
};

struct building {
  const struct naive_state *state;
  const struct rms_menu_setup *setup;
  const uint32_t *services;
  size_t n_services;
  const struct rms_serve_cut *cut;
  struct naive_machine machine;
  int64_t *need;
  double sum;
  struct list *list;
};

static double gain_of(const struct building *b, uint32_t s, size_t kind)
{
  const struct rms_serve *inst = b->state->inst;
  const bool is_slice = b->setup->is_capped && b->setup->weight == RMS_WEIGHT_SLICE;
  return rms_menu_gain(b->setup, b->need[s], rms_serve_rate(inst, s, kind),
                       1 / (double)inst->services[s].demand,
                       is_slice ? rms_serve_share(inst, s) : 0);
}

static void add_to_list(struct list *list, const struct naive_machine *machine)
{
  if (list->n == list->capacity) {
    const size_t more = list->capacity == 0 ? 64 : 2 * list->capacity;
    struct naive_machine *all = realloc(list->all, more * sizeof *all);
    if (all == NULL) {
      list->failed = true;
      return;
    }
    list->all = all;
    list->capacity = more;
  }
  list->all[list->n++] = *machine;
}

/* Depth: one level per slice. */
static void build(struct building *b, size_t slice, size_t last)
{
  if (slice == b->cut->partition->n_slices) {
    b->machine.score = b->sum / (double)b->state->inst->pools[b->machine.pool].cost;
    if (b->sum > 0) add_to_list(b->list, &b->machine);
    return;
  }
  const uint16_t kind = b->cut->kind_of[slice];
  const bool is_same = slice > 0 && b->cut->kind_of[slice - 1] == kind;
  bool is_wanted = false;
  for (size_t i = 0; i < b->n_services; i++) {
    const uint32_t s = b->services[i];
    const double gain = gain_of(b, s, kind), before = b->sum;
    const int64_t need = b->need[s];
    if (!(gain > 0)) continue;
    is_wanted = true;
    if (is_same && i < last) continue;
    const int64_t rate = rms_serve_rate(b->state->inst, s, kind);
    if (b->setup->is_capped) b->need[s] = need > rate ? need - rate : 0;
    b->machine.service[slice] = s;
    b->sum = before + gain;
    build(b, slice + 1, i);
    b->sum = before;
    b->need[s] = need;
  }
  if (is_wanted) return;
  b->machine.service[slice] = RMS_SERVE_IDLE;
  build(b, slice + 1, b->n_services);
}

static int compare_machines(const void *a, const void *b)
{
  const struct naive_machine *x = a, *y = b;
  if (x->score > y->score || x->score < y->score) return x->score > y->score ? -1 : 1;
  if (x->pool != y->pool) return x->pool < y->pool ? -1 : 1;
  return (x->cut > y->cut) - (x->cut < y->cut);
}

struct naive_machine *naive_menu(const struct naive_state *state,
                                 const struct rms_menu_setup *setup, const uint32_t *services,
                                 size_t n_services, size_t *n)
{
  struct list list = {0};
  struct naive_state *scratch = copy_state(state);
  if (scratch == NULL) return NULL;
  struct building b = {.state = state,
                       .setup = setup,
                       .services = services,
                       .n_services = n_services,
                       .need = scratch->need,
                       .list = &list};
  for (uint32_t p = 0; p < state->inst->n_pools; p++)
    for (uint32_t c = 0; state->left[p] > 0 && c < state->inst->pools[p].n_cuts; c++) {
      b.machine.pool = p;
      b.machine.cut = c;
      b.cut = &state->inst->pools[p].cuts[c];
      build(&b, 0, 0);
    }
  free_state(scratch);
  if (list.failed) {
    free(list.all);
    return NULL;
  }
  *n = list.n;
  if (list.n > 1) qsort(list.all, list.n, sizeof *list.all, compare_machines);
  return list.all != NULL ? list.all : malloc(1);
}

bool naive_greedy(const struct naive_state *state, enum rms_weight weight,
                  struct naive_machine *machine)
{
  const struct rms_serve *inst = state->inst;
  const struct rms_menu_setup setup = {.is_capped = true, .weight = weight};
  struct naive_state *scratch = copy_state(state);
  double best = 0;
  if (scratch == NULL) return false;
  struct building b = {.state = state, .setup = &setup, .need = scratch->need};
  for (uint32_t p = 0; p < inst->n_pools; p++)
    for (uint32_t c = 0; state->left[p] > 0 && c < inst->pools[p].n_cuts; c++) {
      const struct rms_serve_cut *cut = &inst->pools[p].cuts[c];
      struct naive_machine one = {.pool = p, .cut = c};
      memcpy(scratch->need, state->need, inst->n_services * sizeof *state->need);
      for (size_t j = 0; j < cut->partition->n_slices; j++) {
        double most = 0;
        one.service[j] = RMS_SERVE_IDLE;
        for (uint32_t s = 0; s < inst->n_services; s++) {
          const double gain = gain_of(&b, s, cut->kind_of[j]);
          if (!(gain > most)) continue;
          most = gain;
          one.service[j] = s;
        }
        one.score += most / (double)inst->pools[p].cost;
        if (one.service[j] == RMS_SERVE_IDLE) continue;
        const int64_t rate = rms_serve_rate(inst, one.service[j], cut->kind_of[j]);
        int64_t *need = &scratch->need[one.service[j]];
        *need = *need > rate ? *need - rate : 0;
      }
      if (one.score > best) {
        best = one.score;
        *machine = one;
      }
    }
  free_state(scratch);
  return best > 0;
}

/* ---- the search ---- */

struct pool { /* machines for one set of unfinished services */
  struct pool *next;
  bool *unfinished;
  size_t n;
  struct naive_machine *machines;
};

struct node {
  struct naive_state *state;
  struct naive_machine *moves; /* NULL: not expanded */
  size_t n_moves, n_tried;
  struct node **children;
  double visits, sum;
};

enum { BUCKETS = 4096 };

struct naive {
  const struct naive_setup *setup;
  struct rms_rng rng;
  struct pool *pools[BUCKETS];
  double ceiling, floor;
  bool failed;
};

static size_t draw_services(struct naive *mcts, const struct naive_state *state, uint32_t *services)
{
  size_t n = 0, n_open = 0;
  for (size_t s = 0; s < state->inst->n_services; s++) n_open += state->need[s] > 0;
  for (size_t s = 0, left = mcts->setup->menu.sample; s < state->inst->n_services; s++) {
    if (state->need[s] == 0) continue;
    if (rms_rng_below(&mcts->rng, n_open--) >= left) continue;
    services[n++] = (uint32_t)s;
    left--;
  }
  return n;
}

static struct naive_machine *draw_menu(struct naive *mcts, const struct naive_state *state,
                                       size_t *n)
{
  uint32_t services[RMS_SAMPLE_MAX];
  const size_t n_services = draw_services(mcts, state, services);
  struct naive_machine *all = naive_menu(state, &mcts->setup->menu, services, n_services, n);
  if (all == NULL) mcts->failed = true;
  if (all != NULL && *n > mcts->setup->menu.size) *n = mcts->setup->menu.size;
  return all;
}

static struct pool *new_pool(struct naive *mcts, const struct naive_state *state)
{
  struct pool *pool = calloc(1, sizeof *pool);
  if (pool == NULL) return NULL;
  pool->unfinished = calloc(state->inst->n_services + 1, sizeof *pool->unfinished);
  struct naive_machine *menu = draw_menu(mcts, state, &pool->n);
  if (menu != NULL) pool->machines = realloc(menu, (pool->n + 1) * sizeof *menu);
  if (pool->unfinished == NULL || pool->machines == NULL) {
    free(pool->unfinished);
    free(pool->machines == NULL ? menu : pool->machines);
    free(pool);
    return NULL;
  }
  for (size_t s = 0; s < state->inst->n_services; s++) pool->unfinished[s] = state->need[s] > 0;
  pool->n += naive_greedy(state, mcts->setup->menu.weight, &pool->machines[pool->n]);
  return pool;
}

static struct pool *find_pool(struct naive *mcts, const struct naive_state *state)
{
  size_t hash = 0;
  for (size_t s = 0; s < state->inst->n_services; s++) hash = hash * 31 + (state->need[s] > 0);
  struct pool **at = &mcts->pools[hash % BUCKETS];
  for (; *at != NULL; at = &(*at)->next) {
    size_t s = 0;
    while (s < state->inst->n_services && (*at)->unfinished[s] == (state->need[s] > 0)) s++;
    if (s == state->inst->n_services) return *at;
  }
  *at = new_pool(mcts, state);
  if (*at == NULL) mcts->failed = true;
  return *at;
}

/* Completes the state. False: stuck. */
static bool roll_out(struct naive *mcts, struct naive_state *state)
{
  while (!is_complete(state)) {
    const struct pool *pool = find_pool(mcts, state);
    if (pool == NULL || pool->n == 0) return false;
    const struct naive_machine *machine = &pool->machines[rms_rng_below(&mcts->rng, pool->n)];
    if (state->left[machine->pool] <= 0) return false;
    add_machine(state, machine);
  }
  return true;
}

static struct node *new_node(const struct naive_state *state, const struct naive_machine *move)
{
  struct node *node = calloc(1, sizeof *node);
  if (node == NULL) return NULL;
  node->state = copy_state(state);
  if (node->state != NULL && move != NULL) add_machine(node->state, move);
  return node;
}

static void free_node(struct node *node)
{
  if (node == NULL) return;
  for (size_t i = 0; i < node->n_tried; i++) free_node(node->children[i]);
  free(node->children);
  free(node->moves);
  free_state(node->state);
  free(node);
}

static struct node *best_child(const struct naive *mcts, const struct node *node)
{
  struct node *best = node->children[0];
  double most = -1;
  for (size_t i = 0; i < node->n_tried; i++) {
    const struct node *child = node->children[i];
    const double value =
        child->sum / child->visits + mcts->setup->c * sqrt(log(node->visits) / child->visits);
    if (value <= most) continue;
    most = value;
    best = node->children[i];
  }
  return best;
}

static struct node *add_child(struct node *node)
{
  struct node **children = realloc(node->children, (node->n_tried + 1) * sizeof(struct node *));
  if (children == NULL) return NULL;
  node->children = children;
  struct node *child = new_node(node->state, &node->moves[node->n_tried]);
  if (child != NULL) children[node->n_tried++] = child;
  return child;
}

/* One rollout below `node`; returns the cost of the plan, INFINITY: none. Depth: machines. */
static double search(struct naive *mcts, struct node *node)
{
  double total = INFINITY;
  if (node == NULL || node->state == NULL) {
    mcts->failed = true;
    return INFINITY;
  }
  if (is_complete(node->state)) {
    total = (double)node->state->cost;
  } else {
    if (node->moves == NULL) node->moves = draw_menu(mcts, node->state, &node->n_moves);
    if (node->moves == NULL) return INFINITY;
    if (node->n_tried < node->n_moves) {
      struct node *child = add_child(node);
      struct naive_state *end = child == NULL ? NULL : copy_state(child->state);
      if (end == NULL) {
        mcts->failed = true;
        return INFINITY;
      }
      if (roll_out(mcts, end)) total = (double)end->cost;
      free_state(end);
      const double reward = (mcts->ceiling - total) / (mcts->ceiling - mcts->floor);
      child->visits++;
      child->sum += fmax(0, fmin(1, reward));
    } else if (node->n_tried > 0) {
      total = search(mcts, best_child(mcts, node));
    }
  }
  node->visits++;
  node->sum += fmax(0, fmin(1, (mcts->ceiling - total) / (mcts->ceiling - mcts->floor)));
  return total;
}

static int64_t greedy_cost(const struct naive_state *start, enum rms_weight weight)
{
  struct naive_state *state = copy_state(start);
  struct naive_machine machine;
  int64_t cost = INT64_MAX;
  if (state == NULL) return -1;
  while (!is_complete(state) && naive_greedy(state, weight, &machine)) add_machine(state, &machine);
  if (is_complete(state)) cost = state->cost;
  free_state(state);
  return cost;
}

static void free_pools(struct naive *mcts)
{
  for (size_t i = 0; i < BUCKETS; i++)
    while (mcts->pools[i] != NULL) {
      struct pool *pool = mcts->pools[i];
      mcts->pools[i] = pool->next;
      free(pool->machines);
      free(pool->unfinished);
      free(pool);
    }
}

static void begin(struct naive_state *state)
{
  const struct rms_serve *inst = state->inst;
  state->cost = 0;
  for (size_t s = 0; s < inst->n_services; s++) state->need[s] = inst->services[s].demand;
  for (size_t p = 0; p < inst->n_pools; p++)
    state->left[p] = inst->pools[p].count < 0 ? INT64_MAX : inst->pools[p].count;
}

/* From a state; it stays. */
static int64_t search_from(const struct naive_state *start, const struct naive_setup *setup)
{
  struct naive *mcts = calloc(1, sizeof *mcts);
  if (mcts == NULL) return -1;
  mcts->setup = setup;
  mcts->rng = (struct rms_rng){.key = {.seed = setup->seed}, .purpose = RMS_PURPOSE_SOLVER};
  int64_t best = greedy_cost(start, setup->menu.weight);
  mcts->ceiling = best == INT64_MAX ? 1e15 : ceil(1.1 * (double)best) + 1;
  struct node *root = new_node(start, NULL);
  for (uint64_t i = 0; i < setup->rollouts && !mcts->failed; i++) {
    const double total = search(mcts, root);
    if (total < (double)best) best = (int64_t)total;
  }
  if (mcts->failed) best = -1;
  free_node(root);
  free_pools(mcts);
  free(mcts);
  return best;
}

int64_t naive_mcts(const struct rms_serve *inst, const struct naive_setup *setup)
{
  struct naive_state start = {.inst = inst};
  start.need = calloc(inst->n_services + 1, sizeof *start.need);
  if (start.need == NULL) return -1;
  begin(&start);
  const int64_t best = search_from(&start, setup);
  free(start.need);
  return best;
}

/* ---- the genetic algorithm's children ---- */

/* What is missing without machine `out`. */
static void add_up(struct naive_state *state, const struct list *plan, size_t out)
{
  begin(state);
  for (size_t i = 0; i < plan->n; i++)
    if (i != out) add_machine(state, &plan->all[i]);
}

static void complete(struct naive_state *state, struct list *plan)
{
  struct naive_machine machine;
  add_up(state, plan, SIZE_MAX);
  while (!is_complete(state) && naive_greedy(state, RMS_WEIGHT_NEED, &machine)) {
    add_machine(state, &machine);
    add_to_list(plan, &machine);
    if (plan->failed) return;
  }
}

static void remove_machine(struct list *plan, size_t i)
{
  plan->all[i] = plan->all[--plan->n];
}

int64_t naive_evolve(const struct rms_serve *inst, const struct naive_setup *setup, uint64_t rounds)
{
  struct naive_state state = {.inst = inst};
  struct rms_rng rng = {.key = {.seed = setup->seed}, .purpose = RMS_PURPOSE_SOLVER};
  struct list plan = {0};
  int64_t best = INT64_MAX;
  state.need = calloc(inst->n_services + 1, sizeof *state.need);
  if (state.need == NULL) return -1;
  complete(&state, &plan);
  for (uint64_t round = 0; round < rounds && !plan.failed; round++) {
    for (size_t n = (3 * plan.n + 9) / 10; n > 0; n--)
      remove_machine(&plan, rms_rng_below(&rng, plan.n));
    add_up(&state, &plan, SIZE_MAX);
    if (setup->rollouts > 0 && search_from(&state, setup) < 0) break;
    complete(&state, &plan);
    for (size_t i = plan.n; i-- > 0;) {
      add_up(&state, &plan, i);
      if (is_complete(&state)) remove_machine(&plan, i);
    }
    add_up(&state, &plan, SIZE_MAX);
    if (is_complete(&state) && state.cost < best) best = state.cost;
  }
  free(plan.all);
  free(state.need);
  return plan.failed ? -1 : best;
}
