/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the core search of one pool looks for, first as the dual left it, then refined.
 *
 * Refined: at the dual's optimum few forms are tight, and the best prices are a combination of
 * these. Written as one exactly, in integers, they say nothing that the tight forms do not say. So
 * the other forms may be left out at first: patterns and states that differ in them alone are one,
 * where there is nothing without them there is nothing, and a plan that breaks one brings it in.
 */
#include <string.h>

#include "solvers/serve/prices_face.h"

enum { TRANSITIONS_MAX = 20000000 /* of one core */ };

/* ---- as the dual left it ---- */

/* One step's prices: machines . worth of a cut, with a stock price the pool's cost plus that price.
 */
static void add_step_test(const struct rms_prices *p, const struct rms_price_step *step,
                          int64_t machines, struct rms_core_goal *goal)
{
  struct rms_core_test *test = &goal->tests[goal->n_tests++];
  *test = (struct rms_core_test){0};
  for (size_t i = 0; i < goal->n_dimensions; i++)
    test->coefficient[i] = step->point.w[goal->kind_of[i]];
  test->limit =
      ((rms_wide)p->options.denominator * p->inst->pools[0].cost + step->point.u[0]) * machines;
}

static void add_form(const struct rms_prices *p, size_t f, int64_t machines,
                     struct rms_core_goal *goal)
{
  struct rms_core_test *test = &goal->tests[goal->n_tests++];
  *test = (struct rms_core_test){.limit = (rms_wide)p->forms.divisor[f] * machines};
  for (size_t i = 0; i < goal->n_dimensions; i++) test->coefficient[i] = p->forms.weight[f][i];
}

/* The last steps that carry weight bind in other directions. */
static void add_step_tests(const struct rms_prices *p, int64_t machines, struct rms_core_goal *goal)
{
  for (size_t j = p->n_steps, n = 1; j-- > 0 && n < RMS_FACE_STEP_TESTS;)
    if (j != p->best_step && p->steps[j].weight > 0) {
      add_step_test(p, &p->steps[j], machines, goal);
      n++;
    }
}

bool rms_prices_goal(const struct rms_prices *p, int64_t target, struct rms_core_goal *goal)
{
  const int64_t machines = target / p->inst->pools[0].cost;
  *goal = (struct rms_core_goal){.n_dimensions = p->forms.n_dimensions,
                                 .transitions = TRANSITIONS_MAX,
                                 .slack = (rms_wide)p->options.denominator * target - p->bound};
  memcpy(goal->kind_of, p->kind_of, p->forms.n_dimensions * sizeof *goal->kind_of);
  memcpy(goal->price, p->steps[p->best_step].point.w, p->inst->n_kinds * sizeof *goal->price);
  if (p->forms.n_forms > RMS_CORE_TESTS_MAX - RMS_FACE_STEP_TESTS) return false;
  for (size_t f = 0; f < p->forms.n_forms; f++) add_form(p, f, machines, goal);
  goal->n_keys = goal->n_tests;
  add_step_test(p, &p->steps[p->best_step], machines, goal);
  add_step_tests(p, machines, goal);
  return true;
}

/* ---- refined ---- */

bool rms_prices_refine(struct rms_prices *p, int64_t target, const bool *is_key,
                       struct rms_core_goal *goal)
{
  struct rms_face face = {.p = p, .machines = target / p->inst->pools[0].cost};
  if (!p->forms.n_forms || p->forms.n_forms > RMS_FACE_FORMS_MAX || !rms_face_find(&face))
    return false;
  struct rms_price_parts parts;
  goal->n_tests = 0;
  goal->slack = rms_face_prices(&face, face.share, goal->price, &parts) * face.machines;
  goal->slack -= rms_face_least(p, goal->price, &parts, p->options.nodes);
  for (size_t f = 0; f < p->forms.n_forms; f++) {
    if (face.share[f] <= 0 && !is_key[f]) continue;
    face.keys[face.n_keys++] = f;
    add_form(p, f, face.machines, goal);
  }
  goal->n_keys = goal->n_tests;
  rms_face_add_test(&face, face.share, p->options.nodes, goal);
  rms_face_add_edges(&face, goal);
  return !p->is_stopped;
}

bool rms_prices_break(const struct rms_prices *p, int64_t target, bool *is_key)
{
  const int64_t machines = target / p->inst->pools[0].cost;
  const size_t width = p->inst->n_kinds;
  bool is_new = false;
  for (size_t f = 0; f < p->forms.n_forms; f++) {
    rms_wide sum = 0;
    for (size_t s = 0; s < p->inst->n_services; s++)
      for (size_t i = 0; i < p->forms.n_dimensions; i++)
        sum += (rms_wide)p->forms.weight[f][i] * p->slices[s * width + p->kind_of[i]];
    if (is_key[f] || sum <= (rms_wide)p->forms.divisor[f] * machines) continue;
    is_key[f] = is_new = true;
  }
  return is_new;
}
