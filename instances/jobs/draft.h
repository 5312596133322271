/* SPDX-License-Identifier: GPL-3.0-or-later */
/* draft.h - a generated instance of `jobs` in the making: a specification for the builder and all
 * that it borrows. What is measured and what is ours: generate.h. Steps in this order. */
#ifndef RMS_JOBS_DRAFT_H
#define RMS_JOBS_DRAFT_H

#include "instances/jobs/jobs.h"
#include "instances/jobs/mixes.h"
#include "instances/jobs/recipe.h"

struct rms_jobs_draft { /* zero-initialise; large: on the heap */
  struct rms_jobs_recipe recipe;
  struct rms_mixes *mixes;
  struct rms_jobs_spec spec;
  struct rms_jobs_type types[RMS_VARIANTS_MAX];
  char names[RMS_VARIANTS_MAX][RMS_NAME_MAX + 1];
  double memory[RMS_VARIANTS_MAX]; /* GiB needed */
  struct rms_jobs_speed speeds[RMS_VARIANTS_MAX * RMS_PROFILES_MAX];
  struct rms_job *jobs;
  struct rms_machine *machine; /* NULL once the builder has taken it */
};

/* Levels and overheads by the recipe.  key [in] of the noise, beside the seed */
void rms_jobs_draft_overheads(struct rms_jobs_draft *draft, uint64_t key);
/* A type for each variant of the mixes. Needs the levels. RMS_E_NOMEM. */
int rms_jobs_draft_types(struct rms_jobs_draft *draft, struct rms_error *err);
/* The pool of machines, and the speeds of all types on them; again after the builder has taken
 * the machine. RMS_E_UNKNOWN: no such machine or rules; RMS_E_NOMEM. */
int rms_jobs_draft_machine(struct rms_jobs_draft *draft, struct rms_error *err);

#endif
