/* SPDX-License-Identifier: GPL-3.0-or-later */
/* feature.h - a number of the instance of a run, for the horizontal axis of a figure. */
#ifndef RMS_FEATURE_H
#define RMS_FEATURE_H

#include "harness/record.h"

struct rms_feature {     /* runs of one instance follow each other: what it said is kept */
  const char *name;      /* borrowed */
  const char *reference; /* NULL at first */
  double value;
};

/* An rms_number_fn whose context is a struct rms_feature. Errors: rms_instance_number. */
int rms_feature_of(void *feature, const struct rms_run *run, double *value, struct rms_error *err);

#endif
