/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GLPK's branch and cut on the model of model.h. Work: simplex iterations + subproblems. No clock
 * is read here: the root relaxation is solved in slices of iterations, the search asks the host in
 * every callback. */
#include <glpk.h>
#include <stdlib.h>
#include <string.h>

#include "solvers/params.h"
#include "solvers/serve/exact.h"

enum {
  SLICE = 200, /* simplex iterations between two questions to the host */
  ROUND_FIRST =
      16, /* subproblems whose relaxation is rounded, and one of every ... from there on */
  ROUND_EVERY = 32
};

static const struct rms_param params[] = {
    RMS_EXACT_PARAMS,
    {.name = "gomory",
     .type = RMS_P_BOOL,
     .dflt = "yes",
     .scale = "",
     .unit = "1",
     .doc = "GLPK's mixed integer Gomory cuts."},
    {.name = "mir",
     .type = RMS_P_BOOL,
     .dflt = "yes",
     .scale = "",
     .unit = "1",
     .doc = "GLPK's mixed integer rounding cuts."},
    {.name = "cover",
     .type = RMS_P_BOOL,
     .dflt = "no",
     .scale = "",
     .unit = "1",
     .doc = "GLPK's cover cuts; they need 0-1 columns, which this model rarely has."},
    {.name = "clique",
     .type = RMS_P_BOOL,
     .dflt = "no",
     .scale = "",
     .unit = "1",
     .doc = "GLPK's clique cuts; they need 0-1 columns, too."},
    {.name = "branching",
     .type = RMS_P_ENUM,
     .dflt = "dth",
     .range = "ffv|lfv|mfv|dth|pch",
     .scale = "",
     .unit = "1",
     .doc = "First, last, most fractional column, Driebeck-Tomlin, or hybrid pseudo-costs."},
    {.name = "backtracking",
     .type = RMS_P_ENUM,
     .dflt = "blb",
     .range = "dfs|bfs|blb|bph",
     .scale = "",
     .unit = "1",
     .doc = "Depth first, breadth first, best local bound, or best projection."},
    {.name = "rounding",
     .type = RMS_P_BOOL,
     .dflt = "no",
     .scale = "",
     .unit = "1",
     .doc = "GLPK's own simple rounding heuristic."},
    {.name = "presolve",
     .type = RMS_P_BOOL,
     .dflt = "no",
     .scale = "",
     .unit = "1",
     .doc =
         "GLPK's MIP presolver: incumbents come at the end only, and the root relaxation cannot be "
         "interrupted."},
    {.name = NULL}};

struct glpk {
  const struct rms_serve *inst;
  struct rms_exact_settings settings;
  glp_iocp control;
  /* of one run */
  struct rms_exact *exact;
  glp_prob *problem;
  int last_count, last_node; /* already counted as work */
  int n_rounded;
};

struct choice {
  const char *name;
  int value;
};

static int choose(const struct choice *choices, const char *name)
{
  while (strcmp(choices->name, name) != 0) choices++; /* the parameter was validated */
  return choices->value;
}

static int open_glpk(void **self, const struct rms_instance *inst, const char *const *values)
{
  static const struct choice branching[] = {{"ffv", GLP_BR_FFV},
                                            {"lfv", GLP_BR_LFV},
                                            {"mfv", GLP_BR_MFV},
                                            {"dth", GLP_BR_DTH},
                                            {"pch", GLP_BR_PCH}};
  static const struct choice backtracking[] = {
      {"dfs", GLP_BT_DFS}, {"bfs", GLP_BT_BFS}, {"blb", GLP_BT_BLB}, {"bph", GLP_BT_BPH}};
  const struct rms_serve *const serve = rms_serve_of(inst);
  if (!serve) return RMS_E_UNSUPPORTED;
  struct glpk *const g = calloc(1, sizeof *g);
  if (!g) return RMS_E_NOMEM;
  g->inst = serve;
  g->settings = rms_exact_read(params, values);
  glp_iocp *const c = &g->control;
  glp_init_iocp(c);
  c->msg_lev = GLP_MSG_OFF;
  c->mip_gap = 0;
  c->gmi_cuts = rms_value_bool(params, values, "gomory") ? GLP_ON : GLP_OFF;
  c->mir_cuts = rms_value_bool(params, values, "mir") ? GLP_ON : GLP_OFF;
  c->cov_cuts = rms_value_bool(params, values, "cover") ? GLP_ON : GLP_OFF;
  c->clq_cuts = rms_value_bool(params, values, "clique") ? GLP_ON : GLP_OFF;
  c->sr_heur = rms_value_bool(params, values, "rounding") ? GLP_ON : GLP_OFF;
  c->presolve = rms_value_bool(params, values, "presolve") ? GLP_ON : GLP_OFF;
  c->br_tech = choose(branching, rms_value_text(params, values, "branching"));
  c->bt_tech = choose(backtracking, rms_value_text(params, values, "backtracking"));
  *self = g;
  return RMS_OK;
}

static void close_glpk(void *self)
{
  free(self);
}

/* ---- loading -----------------------------------------------------------------------------------
 */

static void load_columns(glp_prob *problem, const struct rms_model *model)
{
  glp_add_cols(problem, (int)model->n_columns);
  for (size_t j = 0; j < model->n_columns; j++) {
    const struct rms_column_data *const data = &model->data[j];
    const int type = data->lower < data->upper ? GLP_DB : GLP_FX;
    glp_set_col_kind(problem, (int)j + 1, GLP_IV);
    glp_set_col_bnds(problem, (int)j + 1, type, data->lower, data->upper);
    glp_set_obj_coef(problem, (int)j + 1, data->cost);
  }
}

static int load_rows(glp_prob *problem, const struct rms_model *model)
{
  int *const columns = malloc((model->n_columns + 1) * sizeof *columns);
  double *const values = malloc((model->n_columns + 1) * sizeof *values);
  if (columns && values) {
    glp_add_rows(problem, (int)model->n_rows);
    for (size_t i = 0; i < model->n_rows; i++) {
      const struct rms_row *const row = &model->rows[i];
      const struct rms_entry *const entries = &model->entries[row->first];
      for (size_t e = 0; e < row->n; e++) {
        columns[e + 1] = (int)entries[e].column + 1;
        values[e + 1] = entries[e].value;
      }
      glp_set_mat_row(problem, (int)i + 1, (int)row->n, columns, values);
      glp_set_row_bnds(problem, (int)i + 1, row->lower > -1e300 ? GLP_LO : GLP_UP, row->lower,
                       row->upper);
    }
  }
  const int status = columns && values ? RMS_OK : RMS_E_NOMEM;
  free(values);
  free(columns);
  return status;
}

/* ---- searching ---------------------------------------------------------------------------------
 */

/* Iterations and subproblems since the last call. */
static uint64_t new_work(struct glpk *g, glp_prob *problem, int node)
{
  const int count = glp_get_it_cnt(problem);
  uint64_t work = count > g->last_count ? (uint64_t)(count - g->last_count) : 0;
  g->last_count = count;
  if (node > g->last_node) {
    work += (uint64_t)(node - g->last_node);
    g->last_node = node;
  }
  return work;
}

static enum rms_exact_end solve_root(struct glpk *g)
{
  glp_smcp control;
  glp_init_smcp(&control);
  control.msg_lev = GLP_MSG_OFF;
  control.meth = GLP_DUALP; /* costs are not negative: the standard basis is dual feasible */
  control.it_lim = SLICE;
  glp_std_basis(g->problem);
  for (;;) {
    const int code = glp_simplex(g->problem, &control);
    if (rms_exact_tick(g->exact, new_work(g, g->problem, 0))) return RMS_EXACT_STOPPED;
    if (code == GLP_EITLIM) continue;
    if (code != 0) return RMS_EXACT_FAILED;
    if (glp_get_status(g->problem) == GLP_OPT) break;
    return glp_get_prim_stat(g->problem) == GLP_NOFEAS ? RMS_EXACT_NONE : RMS_EXACT_FAILED;
  }
  rms_exact_bound(g->exact, glp_get_obj_val(g->problem));
  return RMS_EXACT_SOLVED;
}

/* What is left open is bounded by the best open subproblem, what was cut off by the incumbent. */
static void take_bound(struct glpk *g, glp_tree *tree)
{
  const int best = glp_ios_best_node(tree);
  if (best == 0) return;
  double bound = glp_ios_node_bound(tree, best);
  glp_prob *const problem = glp_ios_get_prob(tree);
  if (glp_mip_status(problem) == GLP_FEAS && glp_mip_obj_val(problem) < bound)
    bound = glp_mip_obj_val(problem);
  rms_exact_bound(g->exact, bound);
}

static void take_incumbent(struct glpk *g)
{
  const size_t n = g->exact->model->n_columns;
  for (size_t j = 0; j < n; j++) g->exact->values[j] = glp_mip_col_val(g->problem, (int)j + 1);
  rms_exact_offer(g->exact, g->exact->values);
}

static void try_rounding(struct glpk *g, glp_tree *tree)
{
  if (g->n_rounded++ >= ROUND_FIRST && g->n_rounded % ROUND_EVERY != 0) return;
  const size_t n = g->exact->model->n_columns;
  for (size_t j = 0; j < n; j++) g->exact->values[j] = glp_get_col_prim(g->problem, (int)j + 1);
  if (!rms_exact_round(g->exact, g->exact->values)) return;
  double *const values = g->exact->values; /* from 1 there */
  memmove(values + 1, values, n * sizeof *values);
  glp_ios_heur_sol(tree, values);
}

static void callback(glp_tree *tree, void *info)
{
  struct glpk *const g = info;
  const bool is_own = g->control.presolve == GLP_OFF; /* the columns are the model's */
  const int reason = glp_ios_reason(tree);
  int active = 0, created = 0;
  if (reason == GLP_IBINGO && is_own) take_incumbent(g);
  if (reason == GLP_IHEUR && is_own) try_rounding(g, tree);
  take_bound(g, tree);
  glp_ios_tree_size(tree, &active, NULL, &created);
  if (rms_exact_tick(g->exact, new_work(g, glp_ios_get_prob(tree), created)))
    glp_ios_terminate(tree);
}

static enum rms_exact_end search(struct glpk *g)
{
  glp_iocp control = g->control;
  control.cb_func = callback;
  control.cb_info = g;
  const int code = glp_intopt(g->problem, &control);
  const int status = glp_mip_status(g->problem);
  if (code == GLP_ESTOP) {
    if (control.presolve == GLP_ON && status == GLP_FEAS) take_incumbent(g);
    return RMS_EXACT_STOPPED;
  }
  if (code == GLP_ENOPFS || (code == 0 && status == GLP_NOFEAS)) return RMS_EXACT_NONE;
  if (code != 0 || status != GLP_OPT) return RMS_EXACT_FAILED;
  take_incumbent(g);
  rms_exact_bound(g->exact, glp_mip_obj_val(g->problem));
  return RMS_EXACT_SOLVED;
}

static int run(void *self, struct rms_exact *exact)
{
  struct glpk *const g = self;
  g->exact = exact;
  g->last_count = g->last_node = g->n_rounded = 0;
  g->problem = glp_create_prob();
  load_columns(g->problem, exact->model);
  int end = load_rows(g->problem, exact->model);
  if (end == RMS_OK) end = (int)(g->control.presolve == GLP_ON ? RMS_EXACT_SOLVED : solve_root(g));
  if (end == RMS_EXACT_SOLVED) end = (int)search(g);
  glp_delete_prob(g->problem);
  return end;
}

static int solve(void *self, const struct rms_host *host)
{
  struct glpk *const g = self;
  glp_term_out(GLP_OFF);
  const int outcome = rms_exact_solve(g->inst, host, &g->settings, run, g);
  glp_free_env();
  return outcome;
}

const struct rms_solver rms_solver_serve_glpk = {
    .abi = RMS_SOLVER_ABI,
    .size = sizeof(struct rms_solver),
    .name = "glpk",
    .version = "1",
    .doc = "Compact integer program by GLPK's branch and cut.",
    .citation = "A. Makhorin, GNU Linear Programming Kit 5.0",
    .family = "serve",
    .flags = RMS_EXACT | RMS_ANYTIME | RMS_DETERMINISTIC | RMS_FOREIGN_ALLOC,
    .params = params,
    .supports = rms_exact_supports,
    .open = open_glpk,
    .solve = solve,
    .close = close_glpk};
