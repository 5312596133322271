/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solvers/serve/menu.h"

#include <string.h>

#include "solvers/serve/menu_state.h"

int rms_menu_new(struct rms_menu **result, struct rms_arena *arena, const struct rms_walk_map *map,
                 const struct rms_menu_setup *setup)
{
  const size_t n_kinds = map->inst->n_kinds;
  struct rms_menu *menu = rms_arena_alloc(arena, 1, sizeof *menu);
  if (menu == NULL) return RMS_E_NOMEM;
  *menu = (struct rms_menu){.map = map, .setup = *setup, .tops = map->width};
  menu->unit = rms_arena_alloc(arena, n_kinds * RMS_SAMPLE_MAX, sizeof *menu->unit);
  menu->gain = rms_arena_alloc(arena, n_kinds * RMS_SAMPLE_MAX, sizeof *menu->gain);
  menu->most = rms_arena_alloc(arena, n_kinds, sizeof *menu->most);
  menu->prefix = rms_arena_alloc(arena, n_kinds * map->width, sizeof *menu->prefix);
  menu->rest = rms_arena_alloc(arena, map->n_nodes, sizeof *menu->rest);
  menu->top = rms_arena_alloc(arena, n_kinds * menu->tops, sizeof *menu->top);
  menu->n_top = rms_arena_alloc(arena, n_kinds, sizeof *menu->n_top);
  menu->open = rms_arena_alloc(arena, map->inst->n_services, sizeof *menu->open);
  if (menu->unit == NULL || menu->gain == NULL || menu->prefix == NULL || menu->most == NULL ||
      menu->rest == NULL || menu->top == NULL || menu->n_top == NULL || menu->open == NULL)
    return RMS_E_NOMEM;
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
