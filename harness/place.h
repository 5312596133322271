/* SPDX-License-Identifier: GPL-3.0-or-later */
/* place.h - where solving processes may run, and what machine this is (hwloc behind it). */
#ifndef RMS_PLACE_H
#define RMS_PLACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "instances/base/error.h"

enum { RMS_PLACE_TEXT = 256 };

struct rms_place { /* what the launcher (cgroup) allows on this machine, not this process's own
                      binding */
  int packages, numa_nodes, cores, units; /* units: hardware threads */
  uint64_t memory;                        /* bytes, 0: not known */
  char model[RMS_PLACE_TEXT];             /* of the processor, "" when not known */
  char allowed[RMS_PLACE_TEXT];           /* "0-3,8": units by number; cut when too long */
  char bound[RMS_PLACE_TEXT];             /* units to which this process is bound now */
};

/* Describe. RMS_E_NOMEM, RMS_E_IO. Cost: some milliseconds. */
int rms_place_read(struct rms_place *place, struct rms_error *err);

/* ---- places for solvers: which rank of a node gets which cores ---- */

enum rms_packing {
  RMS_PACK_NONE,  /* the kernel decides */
  RMS_PACK_CORES, /* a physical core for each solver, its other hardware threads idle */
  RMS_PACK_UNITS  /* a hardware thread for each solver */
};

struct rms_neighbours { /* ranks on this node, 0: one; this one's number among them */
  int ranks, rank;
};
/* As the launcher says in the environment (Open MPI, MPICH and relatives, Slurm); {0, 0}: nobody
 * says. */
struct rms_neighbours rms_neighbours_read(void);

enum { RMS_SIBLINGS_MAX = 8 };
struct rms_slot {      /* a place for one process */
  unsigned unit;       /* hardware thread to run on, as the system numbers them */
  unsigned n_siblings; /* units that this one occupies, itself the first: all of its core, or 1 */
  unsigned siblings[RMS_SIBLINGS_MAX];
  int held[RMS_SIBLINGS_MAX]; /* see binding.h */
  unsigned node;              /* NUMA node, as the system numbers them */
};

struct rms_slots {        /* of one rank, in the order in which they are to be used */
  size_t n;               /* 0: the kernel decides */
  struct rms_slot *items; /* malloc'ed */
  size_t n_node;          /* of all ranks of the node */
  bool is_oversubscribed; /* more ranks than slots: nobody is bound */
  bool is_smt_shared;     /* slots of the node are hardware threads of the same core */
  bool is_hybrid;         /* slots of the node are of cores that are not equally fast */
};
void rms_slots_fini(struct rms_slots *slots);

/* The slots of one rank, a pure function. Slots of the node are taken in the topology's order, so
 * that a rank's share is compact (one NUMA node where it fits), and shares of different ranks are
 * disjoint. On a machine with several kinds of cores only the fastest ones are used while there are
 * enough of them for all ranks.
 *   topology [in] of the node, as loaded by hwloc
 *   mask     [in] units that may be used, "0-3,8"; NULL: whatever the topology allows
 * RMS_E_NOMEM, RMS_E_FORMAT (mask). Cost: O(units). */
struct hwloc_topology;
int rms_slots_choose(struct rms_slots *slots, struct hwloc_topology *topology, const char *mask,
                     struct rms_neighbours who, enum rms_packing packing);

/* The same on this machine for this process, within what cgroup and launcher (or whoever started
 * it: taskset) allow. RMS_E_NOMEM, RMS_E_IO. Cost: some milliseconds. */
int rms_slots_here(struct rms_slots *slots, enum rms_packing packing);

/* Run this process, and what it forks, on one unit / take new memory from the nodes that it runs
 * on. RMS_E_IO: not possible, nothing changes. */
int rms_bind_to(unsigned unit);
void rms_bind_memory_locally(void);

/* An MPI launcher binds each rank, often to one core, and every process forked from it inherits
 * that. When a launcher did so, let this process and its children use all that the launcher allows;
 * a binding that a person chose (taskset) is left alone. Failure leaves things as they are. */
void rms_place_widen(void);

/* One line to `out` when so many islands of one job, spread over so many ranks, have fewer
 * processors of this machine than there are islands here: they share them, and a time limit hits
 * them so much earlier. The launcher's environment tells how many ranks are here. */
void rms_place_tell_crowd(FILE *out, uint32_t islands, int ranks);

#endif
