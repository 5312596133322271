/* SPDX-License-Identifier: GPL-3.0-or-later */
/* assemble.h - from counts to a plan: how many machines are cut in which way, how many slices of
 * each kind each service gets -> groups of machines. */
#ifndef RMS_SERVE_ASSEMBLE_H
#define RMS_SERVE_ASSEMBLE_H

#include "instances/serve/plan.h"

/* Deal the slices to the machines. Slices that are left over stay idle. Deterministic.
 *   machines  [in] machines[p][c] >= 0: machines of pool p that are cut as inst->pools[p].cuts[c];
 *                  machines[p] may be NULL: none
 *   slices    [in] [n_services * n_kinds] slices of kind k for service s, >= 0, at s * n_kinds + k
 *   plan      [in,out] groups are appended; its certificate stays; partly filled on error
 * Returns 0, RMS_E_NOMEM, or RMS_E_INSTANCE when the counts do not fit: a slice that its service
 * cannot use, more slices of a kind than the cuts give, more machines than the stock. Whether
 * demands are met is not asked here. Groups: at most (pairs of service and kind in use) + (slots of
 * the cuts in use), however many machines. Cost: O(n_services x n_kinds + groups x slots). */
int rms_serve_assemble(const struct rms_serve *inst, const int64_t *const *machines,
                       const int64_t *slices, struct rms_serve_plan *plan, struct rms_error *err);

#endif
