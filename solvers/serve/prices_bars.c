/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Handfuls of slices that another handful stands in for. Many patterns of a service tie in price,
 * and hardly any of them matter: where three small slices can be one large one that takes no more
 * of any key, no pattern needs three small ones.
 *
 * Why nothing is lost: of all patterns that take no more of the keys and of the price than a given
 * one, take one that is least in price, then in the sum of the keys, then has the highest rate,
 * then comes first in the order of the kinds. It exists (prices are positive), it is a minimal
 * cover, and it contains no bar, for the exchange would yield one that is better in this order. */
#include <string.h>

#include "solvers/serve/prices_core.h"

enum { GIVEN_MAX = 3, TAKEN_MAX = 4, KINDS_MAX = 8, HANDFULS_MAX = 495 /* choose(8 + 4, 4) */ };

struct handful {
  uint8_t count[KINDS_MAX]; /* by the goal's dimensions */
  int n;
};

/* All handfuls of up to TAKEN_MAX slices, the small ones first. Returns how many. */
static size_t list_handfuls(size_t d, struct handful *list)
{
  size_t n = 1, from = 0;
  memset(&list[0], 0, sizeof list[0]);
  for (int size = 1; size <= TAKEN_MAX; size++) {
    const size_t end = n;
    for (size_t i = from; i < end; i++) {
      size_t last = 0;
      for (size_t k = 0; k < d; k++)
        if (list[i].count[k]) last = k;
      for (size_t k = last; k < d; k++) {
        list[n] = list[i];
        list[n].count[k]++;
        list[n++].n = size;
      }
    }
    from = end;
  }
  return n;
}

struct exchange { /* what is `to` more than `from`? */
  const struct rms_core_goal *goal;
  const int64_t *rate;
  const struct handful *from, *to;
};

static int64_t step_of(const struct exchange *e, size_t i)
{
  return (int64_t)e->to->count[i] - e->from->count[i];
}

static rms_wide sum_of(const struct exchange *e, const int64_t *of)
{
  rms_wide sum = 0;
  for (size_t i = 0; i < e->goal->n_dimensions; i++)
    sum += (rms_wide)step_of(e, i) * of[e->goal->kind_of[i]];
  return sum;
}

/* The sum of all keys; positive as soon as one of them rises. */
static rms_wide rise_of_keys(const struct exchange *e)
{
  rms_wide all = 0;
  for (size_t t = 0; t < e->goal->n_keys; t++) {
    rms_wide sum = 0;
    for (size_t i = 0; i < e->goal->n_dimensions; i++)
      sum += (rms_wide)step_of(e, i) * e->goal->tests[t].coefficient[i];
    if (sum > 0) return sum;
    all += sum;
  }
  return all;
}

static bool comes_first(const struct exchange *e)
{
  for (size_t i = 0; i < e->goal->n_dimensions; i++)
    if (step_of(e, i)) return step_of(e, i) < 0;
  return false;
}

static bool stands_in(const struct exchange *e)
{
  const rms_wide gain = sum_of(e, e->rate);
  if (gain < 0) return false;
  const rms_wide price = sum_of(e, e->goal->price);
  if (price > 0) return false;
  const rms_wide keys = rise_of_keys(e);
  if (keys > 0) return false;
  return price < 0 || keys < 0 || gain > 0 || comes_first(e);
}

/* The service cannot use a slice of it. */
static bool is_useless(const struct rms_core_goal *goal, const int64_t *rate,
                       const struct handful *h)
{
  for (size_t i = 0; i < goal->n_dimensions; i++)
    if (h->count[i] && rate[goal->kind_of[i]] == 0) return true;
  return false;
}

static bool holds_bar(const struct rms_core_goal *goal, const struct handful *h,
                      const struct rms_cover_bar *bars, size_t n)
{
  for (size_t b = 0; b < n; b++) {
    size_t i = 0;
    while (i < goal->n_dimensions && h->count[i] >= bars[b].count[goal->kind_of[i]]) i++;
    if (i == goal->n_dimensions) return true;
  }
  return false;
}

static bool has_stand_in(const struct rms_core_goal *goal, const int64_t *rate,
                         const struct handful *list, size_t n, size_t from)
{
  for (size_t to = 1; to < n; to++) {
    const struct exchange e = {goal, rate, &list[from], &list[to]};
    if (to != from && stands_in(&e) && !is_useless(goal, rate, &list[to])) return true;
  }
  return false;
}

size_t rms_core_bars(const struct rms_core_goal *goal, const int64_t *rate,
                     struct rms_cover_bar *bars)
{
  struct handful list[HANDFULS_MAX];
  size_t n_bars = 0;
  if (goal->n_dimensions > KINDS_MAX) return 0;
  for (size_t i = 0; i < goal->n_dimensions; i++)
    if (goal->price[goal->kind_of[i]] <= 0) return 0;
  const size_t n = list_handfuls(goal->n_dimensions, list);
  for (size_t a = 1; a < n && list[a].n <= GIVEN_MAX && n_bars < RMS_CORE_BARS_MAX; a++) {
    if (is_useless(goal, rate, &list[a]) || holds_bar(goal, &list[a], bars, n_bars) ||
        !has_stand_in(goal, rate, list, n, a))
      continue;
    struct rms_cover_bar *bar = &bars[n_bars++];
    memset(bar, 0, sizeof *bar);
    for (size_t i = 0; i < goal->n_dimensions; i++) bar->count[goal->kind_of[i]] = list[a].count[i];
  }
  return n_bars;
}
