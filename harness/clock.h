/* SPDX-License-Identifier: GPL-3.0-or-later */
/* clock.h - the clock that deadlines and waits of the harness go by: it does not jump when somebody
 * sets the time. Solvers never see it. */
#ifndef RMS_CLOCK_H
#define RMS_CLOCK_H

/* Seconds on the monotonic clock, the same for all processes of a machine. Cost: no system call on
 * Linux. */
double rms_clock(void);

#endif
