/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Stocks that are too short. With all costs 0, prices w and stock prices u under which no cut of a
 * machine of pool p is worth more than u(p) (0 where there is no limit) prove that nothing meets
 * the demands when
 *
 *   sum over services of K_i(w)  >  sum over limited pools of u(p) count(p):
 *
 * the slices that the services need are worth more than all machines in stock. Such a ray is looked
 * for by cutting planes like the dual itself; the planes of the dual's steps hold here as well. */
#include <glpk.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "solvers/serve/prices.h"

enum { POLL = 256, STEPS = 400 };
#define SCALE     1e12 /* integers per unit of a stock price */
#define TOLERANCE 1e-9

struct ray {
  struct rms_prices *p;
  glp_prob *lp; /* columns 1-based; 0: none */
  int kind[RMS_SERVE_KINDS_MAX], stock[RMS_SERVE_POOLS_MAX], value;
  bool is_free[RMS_SERVE_KINDS_MAX]; /* held by a pool without limit: worth nothing */
  double machines;                   /* in stock, all pools */
  int64_t total[RMS_SERVE_KINDS_MAX];
};

/* ---- integers ---- */

/* The least stock prices that make these prices legal. */
static void set_stock_prices(const struct ray *r, struct rms_price_point *point)
{
  const struct rms_serve *inst = r->p->inst;
  for (size_t q = 0; q < inst->n_pools; q++)
    point->u[q] = inst->pools[q].count > 0 ? (int64_t)rms_prices_dearest(r->p, q, point->w) : 0;
}

/* What the services need is worth, beyond what the stock is. Totals into r->total. */
static rms_wide excess(struct ray *r, const struct rms_price_point *point)
{
  struct rms_prices *p = r->p;
  const struct rms_serve *inst = p->inst;
  const struct rms_cover_prices prices = {.n_kinds = inst->n_kinds,
                                          .price = point->w,
                                          .is_open = p->is_open,
                                          .node_limit = p->options.nodes};
  int64_t y[RMS_SERVE_KINDS_MAX];
  rms_wide sum = 0;
  memset(r->total, 0, sizeof r->total);
  for (size_t s = 0; s < inst->n_services && !p->is_stopped; s++) {
    rms_wide value;
    rms_cover_solve(&prices, inst->throughput + s * inst->n_kinds, inst->services[s].demand, y,
                    &value);
    sum += value;
    for (size_t k = 0; k < inst->n_kinds; k++) r->total[k] += y[k];
    if (s % POLL == POLL - 1) rms_prices_tick(p, POLL);
  }
  rms_prices_tick(p, inst->n_services % POLL);
  for (size_t q = 0; q < inst->n_pools; q++)
    if (inst->pools[q].count > 0) sum -= (rms_wide)point->u[q] * inst->pools[q].count;
  return p->is_stopped ? 0 : sum;
}

/* ---- the master ---- */

static void add_row(glp_prob *lp, double high, int n, const int *index, const double *value)
{
  const int row = glp_add_rows(lp, 1);
  glp_set_row_bnds(lp, row, GLP_UP, 0, high);
  glp_set_mat_row(lp, row, n, index, value);
}

static int add_column(glp_prob *lp, double high, double objective)
{
  const int j = glp_add_cols(lp, 1);
  glp_set_col_bnds(lp, j, high > 0 ? GLP_DB : GLP_FX, 0, high);
  glp_set_obj_coef(lp, j, objective);
  return j;
}

/* No cut is worth more than the stock price of its pool. */
static void add_pool(struct ray *r, size_t q)
{
  const struct rms_serve *inst = r->p->inst;
  const struct rms_serve_pool *pool = &inst->pools[q];
  for (size_t c = 0; c < pool->n_cuts; c++) {
    int index[RMS_SERVE_KINDS_MAX + 2], n = 0;
    double value[RMS_SERVE_KINDS_MAX + 2];
    for (size_t k = 0; k < inst->n_kinds; k++)
      if (pool->cuts[c].count[k]) {
        index[++n] = r->kind[k];
        value[n] = pool->cuts[c].count[k];
      }
    index[++n] = r->stock[q];
    value[n] = -1;
    add_row(r->lp, 0, n, index, value);
  }
}

/* value <= Z . w, per machine in stock. */
static void add_plane(struct ray *r, const int64_t *total)
{
  int index[RMS_SERVE_KINDS_MAX + 2] = {0, r->value}, n = 1;
  double value[RMS_SERVE_KINDS_MAX + 2] = {0, 1};
  for (size_t k = 0; k < r->p->inst->n_kinds; k++)
    if (total[k]) {
      index[++n] = r->kind[k];
      value[n] = -(double)total[k] / r->machines;
    }
  add_row(r->lp, 0, n, index, value);
}

static void build(struct ray *r)
{
  const struct rms_prices *p = r->p;
  const struct rms_serve *inst = p->inst;
  r->lp = glp_create_prob();
  glp_set_obj_dir(r->lp, GLP_MAX);
  for (size_t k = 0; k < inst->n_kinds; k++)
    r->kind[k] = add_column(r->lp, p->is_open[k] && !r->is_free[k] ? 1 : 0, 0);
  for (size_t q = 0; q < inst->n_pools; q++)
    if (inst->pools[q].count > 0)
      r->stock[q] = add_column(r->lp, 1, -(double)inst->pools[q].count / r->machines);
  r->value = glp_add_cols(r->lp, 1);
  glp_set_col_bnds(r->lp, r->value, GLP_LO, 0, 0);
  glp_set_obj_coef(r->lp, r->value, 1);
  for (size_t q = 0; q < inst->n_pools; q++)
    if (inst->pools[q].count > 0) add_pool(r, q);
  for (size_t j = 0; j < p->n_steps; j++) add_plane(r, p->steps[j].total);
}

/* False: no ray is left, or the simplex gave up. */
static bool solve_master(struct ray *r, struct rms_price_point *point)
{
  glp_smcp control;
  glp_init_smcp(&control);
  control.msg_lev = GLP_MSG_OFF;
  control.meth = GLP_DUALP;
  if (glp_simplex(r->lp, &control) != 0 || glp_get_status(r->lp) != GLP_OPT) return false;
  if (glp_get_obj_val(r->lp) <= TOLERANCE) return false;
  for (size_t k = 0; k < r->p->inst->n_kinds; k++)
    point->w[k] = llround(fmax(0, glp_get_col_prim(r->lp, r->kind[k])) * SCALE);
  set_stock_prices(r, point);
  return true;
}

/* ---- the search ---- */

static int report_ray(struct rms_prices *p, const struct rms_price_point *point)
{
  rms_serve_plan_clear(&p->plan);
  int status = rms_prices_certify(p, point, 0, &p->plan.certificate);
  return status < 0 ? status : rms_prices_report_none(p);
}

/* The dual's best prices, with machines that cost nothing: enough when every pool is limited and
 * the dual's value is above the cost of everything in stock. */
static void last_prices(const struct ray *r, struct rms_price_point *point)
{
  const struct rms_prices *p = r->p;
  for (size_t k = 0; k < p->inst->n_kinds; k++)
    point->w[k] = r->is_free[k] ? 0 : p->steps[p->best_step].point.w[k];
  set_stock_prices(r, point);
}

static int search(struct ray *r)
{
  struct rms_price_point point = {0}, before = {0};
  last_prices(r, &point);
  if (excess(r, &point) > 0) return report_ray(r->p, &point);
  build(r);
  add_plane(r, r->total);
  for (int i = 0; i < STEPS && !r->p->is_stopped && solve_master(r, &point); i++) {
    if (!memcmp(&point, &before, sizeof point)) break;
    if (excess(r, &point) > 0) return report_ray(r->p, &point);
    add_plane(r, r->total);
    before = point;
  }
  return RMS_FEASIBLE;
}

int rms_prices_ray(struct rms_prices *p)
{
  const struct rms_serve *inst = p->inst;
  struct ray r = {.p = p};
  for (size_t q = 0; q < inst->n_pools; q++) {
    if (inst->pools[q].count > 0) r.machines += (double)inst->pools[q].count;
    for (size_t c = 0; inst->pools[q].count < 0 && c < inst->pools[q].n_cuts; c++)
      for (size_t k = 0; k < inst->n_kinds; k++)
        if (inst->pools[q].cuts[c].count[k]) r.is_free[k] = true;
  }
  if (r.machines <= 0 || p->n_steps == 0) return RMS_FEASIBLE;
  int outcome = search(&r);
  if (r.lp) glp_delete_prob(r.lp);
  return outcome;
}
