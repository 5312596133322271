/* SPDX-License-Identifier: GPL-3.0-or-later */
/* registry.h - which solvers there are: the built-in array, and shared objects opened by path. */
#ifndef RMS_REGISTRY_H
#define RMS_REGISTRY_H

#include "instances/base/error.h"
#include "solvers/solver.h"

/* Built-in solvers; NULL-terminated, sorted by family, then in the order of tables. */
extern const struct rms_solver *const rms_builtin_solvers[];

/* Built-in solver of that family and name, or NULL. family NULL: any. */
const struct rms_solver *rms_solver_builtin(const char *family, const char *name);

/* Open a shared object in *this* process and get its solver. Foreign code runs: call it in a child
 * only. Checks ABI, size, name, parameter table. *handle is for dlclose, kept open while in use.
 * RMS_E_IO (dlopen's words), RMS_E_FORMAT (no entry symbol, wrong ABI: says both numbers). */
int rms_solver_load(const char *path, const struct rms_solver **solver, void **handle,
                    struct rms_error *err);

/* Is the const object legal: ABI, size, names, callbacks present, parameter table? */
int rms_solver_check(const struct rms_solver *solver, struct rms_error *err);

/* "NAME:key=value,..." -> name and assignments (pointers into `spec`, which is modified). */
void rms_solver_split(char *spec, const char **name, const char **assignments);

#endif
