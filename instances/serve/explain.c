/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "instances/serve/explain.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "instances/serve/cover.h"

enum { NODES = 200000, SHARES = 256 };

struct explainer {
  const struct rms_serve *inst;
  const struct rms_serve_plan *plan;
  struct rms_serve_explanation *e;
  struct rms_cover *cover;
};

static rms_wide least(struct explainer *x, const int64_t *prices, size_t s, int64_t demand)
{
  const size_t n = x->inst->n_kinds;
  const struct rms_cover_result r =
      rms_cover_least(x->cover, prices, x->inst->throughput + s * n, n, demand, NODES);
  if (!r.is_exact) x->e->is_exact = false;
  return r.least;
}

/* ---- services ---- */

static int64_t clamp(rms_wide x)
{
  return x > RMS_MICRO_MAX ? RMS_MICRO_MAX : x < 0 ? 0 : (int64_t)x;
}

/* Spare and idle, from the plan's slices. */
static int add_supplies(struct explainer *x)
{
  const struct rms_serve *inst = x->inst;
  rms_wide idle[RMS_SERVE_KINDS_MAX] = {0};
  rms_wide *supply = calloc(inst->n_services + 1, sizeof *supply);
  if (!supply) return RMS_E_NOMEM;
  for (size_t g = 0; g < x->plan->n_groups; g++) {
    const struct rms_serve_group *group = &x->plan->groups[g];
    for (size_t i = 0; i < group->n_slices; i++) {
      const struct rms_serve_slice slice = x->plan->slices[group->first + i];
      const int k = rms_serve_kind_of(inst, inst->pools[group->pool].machine, slice.profile);
      if (k < 0) continue;
      if (slice.service == RMS_SERVE_IDLE)
        idle[k] += group->count;
      else
        supply[slice.service] +=
            (rms_wide)rms_serve_rate(inst, slice.service, (size_t)k) * group->count;
    }
  }
  for (size_t s = 0; s < inst->n_services; s++) {
    rms_wide sum = 0;
    for (size_t k = 0; k < inst->n_kinds; k++) sum += idle[k] * rms_serve_rate(inst, s, k);
    x->e->growth[s].spare = clamp(supply[s] - inst->services[s].demand);
    x->e->growth[s].idle = clamp(sum);
  }
  free(supply);
  return RMS_OK;
}

static int64_t grown(int64_t demand, int64_t by)
{
  return demand > INT64_MAX - by ? INT64_MAX : demand + by;
}

/* Cheapest price per request; ties: the lower kind. */
static void find_best_kind(const struct explainer *x, size_t s)
{
  const int64_t *w = x->plan->certificate.prices;
  struct rms_serve_growth *growth = &x->e->growth[s];
  int64_t best_rate = 0;
  for (size_t k = 0; k < x->inst->n_kinds; k++) {
    const int64_t rate = rms_serve_rate(x->inst, s, k);
    if (!rate || !x->e->scarcity[k].is_open) continue;
    if (best_rate && (rms_wide)w[k] * best_rate >= (rms_wide)w[growth->kind] * rate) continue;
    growth->kind = k;
    best_rate = rate;
  }
  if (best_rate)
    growth->per_request =
        (double)w[growth->kind] / (double)x->e->denominator / rms_micro_to_double(best_rate);
}

/* The price is a rising staircase of the demand: find the end of the step. */
static void explain_service(struct explainer *x, size_t s)
{
  const int64_t *w = x->plan->certificate.prices;
  struct rms_serve_growth *growth = &x->e->growth[s];
  const int64_t demand = x->inst->services[s].demand;
  const rms_wide now = least(x, w, s, demand);
  int64_t below = demand, above = grown(demand, 1);
  for (int64_t by = 1; above < INT64_MAX && least(x, w, s, above) <= now; by = 2 * by) {
    below = above;
    above = by > RMS_MICRO_MAX ? INT64_MAX : grown(demand, 2 * by);
  }
  while (above - below > 1) {
    const int64_t middle = below + (above - below) / 2;
    if (least(x, w, s, middle) <= now)
      below = middle;
    else
      above = middle;
  }
  growth->free_until = below;
  growth->next = least(x, w, s, above) - now;
  growth->one_more = least(x, w, s, grown(demand, RMS_MICRO)) - now;
  growth->tenth_more = least(x, w, s, grown(demand, demand / 10 + (demand % 10 != 0))) - now;
  find_best_kind(x, s);
}

/* ---- slices ---- */

static rms_wide limit_of(const struct explainer *x, size_t pool)
{
  const struct rms_serve_certificate *c = &x->plan->certificate;
  return (rms_wide)c->denominator * x->inst->pools[pool].cost + c->stock_prices[pool];
}

static bool holds(const struct rms_serve_pool *pool, size_t k)
{
  for (size_t c = 0; pool->count != 0 && c < pool->n_cuts; c++)
    if (pool->cuts[c].count[k]) return true;
  return false;
}

static void explain_kind(struct explainer *x, size_t k)
{
  const struct rms_serve *inst = x->inst;
  const struct rms_machine *machine = inst->machines[inst->kinds[k].machine];
  const struct rms_profile *profile = &machine->profiles[inst->kinds[k].profile];
  struct rms_serve_scarcity *kind = &x->e->scarcity[k];
  for (size_t q = 0; q < inst->n_pools; q++) {
    if (inst->pools[q].machine != inst->kinds[k].machine || !holds(&inst->pools[q], k)) continue;
    if (kind->is_open && limit_of(x, q) >= kind->limit) continue;
    kind->is_open = true;
    kind->pool = q;
    kind->limit = limit_of(x, q);
  }
  if (!kind->is_open) return;
  kind->price = x->plan->certificate.prices[k];
  kind->units = machine->compute_units > 0 ? profile->compute : profile->memory;
  kind->whole = machine->compute_units > 0 ? machine->compute_units : machine->memory_units;
  const rms_wide paid = kind->price * kind->whole, fair = kind->limit * kind->units;
  /* prices are rounded: a hundredth more or less is the same */
  kind->scarcity = (paid * 100 > fair * 101) - (paid * 100 < fair * 99);
}

/* ---- pools ---- */

static rms_wide dearest(const struct explainer *x, size_t pool, const int64_t *w, size_t *cut)
{
  const struct rms_serve_pool *q = &x->inst->pools[pool];
  rms_wide most = -1;
  for (size_t c = 0; c < q->n_cuts; c++) {
    rms_wide worth = 0;
    for (size_t k = 0; k < x->inst->n_kinds; k++) worth += (rms_wide)q->cuts[c].count[k] * w[k];
    if (worth > most) *cut = c;
    if (worth > most) most = worth;
  }
  return most < 0 ? 0 : most;
}

/* Is the bound still proved at these prices? */
static bool is_kept(struct explainer *x, const int64_t *w)
{
  const struct rms_serve_certificate *c = &x->plan->certificate;
  rms_wide sum = 0;
  for (size_t s = 0; s < x->inst->n_services; s++)
    sum += least(x, w, s, x->inst->services[s].demand);
  for (size_t q = 0; q < x->inst->n_pools; q++)
    if (c->stock_prices[q]) sum -= (rms_wide)c->stock_prices[q] * x->inst->pools[q].count;
  return sum > 0 && rms_wide_ceil(sum, c->denominator) >= x->e->bound;
}

/* Prices of this machine's slices may be lowered in proportion as long as the bound is kept; then
 * the machine may be that much cheaper, too. */
static void find_kept_cost(struct explainer *x, size_t pool)
{
  const struct rms_serve *inst = x->inst;
  const struct rms_serve_certificate *c = &x->plan->certificate;
  int64_t w[RMS_SERVE_KINDS_MAX];
  int low = 0, high = SHARES; /* at high the bound is kept */
  size_t cut = 0;
  while (high - low > 1) {
    const int middle = (low + high) / 2;
    for (size_t k = 0; k < inst->n_kinds; k++) {
      const bool is_ours = inst->kinds[k].machine == inst->pools[pool].machine;
      w[k] = is_ours ? (int64_t)((rms_wide)c->prices[k] * middle / SHARES) : c->prices[k];
    }
    if (is_kept(x, w))
      high = middle;
    else
      low = middle;
  }
  for (size_t k = 0; k < inst->n_kinds; k++)
    w[k] = (int64_t)((rms_wide)c->prices[k] * high / SHARES);
  const rms_wide over = dearest(x, pool, w, &cut) - c->stock_prices[pool];
  const rms_wide from = over > 0 ? rms_wide_ceil(over, c->denominator) : 1;
  x->e->leverage[pool].kept_from = from < inst->pools[pool].cost ? (int64_t)from : 0;
}

static void explain_pool(struct explainer *x, size_t pool)
{
  const struct rms_serve_certificate *c = &x->plan->certificate;
  struct rms_serve_leverage *l = &x->e->leverage[pool];
  l->used = rms_serve_plan_machines(x->plan, (uint32_t)pool);
  x->e->machines += l->used;
  if (x->inst->pools[pool].count == 0) return; /* its prices are the certificate's own affair */
  l->saves = c->stock_prices[pool];
  l->worth = dearest(x, pool, c->prices, &l->cut);
  if (l->used == 0) find_kept_cost(x, pool);
}

/* ---- all ---- */

static int check_plan(struct explainer *x, struct rms_error *err)
{
  struct rms_serve_audit audit;
  int status = rms_serve_audit(x->inst, x->plan, &audit);
  if (status < 0) return rms_error_set(err, status, "out of memory");
  if (audit.has_certificate && audit.proof.proves_infeasibility)
    status = rms_error_set(err, RMS_E_INSTANCE, "there is no plan: %s", audit.proof.why);
  else if (!audit.is_feasible)
    status = rms_error_set(err, RMS_E_INSTANCE, "the plan is wrong: %s", audit.why);
  else if (!audit.has_certificate)
    status = rms_error_set(err, RMS_E_INSTANCE,
                           "the plan has no certificate, so there are no prices; the solver prices "
                           "writes one");
  else if (!audit.proof.is_valid)
    status = rms_error_set(err, RMS_E_INSTANCE, "%s", audit.proof.why);
  x->e->bound = audit.proof.bound_units;
  x->e->is_optimal = audit.is_optimal;
  x->e->cost = rms_serve_plan_cost(x->inst, x->plan);
  x->e->denominator = x->plan->certificate.denominator;
  rms_serve_audit_fini(&audit);
  return status;
}

int rms_serve_explain(const struct rms_serve *inst, const struct rms_serve_plan *plan,
                      struct rms_serve_explanation *e, struct rms_error *err)
{
  struct explainer x = {.inst = inst, .plan = plan, .e = e};
  int status = RMS_OK;
  *e = (struct rms_serve_explanation){.is_exact = true};
  RMS_TRY(check_plan(&x, err));
  x.cover = malloc(sizeof *x.cover);
  e->growth = calloc(inst->n_services + 1, sizeof *e->growth);
  if (!x.cover || !e->growth) RMS_TRY(rms_error_set(err, RMS_E_NOMEM, "out of memory"));
  if (add_supplies(&x) < 0) RMS_TRY(rms_error_set(err, RMS_E_NOMEM, "out of memory"));
  for (size_t k = 0; k < inst->n_kinds; k++) explain_kind(&x, k);
  for (size_t s = 0; s < inst->n_services; s++) explain_service(&x, s);
  for (size_t q = 0; q < inst->n_pools; q++) explain_pool(&x, q);
out:
  free(x.cover);
  if (status < 0) rms_serve_explanation_fini(e);
  return status;
}

void rms_serve_explanation_fini(struct rms_serve_explanation *e)
{
  free(e->growth);
  e->growth = NULL;
}
