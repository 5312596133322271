/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Covers of one service within a price, and what need not be among them. */
#include <stdlib.h>
#include <string.h>

#include "solvers/serve/cover_items.h"

enum { BARS_MAX = 128, JUDGES_MAX = 64 };

struct bar {   /* its slices in the order of the items */
  size_t last; /* item */
  int64_t count[RMS_COVER_KINDS_MAX];
};

struct limit {
  rms_wide most;
  int64_t share[RMS_COVER_FORMS_MAX];                  /* of the keys */
  int64_t price[RMS_COVER_KINDS_MAX];                  /* of the items */
  struct rms_cover_item cheapest[RMS_COVER_KINDS_MAX]; /* per rate among this item and the later
                                                          ones */
};

struct judge { /* what a cover that was found takes of the keys */
  int64_t taken[RMS_COVER_FORMS_MAX];
};

struct search {
  struct rms_cover_items items; /* their rises are the keys */
  size_t n_kinds;
  int64_t nodes;
  bool is_exact;
  rms_wide most;
  size_t capacity, n_found;
  int64_t *covers;
  rms_wide *values;
  size_t n_bars, first_bar[RMS_COVER_KINDS_MAX + 1]; /* those whose last item is i stand together */
  int64_t longest[RMS_COVER_KINDS_MAX];              /* most slices of the item in a bar */
  struct bar bars[BARS_MAX];
  size_t n_limits;
  struct limit limits[RMS_COVER_LIMITS_MAX];
  size_t n_judges;
  struct judge judges[JUDGES_MAX], least; /* what any judge took of each key at least */
};

/* ---- bars ---- */

static void put_bar(struct search *s, const struct rms_cover_bar *bar)
{
  struct bar *to = &s->bars[s->n_bars];
  bool is_empty = true; /* its kinds are not there */
  for (size_t i = 0; i < s->items.n; i++) {
    to->count[i] = bar->count[s->items.at[i].kind];
    if (to->count[i] == 0) continue;
    to->last = i;
    is_empty = false;
  }
  s->n_bars += !is_empty;
}

/* More bars than there is room for: the list is longer. */
static void load_bars(struct search *s, const struct rms_cover_prices *prices)
{
  s->n_bars = 0;
  for (size_t b = 0; b < prices->n_bars && s->n_bars < BARS_MAX; b++) put_bar(s, &prices->bars[b]);
  for (size_t b = 1; b < s->n_bars; b++) {
    const struct bar bar = s->bars[b];
    size_t at = b;
    for (; at > 0 && s->bars[at - 1].last > bar.last; at--) s->bars[at] = s->bars[at - 1];
    s->bars[at] = bar;
  }
  for (size_t i = 0; i < s->items.n; i++) {
    s->longest[i] = 0;
    for (size_t b = 0; b < s->n_bars; b++)
      if (s->bars[b].count[i] > s->longest[i]) s->longest[i] = s->bars[b].count[i];
  }
  for (size_t i = 0, b = 0; i <= s->items.n; i++) {
    while (b < s->n_bars && s->bars[b].last < i) b++;
    s->first_bar[i] = b;
  }
}

/* How many slices of item i the bars let through, beside those of the items before it. */
static int64_t most_times(const struct search *s, size_t i, int64_t times)
{
  for (size_t b = s->first_bar[i]; b < s->first_bar[i + 1]; b++) {
    const struct bar *bar = &s->bars[b];
    size_t j = 0;
    if (times < bar->count[i]) continue;
    while (j < i && s->items.count[j] >= bar->count[j]) j++;
    if (j == i) times = bar->count[i] - 1;
  }
  return times;
}

/* Can the items from i on cover the rest at all beside those that are there? */
static bool is_coverable(const struct search *s, size_t i, int64_t rest)
{
  for (; i < s->items.n && rest > 0; i++)
    rest -= most_times(s, i, rms_cover_ceil(rest, s->items.at[i].rate)) * s->items.at[i].rate;
  return rest <= 0;
}

/* ---- limits ---- */

static void load_limits(struct search *s, const struct rms_cover_prices *prices)
{
  s->n_limits = prices->n_limits;
  for (size_t l = 0; l < s->n_limits; l++) {
    struct limit *limit = &s->limits[l];
    limit->most = prices->limits[l].most;
    for (size_t f = 0; f < s->items.n_rises; f++)
      limit->share[f] = prices->limits[l].share ? prices->limits[l].share[f] : 0;
    for (size_t i = s->items.n; i-- > 0;) {
      struct rms_cover_item item = s->items.at[i];
      item.price = limit->price[i] = prices->limits[l].price[item.kind];
      item.divisor = 0;
      const bool is_last = i + 1 == s->items.n;
      limit->cheapest[i] = is_last || rms_cover_stands_before(&item, &limit->cheapest[i + 1])
                               ? item
                               : limit->cheapest[i + 1];
    }
  }
}

/* Can the slices of items 0..i-1 that are there, with others that cover the rest, keep the limits?
 */
static bool is_within(const struct search *s, size_t i, int64_t rest)
{
  for (size_t l = 0; l < s->n_limits; l++) {
    const struct limit *limit = &s->limits[l];
    rms_wide left = limit->most;
    for (size_t j = 0; j < i; j++) left -= (rms_wide)s->items.count[j] * limit->price[j];
    if (left < 0) return false;
    if (rest > 0 && rms_cover_costs(&limit->cheapest[i], rest, left + 1)) return false;
  }
  return true;
}

/* ---- keys ----
 * The keys decide: a cover that takes no less of any of them than one that was found is not needed,
 * and a branch in which all would is not searched. Nor is one in which prices that consist of keys
 * would exceed what they may. */

/* Would some price exceed what it may? */
static bool is_dear(const struct search *s, const int64_t *reach)
{
  rms_wide sum = 0;
  for (size_t f = 0; f < s->items.n_rises; f++) sum += (rms_wide)s->items.rises[f].share * reach[f];
  if (sum > s->most) return true;
  for (size_t l = 0; l < s->n_limits; l++) {
    sum = 0;
    for (size_t f = 0; f < s->items.n_rises; f++) sum += (rms_wide)s->limits[l].share[f] * reach[f];
    if (sum > s->limits[l].most) return true;
  }
  return false;
}

/* Does a cover that was found take no more of any key? */
static bool is_dominated(struct search *s, const int64_t *reach)
{
  for (size_t f = 0; f < s->items.n_rises; f++)
    if (reach[f] < s->least.taken[f]) return false;
  for (size_t j = 0; j < s->n_judges; j++) {
    const struct judge *judge = &s->judges[j];
    size_t f = 0;
    while (f < s->items.n_rises && judge->taken[f] <= reach[f]) f++;
    if (f < s->items.n_rises) continue;
    const struct judge good = *judge; /* comes to the front */
    s->judges[j] = s->judges[j / 2];
    s->judges[j / 2] = good;
    return true;
  }
  return false;
}

static bool is_needless(struct search *s, size_t i, int64_t low, int64_t high, int64_t need)
{
  int64_t reach[RMS_COVER_FORMS_MAX];
  if (s->items.n_rises == 0) return false;
  for (size_t f = 0; f < s->items.n_rises; f++)
    reach[f] = rms_cover_reach(&s->items, f, i, low, high, need);
  return is_dear(s, reach) || is_dominated(s, reach);
}

/* The items that are there are a cover. False: one that was found takes no more of any key. */
static bool join_judges(struct search *s)
{
  struct rms_cover_items *items = &s->items;
  struct judge own;
  if (items->n_rises == 0) return true;
  for (size_t f = 0; f < items->n_rises; f++) {
    own.taken[f] = 0;
    for (size_t i = 0; i < items->n; i++)
      own.taken[f] += items->count[i] * items->rises[f].weight[i];
  }
  for (size_t j = 0; j < s->n_judges; j++) {
    size_t f = 0;
    while (f < items->n_rises && s->judges[j].taken[f] <= own.taken[f]) f++;
    if (f == items->n_rises) return false;
  }
  if (s->n_judges < JUDGES_MAX) s->n_judges++;
  s->judges[s->n_judges - 1] = own;
  for (size_t f = 0; f < items->n_rises; f++)
    if (own.taken[f] < s->least.taken[f]) s->least.taken[f] = own.taken[f];
  return true;
}

/* ---- covers ---- */

/* Minimal: without any one of its slices the demand is not met. `surplus` is what it covers beyond.
 */
static bool is_minimal(const struct search *s, int64_t surplus)
{
  for (size_t i = 0; i < s->items.n; i++)
    if (s->items.count[i] > 0 && s->items.at[i].rate <= surplus) return false;
  return true;
}

static void add_cover(struct search *s, int64_t surplus, rms_wide value)
{
  if (value > s->most || !is_minimal(s, surplus) || !is_within(s, s->items.n, 0)) return;
  if (!join_judges(s)) return;
  if (s->n_found == s->capacity) {
    s->is_exact = false;
    return;
  }
  int64_t *y = s->covers + s->n_found * s->n_kinds;
  memset(y, 0, s->n_kinds * sizeof *y);
  for (size_t i = 0; i < s->items.n; i++) y[s->items.at[i].kind] = s->items.count[i];
  s->values[s->n_found++] = value;
}

/* Numbers of an item that are not needed are passed over in stretches, which grow while that works.
 * Depth: at most RMS_COVER_KINDS_MAX. */
static void list_below(struct search *s, size_t i, int64_t need, rms_wide value)
{
  const struct rms_cover_item *item = &s->items.at[i];
  const int64_t enough = rms_cover_ceil(need, item->rate), most = most_times(s, i, enough);
  int64_t above = most + (most < enough), stretch = 1; /* numbers below it are still to come */
  s->items.count[i] = enough;
  if (most == enough)
    add_cover(s, enough * item->rate - need, value + (rms_wide)enough * item->price);
  while (i + 1 < s->items.n && above > 0 && s->is_exact) {
    const int64_t times = above - 1, low = times >= stretch ? times - stretch + 1 : 0;
    const int64_t rest = need - times * item->rate;
    const rms_wide spent = value + (rms_wide)times * item->price;
    if (rms_cover_costs(item + 1, rest, s->most - spent + 1)) break;
    if (s->nodes-- <= 0) s->is_exact = false;
    if (is_needless(s, i, low, times, need)) {
      above = low;
      stretch *= 2;
      continue;
    }
    if (low < times) {
      stretch = (stretch + 3) / 4;
      continue;
    }
    above = times;
    rms_cover_take(&s->items, i, times);
    if (s->n_bars && !is_coverable(s, i + 1, rest)) {
      /* Nor can they with fewer of this item, until they get past a bar. */
      if (above > s->longest[i]) above = s->longest[i];
      continue;
    }
    if (is_within(s, i + 1, rest)) list_below(s, i + 1, rest, spent);
  }
  s->items.count[i] = 0;
}

struct order { /* for sorting covers by value */
  rms_wide value;
  const int64_t *y;
  size_t n_kinds;
};

static int compare_covers(const void *left, const void *right)
{
  const struct order *a = left, *b = right;
  if (a->value != b->value) return a->value < b->value ? -1 : 1;
  for (size_t k = 0; k < a->n_kinds; k++)
    if (a->y[k] != b->y[k]) return a->y[k] < b->y[k] ? -1 : 1;
  return 0;
}

/* Sorts through a copy; when there is no memory for it the order of the search stays. */
static void sort_covers(struct search *s)
{
  size_t n = s->n_found, width = s->n_kinds;
  struct order *order = malloc(n * sizeof *order + 1);
  int64_t *copy = malloc(n * width * sizeof *copy + 1);
  if (order && copy) {
    memcpy(copy, s->covers, n * width * sizeof *copy);
    for (size_t i = 0; i < n; i++) order[i] = (struct order){s->values[i], copy + i * width, width};
    qsort(order, n, sizeof *order, compare_covers);
    for (size_t i = 0; i < n; i++) {
      memcpy(s->covers + i * width, order[i].y, width * sizeof *copy);
      s->values[i] = order[i].value;
    }
  }
  free(copy);
  free(order);
}

bool rms_cover_list(const struct rms_cover_prices *prices, const int64_t *rate, int64_t need,
                    rms_wide most, size_t capacity, int64_t *covers, rms_wide *values, size_t *n)
{
  struct search s;
  rms_cover_items_load(&s.items, prices, rate, false);
  *n = 0;
  if (s.items.n == 0) return true;
  if (prices->n_keys) rms_cover_items_rise(&s.items, prices->n_keys, prices->keys, false);
  s.n_kinds = prices->n_kinds;
  s.nodes = prices->node_limit;
  s.is_exact = true;
  s.most = most;
  s.capacity = capacity;
  s.n_found = s.n_judges = 0;
  for (size_t f = 0; f < RMS_COVER_FORMS_MAX; f++) s.least.taken[f] = INT64_MAX;
  s.covers = covers;
  s.values = values;
  load_bars(&s, prices);
  load_limits(&s, prices);
  list_below(&s, 0, need, 0);
  if (prices->budget) *prices->budget -= prices->node_limit - s.nodes;
  sort_covers(&s);
  *n = s.n_found;
  return s.is_exact;
}
