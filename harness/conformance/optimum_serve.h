/* SPDX-License-Identifier: GPL-3.0-or-later */
/* optimum_serve.h - least cost of a tiny instance of `serve` by plain enumeration: all legal
 * layouts (found with the judge of layouts), all ways to give their slices to services, all
 * sequences of machines; only dominated states are dropped. Shares no code with any solver. At most
 * 4 services, 2 pools, optima of a few machines. */
#ifndef RMS_CONFORMANCE_OPTIMUM_SERVE_H
#define RMS_CONFORMANCE_OPTIMUM_SERVE_H

#include "instances/family.h"

/*   inst        [in]  of family serve, borrowed
 *   is_feasible [out] false: no plan exists, and *objective means nothing
 *   objective   [out] that of the best plan, exact
 * RMS_E_LIMIT: not tiny; RMS_E_NOMEM. Cost: exponential in services and optimum. */
int rms_kit_optimum_serve(const struct rms_instance *inst, bool *is_feasible,
                          double objective[RMS_OBJECTIVES], struct rms_error *err);

#endif
