/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cluster_real.h - what a real run says about the cost of the harness: the points beside which a
 * forecast of cluster_model.h is put. */
#ifndef RMS_CLUSTER_REAL_H
#define RMS_CLUSTER_REAL_H

#include <stddef.h>
#include <stdint.h>

#include "instances/base/error.h"

struct rms_cluster_real {
  int ranks;
  uint64_t jobs;
  double *times;  /* [jobs] wall seconds of each, malloc'ed; in the order of the records */
  double work;    /* their sum */
  double seconds; /* from the start of the first to the end of the last */
};

/* Read a run folder that one launch filled. RMS_E_USAGE when there were several launches (the time
 * between them is nobody's), RMS_E_IO when it holds no run. */
int rms_cluster_real_load(struct rms_cluster_real *real, const char *folder, struct rms_error *err);
void rms_cluster_real_fini(struct rms_cluster_real *real); /* accepts a zeroed one */

#endif
