/* SPDX-License-Identifier: GPL-3.0-or-later */
/* menu.h - which machine next: the K best over a sample of services, and the greedy choice over
 * all. MIG-serving trims the children of a search node in such a way; sample, K and the score are
 * reconstructed, so they are parameters. */
#ifndef RMS_SERVE_MENU_H
#define RMS_SERVE_MENU_H

#include "solvers/serve/walk.h"

enum { RMS_SAMPLE_MAX = 16, RMS_MENU_MAX = 64 };

struct rms_menu_setup {
  bool is_capped;         /* gains capped at the remaining need; otherwise w u as it is written */
  enum rms_weight weight; /* of capped gains */
  size_t sample, size;    /* services drawn, configurations kept */
};

/* What a slice gives to a service, a real number: `inverse` is 1 / demand, `share` the machine
 * share that the service needs at best. */
static inline double rms_menu_gain(const struct rms_menu_setup *setup, int64_t need, int64_t rate,
                                   double inverse, double share)
{
  const double w = (double)need * inverse;
  if (!setup->is_capped) return w * ((double)rate * inverse);
  const double gain = (double)(rate < need ? rate : need) * inverse;
  return gain * (setup->weight == RMS_WEIGHT_NEED  ? w
                 : setup->weight == RMS_WEIGHT_ONE ? 1
                                                   : share);
}

struct rms_menu; /* scratch memory for one instance and setup */

int rms_menu_new(struct rms_menu **result, struct rms_arena *arena, const struct rms_walk_map *map,
                 const struct rms_menu_setup *setup);

/* Draw `sample` unfinished services without replacement, in rising order.
 *   services [out] room for RMS_SAMPLE_MAX
 * Returns how many: fewer when fewer are unfinished. */
size_t rms_menu_sample(const struct rms_menu *menu, const struct rms_walk *walk,
                       struct rms_draws *draws, uint32_t *services);

/* The best configurations over these services, best first (score per cost; which of equal ones
 * are among them is fixed, but has no simple rule). A slice is idle only when
 * no service of the sample gains by it. No configuration without gain.
 *   genes  [out] room for size * width words
 *   scores [out] room for size; on a grid that the state decides (score.h); may be NULL
 * Returns their number. Branch and bound over the tree of cuts, exact. */
size_t rms_menu_best(struct rms_menu *menu, const struct rms_walk *walk, const uint32_t *services,
                     size_t n, uint32_t *genes, int64_t *scores);

/* From now on all states come from `root`, machine by machine, so that needs only fall: the greedy
 * choice then looks at a few services only. Of no other effect.
 *   root [in] borrowed until the next call; does not change; NULL: nothing is known */
void rms_menu_begin(struct rms_menu *menu, const struct rms_walk *root);
void rms_menu_restart(struct rms_menu *menu); /* from the root again */

/* What greedy-capped adds in this state, ties to the lowest service. False: nothing makes progress.
 * O(unfinished services x kinds). */
bool rms_menu_greedy(struct rms_menu *menu, const struct rms_walk *walk, uint32_t *gene);

/* A machine drawn blindly: any pool with stock, any cut, any unfinished service that can run on
 * each slice. False: the draw serves nobody. */
bool rms_menu_blind(const struct rms_menu *menu, const struct rms_walk *walk,
                    struct rms_draws *draws, uint32_t *gene);

#endif
