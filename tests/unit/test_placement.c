/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Expected numbers: two independent exhaustive enumerations of the published placement rules, and
 * columns printed by real drivers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ledger.h"
#include "placement_fixture.h"

/* ---- counts -------------------------------------------------------------------------------------
 */

static const struct {
  const char *machine, *shapes, *rules;
  struct rms_placement_counts counts;
} known[] = {
    {"a100-80gb", BASE, "r510", {298, 38, 19, 14, 12}},
    {"a100-80gb", BASE, "r470", {297, 37, 18, 13, 11}},
    {"a100-80gb", BASE " 1g+me", "r510", {1089, 64, 67, 24, 20}},
    {"a100-80gb", BASE " 1g+me", "r470", {1088, 63, 66, 23, 19}},
    {"a100-80gb", BASE " 1g.2x", "r510", {723, 78, 78, 38, 28}},
    {"a100-80gb", BASE " 1g.2x", "r470", {297, 37, 18, 13, 11}}, /* absent there: the base set */
    {"a100-80gb", NULL, "r510", {2319, 128, 239, 64, 44}},
    {"a30-24gb", "1g 2g 4g", "r510", {26, 10, 5, 4, 4}},
    {"a30-24gb", "1g 2g 4g", "r470", {26, 10, 5, 4, 4}},
    {"a30-24gb", NULL, "r510", {76, 20, 17, 8, 8}},
    {"a30-24gb", NULL, "r470", {76, 20, 17, 8, 8}},
    {"rtx-pro-6000-96gb", "1g 2g 4g", "r510", {26, 10, 5, 4, 4}},
    {"rtx-pro-6000-96gb", "1g 2g 4g", "r510-media", {26, 10, 5, 4, 4}},
    {"rtx-pro-6000-96gb", NULL, "r510", {1249, 172, 606, 104, 104}},
    {"rtx-pro-6000-96gb", NULL, "r510-media", {717, 115, 302, 64, 64}},
    /* one mode of n equal parts has 2^n sets, the empty one is common to all modes */
    {"mi300x-192gb",
     NULL,
     "modes",
     {2 * 256 + 2 * 16 + 2 * 4 + 2 - 6, 1 + 2 * 8 + 2 * 4 + 2 * 2 + 1, 7, 7, 7}},
    {"mi300a-128gb", NULL, "modes", {64 + 8 + 2 - 2, 1 + 6 + 3 + 1, 3, 3, 3}},
};

static void counts_are(const struct rms_machine *machine, const char *rules, const char *shapes,
                       struct rms_placement_counts want)
{
  struct rms_placement_counts got;
  struct rms_error err = {0};
  if (rms_placement_count(machine, rules_of(machine, rules), mask_of(machine, shapes), &got, &err))
    fail_msg("%s", err.text);
  assert_int_equal(got.states, want.states);
  assert_int_equal(got.multisets, want.multisets);
  assert_int_equal(got.maximal_placements, want.maximal_placements);
  assert_int_equal(got.maximal_multisets, want.maximal_multisets);
  assert_int_equal(got.partitions, want.partitions);
}

static void test_counts(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    struct rms_machine *machine = machine_of(known[i].machine);
    counts_are(machine, known[i].rules, known[i].shapes, known[i].counts);
    rms_machine_free(machine);
  }
}

static void test_a_family_has_one_geometry(void **state)
{
  (void)state;
  size_t n = 0;
  const char *name;
  for (size_t i = 0; (name = rms_machine_builtin_name(i)); i++) {
    struct rms_machine *machine = machine_of(name);
    if (!strcmp(machine->family, "seven-slice")) {
      counts_are(machine, "r510", BASE, known[0].counts);
      counts_are(machine, "r510", NULL, known[6].counts);
      n++;
    }
    rms_machine_free(machine);
  }
  assert_int_equal(n, 13);
}

/* ---- real output: what still fits after each creation -------------------------------------------
 */

/* The Free column: how many more of one profile alone still fit beside `slices`. */
static int free_of(const struct rms_machine *machine, const struct rms_rules *rules,
                   struct rms_placed *slices, size_t n, int p, int first)
{
  int best = 0;
  for (int i = first; i < machine->profiles[p].n_starts; i++) {
    slices[n] = (struct rms_placed){(uint16_t)p, machine->profiles[p].starts[i]};
    if (!rms_layout_is_legal(machine, rules, slices, n + 1, NULL)) continue;
    int with = 1 + free_of(machine, rules, slices, n + 1, p, i + 1);
    if (with > best) best = with;
  }
  return best;
}

static void test_free_columns_of_a_driver(void **state)
{
  (void)state;
  static const char *const order[] = {"1g", "1g+me", "1g.2x", "2g", "3g", "4g", "7g"};
  static const struct {
    const char *layout;
    int free[7];
  } steps[] = {
      {"", {7, 1, 4, 3, 2, 1, 1}},
      {"4g@0", {3, 1, 2, 1, 1, 0, 0}},
      {"4g@0 2g@4", {1, 1, 1, 0, 0, 0, 0}},
      {"4g@0 2g@4 1g@6", {0, 0, 0, 0, 0, 0, 0}},
  };
  struct rms_machine *machine = machine_of("a100-40gb");
  for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
    struct rms_placed slices[RMS_UNITS_MAX];
    size_t n = layout_of(machine, steps[i].layout, slices);
    for (int k = 0; k < 7; k++)
      assert_int_equal(free_of(machine, rules_of(machine, "r510"), slices, n,
                               rms_machine_profile(machine, order[k]), 0),
                       steps[i].free[k]);
  }
  rms_machine_free(machine);
}

/* Exactly these single slices can be added. */
static void fits_exactly(const struct rms_machine *machine, const char *layout, const char *shapes,
                         const char *expected)
{
  struct rms_placed slices[RMS_UNITS_MAX];
  struct rms_text text = {0};
  size_t n = layout_of(machine, layout, slices);
  for (int p = 0; p < machine->n_profiles; p++) {
    if (!(mask_of(machine, shapes) >> p & 1)) continue;
    for (int i = 0; i < machine->profiles[p].n_starts; i++) {
      slices[n] = (struct rms_placed){(uint16_t)p, machine->profiles[p].starts[i]};
      if (rms_layout_is_legal(machine, rules_of(machine, "r510"), slices, n + 1, NULL))
        rms_text_printf(&text, "%s%s@%d", text.length ? " " : "", machine->profiles[p].shape,
                        machine->profiles[p].starts[i]);
    }
  }
  assert_string_equal(text.data, expected);
  rms_text_fini(&text);
}

static void test_what_remains_on_occupied_machines(void **state)
{
  (void)state;
  struct rms_machine *machine = machine_of("a100-40gb");
  fits_exactly(machine, "1g@0 1g@1 1g@5", BASE " 1g.2x",
               "1g@2 1g@3 1g@4 1g@6 1g.2x@2 1g.2x@6 2g@2");
  fits_exactly(machine, "1g@6 1g@4 2g@0", BASE " 1g.2x", "1g@2 1g@3 1g@5 1g.2x@2 2g@2");
  rms_machine_free(machine);
}

static void test_what_one_slice_blocks(void **state)
{
  (void)state;
  static const struct {
    const char *placed;
    int blocks;
  } table[] = {
      {"1g@6", 3},    {"1g@4", 4},    {"1g@5", 4},    {"1g@0", 5},  {"1g@1", 5},  {"1g@2", 5},
      {"1g@3", 5},    {"1g.2x@6", 3}, {"1g.2x@4", 5}, {"2g@4", 5},  {"2g@0", 6},  {"2g@2", 6},
      {"1g.2x@0", 6}, {"1g.2x@2", 6}, {"3g@4", 7},    {"3g@0", 10}, {"4g@0", 10},
  };
  struct rms_machine *machine = machine_of("a100-40gb");
  uint32_t mask = mask_of(machine, BASE " 1g.2x");
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    struct rms_placed slices[2];
    layout_of(machine, table[i].placed, slices);
    int blocked = 0;
    for (int p = 0; p < machine->n_profiles; p++) {
      if (!(mask >> p & 1)) continue;
      for (int k = 0; k < machine->profiles[p].n_starts; k++) {
        slices[1] = (struct rms_placed){(uint16_t)p, machine->profiles[p].starts[k]};
        bool is_itself =
            slices[1].profile == slices[0].profile && slices[1].start == slices[0].start;
        blocked +=
            !is_itself && !rms_layout_is_legal(machine, rules_of(machine, "r510"), slices, 2, NULL);
      }
    }
    assert_int_equal(blocked, table[i].blocks);
  }
  rms_machine_free(machine);
}

/* ---- structure: vectors and blocking ------------------------------------------------------------
 */

static bool has_capacity(const struct walk *walk, size_t n, int p)
{
  const struct rms_machine *machine = walk->machine;
  int compute = machine->profiles[p].compute, memory = machine->profiles[p].memory, count = 1;
  int group = machine->profiles[p].group;
  for (size_t i = 0; i < n; i++) {
    const struct rms_profile *other = &machine->profiles[walk->slices[i].profile];
    compute += other->compute;
    memory += other->memory;
    count += walk->slices[i].profile == p;
    if (group >= 0 && other->group == group) return false;
  }
  return compute <= machine->compute_units && memory <= machine->memory_units &&
         count <= machine->profiles[p].max;
}

static void count_blocked(struct walk *walk, size_t n)
{
  bool blocks = false;
  for (int p = 0; p < walk->machine->n_profiles; p++) {
    if (!(walk->mask >> p & 1) || !has_capacity(walk, n, p)) continue;
    bool fits = false;
    for (int i = 0; i < walk->machine->profiles[p].n_starts && !fits; i++) {
      walk->slices[n] = (struct rms_placed){(uint16_t)p, walk->machine->profiles[p].starts[i]};
      fits = rms_layout_is_legal(walk->machine, walk->rules, walk->slices, n + 1, NULL);
    }
    walk->n_pairs++;
    walk->n_blocked += !fits;
    blocks |= !fits;
  }
  walk->n_blocking_states += blocks;
}

static void test_position_blocks_where_capacity_would_do(void **state)
{
  (void)state;
  static const struct {
    const char *machine, *shapes, *rules;
    uint64_t states, pairs, blocked, blocking;
  } table[] = {
      {"a100-80gb", BASE, "r510", 298, 754, 291, 199},
      {"a100-80gb", BASE, "r470", 297, 754, 293, 201},
      {"a100-80gb", BASE " 1g.2x", "r510", 723, 2190, 754, 460},
      {"a100-80gb", NULL, "r510", 2319, 7552, 2650, 1579},
      {"a30-24gb", "1g 2g 4g", "r510", 26, 35, 4, 4},
      {"rtx-pro-6000-96gb", "1g 2g 4g", "r510", 26, 35, 4, 4},
  };
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    struct rms_machine *machine = machine_of(table[i].machine);
    struct walk walk = {.machine = machine,
                        .rules = rules_of(machine, table[i].rules),
                        .mask = mask_of(machine, table[i].shapes),
                        .each = count_blocked};
    walk_from(&walk, 0, 0, 0);
    assert_int_equal(walk.n_states, table[i].states);
    assert_int_equal(walk.n_pairs, table[i].pairs);
    assert_int_equal(walk.n_blocked, table[i].blocked);
    assert_int_equal(walk.n_blocking_states, table[i].blocking);
    rms_machine_free(machine);
  }
}

/* Multisets that obey sum(compute), sum(memory) and the maxima alone. */
static uint64_t vectors_from(const struct rms_machine *machine, uint32_t mask, int p, int compute,
                             int memory)
{
  if (p == machine->n_profiles) return 1;
  if (!(mask >> p & 1)) return vectors_from(machine, mask, p + 1, compute, memory);
  uint64_t n = 0;
  const struct rms_profile *profile = &machine->profiles[p];
  for (int k = 0;
       k <= profile->max && k * profile->compute <= compute && k * profile->memory <= memory; k++)
    n += vectors_from(machine, mask, p + 1, compute - k * profile->compute,
                      memory - k * profile->memory);
  return n;
}

static void test_an_empty_machine_is_vector_packing(void **state)
{
  (void)state;
  static const struct {
    const char *machine, *shapes, *rules;
    uint64_t vectors, multisets; /* they differ by rules that are not geometry */
  } table[] = {
      {"a100-80gb", BASE, "r510", 38, 38},
      {"a100-80gb", BASE, "r470", 38, 37},
      {"a100-80gb", BASE " 1g+me", "r510", 64, 64},
      {"a100-80gb", BASE " 1g.2x", "r510", 78, 78},
      {"a100-80gb", NULL, "r510", 128, 128},
      {"a30-24gb", "1g 2g 4g", "r510", 10, 10},
      {"a30-24gb", NULL, "r510", 22, 20},
      {"rtx-pro-6000-96gb", "1g 2g 4g", "r510", 10, 10},
      {"rtx-pro-6000-96gb", NULL, "r510", 172, 172},
      {"rtx-pro-6000-96gb", NULL, "r510-media", 172, 115},
  };
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    struct rms_machine *machine = machine_of(table[i].machine);
    struct rms_placement_counts counts;
    uint32_t mask = mask_of(machine, table[i].shapes);
    assert_int_equal(
        rms_placement_count(machine, rules_of(machine, table[i].rules), mask, &counts, NULL), 0);
    assert_int_equal(counts.multisets, table[i].multisets);
    assert_int_equal(vectors_from(machine, mask, 0, machine->compute_units, machine->memory_units),
                     table[i].vectors);
    rms_machine_free(machine);
  }
}

/* ---- sentences ----------------------------------------------------------------
 */

static void test_the_judge_says_why(void **state)
{
  (void)state;
  static const struct {
    const char *machine, *rules, *layout, *says;
  } table[] = {
      {"a100-80gb", "r510", "4g@0 3g@0", "4g.40gb at 0 and 3g.40gb at 0 overlap"},
      {"a100-80gb", "r470", "4g@0 3g@4", "3g.40gb and 4g.40gb may not stand on one machine"},
      {"a100-80gb", "r470", "1g.2x@0", "1g.20gb does not exist under rules r470"},
      {"a100-80gb", "r510", "3g@2", "3g.40gb may not start at 2"},
      {"a100-80gb", "r510", "1g+me@0 1g+me@1", "2 slices 1g.10gb+me, at most 1"},
      {"a30-24gb", "r510", "1g+me@0 2g+me@2", "more than one slice of group me"},
      {"rtx-pro-6000-96gb", "r510-media", "1g+me.all@0 1g@3", "5 of nvdec, the machine has 4"},
      {FPGA, "v2", "wide@0 wide@2 wide@4", "3 slices wide, at most 2"},
      {FPGA, "v1", "half@0 wide@4", "wide and half may not stand on one machine"},
      {FPGA, "v2", "half@0 half@3", "14 compute units, the machine has 12"},
      {FPGA, "v2", "region@0 region@1 region@2 region@3 region@4 region.dark@5", "at most 5 fit"},
  };
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    struct rms_machine *machine = machine_of(table[i].machine);
    struct rms_placed slices[RMS_UNITS_MAX];
    struct rms_error why = {0};
    size_t n = layout_of(machine, table[i].layout, slices);
    assert_false(rms_layout_is_legal(machine, rules_of(machine, table[i].rules), slices, n, &why));
    if (!strstr(why.text, table[i].says)) fail_msg("%s: %s", table[i].layout, why.text);
    rms_machine_free(machine);
  }
}

static void test_hostile_slices_are_not_legal(void **state)
{
  (void)state;
  struct rms_machine *machine = machine_of("a100-80gb");
  static const struct rms_placed hostile[] = {
      {7, 0}, {UINT16_MAX, 0}, {0, UINT16_MAX}, {0, 64}, {0, 7}};
  for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++)
    assert_false(rms_layout_is_legal(machine, &machine->rules[0], &hostile[i], 1, NULL));
  struct rms_placed *many = calloc(100000, sizeof *many);
  assert_non_null(many);
  assert_false(rms_layout_is_legal(machine, &machine->rules[0], many, 100000, NULL));
  assert_true(rms_layout_is_legal(machine, &machine->rules[0], many, 0, NULL));
  free(many);
  rms_machine_free(machine);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_counts),
      cmocka_unit_test(test_a_family_has_one_geometry),
      cmocka_unit_test(test_free_columns_of_a_driver),
      cmocka_unit_test(test_what_remains_on_occupied_machines),
      cmocka_unit_test(test_what_one_slice_blocks),
      cmocka_unit_test(test_position_blocks_where_capacity_would_do),
      cmocka_unit_test(test_an_empty_machine_is_vector_packing),
      cmocka_unit_test(test_the_judge_says_why),
      cmocka_unit_test(test_hostile_slices_are_not_legal),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
