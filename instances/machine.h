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
  RMS_STARTS_MAX = 64,   /* of one profile */
  RMS_RULES_MAX = 8,     /* rule sets of one machine */
  RMS_ONE_OF_MAX = 16,   /* one-of lists of one rule set */
  RMS_QUOTAS_MAX = 8,    /* of one machine */
  RMS_NAME_MAX = 64      /* bytes of any name, without the 0 */
};

struct rms_profile {
  const char *name;  /* what the driver prints: "3g.40gb" */
  const char *shape; /* common to a family: "3g"; never NULL (defaults to name) */
  int id;            /* driver's profile id, -1: none */
  int compute;       /* units, 0 .. compute_units */
  int memory;        /* units of the axis, 1 .. memory_units */
  int max;           /* largest number on one machine, >= 1 */
  int group;         /* index of the exclusive group, -1: none */
  int n_starts;
  uint8_t starts[RMS_STARTS_MAX];    /* ascending units, 0 .. memory_units - memory */
  uint8_t preferred[RMS_STARTS_MAX]; /* the same starts in the order in which a layout should try
                                        them */
  double memory_gib;                 /* GiB, as the driver prints them; NAN: not read */
  int sm;                            /* processors (SMs, CUs); -1: not read */
  int uses[RMS_QUOTAS_MAX];          /* [n_quotas] of each quota, >= 0 */
};

struct rms_rules {
  const char *name, *doc; /* doc: one sentence, may be NULL */
  uint32_t absent;        /* bit p: profile p does not exist under these rules */
  int n_one_of;
  uint32_t one_of[RMS_ONE_OF_MAX]; /* bit sets of profiles */
  bool has_quotas;
};

struct rms_machine { /* const once read; everything is owned by the arena */
  struct rms_arena *arena;
  const char *name, *vendor, *product, *family;
  bool is_usable;    /* false: names only, no placements were read; `why` says so */
  const char *why;   /* NULL when usable */
  int memory_units;  /* length of the axis */
  int compute_units; /* that all slices together may have */
  int max_instances; /* slices of one machine, at most memory_units */
  int n_profiles, n_rules, n_quotas, n_groups;
  int default_rules; /* index into rules */
  struct rms_profile profiles[RMS_PROFILES_MAX];
  struct rms_rules rules[RMS_RULES_MAX];
  const char *quota_names[RMS_QUOTAS_MAX];
  int quotas[RMS_QUOTAS_MAX]; /* the most that all slices together may use */
  const char *group_names[RMS_PROFILES_MAX];
  /* The canonical JSON of this machine, for hashing and embedding: all that describes it, fields in
   * fixed order, defaults written out; without evidence, notes and sources, so that better
   * documentation does not make another machine. Reading it again gives the same text. */
  const char *text;
  /* documentation carried along, may be NULL; lines separated by newlines */
  const char *evidence, *notes, *sources;
  const char *architecture, *pci_ids; /* may be NULL; ids separated by blanks */
};

/* Read a machine, which may be hostile, and fill in everything above.
 *   result [out] free with rms_machine_free; untouched on error
 *   node   [in]  borrowed, an object in the format "rms-machine/1"
 *   path   [in]  a file of that format
 *   name   [in]  of the built-in table, instances/machines/NAME.json
 * RMS_E_NOMEM, RMS_E_FORMAT (JSON path and reason); _read: RMS_E_IO, RMS_E_LIMIT as well; _builtin:
 * RMS_E_UNKNOWN (nearest name). Cost: linear in the text. */
int rms_machine_parse(struct rms_machine **result, const struct rms_node *node,
                      struct rms_error *err);
int rms_machine_read(struct rms_machine **result, const char *path, struct rms_error *err);
int rms_machine_builtin(struct rms_machine **result, const char *name, struct rms_error *err);
void rms_machine_free(struct rms_machine *machine); /* accepts NULL */

/* The i-th built-in machine's name in sorted order, constant; NULL past the end. */
const char *rms_machine_builtin_name(size_t i);

/* Put the canonical text of a machine whose other fields are filled into machine->text (part of the
 * reader, for whoever builds a machine by hand). The text lives in the machine's arena. 0 or
 * RMS_E_NOMEM. */
int rms_machine_canonical(struct rms_machine *machine);

/* The base profiles, as bits: of each number of compute units the profile with least memory, the
 * first of the file when several have it (1g of 1g, 1g+me and 1g.2x). */
uint32_t rms_machine_base(const struct rms_machine *machine);

/* Index of a profile by name or by shape (name first; of a shape the first profile that has it), of
 * a rule set by name; -1: none. */
int rms_machine_profile(const struct rms_machine *machine, const char *name);
int rms_machine_rules(const struct rms_machine *machine, const char *name);

/* The order of kinds and layouts: most memory first, then most compute, then as in the machine.
 *   mask     [in]  bits of profiles; those beyond n_profiles are ignored
 *   profiles [out] their indices in that order
 * Returns how many. */
int rms_machine_order(const struct rms_machine *machine, uint32_t mask,
                      uint16_t profiles[RMS_PROFILES_MAX]);

#endif
