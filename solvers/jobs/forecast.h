/* SPDX-License-Identifier: GPL-3.0-or-later */
/* forecast.h - the inside of a policy of ours beyond MISO. What it does differently:
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
 *   migrate   a machine without work takes a job from the machine that gains most by it
 *
 * One file each: beliefs, the worth of an arrangement, orders, what is remembered (memo), who is
 * placed where, machines that are improved; forecast.c has parameters, callbacks and life.
 *
 * Speeds, weights, values and rates are believed, in parts of a whole machine's speed; service,
 * gains and overheads are seconds at that speed. `sim` is what the policy sees of the world.
 * Functions that return int: 0, or what the simulator says of the order, RMS_E_NOMEM.
 */
#ifndef RMS_JOBS_FORECAST_H
#define RMS_JOBS_FORECAST_H

#include "solvers/jobs/choose.h"
#include "solvers/jobs/lengths.h"
#include "solvers/jobs/policy.h"
#include "solvers/jobs/predict.h"
#include "solvers/jobs/waiting.h"

enum {
  RMS_FORECAST_LOOK = 64, /* machines, and waiting jobs, that a decision looks at */
  RMS_FORECAST_ALIKE = 64,
  RMS_FORECAST_COUNTS = RMS_CHOOSE_JOBS_MAX + 1
};

struct rms_forecast_resident { /* a job on a machine */
  uint32_t job, type;
  double speed;      /* where it is now, as believed; 0 while it waits for a cut */
  int64_t worked_us; /* when `speed` began */
};

/* What holds until its jobs change, one of them grows into another bin of lengths, or beliefs do.
 */
struct rms_forecast_memo {
  double rate, stall; /* of its jobs now; s in which nobody works while it is rearranged */
  bool all_known;
  double room[RMS_JOBS_KINDS_MAX]; /* most that its jobs are worth beside a newcomer on that kind */
};

/* Newcomers of equal key are alike to all machines: the same program, least slice and weight. */
struct rms_forecast_alike {
  uint64_t key;                   /* 0: nobody */
  struct rms_machine_set refused; /* machines that gain nothing by them */
};

struct rms_forecast_machine {
  uint8_t n, listed; /* jobs; in which of the sets by number of jobs it is, COUNTS: in none */
  bool is_moving, is_fresh;
  uint64_t version; /* of the beliefs in what follows, which holds before until_us */
  int64_t until_us;
  double leave_gain; /* the most that one of its jobs gains by having an empty machine */
  size_t leaver;
  struct rms_forecast_resident resident[RMS_CHOOSE_JOBS_MAX];
};

struct rms_forecast_type {                        /* what is known of a type */
  double predicted[RMS_SLICE_SIZES], n_predicted; /* sums over phases */
  float seen[RMS_JOBS_KINDS_MAX];                 /* true speeds; 0: not seen */
};

struct rms_forecast { /* one use of the policy; all is owned but what is const */
  const struct rms_jobs *inst;
  const struct rms_cluster *cluster;
  const struct rms_host *host;
  struct rms_predictor *predictor;
  bool has_memory, is_greedy, migrates, fills;
  double horizon, power;          /* s; of the index in the weights */
  double reserve;                 /* 0: no look-ahead */
  double mix[RMS_JOBS_KINDS_MAX]; /* by kind: sum of the values of all arrivals, 0 if it does not
                                     fit */
  double n_mix;
  struct rms_lengths lengths;
  double part[RMS_JOBS_KINDS_MAX], weight[RMS_LENGTH_BINS];
  uint64_t version;                      /* of weights and knowledge */
  struct rms_forecast_machine *machines; /* [n_machines] */
  struct rms_forecast_memo *memos;       /* [n_machines] */
  struct rms_forecast_alike alike[RMS_FORECAST_ALIKE];
  uint32_t window[RMS_FORECAST_LOOK]; /* machines with the fewest jobs that take orders */
  size_t n_window;
  uint32_t spared;   /* of the window, with reserve: the best machine for the next arrival */
  double spare_cost; /* what the next arrival gains less without it */
  bool has_window;
  struct rms_machine_set by_count[RMS_FORECAST_COUNTS]; /* that take orders, by number of jobs */
  struct rms_machine_set changed;                       /* lost a job since they were cut */
  struct rms_forecast_type *types;
  size_t n_types, types_capacity;
  double *service; /* by job: at full speed, seconds, as believed */
  uint32_t *queue; /* jobs that wait: queue[head .. tail-1], of queue_size */
  size_t head, tail, queue_size;
  bool is_changed; /* something that may let a waiting job start */
};

/* ---- beliefs ---- */

/* Room for what is known of the type. RMS_E_NOMEM. */
int rms_forecast_know(struct rms_forecast *f, uint32_t type);
/* Speed of a known type on a kind: as it was seen, predicted, or between no loss and a loss in
 * proportion. */
double rms_forecast_speed(const struct rms_forecast *f, uint32_t type, size_t kind);
/* Service had so far: what was booked, and what its present place has given since. */
double rms_forecast_service(const struct rms_forecast *f, const struct rms_sim *sim,
                            const struct rms_forecast_resident *r);
/* Weights anew from the lengths. */
void rms_forecast_weigh(struct rms_forecast *f);
double rms_forecast_weight(const struct rms_forecast *f, const struct rms_sim *sim,
                           const struct rms_forecast_resident *r);
/* Weighted speed by kind; RMS_CHOOSE_NEVER where it does not fit. */
void rms_forecast_values(const struct rms_forecast *f, const struct rms_sim *sim,
                         const struct rms_forecast_resident *r, double weight,
                         double value[RMS_JOBS_KINDS_MAX]);
/* Remember true speeds, and book service, of jobs whose place is about to change. */
void rms_forecast_take_stock(struct rms_forecast *f, const struct rms_sim *sim, uint32_t machine);

/* ---- what an arrangement is worth ---- */

struct rms_forecast_idle { /* a slice without a job */
  double gain;             /* 0: there is none */
  uint16_t start, kind;
};

struct rms_forecast_prospect { /* of a machine with its jobs and perhaps one more */
  double gain;                 /* of weighted service over the horizon, overheads deducted */
  bool measures, fills;
  struct rms_choice choice;      /* unless it measures or fills */
  struct rms_forecast_idle idle; /* if it fills */
};

/* Sum of weighted speeds of its jobs as they are. */
double rms_forecast_rate(const struct rms_forecast *f, const struct rms_sim *sim,
                         const struct rms_forecast_machine *machine);
/* Seconds in which nobody works while the machine is rearranged. */
double rms_forecast_stall(const struct rms_forecast *f, const struct rms_sim *sim,
                          const struct rms_forecast_machine *machine);
/* The idle slice of a machine with jobs that is worth most to a newcomer of these values. */
struct rms_forecast_idle rms_forecast_look_at_idle(const struct rms_forecast *f,
                                                   const struct rms_sim *sim, uint32_t machine,
                                                   const double *value);
/* The better of a new cut for the machine's jobs and `extra` (NULL: nobody), and an idle slice as
 * it is. False: it cannot hold them, *p is unspecified. */
bool rms_forecast_look_at(const struct rms_forecast *f, const struct rms_sim *sim, uint32_t machine,
                          const struct rms_forecast_resident *extra,
                          struct rms_forecast_prospect *p);

/* ---- orders ---- */

/* Keep the sets in step; what is remembered of the machine holds no more. */
void rms_forecast_touch(struct rms_forecast *f, uint32_t machine);
int rms_forecast_arrange(struct rms_forecast *f, struct rms_sim *sim, uint32_t machine,
                         const struct rms_arrangement *to);
/* Cut the machine for its jobs in the way chosen. */
int rms_forecast_cut(struct rms_forecast *f, struct rms_sim *sim, uint32_t machine,
                     const struct rms_choice *choice);
/* The job becomes a resident, in the way of the prospect. */
int rms_forecast_admit(struct rms_forecast *f, struct rms_sim *sim, uint32_t machine,
                       const struct rms_forecast_resident *r,
                       const struct rms_forecast_prospect *p);

/* ---- what is remembered ---- */

/* Renew what is remembered of the machine if it does not hold any more: leaver, memo, refusals. */
void rms_forecast_refresh(struct rms_forecast *f, const struct rms_sim *sim, uint32_t machine);
/* The entry of a key (not 0); whoever had it before is forgotten. */
struct rms_forecast_alike *rms_forecast_alike_of(struct rms_forecast *f, uint64_t key);
/* Gain of a fresh machine by a newcomer of these values, as rms_forecast_look_at says where no
 * phase is needed; -INFINITY: it cannot hold one. Cost: O(kinds + slices). */
double rms_forecast_gain_of_values(const struct rms_forecast *f, const struct rms_sim *sim,
                                   uint32_t machine, const double *value);
/* The same of a resident-to-be with these values; looks at cuts where a phase is needed. */
double rms_forecast_gain(const struct rms_forecast *f, const struct rms_sim *sim, uint32_t machine,
                         const struct rms_forecast_resident *r, const double *value);

/* ---- who is placed where ---- */

/* The job as a resident-to-be. */
struct rms_forecast_resident rms_forecast_newcomer(const struct rms_sim *sim, uint32_t job);
/* An empty machine that takes orders, uncut if there is one; RMS_JOB_NONE: none. */
uint32_t rms_forecast_find_empty(const struct rms_forecast *f, const struct rms_sim *sim);
/* Put a job that is not in it at the end of the queue. */
void rms_forecast_enqueue(struct rms_forecast *f, uint32_t job);
/* Go through the first of the queue; who finds no machine stays. */
int rms_forecast_place(struct rms_forecast *f, struct rms_sim *sim);

/* ---- machines that are improved ---- */

/* Cut machines anew that lost a job, where it pays. */
int rms_forecast_improve(struct rms_forecast *f, struct rms_sim *sim);
/* Suspend the job that gains most by having an empty machine; it is placed there once saved. */
int rms_forecast_migrate(struct rms_forecast *f, struct rms_sim *sim);

#endif
