/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The kit itself: one child per rule, under limits; how it ended becomes a finding. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "harness/clock.h"
#include "harness/conformance/inside.h"
#include "harness/limits.h"
#include "harness/reap.h"

/* ---- child ---- */

static void limit_child(int output)
{
  const struct rlimit no_core = {0, 0}, file = {(rlim_t)4 << 20, (rlim_t)4 << 20};
  setrlimit(RLIMIT_CORE, &no_core);
  setrlimit(RLIMIT_FSIZE, &file);
#ifndef __SANITIZE_ADDRESS__ /* which reserves terabytes */
  const struct rlimit memory = {(rlim_t)1 << 30, (rlim_t)1 << 30};
  setrlimit(RLIMIT_AS, &memory);
#endif
  signal(SIGXFSZ, SIG_IGN);
  setpgid(0, 0);
  dup2(output, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
}

static void run_rule(const struct rms_kit_options *options, const struct rms_kit_rule *rule,
                     int output, struct rms_kit_shared *shared, long parent)
{
  static struct rms_values values; /* a child's own; large for a small stack */
  struct rms_error err = {0};
  void *handle = NULL;
  struct rms_kit kit = {.solver = options->solver,
                        .values = &values,
                        .plugin = options->plugin,
                        .cases = rms_kit_cases_find(options->solver->family),
                        .output = output,
                        .shared = shared};
  if (!rms_die_with(parent)) _exit(1);
  limit_child(output);
  rms_kit_doing(&kit, "loading the solver");
  if ((options->plugin && rms_solver_load(options->plugin, &kit.solver, &handle, &err) < 0) ||
      rms_values_parse(&values, kit.solver->params, options->assignments, &err) < 0)
    shared->end = rms_kit_bad(&kit, "%s", err.text);
  else
    shared->end = rule->run(&kit);
  shared->has_ended = true;
  fflush(NULL);
  _exit(0);
}

/* ---- parent ---- */

/* True: it ended by itself, within the time. */
static bool wait_for(pid_t pid, double seconds, int *state)
{
  const struct timespec pause = {.tv_nsec = 2000000};
  for (const double end = rms_clock() + seconds; rms_clock() < end;) {
    const pid_t got = waitpid(pid, state, WNOHANG);
    if (got == pid) return true;
    if (got < 0 && errno != EINTR) return false;
    nanosleep(&pause, NULL);
  }
  rms_kill(pid);
  while (waitpid(pid, state, 0) < 0 && errno == EINTR) continue;
  return false;
}

static void conclude(struct rms_kit_finding *finding, const struct rms_kit_shared *shared,
                     double limit, bool in_time, int state, size_t strays)
{
  char *text = finding->text;
  const size_t n = sizeof finding->text;
  finding->end = RMS_KIT_BAD;
  if (shared->has_ended && shared->end == RMS_KIT_BAD)
    snprintf(text, n, "%s", shared->text);
  else if (!in_time)
    snprintf(text, n, "it did not end within %g s while %.400s", limit, shared->doing);
  else if (WIFSIGNALED(state))
    snprintf(text, n, "it died of SIG%s while %.400s", sigabbrev_np(WTERMSIG(state)),
             shared->doing);
  else if (!shared->has_ended)
    snprintf(text, n, "it ended the process with code %d while %.400s", WEXITSTATUS(state),
             shared->doing);
  else if (strays > 0)
    snprintf(text, n, "it left %zu process%s behind", strays, strays > 1 ? "es" : "");
  else if (shared->end != RMS_KIT_GOOD && shared->end != RMS_KIT_SKIP)
    snprintf(text, n, "the kit ended the rule with %d, which is no end", (int)shared->end);
  else {
    finding->end = shared->end;
    snprintf(text, n, "%s", shared->text);
  }
}

static int try_rule(const struct rms_kit_options *options, int number,
                    struct rms_kit_shared *shared, struct rms_kit_finding *finding,
                    struct rms_error *err)
{
  const struct rms_kit_rule *rule = &rms_kit_rules[number];
#ifdef __SANITIZE_ADDRESS__ /* several times slower */
  const double patience = 5;
#else
  const double patience = 1;
#endif
  const double limit = options->seconds > 0 ? options->seconds : patience * rule->seconds;
  const long parent = (long)getpid();
  int state = 0;
  memset(shared, 0, sizeof *shared);
  *finding = (struct rms_kit_finding){.number = number + 1, .rule = rule->text};
  const int output = memfd_create("output", MFD_CLOEXEC);
  if (output < 0) return rms_error_set(err, RMS_E_IO, "cannot catch output: %s", strerror(errno));
  fflush(NULL);
  const pid_t pid = fork();
  if (pid == 0) run_rule(options, rule, output, shared, parent);
  if (pid > 0) {
    const bool in_time = wait_for(pid, limit, &state);
    conclude(finding, shared, limit, in_time, state, rms_reap_strays());
  }
  close(output);
  return pid > 0 ? RMS_OK
                 : rms_error_set(err, RMS_E_IO, "cannot start a process: %s", strerror(errno));
}

static int check_options(const struct rms_kit_options *options, struct rms_error *err)
{
  struct rms_values *values = malloc(sizeof *values);
  if (!values) return rms_error_set(err, RMS_E_NOMEM, "out of memory");
  const int status = rms_values_parse(values, options->solver->params, options->assignments, err);
  free(values);
  if (status < 0) return status;
  if (!rms_kit_cases_find(options->solver->family))
    return rms_error_set(err, RMS_E_UNKNOWN, "family \"%s\": the kit has no instances of it",
                         options->solver->family);
  return RMS_OK;
}

int rms_kit_run(const struct rms_kit_options *options, int *n_bad, struct rms_error *err)
{
  int status = check_options(options, err), bad = 0, was_reaper = 0;
  if (status < 0) return status;
  struct rms_kit_shared *shared =
      mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) return rms_error_set(err, RMS_E_NOMEM, "out of memory");
  prctl(PR_GET_CHILD_SUBREAPER, &was_reaper);
  prctl(PR_SET_CHILD_SUBREAPER, 1); /* what a solver leaves behind comes to us */
  for (int i = 0; i < RMS_KIT_RULES; i++) {
    struct rms_kit_finding finding;
    if (options->only && !(options->only >> i & 1)) continue;
    RMS_TRY(try_rule(options, i, shared, &finding, err));
    bad += finding.end == RMS_KIT_BAD;
    options->each(options->ctx, &finding);
  }
  *n_bad = bad;
out:
  prctl(PR_SET_CHILD_SUBREAPER, was_reaper);
  munmap(shared, sizeof *shared);
  return status;
}
