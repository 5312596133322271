/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Instances of family `serve` for the kit. Rates grow a little slower than the compute of a slice,
 * demands are a multiple of a machine's work; both from Philox with a fixed key. */
#include <math.h>

#include "harness/conformance/cases.h"
#include "harness/conformance/optimum_serve.h"
#include "instances/base/rng.h"
#include "instances/machine.h"
#include "instances/serve/serve.h"

struct recipe {
  const char *machines[2]; /* of the pools; NULL: no second pool */
  int stock[2];            /* -1: no limit */
  int services;
  double lo, hi; /* demand of a service in machines */
  bool has_orphan;
};

static const struct recipe recipes[RMS_KIT_TINY] = {
    [RMS_KIT_EMPTY] = {{"a30-24gb", NULL}, {-1, -1}, 0, 1, 1, false},
    [RMS_KIT_ONE] = {{"a30-24gb", NULL}, {-1, -1}, 1, 0.4, 0.9, false},
    [RMS_KIT_TWO] = {{"a100-80gb", NULL}, {-1, -1}, 2, 0.3, 1.2, false},
    [RMS_KIT_SHORT] = {{"a30-24gb", NULL}, {1, -1}, 2, 1.5, 1.6, false},
    [RMS_KIT_HOPELESS] = {{"a30-24gb", NULL}, {-1, -1}, 2, 0.3, 0.6, true},
    [RMS_KIT_SMALL] = {{"a100-80gb", NULL}, {-1, -1}, 6, 0.3, 2.5, false},
    [RMS_KIT_MEDIUM] = {{"a100-80gb", "a30-24gb"}, {-1, 30}, 24, 0.3, 4, false},
};

static struct recipe tiny_recipe(int i)
{
  static const char *const machines[] = {"a30-24gb", "a100-80gb"};
  struct recipe r = {.machines = {machines[i % 2]}, .stock = {-1, -1}, .services = 1 + i % 3};
  r.lo = 0.2;
  r.hi = r.services == 3 ? 0.9 : 1.4;
  if (i % 5 == 3) r.machines[1] = machines[(i + 1) % 2], r.stock[1] = 1;
  if (i % 5 == 4) r.stock[0] = r.services; /* often, not always, enough */
  if (i == 19) r.stock[0] = 1, r.lo = 1.1, r.hi = 1.3;
  return r;
}

/* A profile that the case offers: plain ones only, so that enumeration stays small. */
static bool is_plain(const struct rms_profile *profile)
{
  return profile->group < 0 && profile->name[0] != '\0';
}

static double rate_of(const struct rms_profile *profile, double speed)
{
  return round(speed * pow(profile->compute, 0.9) * 10) / 10;
}

static void add_rates(struct rms_text *json, const struct rms_machine *machine, double speed,
                      struct rms_rng *rng)
{
  bool first = true;
  rms_text_printf(json, "\"%s\":{", machine->name);
  for (int p = 0; p < machine->n_profiles; p++) {
    const struct rms_profile *profile = &machine->profiles[p];
    if (!is_plain(profile)) continue;
    rms_text_printf(json, "%s\"%s\":", first ? "" : ",", profile->name);
    rms_text_double(json, rate_of(profile, speed * rms_rng_uniform(rng, 0.9, 1.1)));
    first = false;
  }
  rms_text_add(json, "}");
}

static void add_service(struct rms_text *json, const struct recipe *r,
                        struct rms_machine *const *machines, int number, struct rms_rng *rng)
{
  const double speed = round(rms_rng_uniform(rng, 20, 200));
  const double machines_wanted = rms_rng_uniform(rng, r->lo, r->hi);
  const double demand = round(machines_wanted * speed * pow(machines[0]->compute_units, 0.9));
  rms_text_printf(json, "%s{\"name\":\"service-%d\",\"demand\":", number ? "," : "", number);
  rms_text_double(json, fmax(demand, 1));
  rms_text_add(json, ",\"throughput\":{");
  if (!(r->has_orphan && number == 0))
    for (int m = 0; m < 2 && machines[m]; m++) {
      if (m) rms_text_add(json, ",");
      add_rates(json, machines[m], speed, rng);
    }
  rms_text_add(json, "}}");
}

static void write_json(struct rms_text *json, const struct recipe *r,
                       struct rms_machine *const *machines, int number)
{
  struct rms_rng rng = {.key = {20, (uint64_t)number}, .purpose = RMS_PURPOSE_INSTANCE};
  rms_text_printf(
      json, "{\"format\":\"rms-instance/1\",\"family\":\"serve\",\"name\":\"kit-%d\",\"pools\":[",
      number);
  for (int m = 0; m < 2 && machines[m]; m++) {
    rms_text_printf(json, "%s{\"machine\":\"%s\",\"cost\":%d", m ? "," : "", machines[m]->name,
                    machines[1] && machines[m]->compute_units > 4 ? 2 : 1);
    if (r->stock[m] >= 0) rms_text_printf(json, ",\"count\":%d", r->stock[m]);
    rms_text_add(json, "}");
  }
  rms_text_add(json, "],\"services\":[");
  for (int s = 0; s < r->services; s++) add_service(json, r, machines, s, &rng);
  rms_text_add(json, "]}");
}

static int make(struct rms_instance **result, int number, struct rms_error *err)
{
  const struct recipe r =
      number < RMS_KIT_TINY ? recipes[number] : tiny_recipe(number - RMS_KIT_TINY);
  struct rms_machine *machines[2] = {NULL, NULL};
  struct rms_text json = {0};
  int status = RMS_OK;

  for (int m = 0; m < 2 && r.machines[m]; m++)
    RMS_TRY(rms_machine_builtin(&machines[m], r.machines[m], err));
  write_json(&json, &r, machines, number);
  RMS_TRY(rms_text_status(&json));
  status = rms_family_serve.parse(result, json.data, json.length, "instance of the kit", err);
  /* A family may say that such a thing is no instance at all. */
  if ((number == RMS_KIT_EMPTY || number == RMS_KIT_HOPELESS) &&
      (status == RMS_E_FORMAT || status == RMS_E_INSTANCE))
    status = RMS_E_UNSUPPORTED;
out:
  rms_text_fini(&json);
  rms_machine_free(machines[1]);
  rms_machine_free(machines[0]);
  return status;
}

const struct rms_kit_cases rms_kit_cases_serve = {
    .family = "serve", .make = make, .optimum = rms_kit_optimum_serve};
