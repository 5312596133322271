/* SPDX-License-Identifier: GPL-3.0-or-later */
/* forecast.c - a policy of ours beyond MISO. What it does differently:
 *   memory    a program that was measured or that ran on a slice is known by its type: machines on
 *             which all are known are cut without a measuring phase
 *   weight    cuts maximise the sum of speeds times a power of the Gittins index (lengths.h): under
 *             heavy-tailed lengths the young get the large slices; a small power is best, because
 *             the whole machine is there again soon enough for the old
 *   place     a job goes where the weighted speeds gain most over a horizon, the service that
 *             others lose while the machine is rearranged deducted; it waits when none gains
 *   patience  a machine is cut anew only when that pays for its overheads within the horizon
 *   fill      a job takes an idle slice as it is when that is worth more than a new cut, for which
 *             all must stop
 *   reserve   of nearly equal machines a job spares the one that would serve the next arrival best,
 *             as far as the others would serve it worse; the next is as the mean of those so far
 *   migrate   a machine without work takes a job from the machine that gains most by it */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "solvers/jobs/lengths.h"
#include "solvers/jobs/policy.h"
#include "solvers/jobs/sharing.h"
#include "solvers/jobs/waiting.h"
#include "solvers/params.h"

enum { LOOK_MAX = 64, ALIKE = 64, COUNTS = RMS_CHOOSE_JOBS_MAX + 1 };
#define SPEED_MIN 0.01

struct resident {
  uint32_t job, type;
  double speed;      /* where it is now, as believed; 0 while it waits for a cut */
  int64_t worked_us; /* when `speed` began */
};

/* What holds until its jobs change, one of them grows into another bin of lengths, or beliefs do.
 */
struct memo {
  double rate, stall; /* of its jobs now; s in which nobody works while it is rearranged */
  bool all_known;
  double room[RMS_JOBS_KINDS_MAX]; /* most that its jobs are worth beside a newcomer on that kind */
};

/* Newcomers of equal key are alike to all machines: the same program, least slice and weight. */
struct alike {
  uint64_t key;                   /* 0: nobody */
  struct rms_machine_set refused; /* machines that gain nothing by them */
};

struct machine {
  uint8_t n, listed; /* jobs; in which of the sets by number of jobs it is, COUNTS: in none */
  bool is_moving, is_fresh;
  uint64_t version; /* of the beliefs in what follows, which holds before until_us */
  int64_t until_us;
  double leave_gain; /* the most that one of its jobs gains by having an empty machine */
  size_t leaver;
  struct resident resident[RMS_CHOOSE_JOBS_MAX];
};

struct knowledge {                                /* of a type */
  double predicted[RMS_SLICE_SIZES], n_predicted; /* sums over phases */
  float seen[RMS_JOBS_KINDS_MAX];                 /* true speeds; 0: not seen */
};

struct forecast {
  const struct rms_jobs *inst;
  const struct rms_cluster *cluster;
  const struct rms_host *host;
  struct rms_predictor *predictor;
  bool has_memory, is_greedy, migrates, fills;
  double horizon, power;          /* of the index in the weights */
  double reserve;                 /* 0: no look-ahead */
  double mix[RMS_JOBS_KINDS_MAX]; /* by kind: sum of the values of all arrivals, 0 if it does not
                                     fit */
  double n_mix;
  struct rms_lengths lengths;
  double part[RMS_JOBS_KINDS_MAX], weight[RMS_LENGTH_BINS];
  uint64_t version; /* of weights and knowledge */
  struct machine *machines;
  struct memo *memos; /* by machine */
  struct alike alike[ALIKE];
  uint32_t window[LOOK_MAX]; /* machines with the fewest jobs that take orders */
  size_t n_window;
  uint32_t spared;   /* of the window, with reserve: the best machine for the next arrival */
  double spare_cost; /* what the next arrival gains less without it */
  bool has_window;
  struct rms_machine_set by_count[COUNTS]; /* machines that take orders, by number of jobs */
  struct rms_machine_set changed;          /* lost a job since they were cut */
  struct knowledge *types;
  size_t n_types, types_capacity;
  double *service; /* by job: at full speed, seconds, as believed */
  uint32_t *queue; /* jobs that wait: queue[head .. tail-1], of queue_size */
  size_t head, tail, queue_size;
  bool is_changed; /* something that may let a waiting job start */
};

static const struct rms_param params[] = {
    {.name = "predictor",
     .type = RMS_P_ENUM,
     .dflt = "neural",
     .range = "ridge|boost|neural",
     .scale = "",
     .unit = "1",
     .doc = "Model of slice speeds after a measuring phase."},
    {.name = "memory",
     .type = RMS_P_BOOL,
     .dflt = "yes",
     .scale = "",
     .unit = "1",
     .doc = "Types that were measured or seen before are not measured again."},
    {.name = "weight",
     .type = RMS_P_REAL,
     .dflt = "0.1",
     .range = "[-1,1]",
     .scale = "",
     .unit = "1",
     .doc = "Speeds count times the job's Gittins index to this power; 0: all alike."},
    {.name = "place",
     .type = RMS_P_ENUM,
     .dflt = "gain",
     .range = "gain|fewest",
     .scale = "",
     .unit = "1",
     .doc = "New jobs go where weighted speeds gain most, or to the machine with fewest jobs."},
    {.name = "migrate",
     .type = RMS_P_BOOL,
     .dflt = "yes",
     .scale = "",
     .unit = "1",
     .doc = "Empty machines take jobs from others when that pays."},
    {.name = "horizon",
     .type = RMS_P_REAL,
     .dflt = "150",
     .range = "[1,1e6]",
     .scale = "log",
     .unit = "s",
     .doc = "Time over which a new cut must pay for its overheads."},
    {.name = "fill",
     .type = RMS_P_BOOL,
     .dflt = "yes",
     .scale = "",
     .unit = "1",
     .doc = "A new job may take an idle slice as it is, so that nobody has to stop."},
    {.name = "reserve",
     .type = RMS_P_REAL,
     .dflt = "0",
     .range = "[0,4]",
     .scale = "",
     .unit = "1",
     .doc = "Weight of what an expected next arrival loses by where a job goes; 0: no look-ahead."},
    {0}};

/* ---- beliefs ---- */

static int know_type(struct forecast *f, uint32_t type)
{
  const int status = rms_grow(&f->types, &f->types_capacity, type + 1u, sizeof *f->types);
  if (status) return status;
  for (; f->n_types <= type; f->n_types++) memset(&f->types[f->n_types], 0, sizeof *f->types);
  return RMS_OK;
}

static double believed_speed(const struct forecast *f, uint32_t type, size_t kind)
{
  const struct knowledge *k = &f->types[type];
  if (k->seen[kind] > 0) return (double)k->seen[kind];
  if (k->n_predicted > 0) return rms_sharing_speed(k->predicted, f->part[kind]) / k->n_predicted;
  return (1 + f->part[kind]) / 2; /* nothing is known: between no loss and a loss in proportion */
}

/* Service had so far: what was booked, and what its present place has given since. */
static double service_of(const struct forecast *f, const struct rms_sim *sim,
                         const struct resident *r)
{
  const int64_t since = rms_sim_worked_us(sim, r->job) - r->worked_us;
  return f->service[r->job] + r->speed * (double)since / (double)RMS_JOBS_SECOND;
}

static void weigh(struct forecast *f)
{
  for (int b = 0; b < RMS_LENGTH_BINS; b++)
    f->weight[b] = f->power == 0 ? 1 : pow(f->lengths.index[b], f->power);
  f->version++;
}

static double weight_of(const struct forecast *f, const struct rms_sim *sim,
                        const struct resident *r)
{
  return f->weight[rms_lengths_bin(service_of(f, sim, r))];
}

static void values_of(const struct forecast *f, const struct rms_sim *sim, const struct resident *r,
                      double weight, double value[RMS_JOBS_KINDS_MAX])
{
  for (size_t k = 0; k < f->cluster->n_kinds; k++)
    value[k] =
        rms_sim_fits(sim, r->job, k) ? weight * believed_speed(f, r->type, k) : RMS_CHOOSE_NEVER;
}

/* Keep the sets in step; what is remembered of the machine holds no more. */
static void touch(struct forecast *f, uint32_t m)
{
  struct machine *machine = &f->machines[m];
  const uint8_t list = machine->is_moving ? COUNTS : machine->n;
  machine->is_fresh = f->has_window = false;
  if (list == machine->listed) return;
  if (machine->listed < COUNTS) rms_machine_set_put(&f->by_count[machine->listed], m, false);
  if (list < COUNTS) rms_machine_set_put(&f->by_count[list], m, true);
  machine->listed = list;
}

/* Remember true speeds, and book service, of jobs whose place is about to change. */
static void take_stock(struct forecast *f, const struct rms_sim *sim, uint32_t m)
{
  struct machine *machine = &f->machines[m];
  for (size_t j = 0; j < machine->n; j++) {
    struct resident *r = &machine->resident[j];
    struct knowledge *k = &f->types[r->type];
    f->service[r->job] = service_of(f, sim, r);
    r->worked_us = rms_sim_worked_us(sim, r->job);
    for (size_t kind = 0; kind < f->cluster->n_kinds; kind++) {
      const int32_t seen = rms_sim_seen_speed(sim, r->job, kind);
      const float speed = (float)seen / RMS_JOBS_FULL;
      if (seen <= 0 || speed == k->seen[kind]) continue;
      k->seen[kind] = speed;
      f->version++;
    }
  }
}

/* ---- what an arrangement is worth ---- */

struct idle { /* a slice without a job */
  double gain;
  uint16_t start, kind;
};

struct prospect { /* of a machine with its jobs and perhaps one more */
  double gain;    /* of weighted service over the horizon, overheads deducted */
  bool measures, fills;
  struct rms_choice choice; /* unless it measures or fills */
  struct idle idle;         /* if it fills */
};

static double present_rate(const struct forecast *f, const struct rms_sim *sim,
                           const struct machine *machine)
{
  double rate = 0;
  for (size_t j = 0; j < machine->n; j++)
    rate += weight_of(f, sim, &machine->resident[j]) * machine->resident[j].speed;
  return rate;
}

/* Seconds in which nobody works while the machine is rearranged. */
static double stall_of(const struct forecast *f, const struct rms_sim *sim,
                       const struct machine *machine)
{
  const struct rms_jobs_overheads *o = &f->cluster->overheads;
  int64_t save = 0, restore = 0;
  for (size_t j = 0; j < machine->n; j++) {
    const struct rms_job_facts facts = rms_sim_job(sim, machine->resident[j].job);
    if (facts.checkpoint_us > save) save = facts.checkpoint_us;
    if (facts.restart_us > restore) restore = facts.restart_us;
  }
  return (double)(save + restore + o->recut_us + o->settle_us) / (double)RMS_JOBS_SECOND;
}

static double phase_cost(const struct forecast *f, double stall)
{
  const struct rms_jobs_overheads *o = &f->cluster->overheads;
  return stall + (double)(o->mps_us + o->phase_us / 2) / (double)RMS_JOBS_SECOND;
}

/* The idle slice of a machine with jobs that is worth most to a newcomer of these values, as it is;
 * gain 0: none. */
static struct idle look_at_idle(const struct forecast *f, const struct rms_sim *sim, uint32_t m,
                                const double *value)
{
  const uint16_t model = rms_cluster_pool(f->cluster, m)->model;
  struct idle best = {0};
  bool is_moving;
  const struct rms_arrangement *now = rms_sim_machine(sim, m, &is_moving);
  if (!f->fills || f->machines[m].n == 0 || is_moving || now->mode != RMS_SIM_SLICES) return best;
  for (uint16_t i = 0; i < now->n; i++) {
    if (now->places[i].job != RMS_JOB_NONE) continue;
    const int kind = rms_cluster_kind(f->cluster, model, now->places[i].slice.profile);
    if (kind < 0 || value[kind] * f->horizon <= best.gain) continue;
    best = (struct idle){value[kind] * f->horizon, now->places[i].slice.start, (uint16_t)kind};
  }
  return best;
}

/* Best cut for the machine's jobs and `extra` (NULL: nobody). False: it cannot hold them. */
static bool look_at_cuts(const struct forecast *f, const struct rms_sim *sim, uint32_t m,
                         const struct resident *extra, struct prospect *p)
{
  const struct machine *machine = &f->machines[m];
  double value[RMS_CHOOSE_JOBS_MAX][RMS_JOBS_KINDS_MAX];
  uint32_t jobs[RMS_CHOOSE_JOBS_MAX];
  const size_t n = machine->n + (extra ? 1u : 0u);
  bool all_known = true;
  if (n > RMS_CHOOSE_JOBS_MAX) return false;
  for (size_t j = 0; j < n; j++) {
    const struct resident *r = j < machine->n ? &machine->resident[j] : extra;
    jobs[j] = r->job;
    all_known = all_known && f->has_memory && f->types[r->type].n_predicted > 0;
    values_of(f, sim, r, weight_of(f, sim, r), value[j]);
  }
  p->measures = extra && n > 1 && !all_known;
  if (p->measures && !rms_sharing_can_measure(sim, m, jobs, n)) return false;
  if (!rms_choose(rms_cluster_pool(f->cluster, m), RMS_CHOOSE_ANY,
                  (const double(*)[RMS_JOBS_KINDS_MAX])value, n, &p->choice))
    return false;
  const double now = present_rate(f, sim, machine), stall = stall_of(f, sim, machine);
  const double lost = machine->n == 0 ? 0 : p->measures ? stall + phase_cost(f, stall) : stall;
  p->gain = (p->choice.value - now) * f->horizon - lost * p->choice.value;
  return true;
}

/* The better of a new cut and an idle slice as it is. */
static bool look_at(const struct forecast *f, const struct rms_sim *sim, uint32_t m,
                    const struct resident *extra, struct prospect *p)
{
  double value[RMS_JOBS_KINDS_MAX];
  *p = (struct prospect){0};
  const bool can_cut = look_at_cuts(f, sim, m, extra, p);
  if (!extra) return can_cut;
  values_of(f, sim, extra, weight_of(f, sim, extra), value);
  const struct idle idle = look_at_idle(f, sim, m, value);
  if (idle.gain <= 0 || (can_cut && idle.gain <= p->gain)) return can_cut;
  *p = (struct prospect){.gain = idle.gain, .fills = true, .idle = idle};
  return true;
}

/* ---- orders ---- */

static int arrange(struct forecast *f, struct rms_sim *sim, uint32_t m,
                   const struct rms_arrangement *to)
{
  struct machine *machine = &f->machines[m];
  const int status = rms_sim_arrange(sim, m, to);
  if (!status) rms_sim_machine(sim, m, &machine->is_moving);
  rms_machine_set_put(&f->changed, m, false);
  touch(f, m);
  return status;
}

static int cut(struct forecast *f, struct rms_sim *sim, uint32_t m, const struct rms_choice *choice)
{
  struct machine *machine = &f->machines[m];
  uint32_t jobs[RMS_CHOOSE_JOBS_MAX];
  struct rms_arrangement to = {0};
  bool is_moving;
  take_stock(f, sim, m);
  for (size_t j = 0; j < machine->n; j++) {
    jobs[j] = machine->resident[j].job;
    machine->resident[j].speed = believed_speed(f, machine->resident[j].type, choice->kind[j]);
  }
  rms_choice_arrange(choice, jobs, machine->n, rms_sim_machine(sim, m, &is_moving), &to);
  return arrange(f, sim, m, &to);
}

static int measure(struct forecast *f, struct rms_sim *sim, uint32_t m)
{
  struct machine *machine = &f->machines[m];
  struct rms_arrangement to = {.mode = RMS_SIM_PHASE, .n = machine->n};
  take_stock(f, sim, m);
  for (size_t j = 0; j < machine->n; j++) {
    to.places[j].job = machine->resident[j].job;
    machine->resident[j].speed = 0.5 / machine->n; /* a guess: shares under MPS are not known */
  }
  return arrange(f, sim, m, &to);
}

/* Start the last resident on an idle slice. */
static int fill(struct forecast *f, struct rms_sim *sim, uint32_t m, const struct idle *idle)
{
  struct machine *machine = &f->machines[m];
  struct resident *r = &machine->resident[machine->n - 1u];
  r->speed = believed_speed(f, r->type, idle->kind);
  const int status = rms_sim_start(sim, m, idle->start, r->job);
  rms_sim_machine(sim, m, &machine->is_moving);
  touch(f, m);
  return status;
}

static int admit(struct forecast *f, struct rms_sim *sim, uint32_t m, const struct resident *r,
                 const struct prospect *p)
{
  struct machine *machine = &f->machines[m];
  machine->resident[machine->n++] = *r;
  if (p->fills) return fill(f, sim, m, &p->idle);
  return p->measures ? measure(f, sim, m) : cut(f, sim, m, &p->choice);
}

/* ---- what is remembered of a machine ---- */

/* Weighted service won over the horizon when resident j of a machine moves to an empty one. */
static double gain_of_leaving(const struct forecast *f, const struct rms_sim *sim, uint32_t m,
                              size_t j)
{
  const struct resident *r = &f->machines[m].resident[j];
  const struct rms_job_facts facts = rms_sim_job(sim, r->job);
  const double lost = (double)(facts.checkpoint_us + facts.restart_us) / (double)RMS_JOBS_SECOND;
  return weight_of(f, sim, r) * ((1 - r->speed) * f->horizon - lost);
}

/* Latest time before which the job is in the same bin of lengths, on the safe side of rounding. */
static int64_t same_until(const struct forecast *f, const struct rms_sim *sim,
                          const struct resident *r)
{
  const double service = service_of(f, sim, r);
  const double left = rms_lengths_edge(rms_lengths_bin(service) + 1) - service;
  const double us = left / r->speed * (double)RMS_JOBS_SECOND * (1 - 1e-9) - 2;
  if (rms_sim_state(sim, r->job) != RMS_JOB_RUNNING) return rms_sim_now(sim);
  if (!(us < (double)RMS_JOBS_TIME_MAX_US)) return INT64_MAX; /* never, at no speed */
  return rms_sim_now(sim) + (us > 0 ? (int64_t)us : 0);
}

static void find_leaver(struct forecast *f, const struct rms_sim *sim, uint32_t m)
{
  struct machine *machine = &f->machines[m];
  machine->leave_gain = 0;
  for (size_t j = 0; machine->n > 1 && j < machine->n; j++) {
    const double gain = gain_of_leaving(f, sim, m, j);
    if (gain <= machine->leave_gain ||
        rms_sim_state(sim, machine->resident[j].job) != RMS_JOB_RUNNING)
      continue;
    machine->leave_gain = gain;
    machine->leaver = j;
  }
}

static void remember(struct forecast *f, const struct rms_sim *sim, uint32_t m)
{
  const struct machine *machine = &f->machines[m];
  const struct rms_jobs_pool *pool = rms_cluster_pool(f->cluster, m);
  struct memo *memo = &f->memos[m];
  double value[RMS_CHOOSE_JOBS_MAX][RMS_JOBS_KINDS_MAX];
  double *const newcomer = value[machine->n < RMS_CHOOSE_JOBS_MAX ? machine->n : 0];
  memo->rate = present_rate(f, sim, machine);
  memo->stall = stall_of(f, sim, machine);
  memo->all_known = f->has_memory;
  for (size_t j = 0; j < machine->n; j++) {
    const struct resident *r = &machine->resident[j];
    memo->all_known = memo->all_known && f->types[r->type].n_predicted > 0;
    values_of(f, sim, r, weight_of(f, sim, r), value[j]);
  }
  for (size_t k = 0; k < f->cluster->n_kinds; k++) newcomer[k] = RMS_CHOOSE_NEVER;
  for (size_t k = 0; k < f->cluster->n_kinds; k++) {
    struct rms_choice choice;
    memo->room[k] = -INFINITY;
    if (f->cluster->kinds[k].model != pool->model || machine->n == RMS_CHOOSE_JOBS_MAX) continue;
    newcomer[k] = 0;
    if (rms_choose(pool, RMS_CHOOSE_ANY, (const double(*)[RMS_JOBS_KINDS_MAX])value,
                   machine->n + 1u, &choice))
      memo->room[k] = choice.value;
    newcomer[k] = RMS_CHOOSE_NEVER;
  }
}

/* Forget what does not hold any more. */
static void refresh(struct forecast *f, const struct rms_sim *sim, uint32_t m)
{
  struct machine *machine = &f->machines[m];
  if (machine->is_fresh && machine->version == f->version && rms_sim_now(sim) < machine->until_us)
    return;
  machine->is_fresh = true;
  machine->version = f->version;
  machine->until_us = INT64_MAX;
  for (size_t j = 0; j < machine->n; j++) {
    const int64_t until = same_until(f, sim, &machine->resident[j]);
    if (until < machine->until_us) machine->until_us = until;
  }
  find_leaver(f, sim, m);
  for (size_t i = 0; i < ALIKE; i++) rms_machine_set_put(&f->alike[i].refused, m, false);
  remember(f, sim, m);
}

/* ---- decisions ---- */

static struct resident newcomer(const struct rms_sim *sim, uint32_t job)
{
  return (struct resident){
      .job = job, .type = rms_sim_job(sim, job).type, .worked_us = rms_sim_worked_us(sim, job)};
}

static bool is_whole(const struct rms_sim *sim, uint32_t m)
{
  bool is_moving;
  return rms_sim_machine(sim, m, &is_moving)->n == 1;
}

/* An empty machine, uncut if there is one; RMS_JOB_NONE: none. */
static uint32_t find_empty(const struct forecast *f, const struct rms_sim *sim)
{
  const struct rms_machine_set *empty = &f->by_count[0];
  const uint32_t first = rms_machine_set_next(empty, 0);
  for (uint32_t m = first; m != RMS_JOB_NONE; m = rms_machine_set_next(empty, m + 1))
    if (is_whole(sim, m)) return m;
  return first;
}

static uint64_t key_of(const struct forecast *f, const struct rms_sim *sim, uint32_t job)
{
  const struct rms_job_facts facts = rms_sim_job(sim, job);
  const uint64_t bin = (uint64_t)rms_lengths_bin(f->service[job]);
  return ((uint64_t)facts.type * RMS_LENGTH_BINS + bin) << 32 | ((uint32_t)facts.least + 1u);
}

static struct alike *alike_of(struct forecast *f, uint64_t key)
{
  struct alike *alike = &f->alike[(size_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> 58) % ALIKE];
  if (alike->key == key) return alike;
  alike->key = key;
  memset(alike->refused.words, 0, alike->refused.n_words * sizeof *alike->refused.words);
  return alike;
}

/* As look_at says where no phase is needed, from what is remembered; -INFINITY: it cannot hold a
 * newcomer of these values. */
static double gain_remembered(const struct forecast *f, const struct rms_sim *sim, uint32_t m,
                              const double *value)
{
  const struct memo *memo = &f->memos[m];
  const bool is_empty = f->machines[m].n == 0;
  double most = -INFINITY;
  for (size_t k = 0; k < f->cluster->n_kinds; k++)
    if (memo->room[k] + value[k] > most) most = memo->room[k] + value[k];
  const double idle = look_at_idle(f, sim, m, value).gain;
  if (most > -INFINITY)
    most = (most - memo->rate) * f->horizon - (is_empty ? 0 : memo->stall) * most;
  return idle > 0 ? fmax(most, idle) : most;
}

static double gain_by(const struct forecast *f, const struct rms_sim *sim, uint32_t m,
                      const struct resident *r, const double *value)
{
  struct prospect p;
  if (f->machines[m].n == 0 || (f->memos[m].all_known && f->types[r->type].n_predicted > 0))
    return gain_remembered(f, sim, m, value);
  return look_at(f, sim, m, r, &p) ? p.gain : -INFINITY;
}

/* The machine of the window that gains most by the next arrival, and how much more than any other.
 */
static void find_spared(struct forecast *f, const struct rms_sim *sim)
{
  double expected[RMS_JOBS_KINDS_MAX], first = 0, second = 0;
  f->spared = RMS_JOB_NONE;
  if (f->reserve == 0 || f->n_mix == 0) return;
  for (size_t k = 0; k < f->cluster->n_kinds; k++) expected[k] = f->mix[k] / f->n_mix;
  for (size_t i = 0; i < f->n_window; i++) {
    const double gain = gain_remembered(f, sim, f->window[i], expected);
    if (gain > first) {
      second = first;
      first = gain;
      f->spared = f->window[i];
    } else if (gain > second) {
      second = gain;
    }
  }
  f->spare_cost = f->reserve * (first - second);
}

static void look_around(struct forecast *f, const struct rms_sim *sim)
{
  if (f->has_window) return;
  f->n_window = 0;
  for (uint8_t n = 0; n < RMS_CHOOSE_JOBS_MAX; n++)
    for (uint32_t m = 0;
         f->n_window < LOOK_MAX && (m = rms_machine_set_next(&f->by_count[n], m)) != RMS_JOB_NONE;
         m++) {
      refresh(f, sim, m);
      f->window[f->n_window++] = m;
    }
  find_spared(f, sim);
  f->has_window = true;
}

/* Where the job gains most, less what it costs the next, among the machines with the fewest jobs;
 * RMS_JOB_NONE: it gains nowhere and waits. */
static uint32_t search(struct forecast *f, const struct rms_sim *sim, const struct resident *r,
                       uint64_t key)
{
  struct alike *alike = alike_of(f, key);
  double value[RMS_JOBS_KINDS_MAX], best = -INFINITY;
  uint32_t found = RMS_JOB_NONE;
  look_around(f, sim);
  values_of(f, sim, r, weight_of(f, sim, r), value);
  for (size_t i = 0; i < f->n_window; i++) {
    const uint32_t m = f->window[i];
    if (rms_machine_set_has(&alike->refused, m)) continue;
    const double gain = gain_by(f, sim, m, r, value);
    if (!f->is_greedy && gain > -INFINITY) return m;
    if (!(gain > 0)) {
      rms_machine_set_put(&alike->refused, m, true);
      continue;
    }
    const double net = m == f->spared ? gain - f->spare_cost : gain;
    if (!(net > best)) continue;
    best = net;
    found = m;
  }
  return found;
}

static uint32_t find_machine(struct forecast *f, const struct rms_sim *sim,
                             const struct resident *r, uint64_t key, struct prospect *p)
{
  const uint32_t empty = find_empty(f, sim); /* not spared: migrate() would fill it at once */
  if (empty != RMS_JOB_NONE && look_at(f, sim, empty, r, p)) return empty;
  const uint32_t found = search(f, sim, r, key);
  return found != RMS_JOB_NONE && look_at(f, sim, found, r, p) ? found : RMS_JOB_NONE;
}

static void enqueue(struct forecast *f, uint32_t job)
{
  if (f->tail == f->queue_size) { /* at least half of it is free, in front */
    memmove(f->queue, f->queue + f->head, (f->tail - f->head) * sizeof *f->queue);
    f->tail -= f->head;
    f->head = 0;
  }
  f->queue[f->tail++] = job;
}

/* Go through the first of the queue; who finds no machine stays. What one did not find, nobody
 * like it finds before a machine changes. */
static int place_waiting(struct forecast *f, struct rms_sim *sim)
{
  uint64_t refused[ALIKE] = {0};
  size_t kept = 0, i = f->head;
  int status = RMS_OK;
  f->has_window = false;
  for (; i < f->tail && kept < LOOK_MAX && !status; i++) {
    const struct resident r = newcomer(sim, f->queue[i]);
    const uint64_t key = key_of(f, sim, r.job);
    uint64_t *mark = &refused[alike_of(f, key) - f->alike];
    struct prospect p;
    const uint32_t m = *mark == key ? RMS_JOB_NONE : find_machine(f, sim, &r, key, &p);
    if (m == RMS_JOB_NONE) {
      *mark = key;
      f->queue[f->head + kept++] = r.job;
      continue;
    }
    memset(refused, 0, sizeof refused);
    status = admit(f, sim, m, &r, &p);
  }
  memmove(f->queue + i - kept, f->queue + f->head, kept * sizeof *f->queue);
  f->head = i - kept;
  return status;
}

/* Cut machines anew that lost a job, where it pays. */
static int improve(struct forecast *f, struct rms_sim *sim)
{
  for (uint32_t m = 0; (m = rms_machine_set_next(&f->changed, m)) != RMS_JOB_NONE; m++) {
    const struct machine *machine = &f->machines[m];
    struct prospect p;
    if (machine->is_moving) continue;
    rms_machine_set_put(&f->changed, m, false);
    if (machine->n == 0 || !look_at(f, sim, m, NULL, &p) || p.gain <= 0) continue;
    const int status = cut(f, sim, m, &p.choice);
    if (status) return status;
  }
  return RMS_OK;
}

/* Suspend a job that is no resident any more, by a new cut for the others where that pays. */
static int let_go(struct forecast *f, struct rms_sim *sim, uint32_t m, uint32_t job)
{
  struct machine *machine = &f->machines[m];
  struct prospect p;
  if (look_at(f, sim, m, NULL, &p) && p.gain > 0) return cut(f, sim, m, &p.choice);
  const int status = rms_sim_suspend(sim, job);
  rms_sim_machine(sim, m, &machine->is_moving);
  touch(f, m);
  return status;
}

/* Suspend the job that gains most by having an empty machine; it is placed there once saved. */
static int migrate(struct forecast *f, struct rms_sim *sim)
{
  double best = 0;
  uint32_t from = RMS_JOB_NONE;
  if (!f->migrates || f->head < f->tail || find_empty(f, sim) == RMS_JOB_NONE) return RMS_OK;
  for (uint32_t m = 0; m < f->cluster->n_machines; m++) {
    if (f->machines[m].n < 2 || f->machines[m].is_moving) continue;
    refresh(f, sim, m);
    if (f->machines[m].leave_gain <= best) continue;
    best = f->machines[m].leave_gain;
    from = m;
  }
  if (from == RMS_JOB_NONE) return RMS_OK;
  struct machine *machine = &f->machines[from];
  const uint32_t job = machine->resident[machine->leaver].job;
  take_stock(f, sim, from);
  machine->resident[machine->leaver] = machine->resident[--machine->n];
  touch(f, from);
  return let_go(f, sim, from, job);
}

/* ---- callbacks ---- */

static int begin(void *self, struct rms_sim *sim)
{
  struct forecast *f = self;
  int status = RMS_OK;
  for (uint32_t m = 0; m < f->cluster->n_machines && !status; m++) {
    const struct rms_jobs_pool *pool = rms_cluster_pool(f->cluster, m);
    const struct rms_arrangement whole = {
        .mode = RMS_SIM_SLICES,
        .n = 1,
        .places[0] = {.slice = pool->cuts[pool->whole].layout[0], .job = RMS_JOB_NONE}};
    status = arrange(f, sim, m, &whole);
  }
  return status;
}

/* What has arrived so far is what will. */
static int expect_alike(struct forecast *f, const struct rms_sim *sim, uint32_t job)
{
  double value[RMS_JOBS_KINDS_MAX];
  const struct resident r = newcomer(sim, job);
  const int status = know_type(f, r.type);
  if (status || f->reserve == 0) return status;
  values_of(f, sim, &r, weight_of(f, sim, &r), value);
  for (size_t k = 0; k < f->cluster->n_kinds; k++) f->mix[k] += fmax(value[k], 0);
  f->n_mix++;
  return RMS_OK;
}

static int on_arrival(void *self, struct rms_sim *sim, uint32_t job)
{
  struct forecast *f = self;
  enqueue(f, job);
  f->is_changed = true;
  return expect_alike(f, sim, job);
}

static int on_suspended(void *self, struct rms_sim *sim, uint32_t job, uint32_t m)
{
  struct forecast *f = self;
  rms_sim_machine(sim, m, &f->machines[m].is_moving);
  touch(f, m);
  enqueue(f, job);
  f->is_changed = true;
  return RMS_OK;
}

static int on_completion(void *self, struct rms_sim *sim, uint32_t job, uint32_t m)
{
  struct forecast *f = self;
  struct machine *machine = &f->machines[m];
  size_t kept = 0;
  take_stock(f, sim, m);
  rms_lengths_add(&f->lengths, f->service[job]);
  if (f->lengths.n_new == 0) weigh(f);
  for (size_t j = 0; j < machine->n; j++)
    if (machine->resident[j].job != job) machine->resident[kept++] = machine->resident[j];
  machine->n = (uint8_t)kept;
  rms_machine_set_put(&f->changed, m, true);
  touch(f, m);
  f->is_changed = true;
  return RMS_OK;
}

static int on_ready(void *self, struct rms_sim *sim, uint32_t m)
{
  struct forecast *f = self;
  rms_sim_machine(sim, m, &f->machines[m].is_moving);
  touch(f, m);
  f->is_changed = true;
  return RMS_OK;
}

static int on_measured(void *self, struct rms_sim *sim, uint32_t m,
                       const struct rms_job_sample *samples, size_t n)
{
  struct forecast *f = self;
  struct machine *machine = &f->machines[m];
  struct rms_mps_row rows[RMS_MIX_JOBS_MAX];
  double speed[RMS_MIX_JOBS_MAX][RMS_SLICE_SIZES];
  struct prospect p;
  machine->is_moving = false;
  touch(f, m);
  f->is_changed = true;
  for (size_t i = 0; i < n; i++) rows[i] = rms_sharing_row(f->cluster, &samples[i]);
  if (n > 0) rms_predict_speeds(f->predictor, rows, (int)n, speed);
  for (size_t i = 0; i < n; i++) {
    struct knowledge *k = &f->types[rms_sim_job(sim, samples[i].job).type];
    for (int s = 0; s < RMS_SLICE_SIZES; s++) k->predicted[s] += speed[i][s];
    k->n_predicted += 1;
    f->version++;
  }
  if (machine->n == 0) return RMS_OK;
  return look_at(f, sim, m, NULL, &p) ? cut(f, sim, m, &p.choice) : RMS_E_INTERNAL;
}

static int decide(void *self, struct rms_sim *sim)
{
  struct forecast *f = self;
  int status = RMS_OK;
  if (!f->is_changed) return RMS_OK;
  f->is_changed = false;
  RMS_TRY(place_waiting(f, sim));
  RMS_TRY(improve(f, sim));
  RMS_TRY(migrate(f, sim));
out:
  return status;
}

/* ---- life ---- */

static void close_forecast(void *self)
{
  struct forecast *f = self;
  if (!f) return;
  rms_predictor_free(f->predictor);
  free(f->queue);
  free(f->service);
  free(f->types);
  rms_machine_set_fini(&f->changed);
  for (size_t i = ALIKE; i-- > 0;) rms_machine_set_fini(&f->alike[i].refused);
  for (size_t n = COUNTS; n-- > 0;) rms_machine_set_fini(&f->by_count[n]);
  free(f->memos);
  free(f->machines);
  free(f);
}

static int open_forecast(void **self, const struct rms_instance *inst, const char *const *values)
{
  int status = RMS_OK;
  const struct rms_jobs *jobs = rms_jobs_of(inst);
  struct forecast *f = calloc(1, sizeof *f);
  RMS_TRY(f ? RMS_OK : RMS_E_NOMEM);
  f->inst = jobs;
  f->cluster = &jobs->cluster;
  f->has_memory = rms_value_bool(params, values, "memory");
  f->power = rms_value_real(params, values, "weight");
  f->is_greedy = !strcmp(rms_value_text(params, values, "place"), "gain");
  f->fills = rms_value_bool(params, values, "fill");
  f->migrates = rms_value_bool(params, values, "migrate");
  f->horizon = rms_value_real(params, values, "horizon");
  f->reserve = rms_value_real(params, values, "reserve");
  rms_lengths_init(&f->lengths, 0.1);
  weigh(f);
  for (size_t k = 0; k < f->cluster->n_kinds; k++) f->part[k] = rms_sharing_part(f->cluster, k);
  f->machines = calloc(jobs->cluster.n_machines, sizeof *f->machines);
  f->memos = malloc(jobs->cluster.n_machines * sizeof *f->memos);
  f->service = calloc(jobs->n_jobs + 1, sizeof *f->service);
  f->queue_size = 2 * (jobs->n_jobs + 1);
  f->queue = malloc(f->queue_size * sizeof *f->queue);
  RMS_TRY(f->machines && f->memos && f->service && f->queue ? RMS_OK : RMS_E_NOMEM);
  for (uint32_t m = 0; m < jobs->cluster.n_machines; m++) f->machines[m].listed = COUNTS;
  for (size_t n = 0; n < COUNTS; n++)
    RMS_TRY(rms_machine_set_init(&f->by_count[n], jobs->cluster.n_machines));
  for (size_t i = 0; i < ALIKE; i++)
    RMS_TRY(rms_machine_set_init(&f->alike[i].refused, jobs->cluster.n_machines));
  RMS_TRY(rms_machine_set_init(&f->changed, jobs->cluster.n_machines));
  RMS_TRY(rms_predictor_builtin(&f->predictor, rms_value_text(params, values, "predictor"), NULL));
  *self = f;
  f = NULL;
out:
  close_forecast(f);
  return status;
}

static int solve_forecast(void *self, const struct rms_host *host)
{
  struct forecast *f = self;
  static const struct rms_policy policy = {.begin = begin,
                                           .arrival = on_arrival,
                                           .completion = on_completion,
                                           .suspended = on_suspended,
                                           .measured = on_measured,
                                           .ready = on_ready,
                                           .decide = decide};
  f->host = host;
  return rms_policy_solve(f->inst, &policy, f, host);
}

const struct rms_solver rms_solver_jobs_forecast = {
    .abi = RMS_SOLVER_ABI,
    .size = sizeof(struct rms_solver),
    .name = "forecast",
    .version = "1.0",
    .doc = "Remembers programs, weighs jobs by what their age says of their end, cuts and moves "
           "only where it pays.",
    .citation = NULL,
    .family = "jobs",
    .flags = RMS_DETERMINISTIC,
    .params = params,
    .supports = rms_policy_supports,
    .open = open_forecast,
    .solve = solve_forecast,
    .close = close_forecast};
