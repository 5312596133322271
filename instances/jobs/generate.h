/* SPDX-License-Identifier: GPL-3.0-or-later */
/* generate.h - generated instances of `jobs`; the callbacks behind rms_family_jobs (family.h).
 *
 * Job types are MISO's 32 measured variants (model and batch on an A100 40 GB; miso-speeds.csv).
 * What is ours: speeds on other machines are read from the measured curve at the slice's share of
 * compute and are synthetic; a job needs the memory of the smallest slice that it was seen on, or
 * what was measured if that is less; half of the published checkpoint/restart time is for saving,
 * half for restoring; a cut takes 3.5 s and 0.5 s to settle; the speed of one of n jobs under MPS
 * at level L is the curve at min(L, 1/n), divided by 1 + 0.15 (n - 1), which at 33 % and n = 3 is
 * the estimate of MISO's released code. */
#ifndef RMS_JOBS_GENERATE_H
#define RMS_JOBS_GENERATE_H

#include "instances/jobs/jobs.h"

int rms_jobs_generate(struct rms_instance **result, const char *spec, struct rms_error *err);
int rms_jobs_expand(const char *request, rms_spec_fn *each, void *ctx, struct rms_error *err);
int rms_jobs_identify(const char *spec, struct rms_hash *hash, struct rms_error *err);
/* "NAME  cells x count  doc" of each set, or the cells of one. RMS_E_UNKNOWN. */
int rms_jobs_list_sets(const char *set, struct rms_text *text, struct rms_error *err);

#endif
