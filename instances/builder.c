/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "instances/builder.h"

#include <string.h>

/* ---- reading ---- */

static int read_and_close(struct rms_instance **result, struct rms_document *doc,
                          const char *origin, rms_instance_reader *reader, struct rms_error *err)
{
  struct rms_instance *inst = NULL;
  const int status = reader(&inst, doc, origin, err);
  if (status == RMS_E_NOMEM) rms_error_set(err, status, "%s: out of memory", origin);
  rms_document_free(doc);
  if (status == RMS_OK) *result = inst;
  return status;
}

int rms_instance_read(struct rms_instance **result, const char *path, rms_instance_reader *reader,
                      struct rms_error *err)
{
  struct rms_document *doc = NULL;
  const int status = rms_document_open(&doc, path, err);
  return status < 0 ? status : read_and_close(result, doc, path, reader, err);
}

int rms_instance_parse(struct rms_instance **result, const char *bytes, size_t n,
                       const char *origin, rms_instance_reader *reader, struct rms_error *err)
{
  struct rms_document *doc = NULL;
  const int status = rms_document_parse(&doc, bytes, n, origin, err);
  return status < 0 ? status : read_and_close(result, doc, origin, reader, err);
}

int rms_instance_read_head(const struct rms_node *root, const char *family,
                           const char *const *fields, const char **name, struct rms_error *err)
{
  int status = RMS_OK;
  RMS_TRY(rms_machine_list_constant(root, "format", "rms-instance/1", err));
  RMS_TRY(rms_machine_list_constant(root, "family", family, err));
  RMS_TRY(rms_node_fields(root, fields, err));
  RMS_TRY(rms_node_get_string(root, "name", 1, RMS_NAME_MAX, name, err));
out:
  return status;
}

int rms_instance_built(int status, const char *origin, struct rms_error *err)
{
  if (status < 0 && status != RMS_E_NOMEM) rms_error_where(err, "%s", origin);
  return status;
}

int rms_instance_read_pool(struct rms_machine_list *list, const struct rms_node *pool,
                           struct rms_pool_draft *draft, struct rms_error *err)
{
  struct rms_node node;
  bool found = false;
  int status = RMS_OK;
  RMS_TRY(rms_machine_list_take(list, pool, &draft->machine, err));
  RMS_TRY(rms_machine_list_rules(list->machines[draft->machine], pool, &draft->rules, err));
  RMS_TRY(rms_node_find(pool, "name", &node, &found, err));
  if (found) RMS_TRY(rms_node_string(&node, 1, RMS_NAME_MAX, &draft->name, err));
out:
  return status;
}

/* ---- building ---- */

bool rms_name_is_good(const char *name)
{
  if (!name || !*name) return false;
  size_t n = 0;
  for (const unsigned char *c = (const unsigned char *)name; *c; c++)
    if (*c < 0x20 || *c == 0x7f || ++n > RMS_NAME_MAX) return false;
  return true;
}

struct rms_instance *rms_instance_new(size_t size, const struct rms_family *family,
                                      const char *name, struct rms_arena **arena)
{
  struct rms_arena *const own = rms_arena_new();
  if (!own) return NULL;
  struct rms_instance *const inst = rms_arena_alloc(own, 1, size);
  if (inst) inst->name = rms_arena_text(own, name);
  if (!inst || !inst->name) {
    rms_arena_free(own);
    return NULL;
  }
  inst->family = family;
  *arena = own;
  return inst;
}

void rms_instance_drop(const struct rms_machine *const *machines, size_t n, struct rms_arena *arena)
{
  for (size_t m = 0; m < n; m++) {
    union {
      const struct rms_machine *borrowed;
      struct rms_machine *owned;
    } machine = {.borrowed = machines[m]};
    rms_machine_free(machine.owned);
  }
  rms_arena_free(arena);
}

static int check_machine(struct rms_machine *const *machines, size_t m, bool has_pool,
                         struct rms_error *err)
{
  const char *const name = machines[m]->name;
  if (!has_pool) return rms_error_set(err, RMS_E_INSTANCE, "machine \"%s\" is in no pool", name);
  for (size_t o = 0; o < m; o++)
    if (strcmp(machines[o]->name, name) == 0)
      return rms_error_set(err, RMS_E_INSTANCE, "machine \"%s\" stands twice", name);
  return RMS_OK;
}

int rms_build_order(const struct rms_pool_draft *pools, size_t n_pools,
                    struct rms_machine *const *machines, size_t n, uint16_t *order,
                    struct rms_error *err)
{
  const uint16_t none = UINT16_MAX;
  uint16_t next = 0;
  int status = RMS_OK;
  for (size_t m = 0; m < n; m++) order[m] = none;
  for (size_t p = 0; p < n_pools; p++) {
    const uint16_t m = pools[p].machine;
    if (m >= n)
      return rms_error_set(err, RMS_E_INSTANCE, "pool %zu: machine %u does not exist", p, m);
    if (order[m] == none) order[m] = next++;
  }
  for (size_t m = 0; m < n && status == RMS_OK; m++)
    status = check_machine(machines, m, order[m] != none, err);
  return status;
}

static const char *name_of(const struct rms_pool_draft *pool, struct rms_machine *const *machines)
{
  return pool->name ? pool->name : machines[pool->machine]->name;
}

int rms_build_pool(const struct rms_pool_draft *pools, size_t p,
                   struct rms_machine *const *machines, const char **name,
                   const struct rms_rules **rules, struct rms_error *err)
{
  const struct rms_machine *const machine = machines[pools[p].machine];
  const char *const own = name_of(&pools[p], machines);
  const int r = pools[p].rules < 0 ? machine->default_rules : pools[p].rules;
  if (!rms_name_is_good(own))
    return rms_error_set(err, RMS_E_INSTANCE, "pool %zu: its name must have 1 to %d bytes", p,
                         RMS_NAME_MAX);
  for (size_t q = 0; q < p; q++)
    if (strcmp(name_of(&pools[q], machines), own) == 0)
      return rms_error_set(err, RMS_E_INSTANCE,
                           "pools %zu and %zu are both called \"%s\"; give them a \"name\" each", q,
                           p, own);
  if (!machine->is_usable)
    return rms_error_set(err, RMS_E_INSTANCE, "pool \"%s\": machine \"%s\" cannot be used: %s", own,
                         machine->name, machine->why ? machine->why : "no placements are known");
  if (r >= machine->n_rules)
    return rms_error_set(err, RMS_E_INSTANCE, "pool \"%s\": machine \"%s\" has no rule set %d", own,
                         machine->name, r);
  *name = own;
  *rules = &machine->rules[r];
  return RMS_OK;
}

uint32_t rms_build_profiles(const struct rms_machine *machine, const struct rms_rules *rules)
{
  const uint32_t all =
      machine->n_profiles >= 32 ? UINT32_MAX : (UINT32_C(1) << machine->n_profiles) - 1;
  return all & ~rules->absent;
}
