/* SPDX-License-Identifier: GPL-3.0-or-later */
/* metrics_text.c - metrics as JSON, and a timeline as lines for a terminal. */
#include <math.h>
#include <stdlib.h>

#include "instances/jobs/gantt.h"

static const struct {
  const char *name, *unit, *doc;
} names[] = {
#define NAME(name, unit, doc) {#name, unit, doc},
    RMS_JOBS_METRICS(NAME)
#undef NAME
};
enum { N_METRICS = sizeof names / sizeof names[0] };

static void values_of(const struct rms_jobs_metrics *m, double values[N_METRICS])
{
  size_t n = 0;
#define VALUE(name, unit, doc) values[n++] = m->name;
  RMS_JOBS_METRICS(VALUE)
#undef VALUE
}

int rms_jobs_write_metrics(const struct rms_instance *base, const void *bytes, size_t n,
                           struct rms_text *text)
{
  const struct rms_jobs *const inst = rms_jobs_of(base);
  struct rms_jobs_measured d = {.timeline = {0}};
  double values[N_METRICS];
  if (!inst) return RMS_E_PARAM;
  const int status = rms_jobs_measure_bytes(inst, bytes, n, &d, NULL);
  if (status == RMS_OK) {
    values_of(&d.metrics, values);
    for (size_t i = 0; i < N_METRICS; i++) {
      rms_text_printf(text, "%s\"%s\": ", i ? ", " : "{ ", names[i].name);
      rms_text_double(text, values[i]);
    }
    rms_text_add(text, " }");
  }
  rms_jobs_measured_fini(&d);
  return status == RMS_E_NOMEM ? status : rms_text_status(text);
}

/* One line of characters whose height is the value. */
static void draw_line(struct rms_text *text, const char *name, const double *values, size_t n)
{
  static const char ramp[] = " .:-=+*#%@";
  double most = 0;
  for (size_t i = 0; i < n; i++) most = fmax(most, values[i]);
  rms_text_printf(text, "  %-9s|", name);
  for (size_t i = 0; i < n; i++) {
    const size_t level = most > 0 ? (size_t)ceil(values[i] / most * 9 - 1e-9) : 0;
    rms_text_bytes(text, &ramp[level], 1);
  }
  rms_text_printf(text, "| most %.4g\n", most);
}

static int draw_over_time(const struct rms_jobs *inst, const struct rms_jobs_measured *d, size_t n,
                          struct rms_text *text)
{
  double *const parts = malloc(3 * n * sizeof *parts);
  int status = parts ? RMS_OK : RMS_E_NOMEM;
  if (status == RMS_OK)
    status = rms_jobs_over_time(inst, &d->timeline, &d->audit, n, parts, parts + n, parts + 2 * n);
  if (status == RMS_OK) {
    rms_text_printf(text, "\nover time, %.0f s from the first arrival to the last completion\n",
                    d->metrics.makespan);
    draw_line(text, "work/s", parts, n);
    draw_line(text, "running", parts + 2 * n, n);
    draw_line(text, "waiting", parts + n, n);
  }
  free(parts);
  return status;
}

static void draw_instance(const struct rms_jobs *inst, struct rms_text *text)
{
  const struct rms_cluster *const c = &inst->cluster;
  rms_text_printf(text, "%s: %zu jobs of %zu types on %zu machines\n", inst->base.name,
                  inst->n_jobs, inst->n_types, c->n_machines);
  for (size_t p = 0; p < c->n_pools; p++)
    rms_text_printf(text, "  %s: %u x %s, rules %s, %zu ways to cut\n", c->pools[p].name,
                    c->pools[p].count, c->models[c->pools[p].model]->name, c->pools[p].rules->name,
                    c->pools[p].n_cuts);
}

int rms_jobs_draw_text(const struct rms_instance *base, const void *bytes, size_t n, bool colour,
                       int columns, struct rms_text *text, struct rms_error *err)
{
  const struct rms_jobs *const inst = rms_jobs_of(base);
  struct rms_jobs_measured d = {.timeline = {0}};
  double values[N_METRICS];
  (void)colour;
  if (!inst) return rms_error_set(err, RMS_E_PARAM, "of another family");
  draw_instance(inst, text);
  if (!bytes) return rms_text_status(text);
  int status = rms_jobs_measure_bytes(inst, bytes, n, &d, err);
  if (status == RMS_OK) {
    values_of(&d.metrics, values);
    rms_text_add(text, "\n");
    for (size_t i = 0; i < N_METRICS; i++)
      rms_text_printf(text, "  %-15s %12.6g %-9s %s\n", names[i].name, values[i], names[i].unit,
                      names[i].doc);
    const int width = columns < 60 ? 40 : columns > 140 ? 120 : columns - 20;
    status = draw_over_time(inst, &d, (size_t)width, text);
    if (status == RMS_OK) status = rms_gantt_text(inst, &d, (size_t)width, text);
  }
  if (status == RMS_OK) status = rms_text_status(text);
  if (status == RMS_E_NOMEM) rms_error_set(err, status, "out of memory");
  rms_jobs_measured_fini(&d);
  return status;
}
