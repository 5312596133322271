/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writer of "rms-plan/1", family jobs: layouts once each, cuts and runs as rows of numbers. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "instances/jobs/check.h"
#include "instances/jobs/files.h"

struct layouts { /* distinct ones, as indices of the first cut that has it */
  size_t *first;
  size_t n, capacity;
};

static size_t model_of(const struct rms_jobs *inst, const struct rms_timeline_cut *cut)
{
  return rms_cluster_pool(&inst->cluster, cut->machine)->model;
}

static bool is_equal(const struct rms_jobs *inst, const struct rms_timeline *t, size_t a, size_t b)
{
  const struct rms_timeline_cut *const x = &t->cuts[a], *const y = &t->cuts[b];
  if (x->level != y->level || x->n_slices != y->n_slices) return false;
  if (x->n_slices == 0) return true;
  return model_of(inst, x) == model_of(inst, y) &&
         memcmp(t->slices + x->first, t->slices + y->first, x->n_slices * sizeof *t->slices) == 0;
}

static int layout_of(struct layouts *layouts, const struct rms_jobs *inst,
                     const struct rms_timeline *t, size_t c, size_t *index)
{
  for (*index = 0; *index < layouts->n; ++*index)
    if (is_equal(inst, t, layouts->first[*index], c)) return RMS_OK;
  const int status =
      rms_grow(&layouts->first, &layouts->capacity, layouts->n + 1, sizeof *layouts->first);
  if (status == RMS_OK) layouts->first[layouts->n++] = c;
  return status;
}

static void write_layout(const struct rms_jobs *inst, const struct rms_timeline *t, size_t c,
                         struct rms_text *text)
{
  const struct rms_timeline_cut *const cut = &t->cuts[c];
  if (cut->level >= 0) {
    rms_text_printf(text, "%d", inst->cluster.levels[cut->level]);
    return;
  }
  rms_text_add(text, "[");
  for (size_t i = 0; i < cut->n_slices; i++) {
    const struct rms_placed slice = t->slices[cut->first + i];
    rms_text_printf(text, "%s\"%s@%u\"", i ? ", " : "",
                    inst->cluster.models[model_of(inst, cut)]->profiles[slice.profile].name,
                    slice.start);
  }
  rms_text_add(text, "]");
}

static int write_cuts(const struct rms_jobs *inst, const struct rms_timeline *t,
                      struct rms_text *text)
{
  struct layouts layouts = {0};
  struct rms_text rows = {0};
  int status = RMS_OK;
  for (size_t c = 0; c < t->n_cuts; c++) {
    size_t index = 0;
    RMS_TRY(layout_of(&layouts, inst, t, c, &index));
    rms_text_printf(&rows, "%s[%" PRId64 ",%" PRIu32 ",%zu]", c ? ",\n    " : "\n    ",
                    t->cuts[c].begin_us, t->cuts[c].machine, index);
  }
  rms_text_add(text, "  \"layouts\": [");
  for (size_t i = 0; i < layouts.n; i++) {
    rms_text_add(text, i ? ",\n    " : "\n    ");
    write_layout(inst, t, layouts.first[i], text);
  }
  rms_text_add(text, " ],\n  \"cuts\": [");
  if (rows.length) rms_text_bytes(text, rows.data, rows.length);
  rms_text_add(text, " ],\n");
  status = rms_text_status(&rows);
out:
  rms_text_fini(&rows);
  free(layouts.first);
  return status;
}

static void write_runs(const struct rms_timeline *t, struct rms_text *text)
{
  rms_text_add(text, "  \"runs\": [");
  for (size_t i = 0; i < t->n_runs; i++) {
    const struct rms_timeline_run *const run = &t->runs[i];
    rms_text_printf(text, "%s[%" PRIu32 ",%" PRIu32 ",%d,%" PRId64 ",%" PRId64 "]",
                    i ? ",\n    " : "\n    ", run->job, run->machine,
                    run->start == RMS_TIMELINE_MPS ? -1 : run->start, run->begin_us, run->stop_us);
  }
  rms_text_add(text, " ] }\n");
}

/* The indices must be good before names are looked up; legality is not our question. */
static int check_indices(const struct rms_jobs *inst, const struct rms_timeline *t,
                         struct rms_error *err)
{
  for (size_t c = 0; c < t->n_cuts; c++) {
    const struct rms_timeline_cut *const cut = &t->cuts[c];
    if (cut->machine >= inst->cluster.n_machines || cut->level >= (int)inst->cluster.n_levels)
      return rms_error_set(err, RMS_E_FORMAT, "plan: cut %zu: no such machine or level", c);
    const struct rms_machine *const model = inst->cluster.models[model_of(inst, cut)];
    for (size_t i = 0; i < cut->n_slices; i++)
      if (t->slices[cut->first + i].profile >= model->n_profiles)
        return rms_error_set(err, RMS_E_FORMAT, "plan: cut %zu: no such profile", c);
  }
  return RMS_OK;
}

static int write_plan(const struct rms_jobs *inst, const struct rms_timeline *t,
                      const struct rms_claim *claim, const char *status_text, struct rms_text *text)
{
  struct rms_jobs_audit audit = {.is_feasible = false};
  int status = claim ? RMS_OK : rms_jobs_audit(inst, t, &audit);
  if (status < 0) return status;
  rms_text_add(text, "{ \"format\": \"rms-plan/1\", \"family\": \"jobs\", \"instance\": ");
  rms_text_json(text, inst->base.name);
  if (claim && claim->solver[0]) {
    rms_text_add(text, ", \"solver\": ");
    rms_text_json(text, claim->solver);
  }
  rms_text_add(text, ", \"objective\": ");
  rms_text_double(text, claim ? claim->objective[0] : audit.mean_jct);
  rms_text_add(text, ", \"makespan\": ");
  rms_text_double(text, claim ? claim->objective[1] : audit.makespan);
  rms_text_add(text, ", \"bound\": ");
  rms_text_double(text, claim ? claim->bound : NAN);
  rms_text_add(text, ", \"status\": ");
  rms_text_json(text, status_text);
  rms_text_add(text, ",\n");
  status = write_cuts(inst, t, text);
  write_runs(t, text);
  rms_jobs_audit_fini(&audit);
  return status < 0 ? status : rms_text_status(text);
}

int rms_jobs_plan_file_write(const struct rms_instance *base, const void *bytes, size_t n,
                             const struct rms_claim *claim, const char *status_text,
                             struct rms_text *text, struct rms_error *err)
{
  const struct rms_jobs *const inst = rms_jobs_of(base);
  struct rms_timeline timeline = {0};
  int status = RMS_OK;
  if (!inst) return rms_error_set(err, RMS_E_PARAM, "plan: of another family");
  if (n) RMS_TRY(rms_timeline_decode(&timeline, bytes, n, err));
  RMS_TRY(check_indices(inst, &timeline, err));
  status = write_plan(inst, &timeline, claim, status_text, text);
  if (status < 0) rms_error_set(err, status, "plan: out of memory");
out:
  rms_timeline_fini(&timeline);
  return status;
}
