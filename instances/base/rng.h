/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rng.h - random numbers as a pure function: Philox4x64-10 (Random123; Salmon et al., SC 2011). The
 * key is (master seed, key of the job or of the instance), the counter is (index / 4, stream |
 * island, purpose, 0): never rank, thread or time. */
#ifndef RMS_BASE_RNG_H
#define RMS_BASE_RNG_H

#include <stdint.h>

struct rms_rng_key {
  uint64_t seed, job;
};

enum rms_purpose { RMS_PURPOSE_SOLVER = 1, RMS_PURPOSE_INSTANCE = 2, RMS_PURPOSE_ANALYSIS = 3 };

/* The 64 bits at (stream, island, index): word index % 4 of the Philox block index / 4. Pure. */
uint64_t rms_random(struct rms_rng_key key, enum rms_purpose purpose, uint32_t stream,
                    uint32_t island, uint64_t index);

/* The raw block, for known-answer tests. */
void rms_philox(const uint64_t counter[4], const uint64_t key[2], uint64_t out[4]);

/* A sequence with an explicit state, for generators: index goes up by one per draw. */
struct rms_rng {
  struct rms_rng_key key;
  enum rms_purpose purpose;
  uint32_t stream, island;
  uint64_t index;
};
uint64_t rms_rng_bits(struct rms_rng *rng);
double rms_rng_unit(struct rms_rng *rng); /* uniform in (0,1), 53 bits, never 0 or 1 */
uint64_t rms_rng_below(struct rms_rng *rng, uint64_t n); /* uniform in 0..n-1, unbiased; n >= 1 */
double rms_rng_uniform(struct rms_rng *rng, double lo, double hi);
double rms_rng_normal(struct rms_rng *rng, double mean,
                      double deviation); /* one draw, inverse CDF (GSL) */
double rms_rng_lognormal(struct rms_rng *rng, double mu, double sigma); /* one draw */

#endif
