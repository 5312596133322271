/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CBC's branch and cut on the model of model.h, through its C interface. Work: the times that CBC
 * asks for cuts, which it does for every relaxation that it solves; that is also where the host is
 * asked, relaxations are rounded to plans, and the search is stopped: from then on every subproblem
 * is given a cut that nothing satisfies, and the tree empties by itself. Between two such moments
 * lie at most a round of heuristics or of strong branching: milliseconds for 50 services, up to a
 * second for 500. The interface shows no bound during the search: the first relaxation's is
 * reported, then the last. */
#include <Cbc_C_Interface.h>
#include <limits.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "solvers/params.h"
#include "solvers/serve/exact.h"
#include "solvers/serve/model_columns.h"

enum {
  ROUND_FIRST = 16,
  ROUND_EVERY = 16
}; /* relaxations that are rounded; one of every ... later */

static const struct rms_param params[] = {
    RMS_EXACT_PARAMS,
    {.name = "library-cuts",
     .type = RMS_P_ENUM,
     .dflt = "on",
     .range = "off|on|root",
     .scale = "",
     .unit = "1",
     .doc = "CBC's own cuts: nowhere, where they help, or at the root only."},
    {.name = "heuristics",
     .type = RMS_P_BOOL,
     .dflt = "yes",
     .scale = "",
     .unit = "1",
     .doc = "CBC's own heuristics."},
    {.name = NULL}};

struct cbc {
  const struct rms_serve *inst;
  struct rms_exact_settings settings;
  bool has_heuristics;
  const char *cuts; /* one of the table's texts */
  /* of one run */
  struct rms_exact *exact;
  uint64_t n_calls;
  bool is_emptying;
};

static int open_cbc(void **self, const struct rms_instance *inst, const char *const *values)
{
  static const char *const cuts[] = {"off", "on", "root"};
  const struct rms_serve *const serve = rms_serve_of(inst);
  if (!serve) return RMS_E_UNSUPPORTED;
  struct cbc *const c = calloc(1, sizeof *c);
  if (!c) return RMS_E_NOMEM;
  c->inst = serve;
  c->settings = rms_exact_read(params, values);
  c->has_heuristics = rms_value_bool(params, values, "heuristics");
  for (size_t i = 0; i < sizeof cuts / sizeof cuts[0]; i++)
    if (strcmp(cuts[i], rms_value_text(params, values, "library-cuts")) == 0) c->cuts = cuts[i];
  *self = c;
  return RMS_OK;
}

static void close_cbc(void *self)
{
  free(self);
}

/* ---- loading -----------------------------------------------------------------------------------
 */

static int load(Cbc_Model *problem, const struct rms_model *model)
{
  struct rms_model_columns m;
  const int status = rms_model_columns_init(&m, model);
  if (status == RMS_OK) {
    Cbc_loadProblem(problem, (int)model->n_columns, (int)model->n_rows, m.start, m.row, m.value,
                    m.lower, m.upper, m.cost, m.row_lower, m.row_upper);
    for (size_t j = 0; j < model->n_columns; j++) Cbc_setInteger(problem, (int)j);
  }
  rms_model_columns_fini(&m);
  return status;
}

static void set_parameters(const struct cbc *c, Cbc_Model *problem)
{
  const struct rms_host *const host = c->exact->host;
  const double seconds = host->seconds_left(host->ctx);
  const uint64_t work = host->work_left(host->ctx);
  char text[32];
  Cbc_setLogLevel(problem, 0);
  Cbc_setParameter(problem, "preprocess", "off"); /* columns stay the model's */
  Cbc_setParameter(problem, "cuts", c->cuts);
  Cbc_setParameter(problem, "heuristicsOnOff", c->has_heuristics ? "on" : "off");
  if (isfinite(seconds)) {
    snprintf(text, sizeof text, "%.3f", fmax(seconds, 0.01));
    Cbc_setParameter(problem, "timeMode", "elapsed");
    Cbc_setParameter(problem, "seconds", text);
  }
  if (work < INT_MAX) {
    snprintf(text, sizeof text, "%llu", (unsigned long long)(work > 0 ? work : 1));
    Cbc_setParameter(problem, "maxNodes", text);
  }
}

/* ---- searching ---------------------------------------------------------------------------------
 */

static double objective_of(const struct rms_model *model, const double *values)
{
  double sum = 0;
  for (size_t j = 0; j < model->n_columns; j++) sum += model->data[j].cost * values[j];
  return sum;
}

/* The model's own relaxation, with nothing fixed. */
static bool is_root(const struct rms_model *model, void *relaxation)
{
  const double *const lower = Osi_getColLower(relaxation), *const upper =
                                                               Osi_getColUpper(relaxation);
  for (size_t j = 0; j < model->n_columns; j++)
    if (lower[j] > model->data[j].lower || upper[j] < model->data[j].upper) return false;
  return true;
}

static void callback(void *relaxation, void *cuts, void *data)
{
  struct cbc *const c = data;
  struct rms_exact *const e = c->exact;
  const size_t n = e->model->n_columns;
  c->n_calls++;
  const bool is_own =
      (size_t)Osi_getNumCols(relaxation) == n; /* else a heuristic's smaller problem */
  if (is_own && !c->is_emptying) {
    const double *const values = Osi_getColSolution(relaxation);
    if (c->n_calls == 1 && is_root(e->model, relaxation))
      rms_exact_bound(e, objective_of(e->model, values));
    if (c->n_calls <= ROUND_FIRST || c->n_calls % ROUND_EVERY == 0) rms_exact_round(e, values);
  }
  if (c->is_emptying || rms_exact_tick(e, 1)) {
    const int column = 0;
    const double one = 1;
    c->is_emptying = true;
    OsiCuts_addRowCut(cuts, 1, &column, &one, 'G', e->model->data[0].upper * 2 + 1);
  }
}

static enum rms_exact_end take_result(struct cbc *c, Cbc_Model *problem)
{
  struct rms_exact *const e = c->exact;
  const double *const best = Cbc_bestSolution(problem);
  if (best) rms_exact_offer(e, best);
  if (c->is_emptying) return RMS_EXACT_STOPPED; /* bound and status are those of the emptied tree */
  if (Cbc_isProvenInfeasible(problem)) return RMS_EXACT_NONE;
  double bound = Cbc_getBestPossibleObjValue(problem);
  if (best) bound = fmin(bound, Cbc_getObjValue(problem));
  if (Cbc_isProvenOptimal(problem) && best) {
    rms_exact_bound(e, Cbc_getObjValue(problem));
    return RMS_EXACT_SOLVED;
  }
  if (Cbc_status(problem) != 1) return RMS_EXACT_FAILED;
  rms_exact_bound(e, bound);
  return RMS_EXACT_STOPPED;
}

static int run(void *self, struct rms_exact *exact)
{
  struct cbc *const c = self;
  struct sigaction interrupt; /* CBC takes SIGINT for itself */
  c->exact = exact;
  c->n_calls = 0;
  c->is_emptying = false;
  if (rms_exact_tick(exact, 0)) return RMS_EXACT_STOPPED;
  Cbc_Model *const problem = Cbc_newModel();
  int end = load(problem, exact->model);
  if (end == RMS_OK) {
    set_parameters(c, problem);
    Cbc_addCutCallback(problem, callback, "host", c);
    sigaction(SIGINT, NULL, &interrupt);
    Cbc_solve(problem);
    sigaction(SIGINT, &interrupt, NULL);
    end = (int)take_result(c, problem);
  }
  Cbc_deleteModel(problem);
  return end;
}

static int solve(void *self, const struct rms_host *host)
{
  struct cbc *const c = self;
  return rms_exact_solve(c->inst, host, &c->settings, run, c);
}

const struct rms_solver rms_solver_serve_cbc = {
    .abi = RMS_SOLVER_ABI,
    .size = sizeof(struct rms_solver),
    .name = "cbc",
    .version = "1",
    .doc = "Compact integer program by CBC's branch and cut.",
    .citation = "J. Forrest, R. Lougee-Heimer, COIN-OR Branch and Cut 2.10",
    .family = "serve",
    .flags = RMS_EXACT | RMS_ANYTIME | RMS_DETERMINISTIC | RMS_FOREIGN_ALLOC,
    .params = params,
    .supports = rms_exact_supports,
    .open = open_cbc,
    .solve = solve,
    .close = close_cbc};
