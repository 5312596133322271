/* SPDX-License-Identifier: GPL-3.0-or-later */
/* menu_state.h - scratch memory of menu.h from the inside. Private to menu*.c. */
#ifndef RMS_SERVE_MENU_STATE_H
#define RMS_SERVE_MENU_STATE_H

#include "solvers/serve/menu.h"

#define RMS_NO_END (-1)

struct rms_menu_top { /* the best services of a kind, in falling order of gain, then rising number
                       */
  int64_t gain;
  uint32_t service;
};

struct rms_menu_part {      /* a service in the sample */
  int64_t need, start, all; /* missing now and at the start; the most it can still add */
  double w, cap, weight;    /* need / demand; most of a slice; what a gain is multiplied by */
  double inverse, share;    /* 1 / demand; share of a machine that it needs at best */
  const int64_t *rate;      /* [n_kinds] */
  const double *unit;       /* [n_kinds] rate / demand */
};

struct rms_menu_rest { /* most that the nodes below can add */
  int64_t by_slice;    /* each slice the largest gain of its kind */
  int64_t by_run;      /* slices of a kind side by side together, if those above took their most */
  int64_t
      after; /* by_run of those of other kinds; RMS_NO_END: there is none, and no cut ends here */
  uint32_t same; /* the node below of the same kind; 0: none */
};

struct rms_menu {
  const struct rms_walk_map *map;
  struct rms_menu_setup setup;
  double grid; /* of the present scores (score.h) */

  /* of a search over a sample */
  size_t n, n_found;
  const uint32_t *services;
  struct rms_menu_part part[RMS_SAMPLE_MAX];
  double *unit;               /* [RMS_SAMPLE_MAX * n_kinds] */
  int64_t room;               /* sum of that */
  int64_t *gain;              /* [n_kinds * RMS_SAMPLE_MAX] at the start */
  int64_t *prefix;            /* [n_kinds * width] most that t slices of a kind add together */
  int64_t *most;              /* [n_kinds] largest gain */
  struct rms_menu_rest *rest; /* [n_nodes] */
  int64_t cost;               /* of the pool that is searched */
  int64_t floor, floor_cost;  /* score that must be exceeded, and its cost */
  int64_t least;              /* the same at the cost of the pool, rounded down */
  bool is_tight;              /* bound_run is used */
  uint32_t *genes;
  int64_t score[RMS_MENU_MAX], score_cost[RMS_MENU_MAX];

  /* of the greedy choice */
  size_t tops;              /* room per kind */
  struct rms_menu_top *top; /* [n_kinds * tops] */
  size_t *n_top;            /* [n_kinds] */
  struct rms_scale *open;   /* [n_services] of the open services */
  size_t n_served;
  uint32_t served[RMS_UNITS_MAX];
  struct rms_scale scale[RMS_UNITS_MAX];
  int64_t best, best_cost;
  uint32_t *best_gene;

  uint32_t now[RMS_GENE_MAX]; /* under construction */
};

#endif
