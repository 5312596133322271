/* SPDX-License-Identifier: GPL-3.0-or-later */
/* measure.h - what tables and figures read off one run. */
#ifndef RMS_MEASURE_H
#define RMS_MEASURE_H

#include "analysis/compare.h"
#include "instances/base/error.h"

struct rms_measure {                     /* constant */
  const char *name, *label, *unit, *doc; /* unit of *value: "s", "MiB", "" */
  /* Did the run get there? *value is the amount; when it did not, the limit that it was stopped at
   * (PAR1: an unsuccessful run counts as one that took all it was allowed). */
  bool (*read)(const struct rms_result *result, double *value);
  bool has_no_limit; /* of a run that did not get there nothing is known: *value is very large */
};

/* proof, proof-cpu, best, total, cpu, memory, objective. NULL past the end. */
const struct rms_measure *rms_measure_at(size_t i);

/* By name; RMS_E_USAGE with the list. */
int rms_measure_find(const char *name, const struct rms_measure **measure, struct rms_error *err);

#endif
