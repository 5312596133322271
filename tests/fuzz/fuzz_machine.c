/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a machine file: refused with a sentence, or read; then its canonical text reads back
 * to itself, the judge survives any slices, and what the enumerator finds the judge calls legal. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "instances/placement.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { STATES_MAX = 20000 };

static void must(bool is_true, const char *what)
{
  if (is_true) return;
  fprintf(stderr, "broken: %s\n", what);
  abort();
}

static struct rms_machine *parse(const char *bytes, size_t n)
{
  struct rms_document *doc = NULL;
  struct rms_machine *machine = NULL;
  struct rms_error err = {0};
  if (rms_document_parse(&doc, bytes, n, "fuzz", &err)) {
    must(err.text[0], "an error without a sentence");
    return NULL;
  }
  struct rms_node root = rms_document_root(doc);
  int status = rms_machine_parse(&machine, &root, &err);
  rms_document_free(doc);
  must(!status == (machine != NULL), "a status and a result that disagree");
  must(!status || err.text[0], "an error without a sentence");
  return machine;
}

/* Sets of disjoint slices, other rules left out: an upper bound of the states, by dynamic
 * programming over the axis. */
static bool is_small(const struct rms_machine *machine)
{
  uint64_t sets[RMS_UNITS_MAX + 1] = {1};
  for (int end = 1; end <= machine->memory_units; end++) {
    sets[end] = sets[end - 1];
    for (int p = 0; p < machine->n_profiles; p++) {
      const struct rms_profile *profile = &machine->profiles[p];
      for (int i = 0; i < profile->n_starts; i++)
        if (profile->starts[i] + profile->memory == end) sets[end] += sets[profile->starts[i]];
    }
    if (sets[end] > STATES_MAX) return false;
  }
  return true;
}

static void enumerate(const struct rms_machine *machine, const struct rms_rules *rules)
{
  struct rms_placement_counts counts;
  struct rms_arena *arena = rms_arena_new();
  const struct rms_partition *partitions = NULL;
  struct rms_text text = {0};
  size_t n = 0;
  must(arena != NULL, "no memory");
  must(!rms_placement_count(machine, rules, UINT32_MAX, &counts, NULL),
       "a small machine is not counted");
  must(counts.partitions >= 1 && counts.partitions <= counts.maximal_multisets &&
           counts.maximal_multisets <= counts.maximal_placements &&
           counts.maximal_multisets <= counts.multisets &&
           counts.maximal_placements <= counts.states && counts.multisets <= counts.states,
       "counts out of order");
  must(!rms_partitions(arena, machine, rules, UINT32_MAX, &partitions, &n, NULL), "no partitions");
  must(n == (counts.states > 1 ? counts.partitions : 0), "two numbers of partitions");
  for (size_t i = 0; i < n; i++) {
    must(rms_layout_is_legal(machine, rules, partitions[i].layout, partitions[i].n_slices, NULL),
         "a partition that is not legal");
    rms_partition_text(&text, machine, &partitions[i], i & 1);
  }
  rms_text_fini(&text);
  rms_arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct rms_machine *machine = parse((const char *)data, size), *again;
  if (!machine) return 0;
  must((again = parse(machine->text, strlen(machine->text))) != NULL,
       "a canonical text that is not read");
  must(!strcmp(machine->text, again->text), "a canonical text that changes");
  bool small = is_small(machine);
  for (int r = 0; r < machine->n_rules; r++) {
    struct rms_placed slices[16];
    size_t n = size < sizeof slices ? size : sizeof slices;
    memset(slices, 0, sizeof slices);
    memcpy(slices, data + size - n, n);
    for (size_t i = 0; i < 16; i++) slices[i].profile %= RMS_PROFILES_MAX + 1;
    for (size_t i = 0; i <= 16; i++)
      rms_layout_is_legal(machine, &machine->rules[r], slices, i, NULL);
    if (small) enumerate(machine, &machine->rules[r]);
  }
  rms_machine_free(again);
  rms_machine_free(machine);
  return 0;
}
