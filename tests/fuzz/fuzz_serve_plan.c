/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Encoded plans from hostile bytes: decode, judge, write as a file and read it back. */
#include <math.h>
#include <stdint.h>

#include "fuzz_instance.h"
#include "instances/serve/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int is_good)
{
  if (!is_good) abort();
}

static void same_through_a_file(const struct rms_instance *inst, const void *bytes, size_t n,
                                const struct rms_verdict *verdict)
{
  const struct rms_claim claim = {.objective = {verdict->objective[0]}, .bound = NAN};
  struct rms_text file = {0};
  struct rms_claim read;
  struct rms_verdict again;
  void *back = NULL;
  size_t n_back = 0;
  check(rms_serve_plan_file_write(inst, bytes, n, &claim, "feasible", &file, NULL) == RMS_OK);
  if (rms_serve_plan_file_parse(inst, file.data, file.length, "file", &back, &n_back, &read,
                                NULL) == RMS_OK) {
    check(rms_serve_check(inst, back, n_back, &read, &again) == RMS_OK);
    check(again.objective[0] == verdict->objective[0]);
    check(again.kind == verdict->kind);
    free(back);
  }
  rms_text_fini(&file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  const struct rms_instance *const inst = rms_fuzz_instance();
  struct rms_verdict verdict;
  struct rms_serve_plan plan = {0};
  check(rms_serve_check(inst, data, size, NULL, &verdict) == RMS_OK);
  const int status = rms_serve_plan_decode(&plan, data, size, NULL);
  if (status < 0) {
    check(size == 0 || verdict.kind == RMS_VERDICT_INFEASIBLE_SOLUTION);
  } else {
    struct rms_text bytes = {0};
    check(rms_serve_plan_encode(&plan, &bytes) == RMS_OK);
    check(bytes.length == size && memcmp(bytes.data, data, size) == 0);
    rms_text_fini(&bytes);
    if (verdict.kind == RMS_VERDICT_VERIFIED_FEASIBLE ||
        verdict.kind == RMS_VERDICT_VERIFIED_OPTIMAL)
      if (!plan.certificate.is_present || !isnan(verdict.bound))
        same_through_a_file(inst, data, size, &verdict);
  }
  rms_serve_plan_fini(&plan);
  return 0;
}
