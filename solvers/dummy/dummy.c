/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Solver `dummy`: gives each service whole machines of the kind that serves it best per cost,
 * starts with idle machines too many and takes one away per incumbent. */
#include "solvers/dummy/dummy.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "solvers/params.h"

#define RMS_DUMMY_WORD(name, text) "|" text
static const char misbehaviours[] = RMS_DUMMY_MAP(RMS_DUMMY_WORD);

static const struct rms_param params[] = {
    {.name = "mode",
     .type = RMS_P_ENUM,
     .dflt = "plan",
     .range = "plan|null",
     .doc = "Make a plan, or nothing at all: null measures what the harness costs."},
    {.name = "incumbents",
     .type = RMS_P_INT,
     .dflt = "3",
     .range = "[0,1000000]",
     .unit = "1",
     .doc = "Incumbents to report, each one machine cheaper than the one before."},
    {.name = "work",
     .type = RMS_P_INT,
     .dflt = "10",
     .range = "[0,1e12]",
     .unit = "units of work",
     .doc = "Work before each incumbent; a unit is a short loop."},
    {.name = "delay",
     .type = RMS_P_REAL,
     .dflt = "0",
     .range = "[0,1e6]",
     .unit = "s",
     .doc = "Time before each incumbent."},
    {.name = "wait",
     .type = RMS_P_ENUM,
     .dflt = "sleep",
     .range = "sleep|spin",
     .when = "delay>0",
     .doc = "How the delay is spent."},
    {.name = "size",
     .type = RMS_P_INT,
     .dflt = "0",
     .range = "[0,1000000]",
     .unit = "machines",
     .doc = "Idle machines that make the encoded plan large, each a group of its own."},
    {.name = "exchange",
     .type = RMS_P_BOOL,
     .dflt = "yes",
     .doc = "One exchange step between islands per incumbent."},
    {.name = "message",
     .type = RMS_P_INT,
     .dflt = "8",
     .range = "[8,100000000]",
     .unit = "bytes",
     .doc = "Size of what islands tell each other in a step; what comes is checked."},
    {.name = "stagger",
     .type = RMS_P_INT,
     .dflt = "0",
     .range = "[0,1000000]",
     .unit = "incumbents",
     .when = "islands>1",
     .doc = "How many fewer incumbents an island reports than the one before it."},
    {.name = "misbehave",
     .type = RMS_P_ENUM,
     .dflt = "none",
     .range = misbehaviours + 1,
     .doc = "What to do wrong."},
    {.name = "at",
     .type = RMS_P_INT,
     .dflt = "0",
     .range = "[0,1000000]",
     .unit = "incumbents",
     .doc = "How many incumbents to report before misbehaving."},
    {.name = "who",
     .type = RMS_P_STRING,
     .dflt = "all",
     .when = "islands>1",
     .doc = "Islands that misbehave in solve: all, or numbers such as 0+2."},
    {.name = NULL}};

static int supports(const struct rms_instance *inst)
{
  return rms_serve_of(inst) != NULL;
}

static void close_dummy(void *self)
{
  struct rms_dummy *dummy = self;
  if (!dummy) return;
  if (dummy->misbehave == RMS_DUMMY_DIE_IN_CLOSE) rms_dummy_die();
  rms_serve_plan_fini(&dummy->plan);
  rms_text_fini(&dummy->bytes);
  free(dummy);
}

/* "all", or island numbers joined by '+'. */
static bool read_who(struct rms_dummy *dummy, const char *text)
{
  if (strcmp(text, "all") == 0) {
    memset(dummy->is_guilty, 1, sizeof dummy->is_guilty);
    return true;
  }
  for (const char *at = text;; at++) {
    char *end;
    const unsigned long island = strtoul(at, &end, 10);
    if (*at < '0' || *at > '9' || island >= RMS_DUMMY_ISLANDS_MAX) return false;
    dummy->is_guilty[island] = true;
    if (!*end) return true;
    if (*end != '+') return false;
    at = end;
  }
}

static int open_dummy(void **self, const struct rms_instance *inst, const char *const *values)
{
  struct rms_dummy *dummy = calloc(1, sizeof *dummy);
  if (!dummy) return RMS_E_NOMEM;
  dummy->inst = rms_serve_of(inst);
  dummy->is_null = strcmp(rms_value_text(params, values, "mode"), "null") == 0;
  dummy->incumbents = rms_value_int(params, values, "incumbents");
  dummy->work = rms_value_int(params, values, "work");
  dummy->delay = rms_value_real(params, values, "delay");
  dummy->spins = strcmp(rms_value_text(params, values, "wait"), "spin") == 0;
  dummy->size = rms_value_int(params, values, "size");
  dummy->exchanges = rms_value_bool(params, values, "exchange");
  dummy->misbehave = rms_dummy_parse(rms_value_text(params, values, "misbehave"));
  dummy->at = rms_value_int(params, values, "at");
  dummy->message = rms_value_int(params, values, "message");
  dummy->stagger = rms_value_int(params, values, "stagger");
  if (!read_who(dummy, rms_value_text(params, values, "who"))) {
    free(dummy);
    return RMS_E_PARAM;
  }
  if (dummy->misbehave == RMS_DUMMY_DIE_IN_OPEN) rms_dummy_die();
  if (dummy->misbehave == RMS_DUMMY_DIE_SMALL && dummy->inst->n_services < 2) rms_dummy_die();
  if (dummy->misbehave == RMS_DUMMY_LEAK_OPEN) rms_dummy_lose(100);
  *self = dummy;
  return RMS_OK;
}

/* ---- the plan ---- */

/* What a whole machine of the pool, cut that way, does for service s; micros. */
static int64_t machine_rate(const struct rms_serve *inst, const struct rms_serve_cut *cut, size_t s)
{
  int64_t rate = 0;
  for (size_t k = 0; k < inst->n_kinds; k++) rate += cut->count[k] * rms_serve_rate(inst, s, k);
  return rate;
}

static int64_t room(const struct rms_dummy *self, uint32_t pool)
{
  const int64_t stock = self->inst->pools[pool].count;
  return (stock < 0 ? RMS_SERVE_MACHINES_TOTAL_MAX : stock) - self->used[pool];
}

struct choice {
  uint32_t pool;
  const struct rms_serve_cut *cut;
  int64_t rate;
};

/* The pool with room and the cut that serve `s` best per cost. */
static bool choose(const struct rms_dummy *self, size_t s, struct choice *best)
{
  const struct rms_serve *inst = self->inst;
  double most = 0;
  for (uint32_t p = 0; p < inst->n_pools; p++) {
    if (room(self, p) <= 0) continue;
    for (size_t c = 0; c < inst->pools[p].n_cuts; c++) {
      const struct rms_serve_cut *cut = &inst->pools[p].cuts[c];
      const int64_t rate = machine_rate(inst, cut, s);
      const double value = (double)rate / (double)inst->pools[p].cost;
      if (value <= most) continue;
      most = value;
      *best = (struct choice){.pool = p, .cut = cut, .rate = rate};
    }
  }
  return most > 0;
}

static int add_machines(struct rms_dummy *self, const struct choice *choice, int64_t count,
                        uint32_t service)
{
  struct rms_serve_slice slices[RMS_UNITS_MAX];
  const struct rms_partition *partition = choice->cut->partition;
  for (size_t i = 0; i < partition->n_slices; i++) {
    const bool is_used = service != RMS_SERVE_IDLE &&
                         rms_serve_rate(self->inst, service, choice->cut->kind_of[i]) > 0;
    slices[i] = (struct rms_serve_slice){.profile = partition->layout[i].profile,
                                         .start = partition->layout[i].start,
                                         .service = is_used ? service : RMS_SERVE_IDLE};
  }
  self->used[choice->pool] += count;
  return rms_serve_plan_add(&self->plan, choice->pool, count, slices, partition->n_slices);
}

/* 1: whole demand met, 0: the stock is used up, negative: a status. */
static int place_service(struct rms_dummy *self, size_t s)
{
  struct choice choice;
  for (int64_t left = self->inst->services[s].demand; left > 0;) {
    if (!choose(self, s, &choice)) return 0;
    int64_t count = left / choice.rate + (left % choice.rate != 0);
    const int64_t most = room(self, choice.pool);
    if (count > most) count = most;
    const int status = add_machines(self, &choice, count, (uint32_t)s);
    if (status < 0) return status;
    left -= count * choice.rate > left ? left : count * choice.rate;
  }
  return 1;
}

/* `count` idle machines; `apart`: each in a group of its own (of two cuts in turn). As many as fit.
 */
static int place_idle(struct rms_dummy *self, int64_t count, bool apart)
{
  const struct rms_serve *inst = self->inst;
  for (uint32_t p = 0; p < inst->n_pools && count > 0; p++) {
    const struct rms_serve_pool *pool = &inst->pools[p];
    const int64_t most = room(self, p);
    const int64_t here = count < most ? count : most;
    if (here <= 0 || pool->n_cuts == 0) continue;
    const int64_t step = apart ? 1 : here;
    for (int64_t i = 0; i < here; i += step) {
      const struct rms_serve_cut *cut = &pool->cuts[(size_t)i % 2 % pool->n_cuts];
      const struct choice choice = {.pool = p, .cut = cut};
      const int status = add_machines(self, &choice, step, RMS_SERVE_IDLE);
      if (status < 0) return status;
    }
    count -= here;
  }
  return RMS_OK;
}

/* The plan with `idle` machines too many, its services in an order that begins at `first`.
 * 1 made, 0 none found, negative: a status. */
static int make_plan(struct rms_dummy *self, int64_t idle, size_t first)
{
  const struct rms_serve *inst = self->inst;
  rms_serve_plan_clear(&self->plan);
  memset(self->used, 0, sizeof self->used);
  for (size_t i = 0; i < inst->n_services; i++) {
    const int made = place_service(self, (first + i) % inst->n_services);
    if (made <= 0) return made;
  }
  int status = place_idle(self, self->size, true);
  if (status == RMS_OK) status = place_idle(self, idle, false);
  if (status < 0) return status;
  rms_text_clear(&self->bytes);
  status = rms_serve_plan_encode(&self->plan, &self->bytes);
  return status < 0 ? status : 1;
}

/* ---- the run ---- */

static void short_loop(void)
{
  volatile unsigned sum = 0;
  for (unsigned i = 0; i < 1000; i++) sum += i;
}

static double seconds(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Work, then wait, in small steps; nonzero: stop. The clock decides only how long a declared delay
 * lasts, never what is reported. */
static int labour(struct rms_dummy *self, const struct rms_host *host)
{
  const struct timespec pause = {.tv_nsec = 1000000};
  int stop = host->should_stop(host->ctx, self->done);
  for (int64_t i = 0; i < self->work && !stop; i++) {
    short_loop();
    stop = host->should_stop(host->ctx, ++self->done);
  }
  for (double end = seconds() + self->delay; self->delay > 0 && !stop && seconds() < end;) {
    if (self->spins)
      short_loop();
    else
      nanosleep(&pause, NULL);
    stop = host->should_stop(host->ctx, self->done);
  }
  return stop;
}

static bool is_guilty(const struct rms_dummy *self, const struct rms_host *host)
{
  return host->island >= RMS_DUMMY_ISLANDS_MAX || self->is_guilty[host->island];
}

static int report(struct rms_dummy *self, const struct rms_host *host)
{
  self->evaluations++;
  struct rms_incumbent inc = {.size = sizeof inc,
                              .objective = {(double)rms_serve_plan_cost(self->inst, &self->plan)},
                              .bound = NAN,
                              .evaluations = self->evaluations,
                              .work = self->done,
                              .solution = self->bytes.data,
                              .solution_bytes = self->bytes.length};
  if ((int64_t)self->evaluations > self->at && is_guilty(self, host))
    rms_dummy_twist(self, &inc, host);
  return host->report(host->ctx, &inc);
}

/* What an island says in a step: how far it is, and a pattern that is its own. */
static void write_message(unsigned char *bytes, size_t n, uint64_t step, uint32_t island)
{
  for (size_t i = 0; i < n; i++)
    bytes[i] = (unsigned char)(i < 8 ? step >> 8 * i : 31 * step + island + i / 251);
}

/* Islands tell each other how far they are; what comes back changes nothing, but must be what the
 * predecessor said in the same step, or nothing. */
static int exchange(struct rms_dummy *self, const struct rms_host *host)
{
  const size_t n = (size_t)self->message;
  const uint32_t sender = (host->island + host->islands - 1) % host->islands;
  unsigned char *out, *in;
  size_t got = 0;
  int status;
  if (!self->exchanges) return 0;
  out = malloc(n);
  in = malloc(n);
  status = out && in ? RMS_OK : RMS_E_NOMEM;
  if (!status) {
    write_message(out, n, self->evaluations, host->island);
    status = host->exchange(host->ctx, self->done, out, n, in, n, &got);
    write_message(out, n, self->evaluations, sender);
    if (status >= 0 && got && (got != n || memcmp(in, out, n) != 0)) status = RMS_E_INTERNAL;
  }
  free(in);
  free(out);
  return status;
}

/* How many idle machines the first incumbent can have within the stock. */
static int64_t idle_possible(struct rms_dummy *self, int64_t wanted)
{
  int64_t free_machines = 0;
  for (uint32_t p = 0; p < self->inst->n_pools && free_machines < wanted; p++)
    if (self->inst->pools[p].n_cuts > 0) free_machines += room(self, p);
  return free_machines < wanted ? free_machines : wanted;
}

static int solve_plan(struct rms_dummy *self, const struct rms_host *host)
{
  const size_t n = self->inst->n_services;
  size_t first = n > 0 ? (size_t)(host->random(host->ctx, 0, 0) % n) : 0;
  if (self->misbehave == RMS_DUMMY_NO_RANDOM) first = 0;
  int made = make_plan(self, 0, first);
  if (made <= 0) return made < 0 ? made : RMS_FEASIBLE;
  const int64_t fewer = self->stagger * host->island;
  const int64_t incumbents = self->incumbents > fewer ? self->incumbents - fewer : 0;
  int64_t idle = idle_possible(self, self->incumbents - 1);
  for (int64_t i = 0; idle >= 0 && i < incumbents; i++, idle--) {
    if (labour(self, host)) return RMS_STOPPED;
    if (i == self->at && is_guilty(self, host)) {
      const int end = rms_dummy_misbehave(self, host);
      if (end != RMS_DUMMY_GO_ON) return end;
    }
    made = make_plan(self, idle, first);
    if (made < 0) return made;
    if (report(self, host)) return RMS_STOPPED;
    const int status = exchange(self, host);
    if (status) return status < 0 ? status : RMS_STOPPED;
  }
  if (self->at >= incumbents && is_guilty(self, host)) {
    const int end = rms_dummy_misbehave(self, host);
    if (end != RMS_DUMMY_GO_ON) return end;
  }
  return RMS_FEASIBLE;
}

static int solve_dummy(void *self, const struct rms_host *host)
{
  struct rms_dummy *dummy = self;
  if (dummy->is_null) return RMS_FEASIBLE;
  dummy->done = dummy->evaluations = 0;
  const int end = solve_plan(dummy, host);
  if (end >= 0 && dummy->misbehave == RMS_DUMMY_LIE_OPTIMAL) return RMS_OPTIMAL;
  return end;
}

const struct rms_solver rms_solver_dummy = {
    .abi = RMS_SOLVER_ABI,
    .size = sizeof(struct rms_solver),
    .name = "dummy",
    .version = "1.0",
    .doc = "Whole machines for each service; a fake for tests that misbehaves on request.",
    .family = "serve",
    .flags = RMS_ANYTIME | RMS_PARALLEL | RMS_DETERMINISTIC | RMS_RANDOMISED,
    .params = params,
    .supports = supports,
    .open = open_dummy,
    .solve = solve_dummy,
    .close = close_dummy};
