/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rules.h - small helpers that several rules use. */
#ifndef RMS_CONFORMANCE_RULES_H
#define RMS_CONFORMANCE_RULES_H

#include "harness/conformance/host.h"

/* Make case `number`, and ask whether the solver supports it. False: *end and the text are set (the
 * rule does not apply, or the kit failed). */
bool rms_kit_take(struct rms_kit *kit, int number, struct rms_instance **inst,
                  enum rms_kit_end *end);

/* Largest of 1000, 100, 10, 1 units of work that the solver does on it within two seconds. */
uint64_t rms_kit_work(struct rms_kit *kit, const struct rms_instance *inst);

/* "the small instance": what a case is called in sentences; constant. */
const char *rms_kit_case_name(int number);

/* Negative, 0, positive: a is better than, as good as, worse than b in lexicographic order. */
int rms_kit_compare(const double a[RMS_OBJECTIVES], const double b[RMS_OBJECTIVES]);

/* Index of the last event with a solution, or -1. */
long rms_kit_last(const struct rms_kit_trace *trace);

#endif
