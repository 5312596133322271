/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/cli/cluster_real.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/record.h"
#include "instances/base/json.h"

static int read_ranks(int *ranks, const char *launch, const char *folder, struct rms_error *err)
{
  int status;
  int64_t n = 0;
  struct rms_document *doc = NULL;
  struct rms_node root, node;
  RMS_TRY(rms_document_parse(&doc, launch, strlen(launch), folder, err));
  root = rms_document_root(doc);
  RMS_TRY(rms_node_get(&root, "ranks", &node, err));
  RMS_TRY(rms_node_int(&node, 1, INT32_MAX, &n, err));
  *ranks = (int)n;
out:
  rms_document_free(doc);
  return status;
}

static int take_runs(struct rms_cluster_real *real, const struct rms_records *records,
                     const char *folder, struct rms_error *err)
{
  double first = INFINITY, last = -INFINITY;
  real->times = malloc(records->n_runs * sizeof *real->times);
  if (!real->times) return rms_error_set(err, RMS_E_NOMEM, "%s: out of memory", folder);
  for (size_t i = 0; i < records->n_runs; i++) {
    const struct rms_run *run = &records->runs[i];
    if (strcmp(run->launch, records->runs[0].launch) != 0)
      return rms_error_set(err, RMS_E_USAGE,
                           "%s: was filled by several launches; give a run that was not resumed",
                           folder);
    if (isnan(run->started) || isnan(run->wall)) continue;
    first = fmin(first, run->started);
    last = fmax(last, run->started + run->wall);
    real->work += real->times[real->jobs++] = run->wall;
  }
  real->seconds = last - first;
  if (real->jobs && real->seconds > 0) return RMS_OK;
  return rms_error_set(err, RMS_E_USAGE, "%s: its runs took no time", folder);
}

int rms_cluster_real_load(struct rms_cluster_real *real, const char *folder, struct rms_error *err)
{
  int status;
  struct rms_records *records = NULL;
  *real = (struct rms_cluster_real){0};
  RMS_TRY(rms_records_load(&records, folder, err));
  if (!records->n_runs || !records->n_launches)
    RMS_TRY(rms_error_set(err, RMS_E_IO,
                          "%s: holds no finished run yet (is it the -o of 'rms run'?)", folder));
  RMS_TRY(read_ranks(&real->ranks, records->launches[0], folder, err));
  RMS_TRY(take_runs(real, records, folder, err));
out:
  if (status) rms_cluster_real_fini(real);
  rms_records_free(records);
  return status;
}

void rms_cluster_real_fini(struct rms_cluster_real *real)
{
  free(real->times);
  *real = (struct rms_cluster_real){0};
}
