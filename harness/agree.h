/* SPDX-License-Identifier: GPL-3.0-or-later */
/* agree.h - before all ranks begin something together: can every one of them? */
#ifndef RMS_AGREE_H
#define RMS_AGREE_H

#include "harness/transport.h"
#include "instances/base/hash.h"

/* Collective. Waits.
 *   job [in] what this rank is about to do; must be the same everywhere
 *   err [in,out] in: this rank's own failure, status 0: none. Out: what keeps the ranks from going
 *   on; rank 0 has the sentence, the others the status only.
 * 0 on all ranks or the same error on all. */
int rms_agree(struct rms_transport *transport, struct rms_hash job, struct rms_error *err);

#endif
