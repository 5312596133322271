/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "harness/minder.h"

static bool is_verified(enum rms_verdict_kind kind)
{
  return kind == RMS_VERDICT_VERIFIED_FEASIBLE || kind == RMS_VERDICT_VERIFIED_OPTIMAL;
}

static void say(struct rms_ending *ending, enum rms_verdict_kind verdict, const char *why)
{
  ending->verdict = (uint32_t)verdict;
  if (why[0]) snprintf(ending->why, sizeof ending->why, "%.255s", why);
}

/* Nothing to decode: only contradictions in the claim itself can be seen. */
static void judge_nothing(const struct rms_instance *inst, struct rms_ending *ending)
{
  struct rms_error why = {0};

  if (ending->claim == RMS_CLAIM_OPTIMAL) {
    say(ending, RMS_VERDICT_UNVERIFIABLE, "says optimal without a plan");
  } else if (ending->claim == RMS_CLAIM_INFEASIBLE && inst->family->is_hopeless &&
             inst->family->is_hopeless(inst, &why)) {
    say(ending, RMS_VERDICT_NONE, why.text);
  }
}

/* The proof of infeasibility is kept as a solution is; there is no objective. */
static void judge_refutation(const struct rms_best *best, const struct rms_verdict *verdict,
                             struct rms_ending *ending)
{
  if (ending->claim != RMS_CLAIM_INFEASIBLE) {
    say(ending, RMS_VERDICT_UNVERIFIABLE, "has proved that there is no plan, but says otherwise");
    return;
  }
  say(ending, verdict->kind, verdict->why);
  if (!is_verified(verdict->kind)) return;
  ending->solution = best->solution;
  ending->solution_bytes = best->bytes;
}

static void keep_verified(const struct rms_best *best, const struct rms_verdict *verdict,
                          struct rms_ending *ending)
{
  for (int k = 0; k < ending->n_objectives && k < RMS_RECORD_OBJECTIVES; k++) {
    ending->objective[k] = verdict->objective[k];
  }
  ending->verified_bound = verdict->bound;
  ending->solution = best->solution;
  ending->solution_bytes = best->bytes;
}

/* Figures of the verified solution for the record; one that does not fit is left out. */
static void keep_metrics(const struct rms_instance *inst, const void *bytes, size_t n,
                         struct rms_ending *ending)
{
  struct rms_text text = {0};
  if (!inst->family->metrics) return;
  if (inst->family->metrics(inst, bytes, n, &text) == RMS_OK && text.length &&
      text.length < sizeof ending->metrics)
    memcpy(ending->metrics, text.data, text.length + 1);
  rms_text_fini(&text);
}

void rms_judge(const struct rms_instance *inst, const struct rms_best *best, const void *bytes,
               struct rms_ending *ending)
{
  struct rms_claim claim = {.bound = ending->bound};
  double tolerance;
  struct rms_verdict verdict = {.kind = RMS_VERDICT_UNVERIFIABLE, .bound = NAN};

  if (!bytes) {
    judge_nothing(inst, ending);
    return;
  }
  memcpy(claim.objective, best->objective, sizeof claim.objective);
  claim.is_optimal = ending->claim == RMS_CLAIM_OPTIMAL;
  if (inst->family->check(inst, bytes, (size_t)best->bytes, &claim, &verdict) < 0) {
    say(ending, RMS_VERDICT_UNVERIFIABLE, "the checker ran out of memory");
    return;
  }
  if (isinf(claim.objective[0])) {
    judge_refutation(best, &verdict, ending);
    return;
  }
  if (is_verified(verdict.kind) && ending->claim == RMS_CLAIM_INFEASIBLE) {
    say(ending, RMS_VERDICT_WRONG_INFEASIBILITY, "says infeasible, but has reported a valid plan");
    return;
  }
  tolerance = 1e-9 * fmax(1, fabs(verdict.objective[0]));
  if (is_verified(verdict.kind) && ending->bound > verdict.objective[0] + tolerance) {
    say(ending, RMS_VERDICT_WRONG_BOUND, "the bound lies above the objective of its own plan");
    return;
  }
  say(ending, verdict.kind, verdict.why);
  if (!is_verified(verdict.kind)) return;
  keep_verified(best, &verdict, ending);
  keep_metrics(inst, bytes, (size_t)best->bytes, ending);
}
