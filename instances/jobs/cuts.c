/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "instances/jobs/cuts.h"

#include <stdlib.h>
#include <string.h>

struct list {
  const struct rms_cluster *cluster;
  struct rms_jobs_cut *cuts; /* malloc'ed */
  size_t n, capacity;
};

static bool has_counts(const struct list *list, const uint8_t *count)
{
  for (size_t i = 0; i < list->n; i++)
    if (memcmp(list->cuts[i].count, count, RMS_JOBS_KINDS_MAX) == 0) return true;
  return false;
}

/* The part of `full` with these counts: of each kind the first slices of its layout. */
static int add_part(struct list *list, const struct rms_jobs_cut *full, const uint8_t *count)
{
  struct rms_jobs_cut cut = {.is_maximal = memcmp(count, full->count, RMS_JOBS_KINDS_MAX) == 0};
  uint8_t left[RMS_JOBS_KINDS_MAX];
  if (has_counts(list, count)) return RMS_OK;
  memcpy(left, count, sizeof left);
  memcpy(cut.count, count, sizeof cut.count);
  for (size_t i = 0; i < full->n_slices; i++) {
    const uint16_t k = full->kind[i];
    if (!left[k]) continue;
    left[k]--;
    cut.kind[cut.n_slices] = k;
    cut.layout[cut.n_slices++] = full->layout[i];
  }
  if (cut.n_slices == 0) return RMS_OK;
  if (rms_grow(&list->cuts, &list->capacity, list->n + 1, sizeof *list->cuts) < 0)
    return RMS_E_NOMEM;
  list->cuts[list->n++] = cut;
  return list->n > RMS_JOBS_CUTS_MAX ? RMS_E_LIMIT : RMS_OK;
}

/* All sub-multisets, counting down as an odometer does. */
static int add_parts(struct list *list, const struct rms_jobs_cut *full)
{
  uint8_t count[RMS_JOBS_KINDS_MAX];
  memcpy(count, full->count, sizeof count);
  for (;;) {
    const int status = add_part(list, full, count);
    if (status < 0) return status;
    size_t k = list->cluster->n_kinds;
    while (k > 0 && count[k - 1] == 0) {
      count[k - 1] = full->count[k - 1];
      k--;
    }
    if (k == 0) return RMS_OK;
    count[k - 1]--;
  }
}

static struct rms_jobs_cut cut_of(const struct list *list, const struct rms_jobs_pool *pool,
                                  const struct rms_partition *partition)
{
  struct rms_jobs_cut cut = {.n_slices = partition->n_slices};
  for (size_t i = 0; i < partition->n_slices; i++) {
    const int k = rms_cluster_kind(list->cluster, pool->model, partition->layout[i].profile);
    cut.layout[i] = partition->layout[i];
    cut.kind[i] = (uint16_t)k;
    cut.count[k]++;
  }
  return cut;
}

static int cmp_cut(const void *a, const void *b)
{
  const struct rms_jobs_cut *const x = a, *const y = b;
  if (x->n_slices != y->n_slices) return x->n_slices < y->n_slices ? -1 : 1;
  return memcmp(y->count, x->count, sizeof x->count);
}

static int collect(struct list *list, struct rms_arena *arena, const struct rms_jobs_pool *pool,
                   uint32_t mask, struct rms_error *err)
{
  const struct rms_partition *partitions = NULL;
  size_t n = 0;
  int status = rms_partitions(arena, list->cluster->models[pool->model], pool->rules, mask,
                              &partitions, &n, err);
  for (size_t i = 0; i < n && status == RMS_OK; i++) {
    const struct rms_jobs_cut full = cut_of(list, pool, &partitions[i]);
    status = add_parts(list, &full);
  }
  if (status == RMS_E_LIMIT)
    rms_error_set(err, status, "pool \"%s\": its machine can be cut in more than %d ways",
                  pool->name, RMS_JOBS_CUTS_MAX);
  return status;
}

int rms_jobs_cuts(struct rms_arena *arena, const struct rms_cluster *cluster,
                  struct rms_jobs_pool *pool, uint32_t mask, struct rms_error *err)
{
  int status = RMS_OK;
  struct list list = {.cluster = cluster};
  RMS_TRY(collect(&list, arena, pool, mask, err));
  if (list.n == 0)
    RMS_TRY(
        rms_error_set(err, RMS_E_INSTANCE, "pool \"%s\": its machine has no slice", pool->name));
  struct rms_jobs_cut *const cuts = rms_arena_alloc(arena, list.n, sizeof *cuts);
  RMS_TRY(cuts ? RMS_OK : RMS_E_NOMEM);
  qsort(list.cuts, list.n, sizeof *list.cuts, cmp_cut);
  memcpy(cuts, list.cuts, list.n * sizeof *cuts);
  pool->cuts = cuts;
  pool->n_cuts = list.n;
  pool->whole = 0; /* sorted: the single slice of the first kind */
out:
  free(list.cuts);
  return status;
}
