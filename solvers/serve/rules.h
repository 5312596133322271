/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rules.h - the two rules behind completion.h, each with its trees. Private to solvers/serve/.
 * Trees are indexed by seat: a permutation of the services that decides ties. */
#ifndef RMS_SERVE_RULES_H
#define RMS_SERVE_RULES_H

#include "solvers/serve/completion.h"

struct rms_seats {
  const struct rms_serve *inst;
  uint32_t *service; /* [n] by seat */
  uint32_t *seat;    /* [n] by service */
};

/* For both rules: _new allocates in `arena`; _begin computes all scores (0, or 1: stopped); _choose
 * does not change what the next one would be; _refresh follows a change of the given services,
 * whose needs only fall. */
struct rms_literal;
int rms_literal_new(struct rms_literal **result, struct rms_arena *arena,
                    const struct rms_seats *seats, int q);
int rms_literal_begin(struct rms_literal *rule, const struct rms_completion *state,
                      const struct rms_poll *poll);
bool rms_literal_choose(const struct rms_literal *rule, const struct rms_completion *state,
                        struct rms_choice *choice);
int rms_literal_refresh(struct rms_literal *rule, const struct rms_completion *state,
                        const uint32_t *services, size_t n, const struct rms_poll *poll);

struct rms_capped;
int rms_capped_new(struct rms_capped **result, struct rms_arena *arena,
                   const struct rms_seats *seats, enum rms_weight weight);
int rms_capped_begin(struct rms_capped *rule, const struct rms_completion *state,
                     const struct rms_poll *poll);
bool rms_capped_choose(struct rms_capped *rule, const struct rms_completion *state,
                       struct rms_choice *choice);
int rms_capped_refresh(struct rms_capped *rule, const struct rms_completion *state,
                       const uint32_t *services, size_t n, const struct rms_poll *poll);

/* Share of a machine that service s needs at best: min over kinds of demand / rate x cost x compute
 * / compute_units (the weight `slice`). 0 when nothing runs it. */
double rms_serve_share(const struct rms_serve *inst, size_t s);

#endif
