/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rms status RUN - how far a run is, from its files alone: also while it runs, from another shell.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "harness/cli/cli.h"
#include "harness/folder.h"
#include "harness/progress.h"
#include "instances/family.h"

enum { SHOWN = 5 };
static const double window = 60; /* seconds over which the rate is taken */

struct options {
  const char *run;
};

struct state {
  struct rms_folder_head head;
  struct rms_records *records;
  char owner[192];
  bool is_busy;
  const char *launch; /* newest one with records, "" */
  size_t n_running, n_now;
  double rate; /* jobs per second of the newest launch; NAN: none yet */
};

static double calendar(void)
{
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Names of launches begin with their time. */
static void find_launch(struct state *state)
{
  const struct rms_records *records = state->records;
  state->launch = "";
  for (size_t i = 0; i < records->n_runs; i++)
    if (strcmp(records->runs[i].launch, state->launch) > 0) state->launch = records->runs[i].launch;
  for (size_t i = 0; i < records->n_unfinished; i++) {
    const char *launch = records->unfinished[i].launch;
    if (launch && strncmp(launch, state->launch, strlen(state->launch)) > 0) state->launch = launch;
  }
}

static bool is_of_launch(const struct state *state, const char *launch)
{
  const size_t n = strcspn(state->launch, "."); /* time.micro-process */
  return launch && n && !strncmp(launch, state->launch, n);
}

static void count_running(struct state *state)
{
  for (size_t i = 0; i < state->records->n_unfinished && state->is_busy; i++)
    state->n_running += is_of_launch(state, state->records->unfinished[i].launch);
}

static void take_rate(struct state *state)
{
  const double now = calendar();
  double first = now;
  size_t n = 0;
  for (size_t i = 0; i < state->records->n_runs; i++) {
    const struct rms_run *run = &state->records->runs[i];
    if (!is_of_launch(state, run->launch) || isnan(run->started)) continue;
    state->n_now++;
    if (run->started < first) first = run->started;
    n += run->started + run->wall >= now - window;
  }
  const double seconds = fmin(window, now - first);
  state->rate = state->is_busy && n && seconds > 0 ? (double)n / seconds : NAN;
}

static void print_head(FILE *out, const struct state *state)
{
  const size_t done = state->records->n_runs, total = (size_t)state->head.n_jobs;
  const size_t left = total > done ? total - done : 0;
  const size_t waiting = left > state->n_running ? left - state->n_running : 0;
  fprintf(out, "%s: %zu of %zu jobs done (%.0f %%), %zu running, %zu waiting\n", state->head.name,
          done, total, total ? floor(100.0 * (double)done / (double)total) : 100.0,
          state->n_running, waiting);
  if (state->is_busy)
    fprintf(out, "  launch:  at work (%s), %zu jobs so far\n", state->owner, state->n_now);
  else
    fprintf(out, "  launch:  none at work%s\n", left ? "; the same 'rms run' goes on" : "");
  if (isnan(state->rate)) return;
  struct rms_text text = {0};
  rms_duration_text((double)left / state->rate, &text);
  if (!rms_text_status(&text))
    fprintf(out, "  rate:    %.3g jobs/s, about %s left\n", state->rate, text.data);
  rms_text_fini(&text);
}

static void print_ends(FILE *out, const struct rms_records *records)
{
  size_t n[RMS_END_COUNT] = {0}, lost = 0;
  const char *separator = "  ended:   ";
  for (size_t i = 0; i < records->n_runs; i++) n[records->runs[i].end]++;
  for (int i = 0; i < RMS_END_COUNT; i++) {
    if (!n[i]) continue;
    fprintf(out, "%s%s %zu", separator, rms_end_text((enum rms_end)i), n[i]);
    separator = ", ";
  }
  if (records->n_runs) fputc('\n', out);
  for (size_t i = 0; i < records->n_unfinished; i++) lost += records->unfinished[i].lost > 0;
  if (lost) fprintf(out, "  lost:    %zu jobs, to be done again\n", lost);
}

/* ---- slowest ---- */

static int compare_wall(const void *a, const void *b)
{
  const struct rms_run *const *x = a, *const *y = b;
  const double left = isnan((*x)->wall) ? -1 : (*x)->wall,
               right = isnan((*y)->wall) ? -1 : (*y)->wall;
  if (left != right) return left > right ? -1 : 1;
  return rms_hash_compare((*x)->job, (*y)->job);
}

static int print_slowest(FILE *out, const struct rms_records *records)
{
  const struct rms_run **order = calloc(records->n_runs + 1, sizeof *order);
  if (!order) return RMS_E_NOMEM;
  for (size_t i = 0; i < records->n_runs; i++) order[i] = &records->runs[i];
  if (records->n_runs) qsort(order, records->n_runs, sizeof *order, compare_wall);
  for (size_t i = 0; i < records->n_runs && i < SHOWN; i++)
    fprintf(out, "  %s %8.3f s  %s on %s\n", i ? "        " : "slowest:", order[i]->wall,
            order[i]->label, order[i]->instance);
  free(order);
  return RMS_OK;
}

/* ---- failing solvers ---- */

struct solver {
  const char *label;
  size_t n, n_died, n_wrong;
};

static bool has_died(const struct rms_run *run)
{
  return run->end != RMS_END_EXIT && run->end != RMS_END_UNSUPPORTED &&
         run->end != RMS_END_CANCELLED && run->end != RMS_END_LOST &&
         (run->end != RMS_END_TIMEOUT_WALL || run->is_work_limited);
}

static bool is_wrong(const struct rms_run *run)
{
  enum rms_verdict_kind kind = RMS_VERDICT_NONE;
  return !rms_verdict_parse(run->verdict, &kind) && kind < RMS_VERDICT_NONE;
}

static int compare_labels(const void *a, const void *b)
{
  const struct rms_run *const *x = a, *const *y = b;
  return strcmp((*x)->label, (*y)->label);
}

static void print_solver(FILE *out, const struct solver *solver)
{
  if (!solver->n_died && !solver->n_wrong) return;
  fprintf(out, "  failing: %s: of %zu runs %zu died, %zu were wrong\n", solver->label, solver->n,
          solver->n_died, solver->n_wrong);
}

static int print_failing(FILE *out, const struct rms_records *records)
{
  struct solver solver = {.label = NULL};
  const struct rms_run **order = calloc(records->n_runs + 1, sizeof *order);
  if (!order) return RMS_E_NOMEM;
  for (size_t i = 0; i < records->n_runs; i++) order[i] = &records->runs[i];
  if (records->n_runs) qsort(order, records->n_runs, sizeof *order, compare_labels);
  for (size_t i = 0; i < records->n_runs; i++) {
    if (!solver.label || strcmp(solver.label, order[i]->label)) {
      print_solver(out, &solver);
      solver = (struct solver){.label = order[i]->label};
    }
    solver.n++;
    solver.n_died += has_died(order[i]);
    solver.n_wrong += is_wrong(order[i]);
  }
  print_solver(out, &solver);
  free(order);
  return RMS_OK;
}

static int print_status(struct rms_cli *cli, const char *run, struct rms_error *err)
{
  struct state state = {.rate = NAN};
  int status = RMS_OK;
  RMS_TRY(rms_folder_read_head(run, &state.head, err));
  state.is_busy = rms_folder_is_busy(run, state.owner);
  RMS_TRY(rms_records_load(&state.records, run, err));
  find_launch(&state);
  count_running(&state);
  take_rate(&state);
  print_head(cli->out, &state);
  print_ends(cli->out, state.records);
  if (print_slowest(cli->out, state.records) || print_failing(cli->out, state.records))
    RMS_TRY(rms_error_set(err, RMS_E_NOMEM, "%s: out of memory", run));
out:
  rms_records_free(state.records);
  return status;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
  static const struct rms_cli_argument wanted[] = {
      {offsetof(struct options, run), "a run folder", "the -o of 'rms run'", false}, {0}};
  return rms_cli_take(key, arg, state, wanted);
}

static int verb_status(struct rms_cli *cli, int argc, char **argv)
{
  static const struct argp argp = {
      .parser = parse_option,
      .args_doc = "RUN",
      .doc =
          "How far a run is: jobs by state, rate and time left, how they ended, the slowest, the "
          "solvers that fail. Reads the files of the run only, so it may be asked at any time, "
          "from any shell that sees the folder.\vExamples:\n"
          "  rms status out/mine\n"
          "  watch rms status out/mine\n"};
  struct options o = {.run = NULL};
  struct rms_error err = {0};
  int code = RMS_EXIT_GOOD;
  if (rms_cli_parse(cli, &argp, argc, argv, &o, &code) < 0) return code;
  return print_status(cli, o.run, &err) < 0 ? rms_cli_fail(cli, &err) : RMS_EXIT_GOOD;
}

const struct rms_verb rms_verb_status = {"status", "how far a run is, also while it runs",
                                         verb_status};
