/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rules 17 and 18: what a solver claims on instances whose optimum the kit knows. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "harness/conformance/rules.h"

struct truth {
  bool is_feasible;
  double objective[RMS_OBJECTIVES];
};

/* Every reported solution holds, no bound is above the optimum, the outcome is true. */
static enum rms_kit_end judge(struct rms_kit *kit, const struct rms_instance *inst,
                              const char *name, const struct rms_kit_trace *trace,
                              const struct truth *truth)
{
  for (size_t i = 0; i < trace->n_events; i++) {
    const struct rms_kit_event *event = &trace->events[i];
    struct rms_claim claim = {.bound = NAN};
    struct rms_verdict verdict = {0};
    if (truth->is_feasible && event->bound > truth->objective[0] + 1e-9)
      return rms_kit_bad(kit, "%s: bound %.17g, the optimum is %.17g", name, event->bound,
                         truth->objective[0]);
    if (!event->has_solution) continue;
    memcpy(claim.objective, event->objective, sizeof claim.objective);
    if (inst->family->check(inst, rms_kit_solution(trace, event), event->bytes, &claim, &verdict) <
        0)
      return rms_kit_bad(kit, "the checker has no memory");
    if (verdict.kind < RMS_VERDICT_VERIFIED_FEASIBLE)
      return rms_kit_bad(kit, "%s: %s: %s", name, rms_verdict_text(verdict.kind), verdict.why);
    if (isinf(claim.objective[0])) { /* a proof that there is no solution, and it holds */
      if (!truth->is_feasible) continue;
      return rms_kit_bad(kit, "%s: proves that there is no solution, the optimum is %.17g", name,
                         truth->objective[0]);
    }
    if (!truth->is_feasible || rms_kit_compare(verdict.objective, truth->objective) < 0)
      return rms_kit_bad(kit, "%s: the kit's enumeration is wrong: a right solution has %.17g",
                         name, verdict.objective[0]);
  }
  const long last = rms_kit_last(trace);
  if (trace->outcome < 0)
    return rms_kit_bad(kit, "%s: %s returned %d (%s)", name, trace->was_opened ? "solve" : "open",
                       trace->outcome, rms_status_text(trace->outcome));
  if (trace->outcome == RMS_INFEASIBLE && truth->is_feasible)
    return rms_kit_bad(kit, "%s: it says infeasible, the optimum is %.17g", name,
                       truth->objective[0]);
  if (trace->outcome == RMS_OPTIMAL && last < 0)
    return rms_kit_bad(kit, "%s: it says optimal and has reported no solution", name);
  if (trace->outcome == RMS_OPTIMAL &&
      rms_kit_compare(trace->events[last].objective, truth->objective) != 0)
    return rms_kit_bad(kit, "%s: it says that %.17g is optimal, the optimum is %.17g", name,
                       trace->events[last].objective[0], truth->objective[0]);
  return RMS_KIT_GOOD;
}

/* Solve one case whose optimum is found by enumeration; an exact solver must find it. */
static enum rms_kit_end try_case(struct rms_kit *kit, int number, const char *name, bool must_find,
                                 int *n_tried)
{
  enum rms_kit_end end = RMS_KIT_GOOD;
  struct rms_instance *inst = NULL;
  struct rms_kit_trace trace;
  struct truth truth = {0};
  struct rms_error err = {0};
  const struct rms_kit_setup setup = {.seed = 13, .seconds = must_find ? 10 : 2};
  if (!rms_kit_take(kit, number, &inst, &end)) return end == RMS_KIT_SKIP ? RMS_KIT_GOOD : end;
  if (number != RMS_KIT_EMPTY && number != RMS_KIT_HOPELESS &&
      kit->cases->optimum(inst, &truth.is_feasible, truth.objective, &err) < 0) {
    rms_instance_free(inst);
    return rms_kit_bad(kit, "%s: %s", name, err.text);
  }
  if (number == RMS_KIT_EMPTY) truth.is_feasible = true;
  rms_kit_doing(kit, "solving %s", name);
  rms_kit_solve(kit, inst, &setup, &trace);
  ++*n_tried;
  end = judge(kit, inst, name, &trace, &truth);
  if (end == RMS_KIT_GOOD && must_find) {
    if (truth.is_feasible && trace.outcome != RMS_OPTIMAL)
      end = rms_kit_bad(kit,
                        "%s: it is declared exact and did not prove the optimum %.17g (outcome %d)",
                        name, truth.objective[0], trace.outcome);
    if (!truth.is_feasible && trace.outcome != RMS_INFEASIBLE)
      end =
          rms_kit_bad(kit, "%s: it is declared exact and did not prove infeasibility (outcome %d)",
                      name, trace.outcome);
  }
  rms_kit_trace_fini(&trace);
  rms_instance_free(inst);
  return end;
}

enum rms_kit_end rms_kit_rule_smallest(struct rms_kit *kit)
{
  static const int numbers[] = {RMS_KIT_EMPTY, RMS_KIT_ONE, RMS_KIT_TWO, RMS_KIT_SHORT,
                                RMS_KIT_HOPELESS};
  int n = 0;
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
    const enum rms_kit_end end =
        try_case(kit, numbers[i], rms_kit_case_name(numbers[i]), false, &n);
    if (end != RMS_KIT_GOOD) return end;
  }
  if (n == 0) return rms_kit_skip(kit, "it supports none of them");
  return rms_kit_good(kit, "%d instances", n);
}

enum rms_kit_end rms_kit_rule_optimum(struct rms_kit *kit)
{
  const bool is_exact = rms_kit_has(kit, RMS_EXACT);
  int n = 0;
  for (int i = 0; i < RMS_KIT_TINIES; i++) {
    char name[40];
    snprintf(name, sizeof name, "tiny instance %d", i + 1);
    const enum rms_kit_end end = try_case(kit, RMS_KIT_TINY + i, name, is_exact, &n);
    if (end != RMS_KIT_GOOD) return end;
  }
  if (n == 0) return rms_kit_skip(kit, "it supports none of them");
  if (!is_exact)
    return rms_kit_skip(
        kit, "it is not declared exact; its claims, bounds and solutions on %d of them hold", n);
  return rms_kit_good(kit, "%d instances", n);
}
