/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cover_items.h - inside the pricing problem: kinds as items in the order of price per rate, and
 * linear forms along them. Shared by solving (cover_prices.c) and listing (cover_list.c). */
#ifndef RMS_SERVE_COVER_ITEMS_H
#define RMS_SERVE_COVER_ITEMS_H

#include "solvers/serve/cover_prices.h"

struct rms_cover_item {
  int64_t rate, price, divisor; /* divisor: greatest common one of this and all later prices */
  size_t kind;
};

/* A form along the items. What the slices that are still to come take of it is a whole number, no
 * less than the rest of the demand at the least weight per rate: where kinds nearly tie in price,
 * rounding this up tells covers apart that the prices do not. */
struct rms_cover_rise {
  int64_t share, weight[RMS_COVER_KINDS_MAX];
  double least[RMS_COVER_KINDS_MAX]; /* weight per rate, of this item and the later ones; rounded
                                        down */
};

struct rms_cover_items {
  size_t n;
  struct rms_cover_item at[RMS_COVER_KINDS_MAX];
  int64_t count[RMS_COVER_KINDS_MAX]; /* of each item, on the way down */
  int64_t most[RMS_COVER_KINDS_MAX];  /* of each item, that a least cover needs */
  size_t n_rises;
  struct rms_cover_rise rises[RMS_COVER_FORMS_MAX];
  int64_t taken[RMS_COVER_KINDS_MAX + 1][RMS_COVER_FORMS_MAX]; /* of each form by items 0..i-1 */
};

/* Usable kinds; for solving without those that another kind replaces at no greater price, otherwise
 * without those that are barred by themselves. No forms yet. */
void rms_cover_items_load(struct rms_cover_items *items, const struct rms_cover_prices *prices,
                          const int64_t *rate, bool is_solving);
/* Set items->most: where so many slices of one item have a stand-in in slices of an item before it,
 * of no less rate and no greater price, fewer are enough. Every exchange moves slices to the front,
 * so there is a cover from which none leads on. */
void rms_cover_items_cap(struct rms_cover_items *items);
/* The forms along the items. One with large weights is left out when it is of some use without
 * (is_solving), and all are otherwise. */
void rms_cover_items_rise(struct rms_cover_items *items, size_t n,
                          const struct rms_cover_form *forms, bool is_solving);

static inline int64_t rms_cover_ceil(int64_t a, int64_t b)
{
  return a / b + (a % b != 0);
}

/* Cheaper per rate first; then the larger rate, then the kind: a total order. */
static inline bool rms_cover_stands_before(const struct rms_cover_item *a,
                                           const struct rms_cover_item *b)
{
  rms_wide left = (rms_wide)a->price * b->rate, right = (rms_wide)b->price * a->rate;
  if (left != right) return left < right;
  if (a->rate != b->rate) return a->rate > b->rate;
  return a->kind < b->kind;
}

/* need * price / rate, rounded down, >= value? Products instead of a division of 128 bits, which
 * would take most of the time. */
static inline bool rms_cover_costs(const struct rms_cover_item *item, int64_t need, rms_wide value)
{
  if (value > INT64_MAX) return (rms_wide)need * item->price / item->rate >= value;
  return (rms_wide)need * item->price >= (rms_wide)(int64_t)value * item->rate;
}

/* Items from i on take that much of form f for the rest at least. The blur outweighs the rounding
 * of the doubles. */
static inline int64_t rms_cover_least_of(const struct rms_cover_items *items, size_t f, size_t i,
                                         int64_t rest)
{
  return rest > 0 ? (int64_t)((double)rest * items->rises[f].least[i] + (1 - 1e-6)) : 0;
}

/* The same with items 0..i-1 as they are there and any number of item i from `low` to `high`: in
 * between the least is linear. */
static inline int64_t rms_cover_reach(const struct rms_cover_items *items, size_t f, size_t i,
                                      int64_t low, int64_t high, int64_t need)
{
  const int64_t rate = items->at[i].rate, weight = items->rises[f].weight[i];
  const int64_t most = high * weight + rms_cover_least_of(items, f, i + 1, need - high * rate);
  if (low == high) return items->taken[i][f] + most;
  const int64_t least = low * weight + rms_cover_least_of(items, f, i + 1, need - low * rate);
  return items->taken[i][f] + (most < least ? most : least);
}

/* Item i is there `times`. */
static inline void rms_cover_take(struct rms_cover_items *items, size_t i, int64_t times)
{
  items->count[i] = times;
  for (size_t f = 0; f < items->n_rises; f++)
    items->taken[i + 1][f] = items->taken[i][f] + times * items->rises[f].weight[i];
}

#endif
