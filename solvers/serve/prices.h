/* SPDX-License-Identifier: GPL-3.0-or-later */
/* prices.h - the parts of the solver `prices`: the Lagrangian dual over slice prices, plans from
 * its steps, and the search that closes what is left.
 *
 * Slices of one kind are interchangeable, so a plan is decided by slice totals Z(k) = sum of
 * y(i,k). For prices w(k) >= 0 and stock prices u(p) >= 0 under which no legal cut of a machine of
 * pool p is worth more than cost(p) + u(p), every plan costs at least
 *
 *   L(w,u) = sum over services K_i(w) - sum over limited pools u(p) count(p),
 *
 * K_i(w) the least value of slices that cover service i (cover_prices.h). L is concave; it is
 * maximised by cutting planes, in integers over a common denominator, so that each step is a proof
 * and its slices are a plan. */
#ifndef RMS_SERVE_PRICES_H
#define RMS_SERVE_PRICES_H

#include "instances/serve/plan.h"
#include "solvers/serve/cover_prices.h"
#include "solvers/serve/forms.h"
#include "solvers/solver.h"

enum { RMS_PRICES_PATH_MAX = 128 };

/* Of a kind that no machine in stock can hold. A cut has 64 slices at most: its worth stays below
 * 2^62. */
#define RMS_PRICES_CLOSED (INT64_C(1) << 55)

struct rms_prices_options {
  int64_t denominator, steps, nodes, candidates, beam, memory;
  bool has_core, has_fallback;
  char warm[RMS_PRICES_PATH_MAX]; /* plan file whose prices come first; "": none */
};

/* Prices as integers: a machine of pool p costs denominator * cost(p). */
struct rms_price_point {
  int64_t w[RMS_SERVE_KINDS_MAX];
  int64_t u[RMS_SERVE_POOLS_MAX];
};

/* One evaluation of L: where, how much, and the slices that the services take there. */
struct rms_price_step {
  struct rms_price_point point;
  rms_wide value;   /* L times the denominator; exact or a safe lower bound */
  int64_t *total;   /* [n_kinds] Z */
  uint32_t *slices; /* [n_services * n_kinds] y; NULL once forgotten */
  double weight;    /* multiplier in the last master problem; they add up to 1 */
};

/* Pools that are cut in the same way: their machines are interchangeable but for cost and stock. */
struct rms_prices_class {
  size_t n_pools, pools[RMS_SERVE_POOLS_MAX]; /* cheapest first */
  struct rms_forms forms;
  size_t kind_of[RMS_FORMS_DIMENSIONS_MAX];
  uint8_t (*cuts)[RMS_FORMS_DIMENSIONS_MAX];
};

struct rms_price_rank { /* a service in the order of the rounding */
  double score;
  size_t service;
};

struct rms_prices {
  const struct rms_serve *inst;
  const struct rms_host *host;
  struct rms_prices_options options;
  struct rms_arena *arena;
  bool is_open[RMS_SERVE_KINDS_MAX]; /* some machine in stock can hold the kind */
  int64_t unit;                      /* greatest common divisor of the costs */
  size_t n_classes;
  struct rms_prices_class *classes;
  bool has_forms; /* derived for every class, and no kind is in two: totals decide exactly */
  bool is_single; /* so it is, and there is one pool; its forms: */
  struct rms_forms forms;
  size_t kind_of[RMS_FORMS_DIMENSIONS_MAX];

  bool is_warm;
  struct rms_price_point warm; /* prices of an earlier plan */

  size_t n_steps, steps_capacity;
  struct rms_price_step *steps;
  struct rms_price_rank *ranks; /* scratch of the rounding, as many as services; NULL: none yet */
  size_t best_step;             /* with the largest value */
  rms_wide bound;               /* its value */
  double gap; /* between `bound` and the master's bound on L, in units of cost; INFINITY at first */
  int64_t proved; /* no plan costs less (may exceed ceil(bound) after an exhausted search) */

  bool has_plan;
  int64_t cost;      /* of the best plan */
  int64_t certified; /* what the prices had proved when it was reported */
  int64_t *slices;   /* [n_services * n_kinds] of the best plan, as last offered; scratch */
  struct rms_serve_plan plan;
  struct rms_text bytes;
  bool is_held, is_pending;       /* plans wait for their proof; one does */
  struct rms_serve_search search; /* proves `proved` where the prices do not; target 0: none */
  uint64_t work, evaluations;
  double told; /* last bound that the host was told; -INFINITY at first */
  bool is_stopped;
  bool is_tied; /* some knapsack was long: kinds nearly tie in price */
};

/* ---- prices.c ---- */

/* Slices of one service are kept as 32-bit numbers: does the instance fit? */
bool rms_prices_fits(const struct rms_serve *inst);
/* Free everything, the arena last (`p` lives in it). */
void rms_prices_finish(struct rms_prices *p);

/* ---- prices_dual.c ---- */

/* Climb until the plan meets the bound, the dual is solved, or the host stops. 0 or negative. */
int rms_prices_climb(struct rms_prices *p);
/* Price all services at `point`, whose slices and totals become the last step; its value is the sum
 * of the services' least values, nothing taken off. Not visited: the host stops. 0 or negative. */
int rms_prices_visit(struct rms_prices *p, const struct rms_price_point *point, bool *is_visited);
/* ceil of the best proved value, in cost units, a multiple of `unit`. */
int64_t rms_prices_ceiling(const struct rms_prices *p);

/* ---- prices_parts.c ---- */

/* Forms whose sum, by their shares, is no more than the prices in any kind. */
struct rms_price_parts {
  size_t n;
  struct rms_cover_form forms[RMS_COVER_FORMS_MAX];
  int64_t weight[RMS_COVER_FORMS_MAX][RMS_SERVE_KINDS_MAX];
};

/* The parts that come closest to prices w ([n_kinds]), where has_forms; otherwise none. *parts must
 * not move. Costs a small linear program. */
void rms_prices_split(const struct rms_prices *p, const int64_t *w, struct rms_price_parts *parts);

/* ---- prices_master.c ---- */

/* Prices as the master's simplex sees them; in the same units as rms_price_point. */
struct rms_price_real {
  double w[RMS_SERVE_KINDS_MAX], u[RMS_SERVE_POOLS_MAX];
};

/* Master problem of the cutting planes: the largest value that all steps' slices allow under legal
 * prices. It is written as moves away from the best prices, in units that shrink with the gap, with
 * exact distances, so that the simplex resolves gaps far below its own tolerance. */
struct rms_price_master;

/* Prices are looked for within `reach` of the best ones, relative to these, which grows while it
 * holds them up; INFINITY: anywhere. NULL: out of memory. */
struct rms_price_master *rms_price_master_new(double reach);
void rms_price_master_free(struct rms_price_master *master);
/* Take in the steps that are new, solve, and set p->gap and the steps' weights. False: the simplex
 * gave up. */
bool rms_price_master_solve(struct rms_price_master *master, struct rms_prices *p,
                            struct rms_price_real *top);

/* ---- prices_plan.c ---- */

/* Which forms, which kinds, which units. 0 or RMS_E_NOMEM. */
int rms_prices_prepare(struct rms_prices *p);
/* Least cost of machines for these slice totals: exact where has_forms, otherwise by a small
 * integer program over cuts. Machines per pool and cut into `times` (may be NULL).
 * INT64_MAX: the stock does not hold them. Negative: a status. */
int64_t rms_prices_pack(struct rms_prices *p, const int64_t *total, int64_t *const *times);
/* A plan: [n_services * n_kinds] slices, whose totals are `total`. Reports it when it is better.
 * 0 or negative. */
int rms_prices_offer(struct rms_prices *p, const int64_t *slices, const int64_t *total);
/* The empty plan of an instance without services. 0 or negative. */
int rms_prices_offer_nothing(struct rms_prices *p);
/* The same with the machines of every cut: nothing happens when they do not hold the slices, when
 * there are too few in stock, or when the plan is not better. */
int rms_prices_offer_cut(struct rms_prices *p, const int64_t *slices, int64_t *const *times);
/* Report that there is no plan, with the certificate in p->plan. RMS_INFEASIBLE or negative. */
int rms_prices_report_none(struct rms_prices *p);
/* From now on better plans are kept back, until the release reports the best of them: what proves
 * it optimal may take a while, and belongs into its certificate. A bound that is reached by the
 * plan waits as well. 0 or negative. */
void rms_prices_hold(struct rms_prices *p);
int rms_prices_release(struct rms_prices *p);
/* Report the best plan again when the prices prove more than the certificate that it was reported
 * with. 0 or negative. */
int rms_prices_renew(struct rms_prices *p);
/* Report the bound alone. */
void rms_prices_tell_bound(struct rms_prices *p);
/* Count work; true when the host says stop. */
bool rms_prices_tick(struct rms_prices *p, uint64_t work);
/* Is nothing left to prove? */
bool rms_prices_is_closed(const struct rms_prices *p);

/* ---- prices_warm.c ---- */

/* Read the prices of the plan file options.warm, if one is named. A file that cannot be used is
 * logged and is an error: RMS_E_IO, RMS_E_FORMAT, RMS_E_LIMIT, RMS_E_NOMEM. */
int rms_prices_warm_read(struct rms_prices *p);
/* The prices that were read, as they stand there: not yet legal. False: there are none. */
bool rms_prices_warm_point(const struct rms_prices *p, struct rms_price_point *point);

/* ---- prices_certify.c ---- */

/* Most that a cut of the pool is worth at prices w ([n_kinds]). */
rms_wide rms_prices_dearest(const struct rms_prices *p, size_t pool, const int64_t *w);
/* The certificate of these prices, with the search where there is one and the denominator is not 0;
 * its arrays are made when missing. 0 or RMS_E_NOMEM. */
int rms_prices_certify(const struct rms_prices *p, const struct rms_price_point *point,
                       int64_t denominator, struct rms_serve_certificate *c);

/* ---- prices_ray.c ---- */

/* After a climb without a plan: are the stocks too short? RMS_INFEASIBLE: proved, and the proof was
 * reported (objective INFINITY, an empty plan with a certificate of denominator 0). RMS_FEASIBLE:
 * no proof was found. Negative: a status. */
int rms_prices_ray(struct rms_prices *p);

/* ---- prices_round.c ---- */

/* A plan from the steps with positive weight: every service takes the pattern of one of them, or a
 * mixture, such that the totals stay close to the weighted mean. What a service pays beyond its
 * least value eats up the slack between bound and target, so it has a price: price_of_error  [in]
 * squared machines of error that a machine of such extra pay is worth total           [out] slice
 * totals; the slices go into p->slices */
void rms_prices_round(struct rms_prices *p, double price_of_error, int64_t *total);
/* The same in the order of the instance: another plan to begin a core search with. */
void rms_prices_round_plain(struct rms_prices *p, double price_of_error, int64_t *total);

/* ---- prices_core.c ---- */

enum rms_core_end { RMS_CORE_FOUND, RMS_CORE_NONE, RMS_CORE_CUT_SHORT };

enum { RMS_CORE_DIMENSIONS_MAX = 48, RMS_CORE_TESTS_MAX = 64 };

struct rms_core_test { /* coefficient . totals <= limit, or it is no plan that is looked for */
  int64_t coefficient[RMS_CORE_DIMENSIONS_MAX];
  rms_wide limit;
  bool has_slack;
  rms_wide slack; /* what all services together may exceed their least value by, if it is known */
};

/* What the core search looks for. The first n_keys tests decide: totals that pass them can be cut
 * from machines as wished; the others cut off earlier. */
struct rms_core_goal {
  size_t n_dimensions; /* kinds that a machine in stock can hold */
  size_t kind_of[RMS_CORE_DIMENSIONS_MAX];
  size_t n_tests, n_keys;
  struct rms_core_test tests[RMS_CORE_TESTS_MAX];
  int64_t price[RMS_SERVE_KINDS_MAX]; /* patterns are listed by these */
  rms_wide slack;       /* what all services together may exceed their least value at `price` by */
  uint64_t transitions; /* after which the search is cut short */
};

enum rms_core_effort {
  RMS_CORE_NEAR,   /* patterns near the present ones only */
  RMS_CORE_QUICK,  /* few services, few states */
  RMS_CORE_AROUND, /* near patterns, many states */
  RMS_CORE_THOROUGH,
  RMS_CORE_EVERYONE, /* in the core */
  RMS_CORE_PATIENT,  /* the same, patterns listed at leisure */
  RMS_CORE_ALL       /* the same, with more room */
};

/* Look for a plan that passes the goal's tests and differs from p->slices in the patterns of a few
 * services (dynamic programming over slice totals, growing cores).
 *   effort  [in] enum rms_core_effort
 * FOUND: it was offered. NONE: proved that no totals pass the tests. CUT_SHORT: neither. Negative:
 * a status. */
int rms_prices_core(struct rms_prices *p, const struct rms_core_goal *goal, int effort);

/* ---- prices_goal.c ---- */

/* A plan of cost `target`, where is_single. False: too many forms. */
bool rms_prices_goal(const struct rms_prices *p, int64_t target, struct rms_core_goal *goal);
/* The same goal with sharper tests and fewer keys: those that the best prices are made of, and
 * is_key ([n_forms]); a plan for it may break other forms. Takes some dozens of evaluations of L.
 * False: it is worth nothing now. */
bool rms_prices_refine(struct rms_prices *p, int64_t target, const bool *is_key,
                       struct rms_core_goal *goal);
/* Set is_key of the forms that p->slices break. False: there is none that was not set. */
bool rms_prices_break(const struct rms_prices *p, int64_t target, bool *is_key);

/* ---- prices_search.c ---- */

/* One pool: p->proved rests on this goal's exhausted search; it becomes p->search. 0 or
 * RMS_E_NOMEM. */
int rms_prices_prove(struct rms_prices *p, const struct rms_core_goal *goal);

/* ---- prices_descent.c ---- */

/* Change p->slices service by service until they pass the goal's forms. FOUND: a better plan was
 * offered; CUT_SHORT: not found in so many steps. Negative: a status. Proves nothing. */
int rms_prices_descend(struct rms_prices *p, const struct rms_core_goal *goal, int steps);

/* ---- prices_counts.c ---- */

/* Several pools, where has_forms: numbers of machines per pool, from the cheapest upwards, are
 * refuted by prices or by the core search until one of them has a plan. It remembers what it
 * refuted. 0 or negative. */
struct rms_counts;
int rms_counts_new(struct rms_prices *p, struct rms_counts **result); /* after the climb */
int rms_counts_search(struct rms_counts *c, int effort);              /* 0: quick */
void rms_counts_free(struct rms_counts *c);                           /* accepts NULL */

/* ---- prices_mip.c ---- */

/* Several pools: choose patterns and cuts by an integer program over the patterns seen. */
int rms_prices_mip(struct rms_prices *p);

/* ---- prices_fallback.c ---- */

/* Branch and cut on the compact model, for small instances that are still open. An outcome. */
int rms_prices_fallback(struct rms_prices *p);

#endif
