/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solvers/serve/exact.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "instances/serve/assemble.h"
#include "solvers/params.h"

enum { RUNS_MAX = 100, SHORTAGES_MAX = 2000 };
#define BOUND_MARGIN 1e-6 /* relative; ten times the tolerances of the libraries */

/* ---- reports -----------------------------------------------------------------------------------
 */

static void send(struct rms_exact *e, bool has_solution)
{
  struct rms_incumbent inc = {.size = sizeof inc,
                              .objective = {(double)e->cost},
                              .bound = e->has_bound ? (double)e->bound : NAN,
                              .evaluations = e->evaluations,
                              .work = e->work};
  if (has_solution) {
    inc.solution = e->bytes.data;
    inc.solution_bytes = e->bytes.length;
  }
  if (e->host->report(e->host->ctx, &inc)) e->is_stopped = true;
}

static void fail(struct rms_exact *e, int status)
{
  if (e->status == RMS_OK) e->status = status;
}

/* The plan that the read-out holds, when it is better than the best. */
static bool keep_plan(struct rms_exact *e)
{
  const int64_t cost = rms_readout_cost(e->readout);
  if (e->has_plan && cost >= e->cost) return false;
  const int64_t *machines[RMS_SERVE_POOLS_MAX] = {NULL};
  for (size_t p = 0; p < e->inst->n_pools; p++)
    machines[p] = &e->readout->times[e->readout->first_cut[p]];
  rms_serve_plan_clear(&e->plan);
  int status = rms_serve_assemble(e->inst, machines, e->readout->slices, &e->plan, NULL);
  if (status == RMS_OK) {
    rms_text_clear(&e->bytes);
    status = rms_serve_plan_encode(&e->plan, &e->bytes);
  }
  if (status < 0) {
    fail(e, status);
    return false;
  }
  e->has_plan = true;
  e->cost = cost;
  /* A bound from floating point above an exact plan was wrong. */
  if (e->has_bound && e->bound > cost) {
    e->host->log(e->host->ctx, 2, "the library's bound %lld is above a plan of cost %lld",
                 (long long)e->bound, (long long)cost);
    e->bound = cost;
  }
  send(e, true);
  return true;
}

bool rms_exact_tick(struct rms_exact *e, uint64_t work)
{
  e->work += work;
  if (e->is_stopped || e->status < 0) return true;
  if (e->model->is_elastic ? e->excess > 0 : e->has_plan && e->has_bound && e->bound >= e->cost)
    return true;
  if (e->host->should_stop(e->host->ctx, e->work)) e->is_stopped = true;
  return e->is_stopped;
}

void rms_exact_bound(struct rms_exact *e, double bound)
{
  if (!(bound > 0) || bound > 1e15) return;
  const int64_t least = (int64_t)ceil(bound - BOUND_MARGIN * fmax(1, bound));
  if (e->model->is_elastic) {
    if (least > e->excess) e->excess = least;
    return;
  }
  int64_t cost = least * e->model->unit;
  if (e->has_plan && cost > e->cost) cost = e->cost;
  if (e->has_bound && cost <= e->bound) return;
  e->has_bound = true;
  e->bound = cost;
  send(e, false);
}

/* ---- solutions ---------------------------------------------------------------------------------
 */

static bool is_known(const struct rms_exact *e, size_t s, const int64_t *slices)
{
  for (size_t i = 0; i < e->n_shortages; i++)
    if (e->shortages[i].service == s &&
        memcmp(e->shortages[i].slices, slices, e->inst->n_kinds * sizeof *slices) == 0)
      return true;
  return false;
}

static void keep_shortage(struct rms_exact *e, size_t s, const double *values)
{
  if (e->n_shortages >= SHORTAGES_MAX) return;
  int64_t *const slices = calloc(e->inst->n_kinds, sizeof *slices);
  if (!slices || rms_grow(&e->shortages, &e->shortages_capacity, e->n_shortages + 1,
                          sizeof *e->shortages) < 0) {
    free(slices);
    fail(e, RMS_E_NOMEM);
    return;
  }
  for (size_t j = 0; j < e->model->n_columns; j++) {
    const struct rms_column *const column = &e->model->columns[j];
    if (column->kind == RMS_COLUMN_SLICES && column->a == s)
      slices[column->b] = values[j] > 0 ? (int64_t)floor(values[j] + 0.5) : 0;
  }
  if (is_known(e, s, slices))
    free(slices);
  else
    e->shortages[e->n_shortages++] = (struct rms_shortage){(uint32_t)s, slices};
}

void rms_exact_offer(struct rms_exact *e, const double *values)
{
  e->evaluations++;
  const bool is_plan = rms_readout_take(e->readout, e->model, values, false);
  for (size_t s = 0; e->readout->n_short > 0 && s < e->inst->n_services; s++)
    if (e->readout->is_short[s]) keep_shortage(e, s, values);
  if (is_plan) keep_plan(e);
}

bool rms_exact_round(struct rms_exact *e, const double *values)
{
  if (!e->has_heur) return false;
  e->evaluations++;
  if (!rms_readout_take(e->readout, e->model, values, true) || !keep_plan(e)) return false;
  rms_readout_fill(e->readout, e->model, e->values);
  return true;
}

/* ---- the end -----------------------------------------------------------------------------------
 */

static bool is_closed(const struct rms_exact *e)
{
  return e->has_plan && e->has_bound && e->bound >= e->cost;
}

static int run_once(struct rms_exact *e, rms_exact_run *run, void *self)
{
  e->options.shortages = e->shortages;
  e->options.n_shortages = e->n_shortages;
  int end = rms_model_build(&e->model, e->inst, &e->options);
  if (end < 0) return end;
  if (e->model->note[0]) e->host->log(e->host->ctx, 1, "%s", e->model->note);
  e->values = calloc(e->model->n_columns + 1, sizeof *e->values);
  end = RMS_E_NOMEM;
  if (e->values) {
    /* The first plan: all services at once, before the first relaxation is solved. */
    if (e->has_heur && !e->has_plan) rms_exact_round(e, e->values);
    end = run(self, e);
  }
  free(e->values);
  e->values = NULL;
  rms_model_free(e->model);
  e->model = NULL;
  return end;
}

static bool has_stock(const struct rms_serve *inst)
{
  for (size_t p = 0; p < inst->n_pools; p++)
    if (inst->pools[p].count >= 0) return true;
  return false;
}

/* Is the stock short, whatever the costs? */
static int prove_infeasible(struct rms_exact *e, rms_exact_run *run, void *self)
{
  if (!has_stock(e->inst)) return RMS_FEASIBLE;
  e->options.is_elastic = true;
  for (int i = 0; i < RUNS_MAX; i++) {
    const size_t n_shortages = e->n_shortages;
    const int end = run_once(e, run, self);
    if (end < 0) return end;
    if (e->status < 0) return e->status;
    if (e->excess > 0) return RMS_INFEASIBLE;
    if (e->is_stopped || end == RMS_EXACT_STOPPED) return RMS_STOPPED;
    if (end != RMS_EXACT_SOLVED || e->has_plan || e->n_shortages == n_shortages) break;
  }
  return RMS_FEASIBLE;
}

static int search(struct rms_exact *e, rms_exact_run *run, void *self)
{
  for (int i = 0; i < RUNS_MAX; i++) {
    const size_t n_shortages = e->n_shortages;
    const int end = run_once(e, run, self);
    if (end < 0) return end;
    if (e->status < 0) return e->status;
    if (is_closed(e)) return RMS_OPTIMAL;
    if (e->is_stopped || end == RMS_EXACT_STOPPED) return RMS_STOPPED;
    if (end == RMS_EXACT_NONE && !e->has_plan) return prove_infeasible(e, run, self);
    if (end != RMS_EXACT_SOLVED) {
      e->host->log(e->host->ctx, 2, "the library gave up");
      return RMS_FEASIBLE;
    }
    if (e->n_shortages == n_shortages) break;
    e->host->log(e->host->ctx, 1,
                 "the library's optimum is short of a demand by its tolerance; once more");
  }
  return RMS_FEASIBLE;
}

static int solve_empty(struct rms_exact *e)
{
  e->has_bound = true;
  keep_plan(e);
  return e->status < 0 ? e->status : RMS_OPTIMAL;
}

int rms_exact_solve(const struct rms_serve *inst, const struct rms_host *host,
                    const struct rms_exact_settings *settings, rms_exact_run *run, void *self)
{
  struct rms_exact e = {
      .inst = inst, .host = host, .options = settings->model, .has_heur = settings->has_heur};
  if (inst->base.family->is_hopeless(&inst->base, NULL)) return RMS_INFEASIBLE;
  int outcome = rms_readout_new(&e.readout, inst);
  if (outcome == RMS_OK) outcome = inst->n_services == 0 ? solve_empty(&e) : search(&e, run, self);
  for (size_t i = 0; i < e.n_shortages; i++) free(e.shortages[i].slices);
  free(e.shortages);
  rms_readout_free(e.readout);
  rms_serve_plan_fini(&e.plan);
  rms_text_fini(&e.bytes);
  return outcome == RMS_E_UNSUPPORTED ? RMS_UNSUPPORTED : outcome;
}

struct rms_exact_settings rms_exact_read(const struct rms_param *params, const char *const *values)
{
  return (struct rms_exact_settings){
      .model = {.use_forms = strcmp(rms_value_text(params, values, "model"), "forms") == 0,
                .use_cuts = rms_value_bool(params, values, "cuts")},
      .has_heur = rms_value_bool(params, values, "heur")};
}

int rms_exact_supports(const struct rms_instance *inst)
{
  const struct rms_serve *const serve = rms_serve_of(inst);
  return serve && serve->n_services <= 100000;
}
