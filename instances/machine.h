/* SPDX-License-Identifier: GPL-3.0-or-later */
/* machine.h - a reconfigurable machine as data: profiles with legal starts on an axis of units, and
 * rule sets. Nothing about any vendor is in code. File format "rms-machine/1": FORMAT.md.
 *
 * Model (reference: NVML's GPU instance placements, start:size). A slice of profile p at start s
 * occupies units [s, s + p.memory). A set of slices is legal iff
 *   each start is legal for its profile and the profile is not absent under the rule set; intervals
 *   are disjoint; sum of compute <= compute_units; at most max_instances in all and p.max of each
 *   profile; at most one slice of each exclusive group; of each one-of list of the rule set at most
 *   one distinct profile is present; and, where the rule set enforces quotas, the sums of `uses`
 * stay within them. */
#ifndef RMS_MACHINE_H
#define RMS_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "instances/base/error.h"
#include "instances/base/json.h"
#include "instances/base/memory.h"
#include "instances/base/text.h"

enum {
  RMS_UNITS_MAX = 64,    /* length of the axis */
  RMS_PROFILES_MAX = 32, /* profiles of one machine */
  RMS_STARTS_MAX = 64,
  RMS_RULES_MAX = 8,
  RMS_ONE_OF_MAX = 16,
  RMS_QUOTAS_MAX = 8,
  RMS_NAME_MAX = 64 /* bytes of any name, without the 0 */
};

struct rms_profile {
  const char *name;  /* what the driver prints: "3g.40gb" */
  const char *shape; /* common to a family: "3g"; never NULL (defaults to name) */
  int id;            /* driver's profile id, -1: none */
  int compute, memory;
  int max;      /* largest number on one machine */
  int group;    /* index of the exclusive group, -1: none */
  int n_starts; /* starts are ascending */
  uint8_t starts[RMS_STARTS_MAX];
  uint8_t preferred[RMS_STARTS_MAX]; /* the same starts in the order in which a layout should try
                                        them */
  double memory_gib;                 /* NAN: not read */
  int sm;                            /* processors (SMs, CUs); -1: not read */
  int uses[RMS_QUOTAS_MAX];
};

struct rms_rules {
  const char *name, *doc;
  uint32_t absent; /* bit p: profile p does not exist under these rules */
  int n_one_of;
  uint32_t one_of[RMS_ONE_OF_MAX]; /* bit sets of profiles */
  bool has_quotas;
};

struct rms_machine { /* const once read; everything is owned by the arena */
  struct rms_arena *arena;
  const char *name, *vendor, *product, *family;
  bool is_usable;  /* false: names only, no placements were read; `why` says so */
  const char *why; /* NULL when usable */
  int memory_units, compute_units, max_instances;
  int n_profiles, n_rules, n_quotas, n_groups;
  int default_rules; /* index into rules */
  struct rms_profile profiles[RMS_PROFILES_MAX];
  struct rms_rules rules[RMS_RULES_MAX];
  const char *quota_names[RMS_QUOTAS_MAX];
  int quotas[RMS_QUOTAS_MAX];
  const char *group_names[RMS_PROFILES_MAX];
  /* The canonical JSON of this machine, for hashing and embedding: all that describes it, fields in
   * fixed order, defaults written out; without evidence, notes and sources, so that better
   * documentation does not make another machine. Reading it again gives the same text. */
  const char *text;
  /* documentation carried along, may be NULL; lines separated by newlines */
  const char *evidence, *notes, *sources;
  const char *architecture, *pci_ids; /* may be NULL; ids separated by blanks */
};

/* Read a machine from a JSON node, a file, or the built-in table (instances/machines/NAME.json).
 *   result [out] free with rms_machine_free; untouched on error
 * Errors: RMS_E_NOMEM, RMS_E_IO, RMS_E_FORMAT (path and reason), RMS_E_UNKNOWN (nearest name). */
int rms_machine_parse(struct rms_machine **result, const struct rms_node *node,
                      struct rms_error *err);
int rms_machine_read(struct rms_machine **result, const char *path, struct rms_error *err);
int rms_machine_builtin(struct rms_machine **result, const char *name, struct rms_error *err);
void rms_machine_free(struct rms_machine *machine); /* accepts NULL */

/* The i-th built-in machine's name in sorted order, NULL past the end. */
const char *rms_machine_builtin_name(size_t i);

/* Put the canonical text of a machine whose other fields are filled into machine->text (part of the
 * reader, for whoever builds a machine by hand). 0 or RMS_E_NOMEM. */
int rms_machine_canonical(struct rms_machine *machine);

/* The base profiles, as bits: of each number of compute units the profile with least memory, the
 * first of the file when several have it (1g of 1g, 1g+me and 1g.2x). */
uint32_t rms_machine_base(const struct rms_machine *machine);

/* Index of a profile by name or by shape (name first), of a rule set by name; -1: none. */
int rms_machine_profile(const struct rms_machine *machine, const char *name);
int rms_machine_rules(const struct rms_machine *machine, const char *name);

/* The profiles of a mask, most memory first, then most compute, then as in the machine: the order
 * of kinds and layouts. Returns how many. */
int rms_machine_order(const struct rms_machine *machine, uint32_t mask,
                      uint16_t profiles[RMS_PROFILES_MAX]);

#endif
