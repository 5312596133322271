/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rms check INSTANCE PLAN - recompute everything, verify the certificate, say yes or no and why. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/cli/plan_args.h"
#include "instances/base/json.h"
#include "instances/serve/check.h"

struct answer { /* everything that the check found */
  const struct rms_instance *inst;
  const struct rms_serve *serve; /* NULL: of another family, then there are no details */
  struct rms_claim claim;
  struct rms_verdict verdict;
  struct rms_serve_audit audit;
  struct rms_text metrics;      /* the family's, a JSON object; empty: none */
  size_t n_tightest, *tightest; /* services by supply / demand */
  bool is_yes;
};

/* ---- finding out --------------------------------------------------------------------------------
 */

static double coverage(const struct answer *a, size_t s)
{
  return a->audit.supply[s] / rms_micro_to_double(a->serve->services[s].demand);
}

static bool is_tighter(const void *ctx, size_t s, size_t t)
{
  return coverage(ctx, s) < coverage(ctx, t);
}

static int audit_serve(struct answer *a, const void *bytes, size_t n, int64_t n_tightest,
                       struct rms_error *err)
{
  struct rms_serve_plan plan = {0};
  int status = rms_serve_plan_decode(&plan, bytes, n, err);
  if (status < 0) return status;
  status = rms_serve_audit(a->serve, &plan, &a->audit);
  rms_serve_plan_fini(&plan);
  if (status < 0) return rms_error_set(err, status, "out of memory");
  if (isinf(a->claim.objective[0])) return RMS_OK;
  return rms_cli_pick(&a->tightest, &a->n_tightest, a->serve->n_services, n_tightest, is_tighter, a,
                      err);
}

static bool is_refused(const struct answer *a)
{
  return a->audit.has_certificate && !a->audit.proof.is_valid &&
         !a->audit.proof.proves_infeasibility;
}

static int find_answer(struct answer *a, const struct rms_cli_plan_args *o, struct rms_error *err)
{
  void *bytes = NULL;
  size_t n = 0;
  int status = RMS_OK;
  RMS_TRY(a->inst->family->plan_read(a->inst, o->plan, &bytes, &n, &a->claim, err));
  status = a->inst->family->check(a->inst, bytes, n, &a->claim, &a->verdict);
  if (status < 0) RMS_TRY(rms_error_set(err, status, "%s: out of memory", o->plan));
  a->serve = rms_serve_of(a->inst);
  if (a->serve) RMS_TRY(audit_serve(a, bytes, n, o->n_services, err));
  if (a->inst->family->metrics && a->inst->family->metrics(a->inst, bytes, n, &a->metrics) < 0)
    RMS_TRY(rms_error_set(err, RMS_E_NOMEM, "%s: out of memory", o->plan));
  a->is_yes = (a->verdict.kind == RMS_VERDICT_VERIFIED_FEASIBLE ||
               a->verdict.kind == RMS_VERDICT_VERIFIED_OPTIMAL) &&
              !is_refused(a);
out:
  free(bytes);
  return status;
}

/* ---- as text ------------------------------------------------------------------------------------
 */

static const char *reason(const struct answer *a)
{
  if (is_refused(a)) return a->audit.proof.why;
  if (!a->is_yes || isinf(a->claim.objective[0])) return a->verdict.why;
  if (a->verdict.kind == RMS_VERDICT_VERIFIED_OPTIMAL)
    return "the plan is legal, every demand is met, and its certificate proves that nothing is "
           "cheaper";
  if (a->claim.is_optimal && a->serve)
    return "the plan is legal and every demand is met; that nothing is cheaper is claimed, not "
           "proved";
  return a->inst->family->right;
}

static void print_bound(const struct answer *a, struct rms_text *text)
{
  if (!isnan(a->verdict.bound))
    rms_text_printf(text, "bound      %.17g, verified\n", a->verdict.bound);
  if (!isnan(a->claim.bound) && !(a->claim.bound <= a->verdict.bound))
    rms_text_printf(text, "bound      %.17g, claimed, not verified\n", a->claim.bound);
}

static void print_pools(const struct answer *a, struct rms_text *text)
{
  for (size_t p = 0; p < a->serve->n_pools; p++) {
    const struct rms_serve_pool *const pool = &a->serve->pools[p];
    const int64_t used = a->audit.machines[p];
    rms_text_printf(text, "pool       %s: %" PRId64, pool->name, used);
    if (pool->count >= 0) rms_text_printf(text, " of %" PRId64, pool->count);
    rms_text_printf(text, " machine%s at cost %" PRId64 "\n",
                    (pool->count >= 0 ? pool->count : used) == 1 ? "" : "s", pool->cost);
  }
}

static void print_tightest(const struct answer *a, struct rms_text *text)
{
  for (size_t i = 0; i < a->n_tightest; i++) {
    const size_t s = a->tightest[i];
    rms_text_printf(text, "%s  %s: ", i ? "         " : "tightest ", a->serve->services[s].name);
    rms_text_double(text, a->audit.supply[s]);
    rms_text_add(text, " of ");
    rms_text_micro(text, a->serve->services[s].demand);
    rms_text_printf(text, " requests/s (%.2f %%)\n", 100 * coverage(a, s));
  }
}

/* The members of the family's flat object, one a line. */
static void print_metrics(const struct answer *a, struct rms_text *text)
{
  struct rms_document *doc = NULL;
  if (rms_document_parse(&doc, a->metrics.data, a->metrics.length, "metrics", NULL) < 0) {
    text->failed = true; /* our own text: only memory can be short */
    return;
  }
  const struct rms_node root = rms_document_root(doc);
  const char *head = "metrics   ";
  for (void *i = rms_node_first(&root); i; i = rms_node_next(&root, i), head = "          ") {
    const struct rms_node member = rms_node_member(&root, i);
    double value = NAN;
    if (!rms_node_is_null(&member)) rms_node_double(&member, -HUGE_VAL, HUGE_VAL, &value, NULL);
    if (isnan(value))
      rms_text_printf(text, "%s %-16s -\n", head, member.key);
    else
      rms_text_printf(text, "%s %-16s %.6g\n", head, member.key, value);
  }
  rms_document_free(doc);
}

static void print_text(const struct answer *a, struct rms_text *text)
{
  rms_text_printf(text, "%s: %s\n", a->is_yes ? "yes" : "no", reason(a));
  rms_text_printf(text, "verdict    %s\n", rms_verdict_text(a->verdict.kind));
  if (isinf(a->claim.objective[0])) return;
  if (a->serve && !a->audit.is_feasible)
    rms_text_printf(text, "objective  %.17g, claimed\n", a->claim.objective[0]);
  else
    rms_text_printf(text, "objective  %.17g, recomputed (claimed: %.17g)\n",
                    a->verdict.objective[0], a->claim.objective[0]);
  print_bound(a, text);
  if (a->metrics.length) print_metrics(a, text);
  if (!a->serve) return;
  print_pools(a, text);
  rms_text_printf(text, "slices     %" PRId64 " used, %" PRId64 " idle\n", a->audit.used_slices,
                  a->audit.idle_slices);
  print_tightest(a, text);
}

/* ---- as JSON ------------------------------------------------------------------------------------
 */

static void add_number(struct rms_text *text, const char *name, double value)
{
  rms_text_printf(text, ",\n  \"%s\": ", name);
  rms_text_double(text, value); /* null for what is not there */
}

static void add_certificate(const struct answer *a, struct rms_text *text)
{
  if (!a->audit.has_certificate) {
    rms_text_add(text, ",\n  \"certificate\": null");
    return;
  }
  rms_text_printf(text,
                  ",\n  \"certificate\": { \"is_valid\": %s, \"proves_optimality\": %s, "
                  "\"proves_infeasibility\": %s, \"why\": ",
                  is_refused(a) ? "false" : "true", a->audit.is_optimal ? "true" : "false",
                  a->audit.proof.proves_infeasibility ? "true" : "false");
  rms_text_json(text, a->audit.proof.why);
  rms_text_add(text, " }");
}

static void add_details(const struct answer *a, struct rms_text *text)
{
  rms_text_add(text, ",\n  \"pools\": [");
  for (size_t p = 0; p < a->serve->n_pools; p++) {
    const struct rms_serve_pool *const pool = &a->serve->pools[p];
    rms_text_add(text, p ? ", { \"name\": " : " { \"name\": ");
    rms_text_json(text, pool->name);
    rms_text_printf(text, ", \"machines\": %" PRId64 ", \"cost\": %" PRId64 " }",
                    a->audit.machines[p], pool->cost);
  }
  rms_text_printf(text,
                  " ],\n  \"used_slices\": %" PRId64 ",\n  \"idle_slices\": %" PRId64
                  ",\n  \"tightest\": [",
                  a->audit.used_slices, a->audit.idle_slices);
  for (size_t i = 0; i < a->n_tightest; i++) {
    const size_t s = a->tightest[i];
    rms_text_add(text, i ? ",\n    { \"service\": " : "\n    { \"service\": ");
    rms_text_json(text, a->serve->services[s].name);
    rms_text_add(text, ", \"demand\": ");
    rms_text_micro(text, a->serve->services[s].demand);
    rms_text_add(text, ", \"supply\": ");
    rms_text_double(text, a->audit.supply[s]);
    rms_text_add(text, " }");
  }
  rms_text_add(text, " ]");
  add_certificate(a, text);
}

static void print_json(const struct answer *a, struct rms_text *text)
{
  const bool has_objective = !isinf(a->claim.objective[0]) && (!a->serve || a->audit.is_feasible);
  rms_text_printf(text, "{ \"is_right\": %s,\n  \"verdict\": \"%s\",\n  \"why\": ",
                  a->is_yes ? "true" : "false", rms_verdict_text(a->verdict.kind));
  rms_text_json(text, reason(a));
  rms_text_add(text, ",\n  \"instance\": ");
  rms_text_json(text, a->inst->name);
  add_number(text, "objective", has_objective ? a->verdict.objective[0] : NAN);
  add_number(text, "bound", a->verdict.bound);
  add_number(text, "claimed_objective", a->claim.objective[0]);
  add_number(text, "claimed_bound", a->claim.bound);
  rms_text_printf(text, ",\n  \"claims_optimality\": %s", a->claim.is_optimal ? "true" : "false");
  if (a->metrics.length) rms_text_printf(text, ",\n  \"metrics\": %s", a->metrics.data);
  if (a->serve) add_details(a, text);
  rms_text_add(text, "\n}\n");
}

/* ---- the verb -----------------------------------------------------------------------------------
 */

static int check(struct rms_cli *cli, const struct rms_cli_plan_args *o, bool *is_yes,
                 struct rms_error *err)
{
  struct rms_instance *inst = NULL;
  struct answer a = {.tightest = NULL};
  struct rms_text text = {0};
  int status = RMS_OK;
  RMS_TRY(rms_instance_open(&inst, o->instance, err));
  a.inst = inst;
  RMS_TRY(find_answer(&a, o, err));
  if (o->as_json)
    print_json(&a, &text);
  else
    print_text(&a, &text);
  if (rms_text_status(&text) < 0) RMS_TRY(rms_error_set(err, RMS_E_NOMEM, "out of memory"));
  RMS_TRY(rms_cli_write(cli, NULL, text.data, text.length, err));
  *is_yes = a.is_yes;
out:
  rms_text_fini(&text);
  free(a.tightest);
  rms_serve_audit_fini(&a.audit);
  rms_text_fini(&a.metrics);
  rms_instance_free(inst);
  return status;
}

static int run(struct rms_cli *cli, int argc, char **argv)
{
  static const struct argp_option options[] = {
      {"json", RMS_CLI_JSON, NULL, 0, "Print one JSON object", 0},
      {"tightest", 'n', "N", 0, "Show the N services with the least spare (default 5)", 0},
      {0}};
  static const struct argp argp = {
      .options = options,
      .parser = rms_cli_plan_option,
      .args_doc = "INSTANCE PLAN",
      .doc =
          "Recompute everything in a plan from the instance alone, verify its certificate in exact "
          "integers, and say yes or no and why."
          "\vINSTANCE is a file or FAMILY:SPEC (generated).\n"
          "Exit code 0: the plan is right; 1: it is not; 2: a file cannot be read.\n\n"
          "Examples:\n"
          "  rms check services.json plan.json\n"
          "  rms check services.json plan.json --json | jq .bound\n"};
  struct rms_cli_plan_args o = {.n_services = 5};
  struct rms_error err = {0};
  bool is_yes = false;
  int code = RMS_EXIT_GOOD;
  if (rms_cli_parse(cli, &argp, argc, argv, &o, &code) < 0) return code;
  if (check(cli, &o, &is_yes, &err) < 0) return rms_cli_fail(cli, &err);
  return is_yes ? RMS_EXIT_GOOD : RMS_EXIT_NO;
}

const struct rms_verb rms_verb_check = {
    .name = "check", .doc = "Is a plan right? Recompute it, verify its proof", .run = run};
