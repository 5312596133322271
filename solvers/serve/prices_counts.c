/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Several pools of unequal cost: nearly every whole number is the cost of some machines, so that
 * the ceiling of the dual bound says little. But machines come in whole numbers in every pool.
 * Under prices w let a(q) be the worth of the dearest cut of pool q and F(w) the sum of the
 * services' least values: numbers N of machines hold a plan only if
 *
 *   sum over pools of a(q) N(q) >= F(w)   for all w >= 0,
 *
 * a family of inequalities in as few variables as there are pools. From the proved bound upwards
 * all N of a cost are listed that satisfy the inequalities found so far; for each of them the
 * prices that violate the inequality most are looked for by cutting planes. Either they refute N,
 * or the slack that they leave is small, and with it the lists of patterns of the core search,
 * which finds a plan or proves that N has none. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "solvers/serve/prices_counts.h"

enum {
  STEPS_MAX = 60,   /* of cutting planes for one candidate */
  LEVELS_MAX = 4000 /* costs that are tried while there is no plan */
};
#define WORTH_MAX 64.0 /* no machine is worth more than this many times its cost */

/* ---- candidates of one cost ---- */

int64_t rms_counts_cost(const struct rms_counts *c, const int64_t *n)
{
  int64_t sum = 0;
  for (size_t i = 0; i < c->n_pools; i++) sum += n[i] * c->p->inst->pools[c->pools[i]].cost;
  return sum;
}

static bool is_closed(const struct rms_counts *c, const int64_t *n)
{
  for (size_t i = 0; i < c->n_closed; i++)
    if (!memcmp(c->closed[i].n, n, c->n_pools * sizeof *n)) return true;
  return false;
}

static bool keep_candidate(struct rms_counts *c, const int64_t *n)
{
  size_t tightest;
  const double room = rms_counts_room(c, n, &tightest);
  if (room < 0 || is_closed(c, n)) return true;
  if (c->n_listed == RMS_COUNTS_LISTED_MAX) {
    c->is_cut = true;
    return false;
  }
  c->listed[c->n_listed].room = room;
  memcpy(c->listed[c->n_listed++].n, n, sizeof c->listed->n);
  return true;
}

static int compare_room(const void *left, const void *right)
{
  const struct rms_counts_point *a = left, *b = right;
  if (a->room != b->room) return a->room > b->room ? -1 : 1;
  return memcmp(a->n, b->n, sizeof a->n);
}

/* All N of that cost that nothing refutes, those with most room first. */
static void list_candidates(struct rms_counts *c, int64_t cost)
{
  c->n_listed = 0;
  c->is_cut = false;
  rms_counts_visit(c, cost, keep_candidate);
  qsort(c->listed, c->n_listed, sizeof *c->listed, compare_room);
}

/* ---- the master problem: prices that refute N ---- */

static int new_column(glp_prob *lp, double most)
{
  const int j = glp_add_cols(lp, 1);
  glp_set_col_bnds(lp, j, isinf(most) ? GLP_LO : GLP_DB, 0, isinf(most) ? 0 : most);
  return j;
}

static void add_cut_rows(struct rms_counts *c, size_t i)
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
static double unit_of(const struct rms_counts *c)
{
  return fmax(1, (double)c->p->bound / (double)c->p->options.denominator);
}

static void add_plane(struct rms_counts *c, const struct rms_price_step *step)
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

static void build_master(struct rms_counts *c)
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
static void set_budget(struct rms_counts *c, const int64_t *n)
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
  glp_set_row_bnds(c->lp, c->budget_row, GLP_UP, 0, (double)rms_counts_cost(c, n) / unit);
}

/* False: the simplex gave up. *top: most that F can be, in units of cost. */
static bool solve_master(struct rms_counts *c, double *w, double *top)
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

static size_t vector_at(const struct rms_counts *c, const struct rms_price_point *point)
{
  size_t j = 0;
  while (j < c->n_vectors &&
         memcmp(c->p->steps[c->vectors[j].step].point.w, point->w, sizeof point->w) != 0)
    j++;
  return j;
}

int rms_counts_evaluate(struct rms_counts *c, const struct rms_price_point *point, size_t *at,
                        bool *is_new)
{
  struct rms_prices *p = c->p;
  *is_new = false;
  *at = vector_at(c, point);
  if (*at < c->n_vectors) return RMS_OK;
  int status = rms_prices_visit(p, point, is_new);
  if (status < 0 || !*is_new) return status;
  status = rms_counts_add(c, p->n_steps - 1, p->steps[p->n_steps - 1].value);
  if (status >= 0) add_plane(c, &p->steps[p->n_steps - 1]);
  return status;
}

/* Prices in cost units. */
static int visit(struct rms_counts *c, const double *w, bool *is_new)
{
  struct rms_price_point point = {0};
  const double d = (double)c->p->options.denominator;
  size_t at;
  for (size_t k = 0; k < c->p->inst->n_kinds; k++)
    point.w[k] = c->p->is_open[k] ? llround(fmax(0, w[k]) * d) : 0;
  return rms_counts_evaluate(c, &point, &at, is_new);
}

/* Look for prices that refute N, or leave it little slack. *verdict REFUTED: there are some. The
 * vector that leaves least: *tightest. */
static int price_candidate(struct rms_counts *c, const int64_t *n, enum verdict *verdict,
                           size_t *tightest)
{
  const struct rms_prices *p = c->p;
  const double cost = (double)rms_counts_cost(c, n);
  double top_w[RMS_SERVE_KINDS_MAX], w[RMS_SERVE_KINDS_MAX], top;
  *verdict = REFUTED;
  double room = rms_counts_room(c, n, tightest);
  set_budget(c, n);
  for (int i = 0; i < STEPS_MAX && room >= 0 && !p->is_stopped; i++) {
    bool is_new;
    if (!solve_master(c, top_w, &top)) break;
    /* what could still be gained: nothing, or little against the slack that stays */
    const double least = cost - top, now = room * cost;
    if (now - least <= 1e-7 * cost || (least > 0 && now - least < 0.02 * now)) break;
    const struct rms_price_point *best = &p->steps[c->vectors[*tightest].step].point;
    const double scale =
        cost / fmax(1e-300, (double)rms_counts_worth(c, &c->vectors[*tightest], n));
    for (size_t k = 0; k < p->inst->n_kinds; k++)
      w[k] = i % 2 ? top_w[k] : (top_w[k] + (double)best->w[k] * scale) / 2;
    int status = visit(c, w, &is_new);
    if (status >= 0 && !is_new && i % 2 == 0) status = visit(c, top_w, &is_new);
    if (status < 0) return status;
    if (!is_new) break;
    room = rms_counts_room(c, n, tightest);
  }
  if (room >= 0) *verdict = ALIVE;
  return RMS_OK;
}

/* ---- the core search of one candidate ---- */

static void add_forms(const struct rms_counts *c, const int64_t *n, struct rms_core_goal *goal)
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
      test->limit = (rms_wide) class->forms.divisor[f] * machines;
    }
  }
  goal->n_keys = goal->n_tests;
}

static void add_price_test(const struct rms_counts *c, const struct rms_counts_vector *v,
                           const int64_t *n, struct rms_core_goal *goal)
{
  struct rms_core_test *test = &goal->tests[goal->n_tests++];
  for (size_t i = 0; i < goal->n_dimensions; i++)
    test->coefficient[i] = c->p->steps[v->step].point.w[goal->kind_of[i]];
  test->limit = rms_counts_worth(c, v, n);
}

static void add_price_tests(const struct rms_counts *c, const int64_t *n,
                            struct rms_core_goal *goal)
{
  size_t tests[RMS_COUNTS_TESTS], most = RMS_CORE_TESTS_MAX - goal->n_tests;
  const size_t n_tests =
      rms_counts_tests(c, n, most < RMS_COUNTS_TESTS ? most : RMS_COUNTS_TESTS, tests);
  for (size_t t = 0; t < n_tests; t++) add_price_test(c, &c->vectors[tests[t]], n, goal);
}

/* The multipliers of the last master say which steps a plan with N machines is made of. */
static void take_weights(struct rms_counts *c)
{
  for (size_t j = 0; j < c->p->n_steps; j++) c->p->steps[j].weight = 0;
  for (size_t j = 0; j < c->n_vectors; j++)
    c->p->steps[c->vectors[j].step].weight = fabs(glp_get_row_dual(c->lp, c->first_plane + (int)j));
}

static const double prices_of_error[] = {1e5, 1e2, 1e8}; /* of the roundings to begin with */

/* An rms_core_end or a negative status. */
static int search_candidate(struct rms_counts *c, const int64_t *n, size_t tightest, int effort,
                            bool *is_joint)
{
  struct rms_prices *p = c->p;
  int64_t total[RMS_SERVE_KINDS_MAX];
  struct rms_core_goal goal = {.transitions = effort ? 200000000 : 2000000};
  const struct rms_counts_vector v = c->vectors[tightest]; /* they move when more are found */
  const double room = rms_counts_room_under(&v, c, n);
  memcpy(goal.price, p->steps[v.step].point.w, p->inst->n_kinds * sizeof *goal.price);
  goal.slack = rms_counts_worth(c, &v, n) - v.value;
  add_forms(c, n, &goal);
  add_price_tests(c, n, &goal);
  take_weights(c);
  int end = RMS_CORE_CUT_SHORT;
  for (int i = 0; i <= 2 * effort && end == RMS_CORE_CUT_SHORT && !p->is_stopped; i++) {
    rms_prices_round(p, prices_of_error[i], total);
    end = rms_prices_descend(p, &goal, effort ? 4000 : 400);
  }
  if (end == RMS_CORE_CUT_SHORT && !p->is_stopped) end = rms_counts_join(c, n, room, &goal, effort);
  *is_joint = end == RMS_CORE_NONE;
  const int last = effort ? RMS_CORE_ALL : RMS_CORE_QUICK;
  for (int i = effort ? RMS_CORE_AROUND : RMS_CORE_NEAR;
       i <= last && end == RMS_CORE_CUT_SHORT && !p->is_stopped; i++)
    end = rms_prices_core(p, &goal, i);
  return end;
}

static int close_candidate(struct rms_counts *c, const int64_t *n, bool is_joint)
{
  int status = rms_grow(&c->closed, &c->closed_capacity, c->n_closed + 1, sizeof *c->closed);
  if (status < 0) return status;
  memset(&c->closed[c->n_closed], 0, sizeof *c->closed);
  c->closed[c->n_closed].is_joint = is_joint;
  memcpy(c->closed[c->n_closed++].n, n, sizeof c->closed->n);
  return RMS_OK;
}

/* ---- costs from the bound upwards ---- */

enum level_end { LEVEL_IMPOSSIBLE, LEVEL_OPEN, LEVEL_FOUND };

static int try_level(struct rms_counts *c, int64_t cost, int effort)
{
  struct rms_prices *p = c->p;
  bool is_open = false;
  list_candidates(c, cost);
  is_open = c->is_cut;
  for (size_t i = 0; i < c->n_listed && !p->is_stopped; i++) {
    const int64_t *n = c->listed[i].n;
    enum verdict verdict;
    bool is_joint = false;
    size_t tightest;
    int status = price_candidate(c, n, &verdict, &tightest);
    if (status < 0) return status;
    if (verdict == REFUTED || p->is_stopped) continue;
    status = search_candidate(c, n, tightest, effort, &is_joint);
    if (status < 0) return status;
    if (status == RMS_CORE_FOUND) return LEVEL_FOUND;
    if (status == RMS_CORE_NONE)
      status = close_candidate(c, n, is_joint);
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

static int search_levels(struct rms_counts *c, int effort)
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

static void order_pools(struct rms_counts *c)
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
static int take_steps(struct rms_counts *c)
{
  const struct rms_prices *p = c->p;
  int status = RMS_OK;
  for (size_t j = 0; j < p->n_steps && status >= 0; j++) {
    rms_wide value = p->steps[j].value;
    for (size_t q = 0; q < p->inst->n_pools; q++)
      if (p->inst->pools[q].count > 0)
        value += (rms_wide)p->steps[j].point.u[q] * p->inst->pools[q].count;
    status = rms_counts_add(c, j, value);
  }
  return status;
}

int rms_counts_new(struct rms_prices *p, struct rms_counts **result)
{
  struct rms_counts *c = calloc(1, sizeof *c);
  if (!c) return RMS_E_NOMEM;
  c->p = p;
  order_pools(c);
  c->listed = malloc(RMS_COUNTS_LISTED_MAX * sizeof *c->listed);
  const int status = c->listed ? take_steps(c) : RMS_E_NOMEM;
  if (status < 0) {
    rms_counts_free(c);
    return status;
  }
  build_master(c);
  *result = c;
  return RMS_OK;
}

void rms_counts_free(struct rms_counts *c)
{
  if (!c) return;
  if (c->lp) glp_delete_prob(c->lp);
  free(c->rows);
  free(c->closed);
  free(c->vectors);
  free(c->listed);
  free(c);
}

int rms_counts_search(struct rms_counts *c, int effort)
{
  rms_prices_hold(c->p);
  int status = search_levels(c, effort);
  if (status >= 0) status = rms_counts_prove(c);
  if (status >= 0) status = rms_prices_release(c->p);
  return status;
}
