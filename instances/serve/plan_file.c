/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writer of "rms-plan/1", family serve. The reader is plan_read.c. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "instances/serve/files.h"

static void write_number(struct rms_text *text, const char *name, double value)
{
  rms_text_printf(text, ", \"%s\": ", name);
  rms_text_double(text, value);
}

static bool is_alone(const struct rms_serve *inst, size_t pool)
{
  for (size_t p = 0; p < inst->n_pools; p++)
    if (p != pool && inst->pools[p].machine == inst->pools[pool].machine) return false;
  return true;
}

static void write_prices(const struct rms_serve *inst, const int64_t *prices, struct rms_text *text)
{
  size_t machine = SIZE_MAX;
  rms_text_add(text, "{");
  for (size_t k = 0; k < inst->n_kinds; k++) {
    const struct rms_serve_kind kind = inst->kinds[k];
    if (kind.machine != machine) {
      rms_text_add(text, machine == SIZE_MAX ? " " : " }, ");
      machine = kind.machine;
      rms_text_json(text, inst->machines[machine]->name);
      rms_text_add(text, ": { ");
    } else {
      rms_text_add(text, ", ");
    }
    rms_text_json(text, inst->machines[machine]->profiles[kind.profile].name);
    rms_text_printf(text, ": %" PRId64, prices[k]);
  }
  rms_text_add(text, machine == SIZE_MAX ? "}" : " } }");
}

static void write_stock_prices(const struct rms_serve *inst, const struct rms_serve_certificate *c,
                               struct rms_text *text)
{
  bool is_open = false;
  for (size_t p = 0; p < c->n_pools; p++) {
    if (!c->stock_prices[p]) continue;
    rms_text_add(text, is_open ? ", " : ", \"stock_prices\": { ");
    is_open = true;
    rms_text_json(text, inst->pools[p].name);
    rms_text_printf(text, ": %" PRId64, c->stock_prices[p]);
  }
  if (is_open) rms_text_add(text, " }");
}

static void write_vectors(const struct rms_serve *inst, const struct rms_serve_certificate *c,
                          const char *key, size_t from, size_t to, struct rms_text *text)
{
  rms_text_printf(text, "\"%s\": [", key);
  for (size_t j = from; j < to; j++) {
    rms_text_add(text, j > from ? ",\n      " : "\n      ");
    write_prices(inst, c->search.vectors + j * c->n_kinds, text);
  }
  rms_text_add(text, " ]");
}

static void write_search(const struct rms_serve *inst, const struct rms_serve_certificate *c,
                         struct rms_text *text)
{
  if (!c->search.target) return;
  const size_t first = c->search.n_vectors - c->search.n_joint;
  rms_text_printf(text, ",\n    \"search\": { \"target\": %" PRId64 ", ", c->search.target);
  write_vectors(inst, c, "vectors", 0, first, text);
  if (c->search.n_joint) {
    rms_text_add(text, ",\n    ");
    write_vectors(inst, c, "joint", first, c->search.n_vectors, text);
  }
  rms_text_add(text, " }");
}

static void write_certificate(const struct rms_serve *inst, const struct rms_serve_certificate *c,
                              struct rms_text *text)
{
  if (!c->is_present) return;
  rms_text_printf(text, "  \"certificate\": { \"kind\": \"prices\", \"denominator\": %" PRId64 ", ",
                  c->denominator);
  rms_text_add(text, "\"prices\": ");
  write_prices(inst, c->prices, text);
  write_stock_prices(inst, c, text);
  write_search(inst, c, text);
  rms_text_add(text, " },\n");
}

static void write_slice(const struct rms_serve *inst, size_t machine, struct rms_serve_slice slice,
                        struct rms_text *text)
{
  rms_text_add(text, "{ \"profile\": ");
  rms_text_json(text, inst->machines[machine]->profiles[slice.profile].name);
  rms_text_printf(text, ", \"start\": %u", slice.start);
  if (slice.service != RMS_SERVE_IDLE) {
    rms_text_add(text, ", \"service\": ");
    rms_text_json(text, inst->services[slice.service].name);
    const int k = rms_serve_kind_of(inst, machine, slice.profile);
    if (inst->points && k >= 0) {
      const struct rms_serve_point point = inst->points[slice.service * inst->n_kinds + (size_t)k];
      if (point.batch) rms_text_printf(text, ", \"batch\": %" PRId32, point.batch);
      if (point.processes) rms_text_printf(text, ", \"processes\": %" PRId32, point.processes);
    }
  }
  rms_text_add(text, " }");
}

static void write_group(const struct rms_serve *inst, const struct rms_serve_plan *plan,
                        const struct rms_serve_group *group, struct rms_text *text)
{
  const struct rms_serve_pool *const pool = &inst->pools[group->pool];
  rms_text_add(text, "    { \"machine\": ");
  rms_text_json(text, inst->machines[pool->machine]->name);
  if (!is_alone(inst, group->pool)) {
    rms_text_add(text, ", \"pool\": ");
    rms_text_json(text, pool->name);
  }
  rms_text_printf(text, ", \"count\": %" PRId64 ", \"slices\": [", group->count);
  for (size_t i = 0; i < group->n_slices; i++) {
    rms_text_add(text, i ? ",\n        " : "\n        ");
    write_slice(inst, pool->machine, plan->slices[group->first + i], text);
  }
  rms_text_add(text, group->n_slices ? " ] }" : "] }");
}

/* The indices must be good before names are looked up; whether the plan is legal is not our
 * question. */
static int check_indices(const struct rms_serve *inst, const struct rms_serve_plan *plan,
                         struct rms_error *err)
{
  for (size_t g = 0; g < plan->n_groups; g++) {
    const struct rms_serve_group *const group = &plan->groups[g];
    if (group->pool >= inst->n_pools)
      return rms_error_set(err, RMS_E_FORMAT, "plan: group %zu: no such pool", g);
    const struct rms_machine *const machine = inst->machines[inst->pools[group->pool].machine];
    for (size_t i = 0; i < group->n_slices; i++) {
      const struct rms_serve_slice slice = plan->slices[group->first + i];
      if (slice.profile >= machine->n_profiles)
        return rms_error_set(err, RMS_E_FORMAT, "plan: group %zu: no such profile", g);
      if (slice.service != RMS_SERVE_IDLE && slice.service >= inst->n_services)
        return rms_error_set(err, RMS_E_FORMAT, "plan: group %zu: no such service", g);
    }
  }
  const struct rms_serve_certificate *const c = &plan->certificate;
  if (c->is_present && (c->n_kinds != inst->n_kinds || c->n_pools != inst->n_pools))
    return rms_error_set(err, RMS_E_FORMAT, "plan: its certificate is of another instance");
  return RMS_OK;
}

static void write_plan(const struct rms_serve *inst, const struct rms_serve_plan *plan,
                       const struct rms_claim *claim, const char *status, struct rms_text *text)
{
  const bool is_infeasible = strcmp(status, "infeasible") == 0;
  const double cost = (double)rms_serve_plan_cost(inst, plan);
  rms_text_add(text, "{ \"format\": \"rms-plan/1\", \"family\": \"serve\", \"instance\": ");
  rms_text_json(text, inst->base.name);
  write_number(text, "objective", is_infeasible ? NAN : claim ? claim->objective[0] : cost);
  write_number(text, "bound", claim && !is_infeasible ? claim->bound : NAN);
  rms_text_add(text, ", \"status\": ");
  rms_text_json(text, status);
  rms_text_add(text, ",\n");
  write_certificate(inst, &plan->certificate, text);
  rms_text_add(text, "  \"groups\": [");
  for (size_t g = 0; g < plan->n_groups && !is_infeasible; g++) {
    rms_text_add(text, g ? ",\n" : "\n");
    write_group(inst, plan, &plan->groups[g], text);
  }
  rms_text_add(text, " ] }\n");
}

int rms_serve_plan_file_write(const struct rms_instance *base, const void *bytes, size_t n,
                              const struct rms_claim *claim, const char *status_text,
                              struct rms_text *text, struct rms_error *err)
{
  static const char *const known[] = {"optimal", "feasible", "infeasible"};
  const struct rms_serve *const inst = rms_serve_of(base);
  struct rms_serve_plan plan = {0};
  int status = RMS_OK;
  size_t i = 0;
  while (i < 3 && strcmp(known[i], status_text) != 0) i++;
  if (!inst || i == 3)
    return rms_error_set(err, RMS_E_PARAM,
                         "plan: status \"%s\", must be optimal, feasible or infeasible",
                         status_text);
  if (n) RMS_TRY(rms_serve_plan_decode(&plan, bytes, n, err));
  RMS_TRY(check_indices(inst, &plan, err));
  write_plan(inst, &plan, claim, status_text, text);
  status = rms_text_status(text);
  if (status < 0) rms_error_set(err, status, "plan: out of memory");
out:
  rms_serve_plan_fini(&plan);
  return status;
}
