/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Conservation on random traces: random policies and every built-in one of family jobs run on small
 * random instances; each timeline must pass the checker, and damaged ones must not.
 *   jobs_wild [TRACES [FIRST-SEED]] */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "fake_host.h"
#include "instances/jobs/check.h"
#include "instances/jobs/generate.h"
#include "solvers/registry.h"
#include "wild.h"

struct counts {
  uint64_t traces, timelines, runs, mps_runs, cuts, damaged, unsupported, wrong;
};

static void complain(struct counts *c, uint64_t seed, const char *who, const char *what)
{
  c->wrong++;
  printf("seed %" PRIu64 ", %s: %s\n", seed, who, what);
}

/* A microsecond less or more at the end of a job is a lie. */
static void try_damage(const struct rms_jobs *inst, struct rms_timeline *t, uint64_t seed,
                       struct counts *c)
{
  size_t last = 0;
  for (size_t i = 0; i < t->n_runs; i++)
    if (t->runs[i].stop_us > t->runs[last].stop_us) last = i;
  for (int delta = -1; delta <= 1; delta += 2) {
    struct rms_jobs_audit audit;
    t->runs[last].stop_us += delta;
    if (rms_jobs_audit(inst, t, &audit) < 0 || audit.is_feasible)
      complain(c, seed, "checker", "a damaged timeline is called right");
    rms_jobs_audit_fini(&audit);
    t->runs[last].stop_us -= delta;
    c->damaged++;
  }
}

static void try_wild(const struct rms_jobs *inst, uint64_t seed, struct counts *c)
{
  struct rms_wild wild = {.seed = seed, .orders = 80};
  struct rms_timeline t = {0};
  struct rms_error err = {0};
  struct rms_jobs_audit audit = {.is_feasible = false};
  if (rms_simulate(inst, &rms_wild_policy, &wild, NULL, NULL, &t, NULL, &err) < 0)
    complain(c, seed, "random policy", err.text);
  else if (rms_jobs_audit(inst, &t, &audit) < 0 || !audit.is_feasible)
    complain(c, seed, "random policy", audit.why);
  else
    try_damage(inst, &t, seed, c);
  c->timelines++;
  c->runs += t.n_runs;
  c->cuts += t.n_cuts;
  for (size_t i = 0; i < t.n_runs; i++) c->mps_runs += t.runs[i].start == RMS_TIMELINE_MPS;
  rms_jobs_audit_fini(&audit);
  rms_timeline_fini(&t);
}

static void try_solvers(const struct rms_instance *inst, uint64_t seed, struct counts *c)
{
  for (size_t i = 0; rms_builtin_solvers[i]; i++) {
    const struct rms_solver *const solver = rms_builtin_solvers[i];
    if (!solver->supports(inst)) continue;
    struct rms_fake_host fake;
    rms_fake_host_init(&fake, inst);
    fake.seed = seed;
    const int outcome = rms_fake_host_run(&fake, solver, NULL);
    if (outcome == RMS_UNSUPPORTED)
      c->unsupported++;
    else if (outcome < 0 || fake.broken[0])
      complain(c, seed, solver->name, fake.broken[0] ? fake.broken : fake.last_log);
    c->timelines++;
    rms_fake_host_fini(&fake);
  }
}

int main(int argc, char **argv)
{
  const uint64_t n = argc > 1 ? strtoull(argv[1], NULL, 10) : 10000;
  const uint64_t first = argc > 2 ? strtoull(argv[2], NULL, 10) : 0;
  struct counts c = {0};
  for (uint64_t seed = first; seed < first + n; seed++) {
    struct rms_instance *inst = NULL;
    struct rms_error err = {0};
    char spec[512];
    rms_wild_spec(seed, spec, sizeof spec);
    if (rms_jobs_generate(&inst, spec, &err) < 0) {
      complain(&c, seed, "generator", err.text);
      continue;
    }
    c.traces++;
    try_wild(rms_jobs_of(inst), seed, &c);
    try_solvers(inst, seed, &c);
    rms_instance_free(inst);
  }
  printf("%" PRIu64 " traces, %" PRIu64 " timelines, %" PRIu64 " random runs (%" PRIu64
         " under MPS), %" PRIu64 " cuts, %" PRIu64 " damaged, %" PRIu64 " unsupported, %" PRIu64
         " wrong\n",
         c.traces, c.timelines, c.runs, c.mps_runs, c.cuts, c.damaged, c.unsupported, c.wrong);
  return c.wrong != 0;
}
