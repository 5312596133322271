/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kit.h - the conformance kit: twenty rules that every solver keeps, `rms check-solver`. Each rule
 * is tried in a child process of its own, under limits, with the solver's output caught; what a
 * solver does there cannot harm the kit. Their table is in rules.c. */
#ifndef RMS_CONFORMANCE_KIT_H
#define RMS_CONFORMANCE_KIT_H

#include <stdio.h>

#include "instances/base/error.h"
#include "solvers/params.h"
#include "solvers/registry.h"

enum { RMS_KIT_RULES = 20, RMS_KIT_TEXT = 512 };

enum rms_kit_end { RMS_KIT_GOOD, RMS_KIT_BAD, RMS_KIT_SKIP };

struct rms_kit_finding {
  int number;       /* of the rule, from 1 */
  const char *rule; /* its sentence */
  enum rms_kit_end end;
  char text[RMS_KIT_TEXT]; /* what is wrong; why it does not apply; a remark or "" */
};

struct rms_kit_options {
  const struct rms_solver *solver; /* built-in, or the description of a plugin */
  const char *plugin;              /* path of the shared object; NULL: built in */
  const char *assignments;         /* "key=value,...", may be NULL */
  uint32_t only;                   /* bit number-1 set: try this rule; 0: all */
  double seconds;                  /* limit of each rule; 0: the rule's own, up to two minutes */
  /* Called after each rule, in order. */
  void (*each)(void *ctx, const struct rms_kit_finding *finding);
  void *ctx;
};

/* Try the rules. *n_bad: rules that were broken. Forks; the caller must be single-threaded and have
 * no other children (strays of a solver are found among them). RMS_E_IO, RMS_E_PARAM (assignments),
 * RMS_E_UNKNOWN (no test cases for this family). */
int rms_kit_run(const struct rms_kit_options *options, int *n_bad, struct rms_error *err);

#endif
