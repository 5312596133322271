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
 * Any prices and any alpha prove a bound; better ones are only looked for: prices by the linear
 * program that makes the whole trace most expensive, alpha by coordinate ascent over classes of
 * jobs of similar length. Prices are repaired after the simplex, so its rounding proves nothing
 * wrong, and a billionth is taken off for the rounding of the sums. */
#include <glpk.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "solvers/jobs/policy.h"
#include "solvers/params.h"

enum { CLASSES = 16, TYPES_MAX = 64, POLL_EVERY = 4096 };
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
    {0}};

struct task {
  double arrival, alone, paid; /* r, p, a: seconds */
  int class;
};

struct waiting { /* on the one machine */
  double left;
  size_t task;
};

struct prices {
  double kind[RMS_JOBS_KINDS_MAX], pool[RMS_JOBS_POOLS_MAX];
};

struct bound {
  const struct rms_jobs *inst;
  const struct rms_host *host;
  int64_t passes;
  struct task *tasks; /* by arrival */
  struct waiting *heap;
  uint64_t work; /* tasks looked at */
  double best;   /* proved, mean */
};

/* ---- prices ---- */

static double as_speed(int32_t value)
{
  return (double)value / RMS_JOBS_FULL;
}

/* Largest n x speed of one of n jobs under MPS: 1 / (its share of a machine that a unit of work
 * takes). */
static double best_shared(const struct rms_jobs *inst, const struct rms_jobs_type *type)
{
  double best = 0;
  for (size_t level = 0; level < inst->cluster.n_levels; level++)
    for (int n = 1; n <= RMS_JOBS_CORUN_MAX; n++)
      best = fmax(best, n * as_speed(type->mps[level][n - 1]));
  return best;
}

/* Columns: kinds, pools, what a unit of work of each type pays. */
static int column_of_pool(const struct rms_cluster *c, size_t p)
{
  return (int)(c->n_kinds + p) + 1;
}

static void add_row(glp_prob *lp, double high, int n, const int *index, const double *value)
{
  const int row = glp_add_rows(lp, 1);
  glp_set_row_bnds(lp, row, GLP_UP, 0, high);
  glp_set_mat_row(lp, row, n, index, value);
}

static void add_cuts(glp_prob *lp, const struct rms_cluster *c)
{
  int index[RMS_JOBS_KINDS_MAX + RMS_JOBS_POOLS_MAX + 2];
  double value[RMS_JOBS_KINDS_MAX + RMS_JOBS_POOLS_MAX + 2];
  for (size_t p = 0; p < c->n_pools; p++)
    for (size_t i = 0; i < c->pools[p].n_cuts; i++) {
      int n = 1;
      index[1] = column_of_pool(c, p);
      value[1] = -1;
      for (size_t k = 0; k < c->n_kinds; k++) {
        if (c->pools[p].cuts[i].count[k] == 0) continue;
        index[++n] = (int)k + 1;
        value[n] = c->pools[p].cuts[i].count[k];
      }
      add_row(lp, 0, n, index, value);
    }
  for (size_t p = 0; p < c->n_pools; p++) {
    index[p + 1] = column_of_pool(c, p);
    value[p + 1] = c->pools[p].count;
  }
  add_row(lp, (double)c->n_machines, (int)c->n_pools, index, value);
}

static void add_type(glp_prob *lp, const struct rms_jobs *inst, const struct rms_jobs_type *type,
                     double share)
{
  const struct rms_cluster *c = &inst->cluster;
  const double shared = best_shared(inst, type);
  const int z = glp_add_cols(lp, 1);
  glp_set_col_bnds(lp, z, GLP_DB, 0, 1e6);
  glp_set_obj_coef(lp, z, share);
  for (size_t k = 0; k < c->n_kinds; k++)
    if (type->speed[k] > 0)
      add_row(lp, 0, 2, (int[]){0, z, (int)k + 1}, (double[]){0, as_speed(type->speed[k]), -1});
  for (size_t p = 0; p < c->n_pools && shared > 0; p++)
    add_row(lp, 0, 2, (int[]){0, z, column_of_pool(c, p)}, (double[]){0, shared, -1});
}

/* Scale to what the header demands, whatever the simplex returned. */
static void repair(const struct rms_cluster *c, struct prices *prices)
{
  double total = 0;
  for (size_t p = 0; p < c->n_pools; p++) {
    prices->pool[p] = 0;
    for (size_t i = 0; i < c->pools[p].n_cuts; i++) {
      double sum = 0;
      for (size_t k = 0; k < c->n_kinds; k++) sum += c->pools[p].cuts[i].count[k] * prices->kind[k];
      prices->pool[p] = fmax(prices->pool[p], sum);
    }
    total += prices->pool[p] * c->pools[p].count;
  }
  for (size_t p = 0; p < c->n_pools && total > 0; p++) prices->pool[p] /= total;
  for (size_t k = 0; k < c->n_kinds && total > 0; k++) prices->kind[k] /= total;
}

struct weighted {
  size_t type;
  double work;
};

static int by_work(const void *a, const void *b)
{
  const struct weighted *x = a, *y = b;
  if (x->work != y->work) return x->work > y->work ? -1 : 1;
  return (x->type > y->type) - (x->type < y->type);
}

/* Prices that make the trace most expensive, of its types with most work. */
static int find_prices(const struct rms_jobs *inst, struct prices *prices)
{
  const struct rms_cluster *c = &inst->cluster;
  struct weighted *types = calloc(inst->n_types, sizeof *types);
  glp_smcp options;
  double total = 0;
  if (!types) return RMS_E_NOMEM;
  for (size_t t = 0; t < inst->n_types; t++) types[t].type = t;
  for (size_t j = 0; j < inst->n_jobs; j++) {
    types[inst->jobs[j].type].work += (double)inst->jobs[j].work;
    total += (double)inst->jobs[j].work;
  }
  qsort(types, inst->n_types, sizeof *types, by_work);
  glp_term_out(GLP_OFF);
  glp_prob *lp = glp_create_prob();
  glp_set_obj_dir(lp, GLP_MAX);
  glp_add_cols(lp, (int)(c->n_kinds + c->n_pools));
  for (int i = 1; i <= (int)(c->n_kinds + c->n_pools); i++)
    glp_set_col_bnds(lp, i, GLP_DB, 0, (double)c->n_machines);
  add_cuts(lp, c);
  for (size_t t = 0; t < inst->n_types && t < TYPES_MAX; t++)
    add_type(lp, inst, &inst->types[types[t].type], types[t].work / total);
  glp_init_smcp(&options);
  options.msg_lev = GLP_MSG_OFF;
  const bool is_solved = glp_simplex(lp, &options) == 0 && glp_get_status(lp) == GLP_OPT;
  for (size_t k = 0; k < c->n_kinds; k++)
    prices->kind[k] =
        is_solved ? fmax(0, glp_get_col_prim(lp, (int)k + 1)) : (double)c->kinds[k].memory;
  glp_delete_prob(lp);
  free(types);
  repair(c, prices);
  return RMS_OK;
}

/* ---- jobs as tasks ---- */

/* False: it runs nowhere. */
static bool make_task(const struct rms_jobs *inst, const struct prices *prices, size_t j,
                      struct task *task)
{
  const struct rms_cluster *c = &inst->cluster;
  const struct rms_job *job = &inst->jobs[j];
  const struct rms_jobs_type *type = &inst->types[job->type];
  const double work = (double)job->work / RMS_JOBS_FULL / (double)RMS_JOBS_SECOND;
  const double shared = best_shared(inst, type);
  double fastest = 0, cheapest = INFINITY;
  for (size_t k = 0; k < c->n_kinds; k++) {
    const double speed = as_speed(rms_jobs_speed(inst, j, k));
    fastest = fmax(fastest, speed);
    if (speed > 0) cheapest = fmin(cheapest, prices->kind[k] / speed);
  }
  for (size_t level = 0; level < c->n_levels; level++)
    for (int n = 0; n < RMS_JOBS_CORUN_MAX; n++)
      fastest = fmax(fastest, as_speed(type->mps[level][n]));
  for (size_t p = 0; p < c->n_pools && shared > 0; p++)
    cheapest = fmin(cheapest, prices->pool[p] / shared);
  *task = (struct task){.arrival = (double)job->arrival_us / (double)RMS_JOBS_SECOND,
                        .alone = work / fastest,
                        .paid = work * cheapest};
  return fastest > 0;
}

static int by_value(const void *a, const void *b)
{
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* Classes of equally many jobs by what they pay. */
static int classify(struct task *tasks, size_t n)
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

/* ---- shortest remaining processing time ---- */

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
    const double next = j < n ? b->tasks[j].arrival : INFINITY;
    if (n_heap > 0 && now + b->heap[0].left <= next) {
      now += b->heap[0].left;
      sum += now - b->tasks[b->heap[0].task].arrival;
      b->heap[0] = b->heap[--n_heap];
      sift(b->heap, n_heap, 0);
      continue;
    }
    if (n_heap > 0) b->heap[0].left -= next - now;
    now = next;
    const double part = alpha[b->tasks[j].class];
    push(b->heap, n_heap++, part * b->tasks[j].paid, j);
    sum += (1 - part) * b->tasks[j].alone;
    j++;
    if (++b->work % POLL_EVERY == 0 && b->host->should_stop(b->host->ctx, b->work))
      return RMS_STOPPED;
  }
  *mean = sum / (double)n * (1 - SAFETY);
  return b->host->should_stop(b->host->ctx, b->work) ? RMS_STOPPED : 0;
}

/* ---- better parts ---- */

/* Take the parts if they prove more. */
static int try_parts(struct bound *b, const double trial[CLASSES], double alpha[CLASSES],
                     bool *is_better)
{
  double mean = 0;
  const int status = evaluate(b, trial, &mean);
  *is_better = status == 0 && mean > b->best;
  if (!*is_better) return status;
  b->best = mean;
  memmove(alpha, trial, CLASSES * sizeof *alpha);
  const struct rms_incumbent news = {.size = sizeof news, .bound = mean, .work = b->work};
  return b->host->report(b->host->ctx, &news) ? RMS_STOPPED : 0;
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

/* ---- life ---- */

static void close_bound(void *self)
{
  struct bound *b = self;
  if (!b) return;
  free(b->heap);
  free(b->tasks);
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
  b->tasks = calloc(jobs->n_jobs, sizeof *b->tasks);
  b->heap = calloc(jobs->n_jobs, sizeof *b->heap);
  RMS_TRY(b->tasks && b->heap ? RMS_OK : RMS_E_NOMEM);
  *self = b;
  b = NULL;
out:
  close_bound(b);
  return status;
}

static int solve_bound(void *self, const struct rms_host *host)
{
  struct bound *b = self;
  struct prices prices;
  b->host = host;
  b->work = 0;
  b->best = 0;
  if (host->should_stop(host->ctx, 0)) return RMS_STOPPED;
  int status = find_prices(b->inst, &prices);
  for (size_t j = 0; status == 0 && j < b->inst->n_jobs; j++)
    if (!make_task(b->inst, &prices, j, &b->tasks[j])) return RMS_INFEASIBLE;
  if (status == 0) status = classify(b->tasks, b->inst->n_jobs);
  if (status == 0) status = search(b);
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
