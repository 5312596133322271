/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Encoded timelines, and plan files of family jobs, from hostile bytes: judged, never trusted. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "instances/jobs/check.h"
#include "instances/jobs/files.h"
#include "instances/jobs/generate.h"
#include "instances/jobs/metrics.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct rms_instance *instance(void)
{
  static struct rms_instance *kept;
  if (!kept && rms_jobs_generate(&kept, "machines=2,jobs=4,scope=slice", NULL) < 0) abort();
  return kept;
}

static void judge(const struct rms_instance *inst, const void *bytes, size_t n)
{
  struct rms_verdict verdict;
  struct rms_text text = {0};
  if (rms_jobs_check(inst, bytes, n, NULL, &verdict) < 0) abort();
  if (rms_jobs_write_metrics(inst, bytes, n, &text) < 0) abort();
  if ((text.length > 0) != (verdict.kind == RMS_VERDICT_VERIFIED_FEASIBLE)) abort();
  rms_text_fini(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  const struct rms_instance *const inst = instance();
  struct rms_claim claim;
  void *bytes = NULL;
  size_t n = 0;
  judge(inst, data, size);
  if (rms_jobs_plan_file_parse(inst, (const char *)data, size, "fuzz", &bytes, &n, &claim, NULL) <
      0)
    return 0;
  judge(inst, bytes, n);
  free(bytes);
  return 0;
}
