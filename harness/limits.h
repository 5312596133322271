/* SPDX-License-Identifier: GPL-3.0-or-later */
/* limits.h - what a process that runs foreign code may use, and the evidence that it used it up.
 * All of it is called in that process itself, before the foreign code. */
#ifndef RMS_LIMITS_H
#define RMS_LIMITS_H

#include "harness/job.h"
#include "harness/page.h"

enum { RMS_OPEN_SECONDS = 60 }; /* allowance for open(), before the clock of solve() starts */

/* Limits in force, with the defaults of job.h filled in. */
double rms_limit_cpu(const struct rms_limits *limits);
double rms_limit_grace(const struct rms_limits *limits);
uint64_t rms_limit_output(const struct rms_limits *limits);

/* How a memory limit is imposed. By a control group: on all memory of the process and of whatever
 * it forks. Else by RLIMIT_AS: on the address space of each process above its parent's, so that an
 * allocation fails where it would go beyond; and, where the kernel lists children, by looking at
 * the resident memory of the whole tree several times a second. */
enum rms_memory_way { RMS_MEMORY_NONE, RMS_MEMORY_RLIMIT, RMS_MEMORY_SAMPLED, RMS_MEMORY_GROUP };
/* What is possible; NONE where no limit is asked for, or under an address sanitizer, which reserves
 * terabytes. */
enum rms_memory_way rms_memory_way(const struct rms_limits *limits, bool has_group,
                                   bool has_samples);
const char *
rms_memory_text(enum rms_memory_way way); /* "none" "rlimit_as" "rlimit_as+rss" "cgroup" */

/* Which limit does the tree of a solving process exceed? Memory and CPU of one process alone are
 * watched by the kernel; CPU seconds of several count only when a limit was asked for. */
struct rms_tree;
enum rms_over { RMS_OVER_NOTHING, RMS_OVER_MEMORY, RMS_OVER_CPU, RMS_OVER_PROCESSES };
enum rms_over rms_limits_judge(const struct rms_limits *limits, enum rms_memory_way way,
                               const struct rms_tree *tree);

/* Die with the parent, whose process id is given: false when it is dead already. */
bool rms_die_with(long parent);

/* Own session and group, default signals, nothing but the standard files open (fd 1 and 2 stay, 0
 * reads nothing), no core dumps, bounded files, address space and CPU for opening.
 *   way  [in] of limiting memory; a group has been entered before
 *   keep [in] ascending descriptors that stay open besides
 * RMS_E_IO when a limit cannot be set. */
int rms_limits_impose(const struct rms_limits *limits, enum rms_memory_way way, const int *keep,
                      size_t n_keep, struct rms_error *err);

/* Start of solve(): the CPU limit counts from here. Whole seconds, rounded up; a limit that was
 * asked for (limits->cpu) is first told to the solver, which has the grace to return, and a quarter
 * more: the kernel counts in ticks, which on a busy machine may run ahead of the clock. */
void rms_limits_count_cpu(const struct rms_limits *limits);

/* From now on a fatal signal first notes in the page whether memory was exhausted. */
void rms_limits_note_exhaustion(struct rms_page *page, const struct rms_limits *limits,
                                enum rms_memory_way way);

#endif
