/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reader of "rms-instance/1", family serve. Strict in form; what the numbers mean together is
 * judged by the builder. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "instances/builder.h"
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

static int read_pool(struct reader *r, const struct rms_node *pool, size_t p)
{
  static const char *const fields[] = {"name", "machine", "rules", "count", "cost", NULL};
  struct rms_pool_draft draft = {.name = NULL};
  int64_t count = -1, cost = 1;
  int status = RMS_OK;
  RMS_TRY(rms_node_fields(pool, fields, r->err));
  RMS_TRY(rms_instance_read_pool(&r->list, pool, &draft, r->err));
  RMS_TRY(rms_node_find_int(pool, "count", 0, RMS_SERVE_MACHINES_TOTAL_MAX, &count, r->err));
  RMS_TRY(rms_node_find_int(pool, "cost", 1, RMS_SERVE_COST_MAX, &cost, r->err));
  r->spec.pools[p].name = draft.name;
  r->spec.pools[p].machine = draft.machine;
  r->spec.pools[p].rules = draft.rules;
  r->spec.pools[p].count = count;
  r->spec.pools[p].cost = cost;
out:
  return status;
}

static int read_pools(struct reader *r, const struct rms_node *root)
{
  struct rms_node list;
  int status =
      rms_node_get_array(root, "pools", 1, RMS_SERVE_POOLS_MAX, &list, &r->spec.n_pools, r->err);
  for (size_t p = 0; status == RMS_OK && p < r->spec.n_pools; p++) {
    const struct rms_node pool = rms_node_item(&list, p);
    status = read_pool(r, &pool, p);
  }
  return status;
}

/* ---- services ----------------------------------------------------------------------------------
 */

struct service { /* that is being read */
  struct reader *r;
  uint32_t number;
  size_t first; /* of its throughputs */
};

static int add_rate(void *ctx, const struct rms_node *node, uint16_t machine, uint16_t profile)
{
  const struct service *const s = ctx;
  struct reader *const r = s->r;
  struct rms_serve_entry entry = {.service = s->number, .machine = machine, .profile = profile};
  int status = rms_node_micro(node, DEMAND_MAX, RMS_ROUND_DOWN, &entry.rate, r->err);
  if (status < 0) return status;
  if (entry.rate == 0) return RMS_OK; /* cannot run there: the same as absent */
  status = rms_grow(&r->entries, &r->entries_capacity, r->spec.n_entries + 1, sizeof *r->entries);
  if (status < 0) return status;
  r->entries[r->spec.n_entries++] = entry;
  return RMS_OK;
}

static int read_throughput(struct service *s, const struct rms_node *service)
{
  struct rms_node table;
  const int status = rms_node_get(service, "throughput", &table, s->r->err);
  return status < 0 ? status
                    : rms_machine_list_table(&s->r->list, &table, RMS_SERVE_MACHINES_MAX, add_rate,
                                             s, s->r->err);
}

static int add_point(void *ctx, const struct rms_node *node, uint16_t machine, uint16_t profile)
{
  static const char *const fields[] = {"batch", "processes", NULL};
  const struct service *const s = ctx;
  struct reader *const r = s->r;
  int64_t batch = 0, processes = 0;
  int status = RMS_OK;
  RMS_TRY(rms_node_fields(node, fields, r->err));
  RMS_TRY(rms_node_find_int(node, "batch", 1, POINT_MAX, &batch, r->err));
  RMS_TRY(rms_node_find_int(node, "processes", 1, POINT_MAX, &processes, r->err));
  for (size_t i = s->first; i < r->spec.n_entries; i++) {
    struct rms_serve_entry *const entry = &r->entries[i];
    if (entry->machine != machine || entry->profile != profile) continue;
    entry->point = (struct rms_serve_point){(int32_t)batch, (int32_t)processes};
    return RMS_OK;
  }
  status = rms_node_error(node, r->err, "operating point without a throughput for this profile");
out:
  return status;
}

static int read_points(struct service *s, const struct rms_node *service)
{
  struct rms_node table;
  bool found = false;
  const int status = rms_node_find(service, "operating_point", &table, &found, s->r->err);
  if (status < 0 || !found) return status;
  return rms_machine_list_table(&s->r->list, &table, RMS_SERVE_MACHINES_MAX, add_point, s,
                                s->r->err);
}

static int read_demand(struct reader *r, const struct rms_node *service, int64_t *demand)
{
  struct rms_node node;
  int status = rms_node_get(service, "demand", &node, r->err);
  if (status == RMS_OK) status = rms_node_micro(&node, DEMAND_MAX, RMS_ROUND_UP, demand, r->err);
  if (status < 0) return status;
  if (*demand < 1)
    return rms_node_error(&node, r->err, "must be above 0; leave a service without demand out");
  return RMS_OK;
}

static int read_service(struct reader *r, const struct rms_node *node, uint32_t s)
{
  static const char *const fields[] = {"name",       "demand",          "slo_ms",
                                       "throughput", "operating_point", NULL};
  struct rms_serve_service *const service = &r->services[s];
  struct service reading = {.r = r, .number = s, .first = r->spec.n_entries};
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
  RMS_TRY(read_throughput(&reading, node));
  if (r->spec.n_entries > reading.first) RMS_TRY(read_points(&reading, node));
out:
  return status;
}

static int read_services(struct reader *r, const struct rms_node *root)
{
  struct rms_node list;
  int status = rms_node_get_array(root, "services", 0, RMS_SERVE_SERVICES_MAX, &list,
                                  &r->spec.n_services, r->err);
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

static int read_document(struct rms_instance **result, const struct rms_document *doc,
                         const char *origin, struct rms_error *err)
{
  static const char *const fields[] = {"format", "family",   "name", "machines",
                                       "pools",  "services", NULL};
  const struct rms_node root = rms_document_root(doc);
  struct reader r = {.err = err};
  struct rms_serve *inst = NULL;
  int status = RMS_OK;

  RMS_TRY(rms_instance_read_head(&root, "serve", fields, &r.spec.name, err));
  RMS_TRY(rms_machine_list_read(&r.list, &root, err));
  RMS_TRY(read_pools(&r, &root));
  RMS_TRY(rms_machine_list_check(&r.list, &root, err));
  RMS_TRY(read_services(&r, &root));
  r.spec.n_machines = r.list.n;
  memcpy(r.spec.machines, r.list.machines, r.list.n * sizeof *r.spec.machines);
  r.spec.services = r.services;
  r.spec.entries = r.entries;
  RMS_TRY(rms_instance_built(rms_serve_build(&inst, &r.spec, err), origin, err));
  r.list.n = 0; /* taken */
  *result = &inst->base;
out:
  reader_fini(&r);
  return status;
}

int rms_serve_parse(struct rms_instance **result, const char *bytes, size_t n, const char *origin,
                    struct rms_error *err)
{
  return rms_instance_parse(result, bytes, n, origin, read_document, err);
}

int rms_serve_read(struct rms_instance **result, const char *path, struct rms_error *err)
{
  return rms_instance_read(result, path, read_document, err);
}
