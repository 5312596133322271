/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reader of "rms-plan/1", family serve: names become indices; whether the plan is legal and good is
 * the checker's question. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "instances/base/json.h"
#include "instances/machine_list.h"
#include "instances/serve/files.h"
#include "instances/serve/names.h"

#define PRICE_MAX     INT64_C(4000000000000000000)
#define OBJECTIVE_MAX 1e21
enum { GROUPS_MAX = 50000000, POINT_MAX = 1000000 };

struct reader {
  const struct rms_serve *inst;
  struct rms_serve_names names;
  struct rms_serve_plan plan;
  struct rms_claim claim;
  bool is_infeasible;
  struct rms_error *err;
};

/* ---- groups ------------------------------------------------------------------------------------
 */

static int find_service(struct reader *r, const struct rms_node *node, uint32_t *service)
{
  const char *name = NULL;
  const int status = rms_node_string(node, 1, RMS_NAME_MAX, &name, r->err);
  if (status < 0) return status;
  *service = rms_serve_names_find(&r->names, name);
  if (*service != UINT32_MAX) return RMS_OK;
  const char *const nearest = rms_serve_names_nearest(&r->names, name);
  if (!nearest)
    return rms_node_error(node, r->err, "instance \"%s\" has no service", r->inst->base.name);
  return rms_node_error(node, r->err,
                        "instance \"%s\" has no service \"%s\"; the nearest is \"%s\"",
                        r->inst->base.name, name, nearest);
}

static int find_profile(struct reader *r, const struct rms_node *node, uint16_t machine,
                        const char *name, uint16_t *profile)
{
  const struct rms_machine *const m = r->inst->machines[machine];
  const int p = rms_machine_profile(m, name);
  if (p < 0)
    return rms_node_error(node, r->err, "machine \"%s\" has no profile \"%s\"", m->name, name);
  *profile = (uint16_t)p;
  return RMS_OK;
}

static int find_machine(struct reader *r, const struct rms_node *node, const char *name,
                        uint16_t *machine)
{
  for (size_t m = 0; m < r->inst->n_machines; m++) {
    if (strcmp(r->inst->machines[m]->name, name) != 0) continue;
    *machine = (uint16_t)m;
    return RMS_OK;
  }
  return rms_node_error(node, r->err, "no pool of the instance has a machine \"%s\"", name);
}

static int find_optional_int(struct reader *r, const struct rms_node *node, const char *name,
                             int64_t lo, int64_t hi, int64_t *value)
{
  struct rms_node child;
  bool found = false;
  const int status = rms_node_find(node, name, &child, &found, r->err);
  return status < 0 || !found ? status : rms_node_int(&child, lo, hi, value, r->err);
}

static int read_slice(struct reader *r, const struct rms_node *node, uint16_t machine,
                      struct rms_serve_slice *slice)
{
  static const char *const fields[] = {"profile", "start", "service", "batch", "processes", NULL};
  const char *name = NULL;
  struct rms_node child;
  int64_t start = 0, unused = 0;
  bool found = false;
  int status = RMS_OK;

  RMS_TRY(rms_node_fields(node, fields, r->err));
  RMS_TRY(rms_node_get_string(node, "profile", 1, RMS_NAME_MAX, &name, r->err));
  RMS_TRY(find_profile(r, node, machine, name, &slice->profile));
  RMS_TRY(rms_node_get_int(node, "start", 0, RMS_UNITS_MAX - 1, &start, r->err));
  slice->start = (uint16_t)start;
  slice->service = RMS_SERVE_IDLE;
  RMS_TRY(rms_node_find(node, "service", &child, &found, r->err));
  if (found) RMS_TRY(find_service(r, &child, &slice->service));
  /* operating points are the instance's; here they are for the people who deploy the plan */
  RMS_TRY(find_optional_int(r, node, "batch", 1, POINT_MAX, &unused));
  RMS_TRY(find_optional_int(r, node, "processes", 1, POINT_MAX, &unused));
out:
  return status;
}

static int find_pool(struct reader *r, const struct rms_node *group, uint16_t machine,
                     uint32_t *pool)
{
  struct rms_node node;
  const char *name = NULL;
  bool found = false;
  size_t n = 0;
  int status = rms_node_find(group, "pool", &node, &found, r->err);
  if (status == RMS_OK && found) status = rms_node_string(&node, 1, RMS_NAME_MAX, &name, r->err);
  if (status < 0) return status;
  for (size_t p = r->inst->n_pools; p-- > 0;) {
    if (r->inst->pools[p].machine != machine) continue;
    if (name && strcmp(r->inst->pools[p].name, name) != 0) continue;
    *pool = (uint32_t)p;
    n++;
  }
  const char *const of = r->inst->machines[machine]->name;
  if (n == 0) return rms_node_error(&node, r->err, "machine \"%s\" has no pool \"%s\"", of, name);
  if (n > 1)
    return rms_node_error(group, r->err,
                          "machine \"%s\" is in %zu pools, so \"pool\" must name one", of, n);
  return RMS_OK;
}

static int read_group(struct reader *r, const struct rms_node *node)
{
  static const char *const fields[] = {"machine", "pool", "count", "slices", NULL};
  struct rms_serve_slice slices[RMS_UNITS_MAX];
  const char *name = NULL;
  struct rms_node list;
  uint16_t machine = 0;
  uint32_t pool = 0;
  int64_t count = 0;
  size_t n = 0;
  int status = RMS_OK;

  RMS_TRY(rms_node_fields(node, fields, r->err));
  RMS_TRY(rms_node_get_string(node, "machine", 1, RMS_NAME_MAX, &name, r->err));
  RMS_TRY(find_machine(r, node, name, &machine));
  RMS_TRY(find_pool(r, node, machine, &pool));
  RMS_TRY(rms_node_get_int(node, "count", 1, RMS_SERVE_MACHINES_TOTAL_MAX, &count, r->err));
  RMS_TRY(rms_node_get(node, "slices", &list, r->err));
  RMS_TRY(rms_node_array(&list, 0, RMS_UNITS_MAX, &n, r->err));
  for (size_t i = 0; i < n; i++) {
    const struct rms_node item = rms_node_item(&list, i);
    RMS_TRY(read_slice(r, &item, machine, &slices[i]));
  }
  RMS_TRY(rms_serve_plan_add(&r->plan, pool, count, slices, n));
out:
  return status;
}

static int read_groups(struct reader *r, const struct rms_node *root)
{
  struct rms_node list;
  size_t n = 0;
  int status = rms_node_get(root, "groups", &list, r->err);
  if (status == RMS_OK) status = rms_node_array(&list, 0, GROUPS_MAX, &n, r->err);
  if (status == RMS_OK && r->is_infeasible && n)
    return rms_node_error(&list, r->err, "must be empty: the plan's status is \"infeasible\"");
  for (size_t i = 0; status == RMS_OK && i < n; i++) {
    const struct rms_node item = rms_node_item(&list, i);
    status = read_group(r, &item);
  }
  return status;
}

/* ---- certificate -------------------------------------------------------------------------------
 */

static int read_machine_prices(struct reader *r, const struct rms_node *table, int64_t *prices)
{
  uint16_t machine = 0, profile = 0;
  size_t n = 0;
  int status = find_machine(r, table, table->key, &machine);
  if (status == RMS_OK) status = rms_node_members(table, 0, RMS_PROFILES_MAX, &n, r->err);
  if (status < 0) return status;
  for (void *i = rms_node_first(table); i; i = rms_node_next(table, i)) {
    const struct rms_node node = rms_node_member(table, i);
    int64_t price = 0;
    if ((status = find_profile(r, &node, machine, node.key, &profile)) < 0) return status;
    if ((status = rms_node_int(&node, 0, PRICE_MAX, &price, r->err)) < 0) return status;
    const int k = rms_serve_kind_of(r->inst, machine, profile);
    if (k < 0 && price)
      return rms_node_error(&node, r->err, "no service of the instance can use this profile");
    if (k >= 0) prices[k] = price;
  }
  return RMS_OK;
}

/* prices [out] [n_kinds], zeroed before */
static int read_price_list(struct reader *r, const struct rms_node *list, int64_t *prices)
{
  size_t n = 0;
  int status = rms_node_members(list, 0, RMS_SERVE_MACHINES_MAX, &n, r->err);
  if (status < 0) return status;
  for (void *i = rms_node_first(list); i && status == RMS_OK; i = rms_node_next(list, i)) {
    const struct rms_node table = rms_node_member(list, i);
    status = read_machine_prices(r, &table, prices);
  }
  return status;
}

static int read_prices(struct reader *r, const struct rms_node *certificate)
{
  struct rms_node list;
  const int status = rms_node_get(certificate, "prices", &list, r->err);
  return status < 0 ? status : read_price_list(r, &list, r->plan.certificate.prices);
}

static int read_vectors(struct reader *r, const struct rms_node *list, size_t from, size_t n)
{
  int status = RMS_OK;
  for (size_t j = 0; j < n && status == RMS_OK; j++) {
    const struct rms_node item = rms_node_item(list, j);
    status = read_price_list(r, &item,
                             r->plan.certificate.search.vectors + (from + j) * r->inst->n_kinds);
  }
  return status;
}

static int read_search(struct reader *r, const struct rms_node *certificate)
{
  static const char *const fields[] = {"target", "vectors", "joint", NULL};
  struct rms_serve_search *const search = &r->plan.certificate.search;
  struct rms_node node, list, joint;
  bool found = false;
  size_t n = 0;
  int status = rms_node_find(certificate, "search", &node, &found, r->err);
  if (status < 0 || !found) return status;
  RMS_TRY(rms_node_fields(&node, fields, r->err));
  RMS_TRY(rms_node_get_int(&node, "target", 1, PRICE_MAX, &search->target, r->err));
  RMS_TRY(rms_node_get(&node, "vectors", &list, r->err));
  RMS_TRY(rms_node_array(&list, 0, RMS_SERVE_VECTORS_MAX, &n, r->err));
  RMS_TRY(rms_node_find(&node, "joint", &joint, &found, r->err));
  if (found)
    RMS_TRY(rms_node_array(&joint, 0, RMS_SERVE_VECTORS_MAX - n, &search->n_joint, r->err));
  search->n_vectors = n + search->n_joint;
  search->vectors = calloc(search->n_vectors * r->inst->n_kinds + 1, sizeof *search->vectors);
  if (!search->vectors) RMS_TRY(RMS_E_NOMEM);
  RMS_TRY(read_vectors(r, &list, 0, n));
  if (found) RMS_TRY(read_vectors(r, &joint, n, search->n_joint));
out:
  return status;
}

static int read_stock_prices(struct reader *r, const struct rms_node *certificate)
{
  struct rms_node list;
  size_t n = 0;
  bool found = false;
  int status = rms_node_find(certificate, "stock_prices", &list, &found, r->err);
  if (status < 0 || !found) return status;
  if ((status = rms_node_members(&list, 0, RMS_SERVE_POOLS_MAX, &n, r->err)) < 0) return status;
  for (void *i = rms_node_first(&list); i; i = rms_node_next(&list, i)) {
    const struct rms_node node = rms_node_member(&list, i);
    size_t p = 0;
    while (p < r->inst->n_pools && strcmp(r->inst->pools[p].name, node.key) != 0) p++;
    if (p == r->inst->n_pools)
      return rms_node_error(&node, r->err, "the instance has no pool of this name");
    status = rms_node_int(&node, 0, PRICE_MAX, &r->plan.certificate.stock_prices[p], r->err);
    if (status < 0) return status;
  }
  return RMS_OK;
}

static int read_certificate(struct reader *r, const struct rms_node *root)
{
  static const char *const fields[] = {"kind",         "denominator", "prices",
                                       "stock_prices", "search",      NULL};
  struct rms_serve_certificate *const c = &r->plan.certificate;
  struct rms_node node;
  const char *kind = NULL;
  bool found = false;
  int status = rms_node_find(root, "certificate", &node, &found, r->err);
  if (status < 0 || !found) return status;

  RMS_TRY(rms_node_fields(&node, fields, r->err));
  RMS_TRY(rms_node_get_string(&node, "kind", 1, RMS_NAME_MAX, &kind, r->err));
  if (strcmp(kind, "prices") != 0)
    RMS_TRY(rms_node_error(&node, r->err, "kind is \"%s\", must be \"prices\"", kind));
  RMS_TRY(rms_node_get_int(&node, "denominator", 0, PRICE_MAX, &c->denominator, r->err));
  c->n_kinds = r->inst->n_kinds;
  c->n_pools = r->inst->n_pools;
  c->prices = calloc(c->n_kinds + 1, sizeof *c->prices);
  c->stock_prices = calloc(c->n_pools + 1, sizeof *c->stock_prices);
  if (!c->prices || !c->stock_prices) RMS_TRY(RMS_E_NOMEM);
  c->is_present = true;
  RMS_TRY(read_prices(r, &node));
  RMS_TRY(read_stock_prices(r, &node));
  RMS_TRY(read_search(r, &node));
out:
  return status;
}

/* ---- head --------------------------------------------------------------------------------------
 */

static int read_optional_number(struct reader *r, const struct rms_node *root, const char *field,
                                double *value)
{
  struct rms_node node;
  bool found = false;
  *value = NAN;
  const int status = rms_node_find(root, field, &node, &found, r->err);
  return status < 0 || !found ? status : rms_node_double(&node, 0, OBJECTIVE_MAX, value, r->err);
}

static int read_status(struct reader *r, const struct rms_node *root)
{
  const char *text = NULL;
  const int status = rms_node_get_string(root, "status", 1, RMS_NAME_MAX, &text, r->err);
  if (status < 0) return status;
  r->claim.is_optimal = strcmp(text, "optimal") == 0;
  r->is_infeasible = strcmp(text, "infeasible") == 0;
  if (r->claim.is_optimal || r->is_infeasible || strcmp(text, "feasible") == 0) return RMS_OK;
  return rms_node_error(root, r->err, "status is \"%s\", must be optimal, feasible or infeasible",
                        text);
}

static int read_claim(struct reader *r, const struct rms_node *root)
{
  const char *instance = NULL;
  int status = RMS_OK;
  RMS_TRY(rms_node_get_string(root, "instance", 1, RMS_NAME_MAX, &instance, r->err));
  RMS_TRY(read_status(r, root));
  RMS_TRY(read_optional_number(r, root, "objective", &r->claim.objective[0]));
  RMS_TRY(read_optional_number(r, root, "bound", &r->claim.bound));
  if (r->is_infeasible)
    r->claim.objective[0] = INFINITY;
  else if (isnan(r->claim.objective[0]))
    RMS_TRY(
        rms_node_error(root, r->err, "\"objective\" is missing; only an infeasible plan has none"));
out:
  return status;
}

static int read_document(struct reader *r, const struct rms_document *doc)
{
  static const char *const fields[] = {"format", "family",      "instance", "objective", "bound",
                                       "status", "certificate", "groups",   NULL};
  const struct rms_node root = rms_document_root(doc);
  int status = RMS_OK;
  RMS_TRY(rms_machine_list_constant(&root, "format", "rms-plan/1", r->err));
  RMS_TRY(rms_machine_list_constant(&root, "family", "serve", r->err));
  RMS_TRY(rms_node_fields(&root, fields, r->err));
  RMS_TRY(read_claim(r, &root));
  RMS_TRY(read_certificate(r, &root));
  RMS_TRY(read_groups(r, &root));
out:
  return status;
}

static int read_and_close(const struct rms_instance *base, struct rms_document *doc,
                          const char *origin, void **bytes, size_t *n, struct rms_claim *claim,
                          struct rms_error *err)
{
  struct reader r = {.inst = rms_serve_of(base), .err = err};
  struct rms_text text = {0};
  int status = RMS_OK;
  if (!r.inst)
    RMS_TRY(rms_error_set(err, RMS_E_PARAM, "%s: the instance is not of family serve", origin));
  RMS_TRY(rms_serve_names_init(&r.names, r.inst->services, r.inst->n_services, NULL, NULL));
  RMS_TRY(read_document(&r, doc));
  RMS_TRY(rms_serve_plan_encode(&r.plan, &text));
  *bytes = text.data;
  *n = text.length;
  *claim = r.claim;
  text = (struct rms_text){0};
out:
  if (status == RMS_E_NOMEM) rms_error_set(err, status, "%s: out of memory", origin);
  rms_text_fini(&text);
  rms_serve_plan_fini(&r.plan);
  rms_serve_names_fini(&r.names);
  rms_document_free(doc);
  return status;
}

int rms_serve_plan_file_parse(const struct rms_instance *base, const char *file, size_t n_file,
                              const char *origin, void **bytes, size_t *n, struct rms_claim *claim,
                              struct rms_error *err)
{
  struct rms_document *doc = NULL;
  const int status = rms_document_parse(&doc, file, n_file, origin, err);
  return status < 0 ? status : read_and_close(base, doc, origin, bytes, n, claim, err);
}

int rms_serve_plan_file_read(const struct rms_instance *base, const char *path, void **bytes,
                             size_t *n, struct rms_claim *claim, struct rms_error *err)
{
  struct rms_document *doc = NULL;
  const int status = rms_document_open(&doc, path, err);
  return status < 0 ? status : read_and_close(base, doc, path, bytes, n, claim, err);
}
