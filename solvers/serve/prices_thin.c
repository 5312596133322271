/* SPDX-License-Identifier: GPL-3.0-or-later */
/* States that are dropped: those that others make superfluous, and those for which there is no
 * room.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "solvers/serve/prices_core.h"

struct ranked {
  double tightness;
  uint32_t index;
};

static int compare_ranked(const void *left, const void *right)
{
  const struct ranked *a = left, *b = right;
  if (a->tightness != b->tightness) return a->tightness < b->tightness ? -1 : 1;
  return (a->index > b->index) - (a->index < b->index);
}

/* The largest share of a budget that is used. */
static double tightness_of(const struct rms_core *core, const int64_t *used)
{
  double worst = 0;
  for (size_t t = 0; t < core->n_tests; t++)
    worst = fmax(worst, (double)used[t] / ((double)core->budget[t] + 1));
  return worst;
}

/* States that a state with more room in every form makes superfluous: those are compared with the
 * roomiest ones only, which drops most of them. */
enum { JUDGES = 48 };

static int rank_states(const struct rms_core *core, const struct rms_core_level *level,
                       struct ranked **result)
{
  struct ranked *rank = malloc(level->n * sizeof *rank + 1);
  if (!rank) return RMS_E_NOMEM;
  for (size_t i = 0; i < level->n; i++)
    rank[i] = (struct ranked){tightness_of(core, level->used + i * core->n_tests), (uint32_t)i};
  qsort(rank, level->n, sizeof *rank, compare_ranked);
  *result = rank;
  return RMS_OK;
}

static void move_state(const struct rms_core *core, struct rms_core_level *level, size_t to,
                       size_t from)
{
  memmove(level->used + to * core->n_tests, level->used + from * core->n_tests,
          core->n_tests * sizeof *level->used);
  level->origins[to] = level->origins[from];
}

static bool is_judged(const struct rms_core *core, const int64_t *judges, size_t n_judges,
                      const int64_t *used)
{
  for (size_t j = 0; j < n_judges; j++) {
    const int64_t *judge = judges + j * core->n_tests;
    if (rms_core_is_no_worse(core, judge, used) &&
        memcmp(judge, used, core->n_keys * sizeof *used) != 0)
      return true;
  }
  return false;
}

int rms_core_drop_states(struct rms_core *core, size_t m)
{
  struct rms_core_level *level = &core->levels[m];
  const size_t stride = core->n_tests, n_judges = level->n < JUDGES ? level->n : JUDGES;
  int64_t *judges = malloc((JUDGES * stride + 1) * sizeof *judges);
  struct ranked *rank = NULL;
  size_t kept = 0;
  int status = judges ? rank_states(core, level, &rank) : RMS_E_NOMEM;
  if (status >= 0) {
    for (size_t i = 0; i < n_judges; i++)
      memcpy(judges + i * stride, level->used + rank[i].index * stride, stride * sizeof *judges);
    for (size_t i = 0; i < level->n; i++)
      if (!is_judged(core, judges, n_judges, level->used + i * stride))
        move_state(core, level, kept++, i);
    level->n = kept;
  }
  free(rank);
  free(judges);
  return status;
}

static int compare_indices(const void *left, const void *right)
{
  const struct ranked *a = left, *b = right;
  return (a->index > b->index) - (a->index < b->index);
}

int rms_core_thin_level(struct rms_core *core, size_t m, size_t keep)
{
  struct rms_core_level *level = &core->levels[m];
  struct ranked *rank = NULL;
  if (level->n <= keep) return RMS_OK;
  int status = rank_states(core, level, &rank);
  if (status < 0) return status;
  qsort(rank, keep, sizeof *rank, compare_indices); /* so that none is overwritten */
  for (size_t i = 0; i < keep; i++) move_state(core, level, i, rank[i].index);
  level->n = keep;
  core->is_cut = true;
  free(rank);
  return RMS_OK;
}
