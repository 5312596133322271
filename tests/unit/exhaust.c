/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "exhaust.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "brute_parts.h"
#include "instances/serve/wide.h"

enum { KINDS = 32, SERVICES = 64, VECTORS = 6, STEPS = 60 };
#define UNIT INT64_C(1000000000) /* of prices: what one unit of cost is worth */

struct vector { /* legal prices, and what the services are worth under them */
  int64_t w[KINDS], least[SERVICES], sum;
};

struct rms_exhaust {
  const struct rms_serve *inst;
  struct rms_brute_part *parts;
  size_t n_kinds, n_services, n_vectors;
  struct vector vectors[VECTORS]; /* the best first */
  bool replaces[KINDS][KINDS];    /* [j][k]: a slice j may stand wherever a slice k does */
  bool is_used[SERVICES][KINDS];  /* no other kind does as well for the service */
};

/* ---- the least value of slices that meet a demand ----------------------------------------------
 */

struct knapsack {
  size_t n; /* usable kinds, cheapest per throughput first */
  size_t kind[KINDS];
  rms_wide w[KINDS];
  int64_t rate[KINDS];
  rms_wide best; /* -1: none yet */
  int best_count[KINDS], count[KINDS];
};

/* Depth: one level a kind. What is still missing costs at least its share of the next kind's. */
static void knapsack(struct knapsack *k, size_t at, int64_t left, rms_wide value)
{
  if (left <= 0) {
    if (k->best >= 0 && value >= k->best) return;
    k->best = value;
    memcpy(k->best_count, k->count, sizeof k->count);
    return;
  }
  if (at == k->n) return;
  if (k->best >= 0 && value * k->rate[at] + k->w[at] * left >= k->best * k->rate[at]) return;
  const int64_t most = (left + k->rate[at] - 1) / k->rate[at];
  for (int64_t c = most; c >= 0; c--) {
    k->count[at] = (int)c;
    knapsack(k, at + 1, left - c * k->rate[at], value + c * k->w[at]);
  }
  k->count[at] = 0;
}

static void open_knapsack(struct knapsack *k, const struct rms_serve *inst, size_t s,
                          const int64_t *w)
{
  *k = (struct knapsack){.best = -1};
  for (size_t j = 0; j < inst->n_kinds; j++) {
    const int64_t rate = rms_serve_rate(inst, s, j);
    if (rate <= 0) continue;
    size_t at = k->n++;
    for (; at > 0 && (rms_wide)w[j] * k->rate[at - 1] < k->w[at - 1] * rate; at--) {
      k->kind[at] = k->kind[at - 1];
      k->w[at] = k->w[at - 1];
      k->rate[at] = k->rate[at - 1];
    }
    k->kind[at] = j;
    k->w[at] = w[j];
    k->rate[at] = rate;
  }
}

/* -1: the service runs nowhere. Adds the slices to `total` (may be NULL). */
static rms_wide least_value(const struct rms_serve *inst, size_t s, const int64_t *w, double *total)
{
  struct knapsack k;
  open_knapsack(&k, inst, s, w);
  knapsack(&k, 0, inst->services[s].demand, 0);
  for (size_t i = 0; total && k.best >= 0 && i < k.n; i++) total[k.kind[i]] += k.best_count[i];
  return k.best;
}

/* ---- legal prices ------------------------------------------------------------------------------
 */

/* The dearest set over the cost of its pool, for one machine type; `tight` [n_kinds] gets it. */
static double dearest(const struct rms_exhaust *x, size_t m, const double *w, double *tight)
{
  const struct rms_brute_part *const part = &x->parts[m];
  double most = 0;
  for (size_t p = 0; p < part->n_pools; p++)
    for (size_t i = 0; i < part->pools[p].n; i++) {
      double sum = 0;
      for (size_t k = 0; k < part->n_kinds; k++)
        sum += w[part->first_kind + k] * rms_brute_count(part->pools[p].sets[i], k);
      if (sum <= most * (double)part->pools[p].cost) continue;
      most = sum / (double)part->pools[p].cost;
      for (size_t k = 0; tight && k < part->n_kinds; k++)
        tight[part->first_kind + k] =
            rms_brute_count(part->pools[p].sets[i], k) / (double)part->pools[p].cost;
    }
  return most;
}

/* Is every set worth at most cost * unit + extra[pool] (NULL: 0)? In integers. */
static bool is_legal(const struct rms_exhaust *x, const int64_t *w, int64_t unit,
                     const int64_t *extra)
{
  for (size_t m = 0; m < x->inst->n_machines; m++)
    for (size_t p = 0; p < x->parts[m].n_pools; p++) {
      const rms_wide limit = (rms_wide)unit * x->parts[m].pools[p].cost +
                             (extra ? extra[x->parts[m].pools[p].pool] : 0);
      for (size_t i = 0; i < x->parts[m].pools[p].n; i++) {
        rms_wide sum = 0;
        for (size_t k = 0; k < x->parts[m].n_kinds; k++)
          sum += (rms_wide)w[x->parts[m].first_kind + k] *
                 rms_brute_count(x->parts[m].pools[p].sets[i], k);
        if (sum > limit) return false;
      }
    }
  return true;
}

/* Scale the prices of each machine type until its dearest set costs what its pool does, and round
 * down. */
static void make_legal(const struct rms_exhaust *x, const double *w, struct vector *v)
{
  for (size_t m = 0; m < x->inst->n_machines; m++) {
    const struct rms_brute_part *const part = &x->parts[m];
    const double most = dearest(x, m, w, NULL);
    for (size_t k = part->first_kind; k < part->first_kind + part->n_kinds; k++)
      v->w[k] = most > 0 ? (int64_t)(w[k] / most * (double)UNIT * (1 - 1e-9)) : 0;
  }
  assert(is_legal(x, v->w, UNIT, NULL));
}

static void value(const struct rms_exhaust *x, struct vector *v, double *total)
{
  v->sum = 0;
  for (size_t s = 0; s < x->n_services; s++) {
    v->least[s] = (int64_t)least_value(x->inst, s, v->w, total);
    v->sum += v->least[s];
  }
}

/* Keep the best ones, the best first. */
static void keep(struct rms_exhaust *x, const struct vector *v)
{
  size_t at = x->n_vectors < VECTORS ? x->n_vectors++ : VECTORS;
  if (at == VECTORS && v->sum <= x->vectors[VECTORS - 1].sum) return;
  if (at == VECTORS) at--;
  for (; at > 0 && x->vectors[at - 1].sum < v->sum; at--) x->vectors[at] = x->vectors[at - 1];
  x->vectors[at] = *v;
}

/* Climb the sum of least values: up where slices are taken, down along the dearest sets. */
static void climb(struct rms_exhaust *x)
{
  double w[KINDS];
  for (size_t k = 0; k < x->n_kinds; k++)
    w[k] = x->inst->machines[x->inst->kinds[k].machine]->profiles[x->inst->kinds[k].profile].memory;
  for (int step = 0; step < STEPS; step++) {
    double total[KINDS] = {0}, tight[KINDS] = {0}, used = 0, size = 0;
    struct vector v = {.sum = 0};
    make_legal(x, w, &v);
    value(x, &v, total);
    keep(x, &v);
    for (size_t k = 0; k < x->n_kinds; k++) w[k] = (double)v.w[k] / (double)UNIT;
    for (size_t m = 0; m < x->inst->n_machines; m++) dearest(x, m, w, tight);
    for (size_t k = 0; k < x->n_kinds; k++) used += total[k] * w[k];
    for (size_t k = 0; k < x->n_kinds; k++) {
      total[k] = total[k] / fmax(used, 1e-9) - tight[k];
      size += total[k] * total[k];
    }
    if (!(size > 0)) return;
    for (size_t k = 0; k < x->n_kinds; k++)
      w[k] = fmax(0, w[k] + 0.3 / (1 + 0.3 * step) * total[k] / sqrt(size));
  }
}

/* ---- kinds that nobody needs --------------------------------------------------------------------
 */

static bool is_within(const struct rms_brute_part *part, size_t p, const unsigned *set)
{
  for (size_t i = 0; i < part->pools[p].n; i++) {
    bool fits = true;
    for (size_t k = 0; k < part->n_kinds; k++)
      fits = fits && set[k] <= rms_brute_count(part->pools[p].sets[i], k);
    if (fits) return true;
  }
  return false;
}

/* Does every legal set of the machine type stay legal when j takes the place of k? */
static bool can_replace(const struct rms_brute_part *part, size_t j, size_t k)
{
  for (size_t p = 0; p < part->n_pools; p++)
    for (size_t i = 0; i < part->pools[p].n; i++) {
      unsigned set[RMS_BRUTE_KINDS];
      for (size_t l = 0; l < part->n_kinds; l++)
        set[l] = rms_brute_count(part->pools[p].sets[i], l);
      if (set[k] == 0) continue;
      set[k]--;
      set[j]++;
      if (!is_within(part, p, set)) return false;
    }
  return true;
}

static bool is_needed(const struct rms_exhaust *x, size_t s, size_t k)
{
  const int64_t rate = rms_serve_rate(x->inst, s, k);
  for (size_t j = 0; j < x->n_kinds; j++) {
    const int64_t other = rms_serve_rate(x->inst, s, j);
    if (j == k || !x->replaces[j][k] || other < rate) continue;
    if (other > rate || !x->replaces[k][j] || j < k) return false;
  }
  return rate > 0;
}

static void find_needed(struct rms_exhaust *x)
{
  for (size_t m = 0; m < x->inst->n_machines; m++)
    for (size_t j = 0; j < x->parts[m].n_kinds; j++)
      for (size_t k = 0; k < x->parts[m].n_kinds; k++)
        x->replaces[x->parts[m].first_kind + j][x->parts[m].first_kind + k] =
            can_replace(&x->parts[m], j, k);
  for (size_t s = 0; s < x->n_services; s++)
    for (size_t k = 0; k < x->n_kinds; k++) x->is_used[s][k] = is_needed(x, s, k);
}

/* ---- all sums of ways to cover the demands -----------------------------------------------------
 */

struct sums {
  size_t n, capacity, stride;
  uint8_t *z; /* [n * stride] */
  size_t n_slots;
  uint32_t *slots; /* 1 + index; 0: free */
};

static size_t slot_of(const struct sums *t, const uint8_t *z)
{
  uint64_t h = UINT64_C(1469598103934665603);
  for (size_t k = 0; k < t->stride; k++) h = (h ^ z[k]) * UINT64_C(1099511628211);
  size_t i = (size_t)(h ^ h >> 32) & (t->n_slots - 1);
  while (t->slots[i] && memcmp(t->z + (t->slots[i] - 1) * t->stride, z, t->stride) != 0)
    i = (i + 1) & (t->n_slots - 1);
  return i;
}

static void grow_slots(struct sums *t)
{
  t->n_slots = t->n_slots ? 2 * t->n_slots : 256;
  free(t->slots);
  t->slots = calloc(t->n_slots, sizeof *t->slots);
  assert(t->slots);
  for (size_t i = 0; i < t->n; i++) t->slots[slot_of(t, t->z + i * t->stride)] = (uint32_t)(i + 1);
}

static void add_sum(struct sums *t, const uint8_t *z)
{
  if (2 * (t->n + 1) > t->n_slots) grow_slots(t);
  const size_t slot = slot_of(t, z);
  if (t->slots[slot]) return;
  assert(rms_grow(&t->z, &t->capacity, (t->n + 1) * t->stride, 1) == 0);
  memcpy(t->z + t->n * t->stride, z, t->stride);
  t->slots[slot] = (uint32_t)++t->n;
}

static void free_sums(struct sums *t)
{
  free(t->z);
  free(t->slots);
}

struct search {
  struct rms_exhaust *x;
  rms_wide limit;         /* in price units; -1: none */
  size_t s;               /* service at hand */
  int64_t spent[VECTORS]; /* by the sum at hand, and the least of what comes after s */
  uint8_t z[KINDS];
  struct sums *out;
  size_t best_kind; /* most throughput of the service for the first prices */
  size_t states_max, work;
  bool is_too_large;
};

/* Must the rest of the demand cost more than is left, whatever it is made of? */
static bool is_hopeless(const struct search *q, int64_t left)
{
  const int64_t rate = rms_serve_rate(q->x->inst, q->s, q->best_kind);
  return q->limit >= 0 &&
         (q->limit - q->spent[0]) * rate < (rms_wide)q->x->vectors[0].w[q->best_kind] * left;
}

/* Slices of kind k and up for the rest of the demand, while some legal prices allow it; the last
 * slice taken is always needed. */
static void cover(struct search *q, size_t k, int64_t left)
{
  const struct rms_exhaust *const x = q->x;
  if (q->is_too_large) return;
  if (++q->work > 50 * q->states_max || q->out->n > q->states_max) {
    q->is_too_large = true;
    return;
  }
  if (left <= 0) {
    add_sum(q->out, q->z);
    return;
  }
  if (k == x->n_kinds || is_hopeless(q, left)) return;
  cover(q, k + 1, left);
  const int64_t rate = rms_serve_rate(x->inst, q->s, k);
  if (!x->is_used[q->s][k]) return;
  const uint8_t was = q->z[k];
  int64_t spent[VECTORS];
  memcpy(spent, q->spent, sizeof spent);
  for (bool fits = true; left > 0 && fits;) {
    q->is_too_large |= q->z[k] == RMS_BRUTE_SLICES;
    if (q->is_too_large) break;
    q->z[k]++;
    left -= rate;
    for (size_t v = 0; v < x->n_vectors; v++) {
      q->spent[v] += x->vectors[v].w[k];
      fits = fits && (q->limit < 0 || q->spent[v] <= q->limit);
    }
    if (fits) cover(q, left <= 0 ? x->n_kinds : k + 1, left);
  }
  memcpy(q->spent, spent, sizeof spent);
  q->z[k] = was;
}

static size_t best_kind(const struct rms_exhaust *x, size_t s)
{
  struct knapsack k;
  open_knapsack(&k, x->inst, s, x->vectors[0].w);
  return k.kind[0];
}

static void begin(struct search *q, const uint8_t *z)
{
  memcpy(q->z, z, q->x->n_kinds);
  for (size_t v = 0; v < q->x->n_vectors; v++) {
    q->spent[v] = 0;
    for (size_t k = 0; k < q->x->n_kinds; k++) q->spent[v] += z[k] * q->x->vectors[v].w[k];
    for (size_t s = q->s + 1; s < q->x->n_services; s++) q->spent[v] += q->x->vectors[v].least[s];
  }
}

/* All money can buy: no plan costs more when every stock is limited. */
static int64_t affordable(const struct rms_serve *inst, int64_t limit)
{
  int64_t all = 0;
  for (size_t p = 0; p < inst->n_pools; p++) {
    if (inst->pools[p].count < 0) return limit;
    all += inst->pools[p].count * inst->pools[p].cost;
  }
  return all < limit ? all : limit;
}

static int find_plan(struct rms_exhaust *x, const struct sums *sums, int64_t limit)
{
  for (size_t i = 0; i < sums->n; i++) {
    const int64_t cost = rms_brute_parts_cost(x->parts, x->inst, sums->z + i * sums->stride);
    if (cost < INT64_MAX && cost <= limit) return 1;
  }
  return 0;
}

int rms_exhaust_has(struct rms_exhaust *x, int64_t limit, size_t states_max)
{
  static const uint8_t none[KINDS];
  limit = affordable(x->inst, limit);
  struct search q = {
      .x = x, .limit = limit == INT64_MAX ? -1 : (rms_wide)limit * UNIT, .states_max = states_max};
  for (size_t s = 0; s < x->n_services; s++)
    if (least_value(x->inst, s, x->vectors[0].w, NULL) < 0) return 0; /* runs nowhere */
  for (size_t v = 0; v < x->n_vectors; v++)
    if (q.limit >= 0 && x->vectors[v].sum > q.limit) return 0;
  struct sums now = {.stride = x->n_kinds};
  add_sum(&now, none);
  for (q.s = 0; q.s < x->n_services && !q.is_too_large; q.s++) {
    struct sums next = {.stride = x->n_kinds};
    q.out = &next;
    q.best_kind = best_kind(x, q.s);
    for (size_t i = 0; i < now.n && !q.is_too_large; i++) {
      begin(&q, now.z + i * now.stride);
      cover(&q, 0, x->inst->services[q.s].demand);
    }
    free_sums(&now);
    now = next;
  }
  const int has = q.is_too_large ? -1 : find_plan(x, &now, limit);
  free_sums(&now);
  return has;
}

/* ---- the whole ---------------------------------------------------------------------------------
 */

struct rms_exhaust *rms_exhaust_new(const struct rms_serve *inst)
{
  struct rms_exhaust *x = NULL;
  if (inst->n_kinds > KINDS || inst->n_services > SERVICES) return NULL;
  struct rms_brute_part *const parts = rms_brute_parts_new(inst);
  if (!parts) return NULL;
  x = calloc(1, sizeof *x);
  assert(x);
  *x = (struct rms_exhaust){
      .inst = inst, .parts = parts, .n_kinds = inst->n_kinds, .n_services = inst->n_services};
  find_needed(x);
  climb(x);
  return x;
}

void rms_exhaust_free(struct rms_exhaust *x)
{
  if (x) rms_brute_parts_free(x->parts);
  free(x);
}

static bool has_form(const struct rms_serve *inst, const struct rms_serve_certificate *c)
{
  if (c->denominator < 0 || c->n_kinds != inst->n_kinds || c->n_pools != inst->n_pools)
    return false;
  for (size_t k = 0; k < c->n_kinds; k++)
    if (c->prices[k] < 0) return false;
  for (size_t p = 0; p < c->n_pools; p++)
    if (c->stock_prices[p] < 0 || (c->stock_prices[p] > 0 && inst->pools[p].count < 0))
      return false;
  return true;
}

/* Does every divisor of all costs divide it? */
static bool is_sum_of_costs(const struct rms_serve *inst, rms_wide cost)
{
  for (int64_t d = inst->pools[0].cost; d > 1; d--) {
    bool divides = true;
    for (size_t p = 0; p < inst->n_pools; p++) divides = divides && inst->pools[p].cost % d == 0;
    if (divides && cost % d != 0) return false;
  }
  return true;
}

int rms_exhaust_verify(struct rms_exhaust *x, const struct rms_serve_certificate *c, int64_t *bound)
{
  rms_wide sum = 0;
  if (!has_form(x->inst, c) || !is_legal(x, c->prices, c->denominator, c->stock_prices)) return -1;
  for (size_t s = 0; s < x->n_services; s++) {
    const rms_wide least = least_value(x->inst, s, c->prices, NULL);
    if (least < 0) return -1;
    sum += least;
  }
  for (size_t p = 0; p < x->inst->n_pools; p++)
    if (c->stock_prices[p] > 0) sum -= (rms_wide)c->stock_prices[p] * x->inst->pools[p].count;
  *bound = 0;
  if (sum <= 0) return c->denominator == 0 ? -1 : 0;
  if (c->denominator == 0) {
    *bound = INT64_MAX;
    return 0;
  }
  rms_wide least = rms_wide_ceil(sum, c->denominator);
  while (!is_sum_of_costs(x->inst, least)) least++;
  const rms_wide all = affordable(x->inst, INT64_MAX);
  *bound = least > all ? INT64_MAX : (int64_t)least;
  return 0;
}
