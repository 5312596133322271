/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "serve_random.h"

#include <math.h>
#include <string.h>

enum { SERVICES_MAX = 8, ENTRIES_MAX = SERVICES_MAX * 2 * RMS_PROFILES_MAX };

static int64_t rate_of(struct rms_rng *rng, const struct rms_profile *profile, double base,
                       double power, bool is_coarse)
{
  if (rms_rng_unit(rng) < 0.12) return 0;
  const double ideal = base * pow(profile->compute, power);
  if (is_coarse) return (int64_t)ceil(ideal) * RMS_MICRO;
  return (int64_t)(ideal * rms_rng_uniform(rng, 0.7, 1.3) * (double)RMS_MICRO) + 1;
}

static size_t add_entries(struct rms_rng *rng, const struct rms_serve_spec *spec, uint32_t s,
                          bool is_coarse, struct rms_serve_entry *entries)
{
  size_t n = 0;
  const double power = is_coarse ? 1 : rms_rng_uniform(rng, 0.5, 1.2);
  const double base = is_coarse ? (double)(1 + rms_rng_below(rng, 3)) : 10;
  for (size_t m = 0; m < spec->n_machines; m++)
    for (int p = 0; p < spec->machines[m]->n_profiles; p++) {
      const struct rms_profile *profile = &spec->machines[m]->profiles[p];
      const int64_t rate = rate_of(rng, profile, base, power, is_coarse);
      if (rate == 0 || (profile->group >= 0 && rms_rng_unit(rng) < 0.8)) continue;
      entries[n++] = (struct rms_serve_entry){
          .service = s, .machine = (uint16_t)m, .profile = (uint16_t)p, .rate = rate};
    }
  return n;
}

static void add_pool(struct rms_rng *rng, struct rms_serve_spec *spec,
                     const struct serve_random *shape)
{
  static const char *const machines[] = {"a100-80gb", "a30-24gb"};
  static const char *const names[] = {"one", "two"};
  const size_t p = spec->n_pools;
  uint16_t m = 0;
  if (p == 0 || rms_rng_unit(rng) < 0.7) {
    m = (uint16_t)spec->n_machines;
    size_t which = rms_rng_unit(rng) < 0.7 ? 0 : 1;
    if (m > 0) which = strcmp(spec->machines[0]->name, machines[0]) == 0;
    if (rms_machine_builtin(&spec->machines[m], machines[which], NULL)) return;
    spec->n_machines++;
  }
  spec->pools[p].name = names[p];
  spec->pools[p].machine = m;
  spec->pools[p].rules = (int)rms_rng_below(rng, (uint64_t)spec->machines[m]->n_rules);
  spec->pools[p].cost = shape->has_pools ? (int64_t)(1 + rms_rng_below(rng, 5)) : 1;
  spec->pools[p].count =
      shape->has_stock && rms_rng_unit(rng) < 0.6 ? (int64_t)rms_rng_below(rng, 9) : -1;
  spec->n_pools++;
}

struct rms_serve *serve_random(uint64_t seed, const struct serve_random *shape)
{
  struct rms_rng rng = {.key = {.seed = seed, .job = 1}, .purpose = RMS_PURPOSE_INSTANCE};
  const size_t most = shape->services > 0 ? shape->services : 5;
  const double largest = shape->demand > 0 ? shape->demand : 6;
  static const char *const names[] = {"a", "b", "c", "d", "e", "f", "g", "h"};
  struct rms_serve_service services[SERVICES_MAX];
  struct rms_serve_entry entries[ENTRIES_MAX];
  struct rms_serve_spec spec = {.name = "random", .services = services, .entries = entries};
  struct rms_serve *inst = NULL;
  const bool is_coarse = seed % 3 == 0;
  add_pool(&rng, &spec, shape);
  if (shape->has_pools && rms_rng_unit(&rng) < 0.6) add_pool(&rng, &spec, shape);
  spec.n_services = 1 + (size_t)rms_rng_below(&rng, most < SERVICES_MAX ? most : SERVICES_MAX);
  for (uint32_t s = 0; s < spec.n_services; s++) {
    const size_t n = add_entries(&rng, &spec, s, is_coarse, entries + spec.n_entries);
    int64_t top = RMS_MICRO;
    for (size_t j = 0; j < n; j++)
      if (entries[spec.n_entries + j].rate > top) top = entries[spec.n_entries + j].rate;
    const double demand = rms_rng_uniform(&rng, 0.05, largest) * (double)top;
    services[s] = (struct rms_serve_service){.name = names[s], .slo_ms = NAN};
    services[s].demand =
        is_coarse ? (int64_t)ceil(demand / (double)RMS_MICRO) * RMS_MICRO : (int64_t)demand;
    spec.n_entries += n;
  }
  if (spec.n_pools == 0 || rms_serve_build(&inst, &spec, NULL) < 0)
    for (size_t m = 0; m < spec.n_machines; m++) rms_machine_free(spec.machines[m]);
  return inst;
}
