/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Instances from hostile bytes: what is accepted must write to a text that reads back to itself;
 * what is refused must say why. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "instances/serve/files.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int is_good)
{
  if (!is_good) abort();
}

static void write_and_read(const struct rms_instance *inst)
{
  struct rms_text once = {0}, twice = {0}, features = {0};
  struct rms_instance *again = NULL;
  struct rms_error err = {0};
  check(rms_serve_write(inst, &once) == RMS_OK);
  check(rms_serve_parse(&again, once.data, once.length, "again", &err) == RMS_OK);
  check(rms_serve_write(again, &twice) == RMS_OK);
  check(strcmp(once.data, twice.data) == 0);
  check(rms_serve_features(inst, &features) == RMS_OK);
  rms_instance_free(again);
  rms_text_fini(&once);
  rms_text_fini(&twice);
  rms_text_fini(&features);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct rms_instance *inst = NULL;
  struct rms_error err = {0};
  const int status = rms_serve_parse(&inst, (const char *)data, size, "fuzz", &err);
  if (status == RMS_OK) {
    write_and_read(inst);
    rms_instance_free(inst);
  } else {
    check(inst == NULL && err.status == status && err.text[0]);
  }
  return 0;
}
