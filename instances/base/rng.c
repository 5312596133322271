/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "instances/base/rng.h"

#include <Random123/philox.h>
#include <gsl/gsl_cdf.h>
#include <math.h>

void rms_philox(const uint64_t counter[4], const uint64_t key[2], uint64_t out[4])
{
  const philox4x64_ctr_t c = {{counter[0], counter[1], counter[2], counter[3]}};
  const philox4x64_key_t k = {{key[0], key[1]}};
  const philox4x64_ctr_t block = philox4x64_R(10, c, k);
  for (int i = 0; i < 4; i++) out[i] = block.v[i];
}

uint64_t rms_random(struct rms_rng_key key, enum rms_purpose purpose, uint32_t stream,
                    uint32_t island, uint64_t index)
{
  const uint64_t counter[4] = {index / 4, (uint64_t)stream << 32 | island, (uint64_t)purpose, 0};
  const uint64_t words[2] = {key.seed, key.job};
  uint64_t block[4];
  rms_philox(counter, words, block);
  return block[index % 4];
}

uint64_t rms_rng_bits(struct rms_rng *rng)
{
  return rms_random(rng->key, rng->purpose, rng->stream, rng->island, rng->index++);
}

double rms_rng_unit(struct rms_rng *rng)
{
  /* Odd multiples of 2^-53: neither end is reached, and the mean is exactly one half. */
  return (double)(rms_rng_bits(rng) >> 11 | 1) * 0x1p-53;
}

uint64_t rms_rng_below(struct rms_rng *rng, uint64_t n)
{
  const uint64_t surplus = (UINT64_MAX - n + 1) % n; /* 2^64 mod n */
  uint64_t bits;
  do {
    bits = rms_rng_bits(rng);
  } while (bits < surplus);
  return bits % n;
}

double rms_rng_uniform(struct rms_rng *rng, double lo, double hi)
{
  return lo + (hi - lo) * rms_rng_unit(rng);
}

double rms_rng_normal(struct rms_rng *rng, double mean, double deviation)
{
  return mean + deviation * gsl_cdf_ugaussian_Pinv(rms_rng_unit(rng));
}

double rms_rng_lognormal(struct rms_rng *rng, double mu, double sigma)
{
  return exp(rms_rng_normal(rng, mu, sigma));
}
