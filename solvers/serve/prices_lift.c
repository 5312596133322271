/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a plan but for exchanges to a plan. */
#include <math.h>
#include <string.h>

#include "solvers/serve/prices_joint.h"

enum { SWAPS_MAX = 300 };

struct lift {
  struct rms_joint *j;
  double over[RMS_CORE_TESTS_MAX], weight[RMS_CORE_TESTS_MAX]; /* of every form, over its limit */
};

struct swap { /* slices of kind a for slices of kind b */
  size_t service, a, b;
  int64_t x, y;
};

static int64_t form_of(const struct rms_core_goal *goal, size_t t, const int64_t *slices)
{
  int64_t sum = 0;
  for (size_t i = 0; i < goal->n_dimensions; i++)
    sum += goal->tests[t].coefficient[i] * slices[goal->kind_of[i]];
  return sum;
}

/* What is too much in all forms after the swap, by their weights. */
static double badness(const struct lift *lift, const struct swap *swap)
{
  const struct rms_core_goal *goal = lift->j->goal;
  int64_t change[RMS_SERVE_KINDS_MAX] = {0};
  double sum = 0;
  if (swap) {
    change[swap->a] = -swap->x;
    change[swap->b] = swap->y;
  }
  for (size_t t = 0; t < goal->n_keys; t++) {
    const double over = lift->over[t] + (swap ? (double)form_of(goal, t, change) : 0);
    if (over > 0) sum += lift->weight[t] * over / fmax(1, (double)goal->tests[t].limit);
  }
  return sum;
}

/* Kind a of the service for kind b, such that it is served as well and no row takes more; false:
 * not with small numbers. */
static bool is_exchange(const struct rms_joint *j, struct swap *swap)
{
  const int64_t *rate = j->c->p->inst->throughput + swap->service * j->c->p->inst->n_kinds;
  if (swap->a == swap->b || !rate[swap->b] || !j->c->p->is_open[swap->b]) return false;
  for (swap->x = 1; swap->x <= RMS_JOINT_PARTS_MAX; swap->x++) {
    swap->y = (swap->x * rate[swap->a] - 1) / rate[swap->b] + 1;
    size_t r = 0;
    while (r < j->n_rows && swap->y * j->rows[r].w[swap->b] <= swap->x * j->rows[r].w[swap->a]) r++;
    if (r == j->n_rows) return true;
  }
  return false;
}

/* The best swap, in multiples by powers of two. False: none is better than *least. */
static bool best_swap(const struct lift *lift, struct swap *best, double *least)
{
  const struct rms_prices *p = lift->j->c->p;
  const size_t width = p->inst->n_kinds;
  bool is_found = false;
  for (size_t s = 0; s < p->inst->n_services; s++)
    for (size_t ab = 0; ab < width * width; ab++) {
      struct swap swap = {.service = s, .a = ab / width, .b = ab % width};
      const int64_t there = p->slices[s * width + swap.a];
      if (!there || !is_exchange(lift->j, &swap)) continue;
      for (; swap.x <= there; swap.x *= 2, swap.y *= 2) {
        const double here = badness(lift, &swap);
        if (here >= *least) continue;
        *least = here;
        *best = swap;
        is_found = true;
      }
    }
  return is_found;
}

static void make_swap(struct lift *lift, const struct swap *swap)
{
  const struct rms_prices *p = lift->j->c->p;
  int64_t change[RMS_SERVE_KINDS_MAX] = {0};
  change[swap->a] = -swap->x;
  change[swap->b] = swap->y;
  for (size_t k = 0; k < p->inst->n_kinds; k++)
    p->slices[swap->service * p->inst->n_kinds + k] += change[k];
  for (size_t t = 0; t < lift->j->goal->n_keys; t++)
    lift->over[t] += (double)form_of(lift->j->goal, t, change);
}

static int offer_lifted(struct rms_joint *j)
{
  struct rms_prices *p = j->c->p;
  int64_t total[RMS_SERVE_KINDS_MAX] = {0};
  for (size_t s = 0; s < p->inst->n_services; s++)
    for (size_t k = 0; k < p->inst->n_kinds; k++) total[k] += p->slices[s * p->inst->n_kinds + k];
  return rms_prices_offer(p, p->slices, total);
}

/* Exchange slices until the forms hold; ones that stay violated weigh more and more. */
int rms_joint_lift(struct rms_joint *j)
{
  const struct rms_prices *p = j->c->p;
  struct lift lift = {.j = j};
  for (size_t t = 0; t < j->goal->n_keys; t++) {
    lift.weight[t] = 1;
    lift.over[t] = -(double)j->goal->tests[t].limit;
    for (size_t s = 0; s < p->inst->n_services; s++)
      lift.over[t] += (double)form_of(j->goal, t, p->slices + s * p->inst->n_kinds);
  }
  for (int i = 0; i < SWAPS_MAX; i++) {
    struct swap swap;
    double least = badness(&lift, NULL);
    if (least <= 0) return offer_lifted(j);
    if (rms_prices_tick(j->c->p, 1 + p->inst->n_services)) break;
    if (best_swap(&lift, &swap, &least))
      make_swap(&lift, &swap);
    else
      for (size_t t = 0; t < j->goal->n_keys; t++)
        if (lift.over[t] > 0) lift.weight[t] *= 1.3;
  }
  return RMS_OK;
}
