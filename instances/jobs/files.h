/* SPDX-License-Identifier: GPL-3.0-or-later */
/* files.h - the files of family `jobs`: instance ("rms-instance/1") and plan ("rms-plan/1"),
 * FORMAT.md, and the features of an instance. The callbacks behind rms_family_jobs; see family.h
 * for their contracts. */
#ifndef RMS_JOBS_FILES_H
#define RMS_JOBS_FILES_H

#include "instances/jobs/timeline.h"

int rms_jobs_read(struct rms_instance **result, const char *path, struct rms_error *err);
int rms_jobs_parse(struct rms_instance **result, const char *bytes, size_t n, const char *origin,
                   struct rms_error *err);

/* Canonical JSON: fields in fixed order, times in seconds and speeds as exact decimals; reading it
 * back and writing it again gives the same bytes. */
int rms_jobs_write(const struct rms_instance *inst, struct rms_text *text);

/* Most work a second that the machines can do for the mix of these jobs, in reference machines: the
 * sum over machines of the best cut's sum of mean speeds (weighted by work; 0 where a job does not
 * fit). A yardstick of load that no policy is part of; not a bound. */
double rms_jobs_capacity(const struct rms_jobs *inst);

/* One flat JSON object: sizes, work, mean and tail of the lengths, capacity, load (work that
 * arrives a second / capacity) and the same beside whole machines. */
int rms_jobs_features(const struct rms_instance *inst, struct rms_text *text);

int rms_jobs_plan_file_write(const struct rms_instance *inst, const void *bytes, size_t n,
                             const struct rms_claim *claim, const char *status,
                             struct rms_text *text, struct rms_error *err);
int rms_jobs_plan_file_read(const struct rms_instance *inst, const char *path, void **bytes,
                            size_t *n, struct rms_claim *claim, struct rms_error *err);
/* The same from bytes; `origin` names them in errors. */
int rms_jobs_plan_file_parse(const struct rms_instance *inst, const char *file, size_t n_file,
                             const char *origin, void **bytes, size_t *n, struct rms_claim *claim,
                             struct rms_error *err);

#endif
