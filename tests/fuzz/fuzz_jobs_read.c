/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Instances of family jobs from hostile bytes: what is accepted is written and read back alike. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "instances/jobs/files.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct rms_instance *inst = NULL, *again = NULL;
  struct rms_text a = {0}, b = {0};
  if (rms_jobs_parse(&inst, (const char *)data, size, "fuzz", NULL) < 0) return 0;
  if (rms_jobs_write(inst, &a) < 0) abort();
  if (rms_jobs_parse(&again, a.data, a.length, "again", NULL) < 0) abort();
  if (rms_jobs_write(again, &b) < 0) abort();
  if (a.length != b.length || memcmp(a.data, b.data, a.length) != 0) abort();
  rms_text_fini(&a);
  rms_text_fini(&b);
  rms_instance_free(again);
  rms_instance_free(inst);
  return 0;
}
