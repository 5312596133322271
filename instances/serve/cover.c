/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "instances/serve/cover.h"

#include <stdlib.h>

/* Cheapest per request first. Cross-multiplied: prices and rates are below 2^63, products below
 * 2^126. */
static bool is_better(struct rms_cover_item a, struct rms_cover_item b)
{
  const rms_wide left = (rms_wide)a.price * b.rate, right = (rms_wide)b.price * a.rate;
  if (left != right) return left < right;
  return a.rate > b.rate;
}

static bool is_dominated(const struct rms_cover *c, struct rms_cover_item item)
{
  for (size_t i = 0; i < c->n; i++)
    if (c->items[i].price <= item.price && c->items[i].rate >= item.rate) return true;
  return false;
}

static void add_item(struct rms_cover *c, struct rms_cover_item item)
{
  size_t i = c->n++;
  for (; i > 0 && is_better(item, c->items[i - 1]); i--) c->items[i] = c->items[i - 1];
  c->items[i] = item;
}

/* Insertion puts the denser items first, so an item is only ever dominated by one before it. */
static void list_items(struct rms_cover *c, const int64_t *prices, const int64_t *rates, size_t n)
{
  c->n = 0;
  for (size_t k = 0; k < n; k++)
    if (rates[k] > 0) add_item(c, (struct rms_cover_item){.price = prices[k], .rate = rates[k]});
  const size_t all = c->n;
  c->n = 0;
  for (size_t i = 0; i < all; i++)
    if (!is_dominated(c, c->items[i])) c->items[c->n++] = c->items[i];
}

/* What the rest of the demand costs at least when slices could be had in parts. */
static rms_wide rational(struct rms_cover_item item, int64_t rest)
{
  return rms_wide_ceil((rms_wide)rest * item.price, item.rate);
}

static int64_t common_divisor(int64_t a, int64_t b)
{
  return b == 0 ? a : common_divisor(b, a % b); /* depth: logarithmic */
}

/* How many slices beside those of the densest item a least cover needs at most. Let that item cost
 * a common divisors of all prices. Among any a other slices, two of the partial sums of their
 * prices leave the same remainder modulo its price: the slices between them can be traded for
 * slices of the densest item at the same price, which serve no less. */
static int64_t others_needed(const struct rms_cover *c)
{
  int64_t divisor = 0;
  for (size_t i = 0; i < c->n; i++) divisor = common_divisor(divisor, c->items[i].price);
  if (divisor == 0 || c->items[0].price == 0) return INT64_MAX;
  return c->items[0].price / divisor - 1;
}

/* Cover `rest` > 0 with the items i, i+1, ..., at most `others` slices of those after the first;
 * depth at most n. False: the limit is reached. */
static bool search(struct rms_cover *c, size_t i, int64_t rest, rms_wide spent, int64_t others)
{
  const struct rms_cover_item item = c->items[i];
  const int64_t most = (rest - 1) / item.rate + 1;
  const rms_wide whole = spent + (rms_wide)most * item.price;
  if (whole < c->best && (i == 0 || most <= others)) c->best = whole;
  if (i + 1 == c->n) return true;
  for (int64_t y = i == 0 || most <= others ? most - 1 : others; y >= 0; y--) {
    const int64_t left = rest - y * item.rate;
    const rms_wide now = spent + (rms_wide)y * item.price;
    /* fewer of this item leave more to the dearer ones: the bound only grows */
    if (now + rational(c->items[i + 1], left) >= c->best) return true;
    if (++c->nodes > c->limit) return false;
    if (!search(c, i + 1, left, now, i == 0 ? others : others - y)) return false;
  }
  return true;
}

struct rms_cover_result rms_cover_least(struct rms_cover *c, const int64_t *prices,
                                        const int64_t *rates, size_t n, int64_t demand,
                                        int64_t limit)
{
  list_items(c, prices, rates, n);
  if (c->n == 0) return (struct rms_cover_result){.is_coverable = false};
  c->nodes = 0;
  c->limit = limit;
  c->best = (rms_wide)((demand - 1) / c->items[0].rate + 1) * c->items[0].price;
  const bool is_exact = search(c, 0, demand, 0, others_needed(c));
  return (struct rms_cover_result){.is_coverable = true,
                                   .is_exact = is_exact,
                                   .least = is_exact ? c->best : rational(c->items[0], demand),
                                   .nodes = c->nodes};
}
