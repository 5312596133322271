/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shares of forms in the best prices, and prices from shares. */
#include <glpk.h>
#include <math.h>
#include <string.h>

#include "solvers/serve/prices_face.h"

double rms_face_share(const struct rms_prices *p, size_t f, size_t i)
{
  return (double)p->forms.weight[f][i] / p->forms.divisor[f];
}

static void load_rows(const struct rms_prices *p, glp_prob *lp)
{
  const double whole = (double)p->options.denominator * (double)p->inst->pools[0].cost;
  for (size_t i = 0; i < p->forms.n_dimensions; i++) {
    int index[RMS_FACE_FORMS_MAX + 1], n = 0;
    double value[RMS_FACE_FORMS_MAX + 1];
    for (size_t f = 0; f < p->forms.n_forms; f++) {
      if (!p->forms.weight[f][i]) continue;
      index[++n] = (int)f + 1;
      value[n] = rms_face_share(p, f, i);
    }
    glp_set_mat_row(lp, (int)i + 1, n, index, value);
    glp_set_row_bnds(lp, (int)i + 1, GLP_LO,
                     (double)p->steps[p->best_step].point.w[p->kind_of[i]] / whole, 0);
  }
}

bool rms_face_find(struct rms_face *face)
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

rms_wide rms_face_prices(const struct rms_face *face, const double *share, int64_t *w,
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

rms_wide rms_face_least(struct rms_prices *p, const int64_t *w, const struct rms_price_parts *parts,
                        int64_t nodes)
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

void rms_face_add_test(const struct rms_face *face, const double *share, int64_t nodes,
                       struct rms_core_goal *goal)
{
  const struct rms_prices *p = face->p;
  int64_t w[RMS_SERVE_KINDS_MAX];
  struct rms_price_parts parts;
  struct rms_core_test *test = &goal->tests[goal->n_tests++];
  *test = (struct rms_core_test){.limit = rms_face_prices(face, share, w, &parts) * face->machines,
                                 .has_slack = true};
  test->slack = test->limit - rms_face_least(face->p, w, &parts, nodes);
  for (size_t i = 0; i < goal->n_dimensions; i++) test->coefficient[i] = w[p->kind_of[i]];
}
