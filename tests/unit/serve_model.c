/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "serve_model.h"

#include <glpk.h>
#include <math.h>

enum { COLUMNS_MAX = 4096 };

static int column(glp_prob *prob, double cost)
{
  const int j = glp_add_cols(prob, 1);
  glp_set_col_bnds(prob, j, GLP_LO, 0, 0);
  glp_set_obj_coef(prob, j, cost);
  return j;
}

static void row(glp_prob *prob, int type, double bound, int n, const int *index,
                const double *value)
{
  const int i = glp_add_rows(prob, 1);
  glp_set_row_bnds(prob, i, type, bound, bound);
  glp_set_mat_row(prob, i, n, index, value);
}

static void add_stock(glp_prob *prob, const struct rms_serve *inst, size_t p, const int *x)
{
  int index[COLUMNS_MAX];
  double value[COLUMNS_MAX];
  int n = 0;
  for (size_t c = 0; c < inst->pools[p].n_cuts; c++) {
    index[++n] = x[c];
    value[n] = 1;
  }
  if (inst->pools[p].count >= 0 && n > 0)
    row(prob, GLP_UP, (double)inst->pools[p].count, n, index, value);
}

double serve_model(const struct rms_serve *inst)
{
  int x[RMS_SERVE_POOLS_MAX][128], y[16][RMS_SERVE_KINDS_MAX] = {{0}}, index[COLUMNS_MAX];
  double value[COLUMNS_MAX];
  double result = NAN;
  glp_term_out(GLP_OFF);
  glp_prob *prob = glp_create_prob();
  for (size_t p = 0; p < inst->n_pools; p++) {
    for (size_t c = 0; c < inst->pools[p].n_cuts; c++)
      x[p][c] = column(prob, (double)inst->pools[p].cost);
    add_stock(prob, inst, p, x[p]);
  }
  for (size_t s = 0; s < inst->n_services; s++) {
    int n = 0;
    for (size_t k = 0; k < inst->n_kinds; k++) {
      if (rms_serve_rate(inst, s, k) == 0) continue;
      y[s][k] = index[++n] = column(prob, 0);
      value[n] = (double)rms_serve_rate(inst, s, k) / (double)inst->services[s].demand;
    }
    row(prob, GLP_LO, 1, n, index, value);
  }
  for (size_t k = 0; k < inst->n_kinds; k++) {
    int n = 0;
    for (size_t s = 0; s < inst->n_services; s++)
      if (y[s][k] > 0) {
        index[++n] = y[s][k];
        value[n] = 1;
      }
    for (size_t p = 0; p < inst->n_pools; p++)
      for (size_t c = 0; c < inst->pools[p].n_cuts; c++)
        if (inst->pools[p].cuts[c].count[k] > 0) {
          index[++n] = x[p][c];
          value[n] = -inst->pools[p].cuts[c].count[k];
        }
    row(prob, GLP_UP, 0, n, index, value);
  }
  glp_smcp options;
  glp_init_smcp(&options);
  options.presolve = GLP_ON;
  const int code = glp_simplex(prob, &options);
  const int status = glp_get_status(prob);
  if (code == GLP_ENOPFS || status == GLP_NOFEAS) result = INFINITY;
  if (code == 0 && status == GLP_OPT) result = glp_get_obj_val(prob);
  glp_delete_prob(prob);
  return result;
}
