/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/feature.h"

#include <string.h>

#include "instances/family.h"

int rms_feature_of(void *ctx, const struct rms_run *run, double *value, struct rms_error *err)
{
  struct rms_feature *feature = ctx;
  int status = RMS_OK;
  if (!feature->reference || strcmp(feature->reference, run->reference) != 0) {
    RMS_TRY(rms_instance_number(run->reference, feature->name, &feature->value, err));
    feature->reference = run->reference;
  }
  *value = feature->value;
out:
  return status;
}
