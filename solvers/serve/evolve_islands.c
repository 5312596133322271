/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solvers/serve/evolve_state.h"

static int take_migrant(struct rms_evolve *ga, const struct rms_deployment *plan)
{
  if (plan->n > ga->most || !rms_deployment_walk(plan, &ga->walk)) return 0;
  struct rms_individual *one = ga->all[ga->n];
  const int status = rms_deployment_copy(&one->plan, ga->map, plan);
  if (status < 0) return status;
  rms_evolve_weigh(ga, one, 0);
  const int said = rms_evolve_offer(ga, &one->plan);
  rms_evolve_select(ga, ga->n + 1);
  return said;
}

static uint32_t columns_of(uint32_t islands)
{
  uint32_t columns = 1;
  while ((columns + 1) * (columns + 1) <= islands) columns++;
  return columns;
}

/* How many ring steps carry the news, and whose letters count. */
static uint32_t steps_of(const struct rms_evolve *ga)
{
  const uint32_t islands = ga->host->islands;
  const enum rms_topology topology = ga->setup.topology;
  if (topology == RMS_TOPOLOGY_NONE) return 0;
  if (topology == RMS_TOPOLOGY_RING) return 1;
  return topology == RMS_TOPOLOGY_FULL ? islands : columns_of(islands);
}

static bool is_neighbour(const struct rms_evolve *ga, uint32_t distance)
{
  if (distance == ga->host->islands) return false; /* our own came round */
  return ga->setup.topology != RMS_TOPOLOGY_TORUS || distance == 1 ||
         distance == columns_of(ga->host->islands);
}

static int take_letter(void *ctx, uint32_t distance, const void *bytes, size_t n)
{
  struct rms_evolve *ga = ctx;
  if (!is_neighbour(ga, distance)) return 0;
  int status = rms_letter_read(&ga->letter, ga->map, bytes, n);
  if (status == RMS_E_FORMAT) return 0;
  for (size_t i = 0; status == 0 && i < ga->letter.n_plans; i++)
    status = take_migrant(ga, &ga->letter.plans[i]);
  return status;
}

int rms_evolve_migrate(struct rms_evolve *ga)
{
  struct rms_text bytes = {0};
  struct rms_deployment *plans[RMS_LETTER_PLANS];
  size_t n = 0;
  for (; n < ga->n && n < ga->setup.migrants; n++) plans[n] = &ga->all[n]->plan;
  int status = rms_letter_write(&bytes, ga->map, NULL, 0, plans, n);
  if (status >= 0)
    status = rms_letter_pass(ga->host, ga->work, &bytes, steps_of(ga), take_letter, ga);
  rms_text_fini(&bytes);
  return status;
}

int rms_evolve_part(struct rms_evolve *ga)
{
  return rms_letter_part(ga->host, ga->work, ga->map, &ga->best, steps_of(ga));
}
