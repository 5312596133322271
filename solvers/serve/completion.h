/* SPDX-License-Identifier: GPL-3.0-or-later */
/* completion.h - the template that the heuristics of `serve` share: from any state of completion,
 * add machines one at a time until every service has what it demands (MIG-serving's optimizer
 * procedure).
 *
 * The state is exact: what each service still misses, in micros, and the stock that is left. A rule
 * chooses the next machine from it; rms_complete repeats the rule. */
#ifndef RMS_SERVE_COMPLETION_H
#define RMS_SERVE_COMPLETION_H

#include "instances/serve/plan.h"
#include "instances/serve/serve.h"
#include "solvers/serve/score.h"

/* ---- state ---------------------------------------------------------------------------------- */

struct rms_completion {
  const struct rms_serve *inst;      /* borrowed */
  int64_t *need;                     /* [n_services] micros still missing; 0: served */
  size_t unfinished;                 /* services with need > 0 */
  int64_t left[RMS_SERVE_POOLS_MAX]; /* machines left in each pool; INT64_MAX: no limit */
};

/* Nothing placed yet. Free with _fini. 0 or RMS_E_NOMEM. */
int rms_completion_init(struct rms_completion *state, const struct rms_serve *inst);
void rms_completion_fini(struct rms_completion *state); /* accepts a zeroed one */
void rms_completion_reset(struct rms_completion *state);
void rms_completion_copy(struct rms_completion *to,
                         const struct rms_completion *from); /* same instance */

/* `count` slices of a kind for one service. O(1), any count. */
void rms_completion_serve(struct rms_completion *state, size_t service, size_t kind, int64_t count);

/* The groups [first, end) of a plan: its slices serve, its machines leave the stock. The plan must
 * be one of ours (indices valid). */
void rms_completion_take(struct rms_completion *state, const struct rms_serve_plan *plan,
                         size_t first, size_t end);

/* ---- one machine ---------------------------------------------------------------------------- */

struct rms_choice { /* a machine of a pool, cut and used */
  uint32_t pool, cut;
  uint32_t service[RMS_UNITS_MAX]; /* per slice of the cut's layout; RMS_SERVE_IDLE */
};

/* Add it to the plan and take it off the state.
 *   touched [out] the distinct services that it serves, at most RMS_UNITS_MAX; may be NULL
 * Returns the number of distinct services, or RMS_E_NOMEM (then nothing changed). */
int rms_choice_apply(const struct rms_choice *choice, struct rms_completion *state,
                     struct rms_serve_plan *plan, uint32_t *touched);

/* Join equal groups and sort the plan (by pool, then slices). O(g log g). 0 or RMS_E_NOMEM. */
int rms_plan_join(struct rms_serve_plan *plan);

/* ---- the rules ------------------------------------------------------------------------------ */

enum rms_rule {
  RMS_RULE_LITERAL, /* largest sum of w u, at most q services per machine, gains not capped */
  RMS_RULE_CAPPED,  /* gains capped at the remaining need, any mix */
  RMS_RULE_ENDGAME  /* literal, unless it gives some service more than it misses: then capped */
};

struct rms_rule_setup {
  enum rms_rule rule;
  enum rms_weight weight; /* of the capped rule */
  int q;                  /* of the literal rule; 0: any number */
  const uint32_t *order; /* [n_services] a permutation, borrowed: ties go to who stands first in it;
                            NULL: the order of the instance */
};

struct rms_completer; /* a rule with its search trees for one instance; reusable for many states */

/* RMS_E_NOMEM; RMS_E_LIMIT when the machines have too many ways to share their profiles among q
 * services (thousands; no real machine). */
int rms_completer_open(struct rms_completer **result, const struct rms_serve *inst,
                       const struct rms_rule_setup *setup);
void rms_completer_close(struct rms_completer *completer); /* accepts NULL */

enum rms_complete_end {
  RMS_COMPLETE_DONE = 0,
  RMS_COMPLETE_STUCK, /* no machine that is left can serve anybody: proves nothing when stocks are
                         limited */
  RMS_COMPLETE_STOPPED
};

struct rms_poll {                        /* zeroed: never stop */
  int (*stop)(void *ctx, uint64_t work); /* host->should_stop */
  void *ctx;
  uint64_t work; /* machines placed so far; counted on */
};

static inline bool rms_poll_stop(const struct rms_poll *poll)
{
  return poll != NULL && poll->stop != NULL && poll->stop(poll->ctx, poll->work) != 0;
}

/* Complete from where `state` is; machines are appended to `plan`, equal ones joined now and then
 * (the plan's earlier groups may be joined and sorted with them). Returns enum rms_complete_end or
 * RMS_E_NOMEM; state and plan agree in every case.
 * Cost: O(services x shares) to begin with, then O(slices log services) per machine. */
int rms_complete(struct rms_completer *completer, struct rms_completion *state,
                 struct rms_serve_plan *plan, struct rms_poll *poll);

/* The same in single steps: begin at a state (again after any change that is not by _apply), look
 * at the rule's choice (false: none makes progress), apply it. */
int rms_completer_begin(struct rms_completer *completer, const struct rms_completion *state,
                        struct rms_poll *poll); /* 0 or 1: stopped */
bool rms_completer_choose(struct rms_completer *completer, const struct rms_completion *state,
                          struct rms_choice *choice);
int rms_completer_apply(struct rms_completer *completer, struct rms_completion *state,
                        const struct rms_choice *choice, struct rms_serve_plan *plan,
                        struct rms_poll *poll); /* 0, 1: stopped, RMS_E_NOMEM */

/* Is there a service that no pool with machines can run, in any legal cut? Then there is no plan.
 *   service [out] the first of them */
bool rms_serve_is_unservable(const struct rms_serve *inst, size_t *service);

#endif
