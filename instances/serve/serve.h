/* SPDX-License-Identifier: GPL-3.0-or-later */
/* serve.h - family `serve`: pools of machines, services with demands, throughput per slice; cut the
 * machines and give slices to services so that every demand is met at least cost (MIG-serving's
 * optimizer, arXiv 2109.11067; CMS, APPROX 2024).
 *
 *   minimise   sum over pools of cost x machines used
 *   such that  for each service i: sum of throughput[i][kind] over its slices >= demand[i]
 *              each machine is cut legally; pool p uses at most count[p] machines
 *
 * All quantities that decide are integers: demand and throughput in micros (1e-6 requests/s, see
 * base/text.h), cost in whole units. Slices do not influence each other.
 *
 * A *kind* is a (machine type, profile) pair that at least one service can use: slices of one kind
 * are interchangeable wherever they stand. Kinds are numbered 0..n_kinds-1, by machine, then by
 * profile with the largest memory (then compute) first. */
#ifndef RMS_SERVE_H
#define RMS_SERVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "instances/family.h"
#include "instances/machine.h"
#include "instances/placement.h"

enum {
  RMS_SERVE_POOLS_MAX = 32,
  RMS_SERVE_MACHINES_MAX = 32,
  RMS_SERVE_SERVICES_MAX = 2000000,
  RMS_SERVE_KINDS_MAX = 256
};
#define RMS_SERVE_COST_MAX           INT64_C(1000000000)
#define RMS_SERVE_MACHINES_TOTAL_MAX INT64_C(1000000000000) /* machines of one plan */

struct rms_serve_kind {
  uint16_t machine, profile; /* indices */
};

/* One way to cut a machine of a pool, in terms of kinds: an inclusion-maximal partition over the
 * profiles that some service can use. Any subset of its slices is legal too. */
struct rms_serve_cut {
  const struct rms_partition *partition;
  uint8_t *count;    /* [n_kinds] slices of each kind (0 for kinds of other machines) */
  uint16_t *kind_of; /* [partition->n_slices] kind of each slice of partition->layout */
};

struct rms_serve_pool {
  const char *name; /* unique; the machine's name by default */
  uint16_t machine; /* index into machines */
  const struct rms_rules *rules;
  int64_t count; /* stock; -1: no limit */
  int64_t cost;  /* of one machine, 1..RMS_SERVE_COST_MAX */
  size_t n_cuts;
  const struct rms_serve_cut *cuts;
};

struct rms_serve_point {    /* operating point behind a throughput; carried through to the plan */
  int32_t batch, processes; /* 0: not given */
};

struct rms_serve_service {
  const char *name; /* unique */
  int64_t demand;   /* micros, > 0 */
  double slo_ms;    /* NAN: none; documentation only, throughputs already respect it */
};

struct rms_serve {
  struct rms_instance base; /* first */
  struct rms_arena *arena;
  size_t n_machines, n_pools, n_services, n_kinds;
  const struct rms_machine *machines[RMS_SERVE_MACHINES_MAX]; /* owned */
  struct rms_serve_pool pools[RMS_SERVE_POOLS_MAX];
  struct rms_serve_kind kinds[RMS_SERVE_KINDS_MAX];
  struct rms_serve_service *services;
  int64_t *throughput;            /* [n_services * n_kinds] micros; 0: cannot run there */
  struct rms_serve_point *points; /* [n_services * n_kinds], or NULL: none given */
};

extern const struct rms_family rms_family_serve;

/* The serve instance behind a general one; NULL when it is of another family. */
const struct rms_serve *rms_serve_of(const struct rms_instance *inst);

/* throughput of service s on kind k, micros */
static inline int64_t rms_serve_rate(const struct rms_serve *inst, size_t s, size_t k)
{
  return inst->throughput[s * inst->n_kinds + k];
}

/* Kind of (machine index, profile index), -1: none. */
int rms_serve_kind_of(const struct rms_serve *inst, size_t machine, size_t profile);

/* Builder, used by reader, generator and importers alike, so that each instance is validated in one
 * place. Zero-initialise the spec; everything is copied. */
struct rms_serve_entry { /* one positive throughput */
  uint32_t service;
  uint16_t machine, profile;
  int64_t rate; /* micros */
  struct rms_serve_point point;
};
struct rms_serve_spec {
  const char *name;
  size_t n_machines;
  struct rms_machine *machines[RMS_SERVE_MACHINES_MAX]; /* taken on success only */
  size_t n_pools;
  struct {
    const char *name; /* NULL: the machine's */
    uint16_t machine;
    int rules; /* index; -1: the machine's default */
    int64_t count, cost;
  } pools[RMS_SERVE_POOLS_MAX];
  size_t n_services;
  const struct rms_serve_service *services;
  size_t n_entries;
  const struct rms_serve_entry
      *entries; /* at most one per (service, machine, profile); any order */
};
/* Errors: RMS_E_INSTANCE with a message that names pool or service; RMS_E_NOMEM; RMS_E_LIMIT. A
 * service that nothing can run is legal here (the instance is infeasible, is_hopeless says so). */
int rms_serve_build(struct rms_serve **result, struct rms_serve_spec *spec, struct rms_error *err);
void rms_serve_free(struct rms_serve *inst); /* accepts NULL */

#endif
