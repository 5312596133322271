/* SPDX-License-Identifier: GPL-3.0-or-later */
/* solve.h - the parts of `rms solve`: what is asked for, watching the job, telling the result. */
#ifndef RMS_CLI_SOLVE_H
#define RMS_CLI_SOLVE_H

#include "harness/cli/cli.h"
#include "harness/gang.h"
#include "instances/family.h"
#include "solvers/params.h"

struct rms_solve { /* one call of the verb */
  struct rms_cli *cli;
  const char *instance, *output, *format, *plugin, *warm; /* NULL: not given */
  char *spec; /* SOLVER[:key=value,...]; modified; NULL: the default */
  bool is_quiet, has_time;
  uint64_t seed;
  uint32_t islands;
  struct rms_limits limits;
  /* what became of it */
  struct rms_arena *arena;
  struct rms_helper *helper;
  struct rms_transport transport; /* of all ranks that a launcher has started */
  struct rms_gang gang;
  int signals; /* from rms_signals_open */
  struct rms_instance *inst;
  const struct rms_solver *solver;
  struct rms_values values;
  struct rms_text params, label; /* all parameters; NAME[:those that were given] */
  struct rms_job job;
};

/* Run the job on all ranks and wait for its result, with a line of progress on a terminal. SIGINT,
 * SIGTERM and SIGHUP stop the job, and what it had is kept; with one rank a second one ends the
 * wait (RMS_EVENT_GONE).
 *   event [out] valid until the helper is used again; NONE on all ranks but that of island 0 */
int rms_solve_watch(struct rms_solve *solve, struct rms_event *event, struct rms_error *err);

/* Write the plan, say how it ended; returns an exit code. */
int rms_solve_tell(struct rms_solve *solve, const struct rms_event *event);

#endif
