/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "brute.h"
#include "brute_parts.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { KINDS = RMS_BRUTE_KINDS, BITS = 6, SIDE = 1 << BITS, STOCK_MAX = 30 };

typedef rms_brute_pack pack;

struct rms_brute_entry { /* of the table of solved states */
  pack key;              /* state + 1; 0: free */
  int64_t cost;
};

static unsigned get(pack p, size_t k)
{
  return (unsigned)(p >> (k * BITS)) & (SIDE - 1);
}

static pack one(size_t k)
{
  return (pack)1 << (k * BITS);
}

/* ---- what fits on one machine ------------------------------------------------------------------
 */

struct layout {
  const struct rms_serve *inst;
  const struct rms_machine *machine;
  const struct rms_rules *rules;
  struct rms_brute_part *part;
  size_t pool, n;
  struct rms_placed slices[RMS_UNITS_MAX];
};

static bool is_within(pack a, pack b, size_t n)
{
  for (size_t k = 0; k < n; k++)
    if (get(a, k) > get(b, k)) return false;
  return true;
}

static void keep_set(struct rms_brute_part *part, size_t p, pack set)
{
  for (size_t i = 0; i < part->pools[p].n; i++)
    if (is_within(set, part->pools[p].sets[i], part->n_kinds)) return;
  size_t n = 0;
  for (size_t i = 0; i < part->pools[p].n; i++)
    if (!is_within(part->pools[p].sets[i], set, part->n_kinds))
      part->pools[p].sets[n++] = part->pools[p].sets[i];
  part->pools[p].n = n;
  assert(rms_grow(&part->pools[p].sets, &part->pools[p].capacity, n + 1, sizeof(pack)) == 0);
  part->pools[p].sets[part->pools[p].n++] = set;
}

/* Every legal set of slices of usable kinds, in the order of (kind, start). Depth: slices of a
 * machine. */
static void place(struct layout *l, size_t from_kind, int from_start, pack set)
{
  keep_set(l->part, l->pool, set);
  for (size_t k = from_kind; k < l->part->n_kinds; k++) {
    const uint16_t profile = l->inst->kinds[l->part->first_kind + k].profile;
    const struct rms_profile *const p = &l->machine->profiles[profile];
    for (int i = k == from_kind ? from_start : 0; i < p->n_starts; i++) {
      l->slices[l->n] = (struct rms_placed){profile, p->starts[i]};
      if (!rms_layout_is_legal(l->machine, l->rules, l->slices, l->n + 1, NULL)) continue;
      l->n++;
      place(l, k, i + 1, set + one(k));
      l->n--;
    }
  }
}

/* ---- least cost of slices on one type of machine -----------------------------------------------
 */

static struct rms_brute_entry *find(struct rms_brute_part *part, pack state)
{
  const uint64_t folded = (uint64_t)state ^ (uint64_t)(state >> 64) * UINT64_C(0xc2b2ae3d27d4eb4f);
  size_t i = (size_t)((folded * UINT64_C(0x9e3779b97f4a7c15)) >> 20) & (part->capacity - 1);
  while (part->table[i].key && part->table[i].key != state + 1) i = (i + 1) & (part->capacity - 1);
  return &part->table[i];
}

static void store(struct rms_brute_part *part, pack state, int64_t cost)
{
  if (2 * (part->n_table + 1) > part->capacity) {
    struct rms_brute_entry *const before = part->table;
    const size_t n = part->capacity;
    part->capacity = n ? 2 * n : 1024;
    part->table = calloc(part->capacity, sizeof *part->table);
    assert(part->table);
    for (size_t i = 0; i < n; i++)
      if (before[i].key) *find(part, before[i].key - 1) = before[i];
    free(before);
  }
  *find(part, state) = (struct rms_brute_entry){state + 1, cost};
  part->n_table++;
}

static int64_t least_cost(struct rms_brute_part *part, pack slices, const int *used)
{
  pack state = slices;
  if (slices == 0) return 0;
  for (size_t i = 0; i < part->n_limited; i++) state |= (pack)used[i] << (KINDS * BITS + 5 * i);
  if (part->capacity && find(part, state)->key) return find(part, state)->cost;
  int64_t best = INT64_MAX;
  for (size_t p = 0; p < part->n_pools; p++) {
    int now[2] = {used[0], used[1]};
    if (part->pools[p].limited >= 0 && now[part->pools[p].limited]++ >= part->pools[p].stock)
      continue;
    for (size_t i = 0; i < part->pools[p].n; i++) {
      pack rest = 0;
      for (size_t k = 0; k < part->n_kinds; k++) {
        const unsigned have = get(part->pools[p].sets[i], k), want = get(slices, k);
        if (want > have) rest += (want - have) * one(k);
      }
      if (rest == slices) continue;
      const int64_t cost = least_cost(part, rest, now);
      if (cost < INT64_MAX && cost + part->pools[p].cost < best) best = cost + part->pools[p].cost;
    }
  }
  store(part, state, best);
  return best;
}

/* ---- ways to cover the demands -----------------------------------------------------------------
 */

struct totals {
  size_t n, capacity;
  uint8_t (*z)[RMS_SERVE_KINDS_MAX];
};

struct covering {
  const struct rms_serve *inst;
  size_t s;
  const uint8_t *before;
  uint8_t now[RMS_SERVE_KINDS_MAX];
  struct totals *out;
  bool is_too_large;
};

static void keep_total(struct covering *c)
{
  for (size_t i = 0; i < c->out->n; i++)
    if (memcmp(c->out->z[i], c->now, c->inst->n_kinds) == 0) return;
  if (c->out->n >= RMS_BRUTE_TOTALS_MAX) {
    c->is_too_large = true;
    return;
  }
  assert(rms_grow(&c->out->z, &c->out->capacity, c->out->n + 1, sizeof c->now) == 0);
  memcpy(c->out->z[c->out->n++], c->now, sizeof c->now);
}

/* Slices of kind k and up until the demand is met; the last one taken is always needed. */
static void cover(struct covering *c, size_t k, int64_t left)
{
  if (left <= 0) {
    keep_total(c);
    return;
  }
  if (k == c->inst->n_kinds || c->is_too_large) return;
  cover(c, k + 1, left);
  const int64_t rate = rms_serve_rate(c->inst, c->s, k);
  const uint8_t was = c->now[k];
  while (rate > 0 && left > 0) {
    if (c->now[k] >= SIDE - 1) {
      c->is_too_large = true;
      break;
    }
    c->now[k]++;
    left -= rate;
    if (left <= 0)
      keep_total(c);
    else
      cover(c, k + 1, left);
  }
  c->now[k] = was;
}

static bool cover_all(const struct rms_serve *inst, struct totals *totals)
{
  static const uint8_t zero[RMS_SERVE_KINDS_MAX];
  assert(rms_grow(&totals->z, &totals->capacity, 1, sizeof zero) == 0);
  memcpy(totals->z[0], zero, sizeof zero);
  totals->n = 1;
  for (size_t s = 0; s < inst->n_services; s++) {
    struct totals next = {0};
    struct covering c = {.inst = inst, .s = s, .out = &next};
    for (size_t i = 0; i < totals->n && !c.is_too_large; i++) {
      memcpy(c.now, totals->z[i], sizeof c.now);
      cover(&c, 0, inst->services[s].demand);
    }
    free(totals->z);
    *totals = next;
    if (c.is_too_large) return false;
  }
  return true;
}

/* ---- the whole ---------------------------------------------------------------------------------
 */

static bool open_part(struct rms_brute_part *part, const struct rms_serve *inst, size_t m)
{
  for (size_t k = inst->n_kinds; k-- > 0;)
    if (inst->kinds[k].machine == m) {
      part->first_kind = k;
      part->n_kinds++;
    }
  if (part->n_kinds > KINDS) return false;
  for (size_t p = 0; p < inst->n_pools; p++) {
    const struct rms_serve_pool *const pool = &inst->pools[p];
    if (pool->machine != m) continue;
    if (part->n_pools == RMS_BRUTE_POOLS) return false;
    const size_t at = part->n_pools++;
    part->pools[at].pool = p;
    part->pools[at].cost = pool->cost;
    part->pools[at].limited = -1;
    if (pool->count >= 0) {
      if (part->n_limited == 2 || pool->count > STOCK_MAX) return false;
      part->pools[at].stock = (int)pool->count;
      part->pools[at].limited = (int)part->n_limited++;
    }
    struct layout l = {inst, inst->machines[m], pool->rules, part, at, 0, {{0, 0}}};
    place(&l, 0, 0, 0);
  }
  return true;
}

struct rms_brute_part *rms_brute_parts_new(const struct rms_serve *inst)
{
  struct rms_brute_part *const parts = calloc(RMS_SERVE_MACHINES_MAX, sizeof *parts);
  bool is_small = true;
  assert(parts);
  for (size_t m = 0; is_small && m < inst->n_machines; m++)
    is_small = open_part(&parts[m], inst, m);
  if (is_small) return parts;
  rms_brute_parts_free(parts);
  return NULL;
}

void rms_brute_parts_free(struct rms_brute_part *parts)
{
  for (size_t m = 0; parts && m < RMS_SERVE_MACHINES_MAX; m++) {
    for (size_t p = 0; p < RMS_BRUTE_POOLS; p++) free(parts[m].pools[p].sets);
    free(parts[m].table);
  }
  free(parts);
}

int64_t rms_brute_parts_cost(struct rms_brute_part *parts, const struct rms_serve *inst,
                             const uint8_t *z)
{
  int64_t sum = 0;
  for (size_t m = 0; m < inst->n_machines; m++) {
    static const int none[2] = {0, 0};
    pack slices = 0;
    for (size_t k = 0; k < parts[m].n_kinds; k++) slices += z[parts[m].first_kind + k] * one(k);
    const int64_t cost = least_cost(&parts[m], slices, none);
    if (cost == INT64_MAX) return cost;
    sum += cost;
  }
  return sum;
}

int64_t rms_brute_cost(const struct rms_serve *inst)
{
  struct rms_brute_part *const parts = rms_brute_parts_new(inst);
  struct totals totals = {0};
  const bool is_small = parts && cover_all(inst, &totals);
  int64_t best = INT64_MAX;
  for (size_t i = 0; is_small && i < totals.n; i++) {
    const int64_t cost = rms_brute_parts_cost(parts, inst, totals.z[i]);
    if (cost < best) best = cost;
  }
  rms_brute_parts_free(parts);
  free(totals.z);
  if (!is_small) return -2;
  return best == INT64_MAX ? -1 : best;
}
