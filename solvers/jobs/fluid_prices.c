/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fluid_prices.c - prices of slices by a linear program. */
#include <glpk.h>
#include <math.h>
#include <stdlib.h>

#include "solvers/jobs/fluid.h"

enum { TYPES_MAX = 64 };

/* Largest n x speed of one of n jobs under MPS: 1 / (its share of a machine that a unit of work
 * takes). */
static double best_shared(const struct rms_jobs *inst, const struct rms_jobs_type *type)
{
  double best = 0;
  for (size_t level = 0; level < inst->cluster.n_levels; level++)
    for (int n = 1; n <= RMS_JOBS_CORUN_MAX; n++)
      best = fmax(best, n * rms_fluid_speed(type->mps[level][n - 1]));
  return best;
}

/* Columns: kinds, pools, what a unit of work of each type pays. */
static int column_of_pool(const struct rms_cluster *c, size_t p)
{
  return (int)(c->n_kinds + p) + 1;
}

static void add_row(glp_prob *lp, double high, int n, const int *index, const double *value)
{
  const int row = glp_add_rows(lp, 1);
  glp_set_row_bnds(lp, row, GLP_UP, 0, high);
  glp_set_mat_row(lp, row, n, index, value);
}

static void add_cuts(glp_prob *lp, const struct rms_cluster *c)
{
  int index[RMS_JOBS_KINDS_MAX + RMS_JOBS_POOLS_MAX + 2];
  double value[RMS_JOBS_KINDS_MAX + RMS_JOBS_POOLS_MAX + 2];
  for (size_t p = 0; p < c->n_pools; p++)
    for (size_t i = 0; i < c->pools[p].n_cuts; i++) {
      int n = 1;
      index[1] = column_of_pool(c, p);
      value[1] = -1;
      for (size_t k = 0; k < c->n_kinds; k++) {
        if (c->pools[p].cuts[i].count[k] == 0) continue;
        index[++n] = (int)k + 1;
        value[n] = c->pools[p].cuts[i].count[k];
      }
      add_row(lp, 0, n, index, value);
    }
  for (size_t p = 0; p < c->n_pools; p++) {
    index[p + 1] = column_of_pool(c, p);
    value[p + 1] = c->pools[p].count;
  }
  add_row(lp, (double)c->n_machines, (int)c->n_pools, index, value);
}

static void add_type(glp_prob *lp, const struct rms_jobs *inst, const struct rms_jobs_type *type,
                     double share)
{
  const struct rms_cluster *c = &inst->cluster;
  const double shared = best_shared(inst, type);
  const int z = glp_add_cols(lp, 1);
  glp_set_col_bnds(lp, z, GLP_DB, 0, 1e6);
  glp_set_obj_coef(lp, z, share);
  for (size_t k = 0; k < c->n_kinds; k++)
    if (type->speed[k] > 0)
      add_row(lp, 0, 2, (int[]){0, z, (int)k + 1},
              (double[]){0, rms_fluid_speed(type->speed[k]), -1});
  for (size_t p = 0; p < c->n_pools && shared > 0; p++)
    add_row(lp, 0, 2, (int[]){0, z, column_of_pool(c, p)}, (double[]){0, shared, -1});
}

/* Scale to what the header demands, whatever the simplex returned. */
void rms_fluid_repair(const struct rms_cluster *c, struct rms_fluid_prices *prices)
{
  double total = 0;
  for (size_t p = 0; p < c->n_pools; p++) {
    prices->pool[p] = 0;
    for (size_t i = 0; i < c->pools[p].n_cuts; i++) {
      double sum = 0;
      for (size_t k = 0; k < c->n_kinds; k++) sum += c->pools[p].cuts[i].count[k] * prices->kind[k];
      prices->pool[p] = fmax(prices->pool[p], sum);
    }
    total += prices->pool[p] * c->pools[p].count;
  }
  for (size_t p = 0; p < c->n_pools && total > 0; p++) prices->pool[p] /= total;
  for (size_t k = 0; k < c->n_kinds && total > 0; k++) prices->kind[k] /= total;
}

struct weighted {
  size_t type;
  double work;
};

static int by_work(const void *a, const void *b)
{
  const struct weighted *x = a, *y = b;
  if (x->work != y->work) return x->work > y->work ? -1 : 1;
  return (x->type > y->type) - (x->type < y->type);
}

/* The types with most work, as parts of all work, first. */
static struct weighted *rank_types(const struct rms_jobs *inst)
{
  struct weighted *types = calloc(inst->n_types, sizeof *types);
  double total = 0;
  if (!types) return NULL;
  for (size_t t = 0; t < inst->n_types; t++) types[t].type = t;
  for (size_t j = 0; j < inst->n_jobs; j++) {
    types[inst->jobs[j].type].work += (double)inst->jobs[j].work;
    total += (double)inst->jobs[j].work;
  }
  qsort(types, inst->n_types, sizeof *types, by_work);
  for (size_t t = 0; t < inst->n_types; t++) types[t].work /= total;
  return types;
}

static glp_prob *open_program(const struct rms_jobs *inst, const struct weighted *types)
{
  const struct rms_cluster *c = &inst->cluster;
  const int n = (int)(c->n_kinds + c->n_pools);
  glp_prob *lp = glp_create_prob();
  glp_set_obj_dir(lp, GLP_MAX);
  glp_add_cols(lp, n);
  for (int i = 1; i <= n; i++) glp_set_col_bnds(lp, i, GLP_DB, 0, (double)c->n_machines);
  add_cuts(lp, c);
  for (size_t t = 0; t < inst->n_types && t < TYPES_MAX; t++)
    add_type(lp, inst, &inst->types[types[t].type], types[t].work);
  return lp;
}

int rms_fluid_find_prices(const struct rms_jobs *inst, struct rms_fluid_prices *prices)
{
  const struct rms_cluster *c = &inst->cluster;
  struct weighted *types = rank_types(inst);
  glp_smcp options;
  if (!types) return RMS_E_NOMEM;
  glp_term_out(GLP_OFF);
  glp_prob *lp = open_program(inst, types);
  glp_init_smcp(&options);
  options.msg_lev = GLP_MSG_OFF;
  const bool is_solved = glp_simplex(lp, &options) == 0 && glp_get_status(lp) == GLP_OPT;
  for (size_t k = 0; k < c->n_kinds; k++)
    prices->kind[k] =
        is_solved ? fmax(0, glp_get_col_prim(lp, (int)k + 1)) : (double)c->kinds[k].memory;
  glp_delete_prob(lp);
  free(types);
  rms_fluid_repair(c, prices);
  return RMS_OK;
}
