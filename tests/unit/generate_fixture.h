/* SPDX-License-Identifier: GPL-3.0-or-later */
/* generate_fixture.h - a generated instance of family serve. Include it after cmocka.h. */
#ifndef RMS_TEST_GENERATE_FIXTURE_H
#define RMS_TEST_GENERATE_FIXTURE_H

#include <stdint.h>

#include "instances/serve/generate.h"

static inline const struct rms_serve *make(const char *spec)
{
  struct rms_instance *inst = NULL;
  struct rms_error err = {0};
  if (rms_serve_generate(&inst, spec, &err) < 0) fail_msg("%s", err.text);
  return rms_serve_of(inst);
}

static inline void drop(const struct rms_serve *inst)
{
  rms_family_serve.free_instance((struct rms_instance *)(uintptr_t)&inst->base);
}

static inline void write_one(struct rms_text *text, const char *spec)
{
  const struct rms_serve *inst = make(spec);
  assert_int_equal(rms_family_serve.write(&inst->base, text), RMS_OK);
  drop(inst);
}

static inline void identify(const char *spec, struct rms_hash *hash)
{
  struct rms_error err = {0};
  if (rms_serve_identify(spec, hash, &err) < 0) fail_msg("%s", err.text);
}

#endif
