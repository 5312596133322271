/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cases.h - the instances on which the kit tries solvers, one table per family. Nothing is read
 * from disk: instances are made here, and the optima of the tiny ones are found by the kit's own
 * enumeration. */
#ifndef RMS_CONFORMANCE_CASES_H
#define RMS_CONFORMANCE_CASES_H

#include "instances/family.h"

enum rms_kit_case {
  RMS_KIT_EMPTY,    /* 0 items; a family may refuse it */
  RMS_KIT_ONE,      /* 1 item */
  RMS_KIT_TWO,      /* 2 items */
  RMS_KIT_SHORT,    /* infeasible: too few machines */
  RMS_KIT_HOPELESS, /* infeasible: an item that nothing can serve; a family may refuse it */
  RMS_KIT_SMALL,    /* milliseconds for a heuristic */
  RMS_KIT_MEDIUM,
  RMS_KIT_TINY, /* RMS_KIT_TINY + i, i < RMS_KIT_TINIES: solved by enumeration */
  RMS_KIT_TINIES = 20
};

struct rms_kit_cases {
  const char *family;
  /* Make case `number`. RMS_E_UNSUPPORTED: the family has no such instance. Free with
   * rms_instance_free. */
  int (*make)(struct rms_instance **result, int number, struct rms_error *err);
  /* Optimum by enumeration of an instance like ONE, TWO, SHORT or TINY; cost exponential.
   * *is_feasible false: there is no solution. RMS_E_NOMEM, RMS_E_LIMIT. */
  int (*optimum)(const struct rms_instance *inst, bool *is_feasible,
                 double objective[RMS_OBJECTIVES], struct rms_error *err);
};

extern const struct rms_kit_cases rms_kit_cases_serve, rms_kit_cases_jobs;

/* The cases of that family, or NULL. */
const struct rms_kit_cases *rms_kit_cases_find(const char *family);

#endif
