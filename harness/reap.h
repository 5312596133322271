/* SPDX-License-Identifier: GPL-3.0-or-later */
/* reap.h - processes that a job leaves behind: they are adopted by the process that asked to be the
 * subreaper, found among its children, killed and reaped. */
#ifndef RMS_REAP_H
#define RMS_REAP_H

#include <stddef.h>
#include <sys/types.h>

/* Kill and reap every child of this process, and theirs, until none is left or 5 s are over; a fork
 * bomb is killed faster than it grows because whole groups and sessions die at once. Returns the
 * number of processes that were reaped. */
size_t rms_reap_strays(void);

/* SIGKILL for a process and for its group. */
void rms_kill(pid_t pid);

/* Wait until a child has ended; it is killed after `patience_ms`. */
void rms_reap_child(pid_t pid, int patience_ms);

#endif
