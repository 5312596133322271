/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A sweep file from hostile bytes: it is refused with a reason, or it gives jobs with distinct
 * identities. Files and plugins that it names are looked for in an empty folder. */
#include <stdlib.h>
#include <string.h>

#include "harness/sweep.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int is_good)
{
  if (!is_good) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct rms_sweep *sweep = NULL;
  struct rms_error err = {0};
  /* "plugin" would run foreign code from wherever the bytes point to. */
  if (size > 4096 || memmem(data, size, "plugin", 6)) return 0;
  int status =
      rms_sweep_parse(&sweep, (const char *)data, size, "fuzz.ini", "/nonexistent", NULL, 0, &err);
  check(status == RMS_OK || err.text[0]);
  for (size_t i = 1; status == RMS_OK && i < sweep->n_jobs && i < 100; i++)
    check(rms_hash_compare(sweep->jobs[i - 1].id, sweep->jobs[i].id) != 0);
  rms_sweep_free(sweep);
  return 0;
}
