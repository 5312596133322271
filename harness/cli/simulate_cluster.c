/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rms simulate-cluster [RUN...] - how a sweep would go on more ranks than there are here. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "analysis/plot.h"
#include "analysis/table.h"
#include "harness/cli/cli.h"
#include "harness/cli/cluster_real.h"
#include "harness/cluster_model.h"
#include "harness/hierarchy.h"
#include "harness/transport.h"
#include "harness/worker.h"
#include "instances/base/text.h"

enum { REAL_MAX = 32, RANKS_MAX = 32, LETTERS = 20000 };

struct options {
  const char *runs[REAL_MAX];
  size_t n_runs, n_ranks;
  int64_t ranks[RANKS_MAX];
  int64_t jobs_per_rank, per_node, cores, group;
  double job_time, overhead_cpu, overhead_wait, message, handling, item, latency;
  bool is_computing, is_measuring;
  const char *format, *output, *svg;
};

struct point { /* a row of the table */
  int ranks, per_node, cores;
  const struct rms_cluster_real *real;        /* NULL: a forecast alone */
  struct rms_cluster_forecast forecast, flat; /* flat: all ranks report to rank 0 */
  uint64_t jobs;
};

struct study {
  const struct options *o;
  size_t n_real, n_points;
  struct rms_cluster_real real[REAL_MAX];
  struct point points[REAL_MAX + RANKS_MAX];
  struct rms_cluster_model model; /* what all points share */
};

enum {
  KEY_RANKS = 0x100,
  KEY_JOBS,
  KEY_NODE,
  KEY_CORES,
  KEY_GROUP,
  KEY_TIME,
  KEY_COMPUTING,
  KEY_CPU,
  KEY_WAIT,
  KEY_MESSAGE,
  KEY_HANDLING,
  KEY_ITEM,
  KEY_LATENCY,
  KEY_MEASURE,
  KEY_SVG
};

/* ---- command line ---- */

static bool parse_ranks(struct options *o, const char *text)
{
  char word[24];
  o->n_ranks = 0;
  while (*text && o->n_ranks < RANKS_MAX) {
    const size_t n = strcspn(text, ",");
    if (n == 0 || n >= sizeof word) return false;
    memcpy(word, text, n);
    word[n] = '\0';
    int64_t *const value = &o->ranks[o->n_ranks++];
    if (rms_parse_int(word, value) < 0 || *value < 1 || *value > RMS_MODEL_RANKS_MAX) return false;
    text += n + (text[n] == ',');
  }
  return !*text && o->n_ranks;
}

static int64_t *whole_of(struct options *o, int key)
{
  switch (key) {
  case KEY_JOBS: return &o->jobs_per_rank;
  case KEY_NODE: return &o->per_node;
  case KEY_GROUP: return &o->group;
  default: return &o->cores;
  }
}

static double *seconds_of(struct options *o, int key)
{
  switch (key) {
  case KEY_TIME: return &o->job_time;
  case KEY_CPU: return &o->overhead_cpu;
  case KEY_WAIT: return &o->overhead_wait;
  case KEY_MESSAGE: return &o->message;
  case KEY_HANDLING: return &o->handling;
  case KEY_ITEM: return &o->item;
  default: return &o->latency;
  }
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
  struct options *o = state->input;
  switch (key) {
  case 'f': o->format = arg; return 0;
  case 'o': o->output = arg; return 0;
  case KEY_SVG: o->svg = arg; return 0;
  case KEY_COMPUTING: o->is_computing = true; return 0;
  case KEY_MEASURE: o->is_measuring = true; return 0;
  case KEY_RANKS:
    if (!parse_ranks(o, arg))
      return rms_cli_wrong(state, arg, "like 16,256,4096 (at most %d)", RMS_MODEL_RANKS_MAX);
    return 0;
  case KEY_JOBS:
  case KEY_NODE:
  case KEY_CORES:
  case KEY_GROUP:
    if (rms_parse_int(arg, whole_of(o, key)) < 0 || *whole_of(o, key) < 1)
      return rms_cli_wrong(state, arg, "a whole number from 1");
    return 0;
  case KEY_TIME:
  case KEY_CPU:
  case KEY_WAIT:
  case KEY_MESSAGE:
  case KEY_HANDLING:
  case KEY_ITEM:
  case KEY_LATENCY:
    if (rms_parse_seconds(arg, seconds_of(o, key)) < 0)
      return rms_cli_wrong(state, arg, "a time such as 10ms, 1.5e-6 or 2m");
    return 0;
  case ARGP_KEY_ARG:
    if (o->n_runs == REAL_MAX) argp_error(state, "more than %d runs", REAL_MAX);
    if (o->n_runs < REAL_MAX) o->runs[o->n_runs++] = arg;
    return 0;
  default: return ARGP_ERR_UNKNOWN;
  }
}

static const struct argp_option known[] = {
    {"ranks", KEY_RANKS, "LIST", 0, "ranks to forecast (default 16,256,4096,65536)", 0},
    {"jobs-per-rank", KEY_JOBS, "N", 0, "jobs of a forecast (default 100)", 0},
    {"ranks-per-node", KEY_NODE, "N", 0, "of a forecast (default 64)", 0},
    {"cores-per-node", KEY_CORES, "N", 0, "of a forecast (default: as many as ranks)", 0},
    {"job-time", KEY_TIME, "TIME", 0,
     "all jobs take this long (default: as in the first RUN, else 1s)", 0},
    {"computing", KEY_COMPUTING, NULL, 0, "jobs need a processor; default: they wait", 0},
    {"overhead-cpu", KEY_CPU, "TIME", 0,
     "processor time that the harness adds to a job (default 2ms)", 0},
    {"overhead-wait", KEY_WAIT, "TIME", 0,
     "time that it adds besides (default: from the RUN with one rank, else 0)", 0},
    {"message-cost", KEY_MESSAGE, "TIME", 0,
     "processor time for taking or sending one message (default 5e-6 s)", 0},
    {"handling-cost", KEY_HANDLING, "TIME", 0,
     "processor time for the bookkeeping of one message besides (default 5e-7 s)", 0},
    {"item-cost", KEY_ITEM, "TIME", 0,
     "of that for each job that a message or its answer names (default 1e-7 s)", 0},
    {"group", KEY_GROUP, "N", 0,
     "ranks that one rank looks after, as for 'rms run' (default 256; 1: all report to rank 0)", 0},
    {"latency", KEY_LATENCY, "TIME", 0, "time of a message on its way (default 2e-5 s)", 0},
    {"measure", KEY_MEASURE, NULL, 0,
     "under mpirun -np 2: measure cost and latency of a message, and its bookkeeping with 4,096 "
     "ranks; print them as options",
     0},
    {"format", 'f', "FORMAT", 0, "text (default), markdown, csv, latex, json, html", 0},
    {"output", 'o', "FILE", 0, "write the table to FILE instead of standard output", 0},
    {"svg", KEY_SVG, "FILE", 0, "draw efficiency and load of the coordinator over ranks", 0},
    {0}};

static const struct argp argp = {
    .options = known,
    .parser = parse_option,
    .args_doc = "[RUN...]",
    .doc = "Forecast how a sweep goes on many ranks: a discrete-event simulation in which the "
           "coordinator of 'rms run' itself hands out the jobs to modelled ranks. RUNs are real "
           "ones, each made by one launch: the one with one rank gives what the harness costs, and "
           "beside each stands what the model says of it, with its error. Starting MPI, faults and "
           "shared file systems are not modelled.\v"
           "Examples:\n"
           "  rms simulate-cluster --job-time 1s --ranks 64,1024,65536\n"
           "  mpirun -np 2 rms simulate-cluster --measure\n"
           "  rms simulate-cluster out/np1 out/np2 out/np4 --svg scaling.svg\n"
           "  make scaling        (all of it, on this machine)"};

/* ---- what a message costs ---- */

static double clock_of(clockid_t id)
{
  struct timespec t;
  clock_gettime(id, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Send back and forth: the other rank answers every letter; n there, n back. */
static int play(struct rms_transport *t, size_t n, struct rms_error *err)
{
  char letter[RMS_LETTER_MAX] = {0};
  for (size_t taken = 0; taken < n;) {
    size_t bytes = 0;
    int from = 0;
    if (t->rank == 0) {
      const int sent = t->send(t->self, 1, letter, 1200, err);
      if (sent) return sent;
    }
    int got;
    while (!(got = t->receive(t->self, &from, letter, &bytes, err))) {
    }
    if (got < 0) return got;
    taken++;
    if (t->rank == 1) {
      const int sent = t->send(t->self, 0, letter, 1200, err);
      if (sent) return sent;
    }
  }
  return RMS_OK;
}

static double wall_clock(void)
{
  return clock_of(CLOCK_MONOTONIC);
}

/* The coordinators' own code, under as many ranks as one node never has. */
static int measure_handling(struct rms_cluster_forecast *forecast, struct rms_error *err)
{
  static const double time = 0.01;
  const struct rms_cluster_model model = {.ranks = 4096,
                                          .ranks_per_node = 64,
                                          .cores_per_node = 64,
                                          .jobs = 409600,
                                          .times = &time,
                                          .n_times = 1,
                                          .group = RMS_GROUP,
                                          .look = 5e-3,
                                          .news = 0.2,
                                          .clock = wall_clock};
  return rms_cluster_simulate(&model, forecast, err);
}

static int measure(struct rms_cli *cli, int argc, char **argv, struct rms_error *err)
{
  int status;
  struct rms_transport transport = {0};
  bool is_open = false;
  double wall, cpu;
  struct rms_cluster_forecast of = {0};
  int rank = 0;
  if (!rms_transport_is_mpi(&rank))
    return rms_error_set(err, RMS_E_USAGE, "--measure wants two ranks: mpirun -np 2 rms ...");
  RMS_TRY(rms_transport_mpi(&transport, &argc, &argv, err));
  is_open = true;
  if (transport.size != 2)
    RMS_TRY(rms_error_set(err, RMS_E_USAGE, "--measure wants two ranks, not %d", transport.size));
  RMS_TRY(play(&transport, LETTERS / 10, err));
  wall = clock_of(CLOCK_MONOTONIC);
  cpu = clock_of(CLOCK_PROCESS_CPUTIME_ID);
  RMS_TRY(play(&transport, LETTERS, err));
  wall = (clock_of(CLOCK_MONOTONIC) - wall) / (2 * LETTERS);
  cpu = (clock_of(CLOCK_PROCESS_CPUTIME_ID) - cpu) / (2 * LETTERS);
  /* While it waits a rank spins here: what it spends is an upper bound of a message's cost. */
  if (transport.rank == 0) RMS_TRY(measure_handling(&of, err));
  if (transport.rank == 0)
    fprintf(cli->out, "--message-cost=%.3g --latency=%.3g --handling-cost=%.3g --item-cost=%.3g\n",
            cpu, wall, of.handling, of.item);
  RMS_TRY(transport.finish(transport.self, err));
out:
  if (is_open) transport.close(transport.self);
  return status;
}

/* ---- the study ---- */

static int load_runs(struct study *s, struct rms_error *err)
{
  for (; s->n_real < s->o->n_runs; s->n_real++) {
    const int status = rms_cluster_real_load(&s->real[s->n_real], s->o->runs[s->n_real], err);
    if (status) return status;
  }
  return RMS_OK;
}

static void calibrate(struct study *s)
{
  const struct options *o = s->o;
  struct rms_cluster_model *m = &s->model;
  *m = (struct rms_cluster_model){.seed = 1,
                                  .times = &o->job_time,
                                  .n_times = 1,
                                  .is_computing = o->is_computing,
                                  .overhead_cpu = o->overhead_cpu,
                                  .message_cpu = o->message,
                                  .handling_cpu = o->handling,
                                  .item_cpu = o->item,
                                  .latency = o->latency,
                                  .look = 5e-3,
                                  .news = rms_worker_news_every(1, RMS_RANK_PATIENCE),
                                  .news_share = rms_worker_news_every(1000000, INFINITY) / 1e6,
                                  .sign = rms_worker_sign_every(RMS_RANK_PATIENCE)};
  if (isnan(o->job_time) && s->n_real) {
    m->times = s->real[0].times;
    m->n_times = (size_t)s->real[0].jobs;
  }
  for (size_t i = 0; i < s->n_real; i++) {
    const struct rms_cluster_real *real = &s->real[i];
    const double extra = (real->seconds - real->work) / (double)real->jobs;
    if (real->ranks == 1) m->overhead_wait = fmax(0, extra - m->overhead_cpu);
  }
  if (!isnan(o->overhead_wait)) m->overhead_wait = o->overhead_wait;
}

static int forecast(struct study *s, struct point *p, struct rms_error *err)
{
  struct rms_cluster_model m = s->model;
  m.ranks = p->ranks;
  m.ranks_per_node = p->per_node;
  m.cores_per_node = p->cores;
  m.jobs = p->jobs;
  if (p->real) {
    m.times = p->real->times;
    m.n_times = (size_t)p->real->jobs;
  }
  const int status = rms_cluster_simulate(&m, &p->flat, err);
  p->forecast = p->flat;
  if (status || p->ranks <= s->o->group) return status;
  m.group = (int)s->o->group;
  return rms_cluster_simulate(&m, &p->forecast, err);
}

static int forecast_all(struct study *s, struct rms_error *err)
{
  const struct options *o = s->o;
  const long here = sysconf(_SC_NPROCESSORS_ONLN);
  for (size_t i = 0; i < s->n_real; i++)
    s->points[s->n_points++] = (struct point){.ranks = s->real[i].ranks,
                                              .per_node = s->real[i].ranks,
                                              .cores = here > 0 ? (int)here : 1,
                                              .real = &s->real[i],
                                              .jobs = s->real[i].jobs};
  for (size_t i = 0; i < o->n_ranks; i++)
    s->points[s->n_points++] = (struct point){.ranks = (int)o->ranks[i],
                                              .per_node = (int)o->per_node,
                                              .cores = (int)(o->cores ? o->cores : o->per_node),
                                              .jobs = (uint64_t)(o->ranks[i] * o->jobs_per_rank)};
  for (size_t i = 0; i < s->n_points; i++) {
    const int status = forecast(s, &s->points[i], err);
    if (status) return status;
  }
  return RMS_OK;
}

/* ---- telling ---- */

static double real_efficiency(const struct rms_cluster_real *real)
{
  return real->work / (real->seconds * real->ranks);
}

static int add_row(struct rms_table *table, const struct point *p)
{
  int status;
  const struct rms_cluster_forecast *f = &p->forecast;
  const double jobs = (double)p->jobs, rate = jobs / f->seconds;
  RMS_TRY(rms_table_row(table));
  RMS_TRY(rms_table_set(table, 0, p->ranks, "%d", p->ranks));
  RMS_TRY(rms_table_set(table, 1, jobs, "%.0f", jobs));
  RMS_TRY(rms_table_set(table, 2, f->seconds, "%.4g", f->seconds));
  RMS_TRY(rms_table_set(table, 3, rate, "%.4g", rate));
  RMS_TRY(rms_table_set(table, 4, 100 * f->efficiency, "%.1f", 100 * f->efficiency));
  RMS_TRY(rms_table_set(table, 5, 100 * f->coordinator_load, "%.2f", 100 * f->coordinator_load));
  RMS_TRY(rms_table_set(table, 6, (double)f->messages / f->seconds, "%.4g",
                        (double)f->messages / f->seconds));
  RMS_TRY(rms_table_set(table, 7, (double)f->peers, "%zu", f->peers));
  RMS_TRY(rms_table_set(table, 8, 100 * f->leader_load, "%.2f", 100 * f->leader_load));
  RMS_TRY(rms_table_set(table, 9, 100 * p->flat.efficiency, "%.1f", 100 * p->flat.efficiency));
  RMS_TRY(rms_table_set(table, 10, 100 * p->flat.coordinator_load, "%.2f",
                        100 * p->flat.coordinator_load));
  if (!p->real) return RMS_OK;
  const double error = 100 * (f->seconds / p->real->seconds - 1);
  RMS_TRY(rms_table_set(table, 11, p->real->seconds, "%.4g", p->real->seconds));
  RMS_TRY(rms_table_set(table, 12, 100 * real_efficiency(p->real), "%.1f",
                        100 * real_efficiency(p->real)));
  RMS_TRY(rms_table_set(table, 13, error, "%+.1f", error));
out:
  return status;
}

static int add_notes(struct rms_table *table, const struct study *s)
{
  int status;
  const struct rms_cluster_model *m = &s->model;
  RMS_TRY(
      rms_table_note(table,
                     "model: %s jobs, overhead %.3g ms of processor and %.3g ms besides a job, "
                     "message %.3g us, its bookkeeping %.3g us and %.3g us a job, latency %.3g us, "
                     "looks at most %.3g ms apart",
                     m->is_computing ? "computing" : "waiting", 1e3 * m->overhead_cpu,
                     1e3 * m->overhead_wait, 1e6 * m->message_cpu, 1e6 * m->handling_cpu,
                     1e6 * m->item_cpu, 1e6 * m->latency, 1e3 * m->look));
  RMS_TRY(rms_table_note(
      table, "forecasts: %lld ranks and %lld processors a node, %lld jobs a rank",
      (long long)s->o->per_node, (long long)(s->o->cores ? s->o->cores : s->o->per_node),
      (long long)s->o->jobs_per_rank));
  RMS_TRY(rms_table_note(table, "coordinator: share of the time in which rank 0 handles messages; "
                                "near 100 %% it is what limits the others"));
  RMS_TRY(rms_table_note(table,
                         "peers: most ranks that report to one, at most %lld of a node and as many "
                         "leaders of each level; leader: the busiest one's load; flat: without "
                         "leaders, all ranks report to rank 0",
                         (long long)s->o->group));
  if (s->n_real)
    RMS_TRY(rms_table_note(table, "real: from the first start to the last end; the model's "
                                  "overhead is from the run with one rank, the others test it"));
out:
  return status;
}

static int tell(struct rms_cli *cli, const struct study *s, struct rms_error *err)
{
  static const struct {
    const char *name, *key, *unit;
  } columns[] = {{"ranks", "ranks", ""},
                 {"jobs", "jobs", ""},
                 {"time", "seconds", "s"},
                 {"jobs/s", "rate", ""},
                 {"efficiency", "efficiency", "%"},
                 {"coordinator", "coordinator_load", "%"},
                 {"messages/s", "messages_rate", ""},
                 {"peers", "peers", ""},
                 {"leader", "leader_load", "%"},
                 {"eff., flat", "flat_efficiency", "%"},
                 {"coordinator, flat", "flat_coordinator_load", "%"},
                 {"real time", "real_seconds", "s"},
                 {"real eff.", "real_efficiency", "%"},
                 {"model's error", "error", "%"}};
  int status;
  struct rms_table *table = NULL;
  struct rms_text text = {0};
  enum rms_table_format format;
  RMS_TRY(rms_table_format_parse(s->o->format, &format, err));
  RMS_TRY(rms_table_new(&table, "a sweep on many ranks: model"));
  for (size_t i = 0; i < sizeof columns / sizeof *columns - (s->n_real ? 0 : 3); i++)
    RMS_TRY(rms_table_column(table, columns[i].name, columns[i].key, columns[i].unit, false));
  for (size_t i = 0; i < s->n_points; i++) RMS_TRY(add_row(table, &s->points[i]));
  RMS_TRY(add_notes(table, s));
  RMS_TRY(rms_table_render(table, format, &text));
  RMS_TRY(rms_cli_write(cli, s->o->output, text.data, text.length, err));
out:
  rms_text_fini(&text);
  rms_table_free(table);
  return status;
}

enum curve { CURVE_MODEL, CURVE_REAL, CURVE_COORDINATOR, CURVE_FLAT, CURVE_FLAT_COORDINATOR };

static double share_of(const struct point *p, enum curve curve)
{
  switch (curve) {
  case CURVE_REAL: return p->real ? real_efficiency(p->real) : NAN;
  case CURVE_MODEL: return p->forecast.efficiency;
  case CURVE_COORDINATOR: return fmin(1, p->forecast.coordinator_load);
  case CURVE_FLAT: return p->flat.efficiency;
  default: return fmin(1, p->flat.coordinator_load);
  }
}

static int add_series(struct rms_plot *plot, const struct study *s, const char *name,
                      enum curve curve)
{
  int status;
  RMS_TRY(rms_plot_series(plot, name, "", curve == CURVE_REAL ? RMS_PLOT_POINTS : RMS_PLOT_LINE));
  for (size_t i = 0; i < s->n_points; i++) {
    const double y = share_of(&s->points[i], curve);
    if (isnan(y)) continue;
    RMS_TRY(rms_plot_point(
        plot, &(struct rms_plot_point){.x = s->points[i].ranks, .y = y, .lo = NAN, .hi = NAN}));
  }
out:
  return status;
}

static int draw(struct rms_cli *cli, const struct study *s, struct rms_error *err)
{
  int status;
  struct rms_plot *plot = NULL;
  struct rms_text text = {0};
  if (!s->o->svg) return RMS_OK;
  RMS_TRY(rms_plot_new(&plot, "A sweep on many ranks"));
  plot->x = (struct rms_plot_axis){.label = "ranks", .is_log = true, .lo = NAN, .hi = NAN};
  plot->y = (struct rms_plot_axis){.label = "share", .unit = "%", .lo = 0, .hi = 1};
  RMS_TRY(add_series(plot, s, "efficiency, model", CURVE_MODEL));
  if (s->n_real) RMS_TRY(add_series(plot, s, "efficiency, real run", CURVE_REAL));
  RMS_TRY(add_series(plot, s, "load of the coordinator, model", CURVE_COORDINATOR));
  RMS_TRY(add_series(plot, s, "efficiency without leaders", CURVE_FLAT));
  RMS_TRY(add_series(plot, s, "load without leaders", CURVE_FLAT_COORDINATOR));
  RMS_TRY(rms_plot_note(plot, "overhead of a job %.3g ms, a message %.3g us, %lld jobs a rank",
                        1e3 * (s->model.overhead_cpu + s->model.overhead_wait),
                        1e6 * s->model.message_cpu, (long long)s->o->jobs_per_rank));
  RMS_TRY(rms_plot_svg(plot, &text));
  RMS_TRY(rms_cli_write(cli, s->o->svg, text.data, text.length, err));
out:
  rms_text_fini(&text);
  rms_plot_free(plot);
  return status;
}

static int simulate(struct rms_cli *cli, struct options *o, struct rms_error *err)
{
  int status;
  struct study *s = calloc(1, sizeof *s);
  if (!s) return rms_error_set(err, RMS_E_NOMEM, "out of memory");
  s->o = o;
  if (isnan(o->job_time) && !o->n_runs) o->job_time = 1;
  RMS_TRY(load_runs(s, err));
  calibrate(s);
  RMS_TRY(forecast_all(s, err));
  RMS_TRY(tell(cli, s, err));
  RMS_TRY(draw(cli, s, err));
out:
  for (size_t i = 0; i < s->n_real; i++) rms_cluster_real_fini(&s->real[i]);
  free(s);
  return status;
}

static int run_simulate(struct rms_cli *cli, int argc, char **argv)
{
  struct options o = {.n_ranks = 4,
                      .ranks = {16, 256, 4096, 65536},
                      .jobs_per_rank = 100,
                      .per_node = 64,
                      .job_time = NAN,
                      .overhead_cpu = 2e-3,
                      .overhead_wait = NAN,
                      .message = 5e-6,
                      .handling = 5e-7,
                      .item = 1e-7,
                      .group = RMS_GROUP,
                      .latency = 2e-5,
                      .format = "text"};
  struct rms_error err = {0};
  int code = RMS_EXIT_GOOD;
  enum rms_table_format format;
  if (rms_cli_parse(cli, &argp, argc, argv, &o, &code) < 0) return code;
  if (rms_table_format_parse(o.format, &format, &err) < 0) return rms_cli_fail(cli, &err);
  const int status = o.is_measuring ? measure(cli, argc, argv, &err) : simulate(cli, &o, &err);
  return status < 0 ? rms_cli_fail(cli, &err) : RMS_EXIT_GOOD;
}

const struct rms_verb rms_verb_simulate_cluster = {
    "simulate-cluster", "forecast a sweep on many ranks, beside real runs", run_simulate};
