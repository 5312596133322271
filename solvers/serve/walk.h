/* SPDX-License-Identifier: GPL-3.0-or-later */
/* walk.h - machines as short rows of integers ("genes") and a state of completion that is cheap to
 * copy and to advance: what the searches of MIG-serving's slow phase run on.
 *
 * A gene is a machine, cut and used: word 0 is the number of its cut (all pools' cuts in one list),
 * word 1 + j the service on slice j of the cut's layout, or RMS_SERVE_IDLE; words beyond the last
 * slice are idle. A deployment is an array of genes. Equal machines are equal words. */
#ifndef RMS_SERVE_WALK_H
#define RMS_SERVE_WALK_H

#include <string.h>

#include "instances/base/memory.h"
#include "instances/serve/plan.h"
#include "solvers/serve/score.h"
#include "solvers/solver.h"

enum { RMS_GENE_MAX = RMS_UNITS_MAX + 1 };
#define RMS_NO_CUT UINT32_MAX

struct rms_walk_cut { /* a cut of a pool */
  uint32_t pool, cut; /* index within the pool */
  size_t n_slices;
  const uint16_t *kind; /* [n_slices] */
  int64_t cost;
};

/* The cuts of one pool as a tree of kinds: cuts that begin alike share nodes. Children stand in the
 * order of the cuts. */
struct rms_walk_node {
  uint32_t first_child, next; /* 0: none */
  uint32_t cut;               /* of a leaf; RMS_NO_CUT */
  uint16_t kind;
  uint16_t position; /* among the slices of its kind side by side: 1 is the first */
};

struct rms_walk_map { /* an instance, prepared; const once made */
  const struct rms_serve *inst;
  size_t width; /* words of a gene */
  size_t n_cuts, n_nodes;
  struct rms_walk_cut *cuts;
  struct rms_walk_node *nodes;           /* node p is the root of pool p */
  uint16_t longest[RMS_SERVE_KINDS_MAX]; /* slices of a kind side by side */
  uint16_t *follow, *n_follow; /* [n_kinds * n_kinds], [n_kinds] kinds that may come after one */
  uint32_t first_cut[RMS_SERVE_POOLS_MAX];
  double *share;      /* [n_services] machine share that the service needs at best */
  double *ratio;      /* [n_services * n_kinds] rate / demand */
  double *best_ratio; /* [n_services] the largest of them */
};

/* Up to seven slices are usual; a copy whose size the compiler knows is a few instructions. */
static inline void rms_gene_copy(uint32_t *to, const uint32_t *from, size_t width)
{
  if (width == 8)
    memcpy(to, from, 8 * sizeof *to);
  else
    memcpy(to, from, width * sizeof *to);
}

/* Everything lives in `arena`. 0 or RMS_E_NOMEM. */
int rms_walk_map_new(struct rms_walk_map **result, struct rms_arena *arena,
                     const struct rms_serve *inst);

/* ---- gains: rms_score_capped with the quotients that do not change taken from the map ---- */

struct rms_scale { /* what a need makes of a service's ratios */
  int64_t need;
  double w, weight; /* need / demand; what a gain is multiplied by */
};

static inline struct rms_scale rms_scale_of(const struct rms_walk_map *map, enum rms_weight weight,
                                            uint32_t s, int64_t need)
{
  const double w = (double)need / (double)map->inst->services[s].demand;
  return (struct rms_scale){.need = need,
                            .w = w,
                            .weight = weight == RMS_WEIGHT_NEED  ? w
                                      : weight == RMS_WEIGHT_ONE ? 1
                                                                 : map->share[s]};
}

/* min(rate, need) / demand is the smaller one of two quotients. */
static inline double rms_scale_gain(const struct rms_walk_map *map, uint32_t s, size_t kind,
                                    const struct rms_scale *scale)
{
  const double ratio = map->ratio[s * map->inst->n_kinds + kind];
  return (ratio < scale->w ? ratio : scale->w) * scale->weight;
}

/* ---- state ---- */

struct rms_walk {
  const struct rms_walk_map *map;
  int64_t *need;   /* [n_services] micros still missing */
  uint32_t *open;  /* unfinished services, in an order that the history decides */
  uint32_t *where; /* [n_services] index into open */
  size_t n_open;
  uint64_t type; /* hash of the set of unfinished services and of the pools that have machines */
  int64_t cost;  /* of the machines added since the last reset */
  int64_t left[RMS_SERVE_POOLS_MAX];
};

int rms_walk_init(struct rms_walk *walk, struct rms_arena *arena, const struct rms_walk_map *map);
void rms_walk_reset(struct rms_walk *walk);                           /* nothing placed */
void rms_walk_copy(struct rms_walk *to, const struct rms_walk *from); /* cost starts at 0 */

/* Add a machine. O(slices). False: it served nobody, or its pool is empty (then nothing changed
 * but, in the first case, cost and stock). */
bool rms_walk_apply(struct rms_walk *walk, const uint32_t *gene);

/* ---- random draws of a search: one Philox key per rollout, small numbers from its blocks ---- */

struct rms_draws {
  uint64_t key[2], counter[4], block[4];
  unsigned used; /* halves of the block */
};

void rms_draws_begin(struct rms_draws *draws, const struct rms_host *host, uint32_t stream,
                     uint64_t index);
void rms_draws_refill(struct rms_draws *draws);

/* Uniform in 0..n-1 up to 2^-32 n; 1 <= n < 2^32. */
static inline uint32_t rms_draws_below(struct rms_draws *draws, size_t n)
{
  if (draws->used == 8) rms_draws_refill(draws);
  const uint64_t word = draws->block[draws->used / 2];
  const uint64_t half = draws->used % 2 ? word >> 32 : word & UINT32_MAX;
  draws->used++;
  return (uint32_t)(half * n >> 32);
}

#endif
