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

/* "rlimit_as" when a memory limit is asked for and can be imposed, else "none" (an address
 * sanitizer reserves terabytes). */
const char *rms_memory_mechanism(const struct rms_limits *limits);

/* Die with the parent, whose process id is given: false when it is dead already. */
bool rms_die_with(long parent);

/* Own session and group, default signals, nothing but the standard files open (fd 1 and 2 stay, 0
 * reads nothing), no core dumps, bounded files, address space and CPU for opening.
 *   keep [in] ascending descriptors that stay open besides
 * RMS_E_IO when a limit cannot be set. */
int rms_limits_impose(const struct rms_limits *limits, const int *keep, size_t n_keep,
                      struct rms_error *err);

/* Start of solve(): the CPU limit counts from here. Whole seconds, rounded up; a limit that was
 * asked for (limits->cpu) is first told to the solver, which has the grace to return, and a quarter
 * more: the kernel counts in ticks, which on a busy machine may run ahead of the clock. */
void rms_limits_count_cpu(const struct rms_limits *limits);

/* From now on a fatal signal first notes in the page whether memory was exhausted. */
void rms_limits_note_exhaustion(struct rms_page *page, const struct rms_limits *limits);

#endif
