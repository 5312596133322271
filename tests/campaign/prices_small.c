/* SPDX-License-Identifier: GPL-3.0-or-later */
/* prices_small.c - the solver `prices` on small random instances, each held against an exhaustive
 * search (exhaust.h) where that fits and against cbc otherwise; and certificates with one number
 * changed, which must be refused or be shown to prove what they say by a second verifier.
 *
 *   prices_small [FIRST [COUNT]]
 *
 * Instance number S is a pure function of S, and so is everything that is done with it: limits are
 * counts, not times. FIRST and COUNT make parts, or go on where a run was ended. What is wrong is
 * printed with its number and its instance; exit code 1 then. */
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "exhaust.h"
#include "fake_host.h"
#include "instances/serve/check.h"
#include "instances/serve/files.h"
#include "serve_random.h"
#include "solvers/registry.h"

enum {
  SERVICES = 8,
  TAMPERED_EVERY = 20, /* instances; several changes each */
  TAMPERED_EACH = 3,
  STATES = 8000,   /* of the exhaustive search */
  POLLS = 200,     /* of prices */
  NODES = 60,      /* of cbc */
  CBC_EVERY = 100, /* instances that cbc is asked about whatever the exhaustive search says */
  TELL_EVERY = 5000
};

struct tally {
  uint64_t n, two_pools, limited, exhausted, by_cbc, undecided, wrong;
  uint64_t proved, certified, infeasible, refuted, open;
  uint64_t tampered, refused, weaker, kept, shown;
  double in_prices; /* processor time */
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

struct trial {
  struct tally *tally;
  uint64_t seed;
  const struct rms_serve *inst;
  struct rms_exhaust *exhaust; /* NULL: too large */
  struct rms_fake_host fake;   /* of prices */
  int outcome;
  double best, bound; /* of prices; INFINITY: no plan; 0: no bound */
};

__attribute__((format(printf, 2, 3))) static void wrong(const struct trial *t, const char *fmt, ...)
{
  struct rms_text text = {0};
  va_list args;
  t->tally->wrong++;
  printf("WRONG %" PRIu64 ": ", t->seed);
  va_start(args, fmt);
  vprintf(fmt, args);
  va_end(args);
  rms_serve_write(&t->inst->base, &text);
  printf("\n%s\n", text.data ? text.data : "");
  rms_text_fini(&text);
  fflush(stdout);
}

static void run_prices(struct trial *t)
{
  rms_fake_host_init(&t->fake, &t->inst->base);
  t->fake.stop_at_poll = POLLS;
  t->outcome = rms_fake_host_run(&t->fake, rms_solver_builtin("serve", "prices"), NULL);
  t->best = t->fake.n_solutions > 0 ? t->fake.best[0] : INFINITY;
  t->bound = isnan(t->fake.bound) ? 0 : ceil(t->fake.bound - 1e-6); /* costs are whole */
  if (*t->fake.broken) wrong(t, "%s", t->fake.broken);
  if (t->outcome < 0) wrong(t, "status %d", t->outcome);
}

/* A plan of this cost or less, by exhaustive search: 1 there is one, 0 none, -1 not known. */
static int has_plan(const struct trial *t, double cost, size_t states_max)
{
  if (!t->exhaust) return -1;
  return rms_exhaust_has(t->exhaust, isfinite(cost) ? (int64_t)cost : INT64_MAX, states_max);
}

struct other { /* what cbc knows: low <= optimum <= high */
  bool is_infeasible;
  double low, high; /* high INFINITY: no plan is known */
};

static struct other ask_cbc(const struct rms_serve *inst)
{
  struct rms_fake_host fake;
  struct other other = {.high = INFINITY};
  rms_fake_host_init(&fake, &inst->base);
  fake.work_limit = NODES;
  const int outcome = rms_fake_host_run(&fake, rms_solver_builtin("serve", "cbc"), NULL);
  if (fake.n_solutions) other.high = fake.best[0];
  if (!isnan(fake.bound)) other.low = fake.bound;
  if (outcome == RMS_OPTIMAL) other.low = other.high;
  other.is_infeasible = outcome == RMS_INFEASIBLE;
  rms_fake_host_fini(&fake);
  return other;
}

/* Does cbc agree? 1 wholly, 0 it does not know. */
static int compare_with_cbc(const struct trial *t)
{
  const struct other other = ask_cbc(t->inst);
  const double slack = 1e-6 * fmax(1, t->bound);
  const bool is_none = t->outcome == RMS_INFEASIBLE;
  if (is_none && isfinite(other.high)) wrong(t, "says infeasible, cbc has %g", other.high);
  if (other.is_infeasible && isfinite(t->best)) wrong(t, "a plan where cbc says there is none");
  if (!is_none && t->bound > other.high + slack)
    wrong(t, "bound %g, cbc has %g", t->bound, other.high);
  if (!other.is_infeasible && t->best < other.low - slack)
    wrong(t, "%g, but cbc says nothing is below %g", t->best, other.low);
  if (is_none) return other.is_infeasible;
  return other.is_infeasible || other.high <= t->bound + slack || other.low >= t->best - slack;
}

/* The proof that prices gives: nothing below its bound, or nothing at all. */
static void judge(struct trial *t)
{
  struct tally *const y = t->tally;
  const bool is_none = t->outcome == RMS_INFEASIBLE;
  if (t->outcome == RMS_OPTIMAL && t->best > t->bound)
    wrong(t, "optimal %g, told bound %g", t->best, t->bound);
  if (t->outcome == RMS_OPTIMAL) t->bound = t->best;
  const int below = has_plan(t, is_none ? INFINITY : t->bound - 1, STATES);
  if (below > 0)
    wrong(t, is_none ? "says infeasible" : "there is a plan below the bound %g", t->bound);
  y->exhausted += below >= 0;
  if (below < 0 || t->seed % CBC_EVERY == 7) {
    const int agrees = compare_with_cbc(t);
    y->by_cbc += agrees > 0;
    y->undecided += below < 0 && agrees == 0;
  }
  y->proved += t->outcome == RMS_OPTIMAL;
  y->certified += t->outcome == RMS_OPTIMAL && t->fake.verdict.kind == RMS_VERDICT_VERIFIED_OPTIMAL;
  y->infeasible += is_none;
  y->refuted += is_none && t->fake.n_solutions > 0;
  y->open += t->outcome != RMS_OPTIMAL && !is_none;
}

/* ---- changed certificates -----------------------------------------------------------------------
 */

/* One of its numbers: denominator, prices, stock prices, target and vectors of its search. */
static int64_t *number_of(struct rms_serve_certificate *c, size_t i)
{
  if (i-- == 0) return &c->denominator;
  if (i < c->n_kinds) return &c->prices[i];
  i -= c->n_kinds;
  if (i < c->n_pools) return &c->stock_prices[i];
  i -= c->n_pools;
  return i == 0 ? &c->search.target : &c->search.vectors[i - 1];
}

static void change(struct rms_rng *rng, struct rms_serve_certificate *c)
{
  const size_t n = 1 + c->n_kinds + c->n_pools;
  const size_t n_search = c->search.target ? 1 + c->search.n_vectors * c->n_kinds : 0;
  int64_t *const one = number_of(c, (size_t)rms_rng_below(rng, n + n_search));
  const int64_t was = *one, step = 1 + (int64_t)rms_rng_below(rng, 1 + (uint64_t)llabs(*one) / 2);
  switch (rms_rng_below(rng, 6)) {
  case 0: *one += 1; break;
  case 1: *one -= 1; break;
  case 2: *one = *one < INT64_MAX / 2 ? *one + step : 0; break;
  case 3: *one -= step; break;
  case 4: *one = 0; break;
  default: *one = INT64_MAX / 128; break;
  }
  if (*one == was) *one += 1;
}

/* A changed certificate that was accepted must be a proof of that bound for the second verifier as
 * well; where it rests on its search, the exhaustive one must find nothing below the bound. */
static void judge_accepted(struct trial *t, const struct rms_serve_certificate *c,
                           const struct rms_serve_proof *proof)
{
  const double below = proof->proves_infeasibility ? INFINITY : proof->bound - 1;
  int64_t bound = 0;
  const int status = t->exhaust ? rms_exhaust_verify(t->exhaust, c, &bound) : -1;
  const bool is_shown =
      proof->proves_infeasibility ? bound == INT64_MAX : bound >= proof->bound_units;
  const int has = has_plan(t, below, 50 * (size_t)STATES);
  if (has > 0) wrong(t, "there is a plan below what a changed certificate proves");
  if (status == 0 && is_shown)
    t->tally->shown++;
  else if (t->exhaust && c->search.target == 0)
    wrong(t, "a changed certificate was accepted for %g and proves %" PRId64, proof->bound, bound);
  else if (has == 0)
    t->tally->shown++;
}

static void tamper(struct trial *t)
{
  struct rms_rng rng = {.key = {.seed = t->seed, .job = 78}, .purpose = RMS_PURPOSE_INSTANCE};
  struct tally *const y = t->tally;
  for (int i = 0; i < TAMPERED_EACH && t->fake.solution.length; i++) {
    struct rms_serve_plan plan = {0};
    struct rms_serve_proof before = {.bound = 0}, proof = before;
    const bool is_there =
        rms_serve_plan_decode(&plan, t->fake.solution.data, t->fake.solution.length, NULL) == 0 &&
        plan.certificate.is_present;
    if (is_there) {
      rms_serve_certificate_verify(t->inst, &plan.certificate, &before);
      change(&rng, &plan.certificate);
      rms_serve_certificate_verify(t->inst, &plan.certificate, &proof);
      y->tampered++;
      y->refused += !proof.is_valid;
      y->weaker += proof.is_valid && proof.bound < before.bound;
      y->kept += proof.is_valid && proof.bound >= before.bound;
      if (proof.is_valid) judge_accepted(t, &plan.certificate, &proof);
    }
    rms_serve_plan_fini(&plan);
  }
}

/* ---- the campaign -------------------------------------------------------------------------------
 */

static double processor_seconds(void)
{
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void try_one(struct tally *tally, uint64_t seed)
{
  struct trial t = {.tally = tally, .seed = seed, .inst = instance(seed)};
  if (!t.inst) {
    printf("no instance %" PRIu64 "\n", seed);
    tally->wrong++;
    return;
  }
  t.exhaust = rms_exhaust_new(t.inst);
  tally->n++;
  tally->two_pools += t.inst->n_pools > 1;
  for (size_t p = 0; p < t.inst->n_pools; p++)
    if (t.inst->pools[p].count >= 0) {
      tally->limited++;
      break;
    }
  tally->in_prices -= processor_seconds();
  run_prices(&t);
  tally->in_prices += processor_seconds();
  judge(&t);
  if (seed % TAMPERED_EVERY == 0) tamper(&t);
  rms_fake_host_fini(&t.fake);
  rms_exhaust_free(t.exhaust);
  rms_serve_free((struct rms_serve *)(uintptr_t)t.inst);
}

static void tell(const struct tally *t, uint64_t first)
{
  printf("# %" PRIu64 "..%" PRIu64 " in %.0f s of processor time (%.0f s in prices): %" PRIu64
         " instances (%" PRIu64 " with two pools, %" PRIu64 " with stock limits)\n",
         first, first + t->n, processor_seconds(), t->in_prices, t->n, t->two_pools, t->limited);
  printf("#   prices: %" PRIu64 " proved optimal (%" PRIu64 " by certificate), %" PRIu64
         " infeasible (%" PRIu64 " by certificate), %" PRIu64 " open\n",
         t->proved, t->certified, t->infeasible, t->refuted, t->open);
  printf("#   agreed: %" PRIu64 " with the exhaustive search, %" PRIu64 " with cbc; %" PRIu64
         " undecided\n",
         t->exhausted, t->by_cbc, t->undecided);
  printf("#   certificates with one number changed: %" PRIu64 "; %" PRIu64 " refused, %" PRIu64
         " prove less, %" PRIu64 " prove the same; %" PRIu64
         " of these shown to be true by other means\n",
         t->tampered, t->refused, t->weaker, t->kept, t->shown);
  printf("#   %" PRIu64 " wrong\n", t->wrong);
  fflush(stdout);
}

int main(int argc, char **argv)
{
  struct tally tally = {0};
  const uint64_t first = argc > 1 ? strtoull(argv[1], NULL, 10) : 0;
  const uint64_t count = argc > 2 ? strtoull(argv[2], NULL, 10) : 1000;
  for (uint64_t i = 0; i < count; i++) {
    try_one(&tally, first + i);
    if ((i + 1) % TELL_EVERY == 0 && i + 1 < count) tell(&tally, first);
  }
  tell(&tally, first);
  return tally.wrong > 0;
}
