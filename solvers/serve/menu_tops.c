/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "solvers/serve/menu_state.h"

enum { FEW = 48 }; /* services that are not worth a shortlist */
#define SHORT 0.8  /* of the least gain that is listed now: who gains less is left out */

static void insert_top(struct rms_menu *menu, size_t kind, struct rms_menu_top new)
{
  const size_t tops = menu->tops[kind];
  struct rms_menu_top *top = menu->top + kind * menu->map->width;
  size_t at = menu->n_top[kind];
  if (at == tops && top[at - 1].gain > new.gain) return;
  while (at > 0 && (top[at - 1].gain < new.gain ||
                    (top[at - 1].gain == new.gain &&top[at - 1].service > new.service))) {
    if (at < tops) top[at] = top[at - 1];
    at--;
  }
  if (at == tops) return;
  top[at] = new;
  if (menu->n_top[kind] < tops) menu->n_top[kind]++;
}

/* The least gain that could still join the list of a kind, as a real number: the grid is a power of
 * two. A gain of 1 may have been less. */
static double least_gain(const struct rms_menu *menu, size_t kind)
{
  if (menu->n_top[kind] < menu->tops[kind]) return 0;
  const struct rms_menu_top *last = menu->top + kind * menu->map->width + menu->tops[kind] - 1;
  return last->gain <= 1 ? 0 : (double)last->gain / menu->grid;
}

/* The best of each kind among these services; those that are served gain nothing. The grid is that
 * of the largest gain among them. */
static void list_tops(struct rms_menu *menu, const struct rms_walk *walk, const uint32_t *services,
                      size_t n)
{
  double least[RMS_SERVE_KINDS_MAX], max = 0;
  for (size_t i = 0; i < n; i++) {
    const uint32_t s = services[i];
    const struct rms_scale *scale = &menu->open[i];
    menu->open[i] = rms_scale_of(menu->map, menu->setup.weight, s, walk->need[s]);
    const double best = menu->map->best_ratio[s];
    const double gain = (best < scale->w ? best : scale->w) * scale->weight;
    if (gain > max) max = gain;
  }
  menu->grid = rms_score_grid(max);
  for (size_t k = 0; k < menu->n_kinds; k++) {
    menu->n_top[k] = 0;
    least[k] = 0;
  }
  for (size_t i = 0; i < n; i++)
    for (size_t k = 0; k < menu->n_kinds; k++) {
      const double gain = rms_scale_gain(menu->map, services[i], k, &menu->open[i]);
      if (!(gain > 0) || gain < least[k]) continue;
      insert_top(menu, k, (struct rms_menu_top){rms_score_fix(gain, menu->grid), services[i]});
      least[k] = least_gain(menu, k);
    }
}

/* ---- shortlists ---- */

/* Of all open services; menu->open and the lists are those of this state. */
static void make_shortlist(struct rms_menu *menu, const struct rms_walk *walk,
                           struct rms_menu_short *list)
{
  list_tops(menu, walk, walk->open, walk->n_open);
  for (size_t k = 0; k < menu->n_kinds; k++) list->below[k] = SHORT * least_gain(menu, k);
  list->n = 0;
  for (size_t i = 0; i < walk->n_open; i++) {
    bool is_in = false;
    for (size_t k = 0; k < menu->n_kinds; k++)
      is_in |= rms_scale_gain(menu->map, walk->open[i], k, &menu->open[i]) >= list->below[k];
    list->service[list->n] = walk->open[i];
    list->n += is_in;
  }
  list->is_known = true;
}

/* Whoever is not in it gains less than the last ones listed. */
static bool is_enough(const struct rms_menu *menu, const struct rms_menu_short *list)
{
  for (size_t k = 0; k < menu->n_kinds; k++) {
    const size_t tops = menu->tops[k];
    if (!(list->below[k] > 0)) continue;
    if (menu->n_top[k] < tops) return false;
    if (menu->top[k * menu->map->width + tops - 1].gain <=
        rms_score_fix(list->below[k], menu->grid))
      return false;
  }
  return true;
}

static bool list_short(struct rms_menu *menu, const struct rms_walk *walk,
                       const struct rms_menu_short *list)
{
  if (!list->is_known) return false;
  list_tops(menu, walk, list->service, list->n);
  return is_enough(menu, list);
}

void rms_menu_list_tops(struct rms_menu *menu, const struct rms_walk *walk)
{
  if (menu->root == NULL || walk->n_open <= FEW) {
    list_tops(menu, walk, walk->open, walk->n_open);
    return;
  }
  if (!menu->of_root.is_known) make_shortlist(menu, menu->root, &menu->of_root);
  if (list_short(menu, walk, menu->of_way.is_known ? &menu->of_way : &menu->of_root)) return;
  make_shortlist(menu, walk, &menu->of_way);
}

void rms_menu_begin(struct rms_menu *menu, const struct rms_walk *root)
{
  menu->root = root;
  menu->of_root.is_known = menu->of_way.is_known = false;
}

void rms_menu_restart(struct rms_menu *menu)
{
  menu->of_way.is_known = false;
}
