/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "solvers/jobs/learner.h"

void rms_features(const struct rms_mps_row *rows, int n, int own, int32_t feature[RMS_FEATURES])
{
  const uint16_t *mine = rows[own].time;
  int32_t *mean = feature + 4, *least = feature + 7, *largest = feature + 10;
  for (int level = 0; level < RMS_MPS_LEVELS; level++) {
    int32_t sum = 0;
    feature[level] = mine[level];
    least[level] = RMS_MPS_SCALE;
    largest[level] = n > 1 ? 0 : RMS_MPS_SCALE;
    for (int i = 0; i < n; i++) {
      const int32_t time = rows[i].time[level];
      if (i == own) continue;
      sum += time;
      if (time < least[level]) least[level] = time;
      if (time > largest[level]) largest[level] = time;
    }
    mean[level] = n > 1 ? sum / (n - 1) : RMS_MPS_SCALE;
  }
  feature[3] = n;
  feature[13] = 1000 * mine[1] / mine[0];
  feature[14] = 1000 * mine[0] / mine[2];
  if (feature[13] > 10000) feature[13] = 10000;
  if (feature[14] > 10000) feature[14] = 10000;
}

static int compare(const struct rms_mps_row *a, const struct rms_mps_row *b)
{
  for (int level = 0; level < RMS_MPS_LEVELS; level++)
    if (a->time[level] != b->time[level]) return a->time[level] < b->time[level] ? -1 : 1;
  return 0;
}

void rms_mix_order(const struct rms_mps_row *rows, int n, uint8_t order[RMS_MIX_JOBS_MAX])
{
  for (int i = 0; i < n; i++) {
    int at = i;
    for (; at > 0 && compare(&rows[order[at - 1]], &rows[i]) > 0; at--) order[at] = order[at - 1];
    order[at] = (uint8_t)i;
  }
}

struct rms_rng rms_learner_rng(const struct rms_lesson *lesson, uint32_t stream)
{
  return (struct rms_rng){
      .key = {.seed = lesson->seed}, .purpose = RMS_PURPOSE_SOLVER, .stream = stream};
}

int rms_learner_numbers(const struct rms_node *node, const char *name, size_t n, double most,
                        double *value, struct rms_error *err)
{
  int status = RMS_OK;
  struct rms_node list;
  size_t count;
  RMS_TRY(rms_node_get(node, name, &list, err));
  RMS_TRY(rms_node_array(&list, n, n, &count, err));
  for (size_t i = 0; i < n; i++) {
    const struct rms_node item = rms_node_item(&list, i);
    RMS_TRY(rms_node_double(&item, -most, most, &value[i], err));
  }
out:
  return status;
}
