/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "instances/jobs/timeline.h"

#include <stdlib.h>
#include <string.h>

void rms_timeline_fini(struct rms_timeline *timeline)
{
  free(timeline->runs);
  free(timeline->slices);
  free(timeline->cuts);
  memset(timeline, 0, sizeof *timeline);
}

void rms_timeline_clear(struct rms_timeline *timeline)
{
  timeline->n_cuts = timeline->n_slices = timeline->n_runs = 0;
}

int rms_timeline_cut(struct rms_timeline *timeline, int64_t begin_us, uint32_t machine, int level,
                     const struct rms_placed *slices, size_t n_slices)
{
  struct rms_timeline *const t = timeline;
  if (rms_grow(&t->cuts, &t->cuts_capacity, t->n_cuts + 1, sizeof *t->cuts) < 0 ||
      rms_grow(&t->slices, &t->slices_capacity, t->n_slices + n_slices + 1, sizeof *t->slices) < 0)
    return RMS_E_NOMEM;
  t->cuts[t->n_cuts++] = (struct rms_timeline_cut){.begin_us = begin_us,
                                                   .machine = machine,
                                                   .level = (int16_t)level,
                                                   .n_slices = (uint16_t)n_slices,
                                                   .first = t->n_slices};
  if (n_slices) memcpy(t->slices + t->n_slices, slices, n_slices * sizeof *slices);
  t->n_slices += n_slices;
  return RMS_OK;
}

int rms_timeline_run(struct rms_timeline *timeline, const struct rms_timeline_run *run)
{
  struct rms_timeline *const t = timeline;
  if (rms_grow(&t->runs, &t->runs_capacity, t->n_runs + 1, sizeof *t->runs) < 0) return RMS_E_NOMEM;
  t->runs[t->n_runs++] = *run;
  return RMS_OK;
}

#define BY(field)                                                                                  \
  if (x->field != y->field) return x->field < y->field ? -1 : 1

static int cmp_cut(const void *a, const void *b)
{
  const struct rms_timeline_cut *const x = a, *const y = b;
  BY(begin_us);
  BY(machine);
  BY(first); /* cuts of one instant stay in their order */
  return 0;
}

static int cmp_run(const void *a, const void *b)
{
  const struct rms_timeline_run *const x = a, *const y = b;
  BY(begin_us);
  BY(machine);
  BY(start);
  BY(job);
  BY(stop_us);
  return 0;
}

void rms_timeline_sort(struct rms_timeline *timeline)
{
  if (timeline->n_cuts) qsort(timeline->cuts, timeline->n_cuts, sizeof *timeline->cuts, cmp_cut);
  if (timeline->n_runs) qsort(timeline->runs, timeline->n_runs, sizeof *timeline->runs, cmp_run);
}
