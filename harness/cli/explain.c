/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rms explain INSTANCE PLAN - what growth would cost, what is scarce, what a machine would save. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/cli/plan_args.h"
#include "instances/serve/explain.h"

struct account { /* what is told */
  const struct rms_serve *inst;
  const struct rms_serve_explanation *e;
  size_t *order; /* services, those whose growth is dearest first */
  size_t n_listed;
  int64_t unit; /* cost of a machine where all pools cost the same, else 0 */
};

static double in_cost(const struct account *a, rms_wide amount)
{
  return (double)amount / (double)a->e->denominator;
}

static const char *profile_of(const struct account *a, size_t k)
{
  const struct rms_serve_kind kind = a->inst->kinds[k];
  return a->inst->machines[kind.machine]->profiles[kind.profile].name;
}

static const char *machine_of(const struct account *a, size_t k)
{
  return a->inst->machines[a->inst->kinds[k].machine]->name;
}

/* ---- as text ------------------------------------------------------------------------------------
 */

static void print_head(const struct account *a, struct rms_text *text)
{
  const struct rms_serve_explanation *e = a->e;
  rms_text_printf(text, "plan       %" PRId64 " machine%s, cost %" PRId64 "; ", e->machines,
                  e->machines == 1 ? "" : "s", e->cost);
  if (e->is_optimal)
    rms_text_add(text, "nothing is cheaper (verified)\n");
  else
    rms_text_printf(text, "nothing costs less than %" PRId64 " (verified)\n", e->bound);
  rms_text_add(text,
               "           What follows is marginal: prices of the proof, for small changes. Whole "
               "machines\n           make the true cost rise in steps around them.\n");
  if (!e->is_exact)
    rms_text_add(text, "           Some services have too many slices: their amounts are rough.\n");
}

static void print_demand(struct rms_text *text, int64_t micros)
{
  rms_text_printf(text, " %12.6g", rms_micro_to_double(micros));
}

static void print_growth(const struct account *a, struct rms_text *text)
{
  const char *unit = a->unit ? "machines" : "cost";
  const double per = a->unit ? (double)a->unit : 1;
  if (a->n_listed == 0) return;
  rms_text_printf(text,
                  "\ngrowth     in requests/s; what it adds in %s, dearest first\n"
                  "           %-20s %12s %12s %12s %13s %12s %12s %12s  %s\n",
                  unit, "service", "demand", "spare now", "+ idle", "same price to", "next slice",
                  "+1 request/s", "+10 %", "grows on");
  for (size_t i = 0; i < a->n_listed; i++) {
    const size_t s = a->order[i];
    const struct rms_serve_growth *g = &a->e->growth[s];
    rms_text_printf(text, "           %-20.20s", a->inst->services[s].name);
    print_demand(text, a->inst->services[s].demand);
    print_demand(text, g->spare);
    print_demand(text, g->idle);
    rms_text_add(text, " ");
    print_demand(text, g->free_until);
    rms_text_printf(text, " %12.4g %12.4g %12.4g  %s of %s\n", in_cost(a, g->next) / per,
                    in_cost(a, g->one_more) / per, in_cost(a, g->tenth_more) / per,
                    profile_of(a, g->kind), machine_of(a, g->kind));
  }
  if (a->n_listed < a->inst->n_services)
    rms_text_printf(text, "           and %zu more services (-n %zu shows all)\n",
                    a->inst->n_services - a->n_listed, a->inst->n_services);
}

static const char *judge_kind(const struct rms_serve_scarcity *kind)
{
  if (kind->price == 0) return "free: there are more of them than anybody wants";
  if (kind->scarcity > 0) return "scarce: costs more than its share of the machine";
  if (kind->scarcity < 0) return "plenty: costs less than its share of the machine";
  return "costs its share of the machine";
}

static void print_kinds(const struct account *a, struct rms_text *text)
{
  rms_text_printf(text, "\nslices     %-20s %-14s %12s %12s %12s\n", "machine", "slice", "price",
                  "of machine", "its share");
  for (size_t k = 0; k < a->inst->n_kinds; k++) {
    const struct rms_serve_scarcity *kind = &a->e->scarcity[k];
    if (!kind->is_open) continue;
    rms_text_printf(text, "           %-20s %-14s %12.6g %10.1f %% %10.1f %%  %s\n",
                    machine_of(a, k), profile_of(a, k), in_cost(a, kind->price),
                    100 * (double)kind->price / (double)kind->limit,
                    100.0 * kind->units / kind->whole, judge_kind(kind));
  }
}

static void print_stock(const struct account *a, size_t p, struct rms_text *text)
{
  const struct rms_serve_pool *pool = &a->inst->pools[p];
  const struct rms_serve_leverage *l = &a->e->leverage[p];
  if (pool->count < 0)
    rms_text_add(text, ", no limit");
  else if (l->saves > 0)
    rms_text_printf(text, "; the stock binds: one machine more would save about %.6g",
                    in_cost(a, l->saves));
  else if (pool->count == l->used)
    rms_text_add(text, "; all are used, but more would save nothing at these prices");
  else
    rms_text_add(text, "; the stock does not bind");
}

static void print_worth(const struct account *a, size_t p, struct rms_text *text)
{
  const struct rms_serve_pool *pool = &a->inst->pools[p];
  const struct rms_serve_leverage *l = &a->e->leverage[p];
  if (l->used > 0 || pool->count == 0) return;
  rms_text_printf(text, "           %-20s not used: its best cut is worth %.6g", "",
                  in_cost(a, l->worth));
  if (l->kept_from > 0)
    rms_text_printf(text,
                    "; no plan gets cheaper than %" PRId64 " unless it costs less than %" PRId64
                    " (proved)\n",
                    a->e->bound, l->kept_from);
  else
    rms_text_add(text, "; a little cheaper and it may be worth using\n");
}

static void print_pools(const struct account *a, struct rms_text *text)
{
  rms_text_add(text, "\npools\n");
  for (size_t p = 0; p < a->inst->n_pools; p++) {
    const struct rms_serve_pool *pool = &a->inst->pools[p];
    rms_text_printf(text, "           %-20s %" PRId64, pool->name, a->e->leverage[p].used);
    if (pool->count >= 0) rms_text_printf(text, " of %" PRId64, pool->count);
    rms_text_printf(text, " machine%s at cost %" PRId64,
                    (pool->count >= 0 ? pool->count : a->e->leverage[p].used) == 1 ? "" : "s",
                    pool->cost);
    print_stock(a, p, text);
    rms_text_add(text, "\n");
    print_worth(a, p, text);
  }
}

static void print_text(const struct account *a, struct rms_text *text)
{
  print_head(a, text);
  print_growth(a, text);
  print_kinds(a, text);
  print_pools(a, text);
}

/* ---- as JSON ------------------------------------------------------------------------------------
 */

static void add_name(struct rms_text *text, const char *name, const char *value)
{
  rms_text_printf(text, "\"%s\": ", name);
  rms_text_json(text, value);
}

static void add_real(struct rms_text *text, const char *name, double value)
{
  rms_text_printf(text, ", \"%s\": ", name);
  rms_text_double(text, value);
}

static void add_micro(struct rms_text *text, const char *name, int64_t value)
{
  rms_text_printf(text, ", \"%s\": ", name);
  rms_text_micro(text, value);
}

static void add_services(const struct account *a, struct rms_text *text)
{
  for (size_t s = 0; s < a->inst->n_services; s++) {
    const struct rms_serve_growth *g = &a->e->growth[s];
    rms_text_add(text, s ? ",\n    { " : "\n    { ");
    add_name(text, "name", a->inst->services[s].name);
    add_micro(text, "demand", a->inst->services[s].demand);
    add_micro(text, "spare", g->spare);
    add_micro(text, "idle", g->idle);
    add_micro(text, "free_until", g->free_until);
    add_real(text, "next_slice", in_cost(a, g->next));
    add_real(text, "one_more", in_cost(a, g->one_more));
    add_real(text, "tenth_more", in_cost(a, g->tenth_more));
    add_real(text, "per_request", g->per_request);
    rms_text_add(text, ", ");
    add_name(text, "machine", machine_of(a, g->kind));
    rms_text_add(text, ", ");
    add_name(text, "profile", profile_of(a, g->kind));
    rms_text_add(text, " }");
  }
}

static void add_kinds(const struct account *a, struct rms_text *text)
{
  bool is_open = false;
  for (size_t k = 0; k < a->inst->n_kinds; k++) {
    const struct rms_serve_scarcity *kind = &a->e->scarcity[k];
    if (!kind->is_open) continue;
    rms_text_add(text, is_open ? ",\n    { " : "\n    { ");
    is_open = true;
    add_name(text, "machine", machine_of(a, k));
    rms_text_add(text, ", ");
    add_name(text, "profile", profile_of(a, k));
    add_real(text, "price", in_cost(a, kind->price));
    add_real(text, "part_of_machine", (double)kind->price / (double)kind->limit);
    add_real(text, "fair_part", (double)kind->units / kind->whole);
    rms_text_printf(text, ", \"is_free\": %s, \"is_scarce\": %s }", kind->price ? "false" : "true",
                    kind->scarcity > 0 ? "true" : "false");
  }
}

static void add_pools(const struct account *a, struct rms_text *text)
{
  for (size_t p = 0; p < a->inst->n_pools; p++) {
    const struct rms_serve_pool *pool = &a->inst->pools[p];
    const struct rms_serve_leverage *l = &a->e->leverage[p];
    rms_text_add(text, p ? ",\n    { " : "\n    { ");
    add_name(text, "name", pool->name);
    rms_text_printf(text, ", \"cost\": %" PRId64 ", \"used\": %" PRId64, pool->cost, l->used);
    add_real(text, "count", pool->count < 0 ? NAN : (double)pool->count);
    add_real(text, "one_machine_saves", in_cost(a, l->saves));
    add_real(text, "worth", in_cost(a, l->worth));
    add_real(text, "bound_kept_from_cost", l->kept_from > 0 ? (double)l->kept_from : NAN);
    rms_text_add(text, " }");
  }
}

static void print_json(const struct account *a, struct rms_text *text)
{
  const struct rms_serve_explanation *e = a->e;
  rms_text_add(text, "{ \"format\": \"rms-explanation/1\", ");
  add_name(text, "instance", a->inst->base.name);
  rms_text_printf(text,
                  ",\n  \"cost\": %" PRId64 ", \"machines\": %" PRId64 ", \"bound\": %" PRId64
                  ", \"is_optimal\": %s, \"is_exact\": %s,\n  \"services\": [",
                  e->cost, e->machines, e->bound, e->is_optimal ? "true" : "false",
                  e->is_exact ? "true" : "false");
  add_services(a, text);
  rms_text_add(text, " ],\n  \"slices\": [");
  add_kinds(a, text);
  rms_text_add(text, " ],\n  \"pools\": [");
  add_pools(a, text);
  rms_text_add(text, " ] }\n");
}

/* ---- the verb -----------------------------------------------------------------------------------
 */

/* Before b in the list: dearer growth, then the order of the file. */
static bool stands_before(const void *ctx, size_t s, size_t t)
{
  const struct account *const a = ctx;
  const rms_wide left = a->e->growth[s].tenth_more, right = a->e->growth[t].tenth_more;
  return left != right ? left > right : s < t;
}

static void find_unit(struct account *a)
{
  a->unit = a->inst->pools[0].cost;
  for (size_t p = 1; p < a->inst->n_pools; p++)
    if (a->inst->pools[p].cost != a->unit) a->unit = 0;
}

static int read_plan(const struct rms_instance *inst, const char *path, struct rms_serve_plan *plan,
                     struct rms_error *err)
{
  struct rms_claim claim;
  void *bytes = NULL;
  size_t n = 0;
  int status = inst->family->plan_read(inst, path, &bytes, &n, &claim, err);
  if (status >= 0) status = rms_serve_plan_decode(plan, bytes, n, err);
  free(bytes);
  return status;
}

static int explain(struct rms_cli *cli, const struct rms_cli_plan_args *o, bool *is_no,
                   struct rms_error *err)
{
  struct rms_instance *inst = NULL;
  struct rms_serve_plan plan = {0};
  struct rms_serve_explanation e = {0};
  struct account a = {.e = &e};
  struct rms_text text = {0};
  int status = RMS_OK;
  RMS_TRY(rms_instance_open(&inst, o->instance, err));
  a.inst = rms_serve_of(inst);
  if (!a.inst)
    RMS_TRY(rms_error_set(err, RMS_E_UNSUPPORTED, "%s: only plans of family serve have prices",
                          o->instance));
  RMS_TRY(read_plan(inst, o->plan, &plan, err));
  status = rms_serve_explain(a.inst, &plan, &e, err);
  *is_no = status == RMS_E_INSTANCE;
  if (status < 0) goto out;
  RMS_TRY(rms_cli_pick(&a.order, &a.n_listed, a.inst->n_services, o->n_services, stands_before, &a,
                       err));
  find_unit(&a);
  if (o->as_json)
    print_json(&a, &text);
  else
    print_text(&a, &text);
  if (rms_text_status(&text) < 0) RMS_TRY(rms_error_set(err, RMS_E_NOMEM, "out of memory"));
  RMS_TRY(rms_cli_write(cli, NULL, text.data, text.length, err));
out:
  rms_text_fini(&text);
  free(a.order);
  rms_serve_explanation_fini(&e);
  rms_serve_plan_fini(&plan);
  rms_instance_free(inst);
  return status;
}

static int run(struct rms_cli *cli, int argc, char **argv)
{
  static const struct argp_option options[] = {
      {"json", RMS_CLI_JSON, NULL, 0, "Print one JSON object", 0},
      {"services", 'n', "N", 0, "Show the N services whose growth is dearest (default 20)", 0},
      {0}};
  static const struct argp argp = {
      .options = options,
      .parser = rms_cli_plan_option,
      .args_doc = "INSTANCE PLAN",
      .doc =
          "Say what the prices in a plan's certificate mean: what growth of each service would "
          "cost, which slices are scarce, what one more machine would save, how cheap an unused "
          "machine would have to be."
          "\vPrices are marginal: they hold for small changes of the relaxation that the proof is "
          "about. 'spare now' is a fact of the plan: so much more demand costs nothing.\n"
          "Exit code 0: told; 1: the plan is wrong or has no certificate (the solver prices writes "
          "one); 2: a file cannot be read.\n\n"
          "Examples:\n"
          "  rms solve services.json -s prices -o plan.json\n"
          "  rms explain services.json plan.json\n"
          "  rms explain services.json plan.json --json | jq '.pools[].one_machine_saves'\n"};
  struct rms_cli_plan_args o = {.n_services = 20};
  struct rms_error err = {0};
  bool is_no = false;
  int code = RMS_EXIT_GOOD;
  if (rms_cli_parse(cli, &argp, argc, argv, &o, &code) < 0) return code;
  if (explain(cli, &o, &is_no, &err) >= 0) return RMS_EXIT_GOOD;
  code = rms_cli_fail(cli, &err);
  return is_no ? RMS_EXIT_NO : code;
}

const struct rms_verb rms_verb_explain = {
    .name = "explain", .doc = "What growth, stock and cheaper machines would change", .run = run};
