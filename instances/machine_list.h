/* SPDX-License-Identifier: GPL-3.0-or-later */
/* machine_list.h - the machines of an instance file: those that it brings along ("machines"), those
 * that its pools name, rule sets and profiles by name. Shared by the readers and writers of the
 * families. */
#ifndef RMS_MACHINE_LIST_H
#define RMS_MACHINE_LIST_H

#include "instances/machine.h"

enum { RMS_MACHINE_LIST_MAX = 32 };

struct rms_machine_list { /* zero-initialise */
  size_t n;               /* that pools have named, in that order */
  struct rms_machine *machines[RMS_MACHINE_LIST_MAX];
  size_t n_extra; /* that the file brings; NULL once a pool has taken it */
  struct rms_machine *extra[RMS_MACHINE_LIST_MAX];
};

void rms_machine_list_fini(struct rms_machine_list *list); /* frees what it still owns */

/* Readers. Nodes are borrowed; RMS_E_FORMAT names the JSON path, RMS_E_NOMEM; what was read before
 * an error stays in the list, which its owner ends. */

/* The optional field "machines" of an instance: the list owns them, none by a name twice. */
int rms_machine_list_read(struct rms_machine_list *list, const struct rms_node *root,
                          struct rms_error *err);
/* The field "machine" of a pool: one that came before, one that the file brings, or built-in.
 *   index [out] in list->machines */
int rms_machine_list_take(struct rms_machine_list *list, const struct rms_node *pool,
                          uint16_t *index, struct rms_error *err);
/* The optional field "rules" of a pool.
 *   rules [out] index in machine->rules; -1: the field is not there */
int rms_machine_list_rules(const struct rms_machine *machine, const struct rms_node *pool,
                           int *rules, struct rms_error *err);
/* After the pools: no machine of the file may be left over. */
int rms_machine_list_check(const struct rms_machine_list *list, const struct rms_node *root,
                           struct rms_error *err);

/* Whom a member of a table means by its key: the machine of that name, the profile of exactly that
 * name (no shapes). At least one pool has been read. */
int rms_machine_list_find(const struct rms_machine_list *list, const struct rms_node *member,
                          uint16_t *index, struct rms_error *err);
int rms_machine_list_profile(const struct rms_machine *machine, const struct rms_node *member,
                             uint16_t *profile, struct rms_error *err);

/* Go through a table machine -> profile -> value of at most `most` machines, in the order of the
 * file; what `each` returns ends it when it is not 0, and is returned. */
typedef int rms_machine_cell_fn(void *ctx, const struct rms_node *value, uint16_t machine,
                                uint16_t profile);
int rms_machine_list_table(const struct rms_machine_list *list, const struct rms_node *table,
                           size_t most, rms_machine_cell_fn *each, void *ctx,
                           struct rms_error *err);

/* A string field of the root that must have one value ("format", "family"). */
int rms_machine_list_constant(const struct rms_node *root, const char *field, const char *expected,
                              struct rms_error *err);

/* Writers: they add at the end of `text`, which keeps its own failure. */

/* The field "machines" with all of the n that are not exactly the built-in ones of their names;
 * nothing when there are none. 0 or RMS_E_NOMEM. */
int rms_machine_list_write(const struct rms_machine *const *machines, size_t n,
                           struct rms_text *text);
/* The leading fields of a pool: "name" when it is not the machine's, "machine", "rules". */
void rms_machine_list_write_pool(const struct rms_machine *machine, const char *name,
                                 const struct rms_rules *rules, struct rms_text *text);

/* A table machine -> profile -> value, written cell by cell: zero-initialise but for the text, add
 * a cell and then its value, end. Cells of one machine follow each other. */
struct rms_machine_table {
  struct rms_text *text;             /* borrowed */
  const struct rms_machine *machine; /* of the last cell */
};
void rms_machine_table_cell(struct rms_machine_table *table, const struct rms_machine *machine,
                            size_t profile);
void rms_machine_table_end(struct rms_machine_table *table);

#endif
