/* SPDX-License-Identifier: GPL-3.0-or-later */
/* launch_notes.h - what tables ask of the launches behind their runs, read once for all of them:
 * the build of each, and what each rank found doubtful about its machine. */
#ifndef RMS_LAUNCH_NOTES_H
#define RMS_LAUNCH_NOTES_H

#include "harness/record.h"

struct rms_launch_build {
  const char *launch, *build; /* "SOURCE KIND" */
};

struct rms_launch_doubt {
  const char *launch, *host, *warning;
  int64_t rank;
};

struct rms_launch_notes { /* texts are owned by the arena */
  size_t n_builds, n_doubts;
  const struct rms_launch_build *builds; /* sorted by launch, each launch once */
  const struct rms_launch_doubt *doubts; /* of the launch lines, then of the closed lines */
  struct rms_error failure;              /* of the first launch line that cannot be read; status
                                            RMS_OK: all could be. Such lines say nothing. */
};

/* Read the launch and closed lines of the records.
 *   result [out] in the arena; untouched on error
 * RMS_E_NOMEM. Cost: one pass over the lines. */
int rms_launch_notes_read(const struct rms_launch_notes **result, struct rms_arena *arena,
                          const struct rms_records *records);

/* The build of a launch; NULL: not known. Cost: O(log builds). */
const char *rms_launch_build_of(const struct rms_launch_notes *notes, const char *launch);

#endif
