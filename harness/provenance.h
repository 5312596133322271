/* SPDX-License-Identifier: GPL-3.0-or-later */
/* provenance.h - the launch line: everything about a launch that its numbers may depend on. Fields:
 * FORMAT.md. What cannot be read is null; nothing is guessed. */
#ifndef RMS_PROVENANCE_H
#define RMS_PROVENANCE_H

#include "harness/place.h"
#include "harness/sweep.h"

struct rms_provenance { /* borrowed */
  const char *launch;
  int rank, ranks;
  const char *transport, *transport_version; /* "local" "mpi"; library's own words, or "" */
  const struct rms_sweep *sweep;
  enum rms_packing packing;
  int argc;
  char **argv;
};

/* A name for a launch that no other launch has, and that sorts by time: UTC time and process. */
enum { RMS_LAUNCH_TEXT = 48 };
void rms_launch_name(char name[RMS_LAUNCH_TEXT]);

/* Add the launch line, without newline. RMS_E_NOMEM. Cost: some milliseconds. */
int rms_provenance_write(const struct rms_provenance *provenance, struct rms_text *text);

#endif
