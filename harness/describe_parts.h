/* SPDX-License-Identifier: GPL-3.0-or-later */
/* describe_parts.h - a solver object's description as a line of JSON: what one process says of a
 * plugin and another one reads. Private to harness/describe*.c. */
#ifndef RMS_DESCRIBE_PARTS_H
#define RMS_DESCRIBE_PARTS_H

#include "instances/base/json.h"
#include "instances/base/memory.h"
#include "solvers/solver.h"

enum { RMS_DESCRIPTION_MAX = 1 << 20 }; /* bytes */

/* Add {"flags":..., "name":..., "params":[...]} and a newline. */
void rms_description_write(struct rms_text *text, const struct rms_solver *solver);

/* Add why there is no description, in the same way. */
void rms_description_fail(struct rms_text *text, const struct rms_error *why);

/* The solver object of a description, without callbacks.
 *   result [out] in the arena
 *   root   [in]  may be hostile: foreign code could have written it
 *   path   [in]  of the plugin, for errors
 * The failure that the description tells, RMS_E_FORMAT, RMS_E_NOMEM. */
int rms_description_read(const struct rms_solver **result, const struct rms_node *root,
                         const char *path, struct rms_arena *arena, struct rms_error *err);

#endif
