/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "instances/serve/check.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "instances/serve/wide.h"

struct judge {
  const struct rms_serve *inst;
  const struct rms_serve_plan *plan;
  struct rms_serve_audit *audit;
  rms_wide *supply;   /* [n_services] micros */
  int64_t n_machines; /* of all pools */
  int16_t kind[RMS_SERVE_MACHINES_MAX][RMS_PROFILES_MAX];
};

/* The first violation is kept; always false, for `return refuse(...)`. */
__attribute__((format(printf, 2, 3))) static bool refuse(struct rms_serve_audit *audit,
                                                         const char *fmt, ...)
{
  va_list args;
  va_start(args, fmt);
  vsnprintf(audit->why, sizeof audit->why, fmt, args);
  va_end(args);
  audit->is_feasible = false;
  return false;
}

/* ---- one group ---------------------------------------------------------------------------------
 */

static bool check_layout(struct judge *j, size_t g)
{
  const struct rms_serve_group *const group = &j->plan->groups[g];
  const struct rms_serve_pool *const pool = &j->inst->pools[group->pool];
  const struct rms_machine *const machine = j->inst->machines[pool->machine];
  struct rms_placed placed[RMS_UNITS_MAX];
  struct rms_error why = {0};
  if (group->n_slices > RMS_UNITS_MAX)
    return refuse(j->audit, "group %zu has %zu slices, a machine has at most %d", g,
                  group->n_slices, RMS_UNITS_MAX);
  for (size_t i = 0; i < group->n_slices; i++) {
    const struct rms_serve_slice slice = j->plan->slices[group->first + i];
    if (slice.profile >= machine->n_profiles)
      return refuse(j->audit, "group %zu, slice %zu: machine \"%s\" has no profile %u", g, i,
                    machine->name, slice.profile);
    placed[i] = (struct rms_placed){.profile = slice.profile, .start = slice.start};
  }
  if (rms_layout_is_legal(machine, pool->rules, placed, group->n_slices, &why)) return true;
  return refuse(j->audit, "group %zu (pool \"%s\", rules %s): %.120s", g, pool->name,
                pool->rules->name, why.text);
}

static bool check_slices(struct judge *j, size_t g)
{
  const struct rms_serve_group *const group = &j->plan->groups[g];
  const uint16_t m = j->inst->pools[group->pool].machine;
  const struct rms_machine *const machine = j->inst->machines[m];
  for (size_t i = 0; i < group->n_slices; i++) {
    const struct rms_serve_slice slice = j->plan->slices[group->first + i];
    if (slice.service == RMS_SERVE_IDLE) {
      j->audit->idle_slices += group->count;
      continue;
    }
    if (slice.service >= j->inst->n_services)
      return refuse(j->audit, "group %zu, slice %zu: service %" PRIu32 " does not exist", g, i,
                    slice.service);
    const int k = j->kind[m][slice.profile];
    const int64_t rate = k < 0 ? 0 : rms_serve_rate(j->inst, slice.service, (size_t)k);
    if (rate == 0)
      return refuse(j->audit, "group %zu, slice %zu: service \"%s\" cannot run on %s of %s", g, i,
                    j->inst->services[slice.service].name, machine->profiles[slice.profile].name,
                    machine->name);
    /* at most 1e12 machines x 64 slices x 1e18 micros: fits */
    j->supply[slice.service] += (rms_wide)rate * group->count;
    j->audit->used_slices += group->count;
  }
  return true;
}

static bool check_group(struct judge *j, size_t g)
{
  const struct rms_serve_group *const group = &j->plan->groups[g];
  if (group->pool >= j->inst->n_pools)
    return refuse(j->audit, "group %zu: pool %" PRIu32 " does not exist", g, group->pool);
  if (group->count < 1 || group->count > RMS_SERVE_MACHINES_TOTAL_MAX - j->n_machines)
    return refuse(j->audit,
                  "group %zu: %" PRId64 " machines, must be 1 or more and at most %" PRId64
                  " in all",
                  g, group->count, (int64_t)RMS_SERVE_MACHINES_TOTAL_MAX);
  if (group->n_slices > j->plan->n_slices || group->first > j->plan->n_slices - group->n_slices)
    return refuse(j->audit, "group %zu: its slices are out of range", g);
  j->n_machines += group->count;
  j->audit->machines[group->pool] += group->count;
  return check_layout(j, g) && check_slices(j, g);
}

/* ---- the whole plan ----------------------------------------------------------------------------
 */

static bool check_stock(struct judge *j)
{
  for (size_t p = 0; p < j->inst->n_pools; p++) {
    const struct rms_serve_pool *const pool = &j->inst->pools[p];
    if (pool->count >= 0 && j->audit->machines[p] > pool->count)
      return refuse(j->audit, "pool \"%s\": %" PRId64 " machines used, %" PRId64 " are there",
                    pool->name, j->audit->machines[p], pool->count);
  }
  return true;
}

static int64_t clamp(rms_wide x)
{
  return x > INT64_MAX ? INT64_MAX : (int64_t)x;
}

static bool check_demands(struct judge *j)
{
  for (size_t s = 0; s < j->inst->n_services; s++) {
    const struct rms_serve_service *const service = &j->inst->services[s];
    if (j->supply[s] < service->demand)
      return refuse(j->audit,
                    "service \"%s\" gets %.17g requests/s, it needs %.17g: %" PRId64
                    " millionths are missing",
                    service->name, rms_micro_to_double(clamp(j->supply[s])),
                    rms_micro_to_double(service->demand), service->demand - (int64_t)j->supply[s]);
  }
  return true;
}

static rms_wide cost_of(const struct judge *j)
{
  rms_wide cost = 0;
  for (size_t p = 0; p < j->inst->n_pools; p++)
    cost += (rms_wide)j->inst->pools[p].cost * j->audit->machines[p];
  return cost;
}

static void judge_plan(struct judge *j)
{
  j->audit->is_feasible = true;
  for (size_t g = 0; g < j->plan->n_groups; g++)
    if (!check_group(j, g)) return;
  if (check_stock(j)) check_demands(j);
}

int rms_serve_audit(const struct rms_serve *inst, const struct rms_serve_plan *plan,
                    struct rms_serve_audit *audit)
{
  struct judge j = {.inst = inst, .plan = plan, .audit = audit};
  *audit = (struct rms_serve_audit){.proof = {.bound = 0}};
  j.supply = calloc(inst->n_services + 1, sizeof *j.supply);
  audit->supply = calloc(inst->n_services + 1, sizeof *audit->supply);
  if (!j.supply || !audit->supply) {
    free(j.supply);
    rms_serve_audit_fini(audit);
    return RMS_E_NOMEM;
  }
  memset(j.kind, -1, sizeof j.kind);
  for (size_t k = 0; k < inst->n_kinds; k++)
    j.kind[inst->kinds[k].machine][inst->kinds[k].profile] = (int16_t)k;
  judge_plan(&j);
  const rms_wide cost = cost_of(&j);
  audit->objective = (double)cost;
  for (size_t s = 0; s < inst->n_services; s++)
    audit->supply[s] = rms_micro_to_double(clamp(j.supply[s]));
  free(j.supply);

  audit->has_certificate = plan->certificate.is_present;
  if (!audit->has_certificate) return RMS_OK;
  const int status = rms_serve_certificate_verify(inst, &plan->certificate, &audit->proof);
  if (status < 0)
    rms_serve_audit_fini(audit);
  else
    audit->is_optimal =
        audit->is_feasible && audit->proof.is_valid && audit->proof.bound_units >= cost;
  return status;
}

void rms_serve_audit_fini(struct rms_serve_audit *audit)
{
  free(audit->supply);
  audit->supply = NULL;
}

/* ---- verdicts ----------------------------------------------------------------------------------
 */

static void judge_infeasibility(const struct rms_serve *inst, const struct rms_serve_audit *audit,
                                struct rms_verdict *verdict)
{
  struct rms_error why = {0};
  if (audit && audit->is_feasible)
    rms_verdict_set(verdict, RMS_VERDICT_WRONG_INFEASIBILITY,
                    "no solution is claimed to exist, but this plan is one");
  else if (rms_serve_is_hopeless(&inst->base, &why))
    rms_verdict_set(verdict, RMS_VERDICT_VERIFIED_OPTIMAL, "infeasible, proved: %.200s", why.text);
  else if (audit && audit->has_certificate && audit->proof.proves_infeasibility)
    rms_verdict_set(verdict, RMS_VERDICT_VERIFIED_OPTIMAL,
                    "infeasible, proved by the certificate: %.200s", audit->proof.why);
  else
    rms_verdict_set(verdict, RMS_VERDICT_UNVERIFIABLE,
                    "no solution is claimed to exist; nothing proves it%s%s",
                    audit && audit->has_certificate ? ": " : "", audit ? audit->proof.why : "");
}

static void judge_claim(const struct rms_serve_audit *audit, const struct rms_claim *claim,
                        struct rms_verdict *verdict)
{
  if (!audit->is_feasible)
    rms_verdict_set(verdict, RMS_VERDICT_INFEASIBLE_SOLUTION, "%s", audit->why);
  else if (claim && !(claim->objective[0] == audit->objective))
    rms_verdict_set(verdict, RMS_VERDICT_WRONG_OBJECTIVE,
                    "objective %.17g is claimed, the plan costs %.17g", claim->objective[0],
                    audit->objective);
  else if (claim && claim->bound > audit->objective)
    rms_verdict_set(verdict, RMS_VERDICT_WRONG_BOUND,
                    "bound %.17g is claimed, but this plan costs %.17g", claim->bound,
                    audit->objective);
  else if (audit->is_optimal)
    rms_verdict_set(verdict, RMS_VERDICT_VERIFIED_OPTIMAL, "%s", "");
  else
    rms_verdict_set(verdict, RMS_VERDICT_VERIFIED_FEASIBLE, "%s",
                    audit->has_certificate ? audit->proof.why : "");
}

int rms_serve_check(const struct rms_instance *base, const void *bytes, size_t n,
                    const struct rms_claim *claim, struct rms_verdict *verdict)
{
  const struct rms_serve *const inst = rms_serve_of(base);
  struct rms_serve_plan plan = {0};
  struct rms_serve_audit audit = {.supply = NULL};
  struct rms_error err = {0};

  *verdict = (struct rms_verdict){.kind = RMS_VERDICT_NONE, .bound = NAN};
  if (!inst) return RMS_E_PARAM;
  if (n == 0) {
    rms_verdict_set(verdict, RMS_VERDICT_NONE, "there is no plan");
    if (rms_claim_is_infeasible(claim)) judge_infeasibility(inst, NULL, verdict);
    return RMS_OK;
  }
  int status = rms_serve_plan_decode(&plan, bytes, n, &err);
  if (status == RMS_E_NOMEM) return status;
  if (status < 0) {
    rms_verdict_set(verdict, RMS_VERDICT_INFEASIBLE_SOLUTION, "%.250s", err.text);
    return RMS_OK;
  }
  status = rms_serve_audit(inst, &plan, &audit);
  if (status == RMS_OK) {
    verdict->objective[0] = audit.objective;
    if (audit.has_certificate && audit.proof.is_valid) verdict->bound = audit.proof.bound;
    if (rms_claim_is_infeasible(claim))
      judge_infeasibility(inst, &audit, verdict);
    else
      judge_claim(&audit, claim, verdict);
  }
  rms_serve_audit_fini(&audit);
  rms_serve_plan_fini(&plan);
  return status;
}

/* ---- hopeless instances ------------------------------------------------------------------------
 */

static bool is_available(const struct rms_serve *inst, size_t k)
{
  for (size_t p = 0; p < inst->n_pools; p++) {
    const struct rms_serve_pool *const pool = &inst->pools[p];
    if (pool->machine == inst->kinds[k].machine && pool->count != 0 &&
        !(pool->rules->absent >> inst->kinds[k].profile & 1))
      return true;
  }
  return false;
}

bool rms_serve_is_hopeless(const struct rms_instance *base, struct rms_error *why)
{
  const struct rms_serve *const inst = rms_serve_of(base);
  bool available[RMS_SERVE_KINDS_MAX];
  if (!inst) return false;
  for (size_t k = 0; k < inst->n_kinds; k++) available[k] = is_available(inst, k);
  for (size_t s = 0; s < inst->n_services; s++) {
    size_t k = 0;
    while (k < inst->n_kinds && !(available[k] && rms_serve_rate(inst, s, k) > 0)) k++;
    if (k < inst->n_kinds) continue;
    rms_error_set(why, RMS_E_INSTANCE, "service \"%s\" runs on no slice of any pool",
                  inst->services[s].name);
    return true;
  }
  return false;
}
