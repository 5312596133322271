/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the patterns of a core's members take of the tests beyond the least. */
#include <string.h>

#include "solvers/serve/prices_core.h"

static rms_wide dot(const struct rms_core *core, const struct rms_core_test *test, const int64_t *z)
{
  rms_wide sum = 0;
  for (size_t i = 0; i < core->d; i++) sum += (rms_wide)test->coefficient[i] * z[i];
  return sum;
}

static int64_t clip(rms_wide x)
{
  const rms_wide most = INT64_MAX / 4;
  return (int64_t)(x > most ? most : x < -most ? -most : x);
}

/* Least value of a member in a test, and by how much each of its patterns exceeds it. */
static rms_wide fill_excess(struct rms_core *core, struct rms_core_member *member, size_t t)
{
  const struct rms_core_test *test = &core->goal->tests[t];
  rms_wide least = dot(core, test, member->patterns);
  for (size_t c = 1; c < member->n; c++) {
    rms_wide value = dot(core, test, member->patterns + c * core->d);
    if (value < least) least = value;
  }
  for (size_t c = 0; c < member->n; c++)
    member->excess[c * core->n_tests + t] =
        clip(dot(core, test, member->patterns + c * core->d) - least);
  return least;
}

bool rms_core_is_no_worse(const struct rms_core *core, const int64_t *a, const int64_t *b)
{
  for (size_t t = 0; t < core->n_keys; t++)
    if (a[t] > b[t]) return false;
  return true;
}

enum { JUDGES = 100 }; /* it is compared with the last ones kept: neighbours are alike */

/* A pattern that uses no less of any key than another one is never needed: the keys decide. The
 * price tests only cut off earlier, so a dropped pattern's least value in them stays a valid one.
 */
static void drop_dominated(struct rms_core *core, struct rms_core_member *member)
{
  size_t kept = 0;
  for (size_t c = 0; c < member->n; c++) {
    const int64_t *excess = member->excess + c * core->n_tests;
    size_t k = kept > JUDGES ? kept - JUDGES : 0;
    while (k < kept && !rms_core_is_no_worse(core, member->excess + k * core->n_tests, excess)) k++;
    if (k < kept) continue;
    memmove(member->patterns + kept * core->d, member->patterns + c * core->d,
            core->d * sizeof *member->patterns);
    memmove(member->excess + kept * core->n_tests, excess, core->n_tests * sizeof *excess);
    kept++;
  }
  member->n = kept;
}

void rms_core_fill_budgets(struct rms_core *core)
{
  for (size_t t = 0; t < core->n_tests; t++) {
    const struct rms_core_test *test = &core->goal->tests[t];
    rms_wide budget = test->limit - dot(core, test, core->fixed);
    for (size_t m = 0; m < core->n_members; m++) budget -= fill_excess(core, &core->members[m], t);
    core->budget[t] = clip(budget);
  }
  for (size_t m = 0; m < core->n_members && !rms_prices_tick(core->p, 1); m++)
    drop_dominated(core, &core->members[m]);
}
