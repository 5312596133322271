/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solvers/serve/cover_items.h"
#include "solvers/serve/gcd.h"

#include <math.h>
#include <string.h>

#define WEIGHT_MAX (INT64_C(1) << 20) /* counts stay below 2^32: sums are exact as doubles */
#define BLUR       1e-12

/* An item that another one replaces at no greater price is never needed. */
static bool is_dominated(const struct rms_cover_items *items, const struct rms_cover_item *item)
{
  for (size_t i = 0; i < items->n; i++)
    if (items->at[i].rate >= item->rate && items->at[i].price <= item->price) return true;
  return false;
}

static void insert_item(struct rms_cover_items *items, struct rms_cover_item item)
{
  size_t at = items->n++;
  while (at > 0 && rms_cover_stands_before(&item, &items->at[at - 1])) {
    items->at[at] = items->at[at - 1];
    at--;
  }
  items->at[at] = item;
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

void rms_cover_items_load(struct rms_cover_items *items, const struct rms_cover_prices *prices,
                          const int64_t *rate, bool is_solving)
{
  int64_t divisor = 0;
  items->n = items->n_rises = 0;
  for (size_t k = 0; k < prices->n_kinds && items->n < RMS_COVER_KINDS_MAX; k++) {
    struct rms_cover_item item = {.rate = rate[k], .price = prices->price[k], .kind = k};
    if (rate[k] == 0 || !prices->is_open[k]) continue;
    if (is_solving && is_dominated(items, &item)) continue;
    if (!is_solving && is_barred(prices, k)) continue;
    insert_item(items, item);
  }
  for (size_t i = items->n; i-- > 0;) {
    divisor = rms_gcd(divisor, items->at[i].price);
    items->at[i].divisor = divisor;
  }
  memset(items->count, 0, items->n * sizeof *items->count);
}

/* Least number of slices of item j for which slices of item i stand in; 0: more than PARTS_MAX. */
static int64_t stand_in(const struct rms_cover_item *i, const struct rms_cover_item *j)
{
  enum { PARTS_MAX = 16 };
  for (int64_t m = 1; m <= PARTS_MAX; m++) {
    const int64_t n = rms_cover_ceil(m * j->rate, i->rate);
    if ((rms_wide)n * i->price <= (rms_wide)m * j->price) return m;
  }
  return 0;
}

void rms_cover_items_cap(struct rms_cover_items *items)
{
  for (size_t j = 0; j < items->n; j++) {
    items->most[j] = INT64_MAX;
    for (size_t i = 0; i < j; i++) {
      const int64_t m = stand_in(&items->at[i], &items->at[j]);
      if (m > 0 && m - 1 < items->most[j]) items->most[j] = m - 1;
    }
  }
}

/* False: a weight is too large. */
static bool load_rise(const struct rms_cover_items *items, const struct rms_cover_form *form,
                      struct rms_cover_rise *rise)
{
  double least = INFINITY;
  rise->share = form->share;
  for (size_t i = items->n; i-- > 0;) {
    const struct rms_cover_item *item = &items->at[i];
    rise->weight[i] = form->weight[item->kind];
    if (rise->weight[i] > WEIGHT_MAX) return false;
    least = fmin(least, (double)rise->weight[i] / (double)item->rate * (1 - BLUR));
    rise->least[i] = least;
  }
  return true;
}

void rms_cover_items_rise(struct rms_cover_items *items, size_t n,
                          const struct rms_cover_form *forms, bool is_solving)
{
  bool is_whole = n <= RMS_COVER_FORMS_MAX;
  items->n_rises = 0;
  for (size_t f = 0; f < n && items->n_rises < RMS_COVER_FORMS_MAX; f++) {
    const bool is_good = load_rise(items, &forms[f], &items->rises[items->n_rises]);
    is_whole = is_whole && is_good;
    items->n_rises += is_good;
  }
  if (!is_solving && !is_whole) items->n_rises = 0;
  memset(items->taken[0], 0, sizeof items->taken[0]);
}
