/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/order.h"

#include <math.h>
#include <stdlib.h>

#include "harness/expect.h"

int rms_order_expect(const struct rms_sweep *sweep, const struct rms_records *records,
                     const struct rms_item *items, size_t n, double *expected,
                     struct rms_error *err)
{
  struct rms_expect *expect = NULL;
  if (!n) return RMS_OK;
  if (rms_expect_new(&expect, records->runs, records->n_runs) < 0)
    return rms_error_set(err, RMS_E_NOMEM, "plan: out of memory");
  for (size_t i = 0; i < n; i++) {
    const struct rms_job *job = &sweep->jobs[items[i].index];
    bool is_known = false;
    const double seconds = rms_expect_job(expect, job->label, job->group, &is_known);
    expected[items[i].index] = is_known ? seconds : NAN;
  }
  rms_expect_free(expect);
  return RMS_OK;
}

struct ranked {
  struct rms_item item;
  double seconds;
  size_t place;
};

static int compare_ranked(const void *a, const void *b)
{
  const struct ranked *x = a, *y = b;
  if (x->seconds > y->seconds) return -1;
  if (x->seconds < y->seconds) return 1;
  return (x->place > y->place) - (x->place < y->place);
}

int rms_order_longest(const struct rms_sweep *sweep, const double *expected, struct rms_item *items,
                      size_t n, struct rms_error *err)
{
  struct ranked *ranked = calloc(n + 1, sizeof *ranked);
  if (!ranked) return rms_error_set(err, RMS_E_NOMEM, "plan: out of memory");
  for (size_t i = 0; i < n; i++) {
    const double known = expected[items[i].index];
    const double longest = sweep->jobs[items[i].index].limits.time;
    ranked[i] = (struct ranked){items[i], isnan(known) ? longest : known, i};
  }
  if (n) qsort(ranked, n, sizeof *ranked, compare_ranked);
  for (size_t i = 0; i < n; i++) items[i] = ranked[i].item;
  free(ranked);
  return RMS_OK;
}
