/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/kept_plan.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "instances/base/file.h"
#include "instances/family.h"

static int open_instance(struct rms_plan_cache *cache, const char *reference, struct rms_error *err)
{
  if (cache->reference && !strcmp(cache->reference, reference)) return RMS_OK;
  rms_folder_forget(cache);
  const int status = rms_instance_open(&cache->inst, reference, err);
  if (status) return status;
  cache->reference = strdup(reference);
  return cache->reference ? RMS_OK
                          : rms_error_set(err, RMS_E_NOMEM, "%s: out of memory", reference);
}

int rms_folder_keep_plan(const char *folder, struct rms_plan_cache *cache,
                         const struct rms_run *run, const void *solution, size_t n,
                         struct rms_error *err)
{
  char path[PATH_MAX], name[64], digits[RMS_HASH_TEXT];
  struct rms_text text = {0};
  const bool is_optimal = !strcmp(run->verdict, rms_verdict_text(RMS_VERDICT_VERIFIED_OPTIMAL));
  struct rms_claim claim = {.bound = run->verified_bound, .is_optimal = is_optimal};
  int status = RMS_OK;
  if (cache->has_kept && !rms_hash_compare(cache->kept, run->solution)) return RMS_OK;
  rms_hash_print(run->solution, digits);
  snprintf(name, sizeof name, "plans/%s.json", digits);
  RMS_TRY(rms_path_join(path, folder, name, err));
  if (!access(path, F_OK)) goto out; /* the same bytes */
  RMS_TRY(open_instance(cache, run->reference, err));
  for (int i = 0; i < run->n_objectives && i < RMS_OBJECTIVES; i++)
    claim.objective[i] = isnan(run->objective[i]) ? 0 : run->objective[i];
  RMS_TRY(cache->inst->family->plan_write(cache->inst, solution, n, &claim,
                                          is_optimal ? "optimal" : "feasible", &text, err));
  if (rms_text_status(&text)) RMS_TRY(rms_error_set(err, RMS_E_NOMEM, "%s: out of memory", path));
  RMS_TRY(rms_file_write(path, text.data, text.length, err));
out:
  rms_text_fini(&text);
  if (!status) {
    cache->has_kept = true;
    cache->kept = run->solution;
  }
  return status;
}

void rms_folder_forget(struct rms_plan_cache *cache)
{
  rms_instance_free(cache->inst);
  free(cache->reference);
  *cache = (struct rms_plan_cache){0};
}
