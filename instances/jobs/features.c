/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "instances/jobs/files.h"

static int cmp_double(const void *a, const void *b)
{
  const double x = *(const double *)a, y = *(const double *)b;
  return x < y ? -1 : x > y;
}

static double seconds(int64_t us)
{
  return (double)us / (double)RMS_JOBS_SECOND;
}

/* Jobs that run on the smallest kind of the first model; jobs that run on nothing but the largest.
 */
static void count_fits(const struct rms_jobs *inst, size_t *everywhere, size_t *whole_only)
{
  *everywhere = *whole_only = 0;
  for (size_t j = 0; j < inst->n_jobs; j++) {
    size_t fits = 0;
    for (size_t k = 0; k < inst->cluster.n_kinds; k++) fits += rms_jobs_speed(inst, j, k) > 0;
    *everywhere += fits == inst->cluster.n_kinds;
    *whole_only += fits <= inst->cluster.n_models;
  }
}

static void mean_speeds(const struct rms_jobs *inst, double mean[RMS_JOBS_KINDS_MAX])
{
  double work = 0;
  for (size_t k = 0; k < inst->cluster.n_kinds; k++) mean[k] = 0;
  for (size_t j = 0; j < inst->n_jobs; j++) {
    work += (double)inst->jobs[j].work;
    for (size_t k = 0; k < inst->cluster.n_kinds; k++)
      mean[k] += (double)inst->jobs[j].work * rms_jobs_speed(inst, j, k) / RMS_JOBS_FULL;
  }
  for (size_t k = 0; k < inst->cluster.n_kinds; k++) mean[k] /= work;
}

double rms_jobs_capacity(const struct rms_jobs *inst)
{
  double mean[RMS_JOBS_KINDS_MAX], sum = 0;
  mean_speeds(inst, mean);
  for (size_t p = 0; p < inst->cluster.n_pools; p++) {
    const struct rms_jobs_pool *const pool = &inst->cluster.pools[p];
    double best = 0;
    for (size_t c = 0; c < pool->n_cuts; c++) {
      double speed = 0;
      for (size_t i = 0; i < pool->cuts[c].n_slices; i++) speed += mean[pool->cuts[c].kind[i]];
      if (speed > best) best = speed;
    }
    sum += best * pool->count;
  }
  return sum;
}

int rms_jobs_features(const struct rms_instance *base, struct rms_text *text)
{
  const struct rms_jobs *const inst = rms_jobs_of(base);
  if (!inst) return RMS_E_PARAM;
  const size_t n = inst->n_jobs;
  double *const lengths = malloc(n * sizeof *lengths);
  if (!lengths) return RMS_E_NOMEM;
  double sum = 0, squares = 0;
  for (size_t j = 0; j < n; j++) {
    lengths[j] = (double)inst->jobs[j].work / 1e12;
    sum += lengths[j];
    squares += lengths[j] * lengths[j];
  }
  qsort(lengths, n, sizeof *lengths, cmp_double);
  const double mean = sum / (double)n;
  const double span = seconds(inst->jobs[n - 1].arrival_us - inst->jobs[0].arrival_us);
  const double machines = (double)inst->cluster.n_machines;
  const struct {
    const char *name;
    double value;
  } list[] = {{"machines", machines},
              {"jobs", (double)n},
              {"types", (double)inst->n_types},
              {"work_s", sum},
              {"mean_length_s", mean},
              {"median_length_s", lengths[n / 2]},
              {"p95_length_s", lengths[n - 1 - n / 20]},
              {"longest_s", lengths[n - 1]},
              {"squared_variation", squares / (double)n / (mean * mean) - 1},
              {"arrivals_span_s", span},
              {"capacity", rms_jobs_capacity(inst)},
              {"load", span > 0 ? sum / span / rms_jobs_capacity(inst) : 0},
              {"load_of_whole_machines", span > 0 ? sum / span / machines : 0}};
  size_t everywhere, whole_only;
  count_fits(inst, &everywhere, &whole_only);
  rms_text_printf(text, "{ \"fit_everywhere\": %zu, \"whole_only\": %zu", everywhere, whole_only);
  for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
    rms_text_printf(text, ", \"%s\": ", list[i].name);
    rms_text_double(text, list[i].value);
  }
  rms_text_add(text, " }\n");
  free(lengths);
  return rms_text_status(text);
}
