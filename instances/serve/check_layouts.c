/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All legal sets of priced slices are tried, each built up in the order of (start, profile); parts
 * of legal sets are legal, so nothing is missed when an illegal set is not extended. */
#include <stdlib.h>

#include "instances/serve/check_search.h"

struct walk {
  const struct rms_machine *machine;
  const struct rms_rules *rules;
  size_t n_places, n_layouts;
  struct rms_placed *places;
  const int64_t *price_of; /* [n_profiles] */
  struct rms_placed layout[RMS_UNITS_MAX];
  rms_wide dearest;
};

/* Depth: at most RMS_UNITS_MAX slices. False: too many layouts. */
static bool walk_layouts(struct walk *w, size_t first, size_t n, rms_wide price)
{
  if (price > w->dearest) w->dearest = price;
  if (n == RMS_UNITS_MAX) return true;
  for (size_t i = first; i < w->n_places; i++) {
    if (++w->n_layouts > RMS_SERVE_LAYOUTS_MAX) return false;
    w->layout[n] = w->places[i];
    if (!rms_layout_is_legal(w->machine, w->rules, w->layout, n + 1, NULL)) continue;
    if (!walk_layouts(w, i + 1, n + 1, price + w->price_of[w->places[i].profile])) return false;
  }
  return true;
}

static void list_places(struct walk *w)
{
  for (int start = 0; start < w->machine->memory_units; start++)
    for (int p = 0; p < w->machine->n_profiles; p++) {
      const struct rms_profile *const profile = &w->machine->profiles[p];
      for (int i = 0; w->price_of[p] > 0 && i < profile->n_starts; i++)
        if (profile->starts[i] == start)
          w->places[w->n_places++] =
              (struct rms_placed){.profile = (uint16_t)p, .start = (uint16_t)start};
    }
}

int rms_serve_dearest(const struct rms_serve *inst, const struct rms_serve_pool *pool,
                      const int64_t *prices, rms_wide *dearest)
{
  int64_t price_of[RMS_PROFILES_MAX] = {0};
  for (size_t k = 0; k < inst->n_kinds; k++)
    if (inst->kinds[k].machine == pool->machine) price_of[inst->kinds[k].profile] = prices[k];
  struct walk *const w = calloc(1, sizeof *w);
  struct rms_placed *const places = calloc(RMS_PROFILES_MAX * RMS_STARTS_MAX, sizeof *places);
  int status = w && places ? RMS_OK : RMS_E_NOMEM;
  if (status == RMS_OK) {
    *w = (struct walk){.machine = inst->machines[pool->machine],
                       .rules = pool->rules,
                       .places = places,
                       .price_of = price_of};
    list_places(w);
    if (!walk_layouts(w, 0, 0, 0)) status = RMS_E_LIMIT;
    *dearest = w->dearest;
  }
  free(places);
  free(w);
  return status;
}
