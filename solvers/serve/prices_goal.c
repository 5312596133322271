/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the core search of one pool looks for, first as the dual left it, then refined.
 *
 * Refined: at the dual's optimum few forms are tight, and the best prices are a combination of
 * these. Written as one exactly, in integers, they say nothing that the tight forms do not say. So
 * the other forms may be left out at first: patterns and states that differ in them alone are one,
 * where there is nothing without them there is nothing, and a plan that breaks one brings it in.
 *
 * Services whose patterns tie at the best prices have long lists. Prices that leave the best ones
 * along an edge, where all ties persist but one, confine the service of that tie to a short piece
 * of its list. */
#include <glpk.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "solvers/serve/prices.h"

enum { TRANSITIONS_MAX = 20000000 /* of one core */, STEP_TESTS = 5 };

/* ---- as the dual left it ---- */

/* One step's prices: machines . worth of a cut, with a stock price the pool's cost plus that price.
 */
static void add_step_test(const struct rms_prices *p, const struct rms_price_step *step,
                          int64_t machines, struct rms_core_goal *goal)
{
  struct rms_core_test *test = &goal->tests[goal->n_tests++];
  *test = (struct rms_core_test){0};
  for (size_t i = 0; i < goal->n_dimensions; i++)
    test->coefficient[i] = step->point.w[goal->kind_of[i]];
  test->limit =
      ((rms_wide)p->options.denominator * p->inst->pools[0].cost + step->point.u[0]) * machines;
}

static void add_form(const struct rms_prices *p, size_t f, int64_t machines,
                     struct rms_core_goal *goal)
{
  struct rms_core_test *test = &goal->tests[goal->n_tests++];
  *test = (struct rms_core_test){.limit = (rms_wide)p->forms.divisor[f] * machines};
  for (size_t i = 0; i < goal->n_dimensions; i++) test->coefficient[i] = p->forms.weight[f][i];
}

/* The last steps that carry weight bind in other directions. */
static void add_step_tests(const struct rms_prices *p, int64_t machines, struct rms_core_goal *goal)
{
  for (size_t j = p->n_steps, n = 1; j-- > 0 && n < STEP_TESTS;)
    if (j != p->best_step && p->steps[j].weight > 0) {
      add_step_test(p, &p->steps[j], machines, goal);
      n++;
    }
}

bool rms_prices_goal(const struct rms_prices *p, int64_t target, struct rms_core_goal *goal)
{
  const int64_t machines = target / p->inst->pools[0].cost;
  *goal = (struct rms_core_goal){.n_dimensions = p->forms.n_dimensions,
                                 .transitions = TRANSITIONS_MAX,
                                 .slack = (rms_wide)p->options.denominator * target - p->bound};
  memcpy(goal->kind_of, p->kind_of, p->forms.n_dimensions * sizeof *goal->kind_of);
  memcpy(goal->price, p->steps[p->best_step].point.w, p->inst->n_kinds * sizeof *goal->price);
  if (p->forms.n_forms > RMS_CORE_TESTS_MAX - STEP_TESTS) return false;
  for (size_t f = 0; f < p->forms.n_forms; f++) add_form(p, f, machines, goal);
  goal->n_keys = goal->n_tests;
  add_step_test(p, &p->steps[p->best_step], machines, goal);
  add_step_tests(p, machines, goal);
  return true;
}

/* ---- prices as combinations of forms ---- */

enum { FORMS_MAX = RMS_CORE_TESTS_MAX - STEP_TESTS };

struct face {
  struct rms_prices *p;
  int64_t machines;
  double share[FORMS_MAX]; /* of every form in the best prices; they add up to 1 */
  size_t n_keys, keys[FORMS_MAX];
};

static double unit_share(const struct rms_prices *p, size_t f, size_t i)
{
  return (double)p->forms.weight[f][i] / p->forms.divisor[f];
}

static void load_rows(const struct rms_prices *p, glp_prob *lp)
{
  const double whole = (double)p->options.denominator * (double)p->inst->pools[0].cost;
  for (size_t i = 0; i < p->forms.n_dimensions; i++) {
    int index[FORMS_MAX + 1], n = 0;
    double value[FORMS_MAX + 1];
    for (size_t f = 0; f < p->forms.n_forms; f++) {
      if (!p->forms.weight[f][i]) continue;
      index[++n] = (int)f + 1;
      value[n] = unit_share(p, f, i);
    }
    glp_set_mat_row(lp, (int)i + 1, n, index, value);
    glp_set_row_bnds(lp, (int)i + 1, GLP_LO,
                     (double)p->steps[p->best_step].point.w[p->kind_of[i]] / whole, 0);
  }
}

/* Least shares that make up prices which are nowhere below the best ones. False: no luck. */
static bool find_shares(struct face *face)
{
  const struct rms_prices *p = face->p;
  glp_prob *lp = glp_create_prob();
  glp_smcp control;
  double sum = 0;
  glp_init_smcp(&control);
  control.msg_lev = GLP_MSG_OFF;
  control.tol_bnd = 1e-9;
  glp_set_obj_dir(lp, GLP_MIN);
  glp_add_cols(lp, (int)p->forms.n_forms);
  glp_add_rows(lp, (int)p->forms.n_dimensions);
  for (int f = 1; f <= (int)p->forms.n_forms; f++) {
    glp_set_obj_coef(lp, f, 1);
    glp_set_col_bnds(lp, f, GLP_LO, 0, 0);
  }
  load_rows(p, lp);
  const bool is_solved = glp_simplex(lp, &control) == 0 && glp_get_status(lp) == GLP_OPT;
  for (size_t f = 0; f < p->forms.n_forms; f++)
    sum += face->share[f] = fmax(0, glp_get_col_prim(lp, (int)f + 1));
  glp_delete_prob(lp);
  if (!is_solved || !(sum > 0)) return false;
  for (size_t f = 0; f < p->forms.n_forms; f++) face->share[f] /= sum;
  return true;
}

static void add_part(const struct rms_prices *p, size_t f, int64_t share,
                     struct rms_price_parts *parts)
{
  if (parts->n == RMS_COVER_FORMS_MAX) return;
  int64_t *weight = parts->weight[parts->n];
  memset(weight, 0, p->inst->n_kinds * sizeof *weight);
  for (size_t i = 0; i < p->forms.n_dimensions; i++) weight[p->kind_of[i]] = p->forms.weight[f][i];
  parts->forms[parts->n++] = (struct rms_cover_form){.weight = weight, .share = share};
}

/* Shares to integer prices ([n_kinds]), legal whatever was rounded; returns what a machine is worth
 * at most. */
static rms_wide set_prices(const struct face *face, const double *share, int64_t *w,
                           struct rms_price_parts *parts)
{
  const struct rms_prices *p = face->p;
  const double whole = (double)p->options.denominator * (double)p->inst->pools[0].cost;
  rms_wide sum = 0;
  memset(w, 0, p->inst->n_kinds * sizeof *w);
  parts->n = 0;
  for (size_t f = 0; f < p->forms.n_forms; f++) {
    const int64_t times = (int64_t)floor(share[f] * whole / p->forms.divisor[f]);
    sum += (rms_wide)times * p->forms.divisor[f];
    for (size_t i = 0; i < p->forms.n_dimensions; i++)
      w[p->kind_of[i]] += times * p->forms.weight[f][i];
    if (times > 0) add_part(p, f, times, parts);
  }
  return sum;
}

/* Sum of the services' least values, or a lower bound of it: no knapsack takes more than `nodes`,
 * which are p->options.nodes at most. */
static rms_wide least_sum(struct rms_prices *p, const int64_t *w,
                          const struct rms_price_parts *parts, int64_t nodes)
{
  const struct rms_cover_prices prices = {.n_kinds = p->inst->n_kinds,
                                          .price = w,
                                          .is_open = p->is_open,
                                          .node_limit = nodes,
                                          .n_parts = p->is_tied ? parts->n : 0,
                                          .parts = parts->forms};
  rms_wide sum = 0;
  int64_t y[RMS_SERVE_KINDS_MAX];
  for (size_t s = 0; s < p->inst->n_services; s++) {
    rms_wide value;
    rms_cover_solve(&prices, p->inst->throughput + s * prices.n_kinds, p->inst->services[s].demand,
                    y, &value);
    sum += value;
  }
  rms_prices_tick(p, p->inst->n_services);
  return sum;
}

static void add_share_test(const struct face *face, const double *share, int64_t nodes,
                           struct rms_core_goal *goal)
{
  const struct rms_prices *p = face->p;
  int64_t w[RMS_SERVE_KINDS_MAX];
  struct rms_price_parts parts;
  struct rms_core_test *test = &goal->tests[goal->n_tests++];
  *test = (struct rms_core_test){.limit = set_prices(face, share, w, &parts) * face->machines,
                                 .has_slack = true};
  test->slack = test->limit - least_sum(face->p, w, &parts, nodes);
  for (size_t i = 0; i < goal->n_dimensions; i++) test->coefficient[i] = w[p->kind_of[i]];
}

/* ---- edges ---- */

enum { AXES_MAX = 8, STRIDES = 8 };

/* What a step's pattern takes of the key forms more than the best step's, in machines. */
static void tie_of(const struct face *face, const struct rms_price_step *step, size_t s,
                   double *tie)
{
  const struct rms_prices *p = face->p;
  const size_t width = p->inst->n_kinds;
  const uint32_t *y = step->slices + s * width, *best = p->steps[p->best_step].slices + s * width;
  for (size_t a = 0; a < face->n_keys; a++) {
    tie[a] = 0;
    for (size_t i = 0; i < p->forms.n_dimensions; i++) {
      const size_t k = p->kind_of[i];
      tie[a] += unit_share(p, face->keys[a], i) * ((double)y[k] - (double)best[k]);
    }
  }
}

/* Take away what lies along the unit vectors; returns the length of what stays. */
static double reject(size_t n, double *v, size_t n_units, double (*unit)[AXES_MAX], size_t skip)
{
  double square = 0;
  for (size_t u = 0; u < n_units; u++) {
    double along = 0;
    for (size_t a = 0; a < n && u != skip; a++) along += v[a] * unit[u][a];
    for (size_t a = 0; a < n && u != skip; a++) v[a] -= along * unit[u][a];
  }
  for (size_t a = 0; a < n; a++) square += v[a] * v[a];
  return sqrt(square);
}

static void normalize(size_t n, double *v, double length)
{
  for (size_t a = 0; a < n; a++) v[a] /= length;
}

/* The longest tie that is independent of those there are. False: there is none. */
static bool longest_tie(const struct face *face, size_t n_units, double (*unit)[AXES_MAX],
                        double *longest)
{
  const struct rms_prices *p = face->p;
  double most = 1e-3; /* machines */
  bool is_found = false;
  for (size_t j = 0; j < p->n_steps; j++) {
    if (!p->steps[j].slices || p->steps[j].weight <= 0 || !p->steps[p->best_step].slices) continue;
    for (size_t s = 0; s < p->inst->n_services; s++) {
      double tie[AXES_MAX] = {0}, rest[AXES_MAX];
      tie_of(face, &p->steps[j], s, tie);
      memcpy(rest, tie, sizeof rest);
      const double length = reject(face->n_keys, rest, n_units, unit, SIZE_MAX);
      if (length <= most) continue;
      most = length;
      is_found = true;
      memcpy(longest, tie, sizeof rest);
    }
  }
  return is_found;
}

/* Prices `stride` away from the best ones along the edge; false: they would be negative. */
static bool shares_along(const struct face *face, const double *edge, double stride, double *share)
{
  memcpy(share, face->share, sizeof face->share);
  for (size_t a = 0; a < face->n_keys; a++) {
    share[face->keys[a]] += stride * edge[a];
    if (share[face->keys[a]] < 0) return false;
  }
  return true;
}

/* There are dozens of prices to try, and what a tie is confined to may be a little more. */
static int64_t edge_nodes(const struct rms_prices *p)
{
  enum { EDGE_NODES = 1000 };
  return p->options.nodes < EDGE_NODES ? p->options.nodes : EDGE_NODES;
}

/* The stride that confines most: slack per stride is least. */
static void add_edge(const struct face *face, const double *edge, struct rms_core_goal *goal)
{
  double share[FORMS_MAX], best_share[FORMS_MAX], least = INFINITY, stride = 0.25;
  for (int i = 0; i < STRIDES && !face->p->is_stopped; i++, stride /= 4) {
    int64_t w[RMS_SERVE_KINDS_MAX];
    struct rms_price_parts parts;
    if (!shares_along(face, edge, stride, share)) continue;
    const rms_wide limit = set_prices(face, share, w, &parts) * face->machines;
    const double confines =
        (double)(limit - least_sum(face->p, w, &parts, edge_nodes(face->p))) / stride;
    if (confines >= least) break;
    least = confines;
    memcpy(best_share, share, sizeof share);
  }
  if (isfinite(least)) add_share_test(face, best_share, face->p->options.nodes, goal);
}

static void add_edges(const struct face *face, struct rms_core_goal *goal)
{
  const size_t n = face->n_keys;
  double tie[AXES_MAX][AXES_MAX], unit[AXES_MAX][AXES_MAX];
  size_t n_ties = 0;
  if (n < 2 || n > AXES_MAX) return;
  for (size_t a = 0; a < n; a++) unit[0][a] = 1 / sqrt((double)n); /* shares add up to 1 */
  while (n_ties + 1 < n && longest_tie(face, n_ties + 1, unit, tie[n_ties])) {
    memcpy(unit[n_ties + 1], tie[n_ties], sizeof unit[0]);
    normalize(n, unit[n_ties + 1], reject(n, unit[n_ties + 1], n_ties + 1, unit, SIZE_MAX));
    n_ties++;
  }
  for (size_t i = 0; i < n_ties && goal->n_tests + 2 <= RMS_CORE_TESTS_MAX; i++) {
    double basis[AXES_MAX][AXES_MAX], edge[AXES_MAX];
    size_t n_basis = 1; /* all but tie i */
    memcpy(basis[0], unit[0], sizeof basis[0]);
    for (size_t j = 0; j < n_ties; j++) {
      if (j == i) continue;
      memcpy(basis[n_basis], tie[j], sizeof basis[0]);
      const double length = reject(n, basis[n_basis], n_basis, basis, SIZE_MAX);
      if (length > 0) normalize(n, basis[n_basis++], length);
    }
    memcpy(edge, tie[i], sizeof edge);
    const double length = reject(n, edge, n_basis, basis, SIZE_MAX);
    if (!(length > 0)) continue;
    normalize(n, edge, length);
    add_edge(face, edge, goal);
    normalize(n, edge, -1);
    add_edge(face, edge, goal);
  }
}

/* ---- all together ---- */

bool rms_prices_refine(struct rms_prices *p, int64_t target, const bool *is_key,
                       struct rms_core_goal *goal)
{
  struct face face = {.p = p, .machines = target / p->inst->pools[0].cost};
  if (!p->forms.n_forms || p->forms.n_forms > FORMS_MAX || !find_shares(&face)) return false;
  struct rms_price_parts parts;
  goal->n_tests = 0;
  goal->slack = set_prices(&face, face.share, goal->price, &parts) * face.machines;
  goal->slack -= least_sum(p, goal->price, &parts, p->options.nodes);
  for (size_t f = 0; f < p->forms.n_forms; f++) {
    if (face.share[f] <= 0 && !is_key[f]) continue;
    face.keys[face.n_keys++] = f;
    add_form(p, f, face.machines, goal);
  }
  goal->n_keys = goal->n_tests;
  add_share_test(&face, face.share, p->options.nodes, goal);
  add_edges(&face, goal);
  return !p->is_stopped;
}

bool rms_prices_break(const struct rms_prices *p, int64_t target, bool *is_key)
{
  const int64_t machines = target / p->inst->pools[0].cost;
  const size_t width = p->inst->n_kinds;
  bool is_new = false;
  for (size_t f = 0; f < p->forms.n_forms; f++) {
    rms_wide sum = 0;
    for (size_t s = 0; s < p->inst->n_services; s++)
      for (size_t i = 0; i < p->forms.n_dimensions; i++)
        sum += (rms_wide)p->forms.weight[f][i] * p->slices[s * width + p->kind_of[i]];
    if (is_key[f] || sum <= (rms_wide)p->forms.divisor[f] * machines) continue;
    is_key[f] = is_new = true;
  }
  return is_new;
}
