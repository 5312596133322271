/* SPDX-License-Identifier: GPL-3.0-or-later */
/* draft.h - an instance of `serve` in the making: the recipe's machines reduced to their plain
 * slice sizes, services, throughputs. Private to the generator. */
#ifndef RMS_SERVE_DRAFT_H
#define RMS_SERVE_DRAFT_H

#include "instances/serve/profile.h"
#include "instances/serve/recipe.h"

/* Plain sizes: for each number of compute units the profile with the least memory that belongs to
 * no exclusive group (1g.10gb, not 1g.20gb or 1g.10gb+me); with double=yes for each number of
 * compute and memory units. */
struct rms_size {
  uint16_t profile;
  int compute, memory;
};

struct rms_sizes {
  int n;                                /* at least 1 */
  struct rms_size at[RMS_PROFILES_MAX]; /* ascending compute, then memory */
};

struct rms_draft {
  const struct rms_recipe *recipe;
  struct rms_arena *arena; /* names */
  struct rms_sizes sizes[RMS_SERVE_MACHINES_MAX];
  double speed[RMS_SERVE_MACHINES_MAX]; /* of each machine */
  size_t n_services, services_capacity;
  struct rms_serve_service *services; /* demand 0 until it is set */
  size_t n_entries, entries_capacity;
  struct rms_serve_entry *entries; /* in order of services */
};

/* Zeroed memory -> draft over the recipe's opened machines; fini also after an error. */
int rms_draft_open(struct rms_draft *draft, const struct rms_recipe *recipe, struct rms_error *err);
void rms_draft_fini(struct rms_draft *draft);

/* A service, then its throughputs (of the last service; a rate of 0 is ignored). */
int rms_draft_service(struct rms_draft *draft, const char *name, double slo_ms,
                      struct rms_error *err);
int rms_draft_rate(struct rms_draft *draft, size_t machine, int size, int64_t rate,
                   struct rms_serve_point point, struct rms_error *err);

/* Best throughput per machine of each service: compute_units * max over sizes of rate / compute, on
 * the first pool's machine, or on the first one that can run it. load[i] in requests per second. */
int rms_draft_loads(const struct rms_draft *draft, double **load, struct rms_error *err);

/* Hand everything to the builder. The recipe's machines are taken on success. */
int rms_draft_build(struct rms_instance **result, struct rms_draft *draft,
                    struct rms_recipe *recipe, struct rms_error *err);

/* The shapes (shapes.c) and the profile-drawn services (drawn.c): services and throughputs, no
 * demands. */
int rms_draft_shapes(struct rms_draft *draft, struct rms_error *err);
int rms_draft_drawn(struct rms_draft *draft, const struct rms_figures *figures,
                    struct rms_error *err);
/* Demands (demand.c), for every shape but scenario. */
int rms_draft_demands(struct rms_draft *draft, struct rms_error *err);

/* Draws of one instance: independent sequences by purpose. */
enum rms_draw { RMS_DRAW_SERVICES = 1, RMS_DRAW_DEMANDS = 2 };
struct rms_rng rms_draft_rng(const struct rms_draft *draft, enum rms_draw draw);

#endif
