/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Several pools: which patterns and which cuts together cost least is a small integer program over
 * the patterns that the price steps have seen. Only an upper bound comes from it; the lower one is
 * the dual's. Services whose steps agree are constants; of the others the first ones take part and
 * the rest keep the rounded pattern. */
#include <glpk.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "solvers/serve/prices.h"

enum { CHOICES_MAX = 600, NODES_MAX = 20000, PATTERNS_MAX = 24 };

struct choice { /* a binary column: this service takes this step's pattern */
  size_t service, step;
};

struct program {
  struct rms_prices *p;
  glp_prob *mip;
  size_t n_choices;
  struct choice choices[CHOICES_MAX];
  int first_choice, first_cut[RMS_SERVE_POOLS_MAX];
  int64_t fixed[RMS_SERVE_KINDS_MAX]; /* slices of those that do not take part */
  int nodes;
};

static bool is_new_pattern(const struct rms_prices *p, const struct program *g, size_t from,
                           size_t s, const uint32_t *y)
{
  size_t width = p->inst->n_kinds;
  for (size_t i = from; i < g->n_choices; i++)
    if (!memcmp(p->steps[g->choices[i].step].slices + s * width, y, width * sizeof *y))
      return false;
  return true;
}

/* Distinct patterns of service s as choices; none are kept when there is only one. */
static void add_choices(struct program *g, size_t s)
{
  const struct rms_prices *p = g->p;
  size_t from = g->n_choices, width = p->inst->n_kinds;
  for (size_t j = p->n_steps; j-- > 0 && g->n_choices - from < PATTERNS_MAX;) {
    if (!p->steps[j].slices) continue;
    if (g->n_choices == CHOICES_MAX) break;
    if (!is_new_pattern(p, g, from, s, p->steps[j].slices + s * width)) continue;
    g->choices[g->n_choices++] = (struct choice){s, j};
  }
  if (g->n_choices - from < 2) g->n_choices = from;
}

static void pick_choices(struct program *g)
{
  const struct rms_prices *p = g->p;
  size_t width = p->inst->n_kinds;
  for (size_t s = 0; s < p->inst->n_services; s++) {
    size_t from = g->n_choices;
    add_choices(g, s);
    for (size_t k = 0; from == g->n_choices && k < width; k++)
      g->fixed[k] += p->slices[s * width + k];
  }
}

static void add_rows(struct program *g)
{
  const struct rms_serve *inst = g->p->inst;
  glp_add_rows(g->mip, (int)inst->n_kinds);
  for (size_t k = 0; k < inst->n_kinds; k++)
    glp_set_row_bnds(g->mip, (int)k + 1, GLP_LO, (double)g->fixed[k], 0);
}

static void add_cut_columns(struct program *g, size_t q)
{
  const struct rms_serve *inst = g->p->inst;
  const struct rms_serve_pool *pool = &inst->pools[q];
  int stock = pool->count >= 0 ? glp_add_rows(g->mip, 1) : 0;
  if (stock) glp_set_row_bnds(g->mip, stock, GLP_UP, 0, (double)pool->count);
  g->first_cut[q] = glp_add_cols(g->mip, (int)pool->n_cuts);
  for (size_t c = 0; c < pool->n_cuts; c++) {
    int index[RMS_SERVE_KINDS_MAX + 2], n = 0, column = g->first_cut[q] + (int)c;
    double value[RMS_SERVE_KINDS_MAX + 2];
    for (size_t k = 0; k < inst->n_kinds; k++)
      if (pool->cuts[c].count[k]) {
        index[++n] = (int)k + 1;
        value[n] = pool->cuts[c].count[k];
      }
    if (stock) {
      index[++n] = stock;
      value[n] = 1;
    }
    glp_set_col_bnds(g->mip, column, GLP_LO, 0, 0);
    glp_set_col_kind(g->mip, column, GLP_IV);
    glp_set_obj_coef(g->mip, column, (double)pool->cost);
    glp_set_mat_col(g->mip, column, n, index, value);
  }
}

static void add_choice_columns(struct program *g)
{
  const struct rms_prices *p = g->p;
  size_t width = p->inst->n_kinds, last = SIZE_MAX;
  int row = 0;
  for (size_t i = 0; i < g->n_choices; i++) {
    int index[RMS_SERVE_KINDS_MAX + 2], n = 0, column = glp_add_cols(g->mip, 1);
    double value[RMS_SERVE_KINDS_MAX + 2];
    const uint32_t *y = p->steps[g->choices[i].step].slices + g->choices[i].service * width;
    if (i == 0) g->first_choice = column;
    if (g->choices[i].service != last) {
      last = g->choices[i].service;
      row = glp_add_rows(g->mip, 1);
      glp_set_row_bnds(g->mip, row, GLP_FX, 1, 1);
    }
    for (size_t k = 0; k < width; k++)
      if (y[k]) {
        index[++n] = (int)k + 1;
        value[n] = -(double)y[k];
      }
    index[++n] = row;
    value[n] = 1;
    glp_set_col_kind(g->mip, column, GLP_BV);
    glp_set_mat_col(g->mip, column, n, index, value);
  }
}

static int take_program(struct program *g)
{
  struct rms_prices *p = g->p;
  size_t width = p->inst->n_kinds;
  int64_t total[RMS_SERVE_KINDS_MAX];
  for (size_t i = 0; i < g->n_choices; i++) {
    if (glp_mip_col_val(g->mip, g->first_choice + (int)i) < 0.5) continue;
    size_t s = g->choices[i].service;
    for (size_t k = 0; k < width; k++)
      p->slices[s * width + k] = p->steps[g->choices[i].step].slices[s * width + k];
  }
  memset(total, 0, sizeof total);
  for (size_t s = 0; s < p->inst->n_services; s++)
    for (size_t k = 0; k < width; k++) total[k] += p->slices[s * width + k];
  return rms_prices_offer(p, p->slices, total);
}

static void watch(glp_tree *tree, void *info)
{
  struct program *g = info;
  g->nodes += glp_ios_reason(tree) == GLP_ISELECT;
  if (rms_prices_tick(g->p, 1) || g->nodes > NODES_MAX) glp_ios_terminate(tree);
}

static int solve_program(struct program *g)
{
  glp_smcp simplex;
  glp_iocp control;
  glp_init_smcp(&simplex);
  simplex.msg_lev = GLP_MSG_OFF;
  simplex.meth = GLP_DUALP;
  if (glp_simplex(g->mip, &simplex) != 0 || glp_get_status(g->mip) != GLP_OPT) return RMS_OK;
  glp_init_iocp(&control);
  control.msg_lev = GLP_MSG_OFF;
  control.cb_func = watch;
  control.cb_info = g;
  control.gmi_cuts = control.mir_cuts = GLP_ON;
  int code = glp_intopt(g->mip, &control);
  int status = glp_mip_status(g->mip);
  if (code != 0 && code != GLP_ESTOP) return RMS_OK;
  return status == GLP_OPT || status == GLP_FEAS ? take_program(g) : RMS_OK;
}

int rms_prices_mip(struct rms_prices *p)
{
  int64_t total[RMS_SERVE_KINDS_MAX];
  struct program *g = calloc(1, sizeof *g);
  if (!g) return RMS_E_NOMEM;
  g->p = p;
  rms_prices_round(p, 100, total);
  pick_choices(g);
  g->mip = glp_create_prob();
  glp_set_obj_dir(g->mip, GLP_MIN);
  add_rows(g);
  for (size_t q = 0; q < p->inst->n_pools; q++) add_cut_columns(g, q);
  add_choice_columns(g);
  int status = solve_program(g);
  glp_delete_prob(g->mip);
  free(g);
  return status;
}
