/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "solvers/serve/menu_state.h"

static const int64_t ALL_MAX = INT64_C(1) << 62; /* no machine's score is more */

enum {
  NO_KIND = UINT16_MAX,
  KEPT_BYTES = 1 << 15,     /* of the needs that are kept: they shall stay in the cache */
  SPARE = 2 * RMS_UNITS_MAX /* a machine under construction, and a bound of what follows it */
};

int rms_menu_init_needs(struct rms_menu *menu, struct rms_arena *arena)
{
  const size_t n = menu->n_kinds;
  const size_t bytes = sizeof *menu->needs + n * (sizeof *menu->gain + sizeof *menu->next);
  menu->most_needs = RMS_SAMPLE_MAX + KEPT_BYTES / bytes;
  const size_t room = menu->most_needs + SPARE;
  menu->unit = rms_arena_alloc(arena, n * RMS_SAMPLE_MAX, sizeof *menu->unit);
  menu->needs = rms_arena_alloc(arena, room, sizeof *menu->needs);
  menu->gain = rms_arena_alloc(arena, room * n, sizeof *menu->gain);
  menu->next = rms_arena_alloc(arena, room * n, sizeof *menu->next);
  if (menu->unit == NULL || menu->needs == NULL || menu->gain == NULL || menu->next == NULL)
    return RMS_E_NOMEM;
  return RMS_OK;
}

/* ---- gains ---- */

struct quotients {         /* those of rms_menu_gain that change with the need */
  double cap, weight, all; /* most of a slice; what a gain is multiplied by; of all slices */
};

static struct quotients quotients_of(const struct rms_menu *menu, const struct rms_menu_part *part,
                                     int64_t need)
{
  const enum rms_weight weight = menu->setup.weight;
  const double w = (double)need * part->inverse;
  if (!menu->setup.is_capped) return (struct quotients){INFINITY, w, 0};
  if (weight == RMS_WEIGHT_NEED) return (struct quotients){w, w, w * w};
  return (struct quotients){w, weight == RMS_WEIGHT_ONE ? 1 : part->share,
                            w * (weight == RMS_WEIGHT_ONE ? 1 : part->share)};
}

/* rms_menu_gain. */
static inline double gain_of(const struct rms_menu_part *part, const struct quotients *now,
                             size_t kind)
{
  const double unit = part->unit[kind];
  return (unit < now->cap ? unit : now->cap) * now->weight;
}

/* The most that the service can add from here on, whatever slices it gets, but no more than a whole
 * machine's worth (score.h), of which its need may be a million times as much. With the weight
 * `need` several slices together add clearly less than one that serves it at once; with the others
 * the same, and a few steps of the grid make up for the rounding of the sum. */
static int64_t all_of(const struct rms_menu *menu, int64_t need, const struct quotients *now)
{
  if (need == 0 || !menu->setup.is_capped) return 0;
  if (!(now->all * menu->grid < (double)ALL_MAX)) return ALL_MAX;
  return rms_score_fix(now->all, menu->grid) +
         (menu->setup.weight == RMS_WEIGHT_NEED ? 0 : RMS_UNITS_MAX);
}

uint32_t rms_menu_feed(struct rms_menu *menu, uint32_t id, size_t kind)
{
  if (!menu->setup.is_capped) return id; /* a slice changes nothing */
  const bool is_kept = menu->n_needs < menu->most_needs;
  const uint32_t made = (uint32_t)(is_kept ? menu->n_needs++ : menu->most_needs + menu->n_spare++);
  const struct rms_menu_need *from = &menu->needs[id];
  const struct rms_menu_part *part = &menu->part[from->part];
  const int64_t rate = part->rate[kind], need = rate < from->need ? from->need - rate : 0;
  const struct quotients now = quotients_of(menu, part, need);
  const uint16_t *follow = menu->map->follow + kind * menu->n_kinds;
  int64_t *gain = menu->gain + made * menu->n_kinds;
  uint32_t *next = menu->next + made * menu->n_kinds;
  struct rms_menu_need *new = &menu->needs[made];
  new->need = need;
  new->all = all_of(menu, need, &now);
  new->part = from->part;
  new->run_kind = NO_KIND;
  for (size_t f = 0; f < menu->map->n_follow[kind]; f++) {
    gain[follow[f]] = rms_score_fix(gain_of(part, &now, follow[f]), menu->grid);
    next[follow[f]] = 0;
  }
  if (is_kept) menu->next[id * menu->n_kinds + kind] = made;
  return made;
}

const int64_t *rms_menu_run(struct rms_menu *menu, uint32_t id, uint16_t kind, size_t n)
{
  struct rms_menu_need *from = &menu->needs[id];
  if (from->run_kind != kind) {
    from->run_kind = kind;
    from->run_need = from->need;
    from->n_run = 0;
  }
  if (from->n_run >= n) return from->run;
  const struct rms_menu_part *part = &menu->part[from->part];
  const int64_t rate = menu->setup.is_capped ? part->rate[kind] : 0;
  int64_t need = from->run_need;
  for (size_t c = from->n_run; c < n; c++) {
    const struct quotients now = quotients_of(menu, part, need);
    from->run[c] = rms_score_fix(gain_of(part, &now, kind), menu->grid);
    need = rate < need ? need - rate : 0;
  }
  from->run_need = need;
  from->n_run = (uint16_t)n;
  return from->run;
}

/* ---- the start ---- */

static void begin_part(struct rms_menu *menu, uint32_t i)
{
  const struct rms_serve *inst = menu->map->inst;
  const uint32_t s = menu->services[i];
  struct rms_menu_part *part = &menu->part[i];
  double *unit = menu->unit + i * inst->n_kinds;
  part->inverse = 1 / (double)inst->services[s].demand;
  part->share = menu->map->share[s];
  part->rate = inst->throughput + s * inst->n_kinds;
  part->unit = unit;
  for (size_t k = 0; k < inst->n_kinds; k++) unit[k] = (double)part->rate[k] * part->inverse;
}

void rms_menu_begin_needs(struct rms_menu *menu, const struct rms_walk *walk)
{
  const size_t n_kinds = menu->n_kinds;
  struct quotients now[RMS_SAMPLE_MAX];
  double max = 0;
  for (uint32_t i = 0; i < menu->n; i++) {
    begin_part(menu, i);
    now[i] = quotients_of(menu, &menu->part[i], walk->need[menu->services[i]]);
    for (size_t k = 0; k < n_kinds; k++) {
      const double gain = gain_of(&menu->part[i], &now[i], k);
      if (gain > max) max = gain;
    }
  }
  menu->grid = rms_score_grid(max);
  menu->n_needs = menu->n;
  menu->n_spare = 0;
  menu->room = 0;
  memset(menu->next, 0, menu->n * n_kinds * sizeof *menu->next);
  memset(menu->most, 0, n_kinds * sizeof *menu->most);
  for (uint32_t i = 0; i < menu->n; i++) {
    const int64_t need = walk->need[menu->services[i]];
    menu->at[i] = i;
    menu->needs[i] = (struct rms_menu_need){
        .need = need, .all = all_of(menu, need, &now[i]), .part = i, .run_kind = NO_KIND};
    menu->room += menu->needs[i].all;
    for (size_t k = 0; k < n_kinds; k++) {
      const int64_t gain = rms_score_fix(gain_of(&menu->part[i], &now[i], k), menu->grid);
      menu->gain[i * n_kinds + k] = gain;
      if (gain > menu->most[k]) menu->most[k] = gain;
    }
  }
}
