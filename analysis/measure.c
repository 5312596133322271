/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/measure.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "instances/base/text.h"

static double cpu_of(const struct rms_run *run)
{
  return run->cpu_user + run->cpu_system;
}

/* What a run that did not get there is charged: its limit, or what it used where there is none. */
static double charged(const struct rms_run *run, double used)
{
  return isfinite(run->limit_time) && !run->is_work_limited ? run->limit_time : used;
}

static bool read_total(const struct rms_result *r, double *value)
{
  *value = r->time;
  return true;
}

static bool read_cpu(const struct rms_result *r, double *value)
{
  *value = cpu_of(r->run);
  return true;
}

static bool read_memory(const struct rms_result *r, double *value)
{
  *value = (double)r->run->peak_memory / (1 << 20);
  return true;
}

static bool read_proof(const struct rms_result *r, double *value)
{
  const bool is_proof = rms_result_is_proof(r);
  *value = is_proof ? r->time : charged(r->run, r->time);
  return is_proof;
}

static bool read_proof_cpu(const struct rms_result *r, double *value)
{
  const bool is_proof = rms_result_is_proof(r);
  *value = is_proof ? cpu_of(r->run) : charged(r->run, cpu_of(r->run));
  return is_proof;
}

static bool read_best(const struct rms_result *r, double *value)
{
  const bool has_plan = !isnan(r->time_best);
  *value = has_plan ? r->time_best : charged(r->run, r->time);
  return has_plan;
}

static bool read_objective(const struct rms_result *r, double *value)
{
  const bool has_plan = !isnan(r->objective);
  *value = has_plan ? r->objective : DBL_MAX / 4;
  return has_plan;
}

static const struct rms_measure measures[] = {
    {"proof", "time to proof", "s", "wall time of a run that proved its answer", read_proof, false},
    {"proof-cpu", "processor time to proof", "s", "the same in processor time", read_proof_cpu,
     false},
    {"best", "time to the last improvement", "s", "of a run with a plan", read_best, false},
    {"total", "time", "s", "wall time of the run", read_total, false},
    {"cpu", "processor time", "s", "user and system time of the run", read_cpu, false},
    {"memory", "peak memory", "MiB", "of the run's process", read_memory, false},
    {"objective", "objective", NULL, "of the verified plan", read_objective, true},
};
enum { N_MEASURES = sizeof measures / sizeof *measures };

const struct rms_measure *rms_measure_at(size_t i)
{
  return i < N_MEASURES ? &measures[i] : NULL;
}

int rms_measure_find(const char *name, const struct rms_measure **measure, struct rms_error *err)
{
  struct rms_text names = {0};
  for (size_t i = 0; i < N_MEASURES; i++) {
    if (!strcmp(measures[i].name, name)) {
      *measure = &measures[i];
      rms_text_fini(&names);
      return RMS_OK;
    }
    rms_text_printf(&names, " %s", measures[i].name);
  }
  const int status = rms_error_set(err, RMS_E_USAGE, "measure '%.40s' is none of:%s", name,
                                   names.data ? names.data : "");
  rms_text_fini(&names);
  return status;
}
