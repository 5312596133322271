/* SPDX-License-Identifier: GPL-3.0-or-later */
/* forecast.c - parameters, callbacks and life of the policy that forecast.h describes. */
#include "solvers/jobs/forecast.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "solvers/jobs/sharing.h"
#include "solvers/params.h"

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

/* ---- callbacks ---- */

static int begin(void *self, struct rms_sim *sim)
{
  struct rms_forecast *f = self;
  int status = RMS_OK;
  for (uint32_t m = 0; m < f->cluster->n_machines && !status; m++) {
    const struct rms_arrangement whole = rms_sharing_whole(f->cluster, m);
    status = rms_forecast_arrange(f, sim, m, &whole);
  }
  return status;
}

/* What has arrived so far is what will. */
static int expect_alike(struct rms_forecast *f, const struct rms_sim *sim, uint32_t job)
{
  double value[RMS_JOBS_KINDS_MAX];
  const struct rms_forecast_resident r = rms_forecast_newcomer(sim, job);
  const int status = rms_forecast_know(f, r.type);
  if (status || f->reserve == 0) return status;
  rms_forecast_values(f, sim, &r, rms_forecast_weight(f, sim, &r), value);
  for (size_t k = 0; k < f->cluster->n_kinds; k++) f->mix[k] += fmax(value[k], 0);
  f->n_mix++;
  return RMS_OK;
}

static int on_arrival(void *self, struct rms_sim *sim, uint32_t job)
{
  struct rms_forecast *f = self;
  rms_forecast_enqueue(f, job);
  f->is_changed = true;
  return expect_alike(f, sim, job);
}

static int on_suspended(void *self, struct rms_sim *sim, uint32_t job, uint32_t m)
{
  struct rms_forecast *f = self;
  rms_sim_machine(sim, m, &f->machines[m].is_moving);
  rms_forecast_touch(f, m);
  rms_forecast_enqueue(f, job);
  f->is_changed = true;
  return RMS_OK;
}

static int on_completion(void *self, struct rms_sim *sim, uint32_t job, uint32_t m)
{
  struct rms_forecast *f = self;
  struct rms_forecast_machine *machine = &f->machines[m];
  size_t kept = 0;
  rms_forecast_take_stock(f, sim, m);
  rms_lengths_add(&f->lengths, f->service[job]);
  if (f->lengths.n_new == 0) rms_forecast_weigh(f);
  for (size_t j = 0; j < machine->n; j++)
    if (machine->resident[j].job != job) machine->resident[kept++] = machine->resident[j];
  machine->n = (uint8_t)kept;
  rms_machine_set_put(&f->changed, m, true);
  rms_forecast_touch(f, m);
  f->is_changed = true;
  return RMS_OK;
}

static int on_ready(void *self, struct rms_sim *sim, uint32_t m)
{
  struct rms_forecast *f = self;
  rms_sim_machine(sim, m, &f->machines[m].is_moving);
  rms_forecast_touch(f, m);
  f->is_changed = true;
  return RMS_OK;
}

static int on_measured(void *self, struct rms_sim *sim, uint32_t m,
                       const struct rms_job_sample *samples, size_t n)
{
  struct rms_forecast *f = self;
  struct rms_forecast_machine *machine = &f->machines[m];
  struct rms_mps_row rows[RMS_MIX_JOBS_MAX];
  double speed[RMS_MIX_JOBS_MAX][RMS_SLICE_SIZES];
  struct rms_forecast_prospect p;
  machine->is_moving = false;
  rms_forecast_touch(f, m);
  f->is_changed = true;
  for (size_t i = 0; i < n; i++) rows[i] = rms_sharing_row(f->cluster, &samples[i]);
  if (n > 0) rms_predict_speeds(f->predictor, rows, (int)n, speed);
  for (size_t i = 0; i < n; i++) {
    struct rms_forecast_type *k = &f->types[rms_sim_job(sim, samples[i].job).type];
    for (int s = 0; s < RMS_SLICE_SIZES; s++) k->predicted[s] += speed[i][s];
    k->n_predicted += 1;
    f->version++;
  }
  if (machine->n == 0) return RMS_OK;
  return rms_forecast_look_at(f, sim, m, NULL, &p) ? rms_forecast_cut(f, sim, m, &p.choice)
                                                   : RMS_E_INTERNAL;
}

static int decide(void *self, struct rms_sim *sim)
{
  struct rms_forecast *f = self;
  int status = RMS_OK;
  if (!f->is_changed) return RMS_OK;
  f->is_changed = false;
  RMS_TRY(rms_forecast_place(f, sim));
  RMS_TRY(rms_forecast_improve(f, sim));
  RMS_TRY(rms_forecast_migrate(f, sim));
out:
  return status;
}

/* ---- life ---- */

static void close_forecast(void *self)
{
  struct rms_forecast *f = self;
  if (!f) return;
  rms_predictor_free(f->predictor);
  free(f->queue);
  free(f->service);
  free(f->types);
  rms_machine_set_fini(&f->changed);
  for (size_t i = RMS_FORECAST_ALIKE; i-- > 0;) rms_machine_set_fini(&f->alike[i].refused);
  for (size_t n = RMS_FORECAST_COUNTS; n-- > 0;) rms_machine_set_fini(&f->by_count[n]);
  free(f->memos);
  free(f->machines);
  free(f);
}

static int open_forecast(void **self, const struct rms_instance *inst, const char *const *values)
{
  int status = RMS_OK;
  const struct rms_jobs *jobs = rms_jobs_of(inst);
  struct rms_forecast *f = calloc(1, sizeof *f);
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
  rms_forecast_weigh(f);
  for (size_t k = 0; k < f->cluster->n_kinds; k++) f->part[k] = rms_sharing_part(f->cluster, k);
  f->machines = calloc(jobs->cluster.n_machines, sizeof *f->machines);
  f->memos = malloc(jobs->cluster.n_machines * sizeof *f->memos);
  f->service = calloc(jobs->n_jobs + 1, sizeof *f->service);
  f->queue_size = 2 * (jobs->n_jobs + 1);
  f->queue = malloc(f->queue_size * sizeof *f->queue);
  RMS_TRY(f->machines && f->memos && f->service && f->queue ? RMS_OK : RMS_E_NOMEM);
  for (uint32_t m = 0; m < jobs->cluster.n_machines; m++)
    f->machines[m].listed = RMS_FORECAST_COUNTS;
  for (size_t n = 0; n < RMS_FORECAST_COUNTS; n++)
    RMS_TRY(rms_machine_set_init(&f->by_count[n], jobs->cluster.n_machines));
  for (size_t i = 0; i < RMS_FORECAST_ALIKE; i++)
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
  struct rms_forecast *f = self;
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
