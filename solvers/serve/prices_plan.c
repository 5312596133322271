/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From slice totals to machines, from machines to a plan, from a plan to the host. */
#include <glpk.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "instances/base/memory.h"
#include "instances/serve/assemble.h"
#include "solvers/serve/gcd.h"
#include "solvers/serve/prices.h"

/* ---- what is fixed before the first step ---- */

static void open_kinds(struct rms_prices *p)
{
  const struct rms_serve *inst = p->inst;
  for (size_t q = 0; q < inst->n_pools; q++) {
    const struct rms_serve_pool *pool = &inst->pools[q];
    p->unit = rms_gcd(p->unit, pool->cost);
    for (size_t c = 0; c < pool->n_cuts && pool->count != 0; c++)
      for (size_t k = 0; k < inst->n_kinds; k++)
        if (pool->cuts[c].count[k]) p->is_open[k] = true;
  }
}

/* ---- classes of pools and their forms ---- */

static void add_to_class(const struct rms_serve *inst, struct rms_prices_class *c, size_t pool)
{
  size_t at = c->n_pools++;
  for (; at > 0 && inst->pools[c->pools[at - 1]].cost > inst->pools[pool].cost; at--)
    c->pools[at] = c->pools[at - 1];
  c->pools[at] = pool;
}

static void list_classes(struct rms_prices *p)
{
  for (size_t q = 0; q < p->inst->n_pools; q++) {
    const struct rms_serve_pool *pool = &p->inst->pools[q];
    size_t c = 0;
    if (pool->count == 0 || pool->n_cuts == 0) continue;
    while (c < p->n_classes && p->inst->pools[p->classes[c].pools[0]].rules != pool->rules) c++;
    if (c == p->n_classes) p->n_classes++;
    add_to_class(p->inst, &p->classes[c], q);
  }
}

/* The kinds that the class's machines can hold. False: too many, or one is in another class. */
static bool list_kinds(const struct rms_prices *p, struct rms_prices_class *c, bool *is_taken,
                       size_t *n)
{
  const struct rms_serve_pool *pool = &p->inst->pools[c->pools[0]];
  for (size_t k = 0; k < p->inst->n_kinds; k++) {
    bool is_held = false;
    for (size_t i = 0; i < pool->n_cuts && !is_held; i++) is_held = pool->cuts[i].count[k] > 0;
    if (!is_held) continue;
    if (is_taken[k] || *n == RMS_FORMS_DIMENSIONS_MAX) return false;
    is_taken[k] = true;
    c->kind_of[(*n)++] = k;
  }
  return pool->n_cuts <= RMS_FORMS_CUTS_MAX;
}

static int derive_class(struct rms_prices *p, struct rms_prices_class *c, size_t d)
{
  const struct rms_serve_pool *pool = &p->inst->pools[c->pools[0]];
  enum rms_forms_kind kind = RMS_FORMS_TOO_LARGE;
  c->cuts = rms_arena_alloc(p->arena, pool->n_cuts, sizeof *c->cuts);
  if (!c->cuts) return RMS_E_NOMEM;
  for (size_t i = 0; i < pool->n_cuts; i++)
    for (size_t j = 0; j < d; j++) c->cuts[i][j] = pool->cuts[i].count[c->kind_of[j]];
  int status =
      rms_forms_derive(p->arena, d, pool->n_cuts,
                       (const uint8_t(*)[RMS_FORMS_DIMENSIONS_MAX])c->cuts, &c->forms, &kind);
  p->has_forms = p->has_forms && kind == RMS_FORMS_DERIVED;
  return status;
}

static int derive_forms(struct rms_prices *p)
{
  bool is_taken[RMS_SERVE_KINDS_MAX] = {false};
  int status = RMS_OK;
  p->classes = rms_arena_alloc(p->arena, p->inst->n_pools, sizeof *p->classes);
  if (!p->classes) return RMS_E_NOMEM;
  list_classes(p);
  p->has_forms = p->n_classes > 0;
  for (size_t c = 0; c < p->n_classes && p->has_forms && status >= 0; c++) {
    size_t d = 0;
    p->has_forms = list_kinds(p, &p->classes[c], is_taken, &d);
    if (p->has_forms) status = derive_class(p, &p->classes[c], d);
  }
  p->is_single = status >= 0 && p->has_forms && p->inst->n_pools == 1;
  if (!p->is_single) return status;
  p->forms = p->classes[0].forms;
  memcpy(p->kind_of, p->classes[0].kind_of, sizeof p->kind_of);
  return status;
}

int rms_prices_prepare(struct rms_prices *p)
{
  size_t n = p->inst->n_services * p->inst->n_kinds;
  open_kinds(p);
  p->slices = rms_arena_alloc(p->arena, n, sizeof *p->slices);
  if (!p->slices) return RMS_E_NOMEM;
  return derive_forms(p);
}

/* ---- packing ---- */

/* Machines of a class to its pools, the cheapest first; their cuts in the order of the list. Adds
 * to *cost. False: there are not enough of them. */
static bool fill_pools(const struct rms_prices *p, const struct rms_prices_class *c,
                       int64_t machines, int64_t *const *times, int64_t *cost)
{
  const size_t n_cuts = p->inst->pools[c->pools[0]].n_cuts;
  size_t cut = 0;
  int64_t left_of_cut = times ? times[c->pools[0]][0] : 0;
  int64_t all[RMS_FORMS_CUTS_MAX];
  if (times) memcpy(all, times[c->pools[0]], n_cuts * sizeof *all);
  for (size_t i = 0; i < c->n_pools; i++) {
    const struct rms_serve_pool *pool = &p->inst->pools[c->pools[i]];
    int64_t here = pool->count >= 0 && machines > pool->count ? pool->count : machines;
    machines -= here;
    *cost += here * pool->cost;
    if (times) memset(times[c->pools[i]], 0, n_cuts * sizeof *all);
    while (times && here > 0) {
      const int64_t n = here < left_of_cut ? here : left_of_cut;
      times[c->pools[i]][cut] += n;
      here -= n;
      left_of_cut -= n;
      if (left_of_cut == 0 && ++cut < n_cuts) left_of_cut = all[cut];
    }
  }
  return machines == 0;
}

static int64_t pack_classes(const struct rms_prices *p, const int64_t *total, int64_t *const *times)
{
  int64_t cost = 0, z[RMS_FORMS_DIMENSIONS_MAX];
  for (size_t c = 0; c < p->n_classes; c++) {
    const struct rms_prices_class *class = &p->classes[c];
    for (size_t i = 0; i < class->forms.n_dimensions; i++) z[i] = total[class->kind_of[i]];
    if (times && !rms_forms_cut(&class->forms, z, times[class->pools[0]])) return RMS_E_INTERNAL;
    if (!fill_pools(p, class, rms_forms_machines(&class->forms, z), times, &cost)) return INT64_MAX;
  }
  return cost;
}

struct packing { /* columns of the small integer program over cuts */
  struct rms_prices *p;
  int nodes;
  glp_prob *mip;
  int first[RMS_SERVE_POOLS_MAX];
};

static void pack_rows(struct packing *pack, const struct rms_serve *inst, const int64_t *total)
{
  int kind_row = glp_add_rows(pack->mip, (int)inst->n_kinds);
  for (size_t k = 0; k < inst->n_kinds; k++)
    glp_set_row_bnds(pack->mip, kind_row + (int)k, GLP_LO, (double)total[k], 0);
  for (size_t q = 0; q < inst->n_pools; q++) {
    const struct rms_serve_pool *pool = &inst->pools[q];
    int stock_row = pool->count >= 0 ? glp_add_rows(pack->mip, 1) : 0;
    if (stock_row) glp_set_row_bnds(pack->mip, stock_row, GLP_UP, 0, (double)pool->count);
    pack->first[q] = glp_add_cols(pack->mip, (int)pool->n_cuts);
    for (size_t c = 0; c < pool->n_cuts; c++) {
      int index[RMS_SERVE_KINDS_MAX + 2], n = 0, column = pack->first[q] + (int)c;
      double value[RMS_SERVE_KINDS_MAX + 2];
      for (size_t k = 0; k < inst->n_kinds; k++)
        if (pool->cuts[c].count[k]) {
          index[++n] = kind_row + (int)k;
          value[n] = pool->cuts[c].count[k];
        }
      if (stock_row) {
        index[++n] = stock_row;
        value[n] = 1;
      }
      glp_set_col_bnds(pack->mip, column, GLP_LO, 0, 0);
      glp_set_col_kind(pack->mip, column, GLP_IV);
      glp_set_obj_coef(pack->mip, column, (double)pool->cost);
      glp_set_mat_col(pack->mip, column, n, index, value);
    }
  }
}

enum { PACK_NODES = 2000 };

static void stop_packing(glp_tree *tree, void *info)
{
  struct packing *pack = info;
  pack->nodes += glp_ios_reason(tree) == GLP_ISELECT;
  if (rms_prices_tick(pack->p, 1) || pack->nodes > PACK_NODES) glp_ios_terminate(tree);
}

/* The LP first; then branch and bound with a small node limit: any integer solution will do, for it
 * is only an upper bound. True: values are integers. */
static bool solve_packing(struct packing *pack)
{
  glp_prob *mip = pack->mip;
  glp_smcp simplex;
  glp_iocp control;
  glp_init_smcp(&simplex);
  simplex.msg_lev = GLP_MSG_OFF;
  simplex.meth = GLP_DUALP;
  if (glp_simplex(mip, &simplex) != 0 || glp_get_status(mip) != GLP_OPT) return false;
  glp_init_iocp(&control);
  control.msg_lev = GLP_MSG_OFF;
  control.cb_func = stop_packing;
  control.cb_info = pack;
  int code = glp_intopt(mip, &control);
  int status = glp_mip_status(mip);
  return (code == 0 || code == GLP_ESTOP) && (status == GLP_OPT || status == GLP_FEAS);
}

/* Exact in integers whatever the library said: machines are rounded and checked. */
static bool take_packing(const struct packing *pack, const struct rms_serve *inst,
                         const int64_t *total, int64_t *const *times, int64_t *cost)
{
  int64_t places[RMS_SERVE_KINDS_MAX] = {0};
  *cost = 0;
  for (size_t q = 0; q < inst->n_pools; q++) {
    const struct rms_serve_pool *pool = &inst->pools[q];
    int64_t machines = 0;
    for (size_t c = 0; c < pool->n_cuts; c++) {
      int64_t n = llround(glp_mip_col_val(pack->mip, pack->first[q] + (int)c));
      if (n < 0) return false;
      machines += n;
      for (size_t k = 0; k < inst->n_kinds; k++) places[k] += n * pool->cuts[c].count[k];
      if (times) times[q][c] = n;
    }
    if (pool->count >= 0 && machines > pool->count) return false;
    *cost += machines * pool->cost;
  }
  for (size_t k = 0; k < inst->n_kinds; k++)
    if (places[k] < total[k]) return false;
  return true;
}

static int64_t pack_pools(struct rms_prices *p, const int64_t *total, int64_t *const *times)
{
  struct packing pack = {.p = p, .mip = glp_create_prob()};
  int64_t cost = INT64_MAX;
  glp_set_obj_dir(pack.mip, GLP_MIN);
  pack_rows(&pack, p->inst, total);
  if (!solve_packing(&pack) || !take_packing(&pack, p->inst, total, times, &cost)) cost = INT64_MAX;
  glp_delete_prob(pack.mip);
  return cost;
}

int64_t rms_prices_pack(struct rms_prices *p, const int64_t *total, int64_t *const *times)
{
  p->evaluations++;
  return p->has_forms ? pack_classes(p, total, times) : pack_pools(p, total, times);
}

/* ---- reporting ---- */

bool rms_prices_tick(struct rms_prices *p, uint64_t work)
{
  p->work += work;
  if (!p->is_stopped && p->host->should_stop(p->host->ctx, p->work)) p->is_stopped = true;
  return p->is_stopped;
}

bool rms_prices_is_closed(const struct rms_prices *p)
{
  return p->has_plan && p->proved >= p->cost;
}

static double told_bound(const struct rms_prices *p)
{
  double raw = (double)p->bound / (double)p->options.denominator;
  if (rms_prices_is_closed(p)) return (double)p->cost;
  return p->proved > rms_prices_ceiling(p) ? (double)p->proved : fmax(0, nextafter(raw, 0));
}

static void report(struct rms_prices *p, const struct rms_text *bytes)
{
  struct rms_incumbent inc = {.size = sizeof inc,
                              .bound = p->n_steps || rms_prices_is_closed(p) ? told_bound(p) : NAN,
                              .evaluations = p->evaluations,
                              .work = p->work};
  p->told = inc.bound;
  if (bytes) {
    inc.objective[0] = (double)p->cost;
    inc.solution = bytes->data;
    inc.solution_bytes = bytes->length;
  }
  if (p->host->report(p->host->ctx, &inc)) p->is_stopped = true;
}

/* The first step that proves what is proved: its prices are the simplest, and simple prices are
 * verified fastest. */
static const struct rms_price_step *proving_step(const struct rms_prices *p)
{
  rms_wide need = (rms_wide)p->options.denominator * (rms_prices_ceiling(p) - p->unit);
  size_t j = 0;
  while (j < p->best_step && p->steps[j].value <= need) j++;
  return &p->steps[j];
}

static int report_plan(struct rms_prices *p)
{
  const struct rms_price_step *step =
      p->search.target > 0 ? &p->steps[p->best_step] : proving_step(p);
  int status = rms_prices_certify(p, &step->point, p->options.denominator, &p->plan.certificate);
  if (status < 0) return status;
  rms_text_clear(&p->bytes);
  status = rms_serve_plan_encode(&p->plan, &p->bytes);
  if (status >= 0) report(p, &p->bytes);
  p->certified = rms_prices_ceiling(p);
  return status;
}

int rms_prices_renew(struct rms_prices *p)
{
  if (!p->has_plan || rms_prices_is_closed(p) || p->certified >= rms_prices_ceiling(p))
    return RMS_OK;
  return report_plan(p);
}

int rms_prices_report_none(struct rms_prices *p)
{
  rms_text_clear(&p->bytes);
  int status = rms_serve_plan_encode(&p->plan, &p->bytes);
  if (status < 0) return status;
  const struct rms_incumbent inc = {.size = sizeof inc,
                                    .objective = {INFINITY},
                                    .bound = NAN,
                                    .evaluations = p->evaluations,
                                    .work = p->work,
                                    .solution = p->bytes.data,
                                    .solution_bytes = p->bytes.length};
  if (p->host->report(p->host->ctx, &inc)) p->is_stopped = true;
  return RMS_INFEASIBLE;
}

void rms_prices_hold(struct rms_prices *p)
{
  p->is_held = true;
  p->is_pending = false;
}

int rms_prices_release(struct rms_prices *p)
{
  p->is_held = false;
  return p->is_pending ? report_plan(p) : RMS_OK;
}

void rms_prices_tell_bound(struct rms_prices *p)
{
  if (told_bound(p) <= p->told) return;
  if (p->is_held && rms_prices_is_closed(p)) {
    p->is_pending = true;
    return;
  }
  /* A plan that the new bound proves optimal is reported again, with the certificate that does it.
   */
  if (!rms_prices_is_closed(p) || report_plan(p) < 0) report(p, NULL);
}

int rms_prices_offer_nothing(struct rms_prices *p)
{
  p->has_plan = true;
  p->cost = 0;
  int status = rms_serve_plan_encode(&p->plan, &p->bytes);
  if (status >= 0) report(p, &p->bytes);
  return status;
}

static int take_plan(struct rms_prices *p, const int64_t *slices, int64_t *const *times,
                     int64_t cost)
{
  struct rms_error err = {0};
  rms_serve_plan_clear(&p->plan);
  int status = rms_serve_assemble(p->inst, (const int64_t *const *)times, slices, &p->plan, &err);
  if (status < 0) return status;
  p->has_plan = true;
  p->cost = cost;
  p->is_pending = p->is_held;
  return p->is_held ? RMS_OK : report_plan(p);
}

int rms_prices_offer_cut(struct rms_prices *p, const int64_t *slices, int64_t *const *times)
{
  const struct rms_serve *inst = p->inst;
  int64_t cost = 0, machines, places[RMS_SERVE_KINDS_MAX] = {0};
  for (size_t q = 0; q < inst->n_pools; q++) {
    machines = 0;
    for (size_t c = 0; c < inst->pools[q].n_cuts; c++) {
      machines += times[q][c];
      for (size_t k = 0; k < inst->n_kinds; k++)
        places[k] += times[q][c] * inst->pools[q].cuts[c].count[k];
    }
    if (inst->pools[q].count >= 0 && machines > inst->pools[q].count) return RMS_OK;
    cost += machines * inst->pools[q].cost;
  }
  for (size_t s = 0; s < inst->n_services; s++)
    for (size_t k = 0; k < inst->n_kinds; k++) places[k] -= slices[s * inst->n_kinds + k];
  for (size_t k = 0; k < inst->n_kinds; k++)
    if (places[k] < 0) return RMS_OK;
  return p->has_plan && cost >= p->cost ? RMS_OK : take_plan(p, slices, times, cost);
}

int rms_prices_offer(struct rms_prices *p, const int64_t *slices, const int64_t *total)
{
  const struct rms_serve *inst = p->inst;
  int64_t *times[RMS_SERVE_POOLS_MAX] = {0};
  int status = RMS_OK;
  for (size_t q = 0; q < inst->n_pools; q++) {
    times[q] = calloc(inst->pools[q].n_cuts + 1, sizeof *times[q]);
    if (!times[q]) status = RMS_E_NOMEM;
  }
  int64_t cost = status < 0 ? status : rms_prices_pack(p, total, times);
  if (cost < 0) status = (int)cost;
  if (status < 0 || cost == INT64_MAX || (p->has_plan && cost >= p->cost)) goto out;
  status = take_plan(p, slices, times, cost);
out:
  for (size_t q = 0; q < inst->n_pools; q++) free(times[q]);
  return status;
}
