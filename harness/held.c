/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/held.h"

#include <stdlib.h>

#include "instances/base/status.h"

static size_t home(const struct rms_held *held, uint64_t index)
{
  const uint64_t mixed = index * UINT64_C(0x9e3779b97f4a7c15);
  return (size_t)(mixed >> 32) & (held->capacity - 1);
}

/* Where it is, or the empty place where it would be. */
static size_t find(const struct rms_held *held, uint64_t index)
{
  size_t at = home(held, index);
  while (held->holdings[at].holder >= 0 && held->holdings[at].item.index != index)
    at = (at + 1) & (held->capacity - 1);
  return at;
}

static int grow(struct rms_held *held)
{
  struct rms_held larger = {.n = held->n, .capacity = held->capacity ? 2 * held->capacity : 64};
  larger.holdings = malloc(larger.capacity * sizeof *larger.holdings);
  if (!larger.holdings) return RMS_E_NOMEM;
  for (size_t i = 0; i < larger.capacity; i++) larger.holdings[i].holder = -1;
  for (size_t i = 0; i < held->capacity; i++)
    if (held->holdings[i].holder >= 0)
      larger.holdings[find(&larger, held->holdings[i].item.index)] = held->holdings[i];
  free(held->holdings);
  *held = larger;
  return RMS_OK;
}

int rms_held_put(struct rms_held *held, const struct rms_item *item, int holder)
{
  if (4 * (held->n + 1) > 3 * held->capacity && grow(held)) return RMS_E_NOMEM;
  held->holdings[find(held, item->index)] = (struct rms_holding){*item, holder};
  held->n++;
  return RMS_OK;
}

static struct rms_holding *holding_of(const struct rms_held *held, uint64_t index, int holder)
{
  if (!held->capacity) return NULL;
  struct rms_holding *holding = &held->holdings[find(held, index)];
  return holding->holder >= 0 && holding->holder == holder ? holding : NULL;
}

bool rms_held_has(const struct rms_held *held, uint64_t index, int holder)
{
  return holding_of(held, index, holder);
}

/* What follows an empty place and would be looked for there moves up. */
static void close_gap(struct rms_held *held, size_t gap)
{
  const size_t mask = held->capacity - 1;
  for (size_t at = (gap + 1) & mask; held->holdings[at].holder >= 0; at = (at + 1) & mask) {
    const size_t distance = (at - home(held, held->holdings[at].item.index)) & mask;
    if (distance < ((at - gap) & mask)) continue;
    held->holdings[gap] = held->holdings[at];
    held->holdings[at].holder = -1;
    gap = at;
  }
}

bool rms_held_take(struct rms_held *held, uint64_t index, int holder)
{
  struct rms_holding *holding = holding_of(held, index, holder);
  if (!holding) return false;
  holding->holder = -1;
  held->n--;
  close_gap(held, (size_t)(holding - held->holdings));
  return true;
}

bool rms_held_move(struct rms_held *held, uint64_t index, int from, int to)
{
  struct rms_holding *holding = holding_of(held, index, from);
  if (holding) holding->holder = to;
  return holding;
}

static int compare_items(const void *a, const void *b)
{
  const struct rms_item *x = a, *y = b;
  return (x->index > y->index) - (x->index < y->index);
}

int rms_held_of(const struct rms_held *held, int holder, struct rms_item **items, size_t *n)
{
  struct rms_item *list = malloc((held->n + 1) * sizeof *list);
  if (!list) return RMS_E_NOMEM;
  *n = 0;
  for (size_t i = 0; i < held->capacity; i++)
    if (held->holdings[i].holder >= 0 && (holder < 0 || held->holdings[i].holder == holder))
      list[(*n)++] = held->holdings[i].item;
  if (*n) qsort(list, *n, sizeof *list, compare_items);
  *items = list;
  return RMS_OK;
}

void rms_held_fini(struct rms_held *held)
{
  free(held->holdings);
  *held = (struct rms_held){0};
}
