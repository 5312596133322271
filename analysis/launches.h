/* SPDX-License-Identifier: GPL-3.0-or-later */
/* launches.h - all that the launch lines of a run say, for people: one line a file, a file for each
 * launch and rank. Fields: FORMAT.md, "Run folder". */
#ifndef RMS_LAUNCHES_H
#define RMS_LAUNCHES_H

#include "harness/record.h"

struct rms_launch_facts { /* texts (of the arena) are "" and numbers -1 where nothing is recorded */
  const char *name, *transport;
  const char *version, *source, *kind, *compiler, *cflags; /* of the build */
  const char *host, *kernel, *cpu, *governor, *no_turbo, *smt, *load, *bound;
  const char *started; /* UTC */
  const char *sweep, *plan;
  const char *command; /* its words with blanks between them */
  int64_t rank, ranks, cores, threads, memory, jobs, seed;
};

/* The launch lines in their order, in `arena`: records->n_launches of them, then one that says
 * nothing. RMS_E_FORMAT, RMS_E_NOMEM. */
int rms_launches_read(const struct rms_launch_facts **result, struct rms_arena *arena,
                      const struct rms_records *records, struct rms_error *err);

#endif
