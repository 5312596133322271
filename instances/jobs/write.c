/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <inttypes.h>

#include "instances/jobs/files.h"
#include "instances/machine_list.h"

static void write_micro(struct rms_text *text, const char *name, int64_t micro)
{
  rms_text_printf(text, "\"%s\": ", name);
  rms_text_micro(text, micro);
}

static void write_pool(const struct rms_cluster *c, const struct rms_jobs_pool *pool,
                       struct rms_text *text)
{
  rms_text_add(text, "    { ");
  rms_machine_list_write_pool(c->models[pool->model], pool->name, pool->rules, text);
  rms_text_printf(text, ", \"count\": %" PRIu32, pool->count);
  if (pool->memory_mib < INT64_MAX)
    rms_text_printf(text, ", \"memory_mib\": %" PRId64, pool->memory_mib);
  rms_text_add(text, " }");
}

static void write_overheads(const struct rms_cluster *c, struct rms_text *text)
{
  const struct rms_jobs_overheads *const o = &c->overheads;
  rms_text_add(text, "  \"levels\": [");
  for (size_t l = 0; l < c->n_levels; l++)
    rms_text_printf(text, "%s%d", l ? ", " : "", c->levels[l]);
  rms_text_add(text, "],\n  \"overheads\": { ");
  write_micro(text, "recut_s", o->recut_us);
  rms_text_add(text, ", ");
  write_micro(text, "settle_s", o->settle_us);
  rms_text_add(text, ", ");
  write_micro(text, "mps_s", o->mps_us);
  rms_text_add(text, ", ");
  write_micro(text, "phase_s", o->phase_us);
  rms_text_add(text, ", \"phase\": [");
  for (int i = 0; i < o->n_phase; i++)
    rms_text_printf(text, "%s%d", i ? ", " : "", c->levels[o->phase[i]]);
  rms_text_printf(text, "], \"scope\": \"%s\", \"measure\": \"%s\", ",
                  o->is_whole ? "machine" : "slice", o->is_replayed ? "replay" : "model");
  write_micro(text, "noise", o->noise);
  rms_text_printf(text, ", \"noise_seed\": %" PRIu64 " },\n", o->noise_seed);
}

static void write_speeds(const struct rms_cluster *c, const struct rms_jobs_type *type,
                         struct rms_text *text)
{
  struct rms_machine_table table = {.text = text};
  rms_text_add(text, "\"speed\": ");
  for (size_t k = 0; k < c->n_kinds; k++) {
    if (!type->speed[k]) continue;
    rms_machine_table_cell(&table, c->models[c->kinds[k].model], c->kinds[k].profile);
    rms_text_micro(text, type->speed[k]);
  }
  rms_machine_table_end(&table);
}

static void write_type(const struct rms_cluster *c, const struct rms_jobs_type *type,
                       struct rms_text *text)
{
  rms_text_add(text, "    { \"name\": ");
  rms_text_json(text, type->name);
  rms_text_add(text, ", \"model\": ");
  rms_text_json(text, type->model);
  if (type->batch) rms_text_printf(text, ", \"batch\": %" PRId32, type->batch);
  rms_text_printf(text, ", \"memory_mib\": %" PRId64 ", ", type->memory_mib);
  write_micro(text, "checkpoint_s", type->checkpoint_us);
  rms_text_add(text, ", ");
  write_micro(text, "restart_s", type->restart_us);
  rms_text_add(text, ",\n      ");
  write_speeds(c, type, text);
  rms_text_add(text, ",\n      \"mps\": [");
  for (size_t l = 0; l < c->n_levels; l++) {
    rms_text_add(text, l ? ", [" : "[");
    for (int n = 0; n < RMS_JOBS_CORUN_MAX; n++) {
      if (n) rms_text_add(text, ", ");
      rms_text_micro(text, type->mps[l][n]);
    }
    rms_text_add(text, "]");
  }
  rms_text_add(text, "] }");
}

static void write_job(const struct rms_jobs *inst, const struct rms_job *job, struct rms_text *text)
{
  rms_text_add(text, "    { \"type\": ");
  rms_text_json(text, inst->types[job->type].name);
  rms_text_add(text, ", ");
  write_micro(text, "arrival_s", job->arrival_us);
  rms_text_add(text, ", ");
  write_micro(text, "work_s", job->work / RMS_JOBS_FULL);
  if (job->least) rms_text_printf(text, ", \"least\": %" PRId32, job->least);
  rms_text_add(text, " }");
}

int rms_jobs_write(const struct rms_instance *base, struct rms_text *text)
{
  const struct rms_jobs *const inst = rms_jobs_of(base);
  if (!inst) return RMS_E_PARAM;
  const struct rms_cluster *const c = &inst->cluster;
  rms_text_add(text, "{ \"format\": \"rms-instance/1\", \"family\": \"jobs\", \"name\": ");
  rms_text_json(text, inst->base.name);
  rms_text_add(text, ",\n");
  const int status = rms_machine_list_write(c->models, c->n_models, text);
  if (status < 0) return status;
  rms_text_add(text, "  \"pools\": [\n");
  for (size_t p = 0; p < c->n_pools; p++) {
    write_pool(c, &c->pools[p], text);
    rms_text_add(text, p + 1 < c->n_pools ? ",\n" : " ],\n");
  }
  write_overheads(c, text);
  rms_text_add(text, "  \"types\": [");
  for (size_t t = 0; t < inst->n_types; t++) {
    rms_text_add(text, t ? ",\n" : "\n");
    write_type(c, &inst->types[t], text);
  }
  rms_text_add(text, " ],\n  \"jobs\": [");
  for (size_t j = 0; j < inst->n_jobs; j++) {
    rms_text_add(text, j ? ",\n" : "\n");
    write_job(inst, &inst->jobs[j], text);
  }
  rms_text_add(text, " ] }\n");
  return rms_text_status(text);
}
