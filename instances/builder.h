/* SPDX-License-Identifier: GPL-3.0-or-later */
/* builder.h - what the readers and builders of all families do alike: the frame of an instance,
 * names, machines in the order of their pools. Messages are complete; indices in them count from 0.
 */
#ifndef RMS_BUILDER_H
#define RMS_BUILDER_H

#include "instances/base/json.h"
#include "instances/family.h"
#include "instances/machine_list.h"

/* ---- reading ---- */

/* Reader of a family: *result from a document, which it only borrows; `origin` names it in errors.
 * "Out of memory" is said for it. */
typedef int rms_instance_reader(struct rms_instance **result, const struct rms_document *doc,
                                const char *origin, struct rms_error *err);

/* The callbacks read and parse of family.h, by way of a reader. *result is untouched on error. */
int rms_instance_read(struct rms_instance **result, const char *path, rms_instance_reader *reader,
                      struct rms_error *err);
int rms_instance_parse(struct rms_instance **result, const char *bytes, size_t n,
                       const char *origin, rms_instance_reader *reader, struct rms_error *err);

/* The leading fields of every instance: "format", "family" and "name"; no others than `fields`.
 *   fields [in]  all that the root may have, closed by NULL
 *   name   [out] borrowed from the document */
int rms_instance_read_head(const struct rms_node *root, const char *family,
                           const char *const *fields, const char **name, struct rms_error *err);

/* What the family's builder returned, with the origin before what it says. Returns `status`. */
int rms_instance_built(int status, const char *origin, struct rms_error *err);

/* A pool as a specification has it. */
struct rms_pool_draft {
  const char *name; /* NULL: the machine's */
  uint16_t machine; /* index of the specification */
  int rules;        /* index; -1: the machine's default */
};

/* The fields "name", "machine" and "rules" of a pool. The name is borrowed from the document. */
int rms_instance_read_pool(struct rms_machine_list *list, const struct rms_node *pool,
                           struct rms_pool_draft *draft, struct rms_error *err);

/* ---- building ---- */

/* A name ends up in messages, tables and JSON: 1 to RMS_NAME_MAX bytes, no control characters. */
bool rms_name_is_good(const char *name);

/* A zeroed instance of `size` bytes with family and name, in an arena of its own, which ends it.
 *   arena [out] owned by the caller
 * NULL: out of memory. */
struct rms_instance *rms_instance_new(size_t size, const struct rms_family *family,
                                      const char *name, struct rms_arena **arena);
/* End an instance that owns n machines and lies in that arena. */
void rms_instance_drop(const struct rms_machine *const *machines, size_t n,
                       struct rms_arena *arena);

/* Number the machines by their first pool, so that the written file gives the same numbers back.
 *   order [out] [n] from the specification's index to ours
 * RMS_E_INSTANCE: a pool of no machine, a machine of no pool, one machine twice. */
int rms_build_order(const struct rms_pool_draft *pools, size_t n_pools,
                    struct rms_machine *const *machines, size_t n, uint16_t *order,
                    struct rms_error *err);

/* Name and rules of pool p, a valid one by rms_build_order; pools before it keep their names.
 *   name  [out] borrowed from the pool or its machine
 *   rules [out] borrowed from the machine
 * RMS_E_INSTANCE: a bad name or one that was there before, a machine that cannot be used, no such
 * rules. */
int rms_build_pool(const struct rms_pool_draft *pools, size_t p,
                   struct rms_machine *const *machines, const char **name,
                   const struct rms_rules **rules, struct rms_error *err);

/* Profiles that the rules allow, as bits. */
uint32_t rms_build_profiles(const struct rms_machine *machine, const struct rms_rules *rules);

#endif
