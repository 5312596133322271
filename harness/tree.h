/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tree.h - a process with everything that descends from it, as the kernel shows it now in /proc.
 * Limits of the kernel count one process; what forks is looked at from time to time. */
#ifndef RMS_TREE_H
#define RMS_TREE_H

#include <stdbool.h>
#include <stdint.h>

#include "instances/base/status.h"

enum { RMS_TREE_MAX = 4096 }; /* processes that are looked at; more are not counted */

struct rms_tree {
  uint32_t n, threads; /* processes; and their threads, at least one each */
  uint64_t resident;   /* bytes, pages shared by several counted for each */
  double cpu;          /* seconds, with those of children that were waited for */
};

/* Look at the descendants of process `root`, and at itself when `counts_root`.
 *   proc [in] "/proc", or a folder that looks like it
 * RMS_E_IO when the kernel does not list children (CONFIG_PROC_CHILDREN), RMS_E_NOMEM. Processes
 * that end meanwhile are left out. Cost: some 20 us a process. */
int rms_tree_read(struct rms_tree *tree, const char *proc, long root, bool counts_root);

/* Their memory in bytes, shared pages divided by those who share them: exact where resident memory
 * counts twice what was inherited by fork; 0 when it cannot be had. Cost: the page tables. */
uint64_t rms_tree_share(const char *proc, long root, bool counts_root);

#endif
