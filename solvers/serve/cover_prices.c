/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solvers/serve/cover_prices.h"

#include <stdlib.h>
#include <string.h>

struct item {
  int64_t rate, price, divisor; /* divisor: greatest common one of this and all later prices */
  size_t kind;
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

static void load(struct search *s, const struct rms_cover_prices *prices, const int64_t *rate,
                 bool drop_dominated)
{
  s->n = 0;
  s->n_kinds = prices->n_kinds;
  s->nodes = prices->node_limit;
  s->is_exact = true;
  for (size_t k = 0; k < prices->n_kinds && s->n < RMS_COVER_KINDS_MAX; k++) {
    struct item item = {.rate = rate[k], .price = prices->price[k], .kind = k};
    if (rate[k] == 0 || !prices->is_open[k]) continue;
    if (drop_dominated && is_dominated(s, &item)) continue;
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
  if (value > s->most || !is_minimal(s, surplus)) return;
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
  int64_t times = ceil_div(need, item->rate);
  s->count[i] = times;
  add_cover(s, times * item->rate - need, value + (rms_wide)times * item->price);
  while (i + 1 < s->n && times-- > 0 && s->is_exact) {
    int64_t rest = need - times * item->rate;
    rms_wide spent = value + (rms_wide)times * item->price;
    const struct item *next = &s->items[i + 1];
    if (costs_at_least(next, rest, s->most - spent + 1)) break;
    if (s->nodes-- <= 0) s->is_exact = false;
    s->count[i] = times;
    list_below(s, i + 1, rest, spent);
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
  list_below(&s, 0, need, 0);
  sort_covers(&s);
  *n = s.n_found;
  return s.is_exact;
}
