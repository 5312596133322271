/* SPDX-License-Identifier: GPL-3.0-or-later */
/* provenance.h - the launch line: everything about a launch that its numbers may depend on. Fields:
 * FORMAT.md. What cannot be read is null; nothing is guessed. */
#ifndef RMS_PROVENANCE_H
#define RMS_PROVENANCE_H

#include "harness/conditions.h"
#include "harness/sweep.h"

struct rms_provenance { /* borrowed */
  const char *launch;
  int rank, ranks;
  const char *transport, *transport_version; /* "local" "mpi"; library's own words, or "" */
  const struct rms_sweep *sweep;
  enum rms_packing packing;
  const struct rms_conditions *conditions; /* at the beginning */
  int argc;
  char **argv;
};

/* A name for a launch that no other launch has, and that sorts by time: UTC time and process. */
enum { RMS_LAUNCH_TEXT = 48 };
void rms_launch_name(char name[RMS_LAUNCH_TEXT]);

/* Add what the closed line says besides: the conditions at the end, and what has changed for the
 * worse since the beginning. RMS_E_NOMEM. */
int rms_provenance_write_end(const char *launch, int rank, const struct rms_conditions *before,
                             struct rms_text *text);

/* Add the launch line, without newline. RMS_E_NOMEM. Cost: some milliseconds. */
int rms_provenance_write(const struct rms_provenance *provenance, struct rms_text *text);

#endif
