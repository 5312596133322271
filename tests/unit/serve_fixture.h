/* SPDX-License-Identifier: GPL-3.0-or-later */
/* serve_fixture.h - small instances of family serve and helpers, for several tests. */
#ifndef RMS_TEST_SERVE_FIXTURE_H
#define RMS_TEST_SERVE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "instances/serve/files.h"

/* Two services on A100s without limit. */
#define SERVE_SMALL                                                                                \
  "{ \"format\": \"rms-instance/1\", \"family\": \"serve\", \"name\": \"small\",\n"                \
  "  \"pools\": [ { \"machine\": \"a100-80gb\" } ],\n"                                             \
  "  \"services\": [\n"                                                                            \
  "    { \"name\": \"a\", \"demand\": 460, \"slo_ms\": 250, \"throughput\": { \"a100-80gb\":"      \
  "      { \"1g.10gb\": 148.8, \"2g.20gb\": 265.1, \"3g.40gb\": 330, \"4g.40gb\": 351.2,"          \
  "        \"7g.80gb\": 402.7 } } },\n"                                                            \
  "    { \"name\": \"b\", \"demand\": 90.5, \"throughput\": { \"a100-80gb\":"                      \
  "      { \"2g.20gb\": 30, \"3g.40gb\": 55.25, \"7g.80gb\": 100 } } } ] }"

/* Two limited pools of one machine, one of another, operating points. */
#define SERVE_POOLS                                                                                \
  "{ \"format\": \"rms-instance/1\", \"family\": \"serve\", \"name\": \"pools\", \"pools\": [\n"   \
  "  { \"name\": \"old\", \"machine\": \"a100-40gb\", \"rules\": \"r470\", \"count\": 2,"          \
  "    \"cost\": 3 },\n"                                                                           \
  "  { \"machine\": \"a30-24gb\", \"count\": 3, \"cost\": 2 },\n"                                  \
  "  { \"name\": \"new\", \"machine\": \"a100-40gb\", \"rules\": \"r510\", \"count\": null,"       \
  "    \"cost\": 4 } ],\n"                                                                         \
  "  \"services\": [\n"                                                                            \
  "  { \"name\": \"x\", \"demand\": 10, \"throughput\": { \"a30-24gb\": { \"1g.6gb\": 1.5,"        \
  "    \"4g.24gb\": 7 }, \"a100-40gb\": { \"3g.20gb\": 4, \"4g.20gb\": 5 } },\n"                   \
  "    \"operating_point\": { \"a100-40gb\": { \"4g.20gb\": { \"batch\": 8, \"processes\": 2 } }," \
  "      \"a30-24gb\": { \"4g.24gb\": { \"processes\": 3 } } } },\n"                               \
  "  { \"name\": \"y\", \"demand\": 3, \"throughput\": { \"a30-24gb\": { \"2g.12gb\": 2 } } } ] }"

/* One service on an A100: its demand, the members of its throughput, more members of the pool
 * (", \"count\": 2"). */
#define SERVE_ONE(demand, rates, pool)                                                             \
  "{ \"format\": \"rms-instance/1\", \"family\": \"serve\", \"name\": \"one\", \"pools\": [ {"     \
  " \"machine\": \"a100-80gb\"" pool                                                               \
  " } ], \"services\": [ { \"name\": \"s\", \"demand\": " demand                                   \
  ", \"throughput\": { \"a100-80gb\": {" rates "} } } ] }"
/* No service at all. */
#define SERVE_NONE                                                                                 \
  "{ \"format\": \"rms-instance/1\", \"family\": \"serve\", \"name\": \"none\", \"pools\": [ {"    \
  " \"machine\": \"a100-80gb\" } ], \"services\": [ ] }"

static inline struct rms_serve *serve_open(const char *text)
{
  struct rms_instance *inst = NULL;
  struct rms_error err = {0};
  if (rms_serve_parse(&inst, text, strlen(text), "test", &err)) fail_msg("%s", err.text);
  union {
    const struct rms_serve *borrowed;
    struct rms_serve *owned;
  } serve = {.borrowed = rms_serve_of(inst)};
  return serve.owned;
}

/* Index of the profile of that name on the pool's machine. */
static inline uint16_t serve_profile(const struct rms_serve *inst, size_t pool, const char *name)
{
  const int p = rms_machine_profile(inst->machines[inst->pools[pool].machine], name);
  assert_true(p >= 0);
  return (uint16_t)p;
}

#endif
