/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kept_plan.h - verified solutions as plan files, RUN/plans/HASH.json. */
#ifndef RMS_KEPT_PLAN_H
#define RMS_KEPT_PLAN_H

#include "harness/record.h"

struct rms_instance;
struct rms_plan_cache { /* the instance that was opened last; zero-initialise, end with _forget */
  struct rms_instance *inst;
  char *reference;
  bool has_kept;
  struct rms_hash kept; /* the solution whose file was there last */
};

/* Write the solution of a run, before the line that names it; nothing when its file is there: the
 * same hash means the same bytes.
 *   run      [in] its reference, solution (the hash), verdict, objective and verified bound count
 *   solution [in] n bytes as the solver encoded them
 * RMS_E_IO, RMS_E_NOMEM, and what opening the instance says. Cost: the instance is read again when
 * it is not the one of the cache. */
int rms_folder_keep_plan(const char *folder, struct rms_plan_cache *cache,
                         const struct rms_run *run, const void *solution, size_t n,
                         struct rms_error *err);
void rms_folder_forget(struct rms_plan_cache *cache);

#endif
