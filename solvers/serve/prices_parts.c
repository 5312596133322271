/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Prices as sums of linear forms. The dual's prices are combinations of a few forms; what a cover
 * takes of a form is a whole number, and with prices that are exactly such a sum this tells covers
 * apart that nearly tie in price (cover_items.h). It is worth the while where knapsacks turn out to
 * be long. */
#include <glpk.h>
#include <math.h>
#include <string.h>

#include "solvers/serve/prices.h"

struct split {
  const struct rms_prices *p;
  const struct rms_prices_class *class;
  const int64_t *w;
  double whole; /* dearest price: the unit of the simplex */
};

/* Slices of a dimension, to say which prices matter. */
static double slices_of(const struct split *s, size_t i)
{
  const struct rms_prices *p = s->p;
  return 1 + (p->n_steps ? (double)p->steps[p->best_step].total[s->class->kind_of[i]] : 0);
}

static glp_prob *build(const struct split *s)
{
  const struct rms_forms *forms = &s->class->forms;
  glp_prob *lp = glp_create_prob();
  double all = 1;
  for (size_t i = 0; i < forms->n_dimensions; i++) all += slices_of(s, i);
  glp_set_obj_dir(lp, GLP_MAX);
  glp_add_cols(lp, (int)forms->n_forms);
  glp_add_rows(lp, (int)forms->n_dimensions);
  for (size_t i = 0; i < forms->n_dimensions; i++)
    glp_set_row_bnds(lp, (int)i + 1, GLP_UP, 0, (double)s->w[s->class->kind_of[i]] / s->whole);
  for (size_t f = 0; f < forms->n_forms; f++) {
    int index[RMS_FORMS_DIMENSIONS_MAX + 1], n = 0;
    double value[RMS_FORMS_DIMENSIONS_MAX + 1], worth = 0;
    for (size_t i = 0; i < forms->n_dimensions; i++) {
      if (!forms->weight[f][i]) continue;
      index[++n] = (int)i + 1;
      value[n] = forms->weight[f][i];
      worth += slices_of(s, i) / all * forms->weight[f][i];
    }
    glp_set_col_bnds(lp, (int)f + 1, GLP_LO, 0, 0);
    glp_set_obj_coef(lp, (int)f + 1, worth);
    glp_set_mat_col(lp, (int)f + 1, n, index, value);
  }
  return lp;
}

/* Forms with a share to the parts; their sum stays below the prices whatever was rounded. */
static void take_shares(const struct split *s, glp_prob *lp, struct rms_price_parts *parts)
{
  const struct rms_forms *forms = &s->class->forms;
  for (size_t f = 0; f < forms->n_forms && parts->n < RMS_COVER_FORMS_MAX; f++) {
    int64_t share = llround(fmax(0, glp_get_col_prim(lp, (int)f + 1)) * s->whole);
    int64_t *weight = parts->weight[parts->n];
    memset(weight, 0, s->p->inst->n_kinds * sizeof *weight);
    for (size_t i = 0; i < forms->n_dimensions; i++) {
      const size_t k = s->class->kind_of[i];
      int64_t left = s->w[k];
      weight[k] = forms->weight[f][i];
      for (size_t t = 0; t < parts->n; t++) left -= parts->forms[t].share * parts->weight[t][k];
      if (weight[k] && share > left / weight[k]) share = left / weight[k];
    }
    if (share <= 0) continue;
    parts->forms[parts->n] = (struct rms_cover_form){.weight = weight, .share = share};
    parts->n++;
  }
}

void rms_prices_split(const struct rms_prices *p, const int64_t *w, struct rms_price_parts *parts)
{
  parts->n = 0;
  for (size_t g = 0; p->has_forms && g < p->n_classes; g++) {
    struct split s = {.p = p, .class = &p->classes[g], .w = w, .whole = 1};
    glp_smcp control;
    for (size_t i = 0; i < s.class->forms.n_dimensions; i++)
      s.whole = fmax(s.whole, (double)w[s.class->kind_of[i]]);
    glp_prob *lp = build(&s);
    glp_init_smcp(&control);
    control.msg_lev = GLP_MSG_OFF;
    if (glp_simplex(lp, &control) == 0 && glp_get_status(lp) == GLP_OPT) take_shares(&s, lp, parts);
    glp_delete_prob(lp);
  }
}
