/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Prices in the cone of the rows, by cutting planes: the best of them leave nearly as little slack
 * as any others. */
#include <math.h>
#include <string.h>

#include "solvers/serve/prices_joint.h"

enum { STEPS_MAX = 40 };
#define GAP_MIN 0.01 /* of the slack */

struct cone {
  struct rms_joint *j;
  glp_prob *lp;
  int first, value; /* columns */
  double unit;
};

static void add_plane(struct cone *cone, const struct rms_price_step *step)
{
  int index[RMS_JOINT_ROWS_MAX + 2];
  double entry[RMS_JOINT_ROWS_MAX + 2];
  const struct rms_joint *j = cone->j;
  for (size_t r = 0; r < j->n_rows; r++) {
    double sum = 0;
    for (size_t k = 0; k < j->c->p->inst->n_kinds; k++)
      sum += (double)j->rows[r].w[k] * (double)step->total[k];
    index[r + 1] = cone->first + (int)r;
    entry[r + 1] = -sum / cone->unit;
  }
  index[j->n_rows + 1] = cone->value;
  entry[j->n_rows + 1] = 1;
  const int row = glp_add_rows(cone->lp, 1);
  glp_set_row_bnds(cone->lp, row, GLP_UP, 0, 0);
  glp_set_mat_row(cone->lp, row, (int)j->n_rows + 1, index, entry);
}

static void build_cone(struct cone *cone)
{
  const struct rms_joint *j = cone->j;
  int index[RMS_JOINT_ROWS_MAX + 1];
  double entry[RMS_JOINT_ROWS_MAX + 1];
  cone->lp = glp_create_prob();
  glp_set_obj_dir(cone->lp, GLP_MAX);
  cone->first = glp_add_cols(cone->lp, (int)j->n_rows);
  for (size_t r = 0; r < j->n_rows; r++) {
    glp_set_col_bnds(cone->lp, cone->first + (int)r, GLP_LO, 0, 0);
    index[r + 1] = cone->first + (int)r;
    entry[r + 1] = (double)rms_joint_limit(j, &j->rows[r]) / cone->unit;
  }
  cone->value = glp_add_cols(cone->lp, 1);
  glp_set_col_bnds(cone->lp, cone->value, GLP_LO, 0, 0);
  glp_set_obj_coef(cone->lp, cone->value, 1);
  const int budget = glp_add_rows(cone->lp, 1);
  glp_set_row_bnds(cone->lp, budget, GLP_UP, 0, 1);
  glp_set_mat_row(cone->lp, budget, (int)j->n_rows, index, entry);
  for (size_t v = 0; v < j->c->n_vectors; v++)
    add_plane(cone, &j->c->p->steps[j->c->vectors[v].step]);
}

/* The prices of the LP's solution as integers, exactly in the cone. *top: most that F can be. */
static bool next_point(const struct cone *cone, struct rms_price_point *point, double *top)
{
  const struct rms_joint *j = cone->j;
  glp_smcp control;
  glp_init_smcp(&control);
  control.msg_lev = GLP_MSG_OFF;
  if (glp_simplex(cone->lp, &control) != 0 || glp_get_status(cone->lp) != GLP_OPT) return false;
  *top = glp_get_obj_val(cone->lp);
  memset(point, 0, sizeof *point);
  for (size_t r = 0; r < j->n_rows; r++) {
    const int64_t scale = llround(glp_get_col_prim(cone->lp, cone->first + (int)r) *
                                  (double)j->c->p->options.denominator);
    for (size_t k = 0; k < RMS_SERVE_KINDS_MAX; k++) point->w[k] += scale * j->rows[r].w[k];
  }
  return true;
}

int rms_joint_climb(struct rms_joint *j, size_t *tightest, double *room)
{
  struct rms_counts *c = j->c;
  struct cone cone = {.j = j, .unit = (double)rms_counts_cost(c, j->n)};
  double top;
  struct rms_price_point point;
  bool is_new = true;
  int status = RMS_OK;
  *room = INFINITY;
  build_cone(&cone);
  for (int i = 0; i < STEPS_MAX && *room >= 0 && is_new && next_point(&cone, &point, &top); i++) {
    size_t at;
    /* no joint prices leave less than 1 - top */
    if ((isfinite(*room) && *room - (1 - top) <= GAP_MIN * *room) || c->p->is_stopped) break;
    status = rms_counts_evaluate(c, &point, &at, &is_new);
    if (status < 0 || at == c->n_vectors) break;
    if (is_new) add_plane(&cone, &c->p->steps[c->vectors[at].step]);
    c->vectors[at].is_joint = true;
    const double here = rms_counts_room_under(&c->vectors[at], c, j->n);
    if (here < *room) *tightest = at;
    *room = fmin(*room, here);
  }
  glp_delete_prob(cone.lp);
  return status;
}
