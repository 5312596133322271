/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solvers/serve/cover_prices.h"

#include <stdlib.h>
#include <string.h>

struct item {
  int64_t rate, price, divisor; /* divisor: greatest common one of this and all later prices */
  size_t kind;
};

enum { BARS_MAX = 128 };

struct bar {   /* its slices in the order of the items */
  size_t last; /* item */
  int64_t count[RMS_COVER_KINDS_MAX];
};

struct limit {
  rms_wide most;
  int64_t price[RMS_COVER_KINDS_MAX];        /* of the items */
  struct item cheapest[RMS_COVER_KINDS_MAX]; /* per rate among this item and the later ones */
};

struct search {
  size_t n, n_kinds;
  struct item items[RMS_COVER_KINDS_MAX];
  int64_t count[RMS_COVER_KINDS_MAX]; /* of each item, on the way down */
  int64_t others; /* slices of all but the first item that some best cover does not exceed */
  int64_t nodes;
  bool is_exact;
  /* solving */
  rms_wide best;
  int64_t best_count[RMS_COVER_KINDS_MAX];
  /* listing */
  rms_wide most;
  size_t capacity, n_found;
  int64_t *covers;
  rms_wide *values;
  size_t n_bars, first_bar[RMS_COVER_KINDS_MAX + 1]; /* those whose last item is i stand together */
  int64_t longest[RMS_COVER_KINDS_MAX];              /* most slices of the item in a bar */
  struct bar bars[BARS_MAX];
  size_t n_limits;
  struct limit limits[RMS_COVER_LIMITS_MAX];
};

static int64_t gcd(int64_t a, int64_t b)
{
  while (b) {
    int64_t rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

/* Cheaper per rate first; then the larger rate, then the kind: a total order. */
static bool stands_before(const struct item *a, const struct item *b)
{
  rms_wide left = (rms_wide)a->price * b->rate, right = (rms_wide)b->price * a->rate;
  if (left != right) return left < right;
  if (a->rate != b->rate) return a->rate > b->rate;
  return a->kind < b->kind;
}

/* An item that another one replaces at no greater price is never needed. */
static bool is_dominated(const struct search *s, const struct item *item)
{
  for (size_t i = 0; i < s->n; i++)
    if (s->items[i].rate >= item->rate && s->items[i].price <= item->price) return true;
  return false;
}

static void insert_item(struct search *s, struct item item)
{
  size_t at = s->n++;
  while (at > 0 && stands_before(&item, &s->items[at - 1])) {
    s->items[at] = s->items[at - 1];
    at--;
  }
  s->items[at] = item;
}

/* A kind that is barred by itself. */
static bool is_barred(const struct rms_cover_prices *prices, size_t kind)
{
  for (size_t b = 0; b < prices->n_bars; b++) {
    size_t slices = 0;
    for (size_t k = 0; k < prices->n_kinds; k++) slices += prices->bars[b].count[k];
    if (slices == 1 && prices->bars[b].count[kind]) return true;
  }
  return false;
}

static void load(struct search *s, const struct rms_cover_prices *prices, const int64_t *rate,
                 bool is_solving)
{
  s->n = 0;
  s->n_kinds = prices->n_kinds;
  s->nodes = prices->node_limit;
  s->is_exact = true;
  for (size_t k = 0; k < prices->n_kinds && s->n < RMS_COVER_KINDS_MAX; k++) {
    struct item item = {.rate = rate[k], .price = prices->price[k], .kind = k};
    if (rate[k] == 0 || !prices->is_open[k]) continue;
    if (is_solving && is_dominated(s, &item)) continue;
    if (!is_solving && is_barred(prices, k)) continue;
    insert_item(s, item);
  }
  int64_t divisor = 0;
  for (size_t i = s->n; i-- > 0;) {
    divisor = gcd(divisor, s->items[i].price);
    s->items[i].divisor = divisor;
  }
}

static int64_t ceil_div(int64_t a, int64_t b)
{
  return a / b + (a % b != 0);
}

/* Least value that covers `need` with items i, i+1, ... may have. */
static rms_wide least_value(const struct item *item, int64_t need)
{
  rms_wide value = ((rms_wide)need * item->price + item->rate - 1) / item->rate;
  if (item->divisor > 1) value = (value + item->divisor - 1) / item->divisor * item->divisor;
  return value;
}

/* need * price / rate, rounded down, >= value? Products instead of a division of 128 bits, which
 * would take most of the time. */
static bool costs_at_least(const struct item *item, int64_t need, rms_wide value)
{
  if (value > INT64_MAX) return (rms_wide)need * item->price / item->rate >= value;
  return (rms_wide)need * item->price >= (rms_wide)(int64_t)value * item->rate;
}

/* least_value >= value? */
static bool is_at_least(const struct item *item, int64_t need, rms_wide value)
{
  if (value > INT64_MAX) return least_value(item, need) >= value;
  int64_t below = (int64_t)value - 1; /* the largest value that is too small */
  if (value <= 0) return true;
  if (item->divisor > 1) below -= below % item->divisor;
  return (rms_wide)need * item->price > (rms_wide)below * item->rate;
}

static void keep_best(struct search *s, rms_wide value)
{
  if (value >= s->best) return;
  s->best = value;
  memcpy(s->best_count, s->count, s->n * sizeof *s->count);
}

/* Of a slices of other kinds, a = price of the cheapest kind / common divisor, some have prices
 * that add up to a multiple of that price (pigeonhole), and slices of the cheapest kind give at
 * least as much for it. So a best cover with fewer than a of them exists: that settles ties of
 * density. */
static int64_t most_others(const struct search *s)
{
  const struct item *first = &s->items[0];
  return first->divisor > 0 && first->price > 0 ? first->price / first->divisor - 1 : INT64_MAX;
}

/* Depth: at most RMS_COVER_KINDS_MAX. */
static void descend(struct search *s, size_t i, int64_t need, rms_wide value)
{
  const struct item *item = &s->items[i];
  int64_t times = ceil_div(need, item->rate), others = s->others;
  if (i == 0 || times <= others) {
    s->count[i] = times;
    keep_best(s, value + (rms_wide)times * item->price);
    s->count[i] = 0;
  } else {
    times = others + 1;
  }
  if (i + 1 == s->n) return;
  while (times-- > 0) {
    int64_t rest = need - times * item->rate;
    rms_wide spent = value + (rms_wide)times * item->price;
    /* With fewer of the cheapest kind the rest only gets dearer: nothing below can be better. */
    if (costs_at_least(&s->items[i + 1], rest, s->best - spent)) break;
    if (s->nodes-- <= 0) {
      s->is_exact = false;
      break;
    }
    if (is_at_least(&s->items[i + 1], rest, s->best - spent)) continue;
    s->count[i] = times;
    if (i > 0) s->others = others - times;
    descend(s, i + 1, rest, spent);
    s->others = others;
    s->count[i] = 0;
    if (!s->is_exact) break;
  }
}

bool rms_cover_solve(const struct rms_cover_prices *prices, const int64_t *rate, int64_t need,
                     int64_t *y, rms_wide *value)
{
  struct search s;
  load(&s, prices, rate, true);
  memset(y, 0, prices->n_kinds * sizeof *y);
  *value = -1;
  if (s.n == 0) return true;
  memset(s.count, 0, s.n * sizeof *s.count);
  s.best = (rms_wide)INT64_MAX * INT64_MAX;
  rms_wide floor = least_value(&s.items[0], need);
  s.others = most_others(&s);
  descend(&s, 0, need, 0);
  if (prices->budget) *prices->budget -= prices->node_limit - s.nodes;
  for (size_t i = 0; i < s.n; i++) y[s.items[i].kind] = s.best_count[i];
  *value = s.is_exact ? s.best : floor;
  return s.is_exact;
}

/* ---- listing ---- */

static void put_bar(struct search *s, const struct rms_cover_bar *bar)
{
  struct bar *to = &s->bars[s->n_bars];
  bool is_empty = true; /* its kinds are not there */
  for (size_t i = 0; i < s->n; i++) {
    to->count[i] = bar->count[s->items[i].kind];
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
  for (size_t i = 0; i < s->n; i++) {
    s->longest[i] = 0;
    for (size_t b = 0; b < s->n_bars; b++)
      if (s->bars[b].count[i] > s->longest[i]) s->longest[i] = s->bars[b].count[i];
  }
  for (size_t i = 0, b = 0; i <= s->n; i++) {
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
    while (j < i && s->count[j] >= bar->count[j]) j++;
    if (j == i) times = bar->count[i] - 1;
  }
  return times;
}

/* Can the items from i on cover the rest at all beside those that are there? */
static bool is_coverable(const struct search *s, size_t i, int64_t rest)
{
  for (; i < s->n && rest > 0; i++)
    rest -= most_times(s, i, ceil_div(rest, s->items[i].rate)) * s->items[i].rate;
  return rest <= 0;
}

static void load_limits(struct search *s, const struct rms_cover_prices *prices)
{
  s->n_limits = prices->n_limits;
  for (size_t l = 0; l < s->n_limits; l++) {
    struct limit *limit = &s->limits[l];
    limit->most = prices->limits[l].most;
    for (size_t i = s->n; i-- > 0;) {
      struct item item = s->items[i];
      item.price = limit->price[i] = prices->limits[l].price[item.kind];
      item.divisor = 0;
      const bool is_last = i + 1 == s->n;
      limit->cheapest[i] =
          is_last || stands_before(&item, &limit->cheapest[i + 1]) ? item : limit->cheapest[i + 1];
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
    for (size_t j = 0; j < i; j++) left -= (rms_wide)s->count[j] * limit->price[j];
    if (left < 0) return false;
    if (rest > 0 && costs_at_least(&limit->cheapest[i], rest, left + 1)) return false;
  }
  return true;
}

/* Minimal: without any one of its slices the demand is not met. `surplus` is what it covers beyond.
 */
static bool is_minimal(const struct search *s, int64_t surplus)
{
  for (size_t i = 0; i < s->n; i++)
    if (s->count[i] > 0 && s->items[i].rate <= surplus) return false;
  return true;
}

static void add_cover(struct search *s, int64_t surplus, rms_wide value)
{
  if (value > s->most || !is_minimal(s, surplus) || !is_within(s, s->n, 0)) return;
  if (s->n_found == s->capacity) {
    s->is_exact = false;
    return;
  }
  int64_t *y = s->covers + s->n_found * s->n_kinds;
  memset(y, 0, s->n_kinds * sizeof *y);
  for (size_t i = 0; i < s->n; i++) y[s->items[i].kind] = s->count[i];
  s->values[s->n_found++] = value;
}

/* Depth: at most RMS_COVER_KINDS_MAX. */
static void list_below(struct search *s, size_t i, int64_t need, rms_wide value)
{
  const struct item *item = &s->items[i];
  const int64_t enough = ceil_div(need, item->rate), most = most_times(s, i, enough);
  int64_t times = most + (most < enough);
  s->count[i] = enough;
  if (most == enough)
    add_cover(s, enough * item->rate - need, value + (rms_wide)enough * item->price);
  while (i + 1 < s->n && times-- > 0 && s->is_exact) {
    int64_t rest = need - times * item->rate;
    rms_wide spent = value + (rms_wide)times * item->price;
    const struct item *next = &s->items[i + 1];
    if (costs_at_least(next, rest, s->most - spent + 1)) break;
    if (s->nodes-- <= 0) s->is_exact = false;
    s->count[i] = times;
    if (s->n_bars && !is_coverable(s, i + 1, rest)) {
      /* Nor can they with fewer of this item, until they get past a bar. */
      if (times > s->longest[i]) times = s->longest[i];
      continue;
    }
    if (is_within(s, i + 1, rest)) list_below(s, i + 1, rest, spent);
  }
  s->count[i] = 0;
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
  load(&s, prices, rate, false);
  *n = 0;
  if (s.n == 0) return true;
  memset(s.count, 0, s.n * sizeof *s.count);
  s.most = most;
  s.capacity = capacity;
  s.n_found = 0;
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
