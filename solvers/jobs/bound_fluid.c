/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bound_fluid.c - a lower bound on the mean completion time of any policy, clairvoyant ones
 * included: preemptive, fluid, without overheads.
 *
 * Prices. Let w(k) >= 0 be a price of kind k and v(p) one of a machine of pool p, with
 *   sum over k of count(c,k) w(k) <= v(p) for every legal cut c of p,   sum of v over machines = 1.
 * A job on a slice of kind k pays at rate w(k); one of n under MPS on a machine of p, v(p) / n. At
 * any instant all jobs together pay at most 1. Job j, who works at speed s(j,k) there, pays for its
 * work at least a(j) = work x the least of price / speed, and takes at least p(j) = work / the
 * largest speed from its arrival r(j) on.
 *
 * Bound. Take any alpha(j) in [0, 1] and let T(j) be the time at which job j has done alpha(j) of
 * its work. Its completion is at least T(j) + (1 - alpha(j)) p(j). Up to T(j) it has paid at least
 * alpha(j) a(j); so the T are completion times of a feasible schedule of jobs of sizes
 * alpha(j) a(j) on one preemptive machine of speed 1 with the same arrivals, and their sum is not
 * below that of shortest remaining processing time, which is optimal there (Schrage 1968). Hence
 *   sum of completions >= SRPT(alpha a) + sum of (1 - alpha) p.
 * alpha = 0 says that nothing is faster than alone, alpha = 1 that the cluster is one machine;
 * mixtures (as in bounds for malleable jobs: Turek et al. 1994) are better than both.
 *
 * Tolls. Let a rate l(t) >= 0 be asked for what is paid at time t. As all together pay at most 1,
 *   sum of completion times >= sum over j of f(j) - integral of l,
 * where f(j) is the least that job j alone makes of its time to completion and its tolls: slow
 * slices are cheap, fast ones are dear, waiting for cheaper times takes time. This is the dual of
 * the relaxation in which machines are a fluid, and sees that jobs of a full cluster cannot all be
 * fast. f(j) is bounded by a Lagrangian again, for each segment of time in which j may complete.
 *
 * Any prices, alpha and rates prove a bound; better ones are only looked for: prices by the linear
 * program that makes the whole trace most expensive and by coordinate ascent, alpha by coordinate
 * ascent over classes of jobs of similar length, rates by subgradient steps. Prices are repaired
 * after the simplex, so its rounding proves nothing wrong, and a billionth is taken off for the
 * rounding of the sums. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "solvers/jobs/fluid.h"
#include "solvers/jobs/policy.h"
#include "solvers/params.h"

enum { CLASSES = 16, POLL_EVERY = 4096, SEGMENTS_MAX = 256 };
#define SAFETY 1e-9

static const struct rms_param params[] = {
    {.name = "passes",
     .type = RMS_P_INT,
     .dflt = "20",
     .range = "[0,1000]",
     .scale = "",
     .unit = "1",
     .doc = "Most passes over the classes of jobs that improve the bound; 0: the best common part "
            "only."},
    {.name = "segments",
     .type = RMS_P_INT,
     .dflt = "20",
     .range = "[1,256]",
     .scale = "log",
     .unit = "1",
     .doc = "Parts of the time with a toll of their own."},
    {.name = "steps",
     .type = RMS_P_INT,
     .dflt = "100",
     .range = "[0,1e6]",
     .scale = "",
     .unit = "1",
     .doc = "Steps that improve the tolls; 0: no tolls."},
    {0}};

struct waiting { /* on the one machine */
  double left;
  size_t task;
};

struct bound {
  const struct rms_jobs *inst;
  const struct rms_host *host;
  int64_t passes, segments, steps;
  struct rms_fluid fluid;
  struct waiting *heap;
  uint64_t work; /* tasks looked at */
  double best;   /* proved, mean */
};

/* ---- shortest remaining processing time ---- */

static int by_value(const void *a, const void *b)
{
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* Classes of equally many jobs by what they pay. */
static int classify(struct rms_fluid_task *tasks, size_t n)
{
  double limit[CLASSES - 1];
  double *paid = malloc(n * sizeof *paid);
  if (!paid) return RMS_E_NOMEM;
  for (size_t j = 0; j < n; j++) paid[j] = tasks[j].paid;
  qsort(paid, n, sizeof *paid, by_value);
  for (size_t c = 0; c + 1 < CLASSES; c++) limit[c] = paid[n * (c + 1) / CLASSES];
  free(paid);
  for (size_t j = 0; j < n; j++) {
    tasks[j].class = 0;
    while (tasks[j].class < CLASSES - 1 && tasks[j].paid >= limit[tasks[j].class])
      tasks[j].class ++;
  }
  return RMS_OK;
}

static void sift(struct waiting *heap, size_t n, size_t at)
{
  for (;;) {
    size_t child = 2 * at + 1;
    if (child >= n) return;
    if (child + 1 < n && heap[child + 1].left < heap[child].left) child++;
    if (heap[at].left <= heap[child].left) return;
    const struct waiting swap = heap[at];
    heap[at] = heap[child];
    heap[child] = swap;
    at = child;
  }
}

static void push(struct waiting *heap, size_t n, double left, size_t task)
{
  size_t at = n;
  while (at > 0 && heap[(at - 1) / 2].left > left) {
    heap[at] = heap[(at - 1) / 2];
    at = (at - 1) / 2;
  }
  heap[at] = (struct waiting){.left = left, .task = task};
}

/* Mean completion time proved by these parts; a positive number: the host says stop. */
static int evaluate(struct bound *b, const double alpha[CLASSES], double *mean)
{
  const size_t n = b->inst->n_jobs;
  size_t n_heap = 0;
  double now = 0, sum = 0;
  for (size_t j = 0; j < n || n_heap > 0;) {
    const double next = j < n ? b->fluid.tasks[j].arrival : INFINITY;
    if (n_heap > 0 && now + b->heap[0].left <= next) {
      now += b->heap[0].left;
      sum += now - b->fluid.tasks[b->heap[0].task].arrival;
      b->heap[0] = b->heap[--n_heap];
      sift(b->heap, n_heap, 0);
      continue;
    }
    if (n_heap > 0) b->heap[0].left -= next - now;
    now = next;
    const double part = alpha[b->fluid.tasks[j].class];
    push(b->heap, n_heap++, part * b->fluid.tasks[j].paid, j);
    sum += (1 - part) * b->fluid.tasks[j].alone;
    j++;
    if (++b->work % POLL_EVERY == 0 && b->host->should_stop(b->host->ctx, b->work))
      return RMS_STOPPED;
  }
  *mean = sum / (double)n * (1 - SAFETY);
  return b->host->should_stop(b->host->ctx, b->work) ? RMS_STOPPED : 0;
}

/* ---- better parts ---- */

/* Keep and tell what is better than before; nonzero: the host says stop. */
static int tell(struct bound *b, double mean)
{
  if (mean <= b->best) return 0;
  b->best = mean;
  const struct rms_incumbent news = {.size = sizeof news, .bound = mean, .work = b->work};
  return b->host->report(b->host->ctx, &news) ? RMS_STOPPED : 0;
}

/* Take the parts if they prove more. */
static int try_parts(struct bound *b, const double trial[CLASSES], double alpha[CLASSES],
                     bool *is_better)
{
  double mean = 0;
  const int status = evaluate(b, trial, &mean);
  *is_better = status == 0 && mean > b->best;
  if (!*is_better) return status;
  memmove(alpha, trial, CLASSES * sizeof *alpha);
  return tell(b, mean);
}

static int climb(struct bound *b, double alpha[CLASSES])
{
  double trial[CLASSES], step = 0.25;
  for (int64_t pass = 0; pass < b->passes && step > 0.01; pass++) {
    bool has_gained = false;
    for (int c = 0; c < CLASSES; c++)
      for (int sign = -1; sign <= 1; sign += 2) {
        bool is_better;
        memcpy(trial, alpha, sizeof trial);
        trial[c] = fmin(1, fmax(0, trial[c] + sign * step));
        if (trial[c] == alpha[c]) continue;
        const int status = try_parts(b, trial, alpha, &is_better);
        if (status) return status;
        has_gained = has_gained || is_better;
      }
    if (!has_gained) step /= 2;
  }
  return 0;
}

static int search(struct bound *b)
{
  double alpha[CLASSES] = {0};
  for (int tenth = 0; tenth <= 10; tenth++) {
    double trial[CLASSES];
    bool is_better;
    for (int c = 0; c < CLASSES; c++) trial[c] = tenth / 10.0;
    const int status = try_parts(b, trial, alpha, &is_better);
    if (status) return status;
  }
  return climb(b, alpha);
}

/* ---- tolls ---- */

/* Mean completion time proved by these tolls. usage [out] [n]: what all pay for in each segment,
 * cluster-seconds; NULL: not wanted. */
static int evaluate_tolls(struct bound *b, const struct rms_tolls *tolls, double *usage,
                          double *mean)
{
  const size_t n = b->inst->n_jobs;
  double sum = 0;
  if (usage) memset(usage, 0, (size_t)tolls->n * sizeof *usage);
  for (size_t j = 0; j < n; j++) {
    sum += rms_toll_of_task(&b->fluid, &b->fluid.tasks[j], tolls, usage);
    if (++b->work % 64 == 0 && b->host->should_stop(b->host->ctx, b->work)) return RMS_STOPPED;
  }
  for (int i = 0; i < tolls->n; i++) sum -= tolls->rate[i] * (tolls->edge[i + 1] - tolls->edge[i]);
  *mean = sum / (double)n * (1 - SAFETY);
  return tell(b, *mean);
}

struct flat { /* one rate until the end */
  double rate, end, mean;
};

static int try_flat(struct bound *b, struct flat trial, struct flat *best)
{
  const double edge[2] = {0, trial.end};
  const struct rms_tolls tolls = {.n = 1, .edge = edge, .rate = &trial.rate};
  const int status = evaluate_tolls(b, &tolls, NULL, &trial.mean);
  if (trial.mean > best->mean) *best = trial;
  return status;
}

static int search_flat(struct bound *b, struct flat *best)
{
  const size_t n = b->inst->n_jobs;
  double paid = 0;
  for (size_t j = 0; j < n; j++) paid += b->fluid.tasks[j].paid;
  const double end = fmax(b->fluid.tasks[n - 1].arrival, b->fluid.tasks[0].arrival + paid);
  *best = (struct flat){.end = end};
  for (int e = 4; e <= 13; e++)
    for (double rate = 0.25; rate < 20; rate *= 1.41) {
      const struct flat trial = {.rate = rate * (double)b->inst->cluster.n_machines,
                                 .end = end * e / 10};
      const int status = try_flat(b, trial, best);
      if (status) return status;
    }
  return 0;
}

/* Prices that prove more at a flat toll: one kind dearer or cheaper at a time. */
static int search_prices(struct bound *b, struct flat *best)
{
  for (double step = 0.2; step > 0.01; step /= 2)
    for (size_t k = 0; k < b->inst->cluster.n_kinds; k++)
      for (int sign = -1; sign <= 1; sign += 2) {
        const struct rms_fluid_prices before = b->fluid.prices;
        struct rms_fluid_prices trial = before;
        struct flat found = *best;
        trial.kind[k] *= 1 + sign * step;
        rms_fluid_repair(&b->inst->cluster, &trial);
        rms_fluid_set_prices(&b->fluid, &trial);
        const int status = try_flat(b, *best, &found);
        if (found.mean <= best->mean) rms_fluid_set_prices(&b->fluid, &before);
        *best = found;
        if (status) return status;
      }
  return 0;
}

/* Tolls in parts of the time of their own: dearer where more is paid for than there is. */
static int search_segments(struct bound *b, const struct flat *flat)
{
  double edge[SEGMENTS_MAX + 1], rate[SEGMENTS_MAX], usage[SEGMENTS_MAX], mean = 0;
  const int n = (int)b->segments;
  const struct rms_tolls tolls = {.n = n, .edge = edge, .rate = rate};
  for (int i = 0; i <= n; i++) edge[i] = 1.3 * flat->end * i / n;
  for (int i = 0; i < n; i++) rate[i] = edge[i] < flat->end ? flat->rate : 0;
  for (int64_t step = 0; step < b->steps; step++) {
    const int status = evaluate_tolls(b, &tolls, usage, &mean);
    if (status) return status;
    const double size = 0.5 * flat->rate / (1 + 0.1 * (double)step);
    for (int i = 0; i < n; i++) {
      const double excess = usage[i] / (edge[i + 1] - edge[i]) - 1;
      rate[i] = fmax(0, rate[i] + size * fmin(1, excess));
    }
  }
  return 0;
}

static int search_tolls(struct bound *b)
{
  struct flat best;
  if (b->steps == 0) return 0;
  int status = search_flat(b, &best);
  if (status == 0) status = search_prices(b, &best);
  return status == 0 ? search_segments(b, &best) : status;
}

/* ---- life ---- */

static void close_bound(void *self)
{
  struct bound *b = self;
  if (!b) return;
  free(b->heap);
  rms_fluid_fini(&b->fluid);
  free(b);
}

static int open_bound(void **self, const struct rms_instance *inst, const char *const *values)
{
  int status = RMS_OK;
  const struct rms_jobs *jobs = rms_jobs_of(inst);
  struct bound *b = calloc(1, sizeof *b);
  RMS_TRY(b ? RMS_OK : RMS_E_NOMEM);
  b->inst = jobs;
  b->passes = rms_value_int(params, values, "passes");
  b->segments = rms_value_int(params, values, "segments");
  b->steps = rms_value_int(params, values, "steps");
  b->heap = calloc(jobs->n_jobs, sizeof *b->heap);
  RMS_TRY(b->heap ? RMS_OK : RMS_E_NOMEM);
  *self = b;
  b = NULL;
out:
  close_bound(b);
  return status;
}

static int solve_bound(void *self, const struct rms_host *host)
{
  struct bound *b = self;
  b->host = host;
  b->work = 0;
  b->best = 0;
  if (host->should_stop(host->ctx, 0)) return RMS_STOPPED;
  rms_fluid_fini(&b->fluid);
  int status = rms_fluid_init(&b->fluid, b->inst);
  for (size_t j = 0; status == 0 && j < b->inst->n_jobs; j++)
    if (isinf(b->fluid.tasks[j].alone)) return RMS_INFEASIBLE;
  if (status == 0) status = classify(b->fluid.tasks, b->inst->n_jobs);
  if (status == 0) status = search(b);
  if (status == 0) status = search_tolls(b);
  return status == 0 ? RMS_FEASIBLE : status;
}

const struct rms_solver rms_solver_jobs_bound_fluid = {
    .abi = RMS_SOLVER_ABI,
    .size = sizeof(struct rms_solver),
    .name = "bound-fluid",
    .version = "1.0",
    .doc = "Lower bound on the mean completion time of any policy: shortest remaining work on the "
           "cluster as one fluid machine, mixed with each job's time alone.",
    .citation = "after Schrage, Operations Research 16, 1968; Turek et al., SPAA 1994",
    .family = "jobs",
    .flags = RMS_BOUND | RMS_ANYTIME | RMS_DETERMINISTIC | RMS_FOREIGN_ALLOC,
    .params = params,
    .supports = rms_policy_supports,
    .open = open_bound,
    .solve = solve_bound,
    .close = close_bound};
