/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "solvers/serve/cover_items.h"

/* Forms come in when a search takes more than PLAIN_NODES. */
enum { PLAIN_NODES = 40, PATIENCE = 300, NEARLY = 10000000 };

struct search {
  struct rms_cover_items items;
  int64_t others; /* slices of all but the first item that some best cover does not exceed */
  int64_t nodes;
  bool is_exact;
  rms_wide best, forms_of_best; /* price; that part of it that the forms make up */
  rms_wide floor;               /* nothing that was left out in patience's name costs less */
  int64_t patience;             /* nodes */
  int64_t best_count[RMS_COVER_KINDS_MAX];
};

/* Least value that covers `need` with items i, i+1, ... may have. */
static rms_wide least_value(const struct rms_cover_item *item, int64_t need)
{
  rms_wide value = ((rms_wide)need * item->price + item->rate - 1) / item->rate;
  if (item->divisor > 1) value = (value + item->divisor - 1) / item->divisor * item->divisor;
  return value;
}

/* least_value >= value? */
static bool is_at_least(const struct rms_cover_item *item, int64_t need, rms_wide value)
{
  if (value > INT64_MAX) return least_value(item, need) >= value;
  int64_t below = (int64_t)value - 1; /* the largest value that is too small */
  if (value <= 0) return true;
  if (item->divisor > 1) below -= below % item->divisor;
  return (rms_wide)need * item->price > (rms_wide)below * item->rate;
}

/* Value that the forms give to items 0..i-1 as they are there, to any number of item i from `low`
 * to `high`, and to the rest: at least that. In between a form's least is linear. */
static rms_wide value_of_forms(const struct rms_cover_items *items, size_t i, int64_t low,
                               int64_t high, int64_t need)
{
  rms_wide sum = 0;
  for (size_t f = 0; f < items->n_rises; f++)
    sum += (rms_wide)items->rises[f].share * rms_cover_reach(items, f, i, low, high, need);
  return sum;
}

static void keep_best(struct search *s, rms_wide value)
{
  if (value >= s->best) return;
  s->forms_of_best = 0;
  for (size_t f = 0; f < s->items.n_rises; f++)
    for (size_t i = 0; i < s->items.n; i++)
      s->forms_of_best +=
          (rms_wide)s->items.rises[f].share * s->items.rises[f].weight[i] * s->items.count[i];
  s->best = value;
  memcpy(s->best_count, s->items.count, s->items.n * sizeof *s->items.count);
}

/* Of a slices of other kinds, a = price of the cheapest kind / common divisor, some have prices
 * that add up to a multiple of that price (pigeonhole), and slices of the cheapest kind give at
 * least as much for it. So a best cover with fewer than a of them exists: that settles ties of
 * density. */
static int64_t most_others(const struct search *s)
{
  const struct rms_cover_item *first = &s->items.at[0];
  return first->divisor > 0 && first->price > 0 ? first->price / first->divisor - 1 : INT64_MAX;
}

/* Do the forms say that nothing with that many of item i is better than the best? They make up the
 * prices but for what was rounded; when patience ends, covers that only this rest could make
 * cheaper are left out. */
static bool is_dear(struct search *s, size_t i, int64_t low, int64_t high, int64_t need)
{
  rms_wide most = s->best;
  if (s->items.n_rises == 0) return false;
  if (s->nodes < s->patience && most - s->forms_of_best <= most / NEARLY) {
    most = s->forms_of_best;
    if (most < s->floor) s->floor = most;
  }
  return value_of_forms(&s->items, i, low, high, need) >= most;
}

/* Numbers of an item that cannot be better are passed over in stretches, which grow while that
 * works. Depth: at most RMS_COVER_KINDS_MAX. */
static void descend(struct search *s, size_t i, int64_t need, rms_wide value)
{
  const struct rms_cover_item *item = &s->items.at[i];
  const int64_t enough = rms_cover_ceil(need, item->rate), others = s->others;
  const int64_t most = others < s->items.most[i] ? others : s->items.most[i];
  int64_t above = i == 0 || enough <= most ? enough : most + 1, stretch = 1;
  if (i == 0 || enough <= most) {
    s->items.count[i] = enough;
    keep_best(s, value + (rms_wide)enough * item->price);
    s->items.count[i] = 0;
  }
  while (i + 1 < s->items.n && above > 0 && s->is_exact) { /* numbers below it are still to come */
    const int64_t times = above - 1, low = times >= stretch ? times - stretch + 1 : 0;
    const int64_t rest = need - times * item->rate;
    const rms_wide spent = value + (rms_wide)times * item->price;
    /* With fewer of the cheapest kind the rest only gets dearer: nothing below can be better. */
    if (rms_cover_costs(item + 1, rest, s->best - spent)) break;
    if (s->nodes-- <= 0) {
      s->is_exact = false;
      break;
    }
    if (is_dear(s, i, low, times, need)) {
      above = low;
      stretch *= 2;
      continue;
    }
    if (low < times) {
      stretch = (stretch + 3) / 4;
      continue;
    }
    above = times;
    if (is_at_least(item + 1, rest, s->best - spent)) continue;
    rms_cover_take(&s->items, i, times);
    if (i > 0) s->others = others - times;
    descend(s, i + 1, rest, spent);
    s->others = others;
    s->items.count[i] = 0;
  }
}

/* Of all covers, whatever the search came to. */
static rms_wide floor_of(const struct search *s, int64_t need)
{
  const struct rms_cover_items *items = &s->items;
  const rms_wide floor = least_value(&items->at[0], need);
  rms_wide forms = 0;
  for (size_t f = 0; f < items->n_rises; f++)
    forms += (rms_wide)items->rises[f].share * rms_cover_least_of(items, f, 0, need);
  return forms > floor ? forms : floor;
}

/* From the beginning. Returns how many nodes it took. */
static int64_t run(struct search *s, int64_t need, int64_t nodes)
{
  s->nodes = nodes;
  s->patience = nodes - PATIENCE;
  s->is_exact = true;
  s->best = s->floor = (rms_wide)INT64_MAX * INT64_MAX;
  s->others = most_others(s);
  descend(s, 0, need, 0);
  return nodes - s->nodes;
}

bool rms_cover_solve(const struct rms_cover_prices *prices, const int64_t *rate, int64_t need,
                     int64_t *y, rms_wide *value)
{
  struct search s;
  const bool may_tie = prices->n_parts > 0 && prices->node_limit > PLAIN_NODES;
  rms_cover_items_load(&s.items, prices, rate, true);
  memset(y, 0, prices->n_kinds * sizeof *y);
  *value = -1;
  if (s.items.n == 0) return true;
  for (size_t i = 0; i < s.items.n; i++) s.items.most[i] = INT64_MAX;
  int64_t nodes = run(&s, need, may_tie ? PLAIN_NODES : prices->node_limit);
  if (!s.is_exact && may_tie) {
    rms_cover_items_rise(&s.items, prices->n_parts, prices->parts, true);
    rms_cover_items_cap(&s.items);
    nodes += run(&s, need, prices->node_limit);
  }
  if (prices->budget) *prices->budget -= nodes;
  for (size_t i = 0; i < s.items.n; i++) y[s.items.at[i].kind] = s.best_count[i];
  *value = !s.is_exact ? floor_of(&s, need) : s.floor < s.best ? s.floor : s.best;
  return s.is_exact && s.floor >= s.best;
}
