/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hierarchy.h - who reports to whom, so that nobody has more than a few hundred ranks to look
 * after: the ranks of a node form groups, the first of each is its leader, leaders form groups in
 * their turn, and so on up to rank 0. A launch no larger than one group reports to rank 0 itself. A
 * pure function of where the ranks are; a parent has a lower rank than its children. */
#ifndef RMS_HIERARCHY_H
#define RMS_HIERARCHY_H

#include "instances/base/error.h"

/* Ranks of a group, unless told otherwise. */
#define RMS_GROUP 256

struct rms_hierarchy { /* free with _fini */
  int size;
  int *parent; /* [size]; of rank 0: -1; malloc'ed */
  int *below;  /* [size] ranks that report to it, directly or not, and itself; malloc'ed */
};

/* nodes [in] for each rank, a rank that stands for its node, the same for all there; NULL: all are
 *            on one node
 * group [in] 2 or more
 * RMS_E_NOMEM. Cost: O(size). */
int rms_hierarchy_init(struct rms_hierarchy *hierarchy, int size, int group, const int *nodes,
                       struct rms_error *err);
void rms_hierarchy_fini(struct rms_hierarchy *hierarchy);

/* Which child of `rank` is `other`, or leads to it? `rank` itself where they are the same; -1: it
 * is not below. Cost: O(depth). */
int rms_hierarchy_towards(const struct rms_hierarchy *hierarchy, int rank, int other);

/* The next child of `rank` after `last` (-1: the first), -1: no more. Cost: O(size). */
int rms_hierarchy_next(const struct rms_hierarchy *hierarchy, int rank, int last);

#endif
