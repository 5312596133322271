/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rules 8, 9, 11, 12, 19: time and memory. */
#include <dirent.h>
#include <malloc.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "harness/conformance/alloc.h"
#include "harness/conformance/rules.h"

/* ---- 8 ---- */

static const double lag_allowed = 0.1; /* s */

/* Least lag of three tries: what else runs on the machine must not decide. NAN: ended by itself. */
static double lag_of(struct rms_kit *kit, const struct rms_instance *inst,
                     const struct rms_kit_setup *setup)
{
  double least = NAN;
  for (int try = 0; try < 3 && !(least <= lag_allowed); try++) {
    struct rms_kit_trace trace;
    rms_kit_solve(kit, inst, setup, &trace);
    const double lag = trace.stop_lag;
    rms_kit_trace_fini(&trace);
    if (isnan(lag)) return NAN;
    least = fmin(lag, least);
  }
  return least;
}

enum rms_kit_end rms_kit_rule_stops(struct rms_kit *kit)
{
  static const struct {
    const char *when;
    struct rms_kit_setup setup;
  } moments[] = {
      {"at once", {.seed = 1, .seconds = 10, .stop_at_poll = 1}},
      {"at the 2nd question", {.seed = 2, .seconds = 10, .stop_at_poll = 2}},
      {"at the 17th question", {.seed = 3, .seconds = 10, .stop_at_poll = 17}},
      {"at the first report", {.seed = 4, .seconds = 10, .stop_at_report = 1}},
      {"at the 2nd report", {.seed = 5, .seconds = 10, .stop_at_report = 2}},
      {"at the first exchange", {.seed = 6, .seconds = 10, .stop_at_exchange = 1}},
      {"after 1 ms", {.seed = 7, .seconds = 0.001}},
      {"after 7 ms", {.seed = 8, .seconds = 0.007}},
      {"after 30 ms", {.seed = 9, .seconds = 0.03}},
      {"after 111 ms", {.seed = 10, .seconds = 0.111}},
      {"after 400 ms", {.seed = 11, .seconds = 0.4}},
      {"after 1 unit of work", {.seed = 12, .seconds = 10, .work = 1}},
  };
  enum rms_kit_end end = RMS_KIT_GOOD;
  struct rms_instance *inst = NULL;
  double longest = 0;
  int n_stopped = 0;
  const char *when = NULL;
  if (!rms_kit_take(kit, RMS_KIT_MEDIUM, &inst, &end)) return end;
  for (size_t i = 0; i < sizeof moments / sizeof *moments && longest <= lag_allowed; i++) {
    rms_kit_doing(kit, "being stopped %s", moments[i].when);
    const double lag = lag_of(kit, inst, &moments[i].setup);
    n_stopped += !isnan(lag);
    if (!(lag > longest)) continue;
    longest = lag;
    when = moments[i].when;
  }
  rms_instance_free(inst);
  if (longest > lag_allowed)
    return rms_kit_bad(kit, "stopped %s it returned %.0f ms later", when, longest * 1e3);
  if (n_stopped == 0) return rms_kit_good(kit, "it ended before it could be stopped");
  return rms_kit_good(kit, "stopped at %d moments, at most %.1f ms later", n_stopped,
                      longest * 1e3);
}

/* ---- 9 ---- */

/* One run in which watched allocation n fails. */
static enum rms_kit_end run_short(struct rms_kit *kit, const struct rms_instance *inst,
                                  const struct rms_kit_setup *setup, long n, bool *has_failed)
{
  struct rms_kit_trace trace;
  const long live = rms_alloc_live();
  rms_kit_doing(kit, "solving with failing allocation %ld", n);
  rms_alloc_fail_at(n);
  rms_kit_solve(kit, inst, setup, &trace);
  *has_failed = rms_alloc_has_failed();
  rms_alloc_fail_at(0);
  const int outcome = trace.outcome;
  const long lost = rms_alloc_live() - live;
  enum rms_kit_end end = RMS_KIT_GOOD;
  const long last = rms_kit_last(&trace);
  struct rms_verdict verdict = {.kind = RMS_VERDICT_VERIFIED_FEASIBLE};
  if (last >= 0)
    inst->family->check(inst, rms_kit_solution(&trace, &trace.events[last]),
                        trace.events[last].bytes, NULL, &verdict);
  rms_kit_trace_fini(&trace);
  if (lost > 0)
    end = rms_kit_bad(kit, "%ld blocks are left when allocation %ld fails", lost, n);
  else if (outcome < 0 && outcome != RMS_E_NOMEM)
    end =
        rms_kit_bad(kit, "it returned %d (%s) when allocation %ld failed, must be %d (%s)", outcome,
                    rms_status_text(outcome), n, RMS_E_NOMEM, rms_status_text(RMS_E_NOMEM));
  else if (verdict.kind < RMS_VERDICT_VERIFIED_FEASIBLE)
    end = rms_kit_bad(kit, "a wrong solution when allocation %ld failed: %s", n, verdict.why);
  return end;
}

enum rms_kit_end rms_kit_rule_no_memory(struct rms_kit *kit)
{
  static const double budget = 20; /* s; after that, not every n is tried */
  enum rms_kit_end end = RMS_KIT_GOOD;
  struct rms_instance *inst = NULL;
  if (!rms_kit_take(kit, RMS_KIT_TWO, &inst, &end)) return end;
  if (!rms_alloc_take(kit->solver)) {
    rms_instance_free(inst);
    return rms_kit_skip(kit, "malloc cannot be taken over in this program");
  }
  const struct rms_kit_setup setup = {.seed = 1, .work = 100, .seconds = 5};
  const struct rms_kit_moment start = rms_kit_now();
  bool has_failed = true;
  long tried = 0, n = 1;
  for (long step = 1; has_failed && end == RMS_KIT_GOOD; n += step, tried++) {
    end = run_short(kit, inst, &setup, n, &has_failed);
    const double spent = rms_kit_elapsed(start, rms_kit_now());
    if (spent > budget * 2) break;
    if (spent > budget || tried >= 2000) step = 1 + n / 8;
  }
  rms_instance_free(inst);
  if (end != RMS_KIT_GOOD) return end;
  return rms_kit_good(
      kit, "%ld allocations failed one at a time%s", tried - 1,
      rms_kit_has(kit, RMS_FOREIGN_ALLOC) ? "; those inside foreign libraries never do" : "");
}

/* ---- 11 ---- */

static long open_files(void)
{
  long n = 0;
  DIR *folder = opendir("/proc/self/fd");
  if (!folder) return 0;
  while (readdir(folder)) n++;
  closedir(folder);
  return n;
}

/* Bytes in use of the whole process, foreign libraries among it; 0 where malloc does not tell. */
static size_t bytes_in_use(void)
{
  return mallinfo2().uordblks + mallinfo2().hblkhd;
}

static enum rms_kit_end use_once(struct rms_kit *kit, const struct rms_instance *inst, bool solves)
{
  const struct rms_kit_setup setup = {.seed = 1, .work = 100, .seconds = 0.2};
  if (solves) {
    struct rms_kit_trace trace;
    rms_kit_solve(kit, inst, &setup, &trace);
    rms_kit_trace_fini(&trace);
    return RMS_KIT_GOOD;
  }
  void *self = NULL;
  const int status = rms_kit_open(kit, &self, inst);
  if (status < 0) return rms_kit_bad(kit, "open returned %d (%s)", status, rms_status_text(status));
  rms_kit_close(kit, self);
  return RMS_KIT_GOOD;
}

/* *growth: bytes that one use leaves. Measured in four parts of `times`, the least counts: what a
 * library or malloc itself keeps for later comes in the first ones, what is lost comes in all. */
static enum rms_kit_end use_often(struct rms_kit *kit, const struct rms_instance *inst, int times,
                                  bool solves, double *growth)
{
  enum { PARTS = 4 };
  const long live = rms_alloc_live(), files = open_files();
  double least = INFINITY;
  for (int part = 0; part < PARTS; part++) {
    const size_t before = bytes_in_use();
    for (int i = 0; i < times / PARTS; i++) {
      rms_kit_doing(kit, "opening and closing, time %d", part * (times / PARTS) + i + 1);
      if (use_once(kit, inst, solves) != RMS_KIT_GOOD) return RMS_KIT_BAD;
      if (rms_alloc_live() != live)
        return rms_kit_bad(kit, "%ld blocks are left after %d times open, %sclose",
                           rms_alloc_live() - live, part * (times / PARTS) + i + 1,
                           solves ? "solve, " : "");
    }
    const size_t now = bytes_in_use();
    least = fmin(least, now > before ? (double)(now - before) / (times / PARTS) : 0);
  }
  *growth = least;
  if (open_files() > files)
    return rms_kit_bad(kit, "%ld files are left open", open_files() - files);
  return RMS_KIT_GOOD;
}

enum rms_kit_end rms_kit_rule_no_leak(struct rms_kit *kit)
{
  static const double smallest = 16; /* bytes of the smallest block: less is not lost each time */
#ifdef __SANITIZE_ADDRESS__          /* ten times slower, and it finds leaks by itself */
  enum { OPENS = 100, SOLVES = 25, SOLVES_MAX = 1600 };
#else
  enum { OPENS = 1000, SOLVES = 100, SOLVES_MAX = 6400 };
#endif
  enum rms_kit_end end = RMS_KIT_GOOD;
  struct rms_instance *inst = NULL;
  double growth = 0, growth_solving;
  if (!rms_kit_take(kit, RMS_KIT_TWO, &inst, &end)) return end;
  const bool is_taken = rms_alloc_take(kit->solver);
  end = use_often(kit, inst, OPENS, false, &growth);
  /* The bytes that malloc gives beyond those asked for vary: a loss must show in long series too.
   */
  growth_solving = smallest;
  for (int n = SOLVES; end == RMS_KIT_GOOD && n <= SOLVES_MAX && growth_solving >= smallest; n *= 4)
    end = use_often(kit, inst, n, true, &growth_solving);
  rms_instance_free(inst);
  if (end != RMS_KIT_GOOD) return end;
  if (growth >= smallest || growth_solving >= smallest)
    return rms_kit_bad(kit, "each open%s, close leaves %.0f bytes of the process in use",
                       growth >= smallest ? "" : ", solve", fmax(growth, growth_solving));
  if (!is_taken)
    return rms_kit_good(kit, "bytes in use, not blocks: malloc cannot be taken over here");
  return RMS_KIT_GOOD;
}

/* ---- 12 ---- */

enum rms_kit_end rms_kit_rule_small_stack(struct rms_kit *kit)
{
  static const int numbers[] = {RMS_KIT_TWO, RMS_KIT_SMALL, RMS_KIT_MEDIUM};
  const struct rms_kit_setup setup = {.seed = 1, .seconds = 1};
  const struct rlimit mib = {1 << 20, 1 << 20};
  if (setrlimit(RLIMIT_STACK, &mib) < 0)
    return rms_kit_skip(kit, "the stack cannot be limited here");
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
    enum rms_kit_end end = RMS_KIT_GOOD;
    struct rms_instance *inst = NULL;
    struct rms_kit_trace trace;
    if (!rms_kit_take(kit, numbers[i], &inst, &end)) {
      if (end == RMS_KIT_BAD) return end;
      continue;
    }
    rms_kit_doing(kit, "solving %s with a stack of 1 MiB", rms_kit_case_name(numbers[i]));
    rms_kit_solve(kit, inst, &setup, &trace);
    const int outcome = trace.outcome;
    rms_kit_trace_fini(&trace);
    rms_instance_free(inst);
    if (outcome < 0)
      return rms_kit_bad(kit, "it returned %d (%s) on %s", outcome, rms_status_text(outcome),
                         rms_kit_case_name(numbers[i]));
  }
  return rms_kit_good(kit, "%s", "");
}

/* ---- 19 ---- */

enum rms_kit_end rms_kit_rule_early(struct rms_kit *kit)
{
  enum rms_kit_end end = RMS_KIT_GOOD;
  struct rms_instance *inst = NULL;
  double first = INFINITY;
  if (!rms_kit_has(kit, RMS_ANYTIME)) return rms_kit_skip(kit, "it is not declared anytime");
  if (!rms_kit_take(kit, RMS_KIT_MEDIUM, &inst, &end)) return end;
  for (int try = 0; try < 3 && first > 1; try++) {
    struct rms_kit_trace trace;
    const struct rms_kit_setup setup = {.seed = 1, .seconds = 1.2};
    rms_kit_doing(kit, "solving %s", rms_kit_case_name(RMS_KIT_MEDIUM));
    rms_kit_solve(kit, inst, &setup, &trace);
    if (trace.n_events) first = fmin(first, trace.events[0].seconds);
    rms_kit_trace_fini(&trace);
  }
  rms_instance_free(inst);
  if (isinf(first))
    return rms_kit_bad(kit, "it reported nothing on %s", rms_kit_case_name(RMS_KIT_MEDIUM));
  if (first > 1) return rms_kit_bad(kit, "the first report came after %.2f s", first);
  return rms_kit_good(kit, "first report after %.1f ms", first * 1e3);
}
