/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <inttypes.h>
#include <math.h>

#include "instances/machine_list.h"
#include "instances/serve/files.h"

static void write_pool(const struct rms_serve *inst, const struct rms_serve_pool *pool,
                       struct rms_text *text)
{
  rms_text_add(text, "    { ");
  rms_machine_list_write_pool(inst->machines[pool->machine], pool->name, pool->rules, text);
  if (pool->count < 0)
    rms_text_add(text, ", \"count\": null");
  else
    rms_text_printf(text, ", \"count\": %" PRId64, pool->count);
  rms_text_printf(text, ", \"cost\": %" PRId64 " }", pool->cost);
}

/* One table machine -> profile -> cell of a service; `cell` adds the value of kind k, or nothing
 * and returns false. Machines without a cell are left out. */
typedef bool cell_fn(const struct rms_serve *inst, size_t s, size_t k, struct rms_text *text);

static bool write_rate(const struct rms_serve *inst, size_t s, size_t k, struct rms_text *text)
{
  if (text) rms_text_micro(text, rms_serve_rate(inst, s, k));
  return rms_serve_rate(inst, s, k) > 0;
}

static bool write_point(const struct rms_serve *inst, size_t s, size_t k, struct rms_text *text)
{
  if (!inst->points) return false;
  const struct rms_serve_point point = inst->points[s * inst->n_kinds + k];
  if (!point.batch && !point.processes) return false;
  if (!text) return true;
  rms_text_add(text, "{ ");
  if (point.batch) rms_text_printf(text, "\"batch\": %" PRId32, point.batch);
  if (point.batch && point.processes) rms_text_add(text, ", ");
  if (point.processes) rms_text_printf(text, "\"processes\": %" PRId32, point.processes);
  rms_text_add(text, " }");
  return true;
}

static void write_table(const struct rms_serve *inst, size_t s, cell_fn *cell,
                        struct rms_text *text)
{
  struct rms_machine_table table = {.text = text};
  for (size_t k = 0; k < inst->n_kinds; k++) {
    if (!cell(inst, s, k, NULL)) continue;
    rms_machine_table_cell(&table, inst->machines[inst->kinds[k].machine], inst->kinds[k].profile);
    cell(inst, s, k, text);
  }
  rms_machine_table_end(&table);
}

static bool has_point(const struct rms_serve *inst, size_t s)
{
  for (size_t k = 0; k < inst->n_kinds; k++)
    if (write_point(inst, s, k, NULL)) return true;
  return false;
}

static void write_service(const struct rms_serve *inst, size_t s, struct rms_text *text)
{
  const struct rms_serve_service *const service = &inst->services[s];
  rms_text_add(text, "    { \"name\": ");
  rms_text_json(text, service->name);
  rms_text_add(text, ", \"demand\": ");
  rms_text_micro(text, service->demand);
  if (!isnan(service->slo_ms)) {
    rms_text_add(text, ", \"slo_ms\": ");
    rms_text_double(text, service->slo_ms);
  }
  rms_text_add(text, ",\n      \"throughput\": ");
  write_table(inst, s, write_rate, text);
  if (has_point(inst, s)) {
    rms_text_add(text, ",\n      \"operating_point\": ");
    write_table(inst, s, write_point, text);
  }
  rms_text_add(text, " }");
}

int rms_serve_write(const struct rms_instance *base, struct rms_text *text)
{
  const struct rms_serve *const inst = rms_serve_of(base);
  if (!inst) return RMS_E_PARAM;
  rms_text_add(text, "{ \"format\": \"rms-instance/1\", \"family\": \"serve\", \"name\": ");
  rms_text_json(text, inst->base.name);
  rms_text_add(text, ",\n");
  const int status = rms_machine_list_write(inst->machines, inst->n_machines, text);
  if (status < 0) return status;
  rms_text_add(text, "  \"pools\": [\n");
  for (size_t p = 0; p < inst->n_pools; p++) {
    write_pool(inst, &inst->pools[p], text);
    rms_text_add(text, p + 1 < inst->n_pools ? ",\n" : " ],\n");
  }
  rms_text_add(text, "  \"services\": [");
  for (size_t s = 0; s < inst->n_services; s++) {
    rms_text_add(text, s ? ",\n" : "\n");
    write_service(inst, s, text);
  }
  rms_text_add(text, " ] }\n");
  return rms_text_status(text);
}
