/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rms status RUN - how far a run is, from its files alone: also while it runs, from another shell.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "harness/cli/cli.h"
#include "harness/progress.h"
#include "harness/survey.h"
#include "instances/family.h"

enum { SHOWN = 5 };

struct options {
  const char *run;
};

static double calendar(void)
{
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void print_duration(FILE *out, const char *before, double seconds, const char *after)
{
  struct rms_text text = {0};
  if (!(seconds >= 0)) return;
  rms_duration_text(seconds, &text);
  if (!rms_text_status(&text)) fprintf(out, "%s%s%s", before, text.data, after);
  rms_text_fini(&text);
}

static void print_launch(FILE *out, const struct rms_survey *survey)
{
  if (!survey->is_busy) {
    fprintf(out, "  launch:  none at work%s\n",
            survey->n_waiting ? "; the same 'rms run' goes on" : "");
    return;
  }
  fprintf(out, "  launch:  at work (%s), %zu jobs", survey->owner, survey->n_now);
  print_duration(out, " in ", survey->seconds, "");
  fputc('\n', out);
  if (!isnan(survey->rate))
    fprintf(out, "  rate:    %.3g jobs/s in the last minute\n", survey->rate);
  if (survey->left > 0)
    print_duration(out, survey->is_guess ? "  left:    at least " : "  left:    about ",
                   survey->left,
                   survey->is_guess ? "; of some rows no run has ended yet\n"
                                    : ", by the mean times of each row so far\n");
}

static void print_head(FILE *out, const struct rms_survey *survey)
{
  const size_t done = survey->n_done, total = survey->n_jobs;
  fprintf(out, "%s: %zu of %zu jobs done (%.0f %%), %zu running, %zu waiting\n", survey->head.name,
          done, total, total ? floor(100.0 * (double)done / (double)total) : 100.0,
          survey->n_running, survey->n_waiting);
  print_launch(out, survey);
}

static void print_running(FILE *out, const struct rms_survey *survey)
{
  for (size_t i = 0; i < survey->n_running && i < SHOWN; i++) {
    const struct rms_survey_job *job = &survey->running[i];
    fprintf(out, "  %s", i ? "         " : "running: ");
    print_duration(out, "", job->seconds, "  ");
    fprintf(out, "%s on %s", job->label, job->reference);
    if (job->attempt > 1) fprintf(out, ", attempt %lld", (long long)job->attempt);
    fputc('\n', out);
  }
  if (survey->n_running > SHOWN)
    fprintf(out, "           and %zu more, begun later\n", survey->n_running - SHOWN);
}

static void print_lost(FILE *out, const struct rms_survey *survey)
{
  if (survey->n_lost)
    fprintf(out, "  lost:    %zu job%s whose process or rank died, to be done again\n",
            survey->n_lost, survey->n_lost == 1 ? "" : "s");
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
  struct rms_survey *survey = NULL;
  int status = RMS_OK;
  RMS_TRY(rms_survey_new(&survey, run, calendar(), err));
  print_head(cli->out, survey);
  print_running(cli->out, survey);
  rms_cli_print_ends(cli->out, survey->records);
  print_lost(cli->out, survey);
  if (print_slowest(cli->out, survey->records) || print_failing(cli->out, survey->records))
    RMS_TRY(rms_error_set(err, RMS_E_NOMEM, "%s: out of memory", run));
out:
  rms_survey_free(survey);
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
          "How far a run is: jobs by state, what runs and for how long, rate and time left, how "
          "jobs ended, the slowest, the solvers that fail. Reads the files of the run only, so it "
          "may be asked at any time, from any shell that sees the folder. A job that was begun by "
          "the launch at work is running; one that was begun by a launch that is gone is lost: the "
          "next launch does it again.\vExamples:\n"
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
