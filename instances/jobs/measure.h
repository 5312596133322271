/* SPDX-License-Identifier: GPL-3.0-or-later */
/* measure.h - what a measuring phase shows: part of the simulator. */
#ifndef RMS_JOBS_MEASURE_H
#define RMS_JOBS_MEASURE_H

#include "instances/jobs/mixes.h"
#include "instances/jobs/simulate.h"

struct rms_measure; /* the published mixes and which type is which variant; opaque */

/* NULL in *result when the instance does not replay mixes (overheads.is_replayed, a phase at 100,
 * 50, 14 %). RMS_E_NOMEM and what rms_mixes_builtin returns. */
int rms_measure_open(struct rms_measure **result, const struct rms_jobs *inst,
                     struct rms_error *err);
void rms_measure_close(struct rms_measure *measure); /* accepts NULL */

/* Overwrite the times of those of the n samples whose jobs are of a published variant by the rows
 * of a measured mix. `draw`: random bits. */
void rms_measure_replay(const struct rms_measure *measure, struct rms_job_sample *samples, size_t n,
                        uint64_t draw);

#endif
