/* SPDX-License-Identifier: GPL-3.0-or-later */
/* run_fixture.h - hand-made runs, and their comparison. For tests that include cmocka. */
#ifndef RMS_TEST_RUN_FIXTURE_H
#define RMS_TEST_RUN_FIXTURE_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "analysis/compare.h"

static inline struct rms_run make_run(uint64_t id, const char *instance, const char *solver,
                                      double objective, double bound)
{
  struct rms_run run = {.job = {0, id},
                        .family = "serve",
                        .instance = instance,
                        .reference = instance,
                        .group = "g",
                        .solver = solver,
                        .label = solver,
                        .objective_step = 1,
                        .n_objectives = 1,
                        .end = RMS_END_EXIT,
                        .end_detail = "",
                        .claim = isnan(objective) ? RMS_CLAIM_NONE : RMS_CLAIM_FEASIBLE,
                        .verdict = isnan(objective) ? "none" : "verified_feasible",
                        .why = "",
                        .objective = {objective, 0, 0, 0},
                        .bound = bound,
                        .verified_bound = NAN,
                        .wall = 1,
                        .host = "h"};
  return run;
}

static inline struct rms_comparison *compare(struct rms_records *records, struct rms_run *runs,
                                             size_t n)
{
  struct rms_comparison *cmp = NULL;
  *records = (struct rms_records){.n_runs = n, .runs = runs};
  assert_int_equal(rms_compare(&cmp, records, false, RMS_BY_SET), 0);
  return cmp;
}

#endif
