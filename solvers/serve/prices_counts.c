/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Several pools of unequal cost: nearly every whole number is the cost of some machines, so that
 * the ceiling of the dual bound says little. But machines come in whole numbers in every pool. Under
 * prices w let a(q) be the worth of the dearest cut of pool q and F(w) the sum of the services'
 * least values: numbers N of machines hold a plan only if
 *
 *   sum over pools of a(q) N(q) >= F(w)   for all w >= 0,
 *
 * a family of inequalities in as few variables as there are pools. From the proved bound upwards all
 * N of a cost are listed that satisfy the inequalities found so far; for each of them the prices that
 * violate the inequality most are looked for by cutting planes. Either they refute N, or the slack
 * that they leave is small, and with it the lists of patterns of the core search, which finds a plan
 * or proves that N has none. */
#include <glpk.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "solvers/serve/prices.h"

enum {
  LISTED_MAX = 3000,  /* candidates of one cost */
  STEPS_MAX = 60,     /* of cutting planes for one candidate */
  PRICE_TESTS = 14,
  LEVELS_MAX = 4000 /* costs that are tried while there is no plan */
};
#define WORTH_MAX 64.0 /* no machine is worth more than this many times its cost */

struct vector { /* the inequality of one price step */
  size_t step;
  rms_wide value; /* F */
  rms_wide worth[RMS_SERVE_POOLS_MAX];
};

struct candidate {
  int64_t n[RMS_SERVE_POOLS_MAX];
  double room; /* least (worth of N - F) / worth of N among the vectors */
};

struct counts {
  struct rms_prices *p;
  size_t n_pools, pools[RMS_SERVE_POOLS_MAX]; /* with machines, the dearest first */
  size_t n_vectors, vectors_capacity;
  struct vector *vectors;
  size_t n_listed;
  struct candidate *listed; /* [LISTED_MAX] */
  bool is_cut;              /* there are more of that cost */
  size_t n_closed, closed_capacity;
  struct candidate *closed; /* refuted by an exhausted search */
  /* the master problem; columns of GLPK, 0: none */
  glp_prob *lp;
  int kind[RMS_SERVE_KINDS_MAX], worth[RMS_SERVE_POOLS_MAX], value, budget_row, first_plane;
};

/* ---- inequalities ---- */

static int add_vector(struct counts *c, size_t step, rms_wide value)
{
  struct rms_prices *p = c->p;
  int status = rms_grow(&c->vectors, &c->vectors_capacity, c->n_vectors + 1, sizeof *c->vectors);
  if (status < 0) return status;
  struct vector *v = &c->vectors[c->n_vectors++];
  v->step = step;
  v->value = value;
  for (size_t i = 0; i < c->n_pools; i++)
    v->worth[i] = rms_prices_dearest(p, c->pools[i], p->steps[step].point.w);
  return RMS_OK;
}

static rms_wide worth_of(const struct counts *c, const struct vector *v, const int64_t *n)
{
  rms_wide sum = 0;
  for (size_t i = 0; i < c->n_pools; i++) sum += v->worth[i] * n[i];
  return sum;
}

static double cost_of(const struct counts *c, const int64_t *n)
{
  double sum = 0;
  for (size_t i = 0; i < c->n_pools; i++)
    sum += (double)n[i] * (double)c->p->inst->pools[c->pools[i]].cost;
  return sum;
}

/* Least relative room among the vectors; negative: refuted. *tightest: by which. */
static double room_of(const struct counts *c, const int64_t *n, size_t *tightest)
{
  double room = INFINITY;
  for (size_t j = 0; j < c->n_vectors; j++) {
    const rms_wide worth = worth_of(c, &c->vectors[j], n), over = worth - c->vectors[j].value;
    if (over < 0) {
      *tightest = j;
      return -1;
    }
    const double here = worth > 0 ? (double)over / (double)worth : INFINITY;
    if (here < room) *tightest = j;
    room = fmin(room, here);
  }
  return room;
}

/* ---- listing the candidates of one cost ---- */

static bool is_closed(const struct counts *c, const int64_t *n)
{
  for (size_t i = 0; i < c->n_closed; i++)
    if (!memcmp(c->closed[i].n, n, c->n_pools * sizeof *n)) return true;
  return false;
}

static void keep_candidate(struct counts *c, const int64_t *n)
{
  size_t tightest;
  const double room = room_of(c, n, &tightest);
  if (room < 0 || is_closed(c, n)) return;
  if (c->n_listed == LISTED_MAX) {
    c->is_cut = true;
    return;
  }
  c->listed[c->n_listed].room = room;
  memcpy(c->listed[c->n_listed++].n, n, sizeof c->listed->n);
}

struct range {
  double least, most;
};

/* Machines of the last pool but one that the inequalities leave, when the last pool takes the rest
 * of the cost; rounded outwards, for the exact test follows. */
static struct range range_of(const struct counts *c, const int64_t *n, double rest)
{
  const size_t i = c->n_pools - 2;
  const struct rms_serve_pool *last = &c->p->inst->pools[c->pools[i + 1]];
  const double price = (double)c->p->inst->pools[c->pools[i]].cost, price_last = (double)last->cost;
  struct range r = {0, rest / price};
  if (last->count >= 0) r.least = fmax(0, (rest - price_last * (double)last->count) / price);
  for (size_t j = 0; j < c->n_vectors; j++) {
    const struct vector *v = &c->vectors[j];
    const double per_last = (double)v->worth[i + 1] / price_last;
    const double slope = (double)v->worth[i] - per_last * price;
    double need = (double)v->value - per_last * rest;
    for (size_t h = 0; h < i; h++) need -= (double)v->worth[h] * (double)n[h];
    const double blur = 1e-9 * (double)v->value;
    if (slope > 1e-6 * price * per_last) r.least = fmax(r.least, (need - blur) / slope);
    if (slope < -1e-6 * price * per_last) r.most = fmin(r.most, (need - blur) / slope);
  }
  return (struct range){fmax(0, floor(r.least - 1e-6)), ceil(r.most + 1e-6)};
}

static int64_t most_of(const struct counts *c, size_t i, int64_t rest)
{
  const struct rms_serve_pool *pool = &c->p->inst->pools[c->pools[i]];
  const int64_t most = rest / pool->cost;
  return pool->count >= 0 && pool->count < most ? pool->count : most;
}

/* Could the pools from i on, for the rest of the cost, be worth what is missing? */
static bool is_possible(const struct counts *c, const int64_t *n, size_t i, int64_t rest)
{
  for (size_t j = 0; j < c->n_vectors; j++) {
    const struct vector *v = &c->vectors[j];
    double need = (double)v->value * (1 - 1e-9), best = 0;
    for (size_t h = 0; h < i; h++) need -= (double)v->worth[h] * (double)n[h];
    for (size_t h = i; h < c->n_pools; h++)
      best = fmax(best, (double)v->worth[h] / (double)c->p->inst->pools[c->pools[h]].cost);
    if (best * (double)rest < need) return false;
  }
  return true;
}

/* Pools i.. cost `rest` exactly. */
static void list_from(struct counts *c, int64_t *n, size_t i, int64_t rest)
{
  const int64_t cost = c->p->inst->pools[c->pools[i]].cost;
  int64_t first = 0, last = most_of(c, i, rest);
  if (c->is_cut || c->p->is_stopped) return;
  if (i + 1 == c->n_pools) {
    n[i] = rest / cost;
    if (rest % cost == 0 && n[i] <= last) keep_candidate(c, n);
    return;
  }
  if (!is_possible(c, n, i, rest) || rms_prices_tick(c->p, 1)) return;
  if (i + 2 == c->n_pools) {
    const struct range r = range_of(c, n, (double)rest);
    if (r.least > (double)first) first = (int64_t)fmin(r.least, 1e15);
    if (r.most < (double)last) last = (int64_t)fmax(r.most, -1);
  }
  for (int64_t m = first; m <= last && !c->is_cut; m++) {
    n[i] = m;
    list_from(c, n, i + 1, rest - m * cost);
  }
}

static int compare_room(const void *left, const void *right)
{
  const struct candidate *a = left, *b = right;
  if (a->room != b->room) return a->room > b->room ? -1 : 1;
  return memcmp(a->n, b->n, sizeof a->n);
}

/* All N of that cost that nothing refutes, those with most room first. */
static void list_candidates(struct counts *c, int64_t cost)
{
  int64_t n[RMS_SERVE_POOLS_MAX] = {0};
  c->n_listed = 0;
  c->is_cut = false;
  list_from(c, n, 0, cost);
  qsort(c->listed, c->n_listed, sizeof *c->listed, compare_room);
}

/* ---- the master problem: prices that refute N ---- */

static int new_column(glp_prob *lp, double most)
{
  const int j = glp_add_cols(lp, 1);
  glp_set_col_bnds(lp, j, isinf(most) ? GLP_LO : GLP_DB, 0, isinf(most) ? 0 : most);
  return j;
}

static void add_cut_rows(struct counts *c, size_t i)
{
  const struct rms_serve_pool *pool = &c->p->inst->pools[c->pools[i]];
  for (size_t cut = 0; cut < pool->n_cuts; cut++) {
    int index[RMS_SERVE_KINDS_MAX + 2], n = 0;
    double value[RMS_SERVE_KINDS_MAX + 2];
    for (size_t k = 0; k < c->p->inst->n_kinds; k++)
      if (pool->cuts[cut].count[k]) {
        index[++n] = c->kind[k];
        value[n] = pool->cuts[cut].count[k];
      }
    index[++n] = c->worth[i];
    value[n] = -1;
    const int row = glp_add_rows(c->lp, 1);
    glp_set_row_bnds(c->lp, row, GLP_UP, 0, 0);
    glp_set_mat_row(c->lp, row, n, index, value);
  }
}

/* value <= Z . w; values are in units of the bound, to keep the numbers tame */
static double unit_of(const struct counts *c)
{
  return fmax(1, (double)c->p->bound / (double)c->p->options.denominator);
}

static void add_plane(struct counts *c, const struct rms_price_step *step)
{
  int index[RMS_SERVE_KINDS_MAX + 2], n = 1;
  double value[RMS_SERVE_KINDS_MAX + 2];
  const double unit = unit_of(c);
  index[1] = c->value;
  value[1] = 1;
  for (size_t k = 0; k < c->p->inst->n_kinds; k++)
    if (step->total[k]) {
      index[++n] = c->kind[k];
      value[n] = -(double)step->total[k] / unit;
    }
  const int row = glp_add_rows(c->lp, 1);
  glp_set_row_bnds(c->lp, row, GLP_UP, 0, 0);
  glp_set_mat_row(c->lp, row, n, index, value);
}

static void build_master(struct counts *c)
{
  const struct rms_prices *p = c->p;
  c->lp = glp_create_prob();
  glp_set_obj_dir(c->lp, GLP_MAX);
  for (size_t k = 0; k < p->inst->n_kinds; k++)
    c->kind[k] = new_column(c->lp, p->is_open[k] ? INFINITY : 0);
  for (size_t k = 0; k < p->inst->n_kinds; k++)
    if (!p->is_open[k]) glp_set_col_bnds(c->lp, c->kind[k], GLP_FX, 0, 0);
  for (size_t i = 0; i < c->n_pools; i++)
    c->worth[i] = new_column(c->lp, WORTH_MAX * (double)p->inst->pools[c->pools[i]].cost);
  c->value = new_column(c->lp, INFINITY);
  glp_set_obj_coef(c->lp, c->value, 1);
  c->budget_row = glp_add_rows(c->lp, 1);
  for (size_t i = 0; i < c->n_pools; i++) add_cut_rows(c, i);
  c->first_plane = glp_get_num_rows(c->lp) + 1;
  for (size_t j = 0; j < c->n_vectors; j++) add_plane(c, &p->steps[c->vectors[j].step]);
}

/* The machines of N together are worth their cost at most. */
static void set_budget(struct counts *c, const int64_t *n)
{
  int index[RMS_SERVE_POOLS_MAX + 1], used = 0;
  double value[RMS_SERVE_POOLS_MAX + 1];
  const double unit = unit_of(c);
  for (size_t i = 0; i < c->n_pools; i++)
    if (n[i]) {
      index[++used] = c->worth[i];
      value[used] = (double)n[i] / unit;
    }
  glp_set_mat_row(c->lp, c->budget_row, used, index, value);
  glp_set_row_bnds(c->lp, c->budget_row, GLP_UP, 0, cost_of(c, n) / unit);
}

/* False: the simplex gave up. *top: most that F can be, in units of cost. */
static bool solve_master(struct counts *c, double *w, double *top)
{
  glp_smcp control;
  glp_init_smcp(&control);
  control.msg_lev = GLP_MSG_OFF;
  control.meth = GLP_DUALP;
  control.tol_bnd = control.tol_dj = 1e-9;
  if (glp_simplex(c->lp, &control) != 0 || glp_get_status(c->lp) != GLP_OPT) {
    glp_adv_basis(c->lp, 0);
    if (glp_simplex(c->lp, &control) != 0 || glp_get_status(c->lp) != GLP_OPT) return false;
  }
  for (size_t k = 0; k < c->p->inst->n_kinds; k++) w[k] = glp_get_col_prim(c->lp, c->kind[k]);
  *top = glp_get_obj_val(c->lp) * unit_of(c);
  return true;
}

/* ---- one candidate ---- */

enum verdict { REFUTED, ALIVE };

static bool is_known(const struct counts *c, const struct rms_price_point *point)
{
  for (size_t j = c->n_vectors; j-- > 0;)
    if (!memcmp(c->p->steps[c->vectors[j].step].point.w, point->w, sizeof point->w)) return true;
  return false;
}

/* Evaluate prices (in cost units); the inequality is added. *is_new: it was not there yet. */
static int visit(struct counts *c, const double *w, bool *is_new)
{
  struct rms_prices *p = c->p;
  struct rms_price_point point = {0};
  const double d = (double)p->options.denominator;
  *is_new = false;
  for (size_t k = 0; k < p->inst->n_kinds; k++)
    point.w[k] = p->is_open[k] ? llround(fmax(0, w[k]) * d) : 0;
  if (is_known(c, &point)) return RMS_OK;
  int status = rms_prices_visit(p, &point, is_new);
  if (status < 0 || !*is_new) return status;
  status = add_vector(c, p->n_steps - 1, p->steps[p->n_steps - 1].value);
  if (status >= 0) add_plane(c, &p->steps[p->n_steps - 1]);
  return status;
}

/* Look for prices that refute N, or leave it little slack. *verdict REFUTED: there are some. The
 * vector that leaves least: *tightest. */
static int price_candidate(struct counts *c, const int64_t *n, enum verdict *verdict,
                           size_t *tightest)
{
  const struct rms_prices *p = c->p;
  const double cost = cost_of(c, n);
  double top_w[RMS_SERVE_KINDS_MAX], w[RMS_SERVE_KINDS_MAX], top;
  *verdict = REFUTED;
  double room = room_of(c, n, tightest);
  set_budget(c, n);
  for (int i = 0; i < STEPS_MAX && room >= 0 && !p->is_stopped; i++) {
    bool is_new;
    if (!solve_master(c, top_w, &top)) break;
    /* what could still be gained: nothing, or little against the slack that stays */
    const double least = cost - top, now = room * cost;
    if (now - least <= 1e-7 * cost || (least > 0 && now - least < 0.02 * now)) break;
    const struct rms_price_point *best = &p->steps[c->vectors[*tightest].step].point;
    const double scale = cost / fmax(1e-300, (double)worth_of(c, &c->vectors[*tightest], n));
    for (size_t k = 0; k < p->inst->n_kinds; k++)
      w[k] = i % 2 ? top_w[k] : (top_w[k] + (double)best->w[k] * scale) / 2;
    int status = visit(c, w, &is_new);
    if (status >= 0 && !is_new && i % 2 == 0) status = visit(c, top_w, &is_new);
    if (status < 0) return status;
    if (!is_new) break;
    room = room_of(c, n, tightest);
  }
  if (room >= 0) *verdict = ALIVE;
  return RMS_OK;
}

/* ---- the core search of one candidate ---- */

static void add_forms(const struct counts *c, const int64_t *n, struct rms_core_goal *goal)
{
  const struct rms_prices *p = c->p;
  for (size_t g = 0; g < p->n_classes; g++) {
    const struct rms_prices_class *class = &p->classes[g];
    const size_t first = goal->n_dimensions;
    int64_t machines = 0;
    for (size_t i = 0; i < c->n_pools; i++)
      for (size_t j = 0; j < class->n_pools; j++)
        if (class->pools[j] == c->pools[i]) machines += n[i];
    for (size_t i = 0; i < class->forms.n_dimensions; i++)
      goal->kind_of[goal->n_dimensions++] = class->kind_of[i];
    for (size_t f = 0; f < class->forms.n_forms; f++) {
      struct rms_core_test *test = &goal->tests[goal->n_tests++];
      for (size_t i = 0; i < class->forms.n_dimensions; i++)
        test->coefficient[first + i] = class->forms.weight[f][i];
      test->limit = (rms_wide)class->forms.divisor[f] * machines;
    }
  }
  goal->n_keys = goal->n_tests;
}

static void add_price_test(const struct counts *c, const struct vector *v, const int64_t *n,
                           struct rms_core_goal *goal)
{
  struct rms_core_test *test = &goal->tests[goal->n_tests++];
  for (size_t i = 0; i < goal->n_dimensions; i++)
    test->coefficient[i] = c->p->steps[v->step].point.w[goal->kind_of[i]];
  test->limit = worth_of(c, v, n);
}

/* The vectors that leave least room, as relative slack. */
static void add_price_tests(const struct counts *c, const int64_t *n, size_t tightest,
                            struct rms_core_goal *goal)
{
  bool *is_used = calloc(c->n_vectors, sizeof *is_used);
  add_price_test(c, &c->vectors[tightest], n, goal);
  if (!is_used) return; /* fewer tests: slower, no less right */
  is_used[tightest] = true;
  for (size_t t = 1; t < PRICE_TESTS && goal->n_tests < RMS_CORE_TESTS_MAX; t++) {
    size_t best = SIZE_MAX;
    double room = INFINITY;
    for (size_t j = 0; j < c->n_vectors; j++) {
      const rms_wide worth = worth_of(c, &c->vectors[j], n);
      const double here = (double)(worth - c->vectors[j].value) / fmax(1, (double)worth);
      if (is_used[j] || here >= room) continue;
      room = here;
      best = j;
    }
    if (best == SIZE_MAX) break;
    is_used[best] = true;
    add_price_test(c, &c->vectors[best], n, goal);
  }
  free(is_used);
}

/* The multipliers of the last master say which steps a plan with N machines is made of. */
static void take_weights(struct counts *c)
{
  for (size_t j = 0; j < c->p->n_steps; j++) c->p->steps[j].weight = 0;
  for (size_t j = 0; j < c->n_vectors; j++)
    c->p->steps[c->vectors[j].step].weight =
        fabs(glp_get_row_dual(c->lp, c->first_plane + (int)j));
}

/* An rms_core_end or a negative status. */
static int search_candidate(struct counts *c, const int64_t *n, size_t tightest, int effort)
{
  struct rms_prices *p = c->p;
  int64_t total[RMS_SERVE_KINDS_MAX];
  struct rms_core_goal goal = {.transitions = effort ? 200000000 : 2000000};
  const struct vector *v = &c->vectors[tightest];
  goal.price = p->steps[v->step].point.w;
  goal.slack = worth_of(c, v, n) - v->value;
  add_forms(c, n, &goal);
  add_price_tests(c, n, tightest, &goal);
  take_weights(c);
  rms_prices_round(p, 1e5, total);
  return rms_prices_core_goal(p, &goal, effort);
}

static int close_candidate(struct counts *c, const int64_t *n)
{
  int status = rms_grow(&c->closed, &c->closed_capacity, c->n_closed + 1, sizeof *c->closed);
  if (status < 0) return status;
  memset(&c->closed[c->n_closed], 0, sizeof *c->closed);
  memcpy(c->closed[c->n_closed++].n, n, sizeof c->closed->n);
  return RMS_OK;
}

/* ---- costs from the bound upwards ---- */

enum level_end { LEVEL_IMPOSSIBLE, LEVEL_OPEN, LEVEL_FOUND };

static int try_level(struct counts *c, int64_t cost, int effort)
{
  struct rms_prices *p = c->p;
  bool is_open = false;
  list_candidates(c, cost);
  is_open = c->is_cut;
  for (size_t i = 0; i < c->n_listed && !p->is_stopped; i++) {
    const int64_t *n = c->listed[i].n;
    enum verdict verdict;
    size_t tightest;
    int status = price_candidate(c, n, &verdict, &tightest);
    if (status < 0) return status;
    if (verdict == REFUTED || p->is_stopped) continue;
    status = search_candidate(c, n, tightest, effort);
    if (status < 0) return status;
    if (status == RMS_CORE_FOUND) return LEVEL_FOUND;
    if (status == RMS_CORE_NONE) status = close_candidate(c, n);
    else
      is_open = true;
    if (status < 0) return status;
  }
  return is_open || p->is_stopped ? LEVEL_OPEN : LEVEL_IMPOSSIBLE;
}

/* Without a plan the search ends somewhere: at the cost of everything in stock, which proves that
 * there is none, or after LEVELS_MAX costs. */
static int64_t last_cost(const struct rms_prices *p)
{
  rms_wide all = 0;
  const int64_t last = p->proved + LEVELS_MAX * p->unit;
  for (size_t q = 0; q < p->inst->n_pools; q++) {
    if (p->inst->pools[q].count < 0) return last;
    all += (rms_wide)p->inst->pools[q].count * p->inst->pools[q].cost;
  }
  return all < last ? (int64_t)all : last;
}

static int search_levels(struct counts *c, int effort)
{
  struct rms_prices *p = c->p;
  bool is_open = false;
  const int64_t last = last_cost(p);
  for (int64_t cost = p->proved; !p->is_stopped && !rms_prices_is_closed(p); cost += p->unit) {
    if (cost > last || (p->has_plan && cost >= p->cost)) break;
    const int end = try_level(c, cost, effort);
    if (end < 0) return end;
    if (end == LEVEL_FOUND) break;
    is_open = is_open || end == LEVEL_OPEN;
    if (is_open) continue;
    p->proved = cost + p->unit;
    rms_prices_tell_bound(p);
  }
  return RMS_OK;
}

static int compare_pools(const struct rms_serve *inst, size_t a, size_t b)
{
  if (inst->pools[a].cost != inst->pools[b].cost)
    return inst->pools[a].cost > inst->pools[b].cost ? -1 : 1;
  return a < b ? -1 : 1;
}

static void order_pools(struct counts *c)
{
  const struct rms_serve *inst = c->p->inst;
  for (size_t q = 0; q < inst->n_pools; q++) {
    size_t at = c->n_pools;
    if (inst->pools[q].count == 0 || inst->pools[q].n_cuts == 0) continue;
    for (; at > 0 && compare_pools(inst, q, c->pools[at - 1]) < 0; at--)
      c->pools[at] = c->pools[at - 1];
    c->pools[at] = q;
    c->n_pools++;
  }
}

/* The inequalities of the climb's steps: what the stock was worth is added again. */
static int take_steps(struct counts *c)
{
  const struct rms_prices *p = c->p;
  int status = RMS_OK;
  for (size_t j = 0; j < p->n_steps && status >= 0; j++) {
    rms_wide value = p->steps[j].value;
    for (size_t q = 0; q < p->inst->n_pools; q++)
      if (p->inst->pools[q].count > 0)
        value += (rms_wide)p->steps[j].point.u[q] * p->inst->pools[q].count;
    status = add_vector(c, j, value);
  }
  return status;
}

int rms_prices_counts(struct rms_prices *p, int effort)
{
  struct counts c = {.p = p};
  int status = RMS_OK;
  if (!p->has_forms || p->n_steps == 0) return status;
  order_pools(&c);
  c.listed = malloc(LISTED_MAX * sizeof *c.listed);
  status = c.listed ? take_steps(&c) : RMS_E_NOMEM;
  if (status >= 0) {
    build_master(&c);
    for (int e = 0; e <= effort && status >= 0; e++) status = search_levels(&c, e);
    glp_delete_prob(c.lp);
  }
  free(c.closed);
  free(c.vectors);
  free(c.listed);
  return status;
}
