/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "harness/cli/solve.h"
#include "harness/page.h"

enum { TICK_MS = 200 };

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
  const double gap = gap_of(point->objective, point->bound);
  char objective[32] = "none yet", bound[32] = "none", percent[32] = "";

  if (!isnan(point->objective)) snprintf(objective, sizeof objective, "%.10g", point->objective);
  if (!isnan(point->bound)) snprintf(bound, sizeof bound, "%.10g", point->bound);
  if (!isnan(gap)) snprintf(percent, sizeof percent, "  gap %.2f %%", 100 * gap);
  fprintf(solve->cli->err, "\r\033[K%7.1f s  %s: incumbent %s  bound %s%s", seconds,
          solve->solver->name, objective, bound, percent);
  fflush(solve->cli->err);
}

/* Take what the helper says. Returns true when the job is over. */
static bool is_over(struct rms_solve *solve, struct rms_event *event, struct rms_trace_point *point,
                    int *status, struct rms_error *err)
{
  do {
    *status = rms_helper_receive(solve->helper, event, err);
    if (*status < 0) return true;
    if (event->kind == RMS_EVENT_PROGRESS) *point = event->point;
    if (event->kind == RMS_EVENT_RESULT || event->kind == RMS_EVENT_GONE) return true;
  } while (event->kind != RMS_EVENT_NONE);
  return false;
}

/* Returns true when the person insists. */
static bool is_impatient(struct rms_solve *solve, int signals, int *n_signals)
{
  struct signalfd_siginfo info;

  while (read(signals, &info, sizeof info) > 0) {
    if (++*n_signals > 1) return true;
    rms_helper_cancel(solve->helper);
  }
  return false;
}

static int watch(struct rms_solve *solve, int signals, struct rms_event *event,
                 struct rms_error *err)
{
  const bool is_live = solve->cli->err_is_terminal && !solve->is_quiet;
  const double began = rms_clock();
  struct rms_trace_point point = {.objective = NAN, .bound = NAN};
  int status = RMS_OK, n_signals = 0;

  for (;;) {
    struct pollfd wait[2] = {{.fd = rms_helper_fd(solve->helper), .events = POLLIN},
                             {.fd = signals, .events = POLLIN}};

    if (poll(wait, 2, is_live ? TICK_MS : -1) < 0 && errno != EINTR) {
      return rms_error_set(err, RMS_E_IO, "cannot wait: %s", strerror(errno));
    }
    if (is_over(solve, event, &point, &status, err)) break;
    if (is_impatient(solve, signals, &n_signals)) {
      *event = (struct rms_event){.kind = RMS_EVENT_GONE, .log = ""};
      break;
    }
    if (is_live) show_progress(solve, &point, rms_clock() - began);
  }
  if (is_live) fprintf(solve->cli->err, "\r\033[K");
  return status;
}

int rms_solve_watch(struct rms_solve *solve, struct rms_event *event, struct rms_error *err)
{
  sigset_t stops, before;
  int signals, status = RMS_OK;

  sigemptyset(&stops);
  sigaddset(&stops, SIGINT);
  sigaddset(&stops, SIGTERM);
  sigprocmask(SIG_BLOCK, &stops, &before);
  signals = signalfd(-1, &stops, SFD_NONBLOCK | SFD_CLOEXEC);
  if (signals < 0) {
    status = rms_error_set(err, RMS_E_IO, "signals cannot be watched: %s", strerror(errno));
  } else {
    status = rms_helper_submit(solve->helper, &solve->job, err);
    if (status == RMS_OK) status = watch(solve, signals, event, err);
    close(signals);
  }
  sigprocmask(SIG_SETMASK, &before, NULL);
  return status;
}
