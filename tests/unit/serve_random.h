/* SPDX-License-Identifier: GPL-3.0-or-later */
/* serve_random.h - small random instances of family serve, a pure function of the seed: one or two
 * pools (equal or different machines, r470 or r510, with or without stock and cost), 1 to 5
 * services; every third instance has coarse numbers, so that ties are frequent. */
#ifndef RMS_TEST_SERVE_RANDOM_H
#define RMS_TEST_SERVE_RANDOM_H

#include "instances/base/rng.h"
#include "instances/serve/serve.h"

struct serve_random { /* what may come; zero: the simplest */
  size_t services;    /* largest number; 0: 5 */
  double demand;      /* largest demand over the largest rate; 0: 6 */
  bool has_pools;     /* sometimes a second pool, costs */
  bool has_stock;     /* sometimes limited pools */
};

/* The caller frees it with rms_serve_free. NULL: out of memory. */
struct rms_serve *serve_random(uint64_t seed, const struct serve_random *shape);

#endif
