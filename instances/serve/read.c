/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reader of "rms-instance/1", family serve. Strict in form; what the numbers mean together is
 * judged by the builder. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "instances/base/json.h"
#include "instances/serve/files.h"

#define DEMAND_MAX 1e12    /* requests/s */
#define SLO_MS_MAX 1e9     /* ms */
#define POINT_MAX  1000000 /* batch size, processes */

struct reader {
  struct rms_serve_spec spec;
  size_t n_inline;
  struct rms_machine *inline_machines[RMS_SERVE_MACHINES_MAX]; /* NULL once a pool has taken it */
  struct rms_serve_service *services;
  struct rms_serve_entry *entries;
  size_t entries_capacity;
  struct rms_error *err;
};

static void reader_fini(struct reader *r)
{
  for (size_t m = 0; m < r->spec.n_machines; m++) rms_machine_free(r->spec.machines[m]);
  for (size_t m = 0; m < r->n_inline; m++) rms_machine_free(r->inline_machines[m]);
  free(r->services);
  free(r->entries);
}

/* Repeat the error of a deeper layer with the JSON path in front. */
static int error_at(const struct rms_node *node, struct rms_error *err, int status)
{
  if (status == RMS_E_NOMEM || !err) return status;
  const struct rms_error inner = *err;
  rms_node_error(node, err, "%s", inner.text);
  return err->status;
}

/* ---- machines and pools ------------------------------------------------------------------------
 */

static int read_inline_machines(struct reader *r, const struct rms_node *root)
{
  struct rms_node list;
  bool found = false;
  size_t n = 0;
  int status = rms_node_find(root, "machines", &list, &found, r->err);
  if (status < 0 || !found) return status;
  status = rms_node_array(&list, 0, RMS_SERVE_MACHINES_MAX, &n, r->err);
  for (size_t i = 0; status == RMS_OK && i < n; i++) {
    const struct rms_node item = rms_node_item(&list, i);
    struct rms_machine *machine = NULL;
    status = rms_machine_parse(&machine, &item, r->err);
    if (status < 0) return status;
    r->inline_machines[r->n_inline++] = machine;
    for (size_t j = 0; j < i; j++)
      if (strcmp(r->inline_machines[j]->name, machine->name) == 0)
        return rms_node_error(&item, r->err, "machine \"%s\" stands twice", machine->name);
  }
  return status;
}

static int machine_of_name(const struct reader *r, const char *name)
{
  for (size_t m = 0; m < r->spec.n_machines; m++)
    if (strcmp(r->spec.machines[m]->name, name) == 0) return (int)m;
  return -1;
}

/* The machine of a pool: one that came before, one that the file brings, or a built-in one. */
static int take_machine(struct reader *r, const struct rms_node *node, const char *name,
                        uint16_t *index)
{
  const int known = machine_of_name(r, name);
  if (known >= 0) {
    *index = (uint16_t)known;
    return RMS_OK;
  }
  struct rms_machine *machine = NULL;
  for (size_t i = 0; i < r->n_inline && !machine; i++) {
    if (!r->inline_machines[i] || strcmp(r->inline_machines[i]->name, name) != 0) continue;
    machine = r->inline_machines[i];
    r->inline_machines[i] = NULL;
  }
  if (!machine) {
    const int status = rms_machine_builtin(&machine, name, r->err);
    if (status < 0) return error_at(node, r->err, status);
  }
  *index = (uint16_t)r->spec.n_machines;
  r->spec.machines[r->spec.n_machines++] = machine;
  return RMS_OK;
}

static int read_rules(struct reader *r, const struct rms_node *pool, uint16_t m, int *rules)
{
  struct rms_node node;
  bool found = false;
  const char *name = NULL;
  *rules = -1;
  int status = rms_node_find(pool, "rules", &node, &found, r->err);
  if (status < 0 || !found) return status;
  status = rms_node_string(&node, 1, RMS_NAME_MAX, &name, r->err);
  if (status < 0) return status;
  const struct rms_machine *const machine = r->spec.machines[m];
  *rules = rms_machine_rules(machine, name);
  if (*rules >= 0) return RMS_OK;
  char known[256] = "";
  for (int i = 0; i < machine->n_rules; i++) {
    const size_t used = strlen(known);
    if (used + strlen(machine->rules[i].name) + 3 > sizeof known) break;
    if (i) strcat(known, ", ");
    strcat(known, machine->rules[i].name);
  }
  return rms_node_error(&node, r->err, "machine \"%s\" has no rule set \"%s\", it has: %s",
                        machine->name, name, known);
}

static int find_int(struct reader *r, const struct rms_node *node, const char *name, int64_t lo,
                    int64_t hi, int64_t *value)
{
  struct rms_node child;
  bool found = false;
  const int status = rms_node_find(node, name, &child, &found, r->err);
  if (status < 0 || !found) return status;
  return rms_node_int(&child, lo, hi, value, r->err);
}

static int read_pool(struct reader *r, const struct rms_node *pool, size_t p)
{
  static const char *const fields[] = {"name", "machine", "rules", "count", "cost", NULL};
  int status = RMS_OK;
  struct rms_node node;
  bool found = false;
  const char *name = NULL;

  RMS_TRY(rms_node_fields(pool, fields, r->err));
  RMS_TRY(rms_node_get(pool, "machine", &node, r->err));
  RMS_TRY(rms_node_string(&node, 1, RMS_NAME_MAX, &name, r->err));
  RMS_TRY(take_machine(r, &node, name, &r->spec.pools[p].machine));
  RMS_TRY(read_rules(r, pool, r->spec.pools[p].machine, &r->spec.pools[p].rules));
  r->spec.pools[p].count = -1;
  r->spec.pools[p].cost = 1;
  RMS_TRY(find_int(r, pool, "count", 0, RMS_SERVE_MACHINES_TOTAL_MAX, &r->spec.pools[p].count));
  RMS_TRY(find_int(r, pool, "cost", 1, RMS_SERVE_COST_MAX, &r->spec.pools[p].cost));
  RMS_TRY(rms_node_find(pool, "name", &node, &found, r->err));
  if (found) RMS_TRY(rms_node_string(&node, 1, RMS_NAME_MAX, &r->spec.pools[p].name, r->err));
out:
  return status;
}

static int read_pools(struct reader *r, const struct rms_node *root)
{
  struct rms_node list;
  int status = rms_node_get(root, "pools", &list, r->err);
  if (status < 0) return status;
  status = rms_node_array(&list, 1, RMS_SERVE_POOLS_MAX, &r->spec.n_pools, r->err);
  for (size_t p = 0; status == RMS_OK && p < r->spec.n_pools; p++) {
    const struct rms_node pool = rms_node_item(&list, p);
    status = read_pool(r, &pool, p);
  }
  return status;
}

static int check_inline_machines(const struct reader *r, const struct rms_node *root)
{
  for (size_t i = 0; i < r->n_inline; i++) {
    if (!r->inline_machines[i]) continue;
    struct rms_node list;
    const int status = rms_node_get(root, "machines", &list, r->err);
    if (status < 0) return status;
    const struct rms_node item = rms_node_item(&list, i);
    return rms_node_error(&item, r->err, "machine \"%s\" is in no pool",
                          r->inline_machines[i]->name);
  }
  return RMS_OK;
}

/* ---- services ----------------------------------------------------------------------------------
 */

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

/* A profile under its exact name: in a table of throughputs each stands once. */
static int find_profile(struct reader *r, const struct rms_node *node, uint16_t m,
                        uint16_t *profile)
{
  const struct rms_machine *const machine = r->spec.machines[m];
  for (int p = 0; p < machine->n_profiles; p++) {
    if (strcmp(machine->profiles[p].name, node->key) != 0) continue;
    *profile = (uint16_t)p;
    return RMS_OK;
  }
  return rms_node_error(node, r->err, "machine \"%s\" has no such profile; the nearest is \"%s\"",
                        machine->name, nearest_profile(machine, node->key));
}

static int find_machine(struct reader *r, const struct rms_node *node, uint16_t *m)
{
  const int index = machine_of_name(r, node->key);
  if (index < 0)
    return rms_node_error(node, r->err,
                          "no pool has a machine of this name; the first one has \"%s\"",
                          r->spec.machines[0]->name);
  *m = (uint16_t)index;
  return RMS_OK;
}

static int add_rate(struct reader *r, const struct rms_node *node, struct rms_serve_entry entry)
{
  double rate = 0;
  int status = find_profile(r, node, entry.machine, &entry.profile);
  if (status < 0) return status;
  status = rms_node_double(node, 0, DEMAND_MAX, &rate, r->err);
  if (status < 0) return status;
  status = rms_micro_from_double(rate, RMS_ROUND_DOWN, &entry.rate);
  if (status < 0) return rms_node_error(node, r->err, "must be a number in [0, 1e12]");
  if (entry.rate == 0) return RMS_OK; /* cannot run there: the same as absent */
  status = rms_grow(&r->entries, &r->entries_capacity, r->spec.n_entries + 1, sizeof *r->entries);
  if (status < 0) return status;
  r->entries[r->spec.n_entries++] = entry;
  return RMS_OK;
}

static int read_throughput(struct reader *r, const struct rms_node *service, uint32_t s)
{
  struct rms_node table;
  size_t n = 0;
  int status = rms_node_get(service, "throughput", &table, r->err);
  if (status < 0) return status;
  status = rms_node_members(&table, 0, RMS_SERVE_MACHINES_MAX, &n, r->err);
  if (status < 0) return status;
  for (void *i = rms_node_first(&table); i; i = rms_node_next(&table, i)) {
    const struct rms_node rates = rms_node_member(&table, i);
    struct rms_serve_entry entry = {.service = s};
    if ((status = find_machine(r, &rates, &entry.machine)) < 0) return status;
    status = rms_node_members(&rates, 0, RMS_PROFILES_MAX, &n, r->err);
    if (status < 0) return status;
    for (void *j = rms_node_first(&rates); j; j = rms_node_next(&rates, j)) {
      const struct rms_node rate = rms_node_member(&rates, j);
      if ((status = add_rate(r, &rate, entry)) < 0) return status;
    }
  }
  return RMS_OK;
}

static int read_point(struct reader *r, const struct rms_node *node,
                      struct rms_serve_entry *entries, size_t n, uint16_t m)
{
  static const char *const fields[] = {"batch", "processes", NULL};
  uint16_t profile = 0;
  int64_t batch = 0, processes = 0;
  int status = RMS_OK;
  RMS_TRY(find_profile(r, node, m, &profile));
  RMS_TRY(rms_node_fields(node, fields, r->err));
  RMS_TRY(find_int(r, node, "batch", 1, POINT_MAX, &batch));
  RMS_TRY(find_int(r, node, "processes", 1, POINT_MAX, &processes));
  for (size_t i = 0; i < n; i++) {
    if (entries[i].machine != m || entries[i].profile != profile) continue;
    entries[i].point = (struct rms_serve_point){(int32_t)batch, (int32_t)processes};
    return RMS_OK;
  }
  status = rms_node_error(node, r->err, "operating point without a throughput for this profile");
out:
  return status;
}

/* entries: the n throughputs of this service */
static int read_points(struct reader *r, const struct rms_node *service,
                       struct rms_serve_entry *entries, size_t n)
{
  struct rms_node table;
  bool found = false;
  size_t count = 0;
  int status = rms_node_find(service, "operating_point", &table, &found, r->err);
  if (status < 0 || !found) return status;
  status = rms_node_members(&table, 0, RMS_SERVE_MACHINES_MAX, &count, r->err);
  if (status < 0) return status;
  for (void *i = rms_node_first(&table); i; i = rms_node_next(&table, i)) {
    const struct rms_node points = rms_node_member(&table, i);
    uint16_t m = 0;
    if ((status = find_machine(r, &points, &m)) < 0) return status;
    status = rms_node_members(&points, 0, RMS_PROFILES_MAX, &count, r->err);
    if (status < 0) return status;
    for (void *j = rms_node_first(&points); j; j = rms_node_next(&points, j)) {
      const struct rms_node point = rms_node_member(&points, j);
      if ((status = read_point(r, &point, entries, n, m)) < 0) return status;
    }
  }
  return RMS_OK;
}

static int read_demand(struct reader *r, const struct rms_node *service, int64_t *demand)
{
  struct rms_node node;
  double value = 0;
  int status = rms_node_get(service, "demand", &node, r->err);
  if (status < 0) return status;
  status = rms_node_double(&node, 0, DEMAND_MAX, &value, r->err);
  if (status < 0) return status;
  if (rms_micro_from_double(value, RMS_ROUND_UP, demand) < 0 || *demand < 1)
    return rms_node_error(&node, r->err, "must be above 0; leave a service without demand out");
  return RMS_OK;
}

static int read_service(struct reader *r, const struct rms_node *node, uint32_t s)
{
  static const char *const fields[] = {"name",       "demand",          "slo_ms",
                                       "throughput", "operating_point", NULL};
  struct rms_serve_service *const service = &r->services[s];
  const size_t first = r->spec.n_entries;
  struct rms_node slo;
  bool found = false;
  int status = RMS_OK;

  RMS_TRY(rms_node_fields(node, fields, r->err));
  RMS_TRY(rms_node_get_string(node, "name", 1, RMS_NAME_MAX, &service->name, r->err));
  RMS_TRY(read_demand(r, node, &service->demand));
  service->slo_ms = NAN;
  RMS_TRY(rms_node_find(node, "slo_ms", &slo, &found, r->err));
  if (found) {
    RMS_TRY(rms_node_double(&slo, 0, SLO_MS_MAX, &service->slo_ms, r->err));
    if (!(service->slo_ms > 0)) RMS_TRY(rms_node_error(&slo, r->err, "must be above 0"));
  }
  RMS_TRY(read_throughput(r, node, s));
  if (r->spec.n_entries > first)
    RMS_TRY(read_points(r, node, r->entries + first, r->spec.n_entries - first));
out:
  return status;
}

static int read_services(struct reader *r, const struct rms_node *root)
{
  struct rms_node list;
  int status = rms_node_get(root, "services", &list, r->err);
  if (status < 0) return status;
  status = rms_node_array(&list, 0, RMS_SERVE_SERVICES_MAX, &r->spec.n_services, r->err);
  if (status < 0) return status;
  r->services = calloc(r->spec.n_services + 1, sizeof *r->services);
  if (!r->services) return RMS_E_NOMEM;
  for (size_t s = 0; status == RMS_OK && s < r->spec.n_services; s++) {
    const struct rms_node item = rms_node_item(&list, s);
    status = read_service(r, &item, (uint32_t)s);
  }
  return status;
}

/* ---- the whole ---------------------------------------------------------------------------------
 */

static int read_constant(const struct rms_node *root, const char *field, const char *expected,
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

static int read_document(struct rms_serve **result, const struct rms_document *doc,
                         const char *origin, struct rms_error *err)
{
  static const char *const fields[] = {"format", "family",   "name", "machines",
                                       "pools",  "services", NULL};
  const struct rms_node root = rms_document_root(doc);
  struct reader r = {.err = err};
  int status = RMS_OK;

  RMS_TRY(read_constant(&root, "format", "rms-instance/1", err));
  RMS_TRY(read_constant(&root, "family", "serve", err));
  RMS_TRY(rms_node_fields(&root, fields, err));
  RMS_TRY(rms_node_get_string(&root, "name", 1, RMS_NAME_MAX, &r.spec.name, err));
  RMS_TRY(read_inline_machines(&r, &root));
  RMS_TRY(read_pools(&r, &root));
  RMS_TRY(check_inline_machines(&r, &root));
  RMS_TRY(read_services(&r, &root));
  r.spec.services = r.services;
  r.spec.entries = r.entries;
  status = rms_serve_build(result, &r.spec, err);
  if (status < 0 && status != RMS_E_NOMEM) rms_error_where(err, "%s", origin);
out:
  if (status == RMS_E_NOMEM) rms_error_set(err, status, "%s: out of memory", origin);
  reader_fini(&r);
  return status;
}

static int read_and_close(struct rms_instance **result, struct rms_document *doc,
                          const char *origin, struct rms_error *err)
{
  struct rms_serve *inst = NULL;
  const int status = read_document(&inst, doc, origin, err);
  rms_document_free(doc);
  if (status == RMS_OK) *result = &inst->base;
  return status;
}

int rms_serve_parse(struct rms_instance **result, const char *bytes, size_t n, const char *origin,
                    struct rms_error *err)
{
  struct rms_document *doc = NULL;
  const int status = rms_document_parse(&doc, bytes, n, origin, err);
  return status < 0 ? status : read_and_close(result, doc, origin, err);
}

int rms_serve_read(struct rms_instance **result, const char *path, struct rms_error *err)
{
  struct rms_document *doc = NULL;
  const int status = rms_document_open(&doc, path, err);
  return status < 0 ? status : read_and_close(result, doc, path, err);
}
