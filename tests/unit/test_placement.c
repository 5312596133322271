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

#include "instances/base/rng.h"
#include "instances/placement.h"
#include "ledger.h"

#define FPGA "tests/golden/fpga.json"

static struct rms_machine *machine_of(const char *name)
{
  struct rms_machine *machine = NULL;
  struct rms_error err = {0};
  int status = strchr(name, '/') ? rms_machine_read(&machine, name, &err)
                                 : rms_machine_builtin(&machine, name, &err);
  if (status) fail_msg("%s", err.text);
  return machine;
}

static const struct rms_rules *rules_of(const struct rms_machine *machine, const char *name)
{
  int r = rms_machine_rules(machine, name);
  assert_true(r >= 0);
  return &machine->rules[r];
}

/* "1g 2g 3g" -> bits of those profiles; NULL: all */
static uint32_t mask_of(const struct rms_machine *machine, const char *shapes)
{
  uint32_t mask = 0;
  char text[256];
  if (!shapes) return UINT32_MAX;
  snprintf(text, sizeof text, "%s", shapes);
  for (char *rest = text, *shape; (shape = strsep(&rest, " "));) {
    int p = rms_machine_profile(machine, shape);
    assert_true(p >= 0);
    mask |= UINT32_C(1) << p;
  }
  return mask;
}

#define BASE "1g 2g 3g 4g 7g"

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

/* Slices "4g@0 2g@4" into an array; returns how many. */
static size_t layout_of(const struct rms_machine *machine, const char *text,
                        struct rms_placed *slices)
{
  size_t n = 0;
  char copy[256];
  snprintf(copy, sizeof copy, "%s", text);
  for (char *rest = copy, *word; *rest && (word = strsep(&rest, " ")); n++) {
    char *at = strchr(word, '@');
    *at = '\0';
    int p = rms_machine_profile(machine, word);
    assert_true(p >= 0);
    slices[n] = (struct rms_placed){(uint16_t)p, (uint16_t)atoi(at + 1)};
    if (!rest) return n + 1;
  }
  return n;
}

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

/* Visit all legal sets through the judge alone: a second enumerator, slow and simple. */
struct walk {
  const struct rms_machine *machine;
  const struct rms_rules *rules;
  uint32_t mask;
  struct rms_placed slices[RMS_UNITS_MAX];
  void (*each)(struct walk *walk, size_t n);
  uint64_t n_states, n_pairs, n_blocked, n_blocking_states;
};

static void walk_from(struct walk *walk, size_t n, int p0, int i0)
{
  walk->n_states++;
  walk->each(walk, n);
  for (int p = p0; p < walk->machine->n_profiles; p++) {
    if (!(walk->mask >> p & 1)) continue;
    for (int i = p == p0 ? i0 : 0; i < walk->machine->profiles[p].n_starts; i++) {
      walk->slices[n] = (struct rms_placed){(uint16_t)p, walk->machine->profiles[p].starts[i]};
      if (rms_layout_is_legal(walk->machine, walk->rules, walk->slices, n + 1, NULL))
        walk_from(walk, n + 1, p, i + 1);
    }
  }
}

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

/* ---- sentences, limits, failures ----------------------------------------------------------------
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
      cmocka_unit_test(test_counts),
      cmocka_unit_test(test_a_family_has_one_geometry),
      cmocka_unit_test(test_free_columns_of_a_driver),
      cmocka_unit_test(test_what_remains_on_occupied_machines),
      cmocka_unit_test(test_what_one_slice_blocks),
      cmocka_unit_test(test_position_blocks_where_capacity_would_do),
      cmocka_unit_test(test_an_empty_machine_is_vector_packing),
      cmocka_unit_test(test_the_twelve_partitions),
      cmocka_unit_test(test_partitions_are_legal_and_maximal),
      cmocka_unit_test(test_the_nineteen_maximal_placements),
      cmocka_unit_test(test_two_enumerators_agree),
      cmocka_unit_test(test_random_machines),
      cmocka_unit_test(test_the_judge_says_why),
      cmocka_unit_test(test_hostile_slices_are_not_legal),
      cmocka_unit_test(test_limits),
      cmocka_unit_test(test_nothing_to_place),
      cmocka_unit_test(test_failing_allocations),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
