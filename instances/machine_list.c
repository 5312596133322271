/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "instances/machine_list.h"

#include <string.h>

void rms_machine_list_fini(struct rms_machine_list *list)
{
  for (size_t m = 0; m < list->n; m++) rms_machine_free(list->machines[m]);
  for (size_t m = 0; m < list->n_extra; m++) rms_machine_free(list->extra[m]);
  memset(list, 0, sizeof *list);
}

/* Repeat the error of a deeper layer with the JSON path in front. */
static int error_at(const struct rms_node *node, struct rms_error *err, int status)
{
  if (status == RMS_E_NOMEM || !err) return status;
  const struct rms_error inner = *err;
  rms_node_error(node, err, "%s", inner.text);
  return err->status;
}

int rms_machine_list_read(struct rms_machine_list *list, const struct rms_node *root,
                          struct rms_error *err)
{
  struct rms_node array;
  bool found = false;
  size_t n = 0;
  int status = rms_node_find(root, "machines", &array, &found, err);
  if (status < 0 || !found) return status;
  status = rms_node_array(&array, 0, RMS_MACHINE_LIST_MAX, &n, err);
  for (size_t i = 0; status == RMS_OK && i < n; i++) {
    const struct rms_node item = rms_node_item(&array, i);
    struct rms_machine *machine = NULL;
    status = rms_machine_parse(&machine, &item, err);
    if (status < 0) return status;
    list->extra[list->n_extra++] = machine;
    for (size_t j = 0; j < i; j++)
      if (strcmp(list->extra[j]->name, machine->name) == 0)
        return rms_node_error(&item, err, "machine \"%s\" stands twice", machine->name);
  }
  return status;
}

static int machine_of_name(const struct rms_machine_list *list, const char *name)
{
  for (size_t m = 0; m < list->n; m++)
    if (strcmp(list->machines[m]->name, name) == 0) return (int)m;
  return -1;
}

static struct rms_machine *take_extra(struct rms_machine_list *list, const char *name)
{
  for (size_t i = 0; i < list->n_extra; i++) {
    struct rms_machine *const machine = list->extra[i];
    if (!machine || strcmp(machine->name, name) != 0) continue;
    list->extra[i] = NULL;
    return machine;
  }
  return NULL;
}

int rms_machine_list_take(struct rms_machine_list *list, const struct rms_node *pool,
                          uint16_t *index, struct rms_error *err)
{
  struct rms_node node;
  const char *name = NULL;
  int status = rms_node_get(pool, "machine", &node, err);
  if (status == RMS_OK) status = rms_node_string(&node, 1, RMS_NAME_MAX, &name, err);
  if (status < 0) return status;
  const int known = machine_of_name(list, name);
  if (known < 0) {
    struct rms_machine *machine = take_extra(list, name);
    if (list->n == RMS_MACHINE_LIST_MAX) {
      rms_machine_free(machine);
      return rms_node_error(&node, err, "more than %d models of machines", RMS_MACHINE_LIST_MAX);
    }
    if (!machine) status = rms_machine_builtin(&machine, name, err);
    if (status < 0) return error_at(&node, err, status);
    list->machines[list->n++] = machine;
  }
  *index = (uint16_t)(known < 0 ? list->n - 1 : (size_t)known);
  return RMS_OK;
}

int rms_machine_list_rules(const struct rms_machine *machine, const struct rms_node *pool,
                           int *rules, struct rms_error *err)
{
  struct rms_node node;
  bool found = false;
  const char *name = NULL;
  *rules = -1;
  int status = rms_node_find(pool, "rules", &node, &found, err);
  if (status < 0 || !found) return status;
  status = rms_node_string(&node, 1, RMS_NAME_MAX, &name, err);
  if (status < 0) return status;
  *rules = rms_machine_rules(machine, name);
  if (*rules >= 0) return RMS_OK;
  char known[256] = "";
  for (int i = 0; i < machine->n_rules; i++) {
    const size_t used = strlen(known);
    if (used + strlen(machine->rules[i].name) + 3 > sizeof known) break;
    if (i) strcat(known, ", ");
    strcat(known, machine->rules[i].name);
  }
  return rms_node_error(&node, err, "machine \"%s\" has no rule set \"%s\", it has: %s",
                        machine->name, name, known);
}

int rms_machine_list_check(const struct rms_machine_list *list, const struct rms_node *root,
                           struct rms_error *err)
{
  for (size_t i = 0; i < list->n_extra; i++) {
    if (!list->extra[i]) continue;
    struct rms_node array;
    const int status = rms_node_get(root, "machines", &array, err);
    if (status < 0) return status;
    const struct rms_node item = rms_node_item(&array, i);
    return rms_node_error(&item, err, "machine \"%s\" is in no pool", list->extra[i]->name);
  }
  return RMS_OK;
}

int rms_machine_list_find(const struct rms_machine_list *list, const struct rms_node *member,
                          uint16_t *index, struct rms_error *err)
{
  const int found = machine_of_name(list, member->key);
  if (found < 0)
    return rms_node_error(member, err,
                          "no pool has a machine of this name; the first one has \"%s\"",
                          list->machines[0]->name);
  *index = (uint16_t)found;
  return RMS_OK;
}

static const char *nearest_profile(const struct rms_machine *machine, const char *name)
{
  const char *best = "";
  size_t least = SIZE_MAX;
  for (int p = 0; p < machine->n_profiles; p++) {
    const size_t distance = rms_text_distance(machine->profiles[p].name, name);
    if (distance >= least) continue;
    least = distance;
    best = machine->profiles[p].name;
  }
  return best;
}

int rms_machine_list_profile(const struct rms_machine *machine, const struct rms_node *member,
                             uint16_t *profile, struct rms_error *err)
{
  for (int p = 0; p < machine->n_profiles; p++) {
    if (strcmp(machine->profiles[p].name, member->key) != 0) continue;
    *profile = (uint16_t)p;
    return RMS_OK;
  }
  return rms_node_error(member, err, "machine \"%s\" has no such profile; the nearest is \"%s\"",
                        machine->name, nearest_profile(machine, member->key));
}

static int go_through(const struct rms_machine *machine, uint16_t m, const struct rms_node *row,
                      rms_machine_cell_fn *each, void *ctx, struct rms_error *err)
{
  size_t n = 0;
  uint16_t profile = 0;
  int status = rms_node_members(row, 0, RMS_PROFILES_MAX, &n, err);
  if (status < 0) return status;
  for (void *i = rms_node_first(row); i && status == RMS_OK; i = rms_node_next(row, i)) {
    const struct rms_node value = rms_node_member(row, i);
    status = rms_machine_list_profile(machine, &value, &profile, err);
    if (status == RMS_OK) status = each(ctx, &value, m, profile);
  }
  return status;
}

int rms_machine_list_table(const struct rms_machine_list *list, const struct rms_node *table,
                           size_t most, rms_machine_cell_fn *each, void *ctx, struct rms_error *err)
{
  size_t n = 0;
  uint16_t m = 0;
  int status = rms_node_members(table, 0, most, &n, err);
  if (status < 0) return status;
  for (void *i = rms_node_first(table); i && status == RMS_OK; i = rms_node_next(table, i)) {
    const struct rms_node row = rms_node_member(table, i);
    status = rms_machine_list_find(list, &row, &m, err);
    if (status == RMS_OK) status = go_through(list->machines[m], m, &row, each, ctx, err);
  }
  return status;
}

int rms_machine_list_constant(const struct rms_node *root, const char *field, const char *expected,
                              struct rms_error *err)
{
  const char *value = NULL;
  int status = rms_node_get_string(root, field, 1, RMS_NAME_MAX, &value, err);
  if (status < 0 || strcmp(value, expected) == 0) return status;
  struct rms_node node;
  status = rms_node_get(root, field, &node, err);
  return status < 0 ? status
                    : rms_node_error(&node, err, "is \"%s\", must be \"%s\"", value, expected);
}

/* ---- writing -----------------------------------------------------------------------------------
 */

/* A machine that is exactly the built-in one of its name need not travel. */
static int is_builtin(const struct rms_machine *machine, bool *is)
{
  struct rms_machine *builtin = NULL;
  const int status = rms_machine_builtin(&builtin, machine->name, NULL);
  *is = status == RMS_OK && strcmp(builtin->text, machine->text) == 0;
  rms_machine_free(builtin);
  return status == RMS_E_NOMEM ? status : RMS_OK;
}

int rms_machine_list_write(const struct rms_machine *const *machines, size_t n,
                           struct rms_text *text)
{
  bool is_open = false;
  for (size_t m = 0; m < n; m++) {
    bool is = false;
    const int status = is_builtin(machines[m], &is);
    if (status < 0) return status;
    if (is) continue;
    rms_text_add(text, is_open ? ",\n" : "  \"machines\": [\n");
    rms_text_add(text, machines[m]->text);
    is_open = true;
  }
  if (is_open) rms_text_add(text, "\n  ],\n");
  return RMS_OK;
}

void rms_machine_list_write_pool(const struct rms_machine *machine, const char *name,
                                 const struct rms_rules *rules, struct rms_text *text)
{
  if (strcmp(name, machine->name) != 0) {
    rms_text_add(text, "\"name\": ");
    rms_text_json(text, name);
    rms_text_add(text, ", ");
  }
  rms_text_add(text, "\"machine\": ");
  rms_text_json(text, machine->name);
  rms_text_add(text, ", \"rules\": ");
  rms_text_json(text, rules->name);
}

void rms_machine_table_cell(struct rms_machine_table *table, const struct rms_machine *machine,
                            size_t profile)
{
  struct rms_text *const text = table->text;
  if (machine == table->machine) {
    rms_text_add(text, ", ");
  } else {
    rms_text_add(text, table->machine ? " }, " : "{ ");
    rms_text_json(text, machine->name);
    rms_text_add(text, ": { ");
    table->machine = machine;
  }
  rms_text_json(text, machine->profiles[profile].name);
  rms_text_add(text, ": ");
}

void rms_machine_table_end(struct rms_machine_table *table)
{
  rms_text_add(table->text, table->machine ? " } }" : "{}");
}
