/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rules 3, 5 to 7, 16, 20: what a solver reports. */
#include <errno.h>
#include <malloc.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/conformance/rules.h"
#include "instances/base/hash.h"

/* ---- 3 ---- */

enum { DIGESTS_MAX = 4096 };
struct digest { /* of a run in another process */
  bool is_done;
  int outcome;
  size_t n;
  struct rms_hash whole, events[DIGESTS_MAX];
};

/* Run in a process whose free memory is filled with `fill`: what is read before it was written
 * shows. */
static bool run_apart(struct rms_kit *kit, const struct rms_instance *inst,
                      const struct rms_kit_setup *setup, int fill, struct digest *digest)
{
  fflush(NULL);
  const pid_t pid = fork();
  if (pid < 0) return false;
  if (pid == 0) {
    struct rms_kit_trace trace;
    mallopt(M_PERTURB, fill);
    rms_kit_solve(kit, inst, setup, &trace);
    digest->outcome = trace.outcome;
    digest->n = trace.n_events;
    for (size_t i = 0; i < trace.n_events && i < DIGESTS_MAX; i++)
      digest->events[i] = rms_kit_event_hash(&trace, i);
    digest->whole = rms_kit_trace_hash(&trace);
    digest->is_done = true;
    _exit(0);
  }
  while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) continue;
  return digest->is_done;
}

static enum rms_kit_end compare(struct rms_kit *kit, const struct digest *a, const struct digest *b)
{
  if (rms_hash_compare(a->whole, b->whole) == 0) return rms_kit_good(kit, "%zu events", a->n);
  for (size_t i = 0; i < a->n && i < b->n && i < DIGESTS_MAX; i++)
    if (rms_hash_compare(a->events[i], b->events[i]) != 0)
      return rms_kit_bad(kit, "event %zu of two runs with one seed differs", i + 1);
  return rms_kit_bad(kit,
                     "two runs with one seed: %zu events and outcome %d, %zu events and outcome %d",
                     a->n, a->outcome, b->n, b->outcome);
}

enum rms_kit_end rms_kit_rule_same_seed(struct rms_kit *kit)
{
  enum rms_kit_end end = RMS_KIT_GOOD;
  struct rms_instance *inst = NULL;
  if (!rms_kit_has(kit, RMS_DETERMINISTIC))
    return rms_kit_skip(kit, "it is not declared deterministic");
  if (!rms_kit_take(kit, RMS_KIT_SMALL, &inst, &end)) return end;
  const struct rms_kit_setup setup = {.seed = 11, .work = rms_kit_work(kit, inst)};
  struct digest *pair =
      mmap(NULL, 2 * sizeof *pair, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (pair == MAP_FAILED) return rms_kit_bad(kit, "the kit has no memory");
  if (run_apart(kit, inst, &setup, 0x55, &pair[0]) && run_apart(kit, inst, &setup, 0xAA, &pair[1]))
    end = compare(kit, &pair[0], &pair[1]);
  else
    end = rms_kit_bad(kit, "it died while %s", kit->shared->doing);
  munmap(pair, 2 * sizeof *pair);
  rms_instance_free(inst);
  return end;
}

/* ---- 5, 6, 7: one judge each, over the same runs ---- */

typedef enum rms_kit_end judge_fn(struct rms_kit *kit, const struct rms_instance *inst,
                                  const struct rms_kit_trace *trace, int number, size_t *n_seen);

static enum rms_kit_end judge_case(struct rms_kit *kit, int number, judge_fn *judge, size_t *n_seen)
{
  enum rms_kit_end end = RMS_KIT_GOOD;
  struct rms_instance *inst = NULL;
  struct rms_kit_trace trace;
  const struct rms_kit_setup setup = {.seed = 5, .seconds = number == RMS_KIT_MEDIUM ? 2 : 1};
  if (!rms_kit_take(kit, number, &inst, &end)) return end == RMS_KIT_SKIP ? RMS_KIT_GOOD : end;
  rms_kit_doing(kit, "solving %s", rms_kit_case_name(number));
  rms_kit_solve(kit, inst, &setup, &trace);
  end = judge(kit, inst, &trace, number, n_seen);
  if (end == RMS_KIT_GOOD && trace.outcome < 0)
    end = rms_kit_bad(kit, "%s returned %d (%s) on %s", trace.was_opened ? "solve" : "open",
                      trace.outcome, rms_status_text(trace.outcome), rms_kit_case_name(number));
  rms_kit_trace_fini(&trace);
  rms_instance_free(inst);
  return end;
}

static enum rms_kit_end judge_all(struct rms_kit *kit, judge_fn *judge, size_t *n_seen)
{
  static const int numbers[] = {RMS_KIT_ONE, RMS_KIT_TWO, RMS_KIT_SHORT, RMS_KIT_SMALL,
                                RMS_KIT_MEDIUM};
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
    const enum rms_kit_end end = judge_case(kit, numbers[i], judge, n_seen);
    if (end != RMS_KIT_GOOD) return end;
  }
  return RMS_KIT_GOOD;
}

static enum rms_kit_end judge_improvement(struct rms_kit *kit, const struct rms_instance *inst,
                                          const struct rms_kit_trace *trace, int number,
                                          size_t *n_seen)
{
  const struct rms_kit_event *last = NULL;
  double told = NAN;
  (void)inst;
  if (trace->broken[0]) return rms_kit_bad(kit, "%s", trace->broken);
  if (trace->is_cut) return rms_kit_bad(kit, "more reports, or larger ones, than can be kept");
  for (size_t i = 0; i < trace->n_events; i++) {
    const struct rms_kit_event *event = &trace->events[i];
    if (!event->has_solution) continue;
    ++*n_seen;
    /* An equal one may come again when its plan proves a better bound (solver.h). */
    const int order = last ? rms_kit_compare(event->objective, last->objective) : -1;
    const bool is_proof = order == 0 && !isnan(event->bound) && !(event->bound <= told);
    told = fmax(told, event->bound); /* NAN: none */
    if (order >= 0 && !is_proof)
      return rms_kit_bad(kit, "%s: incumbent with objective %.17g after one with %.17g",
                         rms_kit_case_name(number), event->objective[0], last->objective[0]);
    last = event;
  }
  return RMS_KIT_GOOD;
}

enum rms_kit_end rms_kit_rule_improves(struct rms_kit *kit)
{
  size_t n = 0;
  const enum rms_kit_end end = judge_all(kit, judge_improvement, &n);
  if (end != RMS_KIT_GOOD) return end;
  if (n == 0) return rms_kit_skip(kit, "it reported no incumbent");
  return rms_kit_good(kit, "%zu incumbents", n);
}

static enum rms_kit_end judge_objective(struct rms_kit *kit, const struct rms_instance *inst,
                                        const struct rms_kit_trace *trace, int number,
                                        size_t *n_seen)
{
  for (size_t i = 0; i < trace->n_events; i++) {
    const struct rms_kit_event *event = &trace->events[i];
    struct rms_claim claim = {.bound = NAN};
    struct rms_verdict verdict = {0};
    if (!event->has_solution) continue;
    ++*n_seen;
    memcpy(claim.objective, event->objective, sizeof claim.objective);
    if (inst->family->check(inst, rms_kit_solution(trace, event), event->bytes, &claim, &verdict) <
        0)
      return rms_kit_bad(kit, "the checker has no memory");
    if (verdict.kind < RMS_VERDICT_VERIFIED_FEASIBLE)
      return rms_kit_bad(kit, "%s: incumbent with objective %.17g: %s: %s",
                         rms_kit_case_name(number), event->objective[0],
                         rms_verdict_text(verdict.kind), verdict.why);
  }
  return RMS_KIT_GOOD;
}

enum rms_kit_end rms_kit_rule_objective(struct rms_kit *kit)
{
  size_t n = 0;
  const enum rms_kit_end end = judge_all(kit, judge_objective, &n);
  if (end != RMS_KIT_GOOD) return end;
  if (n == 0) return rms_kit_skip(kit, "it reported no incumbent");
  return rms_kit_good(kit, "%zu incumbents", n);
}

static enum rms_kit_end judge_bound(struct rms_kit *kit, const struct rms_instance *inst,
                                    const struct rms_kit_trace *trace, int number, size_t *n_seen)
{
  double best = INFINITY, bound = -INFINITY;
  (void)inst;
  for (size_t i = 0; i < trace->n_events; i++) {
    const struct rms_kit_event *event = &trace->events[i];
    if (event->has_solution) best = fmin(best, event->objective[0]);
    if (!isnan(event->bound)) {
      ++*n_seen;
      if (event->bound < bound)
        return rms_kit_bad(kit, "%s: bound %.17g after %.17g", rms_kit_case_name(number),
                           event->bound, bound);
      bound = event->bound;
    }
    if (bound > best + 1e-9 * fmax(1, fabs(best)))
      return rms_kit_bad(kit, "%s: bound %.17g above an incumbent of %.17g",
                         rms_kit_case_name(number), bound, best);
  }
  return RMS_KIT_GOOD;
}

enum rms_kit_end rms_kit_rule_bound(struct rms_kit *kit)
{
  size_t n = 0;
  const enum rms_kit_end end = judge_all(kit, judge_bound, &n);
  if (end != RMS_KIT_GOOD) return end;
  if (n == 0) return rms_kit_skip(kit, "it reported no bound");
  return rms_kit_good(kit, "%zu bounds", n);
}

/* ---- 16 ---- */

static enum rms_kit_end run_interleaved(struct rms_kit *kit, const struct rms_instance *inst,
                                        const struct rms_kit_setup *setup, struct rms_hash hash[2])
{
  void *self[2] = {NULL, NULL};
  rms_kit_doing(kit, "opening two at a time");
  for (int i = 0; i < 2; i++) {
    const int status = rms_kit_open(kit, &self[i], inst);
    if (status < 0) {
      if (i) rms_kit_close(kit, self[0]);
      return rms_kit_bad(kit, "open number %d returned %d (%s)", i + 1, status,
                         rms_status_text(status));
    }
  }
  for (int i = 0; i < 2; i++) {
    struct rms_kit_trace trace = {0};
    rms_kit_doing(kit, "solving with two open ones, number %d", i + 1);
    rms_kit_solve_open(kit, self[i], setup, &trace);
    hash[i] = rms_kit_trace_hash(&trace);
    rms_kit_trace_fini(&trace);
  }
  rms_kit_close(kit, self[0]);
  rms_kit_close(kit, self[1]);
  return RMS_KIT_GOOD;
}

enum rms_kit_end rms_kit_rule_again(struct rms_kit *kit)
{
  enum rms_kit_end end = RMS_KIT_GOOD;
  struct rms_instance *inst = NULL;
  struct rms_hash hash[4];
  if (!rms_kit_take(kit, RMS_KIT_SMALL, &inst, &end)) return end;
  struct rms_kit_setup setup = {.seed = 7};
  /* The very first run of this process counts: the limit is found in a process of its own. */
  uint64_t *work =
      mmap(NULL, sizeof *work, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (work == MAP_FAILED) return rms_kit_bad(kit, "the kit has no memory");
  fflush(NULL);
  const pid_t pid = fork();
  if (pid == 0) {
    *work = rms_kit_work(kit, inst);
    _exit(0);
  }
  while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR) continue;
  setup.work = *work;
  munmap(work, sizeof *work);
  if (setup.work == 0) {
    rms_instance_free(inst);
    return rms_kit_bad(kit, "it died while %s", kit->shared->doing);
  }
  for (int i = 0; i < 2; i++) {
    struct rms_kit_trace trace;
    rms_kit_doing(kit, "solving for the %s time in one process", i ? "second" : "first");
    rms_kit_solve(kit, inst, &setup, &trace);
    hash[i] = rms_kit_trace_hash(&trace);
    rms_kit_trace_fini(&trace);
  }
  end = run_interleaved(kit, inst, &setup, hash + 2);
  rms_instance_free(inst);
  if (end != RMS_KIT_GOOD) return end;
  if (!rms_kit_has(kit, RMS_DETERMINISTIC))
    return rms_kit_good(kit, "it runs; results are not compared, it is not declared deterministic");
  for (int i = 1; i < 4; i++)
    if (rms_hash_compare(hash[0], hash[i]) != 0)
      return rms_kit_bad(kit, "run %d differs from the first%s", i + 1,
                         i > 1 ? " (two were open)" : "");
  return RMS_KIT_GOOD;
}

/* ---- 20 ---- */

enum rms_kit_end rms_kit_rule_work(struct rms_kit *kit)
{
  /* Promised is a call per 10 ms; the kit allows for slow machines and sanitizers. */
  static const double longest = 0.05, promised = 0.01;
  enum rms_kit_end end = RMS_KIT_GOOD;
  struct rms_instance *inst = NULL;
  struct rms_kit_trace trace;
  const struct rms_kit_setup setup = {.seed = 9, .seconds = 1};
  if (!rms_kit_take(kit, RMS_KIT_MEDIUM, &inst, &end)) return end;
  double gap = INFINITY;
  for (int try = 0; try < 3 && gap > longest; try++) {
    rms_kit_doing(kit, "solving %s", rms_kit_case_name(RMS_KIT_MEDIUM));
    rms_kit_solve(kit, inst, &setup, &trace);
    gap = fmin(gap, trace.longest_gap);
    end = RMS_KIT_GOOD;
    if (trace.work_broken[0])
      end = rms_kit_bad(kit, "%s", trace.work_broken);
    else if (trace.last_work == 0 && (rms_kit_last(&trace) >= 0 || trace.cpu > promised))
      end = rms_kit_bad(kit, "the counter never moved in %.3f s of CPU time", trace.cpu);
    rms_kit_trace_fini(&trace);
    if (end != RMS_KIT_GOOD) break;
  }
  rms_instance_free(inst);
  if (end != RMS_KIT_GOOD) return end;
  if (gap > longest)
    return rms_kit_bad(
        kit, "it computed for %.0f ms without a call of the host, 10 ms are promised", gap * 1e3);
  return rms_kit_good(kit, "longest time between two calls of the host: %.1f ms", gap * 1e3);
}
