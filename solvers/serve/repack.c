/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solvers/serve/repack.h"

enum { SAMPLE = 8 };

struct level {
  struct rms_walk walk;
  uint32_t *genes; /* [size * width] */
};

struct rms_repack {
  const struct rms_walk_map *map;
  size_t size;
  struct rms_menu *menu;
  struct level levels[RMS_REPACK_DEPTH + 1];
  const uint32_t *chosen[RMS_REPACK_DEPTH];

  /* one try */
  const struct rms_floor *floor;
  struct rms_draws *draws;
  int64_t cost;
  uint64_t nodes;
};

int rms_repack_new(struct rms_repack **result, struct rms_arena *arena,
                   const struct rms_walk_map *map, size_t size)
{
  const struct rms_menu_setup setup = {
      .is_capped = true, .weight = RMS_WEIGHT_NEED, .sample = SAMPLE, .size = size};
  struct rms_repack *repack = rms_arena_alloc(arena, 1, sizeof *repack);
  if (repack == NULL) return RMS_E_NOMEM;
  *repack = (struct rms_repack){.map = map, .size = size};
  int status = rms_menu_new(&repack->menu, arena, map, &setup);
  for (size_t i = 0; status >= 0 && i <= RMS_REPACK_DEPTH; i++) {
    status = rms_walk_init(&repack->levels[i].walk, arena, map);
    repack->levels[i].genes =
        rms_arena_alloc(arena, size * map->width, sizeof *repack->levels[i].genes);
    if (repack->levels[i].genes == NULL) status = RMS_E_NOMEM;
  }
  if (status >= 0) *result = repack;
  return status;
}

/* Depth: at most RMS_REPACK_DEPTH. Returns the number of machines chosen, -1: none will do. */
static int dig(struct rms_repack *repack, int depth, int64_t spent)
{
  struct level *level = &repack->levels[depth];
  uint32_t services[RMS_SAMPLE_MAX];
  if (level->walk.n_open == 0) return depth;
  if (depth == RMS_REPACK_DEPTH || repack->nodes == 0) return -1;
  repack->nodes--;
  const int64_t least = rms_floor_of(repack->floor, repack->map->inst, level->walk.need);
  if (spent + (least > 0 ? least : 1) >= repack->cost) return -1;
  const size_t n_services = rms_menu_sample(repack->menu, &level->walk, repack->draws, services);
  const size_t n =
      rms_menu_best(repack->menu, &level->walk, services, n_services, level->genes, NULL);
  for (size_t i = 0; i < n; i++) {
    const uint32_t *gene = level->genes + i * repack->map->width;
    struct rms_walk *next = &repack->levels[depth + 1].walk;
    const int64_t cost = spent + repack->map->cuts[gene[0]].cost;
    if (cost >= repack->cost) continue;
    rms_walk_copy(next, &level->walk);
    rms_walk_apply(next, gene);
    repack->chosen[depth] = gene;
    const int found = dig(repack, depth + 1, cost);
    if (found >= 0) return found;
  }
  return -1;
}

int rms_repack_try(struct rms_repack *repack, const struct rms_walk *walk, int64_t cost,
                   const struct rms_floor *floor, uint64_t nodes, struct rms_draws *draws,
                   struct rms_deployment *tail)
{
  repack->floor = floor;
  repack->draws = draws;
  repack->cost = cost;
  repack->nodes = nodes;
  tail->n = 0;
  tail->cost = 0;
  rms_walk_copy(&repack->levels[0].walk, walk);
  const int n = dig(repack, 0, 0);
  for (int i = 0; i < n; i++) {
    const int status = rms_deployment_add(tail, repack->map, repack->chosen[i], 1);
    if (status < 0) return status;
  }
  return n >= 0;
}
