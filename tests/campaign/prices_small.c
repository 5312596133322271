/* SPDX-License-Identifier: GPL-3.0-or-later */
/* prices_small.c - the solver `prices` on as many small random instances as a time allows, held
 * against enumeration where it fits and against glpk or cbc otherwise; and certificates with one
 * number changed, which must be refused or leave a weaker bound that is true.
 *
 *   prices_small SECONDS [FIRST-SEED [COUNT]]
 *
 * Instance number S is a pure function of S. What is wrong is printed with its number and its
 * instance; exit code 1 then. */
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "brute.h"
#include "fake_host.h"
#include "instances/serve/check.h"
#include "instances/serve/files.h"
#include "serve_random.h"
#include "solvers/registry.h"

enum { SERVICES = 8, TAMPERED_EACH = 2 };
#define PATIENCE 0.05 /* seconds for each solver */

struct tally {
  uint64_t n, enumerated, compared, proved, verified, infeasible, refuted, open, wrong;
  uint64_t tampered, refused, weaker, kept;
};

/* ---- instances ----------------------------------------------------------------------------------
 */

enum shape { LINEAR, SUB, SUPER, MIXED, JAG, MID, COARSE, SHAPES };

static const char *const models[] = {"a100-80gb",    "a30-24gb",          "h100-80gb",
                                     "mi300x-192gb", "rtx-pro-6000-96gb", "a100-40gb"};
enum { MODELS = sizeof models / sizeof *models };

struct service_shape {
  enum shape shape;
  double base, power, peak;
};

static double units_of(const struct rms_machine *machine, const struct rms_profile *profile)
{
  return machine->compute_units > 0 ? profile->compute + 0.1 * profile->memory : profile->memory;
}

static int64_t rate_of(struct rms_rng *rng, const struct service_shape *s, double units)
{
  double rate = s->base * pow(units, s->power);
  if (s->shape == MIXED) rate *= rms_rng_uniform(rng, 0.95, 1.05);
  if (s->shape == JAG) rate *= rms_rng_uniform(rng, 0.7, 1.3);
  if (s->shape == MID) rate *= pow(0.88, fabs(log2(units / s->peak)));
  if (s->shape == COARSE) return (int64_t)ceil(rate) * RMS_MICRO;
  return (int64_t)(rate * (double)RMS_MICRO) + 1;
}

static void draw_service(struct rms_rng *rng, enum shape shape, struct service_shape *s)
{
  *s = (struct service_shape){.shape = shape, .base = 10, .power = 1};
  if (shape == SUB) s->power = rms_rng_uniform(rng, 0.5, 0.9);
  if (shape == SUPER) s->power = rms_rng_uniform(rng, 1.05, 1.4);
  if (shape == MIXED || shape == JAG) s->power = rms_rng_uniform(rng, 0.6, 1.3);
  if (shape == MID) s->peak = rms_rng_uniform(rng, 1, 5);
  if (shape == COARSE) s->base = (double)(1 + rms_rng_below(rng, 3));
}

static void add_pools(struct rms_rng *rng, struct rms_serve_spec *spec)
{
  static const char *const names[] = {"one", "two"};
  const size_t n = rms_rng_unit(rng) < 0.35 ? 2 : 1;
  size_t before = MODELS;
  for (size_t p = 0; p < n; p++) {
    size_t model = (size_t)rms_rng_below(rng, MODELS);
    if (model == before) model = (model + 1) % MODELS;
    before = model;
    if (rms_machine_builtin(&spec->machines[p], models[model], NULL)) return;
    spec->n_machines++;
    spec->pools[p].name = names[p];
    spec->pools[p].machine = (uint16_t)p;
    spec->pools[p].rules = (int)rms_rng_below(rng, (uint64_t)spec->machines[p]->n_rules);
    spec->pools[p].cost = n > 1 ? (int64_t)(1 + rms_rng_below(rng, 9)) : 1;
    spec->pools[p].count = rms_rng_unit(rng) < 0.3 ? (int64_t)rms_rng_below(rng, 7) : -1;
    spec->n_pools++;
  }
}

static size_t add_service(struct rms_rng *rng, struct rms_serve_spec *spec, uint32_t s,
                          enum shape shape, struct rms_serve_service *service,
                          struct rms_serve_entry *entries)
{
  static const char *const names[] = {"a", "b", "c", "d", "e", "f", "g", "h"};
  struct service_shape kind;
  size_t n = 0;
  int64_t top = 1;
  draw_service(rng, shape, &kind);
  for (size_t m = 0; m < spec->n_machines; m++)
    for (int p = 0; p < spec->machines[m]->n_profiles; p++) {
      const struct rms_profile *profile = &spec->machines[m]->profiles[p];
      const int64_t rate = rate_of(rng, &kind, units_of(spec->machines[m], profile));
      const double absent = profile->group >= 0 ? 0.7 : 0.1;
      if (rms_rng_unit(rng) < absent) continue;
      entries[n++] = (struct rms_serve_entry){
          .service = s, .machine = (uint16_t)m, .profile = (uint16_t)p, .rate = rate};
      if (rate > top) top = rate;
    }
  const double demand = rms_rng_uniform(rng, 0.05, shape % 2 ? 1 : 3) * (double)top;
  *service = (struct rms_serve_service){.name = names[s], .slo_ms = NAN};
  service->demand =
      shape == COARSE ? (int64_t)ceil(demand / (double)RMS_MICRO) * RMS_MICRO : (int64_t)demand + 1;
  return n;
}

static struct rms_serve *draw(uint64_t seed)
{
  static struct rms_serve_entry entries[SERVICES * 2 * RMS_PROFILES_MAX];
  struct rms_rng rng = {.key = {.seed = seed, .job = 77}, .purpose = RMS_PURPOSE_INSTANCE};
  struct rms_serve_service services[SERVICES];
  struct rms_serve_spec spec = {.name = "small", .services = services, .entries = entries};
  struct rms_serve *inst = NULL;
  const enum shape shape = (enum shape)(seed % SHAPES);
  add_pools(&rng, &spec);
  spec.n_services = 1 + (size_t)rms_rng_below(&rng, SERVICES);
  for (uint32_t s = 0; s < spec.n_services; s++)
    spec.n_entries += add_service(&rng, &spec, s, shape, &services[s], entries + spec.n_entries);
  if (spec.n_pools == 0 || rms_serve_build(&inst, &spec, NULL) < 0)
    for (size_t m = 0; m < spec.n_machines; m++) rms_machine_free(spec.machines[m]);
  return inst;
}

/* Every fourth one comes from the tests' own source, with more ties and smaller demands. */
static struct rms_serve *instance(uint64_t seed)
{
  const struct serve_random shape = {
      .services = 5, .demand = 4, .has_pools = seed % 8 == 0, .has_stock = seed % 3 == 0};
  return seed % 4 == 0 ? serve_random(seed, &shape) : draw(seed);
}

/* ---- judging ------------------------------------------------------------------------------------
 */

__attribute__((format(printf, 4, 5))) static void
wrong(struct tally *tally, uint64_t seed, const struct rms_serve *inst, const char *fmt, ...)
{
  struct rms_text text = {0};
  va_list args;
  tally->wrong++;
  printf("WRONG %" PRIu64 ": ", seed);
  va_start(args, fmt);
  vprintf(fmt, args);
  va_end(args);
  rms_serve_write(&inst->base, &text);
  printf("\n%s\n", text.data ? text.data : "");
  rms_text_fini(&text);
}

static double now(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

struct timed {               /* a host that stops its solver after a while */
  struct rms_fake_host fake; /* first */
  double deadline;
  int (*should_stop)(void *ctx, uint64_t work);
};

static int is_late(void *ctx, uint64_t work)
{
  const struct timed *timed = ctx;
  return timed->should_stop(ctx, work) || now() > timed->deadline;
}

static int solve(struct timed *timed, const struct rms_serve *inst, const char *solver)
{
  rms_fake_host_init(&timed->fake, &inst->base);
  timed->should_stop = timed->fake.host.should_stop;
  timed->fake.host.should_stop = is_late;
  timed->deadline = now() + PATIENCE;
  return rms_fake_host_run(&timed->fake, rms_solver_builtin("serve", solver), NULL);
}

struct truth { /* what is known of the optimum: low <= optimum <= high */
  bool is_infeasible;
  double low, high; /* high INFINITY: no plan is known */
};

static struct truth ask_others(const struct rms_serve *inst, uint64_t seed)
{
  struct truth truth = {.high = INFINITY};
  struct timed timed;
  const int outcome = solve(&timed, inst, seed % 2 ? "glpk" : "cbc");
  if (timed.fake.n_solutions) truth.high = timed.fake.best[0];
  if (!isnan(timed.fake.bound)) truth.low = timed.fake.bound;
  if (outcome == RMS_OPTIMAL) truth.low = truth.high;
  truth.is_infeasible = outcome == RMS_INFEASIBLE;
  rms_fake_host_fini(&timed.fake);
  return truth;
}

static bool has_plan(const struct rms_fake_host *fake)
{
  return fake->n_solutions > 0 && isfinite(fake->best[0]);
}

static void judge(struct tally *tally, uint64_t seed, const struct rms_serve *inst,
                  const struct rms_fake_host *fake, int outcome, const struct truth *truth)
{
  const double ours = has_plan(fake) ? fake->best[0] : INFINITY;
  if (*fake->broken) wrong(tally, seed, inst, "%s", fake->broken);
  if (outcome < 0) wrong(tally, seed, inst, "status %d", outcome);
  if (outcome == RMS_INFEASIBLE && isfinite(truth->high))
    wrong(tally, seed, inst, "says infeasible, there is %g", truth->high);
  if (truth->is_infeasible && isfinite(ours)) wrong(tally, seed, inst, "a plan that cannot be");
  if (outcome == RMS_OPTIMAL && ours > truth->high + 1e-6)
    wrong(tally, seed, inst, "says %g is optimal, there is %g", ours, truth->high);
  if (!truth->is_infeasible && ours < truth->low - 1e-6)
    wrong(tally, seed, inst, "%g, but nothing is below %g", ours, truth->low);
  if (fake->bound > truth->high + 1e-6)
    wrong(tally, seed, inst, "bound %g, there is %g", fake->bound, truth->high);
  tally->proved += outcome == RMS_OPTIMAL;
  tally->infeasible += outcome == RMS_INFEASIBLE;
  tally->refuted += outcome == RMS_INFEASIBLE && fake->n_solutions > 0;
  tally->verified += outcome == RMS_OPTIMAL && fake->verdict.kind == RMS_VERDICT_VERIFIED_OPTIMAL;
  tally->open += outcome != RMS_OPTIMAL && outcome != RMS_INFEASIBLE;
}

/* ---- changed certificates -----------------------------------------------------------------------
 */

static void change(struct rms_rng *rng, struct rms_serve_certificate *c)
{
  const size_t which = (size_t)rms_rng_below(rng, c->n_kinds + c->n_pools + 1);
  int64_t *one = which < c->n_kinds   ? &c->prices[which]
                 : which > c->n_kinds ? &c->stock_prices[which - c->n_kinds - 1]
                                      : &c->denominator;
  const int64_t step = 1 + (int64_t)rms_rng_below(rng, 1 + (uint64_t)llabs(*one) / 2);
  switch (rms_rng_below(rng, 6)) {
  case 0: *one += 1; break;
  case 1: *one -= 1; break;
  case 2: *one = *one < INT64_MAX / 2 ? *one + step : 0; break;
  case 3: *one -= step; break;
  case 4: *one = 0; break;
  default: *one = INT64_MAX / 128; break;
  }
}

static void tamper(struct tally *tally, uint64_t seed, const struct rms_serve *inst,
                   const struct rms_fake_host *fake, const struct truth *truth)
{
  struct rms_rng rng = {.key = {.seed = seed, .job = 78}, .purpose = RMS_PURPOSE_INSTANCE};
  for (int i = 0; i < TAMPERED_EACH && fake->solution.length; i++) {
    struct rms_serve_plan plan = {0};
    struct rms_serve_proof before, proof;
    if (rms_serve_plan_decode(&plan, fake->solution.data, fake->solution.length, NULL) < 0 ||
        !plan.certificate.is_present) {
      rms_serve_plan_fini(&plan);
      return;
    }
    rms_serve_certificate_verify(inst, &plan.certificate, &before);
    change(&rng, &plan.certificate);
    rms_serve_certificate_verify(inst, &plan.certificate, &proof);
    tally->tampered++;
    tally->refused += !proof.is_valid && !proof.proves_infeasibility;
    tally->weaker += proof.is_valid && proof.bound < before.bound;
    tally->kept += proof.is_valid && proof.bound >= before.bound;
    if (proof.is_valid && proof.bound > truth->high + 1e-6 && !proof.proves_infeasibility)
      wrong(tally, seed, inst, "a changed certificate proves %g, there is %g", proof.bound,
            truth->high);
    if (proof.proves_infeasibility && isfinite(truth->high))
      wrong(tally, seed, inst, "a changed certificate proves that there is none, there is %g",
            truth->high);
    rms_serve_plan_fini(&plan);
  }
}

/* ---- the campaign -------------------------------------------------------------------------------
 */

static void try_one(struct tally *tally, uint64_t seed)
{
  struct rms_serve *inst = instance(seed);
  struct truth truth = {.high = INFINITY};
  struct timed timed;
  const struct rms_fake_host *fake = &timed.fake;
  if (!inst) return;
  const int outcome = solve(&timed, inst, "prices");
  const int64_t cost = rms_brute_cost(inst);
  tally->n++;
  if (cost == -1) truth.is_infeasible = true;
  if (cost >= 0) truth.low = truth.high = (double)cost;
  if (cost == -2) truth = ask_others(inst, seed);
  tally->enumerated += cost > -2;
  tally->compared += cost == -2;
  judge(tally, seed, inst, fake, outcome, &truth);
  if (has_plan(fake) && fake->best[0] < truth.high) truth.high = fake->best[0];
  tamper(tally, seed, inst, fake, &truth);
  rms_fake_host_fini(&timed.fake);
  rms_serve_free(inst);
}

static void tell(const struct tally *t, double seconds)
{
  printf("# %" PRIu64 " instances in %.0f s (%.0f/s): %" PRIu64 " enumerated, %" PRIu64
         " compared; %" PRIu64 " proved (%" PRIu64 " by certificate), %" PRIu64
         " infeasible (%" PRIu64 " by certificate), %" PRIu64 " open; %" PRIu64
         " certificates changed: %" PRIu64 " refused, %" PRIu64 " weaker, %" PRIu64
         " as good; %" PRIu64 " wrong\n",
         t->n, seconds, (double)t->n / seconds, t->enumerated, t->compared, t->proved, t->verified,
         t->infeasible, t->refuted, t->open, t->tampered, t->refused, t->weaker, t->kept, t->wrong);
  fflush(stdout);
}

int main(int argc, char **argv)
{
  struct tally tally = {0};
  const double limit = argc > 1 ? strtod(argv[1], NULL) : 10, began = now();
  const uint64_t first = argc > 2 ? strtoull(argv[2], NULL, 10) : 0;
  const uint64_t count = argc > 3 ? strtoull(argv[3], NULL, 10) : UINT64_MAX;
  double told = began;
  for (uint64_t i = 0; i < count && now() - began < limit; i++) {
    try_one(&tally, first + i);
    if (now() - told < 60) continue;
    told = now();
    tell(&tally, told - began);
  }
  tell(&tally, now() - began);
  return tally.wrong > 0;
}
