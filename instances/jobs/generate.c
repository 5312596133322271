/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "instances/jobs/generate.h"

#include <stdlib.h>

#include "instances/jobs/draft.h"
#include "instances/jobs/draw_jobs.h"
#include "instances/jobs/files.h"

#define GENERATOR "jobs/1"

static uint64_t key_of(const struct rms_jobs_recipe *recipe)
{
  struct rms_text text = {0};
  rms_jobs_recipe_text(&text, recipe, false);
  const uint64_t key = text.failed ? 0 : rms_hash_bytes(text.data, text.length).low;
  rms_text_fini(&text);
  return key;
}

/* Seconds between arrivals. For a load the instance is built once without arrivals. */
static int mean_gap(struct rms_jobs_draft *d, double *gap, struct rms_error *err)
{
  const double load = d->recipe.value[RMS_JOBS_LOAD].real;
  struct rms_jobs *probe = NULL;
  double work = 0;
  *gap = d->recipe.value[RMS_JOBS_GAP].real;
  if (!(load > 0)) return RMS_OK;
  const int status = rms_jobs_build(&probe, &d->spec, err);
  if (status < 0) return status;
  for (size_t j = 0; j < probe->n_jobs; j++) work += (double)probe->jobs[j].work / 1e12;
  *gap = work / (double)probe->n_jobs / load / rms_jobs_capacity(probe);
  rms_jobs_free(probe); /* and the machine with it */
  d->machine = NULL;
  return rms_jobs_draft_machine(d, err);
}

static int make(struct rms_instance **result, struct rms_jobs_draft *d, const char *spec,
                struct rms_error *err)
{
  int status = RMS_OK;
  struct rms_text name = {0};
  struct rms_jobs *inst = NULL;
  double gap = 0;
  RMS_TRY(rms_jobs_recipe_open(&d->recipe, spec, err));
  const uint64_t key = key_of(&d->recipe);
  RMS_TRY(rms_mixes_builtin(&d->mixes, err));
  rms_jobs_draft_overheads(d, key & INT64_MAX);
  RMS_TRY(rms_jobs_draft_types(d, err));
  RMS_TRY(rms_jobs_draft_machine(d, err));
  d->spec.n_jobs = (size_t)rms_jobs_whole(&d->recipe, RMS_JOBS_JOBS);
  d->jobs = malloc(d->spec.n_jobs * sizeof *d->jobs);
  if (!d->jobs) RMS_TRY(rms_error_set(err, RMS_E_NOMEM, "out of memory"));
  RMS_TRY(rms_jobs_draw(&d->recipe, key, d->mixes, d->jobs, err));
  d->spec.jobs = d->jobs;
  rms_jobs_recipe_name(&name, &d->recipe);
  if (name.failed) RMS_TRY(rms_error_set(err, RMS_E_NOMEM, "out of memory"));
  d->spec.name = name.data;
  RMS_TRY(mean_gap(d, &gap, err));
  RMS_TRY(rms_jobs_draw_arrivals(&d->recipe, key, gap, d->jobs, err));
  RMS_TRY(rms_jobs_build(&inst, &d->spec, err));
  d->machine = NULL; /* taken */
  *result = &inst->base;
out:
  rms_text_fini(&name);
  return status;
}

int rms_jobs_generate(struct rms_instance **result, const char *spec, struct rms_error *err)
{
  struct rms_jobs_draft *const d = calloc(1, sizeof *d);
  if (!d) return rms_error_set(err, RMS_E_NOMEM, "out of memory");
  const int status = make(result, d, spec, err);
  rms_machine_free(d->machine);
  rms_mixes_free(d->mixes);
  free(d->jobs);
  free(d);
  if (status < 0) rms_error_where(err, "jobs:%.120s", spec);
  return status;
}

int rms_jobs_identify(const char *spec, struct rms_hash *hash, struct rms_error *err)
{
  struct rms_jobs_recipe recipe;
  struct rms_text text = {0};
  int status = rms_jobs_recipe_open(&recipe, spec, err);
  if (status < 0) {
    rms_error_where(err, "jobs:%.120s", spec);
    return status;
  }
  rms_text_add(&text, GENERATOR ":");
  rms_jobs_recipe_text(&text, &recipe, true);
  status = rms_text_status(&text);
  if (status == RMS_OK) *hash = rms_hash_bytes(text.data, text.length);
  rms_text_fini(&text);
  return status < 0 ? rms_error_set(err, status, "out of memory") : RMS_OK;
}
