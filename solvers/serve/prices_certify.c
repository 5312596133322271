/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From prices to a certificate that the checker takes. The checker knows nothing of kinds that no
 * machine in stock can hold: they get a price that no service would pay, and empty pools, whose
 * stock price costs nothing, pay for it. */
#include <stdlib.h>
#include <string.h>

#include "solvers/serve/prices.h"

rms_wide rms_prices_dearest(const struct rms_prices *p, size_t pool, const int64_t *w)
{
  const struct rms_serve_pool *q = &p->inst->pools[pool];
  rms_wide most = 0;
  for (size_t c = 0; c < q->n_cuts; c++) {
    rms_wide worth = 0;
    for (size_t k = 0; k < p->inst->n_kinds; k++) worth += (rms_wide)q->cuts[c].count[k] * w[k];
    if (worth > most) most = worth;
  }
  return most;
}

static int copy_search(const struct rms_prices *p, struct rms_serve_search *to)
{
  const size_t n = p->search.n_vectors * p->inst->n_kinds;
  int64_t *vectors = malloc((n + 1) * sizeof *vectors);
  if (!vectors) return RMS_E_NOMEM;
  if (n) memcpy(vectors, p->search.vectors, n * sizeof *vectors);
  free(to->vectors);
  *to = p->search;
  to->vectors = vectors;
  return RMS_OK;
}

int rms_prices_certify(const struct rms_prices *p, const struct rms_price_point *point,
                       int64_t denominator, struct rms_serve_certificate *c)
{
  const struct rms_serve *inst = p->inst;
  if (!c->prices) c->prices = calloc(inst->n_kinds + 1, sizeof *c->prices);
  if (!c->stock_prices) c->stock_prices = calloc(inst->n_pools + 1, sizeof *c->stock_prices);
  if (!c->prices || !c->stock_prices) return RMS_E_NOMEM;
  for (size_t k = 0; k < inst->n_kinds; k++)
    c->prices[k] = p->is_open[k] ? point->w[k] : RMS_PRICES_CLOSED;
  memcpy(c->stock_prices, point->u, inst->n_pools * sizeof *c->stock_prices);
  for (size_t q = 0; q < inst->n_pools; q++) {
    const rms_wide allowed = (rms_wide)denominator * inst->pools[q].cost;
    if (inst->pools[q].count != 0) continue;
    const rms_wide over = rms_prices_dearest(p, q, c->prices) - allowed;
    if (over > c->stock_prices[q])
      c->stock_prices[q] = over < INT64_MAX ? (int64_t)over : INT64_MAX;
  }
  c->is_present = true;
  c->denominator = denominator;
  c->n_kinds = inst->n_kinds;
  c->n_pools = inst->n_pools;
  return denominator > 0 && p->search.target > 0 ? copy_search(p, &c->search) : RMS_OK;
}
