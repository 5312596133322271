/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The master problem: GLPK's simplex over a handful of prices. */
#include <glpk.h>
#include <math.h>
#include <stdlib.h>

#include "solvers/serve/prices.h"

/* Stock prices above this many times the dearest machine are a stock that is too short. */
#define STOCK_PRICE_MAX 1e4
/* Moves are at most this many units: what is further away comes in when the units have grown. */
#define MOVE_MAX 1e6
/* The units follow the gap in leaps of this size. */
#define LEAP 1e-3
/* A reach that holds prices up grows by this factor. */
#define REACH_GROWTH 4

struct rms_price_master { /* columns of GLPK, 1-based; 0: none */
  glp_prob *lp;
  int kind[RMS_SERVE_KINDS_MAX], stock[RMS_SERVE_POOLS_MAX], value;
  struct rms_price_point center;
  rms_wide base; /* value at the center */
  double unit;   /* of a move */
  double height; /* unit of the value column */
  int first_row; /* row of step 0 */
  size_t n_planes;
  double
      reach; /* of a price, how far from the best step prices are looked for; INFINITY: anywhere */
};

struct rms_price_master *rms_price_master_new(double reach)
{
  struct rms_price_master *m = calloc(1, sizeof *m);
  if (m) m->reach = reach;
  return m;
}

void rms_price_master_free(struct rms_price_master *m)
{
  if (m && m->lp) glp_delete_prob(m->lp);
  free(m);
}

/* ---- building ---- */

/* A move of a price that is `at` now, must not be negative, and is at most `most` units higher. */
static int new_move(const struct rms_price_master *m, int64_t at, double most, double cost)
{
  const int j = glp_add_cols(m->lp, 1);
  const double down = -fmin((double)at / m->unit, MOVE_MAX), up = fmin(most, MOVE_MAX);
  glp_set_col_bnds(m->lp, j, down < up ? GLP_DB : GLP_FX, down, up);
  glp_set_obj_coef(m->lp, j, cost);
  return j;
}

static void add_columns(struct rms_price_master *m, const struct rms_prices *p)
{
  const struct rms_serve *inst = p->inst;
  double dearest = 1;
  for (size_t k = 0; k < inst->n_kinds; k++) {
    m->kind[k] = new_move(m, m->center.w[k], p->is_open[k] ? MOVE_MAX : 0, 0);
    if (!p->is_open[k]) glp_set_col_bnds(m->lp, m->kind[k], GLP_FX, 0, 0);
  }
  for (size_t q = 0; q < inst->n_pools; q++) dearest = fmax(dearest, (double)inst->pools[q].cost);
  dearest *= (double)p->options.denominator;
  for (size_t q = 0; q < inst->n_pools; q++) {
    m->stock[q] = 0;
    if (inst->pools[q].count <= 0) continue;
    m->stock[q] = new_move(m, m->center.u[q],
                           (STOCK_PRICE_MAX * dearest - (double)m->center.u[q]) / m->unit, 0);
  }
  m->value = glp_add_cols(m->lp, 1);
  glp_set_col_bnds(m->lp, m->value, GLP_LO, 0, 0);
  glp_set_obj_coef(m->lp, m->value, 1);
}

/* No cut is worth more than its machine and the stock's price. Rows that no move reaches are left
 * out. */
static void add_cut_rows(struct rms_price_master *m, const struct rms_prices *p, size_t q)
{
  const struct rms_serve *inst = p->inst;
  const struct rms_serve_pool *pool = &inst->pools[q];
  const rms_wide limit = (rms_wide)p->options.denominator * pool->cost + m->center.u[q];
  for (size_t c = 0; c < pool->n_cuts && pool->count != 0; c++) {
    int index[RMS_SERVE_KINDS_MAX + 2], n = 0;
    double value[RMS_SERVE_KINDS_MAX + 2], reach = m->stock[q] ? MOVE_MAX : 0;
    rms_wide room = limit;
    for (size_t k = 0; k < inst->n_kinds; k++) {
      if (!pool->cuts[c].count[k]) continue;
      room -= (rms_wide)pool->cuts[c].count[k] * m->center.w[k];
      reach += MOVE_MAX * pool->cuts[c].count[k];
      index[++n] = m->kind[k];
      value[n] = pool->cuts[c].count[k];
    }
    if ((double)room / m->unit > reach) continue;
    if (m->stock[q]) {
      index[++n] = m->stock[q];
      value[n] = -1;
    }
    const int row = glp_add_rows(m->lp, 1);
    glp_set_row_bnds(m->lp, row, GLP_UP, 0, (double)room / m->unit);
    glp_set_mat_row(m->lp, row, n, index, value);
  }
}

/* value <= distance of the step's plane above the center + its slope . move */
static void add_plane(struct rms_price_master *m, const struct rms_prices *p,
                      const struct rms_price_step *step)
{
  const double slope = m->unit / m->height;
  int index[RMS_SERVE_KINDS_MAX + RMS_SERVE_POOLS_MAX + 2], n = 1;
  double value[RMS_SERVE_KINDS_MAX + RMS_SERVE_POOLS_MAX + 2];
  rms_wide above = -m->base;
  index[1] = m->value;
  value[1] = 1;
  for (size_t k = 0; k < p->inst->n_kinds; k++) {
    if (!step->total[k]) continue;
    above += (rms_wide)step->total[k] * m->center.w[k];
    index[++n] = m->kind[k];
    value[n] = -(double)step->total[k] * slope;
  }
  for (size_t q = 0; q < p->inst->n_pools; q++) {
    if (!m->stock[q]) continue;
    above -= (rms_wide)p->inst->pools[q].count * m->center.u[q];
    index[++n] = m->stock[q];
    value[n] = (double)p->inst->pools[q].count * slope;
  }
  const int row = glp_add_rows(m->lp, 1);
  glp_set_row_bnds(m->lp, row, GLP_UP, 0, (double)above / m->height);
  glp_set_mat_row(m->lp, row, n, index, value);
  m->n_planes++;
}

static void build(struct rms_price_master *m, const struct rms_prices *p, double height)
{
  const struct rms_price_step *best = &p->steps[p->best_step];
  double slices = 1;
  for (size_t k = 0; k < p->inst->n_kinds; k++) slices += (double)best->total[k];
  if (m->lp) glp_delete_prob(m->lp);
  m->lp = glp_create_prob();
  glp_set_obj_dir(m->lp, GLP_MAX);
  m->center = best->point;
  m->base = best->value;
  m->height = height;
  m->unit = height / slices;
  m->n_planes = 0;
  add_columns(m, p);
  for (size_t q = 0; q < p->inst->n_pools; q++) add_cut_rows(m, p, q);
  m->first_row = glp_get_num_rows(m->lp) + 1;
}

/* ---- solving ---- */

static bool run_simplex(glp_prob *lp)
{
  glp_smcp control;
  glp_init_smcp(&control);
  control.msg_lev = GLP_MSG_OFF;
  control.meth = GLP_DUALP;
  control.tol_bnd = control.tol_dj = 1e-9;
  return glp_simplex(lp, &control) == 0 && glp_get_status(lp) == GLP_OPT;
}

/* Near the best step only. Moves that the limits hold up show that the reach is too short. */
static void set_reach(struct rms_price_master *m, const struct rms_prices *p)
{
  const struct rms_price_point *best = &p->steps[p->best_step].point;
  for (size_t k = 0; k < p->inst->n_kinds && isfinite(m->reach); k++) {
    if (!p->is_open[k]) continue;
    const double at = (double)(best->w[k] - m->center.w[k]) / m->unit;
    const double far = fmax(1, m->reach * (double)best->w[k] / m->unit);
    const double down = fmax(-fmin((double)m->center.w[k] / m->unit, MOVE_MAX), at - far);
    const double up = fmin(MOVE_MAX, at + far);
    glp_set_col_bnds(m->lp, m->kind[k], down < up ? GLP_DB : GLP_FX, down, up);
  }
}

/* False: the reach holds a price up from above, or from below where it could fall further. */
static bool is_within_reach(const struct rms_price_master *m, size_t k, double move)
{
  const double low = glp_get_col_lb(m->lp, m->kind[k]), high = glp_get_col_ub(m->lp, m->kind[k]);
  const double blur = 1e-6 * fmax(1, high - low);
  const double zero = -(double)m->center.w[k] / m->unit;
  if (!isfinite(m->reach) || low >= high) return true;
  return move < high - blur && (move > low + blur || low <= zero + blur);
}

/* Prices at the optimum. *is_inside: no move was held up by the limit on moves. */
static void read_top(const struct rms_price_master *m, const struct rms_prices *p,
                     struct rms_price_real *top, bool *is_inside)
{
  *is_inside = true;
  for (size_t k = 0; k < p->inst->n_kinds; k++) {
    const double move = glp_get_col_prim(m->lp, m->kind[k]);
    top->w[k] = (double)m->center.w[k] + move * m->unit;
    if (fabs(move) >= MOVE_MAX * (1 - 1e-6) || !is_within_reach(m, k, move)) *is_inside = false;
  }
  for (size_t q = 0; q < p->inst->n_pools; q++) {
    const double move = m->stock[q] ? glp_get_col_prim(m->lp, m->stock[q]) : 0;
    top->u[q] = (double)m->center.u[q] + move * m->unit;
    if (fabs(move) >= MOVE_MAX * (1 - 1e-6)) *is_inside = false;
  }
}

bool rms_price_master_solve(struct rms_price_master *m, struct rms_prices *p,
                            struct rms_price_real *top)
{
  const double d = (double)p->options.denominator;
  bool is_inside;
  if (!m->lp)
    build(m, p, fmax(d, (double)p->bound));
  else if (p->gap * d < LEAP * m->height)
    build(m, p, fmax(1, p->gap * d));
  while (m->n_planes < p->n_steps) add_plane(m, p, &p->steps[m->n_planes]);
  set_reach(m, p);
  if (!run_simplex(m->lp)) return false;
  read_top(m, p, top, &is_inside);
  if (!is_inside) m->reach *= REACH_GROWTH;
  if (is_inside)
    p->gap = fmax(0, (glp_get_obj_val(m->lp) * m->height - (double)(p->bound - m->base)) / d);
  for (size_t j = 0; j < p->n_steps; j++)
    p->steps[j].weight = fabs(glp_get_row_dual(m->lp, m->first_row + (int)j));
  return true;
}
