/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reader of "rms-instance/1", family serve. Strict in form; what the numbers mean together is
 * judged by the builder. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "instances/base/json.h"
#include "instances/machine_list.h"
#include "instances/serve/files.h"

#define DEMAND_MAX 1e12    /* requests/s */
#define SLO_MS_MAX 1e9     /* ms */
#define POINT_MAX  1000000 /* batch size, processes */

struct reader {
  struct rms_serve_spec spec;
  struct rms_machine_list list;
  struct rms_serve_service *services;
  struct rms_serve_entry *entries;
  size_t entries_capacity;
  struct rms_error *err;
};

static void reader_fini(struct reader *r)
{
  rms_machine_list_fini(&r->list);
  free(r->services);
  free(r->entries);
}

/* ---- machines and pools ------------------------------------------------------------------------
 */

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

  RMS_TRY(rms_node_fields(pool, fields, r->err));
  RMS_TRY(rms_machine_list_take(&r->list, pool, &r->spec.pools[p].machine, r->err));
  RMS_TRY(rms_machine_list_rules(r->list.machines[r->spec.pools[p].machine], pool,
                                 &r->spec.pools[p].rules, r->err));
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

/* ---- services ----------------------------------------------------------------------------------
 */

static int add_rate(struct reader *r, const struct rms_node *node, struct rms_serve_entry entry)
{
  double rate = 0;
  int status =
      rms_machine_list_profile(r->list.machines[entry.machine], node, &entry.profile, r->err);
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
    if ((status = rms_machine_list_find(&r->list, &rates, &entry.machine, r->err)) < 0)
      return status;
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
  RMS_TRY(rms_machine_list_profile(r->list.machines[m], node, &profile, r->err));
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
    if ((status = rms_machine_list_find(&r->list, &points, &m, r->err)) < 0) return status;
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

static int read_document(struct rms_serve **result, const struct rms_document *doc,
                         const char *origin, struct rms_error *err)
{
  static const char *const fields[] = {"format", "family",   "name", "machines",
                                       "pools",  "services", NULL};
  const struct rms_node root = rms_document_root(doc);
  struct reader r = {.err = err};
  int status = RMS_OK;

  RMS_TRY(rms_machine_list_constant(&root, "format", "rms-instance/1", err));
  RMS_TRY(rms_machine_list_constant(&root, "family", "serve", err));
  RMS_TRY(rms_node_fields(&root, fields, err));
  RMS_TRY(rms_node_get_string(&root, "name", 1, RMS_NAME_MAX, &r.spec.name, err));
  RMS_TRY(rms_machine_list_read(&r.list, &root, err));
  RMS_TRY(read_pools(&r, &root));
  RMS_TRY(rms_machine_list_check(&r.list, &root, err));
  RMS_TRY(read_services(&r, &root));
  r.spec.n_machines = r.list.n;
  memcpy(r.spec.machines, r.list.machines, r.list.n * sizeof *r.spec.machines);
  r.spec.services = r.services;
  r.spec.entries = r.entries;
  status = rms_serve_build(result, &r.spec, err);
  if (status == RMS_OK) r.list.n = 0; /* taken */
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
