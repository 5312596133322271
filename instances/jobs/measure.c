/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "instances/jobs/measure.h"

#include <stdlib.h>

struct rms_measure {
  const struct rms_jobs *inst;
  struct rms_mixes *mixes;
  struct rms_replay *replay;
  int variant[]; /* [n_types], -1: not published */
};

static bool has_published_levels(const struct rms_cluster *c)
{
  static const int levels[RMS_MPS_LEVELS] = {100, 50, 14};
  if (!c->overheads.is_replayed || c->overheads.n_phase != RMS_MPS_LEVELS) return false;
  for (int i = 0; i < RMS_MPS_LEVELS; i++)
    if (c->levels[c->overheads.phase[i]] != levels[i]) return false;
  return true;
}

int rms_measure_open(struct rms_measure **result, const struct rms_jobs *inst,
                     struct rms_error *err)
{
  *result = NULL;
  if (!has_published_levels(&inst->cluster)) return RMS_OK;
  struct rms_measure *const m = calloc(1, sizeof *m + inst->n_types * sizeof *m->variant);
  if (!m) return RMS_E_NOMEM;
  int status = rms_mixes_builtin(&m->mixes, err);
  if (status == RMS_OK) status = rms_replay_new(&m->replay, m->mixes);
  if (status < 0) {
    rms_measure_close(m);
    return status;
  }
  m->inst = inst;
  for (size_t t = 0; t < inst->n_types; t++)
    m->variant[t] = rms_mixes_variant(m->mixes, inst->types[t].model, inst->types[t].batch);
  *result = m;
  return RMS_OK;
}

void rms_measure_close(struct rms_measure *measure)
{
  if (!measure) return;
  rms_replay_free(measure->replay);
  rms_mixes_free(measure->mixes);
  free(measure);
}

void rms_measure_replay(const struct rms_measure *measure, struct rms_job_sample *samples, size_t n,
                        uint64_t draw)
{
  int variant[RMS_MIX_JOBS_MAX];
  size_t place[RMS_MIX_JOBS_MAX], known = 0;
  struct rms_mps_row rows[RMS_MIX_JOBS_MAX];
  for (size_t i = 0; i < n && known < RMS_MIX_JOBS_MAX; i++) {
    const int v = measure->variant[measure->inst->jobs[samples[i].job].type];
    if (v < 0) continue;
    variant[known] = v;
    place[known++] = i;
  }
  if (known == 0) return;
  rms_replay_measure(measure->replay, variant, (int)known, draw, rows);
  for (size_t i = 0; i < known; i++)
    for (int l = 0; l < RMS_MPS_LEVELS; l++)
      samples[place[i]].time[l] = rows[i].time[l] * (RMS_JOBS_FULL / RMS_MPS_SCALE);
}
