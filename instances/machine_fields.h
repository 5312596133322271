/* SPDX-License-Identifier: GPL-3.0-or-later */
/* machine_fields.h - the parts of the machine reader: fields of a JSON object read into an arena.
 * Private to instances/machine_*.c. Nodes are borrowed; texts are copied into the arena. A get_
 * form demands the field, a find_ form leaves *result as it is when the field is absent or null.
 * All return 0, RMS_E_NOMEM or RMS_E_FORMAT with the path in *err. */
#ifndef RMS_MACHINE_FIELDS_H
#define RMS_MACHINE_FIELDS_H

#include "instances/machine.h"

enum { RMS_USES_MAX = 1000000 }; /* of one quota */

/* Names go into commands and file names of other tools: letters, digits and . _ + - only. */
int rms_field_check_name(const struct rms_node *node, const char *name, struct rms_error *err);
/* The same for the name of a field that the file chose; copied into the arena. */
int rms_field_key(struct rms_arena *arena, const struct rms_node *member, const char **result,
                  struct rms_error *err);
/* A copy of a text. */
int rms_field_copy(struct rms_arena *arena, const char *text, const char **result);
/* The node itself as a name; a field as a name, as a sentence (any text in one line). */
int rms_field_name(struct rms_arena *arena, const struct rms_node *node, const char **result,
                   struct rms_error *err);
int rms_field_find_name(struct rms_arena *arena, const struct rms_node *node, const char *field,
                        const char **result, struct rms_error *err);
int rms_field_find_sentence(struct rms_arena *arena, const struct rms_node *node, const char *field,
                            const char **result, struct rms_error *err);
/* Numbers in [lo, hi]; truth values. */
int rms_field_find_int(const struct rms_node *node, const char *field, int lo, int hi, int *result,
                       struct rms_error *err);
int rms_field_get_int(const struct rms_node *node, const char *field, int lo, int hi, int *result,
                      struct rms_error *err);
int rms_field_find_bool(const struct rms_node *node, const char *field, bool *result,
                        struct rms_error *err);
/* A list of sentences, or (is_map) an object of sentences, as "line\nline" or "key: line\n...". */
int rms_field_find_lines(struct rms_arena *arena, const struct rms_node *node, const char *field,
                         bool is_map, const char **result, struct rms_error *err);

/* The sections of a machine that refer to its profiles (quotas: that profiles refer to). They fill
 * in the parts of *machine of their names; `node` is the machine's. */
int rms_machine_parse_quotas(struct rms_machine *machine, const struct rms_node *node,
                             struct rms_error *err);
int rms_machine_parse_start_order(struct rms_machine *machine, const struct rms_node *node,
                                  struct rms_error *err);
int rms_machine_parse_rules(struct rms_machine *machine, const struct rms_node *node,
                            struct rms_error *err);

#endif
