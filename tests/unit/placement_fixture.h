/* SPDX-License-Identifier: GPL-3.0-or-later */
/* placement_fixture.h - machines, rules, profiles and layouts by name, and all ways to place slices
 * by the naive walk. Include it after cmocka.h. */
#ifndef RMS_TEST_PLACEMENT_FIXTURE_H
#define RMS_TEST_PLACEMENT_FIXTURE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "instances/placement.h"

#define FPGA "tests/golden/fpga.json"
#define BASE "1g 2g 3g 4g 7g"

static inline struct rms_machine *machine_of(const char *name)
{
  struct rms_machine *machine = NULL;
  struct rms_error err = {0};
  int status = strchr(name, '/') ? rms_machine_read(&machine, name, &err)
                                 : rms_machine_builtin(&machine, name, &err);
  if (status) fail_msg("%s", err.text);
  return machine;
}

static inline const struct rms_rules *rules_of(const struct rms_machine *machine, const char *name)
{
  int r = rms_machine_rules(machine, name);
  assert_true(r >= 0);
  return &machine->rules[r];
}

/* "1g 2g 3g" -> bits of those profiles; NULL: all */
static inline uint32_t mask_of(const struct rms_machine *machine, const char *shapes)
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

/* Slices "4g@0 2g@4" into an array; returns how many. */
static inline size_t layout_of(const struct rms_machine *machine, const char *text,
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

/* Visit all legal sets through the judge alone: a second enumerator, slow and simple. */
struct walk {
  const struct rms_machine *machine;
  const struct rms_rules *rules;
  uint32_t mask;
  struct rms_placed slices[RMS_UNITS_MAX];
  void (*each)(struct walk *walk, size_t n);
  uint64_t n_states, n_pairs, n_blocked, n_blocking_states;
};

static inline void walk_from(struct walk *walk, size_t n, int p0, int i0)
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

#endif
