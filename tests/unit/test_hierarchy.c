/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who reports to whom: known trees, and what must hold for any ranks, nodes and groups; the table
 * of who has which job against a plain array. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "harness/held.h"
#include "harness/hierarchy.h"
#include "harness/told.h"
#include "instances/base/rng.h"

enum { RANKS_MAX = 700, JOBS = 300, HOLDERS = 5 };

static void expect_parents(int size, int group, const int *nodes, const int *parents)
{
  struct rms_hierarchy h;
  struct rms_error err = {0};
  assert_int_equal(rms_hierarchy_init(&h, size, group, nodes, &err), 0);
  for (int rank = 0; rank < size; rank++) assert_int_equal(h.parent[rank], parents[rank]);
  rms_hierarchy_fini(&h);
}

static void small_launches_report_to_rank_0(void **state)
{
  (void)state;
  expect_parents(1, 2, NULL, (const int[]){-1});
  expect_parents(4, 4, (const int[]){0, 1, 0, 1}, (const int[]){-1, 0, 0, 0});
}

static void nodes_have_leaders(void **state)
{
  (void)state;
  /* Dealt out like cards to two nodes; one of three ranks a node, groups of two. */
  expect_parents(6, 3, (const int[]){0, 1, 0, 1, 0, 1}, (const int[]){-1, 0, 0, 1, 0, 1});
  expect_parents(6, 2, (const int[]){0, 0, 0, 3, 3, 3}, (const int[]){-1, 0, 0, 0, 3, 3});
  expect_parents(8, 2, NULL, (const int[]){-1, 0, 0, 2, 0, 4, 4, 6});
}

static void check_tree(const struct rms_hierarchy *h, int group, int levels)
{
  int children[RANKS_MAX] = {0}, total = 0;
  for (int rank = 1; rank < h->size; rank++) {
    assert_in_range(h->parent[rank], 0, rank - 1);
    children[h->parent[rank]]++;
  }
  for (int rank = 0; rank < h->size; rank++) {
    int found = 0, below = 1;
    for (int child = -1; (child = rms_hierarchy_next(h, rank, child)) >= 0; found++)
      below += h->below[child];
    assert_int_equal(found, children[rank]);
    assert_int_equal(below, h->below[rank]);
    assert_true(children[rank] <= levels * (group - 1));
    total += children[rank];
    assert_int_equal(rms_hierarchy_towards(h, rank, rank), rank);
    if (!rank) continue;
    assert_int_equal(rms_hierarchy_towards(h, h->parent[rank], rank), rank);
    assert_int_equal(rms_hierarchy_towards(h, rank, 0), -1);
    const int first = rms_hierarchy_towards(h, 0, rank);
    assert_int_equal(h->parent[first], 0);
  }
  assert_int_equal(total, h->size - 1);
  assert_int_equal(h->below[0], h->size);
}

static void nobody_has_too_many(void **state)
{
  (void)state;
  for (uint64_t draw = 0; draw < 200; draw++) {
    const struct rms_rng_key key = {draw, 1};
    int nodes[RANKS_MAX];
    const int size = 1 + (int)(rms_random(key, RMS_PURPOSE_ANALYSIS, 0, 0, 0) % RANKS_MAX);
    const int n_nodes = 1 + (int)(rms_random(key, RMS_PURPOSE_ANALYSIS, 0, 0, 1) % 40);
    const int group = 2 + (int)(rms_random(key, RMS_PURPOSE_ANALYSIS, 0, 0, 2) % 60);
    struct rms_hierarchy h;
    struct rms_error err = {0};
    int levels = 1;
    for (int leaders = size; leaders > group; leaders = (leaders + group - 1) / group) levels++;
    for (int rank = 0; rank < size; rank++) nodes[rank] = draw % 2 ? rank % n_nodes : 0;
    /* A rank stands for its node. */
    for (int rank = 0; rank < size; rank++)
      if (nodes[rank] >= size) nodes[rank] = 0;
    assert_int_equal(rms_hierarchy_init(&h, size, group, draw % 3 ? nodes : NULL, &err), 0);
    /* Groups that nodes leave half empty may cost a level more. */
    check_tree(&h, group, levels + 1);
    rms_hierarchy_fini(&h);
  }
}

static void jobs_are_held(void **state)
{
  (void)state;
  struct rms_held held = {0};
  int holders[JOBS];
  size_t n = 0;
  for (int i = 0; i < JOBS; i++) holders[i] = -1;
  assert_false(rms_held_take(&held, 0, 0));
  for (uint64_t step = 0; step < 20000; step++) {
    const struct rms_rng_key key = {step, 2};
    const uint64_t draw = rms_random(key, RMS_PURPOSE_ANALYSIS, 0, 0, 0);
    const uint64_t job = draw % JOBS, index = job * 64; /* many with one home */
    const int who = (int)((draw >> 32) % HOLDERS), to = (who + 1) % HOLDERS;
    const bool is_his = holders[job] == who;
    assert_int_equal(rms_held_has(&held, index, who), is_his);
    if (holders[job] < 0) {
      assert_int_equal(rms_held_put(&held, &(struct rms_item){.index = index}, who), 0);
      holders[job] = who;
      n++;
    } else if (draw >> 63) {
      assert_int_equal(rms_held_move(&held, index, who, to), is_his);
      if (is_his) holders[job] = to;
    } else {
      assert_int_equal(rms_held_take(&held, index, who), is_his);
      if (is_his) holders[job] = -1;
      n -= is_his;
    }
    assert_int_equal(held.n, n);
  }
  for (int who = -1; who < HOLDERS; who++) {
    struct rms_item *items = NULL;
    size_t found = 0, at = 0;
    assert_int_equal(rms_held_of(&held, who, &items, &found), 0);
    for (uint64_t job = 0; job < JOBS; job++)
      if (who < 0 ? holders[job] >= 0 : holders[job] == who)
        assert_int_equal(items[at++].index, job * 64);
    assert_int_equal(at, found);
    free(items);
  }
  rms_held_fini(&held);
}

/* Kept for two seconds in which the leader answers, or for as long as it does not. */
static void what_was_told_is_kept(void **state)
{
  (void)state;
  struct rms_told told = {0};
  const struct rms_item items[] = {{.index = 1}, {.index = 2}, {.index = 3}};
  assert_int_equal(rms_told_add(&told, items, 2), 0);
  rms_told_heard(&told, 100);
  assert_int_equal(rms_told_add(&told, items + 2, 1), 0);
  rms_told_heard(&told, 101.9);
  assert_int_equal(told.n, 3);
  rms_told_heard(&told, 102);
  assert_int_equal(told.n, 1);
  assert_int_equal(told.items[0].index, 3);
  rms_told_heard(&told, 104);
  assert_int_equal(told.n, 0);
  rms_told_fini(&told);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(small_launches_report_to_rank_0), cmocka_unit_test(nodes_have_leaders),
      cmocka_unit_test(nobody_has_too_many), cmocka_unit_test(jobs_are_held),
      cmocka_unit_test(what_was_told_is_kept)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
