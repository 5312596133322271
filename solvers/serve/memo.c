/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solvers/serve/memo.h"

#include <stdlib.h>
#include <string.h>

int rms_memo_init(struct rms_memo *memo, struct rms_menu *menu, size_t width, size_t size,
                  bool has_greedy, size_t bytes)
{
  const size_t genes = (size + 1) * width * sizeof(uint32_t);
  const size_t stride = (sizeof(struct rms_memo_pool) + genes + 7) / 8 * 8;
  size_t n = 1;
  if (bytes < stride + sizeof(uint32_t)) return RMS_E_LIMIT;
  while (2 * n * stride <= bytes && n < (size_t)1 << 30) n *= 2;
  const size_t room = (bytes - n * sizeof(uint32_t)) / stride;
  *memo = (struct rms_memo){.menu = menu,
                            .width = width,
                            .size = size,
                            .has_greedy = has_greedy,
                            .mask = n - 1,
                            .stride = stride,
                            .room = room < n ? room : n};
  memo->place = calloc(n, sizeof *memo->place);
  memo->pools = calloc(memo->room, stride); /* pages are touched when they are used */
  if (memo->place == NULL || memo->pools == NULL) {
    rms_memo_fini(memo);
    return RMS_E_NOMEM;
  }
  return RMS_OK;
}

void rms_memo_fini(struct rms_memo *memo)
{
  free(memo->place);
  free(memo->pools);
  memo->place = NULL;
  memo->pools = NULL;
}

void rms_memo_clear(struct rms_memo *memo)
{
  if (memo->n_pools > 0) memset(memo->place, 0, (memo->mask + 1) * sizeof *memo->place);
  memo->n_pools = 0;
  memo->last = NULL;
}

/* With the table's own memory there may be fewer pools than places: the last places share. */
static struct rms_memo_pool *pool_of(struct rms_memo *memo, uint64_t type)
{
  uint32_t *place = &memo->place[type & memo->mask];
  if (*place == 0 && memo->n_pools < memo->room) {
    *place = (uint32_t)++memo->n_pools;
    ((struct rms_memo_pool *)(void *)(memo->pools + (*place - 1) * memo->stride))->n = 0;
  }
  const size_t at = *place == 0 ? (type & memo->mask) % memo->room : *place - 1;
  return (void *)(memo->pools + at * memo->stride);
}

static bool is_in(const struct rms_memo *memo, const struct rms_memo_pool *pool,
                  const uint32_t *gene)
{
  for (size_t i = 0; i < pool->n; i++)
    if (memcmp(pool->genes + i * memo->width, gene, memo->width * sizeof *gene) == 0) return true;
  return false;
}

const struct rms_memo_pool *rms_memo_renew(struct rms_memo *memo, const struct rms_walk *walk,
                                           struct rms_draws *draws)
{
  struct rms_memo_pool *pool = pool_of(memo, walk->type);
  uint32_t services[RMS_SAMPLE_MAX];
  const size_t n = rms_menu_sample(memo->menu, walk, draws, services);
  memo->misses++;
  pool->type = walk->type;
  pool->n = (uint32_t)rms_menu_best(memo->menu, walk, services, n, pool->genes, NULL);
  /* A sample that no machine left can serve must not end the rollout: the greedy choice sees all.
   */
  if (memo->has_greedy || pool->n == 0) {
    uint32_t *last = pool->genes + pool->n * memo->width;
    if (rms_menu_greedy(memo->menu, walk, last) && !is_in(memo, pool, last)) pool->n++;
  }
  return pool;
}

const struct rms_memo_pool *rms_memo_get(struct rms_memo *memo, const struct rms_walk *walk,
                                         struct rms_draws *draws)
{
  /* Most machines leave the type as it is. */
  const struct rms_memo_pool *pool =
      memo->last != NULL && memo->last->type == walk->type ? memo->last : pool_of(memo, walk->type);
  memo->last = pool;
  if (pool->n == 0 || pool->type != walk->type) return rms_memo_renew(memo, walk, draws);
  memo->hits++;
  return pool;
}
