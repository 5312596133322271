/* SPDX-License-Identifier: GPL-3.0-or-later */
/* menu_state.h - scratch memory of menu.h from the inside. Private to menu*.c. */
#ifndef RMS_SERVE_MENU_STATE_H
#define RMS_SERVE_MENU_STATE_H

#include "instances/serve/wide.h"
#include "solvers/serve/menu.h"

#define RMS_NO_END (-1)

enum { RMS_TAIL_MAX = 8, RMS_TAILS = 8 };

struct rms_menu_top { /* the best services of a kind, in falling order of gain, then rising number
                       */
  int64_t gain;
  uint32_t service;
};

/* Services that may be among the best of some kind for a while: while needs fall, all others stay
 * below. */
struct rms_menu_short {
  bool is_known;
  size_t n;
  uint32_t *service; /* [n_services] */
  double *below;     /* [n_kinds] who is not in it gains less than that; 0: nobody is left out */
};

struct rms_menu_part {   /* a service in the sample */
  double inverse, share; /* 1 / demand; share of a machine that it needs at best */
  const int64_t *rate;   /* [n_kinds] */
  const double *unit;    /* [n_kinds] rate / demand */
};

/* A service in the sample after some slices of the machine. What it gains by the next one depends
 * on nothing else, so it is computed once, however many machines of the search share it. */
struct rms_menu_need {
  int64_t need, all;         /* missing; the most it can still add */
  uint32_t part;             /* whose */
  uint16_t run_kind, n_run;  /* what `run` holds */
  int64_t run_need;          /* missing after those slices */
  int64_t run[RMS_TAIL_MAX]; /* gains by slices of one kind, one by one */
};

struct rms_menu_rest { /* most that the nodes below can add */
  int64_t by_slice;    /* each slice the largest gain of its kind */
  int64_t by_run;      /* slices of a kind side by side together, if those above took their most */
  int64_t
      after; /* by_run of those of other kinds; RMS_NO_END: there is none, and no cut ends here */
  uint32_t same; /* the node below of the same kind; 0: none */
};

/* The last slices of a cut, all of one kind: the most that they can add, exactly.
 *   best [i][r][c]: r of them, for services from i on, of which i has c already */
struct rms_menu_tail {
  int64_t best[RMS_SAMPLE_MAX + 1][RMS_TAIL_MAX + 1][RMS_TAIL_MAX + 1];
  uint32_t taken[RMS_SAMPLE_MAX]; /* on the machine under construction */
};

struct rms_menu {
  const struct rms_walk_map *map;
  struct rms_menu_setup setup;
  double grid; /* of the present scores (score.h) */

  size_t n_kinds;
  uint8_t *tail; /* [n_nodes] slices from there to the only end below; 0: not so */

  /* of a search over a sample */
  size_t n, n_found;
  const uint32_t *services;
  struct rms_menu_part part[RMS_SAMPLE_MAX];
  double *unit;                /* [RMS_SAMPLE_MAX * n_kinds] */
  uint32_t at[RMS_SAMPLE_MAX]; /* which of `needs` each service has now */
  size_t n_needs, n_spare;     /* made and kept; made beyond that, and dropped on the way back */
  size_t most_needs;           /* that are kept; the first n are those of the start */
  struct rms_menu_need *needs; /* [most_needs + SPARE] */
  int64_t *gain;               /* [the same * n_kinds] by the next slice */
  uint32_t *next;              /* [the same * n_kinds] the need after that slice; 0: not made */
  rms_wide room;               /* sum of `all` */
  int64_t *prefix;             /* [n_kinds * width] most that t slices of a kind add together */
  int64_t *most;               /* [n_kinds] largest gain */
  struct rms_menu_rest *rest;  /* [n_nodes] */
  int64_t cost;                /* of the pool that is searched */
  int64_t floor, floor_cost;   /* score that must be exceeded, and its cost */
  int64_t least;               /* the same at the cost of the pool, rounded down */
  bool is_tight;               /* bound_run and tails are used */
  size_t n_tails;              /* in use */
  struct rms_menu_tail *tails; /* [TAILS] */
  uint32_t *kept;              /* [size * width] the machines found, in no order */
  uint8_t row[RMS_MENU_MAX];   /* of the i-th best among them */
  int64_t score[RMS_MENU_MAX], score_cost[RMS_MENU_MAX];

  /* of the greedy choice */
  const struct rms_walk *root;           /* all states come from it; NULL: nothing is known */
  struct rms_menu_short of_root, of_way; /* made at the root; on the way down from it */
  struct rms_scale *open;                /* [n_services] of the services that are looked at */
  size_t *tops;             /* [n_kinds] how many are listed: one more than slices before it */
  struct rms_menu_top *top; /* [n_kinds * width] */
  size_t *n_top;            /* [n_kinds] */
  int64_t *ahead;           /* [n_nodes] most that a node and those below it add */
  size_t n_served;
  uint32_t served[RMS_UNITS_MAX];
  struct rms_scale scale[RMS_UNITS_MAX];
  int64_t best, best_cost;
  uint32_t *best_gene;

  uint32_t now[RMS_GENE_MAX]; /* under construction */
};

/* ---- the best services of each kind (menu_tops.c) ---- */

/* menu->top, n_top and grid for this state. */
void rms_menu_list_tops(struct rms_menu *menu, const struct rms_walk *walk);

/* ---- needs (menu_needs.c) ---- */

/* Storage for the needs of a search. 0 or RMS_E_NOMEM. */
int rms_menu_init_needs(struct rms_menu *menu, struct rms_arena *arena);

/* The needs of the sample at the start, their gains, the grid, the largest gains. */
void rms_menu_begin_needs(struct rms_menu *menu, const struct rms_walk *walk);

/* What need `id` gains by n slices of the kind, one by one. */
const int64_t *rms_menu_run(struct rms_menu *menu, uint32_t id, uint16_t kind, size_t n);

/* What need `id` is after a slice of the kind, one that follows those it had; made. */
uint32_t rms_menu_feed(struct rms_menu *menu, uint32_t id, size_t kind);

static inline int64_t rms_menu_gain_at(const struct rms_menu *menu, uint32_t id, size_t kind)
{
  return menu->gain[id * menu->n_kinds + kind];
}

static inline uint32_t rms_menu_after(struct rms_menu *menu, uint32_t id, size_t kind)
{
  const uint32_t known = menu->next[id * menu->n_kinds + kind];
  return known != 0 ? known : rms_menu_feed(menu, id, kind);
}

#endif
