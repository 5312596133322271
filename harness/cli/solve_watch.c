/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "harness/cli/solve.h"
#include "harness/page.h"

static const double tick = 0.2; /* seconds between two lines of progress */

static double gap_of(double objective, double bound)
{
  if (isnan(objective) || isnan(bound)) return NAN;
  if (objective == bound) return 0;
  if ((objective < 0) != (bound < 0)) return 1;
  return fabs(objective - bound) / fmax(fabs(objective), fabs(bound));
}

static void show_progress(const struct rms_solve *solve, const struct rms_trace_point *point,
                          double seconds)
{
  const struct rms_objective *const what = &solve->inst->family->objective;
  const double gap = gap_of(point->objective, point->bound);
  char objective[32] = "none yet", bound[32] = "none", percent[32] = "";

  if (!isnan(point->objective)) snprintf(objective, sizeof objective, "%.10g", point->objective);
  if (!isnan(point->bound)) snprintf(bound, sizeof bound, "%.10g", point->bound);
  if (!isnan(gap)) snprintf(percent, sizeof percent, "  gap %.2f %%", 100 * gap);
  fprintf(solve->cli->err, "\r\033[K%7.1f s  %s: %s %s%s%s  bound %s%s", seconds,
          solve->solver->name, what->name, objective,
          isnan(point->objective) || !*what->unit ? "" : " ",
          isnan(point->objective) ? "" : what->unit, bound, percent);
  fflush(solve->cli->err);
}

/* Returns true when the person insists. */
static bool is_impatient(struct rms_solve *solve, int *n_signals, int *status,
                         struct rms_error *err)
{
  struct signalfd_siginfo info;

  while (solve->signals >= 0 && read(solve->signals, &info, sizeof info) > 0) {
    if (++*n_signals > 1) return solve->transport.size == 1;
    *status = rms_gang_cancel(&solve->gang, err);
  }
  return false;
}

static int watch(struct rms_solve *solve, struct rms_event *event, struct rms_error *err)
{
  const bool is_live = solve->cli->err_is_terminal && !solve->is_quiet;
  const double began = rms_clock();
  struct rms_trace_point point = {.objective = NAN, .bound = NAN};
  int status = RMS_OK, n_signals = 0;
  double shown = began;

  while (!solve->gang.is_over && !status) {
    struct rms_event news;
    bool did = false;

    status = rms_gang_step(&solve->gang, &did, &news, err);
    if (news.kind == RMS_EVENT_PROGRESS) point = news.point;
    if (news.kind == RMS_EVENT_RESULT || news.kind == RMS_EVENT_GONE) *event = news;
    if (is_impatient(solve, &n_signals, &status, err)) {
      *event = (struct rms_event){.kind = RMS_EVENT_GONE, .log = ""};
      break;
    }
    if (is_live && rms_clock() > shown + tick) {
      shown = rms_clock();
      show_progress(solve, &point, shown - began);
    }
    if (!status && !solve->gang.is_over)
      rms_gang_rest(&solve->gang, did, solve->signals, is_live ? tick : 3600);
  }
  if (is_live) fprintf(solve->cli->err, "\r\033[K");
  return status;
}

int rms_solve_watch(struct rms_solve *solve, struct rms_event *event, struct rms_error *err)
{
  int status;

  *event = (struct rms_event){.kind = RMS_EVENT_NONE, .log = ""};
  status = rms_gang_begin(&solve->gang, &solve->transport, solve->helper, &solve->job, 1, err);
  return status ? status : watch(solve, event, err);
}
