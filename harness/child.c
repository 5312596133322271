/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/child.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "harness/host.h"
#include "harness/limits.h"
#include "solvers/params.h"
#include "solvers/registry.h"

/* What went wrong before solve(): for the record. Ends the process. */
_Noreturn static void give_up(struct rms_page *page, enum rms_failure failure, int status,
                              const char *why)
{
  page->failure = failure;
  page->outcome = status;
  snprintf(page->why, sizeof page->why, "%s", why);
  atomic_store(&page->stage, RMS_STAGE_GAVE_UP);
  _exit(0);
}

static int find_solver(const struct rms_job *job, const struct rms_solver **solver,
                       struct rms_error *err)
{
  void *handle; /* stays open until the process ends */

  if (job->plugin) {
    const int status = rms_solver_load(job->plugin, solver, &handle, err);
    if (status < 0) return status;
  } else {
    *solver = rms_solver_builtin(job->family, job->solver);
    if (!*solver)
      return rms_error_set(err, RMS_E_UNKNOWN, "no solver '%s' is built in", job->solver);
  }
  if (strcmp((*solver)->name, job->solver) != 0 ||
      (job->version && strcmp((*solver)->version, job->version) != 0)) {
    return rms_error_set(err, RMS_E_UNKNOWN, "the solver is '%s' %s, the job was made for '%s' %s",
                         (*solver)->name, (*solver)->version, job->solver,
                         job->version ? job->version : "");
  }
  return RMS_OK;
}

static void *open_solver(const struct rms_child *child, const struct rms_solver *solver)
{
  struct rms_error err = {0};
  struct rms_values values;
  char why[128];
  void *self = NULL;
  int status;

  if (rms_values_parse(&values, solver->params, child->job->params, &err) < 0) {
    give_up(child->page, RMS_FAILED_START, err.status, err.text);
  }
  if (!solver->supports(child->inst)) {
    give_up(child->page, RMS_FAILED_SUPPORT, RMS_E_UNSUPPORTED,
            "the solver does not take this instance");
  }
  status = solver->open(&self, child->inst, values.list);
  if (status < 0) {
    snprintf(why, sizeof why, "open: %s", rms_status_text(status));
    give_up(child->page, status == RMS_E_UNSUPPORTED ? RMS_FAILED_SUPPORT : RMS_FAILED_OPEN, status,
            why);
  }
  return self;
}

static void solve(const struct rms_child *child, const struct rms_solver *solver, void *self)
{
  struct rms_page *page = child->page;
  struct rms_host host;
  struct rms_host_state state;
  const pid_t own = getpid();

  rms_limits_count_cpu(&child->job->limits);
  rms_host_init(&host, &state, page, child->job, child->island, child->inst->family->n_objectives);
  state.log = STDERR_FILENO;
  state.to_next = child->to_next;
  state.from_previous = child->from_previous;
  atomic_store(&page->stage, RMS_STAGE_SOLVING);
  page->outcome = solver->solve(self, &host);
  if (getpid() != own) _exit(0); /* a process that the solver forked came back here */
  page->ended = rms_clock();
  atomic_store(&page->stage, RMS_STAGE_RETURNED);
  rms_host_leave_ring(&state);
  rms_host_fini(&state);
}

_Noreturn void rms_child_run(const struct rms_child *child)
{
  const struct rms_limits *limits = &child->job->limits;
  struct rms_error err = {0};
  const struct rms_solver *solver = NULL;
  int keep[2];
  size_t n_keep = 0;
  void *self;

  if (!rms_die_with(child->parent)) _exit(0);
  if (child->to_next >= 0) {
    const bool is_ordered = child->to_next < child->from_previous;
    keep[n_keep++] = is_ordered ? child->to_next : child->from_previous;
    keep[n_keep++] = is_ordered ? child->from_previous : child->to_next;
  }
  if (child->group && rms_group_enter(child->group) < 0) {
    give_up(child->page, RMS_FAILED_START, RMS_E_IO, "its control group cannot be entered");
  }
  if (rms_limits_impose(limits, child->way, keep, n_keep, &err) < 0) {
    give_up(child->page, RMS_FAILED_START, err.status, err.text);
  }
  rms_limits_note_exhaustion(child->page, limits, child->way);
  atomic_store(&child->page->stage, RMS_STAGE_OPENING);
  if (find_solver(child->job, &solver, &err) < 0) {
    give_up(child->page, RMS_FAILED_START, err.status, err.text);
  }
  self = open_solver(child, solver);
  solve(child, solver, self);
  solver->close(self);
  atomic_store(&child->page->stage, RMS_STAGE_CLOSED);
  _exit(0);
}
