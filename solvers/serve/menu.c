/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solvers/serve/menu.h"

#include <string.h>

#include "solvers/serve/menu_state.h"

/* Nodes are made before the nodes below them. */
static void measure_tails(struct rms_menu *menu)
{
  const struct rms_walk_node *nodes = menu->map->nodes;
  for (size_t v = menu->map->n_nodes; v-- > 0;) {
    const uint32_t c = nodes[v].first_child;
    if (nodes[v].cut != RMS_NO_CUT)
      menu->tail[v] = 1;
    else if (c != 0 && nodes[c].next == 0 && nodes[c].position > 1 && menu->tail[c] > 0 &&
             menu->tail[c] < RMS_TAIL_MAX)
      menu->tail[v] = (uint8_t)(menu->tail[c] + 1);
  }
}

int rms_menu_new(struct rms_menu **result, struct rms_arena *arena, const struct rms_walk_map *map,
                 const struct rms_menu_setup *setup)
{
  const size_t n_kinds = map->inst->n_kinds;
  struct rms_menu *menu = rms_arena_alloc(arena, 1, sizeof *menu);
  if (menu == NULL) return RMS_E_NOMEM;
  *menu = (struct rms_menu){.map = map, .setup = *setup, .n_kinds = n_kinds};
  menu->most = rms_arena_alloc(arena, n_kinds, sizeof *menu->most);
  menu->prefix = rms_arena_alloc(arena, n_kinds * map->width, sizeof *menu->prefix);
  menu->rest = rms_arena_alloc(arena, map->n_nodes, sizeof *menu->rest);
  menu->top = rms_arena_alloc(arena, n_kinds * map->width, sizeof *menu->top);
  menu->tops = rms_arena_alloc(arena, n_kinds, sizeof *menu->tops);
  menu->ahead = rms_arena_alloc(arena, map->n_nodes, sizeof *menu->ahead);
  menu->n_top = rms_arena_alloc(arena, n_kinds, sizeof *menu->n_top);
  menu->of_root.service = rms_arena_alloc(arena, map->inst->n_services, sizeof(uint32_t));
  menu->of_way.service = rms_arena_alloc(arena, map->inst->n_services, sizeof(uint32_t));
  menu->of_root.below = rms_arena_alloc(arena, n_kinds, sizeof(double));
  menu->of_way.below = rms_arena_alloc(arena, n_kinds, sizeof(double));
  if (menu->of_root.service == NULL || menu->of_way.service == NULL ||
      menu->of_root.below == NULL || menu->of_way.below == NULL)
    return RMS_E_NOMEM;
  menu->kept = rms_arena_alloc(arena, setup->size * map->width, sizeof *menu->kept);
  menu->open = rms_arena_alloc(arena, map->inst->n_services, sizeof *menu->open);
  menu->tail = rms_arena_alloc(arena, map->n_nodes, sizeof *menu->tail);
  menu->tails = rms_arena_alloc(arena, RMS_TAILS, sizeof *menu->tails);
  if (menu->tail == NULL || menu->tails == NULL || menu->prefix == NULL || menu->most == NULL ||
      menu->rest == NULL || menu->top == NULL || menu->n_top == NULL || menu->open == NULL ||
      menu->kept == NULL || menu->tops == NULL || menu->ahead == NULL ||
      rms_menu_init_needs(menu, arena) < 0)
    return RMS_E_NOMEM;
  measure_tails(menu);
  for (size_t k = 0; k < n_kinds; k++) menu->tops[k] = 1;
  for (size_t c = 0; c < map->n_cuts; c++)
    for (size_t j = 0; j < map->cuts[c].n_slices; j++)
      if (menu->tops[map->cuts[c].kind[j]] < j + 1) menu->tops[map->cuts[c].kind[j]] = j + 1;
  *result = menu;
  return RMS_OK;
}

size_t rms_menu_sample(const struct rms_menu *menu, const struct rms_walk *walk,
                       struct rms_draws *draws, uint32_t *services)
{
  const size_t wanted = menu->setup.sample < walk->n_open ? menu->setup.sample : walk->n_open;
  const bool is_all = wanted == walk->n_open;
  for (size_t n = 0; n < wanted;) {
    const uint32_t s = walk->open[is_all ? n : rms_draws_below(draws, walk->n_open)];
    size_t at = n;
    while (at > 0 && services[at - 1] > s) at--;
    if (at > 0 && services[at - 1] == s) continue;
    memmove(services + at + 1, services + at, (n - at) * sizeof *services);
    services[at] = s;
    n++;
  }
  return wanted;
}

bool rms_menu_blind(const struct rms_menu *menu, const struct rms_walk *walk,
                    struct rms_draws *draws, uint32_t *gene)
{
  const struct rms_walk_map *map = menu->map;
  bool is_useful = false;
  gene[0] = rms_draws_below(draws, map->n_cuts);
  const struct rms_walk_cut *cut = &map->cuts[gene[0]];
  for (size_t j = 1; j < map->width; j++) gene[j] = RMS_SERVE_IDLE;
  if (walk->left[cut->pool] <= 0) return false;
  for (size_t j = 0; j < cut->n_slices; j++) {
    const uint32_t s = walk->open[rms_draws_below(draws, walk->n_open)];
    if (rms_serve_rate(map->inst, s, cut->kind[j]) == 0) continue;
    gene[1 + j] = s;
    is_useful = true;
  }
  return is_useful;
}
