/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solvers/serve/slow.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "solvers/serve/memo.h"

enum {
  NO_NODE = 0,
  ROOT = 1,
  POLL_MACHINES = 64,
  BLIND_TRIES = 64,
  LEAST_NODES = 2,
  ROOT_ROOM = 4 /* the root's children, its own and those of other islands, in menus */
};

struct node {
  uint32_t children; /* first of `n_children` nodes side by side; NO_NODE: not made yet */
  uint16_t n_children, n_tried, room;
  bool is_expanded;
  uint32_t visits, foreign_visits;
  int64_t sum, foreign_sum;
};

struct rms_slow {
  struct rms_arena *arena;
  const struct rms_walk_map *map;
  struct rms_slow_setup setup;
  struct rms_menu *menu;
  struct rms_memo memo;
  struct rms_walk root, walk;
  size_t n_nodes, max_nodes;
  struct node *nodes;
  uint32_t *genes; /* [max_nodes * width] the move that leads to a node */
  int64_t ceiling, floor, best;
  size_t n_path, path_capacity, n_best, best_capacity; /* machines; capacities in words */
  uint32_t *path, *best_path;
  size_t n_trail, trail_capacity; /* nodes from the root to where the estimate begins */
  uint32_t *trail;
  struct rms_slow_count count;
};

int rms_slow_open(struct rms_slow **result, const struct rms_walk_map *map,
                  const struct rms_slow_setup *setup)
{
  int status = RMS_OK;
  const size_t per_node = sizeof(struct node) + map->width * sizeof(uint32_t);
  const size_t for_nodes = setup->has_estimate ? setup->memory / 2 : setup->memory;
  struct rms_slow *slow = calloc(1, sizeof *slow);
  if (slow == NULL) return RMS_E_NOMEM;
  slow->map = map;
  slow->setup = *setup;
  slow->max_nodes = for_nodes / per_node;
  if (slow->max_nodes > UINT32_MAX) slow->max_nodes = UINT32_MAX;
  if (slow->max_nodes < LEAST_NODES) RMS_TRY(RMS_E_LIMIT);
  slow->arena = rms_arena_new();
  slow->nodes = calloc(slow->max_nodes, sizeof *slow->nodes);
  slow->genes = calloc(slow->max_nodes, map->width * sizeof *slow->genes);
  if (slow->arena == NULL || slow->nodes == NULL || slow->genes == NULL) RMS_TRY(RMS_E_NOMEM);
  RMS_TRY(rms_menu_new(&slow->menu, slow->arena, map, &setup->menu));
  if (setup->has_estimate)
    RMS_TRY(rms_memo_init(&slow->memo, slow->menu, map->width, setup->menu.size, setup->has_greedy,
                          setup->memory - for_nodes));
  RMS_TRY(rms_walk_init(&slow->root, slow->arena, map));
  RMS_TRY(rms_walk_init(&slow->walk, slow->arena, map));
  *result = slow;
  slow = NULL;
out:
  rms_slow_close(slow);
  return status;
}

void rms_slow_close(struct rms_slow *slow)
{
  if (slow == NULL) return;
  rms_memo_fini(&slow->memo);
  free(slow->trail);
  free(slow->best_path);
  free(slow->path);
  free(slow->genes);
  free(slow->nodes);
  rms_arena_free(slow->arena);
  free(slow);
}

void rms_slow_forget(struct rms_slow *slow)
{
  if (slow->setup.has_estimate) rms_memo_clear(&slow->memo);
}

void rms_slow_begin(struct rms_slow *slow, const struct rms_walk *root, int64_t greedy,
                    int64_t floor)
{
  int64_t least = INT64_MAX;
  for (size_t p = 0; p < slow->map->inst->n_pools; p++)
    if (slow->map->inst->pools[p].cost < least) least = slow->map->inst->pools[p].cost;
  rms_walk_copy(&slow->root, root);
  rms_menu_begin(slow->menu, &slow->root);
  slow->nodes[ROOT] = (struct node){0};
  slow->n_nodes = ROOT + 1;
  slow->floor = floor;
  slow->best = INT64_MAX;
  slow->n_best = 0;
  slow->ceiling = greedy < INT64_MAX / 4 ? greedy + (greedy + 9) / 10 + least : INT64_MAX / 2;
}

int64_t rms_slow_best(const struct rms_slow *slow, const uint32_t **genes, size_t *n)
{
  *genes = slow->best_path;
  *n = slow->n_best;
  return slow->best;
}

const struct rms_slow_count *rms_slow_counted(const struct rms_slow *slow)
{
  return &slow->count;
}

/* ---- the path ---- */

static uint32_t *gene_of(const struct rms_slow *slow, uint32_t node)
{
  return slow->genes + node * slow->map->width;
}

static int push_gene(struct rms_slow *slow, const uint32_t *gene)
{
  const size_t width = slow->map->width, words = (slow->n_path + 1) * width;
  if (words > slow->path_capacity) {
    const int status = rms_grow(&slow->path, &slow->path_capacity, words, sizeof *slow->path);
    if (status < 0) return status;
  }
  rms_gene_copy(slow->path + slow->n_path * width, gene, width);
  slow->n_path++;
  return RMS_OK;
}

static int push_node(struct rms_slow *slow, uint32_t node)
{
  const int status =
      rms_grow(&slow->trail, &slow->trail_capacity, slow->n_trail + 1, sizeof *slow->trail);
  if (status < 0) return status;
  slow->trail[slow->n_trail++] = node;
  return RMS_OK;
}

/* ---- the estimate ---- */

/* A machine from the pool of this type. A pool that cannot be used (two types with one hash) is
 * made anew; what still serves nobody ends the rollout. */
static const uint32_t *draw_known(struct rms_slow *slow, struct rms_draws *draws)
{
  const struct rms_memo_pool *pool = rms_memo_get(&slow->memo, &slow->walk, draws);
  if (pool->n == 0) return NULL;
  return pool->genes + rms_draws_below(draws, pool->n) * slow->map->width;
}

static const uint32_t *draw_blind(struct rms_slow *slow, struct rms_draws *draws, uint32_t *gene)
{
  for (int i = 0; i < BLIND_TRIES; i++)
    if (rms_menu_blind(slow->menu, &slow->walk, draws, gene)) return gene;
  return rms_menu_greedy(slow->menu, &slow->walk, gene) ? gene : NULL;
}

/* 1: complete, 0: given up (stuck, or not below the ceiling any more). */
static int estimate(struct rms_slow *slow, struct rms_draws *draws,
                    const struct rms_slow_watch *watch)
{
  uint32_t scratch[RMS_GENE_MAX];
  for (uint64_t n = 1; slow->walk.n_open > 0; n++) {
    if (slow->walk.cost >= slow->ceiling) {
      slow->count.cut++;
      return 0;
    }
    if (n % POLL_MACHINES == 0 && watch->stop != NULL && watch->stop(watch->ctx, watch->work))
      return 0;
    const uint32_t *gene =
        slow->setup.has_estimate ? draw_known(slow, draws) : draw_blind(slow, draws, scratch);
    if (gene == NULL) return 0;
    const int status = push_gene(slow, gene);
    if (status < 0) return status;
    if (!rms_walk_apply(&slow->walk, gene)) {
      if (slow->setup.has_estimate) rms_memo_renew(&slow->memo, &slow->walk, draws);
      return 0;
    }
    slow->count.machines++;
  }
  return 1;
}

/* ---- the tree ---- */

/* Natural logarithm of n >= 1 from operations that round alike everywhere. */
static double log_of(uint32_t n)
{
  int exponent = 0;
  const double m = frexp((double)n, &exponent); /* [1/2, 1) */
  const double x = (m - 0.75) / (m + 0.75), xx = x * x;
  double sum = 0;
  for (int i = 15; i >= 1; i -= 2) sum = sum * xx + 1.0 / i;
  return exponent * 0.69314718055994531 + 2 * x * sum - 0.28768207245178096; /* + ln 3/4 */
}

static void expand(struct rms_slow *slow, uint32_t v, struct rms_draws *draws)
{
  struct node *node = &slow->nodes[v];
  const size_t size = slow->setup.menu.size;
  size_t room = v == ROOT ? ROOT_ROOM * size : size;
  uint32_t services[RMS_SAMPLE_MAX];
  if (slow->n_nodes + room > slow->max_nodes) room = size;
  if (slow->n_nodes + room > slow->max_nodes) return; /* full: the estimate begins here */
  const size_t n = rms_menu_sample(slow->menu, &slow->walk, draws, services);
  size_t found = rms_menu_best(slow->menu, &slow->walk, services, n,
                               gene_of(slow, (uint32_t)slow->n_nodes), NULL);
  if (found == 0)
    found = rms_menu_greedy(slow->menu, &slow->walk, gene_of(slow, (uint32_t)slow->n_nodes));
  node->is_expanded = true;
  node->children = (uint32_t)slow->n_nodes;
  node->n_children = (uint16_t)found;
  for (size_t i = 0; i < found; i++) slow->nodes[slow->n_nodes + i] = (struct node){0};
  node->room = (uint16_t)room;
  slow->n_nodes += v == ROOT ? room : found;
  slow->count.nodes += found;
}

static double mean_of(const struct rms_slow *slow, const struct node *node, double n)
{
  if (!slow->setup.is_max) return (double)(node->sum + node->foreign_sum) / RMS_SLOW_ONE / n;
  const int64_t best = node->sum > node->foreign_sum ? node->sum : node->foreign_sum;
  return (double)best / RMS_SLOW_ONE;
}

static uint32_t select_child(const struct rms_slow *slow, const struct node *node)
{
  uint32_t best = node->children, visits = 0;
  double most = -1;
  for (uint32_t i = 0; i < node->n_children; i++)
    visits +=
        slow->nodes[node->children + i].visits + slow->nodes[node->children + i].foreign_visits;
  const double log_visits = log_of(visits);
  for (uint32_t i = 0; i < node->n_children; i++) {
    const struct node *child = &slow->nodes[node->children + i];
    const double n = (double)child->visits + child->foreign_visits;
    if (child->visits + child->foreign_visits == 0) return node->children + i;
    const double value = mean_of(slow, child, n) + slow->setup.c * sqrt(log_visits / n);
    if (value <= most) continue;
    most = value;
    best = node->children + i;
  }
  return best;
}

/* From the root to the node from which to estimate. 1, 0: a dead end, RMS_E_NOMEM. */
static int descend(struct rms_slow *slow, struct rms_draws *draws)
{
  int status = push_node(slow, ROOT);
  for (uint32_t v = ROOT; status >= 0 && slow->walk.n_open > 0;) {
    if (!slow->nodes[v].is_expanded) expand(slow, v, draws);
    struct node *node = &slow->nodes[v];
    if (!node->is_expanded) return 1;
    if (node->n_children == 0) return 0;
    const bool is_new = node->n_tried < node->n_children;
    v = is_new ? node->children + node->n_tried++ : select_child(slow, node);
    status = push_node(slow, v);
    if (status >= 0) status = push_gene(slow, gene_of(slow, v));
    if (status >= 0 && !rms_walk_apply(&slow->walk, gene_of(slow, v))) return 0;
    if (is_new) break;
  }
  return status < 0 ? status : 1;
}

static int64_t reward_of(const struct rms_slow *slow, int64_t total)
{
  if (total >= slow->ceiling) return 0;
  if (total <= slow->floor) return RMS_SLOW_ONE;
  return (int64_t)((double)(slow->ceiling - total) / (double)(slow->ceiling - slow->floor) *
                   RMS_SLOW_ONE);
}

static void back_up(struct rms_slow *slow, int64_t reward)
{
  for (size_t i = 0; i < slow->n_trail; i++) {
    struct node *node = &slow->nodes[slow->trail[i]];
    node->visits++;
    if (!slow->setup.is_max)
      node->sum += reward;
    else if (reward > node->sum)
      node->sum = reward;
  }
}

static int keep_best(struct rms_slow *slow)
{
  const size_t words = slow->n_path * slow->map->width;
  const int status =
      rms_grow(&slow->best_path, &slow->best_capacity, words, sizeof *slow->best_path);
  if (status < 0) return status;
  if (words > 0) memcpy(slow->best_path, slow->path, words * sizeof *slow->path);
  slow->n_best = slow->n_path;
  slow->best = slow->walk.cost;
  return RMS_SLOW_BETTER;
}

int rms_slow_rollout(struct rms_slow *slow, struct rms_draws *draws,
                     const struct rms_slow_watch *watch)
{
  rms_walk_copy(&slow->walk, &slow->root);
  rms_menu_restart(slow->menu);
  slow->n_path = slow->n_trail = 0;
  int status = descend(slow, draws);
  if (status > 0) status = estimate(slow, draws, watch);
  if (status < 0) return status;
  slow->count.rollouts++;
  slow->count.hits = slow->memo.hits;
  slow->count.menus = slow->memo.misses;
  const bool is_complete = status > 0;
  back_up(slow, is_complete ? reward_of(slow, slow->walk.cost) : 0);
  if (!is_complete || slow->walk.cost >= slow->best) return RMS_SLOW_SAME;
  return keep_best(slow);
}

/* ---- islands ---- */

size_t rms_slow_moves(const struct rms_slow *slow, struct rms_slow_move *moves, size_t room)
{
  const struct node *root = &slow->nodes[ROOT];
  size_t n = 0;
  for (uint32_t i = 0; i < root->n_tried && n < room; i++) {
    const struct node *child = &slow->nodes[root->children + i];
    moves[n++] = (struct rms_slow_move){
        .gene = gene_of(slow, root->children + i), .visits = child->visits, .sum = child->sum};
  }
  return n;
}

void rms_slow_clear_foreign(struct rms_slow *slow)
{
  const struct node *root = &slow->nodes[ROOT];
  for (uint32_t i = 0; i < root->n_children; i++) {
    slow->nodes[root->children + i].foreign_visits = 0;
    slow->nodes[root->children + i].foreign_sum = 0;
  }
}

void rms_slow_add_foreign(struct rms_slow *slow, const struct rms_slow_move *move)
{
  struct node *root = &slow->nodes[ROOT];
  const size_t bytes = slow->map->width * sizeof *move->gene;
  uint32_t i = 0;
  while (i < root->n_children && memcmp(gene_of(slow, root->children + i), move->gene, bytes) != 0)
    i++;
  if (i == root->n_children) {
    if (root->n_tried < root->n_children || i == root->room) return;
    memcpy(gene_of(slow, root->children + i), move->gene, bytes);
    slow->nodes[root->children + i] = (struct node){0};
    root->n_children++;
    root->n_tried++;
  }
  struct node *child = &slow->nodes[root->children + i];
  child->foreign_visits += move->visits;
  if (!slow->setup.is_max)
    child->foreign_sum += move->sum;
  else if (move->sum > child->foreign_sum)
    child->foreign_sum = move->sum;
}
