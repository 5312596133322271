/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Slices that serve a service equally well for the same price are exchangeable: with stock that
 * binds, the prices of several machine types settle where thousands of them are, and the core
 * search drowns in states that differ in nothing but who takes which. An exchange moves the linear
 * forms by a fixed vector. Sums of forms that it does not move, all of those that elimination after
 * Fourier and Motzkin gives, are inequalities that the plan has to satisfy as well, and under which
 * exchanged slices count alike. Prices in their cone, the best of which leave nearly as little
 * slack as any others, and of exchangeable kinds only one for each service: the core search over
 * these sums is short. When it finds nothing, nothing is there; what it finds is a plan but for
 * exchanges. */
#include <stdlib.h>
#include <string.h>

#include "solvers/serve/prices_joint.h"

enum { DEPTH_MAX = 3 /* exchanges that are eliminated */ };
#define WIDER 1.25 /* as much slack as under all prices is worth a search */

static void add_test(struct rms_core_goal *goal, const int64_t *w, rms_wide limit)
{
  struct rms_core_test *test = &goal->tests[goal->n_tests++];
  for (size_t i = 0; i < goal->n_dimensions; i++) test->coefficient[i] = w[goal->kind_of[i]];
  test->limit = limit;
  test->has_slack = false;
}

/* The rows decide; joint prices, which they imply, cut off earlier. */
static void set_goal(const struct rms_joint *j, size_t tightest, struct rms_core_goal *goal)
{
  const struct rms_counts *c = j->c;
  const struct rms_counts_vector *v = &c->vectors[tightest];
  *goal = *j->goal;
  goal->n_tests = 0;
  for (size_t r = 0; r < j->n_rows; r++)
    add_test(goal, j->rows[r].w, rms_joint_limit(j, &j->rows[r]));
  goal->n_keys = goal->n_tests;
  memcpy(goal->price, c->p->steps[v->step].point.w, c->p->inst->n_kinds * sizeof *goal->price);
  goal->slack = rms_counts_worth(c, v, j->n) - v->value;
  add_test(goal, goal->price, rms_counts_worth(c, v, j->n));
}

/* Slices of kind a that can stand in place of one of kind b and take no more of any row; 0: no
 * number of them can. Of two kinds that can stand for each other the first is kept. */
static int64_t stand_in(const struct rms_joint *j, const int64_t *rate, size_t a, size_t b)
{
  if (a == b || !rate[a] || !rate[b] || !j->c->p->is_open[a]) return 0;
  const int64_t n = (rate[b] - 1) / rate[a] + 1;
  bool is_equal = n == 1 && rate[a] == rate[b], is_free = n > 1;
  if (n > RMS_JOINT_PARTS_MAX) return 0;
  for (size_t r = 0; r < j->n_rows; r++) {
    if (n * j->rows[r].w[a] > j->rows[r].w[b]) return 0;
    is_equal = is_equal && j->rows[r].w[a] == j->rows[r].w[b];
    is_free = is_free && j->rows[r].w[b] == 0;
  }
  return is_free || (is_equal && a > b) ? 0 : n;
}

/* Rates without those of kinds in whose place others can stand. NULL: out of memory. */
static int64_t *thin_rates(const struct rms_joint *j)
{
  const struct rms_prices *p = j->c->p;
  const size_t width = p->inst->n_kinds;
  int64_t *rates = malloc((p->inst->n_services * width + 1) * sizeof *rates);
  for (size_t s = 0; rates && s < p->inst->n_services; s++) {
    const int64_t *from = p->inst->throughput + s * width;
    memcpy(rates + s * width, from, width * sizeof *rates);
    for (size_t b = 0; b < width; b++)
      for (size_t a = 0; a < width && rates[s * width + b]; a++)
        if (stand_in(j, from, a, b)) rates[s * width + b] = 0;
  }
  return rates;
}

/* The present plan in terms of the kinds that are left. */
static void thin_slices(const struct rms_joint *j, const int64_t *thin)
{
  const struct rms_prices *p = j->c->p;
  const size_t width = p->inst->n_kinds;
  for (size_t s = 0; s < p->inst->n_services; s++) {
    const int64_t *rate = p->inst->throughput + s * width;
    int64_t *slices = p->slices + s * width;
    for (size_t b = 0; b < width; b++)
      for (size_t a = 0; a < width && slices[b] && !thin[s * width + b]; a++) {
        const int64_t n = thin[s * width + a] ? stand_in(j, rate, a, b) : 0;
        slices[a] += n * slices[b];
        if (n) slices[b] = 0;
      }
  }
}

static bool has_plan_for(const struct rms_joint *j)
{
  return j->c->p->has_plan && j->c->p->cost <= rms_counts_cost(j->c, j->n);
}

/* The core search with one of each set of exchangeable kinds: the solver's view of the services
 * shrinks while it lasts. */
static int search_thin(struct rms_joint *j, const struct rms_core_goal *goal, int effort)
{
  struct rms_prices *p = j->c->p;
  const struct rms_serve *whole = p->inst;
  struct rms_serve view = *whole;
  int end;
  view.throughput = thin_rates(j);
  if (!view.throughput) return RMS_E_NOMEM;
  thin_slices(j, view.throughput);
  p->inst = &view;
  end = rms_prices_core(p, goal, effort);
  p->inst = whole;
  free(view.throughput);
  return end;
}

/* Among near patterns, from many roundings: a plan for the rows is often a few slices away from one
 * of them, and it is not known from which. */
static int search_around(struct rms_joint *j, const struct rms_core_goal *goal)
{
  static const double prices_of_error[] = {1e5, 1e2, 1e8, 1e6, 1e3, 1e1};
  enum { N_PRICES = sizeof prices_of_error / sizeof *prices_of_error };
  struct rms_prices *p = j->c->p;
  int64_t total[RMS_SERVE_KINDS_MAX];
  int end = RMS_CORE_CUT_SHORT;
  for (size_t i = 0; i < N_PRICES && end == RMS_CORE_CUT_SHORT && !p->is_stopped; i++) {
    rms_prices_round(p, prices_of_error[i], total);
    end = search_thin(j, goal, RMS_CORE_AROUND);
  }
  return end;
}

static int search_rows(struct rms_joint *j, const struct rms_core_goal *goal, int effort)
{
  struct rms_prices *p = j->c->p;
  int end = effort ? search_around(j, goal) : RMS_CORE_CUT_SHORT;
  const int last = effort ? RMS_CORE_ALL : RMS_CORE_QUICK;
  for (int i = effort ? RMS_CORE_THOROUGH : RMS_CORE_NEAR;
       i <= last && end == RMS_CORE_CUT_SHORT && !p->is_stopped; i++) {
    end = search_thin(j, goal, i);
    if (end == RMS_CORE_CUT_SHORT && !p->is_stopped && i < RMS_CORE_EVERYONE)
      end = rms_prices_core(p, goal, i);
  }
  return end;
}

static int close_by_rows(struct rms_joint *j)
{
  struct rms_counts *c = j->c;
  for (size_t r = 0; r < j->n_rows; r++) {
    size_t old = 0;
    while (old < c->n_rows && memcmp(&c->rows[old], &j->rows[r], sizeof *c->rows) != 0) old++;
    if (old < c->n_rows) continue;
    const int status = rms_grow(&c->rows, &c->rows_capacity, c->n_rows + 1, sizeof *c->rows);
    if (status < 0) return status;
    c->rows[c->n_rows++] = j->rows[r];
  }
  return RMS_CORE_NONE;
}

static int search_joint(struct rms_joint *j, double room, int effort)
{
  struct rms_core_goal goal;
  size_t tightest = 0;
  double joint_room;
  if (!j->n_rows) return RMS_CORE_CUT_SHORT; /* no form is tight: nothing to search */
  int end = rms_joint_climb(j, &tightest, &joint_room);
  if (end < 0) return end;
  if (joint_room < 0) return close_by_rows(j);
  if (joint_room > WIDER * room || j->c->p->is_stopped) return RMS_CORE_CUT_SHORT;
  set_goal(j, tightest, &goal);
  end = search_rows(j, &goal, effort);
  if (end == RMS_CORE_NONE) return close_by_rows(j);
  if (end != RMS_CORE_FOUND) return end;
  if (!has_plan_for(j)) end = rms_joint_lift(j);
  if (end >= 0 && !has_plan_for(j)) end = rms_prices_descend(j->c->p, j->goal, effort ? 4000 : 400);
  return end < 0 ? end : has_plan_for(j) ? RMS_CORE_FOUND : RMS_CORE_CUT_SHORT;
}

int rms_counts_join(struct rms_counts *c, const int64_t *n, double room,
                    const struct rms_core_goal *goal, int effort)
{
  struct rms_joint *j = calloc(1, sizeof *j);
  int end = RMS_CORE_CUT_SHORT;
  if (!j) return RMS_E_NOMEM;
  j->c = c;
  j->n = n;
  j->goal = goal;
  const bool is_small = rms_joint_take_forms(j);
  for (int depth = 0; is_small && depth < DEPTH_MAX && end == RMS_CORE_CUT_SHORT; depth++) {
    if (c->p->is_stopped || !rms_joint_eliminate(j)) break;
    end = search_joint(j, room, effort);
  }
  if (is_small && end == RMS_CORE_CUT_SHORT && !c->p->is_stopped) {
    j->n_rows = 0; /* without any elimination */
    rms_joint_take_forms(j);
    end = search_joint(j, room, effort);
  }
  free(j);
  return end;
}
