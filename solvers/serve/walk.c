/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solvers/serve/walk.h"

#include <string.h>

#include "instances/base/rng.h"
#include "solvers/serve/rules.h"

/* ---- the map ---- */

static size_t count_cuts(const struct rms_serve *inst, size_t *slices)
{
  size_t n = 0;
  *slices = 0;
  for (size_t p = 0; p < inst->n_pools; p++)
    for (size_t c = 0; c < inst->pools[p].n_cuts; c++, n++)
      *slices += inst->pools[p].cuts[c].partition->n_slices;
  return n;
}

static uint32_t child_of(struct rms_walk_map *map, uint32_t node, uint16_t kind)
{
  uint32_t last = 0;
  for (uint32_t c = map->nodes[node].first_child; c != 0; c = map->nodes[c].next) {
    if (map->nodes[c].kind == kind) return c;
    last = c;
  }
  const uint32_t made = (uint32_t)map->n_nodes++;
  const struct rms_walk_node *above = &map->nodes[node];
  const bool is_same = above->position > 0 && above->kind == kind;
  map->nodes[made] = (struct rms_walk_node){
      .cut = RMS_NO_CUT, .kind = kind, .position = (uint16_t)(is_same ? above->position + 1 : 1)};
  if (map->nodes[made].position > map->longest[kind])
    map->longest[kind] = map->nodes[made].position;
  if (last == 0)
    map->nodes[node].first_child = made;
  else
    map->nodes[last].next = made;
  return made;
}

/* A later cut with the same kinds adds nothing: the leaf stays with the first. */
static void add_cut(struct rms_walk_map *map, uint32_t pool, uint32_t c)
{
  const struct rms_serve_cut *from = &map->inst->pools[pool].cuts[c];
  const size_t n = from->partition->n_slices;
  const uint32_t index = (uint32_t)map->n_cuts++;
  map->cuts[index] = (struct rms_walk_cut){.pool = pool,
                                           .cut = c,
                                           .n_slices = n,
                                           .kind = from->kind_of,
                                           .cost = map->inst->pools[pool].cost};
  if (n + 1 > map->width) map->width = n + 1;
  uint32_t node = pool;
  for (size_t j = 0; j < n; j++) node = child_of(map, node, from->kind_of[j]);
  if (n > 0 && map->nodes[node].cut == RMS_NO_CUT) map->nodes[node].cut = index;
}

/* Nodes are made before the nodes below them: what follows a node's kind is known when the node
 * above it asks. */
static void mark_followers(const struct rms_walk_map *map, bool *is_below)
{
  const size_t n_kinds = map->inst->n_kinds;
  for (size_t v = map->n_nodes; v-- > map->inst->n_pools;) {
    bool *row = is_below + map->nodes[v].kind * n_kinds;
    for (uint32_t c = map->nodes[v].first_child; c != 0; c = map->nodes[c].next) {
      const bool *below = is_below + map->nodes[c].kind * n_kinds;
      row[map->nodes[c].kind] = true;
      for (size_t k = 0; k < n_kinds; k++) row[k] = row[k] || below[k];
    }
  }
}

static int list_followers(struct rms_walk_map *map, struct rms_arena *arena)
{
  const size_t n = map->inst->n_kinds;
  bool *is_below = rms_arena_alloc(arena, n * n, sizeof *is_below);
  map->follow = rms_arena_alloc(arena, n * n, sizeof *map->follow);
  map->n_follow = rms_arena_alloc(arena, n, sizeof *map->n_follow);
  if (is_below == NULL || map->follow == NULL || map->n_follow == NULL) return RMS_E_NOMEM;
  mark_followers(map, is_below);
  for (size_t k = 0; k < n; k++)
    for (size_t f = 0; f < n; f++)
      if (is_below[k * n + f]) map->follow[k * n + map->n_follow[k]++] = (uint16_t)f;
  return RMS_OK;
}

int rms_walk_map_new(struct rms_walk_map **result, struct rms_arena *arena,
                     const struct rms_serve *inst)
{
  size_t slices = 0, n_ratios = 0;
  const size_t n = count_cuts(inst, &slices);
  struct rms_walk_map *map = rms_arena_alloc(arena, 1, sizeof *map);
  if (map == NULL || !rms_size_mul(inst->n_services, inst->n_kinds, &n_ratios)) return RMS_E_NOMEM;
  *map = (struct rms_walk_map){.inst = inst, .width = 1, .n_nodes = inst->n_pools};
  map->cuts = rms_arena_alloc(arena, n, sizeof *map->cuts);
  map->nodes = rms_arena_alloc(arena, inst->n_pools + slices, sizeof *map->nodes);
  map->share = rms_arena_alloc(arena, inst->n_services, sizeof *map->share);
  map->ratio = rms_arena_alloc(arena, n_ratios, sizeof *map->ratio);
  map->best_ratio = rms_arena_alloc(arena, inst->n_services, sizeof *map->best_ratio);
  if (map->cuts == NULL || map->nodes == NULL || map->share == NULL || map->ratio == NULL ||
      map->best_ratio == NULL)
    return RMS_E_NOMEM;
  for (size_t p = 0; p < inst->n_pools; p++) {
    map->first_cut[p] = (uint32_t)map->n_cuts;
    map->nodes[p].cut = RMS_NO_CUT;
    for (size_t c = 0; c < inst->pools[p].n_cuts; c++) add_cut(map, (uint32_t)p, (uint32_t)c);
  }
  if (list_followers(map, arena) < 0) return RMS_E_NOMEM;
  for (size_t s = 0; s < inst->n_services; s++) {
    map->share[s] = rms_serve_share(inst, s);
    for (size_t k = 0; k < inst->n_kinds; k++) {
      double *ratio = &map->ratio[s * inst->n_kinds + k];
      *ratio = (double)rms_serve_rate(inst, s, k) / (double)inst->services[s].demand;
      if (*ratio > map->best_ratio[s]) map->best_ratio[s] = *ratio;
    }
  }
  *result = map;
  return RMS_OK;
}

/* ---- state ---- */

int rms_walk_init(struct rms_walk *walk, struct rms_arena *arena, const struct rms_walk_map *map)
{
  const size_t n = map->inst->n_services;
  *walk = (struct rms_walk){.map = map};
  walk->need = rms_arena_alloc(arena, n, sizeof *walk->need);
  walk->open = rms_arena_alloc(arena, n, sizeof *walk->open);
  walk->where = rms_arena_alloc(arena, n, sizeof *walk->where);
  if (walk->need == NULL || walk->open == NULL || walk->where == NULL) return RMS_E_NOMEM;
  rms_walk_reset(walk);
  return RMS_OK;
}

/* A fixed random-looking word per service and pool (the finaliser of a linear congruence); the type
 * of a state is their exclusive or. */
static uint64_t tag_of(uint64_t i)
{
  uint64_t x = (i + 1) * UINT64_C(0x9e3779b97f4a7c15);
  x = (x ^ x >> 32) * UINT64_C(0xd6e8feb86659fd93);
  x = (x ^ x >> 32) * UINT64_C(0xd6e8feb86659fd93);
  return x ^ x >> 32;
}

static uint64_t tag_of_pool(size_t pool)
{
  return tag_of(UINT64_MAX - 1 - pool);
}

void rms_walk_reset(struct rms_walk *walk)
{
  const struct rms_serve *inst = walk->map->inst;
  walk->n_open = inst->n_services;
  walk->type = 0;
  walk->cost = 0;
  for (size_t s = 0; s < inst->n_services; s++) {
    walk->need[s] = inst->services[s].demand;
    walk->open[s] = walk->where[s] = (uint32_t)s;
    walk->type ^= tag_of(s);
  }
  for (size_t p = 0; p < inst->n_pools; p++) {
    walk->left[p] = inst->pools[p].count < 0 ? INT64_MAX : inst->pools[p].count;
    if (walk->left[p] > 0) walk->type ^= tag_of_pool(p);
  }
}

void rms_walk_copy(struct rms_walk *to, const struct rms_walk *from)
{
  const size_t n = from->map->inst->n_services;
  memcpy(to->need, from->need, n * sizeof *to->need);
  memcpy(to->open, from->open, from->n_open * sizeof *to->open);
  memcpy(to->where, from->where, n * sizeof *to->where);
  memcpy(to->left, from->left, from->map->inst->n_pools * sizeof *to->left);
  to->n_open = from->n_open;
  to->type = from->type;
  to->cost = 0;
}

static void close_service(struct rms_walk *walk, uint32_t s)
{
  const uint32_t at = walk->where[s];
  const uint32_t moved = walk->open[--walk->n_open];
  walk->open[at] = moved;
  walk->where[moved] = at;
  walk->type ^= tag_of(s);
}

bool rms_walk_apply(struct rms_walk *walk, const uint32_t *gene)
{
  const struct rms_walk_map *map = walk->map;
  const struct rms_walk_cut *cut = &map->cuts[gene[0]];
  const int64_t *throughput = map->inst->throughput;
  const size_t n_kinds = map->inst->n_kinds;
  int64_t given = 0;
  if (walk->left[cut->pool] != INT64_MAX) {
    if (walk->left[cut->pool] == 0) return false;
    if (--walk->left[cut->pool] == 0) walk->type ^= tag_of_pool(cut->pool);
  }
  for (size_t j = 0; j < cut->n_slices; j++) {
    const uint32_t s = gene[1 + j];
    if (s == RMS_SERVE_IDLE || walk->need[s] == 0) continue;
    const int64_t rate = throughput[s * n_kinds + cut->kind[j]];
    given |= rate;
    if (rate < walk->need[s]) {
      walk->need[s] -= rate;
      continue;
    }
    walk->need[s] = 0;
    close_service(walk, s);
  }
  walk->cost += cut->cost;
  return given > 0;
}

/* ---- draws ---- */

void rms_draws_begin(struct rms_draws *draws, const struct rms_host *host, uint32_t stream,
                     uint64_t index)
{
  *draws = (struct rms_draws){.used = 8};
  draws->key[0] = host->random(host->ctx, stream, 2 * index);
  draws->key[1] = host->random(host->ctx, stream, 2 * index + 1);
}

void rms_draws_refill(struct rms_draws *draws)
{
  rms_philox(draws->counter, draws->key, draws->block);
  draws->counter[0]++;
  draws->used = 0;
}
