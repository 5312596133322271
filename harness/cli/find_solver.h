/* SPDX-License-Identifier: GPL-3.0-or-later */
/* find_solver.h - from what the user wrote to a solver: built in, in a file given by --plugin, or
 * in a folder or file of RMS_PLUGIN_PATH (separated by colons; of a folder every *.so, by name). */
#ifndef RMS_CLI_FIND_SOLVER_H
#define RMS_CLI_FIND_SOLVER_H

#include "instances/base/memory.h"
#include "solvers/solver.h"

struct rms_found_solver {          /* strings and the description live in the arena */
  const struct rms_solver *solver; /* of a plugin: its description, without callbacks */
  const char *plugin;              /* path; NULL: built in */
  const char *assignments;         /* of "NAME:key=value,...", "" */
};

/* Find the solver of `spec` ("NAME" or "NAME:key=value,..."; is not changed).
 *   family  NULL: any
 *   plugin  path of a shared object whose solver must have that name; NULL: built in, then
 *           RMS_PLUGIN_PATH
 * RMS_E_UNKNOWN names the nearest; other errors come from rms_plugin_describe. */
int rms_cli_find_solver(struct rms_found_solver *found, const char *spec, const char *family,
                        const char *plugin, struct rms_arena *arena, struct rms_error *err);

/* All solvers: built-in ones, that of `plugin` (may be NULL), those of RMS_PLUGIN_PATH.
 *   each  called in that order; a plugin that cannot be described comes with solver NULL and `why`.
 *         Nonzero: stop, and return it. */
typedef int rms_solver_visit_fn(void *ctx, const struct rms_found_solver *found,
                                const struct rms_error *why);
int rms_cli_each_solver(const char *plugin, struct rms_arena *arena, rms_solver_visit_fn *each,
                        void *ctx, struct rms_error *err);

#endif
