/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "solvers/serve/menu_state.h"

/* ---- the fill ---- */

/* Of the services that the machine does not serve yet; there is room in the list for one more than
 * it can have slices by then. */
static struct rms_menu_top best_of_others(const struct rms_menu *menu, size_t kind)
{
  const struct rms_menu_top *top = menu->top + kind * menu->map->width;
  for (size_t i = 0; i < menu->n_top[kind]; i++) {
    size_t m = 0;
    while (m < menu->n_served && menu->served[m] != top[i].service) m++;
    if (m == menu->n_served) return top[i];
  }
  return (struct rms_menu_top){.service = RMS_SERVE_IDLE};
}

static void fill(struct rms_menu *menu, const struct rms_walk *walk, uint32_t node, size_t depth,
                 int64_t sum);

static void fill_slice(struct rms_menu *menu, const struct rms_walk *walk, uint32_t node,
                       size_t depth, int64_t sum)
{
  const struct rms_walk_node *at = &menu->map->nodes[node];
  struct rms_menu_top best = best_of_others(menu, at->kind);
  size_t who = menu->n_served;
  for (size_t m = 0; m < menu->n_served; m++) {
    const struct rms_menu_top own = {
        rms_score_fix(rms_scale_gain(menu->map, menu->served[m], at->kind, &menu->scale[m]),
                      menu->grid),
        menu->served[m]};
    if (own.gain == 0 || own.gain < best.gain) continue;
    if (own.gain == best.gain && own.service > best.service) continue;
    best = own;
    who = m;
  }
  menu->now[depth + 1] = best.gain > 0 ? best.service : RMS_SERVE_IDLE;
  if (best.gain == 0) {
    fill(menu, walk, node, depth + 1, sum);
    return;
  }
  const size_t n_served = menu->n_served;
  if (who == n_served) {
    menu->served[who] = best.service;
    menu->scale[who].need = walk->need[best.service];
    menu->n_served++;
  }
  const struct rms_scale scale = menu->scale[who];
  const int64_t rate = rms_serve_rate(menu->map->inst, best.service, at->kind);
  menu->scale[who] = rms_scale_of(menu->map, menu->setup.weight, best.service,
                                  rate < scale.need ? scale.need - rate : 0);
  fill(menu, walk, node, depth + 1, sum + best.gain);
  menu->scale[who] = scale;
  menu->n_served = n_served;
}

/* Gains only fall while a machine fills: the best of each kind at the start bound what is below a
 * node. Nodes are made before the nodes below them. */
static void bound_nodes(struct rms_menu *menu)
{
  const struct rms_walk_node *nodes = menu->map->nodes;
  for (size_t v = menu->map->n_nodes; v-- > 0;) {
    int64_t most = 0;
    for (uint32_t c = nodes[v].first_child; c != 0; c = nodes[c].next)
      most = menu->ahead[c] > most ? menu->ahead[c] : most;
    const size_t k = nodes[v].kind;
    menu->ahead[v] = most + (menu->n_top[k] > 0 ? menu->top[k * menu->map->width].gain : 0);
  }
}

/* Depth: one level per slice, at most RMS_UNITS_MAX. */
static void fill(struct rms_menu *menu, const struct rms_walk *walk, uint32_t node, size_t depth,
                 int64_t sum)
{
  const struct rms_walk_node *nodes = menu->map->nodes;
  if (nodes[node].cut != RMS_NO_CUT &&
      rms_score_is_better(sum, menu->cost, menu->best, menu->best_cost)) {
    menu->best = sum;
    menu->best_cost = menu->cost;
    menu->best_gene[0] = nodes[node].cut;
    memcpy(menu->best_gene + 1, menu->now + 1, depth * sizeof *menu->now);
    for (size_t j = depth + 1; j < menu->map->width; j++) menu->best_gene[j] = RMS_SERVE_IDLE;
  }
  for (uint32_t c = nodes[node].first_child; c != 0; c = nodes[c].next)
    if (rms_score_is_better(sum + menu->ahead[c], menu->cost, menu->best, menu->best_cost))
      fill_slice(menu, walk, c, depth, sum);
}

bool rms_menu_greedy(struct rms_menu *menu, const struct rms_walk *walk, uint32_t *gene)
{
  const struct rms_serve *inst = menu->map->inst;
  menu->n_served = 0;
  menu->best = 0;
  menu->best_cost = 1;
  menu->best_gene = gene;
  rms_menu_list_tops(menu, walk);
  bound_nodes(menu);
  for (uint32_t p = 0; p < inst->n_pools; p++) {
    if (walk->left[p] <= 0) continue;
    menu->cost = inst->pools[p].cost;
    fill(menu, walk, p, 0, 0);
  }
  return menu->best > 0;
}
