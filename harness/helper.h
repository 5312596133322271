/* SPDX-License-Identifier: GPL-3.0-or-later */
/* helper.h - inside the helper process: its event loop. What it says to its parent and hears from
 * it. */
#ifndef RMS_HELPER_H
#define RMS_HELPER_H

#include "harness/ending.h"
#include "harness/place.h"

enum rms_helper_message {
  RMS_MESSAGE_JOB = 1,  /* -> rms_job_write */
  RMS_MESSAGE_CANCEL,   /* -> nothing */
  RMS_MESSAGE_PROGRESS, /* <- struct rms_trace_point */
  RMS_MESSAGE_ENDING,   /* <- struct rms_ending, trace points, solution, log */
  RMS_MESSAGE_ALIVE,    /* <- nothing: helper and minder are at work on the job */
  /* of a job that is shared with other ranks */
  RMS_MESSAGE_EDGE,   /* -> struct rms_helper_edge and a socket; before the job */
  RMS_MESSAGE_REPORT, /* <- how an island ended, where island 0 does not live; -> where it does */
  RMS_MESSAGE_SHARE   /* <- in place of the ending: all islands of this rank are reported */
};

struct rms_helper_edge { /* one end of the ring's edge from island `edge` to the next one */
  uint32_t edge, side;   /* side 0: that island writes to it; 1: the next one reads from it */
};

enum { RMS_LOG_KEPT = 4096 }; /* bytes of the log that travel with the ending */

#define RMS_SIGN_SECONDS 0.5 /* at most, between two signs of life while a job runs */

/* Serve jobs that come from `socket` until the other side closes it. Runs in the fresh process.
 *   log_folder [in] borrowed; NULL: logs are not kept
 *   parent     [in] process id that this one must not outlive; 0: the socket alone says when it is
 *              over
 *   packing    where its solvers run */
_Noreturn void rms_helper_run(int socket, const char *log_folder, long parent,
                              enum rms_packing packing);

#endif
