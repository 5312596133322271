/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Partitions of machines: published lists, two independent enumerators, random machines, limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "instances/base/rng.h"
#include "ledger.h"
#include "placement_fixture.h"

/* ---- partitions ---------------------------------------------------------------------------------
 */

static const char *const twelve[] = {
    "7g",         "4g + 3g",       "4g + 2g + 1g",    "4g + 1g x3",
    "3g x2",      "3g + 2g x2",    "3g + 2g + 1g x2", "3g + 1g x4",
    "2g x3 + 1g", "2g x2 + 1g x3", "2g + 1g x5",      "1g x7",
};
static const char *const layouts[] = {
    "7g@0",
    "4g@0 3g@4",
    "4g@0 2g@4 1g@6",
    "4g@0 1g@6 1g@4 1g@5",
    "3g@4 3g@0",
    "3g@4 2g@0 2g@2",
    "3g@4 2g@0 1g@2 1g@3",
    "3g@4 1g@0 1g@1 1g@2 1g@3",
    "2g@4 2g@0 2g@2 1g@6",
    "2g@4 2g@0 1g@6 1g@2 1g@3",
    "2g@4 1g@6 1g@0 1g@1 1g@2 1g@3",
    "1g@6 1g@4 1g@5 1g@0 1g@1 1g@2 1g@3",
};

static void test_the_twelve_partitions(void **state)
{
  (void)state;
  struct rms_machine *machine = machine_of("a100-80gb");
  struct rms_arena *arena = rms_arena_new();
  const struct rms_partition *partitions = NULL;
  struct rms_text text = {0};
  size_t n = 0;
  assert_int_equal(rms_partitions(arena, machine, rules_of(machine, "r510"), mask_of(machine, BASE),
                                  &partitions, &n, NULL),
                   0);
  assert_int_equal(n, 12);
  for (size_t i = 0; i < n; i++) {
    rms_text_clear(&text);
    rms_partition_text(&text, machine, &partitions[i], true);
    assert_string_equal(text.data, twelve[i]);
    rms_text_clear(&text);
    for (size_t k = 0; k < partitions[i].n_slices; k++)
      rms_text_printf(&text, "%s%s@%d", k ? " " : "",
                      machine->profiles[partitions[i].layout[k].profile].shape,
                      partitions[i].layout[k].start);
    assert_string_equal(text.data, layouts[i]);
  }
  rms_text_clear(&text);
  rms_partition_text(&text, machine, &partitions[3], false);
  assert_string_equal(text.data, "4g.40gb + 1g.10gb x3");
  assert_int_equal(rms_partitions(arena, machine, rules_of(machine, "r470"), mask_of(machine, BASE),
                                  &partitions, &n, NULL),
                   0);
  assert_int_equal(n, 11); /* without the second */
  rms_text_fini(&text);
  rms_arena_free(arena);
  rms_machine_free(machine);
}

/* Each partition is legal, no two are equal, none is within another. */
static void test_partitions_are_legal_and_maximal(void **state)
{
  (void)state;
  static const char *const machines[] = {"a100-80gb", "a30-24gb", "rtx-pro-6000-96gb",
                                         "mi300x-192gb", FPGA};
  for (size_t m = 0; m < sizeof machines / sizeof *machines; m++) {
    struct rms_machine *machine = machine_of(machines[m]);
    for (int r = 0; r < machine->n_rules; r++) {
      struct rms_arena *arena = rms_arena_new();
      const struct rms_partition *all = NULL;
      size_t n = 0;
      assert_int_equal(
          rms_partitions(arena, machine, &machine->rules[r], UINT32_MAX, &all, &n, NULL), 0);
      assert_true(n > 0);
      for (size_t i = 0; i < n; i++) {
        struct rms_error why = {0};
        if (!rms_layout_is_legal(machine, &machine->rules[r], all[i].layout, all[i].n_slices, &why))
          fail_msg("%s: %s", machine->name, why.text);
        for (size_t k = 0; k < n; k++) {
          bool is_within = i != k;
          for (int p = 0; p < machine->n_profiles; p++)
            is_within &= all[i].count[p] <= all[k].count[p];
          assert_false(is_within);
        }
      }
      rms_arena_free(arena);
    }
    rms_machine_free(machine);
  }
}

/* The 19 sets of the base profiles to which nothing can be added. */
static void list_maximal(struct walk *walk, size_t n)
{
  for (int p = 0; p < walk->machine->n_profiles; p++) {
    if (!(walk->mask >> p & 1)) continue;
    for (int i = 0; i < walk->machine->profiles[p].n_starts; i++) {
      walk->slices[n] = (struct rms_placed){(uint16_t)p, walk->machine->profiles[p].starts[i]};
      if (rms_layout_is_legal(walk->machine, walk->rules, walk->slices, n + 1, NULL)) return;
    }
  }
  walk->n_pairs++;
}

static void test_the_nineteen_maximal_placements(void **state)
{
  (void)state;
  static const char *const heads[] = {
      "7g@0",      "4g@0 3g@4",      "4g@0 2g@4 1g@6",     "4g@0 1g@4 1g@5 1g@6",
      "3g@0 3g@4", "3g@0 2g@4 1g@6", "3g@0 1g@4 1g@5 1g@6"};
  static const char *const left[] = {"2g@0 2g@2", "2g@0 1g@2 1g@3", "1g@0 1g@1 2g@2",
                                     "1g@0 1g@1 1g@2 1g@3"};
  static const char *const right[] = {"3g@4", "2g@4 1g@6", "1g@4 1g@5 1g@6"};
  struct rms_machine *machine = machine_of("a100-80gb");
  struct walk walk = {.machine = machine,
                      .rules = rules_of(machine, "r510"),
                      .mask = mask_of(machine, BASE),
                      .each = list_maximal};
  walk_from(&walk, 0, 0, 0);
  assert_int_equal(walk.n_pairs, 19);
  walk.n_pairs = 0;
  for (size_t i = 0; i < 7 + 12; i++) {
    char text[128];
    if (i < 7)
      snprintf(text, sizeof text, "%s", heads[i]);
    else
      snprintf(text, sizeof text, "%s %s", left[(i - 7) / 3], right[(i - 7) % 3]);
    size_t n = layout_of(machine, text, walk.slices);
    assert_true(rms_layout_is_legal(machine, walk.rules, walk.slices, n, NULL));
    list_maximal(&walk, n);
  }
  assert_int_equal(walk.n_pairs,
                   19); /* all nineteen of the list are maximal, and they are distinct */
  rms_machine_free(machine);
}

/* ---- judge against enumerator -------------------------------------------------------------------
 */

static void nothing(struct walk *walk, size_t n)
{
  (void)walk;
  (void)n;
}

static void test_two_enumerators_agree(void **state)
{
  (void)state;
  static const char *const machines[] = {"a100-80gb", "a30-24gb", "rtx-pro-6000-96gb",
                                         "mi300x-192gb", FPGA};
  struct rms_rng rng = {.key = {.seed = 1}, .purpose = RMS_PURPOSE_INSTANCE};
  for (size_t m = 0; m < sizeof machines / sizeof *machines; m++) {
    struct rms_machine *machine = machine_of(machines[m]);
    for (int r = 0; r < machine->n_rules; r++) {
      for (int trial = 0; trial < 20; trial++) {
        struct walk walk = {.machine = machine, .rules = &machine->rules[r], .each = nothing};
        struct rms_placement_counts counts;
        walk.mask = (uint32_t)rms_rng_bits(&rng);
        walk_from(&walk, 0, 0, 0);
        assert_int_equal(rms_placement_count(machine, walk.rules, walk.mask, &counts, NULL), 0);
        assert_int_equal(counts.states, walk.n_states);
      }
    }
    rms_machine_free(machine);
  }
}

/* A machine at random: any starts, sizes, maxima, groups, lists and quotas. */
static struct rms_machine *random_machine(struct rms_rng *rng)
{
  struct rms_text text = {0};
  struct rms_machine *machine = NULL;
  struct rms_document *doc = NULL;
  struct rms_error err = {0};
  uint64_t units = 1 + rms_rng_below(rng, 9), n = 2 + rms_rng_below(rng, 4);
  rms_text_printf(
      &text,
      "{\"format\":\"rms-machine/1\",\"name\":\"random\",\"memory_units\":%d,\"compute_units\":%d,"
      "\"max_instances\":%d,\"quotas\":{\"a\":%d,\"b\":%d},\"profiles\":[",
      (int)units, (int)(1 + rms_rng_below(rng, 12)), (int)(1 + rms_rng_below(rng, units)),
      (int)rms_rng_below(rng, 6), (int)rms_rng_below(rng, 6));
  for (uint64_t p = 0; p < n; p++) {
    uint64_t memory = 1 + rms_rng_below(rng, units);
    const char *comma = "";
    rms_text_printf(&text,
                    "%s{\"name\":\"p%d\",\"compute\":%d,\"memory\":%d,\"max\":%d,\"starts\":[",
                    p ? "," : "", (int)p, (int)rms_rng_below(rng, 2), (int)memory,
                    (int)(1 + rms_rng_below(rng, 8)));
    uint64_t last = rms_rng_below(rng, units - memory + 1);
    for (uint64_t s = 0; s + memory <= units; s++) {
      if (s != last && rms_rng_below(rng, 2)) continue;
      rms_text_printf(&text, "%s%d", comma, (int)s);
      comma = ",";
    }
    rms_text_printf(&text, "],\"uses\":{\"a\":%d,\"b\":%d}", (int)rms_rng_below(rng, 3),
                    (int)rms_rng_below(rng, 3));
    if (rms_rng_below(rng, 3) == 0)
      rms_text_printf(&text, ",\"group\":\"g%d\"", (int)rms_rng_below(rng, 2));
    rms_text_add(&text, "}");
  }
  rms_text_printf(
      &text,
      "],\"rules\":{\"plain\":{},\"all\":{\"quotas\":true,\"one_of\":[[\"p0\",\"p%d\"]]}},"
      "\"default_rules\":\"all\"}",
      (int)n - 1);
  assert_int_equal(rms_document_parse(&doc, text.data, text.length, "random", &err), 0);
  struct rms_node root = rms_document_root(doc);
  if (rms_machine_parse(&machine, &root, &err)) fail_msg("%s: %s", err.text, text.data);
  rms_document_free(doc);
  rms_text_fini(&text);
  return machine;
}

static void test_random_machines(void **state)
{
  (void)state;
  struct rms_rng rng = {.key = {.seed = 2}, .purpose = RMS_PURPOSE_INSTANCE};
  uint64_t total = 0;
  for (int trial = 0; trial < 300; trial++) {
    struct rms_machine *machine = random_machine(&rng);
    for (int r = 0; r < machine->n_rules; r++) {
      struct walk walk = {.machine = machine,
                          .rules = &machine->rules[r],
                          .mask = UINT32_MAX,
                          .each = list_maximal};
      struct rms_placement_counts counts;
      struct rms_arena *arena = rms_arena_new();
      const struct rms_partition *partitions = NULL;
      size_t n = 0;
      walk_from(&walk, 0, 0, 0);
      assert_int_equal(rms_placement_count(machine, walk.rules, UINT32_MAX, &counts, NULL), 0);
      assert_int_equal(counts.states, walk.n_states);
      assert_int_equal(counts.maximal_placements, walk.n_pairs);
      assert_int_equal(
          rms_partitions(arena, machine, walk.rules, UINT32_MAX, &partitions, &n, NULL), 0);
      assert_int_equal(n, counts.states == 1 ? 0 : counts.partitions);
      assert_true(counts.partitions <= counts.maximal_multisets);
      total += counts.states;
      rms_arena_free(arena);
    }
    rms_machine_free(machine);
  }
  assert_true(total > 5000);
}

/* ---- limits, failures ---- */

static struct rms_machine *wide_machine(int profiles, int starts)
{
  struct rms_text text = {0};
  struct rms_machine *machine = NULL;
  struct rms_document *doc = NULL;
  rms_text_add(
      &text, "{\"format\":\"rms-machine/1\",\"name\":\"wide\",\"memory_units\":64,\"profiles\":[");
  for (int p = 0; p < profiles; p++) {
    rms_text_printf(&text, "%s{\"name\":\"p%d\",\"memory\":1,\"compute\":1,\"starts\":[",
                    p ? "," : "", p);
    for (int s = 0; s < starts; s++) rms_text_printf(&text, "%s%d", s ? "," : "", s);
    rms_text_add(&text, "]}");
  }
  rms_text_add(&text, "]}");
  assert_int_equal(rms_document_parse(&doc, text.data, text.length, "wide", NULL), 0);
  struct rms_node root = rms_document_root(doc);
  assert_int_equal(rms_machine_parse(&machine, &root, NULL), 0);
  rms_document_free(doc);
  rms_text_fini(&text);
  return machine;
}

static void test_limits(void **state)
{
  (void)state;
  long live = rms_ledger_live();
  struct rms_arena *arena = rms_arena_new();
  struct rms_placement_counts counts = {.states = 7};
  const struct rms_partition *partitions = NULL;
  struct rms_error err = {0};
  size_t n = 7;
  struct rms_machine *machine = wide_machine(1, 64); /* 2^64 states */
  assert_int_equal(rms_placement_count(machine, &machine->rules[0], 1, &counts, &err), RMS_E_LIMIT);
  assert_non_null(strstr(err.text, "wide"));
  assert_int_equal(counts.states, 7);
  assert_int_equal(rms_partitions(arena, machine, &machine->rules[0], 1, &partitions, &n, &err),
                   RMS_E_LIMIT);
  assert_int_equal(n, 7);
  assert_null(partitions);
  rms_machine_free(machine);

  machine = wide_machine(1, 20); /* 2^20 states: within the limit, 21 multisets */
  assert_int_equal(rms_placement_count(machine, &machine->rules[0], 1, &counts, &err), 0);
  assert_int_equal(counts.states, 1 << 20);
  assert_int_equal(counts.multisets, 21);
  assert_int_equal(counts.partitions, 1);
  rms_machine_free(machine);

  machine = wide_machine(31, 4); /* 32^4 states; the multisets of 4 of 31 profiles: (34 over 4) */
  assert_int_equal(
      rms_partitions(arena, machine, &machine->rules[0], UINT32_MAX, &partitions, &n, &err), 0);
  assert_int_equal(n, 46376);
  rms_machine_free(machine);
  rms_arena_free(arena);
  assert_int_equal(rms_ledger_live(), live);
}

static void test_nothing_to_place(void **state)
{
  (void)state;
  struct rms_arena *arena = rms_arena_new();
  const struct rms_partition *partitions = NULL;
  size_t n = 7;
  static const char *const names[] = {"thor-igpu", "a100-80gb"};
  for (int i = 0; i < 2; i++) {
    struct rms_machine *machine = machine_of(names[i]);
    struct rms_placement_counts counts;
    uint32_t mask = i ? 0 : UINT32_MAX;
    assert_int_equal(rms_placement_count(machine, &machine->rules[0], mask, &counts, NULL), 0);
    assert_int_equal(counts.states, 1);
    assert_int_equal(counts.partitions, 1); /* the empty one */
    assert_int_equal(
        rms_partitions(arena, machine, &machine->rules[0], mask, &partitions, &n, NULL), 0);
    assert_int_equal(n, 0);
    rms_machine_free(machine);
  }
  rms_arena_free(arena);
}

static void test_failing_allocations(void **state)
{
  (void)state;
  struct rms_machine *machine = machine_of("a100-80gb");
  for (int which = 0; which < 2; which++) {
    for (long k = 1;; k++) {
      struct rms_arena *arena = rms_arena_new();
      long live = rms_ledger_live();
      struct rms_placement_counts counts;
      const struct rms_partition *partitions = NULL;
      struct rms_error err = {0};
      size_t n = 0;
      rms_ledger_fail_at(k);
      int status =
          which ? rms_partitions(arena, machine, &machine->rules[0], UINT32_MAX, &partitions, &n,
                                 &err)
                : rms_placement_count(machine, &machine->rules[0], UINT32_MAX, &counts, &err);
      bool failed = rms_ledger_has_failed();
      rms_ledger_fail_at(0);
      if (status) {
        assert_int_equal(status, RMS_E_NOMEM);
        assert_int_equal(err.status, RMS_E_NOMEM);
        assert_null(partitions);
        assert_int_equal(rms_ledger_live(), live);
      }
      rms_arena_free(arena);
      if (!failed) {
        assert_int_equal(status, 0);
        break;
      }
    }
  }
  rms_machine_free(machine);
  assert_int_equal(rms_ledger_live(), 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_the_twelve_partitions),
      cmocka_unit_test(test_partitions_are_legal_and_maximal),
      cmocka_unit_test(test_the_nineteen_maximal_placements),
      cmocka_unit_test(test_two_enumerators_agree),
      cmocka_unit_test(test_random_machines),
      cmocka_unit_test(test_limits),
      cmocka_unit_test(test_nothing_to_place),
      cmocka_unit_test(test_failing_allocations),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
