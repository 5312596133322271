/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_instance.h - the instance against which plans are fuzzed: two pools of one machine with
 * different rules, one limited pool of another. */
#ifndef RMS_FUZZ_INSTANCE_H
#define RMS_FUZZ_INSTANCE_H

#include <stdlib.h>
#include <string.h>

#include "instances/serve/files.h"

/* Read once and kept for the life of the process. */
static inline const struct rms_instance *rms_fuzz_instance(void)
{
  static struct rms_instance *kept;
  if (kept) return kept;
  static const char text[] =
      "{ \"format\": \"rms-instance/1\", \"family\": \"serve\", \"name\": \"fuzz\", \"pools\": ["
      "  { \"name\": \"old\", \"machine\": \"a100-40gb\", \"rules\": \"r470\", \"count\": 2, "
      "\"cost\": 3 },"
      "  { \"machine\": \"a30-24gb\", \"count\": 3, \"cost\": 2 },"
      "  { \"name\": \"new\", \"machine\": \"a100-40gb\", \"rules\": \"r510\", \"cost\": 4 } ],"
      "  \"services\": ["
      "  { \"name\": \"x\", \"demand\": 10, \"throughput\": {"
      "    \"a30-24gb\": { \"1g.6gb\": 1.5, \"4g.24gb\": 7 },"
      "    \"a100-40gb\": { \"3g.20gb\": 4, \"4g.20gb\": 5 } } },"
      "  { \"name\": \"y\", \"demand\": 3, \"throughput\": { \"a30-24gb\": { \"2g.12gb\": 2 } } } "
      "] }";
  struct rms_instance *inst = NULL;
  if (rms_serve_parse(&inst, text, strlen(text), "fuzz", NULL) < 0) abort();
  kept = inst;
  return kept;
}

#endif
