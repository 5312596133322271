/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Model files of predictors from hostile bytes: what is accepted reads back to the same bytes and
 * predicts within its range; what is refused says why. */
#include <stdlib.h>
#include <string.h>

#include "solvers/jobs/predict.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int is_good)
{
  if (!is_good) abort();
}

static void predict(const struct rms_predictor *p)
{
  static const struct rms_mps_row rows[3] = {
      {{10000, 1, 1}}, {{1, 10000, 10000}}, {{5000, 6000, 10000}}};
  double speed[3][RMS_SLICE_SIZES];
  rms_predict_speeds(p, rows, 3, speed);
  for (int j = 0; j < 3; j++)
    for (int s = 0; s < RMS_SLICE_SIZES; s++)
      check(speed[j][s] >= RMS_PREDICTED_SPEED_MIN && speed[j][s] <= 1.2);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct rms_predictor *p = NULL, *again = NULL;
  struct rms_error err = {0};
  struct rms_text one = {0}, two = {0};
  if (rms_predictor_parse(&p, (const char *)data, size, "m.json", &err) < 0) {
    check(p == NULL && err.status < 0 && err.text[0]);
    return 0;
  }
  predict(p);
  check(rms_predictor_write(p, &one) == RMS_OK);
  check(rms_predictor_parse(&again, one.data, one.length, "again.json", &err) == RMS_OK);
  check(rms_predictor_write(again, &two) == RMS_OK && !strcmp(one.data, two.data));
  rms_text_fini(&two);
  rms_text_fini(&one);
  rms_predictor_free(again);
  rms_predictor_free(p);
  return 0;
}
