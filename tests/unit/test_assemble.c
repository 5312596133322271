/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "instances/base/rng.h"
#include "instances/serve/assemble.h"
#include "instances/serve/check.h"
#include "ledger.h"
#include "serve_fixture.h"

/* Counts of one try: machines of each cut of each pool, and the slices of each service. */
struct counts {
  int64_t machines[3][32];
  const int64_t *rows[3];
  int64_t *slices;
};

static void free_slots(const struct rms_serve *inst, const struct counts *counts, int64_t *slots)
{
  for (size_t k = 0; k < inst->n_kinds; k++) slots[k] = 0;
  for (size_t p = 0; p < inst->n_pools; p++)
    for (size_t c = 0; c < inst->pools[p].n_cuts; c++)
      for (size_t k = 0; k < inst->n_kinds; k++)
        slots[k] += counts->machines[p][c] * inst->pools[p].cuts[c].count[k];
}

static void draw_counts(const struct rms_serve *inst, struct rms_rng *rng, uint64_t most,
                        struct counts *counts)
{
  int64_t slots[RMS_SERVE_KINDS_MAX];
  *counts = (struct counts){.slices = calloc(inst->n_services * inst->n_kinds, sizeof(int64_t))};
  assert_non_null(counts->slices);
  for (size_t p = 0; p < inst->n_pools; p++) {
    int64_t left = inst->pools[p].count < 0 ? INT64_MAX : inst->pools[p].count;
    assert_true(inst->pools[p].n_cuts <= 32);
    counts->rows[p] = counts->machines[p];
    for (size_t c = 0; c < inst->pools[p].n_cuts; c++) {
      int64_t n = rms_rng_below(rng, 2) ? (int64_t)rms_rng_below(rng, most) : 0;
      if (n > left) n = left;
      left -= n;
      counts->machines[p][c] = n;
    }
  }
  free_slots(inst, counts, slots);
  for (size_t s = 0; s < inst->n_services; s++)
    for (size_t k = 0; k < inst->n_kinds; k++) {
      if (!rms_serve_rate(inst, s, k)) continue;
      const int64_t n = (int64_t)rms_rng_below(rng, (uint64_t)slots[k] + 1);
      counts->slices[s * inst->n_kinds + k] = n;
      slots[k] -= n;
    }
}

/* Every slice is dealt, every machine is there, every layout is legal, few groups. */
static void is_dealt(const struct rms_serve *inst, const struct counts *counts,
                     const struct rms_serve_plan *plan)
{
  int64_t *const got = calloc(inst->n_services * inst->n_kinds, sizeof *got);
  size_t limit = 0;
  assert_non_null(got);
  for (size_t g = 0; g < plan->n_groups; g++) {
    const struct rms_serve_group *const group = &plan->groups[g];
    const struct rms_serve_pool *const pool = &inst->pools[group->pool];
    struct rms_placed placed[RMS_UNITS_MAX];
    for (size_t i = 0; i < group->n_slices; i++) {
      const struct rms_serve_slice slice = plan->slices[group->first + i];
      placed[i] = (struct rms_placed){.profile = slice.profile, .start = slice.start};
      if (slice.service == RMS_SERVE_IDLE) continue;
      const int k = rms_serve_kind_of(inst, pool->machine, slice.profile);
      assert_true(k >= 0);
      got[slice.service * inst->n_kinds + (size_t)k] += group->count;
    }
    assert_true(rms_layout_is_legal(inst->machines[pool->machine], pool->rules, placed,
                                    group->n_slices, NULL));
  }
  assert_memory_equal(got, counts->slices, inst->n_services * inst->n_kinds * sizeof *got);
  for (size_t i = 0; i < inst->n_services * inst->n_kinds; i++) limit += got[i] > 0;
  for (size_t p = 0; p < inst->n_pools; p++) {
    int64_t all = 0;
    for (size_t c = 0; c < inst->pools[p].n_cuts; c++) {
      all += counts->machines[p][c];
      if (counts->machines[p][c]) limit += inst->pools[p].cuts[c].partition->n_slices;
    }
    assert_int_equal(rms_serve_plan_machines(plan, (uint32_t)p), all);
  }
  assert_true(plan->n_groups <= limit);
  free(got);
}

static void try_many(const char *text, uint64_t most, int rounds)
{
  const long live = rms_ledger_live();
  struct rms_serve *const inst = serve_open(text);
  struct rms_rng rng = {.key = {.seed = most}, .purpose = RMS_PURPOSE_INSTANCE};
  for (int round = 0; round < rounds; round++) {
    struct counts counts;
    struct rms_serve_plan plan = {0};
    struct rms_error err = {0};
    draw_counts(inst, &rng, most, &counts);
    if (rms_serve_assemble(inst, counts.rows, counts.slices, &plan, &err)) fail_msg("%s", err.text);
    is_dealt(inst, &counts, &plan);
    rms_serve_plan_fini(&plan);
    free(counts.slices);
  }
  rms_serve_free(inst);
  assert_int_equal(rms_ledger_live(), live);
}

static void test_random_counts_are_dealt(void **state)
{
  (void)state;
  try_many(SERVE_SMALL, 4, 500);
  try_many(SERVE_SMALL, 1000000, 500);
  try_many(SERVE_POOLS, 4, 500);
  try_many(SERVE_POOLS, 1000000000, 200);
}

/* Deal the counts; the error must be RMS_E_INSTANCE and say `why`. */
static void is_refused(const struct rms_serve *inst, const struct counts *counts, const char *why)
{
  struct rms_serve_plan plan = {0};
  struct rms_error err = {0};
  assert_int_equal(rms_serve_assemble(inst, counts->rows, counts->slices, &plan, &err),
                   RMS_E_INSTANCE);
  if (!strstr(err.text, why)) fail_msg("\"%s\" does not say \"%s\"", err.text, why);
  rms_serve_plan_fini(&plan);
}

static void test_counts_that_do_not_fit(void **state)
{
  (void)state;
  struct rms_serve *const inst = serve_open(SERVE_POOLS);
  int64_t slices[2 * 16] = {0};
  assert_true(inst->n_kinds <= 16);
  struct counts counts = {.slices = slices};
  for (size_t p = 0; p < 3; p++) counts.rows[p] = counts.machines[p];
  const size_t k4 = (size_t)rms_serve_kind_of(inst, 0, serve_profile(inst, 0, "4g.20gb"));

  counts.machines[0][0] = 3;
  is_refused(inst, &counts, "pool \"old\": 3 machines wanted, 2 are there");
  counts.machines[0][0] = -1;
  is_refused(inst, &counts, "pool \"old\"");
  counts.machines[0][0] = 1;
  counts.machines[2][0] = RMS_SERVE_MACHINES_TOTAL_MAX;
  is_refused(inst, &counts, "pool \"new\"");
  counts.machines[2][0] = 0;
  slices[inst->n_kinds + k4] = 1;
  is_refused(inst, &counts, "service \"y\"");
  slices[inst->n_kinds + k4] = 0;
  slices[k4] = -1;
  is_refused(inst, &counts, "service \"x\"");
  slices[k4] = 2;
  is_refused(inst, &counts, "too few slices 4g.20gb of a100-40gb");
  slices[k4] = INT64_MAX;
  is_refused(inst, &counts, "too few slices 4g.20gb of a100-40gb");

  slices[k4] = 1;
  struct rms_serve_plan plan = {0};
  counts.rows[1] = NULL; /* none of that pool */
  assert_int_equal(rms_serve_assemble(inst, counts.rows, slices, &plan, NULL), RMS_OK);
  assert_int_equal(plan.n_groups, 1);
  rms_serve_plan_fini(&plan);
  rms_serve_free(inst);
}

static void test_a_million_machines_stay_few_groups(void **state)
{
  (void)state;
  struct rms_serve *const inst = serve_open(SERVE_SMALL);
  struct counts counts = {.slices = calloc(2 * inst->n_kinds, sizeof(int64_t))};
  struct rms_serve_plan plan = {0};
  assert_non_null(counts.slices);
  counts.rows[0] = counts.machines[0];
  for (size_t c = 0; c < inst->pools[0].n_cuts; c++) counts.machines[0][c] = 1000000;
  int64_t slots[RMS_SERVE_KINDS_MAX];
  free_slots(inst, &counts, slots);
  for (size_t k = 0; k < inst->n_kinds; k++) counts.slices[k] = slots[k] / 3;
  assert_int_equal(rms_serve_assemble(inst, counts.rows, counts.slices, &plan, NULL), RMS_OK);
  assert_true(plan.n_groups <= inst->pools[0].n_cuts + inst->n_kinds);
  rms_serve_plan_fini(&plan);
  free(counts.slices);
  rms_serve_free(inst);
}

static void test_failing_allocations(void **state)
{
  (void)state;
  struct rms_serve *const inst = serve_open(SERVE_SMALL);
  struct rms_rng rng = {.key = {.seed = 5}, .purpose = RMS_PURPOSE_INSTANCE};
  struct counts counts;
  draw_counts(inst, &rng, 100, &counts);
  const long live = rms_ledger_live();
  for (long n = 1;; n++) {
    struct rms_serve_plan plan = {0};
    rms_ledger_fail_at(n);
    const int status = rms_serve_assemble(inst, counts.rows, counts.slices, &plan, NULL);
    const int has_failed = rms_ledger_has_failed();
    rms_ledger_fail_at(0);
    rms_serve_plan_fini(&plan);
    assert_int_equal(rms_ledger_live(), live);
    assert_int_equal(status, has_failed ? RMS_E_NOMEM : RMS_OK);
    if (!has_failed) break;
  }
  free(counts.slices);
  rms_serve_free(inst);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_random_counts_are_dealt),
      cmocka_unit_test(test_counts_that_do_not_fit),
      cmocka_unit_test(test_a_million_machines_stay_few_groups),
      cmocka_unit_test(test_failing_allocations),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
