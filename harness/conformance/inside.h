/* SPDX-License-Identifier: GPL-3.0-or-later */
/* inside.h - what the files of the kit share. Everything here runs in the child of one rule, but
 * for the table of rules. */
#ifndef RMS_CONFORMANCE_INSIDE_H
#define RMS_CONFORMANCE_INSIDE_H

#include <stdbool.h>

#include "harness/conformance/cases.h"
#include "harness/conformance/kit.h"

struct rms_kit_shared { /* memory that the child and the kit share: it survives the child's death */
  bool has_ended;
  enum rms_kit_end end;
  char text[RMS_KIT_TEXT];  /* as in a finding */
  char doing[RMS_KIT_TEXT]; /* what was tried last, for a child that died */
};

struct rms_kit {
  const struct rms_solver *solver; /* loaded in this process */
  const struct rms_values *values;
  const char *plugin; /* NULL: built in */
  const struct rms_kit_cases *cases;
  int output; /* file that catches standard output and error */
  struct rms_kit_shared *shared;
};

struct rms_kit_rule {
  const char *text;
  double seconds; /* limit of the whole rule */
  enum rms_kit_end (*run)(struct rms_kit *kit);
};
extern const struct rms_kit_rule rms_kit_rules[RMS_KIT_RULES];

/* "doing" for the case that this process dies now. */
__attribute__((format(printf, 2, 3))) void rms_kit_doing(struct rms_kit *kit, const char *fmt, ...);

/* Fill in the text and return the end: `return rms_kit_bad(kit, "...")`. */
__attribute__((format(printf, 3, 4))) enum rms_kit_end
rms_kit_say(struct rms_kit *kit, enum rms_kit_end end, const char *fmt, ...);
#define rms_kit_bad(kit, ...)  rms_kit_say(kit, RMS_KIT_BAD, __VA_ARGS__)
#define rms_kit_skip(kit, ...) rms_kit_say(kit, RMS_KIT_SKIP, __VA_ARGS__)
#define rms_kit_good(kit, ...) rms_kit_say(kit, RMS_KIT_GOOD, __VA_ARGS__)

bool rms_kit_has(const struct rms_kit *kit, enum rms_solver_flags flag);

enum rms_kit_end rms_kit_rule_declares(struct rms_kit *kit);    /* 1 */
enum rms_kit_end rms_kit_rule_rejects(struct rms_kit *kit);     /* 2 */
enum rms_kit_end rms_kit_rule_same_seed(struct rms_kit *kit);   /* 3 */
enum rms_kit_end rms_kit_rule_other_seed(struct rms_kit *kit);  /* 4 */
enum rms_kit_end rms_kit_rule_improves(struct rms_kit *kit);    /* 5 */
enum rms_kit_end rms_kit_rule_objective(struct rms_kit *kit);   /* 6 */
enum rms_kit_end rms_kit_rule_bound(struct rms_kit *kit);       /* 7 */
enum rms_kit_end rms_kit_rule_stops(struct rms_kit *kit);       /* 8 */
enum rms_kit_end rms_kit_rule_no_memory(struct rms_kit *kit);   /* 9 */
enum rms_kit_end rms_kit_rule_close_null(struct rms_kit *kit);  /* 10 */
enum rms_kit_end rms_kit_rule_no_leak(struct rms_kit *kit);     /* 11 */
enum rms_kit_end rms_kit_rule_small_stack(struct rms_kit *kit); /* 12 */
enum rms_kit_end rms_kit_rule_silent(struct rms_kit *kit);      /* 13 */
enum rms_kit_end rms_kit_rule_no_mpi(struct rms_kit *kit);      /* 14 */
enum rms_kit_end rms_kit_rule_read_only(struct rms_kit *kit);   /* 15 */
enum rms_kit_end rms_kit_rule_again(struct rms_kit *kit);       /* 16 */
enum rms_kit_end rms_kit_rule_smallest(struct rms_kit *kit);    /* 17 */
enum rms_kit_end rms_kit_rule_optimum(struct rms_kit *kit);     /* 18 */
enum rms_kit_end rms_kit_rule_early(struct rms_kit *kit);       /* 19 */
enum rms_kit_end rms_kit_rule_work(struct rms_kit *kit);        /* 20 */

#endif
