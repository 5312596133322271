/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Prices of an earlier plan as the first point of the climb. Names decide what belongs together, so
 * that services may have come, gone or grown since, and pools too: what has no price gets its share
 * of the cheapest machine. Whatever the file says, the climb makes the prices legal. */
#include <math.h>
#include <string.h>

#include "instances/base/json.h"
#include "solvers/serve/prices.h"

#define PRICE_MAX INT64_C(4000000000000000000)

struct reader {
  struct rms_prices *p;
  int64_t denominator; /* of the file */
  bool is_priced[RMS_SERVE_KINDS_MAX];
  struct rms_error err;
};

static int64_t rescale(const struct reader *r, int64_t price)
{
  const rms_wide scaled = (rms_wide)price * r->p->options.denominator / r->denominator;
  return scaled < PRICE_MAX ? (int64_t)scaled : PRICE_MAX;
}

/* Kind of that name, -1: the instance has none. */
static int find_kind(const struct rms_serve *inst, const char *machine, const char *profile)
{
  for (size_t m = 0; m < inst->n_machines; m++) {
    if (strcmp(inst->machines[m]->name, machine) != 0) continue;
    const int index = rms_machine_profile(inst->machines[m], profile);
    return index < 0 ? -1 : rms_serve_kind_of(inst, m, (size_t)index);
  }
  return -1;
}

static int read_machine(struct reader *r, const struct rms_node *table)
{
  size_t n = 0;
  int status = rms_node_members(table, 0, RMS_PROFILES_MAX, &n, &r->err);
  if (status < 0) return status;
  for (void *i = rms_node_first(table); i; i = rms_node_next(table, i)) {
    const struct rms_node node = rms_node_member(table, i);
    const int k = find_kind(r->p->inst, table->key, node.key);
    int64_t price = 0;
    if ((status = rms_node_int(&node, 0, PRICE_MAX, &price, &r->err)) < 0) return status;
    if (k < 0) continue;
    r->p->warm.w[k] = rescale(r, price);
    r->is_priced[k] = true;
  }
  return RMS_OK;
}

static int read_prices(struct reader *r, const struct rms_node *certificate)
{
  struct rms_node list;
  size_t n = 0;
  int status = rms_node_get(certificate, "prices", &list, &r->err);
  if (status >= 0) status = rms_node_members(&list, 0, RMS_SERVE_MACHINES_MAX, &n, &r->err);
  if (status < 0) return status;
  for (void *i = rms_node_first(&list); i && status >= 0; i = rms_node_next(&list, i)) {
    const struct rms_node table = rms_node_member(&list, i);
    status = read_machine(r, &table);
  }
  return status;
}

static int read_stock_prices(struct reader *r, const struct rms_node *certificate)
{
  const struct rms_serve *inst = r->p->inst;
  struct rms_node list;
  size_t n = 0;
  bool is_there = false;
  int status = rms_node_find(certificate, "stock_prices", &list, &is_there, &r->err);
  if (status < 0 || !is_there) return status;
  if ((status = rms_node_members(&list, 0, RMS_SERVE_POOLS_MAX, &n, &r->err)) < 0) return status;
  for (void *i = rms_node_first(&list); i; i = rms_node_next(&list, i)) {
    const struct rms_node node = rms_node_member(&list, i);
    int64_t price = 0;
    if ((status = rms_node_int(&node, 0, PRICE_MAX, &price, &r->err)) < 0) return status;
    for (size_t q = 0; q < inst->n_pools; q++)
      if (!strcmp(inst->pools[q].name, node.key)) r->p->warm.u[q] = rescale(r, price);
  }
  return RMS_OK;
}

/* Kinds that the file does not know: their share of the cheapest machine. */
static void price_the_rest(struct reader *r)
{
  const struct rms_serve *inst = r->p->inst;
  for (size_t k = 0; k < inst->n_kinds; k++) {
    const struct rms_machine *machine = inst->machines[inst->kinds[k].machine];
    const struct rms_profile *profile = &machine->profiles[inst->kinds[k].profile];
    int64_t least = 0;
    if (r->is_priced[k]) continue;
    for (size_t q = 0; q < inst->n_pools; q++)
      if (inst->pools[q].machine == inst->kinds[k].machine && inst->pools[q].count != 0 &&
          (least == 0 || inst->pools[q].cost < least))
        least = inst->pools[q].cost;
    r->p->warm.w[k] = (int64_t)((rms_wide)r->p->options.denominator * least * profile->memory /
                                machine->memory_units);
  }
}

static int read_document(struct reader *r, const struct rms_document *doc)
{
  const struct rms_node root = rms_document_root(doc);
  struct rms_node certificate;
  const char *text = NULL;
  int status = RMS_OK;
  RMS_TRY(rms_node_get_string(&root, "format", 1, RMS_NAME_MAX, &text, &r->err));
  if (strcmp(text, "rms-plan/1") != 0)
    RMS_TRY(rms_node_error(&root, &r->err, "format is \"%s\", must be \"rms-plan/1\"", text));
  RMS_TRY(rms_node_get(&root, "certificate", &certificate, &r->err));
  RMS_TRY(rms_node_get_string(&certificate, "kind", 1, RMS_NAME_MAX, &text, &r->err));
  if (strcmp(text, "prices") != 0)
    RMS_TRY(rms_node_error(&certificate, &r->err, "kind is \"%s\", must be \"prices\"", text));
  /* 0: a proof of infeasibility, whose prices have no unit of cost */
  RMS_TRY(rms_node_get_int(&certificate, "denominator", 1, PRICE_MAX, &r->denominator, &r->err));
  RMS_TRY(read_prices(r, &certificate));
  RMS_TRY(read_stock_prices(r, &certificate));
out:
  return status;
}

int rms_prices_warm_read(struct rms_prices *p)
{
  struct reader r = {.p = p};
  /* The machines of a large plan take longer to read than the instance to solve. */
  static const char *const keep[] = {"format", "certificate", NULL};
  struct rms_document *doc = NULL;
  if (!p->options.warm[0]) return RMS_OK;
  int status = rms_document_open_head(&doc, p->options.warm, keep, &r.err);
  if (status >= 0) status = read_document(&r, doc);
  if (status >= 0) price_the_rest(&r);
  if (status < 0) p->host->log(p->host->ctx, 2, "warm start: %s", r.err.text);
  p->is_warm = status >= 0;
  rms_document_free(doc);
  return status;
}

bool rms_prices_warm_point(const struct rms_prices *p, struct rms_price_point *point)
{
  if (p->is_warm) *point = p->warm;
  return p->is_warm;
}
