/* SPDX-License-Identifier: GPL-3.0-or-later */
/* group.h - control groups (cgroup v2): where the system has handed a subtree over to us, each
 * solving process and whatever it forks gets a group of its own, whose memory and number of
 * processes the kernel limits and counts. Where it has not, everything here says so and changes
 * nothing. Linux, Documentation/admin-guide/cgroup-v2.rst; systemd, "Control Group APIs and
 * Delegation". */
#ifndef RMS_GROUP_H
#define RMS_GROUP_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "harness/job.h"

struct rms_groups {      /* the subtree that is ours */
  char folder[PATH_MAX]; /* "": none */
  bool has_pids;         /* processes can be limited, too */
};

/* Find our subtree and make it ready: whatever runs in it is moved into a group below, because a
 * group with processes of its own cannot limit others.
 *   where [in] "off"; a folder that is ours (somebody says so); NULL: this process's group, when
 *              systemd has marked it or one above as delegated
 * Leaves folder "" when there is none, or no memory controller, or no right. Safe to call in
 * several processes at once. */
void rms_groups_open(struct rms_groups *groups, const char *where);

struct rms_group {       /* of one solving process; its end */
  char folder[PATH_MAX]; /* "": none */
};
struct rms_group_use {
  uint64_t peak_memory; /* bytes; 0: not known */
  bool has_hit_memory;  /* a process was killed for it */
};

/* Make a group below with the limits on memory and processes. RMS_E_IO: not possible, nothing is
 * left behind. */
int rms_group_open(struct rms_group *group, const struct rms_groups *groups, const char *name,
                   const struct rms_limits *limits);
/* Move this process into it. RMS_E_IO. */
int rms_group_enter(const struct rms_group *group);
/* Read what it used, kill what is left in it and remove it. Accepts one with folder "". */
void rms_group_close(struct rms_group *group, struct rms_group_use *use);

#endif
