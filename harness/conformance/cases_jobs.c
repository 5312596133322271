/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Instances of family `jobs` for the kit. Those whose optimum is known are made so that cutting
 * anew and stopping a job never pay (optimum_jobs.h); the others are generated ones, with phases,
 * MPS and overheads of the usual size. */
#include <math.h>

#include "harness/conformance/cases.h"
#include "harness/conformance/optimum_jobs.h"
#include "instances/base/rng.h"
#include "instances/jobs/jobs.h"

struct recipe {
  const char *machine;
  int machines, jobs;
  double lo, hi; /* work of a job, s at full speed */
  double gap;    /* arrivals are within so many seconds, times jobs */
  bool has_orphan;
};

static const struct recipe recipes[RMS_KIT_SMALL] = {
    [RMS_KIT_EMPTY] = {"a30-24gb", 1, 0, 1, 1, 0, false},
    [RMS_KIT_ONE] = {"a30-24gb", 1, 1, 20, 90, 10, false},
    [RMS_KIT_TWO] = {"a100-40gb", 1, 2, 20, 90, 10, false},
    [RMS_KIT_HOPELESS] = {"a30-24gb", 1, 2, 20, 90, 10, true},
};

static struct recipe tiny_recipe(int i)
{
  struct recipe r = {.machine = i % 2 ? "a100-40gb" : "a30-24gb",
                     .machines = 1 + (i % 4 == 2),
                     .jobs = 1 + i % 4,
                     .lo = i % 3 ? 10 : 100,
                     .hi = 120,
                     .gap = i % 5 * 12};
  if (r.machines == 2) r.jobs = 2 + i % 3;
  return r;
}

/* Slower than its part of the machine, or nearly as fast as the whole: types differ. */
static void add_speeds(struct rms_text *json, const struct rms_machine *machine,
                       struct rms_rng *rng)
{
  const double power = rms_rng_uniform(rng, 0.2, 1.1);
  bool first = true;
  rms_text_printf(json, "\"%s\":{", machine->name);
  for (int p = 0; p < machine->n_profiles; p++) {
    const struct rms_profile *profile = &machine->profiles[p];
    if (profile->group >= 0 || profile->name[0] == '\0') continue;
    const double part = (double)profile->compute / machine->compute_units;
    rms_text_printf(json, "%s\"%s\":", first ? "" : ",", profile->name);
    rms_text_double(json, round(pow(part, power) * 1e4) / 1e4);
    first = false;
  }
  rms_text_add(json, "}");
}

static void write_types(struct rms_text *json, const struct recipe *r,
                        const struct rms_machine *machine, struct rms_rng *rng)
{
  rms_text_add(json, "\"types\":[");
  for (int t = 0; t < r->jobs; t++) {
    rms_text_printf(json,
                    "%s{\"name\":\"type-%d\",\"model\":\"kit\",\"memory_mib\":0,\"checkpoint_s\":"
                    "86400,\"restart_s\":0,\"speed\":{",
                    t ? "," : "", t);
    if (!(r->has_orphan && t == 0)) add_speeds(json, machine, rng);
    rms_text_add(json, "},\"mps\":[]}");
  }
  rms_text_add(json, "],");
}

static void write_json(struct rms_text *json, const struct recipe *r,
                       const struct rms_machine *machine, int number)
{
  struct rms_rng rng = {.key = {21, (uint64_t)number}, .purpose = RMS_PURPOSE_INSTANCE};
  rms_text_printf(json,
                  "{\"format\":\"rms-instance/1\",\"family\":\"jobs\",\"name\":\"kit-%d\","
                  "\"pools\":[{\"machine\":\"%s\",\"count\":%d}],\"levels\":[],\"overheads\":{"
                  "\"recut_s\":86400,\"settle_s\":0,\"mps_s\":0,\"phase_s\":30,\"phase\":[],"
                  "\"scope\":\"machine\",\"measure\":\"model\",\"noise\":0,\"noise_seed\":0},",
                  number, machine->name, r->machines);
  write_types(json, r, machine, &rng);
  rms_text_add(json, "\"jobs\":[");
  for (int j = 0; j < r->jobs; j++) {
    rms_text_printf(json, "%s{\"type\":\"type-%d\",\"arrival_s\":", j ? "," : "", j);
    rms_text_double(json, round(rms_rng_uniform(&rng, 0, r->gap * r->jobs)));
    rms_text_add(json, ",\"work_s\":");
    rms_text_double(json, round(rms_rng_uniform(&rng, r->lo, r->hi) * 1e3) / 1e3);
    rms_text_add(json, "}");
  }
  rms_text_add(json, "]}");
}

static int make_tiny(struct rms_instance **result, int number, struct rms_error *err)
{
  const struct recipe r =
      number < RMS_KIT_SMALL ? recipes[number] : tiny_recipe(number - RMS_KIT_TINY);
  struct rms_machine *machine = NULL;
  struct rms_text json = {0};
  int status = RMS_OK;

  RMS_TRY(rms_machine_builtin(&machine, r.machine, err));
  write_json(&json, &r, machine, number);
  RMS_TRY(rms_text_status(&json));
  status = rms_family_jobs.parse(result, json.data, json.length, "instance of the kit", err);
out:
  rms_text_fini(&json);
  rms_machine_free(machine);
  return status;
}

static int make(struct rms_instance **result, int number, struct rms_error *err)
{
  switch (number) {
  case RMS_KIT_EMPTY: return RMS_E_UNSUPPORTED; /* a trace has a job */
  case RMS_KIT_SHORT: return RMS_E_UNSUPPORTED; /* jobs wait: no cluster is too small */
  case RMS_KIT_SMALL: /* less than 1000 events, so that a policy ends within that work */
    return rms_family_jobs.generate(result, "machines=2,jobs=45,gap=20", err);
  case RMS_KIT_MEDIUM:
    return rms_family_jobs.generate(
        result, "machines=20,jobs=2000,trace=drawn,arrivals=poisson,load=0.9,lengths=philly", err);
  default: return make_tiny(result, number, err);
  }
}

const struct rms_kit_cases rms_kit_cases_jobs = {
    .family = "jobs", .make = make, .optimum = rms_kit_optimum_jobs};
