/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One machine, for programs. */

#include "harness/cli/machine_detail.h"
#include "instances/placement.h"

static void write_names(struct rms_text *text, const struct rms_machine *machine, uint32_t mask)
{
  const char *comma = "";
  rms_text_add(text, "[");
  for (int p = 0; p < machine->n_profiles; p++) {
    if (!(mask >> p & 1)) continue;
    rms_text_add(text, comma);
    rms_text_json(text, machine->profiles[p].name);
    comma = ", ";
  }
  rms_text_add(text, "]");
}

static void write_partition(struct rms_text *text, const struct rms_machine *machine,
                            const struct rms_partition *partition)
{
  rms_text_add(text, "      [");
  for (size_t i = 0; i < partition->n_slices; i++) {
    rms_text_add(text, i ? ", { \"profile\": " : "{ \"profile\": ");
    rms_text_json(text, machine->profiles[partition->layout[i].profile].name);
    rms_text_printf(text, ", \"start\": %d }", partition->layout[i].start);
  }
  rms_text_add(text, "]");
}

static int write_choice(const struct rms_machine_detail *d, const struct rms_rules *rules,
                        const struct rms_machine_choice *choice, struct rms_text *text,
                        struct rms_error *err)
{
  int status = RMS_OK;
  struct rms_placement_counts c;
  struct rms_arena *arena = rms_arena_new();
  const struct rms_partition *partitions = NULL;
  size_t n = 0;

  RMS_TRY(arena ? RMS_OK : RMS_E_NOMEM);
  status = rms_placement_count(d->machine, rules, choice->mask, &c, err);
  if (!status)
    status = rms_partitions(arena, d->machine, rules, choice->mask, &partitions, &n, err);
  bool is_known = !status;
  if (status == RMS_E_LIMIT) status = RMS_OK;
  RMS_TRY(status);
  rms_text_add(text, "    { \"rules\": ");
  rms_text_json(text, rules->name);
  rms_text_add(text, ", \"profiles\": ");
  write_names(text, d->machine, choice->mask & ~rules->absent);
  if (!is_known) { /* more than the enumerator takes */
    rms_text_add(text, ",\n      \"layouts\": null, \"partitions\": null }");
    goto out;
  }
  rms_text_printf(text,
                  ",\n      \"layouts\": %llu, \"multisets\": %llu, \"maximal_layouts\": %llu, "
                  "\"multisets_of_maximal_layouts\": %llu,\n      \"partitions\": [\n",
                  (unsigned long long)c.states, (unsigned long long)c.multisets,
                  (unsigned long long)c.maximal_placements,
                  (unsigned long long)c.maximal_multisets);
  for (size_t i = 0; i < n; i++) {
    write_partition(text, d->machine, &partitions[i]);
    rms_text_add(text, i + 1 < n ? ",\n" : "\n");
  }
  rms_text_add(text, "      ] }");
out:
  rms_arena_free(arena);
  return status;
}

int rms_machine_tell_json(const struct rms_machine_detail *d, struct rms_text *text,
                          struct rms_error *err)
{
  int status = RMS_OK;
  const char *comma = "";
  rms_text_printf(text, "{\n  \"machine\": %s,\n  \"enumerations\": [\n", d->machine->text);
  for (int r = 0; r < d->machine->n_rules; r++) {
    for (size_t i = 0; i < d->n_choices && rms_machine_is_wanted(d, r); i++) {
      rms_text_add(text, comma);
      RMS_TRY(write_choice(d, &d->machine->rules[r], &d->choices[i], text, err));
      comma = ",\n";
    }
  }
  rms_text_add(text, "\n  ]\n}\n");
out:
  return status;
}
