/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The dual by cutting planes, damped by evaluating half way between the master's optimum and the
 * best prices so far; every point is rounded to integers, made legal in integers, and evaluated in
 * integers. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "solvers/serve/prices.h"

enum { POLL = 256 };

/* ---- integer prices ---- */

static rms_wide worth(const struct rms_prices *p, const struct rms_price_point *point, size_t pool,
                      size_t cut)
{
  const struct rms_serve_cut *c = &p->inst->pools[pool].cuts[cut];
  rms_wide sum = 0;
  for (size_t k = 0; k < p->inst->n_kinds; k++) sum += (rms_wide)c->count[k] * point->w[k];
  return sum;
}

/* Lower the prices until no cut is worth more than its machine costs: first all in proportion,
 * which changes nothing when rounding to the nearest was legal already. */
static void make_legal(const struct rms_prices *p, struct rms_price_point *point)
{
  const struct rms_serve *inst = p->inst;
  rms_wide over = 1, under = 1; /* the worst ratio worth / allowed */
  for (size_t q = 0; q < inst->n_pools; q++) {
    rms_wide allowed = (rms_wide)p->options.denominator * inst->pools[q].cost + point->u[q];
    if (inst->pools[q].count == 0) continue;
    for (size_t c = 0; c < inst->pools[q].n_cuts; c++) {
      rms_wide value = worth(p, point, q, c);
      if (value * under > over * allowed) {
        over = value;
        under = allowed;
      }
    }
  }
  if (over <= under) return;
  for (size_t k = 0; k < inst->n_kinds; k++)
    point->w[k] = (int64_t)((rms_wide)point->w[k] * under / over);
}

static void to_integers(const struct rms_prices *p, const struct rms_price_real *from,
                        struct rms_price_point *point)
{
  for (size_t k = 0; k < p->inst->n_kinds; k++)
    point->w[k] = p->is_open[k] ? llround(fmax(0, from->w[k])) : 0;
  for (size_t q = 0; q < p->inst->n_pools; q++)
    point->u[q] = p->inst->pools[q].count > 0 ? llround(fmax(0, from->u[q])) : 0;
  make_legal(p, point);
}

/* ---- evaluating ---- */

static int add_step(struct rms_prices *p, const struct rms_price_point *point,
                    struct rms_price_step **result)
{
  const struct rms_serve *inst = p->inst;
  int status = rms_grow(&p->steps, &p->steps_capacity, p->n_steps + 1, sizeof *p->steps);
  if (status < 0) return status;
  struct rms_price_step *step = &p->steps[p->n_steps];
  *step = (struct rms_price_step){.point = *point};
  step->total = calloc(inst->n_kinds, sizeof *step->total);
  step->slices = malloc(inst->n_services * inst->n_kinds * sizeof *step->slices);
  if (!step->total || !step->slices) {
    free(step->slices);
    free(step->total);
    return RMS_E_NOMEM;
  }
  p->n_steps++;
  *result = step;
  return RMS_OK;
}

/* Near ties of price per rate make single knapsacks long. The first one that takes LONG_NODES makes
 * the solver look at prices as sums of forms from then on. What is still long is worth it for some
 * services; when a step has spent STEP_NODES, and MEAN_NODES more for each service, the others get
 * FEW_NODES. */
enum { LONG_NODES = 500, STEP_NODES = 8000000, FEW_NODES = 200, MEAN_NODES = 100 };

enum visit_end { VISITED, STOPPED, TIED };

/* Rows of services, one by one. STOPPED, TIED: the step is worthless. */
static enum visit_end price_services(struct rms_prices *p, struct rms_price_step *step,
                                     const struct rms_price_parts *parts)
{
  const struct rms_serve *inst = p->inst;
  const bool may_tie = p->has_forms && !p->is_tied && p->options.nodes > LONG_NODES;
  int64_t budget = STEP_NODES + (int64_t)inst->n_services * MEAN_NODES;
  struct rms_cover_prices prices = {.n_kinds = inst->n_kinds,
                                    .price = step->point.w,
                                    .is_open = p->is_open,
                                    .node_limit = may_tie ? LONG_NODES : p->options.nodes,
                                    .budget = &budget,
                                    .n_parts = parts->n,
                                    .parts = parts->forms};
  int64_t y[RMS_SERVE_KINDS_MAX];
  for (size_t s = 0; s < inst->n_services; s++) {
    rms_wide value;
    const bool is_exact = rms_cover_solve(&prices, inst->throughput + s * inst->n_kinds,
                                          inst->services[s].demand, y, &value);
    if (!is_exact && may_tie) return TIED;
    step->value += value;
    if (budget < 0 && prices.node_limit > FEW_NODES) prices.node_limit = FEW_NODES;
    for (size_t k = 0; k < inst->n_kinds; k++) {
      step->slices[s * inst->n_kinds + k] = (uint32_t)y[k];
      step->total[k] += y[k];
    }
    if (s % POLL == POLL - 1 && rms_prices_tick(p, POLL)) return STOPPED;
  }
  return rms_prices_tick(p, inst->n_services % POLL) ? STOPPED : VISITED;
}

static enum visit_end price_step(struct rms_prices *p, struct rms_price_step *step)
{
  struct rms_price_parts parts = {.n = 0};
  memset(step->total, 0, p->inst->n_kinds * sizeof *step->total);
  step->value = 0;
  if (p->is_tied) rms_prices_split(p, step->point.w, &parts);
  return price_services(p, step, &parts);
}

static void forget_step(struct rms_price_step *step)
{
  free(step->slices);
  step->slices = NULL;
}

/* Keep the slices of as many steps as memory allows: those of weight 0 go first, then the oldest.
 */
static void make_room(struct rms_prices *p)
{
  size_t bytes = p->inst->n_services * p->inst->n_kinds * sizeof(uint32_t), kept = 0,
         victim = SIZE_MAX;
  for (size_t j = 0; j < p->n_steps; j++) kept += p->steps[j].slices != NULL;
  if ((kept + 1) * bytes <= (size_t)p->options.memory) return;
  for (size_t j = 0; j < p->n_steps; j++)
    if (p->steps[j].slices && j != p->best_step &&
        (victim == SIZE_MAX || p->steps[j].weight < p->steps[victim].weight))
      victim = j;
  if (victim != SIZE_MAX) forget_step(&p->steps[victim]);
}

static int offer_step(struct rms_prices *p, const struct rms_price_step *step)
{
  size_t n = p->inst->n_services * p->inst->n_kinds;
  int64_t cost = rms_prices_pack(p, step->total, NULL);
  if (cost < 0) return (int)cost;
  if (cost == INT64_MAX || (p->has_plan && cost >= p->cost)) return RMS_OK;
  for (size_t i = 0; i < n; i++) p->slices[i] = step->slices[i];
  return rms_prices_offer(p, p->slices, step->total);
}

int rms_prices_visit(struct rms_prices *p, const struct rms_price_point *point, bool *is_visited)
{
  struct rms_price_step *step;
  make_room(p);
  int status = add_step(p, point, &step);
  if (status < 0) return status;
  p->evaluations++;
  enum visit_end end = price_step(p, step);
  if (end == TIED) {
    p->is_tied = true;
    end = price_step(p, step);
  }
  *is_visited = end == VISITED;
  if (*is_visited) return RMS_OK;
  forget_step(step);
  free(step->total);
  p->n_steps--;
  return RMS_OK;
}

/* Evaluate L at `point`. *is_better tells whether the bound rose. 0 or negative. */
static int evaluate(struct rms_prices *p, const struct rms_price_point *point, bool *is_better)
{
  bool is_visited;
  *is_better = false;
  int status = rms_prices_visit(p, point, &is_visited);
  if (status < 0 || !is_visited) return status;
  struct rms_price_step *step = &p->steps[p->n_steps - 1];
  for (size_t q = 0; q < p->inst->n_pools; q++)
    if (p->inst->pools[q].count > 0) step->value -= (rms_wide)point->u[q] * p->inst->pools[q].count;
  if (p->n_steps == 1 || step->value > p->bound) {
    p->bound = step->value;
    p->best_step = p->n_steps - 1;
    *is_better = true;
    if (rms_prices_ceiling(p) > p->proved) p->proved = rms_prices_ceiling(p);
  }
  status = offer_step(p, step);
  if (*is_better) rms_prices_tell_bound(p);
  return status;
}

int64_t rms_prices_ceiling(const struct rms_prices *p)
{
  if (p->n_steps == 0 || p->bound <= 0) return 0;
  rms_wide per = (rms_wide)p->options.denominator * p->unit;
  return (int64_t)((p->bound + per - 1) / per) * p->unit;
}

/* ---- climbing ---- */

/* The climb over one pool, where rounding can use it, ends at this gap in units of cost. */
#define GAP_MIN 1e-5
/* The gap shrinks by this factor between two early roundings. */
#define SHRINKS        4
#define PRICE_OF_ERROR 1e5
#define LOSS_MAX       1e-2
/* Prices of an earlier plan are that close to the new ones, or soon more is known. */
#define WARM_REACH 1e-3

/* Prices in proportion to compute, as high as every cut allows: the first point. */
static void first_point(const struct rms_prices *p, struct rms_price_real *point)
{
  const struct rms_serve *inst = p->inst;
  const double d = (double)p->options.denominator;
  memset(point, 0, sizeof *point);
  for (size_t k = 0; k < inst->n_kinds; k++) {
    const struct rms_machine *machine = inst->machines[inst->kinds[k].machine];
    const struct rms_profile *profile = &machine->profiles[inst->kinds[k].profile];
    int size = profile->compute ? profile->compute : profile->memory;
    double least = INFINITY;
    for (size_t q = 0; q < inst->n_pools; q++)
      if (inst->pools[q].machine == inst->kinds[k].machine && inst->pools[q].count != 0)
        least = fmin(least, (double)inst->pools[q].cost);
    int whole = machine->compute_units > 0 ? machine->compute_units : machine->memory_units;
    if (isfinite(least)) point->w[k] = d * least * size / whole;
  }
}

/* What the best step's value lacks for its slices' worth, because knapsacks were not solved to the
 * last unit: no step can close that. In units of cost. */
static double loss_of_best(const struct rms_prices *p)
{
  const struct rms_price_step *best = &p->steps[p->best_step];
  rms_wide worth = -best->value;
  for (size_t k = 0; k < p->inst->n_kinds; k++)
    worth += (rms_wide)best->total[k] * best->point.w[k];
  for (size_t q = 0; q < p->inst->n_pools; q++)
    if (p->inst->pools[q].count > 0) worth -= (rms_wide)best->point.u[q] * p->inst->pools[q].count;
  return (double)worth / (double)p->options.denominator;
}

/* The dual is solved. That the master cannot lift the ceiling any more is not enough: the
 * multipliers of a master that is nearly closed show which patterns a plan is made of. */
static bool is_solved(const struct rms_prices *p)
{
  const double now = (double)p->bound / (double)p->options.denominator;
  const double relative = 1e-9 * fmax(1, now);
  const double loss = loss_of_best(p);
  const double gap = loss < LOSS_MAX ? p->gap - 2 * loss : p->gap;
  return gap <= (p->is_single ? fmin(relative, GAP_MIN) : relative);
}

static bool is_known(const struct rms_prices *p, const struct rms_price_point *point)
{
  for (size_t j = 0; j < p->n_steps; j++)
    if (!memcmp(&p->steps[j].point, point, sizeof *point)) return true;
  return false;
}

static void half_way(const struct rms_prices *p, const struct rms_price_real *to,
                     struct rms_price_real *half)
{
  const struct rms_price_point *best = &p->steps[p->best_step].point;
  for (size_t k = 0; k < p->inst->n_kinds; k++) half->w[k] = ((double)best->w[k] + to->w[k]) / 2;
  for (size_t q = 0; q < p->inst->n_pools; q++) half->u[q] = ((double)best->u[q] + to->u[q]) / 2;
}

/* One damped step; every third goes all the way. *is_new: something was learned. */
static int climb_once(struct rms_prices *p, struct rms_price_master *m, int64_t number,
                      bool *is_new)
{
  struct rms_price_real top = {0}, half = {0};
  struct rms_price_point point = {0};
  bool is_better;
  *is_new = false;
  if (!rms_price_master_solve(m, p, &top) || is_solved(p)) return RMS_OK;
  half_way(p, &top, &half);
  to_integers(p, number % 3 == 2 ? &top : &half, &point);
  if (is_known(p, &point)) {
    memset(&point, 0, sizeof point);
    to_integers(p, &top, &point);
    if (is_known(p, &point)) return RMS_OK;
  }
  size_t before = p->n_steps;
  int status = evaluate(p, &point, &is_better);
  *is_new = p->n_steps > before;
  return status;
}

/* After a warm start the bound is soon what it will be, and most steps are for multipliers that a
 * plan can be made of. Where no step can lift the ceiling any more, nearly right ones may do: a
 * rounding now and then, each time that the gap has shrunk. */
static int round_early(struct rms_prices *p, double *at_gap)
{
  const double d = (double)p->options.denominator;
  int64_t total[RMS_SERVE_KINDS_MAX];
  if (!p->is_warm || !p->is_single || rms_prices_is_closed(p) || p->is_stopped || p->gap > *at_gap)
    return RMS_OK;
  if ((double)p->bound / d + p->gap > (double)rms_prices_ceiling(p)) return RMS_OK;
  *at_gap = p->gap / SHRINKS;
  rms_prices_round(p, PRICE_OF_ERROR, total);
  return rms_prices_offer(p, p->slices, total);
}

int rms_prices_climb(struct rms_prices *p)
{
  struct rms_price_master *m = NULL;
  struct rms_price_real start;
  struct rms_price_point point = {0};
  bool is_new = true;
  double at_gap = INFINITY;
  if (rms_prices_warm_point(p, &point)) {
    make_legal(p, &point);
  } else {
    first_point(p, &start);
    to_integers(p, &start, &point);
  }
  int status = evaluate(p, &point, &is_new);
  if (status < 0 || p->is_stopped || p->n_steps == 0) return status;
  m = rms_price_master_new(p->is_warm ? WARM_REACH : INFINITY);
  if (!m) return RMS_E_NOMEM;
  for (int64_t i = 0; i < p->options.steps && !p->is_stopped && !rms_prices_is_closed(p); i++) {
    status = climb_once(p, m, i, &is_new);
    if (status < 0 || !is_new) break;
    if ((status = round_early(p, &at_gap)) < 0) break;
  }
  rms_price_master_free(m);
  return status;
}
