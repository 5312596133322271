/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "harness/cli/solve.h"

static const char *tell_memory(const struct rms_run *run, char *text, size_t size)
{
  const double mib = (double)run->limit_memory / (1 << 20);
  if (!run->limit_memory) return "the solver ran out of memory";
  if (mib < 1)
    snprintf(text, size, "the solver ran out of memory (limit %" PRIu64 " B)", run->limit_memory);
  else
    snprintf(text, size, "the solver ran out of memory (limit %.4g MiB)", mib);
  return text;
}

/* How the process ended, for a person; NULL: nothing remarkable. */
static const char *tell_end(const struct rms_run *run, char *text, size_t size)
{
  switch (run->end) {
  case RMS_END_SIGNAL:
    snprintf(text, size, "the solver crashed (SIG%s)", run->end_detail);
    return text;
  case RMS_END_TIMEOUT_WALL:
    snprintf(text, size, "the solver did not end by itself at the time limit of %g s",
             run->limit_time);
    return text;
  case RMS_END_TIMEOUT_CPU:
    snprintf(text, size, "the solver used up its CPU time of %g s", run->limit_cpu);
    return text;
  case RMS_END_MEMORY: return tell_memory(run, text, size);
  case RMS_END_PROCESSES:
    snprintf(text, size, "the solver forked more than %llu processes",
             (unsigned long long)run->limit_processes);
    return text;
  case RMS_END_CANCELLED: return "stopped on request";
  case RMS_END_UNSUPPORTED: return "the solver does not take this instance";
  case RMS_END_START_FAILED: return "the job could not be started";
  case RMS_END_EXIT:
    if (!run->end_detail[0]) return NULL;
    snprintf(text, size, "the solver ended in error (%s)", run->end_detail);
    return text;
  default: return NULL;
  }
}

static void tell_log(const struct rms_solve *solve, const struct rms_event *event)
{
  if (!event->log[0] || solve->is_quiet) return;
  fprintf(solve->cli->err, "---- the solver said\n%s%s----\n", event->log,
          event->log[strlen(event->log) - 1] == '\n' ? "" : "\n");
}

static const char *status_of(const struct rms_run *run)
{
  if (run->claim == RMS_CLAIM_INFEASIBLE) return "infeasible";
  return run->claim == RMS_CLAIM_OPTIMAL ? "optimal" : "feasible";
}

/* "bound      12.5 s"; nothing when it is not there. */
static void tell_number(FILE *out, const char *name, double value, const char *unit)
{
  if (!isnan(value)) fprintf(out, "%-10s %.12g%s%s\n", name, value, unit[0] ? " " : "", unit);
}

/* How fast it was, start and checks included: rollouts, completions, whatever the solver counts. */
static void tell_rate(FILE *out, const struct rms_run *run)
{
  const double cpu = run->cpu_user + run->cpu_system;
  if (run->work == 0 || !(cpu > 0)) return;
  const double rate = (double)run->work / cpu;
  fprintf(out, "%-10s %.*f units of work a second of CPU\n", "rate", rate < 100 ? 1 : 0, rate);
}

static void tell_summary(const struct rms_solve *solve, const struct rms_run *run)
{
  FILE *out = solve->cli->err;
  const struct rms_objective objective = rms_family_objective(run->family);
  const double best = fmax(run->bound, run->verified_bound); /* NAN only when both are */

  if (solve->is_quiet) return;
  fprintf(out, "%-10s %s\n", "solver", solve->solver->name);
  fprintf(out, "%-10s %s\n", "status", status_of(run));
  tell_number(out, "objective", run->objective[0], objective.unit);
  if (run->claim != RMS_CLAIM_INFEASIBLE) tell_number(out, "bound", best, objective.unit);
  if (!isnan(best) && run->objective[0] > 0 && best >= 0) {
    fprintf(out, "%-10s %.3g %%\n", "gap", 100 * fmax(0, 1 - best / run->objective[0]));
  }
  fprintf(out, "%-10s %.3f s, %" PRIu64 " unit%s of work\n", "time", run->wall, run->work,
          run->work == 1 ? "" : "s");
  tell_rate(out, run);
  fprintf(out, "%-10s %s\n", "verdict", run->verdict);
}

/* No plan: why, in one sentence. */
static int tell_failure(const struct rms_solve *solve, const struct rms_event *event)
{
  const struct rms_run *run = &event->run;
  FILE *out = solve->cli->err;
  char text[128];
  const char *end = tell_end(run, text, sizeof text);
  const bool is_start = run->end == RMS_END_START_FAILED;

  tell_log(solve, event);
  if (run->claim == RMS_CLAIM_INFEASIBLE && !strcmp(run->verdict, "none")) {
    fprintf(out, "rms: there is no plan: %s says that the instance is infeasible%s%s\n",
            solve->solver->name, run->why[0] ? ": " : "", run->why);
  } else if (strcmp(run->verdict, "none") != 0) {
    fprintf(out, "rms: no plan: the answer of %s failed its check (%s)%s%s%s%s\n",
            solve->solver->name, run->verdict, run->why[0] ? ": " : "", run->why, end ? "; " : "",
            end ? end : "");
  } else {
    fprintf(out, "rms: no plan: %s%s%s\n", end ? end : "the solver found none within its limits",
            run->why[0] ? ": " : "", run->why);
  }
  return is_start ? RMS_EXIT_INPUT : RMS_EXIT_NO;
}

/* Solver and parameters for titles; the name alone where these are long or no plain text. */
static const char *caption(const struct rms_solve *solve)
{
  const char *const label = solve->job.label;
  const size_t n = strlen(label);
  bool is_plain = n <= RMS_CLAIM_SOLVER_MAX;
  for (size_t i = 0; i < n && is_plain; i++) is_plain = label[i] >= 0x20 && label[i] < 0x7f;
  return is_plain ? label : solve->job.solver;
}

static int write_plan(struct rms_solve *solve, const struct rms_event *event, struct rms_error *err)
{
  const struct rms_family *family = solve->inst->family;
  const struct rms_run *run = &event->run;
  const char *format = solve->format ? solve->format : "json";
  const bool is_screen = !solve->output || !strcmp(solve->output, "-");
  struct rms_claim claim = {.bound = run->bound, .is_optimal = run->claim == RMS_CLAIM_OPTIMAL};
  const struct rms_view view = {.solver = claim.solver};
  struct rms_text text = {0};
  int status = RMS_OK;

  memcpy(claim.objective, run->objective, sizeof claim.objective);
  snprintf(claim.solver, sizeof claim.solver, "%s", caption(solve));
  if ((!strcmp(format, "svg") && !family->draw_svg) ||
      (!strcmp(format, "text") && !family->draw_text)) {
    RMS_TRY(rms_error_set(err, RMS_E_UNSUPPORTED, "--format: family %s has no picture in %s",
                          family->name, format));
  }
  if (!strcmp(format, "svg")) {
    RMS_TRY(
        family->draw_svg(solve->inst, event->solution, event->solution_bytes, &view, &text, err));
  } else if (!strcmp(format, "text")) {
    RMS_TRY(family->draw_text(solve->inst, event->solution, event->solution_bytes,
                              is_screen && solve->cli->colour, solve->cli->columns, &text, err));
  } else {
    RMS_TRY(family->plan_write(solve->inst, event->solution, event->solution_bytes, &claim,
                               status_of(run), &text, err));
  }
  if (rms_text_status(&text) < 0) RMS_TRY(rms_error_set(err, RMS_E_NOMEM, "out of memory"));
  RMS_TRY(rms_cli_write(solve->cli, solve->output, text.data, text.length, err));
out:
  rms_text_fini(&text);
  return status;
}

/* There is no plan, and a checked proof of that: it is written where a plan would be. */
static int tell_refutation(struct rms_solve *solve, const struct rms_event *event)
{
  const bool is_json = !solve->format || !strcmp(solve->format, "json");
  struct rms_error err = {0};

  if (is_json && write_plan(solve, event, &err) < 0) return rms_cli_fail(solve->cli, &err);
  fprintf(solve->cli->err, "rms: there is no plan: %s\n", event->run.why);
  tell_summary(solve, &event->run);
  return RMS_EXIT_NO;
}

int rms_solve_tell(struct rms_solve *solve, const struct rms_event *event)
{
  struct rms_error err = {0};
  char text[128];
  const char *end;

  if (event->kind == RMS_EVENT_GONE) {
    fprintf(solve->cli->err, "rms: no plan: stopped before the solver's answer was checked\n");
    return RMS_EXIT_NO;
  }
  if (!event->solution) return tell_failure(solve, event);
  if (event->run.claim == RMS_CLAIM_INFEASIBLE) return tell_refutation(solve, event);
  if (write_plan(solve, event, &err) < 0) return rms_cli_fail(solve->cli, &err);
  end = tell_end(&event->run, text, sizeof text);
  if (end) {
    tell_log(solve, event);
    fprintf(solve->cli->err, "rms: %s; its best plan so far was checked and kept\n", end);
  }
  tell_summary(solve, &event->run);
  return RMS_EXIT_GOOD;
}
