/* SPDX-License-Identifier: GPL-3.0-or-later */
/* prices_core.h - inside the core search: its parts know one core by this. */
#ifndef RMS_SERVE_PRICES_CORE_H
#define RMS_SERVE_PRICES_CORE_H

#include "solvers/serve/prices.h"

enum { RMS_CORE_WIDER = 20 /* times as many states and transitions in a wide core */ };

struct rms_core_member { /* a service of the core */
  size_t service, n;     /* n patterns */
  int64_t *patterns;     /* [n * d] */
  int64_t *excess;       /* [n * n_tests] by how much a pattern exceeds the member's least value */
  int64_t *least; /* of a long list [n * n_tests]: least excess of this pattern and those before;
                     NULL: no order */
  size_t axis;    /* of a long list: the test that it is sorted by */
  bool is_complete;
};

/* What is used of each test's budget decides everything that is still to come; the totals
 * themselves do not matter. The linear forms come first: states that agree in them are one state.
 */
struct rms_core_origin {
  uint32_t parent, pattern; /* index in the level before; pattern of that level's member */
};

struct rms_core_level {
  size_t n;
  int64_t *used; /* [n * n_tests]; NULL once the next level is there */
  struct rms_core_origin *origins;
};

struct rms_core {
  struct rms_prices *p;
  const struct rms_core_goal *goal;
  struct rms_arena *arena;
  size_t d, n_members, n_tests, n_keys; /* as in the goal */
  size_t capacity;                      /* states of one level */
  bool is_wide;                         /* long lists, many transitions */
  bool is_near;                         /* patterns near the present ones only */
  bool is_patient;                      /* lists take their time, for a proof is possible */
  bool is_brief;                        /* but not all the time */
  struct rms_core_member *members;
  int64_t budget[RMS_CORE_TESTS_MAX]; /* what the members may exceed their least values by */
  int64_t fixed[RMS_CORE_DIMENSIONS_MAX];
  struct rms_core_level *levels; /* [n_members + 1] */
  uint32_t *table;               /* hash table of the level that is being filled */
  size_t table_size, table_used; /* slots that there are; that this level needs */
  bool is_cut;                   /* states were dropped */
  uint64_t transitions;
};

/* ---- prices_order.c ---- */

struct rms_core_candidate {
  size_t service;
  double extra; /* least price of another step's pattern for the difference; INFINITY: there is none
                 */
};

/* The order of services into the core: first those whose patterns in the active steps differ in a
 * test that binds, and of those the ones in front that pay least for the difference. At the dual's
 * optimum the fractional services pay nothing. *order is malloc'ed [n_services]. 0 or RMS_E_NOMEM.
 */
int rms_core_order(const struct rms_prices *p, const struct rms_core_goal *goal,
                   struct rms_core_candidate **order);
/* What the services behind the first `size` pay above their least eats up the slack. Where that is
 * most of it, they fall back to the cheapest pattern. */
void rms_core_settle(struct rms_prices *p, const struct rms_core_goal *goal,
                     const struct rms_core_candidate *order, size_t size);

/* ---- prices_list.c ---- */

/* Patterns and excess for all members, whose services are set; what they may use of the tests goes
 * into core->budget. 0 or RMS_E_NOMEM. */
int rms_core_list(struct rms_core *core);

/* ---- prices_budget.c ---- */

/* What each member's patterns exceed its least values by; patterns that another one makes needless
 * are dropped. What all may use goes into core->budget. */
void rms_core_fill_budgets(struct rms_core *core);
/* Is `a` no more than `b` in every key? */
bool rms_core_is_no_worse(const struct rms_core *core, const int64_t *a, const int64_t *b);

/* ---- prices_bars.c ---- */

enum { RMS_CORE_BARS_MAX = 64 };

/* Handfuls of slices that another handful, which takes no more of any key and of the price, covers
 * as much as: covers that hold one of them need not be listed, for one that is as good for every
 * plan is in the list. *bars [RMS_CORE_BARS_MAX]; returns how many there are. */
size_t rms_core_bars(const struct rms_core_goal *goal, const int64_t *rate,
                     struct rms_cover_bar *bars);

/* ---- prices_levels.c ---- */

/* One member after the other: core->levels. 0 or RMS_E_NOMEM; core->is_cut: states were dropped. */
int rms_core_run(struct rms_core *core);

/* ---- prices_thin.c ---- */

/* Drop states of level m that another one makes superfluous: compared with the roomiest ones only,
 * which drops most of them. 0 or RMS_E_NOMEM. */
int rms_core_drop_states(struct rms_core *core, size_t m);
/* A full level would stop the search at its first states: keep those with most room, drop the rest.
 * 0 or RMS_E_NOMEM; core->is_cut: some were dropped. */
int rms_core_thin_level(struct rms_core *core, size_t m, size_t keep);

#endif
