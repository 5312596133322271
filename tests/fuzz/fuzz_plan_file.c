/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plan files from hostile bytes: what is accepted must encode, be judged, and write to a text that
 * reads back to the same plan; what is refused must say why. */
#include <math.h>
#include <stdint.h>

#include "fuzz_instance.h"
#include "instances/serve/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int is_good)
{
  if (!is_good) abort();
}

static void write_and_read(const struct rms_instance *inst, const void *bytes, size_t n,
                           const struct rms_claim *claim)
{
  const char *const status = isinf(claim->objective[0]) ? "infeasible"
                             : claim->is_optimal        ? "optimal"
                                                        : "feasible";
  struct rms_text file = {0};
  struct rms_claim again;
  void *back = NULL;
  size_t n_back = 0;
  check(rms_serve_plan_file_write(inst, bytes, n, claim, status, &file, NULL) == RMS_OK);
  check(rms_serve_plan_file_parse(inst, file.data, file.length, "file", &back, &n_back, &again,
                                  NULL) == RMS_OK);
  check(n == n_back && memcmp(bytes, back, n) == 0);
  check(again.objective[0] == claim->objective[0] && again.is_optimal == claim->is_optimal);
  free(back);
  rms_text_fini(&file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  const struct rms_instance *const inst = rms_fuzz_instance();
  struct rms_claim claim;
  struct rms_verdict verdict;
  struct rms_error err = {0};
  void *bytes = NULL;
  size_t n = 0;
  const int status =
      rms_serve_plan_file_parse(inst, (const char *)data, size, "fuzz", &bytes, &n, &claim, &err);
  if (status == RMS_OK) {
    check(rms_serve_check(inst, bytes, n, &claim, &verdict) == RMS_OK);
    write_and_read(inst, bytes, n, &claim);
    free(bytes);
  } else {
    check(bytes == NULL && err.status == status && err.text[0]);
  }
  return 0;
}
