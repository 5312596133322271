/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "harness/ending.h"
#include "harness/limits.h"
#include "solvers/solver.h"

void rms_ending_init(struct rms_ending *ending)
{
  memset(ending, 0, sizeof *ending);
  ending->end = RMS_END_START_FAILED;
  ending->claim = RMS_CLAIM_NONE;
  ending->verdict = RMS_VERDICT_NONE;
  for (size_t k = 0; k < RMS_RECORD_OBJECTIVES; k++) ending->objective[k] = NAN;
  ending->bound = ending->verified_bound = NAN;
}

void rms_ending_lose(struct rms_ending *ending, const char *who)
{
  ending->end = RMS_END_LOST;
  ending->claim = RMS_CLAIM_NONE;
  ending->verdict = RMS_VERDICT_NONE;
  snprintf(ending->end_detail, sizeof ending->end_detail, "KILL");
  snprintf(ending->why, sizeof ending->why,
           "%s was killed from outside: by hand, by the scheduler, or for want of memory", who);
}

void rms_signal_name(int number, char name[16])
{
  const char *text = sigabbrev_np(number);

  if (text) {
    snprintf(name, 16, "%s", text);
  } else {
    snprintf(name, 16, "%d", number);
  }
}

static double cpu_seconds(const struct rusage *usage)
{
  return (double)(usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) +
         1e-6 * (double)(usage->ru_utime.tv_usec + usage->ru_stime.tv_usec);
}

static void set_end(struct rms_ending *ending, enum rms_end end, const char *detail)
{
  ending->end = (uint32_t)end;
  snprintf(ending->end_detail, sizeof ending->end_detail, "%s", detail);
}

static void copy_why(struct rms_ending *ending, const struct rms_page *page)
{
  snprintf(ending->why, sizeof ending->why, "%.*s", (int)strnlen(page->why, sizeof page->why),
           page->why);
}

/* No fault raises these: a person or a scheduler sends them, often to all processes of a job. */
static bool is_from_outside(int number)
{
  static const int sent[] = {SIGKILL, SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2};
  for (size_t i = 0; i < sizeof sent / sizeof *sent; i++)
    if (number == sent[i]) return true;
  return false;
}

static void classify_signal(const struct rms_island *island, const struct rms_job *job,
                            struct rms_ending *ending)
{
  const int number = WTERMSIG(island->wait_status);
  /* The kernel's SIGKILL at the hard limit: nobody else sent one and the time is used up. */
  const bool is_hard_limit = number == SIGKILL && !island->was_killed &&
                             cpu_seconds(&island->usage) >= rms_limit_cpu(&job->limits);
  char name[16];

  /* One of several islands that is killed ends the job by the drain rule: what the others had found
   * is kept, and the death is told. With one island there is nothing to keep: the attempt is void.
   */
  rms_signal_name(number, name);
  if (island->over > RMS_OVER_NOTHING && island->over <= RMS_OVER_PROCESSES) {
    static const enum rms_end ends[] = {[RMS_OVER_MEMORY] = RMS_END_MEMORY,
                                        [RMS_OVER_CPU] = RMS_END_TIMEOUT_CPU,
                                        [RMS_OVER_PROCESSES] = RMS_END_PROCESSES};
    set_end(ending, ends[island->over], "killed");
  } else if (island->was_killed) {
    set_end(ending, island->was_cancelled ? RMS_END_CANCELLED : RMS_END_TIMEOUT_WALL, "killed");
  } else if (number == SIGXCPU || is_hard_limit) {
    set_end(ending, RMS_END_TIMEOUT_CPU, "");
  } else if (atomic_load(&island->page->has_run_out_of_memory)) {
    set_end(ending, RMS_END_MEMORY, name);
  } else if (is_from_outside(number) && job->islands == 1) {
    rms_ending_lose(ending, "its process");
    snprintf(ending->end_detail, sizeof ending->end_detail, "%s", name);
  } else {
    set_end(ending, RMS_END_SIGNAL, name);
  }
}

static void classify_failure(const struct rms_page *page, struct rms_ending *ending)
{
  copy_why(ending, page);
  if (page->failure == RMS_FAILED_SUPPORT) {
    set_end(ending, RMS_END_UNSUPPORTED, "");
  } else if (page->failure == RMS_FAILED_OPEN) {
    const bool is_memory = page->outcome == RMS_E_NOMEM;
    set_end(ending, is_memory ? RMS_END_MEMORY : RMS_END_EXIT, is_memory ? "open" : "open failed");
  } else {
    set_end(ending, RMS_END_START_FAILED, "");
  }
}

/* solve() returned: its outcome is a claim, or an error. */
static void classify_outcome(const struct rms_island *island, const struct rms_job *job,
                             struct rms_ending *ending)
{
  static const enum rms_claim_kind claims[] = {[RMS_OPTIMAL] = RMS_CLAIM_OPTIMAL,
                                               [RMS_FEASIBLE] = RMS_CLAIM_NONE,
                                               [RMS_INFEASIBLE] = RMS_CLAIM_INFEASIBLE,
                                               [RMS_STOPPED] = RMS_CLAIM_NONE,
                                               [RMS_UNSUPPORTED] = RMS_CLAIM_NONE};
  const int outcome = island->page->outcome;
  const bool has_proved = outcome == RMS_OPTIMAL || outcome == RMS_INFEASIBLE;

  set_end(ending, RMS_END_EXIT, "");
  if (outcome < 0) {
    set_end(ending, outcome == RMS_E_NOMEM ? RMS_END_MEMORY : RMS_END_EXIT,
            rms_status_text(outcome));
  } else if (outcome > RMS_UNSUPPORTED) {
    set_end(ending, RMS_END_EXIT, "unknown outcome");
  } else {
    ending->claim = (uint32_t)claims[outcome];
    if (outcome == RMS_UNSUPPORTED) set_end(ending, RMS_END_UNSUPPORTED, "");
  }
  if (has_proved) return;
  if (island->was_cancelled) {
    set_end(ending, RMS_END_CANCELLED, "");
  } else if (island->was_timed_out && job->limits.is_work_limited) {
    set_end(ending, RMS_END_TIMEOUT_WALL, "stopped"); /* the safety net decided: not reproducible */
  }
}

void rms_classify(const struct rms_island *island, const struct rms_job *job,
                  struct rms_ending *ending)
{
  const struct rms_page *page = island->page;
  const uint32_t stage = atomic_load(&page->stage);

  ending->claim = RMS_CLAIM_NONE;
  if (island->is_lost) {
    rms_ending_lose(ending, "the process that watched the solver");
  } else if (WIFSIGNALED(island->wait_status)) {
    classify_signal(island, job, ending);
  } else if (stage == RMS_STAGE_GAVE_UP) {
    classify_failure(page, ending);
  } else if (stage == RMS_STAGE_CLOSED && WEXITSTATUS(island->wait_status) == 0) {
    classify_outcome(island, job, ending);
  } else {
    char detail[32];
    snprintf(detail, sizeof detail, "exit %d", WEXITSTATUS(island->wait_status));
    set_end(ending, island->was_killed ? RMS_END_TIMEOUT_WALL : RMS_END_EXIT, detail);
  }
  if (ending->claim == RMS_CLAIM_NONE && atomic_load(&page->newest))
    ending->claim = RMS_CLAIM_FEASIBLE;
}
