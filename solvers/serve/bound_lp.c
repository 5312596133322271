/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bound_lp.c - the linear relaxation of the compact integer program
 *
 *   minimise sum cost(p) x(p,c)   such that   sum over k of rate(i,k) y(i,k) >= demand(i)
 *   sum over i of y(i,k) <= sum n(c,k) x(p,c)       sum over c of x(p,c) <= count(p)
 *
 * solved from its dual, which has one variable per kind instead of one per service and kind:
 * maximise over prices w, v the function of dual.h. It is concave and piecewise linear, so it is
 * approached by cutting planes (Kelley) over groups of services, with GLPK's simplex on the small
 * master problem. Each step queries the master's optimum and a point half way to the best prices so
 * far, which damps the first steps. Every query gives prices, and repaired prices are a proof: the
 * bound that is reported is never the master's.
 *
 * The same with all costs 0 (a ray) proves that stocks are too short; it is tried first when a pool
 * is limited. */
#include <glpk.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "instances/base/memory.h"
#include "solvers/params.h"
#include "solvers/serve/dual.h"
#include "solvers/serve/greedy.h"

enum { GROUPS_MAX = 64, DAMPED = 2 };
#define RAY_TOLERANCE 1e-9

static const struct rms_param params[] = {
    {.name = "steps",
     .type = RMS_P_INT,
     .dflt = "2000",
     .range = "[1,1e6]",
     .scale = "log",
     .unit = "1",
     .doc = "Largest number of price steps; also the unit of work."},
    {.name = "gap",
     .type = RMS_P_REAL,
     .dflt = "1e-10",
     .range = "[1e-15,1]",
     .scale = "log",
     .unit = "1",
     .doc = "Stop when the master's value is within this relative distance of the bound."},
    {0}};

struct lp_bound {
  const struct rms_serve *inst;
  int64_t steps;
  double gap;
  size_t n_groups;
  bool is_cut[RMS_SERVE_KINDS_MAX];
  uint64_t work;
};

struct master { /* columns of GLPK, 1-based; 0: none */
  const struct lp_bound *bound;
  glp_prob *prob;
  enum rms_dual_use use;
  double unit; /* costs are divided by it */
  int kind[RMS_SERVE_KINDS_MAX], stock[RMS_SERVE_POOLS_MAX], group[GROUPS_MAX];
  double size[GROUPS_MAX]; /* a group's column is in these units */
  double best, best_w[RMS_SERVE_KINDS_MAX];
  struct rms_dual_prices best_prices;
};

/* ---- the function ---- */

struct cut { /* supporting plane of one group's share: value = sum slices(k) w(k) */
  double slices[RMS_SERVE_KINDS_MAX];
};

static size_t group_of(const struct lp_bound *bound, size_t s)
{
  return s % bound->n_groups;
}

/* Slices that the services of each group buy at prices w, cheapest kind first, lowest kind on ties.
 */
static void buy(const struct lp_bound *bound, const double *w, struct cut *cuts)
{
  const struct rms_serve *inst = bound->inst;
  memset(cuts, 0, bound->n_groups * sizeof *cuts);
  for (size_t s = 0; s < inst->n_services; s++) {
    double least = INFINITY;
    size_t kind = 0;
    for (size_t k = 0; k < inst->n_kinds; k++) {
      const int64_t rate = rms_serve_rate(inst, s, k);
      if (rate == 0 || !bound->is_cut[k] || !(w[k] / (double)rate < least)) continue;
      least = w[k] / (double)rate;
      kind = k;
    }
    cuts[group_of(bound, s)].slices[kind] +=
        (double)inst->services[s].demand / (double)rms_serve_rate(inst, s, kind);
  }
}

/* ---- the master problem ---- */

static int new_column(glp_prob *prob, double low, double high, double objective)
{
  const int j = glp_add_cols(prob, 1);
  glp_set_col_bnds(prob, j, high > low ? GLP_DB : GLP_FX, low, high);
  glp_set_obj_coef(prob, j, objective);
  return j;
}

static void new_row(glp_prob *prob, double high, int n, const int *index, const double *value)
{
  const int i = glp_add_rows(prob, 1);
  glp_set_row_bnds(prob, i, GLP_UP, 0, high);
  glp_set_mat_row(prob, i, n, index, value);
}

static bool has_stock_price(const struct rms_serve_pool *pool)
{
  return pool->count > 0;
}

/* Sum n w - v <= cost for every cut of the pool. */
static void add_pool(struct master *master, size_t p)
{
  const struct rms_serve *inst = master->bound->inst;
  const struct rms_serve_pool *pool = &inst->pools[p];
  const double cost = master->use == RMS_DUAL_RAY ? 0 : (double)pool->cost / master->unit;
  for (size_t c = 0; c < pool->n_cuts; c++) {
    int index[RMS_SERVE_KINDS_MAX + 2];
    double value[RMS_SERVE_KINDS_MAX + 2];
    int n = 0;
    for (size_t k = 0; k < inst->n_kinds; k++)
      if (pool->cuts[c].count[k] > 0) {
        index[++n] = master->kind[k];
        value[n] = pool->cuts[c].count[k];
      }
    if (has_stock_price(pool)) {
      index[++n] = master->stock[p];
      value[n] = -1;
    }
    new_row(master->prob, cost, n, index, value);
  }
}

/* Only what all stock prices together may be keeps a ray finite. */
static void add_norm(struct master *master)
{
  int index[RMS_SERVE_POOLS_MAX + 1];
  double value[RMS_SERVE_POOLS_MAX + 1];
  int n = 0;
  for (size_t p = 0; p < master->bound->inst->n_pools; p++)
    if (master->stock[p] > 0) {
      index[++n] = master->stock[p];
      value[n] = 1;
    }
  new_row(master->prob, 1, n, index, value);
}

static void add_cut(struct master *master, size_t group, const struct cut *cut)
{
  int index[RMS_SERVE_KINDS_MAX + 2];
  double value[RMS_SERVE_KINDS_MAX + 2];
  int n = 1;
  index[1] = master->group[group];
  value[1] = 1;
  for (size_t k = 0; k < master->bound->inst->n_kinds; k++)
    if (cut->slices[k] > 0) {
      index[++n] = master->kind[k];
      value[n] = -cut->slices[k] / master->size[group];
    }
  new_row(master->prob, 0, n, index, value);
}

static double group_value(const struct rms_serve *inst, const struct cut *cut, const double *w)
{
  double sum = 0;
  for (size_t k = 0; k < inst->n_kinds; k++) sum += cut->slices[k] * w[k];
  return sum;
}

/* Columns: prices, stock prices, the groups' values in units of what they are at uniform prices. */
static void build_master(struct master *master, const double *start, const struct cut *cuts)
{
  const struct lp_bound *bound = master->bound;
  const struct rms_serve *inst = bound->inst;
  const double most = master->use == RMS_DUAL_RAY ? 1 : 256;
  double total = 0;
  for (size_t g = 0; g < bound->n_groups; g++) {
    master->size[g] = fmax(group_value(inst, &cuts[g], start), 1e-30);
    total += master->size[g];
  }
  master->prob = glp_create_prob();
  glp_set_obj_dir(master->prob, GLP_MAX);
  for (size_t k = 0; k < inst->n_kinds; k++) {
    master->kind[k] = new_column(master->prob, 0, bound->is_cut[k] ? most : 0, 0);
  }
  for (size_t p = 0; p < inst->n_pools; p++)
    if (has_stock_price(&inst->pools[p]))
      master->stock[p] =
          new_column(master->prob, 0, 64 * most, -(double)inst->pools[p].count / total);
  for (size_t g = 0; g < bound->n_groups; g++) {
    master->group[g] = glp_add_cols(master->prob, 1);
    glp_set_col_bnds(master->prob, master->group[g], GLP_FR, 0, 0);
    glp_set_obj_coef(master->prob, master->group[g], master->size[g] / total);
  }
  for (size_t p = 0; p < inst->n_pools; p++)
    if (inst->pools[p].count != 0) add_pool(master, p);
  if (master->use == RMS_DUAL_RAY) add_norm(master);
  for (size_t g = 0; g < bound->n_groups; g++) add_cut(master, g, &cuts[g]);
}

/* The master's prices and value (an upper bound up to rounding). False: GLPK gave up. */
static bool solve_master(struct master *master, double *w, double *value)
{
  const struct rms_serve *inst = master->bound->inst;
  glp_smcp options;
  glp_init_smcp(&options);
  options.msg_lev = GLP_MSG_OFF;
  options.meth = GLP_DUALP;
  double total = 0;
  if (glp_simplex(master->prob, &options) != 0 || glp_get_status(master->prob) != GLP_OPT)
    return false;
  for (size_t g = 0; g < master->bound->n_groups; g++) total += master->size[g];
  for (size_t k = 0; k < inst->n_kinds; k++)
    w[k] = fmax(0, glp_get_col_prim(master->prob, master->kind[k]));
  *value = glp_get_obj_val(master->prob) * total;
  return true;
}

/* ---- the steps ---- */

/* Prove what the prices prove; add the planes that cut the master's point off. Returns their
 * number. */
static size_t query(struct master *master, const double *w, struct cut *cuts)
{
  const struct lp_bound *bound = master->bound;
  const struct rms_serve *inst = bound->inst;
  struct rms_dual_prices prices;
  double scaled[RMS_SERVE_KINDS_MAX];
  size_t added = 0;
  for (size_t k = 0; k < inst->n_kinds; k++) scaled[k] = w[k] * master->unit;
  rms_dual_repair(inst, scaled, master->use, &prices);
  const double value = rms_dual_value(inst, &prices, NULL);
  if (value > master->best) {
    master->best = value;
    master->best_prices = prices;
    memcpy(master->best_w, w, inst->n_kinds * sizeof *w);
  }
  buy(bound, w, cuts);
  for (size_t g = 0; g < bound->n_groups; g++) {
    const double now = glp_get_col_prim(master->prob, master->group[g]) * master->size[g];
    double at_point = 0;
    for (size_t k = 0; k < inst->n_kinds; k++)
      at_point += cuts[g].slices[k] * fmax(0, glp_get_col_prim(master->prob, master->kind[k]));
    if (now <= at_point + 1e-12 * fmax(1, fabs(at_point))) continue;
    add_cut(master, g, &cuts[g]);
    added++;
  }
  return added;
}

static bool is_done(const struct master *master, double upper)
{
  if (master->use == RMS_DUAL_RAY) return master->best > 0 || upper <= RAY_TOLERANCE;
  return upper * master->unit - master->best <= master->bound->gap * fmax(1, master->best);
}

static int climb(struct lp_bound *bound, struct master *master, struct cut *cuts,
                 const struct rms_host *host)
{
  const struct rms_serve *inst = bound->inst;
  double w[RMS_SERVE_KINDS_MAX], half[RMS_SERVE_KINDS_MAX];
  double upper = INFINITY, told = 0;
  for (int64_t step = 0; step < bound->steps; step++) {
    if (host->should_stop(host->ctx, bound->work)) return 1;
    if (!solve_master(master, w, &upper)) {
      host->log(host->ctx, 2, "the simplex gave up after %" PRId64 " price steps", step);
      return 0;
    }
    bound->work++;
    size_t added = query(master, w, cuts);
    for (size_t k = 0; k < inst->n_kinds; k++) half[k] = (w[k] + master->best_w[k]) / 2;
    if (!is_done(master, upper)) added += query(master, half, cuts);
    if (master->use != RMS_DUAL_RAY && master->best > told * (1 + 1e-4)) {
      told = master->best;
      const int status = rms_serve_report_bound(host, told, bound->work);
      if (status != 0) return status;
    }
    if (is_done(master, upper) || added == 0) return 0;
  }
  return 0;
}

static int run(struct lp_bound *bound, struct master *master, enum rms_dual_use use,
               const struct rms_host *host)
{
  double start[RMS_SERVE_KINDS_MAX];
  struct cut *cuts = calloc(bound->n_groups, sizeof *cuts);
  if (cuts == NULL) return RMS_E_NOMEM;
  *master = (struct master){.bound = bound, .use = use, .unit = 1};
  for (size_t p = 0; use != RMS_DUAL_RAY && p < bound->inst->n_pools; p++)
    master->unit = fmax(master->unit, (double)bound->inst->pools[p].cost);
  rms_dual_uniform(bound->inst, false, start);
  for (size_t k = 0; k < bound->inst->n_kinds; k++) start[k] /= master->unit;
  buy(bound, start, cuts);
  build_master(master, start, cuts);
  memcpy(master->best_w, start, sizeof start);
  const int status = climb(bound, master, cuts, host);
  glp_delete_prob(master->prob);
  free(cuts);
  return status;
}

static void log_short_stocks(const struct master *ray, const struct rms_host *host)
{
  const struct rms_serve *inst = ray->bound->inst;
  for (size_t p = 0; p < inst->n_pools; p++)
    if (ray->best_prices.stock[p] > 0)
      host->log(host->ctx, 1, "the stock of pool %s (%" PRId64 ") is too short",
                inst->pools[p].name, inst->pools[p].count);
}

static int solve_bound(void *self, const struct rms_host *host)
{
  struct lp_bound *bound = self;
  struct master master;
  bool is_limited = false;
  bound->work = 0;
  if (rms_serve_log_unservable(host, bound->inst)) return RMS_INFEASIBLE;
  for (size_t p = 0; p < bound->inst->n_pools; p++)
    is_limited = is_limited || has_stock_price(&bound->inst->pools[p]);
  glp_term_out(GLP_OFF);
  int status = is_limited ? run(bound, &master, RMS_DUAL_RAY, host) : 0;
  if (status != 0) return status < 0 ? status : RMS_STOPPED;
  if (is_limited && master.best > 0) {
    log_short_stocks(&master, host);
    return RMS_INFEASIBLE;
  }
  status = run(bound, &master, RMS_DUAL_STOCK, host);
  if (status < 0) return status;
  const int told = rms_serve_report_bound(host, master.best, bound->work);
  if (told < 0) return told;
  return status > 0 ? RMS_STOPPED : RMS_FEASIBLE;
}

static int open_bound(void **self, const struct rms_instance *inst, const char *const *values)
{
  struct lp_bound *bound = calloc(1, sizeof *bound);
  if (bound == NULL) return RMS_E_NOMEM;
  bound->inst = rms_serve_of(inst);
  bound->steps = rms_value_int(params, values, "steps");
  bound->gap = rms_value_real(params, values, "gap");
  bound->n_groups = bound->inst->n_services < GROUPS_MAX ? bound->inst->n_services : GROUPS_MAX;
  rms_dual_kinds(bound->inst, bound->is_cut);
  *self = bound;
  return RMS_OK;
}

static void close_bound(void *self)
{
  free(self);
}

const struct rms_solver rms_solver_serve_bound_lp = {
    .abi = RMS_SOLVER_ABI,
    .size = sizeof(struct rms_solver),
    .name = "bound-lp",
    .version = "1.0",
    .doc = "Lower bound from the linear relaxation of the compact integer program, proved in "
           "integers.",
    .citation = NULL,
    .family = "serve",
    .flags = RMS_BOUND | RMS_ANYTIME | RMS_DETERMINISTIC | RMS_FOREIGN_ALLOC,
    .params = params,
    .supports = rms_greedy_supports,
    .open = open_bound,
    .solve = solve_bound,
    .close = close_bound};
