/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cluster.h - the machines of an instance of `jobs`: parts of its reader (read.c) and of its
 * builder (jobs.c), which calls in this order. Errors as of rms_jobs_read and rms_jobs_build. */
#ifndef RMS_JOBS_CLUSTER_H
#define RMS_JOBS_CLUSTER_H

#include "instances/jobs/jobs.h"
#include "instances/machine_list.h"

#define RMS_CLUSTER_MEMORY_MAX (INT64_C(1) << 40) /* MiB, of machines and types */

/* The fields "machines", "pools", "levels" and "overheads".
 *   spec [in,out] models are left to the caller: those of the list
 *   list [in,out] zeroed before; owned by the caller */
int rms_cluster_read(struct rms_jobs_spec *spec, struct rms_machine_list *list,
                     const struct rms_node *root, struct rms_error *err);

struct rms_cluster_draft { /* what dies when the build is over */
  struct rms_cluster *cluster;
  const struct rms_jobs_spec *spec; /* borrowed, as the next two */
  struct rms_arena *arena;          /* of the instance */
  struct rms_error *err;
  uint16_t order[RMS_JOBS_POOLS_MAX];   /* spec's model -> ours */
  uint32_t present[RMS_JOBS_POOLS_MAX]; /* by our model: profiles that some pool's rules allow */
  uint32_t usable[RMS_JOBS_POOLS_MAX];  /* ... and some type runs on: the caller's work, in time for
                                           the kinds */
};

/* An overhead in range? `what` names it. */
int rms_cluster_check_delay(const char *what, int64_t us, struct rms_error *err);

/* Levels, overheads, models, pools. */
int rms_cluster_machines(struct rms_cluster_draft *draft);
/* Kinds: the usable profiles. */
int rms_cluster_kinds(struct rms_cluster_draft *draft);
/* Cuts of all pools. Cost: that of rms_jobs_cuts for each pair of machine and rules. */
int rms_cluster_cuts(struct rms_cluster_draft *draft);

#endif
